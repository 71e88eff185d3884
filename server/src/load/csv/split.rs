//! Rows and fields of delimited text (RFC 4180, with BigQuery's options).

use crate::error::Result;
use crate::load::Source;
use crate::load::lines::Lines;

/// One field: a range of its row's text, and whether it was quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FieldRange {
    pub start: usize,
    pub end: usize,
    pub quoted: bool,
}

/// One row.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// The fields' text, quotes and escapes resolved.
    pub text: Vec<u8>,
    /// The fields in order.
    pub fields: Vec<FieldRange>,
    /// The line that the row starts on, from 1.
    pub line: u64,
}

impl Row {
    /// The bytes of a field.
    pub fn bytes(&self, field: FieldRange) -> &[u8] {
        &self.text[field.start..field.end]
    }

    /// The field as text; what is not UTF-8 is replaced.
    pub fn lossy(&self, field: FieldRange) -> String {
        String::from_utf8_lossy(self.bytes(field)).into_owned()
    }
}

/// How text is cut into fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    pub delimiter: u8,
    pub quote: Option<u8>,
    pub quoted_newlines: bool,
}

/// Reads the rows of one file.
pub(super) struct Rows {
    lines: Lines,
    dialect: Dialect,
    line: Vec<u8>,
}

impl Rows {
    /// Opens a file.
    pub fn open(source: &Source, dialect: Dialect) -> Result<Self> {
        Ok(Self { lines: Lines::open(source)?, dialect, line: Vec::new() })
    }

    /// Skips a line; false at the end of the file.
    pub fn skip_line(&mut self) -> Result<bool> {
        self.line.clear();
        self.lines.append(&mut self.line)
    }

    /// Reads the next row into `row`; None at the end of the file, an inner error for a row that is malformed.
    pub fn read(&mut self, row: &mut Row) -> Result<Option<Result<(), String>>> {
        self.line.clear();
        if !self.lines.append(&mut self.line)? {
            return Ok(None);
        }
        row.line = self.lines.number;
        if std::str::from_utf8(&self.line).is_err() {
            return Ok(Some(Err(not_utf8(&self.line))));
        }
        loop {
            match split(&self.line, self.dialect, row) {
                Ok(()) => return Ok(Some(Ok(()))),
                Err(Broken::Malformed(why)) => return Ok(Some(Err(why))),
                Err(Broken::Open(column)) => {
                    if !self.dialect.quoted_newlines {
                        return Ok(Some(Err(format!(
                            "column {column}: closing quote not found on the line; \
                             line breaks within quotes need the option allow_quoted_newlines"
                        ))));
                    }
                    self.line.push(b'\n');
                    let before = self.line.len();
                    if !self.lines.append(&mut self.line)? {
                        return Ok(Some(Err(format!(
                            "column {column}: closing quote not found before the file's end"
                        ))));
                    }
                    if std::str::from_utf8(&self.line[before..]).is_err() {
                        return Ok(Some(Err(not_utf8(&self.line))));
                    }
                }
            }
        }
    }
}

fn not_utf8(text: &[u8]) -> String {
    let at = std::str::from_utf8(text).err().map_or(0, |error| error.valid_up_to());
    format!("expected UTF-8, found byte 0x{:02x} at byte {at} of the row", text.get(at).copied().unwrap_or(0))
}

/// Why a row cannot be cut yet, or at all.
enum Broken {
    /// A quote is still open at the end, in this column (from 1).
    Open(usize),
    Malformed(String),
}

fn split(line: &[u8], dialect: Dialect, row: &mut Row) -> Result<(), Broken> {
    row.text.clear();
    row.fields.clear();
    let Some(quote) = dialect.quote.filter(|quote| line.contains(quote)) else {
        row.text.extend_from_slice(line);
        let mut start = 0;
        for (end, _) in line.iter().enumerate().filter(|(_, byte)| **byte == dialect.delimiter) {
            row.fields.push(FieldRange { start, end, quoted: false });
            start = end + 1;
        }
        row.fields.push(FieldRange { start, end: line.len(), quoted: false });
        return Ok(());
    };
    let mut rest = line;
    loop {
        let start = row.text.len();
        let quoted = rest.first() == Some(&quote);
        if quoted {
            rest = unquote(&rest[1..], quote, row)?;
            if let Some(&found) = rest.first().filter(|byte| **byte != dialect.delimiter) {
                return Err(Broken::Malformed(format!(
                    "column {}: expected a delimiter after the closing quote, found {:?}",
                    row.fields.len() + 1,
                    found as char
                )));
            }
        } else {
            let end = rest.iter().position(|byte| *byte == dialect.delimiter).unwrap_or(rest.len());
            row.text.extend_from_slice(&rest[..end]);
            rest = &rest[end..];
        }
        row.fields.push(FieldRange { start, end: row.text.len(), quoted });
        match rest.split_first() {
            Some((_, after)) => rest = after,
            None => return Ok(()),
        }
    }
}

/// Appends text up to the closing quote, doubled quotes resolved, and returns what comes after it.
fn unquote<'a>(mut rest: &'a [u8], quote: u8, row: &mut Row) -> Result<&'a [u8], Broken> {
    loop {
        let Some(end) = rest.iter().position(|byte| *byte == quote) else {
            return Err(Broken::Open(row.fields.len() + 1));
        };
        row.text.extend_from_slice(&rest[..end]);
        rest = &rest[end + 1..];
        if rest.first() != Some(&quote) {
            return Ok(rest);
        }
        row.text.push(quote);
        rest = &rest[1..];
    }
}
