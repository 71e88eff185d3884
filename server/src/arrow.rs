//! Results as Arrow IPC messages.

use arrow_ipc::writer::{
    DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions, write_message,
};
use arrow_schema::{Schema, SchemaRef};
use bytes::Bytes;
use canopy_format::{Batch, arrow};

use crate::error::{ErrorKind, Result, ServerError};

/// Writes the messages of one result: the schema first, then a message a batch.
pub struct ArrowEncoder {
    schema: SchemaRef,
    options: IpcWriteOptions,
    generator: IpcDataGenerator,
    tracker: DictionaryTracker,
}

impl ArrowEncoder {
    /// Returns an encoder for columns of `schema`.
    pub fn new(schema: Schema) -> Self {
        Self {
            schema: schema.into(),
            options: IpcWriteOptions::default(),
            generator: IpcDataGenerator::default(),
            tracker: DictionaryTracker::new(false),
        }
    }

    /// The schema's message.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] when Arrow refuses it.
    pub fn schema(&mut self) -> Result<Bytes> {
        let data = self.generator.schema_to_bytes_with_dictionary_tracker(
            &self.schema,
            &mut self.tracker,
            &self.options,
        );
        let mut message = Vec::new();
        write_message(&mut message, data, &self.options).map_err(internal)?;
        Ok(message.into())
    }

    /// A batch's message.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] when Arrow refuses it.
    pub fn batch(&mut self, batch: Batch) -> Result<Bytes> {
        let record = arrow::batch_to_record_batch(batch, &self.schema)?;
        let mut compression = IpcWriteContext::default();
        let (dictionaries, data) = self
            .generator
            .encode(&record, &mut self.tracker, &self.options, &mut compression)
            .map_err(internal)?;
        let mut message = Vec::new();
        for dictionary in dictionaries {
            write_message(&mut message, dictionary, &self.options).map_err(internal)?;
        }
        write_message(&mut message, data, &self.options).map_err(internal)?;
        Ok(message.into())
    }
}

fn internal(error: arrow_schema::ArrowError) -> ServerError {
    ServerError::new(ErrorKind::Internal, format!("cannot encode the result as Arrow: {error}"))
}
