//! The trait that every store implements, and the words it uses.

use std::fmt::Debug;
use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Counters, Result, StorageError};

/// A key inside a store: `/`-separated, relative, never empty, without `.` or `..` parts.
///
/// Control characters and `\` are not admitted either: some servers and file systems read them as something else.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    /// Returns the key, checked.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] when the text is empty, absolute, or has an empty, `.` or `..` part,
    /// a control character or a `\`.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let bad = text.is_empty()
            || text.len() > 1024
            || text.split('/').any(|part| part.is_empty() || part == "." || part == "..")
            || text.contains(|c: char| c.is_control() || c == '\\');
        if bad {
            return Err(StorageError::Invalid {
                reason: format!(
                    "invalid object key {text:?}: expected parts separated by '/', none of them empty, '.' or '..', \
                     without control characters or '\\'"
                ),
            });
        }
        Ok(Self(text))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a store knows of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMeta {
    /// The object's key.
    pub key: Key,
    /// Size in bytes.
    pub size: u64,
    /// Last modification, microseconds since the epoch by the store's clock.
    pub modified_us: i64,
    /// Opaque version for [`ObjectStore::put_if_match`]: an ETag or its like.
    pub version: String,
}

/// How a conditional write ended.
#[derive(Debug, Clone)]
pub enum PutOutcome {
    /// The object was written by this call; its version.
    Created(String),
    /// The condition did not hold: the key exists already (or has another version).
    ///
    /// After a retried request this can be the caller's own success: settle by reading back.
    Exists,
    /// The request may or may not have taken effect: settle by reading back.
    Unknown(StorageError),
}

/// A flat store of immutable-by-convention objects.
///
/// Implementations are shared between threads and cheap to call concurrently. All methods may be
/// called from any tokio runtime thread and never block it for longer than a system call.
#[async_trait]
pub trait ObjectStore: Send + Sync + Debug {
    /// The URI this store was opened with, for messages; never with credentials.
    fn uri(&self) -> &str;

    /// Returns the whole object.
    async fn get(&self, key: &Key) -> Result<Bytes>;

    /// Returns exactly the bytes of `range`; a range past the end is [`StorageError::RangeOutside`].
    async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes>;

    /// Returns several ranges of one object, in the order asked; stores may coalesce neighbours.
    async fn get_ranges(&self, key: &Key, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let mut out = Vec::with_capacity(ranges.len());
        for range in ranges {
            out.push(self.get_range(key, range.clone()).await?);
        }
        Ok(out)
    }

    /// Returns size, time and version.
    async fn head(&self, key: &Key) -> Result<ObjectMeta>;

    /// Writes the object whether or not it exists. Readers see the old or the new bytes, never a mix.
    async fn put(&self, key: &Key, bytes: Bytes) -> Result<()>;

    /// Writes the object only if the key is free; of many concurrent calls exactly one is `Created`.
    async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> PutOutcome;

    /// Replaces the object only if its version is still `version`.
    async fn put_if_match(&self, key: &Key, bytes: Bytes, version: &str) -> PutOutcome;

    /// Returns the objects under `prefix` (`""` or ending in `/`), in no promised order.
    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>>;

    /// Removes the object; removing a missing one is not an error.
    async fn delete(&self, key: &Key) -> Result<()>;

    /// Returns what this store, and those it wraps, have counted.
    fn counters(&self) -> Counters {
        Counters::default()
    }
}

/// Checks that `prefix` is `""` or a key followed by `/`.
pub(crate) fn check_prefix(prefix: &str) -> Result<()> {
    if prefix.is_empty() {
        return Ok(());
    }
    match prefix.strip_suffix('/') {
        Some(folder) => Key::new(folder).map(drop),
        None => Err(StorageError::Invalid {
            reason: format!("invalid list prefix {prefix:?}: expected \"\" or a prefix ending in '/'"),
        }),
    }
}

/// Checks that `range` lies inside an object of `size` bytes.
pub(crate) fn check_range(key: &Key, range: &Range<u64>, size: u64) -> Result<()> {
    if range.start <= range.end && range.end <= size {
        return Ok(());
    }
    Err(StorageError::RangeOutside { key: key.to_string(), start: range.start, end: range.end, size })
}

/// Checks that `range` does not end before it starts, as far as that shows without the object's size.
pub(crate) fn check_order(key: &Key, range: &Range<u64>) -> Result<()> {
    check_range(key, range, u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn keys() {
        let check = |text: &str, valid: bool| assert_eq!(Key::new(text).is_ok(), valid, "{text:?}");
        check("a", true);
        check("log/00000000000000000001", true);
        check("a/.../b c/ä", true);
        check(&"k".repeat(1024), true);
        check(&"k".repeat(1025), false);
        for bad in
            ["", "/", "/a", "a/", "a//b", ".", "..", "a/./b", "../a", "a/..", "a\0", "a\nb", "a\\b", "..\\a"]
        {
            check(bad, false);
        }
    }
}
