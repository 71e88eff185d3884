//! Running one case.

use canopy_exec::convert::{type_to_proto, value_to_proto};
use canopy_proto::query::{ExecuteRequest, QueryParameter};
use canopy_server::client::{Client, ClientError};
use canopy_server::results::{StatementResult, collect};

use super::compare::difference;
use super::{Case, Expected};

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// As expected.
    Pass,
    /// Nothing to compare, or refused as BigQuery refuses it.
    Skip,
    /// Answered with an error that says what is not supported.
    Unsupported,
    /// Answered with another error, where rows were expected.
    Refused,
    /// Other rows than expected, or rows where an error was expected.
    Wrong,
    /// A panic, an internal error, or no answer in time.
    Crash,
}

/// A verdict and what there is to say about it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// The difference or the error; empty for a pass.
    pub detail: String,
}

impl Outcome {
    fn new(verdict: Verdict, detail: impl Into<String>) -> Self {
        Self { verdict, detail: detail.into() }
    }

    fn pass() -> Self {
        Self::new(Verdict::Pass, "")
    }

    fn of_error(error: &ClientError) -> Self {
        let text = error.message.as_str();
        let unsupported = ["not supported", "Function not found", "Table-valued function not found"];
        let verdict = match error.reason.as_str() {
            "internalError" => Verdict::Crash,
            "notImplemented" => Verdict::Unsupported,
            _ if unsupported.iter().any(|part| text.contains(part)) => Verdict::Unsupported,
            _ => Verdict::Refused,
        };
        Self::new(verdict, text)
    }
}

/// Runs a case on a client of an engine that holds what the case's setup made.
pub async fn run(case: &Case, client: &dyn Client) -> Outcome {
    if case.nondeterministic {
        return Outcome::new(Verdict::Skip, "nondeterministic");
    }
    let parameters = match parameters(case, client).await {
        Ok(parameters) => parameters,
        Err(error) => return Outcome::of_error(&error),
    };
    // What is temporary lasts as long as its request: it is declared again before the statement.
    let temporary = case.setup.iter().filter(|sql| is_temporary(sql)).map(|sql| format!("{sql};\n"));
    let sql = temporary.chain([case.sql.clone()]).collect::<String>();
    let result = execute(case, client, &sql, parameters).await;
    match (&case.expected, result) {
        (Expected::Error { .. }, Err(error)) => match Outcome::of_error(&error) {
            outcome if outcome.verdict == Verdict::Refused => Outcome::pass(),
            outcome => outcome,
        },
        (Expected::Error { error }, Ok(found)) => {
            let rows = crate::engine::text_rows(&found);
            let rows: Vec<String> = rows.iter().take(5).map(|row| row.join(" | ")).collect();
            Outcome::new(Verdict::Wrong, format!("expected an error ({error}), found {}", rows.join("; ")))
        }
        (_, Err(error)) if case.null_array_elements && is_about_null_elements(&error) => Outcome::pass(),
        (_, Err(error)) if error.message.contains("Duplicate column name") => {
            Outcome::new(Verdict::Skip, error.message)
        }
        (_, Err(error)) => Outcome::of_error(&error),
        (Expected::Rows(table), Ok(found)) => compared(difference(case, table, &found)),
        (Expected::Dml { dml }, Ok(_)) => {
            let sql = format!("SELECT * FROM {}", dml.table);
            match execute(case, client, &sql, Vec::new()).await {
                Ok(found) => compared(difference(case, &dml.table_after, &found)),
                Err(error) => Outcome::of_error(&error),
            }
        }
    }
}

/// Runs a case's setup; an error is the outcome of every case that needs it.
///
/// # Errors
/// What the first statement that fails says.
pub async fn set_up(case: &Case, client: &dyn Client) -> Result<(), Outcome> {
    for sql in case.setup.iter().filter(|sql| !is_temporary(sql)) {
        execute(case, client, sql, Vec::new()).await.map_err(|error| Outcome::of_error(&error))?;
    }
    Ok(())
}

fn is_temporary(sql: &str) -> bool {
    let mut words = sql.split_whitespace().map(str::to_ascii_uppercase);
    words.next().is_some_and(|first| first == "CREATE")
        && words.next().is_some_and(|second| matches!(second.as_str(), "TEMP" | "TEMPORARY"))
}

fn compared(difference: Option<String>) -> Outcome {
    difference.map_or_else(Outcome::pass, |difference| Outcome::new(Verdict::Wrong, difference))
}

fn is_about_null_elements(error: &ClientError) -> bool {
    let text = error.message.to_ascii_lowercase();
    text.contains("null") && (text.contains("element") || text.contains("array"))
}

async fn execute(
    case: &Case,
    client: &dyn Client,
    sql: &str,
    parameters: Vec<QueryParameter>,
) -> Result<StatementResult, ClientError> {
    let time_zone = case.default_time_zone.clone().unwrap_or_default();
    let request = ExecuteRequest { sql: sql.to_owned(), parameters, time_zone, ..Default::default() };
    Ok(collect(client, request).await?.pop().unwrap_or_default())
}

/// The case's parameters, their expressions evaluated by the engine.
async fn parameters(case: &Case, client: &dyn Client) -> Result<Vec<QueryParameter>, ClientError> {
    let mut parameters = Vec::new();
    for parameter in &case.parameters {
        let result = execute(case, client, &format!("SELECT {}", parameter.sql), Vec::new()).await?;
        let value = result.rows().pop().and_then(|mut row| row.pop()).unwrap_or_default();
        let data_type = result.columns.first().map(|(_, data_type)| type_to_proto(data_type));
        parameters.push(QueryParameter {
            name: parameter.name.clone(),
            r#type: data_type,
            value: Some(value_to_proto(&value)),
        });
    }
    Ok(parameters)
}
