//! The rows of another fragment, from a channel that all workers share.

use std::sync::Arc;

use canopy_format::{BATCH_ROWS, Batch};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Mutex;

use super::Columns;
use crate::pipeline::{Source, SourceReader};
use crate::run::FragmentInput;
use crate::{ExecError, Result};

/// Reads an input fragment's channel.
pub(crate) struct ExchangeSource {
    fragment_id: u32,
    columns: Arc<Columns>,
    channel: Arc<Mutex<FragmentInput>>,
}

impl ExchangeSource {
    pub(crate) fn new(fragment_id: u32, columns: Columns, channel: FragmentInput) -> Self {
        Self { fragment_id, columns: Arc::new(columns), channel: Arc::new(Mutex::new(channel)) }
    }
}

impl Source for ExchangeSource {
    fn start(&self) -> Result<Box<dyn SourceReader>> {
        Ok(Box::new(Reader {
            fragment_id: self.fragment_id,
            columns: self.columns.clone(),
            channel: self.channel.clone(),
            rest: None,
        }))
    }
}

struct Reader {
    fragment_id: u32,
    columns: Arc<Columns>,
    channel: Arc<Mutex<FragmentInput>>,
    /// What is left of a large message.
    rest: Option<(Batch, usize)>,
}

impl Reader {
    async fn receive(&mut self) -> Result<Option<Batch>> {
        if let Some((batch, start)) = self.rest.take() {
            return Ok(Some(self.cut(batch, start)));
        }
        let Some(batch) = self.channel.lock().await.recv().await.transpose()? else { return Ok(None) };
        self.check(&batch)?;
        Ok(Some(match batch.physical_rows() <= BATCH_ROWS {
            true => batch,
            false => self.cut(batch.compact(), 0),
        }))
    }

    fn cut(&mut self, batch: Batch, start: usize) -> Batch {
        let len = BATCH_ROWS.min(batch.rows() - start);
        let part = batch.clone().slice(start, len);
        if start + len < batch.rows() {
            self.rest = Some((batch, start + len));
        }
        part
    }

    /// Rows come from another process: their types are what the plan says, or this is an error.
    fn check(&self, batch: &Batch) -> Result<()> {
        let found = batch.columns().iter().map(|column| column.data_type());
        match found.eq(self.columns.iter().map(|(_, data_type)| data_type)) {
            true => Ok(()),
            false => {
                let names = |types: Vec<String>| types.join(", ");
                Err(ExecError::InvalidPlan(format!(
                    "rows of fragment {} are ({}), expected ({})",
                    self.fragment_id,
                    names(batch.columns().iter().map(|column| column.data_type().to_string()).collect()),
                    names(self.columns.iter().map(|(_, data_type)| data_type.to_string()).collect()),
                )))
            }
        }
    }
}

impl SourceReader for Reader {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Batch>>> {
        self.receive().boxed()
    }
}
