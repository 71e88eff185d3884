//! Reading arguments and states: values by row with their groups, NULLs left out.

use canopy_format::vector::{Form, pow10};
use canopy_format::{Bitmap, Buffer, BufferMut, DataType, Value, Values, Vector};

use crate::{ExecError, Result};

/// The rows' groups, or all rows in group 0.
#[derive(Clone, Copy)]
pub(super) enum Groups<'a> {
    /// A group a row.
    Each(&'a [u32]),
    /// So many rows, all in group 0.
    One(usize),
}

impl Groups<'_> {
    /// Calls `step(group, row)` for rows with a set bit.
    #[inline(always)]
    pub(super) fn for_each(self, validity: Option<&Bitmap>, mut step: impl FnMut(usize, usize)) {
        match (self, validity) {
            (Groups::Each(groups), None) => {
                groups.iter().enumerate().for_each(|(row, &group)| step(group as usize, row));
            }
            (Groups::One(rows), None) => (0..rows).for_each(|row| step(0, row)),
            (Groups::Each(groups), Some(bits)) => {
                bits.iter_ones().for_each(|row| step(groups[row] as usize, row));
            }
            (Groups::One(_), Some(bits)) => bits.iter_ones().for_each(|row| step(0, row)),
        }
    }

    /// Calls `step(group, value)` for present values.
    #[inline(always)]
    pub(super) fn for_each_value<T: Copy>(
        self,
        values: &[T],
        validity: Option<&Bitmap>,
        mut step: impl FnMut(usize, T),
    ) {
        match (self, validity) {
            (Groups::Each(groups), None) => {
                groups.iter().zip(values).for_each(|(&group, &value)| step(group as usize, value));
            }
            (Groups::One(_), None) => values.iter().for_each(|&value| step(0, value)),
            _ => self.for_each(validity, |group, row| step(group, values[row])),
        }
    }
}

/// The flat values of a vector of any form, and which are present.
pub(super) fn flat(vector: &Vector) -> (Values, Option<Bitmap>) {
    match vector.flatten().form() {
        Form::Flat { values, validity } => (values.clone(), validity.clone()),
        _ => unreachable!("flatten gives flat vectors"),
    }
}

/// The i64 values of an INT64 column and their validity.
pub(super) fn int64(vector: &Vector) -> Result<(Buffer<i64>, Option<Bitmap>)> {
    match flat(vector) {
        (Values::I64(values), validity) => Ok((values, validity)),
        (other, _) => Err(unexpected(&other)),
    }
}

/// The f64 values of a FLOAT64 column and their validity.
pub(super) fn float64(vector: &Vector) -> Result<(Buffer<f64>, Option<Bitmap>)> {
    match flat(vector) {
        (Values::F64(values), validity) => Ok((values, validity)),
        (other, _) => Err(unexpected(&other)),
    }
}

/// The bits of a BOOL column and their validity.
pub(super) fn bools(vector: &Vector) -> Result<(Bitmap, Option<Bitmap>)> {
    match flat(vector) {
        (Values::Bool(values), validity) => Ok((values, validity)),
        (other, _) => Err(unexpected(&other)),
    }
}

/// The fields of a STRUCT state.
pub(super) fn fields(vector: &Vector) -> Result<Vec<Vector>> {
    match flat(vector) {
        (Values::Struct(children), _) => Ok(children),
        (other, _) => Err(unexpected(&other)),
    }
}

/// The error for a vector that is not of the state's or argument's type.
pub(super) fn unexpected(values: &Values) -> ExecError {
    ExecError::InvalidPlan(format!("aggregate input is carried as {}", values.kind()))
}

/// A column from values that are present where `present` says so.
pub(super) fn column(data_type: DataType, values: Values, present: &[bool]) -> Vector {
    let validity = present.iter().any(|&p| !p).then(|| present.iter().copied().collect::<Bitmap>());
    Vector::flat(data_type, values, validity)
}

/// A BOOL column.
pub(super) fn bool_column(values: &[bool], present: &[bool]) -> Vector {
    column(DataType::Bool, Values::Bool(values.iter().copied().collect()), present)
}

/// NUMERIC values `values[i] / 10^scale`, narrow where they all fit.
pub(super) fn numeric_values(values: &[i128], scale: u8) -> Values {
    if values.iter().all(|&value| i64::try_from(value).is_ok()) {
        return Values::Decimal64 { values: values.iter().map(|&value| value as i64).collect(), scale };
    }
    Values::Decimal128 { values: values.iter().copied().collect(), scale }
}

/// Largest NUMERIC, scaled by 10^9.
const NUMERIC_MAX: u128 = 10u128.pow(38) - 1;

/// Checks that sums at `scale` are NUMERIC values.
pub(super) fn check_numeric(values: &[i128], scale: u8) -> Result<()> {
    let limit = NUMERIC_MAX / pow10(9 - scale).unsigned_abs();
    match values.iter().all(|value| value.unsigned_abs() <= limit) {
        true => Ok(()),
        false => Err(ExecError::Evaluation("numeric overflow".into())),
    }
}

/// Offsets of lists with these lengths.
pub(super) fn offsets(lengths: impl Iterator<Item = usize>) -> Buffer<u32> {
    let mut offsets = BufferMut::filled(0u32, 1);
    let mut end = 0u32;
    for len in lengths {
        end += len as u32;
        offsets.push(end);
    }
    offsets.freeze()
}

/// Largest number that APPROX_QUANTILES and its kin take.
pub(super) const POSITIVE_MAX: u64 = 100_000;

/// The constant of an argument that says how many; None without rows.
///
/// # Errors
/// When it is NULL, not positive, or too large.
pub(super) fn positive(argument: Option<&Vector>, function: &str, position: &str) -> Result<Option<u64>> {
    let Some(argument) = argument.filter(|vector| !vector.is_empty()) else { return Ok(None) };
    let problem = match argument.value(0) {
        Value::Int64(number) if number > POSITIVE_MAX as i64 => {
            format!("cannot be greater than {POSITIVE_MAX}")
        }
        Value::Int64(number) if number > 0 => return Ok(Some(number as u64)),
        Value::Null => "must not be NULL".to_owned(),
        _ => "must be positive".to_owned(),
    };
    Err(ExecError::Evaluation(format!("The {position} argument to {function} function {problem}")))
}
