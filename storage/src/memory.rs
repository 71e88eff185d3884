//! A store in memory: for tests and for warehouses that need not outlive their process.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::RwLock;

use crate::counters::RequestCounters;
use crate::object::{check_prefix, check_range};
use crate::{Clock, Counters, Key, ObjectMeta, ObjectStore, PutOutcome, Result, StorageError, SystemClock};

/// Objects in a map. Every [`MemoryStore::new`] is a store of its own; share it by [`Arc`].
#[derive(Debug)]
pub struct MemoryStore {
    objects: RwLock<Objects>,
    clock: Arc<dyn Clock>,
    counters: RequestCounters,
}

#[derive(Debug, Default)]
struct Objects {
    by_key: BTreeMap<String, Object>,
    /// Counts writes, so that a version never comes twice.
    writes: u64,
}

#[derive(Debug)]
struct Object {
    bytes: Bytes,
    modified_us: i64,
    version: u64,
}

impl Objects {
    fn insert(&mut self, key: &Key, bytes: Bytes, modified_us: i64) -> String {
        self.writes += 1;
        let version = self.writes;
        self.by_key.insert(key.as_str().to_owned(), Object { bytes, modified_us, version });
        version.to_string()
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// Returns an empty store on the machine's clock.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// Returns an empty store that stamps objects with `clock`.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self { objects: RwLock::default(), clock, counters: RequestCounters::default() }
    }

    fn write(&self, objects: &mut Objects, key: &Key, bytes: Bytes) -> String {
        self.counters.wrote(bytes.len());
        objects.insert(key, bytes, self.clock.now_us())
    }

    fn read<T>(&self, key: &Key, use_object: impl FnOnce(&Object) -> Result<T>) -> Result<T> {
        self.counters.request();
        match self.objects.read().by_key.get(key.as_str()) {
            Some(object) => use_object(object),
            None => Err(StorageError::NotFound { store: self.uri().to_owned(), key: key.to_string() }),
        }
    }
}

#[async_trait]
impl ObjectStore for MemoryStore {
    fn uri(&self) -> &str {
        "memory:"
    }

    async fn get(&self, key: &Key) -> Result<Bytes> {
        let bytes = self.read(key, |object| Ok(object.bytes.clone()))?;
        self.counters.read(bytes.len());
        Ok(bytes)
    }

    async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        self.read(key, |object| {
            check_range(key, &range, object.bytes.len() as u64)?;
            self.counters.read((range.end - range.start) as usize);
            // Both ends are at most the length of a slice in memory, so they fit.
            Ok(object.bytes.slice(range.start as usize..range.end as usize))
        })
    }

    async fn head(&self, key: &Key) -> Result<ObjectMeta> {
        self.read(key, |object| Ok(meta(key.clone(), object)))
    }

    async fn put(&self, key: &Key, bytes: Bytes) -> Result<()> {
        self.counters.request();
        self.write(&mut self.objects.write(), key, bytes);
        Ok(())
    }

    async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> PutOutcome {
        self.counters.request();
        let mut objects = self.objects.write();
        if objects.by_key.contains_key(key.as_str()) {
            return PutOutcome::Exists;
        }
        PutOutcome::Created(self.write(&mut objects, key, bytes))
    }

    async fn put_if_match(&self, key: &Key, bytes: Bytes, version: &str) -> PutOutcome {
        self.counters.request();
        let mut objects = self.objects.write();
        match objects.by_key.get(key.as_str()) {
            Some(object) if object.version.to_string() == version => {
                PutOutcome::Created(self.write(&mut objects, key, bytes))
            }
            _ => PutOutcome::Exists,
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>> {
        check_prefix(prefix)?;
        self.counters.request();
        let objects = self.objects.read();
        let under = objects.by_key.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        under.map(|(key, object)| Ok(meta(Key::new(key.as_str())?, object))).collect()
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.counters.request();
        self.objects.write().by_key.remove(key.as_str());
        Ok(())
    }

    fn counters(&self) -> Counters {
        self.counters.snapshot()
    }
}

fn meta(key: Key, object: &Object) -> ObjectMeta {
    ObjectMeta {
        key,
        size: object.bytes.len() as u64,
        modified_us: object.modified_us,
        version: object.version.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryStore;
    use crate::conformance;

    #[tokio::test]
    async fn keeps_the_contract() {
        conformance::check(&MemoryStore::new(), "conformance/").await;
    }
}
