//! Numbers as text in a format: `$999,999.00`, `S9.99EEEE`, `XXXX`, `RN`.

mod model;
mod render;

use canopy_format::{DataType, Vector};

use self::model::compile;
use self::render::{Decimal, render};
use crate::Result;
use crate::function::call::Call;
use crate::function::cast::{bignumeric_text, numeric_text};

pub(super) fn to_string(call: &Call<'_>) -> Result<Vector> {
    let mut model = call.prepared(1, compile);
    let data_type = call.arguments[0].data_type();
    call.strings(|row, out| {
        let model = model.get(row)?;
        let number = match data_type {
            DataType::Int64 => Decimal::parse(&call.i64s(0).get(row).to_string()),
            DataType::Numeric => Decimal::parse(&numeric_text(call.decimals(0).get(row))),
            DataType::BigNumeric => Decimal::parse(&bignumeric_text(call.bignumerics(0).get(row))),
            _ => Decimal::of_float(call.f64s(0).get(row)),
        };
        out.extend(render(&model, &number)?.as_bytes());
        Ok(true)
    })
}
