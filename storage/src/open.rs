//! From a URI to a store.

use std::sync::Arc;

use crate::{
    Clock, LocalStore, MemoryStore, ObjectStore, Result, RetryPolicy, RetryStore, S3Options, S3Store,
    StorageError, SystemClock,
};

/// How [`open`] sets up a store.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// Whether local writes are synced to the disk before they are acknowledged.
    pub sync: bool,
    /// How S3 is reached.
    pub s3: S3Options,
    /// How failed requests to S3 are repeated.
    pub retry: RetryPolicy,
    /// Fixes the jitter of retries; servers of one cluster should differ.
    pub seed: u64,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            sync: true,
            s3: S3Options::default(),
            retry: RetryPolicy::default(),
            seed: u64::from(std::process::id()),
        }
    }
}

/// Returns the store that `uri` names: a directory path, `file:///directory`, `memory:` (a new, empty
/// store at every call) or `s3://bucket/prefix`.
///
/// # Errors
/// [`StorageError::Invalid`] when the URI names no store that there can be. That the store answers
/// is for [`crate::probe`] to find out.
pub async fn open(uri: &str, options: &OpenOptions) -> Result<Arc<dyn ObjectStore>> {
    match parse(uri)? {
        Location::Memory => Ok(Arc::new(MemoryStore::with_clock(Arc::clone(&options.clock)))),
        Location::Directory(path) => Ok(Arc::new(LocalStore::with_sync(path, options.sync)?)),
        Location::S3 { bucket, prefix } => {
            let store = Arc::new(S3Store::new(bucket, prefix, &options.s3).await?);
            Ok(Arc::new(RetryStore::new(store, options.retry, Arc::clone(&options.clock), options.seed)))
        }
    }
}

/// What a URI names.
#[derive(Debug, PartialEq, Eq)]
enum Location<'a> {
    Memory,
    Directory(&'a str),
    S3 { bucket: &'a str, prefix: &'a str },
}

fn parse(uri: &str) -> Result<Location<'_>> {
    let invalid = |expected: &str| StorageError::Invalid {
        reason: format!("invalid storage location {uri:?}: expected {expected}"),
    };
    let Some((scheme, rest)) = uri.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
        return match uri {
            "" => Err(invalid("a directory, file:///directory, s3://bucket/prefix or memory:")),
            path => Ok(Location::Directory(path)),
        };
    };
    match scheme {
        "memory" if rest.is_empty() || rest == "//" => Ok(Location::Memory),
        "memory" => Err(invalid("memory: with nothing after it")),
        "file" => match rest.strip_prefix("//").map(|path| path.strip_prefix("localhost").unwrap_or(path)) {
            Some(path) if path.starts_with('/') => Ok(Location::Directory(path)),
            _ => Err(invalid("file:// followed by an absolute path")),
        },
        "s3" => {
            let path = rest.strip_prefix("//").unwrap_or_default();
            let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
            let prefix = prefix.trim_end_matches('/');
            if bucket.is_empty() || (!prefix.is_empty() && crate::Key::new(prefix).is_err()) {
                return Err(invalid("s3://bucket or s3://bucket/prefix"));
            }
            Ok(Location::S3 { bucket, prefix })
        }
        _ => Err(invalid("one of the schemes file, s3 and memory, or a directory")),
    }
}

/// Whether the text before a `:` is a URI scheme. One letter is not: it may be a drive.
fn is_scheme(text: &str) -> bool {
    text.len() > 1
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::{Location, parse};

    #[test]
    fn locations() {
        let check =
            |uri: &str, expected: Option<Location<'_>>| assert_eq!(parse(uri).ok(), expected, "{uri}");
        check("memory:", Some(Location::Memory));
        check("memory:x", None);
        check("warehouse", Some(Location::Directory("warehouse")));
        check("./a:b", Some(Location::Directory("./a:b")));
        check("/data", Some(Location::Directory("/data")));
        check("file:///data", Some(Location::Directory("/data")));
        check("file://localhost/data", Some(Location::Directory("/data")));
        check("file://data", None);
        check("s3://b", Some(Location::S3 { bucket: "b", prefix: "" }));
        check("s3://b/p/q/", Some(Location::S3 { bucket: "b", prefix: "p/q" }));
        check("s3://", None);
        check("s3:b", None);
        check("s3://b/p/../q", None);
        check("gs://b", None);
        check("", None);
    }
}
