//! Window functions that are no aggregates: numbering and navigation.
//!
//! The window operator sorts rows by partition and order, finds each row's frame, and hands whole columns
//! over; a function returns a value a row. Aggregates over frames are the operator's own work.

mod navigation;
mod numbering;

use canopy_format::{DataType, Vector};

use super::Function;
use crate::{ExecError, Result};

/// Makes a window function for argument types that match one of its signatures.
pub(crate) type WindowFactory = fn(arguments: &[DataType]) -> Result<Box<dyn WindowFunction>>;

/// A window function for given argument types.
pub(crate) trait WindowFunction: Send + Sync {
    /// The type of the result.
    fn return_type(&self) -> DataType;

    /// Returns a value for each row of the input.
    ///
    /// # Errors
    /// Where GoogleSQL has one: a negative offset, a bucket count of zero.
    fn evaluate(&self, input: &WindowInput<'_>) -> Result<Vector>;
}

/// Rows in the order of their partitions and, within them, of the window's ORDER BY.
pub(crate) struct WindowInput<'a> {
    /// The arguments, a value a row.
    pub(crate) arguments: &'a [Vector],
    /// Where partitions and peers begin.
    pub(crate) order: &'a RowOrder,
    /// Each row's frame.
    pub(crate) frames: &'a Frames,
    /// IGNORE NULLS is Some(true), RESPECT NULLS Some(false).
    pub(crate) ignore_nulls: Option<bool>,
}

/// Where partitions and peers begin among sorted rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowOrder {
    /// First row of each partition, then the number of rows.
    pub(crate) partitions: Vec<u32>,
    /// First row of each group of peers, then the number of rows; every partition begins one.
    pub(crate) peers: Vec<u32>,
}

/// The rows `starts[i] .. ends[i]` of each row's frame, within its partition; empty where they are equal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frames {
    pub(crate) starts: Vec<u32>,
    pub(crate) ends: Vec<u32>,
    /// Every frame is its whole partition.
    pub(crate) whole: bool,
    /// Every frame begins with its partition, and ends only grow.
    pub(crate) running: bool,
}

impl RowOrder {
    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.partitions.last().map_or(0, |&end| end as usize)
    }

    /// The partitions as ranges of rows.
    pub(crate) fn partitions(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        self.partitions.windows(2).map(|pair| pair[0] as usize..pair[1] as usize)
    }

    /// For each row its peers, as a range of rows.
    pub(crate) fn peers(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        self.peers.windows(2).flat_map(|pair| {
            let range = pair[0] as usize..pair[1] as usize;
            range.clone().map(move |_| range.clone())
        })
    }
}

/// Whether a function's window has an ORDER BY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderRule {
    /// It must.
    Required,
    /// It may.
    Optional,
    /// It may not.
    Forbidden,
}

/// What the OVER clause of a function may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowRules {
    /// ORDER BY.
    pub order: OrderRule,
    /// ROWS or RANGE.
    pub frame: bool,
    /// IGNORE NULLS and RESPECT NULLS.
    pub null_handling: bool,
    /// Arguments, by position, that must be constant.
    pub constants: &'static [usize],
}

/// How a window function runs, and the windows it runs over.
#[derive(Clone, Copy)]
pub(crate) struct WindowImplementation {
    pub(crate) factory: WindowFactory,
    pub(crate) rules: WindowRules,
}

/// All window functions that are no aggregates, for the catalog.
pub(super) fn functions() -> Vec<Function> {
    [numbering::functions(), navigation::functions()].into_iter().flatten().collect()
}

/// Returns the window function of the name for the argument types.
///
/// # Errors
/// [`ExecError::InvalidPlan`] for names that are no window function, or argument types that it does not take.
pub(crate) fn prepare(name: &str, arguments: &[DataType]) -> Result<Box<dyn WindowFunction>> {
    match super::find(name).map(|function| &function.implementation) {
        Some(super::Implementation::Window(window)) => (window.factory)(arguments),
        _ => Err(ExecError::InvalidPlan(format!("{name} is not a window function"))),
    }
}

fn no_signature<T>(name: &str, arguments: &[DataType]) -> Result<T> {
    let types: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    Err(ExecError::InvalidPlan(format!("window function {name} does not take ({})", types.join(", "))))
}

/// The value of an argument that is the same in all rows; None without rows.
fn constant(argument: &Vector) -> Option<canopy_format::Value> {
    (!argument.is_empty()).then(|| argument.value(0))
}
