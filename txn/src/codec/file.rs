//! One data file and its statistics as a message, row by row: the form inside records.

use std::sync::Arc;

use canopy_format::{ColumnStatistics, FieldId, FileStatistics, Value};
use canopy_storage::Key;

use super::value::{decode_value, encode_value};
use super::{Invalid, message};
use crate::state::{DeletionVector, FileEntry};
use crate::{FileId, Result, TxnError};

/// Registers of a distinct-count sketch: more than these is not one.
pub(crate) const SKETCH_BYTES_MAX: usize = 1 << 16;

/// Returns the message of a file.
///
/// # Errors
/// [`TxnError::Invalid`] when a bound is nested too deep.
pub(crate) fn encode_file(file: &FileEntry) -> Result<message::File> {
    let columns = file.statistics.columns.iter().map(encode_column).collect::<Result<_>>()?;
    Ok(message::File {
        id: file.id.to_bytes().to_vec(),
        key: file.key.to_string(),
        schema_id: file.schema_id,
        row_count: file.statistics.row_count,
        byte_size: file.statistics.byte_size,
        footer_offset: file.statistics.footer_offset,
        columns,
        deletion_vector: file.deletion_vector.as_ref().map(|vector| encode_deletion_vector(vector, 0)),
        partition: file.partition.as_ref().map(|partition| partition.to_string()),
    })
}

fn encode_column(column: &ColumnStatistics) -> Result<message::Column> {
    Ok(message::Column {
        field_id: column.field_id.0,
        value_count: column.value_count,
        null_count: column.null_count,
        min: encode_bound(&column.min)?,
        max: encode_bound(&column.max)?,
        distinct_sketch: column.distinct_sketch.clone(),
        encoded_bytes: column.encoded_bytes,
        raw_bytes: column.raw_bytes,
    })
}

fn encode_bound(bound: &Option<Value>) -> Result<Option<Vec<u8>>> {
    let Some(value) = bound else { return Ok(None) };
    let mut bytes = Vec::new();
    append_bound(value, &mut bytes)?;
    Ok(Some(bytes))
}

/// Appends the bytes of a bound.
pub(crate) fn append_bound(value: &Value, out: &mut Vec<u8>) -> Result<()> {
    if encode_value(value, out) {
        return Ok(());
    }
    Err(TxnError::invalid("a column bound is nested too deep"))
}

/// Returns the file of a message, added at `added_seq`.
pub(crate) fn decode_file(file: message::File, added_seq: u64) -> Result<FileEntry, Invalid> {
    let id = FileId::from_bytes(&file.id).ok_or_else(|| Invalid::missing("file id"))?;
    let columns = file.columns.into_iter().map(decode_column).collect::<Result<_, _>>()?;
    Ok(FileEntry {
        id,
        key: decode_key(file.key)?,
        statistics: FileStatistics {
            row_count: file.row_count,
            byte_size: file.byte_size,
            footer_offset: file.footer_offset,
            uuid: id.to_bytes(),
            columns,
        },
        schema_id: file.schema_id,
        added_seq,
        deletion_vector: file.deletion_vector.map(decode_deletion_vector).transpose()?,
        partition: file.partition.map(Arc::from),
    })
}

fn decode_column(column: message::Column) -> Result<ColumnStatistics, Invalid> {
    if column.distinct_sketch.len() > SKETCH_BYTES_MAX {
        return Err(Invalid::missing("distinct sketch"));
    }
    Ok(ColumnStatistics {
        field_id: FieldId(column.field_id),
        value_count: column.value_count,
        null_count: column.null_count,
        min: decode_bound(column.min)?,
        max: decode_bound(column.max)?,
        distinct_sketch: column.distinct_sketch,
        encoded_bytes: column.encoded_bytes,
        raw_bytes: column.raw_bytes,
    })
}

fn decode_bound(bytes: Option<Vec<u8>>) -> Result<Option<Value>, Invalid> {
    let Some(bytes) = bytes else { return Ok(None) };
    let mut rest = bytes.as_slice();
    let value = decode_value(&mut rest).filter(|_| rest.is_empty());
    value.map(Some).ok_or_else(|| Invalid::missing("column bound"))
}

/// Takes one bound off the front of `bytes`.
pub(crate) fn take_bound(bytes: &mut &[u8]) -> Result<Value, Invalid> {
    decode_value(bytes).ok_or_else(|| Invalid::missing("column bound"))
}

pub(crate) fn decode_key(text: String) -> Result<Key, Invalid> {
    Key::new(text).map_err(|error| Invalid::Damaged(error.to_string()))
}

pub(crate) fn encode_deletion_vector(vector: &DeletionVector, file_index: u64) -> message::DeletionVector {
    message::DeletionVector {
        key: vector.key.to_string(),
        offset: vector.offset,
        length: vector.length,
        cardinality: vector.cardinality,
        file_index,
    }
}

pub(crate) fn decode_deletion_vector(vector: message::DeletionVector) -> Result<DeletionVector, Invalid> {
    Ok(DeletionVector {
        key: decode_key(vector.key)?,
        offset: vector.offset,
        length: vector.length,
        cardinality: vector.cardinality,
    })
}
