//! Opening a file and fetching its stripes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use canopy_storage::{Key, ObjectStore};

use super::columns::Columns;
use super::footer::{Entry, Footer, Tail};
use super::metadata::StreamMetadata;
use super::projection::{ProjectedColumn, Projection};
use super::shape::StreamKind;
use super::stripe::{StreamChunk, StripeData};
use super::writer::column_statistics;
use super::{FOOTER_BYTES_MAX, MAGIC, SECTION_ALIGNMENT, TAIL_BYTES};
use crate::cursor::{IGNORE_CHECKSUMS, checksum};
use crate::encoding::{Checked, Flaw};
use crate::{Field, FieldId, FileStatistics, FormatError, Result, Schema};

/// Bytes read from the end of a file of which only the name is known.
const PROBE_BYTES: u64 = 64 << 10;

/// An open file: its footer checked; columns and their metadata are taken apart at first use.
#[derive(Debug)]
pub struct FileReader {
    source: Source,
    name: String,
    tail: Tail,
    pub(super) columns: Columns,
    /// The bytes from the metadata offset to the tail.
    metadata: Bytes,
    streams: Vec<OnceLock<Box<Checked<StreamMetadata>>>>,
}

#[derive(Debug)]
enum Source {
    Store { store: Arc<dyn ObjectStore>, key: Key },
    Bytes(Bytes),
}

impl FileReader {
    /// Opens a file by what the log says of it ([`FileStatistics::byte_size`] and
    /// [`FileStatistics::footer_offset`]), in one ranged read.
    ///
    /// # Errors
    /// [`FormatError::Damaged`], [`FormatError::Unsupported`] and [`FormatError::Storage`].
    pub async fn open(
        store: Arc<dyn ObjectStore>,
        key: Key,
        byte_size: u64,
        footer_offset: u64,
    ) -> Result<Arc<Self>> {
        let name = key.to_string();
        let bytes = byte_size.checked_sub(footer_offset);
        if bytes.is_none_or(|bytes| !(TAIL_BYTES as u64..=FOOTER_BYTES_MAX).contains(&bytes)) {
            let reason = format!("footer at {footer_offset} of a file of {byte_size} bytes");
            return Err(Flaw::Damaged(reason).at(&name, "its end"));
        }
        let end = store.get_range(&key, footer_offset..byte_size).await?;
        Self::from_end(Source::Store { store, key }, name, end, byte_size)
    }

    /// Opens a file of which only the key is known: asks for its size, then reads its end, and its first
    /// bytes to check them.
    ///
    /// # Errors
    /// As [`FileReader::open`].
    pub async fn open_unknown(store: Arc<dyn ObjectStore>, key: Key) -> Result<Arc<Self>> {
        let name = key.to_string();
        let size = store.head(&key).await?.size;
        check_size(&name, size)?;
        let probe = size.saturating_sub(PROBE_BYTES)..size;
        let parts = store.get_ranges(&key, &[0..SECTION_ALIGNMENT as u64, probe.clone()]).await?;
        let [head, end] = exactly(&name, parts)?;
        check_head(&name, &head)?;
        let tail = read_tail(&name, &end, size)?;
        let end = match tail.metadata_offset >= probe.start {
            true => end,
            false => store.get_range(&key, tail.metadata_offset..size).await?,
        };
        Self::from_end(Source::Store { store, key }, name, end, size)
    }

    /// Opens a file that is in memory, and checks it whole.
    ///
    /// # Errors
    /// As [`FileReader::open`].
    pub fn open_bytes(name: &str, bytes: Bytes) -> Result<Arc<Self>> {
        let size = bytes.len() as u64;
        check_size(name, size)?;
        check_head(name, &bytes[..SECTION_ALIGNMENT])?;
        let tail = read_tail(name, &bytes, size)?;
        let body = checksum(&bytes[..bytes.len() - TAIL_BYTES]);
        if !IGNORE_CHECKSUMS && body != tail.body_crc {
            let reason = format!("expected checksum {:08x}, found {body:08x}", tail.body_crc);
            return Err(Flaw::Damaged(reason).at(name, "bytes before the tail"));
        }
        Self::from_end(Source::Bytes(bytes.clone()), name.to_owned(), bytes, size)
    }

    /// Opens from the last bytes of the file.
    fn from_end(source: Source, name: String, end: Bytes, size: u64) -> Result<Arc<Self>> {
        let tail = read_tail(&name, &end, size)?;
        let start = size - end.len() as u64;
        let at = |offset: u64| offset.checked_sub(start).map(|at| at as usize);
        let (Some(metadata_at), Some(footer_at)) = (at(tail.metadata_offset), at(tail.footer_offset)) else {
            let reason = format!("metadata begins at {}, before the {start} expected", tail.metadata_offset);
            return Err(Flaw::Damaged(reason).at(&name, "tail"));
        };
        let metadata = end.slice(metadata_at..end.len() - TAIL_BYTES);
        let footer = end.slice(footer_at..footer_at + tail.footer_bytes as usize);
        let found = checksum(&footer);
        if !IGNORE_CHECKSUMS && found != tail.footer_crc {
            let reason = format!("expected checksum {:08x}, found {found:08x}", tail.footer_crc);
            return Err(Flaw::Damaged(reason).at(&name, "footer"));
        }
        let footer = Footer::read(footer).map_err(|flaw| flaw.at(&name, "footer"))?;
        let rows: u64 = footer.stripe_rows.iter().map(|&rows| rows as u64).sum();
        if rows != tail.row_count {
            let reason = format!("{rows} rows (expected {})", tail.row_count);
            return Err(Flaw::Damaged(reason).at(&name, "footer"));
        }
        let streams = (0..footer.streams()).map(|_| OnceLock::new()).collect();
        let columns = Columns::new(footer, name.clone());
        Ok(Arc::new(Self { source, name, tail, columns, metadata, streams }))
    }

    /// The bytes of a stream's metadata. Sections lie one after the other from the metadata's offset to the
    /// footer, and what is between them is zero: that is checked of the one that is read.
    fn section(&self, stream: usize) -> Checked<&[u8]> {
        let footer = self.columns.footer();
        let entry = footer.entry(stream);
        let bounds = |entry: Entry| {
            let start = entry.offset.checked_sub(self.tail.metadata_offset)? as usize;
            let end = start.checked_add(entry.bytes as usize)?;
            (end <= self.metadata.len()).then_some((start, end))
        };
        let Some((start, end)) = bounds(entry) else {
            return Flaw::damaged(format!("metadata of {} bytes at {}", entry.bytes, entry.offset));
        };
        let before = match stream {
            0 => Some(0),
            _ => bounds(footer.entry(stream - 1)).map(|(_, end)| end.next_multiple_of(SECTION_ALIGNMENT)),
        };
        let after = match stream + 1 == footer.streams() {
            true => self.tail.footer_offset.checked_sub(self.tail.metadata_offset).map(|end| end as usize),
            false => bounds(footer.entry(stream + 1)).map(|(start, _)| start),
        };
        let aligned = end.next_multiple_of(SECTION_ALIGNMENT).min(self.metadata.len());
        if before != Some(start) || after != Some(aligned) {
            return Flaw::damaged(format!("metadata at {} is not between its neighbours", entry.offset));
        }
        if self.metadata[end..aligned].iter().any(|&byte| byte != 0) {
            return Flaw::damaged(format!("padding after the metadata at {} is not zero", entry.offset));
        }
        let bytes = &self.metadata[start..end];
        let found = checksum(bytes);
        match IGNORE_CHECKSUMS || found == entry.crc {
            true => Ok(bytes),
            false => Flaw::damaged(format!("expected checksum {:08x}, found {found:08x}", entry.crc)),
        }
    }

    /// The file's name in messages: its key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The schema the file was written with; without descriptions and defaults.
    pub fn schema(&self) -> &Schema {
        self.columns.schema()
    }

    /// The column that a field is, or is below; None when the file has no such field. Cheaper than the schema:
    /// the other columns are not looked at.
    ///
    /// # Errors
    /// [`FormatError::Damaged`].
    pub fn column(&self, field: FieldId) -> Result<Option<&Field>> {
        Ok(self.columns.find(field)?.map(|column| &column.field))
    }

    /// The file's UUID.
    pub fn uuid(&self) -> [u8; 16] {
        self.tail.uuid
    }

    /// Size of the file in bytes.
    pub fn byte_size(&self) -> u64 {
        self.tail.file_bytes
    }

    /// Rows of the file.
    pub fn row_count(&self) -> u64 {
        self.tail.row_count
    }

    /// Number of stripes.
    pub fn stripe_count(&self) -> usize {
        self.columns.footer().stripe_rows.len()
    }

    /// Rows of a stripe.
    ///
    /// # Panics
    /// When there is no such stripe.
    pub fn stripe_rows(&self, stripe: usize) -> usize {
        self.columns.footer().stripe_rows[stripe] as usize
    }

    /// The number in the file of a stripe's first row.
    pub fn stripe_start(&self, stripe: usize) -> u64 {
        self.columns.footer().stripe_rows[..stripe].iter().map(|&rows| rows as u64).sum()
    }

    /// The statistics that the writer reported.
    ///
    /// # Errors
    /// [`FormatError::Damaged`].
    pub fn statistics(&self) -> Result<FileStatistics> {
        let leaves = self.columns.value_streams()?.into_iter();
        let columns = leaves.map(|stream| {
            let shape = &self.columns.of_stream(stream)?.shape;
            Ok(column_statistics(shape, stream, self.stream(stream)?))
        });
        Ok(FileStatistics {
            row_count: self.tail.row_count,
            byte_size: self.tail.file_bytes,
            footer_offset: self.tail.metadata_offset,
            uuid: self.tail.uuid,
            columns: columns.collect::<Result<_>>()?,
        })
    }

    /// Resolves wanted columns against this file: ids decide, a column that the file lacks reads as NULL.
    ///
    /// # Errors
    /// [`FormatError::Schema`] when the file has the field under another type.
    pub fn projection(&self, columns: &[ProjectedColumn]) -> Result<Projection> {
        Projection::new(&self.columns, columns)
    }

    /// A stream's metadata, parsed and checked at first use.
    pub(super) fn stream(&self, stream: usize) -> Result<&StreamMetadata> {
        let data_type = &self.columns.of_stream(stream)?.shape.node_of(stream).data_type;
        let stripes = self.columns.footer().stripe_rows.len();
        let parse = || {
            let bytes = self.section(stream)?;
            StreamMetadata::read(bytes, data_type, stripes, self.tail.metadata_offset)
        };
        let metadata = (**self.streams[stream].get_or_init(|| Box::new(parse()))).as_ref();
        metadata.map_err(|flaw| {
            flaw.clone().at(&self.name, format!("metadata of {}", self.columns.place(stream)))
        })
    }

    /// The range of a stream's chunk in the file, padding included.
    fn chunk_range(&self, stream: usize, stripe: usize) -> Result<Range<u64>> {
        let chunk = &self.stream(stream)?.chunks[stripe];
        let end = (chunk.offset + chunk.bytes()).next_multiple_of(SECTION_ALIGNMENT as u64);
        Ok(chunk.offset..end.min(self.tail.metadata_offset))
    }

    /// Bytes that [`FileReader::fetch_stripe`] reads for this projection and stripe.
    ///
    /// # Errors
    /// [`FormatError::Damaged`].
    pub fn stripe_bytes(&self, projection: &Projection, stripe: usize) -> Result<u64> {
        projection.streams.iter().try_fold(0, |sum, &stream| {
            let range = self.chunk_range(stream, stripe)?;
            Ok(sum + range.end - range.start)
        })
    }

    /// Reads the chunks of the projection's streams, one range each and always the same, and verifies their
    /// checksums.
    ///
    /// # Errors
    /// [`FormatError::Damaged`] naming column, stripe and block; [`FormatError::Storage`].
    ///
    /// # Panics
    /// When there is no such stripe, or the projection is another file's.
    pub async fn fetch_stripe(
        self: &Arc<Self>,
        projection: &Projection,
        stripe: usize,
    ) -> Result<Arc<StripeData>> {
        let mut ranges = Vec::with_capacity(projection.streams.len());
        for &stream in &projection.streams {
            ranges.push(self.chunk_range(stream, stripe)?);
        }
        let parts = match &self.source {
            Source::Bytes(bytes) => {
                ranges.iter().map(|range| bytes.slice(range.start as usize..range.end as usize)).collect()
            }
            Source::Store { .. } if ranges.is_empty() => Vec::new(),
            Source::Store { store, key } => store.get_ranges(key, &ranges).await?,
        };
        if parts.len() != ranges.len() {
            let reason = format!("{} ranges of {} came back", parts.len(), ranges.len());
            return Err(Flaw::Damaged(reason).at(&self.name, format!("stripe {stripe}")));
        }
        let mut streams = BTreeMap::new();
        for (&stream, bytes) in projection.streams.iter().zip(parts) {
            streams.insert(stream, self.open_chunk(stream, stripe, bytes)?);
        }
        Ok(Arc::new(StripeData::new(self.clone(), projection.clone(), stripe, streams)?))
    }

    fn open_chunk(&self, stream: usize, stripe: usize, bytes: Bytes) -> Result<StreamChunk> {
        let metadata = self.stream(stream)?;
        let chunk = &metadata.chunks[stripe];
        let shape = &self.columns.of_stream(stream)?.shape;
        let column = shape.stream(stream);
        let data_type = match column.kind {
            StreamKind::Values => Some(&shape.node_of(stream).data_type),
            StreamKind::Structure => None,
        };
        let symbols = metadata.symbols.as_ref();
        StreamChunk::open(chunk, bytes, data_type, column.steps.len(), symbols).map_err(|(block, flaw)| {
            flaw.at(&self.name, format!("{}, stripe {stripe}, block {block}", shape.place(stream)))
        })
    }
}

fn check_size(name: &str, size: u64) -> Result<()> {
    let least = (SECTION_ALIGNMENT + TAIL_BYTES) as u64;
    match size >= least {
        true => Ok(()),
        false => Err(Flaw::Damaged(format!("{size} bytes, a file has at least {least}")).at(name, "its end")),
    }
}

fn check_head(name: &str, head: &[u8]) -> Result<()> {
    match head[..8] == MAGIC && head[8..SECTION_ALIGNMENT].iter().all(|&byte| byte == 0) {
        true => Ok(()),
        false => {
            Err(Flaw::Damaged("the first bytes are not a Canopy file's".into()).at(name, "its beginning"))
        }
    }
}

fn read_tail(name: &str, end: &[u8], size: u64) -> Result<Tail> {
    let tail = match end.len().checked_sub(TAIL_BYTES) {
        Some(start) => Tail::read(&end[start..], size),
        None => Flaw::damaged(format!("{} bytes, the tail has {TAIL_BYTES}", end.len())),
    };
    tail.map_err(|flaw| flaw.at(name, "tail"))
}

fn exactly<const N: usize>(name: &str, parts: Vec<Bytes>) -> Result<[Bytes; N]> {
    parts.try_into().map_err(|parts: Vec<Bytes>| FormatError::Damaged {
        file: name.to_owned(),
        place: "its end".into(),
        reason: format!("{} ranges of {N} came back", parts.len()),
    })
}
