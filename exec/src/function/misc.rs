//! ERROR and TYPEOF.

use canopy_format::{DataType, Value, Vector};

use super::Function;
use super::call::fail;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("error", &["STRING -> T1"], |call| {
            let message = call.bytes(0);
            call.values(|row| fail(message.text(row)))
        })
        .doc("Fails with the message.")
        .examples(&[("IF(TRUE, 1, ERROR('not reached'))", "1")]),
        Function::scalar("typeof", &["* -> STRING"], |call| {
            let name = call.arguments[0].data_type().to_string();
            Ok(Vector::constant(DataType::String, Value::String(name.into()), call.rows))
        })
        .handles_nulls()
        .doc("The name of the argument's type.")
        .examples(&[("TYPEOF(1.5)", "'FLOAT64'")]),
    ]
}
