//! Making a call's result row by row.

use canopy_format::vector::VectorBuilder;
use canopy_format::{
    Bitmap, BufferMut, DataType, I256, Interval, Pod, RangeValue, StringBuilder, Value, Values, Vector,
};

use super::{Call, ErrorMode};
use crate::kernel::bits::BitWords;
use crate::{ExecError, Result};

impl Call<'_> {
    /// Runs `row` on every row without NULL arguments. Its answer says whether the row has a value;
    /// failing rows raise or become NULL. `absent` stands in for rows without a value, in order.
    /// Returns the result's validity.
    fn each(&self, mut state: impl FnMut(Option<usize>) -> Result<bool>) -> Result<Option<Bitmap>> {
        let mut nulls: Option<BitWords> = None;
        for row in 0..self.rows {
            let known = self.validity.as_ref().is_none_or(|validity| validity.get(row));
            let present = known
                && match state(Some(row)) {
                    Ok(present) => present,
                    Err(ExecError::Evaluation(_)) if self.errors == ErrorMode::Null => false,
                    Err(error) => return Err(error),
                };
            if !present {
                state(None)?;
                nulls.get_or_insert_with(|| BitWords::filled(true, self.rows)).clear(row);
            }
        }
        Ok(nulls.map(BitWords::finish))
    }

    /// Fixed-width results; None is NULL.
    pub fn fixed<T: Pod>(
        &self,
        mut value: impl FnMut(usize) -> Result<Option<T>>,
    ) -> Result<(BufferMut<T>, Option<Bitmap>)> {
        let mut out = BufferMut::with_capacity(self.rows);
        let validity = self.each(|row| {
            let Some(row) = row else {
                out.push(T::default());
                return Ok(true);
            };
            let Some(found) = value(row)? else { return Ok(false) };
            out.push(found);
            Ok(true)
        })?;
        Ok((out, validity))
    }

    /// Wraps values and validity as the call's result.
    pub fn result(&self, values: Values, validity: Option<Bitmap>) -> Vector {
        Vector::flat(self.return_type.clone(), values, validity)
    }

    /// INT64, TIME, DATETIME or TIMESTAMP results.
    pub fn i64_rows(&self, mut value: impl FnMut(usize) -> Result<i64>) -> Result<Vector> {
        let (out, validity) = self.fixed(|row| value(row).map(Some))?;
        Ok(self.result(Values::I64(out.freeze()), validity))
    }

    /// As [`Call::i64_rows`], where None is NULL.
    pub fn i64_options(&self, value: impl FnMut(usize) -> Result<Option<i64>>) -> Result<Vector> {
        let (out, validity) = self.fixed(value)?;
        Ok(self.result(Values::I64(out.freeze()), validity))
    }

    /// FLOAT64 results.
    pub fn f64_rows(&self, mut value: impl FnMut(usize) -> Result<f64>) -> Result<Vector> {
        let (out, validity) = self.fixed(|row| value(row).map(Some))?;
        Ok(self.result(Values::F64(out.freeze()), validity))
    }

    /// DATE results.
    pub fn date_rows(&self, mut value: impl FnMut(usize) -> Result<i32>) -> Result<Vector> {
        let (out, validity) = self.fixed(|row| value(row).map(Some))?;
        Ok(self.result(Values::I32(out.freeze()), validity))
    }

    /// INTERVAL results.
    pub fn interval_rows(&self, mut value: impl FnMut(usize) -> Result<Interval>) -> Result<Vector> {
        let (out, validity) = self.fixed(|row| value(row).map(Some))?;
        Ok(self.result(Values::Interval(out.freeze()), validity))
    }

    /// RANGE results; None is NULL.
    pub fn range_options(&self, value: impl FnMut(usize) -> Result<Option<RangeValue>>) -> Result<Vector> {
        let (out, validity) = self.fixed(value)?;
        Ok(self.result(Values::Range(out.freeze()), validity))
    }

    /// NUMERIC results scaled by 10^9, within NUMERIC's range.
    pub fn numeric_rows(&self, mut value: impl FnMut(usize) -> Result<i128>) -> Result<Vector> {
        let (out, validity) = self.fixed(|row| value(row).map(Some))?;
        Ok(self.result(crate::kernel::decimal::narrowest(&out, 9), validity))
    }

    /// BIGNUMERIC results.
    pub fn bignumeric_rows(&self, mut value: impl FnMut(usize) -> Result<I256>) -> Result<Vector> {
        let (out, validity) = self.fixed(|row| value(row).map(Some))?;
        Ok(self.result(Values::Decimal256(out.freeze()), validity))
    }

    /// BOOL results; None is NULL.
    pub fn bool_options(&self, mut value: impl FnMut(usize) -> Result<Option<bool>>) -> Result<Vector> {
        let mut out = BitWords::filled(false, self.rows);
        let validity = self.each(|row| {
            let Some(row) = row else { return Ok(true) };
            let Some(found) = value(row)? else { return Ok(false) };
            if found {
                out.set(row);
            }
            Ok(true)
        })?;
        Ok(self.result(Values::Bool(out.finish()), validity))
    }

    /// BOOL results.
    pub fn bool_rows(&self, mut value: impl FnMut(usize) -> Result<bool>) -> Result<Vector> {
        self.bool_options(|row| value(row).map(Some))
    }

    /// STRING, BYTES or JSON results: the closure appends a row's bytes, and says whether it has a value.
    pub fn strings(&self, mut write: impl FnMut(usize, &mut Vec<u8>) -> Result<bool>) -> Result<Vector> {
        let mut out = StringBuilder::default();
        let mut value = Vec::new();
        let validity = self.each(|row| {
            let Some(row) = row else {
                out.push_empty();
                return Ok(true);
            };
            value.clear();
            let present = write(row, &mut value)?;
            if present {
                out.push(&value);
            }
            Ok(present)
        })?;
        Ok(self.result(Values::String(out.finish()), validity))
    }

    /// Results of any type, as values: for cold functions and nested types.
    pub fn values(&self, mut value: impl FnMut(usize) -> Result<Value>) -> Result<Vector> {
        self.typed_values(self.return_type, &mut value)
    }

    fn typed_values(
        &self,
        data_type: &DataType,
        value: &mut dyn FnMut(usize) -> Result<Value>,
    ) -> Result<Vector> {
        let mut out = VectorBuilder::new(data_type);
        self.each(|row| {
            let Some(row) = row else {
                out.push_null();
                return Ok(true);
            };
            let found = value(row)?;
            if found.is_null() {
                return Ok(false);
            }
            out.push(&found)?;
            Ok(true)
        })?;
        Ok(out.finish())
    }
}
