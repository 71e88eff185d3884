//! The composition root: wires planner, log and tree into an engine, and puts client APIs before it.
//!
//! Start from [`client::Client`]: the one face of an engine, in this process or elsewhere.

#![forbid(unsafe_code)]

pub mod client;
