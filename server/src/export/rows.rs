//! Rows of a batch as lines of text.

use canopy_format::{Batch, DataType};

use super::value::{value_to_json, value_to_text};

/// Appends the line of column names.
pub(super) fn csv_header(columns: &[(String, DataType)], delimiter: u8, out: &mut Vec<u8>) {
    for (index, (name, _)) in columns.iter().enumerate() {
        if index > 0 {
            out.push(delimiter);
        }
        csv_field(Some(name), delimiter, out);
    }
    out.push(b'\n');
}

/// Appends a line a row.
pub(super) fn csv_rows(batch: &Batch, columns: &[(String, DataType)], delimiter: u8, out: &mut Vec<u8>) {
    for row in 0..batch.physical_rows() {
        for (index, (column, (_, data_type))) in batch.columns().iter().zip(columns).enumerate() {
            if index > 0 {
                out.push(delimiter);
            }
            csv_field(value_to_text(&column.value(row), data_type).as_deref(), delimiter, out);
        }
        out.push(b'\n');
    }
}

/// NULL is nothing and the empty text is a pair of quotes, so that a load can tell them apart.
pub(super) fn csv_field(text: Option<&str>, delimiter: u8, out: &mut Vec<u8>) {
    let Some(text) = text else { return };
    let special = |byte: u8| byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r');
    let spaced = text.starts_with(' ') || text.ends_with(' ');
    if !text.is_empty() && !spaced && !text.bytes().any(special) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

/// Appends an object a row.
pub(super) fn json_rows(batch: &Batch, columns: &[(String, DataType)], out: &mut Vec<u8>) {
    let names: Vec<String> =
        columns.iter().map(|(name, _)| serde_json::Value::from(name.as_str()).to_string()).collect();
    for row in 0..batch.physical_rows() {
        out.push(b'{');
        for (index, (column, (_, data_type))) in batch.columns().iter().zip(columns).enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(names[index].as_bytes());
            out.push(b':');
            out.extend_from_slice(value_to_json(&column.value(row), data_type).to_string().as_bytes());
        }
        out.extend_from_slice(b"}\n");
    }
}
