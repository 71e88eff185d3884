//! Schema detection for CSV: delimiter, header, types, as BigQuery's auto-detection has them.

use canopy_format::{Mode, Schema};

use super::split::{Row, Rows};
use super::{Dialect, dialect};
use crate::error::{Result, ServerError};
use crate::load::guess::Guess;
use crate::load::name::{make_unique, valid_name};
use crate::load::{Detected, LoadOptions, SAMPLE_ROWS, Source};

/// Delimiters that are tried, the preferred first.
const DELIMITERS: [u8; 3] = [b',', b'|', b'\t'];
/// Rows that must agree on a delimiter.
const DELIMITER_ROWS: usize = 20;

/// Derives the columns from the first rows of each file.
pub(in crate::load) fn detect(sources: &[Source], options: &LoadOptions) -> Result<Detected> {
    // Line breaks in quotes are recognised by detection, and then by the load.
    let mut options = LoadOptions { allow_quoted_newlines: true, ..options.clone() };
    let Some(first) = sources.first() else {
        return Err(ServerError::invalid("no files to detect a schema from"));
    };
    let mut settled = dialect(&first.name, &options);
    if options.field_delimiter.is_none() && settled.delimiter == b',' {
        settled.delimiter = find_delimiter(first, settled, &options)?;
        options.field_delimiter = Some(settled.delimiter);
    }
    let mut header = None;
    let mut guesses: Vec<Guess> = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let sample = sample(source, settled, &options)?;
        let mut rows = &sample[..];
        if index == 0
            && let Some((head, data)) = rows.split_first()
        {
            header = detect_header(head, data, &options);
            if header.is_some() && options.skip_leading_rows.is_none() {
                options.skip_leading_rows = Some(1);
            }
        }
        let skipped = options.skip_leading_rows.unwrap_or(0) > 0;
        if skipped && !rows.is_empty() {
            rows = &rows[1..];
        }
        for row in rows {
            for (column, text) in row.iter().enumerate() {
                if guesses.len() <= column {
                    guesses.resize(column + 1, Guess::None);
                }
                guesses[column] = guesses[column].merge(guess(text.as_deref(), &options));
            }
        }
    }
    let width = guesses.len().max(header.as_ref().map_or(0, Vec::len));
    if width == 0 {
        return Err(ServerError::invalid(format!("{}: no rows to detect a schema from", first.name)));
    }
    guesses.resize(width, Guess::None);
    let mut names: Vec<String> = Vec::with_capacity(width);
    for (column, guess) in guesses.iter().enumerate() {
        let fallback = format!("{}_field_{column}", guess.data_type().to_string().to_ascii_lowercase());
        let given = header.as_ref().and_then(|names| names.get(column));
        names.push(given.map_or(fallback.clone(), |name| valid_name(name, &fallback)));
    }
    make_unique(&mut names);
    let types: Vec<_> = guesses.iter().map(|guess| guess.data_type()).collect();
    let schema = Schema::from_types(names.iter().zip(&types).map(|(n, t)| (n.as_str(), t, Mode::Nullable)))?;
    Ok(Detected { schema, options })
}

/// A sampled row: None where a field is unquoted and empty.
type Texts = Vec<Option<String>>;

/// The first rows: the last of the leading rows to skip, if any, then data.
fn sample(source: &Source, dialect: Dialect, options: &LoadOptions) -> Result<Vec<Texts>> {
    let mut rows = Rows::open(source, dialect)?;
    for _ in 1..options.skip_leading_rows.unwrap_or(0) {
        rows.skip_line()?;
    }
    let (mut sample, mut row) = (Vec::new(), Row::default());
    while sample.len() <= SAMPLE_ROWS {
        match rows.read(&mut row)? {
            None => break,
            Some(Err(why)) if options.max_bad_records == 0 => {
                return Err(ServerError::invalid(format!("{} line {}: {why}", source.name, row.line)));
            }
            Some(Err(_)) => {}
            Some(Ok(())) if row.text.is_empty() && row.fields.len() == 1 => {}
            Some(Ok(())) => {
                let text = |field: &super::FieldRange| {
                    (field.quoted || field.end > field.start).then(|| row.lossy(*field))
                };
                sample.push(row.fields.iter().map(text).collect());
            }
        }
    }
    Ok(sample)
}

fn guess(text: Option<&str>, options: &LoadOptions) -> Guess {
    match text {
        None => Guess::None,
        Some(text) if options.null_marker.as_deref() == Some(text) => Guess::None,
        Some(text) => Guess::of(text),
    }
}

/// The names in the first row, where it is a header: all strings, over columns of which one at least is none.
/// With `skip_leading_rows` the row is skipped in any case, so that strings in it suffice.
fn detect_header(head: &Texts, data: &[Texts], options: &LoadOptions) -> Option<Vec<String>> {
    if options.skip_leading_rows == Some(0) {
        return None;
    }
    let names: Option<Vec<String>> =
        head.iter().map(|text| text.clone().filter(|text| Guess::of(text) == Guess::String)).collect();
    let typed = |row: &Texts| {
        row.iter().any(|text| !matches!(guess(text.as_deref(), options), Guess::None | Guess::String))
    };
    names.filter(|_| options.skip_leading_rows.is_some() || data.iter().any(typed))
}

/// The delimiter that cuts the first rows into the most fields, the same number in each; a comma if none does.
fn find_delimiter(source: &Source, dialect: Dialect, options: &LoadOptions) -> Result<u8> {
    let (mut best, mut best_fields) = (b',', 1);
    for delimiter in DELIMITERS {
        let mut rows = Rows::open(source, Dialect { delimiter, ..dialect })?;
        for _ in 0..options.skip_leading_rows.unwrap_or(0) {
            rows.skip_line()?;
        }
        let (mut row, mut fields, mut even) = (Row::default(), 0, true);
        for _ in 0..DELIMITER_ROWS {
            match rows.read(&mut row)? {
                None => break,
                Some(Ok(())) if row.text.is_empty() => {}
                Some(Ok(())) => {
                    even &= fields == 0 || fields == row.fields.len();
                    fields = row.fields.len();
                }
                Some(Err(_)) => even = false,
            }
        }
        if even && fields > best_fields {
            (best, best_fields) = (delimiter, fields);
        }
    }
    Ok(best)
}
