//! A call as a kernel sees it: arguments in flat or constant form, and helpers to make the result.
//!
//! A kernel is a plain function from a [`Call`] to a vector. NULL arguments are dealt with before it
//! runs (unless the function handles them itself), so most kernels are one closure over rows:
//!
//! ```text
//! fn reverse(call: &Call) -> Result<Vector> {
//!     let input = call.bytes(0);
//!     call.strings(|row, out| { out.extend(input.get(row).iter().rev()); Ok(true) })
//! }
//! ```

mod arguments;
mod output;
mod prepared;

use canopy_format::{Bitmap, DataType, Vector};

pub(crate) use arguments::{Bools, Bytes, Column, Decimals};
pub(crate) use prepared::{CallState, Prepared};

use crate::expression::EvalContext;
use crate::{ExecError, Result};

/// Computes one vector of `call.rows` rows.
pub(crate) type Kernel = fn(&Call<'_>) -> Result<Vector>;

/// What a row that cannot be computed becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ErrorMode {
    /// The query's error.
    Raise,
    /// NULL: SAFE.
    Null,
}

/// Arguments and surroundings of one run of a kernel.
pub(crate) struct Call<'a> {
    /// Flat or constant vectors of `rows` rows.
    pub arguments: &'a [Vector],
    /// Number of rows.
    pub rows: usize,
    /// The type of the result.
    pub return_type: &'a DataType,
    /// Time, zone, randomness, kernel tier.
    pub context: &'a EvalContext,
    /// What failing rows become.
    pub errors: ErrorMode,
    /// Rows in which no argument is NULL; None when that is all of them, and for functions that handle
    /// NULLs themselves. Others need not be computed.
    pub validity: Option<Bitmap>,
    /// What the kernel keeps from batch to batch: compiled patterns.
    pub state: &'a CallState,
}

impl Call<'_> {
    /// True when argument `index` is NULL in `row`; for functions that handle NULLs themselves.
    pub fn is_null(&self, index: usize, row: usize) -> bool {
        self.arguments[index].is_null(row)
    }

    /// Number of arguments.
    pub fn len(&self) -> usize {
        self.arguments.len()
    }
}

/// The error of a row.
pub(crate) fn fail<T>(message: impl Into<String>) -> Result<T> {
    Err(ExecError::Evaluation(message.into()))
}
