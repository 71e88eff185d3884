//! The root's side: who has said lately that it lives.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use canopy_proto::tree::membership_server::{self, MembershipServer};
use canopy_proto::tree::{HeartbeatRequest, HeartbeatResponse, Role};
use parking_lot::Mutex;
use tonic::{Request, Response, Status};

/// How often members are asked to say that they live.
const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(500);
/// Silence after which a member counts as gone: three beats and some slack.
const SILENCE_MAX: Duration = Duration::from_millis(2000);

/// A leaf or mixer that lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Made at its start-up.
    pub instance_id: String,
    /// Leaf or mixer.
    pub role: Role,
    /// HOST:PORT.
    pub address: String,
    /// Tasks it can run at once.
    pub slots: u32,
    /// Tasks it runs.
    pub slots_busy: u32,
}

struct Seen {
    member: Member,
    beat: Instant,
    /// A call to it failed after this beat: not to be used before the next one.
    suspect: bool,
}

/// The members of one root, by address.
#[derive(Default)]
pub struct Members {
    seen: Mutex<HashMap<String, Seen>>,
}

impl Members {
    /// Returns no members yet.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Notes a heartbeat. A restarted server (another instance id) replaces the one before it.
    pub fn beat(&self, member: Member) {
        let seen = Seen { member: member.clone(), beat: Instant::now(), suspect: false };
        self.seen.lock().insert(member.address, seen);
    }

    /// Sets a member aside until it beats again.
    pub fn suspect(&self, address: &str) {
        if let Some(seen) = self.seen.lock().get_mut(address) {
            seen.suspect = true;
        }
    }

    /// The live members of a role, by address. Forgets those long silent.
    pub fn live(&self, role: Role) -> Vec<Member> {
        let mut seen = self.seen.lock();
        seen.retain(|_, seen| seen.beat.elapsed() < SILENCE_MAX);
        let mut live: Vec<Member> =
            seen.values().filter(|s| !s.suspect && s.member.role == role).map(|s| s.member.clone()).collect();
        live.sort_by(|a, b| a.address.cmp(&b.address));
        live
    }
}

/// The membership service of a root.
pub struct MembershipService {
    members: Arc<Members>,
}

impl MembershipService {
    /// Returns the service over `members`.
    pub fn server(members: Arc<Members>) -> MembershipServer<Self> {
        MembershipServer::new(Self { members })
    }
}

#[tonic::async_trait]
impl membership_server::Membership for MembershipService {
    async fn heartbeat(
        &self,
        request: Request<HeartbeatRequest>,
    ) -> Result<Response<HeartbeatResponse>, Status> {
        let request = request.into_inner();
        let role = request.role();
        if !matches!(role, Role::Leaf | Role::Mixer) || request.address.is_empty() {
            return Err(Status::invalid_argument("a heartbeat needs an address and the role leaf or mixer"));
        }
        self.members.beat(Member {
            instance_id: request.instance_id,
            role,
            address: request.address,
            slots: request.slots,
            slots_busy: request.slots_busy,
        });
        Ok(Response::new(HeartbeatResponse { interval_us: HEARTBEAT_INTERVAL.as_micros() as u64 }))
    }
}
