//! Scripts: the statements of one request, with variables, loops, handlers, procedures and transactions.
//!
//! A text is compiled into a flat list of steps ([`program`]), so that nesting costs no stack when it runs, and an
//! [`interpreter::Interpreter`] takes one step after the other. A request of one plain statement is the shortest
//! script. BigQuery's limits on nesting, procedure calls and sizes of variables hold.

mod assign;
mod call;
mod compile;
mod control;
mod dynamic;
mod error;
mod evaluate;
mod frame;
mod interpreter;
mod program;
mod raise;
mod session;
mod system;
mod temporary;
mod transaction;

pub(crate) use call::check_procedure;
pub(crate) use interpreter::Interpreter;
pub(crate) use session::Session;
pub(crate) use temporary::{Cleanup, is_temporary, prepare_temporary_dataset};
