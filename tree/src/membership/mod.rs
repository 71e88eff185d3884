//! Which servers live: leaves and mixers say so to their roots by heartbeat. Wrong membership may cost
//! speed, never correctness.

mod heartbeat;
mod members;

pub use heartbeat::Heartbeats;
pub use members::{Member, Members, MembershipService};
