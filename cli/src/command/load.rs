//! `canopy load`: LOAD DATA without writing SQL.

use super::sql::run_interruptibly;
use crate::args::{Format, Global, LoadArguments};
use crate::failure::{Failure, Result};
use crate::literal;
use crate::render::Printer;
use crate::session::Session;

/// Runs the command.
pub async fn run(global: &Global, arguments: LoadArguments) -> Result {
    let sql = statement(&arguments)?;
    let session = Session::open(global).await?;
    let mut printer = Printer::new(Format::Table, false, true);
    let loaded = run_interruptibly(&session, session.request(sql), &mut printer).await;
    loaded.map_err(|failure| match failure {
        Failure::Failed(message) => Failure::Failed(hints(message, &arguments, session.is_embedded)),
        other => other,
    })
}

/// Adds what a person is likely to have missed.
fn hints(mut message: String, arguments: &LoadArguments, is_embedded: bool) -> String {
    let skips = arguments.options.iter().any(|option| option.starts_with("skip_leading_rows"));
    if message.contains(" line 1, column") && !skips {
        message.push_str("\n  is the first line a header? then add --option skip_leading_rows=1");
    }
    if !is_embedded {
        message.push_str("\n  (with --connect, paths are looked up by the server)");
    }
    message
}

/// The statement that loads the files.
fn statement(arguments: &LoadArguments) -> Result<String> {
    let format = match &arguments.format {
        Some(format) => format.to_ascii_uppercase(),
        None => format_of_all(&arguments.files)?.to_owned(),
    };
    let uris = arguments.files.iter().map(|file| literal::uri(file)).collect::<Result<Vec<_>>>()?;
    let uris: Vec<String> = uris.iter().map(|uri| literal::string(uri)).collect();
    let mut options =
        vec![format!("format = {}", literal::string(&format)), format!("uris = [{}]", uris.join(", "))];
    for option in &arguments.options {
        options.push(literal::option(option)?);
    }
    Ok(format!(
        "LOAD DATA {} {} FROM FILES ({})",
        if arguments.overwrite { "OVERWRITE" } else { "INTO" },
        literal::table(&arguments.table)?,
        options.join(", ")
    ))
}

fn format_of_all(files: &[String]) -> Result<&'static str> {
    let unknown = |file: &str| {
        Failure::usage(format!(
            "cannot tell the format of {file:?} by its name; add --format PARQUET, CSV or JSON"
        ))
    };
    let mut known = None;
    for file in files {
        let format = literal::format_by_name(file).ok_or_else(|| unknown(file))?;
        match known {
            Some(other) if other != format => {
                return Err(Failure::usage(format!(
                    "the files are of several formats ({other} and {format}); load them one format at a time"
                )));
            }
            _ => known = Some(format),
        }
    }
    known.ok_or_else(|| Failure::usage("no files to load"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(files: &[&str]) -> LoadArguments {
        LoadArguments {
            table: "ds.my-table".into(),
            files: files.iter().map(|&file| file.to_owned()).collect(),
            format: None,
            overwrite: false,
            options: Vec::new(),
        }
    }

    #[test]
    fn a_statement_says_what_the_command_line_said() {
        let mut given = arguments(&["/data/it's.csv", "s3://b/*.csv.gz"]);
        given.options = vec!["skip_leading_rows=1".into(), "field_delimiter=;".into()];
        assert_eq!(
            statement(&given).unwrap(),
            "LOAD DATA INTO `ds`.`my-table` FROM FILES (format = 'CSV', \
             uris = ['/data/it\\'s.csv', 's3://b/*.csv.gz'], skip_leading_rows = 1, field_delimiter = ';')"
        );
        given.overwrite = true;
        given.format = Some("json".into());
        assert!(
            statement(&given)
                .unwrap()
                .starts_with("LOAD DATA OVERWRITE `ds`.`my-table` FROM FILES (format = 'JSON'")
        );
    }

    #[test]
    fn formats_that_cannot_be_told_are_usage() {
        for (files, expected) in [(&["a.dat"][..], "cannot tell"), (&["a.csv", "b.json"], "several formats")]
        {
            let failure = statement(&arguments(files)).unwrap_err();
            assert!(failure.message().contains(expected), "{failure:?}");
            assert_eq!(failure.code(), 2);
        }
    }
}
