//! Scripts: what the statements of one request share.

mod session;

pub(crate) use session::Session;
