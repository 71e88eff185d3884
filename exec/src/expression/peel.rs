//! Results of functions over whole dictionaries, kept by dictionary id.

use std::sync::Arc;

use canopy_format::Dictionary;
use parking_lot::Mutex;

/// Dictionaries remembered for each call: a few files or blocks are read at a time.
const KEPT: usize = 8;

/// The results of one call on the dictionaries it saw last.
pub(super) struct PeelMemo {
    kept: Option<Mutex<Vec<(u64, Arc<Dictionary>)>>>,
}

impl PeelMemo {
    /// An empty memo, or for calls that give other results every time, none.
    pub fn new(enabled: bool) -> Self {
        Self { kept: enabled.then(|| Mutex::new(Vec::new())) }
    }

    /// True when the call gives the same result for the same arguments.
    pub fn is_enabled(&self) -> bool {
        self.kept.is_some()
    }

    /// The result on the dictionary with the id.
    pub fn get(&self, id: u64) -> Option<Arc<Dictionary>> {
        let kept = self.kept.as_ref()?.lock();
        kept.iter().find(|(own, _)| *own == id).map(|(_, result)| result.clone())
    }

    /// Remembers a result; the oldest is forgotten.
    pub fn put(&self, id: u64, result: &Arc<Dictionary>) {
        let Some(kept) = &self.kept else { return };
        let mut kept = kept.lock();
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((id, result.clone()));
    }
}
