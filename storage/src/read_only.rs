//! A store that can only be read, because its caller must not or its promises do not hold.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Counters, Key, ObjectMeta, ObjectStore, PutOutcome, Result, StorageError};

/// Passes reads on and refuses writes.
#[derive(Debug)]
pub struct ReadOnlyStore {
    inner: Arc<dyn ObjectStore>,
    reason: String,
}

impl ReadOnlyStore {
    /// Returns `inner` without its writes; each one is refused with `reason`.
    pub fn new(inner: Arc<dyn ObjectStore>, reason: impl Into<String>) -> Self {
        Self { inner, reason: reason.into() }
    }

    fn refused(&self, key: &Key) -> StorageError {
        StorageError::Denied {
            store: self.uri().to_owned(),
            key: key.to_string(),
            reason: format!("the store is open for reading only: {}", self.reason),
        }
    }
}

#[async_trait]
impl ObjectStore for ReadOnlyStore {
    fn uri(&self) -> &str {
        self.inner.uri()
    }

    async fn get(&self, key: &Key) -> Result<Bytes> {
        self.inner.get(key).await
    }

    async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        self.inner.get_range(key, range).await
    }

    async fn get_ranges(&self, key: &Key, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(key, ranges).await
    }

    async fn head(&self, key: &Key) -> Result<ObjectMeta> {
        self.inner.head(key).await
    }

    async fn put(&self, key: &Key, _: Bytes) -> Result<()> {
        Err(self.refused(key))
    }

    /// Always [`PutOutcome::Unknown`] with the refusal: nothing was written, but the key may well be taken.
    async fn put_if_absent(&self, key: &Key, _: Bytes) -> PutOutcome {
        PutOutcome::Unknown(self.refused(key))
    }

    /// As [`ReadOnlyStore::put_if_absent`].
    async fn put_if_match(&self, key: &Key, _: Bytes, _: &str) -> PutOutcome {
        PutOutcome::Unknown(self.refused(key))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>> {
        self.inner.list(prefix).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        Err(self.refused(key))
    }

    fn counters(&self) -> Counters {
        self.inner.counters()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::ReadOnlyStore;
    use crate::{Key, MemoryStore, ObjectStore, PutOutcome, StorageError};

    #[tokio::test]
    async fn reads_pass_and_writes_do_not() {
        let inner = Arc::new(MemoryStore::new());
        let key = Key::new("a").unwrap();
        inner.put(&key, "1".into()).await.unwrap();
        let store = ReadOnlyStore::new(inner.clone(), "a test");
        assert_eq!(store.get(&key).await.unwrap(), "1");
        assert_eq!(store.list("").await.unwrap().len(), 1);
        let expected = "access to a in memory: denied: the store is open for reading only: a test";
        assert_eq!(store.put(&key, "2".into()).await.unwrap_err().to_string(), expected);
        assert_eq!(store.delete(&key).await.unwrap_err().to_string(), expected);
        for outcome in
            [store.put_if_absent(&key, "2".into()).await, store.put_if_match(&key, "2".into(), "1").await]
        {
            assert!(matches!(outcome, PutOutcome::Unknown(StorageError::Denied { .. })), "{outcome:?}");
        }
        assert_eq!(inner.get(&key).await.unwrap(), "1");
    }
}
