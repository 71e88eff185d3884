//! An engine in this process, and statements' results as text.

use std::sync::Arc;

use canopy_format::{DataType, Value};
use canopy_proto::query::ExecuteRequest;
use canopy_server::client::{Client, ClientError};
use canopy_server::engine::Engine;
use canopy_server::resources::{Resources, embedded_engine};
use canopy_server::results::{StatementResult, collect};
use canopy_server::text::format_value;

/// Returns a fresh engine over the warehouse at `uri`.
///
/// # Panics
/// When the warehouse cannot be opened.
pub async fn embedded(uri: &str, threads: usize) -> Arc<Engine> {
    let resources =
        Resources { threads, memory_limit_bytes: 2 << 30, cache_memory_bytes: 1 << 30, cache_disk: None };
    embedded_engine(uri, &resources).await.expect("the warehouse opens")
}

/// Returns a client of a fresh engine over the warehouse at `uri`.
///
/// # Panics
/// When the warehouse cannot be opened.
pub async fn open(uri: &str, threads: usize) -> Arc<dyn Client> {
    canopy_server::embedded(embedded(uri, threads).await)
}

/// Runs statements and returns each one's result.
///
/// # Errors
/// The first statement's error.
pub async fn run(client: &dyn Client, sql: &str) -> Result<Vec<StatementResult>, ClientError> {
    collect(client, ExecuteRequest { sql: sql.to_owned(), ..Default::default() }).await
}

/// Runs statements that must succeed.
///
/// # Panics
/// When one fails; with what it said.
pub async fn ok(client: &dyn Client, sql: &str) -> Vec<StatementResult> {
    run(client, sql).await.unwrap_or_else(|error| {
        let shown: String = sql.chars().take(2000).collect();
        panic!("{error}\nof {shown}")
    })
}

/// The rows of a result as text: CAST AS STRING, NULL spelled out, arrays and structs in brackets.
pub fn text_rows(result: &StatementResult) -> Vec<Vec<String>> {
    let types: Vec<&DataType> = result.columns.iter().map(|(_, data_type)| data_type).collect();
    let row =
        |row: Vec<Value>| row.iter().zip(&types).map(|(value, data_type)| text(value, data_type)).collect();
    result.rows().into_iter().map(row).collect()
}

/// One value as text.
pub fn text(value: &Value, data_type: &DataType) -> String {
    match (value, data_type) {
        (Value::Null, _) => "NULL".to_owned(),
        (Value::Array(elements), DataType::Array(element)) => {
            let parts: Vec<String> = elements.iter().map(|value| text(value, element)).collect();
            format!("[{}]", parts.join(", "))
        }
        (Value::Struct(parts), DataType::Struct(fields)) => {
            let parts = parts.iter().zip(fields.iter()).map(|(value, field)| text(value, &field.data_type));
            format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
        }
        _ => format_value(value, data_type),
    }
}
