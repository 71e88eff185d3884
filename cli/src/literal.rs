//! GoogleSQL text made of what stands on a command line, safely quoted.

use crate::failure::{Failure, Result};

/// A string literal.
pub fn string(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for character in text.chars() {
        match character {
            '\'' => literal.push_str("\\'"),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            other => literal.push(other),
        }
    }
    literal.push('\'');
    literal
}

/// A table's path, each name in backticks.
pub fn table(path: &str) -> Result<String> {
    let path = path.replace('`', "");
    let names: Vec<String> =
        path.split('.').map(|name| format!("`{}`", name.replace('\\', "\\\\"))).collect();
    match path.split('.').any(str::is_empty) {
        true => Err(Failure::usage(format!("expected TABLE or DATASET.TABLE, found {path:?}"))),
        false => Ok(names.join(".")),
    }
}

/// A file as a URI or an absolute path: another process need not stand in the same directory.
pub fn uri(file: &str) -> Result<String> {
    if file.contains("://") {
        return Ok(file.to_owned());
    }
    let path = std::path::absolute(file)
        .map_err(|error| Failure::failed(format!("cannot make {file:?} an absolute path: {error}")))?;
    Ok(path.to_string_lossy().into_owned())
}

/// `NAME=VALUE` as an option: numbers, booleans, quoted texts and arrays as they stand, anything else as a string.
pub fn option(text: &str) -> Result<String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        .ok_or_else(|| Failure::usage(format!("expected NAME=VALUE, found {text:?}")))?;
    let is_number = value.parse::<f64>().is_ok() && value.ends_with(|c: char| c.is_ascii_digit());
    let is_word = ["true", "false", "null"].iter().any(|word| value.eq_ignore_ascii_case(word));
    let is_quoted = |quote: char| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
    let is_array = value.starts_with('[') && value.ends_with(']');
    match is_number || is_word || is_array || is_quoted('\'') || is_quoted('"') {
        true => Ok(format!("{name} = {value}")),
        false => Ok(format!("{name} = {}", string(value))),
    }
}

/// The format that a file's name tells.
pub fn format_by_name(file: &str) -> Option<&'static str> {
    let name = file.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let (_, extension) = name.rsplit_once('.')?;
    match extension {
        "parquet" | "parq" => Some("PARQUET"),
        "csv" | "tsv" => Some("CSV"),
        "json" | "jsonl" | "ndjson" => Some("JSON"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_keep_every_character() {
        assert_eq!(string("a'b\\c\n"), r"'a\'b\\c\n'");
    }

    #[test]
    fn tables() {
        assert_eq!(table("t").unwrap(), "`t`");
        assert_eq!(table("`my-ds.t`").unwrap(), "`my-ds`.`t`");
        assert!(table("a..b").is_err());
    }

    #[test]
    fn options() {
        let check = |text: &str, expected: &str| assert_eq!(option(text).unwrap(), expected);
        check("skip_leading_rows=1", "skip_leading_rows = 1");
        check("allow_jagged_rows=true", "allow_jagged_rows = true");
        check("field_delimiter=|", "field_delimiter = '|'");
        check("null_marker='1'", "null_marker = '1'");
        check("null_marker=", "null_marker = ''");
        check("null_marker=inf", "null_marker = 'inf'");
        assert!(option("x").is_err());
        assert!(option("a b=1").is_err());
    }

    #[test]
    fn formats() {
        let check = |file: &str, expected: Option<&str>| assert_eq!(format_by_name(file), expected, "{file}");
        check("a/b.PARQUET", Some("PARQUET"));
        check("a.csv.gz", Some("CSV"));
        check("a.jsonl", Some("JSON"));
        check("a", None);
        check("a.txt", None);
    }
}
