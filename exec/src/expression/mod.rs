//! Expressions of a plan, compiled once and evaluated batch by batch.
//!
//! A [`Program`] is a list of nodes, each computed at most once a batch however many expressions use it
//! (common subexpressions are found while compiling). Functions of one dictionary column run on the
//! dictionary's entries; constants are computed once; special forms (IF, CASE, AND, ...) evaluate their
//! branches only on the rows that need them. A [`Predicate`] narrows a batch's selection conjunct by
//! conjunct, the most useful first.

mod compile;
mod context;
mod evaluate;
mod mask;
mod node;
mod peel;
mod predicate;
mod retype;
mod special;
mod subquery;
#[cfg(test)]
pub(crate) mod tests;

use canopy_format::{Batch, DataType, Value, Vector};
use canopy_proto::plan;

pub use context::EvalContext;
pub(crate) use node::SpecialForm;
pub use predicate::Predicate;

use self::evaluate::Frame;
use self::node::Node;
use crate::{ExecError, Result};

/// The columns of a batch: ids and types, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    columns: Vec<(u32, DataType)>,
}

impl Layout {
    /// Returns the layout of the columns.
    pub fn new(columns: Vec<(u32, DataType)>) -> Self {
        Self { columns }
    }

    /// The columns.
    pub fn columns(&self) -> &[(u32, DataType)] {
        &self.columns
    }

    /// Position and type of the column with the id.
    pub fn find(&self, id: u32) -> Option<(usize, &DataType)> {
        self.columns.iter().position(|(own, _)| *own == id).map(|index| (index, &self.columns[index].1))
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// True without columns.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

/// Compiled expressions over one layout; shared between workers.
pub struct Program {
    nodes: Vec<Node>,
    outputs: Vec<usize>,
    /// Positions and types of the columns that are read.
    columns: Vec<(usize, DataType)>,
}

impl Program {
    /// Returns the expressions compiled.
    ///
    /// # Errors
    /// [`ExecError::InvalidPlan`] for expressions that are not well-formed: unknown columns and functions,
    /// wrong types, too deep or too large.
    pub fn compile(expressions: &[plan::Expression], layout: &Layout) -> Result<Self> {
        compile::compile(expressions, layout)
    }

    /// Returns one vector an expression, each of `batch.rows()` rows in the order of the selection.
    ///
    /// # Errors
    /// [`ExecError::Evaluation`] when a row cannot be computed.
    pub fn evaluate(&self, batch: &Batch, context: &EvalContext) -> Result<Vec<Vector>> {
        self.check(batch)?;
        let rows: Option<Vec<u32>> =
            batch.selection().map(|rows| rows.iter().map(|&row| row as u32).collect());
        let frame = Frame::root(self, batch.columns(), rows, batch.physical_rows(), context);
        self.outputs.iter().map(|&node| frame.evaluate(node)).collect()
    }

    /// The types of the results.
    pub fn types(&self) -> Vec<DataType> {
        self.outputs.iter().map(|&node| self.nodes[node].data_type.clone()).collect()
    }

    /// The output that is nothing but a column, by its position in the layout.
    pub fn column_of(&self, output: usize) -> Option<usize> {
        match self.nodes[self.outputs[output]].kind {
            node::Kind::Column(position) => Some(position),
            _ => None,
        }
    }

    /// True when every expression gives the same on equal rows of one query.
    pub fn is_deterministic(&self) -> bool {
        self.nodes.iter().all(|node| node.deterministic)
    }

    fn check(&self, batch: &Batch) -> Result<()> {
        for (position, data_type) in &self.columns {
            let found = batch.columns().get(*position).map(Vector::data_type);
            if found != Some(data_type) {
                return Err(ExecError::InvalidPlan(format!(
                    "column {position} of a batch is {}, expected {data_type}",
                    found.map_or("missing".to_owned(), ToString::to_string)
                )));
            }
        }
        Ok(())
    }
}

/// Returns the value of an expression without columns.
///
/// # Errors
/// As [`Program::compile`] and [`Program::evaluate`].
pub fn fold(expression: &plan::Expression, context: &EvalContext) -> Result<Value> {
    let program = Program::compile(std::slice::from_ref(expression), &Layout::default())?;
    let results = program.evaluate(&Batch::new(Vec::new(), 1), context)?;
    Ok(results[0].value(0))
}
