//! ARRAY_AGG and ARRAY_CONCAT_AGG: the group's values, or its arrays joined, as one ARRAY.
//!
//! Values are kept as the column pieces they came in, with a group a row, and put in order at the end.

use std::sync::Arc;

use canopy_format::vector::concat;
use canopy_format::{BitmapBuilder, DataType, ListVector, Values, Vector};

use super::input::offsets;
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::function::Function;
use crate::{ExecError, Result};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::aggregate("array_agg", &["T1 -> ARRAY<T1>"], |arguments| match arguments {
            [DataType::Array(_)] => {
                Err(ExecError::Evaluation("ARRAY_AGG cannot collect ARRAY values: an ARRAY has no ARRAY elements".into()))
            }
            [argument] => Ok(Box::new(Collect { list_type: DataType::array(argument.clone()), joined: false })),
            _ => Err(no_signature("array_agg", arguments)),
        })
        .doc("Returns the values as an ARRAY, NULL when there are no rows. Order is arbitrary without ORDER BY.")
        .examples(&[("(SELECT ARRAY_AGG(x ORDER BY x DESC) FROM UNNEST([1, 3, 2]) AS x)", "[3, 2, 1]")]),
        Function::aggregate("array_concat_agg", &["ARRAY<T1> -> ARRAY<T1>"], |arguments| match arguments {
            [argument @ DataType::Array(_)] => {
                Ok(Box::new(Collect { list_type: argument.clone(), joined: true }))
            }
            _ => Err(no_signature("array_concat_agg", arguments)),
        })
        .doc("Returns the non-NULL arrays joined into one, NULL when there are none.")
        .examples(&[(
            "(SELECT ARRAY_CONCAT_AGG(t.x ORDER BY t.i) FROM UNNEST([STRUCT(1 AS i, [1, 2] AS x), (2, [3])]) AS t)",
            "[1, 2, 3]",
        )]),
    ]
}

struct Collect {
    list_type: DataType,
    /// The argument is an ARRAY whose elements are taken.
    joined: bool,
}

impl AggregateFunction for Collect {
    fn return_type(&self) -> DataType {
        self.list_type.clone()
    }

    fn state_type(&self) -> DataType {
        self.list_type.clone()
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        Box::new(States { joined: self.joined, lists: Lists::new(self.list_type.clone()) })
    }
}

struct States {
    joined: bool,
    lists: Lists,
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.lists.resize(groups);
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        match self.joined {
            true => self.lists.add_lists(&arguments[0], groups),
            false => self.lists.add_values(arguments[0].clone(), groups.to_vec()),
        }
        Ok(())
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        self.lists.add_lists(states, groups);
        Ok(())
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        self.lists.lists(first, count)
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        self.lists.lists(first, count)
    }

    fn byte_size(&self) -> usize {
        self.lists.byte_size()
    }
}

/// A growing list of values a group.
pub(super) struct Lists {
    list_type: DataType,
    pieces: Vec<Vector>,
    piece_groups: Vec<Vec<u32>>,
    lengths: Vec<u32>,
    /// Groups that have seen a row or list; the others are NULL.
    seen: Vec<bool>,
    bytes: usize,
}

impl Lists {
    pub(super) fn new(list_type: DataType) -> Self {
        Self {
            list_type,
            pieces: Vec::new(),
            piece_groups: Vec::new(),
            lengths: Vec::new(),
            seen: Vec::new(),
            bytes: 0,
        }
    }

    pub(super) fn resize(&mut self, groups: usize) {
        self.lengths.resize(groups, 0);
        self.seen.resize(groups, false);
    }

    /// Appends value `i` to the list of `groups[i]`.
    pub(super) fn add_values(&mut self, values: Vector, groups: Vec<u32>) {
        if groups.is_empty() {
            return;
        }
        for &group in &groups {
            self.lengths[group as usize] += 1;
            self.seen[group as usize] = true;
        }
        self.bytes += values.byte_size() + groups.len() * 4;
        self.pieces.push(values);
        self.piece_groups.push(groups);
    }

    /// Appends the elements of list `i` to the list of `groups[i]`; NULL lists are left out.
    pub(super) fn add_lists(&mut self, lists: &Vector, groups: &[u32]) {
        let flat = lists.flatten();
        let Some((Values::List(list), validity)) = flat.as_flat() else { return };
        let (mut elements, mut element_groups) = (Vec::new(), Vec::new());
        for (row, &group) in groups.iter().enumerate() {
            if validity.is_some_and(|bits| !bits.get(row)) {
                continue;
            }
            self.seen[group as usize] = true;
            let range = list.offsets[row]..list.offsets[row + 1];
            element_groups.resize(element_groups.len() + range.len(), group);
            elements.extend(range);
        }
        self.add_values(list.child.gather(&elements), element_groups);
    }

    /// The lists of the groups, each in the order its values came.
    pub(super) fn lists(&self, first: usize, count: usize) -> Result<Vector> {
        let element = self.list_type.element().cloned().unwrap_or(DataType::Int64);
        let total: usize = self.lengths[first..first + count].iter().map(|&len| len as usize).sum();
        if u32::try_from(total).is_err() {
            return Err(ExecError::Evaluation(format!("arrays of {total} elements together are too large")));
        }
        let offsets = offsets(self.lengths[first..first + count].iter().map(|&len| len as usize));
        // Where the next value of each group goes.
        let mut next: Vec<u32> = offsets[..count].to_vec();
        let mut rows = vec![0u32; total];
        let (mut base, mut kept) = (0u32, Vec::new());
        for (piece, groups) in self.pieces.iter().zip(&self.piece_groups) {
            let mut wanted = Vec::new();
            for (row, &group) in groups.iter().enumerate() {
                let Some(slot) = (group as usize).checked_sub(first).and_then(|g| next.get_mut(g)) else {
                    continue;
                };
                rows[*slot as usize] = base + wanted.len() as u32;
                *slot += 1;
                wanted.push(row as u32);
            }
            base += wanted.len() as u32;
            match wanted.len() {
                0 => {}
                all if all == piece.len() => kept.push(piece.clone()),
                _ => kept.push(piece.gather(&wanted)),
            }
        }
        let child = concat(&element, &kept).gather(&rows).flatten();
        let mut validity = BitmapBuilder::default();
        self.seen[first..first + count].iter().for_each(|&seen| validity.push(seen));
        let validity = self.seen[first..first + count].iter().any(|seen| !seen).then(|| validity.finish());
        let list = ListVector { offsets, child: Arc::new(child) };
        Ok(Vector::flat(self.list_type.clone(), Values::List(list), validity))
    }

    pub(super) fn byte_size(&self) -> usize {
        self.bytes + self.lengths.capacity() * 5
    }
}
