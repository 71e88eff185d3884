//! The contracts between Canopy's processes, generated from `proto/*.proto`. No logic lives here.
//!
//! [`plan`] is the physical plan, [`tree`] what root, mixers and leaves say to each other, and
//! [`query`] what clients say to a root.

#![forbid(unsafe_code)]

/// Generated code, nested as the packages are because messages name each other by relative path.
#[allow(missing_docs, clippy::all)]
mod generated {
    pub mod plan {
        pub mod v1 {
            tonic::include_proto!("canopy.plan.v1");
        }
    }
    pub mod tree {
        pub mod v1 {
            tonic::include_proto!("canopy.tree.v1");
        }
    }
    pub mod query {
        pub mod v1 {
            tonic::include_proto!("canopy.query.v1");
        }
    }
}

pub use generated::plan::v1 as plan;
pub use generated::query::v1 as query;
pub use generated::tree::v1 as tree;

/// The encoded `FileDescriptorSet` of all services, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/canopy_descriptor.bin"));
