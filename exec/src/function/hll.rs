//! HLL_COUNT.EXTRACT: the estimate of a sketch. The aggregates that make sketches stand with the others.

use super::Function;
use super::call::fail;
use crate::aggregate::Sketch;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("hll_count.extract", &["BYTES -> INT64"], |call| {
            let (input, present) = (call.bytes(0), &call.arguments[0]);
            call.i64_rows(|row| match Sketch::read(input.get(row)) {
                _ if present.is_null(row) => Ok(0),
                Some((sketch, _)) => Ok(sketch.estimate()),
                None => fail("Invalid sketch in HLL_COUNT.EXTRACT"),
            })
        })
        .handles_nulls()
        .doc("About how many different values an HLL++ sketch has seen; 0 of NULL.")
        .examples(&[("HLL_COUNT.EXTRACT(CAST(NULL AS BYTES))", "0")]),
    ]
}
