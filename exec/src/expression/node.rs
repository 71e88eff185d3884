//! The nodes of a program.

use canopy_format::{DataType, Value};

use super::peel::PeelMemo;
use super::subquery::Subquery;
use crate::function::Nulls;
use crate::function::call::{CallState, ErrorMode, Kernel};

/// One value a row, made of the values of earlier nodes.
pub(super) struct Node {
    pub data_type: DataType,
    pub kind: Kind,
    /// Cannot fail and costs little: computing it on rows that do not need it is cheaper than choosing.
    pub cheap: bool,
    pub deterministic: bool,
}

pub(super) enum Kind {
    /// The column at this position of the layout.
    Column(usize),
    Constant(Value),
    Call(Box<CallNode>),
    Special {
        form: SpecialForm,
        arguments: Vec<usize>,
    },
    Subquery(Box<Subquery>),
}

/// A function or cast.
pub(super) struct CallNode {
    pub run: Kernel,
    pub arguments: Vec<usize>,
    pub errors: ErrorMode,
    pub nulls: Nulls,
    pub state: CallState,
    pub memo: PeelMemo,
}

/// Forms that choose which arguments to evaluate on which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SpecialForm {
    /// `$and`: FALSE if any is FALSE, else NULL if any is NULL.
    And,
    /// `$or`: TRUE if any is TRUE, else NULL if any is NULL.
    Or,
    /// `if` and `$case`: condition, value, condition, value, ..., value.
    Case,
    /// `coalesce` and `ifnull`: the first that is not NULL.
    Coalesce,
    /// `nullif`: compiled to (value, whether it is equal).
    NullIf,
}
