//! Writing and scanning with our own format.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use canopy_format::file::Preset;
use canopy_format::{
    BATCH_ROWS, FieldId, FileReader, FileWriter, ProjectedColumn, StripeData, Vector, WriteOptions,
    WrittenFile,
};

use super::Failure;
use super::dataset::Dataset;

/// The output of a future that never waits: files here are in memory.
pub(super) fn now<F: Future>(future: F) -> Result<F::Output, Failure> {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err("a file in memory had to wait".into()),
    }
}

/// Returns the file of these rows.
pub(super) fn write(dataset: &Dataset, preset: Preset) -> Result<WrittenFile, Failure> {
    let options = WriteOptions { preset, ..WriteOptions::default() };
    let mut writer = FileWriter::new(dataset.schema.clone(), options)?;
    for batch in &dataset.batches {
        writer.write(batch)?;
    }
    Ok(writer.finish()?)
}

/// A file in memory, opened as a leaf opens one: by its size and where its footer begins.
#[derive(Debug)]
pub(super) struct File {
    store: Arc<canopy_storage::MemoryStore>,
    key: canopy_storage::Key,
    bytes: u64,
    footer: u64,
}

impl File {
    pub(super) fn new(file: &WrittenFile) -> Result<Self, Failure> {
        use canopy_storage::ObjectStore;
        let store = Arc::new(canopy_storage::MemoryStore::new());
        let key = canopy_storage::Key::new("file.cnpy")?;
        now(store.put(&key, file.bytes.clone()))??;
        Ok(Self { store, key, bytes: file.bytes.len() as u64, footer: file.statistics.footer_offset })
    }

    pub(super) fn open(&self) -> Result<Arc<FileReader>, Failure> {
        let store: Arc<dyn canopy_storage::ObjectStore> = self.store.clone();
        Ok(now(FileReader::open(store, self.key.clone(), self.bytes, self.footer))??)
    }
}

/// The columns named; all without names.
pub(super) fn columns(reader: &FileReader, names: &[&str]) -> Vec<ProjectedColumn> {
    let fields = &reader.schema().fields;
    let wanted = fields.iter().filter(|field| names.is_empty() || names.contains(&field.name.as_str()));
    wanted.map(ProjectedColumn::whole).collect()
}

/// The stripes of a projection, fetched (checksums are tested here).
pub(super) fn stripes(
    reader: &Arc<FileReader>,
    columns: &[ProjectedColumn],
) -> Result<impl Iterator<Item = Result<Arc<StripeData>, Failure>>, Failure> {
    let projection = reader.projection(columns)?;
    let reader = reader.clone();
    let count = reader.stripe_count();
    Ok((0..count).map(move |stripe| Ok(now(reader.fetch_stripe(&projection, stripe))??)))
}

/// Decodes everything; returns the number of rows.
pub(super) fn decode(file: &File, names: &[&str]) -> Result<u64, Failure> {
    let reader = file.open()?;
    let columns = columns(&reader, names);
    let mut rows = 0;
    for stripe in stripes(&reader, &columns)? {
        let stripe = stripe?;
        each_batch(&stripe, columns.len(), |batch| {
            rows += batch[0].len() as u64;
            Ok(())
        })?;
    }
    Ok(rows)
}

/// The rows of a stripe, a batch at a time.
pub(super) fn each_batch(
    stripe: &Arc<StripeData>,
    columns: usize,
    mut take: impl FnMut(&[Vector]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut decoder = stripe.decoder();
    let mut batch = Vec::with_capacity(columns);
    for start in (0..decoder.rows()).step_by(BATCH_ROWS) {
        let rows = BATCH_ROWS.min(decoder.rows() - start);
        batch.clear();
        for column in 0..columns {
            batch.push(decoder.read(column, start, rows)?);
        }
        take(std::hint::black_box(&batch))?;
    }
    Ok(())
}

/// Decodes one column, found by its id as a leaf finds it; returns the number of rows.
pub(super) fn decode_column(file: &File, id: FieldId) -> Result<u64, Failure> {
    let reader = file.open()?;
    let field = reader.column(id)?.ok_or("no such column")?;
    let columns = [ProjectedColumn::whole(field)];
    let mut rows = 0;
    for stripe in stripes(&reader, &columns)? {
        each_batch(&stripe?, 1, |batch| {
            rows += batch[0].len() as u64;
            Ok(())
        })?;
    }
    Ok(rows)
}

/// The bytes as one object, for checks that need them whole.
pub(super) fn verify(file: &Bytes, dataset: &Dataset) -> Result<(), Failure> {
    let reader = FileReader::open_bytes(&dataset.name, file.clone())?;
    match reader.row_count() == dataset.rows() as u64 {
        true => Ok(()),
        false => Err(format!("{}: {} rows came back", dataset.name, reader.row_count()).into()),
    }
}
