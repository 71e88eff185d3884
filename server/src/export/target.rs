//! Where an export's files go: written aside first, put in their places all at the end.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use canopy_storage::{Key, ObjectStore, OpenOptions, PutOutcome};
use tokio::runtime::Handle;

use super::ExportOptions;
use crate::error::{ErrorKind, Result, ServerError};
use crate::load::{io_error, local_path};

/// Largest object, as it is put together in memory.
const OBJECT_BYTES_MAX: u64 = 1 << 30;

/// One file being written.
pub(super) struct FileSink {
    uri: String,
    written: u64,
    place: SinkPlace,
}

enum SinkPlace {
    Local { file: BufWriter<File>, aside: PathBuf, path: PathBuf },
    Memory { bytes: Vec<u8>, key: Key },
}

impl FileSink {
    /// Bytes so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// The error of a failed write.
    pub fn failed(&self, error: &std::io::Error) -> ServerError {
        io_error(&self.uri, error)
    }
}

impl Write for FileSink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = match &mut self.place {
            SinkPlace::Local { file, .. } => file.write(bytes)?,
            SinkPlace::Memory { bytes: out, .. } => {
                if self.written + bytes.len() as u64 > OBJECT_BYTES_MAX {
                    let message = format!(
                        "{}: larger than the limit of {OBJECT_BYTES_MAX} bytes an object; a '*' in the URI makes several",
                        self.uri
                    );
                    return Err(std::io::Error::other(ServerError::new(ErrorKind::OutOfResources, message)));
                }
                out.extend_from_slice(bytes);
                bytes.len()
            }
        };
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match &mut self.place {
            SinkPlace::Local { file, .. } => file.flush(),
            SinkPlace::Memory { .. } => Ok(()),
        }
    }
}

enum Place {
    Local,
    Object { store: Arc<dyn ObjectStore>, runtime: Handle },
}

/// A finished file: objects are in their place already.
struct Finished {
    uri: String,
    bytes: u64,
    place: FinishedPlace,
}

enum FinishedPlace {
    Local { aside: PathBuf, path: PathBuf },
    Object(Key),
}

/// The files of one export.
pub(super) struct Target {
    uri: String,
    overwrite: bool,
    place: Place,
    started: u64,
    finished: Vec<Finished>,
    published: bool,
    /// Files begun aside, to be removed when the export fails.
    asides: Vec<PathBuf>,
}

impl Target {
    /// Checks the URI and opens its store.
    pub fn open(uri: &str, options: &ExportOptions, storage: &OpenOptions, runtime: &Handle) -> Result<Self> {
        if uri.matches('*').count() > 1 {
            return Err(ServerError::invalid(format!("{uri}: expected at most one '*'")));
        }
        let place = match uri.strip_prefix("s3://") {
            Some(rest) => {
                let parts =
                    rest.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
                let (bucket, _) =
                    parts.ok_or_else(|| ServerError::invalid(format!("{uri}: expected s3://bucket/key")))?;
                let store = runtime.block_on(canopy_storage::open(&format!("s3://{bucket}"), storage))?;
                Place::Object { store, runtime: runtime.clone() }
            }
            None => {
                local_path(uri)?;
                Place::Local
            }
        };
        Ok(Self {
            uri: uri.to_owned(),
            overwrite: options.overwrite,
            place,
            started: 0,
            finished: Vec::new(),
            published: false,
            asides: Vec::new(),
        })
    }

    /// Whether the URI has a `*`.
    pub fn is_sharded(&self) -> bool {
        self.uri.contains('*')
    }

    /// True before the first file.
    pub fn is_empty(&self) -> bool {
        self.started == 0
    }

    /// Begins the next file.
    pub fn next_file(&mut self) -> Result<FileSink> {
        let uri = self.uri.replace('*', &format!("{:012}", self.started));
        self.started += 1;
        let place = match &self.place {
            Place::Object { .. } => {
                let key = uri
                    .strip_prefix("s3://")
                    .and_then(|rest| rest.split_once('/'))
                    .map_or("", |(_, key)| key);
                SinkPlace::Memory { bytes: Vec::new(), key: Key::new(key)? }
            }
            Place::Local => {
                let path = local_path(&uri)?.to_owned();
                if !self.overwrite && path.exists() {
                    return Err(already_there(&uri));
                }
                let mut name = path.file_name().unwrap_or_default().to_owned();
                name.push(format!(".{}.part", uuid::Uuid::new_v4().simple()));
                let aside = path.with_file_name(name);
                let file = File::create_new(&aside).map_err(|error| io_error(&uri, &error))?;
                self.asides.push(aside.clone());
                SinkPlace::Local { file: BufWriter::with_capacity(1 << 20, file), aside, path }
            }
        };
        Ok(FileSink { uri, written: 0, place })
    }

    /// Takes a finished file.
    pub fn keep(&mut self, sink: FileSink) -> Result<()> {
        let FileSink { uri, written, place } = sink;
        let place = match place {
            SinkPlace::Local { mut file, aside, path } => {
                let synced = file.flush().and_then(|()| file.get_ref().sync_all());
                synced.map_err(|error| io_error(&uri, &error))?;
                FinishedPlace::Local { aside, path }
            }
            SinkPlace::Memory { bytes, key } => {
                self.put(&uri, &key, bytes.into())?;
                FinishedPlace::Object(key)
            }
        };
        self.finished.push(Finished { uri, bytes: written, place });
        Ok(())
    }

    fn put(&self, uri: &str, key: &Key, bytes: bytes::Bytes) -> Result<()> {
        let Place::Object { store, runtime } = &self.place else { return Ok(()) };
        if self.overwrite {
            return Ok(runtime.block_on(store.put(key, bytes))?);
        }
        let unsure = match runtime.block_on(store.put_if_absent(key, bytes.clone())) {
            PutOutcome::Created(_) => return Ok(()),
            PutOutcome::Exists => already_there(uri),
            PutOutcome::Unknown(error) => error.into(),
        };
        // A repeated request may have met its own first success: the bytes tell.
        match runtime.block_on(store.get(key)) {
            Ok(there) if there == bytes => Ok(()),
            _ => Err(unsure),
        }
    }

    /// Puts all files in their places and returns their URIs and the sum of their bytes.
    pub fn publish(mut self) -> Result<(Vec<String>, u64)> {
        for file in &self.finished {
            let FinishedPlace::Local { aside, path } = &file.place else { continue };
            // A link, unlike a rename, fails when another process has made the file meanwhile.
            let placed = match self.overwrite {
                true => std::fs::rename(aside, path),
                false => std::fs::hard_link(aside, path).and_then(|()| std::fs::remove_file(aside)),
            };
            placed.map_err(|error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => already_there(&file.uri),
                _ => io_error(&file.uri, &error),
            })?;
        }
        self.published = true;
        let bytes = self.finished.iter().map(|file| file.bytes).sum();
        Ok((self.finished.iter().map(|file| file.uri.clone()).collect(), bytes))
    }
}

impl Drop for Target {
    /// Removes what an export that failed has left.
    fn drop(&mut self) {
        if self.published {
            return;
        }
        for aside in &self.asides {
            // Some may be gone, or in their places already.
            let _ = std::fs::remove_file(aside);
        }
        let Place::Object { store, runtime } = &self.place else { return };
        if self.overwrite {
            return;
        }
        for file in &self.finished {
            if let FinishedPlace::Object(key) = &file.place
                && let Err(error) = runtime.block_on(store.delete(key))
            {
                tracing::warn!(uri = file.uri, %error, "file of a failed export stays behind");
            }
        }
    }
}

fn already_there(uri: &str) -> ServerError {
    ServerError::new(
        ErrorKind::Duplicate,
        format!("{uri} is already there; the option overwrite replaces it"),
    )
}
