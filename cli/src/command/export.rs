//! `canopy export`: EXPORT DATA without writing SQL.

use super::sql::run_interruptibly;
use crate::args::{ExportArguments, Format, Global};
use crate::failure::{Failure, Result};
use crate::literal;
use crate::render::Printer;
use crate::session::Session;

/// Runs the command.
pub async fn run(global: &Global, arguments: ExportArguments) -> Result {
    let sql = statement(&arguments)?;
    let session = Session::open(global).await?;
    let mut printer = Printer::new(Format::Table, false, true);
    run_interruptibly(&session, session.request(sql), &mut printer).await
}

/// The statement that writes the files.
fn statement(arguments: &ExportArguments) -> Result<String> {
    let format = match &arguments.format {
        Some(format) => format.to_ascii_uppercase(),
        None => literal::format_by_name(&arguments.uri).map(str::to_owned).ok_or_else(|| {
            Failure::usage(format!(
                "cannot tell the format of {:?} by its name; add --format PARQUET, CSV or JSON",
                arguments.uri
            ))
        })?,
    };
    let source = arguments.source.trim();
    let query = match is_query(source) {
        true => source.trim_end_matches(';').to_owned(),
        false => format!("SELECT * FROM {}", literal::table(source)?),
    };
    let overwrite = if arguments.overwrite { ", overwrite = true" } else { "" };
    Ok(format!(
        "EXPORT DATA OPTIONS (uri = {}, format = {}{overwrite}) AS {query}",
        literal::string(&literal::uri(&arguments.uri)?),
        literal::string(&format),
    ))
}

fn is_query(source: &str) -> bool {
    let first = source.split_whitespace().next().unwrap_or_default();
    source.starts_with('(') || first.eq_ignore_ascii_case("SELECT") || first.eq_ignore_ascii_case("WITH")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_or_a_query_goes_out() {
        let check = |source: &str, overwrite: bool, expected: &str| {
            let uri = "/out/*.parquet".to_owned();
            let arguments = ExportArguments { source: source.into(), uri, format: None, overwrite };
            assert_eq!(statement(&arguments).unwrap(), expected);
        };
        check(
            "ds.t",
            false,
            "EXPORT DATA OPTIONS (uri = '/out/*.parquet', format = 'PARQUET') AS SELECT * FROM `ds`.`t`",
        );
        check(
            "select 1;",
            true,
            "EXPORT DATA OPTIONS (uri = '/out/*.parquet', format = 'PARQUET', overwrite = true) AS select 1",
        );
    }
}
