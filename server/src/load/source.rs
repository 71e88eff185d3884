//! The files that URIs name, on local disk and on S3.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use canopy_storage::{Key, ObjectStore, OpenOptions};
use tokio::runtime::Handle;

use crate::error::{ErrorKind, Result, ServerError};

/// Most files that one load reads, as in BigQuery.
const FILES_MAX: usize = 10_000;
/// Bytes of a remote object fetched at once while it streams.
const FETCH_BYTES: u64 = 8 << 20;

/// A file to read, known to be there when it was resolved.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name in messages: the path or URI.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Local(PathBuf),
    Object { store: Arc<dyn ObjectStore>, key: Key, runtime: Handle },
}

impl Source {
    /// Returns the files of the URIs, those of one URI sorted by name: plain paths, `file:///path` and
    /// `s3://bucket/key`, each with at most one `*`, which stands for any characters of a local file's name, or
    /// for any characters of an object's key.
    ///
    /// Requests to S3 run on `runtime`; the calling thread blocks, so it must not be one of the runtime's own.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] naming the URI when nothing is there; otherwise when it is malformed or cannot be read.
    pub fn resolve(uris: &[String], storage: &OpenOptions, runtime: &Handle) -> Result<Vec<Source>> {
        let mut sources = Vec::new();
        for uri in uris {
            if uri.matches('*').count() > 1 {
                return Err(ServerError::invalid(format!("{uri}: expected at most one '*'")));
            }
            let mut found = match uri.strip_prefix("s3://") {
                Some(rest) => objects(uri, rest, storage, runtime)?,
                None => local(uri, local_path(uri)?)?,
            };
            if found.is_empty() {
                return Err(missing(uri, "no file matches"));
            }
            found.sort_by(|a, b| a.name.cmp(&b.name));
            sources.extend(found);
            if sources.len() > FILES_MAX {
                let message = format!("{uri}: more than {FILES_MAX} files in one load");
                return Err(ServerError::new(ErrorKind::OutOfResources, message));
            }
        }
        Ok(sources)
    }

    /// A local file, for Parquet's random access.
    pub(super) fn local_file(&self) -> Option<Result<File>> {
        match &self.place {
            Place::Local(path) => Some(File::open(path).map_err(|error| io_error(&self.name, &error))),
            Place::Object { .. } => None,
        }
    }

    /// Returns exactly these bytes.
    pub(super) fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
        match &self.place {
            Place::Object { store, key, runtime } => {
                runtime.block_on(store.get_range(key, range)).map_err(|error| self.storage_error(error))
            }
            Place::Local(path) => {
                let read = || {
                    let mut file = File::open(path)?;
                    file.seek(SeekFrom::Start(range.start))?;
                    let mut bytes = Vec::new();
                    file.take(range.end - range.start).read_to_end(&mut bytes)?;
                    Ok(Bytes::from(bytes))
                };
                read().map_err(|error| io_error(&self.name, &error))
            }
        }
    }

    /// Returns the bytes from the start, as a stream.
    pub(super) fn stream(&self) -> Result<Box<dyn Read + Send>> {
        match &self.place {
            Place::Local(path) => {
                let file = File::open(path).map_err(|error| io_error(&self.name, &error))?;
                Ok(Box::new(BufReader::with_capacity(1 << 20, file)))
            }
            Place::Object { .. } => {
                Ok(Box::new(ObjectStream { source: self.clone(), next: 0, window: Bytes::new() }))
            }
        }
    }

    fn storage_error(&self, error: canopy_storage::StorageError) -> ServerError {
        let error = ServerError::from(error);
        ServerError::new(error.kind, format!("{}: {}", self.name, error.message))
    }
}

/// Fetches an object a window at a time.
struct ObjectStream {
    source: Source,
    next: u64,
    window: Bytes,
}

impl Read for ObjectStream {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.window.is_empty() && self.next < self.source.size {
            let end = (self.next + FETCH_BYTES).min(self.source.size);
            self.window = self.source.read_range(self.next..end).map_err(std::io::Error::other)?;
            self.next = end;
        }
        let count = out.len().min(self.window.len());
        out[..count].copy_from_slice(&self.window.split_to(count));
        Ok(count)
    }
}

fn missing(uri: &str, what: &str) -> ServerError {
    ServerError::new(ErrorKind::NotFound, format!("{uri}: {what}"))
}

/// The error of a failed system call on a file.
pub(crate) fn io_error(name: &str, error: &std::io::Error) -> ServerError {
    if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<ServerError>()) {
        return inner.clone();
    }
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => return missing(name, "no such file"),
        std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
        // The decompressor says so of bytes that it cannot read.
        std::io::ErrorKind::InvalidInput
        | std::io::ErrorKind::InvalidData
        | std::io::ErrorKind::UnexpectedEof => ErrorKind::Invalid,
        _ => ErrorKind::Unavailable,
    };
    ServerError::new(kind, format!("{name}: {error}"))
}

/// The path of a plain path or a `file:` URI.
pub(crate) fn local_path(uri: &str) -> Result<&Path> {
    if let Some(rest) = uri.strip_prefix("file:") {
        let path =
            rest.strip_prefix("//").map_or(rest, |rest| rest.strip_prefix("localhost").unwrap_or(rest));
        return match path.starts_with('/') {
            true => Ok(Path::new(path)),
            false => {
                Err(ServerError::invalid(format!("{uri}: expected file:// followed by an absolute path")))
            }
        };
    }
    match uri.split_once("://") {
        Some((scheme, _)) => Err(ServerError::new(
            ErrorKind::Unsupported,
            format!("{uri}: scheme {scheme} is not supported; expected a path, file:// or s3://"),
        )),
        None if uri.is_empty() => Err(ServerError::invalid("an empty URI names no file")),
        None => Ok(Path::new(uri)),
    }
}

fn local(uri: &str, path: &Path) -> Result<Vec<Source>> {
    let Some((before, after)) = path.to_str().and_then(|text| text.split_once('*')) else {
        return Ok(vec![local_source(path.to_owned())?]);
    };
    let (folder, prefix) = before
        .rsplit_once('/')
        .map_or((".", before), |(folder, name)| (if folder.is_empty() { "/" } else { folder }, name));
    if after.contains('/') {
        let message = format!("{uri}: '*' in a folder's name is not supported, only in a file's");
        return Err(ServerError::new(ErrorKind::Unsupported, message));
    }
    let entries = std::fs::read_dir(folder).map_err(|error| io_error(uri, &error))?;
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| io_error(uri, &error))?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let matches =
            name.len() >= prefix.len() + after.len() && name.starts_with(prefix) && name.ends_with(after);
        if matches && entry.path().is_file() {
            let path = if before.contains('/') { entry.path() } else { PathBuf::from(name) };
            found.push(local_source(path)?);
        }
    }
    Ok(found)
}

fn local_source(path: PathBuf) -> Result<Source> {
    let name = path.display().to_string();
    let meta = std::fs::metadata(&path).map_err(|error| io_error(&name, &error))?;
    if meta.is_dir() {
        return Err(ServerError::invalid(format!("{name}: is a directory; expected a file, or {name}/*")));
    }
    Ok(Source { name, size: meta.len(), place: Place::Local(path) })
}

fn objects(uri: &str, rest: &str, storage: &OpenOptions, runtime: &Handle) -> Result<Vec<Source>> {
    let malformed = || ServerError::invalid(format!("{uri}: expected s3://bucket/key"));
    let (bucket, path) =
        rest.split_once('/').filter(|(b, p)| !b.is_empty() && !p.is_empty()).ok_or_else(malformed)?;
    let store = runtime.block_on(canopy_storage::open(&format!("s3://{bucket}"), storage))?;
    let source = |key: Key, size: u64| Source {
        name: format!("s3://{bucket}/{key}"),
        size,
        place: Place::Object { store: store.clone(), key, runtime: runtime.clone() },
    };
    let Some((before, after)) = path.split_once('*') else {
        let key = Key::new(path)?;
        let meta = runtime.block_on(store.head(&key)).map_err(|error| match error {
            canopy_storage::StorageError::NotFound { .. } => missing(uri, "no such object"),
            error => error.into(),
        })?;
        return Ok(vec![source(key, meta.size)]);
    };
    let folder = before.rfind('/').map_or("", |slash| &before[..=slash]);
    let listed = runtime.block_on(store.list(folder))?;
    let matches = |key: &str| {
        key.len() >= before.len() + after.len() && key.starts_with(before) && key.ends_with(after)
    };
    Ok(listed.into_iter().filter(|m| matches(m.key.as_str())).map(|m| source(m.key, m.size)).collect())
}
