//! Reading a batch from bytes that may be anything.

use std::sync::Arc;

use bytes::Bytes;
use canopy_format::{
    Batch, Bitmap, Buffer, BufferMut, DataType, Dictionary, ListVector, Pod, RangeElement, StringVector,
    StructField, Values, Vector, View, vector::pow10,
};

use super::{BYTES_MAX, COLUMNS_MAX, DEPTH_MAX, ROWS_MAX, VERSION, form, tag};
use crate::{ExecError, Result};

/// Returns the batch of a message.
///
/// # Errors
/// [`ExecError::DataDamaged`], with the offset in the message's body, for anything but what [`super::encode`] writes.
pub fn decode(message: Bytes) -> Result<Batch> {
    let mut reader = Reader { bytes: message, position: 0 };
    let version = reader.u8()?;
    if version != VERSION {
        return Err(reader.damaged(format!("expected version {VERSION}, found {version}")));
    }
    match reader.u8()? {
        0 => {}
        1 => reader = decompress(reader)?,
        other => return Err(reader.damaged(format!("unknown compression {other}"))),
    }
    let rows = reader.count(ROWS_MAX, "rows")?;
    let columns = reader.count(COLUMNS_MAX, "columns")?;
    let mut vectors = Vec::new();
    for _ in 0..columns {
        let data_type = reader.data_type(0)?;
        vectors.push(reader.vector(&data_type, rows)?);
    }
    match reader.left() {
        0 => Ok(Batch::new(vectors, rows)),
        left => Err(reader.damaged(format!("{left} bytes after the last column"))),
    }
}

fn decompress(mut reader: Reader) -> Result<Reader> {
    let raw_len = reader.count(BYTES_MAX, "raw length")?;
    let packed = reader.take(reader.left())?;
    // lz4 grows no byte of input into more than 255 of output.
    if raw_len > packed.len().saturating_mul(255) {
        return Err(reader.damaged(format!("{} bytes cannot hold {raw_len} compressed ones", packed.len())));
    }
    let mut raw = vec![0; raw_len];
    match lz4_flex::block::decompress_into(&packed, &mut raw) {
        Ok(written) if written == raw_len => Ok(Reader { bytes: raw.into(), position: 0 }),
        Ok(written) => Err(reader.damaged(format!("expected {raw_len} bytes, lz4 gave {written}"))),
        Err(error) => Err(reader.damaged(format!("lz4: {error}"))),
    }
}

struct Reader {
    bytes: Bytes,
    position: usize,
}

impl Reader {
    fn damaged(&self, reason: impl std::fmt::Display) -> ExecError {
        ExecError::DataDamaged(format!("batch message is damaged at byte {}: {reason}", self.position))
    }

    fn left(&self) -> usize {
        self.bytes.len() - self.position
    }

    fn take(&mut self, len: usize) -> Result<Bytes> {
        if len > self.left() {
            return Err(self.damaged(format!("expected {len} more bytes, found {}", self.left())));
        }
        let taken = self.bytes.slice(self.position..self.position + len);
        self.position += len;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let taken = self.take(N)?;
        let mut out = [0; N];
        out.copy_from_slice(&taken);
        Ok(out)
    }

    fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    fn count(&mut self, limit: usize, what: &str) -> Result<usize> {
        let found = u32::from_le_bytes(self.array()?) as usize;
        match found <= limit {
            true => Ok(found),
            false => Err(self.damaged(format!("{what} is {found}, over the limit of {limit}"))),
        }
    }

    fn fixed<T: Pod>(&mut self, rows: usize) -> Result<Buffer<T>> {
        let len = rows.checked_mul(size_of::<T>()).ok_or_else(|| self.damaged("too many rows"))?;
        Ok(Buffer::from_bytes(self.take(len)?))
    }

    fn bits(&mut self, rows: usize) -> Result<Bitmap> {
        Ok(Bitmap::from_words(self.fixed(rows.div_ceil(64))?, rows))
    }

    fn validity(&mut self, rows: usize) -> Result<Option<Bitmap>> {
        match self.u8()? {
            0 => Ok(None),
            1 => Ok(Some(self.bits(rows)?)),
            other => Err(self.damaged(format!("expected a validity flag, found {other}"))),
        }
    }

    fn data_type(&mut self, depth: usize) -> Result<DataType> {
        if depth > DEPTH_MAX {
            return Err(self.damaged(format!("type nested deeper than {DEPTH_MAX}")));
        }
        Ok(match self.u8()? {
            tag::BOOL => DataType::Bool,
            tag::INT64 => DataType::Int64,
            tag::FLOAT64 => DataType::Float64,
            tag::NUMERIC => DataType::Numeric,
            tag::BIGNUMERIC => DataType::BigNumeric,
            tag::STRING => DataType::String,
            tag::BYTES => DataType::Bytes,
            tag::DATE => DataType::Date,
            tag::TIME => DataType::Time,
            tag::DATETIME => DataType::Datetime,
            tag::TIMESTAMP => DataType::Timestamp,
            tag::INTERVAL => DataType::Interval,
            tag::JSON => DataType::Json,
            tag::ARRAY => DataType::array(self.data_type(depth + 1)?),
            tag::RANGE => {
                let bound = self.data_type(depth + 1)?;
                match RangeElement::of(&bound) {
                    Some(element) => DataType::Range(element),
                    None => return Err(self.damaged(format!("a RANGE of {bound}"))),
                }
            }
            tag::STRUCT => DataType::Struct(self.fields(depth)?.into()),
            other => return Err(self.damaged(format!("unknown type {other}"))),
        })
    }

    fn fields(&mut self, depth: usize) -> Result<Vec<StructField>> {
        let count = u16::from_le_bytes(self.array()?) as usize;
        if count > COLUMNS_MAX {
            return Err(self.damaged(format!("fields is {count}, over the limit of {COLUMNS_MAX}")));
        }
        let mut fields = Vec::new();
        for _ in 0..count {
            let len = u16::from_le_bytes(self.array()?) as usize;
            let name = self.take(len)?;
            let name = std::str::from_utf8(&name).map_err(|error| self.damaged(error))?.to_owned();
            fields.push(StructField { name, data_type: self.data_type(depth + 1)? });
        }
        Ok(fields)
    }

    fn vector(&mut self, data_type: &DataType, rows: usize) -> Result<Vector> {
        let found = self.u8()?;
        // These take memory only later, when something flattens them: bounded here.
        if matches!(found, form::CONSTANT | form::SEQUENCE) && rows > ROWS_MAX {
            return Err(self.damaged(format!("{rows} rows of one value, over the limit of {ROWS_MAX}")));
        }
        match found {
            form::FLAT => self.flat(data_type, rows),
            form::CONSTANT => {
                let value = self.flat(data_type, 1)?.value(0);
                Ok(Vector::constant(data_type.clone(), value, rows))
            }
            form::DICTIONARY => self.dictionary(data_type, rows),
            form::SEQUENCE if *data_type == DataType::Int64 => {
                let (start, step) = (i64::from_le_bytes(self.array()?), i64::from_le_bytes(self.array()?));
                let last = start as i128 + step as i128 * rows.saturating_sub(1) as i128;
                if i64::try_from(last).is_err() {
                    return Err(self.damaged("sequence overflows"));
                }
                Ok(Vector::sequence(start, step, rows))
            }
            other => Err(self.damaged(format!("unknown form {other} of {data_type}"))),
        }
    }

    fn dictionary(&mut self, data_type: &DataType, rows: usize) -> Result<Vector> {
        let validity = self.validity(rows)?;
        let codes = self.fixed::<u32>(rows)?;
        let entries = self.count(BYTES_MAX, "entries")?;
        let values = self.flat(data_type, entries)?;
        if codes.iter().any(|&code| code as usize >= entries) {
            return Err(self.damaged(format!("code outside a dictionary of {entries} entries")));
        }
        Ok(Vector::dictionary(codes, validity, Dictionary::new(values)))
    }

    fn flat(&mut self, data_type: &DataType, rows: usize) -> Result<Vector> {
        let validity = self.validity(rows)?;
        let values = match data_type {
            DataType::Bool => Values::Bool(self.bits(rows)?),
            DataType::Date => Values::I32(self.fixed(rows)?),
            DataType::Int64 | DataType::Time | DataType::Datetime | DataType::Timestamp => {
                Values::I64(self.fixed(rows)?)
            }
            DataType::Float64 => Values::F64(self.fixed(rows)?),
            DataType::Numeric => self.decimals(rows)?,
            DataType::BigNumeric => Values::Decimal256(self.fixed(rows)?),
            DataType::Interval => Values::Interval(self.fixed(rows)?),
            DataType::Range(_) => Values::Range(self.fixed(rows)?),
            DataType::String | DataType::Json => Values::String(self.strings(rows, true)?),
            DataType::Bytes => Values::String(self.strings(rows, false)?),
            DataType::Array(element) => Values::List(self.list(element, rows)?),
            DataType::Struct(fields) => {
                if fields.is_empty() && rows > 0 {
                    return Err(self.damaged("rows of a STRUCT without fields"));
                }
                let children = fields.iter().map(|field| self.vector(&field.data_type, rows));
                Values::Struct(children.collect::<Result<_>>()?)
            }
        };
        Ok(Vector::flat(data_type.clone(), values, validity))
    }

    fn decimals(&mut self, rows: usize) -> Result<Values> {
        let [width, scale] = self.array()?;
        if scale > 9 {
            return Err(self.damaged(format!("NUMERIC of scale {scale}")));
        }
        match width {
            8 => Ok(Values::Decimal64 { values: self.fixed(rows)?, scale }),
            16 => {
                let values = self.fixed::<i128>(rows)?;
                let limit = pow10(38 - (9 - scale)).unsigned_abs();
                match values.iter().all(|value| value.unsigned_abs() < limit) {
                    true => Ok(Values::Decimal128 { values, scale }),
                    false => Err(self.damaged("NUMERIC outside its range")),
                }
            }
            other => Err(self.damaged(format!("NUMERIC of {other} bytes"))),
        }
    }

    fn strings(&mut self, rows: usize, utf8: bool) -> Result<StringVector> {
        let lengths = self.fixed::<u32>(rows)?;
        let total = self.count(BYTES_MAX, "string bytes")?;
        let bytes = self.take(total)?;
        let text = match utf8 {
            true => Some(std::str::from_utf8(&bytes).map_err(|error| self.damaged(error))?),
            false => None,
        };
        let mut views = BufferMut::with_capacity(rows);
        let mut start = 0usize;
        for &len in lengths.iter() {
            let end = start + len as usize;
            let Some(value) = bytes.get(start..end) else {
                return Err(self.damaged("lengths exceed the strings' bytes"));
            };
            if text.is_some_and(|text| !text.is_char_boundary(start) || !text.is_char_boundary(end)) {
                return Err(self.damaged("a string ends inside a character"));
            }
            views.push(match value.len() <= canopy_format::INLINE_MAX {
                true => View::inline(value),
                false => View::long(value, 0, start as u32),
            });
            start = end;
        }
        if start != total {
            return Err(self.damaged(format!("lengths add up to {start} of {total} bytes")));
        }
        Ok(StringVector::new(views.freeze(), [bytes].into()))
    }

    fn list(&mut self, element: &DataType, rows: usize) -> Result<ListVector> {
        let offsets = self.fixed::<u32>(rows + 1)?;
        if offsets[0] != 0 || offsets.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err(self.damaged("offsets of an ARRAY do not ascend from 0"));
        }
        let child = self.vector(element, offsets[rows] as usize)?;
        Ok(ListVector { offsets, child: Arc::new(child) })
    }
}
