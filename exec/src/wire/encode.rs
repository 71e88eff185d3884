//! Writing a batch.

use bytes::Bytes;
use canopy_format::vector::Form;
use canopy_format::{
    Batch, Bitmap, Buffer, DataType, Dictionary, ListVector, Pod, StringVector, Values, Vector,
};

use super::{COMPRESS_BYTES_MIN, VERSION, form, tag};

/// Returns the batch's selected rows as one message.
pub fn encode(batch: &Batch) -> Bytes {
    let batch = batch.clone().compact();
    let mut out = Vec::with_capacity(batch.byte_size() + 64);
    out.extend_from_slice(&[VERSION, 0]);
    put_u32(&mut out, batch.rows());
    put_u32(&mut out, batch.columns().len());
    for column in batch.columns() {
        put_type(&mut out, column.data_type());
        put_vector(&mut out, column);
    }
    compress(out)
}

/// Compresses the body when it is large and gets smaller by an eighth or more.
fn compress(message: Vec<u8>) -> Bytes {
    let body = &message[2..];
    if body.len() < COMPRESS_BYTES_MIN || body.len() > u32::MAX as usize {
        return message.into();
    }
    let packed = lz4_flex::block::compress(body);
    if packed.len() + packed.len() / 7 > body.len() {
        return message.into();
    }
    let mut out = Vec::with_capacity(packed.len() + 6);
    out.extend_from_slice(&[VERSION, 1]);
    put_u32(&mut out, body.len());
    out.extend_from_slice(&packed);
    out.into()
}

fn put_u32(out: &mut Vec<u8>, value: usize) {
    out.extend_from_slice(&(value as u32).to_le_bytes());
}

fn put_type(out: &mut Vec<u8>, data_type: &DataType) {
    out.push(match data_type {
        DataType::Bool => tag::BOOL,
        DataType::Int64 => tag::INT64,
        DataType::Float64 => tag::FLOAT64,
        DataType::Numeric => tag::NUMERIC,
        DataType::BigNumeric => tag::BIGNUMERIC,
        DataType::String => tag::STRING,
        DataType::Bytes => tag::BYTES,
        DataType::Date => tag::DATE,
        DataType::Time => tag::TIME,
        DataType::Datetime => tag::DATETIME,
        DataType::Timestamp => tag::TIMESTAMP,
        DataType::Interval => tag::INTERVAL,
        DataType::Json => tag::JSON,
        DataType::Array(_) => tag::ARRAY,
        DataType::Struct(_) => tag::STRUCT,
        DataType::Range(_) => tag::RANGE,
    });
    match data_type {
        DataType::Array(element) => put_type(out, element),
        DataType::Range(element) => put_type(out, &element.data_type()),
        DataType::Struct(fields) => {
            out.extend_from_slice(&(fields.len() as u16).to_le_bytes());
            for field in fields.iter() {
                out.extend_from_slice(&(field.name.len() as u16).to_le_bytes());
                out.extend_from_slice(field.name.as_bytes());
                put_type(out, &field.data_type);
            }
        }
        _ => {}
    }
}

fn put_vector(out: &mut Vec<u8>, vector: &Vector) {
    match vector.form() {
        Form::Flat { values, validity } => {
            out.push(form::FLAT);
            put_flat(out, values, validity.as_ref(), vector.len());
        }
        Form::Constant(value) => {
            out.push(form::CONSTANT);
            let one = Vector::constant(vector.data_type().clone(), value.clone(), 1).flatten();
            put_flat_vector(out, &one);
        }
        Form::Dictionary { codes, validity, dictionary } => {
            out.push(form::DICTIONARY);
            put_validity(out, validity.as_ref());
            put_dictionary(out, codes, dictionary);
        }
        Form::Sequence { start, step } => {
            out.push(form::SEQUENCE);
            out.extend_from_slice(&start.to_le_bytes());
            out.extend_from_slice(&step.to_le_bytes());
        }
    }
}

/// A dictionary with more entries than rows is cut down to those in use.
fn put_dictionary(out: &mut Vec<u8>, codes: &[u32], dictionary: &Dictionary) {
    if dictionary.values.len() <= codes.len() {
        out.extend_from_slice(Buffer::from(codes).as_bytes());
        put_u32(out, dictionary.values.len());
        return put_flat_vector(out, &dictionary.values);
    }
    let mut entries = codes.to_vec();
    entries.sort_unstable();
    entries.dedup();
    for code in codes {
        put_u32(out, entries.partition_point(|entry| entry < code));
    }
    put_u32(out, entries.len());
    put_flat_vector(out, &dictionary.values.gather(&entries));
}

fn put_flat_vector(out: &mut Vec<u8>, vector: &Vector) {
    let flat = vector.flatten();
    if let Some((values, validity)) = flat.as_flat() {
        put_flat(out, values, validity, flat.len());
    }
}

fn put_validity(out: &mut Vec<u8>, validity: Option<&Bitmap>) {
    out.push(validity.is_some() as u8);
    if let Some(bits) = validity {
        put_bits(out, bits);
    }
}

fn put_bits(out: &mut Vec<u8>, bits: &Bitmap) {
    bits.iter_words().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
}

fn put_fixed<T: Pod>(out: &mut Vec<u8>, values: &Buffer<T>) {
    out.extend_from_slice(values.as_bytes());
}

fn put_flat(out: &mut Vec<u8>, values: &Values, validity: Option<&Bitmap>, rows: usize) {
    put_validity(out, validity);
    match values {
        Values::Bool(v) => put_bits(out, v),
        Values::I32(v) => put_fixed(out, v),
        Values::I64(v) => put_fixed(out, v),
        Values::F64(v) => put_fixed(out, v),
        Values::Decimal64 { values, scale } => {
            out.extend_from_slice(&[8, *scale]);
            put_fixed(out, values);
        }
        Values::Decimal128 { values, scale } => {
            out.extend_from_slice(&[16, *scale]);
            put_fixed(out, values);
        }
        Values::Decimal256(v) => put_fixed(out, v),
        Values::Interval(v) => put_fixed(out, v),
        Values::Range(v) => put_fixed(out, v),
        Values::String(v) => put_strings(out, v, validity, rows),
        Values::List(list) => put_list(out, list),
        Values::Struct(children) => children.iter().for_each(|child| put_vector(out, child)),
    }
}

/// Bytes under a NULL are left behind.
fn put_strings(out: &mut Vec<u8>, strings: &StringVector, validity: Option<&Bitmap>, rows: usize) {
    let present = |row: usize| validity.is_none_or(|bits| bits.get(row));
    let mut total = 0;
    for row in 0..rows {
        let len = if present(row) { strings.views()[row].len() } else { 0 };
        total += len;
        put_u32(out, len);
    }
    put_u32(out, total);
    out.reserve(total);
    for row in (0..rows).filter(|&row| present(row)) {
        out.extend_from_slice(strings.bytes(row));
    }
}

fn put_list(out: &mut Vec<u8>, list: &ListVector) {
    let first = list.offsets[0];
    let last = list.offsets[list.offsets.len() - 1];
    list.offsets.iter().for_each(|offset| put_u32(out, (offset - first) as usize));
    let child = list.child.slice(first as usize, (last - first) as usize);
    // A reader bounds rows that no bytes stand for, so elements of that kind travel flat.
    match child.form() {
        Form::Constant(_) | Form::Sequence { .. } => put_vector(out, &child.flatten()),
        _ => put_vector(out, &child),
    }
}
