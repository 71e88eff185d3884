//! Batches: the unit that flows between operators.

use crate::{Buffer, Vector};

/// Most rows that a batch between operators holds.
pub const BATCH_ROWS: usize = 2048;

/// Row numbers of a batch that are still wanted, ascending.
pub type Selection = Buffer<u16>;

/// Up to [`BATCH_ROWS`] rows of columns, some of which may be deselected.
///
/// Every column has `row_count` rows; with a selection only the selected ones exist for a reader.
#[derive(Debug, Clone)]
pub struct Batch {
    columns: Vec<Vector>,
    row_count: usize,
    selection: Option<Selection>,
}

impl Batch {
    /// Returns a batch of all rows of the columns. A batch without columns still has rows.
    ///
    /// # Panics
    /// When a column has another length.
    pub fn new(columns: Vec<Vector>, row_count: usize) -> Self {
        assert!(columns.iter().all(|c| c.len() == row_count), "columns of different lengths");
        Self { columns, row_count, selection: None }
    }

    /// The same batch with only the rows of `selection`, which numbers physical rows.
    ///
    /// # Panics
    /// When a row is outside the batch.
    pub fn with_selection(mut self, selection: Option<Selection>) -> Self {
        if let Some(rows) = &selection {
            assert!(
                rows.last().is_none_or(|&last| (last as usize) < self.row_count),
                "selection outside batch"
            );
        }
        self.selection = selection;
        self
    }

    /// The columns, each of `physical_rows` rows.
    pub fn columns(&self) -> &[Vector] {
        &self.columns
    }

    /// One column.
    pub fn column(&self, index: usize) -> &Vector {
        &self.columns[index]
    }

    /// Takes the columns out; the selection is lost.
    pub fn into_columns(self) -> Vec<Vector> {
        self.columns
    }

    /// Rows in the columns, selected or not.
    pub fn physical_rows(&self) -> usize {
        self.row_count
    }

    /// Rows that exist for a reader.
    pub fn rows(&self) -> usize {
        self.selection.as_ref().map_or(self.row_count, |s| s.len())
    }

    /// The selection; None when every row is wanted.
    pub fn selection(&self) -> Option<&Selection> {
        self.selection.as_ref()
    }

    /// The same rows without a selection: columns are gathered when there is one.
    pub fn compact(self) -> Self {
        let Some(selection) = &self.selection else { return self };
        if selection.len() == self.row_count {
            return Self { selection: None, ..self };
        }
        let rows: Vec<u32> = selection.iter().map(|&row| row as u32).collect();
        let columns = self.columns.iter().map(|column| column.gather(&rows)).collect();
        Self { columns, row_count: rows.len(), selection: None }
    }

    /// Rows `offset .. offset + len` of the compacted batch.
    pub fn slice(self, offset: usize, len: usize) -> Self {
        let batch = self.compact();
        let columns = batch.columns.iter().map(|column| column.slice(offset, len)).collect();
        Self { columns, row_count: len, selection: None }
    }

    /// Approximate bytes held, for memory budgets and channels.
    pub fn byte_size(&self) -> usize {
        self.columns.iter().map(Vector::byte_size).sum()
    }
}
