//! What the end-to-end tests share. [`services`] provides the servers that they need.

pub mod services;
