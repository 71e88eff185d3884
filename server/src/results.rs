//! Statement results put together again from a client's responses, for callers that want all of them.

use arrow_ipc::reader::StreamDecoder;
use bytes::Bytes;
use canopy_format::{Batch, DataType, Value, arrow};
use canopy_proto::query::{ExecuteRequest, ResultColumn, Statistics, execute_response::Kind};
use futures::StreamExt;

use crate::client::{Client, ClientError};

/// A statement's whole result.
#[derive(Debug, Default)]
pub struct StatementResult {
    /// SELECT, INSERT, ...
    pub statement_type: String,
    /// The columns: names and types.
    pub columns: Vec<(String, DataType)>,
    /// The rows.
    pub batches: Vec<Batch>,
    /// What it cost.
    pub statistics: Statistics,
    /// What it did, for a person.
    pub message: String,
}

impl StatementResult {
    /// The rows as values.
    pub fn rows(&self) -> Vec<Vec<Value>> {
        let rows = self.batches.iter().flat_map(|batch| {
            (0..batch.rows()).map(move |row| batch.columns().iter().map(|column| column.value(row)).collect())
        });
        rows.collect()
    }
}

/// Turns a result's Arrow messages into batches of its columns.
pub struct ResultDecoder {
    types: Vec<DataType>,
    stream: StreamDecoder,
}

impl ResultDecoder {
    /// A decoder for columns of these types.
    pub fn new(types: Vec<DataType>) -> Self {
        Self { types, stream: StreamDecoder::new() }
    }

    /// The batches that a message completes.
    ///
    /// # Errors
    /// When the message is not Arrow's, or holds other columns.
    pub fn decode(&mut self, message: Bytes) -> Result<Vec<Batch>, ClientError> {
        let bad =
            |what: String| ClientError { reason: "internalError".into(), message: what, line: 0, column: 0 };
        let mut buffer = arrow_buffer::Buffer::from(message);
        let mut batches = Vec::new();
        while !buffer.is_empty() {
            let record = self
                .stream
                .decode(&mut buffer)
                .map_err(|error| bad(format!("bad Arrow message: {error}")))?;
            if let Some(record) = record {
                batches.push(
                    arrow::record_batch_to_batch(&record, &self.types).map_err(|e| bad(e.to_string()))?,
                );
            }
        }
        Ok(batches)
    }
}

/// The type of a result's column.
///
/// # Errors
/// When the server sent none that there is.
pub fn column_type(column: &ResultColumn) -> Result<DataType, ClientError> {
    let bad =
        |what: String| ClientError { reason: "internalError".into(), message: what, line: 0, column: 0 };
    let message = column.r#type.as_ref().ok_or_else(|| bad(format!("column {} has no type", column.name)))?;
    canopy_exec::convert::type_from_proto(message).map_err(|error| bad(error.to_string()))
}

/// Runs a request and collects every statement's result.
///
/// # Errors
/// The first statement's error; results before it are lost.
pub async fn collect(
    client: &dyn Client,
    request: ExecuteRequest,
) -> Result<Vec<StatementResult>, ClientError> {
    let mut responses = client.execute(request).await?;
    let mut results: Vec<StatementResult> = Vec::new();
    let mut decoder = ResultDecoder::new(Vec::new());
    while let Some(response) = responses.next().await {
        match response?.kind {
            Some(Kind::Started(started)) => {
                let columns = started.columns.iter().map(|c| Ok((c.name.clone(), column_type(c)?)));
                let columns: Vec<(String, DataType)> = columns.collect::<Result<_, ClientError>>()?;
                decoder =
                    ResultDecoder::new(columns.iter().map(|(_, data_type)| data_type.clone()).collect());
                let statement_type = started.statement_type;
                results.push(StatementResult { statement_type, columns, ..Default::default() });
            }
            Some(Kind::ArrowSchema(message) | Kind::ArrowBatch(message)) => {
                let batches = decoder.decode(message)?;
                if let Some(result) = results.last_mut() {
                    result.batches.extend(batches);
                }
            }
            Some(Kind::Finished(finished)) => {
                if let Some(result) = results.last_mut() {
                    result.statistics = finished.statistics.unwrap_or_default();
                    result.message = finished.message;
                }
            }
            Some(Kind::Progress(_)) | None => {}
        }
    }
    Ok(results)
}
