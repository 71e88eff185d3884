//! Commands of the prompt: they begin with a dot, so that no statement looks like them.

use canopy_proto::query::{ListTablesResponse, TableSummary};
use canopy_server::help;
use clap::ValueEnum;
use indicatif::{HumanBytes, HumanCount};

use super::State;
use crate::args::Format;
use crate::render::grid::{self, Head};

/// The commands, and what they do.
pub const COMMANDS: &[(&str, &str)] = &[
    (".tables", "list datasets and tables"),
    (".schema TABLE", "show a table's columns"),
    (".format NAME", "print rows as table, csv, json, jsonl, json-full or vertical"),
    (".timer on|off", "print a JSON line of timings after each statement"),
    (".read FILE", "run the statements of a file"),
    (".help [FUNCTION]", "show this, or what a function does; so does help FUNCTION"),
    (".quit", "leave; so does Ctrl-D"),
];

/// A command that was understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Tables,
    Schema(String),
    Format(Format),
    Timer(bool),
    Read(String),
    Help(Option<String>),
    Quit,
}

/// What comes after a command.
pub(super) enum Outcome {
    /// The next prompt.
    Stay,
    /// Nothing.
    Leave,
}

impl Command {
    /// Reads a command.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().trim_end_matches(';');
        let (name, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let argument = argument.trim();
        let needed = |what: &str| match argument {
            "" => Err(format!("{name} needs {what}")),
            argument => Ok(argument.to_owned()),
        };
        Ok(match name {
            ".tables" => Self::Tables,
            ".schema" => Self::Schema(needed("a table")?),
            ".format" => match needed("a format")?.as_str() {
                // A stream of bytes would make a mess of the terminal.
                "arrow" => return Err("arrow is for pipes: canopy sql --format arrow".into()),
                name => Self::Format(Format::from_str(name, true).map_err(|_| {
                    format!("no format {name:?}; there are table, csv, json, jsonl, json-full and vertical")
                })?),
            },
            ".timer" => match argument {
                "on" => Self::Timer(true),
                "off" => Self::Timer(false),
                _ => return Err("expected .timer on or .timer off".into()),
            },
            ".read" => Self::Read(needed("a file")?),
            ".help" => Self::Help((!argument.is_empty()).then(|| argument.to_owned())),
            ".quit" | ".exit" => Self::Quit,
            _ => return Err(format!("no command {name}; .help lists them")),
        })
    }

    /// Carries the command out.
    pub(super) async fn run(self, state: &mut State) -> Result<Outcome, String> {
        match self {
            Self::Tables => show_tables(&list(state, "").await?),
            Self::Schema(path) => {
                let path = path.replace('`', "");
                let (dataset, name) = path.rsplit_once('.').unwrap_or((&state.session.dataset, &path));
                let tables = list(state, dataset).await?;
                let mut tables = tables.datasets.iter().flat_map(|dataset| &dataset.tables);
                let table = tables.find(|table| table.name == name);
                show_schema(table.ok_or_else(|| format!("Not found: Table {dataset}.{name}"))?)
            }
            Self::Format(format) => {
                state.format = format;
                Ok(())
            }
            Self::Timer(timing) => {
                state.timing = timing;
                Ok(())
            }
            Self::Help(None) => {
                COMMANDS.iter().for_each(|(usage, doc)| eprintln!("{usage:18} {doc}"));
                eprintln!("Statements end with ; or with \\G, which prints a line for each value.");
                Ok(())
            }
            Self::Help(Some(name)) => show_function(&name),
            Self::Quit => return Ok(Outcome::Leave),
            Self::Read(_) => Ok(()),
        }?;
        Ok(Outcome::Stay)
    }
}

async fn list(state: &State, dataset: &str) -> Result<ListTablesResponse, String> {
    state.session.client.list_tables(dataset).await.map_err(|error| error.to_string())
}

fn show(heads: &[(&str, bool)], rows: &[Vec<String>]) -> Result<(), String> {
    let heads: Vec<Head> = heads.iter().map(|(name, is_right)| Head::new(name, *is_right)).collect();
    let written = grid::write(&mut std::io::stdout().lock(), &heads, rows, None, grid::terminal_width());
    written.map(drop).map_err(crate::render::failed)
}

fn show_tables(tables: &ListTablesResponse) -> Result<(), String> {
    let mut rows = Vec::new();
    for dataset in &tables.datasets {
        rows.extend(dataset.tables.iter().map(|table| {
            vec![
                dataset.dataset.clone(),
                table.name.clone(),
                HumanCount(table.row_count).to_string(),
                HumanBytes(table.byte_size).to_string(),
            ]
        }));
        if dataset.tables.is_empty() {
            rows.push(vec![dataset.dataset.clone(), "(no tables)".into(), String::new(), String::new()]);
        }
    }
    show(&[("dataset", false), ("table", false), ("rows", true), ("size", true)], &rows)
}

fn show_schema(table: &TableSummary) -> Result<(), String> {
    let rows: Vec<Vec<String>> =
        table.columns.iter().map(|column| vec![column.name.clone(), column.type_text.clone()]).collect();
    show(&[("column", false), ("type", false)], &rows)
}

fn show_function(name: &str) -> Result<(), String> {
    eprint!("{}", help::answer(name)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands() {
        let check = |text: &str, expected: Command| assert_eq!(Command::parse(text).unwrap(), expected);
        check(".tables", Command::Tables);
        check(".schema main.t;", Command::Schema("main.t".into()));
        check(".format json-full", Command::Format(Format::JsonFull));
        check(".timer on", Command::Timer(true));
        check(".help", Command::Help(None));
        check(".help substr", Command::Help(Some("substr".into())));
        check(".quit", Command::Quit);
        for (text, expected) in [
            (".schema", "needs a table"),
            (".format arrow", "pipes"),
            (".format x", "no format \"x\""),
            (".timer", "expected .timer on"),
            (".nothing", ".help lists them"),
        ] {
            let message = Command::parse(text).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}
