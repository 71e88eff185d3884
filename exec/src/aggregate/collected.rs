//! DISTINCT, HAVING, ORDER BY and LIMIT inside an aggregate call, for any function: the rows of each group
//! are kept, each once under DISTINCT, and handed to the function in order at the end. Under HAVING MAX or
//! MIN, rows that come after a better one are not kept, and at the end only the best count.
//!
//! The partial state is the rows themselves, an ARRAY of STRUCTs of arguments and sort keys, so it is
//! exact and grows with the data: plans shuffle such calls by key instead of merging them up the tree.

use canopy_format::{DataType, Values, Vector};

use super::array::Lists;
use super::extreme_by::{Ranks, is_nan};
use super::{AggregateFunction, AggregateStates, CallShape};
use crate::operator::aggregate::table::GroupTable;
use crate::operator::key::KeyLayout;
use crate::operator::sort::key::{Direction, SortKeys};
use crate::{ExecError, Result};

/// A function with DISTINCT, HAVING, ORDER BY or LIMIT.
pub(super) struct Collected {
    inner: std::sync::Arc<dyn AggregateFunction>,
    shape: CallShape,
}

impl Collected {
    pub(super) fn new(inner: Box<dyn AggregateFunction>, shape: &CallShape) -> Self {
        Self { inner: inner.into(), shape: shape.clone() }
    }

    fn row_type(&self) -> DataType {
        let keys = self.shape.order_by.iter().map(|key| &key.data_type);
        let having = self.shape.having.iter().map(|having| &having.data_type);
        let all = self.shape.arguments.iter().chain(keys).chain(having);
        DataType::structure(all.map(|data_type| ("", data_type.clone())))
    }
}

impl AggregateFunction for Collected {
    fn return_type(&self) -> DataType {
        self.inner.return_type()
    }

    fn state_type(&self) -> DataType {
        DataType::array(self.row_type())
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        Box::new(States {
            inner: self.inner.clone(),
            shape: self.shape.clone(),
            row_type: self.row_type(),
            lists: Lists::new(self.state_type()),
            seen: None,
            best: Vec::new(),
        })
    }
}

struct States {
    inner: std::sync::Arc<dyn AggregateFunction>,
    shape: CallShape,
    row_type: DataType,
    lists: Lists,
    /// Under DISTINCT: groups and arguments that are in the lists.
    seen: Option<GroupTable>,
    /// Under HAVING: the best key of each group, as [`Ranks`] have it.
    best: Vec<Option<Box<[u8]>>>,
}

impl States {
    /// Keeps the rows that are new; under HAVING, those that are not worse than another.
    fn add(&mut self, columns: Vec<Vector>, groups: &[u32]) -> Result<()> {
        let fresh = match &self.shape.having {
            Some(having) => {
                let greatest = having.greatest;
                Some(self.as_good(&columns[columns.len() - 1], greatest, groups))
            }
            None if self.shape.distinct => {
                let mut seen = self.seen.take();
                let fresh = self.fresh(&columns, groups, &mut seen);
                self.seen = seen;
                Some(fresh?)
            }
            None => None,
        };
        let rows = groups.len();
        // Constants and dictionaries stand for whole columns: kept flat, pieces stay honest in size.
        let columns: Vec<Vector> = columns.iter().map(Vector::flatten).collect();
        debug_assert!(columns.iter().all(|column| column.len() == rows));
        let values = Vector::flat(self.row_type.clone(), Values::Struct(columns), None);
        match fresh {
            Some(fresh) => {
                let kept = fresh.iter().map(|&row| groups[row as usize]).collect();
                self.lists.add_values(values.gather(&fresh), kept);
            }
            None => self.lists.add_values(values, groups.to_vec()),
        }
        Ok(())
    }

    /// Rows whose key is the best of their group so far.
    fn as_good(&mut self, keys: &Vector, greatest: bool, groups: &[u32]) -> Vec<u32> {
        let ranks = Ranks::of(keys, greatest);
        let present = |row: &u32| ranks.present.as_ref().is_none_or(|bits| bits.get(*row as usize));
        let mut rows: Vec<u32> = (0..groups.len() as u32).filter(present).collect();
        for &row in &rows {
            let (rank, best) =
                (ranks.keys.bytes(row as usize), &mut self.best[groups[row as usize] as usize]);
            if best.as_deref().is_none_or(|best| rank < best) {
                *best = Some(rank.into());
            }
        }
        rows.retain(|&row| {
            self.best[groups[row as usize] as usize].as_deref() == Some(ranks.keys.bytes(row as usize))
        });
        rows
    }

    /// Rows whose group and arguments were not seen before.
    fn fresh(&self, columns: &[Vector], groups: &[u32], seen: &mut Option<GroupTable>) -> Result<Vec<u32>> {
        let arguments = self.shape.arguments.len();
        let mut types = vec![DataType::Int64];
        types.extend(self.shape.arguments.iter().cloned());
        let layout = KeyLayout::for_groups(types)?;
        let group_column = Vector::from_i64(groups.iter().map(|&group| group as i64).collect());
        let mut keys = vec![group_column];
        keys.extend_from_slice(&columns[..arguments]);
        let encoded = layout.encode(&keys, groups.len());
        let table = seen.get_or_insert_with(|| GroupTable::new(layout));
        let mut fresh = Vec::new();
        for row in 0..groups.len() {
            let before = table.len();
            table.find_one(&encoded, row);
            if table.len() > before {
                fresh.push(row as u32);
            }
        }
        Ok(fresh)
    }

    /// Row numbers of each list as the call wants them: the best, in order, and no more than LIMIT.
    /// The lists are those of the groups from `first` on.
    fn arranged(&self, rows: &[Vector], offsets: &[u32], first: usize) -> Result<Vec<Vec<u32>>> {
        let counted = self.counted(rows, offsets, first)?;
        let arguments = self.shape.arguments.len();
        let directions: Vec<Direction> = self
            .shape
            .order_by
            .iter()
            .map(|key| Direction { descending: key.descending, nulls_last: key.nulls_last })
            .collect();
        let total = rows.first().map_or(0, Vector::len);
        let ordered = !directions.is_empty();
        let keys = ordered
            .then(|| SortKeys::encode(&rows[arguments..arguments + directions.len()], &directions, total));
        let limit = self.shape.limit.map_or(usize::MAX, |limit| limit as usize);
        let lists = counted.into_iter().map(|mut list| {
            if let Some(keys) = &keys {
                list.sort_by(|&a, &b| keys.compare(a as usize, keys, b as usize));
            }
            list.truncate(limit);
            list
        });
        Ok(lists.collect())
    }

    /// Row numbers of each list that count: under HAVING the best, each once under DISTINCT.
    fn counted(&self, rows: &[Vector], offsets: &[u32], first: usize) -> Result<Vec<Vec<u32>>> {
        let mut lists: Vec<Vec<u32>> = offsets.windows(2).map(|pair| (pair[0]..pair[1]).collect()).collect();
        let Some((having, keys)) = self.shape.having.as_ref().zip(rows.last()) else { return Ok(lists) };
        let ranks = Ranks::of(keys, having.greatest);
        for (list, best) in lists.iter_mut().zip(&self.best[first..]) {
            list.retain(|&row| best.as_deref() == Some(ranks.keys.bytes(row as usize)));
            if list.first().is_some_and(|&row| is_nan(&keys.value(row as usize))) {
                list.clear();
            }
        }
        if self.shape.distinct {
            let mut seen = None;
            for (group, list) in lists.iter_mut().enumerate() {
                let columns: Vec<Vector> = rows.iter().map(|column| column.gather(list)).collect();
                let fresh = self.fresh(&columns, &vec![group as u32; list.len()], &mut seen)?;
                *list = fresh.iter().map(|&at| list[at as usize]).collect();
            }
        }
        Ok(lists)
    }
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.lists.resize(groups);
        if self.shape.having.is_some() {
            self.best.resize(groups, None);
        }
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        self.add(arguments.to_vec(), groups)
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        let flat = states.flatten();
        let Some((Values::List(list), validity)) = flat.as_flat() else {
            return Err(ExecError::InvalidPlan(
                "partial state of a DISTINCT or ordered call is no ARRAY".into(),
            ));
        };
        let (mut elements, mut element_groups) = (Vec::new(), Vec::new());
        for (row, &group) in groups.iter().enumerate() {
            if validity.is_none_or(|bits| bits.get(row)) {
                let range = list.offsets[row]..list.offsets[row + 1];
                element_groups.resize(element_groups.len() + range.len(), group);
                elements.extend(range);
            }
        }
        let columns = super::input::fields(&list.child.gather(&elements))?;
        self.add(columns, &element_groups)
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        self.lists.lists(first, count)
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        let lists = self.lists.lists(first, count)?;
        let Some((Values::List(list), _)) = lists.as_flat() else {
            return Err(ExecError::Internal("collected rows are no list".into()));
        };
        let rows = super::input::fields(&list.child)?;
        let arranged = self.arranged(&rows, &list.offsets, first)?;
        let mut order = Vec::new();
        let mut groups = Vec::new();
        for (group, list) in arranged.iter().enumerate() {
            order.extend_from_slice(list);
            groups.resize(order.len(), group as u32);
        }
        let arguments: Vec<Vector> =
            rows[..self.shape.arguments.len()].iter().map(|column| column.gather(&order)).collect();
        let mut states = self.inner.new_states();
        states.resize(count);
        states.update(&arguments, &groups)?;
        states.finish(0, count)
    }

    fn byte_size(&self) -> usize {
        self.lists.byte_size()
            + self.best.capacity() * 32
            + self.seen.as_ref().map_or(0, GroupTable::byte_size)
    }
}
