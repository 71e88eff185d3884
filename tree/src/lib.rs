//! The serving tree: root, mixers and leaves (Melnik et al., "Dremel: Interactive Analysis of Web-Scale
//! Datasets", 2010, section 6).
//!
//! Owns dispatch, shuffle, membership, retry and the exactly-once merge of task results; knows plans as
//! messages, not SQL, and nothing of the log. Start from [`Root::execute`]; a [`Leaf`] runs tasks, a
//! [`Mixer`] merges what its leaves return, and [`RemoteWorker`] is either of them across the network.
//! The embedded mode is a [`Root`] over one [`Leaf`] in the same process.

#![forbid(unsafe_code)]

mod error;
mod leaf;
mod membership;
mod mixer;
mod remote;
mod root;
mod service;
mod shuffle;
mod worker;

pub use error::{Result, TreeError};
pub use leaf::{Leaf, LeafOptions};
pub use membership::{Heartbeats, Member, Members, MembershipService};
pub use mixer::Mixer;
pub use remote::{Connections, RemoteWorker};
pub use root::{ExecuteOptions, Progress, QueryHandle, QuerySummary, Root, StageSummary};
pub use service::{MESSAGE_BYTES_MAX, WorkerService};
pub use worker::{BatchStream, EventStream, TaskEvent, Worker};
