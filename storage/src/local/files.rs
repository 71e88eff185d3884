//! The blocking steps of the local store: plain system calls, run off the async threads.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::clock::micros;
use crate::{Key, ObjectMeta, Result, StorageError};

/// The directory under the root that is ours and holds no objects.
pub(super) const RESERVED: &str = ".canopy-store";

/// Locks are striped over this many files, which are never removed: removing a lock file that
/// another process waits on would let two in.
const LOCK_STRIPES: u32 = 64;

/// A directory may vanish between its making and its use when a neighbour's last object is deleted.
const DIRECTORY_RACES_MAX: usize = 100;

/// Temporary files older than this were left by a writer that died.
const TEMPORARY_AGE_MAX: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug)]
pub(super) struct Files {
    root: PathBuf,
    uri: String,
    sync: bool,
    /// Left-over temporary files are looked for once, by the first write.
    swept: std::sync::Once,
}

impl Files {
    pub(super) fn new(root: PathBuf, sync: bool) -> Self {
        let uri = format!("file://{}", root.display());
        Self { root, uri, sync, swept: std::sync::Once::new() }
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    pub(super) fn open_to_read(&self, key: &Key) -> Result<(File, u64)> {
        let path = self.path(key)?;
        let open = || {
            let file = File::open(&path)?;
            let meta = file.metadata()?;
            if !meta.is_file() {
                return Err(ErrorKind::NotFound.into());
            }
            Ok((file, meta.len()))
        };
        open().map_err(|error| self.error("get", key.as_str(), error))
    }

    /// Returns the bytes of a range that lies inside the file.
    pub(super) fn read_at(&self, key: &Key, file: &File, range: Range<u64>) -> Result<Bytes> {
        let read = || {
            let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
            let mut bytes = vec![0; length];
            file.read_exact_at(&mut bytes, range.start)?;
            Ok(bytes)
        };
        read().map(Bytes::from).map_err(|error| self.error("get", key.as_str(), error))
    }

    pub(super) fn head(&self, key: &Key) -> Result<ObjectMeta> {
        let path = self.path(key)?;
        match fs::metadata(path) {
            Ok(meta) if meta.is_file() => Ok(object_meta(key.clone(), &meta)),
            Ok(_) => Err(self.error("head", key.as_str(), ErrorKind::NotFound.into())),
            Err(error) => Err(self.error("head", key.as_str(), error)),
        }
    }

    /// Writes the object whatever was there.
    pub(super) fn replace(&self, key: &Key, bytes: &[u8]) -> Result<()> {
        let path = self.path(key)?;
        let write = || {
            let temporary = self.write_temporary(bytes)?;
            let _lock = self.lock(key)?;
            self.publish(&path, || fs::rename(&temporary.path, &path))
        };
        write().map_err(|error| self.error("put", key.as_str(), error))
    }

    /// Writes the object unless the key is taken; returns the new version, or `None` when it is.
    pub(super) fn create(&self, key: &Key, bytes: &[u8]) -> Result<Option<String>> {
        let path = self.path(key)?;
        let write = || {
            // Losers of a race mostly see the winner here and are spared the write.
            if path.is_file() {
                return Ok(None);
            }
            let temporary = self.write_temporary(bytes)?;
            match self.publish(&path, || fs::hard_link(&temporary.path, &path)) {
                Ok(()) => Ok(Some(temporary.version.clone())),
                Err(error) if error.kind() == ErrorKind::AlreadyExists && !path.is_dir() => Ok(None),
                Err(error) => Err(error),
            }
        };
        write().map_err(|error| self.error("put", key.as_str(), error))
    }

    /// Replaces the object if it has `version`; returns the new version, or `None` when it has not.
    pub(super) fn replace_version(&self, key: &Key, bytes: &[u8], version: &str) -> Result<Option<String>> {
        let path = self.path(key)?;
        let write = || {
            let temporary = self.write_temporary(bytes)?;
            let _lock = self.lock(key)?;
            match fs::metadata(&path) {
                Ok(meta) if meta.is_file() && version_of(&meta) == version => {}
                Ok(_) => return Ok(None),
                Err(error) if is_absent(&error) => return Ok(None),
                Err(error) => return Err(error),
            }
            self.publish(&path, || fs::rename(&temporary.path, &path))?;
            Ok(Some(temporary.version.clone()))
        };
        write().map_err(|error| self.error("put", key.as_str(), error))
    }

    /// Removes the object, and directories that this leaves empty.
    pub(super) fn remove(&self, key: &Key) -> Result<()> {
        let path = self.path(key)?;
        if !path.is_file() {
            return Ok(());
        }
        let remove = || {
            let _lock = self.lock(key)?;
            match fs::remove_file(&path) {
                Err(error) if !is_absent(&error) => return Err(error),
                _ => {}
            }
            let ancestors = path.ancestors().skip(1).take_while(|folder| *folder != self.root);
            for folder in ancestors {
                // Fails when the directory is not empty, and then all above it are not either.
                if fs::remove_dir(folder).is_err() {
                    break;
                }
            }
            Ok(())
        };
        remove().map_err(|error| self.error("delete", key.as_str(), error))
    }

    /// Returns the objects under `prefix`, which is empty or ends in `/`.
    pub(super) fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>> {
        let mut found = Vec::new();
        let mut folders = vec![(self.root.join(prefix), prefix.to_owned())];
        while let Some((folder, under)) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if is_absent(&error) => continue,
                Err(error) => return Err(self.error("list", &under, error)),
            };
            for entry in entries {
                let entry = entry.map_err(|error| self.error("list", &under, error))?;
                let Some(name) = entry.file_name().to_str().map(|name| format!("{under}{name}")) else {
                    tracing::warn!(path = %entry.path().display(), "skipped a file whose name is not UTF-8");
                    continue;
                };
                if name == RESERVED {
                    continue;
                }
                // Does not follow symbolic links, so a listing cannot leave the root or go in circles.
                match entry.metadata() {
                    Ok(meta) if meta.is_dir() => folders.push((entry.path(), format!("{name}/"))),
                    Ok(meta) if meta.is_file() => match Key::new(name) {
                        Ok(key) => found.push(object_meta(key, &meta)),
                        Err(error) => tracing::debug!(%error, "skipped a file whose name is not a key"),
                    },
                    Ok(_) => {}
                    // Deleted since the directory was read.
                    Err(error) if is_absent(&error) => {}
                    Err(error) => return Err(self.error("list", &name, error)),
                }
            }
        }
        Ok(found)
    }

    fn path(&self, key: &Key) -> Result<PathBuf> {
        if key.as_str().split('/').next() == Some(RESERVED) {
            return Err(StorageError::Invalid {
                reason: format!("invalid object key {:?}: {RESERVED} is reserved", key.as_str()),
            });
        }
        Ok(self.root.join(key.as_str()))
    }

    /// Returns a synced temporary file with the bytes; dropping it removes its name.
    fn write_temporary(&self, bytes: &[u8]) -> io::Result<Temporary> {
        let folder = self.root.join(RESERVED).join("tmp");
        self.make_directories(&folder)?;
        self.swept.call_once(|| sweep(&folder));
        let path = folder.join(uuid::Uuid::new_v4().simple().to_string());
        let mut file = File::create_new(&path)?;
        let mut temporary = Temporary { path, version: String::new() };
        file.write_all(bytes)?;
        // The kernel stamps files by its tick of some milliseconds, in which an inode number can come
        // back; the exact time makes the version (inode, time, size) unique.
        file.set_modified(SystemTime::now())?;
        if self.sync {
            file.sync_all()?;
        }
        temporary.version = version_of(&file.metadata()?);
        Ok(temporary)
    }

    /// Makes a name visible in the directory of `path` and makes it last.
    fn publish(&self, path: &Path, step: impl Fn() -> io::Result<()>) -> io::Result<()> {
        let folder = path.parent().unwrap_or(&self.root);
        let mut races = 0;
        loop {
            self.make_directories(folder)?;
            match step() {
                Ok(()) => break,
                Err(error) if error.kind() == ErrorKind::NotFound && races < DIRECTORY_RACES_MAX => {
                    races += 1
                }
                Err(error) => return Err(error),
            }
        }
        match self.sync_directory(folder) {
            // Someone deleted the object and its directory already: there is no name to keep.
            Err(error) if is_absent(&error) => Ok(()),
            done => done,
        }
    }

    fn make_directories(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        let Some(parent) = folder.parent() else { return Ok(()) };
        for _ in 0..DIRECTORY_RACES_MAX {
            self.make_directories(parent)?;
            let made = fs::create_dir(folder).and_then(|()| self.sync_directory(parent));
            match made {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => match fs::metadata(folder) {
                    Ok(meta) if meta.is_dir() => return Ok(()),
                    Ok(_) => return Err(error),
                    // It was there a moment ago: a concurrent delete removed it.
                    Err(_) => {}
                },
                // The parent was empty and a concurrent delete removed it.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other(format!("directory {} is removed as often as it is made", parent.display())))
    }

    fn sync_directory(&self, folder: &Path) -> io::Result<()> {
        if self.sync { File::open(folder)?.sync_all() } else { Ok(()) }
    }

    /// Waits for the lock of the key's stripe, between threads and processes; dropping the file frees it.
    fn lock(&self, key: &Key) -> io::Result<File> {
        let folder = self.root.join(RESERVED).join("lock");
        self.make_directories(&folder)?;
        let stripe = crc32fast::hash(key.as_str().as_bytes()) % LOCK_STRIPES;
        let file =
            File::options().create(true).truncate(false).write(true).open(folder.join(stripe.to_string()))?;
        file.lock()?;
        Ok(file)
    }

    fn error(&self, operation: &'static str, key: &str, error: io::Error) -> StorageError {
        let (store, key) = (self.uri.clone(), key.to_owned());
        match error.kind() {
            _ if operation != "put" && is_absent(&error) => StorageError::NotFound { store, key },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                StorageError::Denied { store, key, reason: error.to_string() }
            }
            ErrorKind::Unsupported => StorageError::Unsafe {
                store,
                reason: format!("the file system lacks hard links or locks: {error}"),
            },
            ErrorKind::InvalidFilename
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::AlreadyExists => StorageError::Invalid {
                reason: format!("object {key} cannot be written to {store}: {error}"),
            },
            _ => StorageError::Unavailable { store, key, operation, attempts: 1, reason: error.to_string() },
        }
    }
}

/// A temporary file; dropping it removes its name, harmless when it was renamed away.
struct Temporary {
    path: PathBuf,
    version: String,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether nothing is there: no such file, or a file where a directory was looked for.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn object_meta(key: Key, meta: &Metadata) -> ObjectMeta {
    let modified_us = meta.modified().map_or(0, micros);
    ObjectMeta { key, size: meta.len(), modified_us, version: version_of(meta) }
}

fn version_of(meta: &Metadata) -> String {
    format!("{:x}-{:x}.{:x}-{:x}", meta.ino(), meta.mtime(), meta.mtime_nsec(), meta.size())
}

/// Removes what dead writers left; errors do not matter, the next process tries again.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let age =
            entry.metadata().and_then(|meta| meta.modified()).map(|time| time.elapsed().unwrap_or_default());
        if age.is_ok_and(|age| age > TEMPORARY_AGE_MAX) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
