//! Lines of a text file, numbered, with a bound on their length; gzip is recognised by its first bytes.

use std::io::{BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use super::source::io_error;
use super::{ROW_BYTES_MAX, Source};
use crate::error::{Result, ServerError};

/// Reads the lines of one file.
pub(super) struct Lines {
    name: String,
    input: Box<dyn BufRead + Send>,
    /// Number of the line read last, from 1.
    pub number: u64,
    /// Offset in the decompressed text at which the line read last starts.
    pub offset: u64,
    next_offset: u64,
}

impl Lines {
    /// Opens a file.
    pub fn open(source: &Source) -> Result<Self> {
        let failed = |error: std::io::Error| io_error(&source.name, &error);
        let mut raw = BufReader::with_capacity(256 << 10, source.stream()?);
        let gzip = raw.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
        let mut input: Box<dyn BufRead + Send> = match gzip {
            true => Box::new(BufReader::with_capacity(256 << 10, MultiGzDecoder::new(raw))),
            false => Box::new(raw),
        };
        let mut next_offset = 0;
        if input.fill_buf().map_err(failed)?.starts_with(b"\xef\xbb\xbf") {
            // A byte order mark is no part of the first line.
            input.consume(3);
            next_offset = 3;
        }
        Ok(Self { name: source.name.clone(), input, number: 0, offset: 0, next_offset })
    }

    /// Appends the next line to `line`, without its line break; false at the end of the file.
    pub fn append(&mut self, line: &mut Vec<u8>) -> Result<bool> {
        let start = line.len();
        let limit = (ROW_BYTES_MAX + 2).saturating_sub(start) as u64;
        let read = self.input.by_ref().take(limit).read_until(b'\n', line);
        let count = read.map_err(|error| io_error(&self.name, &error))?;
        if count == 0 && limit > 0 {
            return Ok(false);
        }
        self.number += 1;
        self.offset = self.next_offset;
        self.next_offset += count as u64;
        if line.ends_with(b"\n") {
            line.pop();
            if line.len() > start && line.ends_with(b"\r") {
                line.pop();
            }
        }
        if line.len() > ROW_BYTES_MAX {
            return Err(ServerError::invalid(format!(
                "{} line {}: row is longer than the limit of {ROW_BYTES_MAX} bytes",
                self.name, self.number
            )));
        }
        Ok(true)
    }
}
