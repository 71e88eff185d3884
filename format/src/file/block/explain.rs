//! Why a block is encoded as it is: the candidates for its values, with what each would cost.

use super::Block;
use super::encode::{StreamMemory, place_nulls};
use crate::encoding::Checked;
use crate::encoding::choose::{self, ChoiceReport, Context, Cost};
use crate::{Bitmap, DataType, Values};

/// The choice that a writer faces for the values (or, without a type, the list lengths) of a block under this cost.
/// Empty where there is nothing to choose: bits, and blocks without values.
///
/// It is made anew from the decoded values, without the memory of blocks before: a writer that found its last tree
/// good enough may have kept another.
pub(crate) fn explain(block: &Block, data_type: Option<&DataType>, cost: &Cost) -> Checked<ChoiceReport> {
    let context = Context::new(cost);
    let Some(data_type) = data_type else {
        return Ok(choose::explain_fixed(&block.lengths(0, block.slots)?, &context).1);
    };
    if block.present == 0 {
        return Ok(ChoiceReport::default());
    }
    let flat = block.read(data_type, 0, block.slots)?.flatten();
    let Some((values, validity)) = flat.as_flat() else { return Ok(ChoiceReport::default()) };
    let present = validity.map_or(block.slots, Bitmap::count_ones);
    let (values, _) = place_nulls(values, validity, block.slots, present);
    let memory = StreamMemory::default();
    Ok(match &values {
        Values::I32(v) => choose::explain_fixed(&lanes(v, |v| v as u32), &context).1,
        Values::I64(v) => choose::explain_fixed(&lanes(v, |v| v as u64), &context).1,
        Values::F64(v) => choose::explain_fixed(&lanes(v, f64::to_bits), &context.of_floats()).1,
        Values::Decimal64 { values, .. } => {
            let context = context.child(crate::encoding::Encoding::Narrow, 0);
            choose::explain_fixed(&lanes(values, |v| v as u64), &context).1
        }
        Values::String(strings) => choose::explain_text(strings, &context.with_symbols(&memory.symbols)).1,
        _ => ChoiceReport::default(),
    })
}

fn lanes<T: Copy, L>(values: &[T], lane: impl Fn(T) -> L) -> Vec<L> {
    values.iter().map(|&value| lane(value)).collect()
}
