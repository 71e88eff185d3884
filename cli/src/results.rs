//! Statements through a client, and their results as batches.

use std::time::Instant;

use canopy_format::{Batch, DataType};
use canopy_proto::query::{
    ExecuteRequest, Progress, ResultColumn, StatementFinished, execute_response::Kind,
};
use canopy_server::client::{Client, ClientError};
use canopy_server::results::{ResultDecoder, column_type};
use futures::StreamExt;
use unicode_width::UnicodeWidthStr;

/// A column of a result.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
}

/// What a statement's output goes to.
pub trait Sink {
    /// A statement began: it has rows of these columns, or (None) no rows.
    fn start(&mut self, columns: Option<&[Column]>) -> Result<(), String>;
    /// Rows.
    fn batch(&mut self, batch: Batch) -> Result<(), String>;
    /// How far it is.
    fn progress(&mut self, progress: &Progress);
    /// It ended.
    fn finish(
        &mut self,
        finished: &StatementFinished,
        statement: u32,
        started: Instant,
    ) -> Result<(), String>;
}

/// Sends a request and feeds what comes back into the sink. An error names its place in the text.
pub async fn run(
    client: &dyn Client,
    request: ExecuteRequest,
    sink: &mut (dyn Sink + Send),
) -> Result<(), String> {
    let sql = request.sql.clone();
    let describe = |error: ClientError| describe(&error, &sql);
    let mut responses = client.execute(request).await.map_err(describe)?;
    let mut started = Instant::now();
    let mut decoder = ResultDecoder::new(Vec::new());
    while let Some(response) = responses.next().await {
        let response = response.map_err(describe)?;
        match response.kind {
            Some(Kind::Started(begun)) => {
                let columns = begun.has_rows.then(|| columns(&begun.columns)).transpose()?;
                let types = columns.iter().flatten().map(|column| column.data_type.clone());
                decoder = ResultDecoder::new(types.collect());
                sink.start(columns.as_deref())?;
            }
            Some(Kind::ArrowSchema(message) | Kind::ArrowBatch(message)) => {
                for batch in decoder.decode(message).map_err(describe)? {
                    sink.batch(batch)?;
                }
            }
            Some(Kind::Progress(progress)) => sink.progress(&progress),
            Some(Kind::Finished(finished)) => {
                sink.finish(&finished, response.statement, started)?;
                started = Instant::now();
            }
            None => return Err("the server sent a response without a kind".into()),
        }
    }
    Ok(())
}

fn columns(columns: &[ResultColumn]) -> Result<Vec<Column>, String> {
    let column = |column: &ResultColumn| {
        let data_type = column_type(column).map_err(|error| error.to_string())?;
        Ok(Column { name: column.name.clone(), data_type })
    };
    columns.iter().map(column).collect()
}

/// Characters of a line shown to each side of the place at fault.
const CONTEXT: usize = 60;

/// The message with the line at fault and a caret below it.
pub fn describe(error: &ClientError, sql: &str) -> String {
    let Some(line) = (error.line > 0).then(|| sql.lines().nth(error.line as usize - 1)).flatten() else {
        return error.message.clone();
    };
    let at = error.column.saturating_sub(1) as usize;
    let start = at.saturating_sub(CONTEXT);
    let shown: String = line.chars().skip(start).take(2 * CONTEXT).collect();
    let before: String = shown.chars().take(at - start).collect();
    let caret = " ".repeat(before.replace('\t', " ").width() + usize::from(start > 0));
    let dots = |is_cut: bool| if is_cut { "…" } else { "" };
    let (left, right) = (dots(start > 0), dots(line.chars().count() > start + 2 * CONTEXT));
    format!("{}\n  {left}{}{right}\n  {caret}^", error.message, shown.replace('\t', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_fault() {
        let check = |sql: &str, line: u32, column: u32, expected: &str| {
            let error = ClientError { reason: String::new(), message: "wrong".into(), line, column };
            assert_eq!(describe(&error, sql), expected);
        };
        check("SELECT x", 1, 8, "wrong\n  SELECT x\n         ^");
        check("SELECT\n\tx", 2, 2, "wrong\n   x\n   ^");
        check("SELECT 日 x", 1, 10, "wrong\n  SELECT 日 x\n            ^");
        check("SELECT x", 0, 0, "wrong");
        check("SELECT x", 9, 1, "wrong");
        check("SELECT", 1, 7, "wrong\n  SELECT\n        ^");
        let long = format!("{}x{}", " ".repeat(100), "y".repeat(100));
        let shown = format!("wrong\n  …{}x{}…\n  {}^", " ".repeat(60), "y".repeat(59), " ".repeat(61));
        check(&long, 1, 101, &shown);
    }
}
