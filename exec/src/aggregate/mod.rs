//! Aggregate functions: init, update, merge and finish over many groups at once, with a columnar
//! partial state, so that a mixer runs the same operator in merge mode.

use canopy_format::{DataType, Vector};

use crate::Result;

/// Makes an aggregate function for argument types that match one of its signatures.
pub type AggregateFactory = fn(arguments: &[DataType]) -> Result<Box<dyn AggregateFunction>>;

/// An aggregate function for given argument types.
pub trait AggregateFunction: Send + Sync {
    /// The type of the result.
    fn return_type(&self) -> DataType;

    /// The column type of the partial state: what leaves send up the tree.
    fn state_type(&self) -> DataType;

    /// Returns states for no groups yet.
    fn new_states(&self) -> Box<dyn AggregateStates>;
}

/// The states of all groups of one aggregate call. Groups are numbered from 0.
pub trait AggregateStates: Send {
    /// Makes room for `groups` groups; new ones are in their initial state. Never shrinks.
    fn resize(&mut self, groups: usize);

    /// Adds row `i` of the arguments (all of equal length, any form) to group `groups[i]`.
    /// Functions without arguments (COUNT(*)) see an empty `arguments`.
    ///
    /// # Errors
    /// Where GoogleSQL has one: overflow of a sum is reported here or at the end.
    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()>;

    /// As [`AggregateStates::update`] with every row in group 0; the fast path without keys.
    fn update_one(&mut self, arguments: &[Vector], rows: usize) -> Result<()> {
        self.update(arguments, &vec![0; rows])
    }

    /// Adds partial state `i` (of [`AggregateFunction::state_type`]) to group `groups[i]`.
    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()>;

    /// Returns the partial states of groups `first .. first + count`.
    fn states(&self, first: usize, count: usize) -> Result<Vector>;

    /// Returns the results of groups `first .. first + count`.
    fn finish(&self, first: usize, count: usize) -> Result<Vector>;

    /// Approximate bytes held.
    fn byte_size(&self) -> usize;
}
