//! What a sink has made, as the source of the next pipeline.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use canopy_format::{BATCH_ROWS, Batch, Vector};
use futures::FutureExt;
use futures::future::BoxFuture;
use parking_lot::Mutex;

use crate::Result;
use crate::memory::Reservation;
use crate::pipeline::{Source, SourceReader};

/// Finished columns, in pieces; they are given back with the last holder.
#[derive(Default)]
pub(crate) struct Results {
    pieces: Mutex<Vec<Arc<Piece>>>,
    next: AtomicUsize,
}

struct Piece {
    columns: Vec<Vector>,
    rows: usize,
    _memory: Reservation,
}

impl Results {
    /// Appends a piece.
    pub(crate) fn add(&self, columns: Vec<Vector>, rows: usize, memory: Reservation) {
        if rows > 0 {
            self.pieces.lock().push(Arc::new(Piece { columns, rows, _memory: memory }));
        }
    }

    /// The slice with this number: slices of a batch's size, piece after piece.
    fn slice(&self, mut index: usize) -> Option<Batch> {
        let pieces = self.pieces.lock();
        for piece in pieces.iter() {
            let slices = piece.rows.div_ceil(BATCH_ROWS);
            if index < slices {
                let piece = piece.clone();
                drop(pieces);
                let start = index * BATCH_ROWS;
                let len = BATCH_ROWS.min(piece.rows - start);
                let columns = piece.columns.iter().map(|column| column.slice(start, len)).collect();
                return Some(Batch::new(columns, len));
            }
            index -= slices;
        }
        None
    }
}

/// Hands the slices of [`Results`] to all workers.
pub(crate) struct ResultsSource(pub(crate) Arc<Results>);

impl Source for ResultsSource {
    fn start(&self) -> Result<Box<dyn SourceReader>> {
        Ok(Box::new(Reader(self.0.clone())))
    }
}

struct Reader(Arc<Results>);

impl SourceReader for Reader {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Batch>>> {
        let index = self.0.next.fetch_add(1, Ordering::Relaxed);
        std::future::ready(Ok(self.0.slice(index))).boxed()
    }
}
