//! Manifests: the files of one table, column by column, so that a run of equal or near numbers stays small.

use canopy_format::{ColumnStatistics, FieldId, FileStatistics};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::envelope::{Kind, Sealed};
use super::file::{
    SKETCH_BYTES_MAX, append_bound, decode_deletion_vector, decode_key, encode_deletion_vector, take_bound,
};
use super::message::{self, ManifestColumn};
use super::{FORMAT, Invalid, check_format, open_message, seal_message};
use crate::state::{FileEntry, Manifest, Sketches};
use crate::{FileId, Result, TableId, TxnError};

/// The most files that one manifest may name.
pub(crate) const FILES_MAX: usize = 1 << 20;

/// Stands for a bound that is not known; no value starts with it.
const NO_BOUND: u8 = 255;

/// Returns the object that names `files`. Those that were not committed yet have `added_seq` 0.
pub(crate) fn encode_manifest(
    table: TableId,
    files: &[Arc<FileEntry>],
    sketches: &Sketches,
) -> Result<Sealed> {
    let mut out =
        message::Manifest { format: FORMAT, table: table.to_bytes().to_vec(), ..Default::default() };
    let mut columns: BTreeMap<FieldId, ManifestColumn> = BTreeMap::new();
    let mut previous_seq = 0;
    (out.partitions, out.file_partitions) = encode_partitions(files);
    for (index, file) in files.iter().enumerate() {
        out.ids.extend_from_slice(&file.id.to_bytes());
        out.keys.push(file.key.to_string());
        out.schema_ids.push(file.schema_id);
        out.added_seq_deltas.push(file.added_seq.wrapping_sub(previous_seq).cast_signed());
        previous_seq = file.added_seq;
        out.row_counts.push(file.statistics.row_count);
        out.byte_sizes.push(file.statistics.byte_size);
        out.footer_offsets.push(file.statistics.footer_offset);
        if let Some(vector) = &file.deletion_vector {
            out.deletion_vectors.push(encode_deletion_vector(vector, index as u64));
        }
        for column in &file.statistics.columns {
            let to = columns.entry(column.field_id).or_insert_with(|| ManifestColumn {
                field_id: column.field_id.0,
                present: vec![0; files.len().div_ceil(8)],
                ..Default::default()
            });
            append_column(column, index, to)?;
        }
    }
    for (field, column) in &mut columns {
        column.distinct_sketch = sketches.get(field).map(|sketch| sketch.to_vec()).unwrap_or_default();
    }
    out.columns = columns.into_values().collect();
    seal_message(Kind::Manifest, &out)
}

/// Returns the names of the files' partitions, and for each file which one it is.
fn encode_partitions(files: &[Arc<FileEntry>]) -> (Vec<String>, Vec<u32>) {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut names = Vec::new();
    let mut of_files = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let Some(partition) = &file.partition else { continue };
        of_files.resize(files.len(), 0);
        of_files[index] = *numbers.entry(partition).or_insert_with(|| {
            names.push(partition.to_string());
            names.len() as u32
        });
    }
    (names, of_files)
}

fn append_column(column: &ColumnStatistics, index: usize, to: &mut ManifestColumn) -> Result<()> {
    let bit = 1 << (index % 8);
    if to.present[index / 8] & bit != 0 {
        return Err(TxnError::invalid(format!("statistics name field {} twice", column.field_id.0)));
    }
    to.present[index / 8] |= bit;
    to.value_counts.push(column.value_count);
    to.null_counts.push(column.null_count);
    to.encoded_bytes.push(column.encoded_bytes);
    to.raw_bytes.push(column.raw_bytes);
    for (bound, bytes) in [(&column.min, &mut to.mins), (&column.max, &mut to.maxs)] {
        match bound {
            Some(value) => append_bound(value, bytes)?,
            None => bytes.push(NO_BOUND),
        }
    }
    Ok(())
}

/// Returns what a manifest object holds; `added_seq`, when not 0, is that of all its files.
pub(crate) fn decode_manifest(
    key: &str,
    bytes: &[u8],
    table: TableId,
    added_seq: u64,
) -> Result<(Manifest, u32)> {
    let (manifest, crc) = open_message::<message::Manifest>(Kind::Manifest, key, bytes)?;
    let decoded = decode(manifest, table, added_seq).map_err(|invalid| invalid.at(key))?;
    Ok((decoded, crc))
}

fn decode(manifest: message::Manifest, table: TableId, added_seq: u64) -> Result<Manifest, Invalid> {
    check_format(manifest.format)?;
    if TableId::from_bytes(&manifest.table) != Some(table) {
        return Err(Invalid::Damaged(format!("expected the files of table {table}")));
    }
    let count = manifest.keys.len();
    let lengths = [
        manifest.schema_ids.len(),
        manifest.added_seq_deltas.len(),
        manifest.row_counts.len(),
        manifest.byte_sizes.len(),
        manifest.footer_offsets.len(),
    ];
    let ids = manifest.ids.as_chunks::<16>();
    if count > FILES_MAX || lengths != [count; 5] || ids.0.len() != count || !ids.1.is_empty() {
        return Err(Invalid::Damaged(format!("lists of different lengths for {count} files")));
    }
    // As many as really come, not as many as there could be: the counts are not checked yet.
    let total: usize = manifest.columns.iter().map(|column| column.value_counts.len()).sum();
    let mut columns: Vec<Vec<ColumnStatistics>> = Vec::with_capacity(count);
    columns.resize_with(count, || Vec::with_capacity(total.div_ceil(count)));
    let mut sketches = Sketches::default();
    for column in manifest.columns {
        if column.distinct_sketch.len() > SKETCH_BYTES_MAX {
            return Err(Invalid::missing("distinct sketch"));
        }
        if !column.distinct_sketch.is_empty() {
            sketches.insert(FieldId(column.field_id), column.distinct_sketch.as_slice().into());
        }
        decode_column(&column, &mut columns)?;
    }
    let mut vectors = BTreeMap::new();
    for vector in manifest.deletion_vectors {
        vectors.insert(vector.file_index, decode_deletion_vector(vector)?);
    }
    let partitions: Vec<Arc<str>> = manifest.partitions.into_iter().map(Arc::from).collect();
    if !manifest.file_partitions.is_empty() && manifest.file_partitions.len() != count {
        return Err(Invalid::Damaged(format!("a list of partitions of another length for {count} files")));
    }
    let mut files = Vec::with_capacity(count);
    let mut seq = 0u64;
    for (index, (key, columns)) in manifest.keys.into_iter().zip(columns).enumerate() {
        seq = seq.wrapping_add_signed(manifest.added_seq_deltas[index]);
        let uuid = ids.0[index];
        files.push(Arc::new(FileEntry {
            id: FileId(u128::from_be_bytes(uuid)),
            key: decode_key(key)?,
            statistics: FileStatistics {
                row_count: manifest.row_counts[index],
                byte_size: manifest.byte_sizes[index],
                footer_offset: manifest.footer_offsets[index],
                uuid,
                columns,
            },
            schema_id: manifest.schema_ids[index],
            added_seq: if added_seq == 0 { seq } else { added_seq },
            deletion_vector: vectors.remove(&(index as u64)),
            partition: match manifest.file_partitions.get(index) {
                None | Some(0) => None,
                Some(number) => {
                    let partition = partitions.get(*number as usize - 1);
                    Some(partition.cloned().ok_or_else(|| Invalid::missing("partition"))?)
                }
            },
        }));
    }
    Ok(Manifest { files, sketches })
}

fn decode_column(column: &ManifestColumn, files: &mut [Vec<ColumnStatistics>]) -> Result<(), Invalid> {
    let wrong = || Invalid::Damaged(format!("lists of different lengths for field {}", column.field_id));
    if column.present.len() != files.len().div_ceil(8) {
        return Err(wrong());
    }
    let (mut mins, mut maxs) = (column.mins.as_slice(), column.maxs.as_slice());
    let bound = |bytes: &mut &[u8]| match bytes.split_first() {
        Some((&NO_BOUND, rest)) => {
            *bytes = rest;
            Ok(None)
        }
        _ => take_bound(bytes).map(Some),
    };
    let mut next = 0;
    for (index, file) in files.iter_mut().enumerate() {
        if column.present[index / 8] & (1 << (index % 8)) == 0 {
            continue;
        }
        let at = |list: &[u64]| list.get(next).copied().ok_or_else(wrong);
        file.push(ColumnStatistics {
            field_id: FieldId(column.field_id),
            value_count: at(&column.value_counts)?,
            null_count: at(&column.null_counts)?,
            min: bound(&mut mins)?,
            max: bound(&mut maxs)?,
            distinct_sketch: Vec::new(),
            encoded_bytes: at(&column.encoded_bytes)?,
            raw_bytes: at(&column.raw_bytes)?,
        });
        next += 1;
    }
    if next != column.value_counts.len() || !mins.is_empty() || !maxs.is_empty() {
        return Err(wrong());
    }
    Ok(())
}
