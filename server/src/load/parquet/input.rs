//! Parquet's bytes: a local file read in place, or a window of a remote object.

use std::fs::File;
use std::io::{BufReader, Read};
use std::ops::Range;

use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};

use crate::error::Result;
use crate::load::Source;

/// What a Parquet reader reads from.
pub(super) enum Input {
    /// A file of its own handle, as readers move its cursor.
    File(File),
    /// Bytes of the object from `start` on; the object has `size`.
    Window { start: u64, bytes: Bytes, size: u64 },
}

impl Input {
    /// Opens the file, or fetches this range of the object: for a row group, all of its columns' bytes.
    pub fn open(source: &Source, range: Range<u64>) -> Result<Self> {
        match source.local_file() {
            Some(file) => Ok(Input::File(file?)),
            None => {
                Ok(Input::Window { start: range.start, bytes: source.read_range(range)?, size: source.size })
            }
        }
    }

    fn window(&self, start: u64, length: Option<usize>) -> ParquetResult<Bytes> {
        let Input::Window { start: first, bytes, .. } = self else { return Ok(Bytes::new()) };
        let inside = start.checked_sub(*first).and_then(|offset| usize::try_from(offset).ok());
        let inside = inside.filter(|offset| *offset <= bytes.len()).and_then(|offset| {
            let end = length.map_or(Some(bytes.len()), |length| offset.checked_add(length))?;
            (end <= bytes.len()).then_some(offset..end)
        });
        match inside {
            Some(range) => Ok(bytes.slice(range)),
            None => Err(ParquetError::EOF(format!("bytes at offset {start} are outside of the row group"))),
        }
    }
}

impl Length for Input {
    fn len(&self) -> u64 {
        match self {
            Input::File(file) => Length::len(file),
            Input::Window { size, .. } => *size,
        }
    }
}

impl ChunkReader for Input {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        match self {
            Input::File(file) => {
                let reader: BufReader<File> = file.get_read(start)?;
                Ok(Box::new(reader))
            }
            Input::Window { .. } => Ok(Box::new(self.window(start, None)?.reader())),
        }
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        match self {
            Input::File(file) => {
                // The size comes from the file and may lie: no more is allocated than can be there.
                let size = Length::len(file);
                if start.checked_add(length as u64).is_none_or(|end| end > size) {
                    return Err(ParquetError::EOF(format!(
                        "{length} bytes at offset {start} are outside of the file's {size} bytes"
                    )));
                }
                file.get_bytes(start, length)
            }
            Input::Window { .. } => self.window(start, Some(length)),
        }
    }
}
