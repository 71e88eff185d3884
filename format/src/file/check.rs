//! Checks of what a caller hands to the writer: types, and the parameters of parameterised types.

use super::VALUE_BYTES_MAX;
use super::shape::{Node, Shape};
use super::shred::same_shape;
use crate::vector::{Form, pow10};
use crate::{Batch, Bitmap, DataType, FormatError, I256, Result, Schema, TypeParameters, Values, Vector};

/// Checks a batch's columns against the schema: their number and types.
pub(crate) fn check_batch(schema: &Schema, batch: &Batch) -> Result<()> {
    if batch.columns().len() != schema.fields.len() {
        return Err(FormatError::Schema(format!(
            "expected {} columns, found {}",
            schema.fields.len(),
            batch.columns().len()
        )));
    }
    for (field, column) in schema.fields.iter().zip(batch.columns()) {
        let expected = field.column_type();
        if !same_shape(&expected, column.data_type()) {
            return Err(FormatError::Value {
                column: field.name.clone(),
                reason: format!("expected {expected}, found {}", column.data_type()),
            });
        }
    }
    Ok(())
}

/// Checks the values of a top-level column against limits and type parameters, nested fields included.
pub(crate) fn check_values(shape: &Shape, node: usize, column: &Vector) -> Result<()> {
    match column.form() {
        // Entries that no row uses are checked too; they came from the same source.
        Form::Dictionary { dictionary, .. } => check_values(shape, node, &dictionary.values),
        Form::Constant(_) => check_values(shape, node, &column.slice(0, column.len().min(1)).flatten()),
        Form::Sequence { .. } => Ok(()),
        Form::Flat { values, validity } => check_flat(shape, node, values, validity.as_ref()),
    }
}

fn check_flat(shape: &Shape, node: usize, values: &Values, validity: Option<&Bitmap>) -> Result<()> {
    let at = &shape.nodes[node];
    match values {
        Values::List(list) => {
            let (first, last) = (list.offsets[0] as usize, list.offsets[list.offsets.len() - 1] as usize);
            check_values(shape, node, &list.child.slice(first, last - first))
        }
        Values::Struct(children) => at
            .children
            .iter()
            .zip(children)
            .try_for_each(|(child, column)| check_values(shape, *child, column)),
        Values::String(strings) => {
            let present = |row: &usize| validity.is_none_or(|bits| bits.get(*row));
            let declared = match at.parameters {
                Some(TypeParameters::MaxLength(limit)) => limit,
                _ => u64::MAX,
            };
            for row in (0..strings.len()).filter(present) {
                let bytes = strings.views()[row].len();
                if bytes > VALUE_BYTES_MAX {
                    return Err(too_long(at, bytes as u64, VALUE_BYTES_MAX as u64, "bytes"));
                }
                if bytes as u64 > declared {
                    check_length(at, strings.bytes(row), declared)?;
                }
            }
            Ok(())
        }
        _ => match at.parameters {
            Some(TypeParameters::Decimal { precision, scale }) => {
                check_decimal(at, values, validity, precision, scale)
            }
            _ => Ok(()),
        },
    }
}

fn too_long(at: &Node, found: u64, limit: u64, unit: &str) -> FormatError {
    wrong(at, format!("value of {found} {unit} is longer than the limit of {limit}"))
}

fn wrong(at: &Node, reason: String) -> FormatError {
    FormatError::Value { column: at.path.clone(), reason }
}

/// STRING(L) counts code points, BYTES(L) bytes.
fn check_length(at: &Node, value: &[u8], limit: u64) -> Result<()> {
    let (found, unit) = match at.data_type {
        DataType::Bytes => (value.len() as u64, "bytes"),
        _ => (value.iter().filter(|&&byte| byte & 0xc0 != 0x80).count() as u64, "characters"),
    };
    match found > limit {
        true => Err(too_long(at, found, limit, unit)),
        false => Ok(()),
    }
}

fn check_decimal(
    at: &Node,
    values: &Values,
    validity: Option<&Bitmap>,
    precision: u32,
    scale: u32,
) -> Result<()> {
    let refuse = || Err(wrong(at, format!("a value does not fit {}({precision}, {scale})", at.data_type)));
    let present = |row: usize| validity.is_none_or(|bits| bits.get(row));
    // The value scaled to the declared digits must be whole and below 10^precision.
    let fits = |value: i128, carried: u8| {
        let (value, limit) = match (carried as u32).checked_sub(scale) {
            Some(extra) if extra > 0 => {
                let factor = 10i128.pow(extra.min(38));
                if value % factor != 0 {
                    return false;
                }
                (value / factor, precision)
            }
            _ => (value, precision.saturating_sub(scale - (carried as u32).min(scale))),
        };
        limit >= 38 || value.unsigned_abs() < pow10(limit as u8).unsigned_abs()
    };
    let ok = match values {
        Values::Decimal64 { values, scale } => {
            values.iter().enumerate().all(|(row, &v)| !present(row) || fits(v as i128, *scale))
        }
        Values::Decimal128 { values, scale } => {
            values.iter().enumerate().all(|(row, &v)| !present(row) || fits(v, *scale))
        }
        Values::Decimal256(values) => {
            let factor = I256::new(10).pow(38u32.saturating_sub(scale));
            let limit = I256::new(10).checked_pow(precision);
            values.iter().enumerate().all(|(row, &v)| {
                !present(row) || (v % factor == 0 && limit.is_none_or(|limit| (v / factor).abs() < limit))
            })
        }
        _ => true,
    };
    if ok { Ok(()) } else { refuse() }
}
