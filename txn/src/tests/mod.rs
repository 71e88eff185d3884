//! Tests of the whole crate: by subject, over stores in memory that are shared by several logs.

mod crash;
mod damage;
mod definitions;
mod deletions;
mod faults;
mod lifecycle;
mod manifests;
mod matrix;
mod support;
mod two_logs;
