//! The composition root: wires planner, log and tree into an engine, and puts client APIs before it.
//!
//! Start from [`client::Client`]: the one face of an engine, in this process ([`embedded`]) or elsewhere
//! ([`client::connect`]). [`serve`] runs the roles root, mixer and leaf.

#![forbid(unsafe_code)]

mod arrow;
mod catalog;
pub mod client;
mod embedded;
pub mod engine;
pub mod error;
pub mod export;
mod grpc;
pub mod help;
mod http;
mod information_schema;
mod ingest;
mod jobs;
pub mod load;
mod metrics;
mod parameter;
pub mod resources;
pub mod results;
mod script;
pub mod serve;
mod statement;
mod stored;
pub mod text;
mod warehouse;
mod writer;

pub use embedded::embedded;
pub use ingest::Ingested;
