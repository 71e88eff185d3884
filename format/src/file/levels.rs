//! Repetition and definition levels of a leaf, as the Dremel paper defines them, from the streams that we
//! store.
//!
//! A leaf's repetition level at a slot counts the repeated fields on its path up to the one that has repeated
//! last; its definition level counts the optional and repeated fields on its path that are present (Melnik et
//! al., VLDB 2010, section 4.1). GoogleSQL knows two more cases than the paper: an ARRAY that is NULL, not
//! empty, and an element that is NULL. Each takes one more definition level, and only in a stripe where it
//! occurs, so that data as in the paper has exactly the paper's levels.

use std::sync::Arc;

use super::projection::Plan;
use super::reader::FileReader;
use super::shape::{Step, StreamKind};
use super::stripe::StripeData;
use super::{ProjectedColumn, Projection};
use crate::{FieldId, FormatError, Result};

/// The levels of one leaf in one stripe: an entry for each value, NULL or missing ancestor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    /// Repetition levels; 0 begins a record.
    pub repetition: Vec<u8>,
    /// Definition levels.
    pub definition: Vec<u8>,
    /// The highest repetition level.
    pub repetition_max: u8,
    /// The definition level of a present value.
    pub definition_max: u8,
}

/// One structure or leaf on the path, outermost first.
struct Stage {
    /// Planes that take a level here, as bits over the stage's slots.
    planes: Vec<Option<crate::Bitmap>>,
    /// Element ranges, for a repeated field.
    offsets: Option<crate::Buffer<u32>>,
}

impl FileReader {
    /// Returns the levels of a leaf in a stripe; for `inspect`, tests and other cold places.
    ///
    /// # Errors
    /// [`FormatError::Schema`] when there is no such leaf; as [`FileReader::fetch_stripe`].
    pub async fn levels(self: &Arc<Self>, leaf: FieldId, stripe: usize) -> Result<Levels> {
        let missing = || FormatError::Schema(format!("no leaf with field id {}", leaf.0));
        let found = self.columns.find(leaf)?.ok_or_else(missing)?;
        let node = found.shape.find(leaf).ok_or_else(missing)?;
        let stream = found.shape.nodes[node].values.ok_or_else(missing)?;
        let column = ProjectedColumn::keeping(&found.field, &[leaf]).ok_or_else(missing)?;
        let projection: Projection = self.projection(&[column])?;
        debug_assert!(!matches!(projection.columns[0], Plan::Missing(_)));
        let data = self.fetch_stripe(&projection, stripe).await?;
        levels(&data, stream)
    }
}

fn levels(data: &StripeData, leaf: usize) -> Result<Levels> {
    let shape = &data.reader.columns.of_stream(leaf)?.shape;
    let mut chain = vec![leaf];
    while let Some(scope) = shape.stream(chain[chain.len() - 1]).scope {
        chain.push(scope);
    }
    chain.reverse();
    let mut stages = Vec::with_capacity(chain.len());
    let mut definition_max = 0;
    for &stream in &chain {
        let chunk = &data.streams[&stream];
        let mut planes = Vec::new();
        let mut outside = chunk.slots();
        for (index, step) in shape.stream(stream).steps.iter().enumerate() {
            let bits = chunk.plane(index, 0, chunk.slots());
            let present = bits.as_ref().map_or(chunk.slots(), crate::Bitmap::count_ones);
            // NULL arrays and NULL elements take a level only where they occur: where this plane has
            // fewer bits than the one around it.
            if matches!(step, Step::Present(_)) || present < outside {
                planes.push(bits);
            }
            outside = present;
        }
        let repeated = shape.stream(stream).kind == StreamKind::Structure;
        definition_max += planes.len() + repeated as usize;
        let offsets = if repeated { Some(data.offsets(stream)?.clone()) } else { None };
        stages.push(Stage { planes, offsets });
    }
    let mut out = Levels {
        repetition: Vec::new(),
        definition: Vec::new(),
        repetition_max: (chain.len() - 1) as u8,
        definition_max: definition_max as u8,
    };
    (0..data.rows()).for_each(|row| emit(&stages, row, 0, 0, 0, &mut out));
    Ok(out)
}

/// Emits the entries of a slot of the first stage.
fn emit(stages: &[Stage], slot: usize, repetition: u8, definition: u8, depth: u8, out: &mut Levels) {
    let Some((stage, rest)) = stages.split_first() else { return };
    let mut definition = definition;
    let mut missing = false;
    for plane in &stage.planes {
        if plane.as_ref().is_some_and(|bits| !bits.get(slot)) {
            missing = true;
            break;
        }
        definition += 1;
    }
    let elements = stage.offsets.as_ref().map(|offsets| offsets[slot] as usize..offsets[slot + 1] as usize);
    match elements {
        Some(elements) if !missing && !elements.is_empty() => {
            let first = elements.start;
            for element in elements {
                let repetition = if element == first { repetition } else { depth + 1 };
                emit(rest, element, repetition, definition + 1, depth + 1, out);
            }
        }
        _ => {
            out.repetition.push(repetition);
            out.definition.push(definition);
        }
    }
}
