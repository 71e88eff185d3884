//! ERROR, SESSION_USER and TYPEOF.

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
        Function::scalar("session_user", &["-> STRING"], |call| {
            let user = Value::String(call.context.session_user.clone());
            Ok(Vector::constant(DataType::String, user, call.rows))
        })
        .reads_context()
        .doc("Who runs the query: of an engine in this process, the user of the operating system; `anonymous` of a server, \
              which knows no users.")
        .examples(&[("SESSION_USER() IS NOT NULL", "TRUE")]),
        Function::scalar("typeof", &["* -> STRING"], |call| {
            let name = call.arguments[0].data_type().to_string();
            Ok(Vector::constant(DataType::String, Value::String(name.into()), call.rows))
        })
        .handles_nulls()
        .doc("The name of the argument's type.")
        .examples(&[("TYPEOF(1.5)", "'FLOAT64'")]),
    ]
}
