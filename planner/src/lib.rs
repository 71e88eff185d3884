//! GoogleSQL text to physical plans.

pub mod syntax;
