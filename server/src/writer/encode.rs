//! One encoder: runs of rows in, uploaded files out.

use canopy_format::Batch;
use canopy_format::file::{FileWriter, WriteOptions};
use canopy_txn::NewFile;
use tokio::sync::mpsc;

use super::cluster::Clustering;
use super::{PartitionId, WriteTarget};
use crate::error::Result;
use crate::stored::as_stored;

/// Encoded size at which a file is closed.
const FILE_BYTES_TARGET: usize = 64 << 20;
/// Files of different partitions that an encoder fills at once.
const OPEN_FILES_MAX: usize = 64;

/// Rows of one partition and the number of their run.
pub(super) struct Run {
    pub(super) number: u64,
    pub(super) partition: PartitionId,
    pub(super) batches: Vec<Batch>,
}

/// A finished file and its first run's number.
pub(super) type NumberedFile = (u64, NewFile);

/// A file that is being filled.
struct OpenFile {
    number: u64,
    partition: PartitionId,
    writer: FileWriter,
}

/// Fills and uploads files until the runs end. Runs on a thread that may block.
pub(super) fn encode(
    target: &WriteTarget,
    mut runs: mpsc::Receiver<Run>,
    runtime: &tokio::runtime::Handle,
) -> Result<Vec<NumberedFile>> {
    let clustering = Clustering::new(&target.layout, &target.schema);
    let mut files = Vec::new();
    let mut open: Vec<OpenFile> = Vec::new();
    while let Some(run) = runs.blocking_recv() {
        let at = match open.iter().position(|file| file.partition == run.partition) {
            Some(at) => at,
            None => {
                if open.len() >= OPEN_FILES_MAX {
                    let largest = (0..open.len()).max_by_key(|at| open[*at].writer.encoded_bytes());
                    let largest = open.swap_remove(largest.unwrap_or(0));
                    files.push(upload(target, largest, runtime)?);
                }
                let options = WriteOptions { uuid: *uuid::Uuid::new_v4().as_bytes(), ..Default::default() };
                let writer = FileWriter::new((*target.schema).clone(), options)?;
                open.push(OpenFile { number: run.number, partition: run.partition, writer });
                open.len() - 1
            }
        };
        let batches = match &clustering {
            Some(clustering) => vec![clustering.sorted(run.batches)],
            None => run.batches,
        };
        for batch in batches {
            open[at].writer.write(&as_stored(batch, &target.schema)?)?;
        }
        if open[at].writer.encoded_bytes() >= FILE_BYTES_TARGET as u64 {
            files.push(upload(target, open.swap_remove(at), runtime)?);
        }
    }
    for last in open {
        files.push(upload(target, last, runtime)?);
    }
    Ok(files)
}

fn upload(target: &WriteTarget, file: OpenFile, runtime: &tokio::runtime::Handle) -> Result<NumberedFile> {
    let written = file.writer.finish()?;
    let key = target.session.data_key(target.table);
    runtime.block_on(target.store.put(&key, written.bytes))?;
    let new = NewFile { partition: file.partition, ..NewFile::new(key, written.statistics) };
    Ok((file.number, new))
}
