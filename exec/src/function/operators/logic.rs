//! Three-valued logic and tests for NULL.

use canopy_format::{Bitmap, Values, Vector};

use crate::Result;
use crate::expression::SpecialForm;
use crate::function::Function;
use crate::function::call::{Bools, Call};
use crate::kernel::bits::BitWords;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::special("$and", &["BOOL, BOOL... -> BOOL"], SpecialForm::And)
            .usages(&["BOOL AND BOOL -> BOOL"])
            .usages(&["BOOL AND BOOL -> BOOL"])
            .doc("TRUE when all are TRUE, FALSE when any is FALSE, else NULL.")
            .examples(&[("TRUE AND NULL", "CAST(NULL AS BOOL)"), ("FALSE AND NULL", "FALSE")]),
        Function::special("$or", &["BOOL, BOOL... -> BOOL"], SpecialForm::Or)
            .usages(&["BOOL OR BOOL -> BOOL"])
            .usages(&["BOOL OR BOOL -> BOOL"])
            .doc("TRUE when any is TRUE, FALSE when all are FALSE, else NULL.")
            .examples(&[("TRUE OR NULL", "TRUE")]),
        Function::scalar("$not", &["BOOL -> BOOL"], |call| {
            let bits = match call.bools(0) {
                Bools::One(value) => Bitmap::filled(!value, call.rows),
                Bools::Many(bits) => bits.not(),
            };
            Ok(call.result(Values::Bool(bits), call.validity.clone()))
        })
        .cheap()
        .usages(&["NOT BOOL -> BOOL"])
        .usages(&["NOT BOOL -> BOOL"])
        .doc("The opposite; NULL of NULL.")
        .examples(&[("NOT FALSE", "TRUE")]),
        Function::scalar("$is_null", &["* -> BOOL"], |call| {
            let bits = call.arguments[0].validity().map(|validity| validity.not());
            Ok(call.result(Values::Bool(bits.unwrap_or(Bitmap::filled(false, call.rows))), None))
        })
        .handles_nulls()
        .cheap()
        .doc("Whether the value is NULL.")
        .examples(&[("CAST(NULL AS INT64) IS NULL", "TRUE"), ("0 IS NULL", "FALSE")]),
        Function::scalar("$is_not_null", &["* -> BOOL"], |call| {
            let bits = call.arguments[0].validity().unwrap_or(Bitmap::filled(true, call.rows));
            Ok(call.result(Values::Bool(bits), None))
        })
        .handles_nulls()
        .cheap()
        .doc("Whether the value is not NULL.")
        .examples(&[("0 IS NOT NULL", "TRUE")]),
        Function::scalar("$is_true", &["BOOL -> BOOL"], |call| is(call, true))
            .handles_nulls()
            .cheap()
            .doc("TRUE for TRUE, FALSE for FALSE and NULL.")
            .examples(&[("CAST(NULL AS BOOL) IS TRUE", "FALSE")]),
        Function::scalar("$is_false", &["BOOL -> BOOL"], |call| is(call, false))
            .handles_nulls()
            .cheap()
            .doc("TRUE for FALSE, FALSE for TRUE and NULL.")
            .examples(&[("FALSE IS FALSE", "TRUE")]),
    ]
}

fn is(call: &Call<'_>, wanted: bool) -> Result<Vector> {
    let mut bits = match call.bools(0) {
        Bools::One(value) => BitWords::filled(value, call.rows),
        Bools::Many(bits) => BitWords::of(bits),
    };
    if !wanted {
        bits.invert();
    }
    if let Some(validity) = call.arguments[0].validity() {
        bits.zip_bitmap(&validity, |bits, valid| bits & valid);
    }
    Ok(call.result(Values::Bool(bits.finish()), None))
}
