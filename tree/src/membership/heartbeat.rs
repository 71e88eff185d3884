//! The member's side: one task a root that says, again and again, that this server lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use canopy_proto::tree::membership_client::MembershipClient;
use canopy_proto::tree::{HeartbeatRequest, Role};
use tokio::task::JoinSet;

use crate::{Connections, Result};

/// Pause after a root could not be reached.
const RETRY_PAUSE: Duration = Duration::from_millis(300);
/// Shortest and longest interval that a root may ask for.
const INTERVAL_BOUNDS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(10));

/// Heartbeats under way; dropping them stops.
pub struct Heartbeats {
    _tasks: JoinSet<()>,
    roots_reached: Arc<AtomicU32>,
}

impl Heartbeats {
    /// Starts to say to each of `roots` that `role` lives at `address`. `slots_busy` is asked at each beat.
    ///
    /// # Errors
    /// For an address of a root that is none.
    pub fn start(
        role: Role,
        address: &str,
        slots: u32,
        slots_busy: Arc<dyn Fn() -> u32 + Send + Sync>,
        roots: &[String],
    ) -> Result<Self> {
        let connections = Connections::default();
        let instance_id = uuid::Uuid::new_v4().to_string();
        let roots_reached = Arc::new(AtomicU32::new(0));
        let mut tasks = JoinSet::new();
        for root in roots {
            let client = MembershipClient::new(connections.channel(root)?);
            let request = HeartbeatRequest {
                instance_id: instance_id.clone(),
                role: role as i32,
                address: address.to_owned(),
                slots,
                slots_busy: 0,
                version: env!("CARGO_PKG_VERSION").to_owned(),
            };
            tasks.spawn(beat(client, request, slots_busy.clone(), root.clone(), roots_reached.clone()));
        }
        Ok(Self { _tasks: tasks, roots_reached })
    }

    /// Roots that answered the latest beat; the count moves as they come and go.
    pub fn roots_reached(&self) -> Arc<AtomicU32> {
        self.roots_reached.clone()
    }
}

async fn beat(
    mut client: MembershipClient<tonic::transport::Channel>,
    request: HeartbeatRequest,
    slots_busy: Arc<dyn Fn() -> u32 + Send + Sync>,
    root: String,
    roots_reached: Arc<AtomicU32>,
) {
    let mut reached = false;
    loop {
        let request = HeartbeatRequest { slots_busy: slots_busy(), ..request.clone() };
        let pause = match client.heartbeat(request).await {
            Ok(answer) => {
                if !reached {
                    tracing::info!(%root, "registered with root");
                    roots_reached.fetch_add(1, Ordering::Relaxed);
                }
                reached = true;
                Duration::from_micros(answer.into_inner().interval_us)
                    .clamp(INTERVAL_BOUNDS.0, INTERVAL_BOUNDS.1)
            }
            Err(status) => {
                if reached {
                    tracing::warn!(%root, reason = status.message(), "root does not answer heartbeats");
                    roots_reached.fetch_sub(1, Ordering::Relaxed);
                }
                reached = false;
                RETRY_PAUSE
            }
        };
        tokio::time::sleep(pause).await;
    }
}
