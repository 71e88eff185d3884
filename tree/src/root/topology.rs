//! The servers below a root.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use canopy_proto::tree::Role;

use crate::{Connections, Leaf, Members, Result, TreeError, Worker};

/// How often a root without leaves looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A leaf in this process, and members elsewhere.
pub(super) struct Topology {
    local: Option<Arc<Leaf>>,
    members: Arc<Members>,
    connections: Connections,
}

impl Topology {
    pub(super) fn new(local: Option<Arc<Leaf>>, members: Arc<Members>) -> Self {
        Self { local, members, connections: Connections::default() }
    }

    /// Addresses of the live leaves, sorted.
    pub(super) fn leaves(&self) -> Vec<String> {
        let local = self.local.iter().map(|leaf| leaf.address().to_owned());
        let mut leaves: Vec<String> =
            local.chain(self.members.live(Role::Leaf).into_iter().map(|member| member.address)).collect();
        leaves.sort();
        leaves.dedup();
        leaves
    }

    /// True when the only leaf is in this process: then nothing can be lost without the query itself.
    pub(super) fn is_embedded(&self) -> bool {
        self.local.is_some() && self.members.live(Role::Leaf).is_empty()
    }

    /// The server at an address.
    pub(super) fn worker(&self, address: &str) -> Result<Arc<dyn Worker>> {
        match &self.local {
            Some(leaf) if leaf.address() == address => Ok(Arc::new(leaf.clone())),
            _ => Ok(self.connections.worker(address)?),
        }
    }

    /// Whom to send each leaf's tasks to: leaves are shared out evenly among live mixers; the local
    /// leaf, and all of them without mixers, get theirs directly.
    pub(super) fn parents(&self, leaves: &[String]) -> HashMap<String, String> {
        let mixers = self.members.live(Role::Mixer);
        let local = self.local.as_ref().map(|leaf| leaf.address());
        let parent = |(index, leaf): (usize, &String)| {
            let direct = mixers.is_empty() || local == Some(leaf.as_str());
            let parent = if direct { leaf.clone() } else { mixers[index % mixers.len()].address.clone() };
            (leaf.clone(), parent)
        };
        leaves.iter().enumerate().map(parent).collect()
    }

    /// Sets a server aside until it beats again.
    pub(super) fn suspect(&self, address: &str) {
        self.members.suspect(address);
    }

    pub(super) async fn wait_for_leaf(&self, patience: Duration) -> Result<()> {
        let start = Instant::now();
        while self.leaves().is_empty() {
            if start.elapsed() >= patience {
                return Err(TreeError::Retry(format!(
                    "no leaf is registered with this root (waited {:.1} s); start one with `canopy serve --role leaf --root HOST:PORT`",
                    patience.as_secs_f64()
                )));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }
}
