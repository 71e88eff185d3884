//! The function catalog: every GoogleSQL function and operator with its signatures, doc text, examples
//! and kernels in one place. The binder resolves calls against it and the evaluator runs them, so the
//! two cannot drift apart.
//!
//! A family of functions is one file or folder beside this one, and registers its functions in a table.
//! Operators are functions under names that begin with `$`: `$add`, `$equal`, `$and`. Adding a function
//! takes one entry with its signatures as text (see [`Signature::parse`]) and one kernel.

mod catalog;
mod coercion;
mod pending;
mod resolve;
mod signature;
#[cfg(test)]
mod tests;

pub use catalog::{all, find};
pub use coercion::{coerces, supertype};
pub use resolve::{Argument, Resolution, ResolveError, resolve};
pub use signature::{Constraint, Signature, TypePattern};

use crate::aggregate::AggregateFactory;

/// What kind of function this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    /// A value a row.
    Scalar,
    /// Evaluates its arguments itself, each only on the rows that need it: `if`, `coalesce`, `$and`.
    SpecialForm,
    /// A value a group.
    Aggregate,
}

/// A function of the catalog.
#[derive(Debug)]
pub struct Function {
    /// Lower-case name, without SAFE.
    pub name: &'static str,
    /// Other names for the same function.
    pub aliases: &'static [&'static str],
    /// What `help` groups by: `string`, `math`, ...
    pub family: &'static str,
    /// The kind.
    pub kind: FunctionKind,
    /// The signatures; of those that match, the one with the fewest coercions is taken.
    pub signatures: Vec<Signature>,
    /// One paragraph for `help`.
    pub doc: &'static str,
    /// GoogleSQL expressions with equal ones, run as tests: `("LOWER('Ab')", "'ab'")`.
    pub examples: &'static [(&'static str, &'static str)],
    /// Same arguments, same result, within a query: may be folded, shared and memoized.
    pub deterministic: bool,
    /// How it runs; private to the evaluator.
    #[allow(dead_code)]
    pub(crate) implementation: Implementation,
}

/// How a function runs.
#[allow(dead_code)]
pub(crate) enum Implementation {
    /// Makes an aggregate for given argument types.
    Aggregate(AggregateFactory),
    /// The signatures stand, the kernel lands next.
    Pending,
}

impl std::fmt::Debug for Implementation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Implementation::Aggregate(_) => "Aggregate",
            Implementation::Pending => "Pending",
        })
    }
}

impl Function {
    /// Returns an aggregate function; signatures as [`Signature::parse`] reads them.
    #[allow(dead_code)]
    pub(crate) fn aggregate(name: &'static str, signatures: &[&str], factory: AggregateFactory) -> Self {
        Self {
            name,
            aliases: &[],
            family: "aggregate",
            kind: FunctionKind::Aggregate,
            signatures: signatures.iter().map(|text| Signature::parse(text)).collect(),
            doc: "",
            examples: &[],
            deterministic: true,
            implementation: Implementation::Aggregate(factory),
        }
    }

    /// The same function with a doc text.
    pub(crate) fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }

    /// The same function under further names.
    pub(crate) fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The same function with examples.
    pub(crate) fn examples(self, examples: &'static [(&'static str, &'static str)]) -> Self {
        Self { examples, ..self }
    }

    /// The name as messages spell it: `LOWER`, `+`, `EXTRACT`.
    pub fn display_name(&self) -> String {
        match operator_symbol(self.name) {
            Some(symbol) => symbol.to_owned(),
            None if self.name.starts_with("$extract_") => "EXTRACT".to_owned(),
            None => self.name.trim_start_matches('$').to_ascii_uppercase(),
        }
    }
}

/// How an operator is written, or None for functions.
pub fn operator_symbol(name: &str) -> Option<&'static str> {
    Some(match name {
        "$add" => "+",
        "$subtract" | "$unary_minus" => "-",
        "$multiply" => "*",
        "$divide" => "/",
        "$concat" => "||",
        "$equal" => "=",
        "$not_equal" => "!=",
        "$less" => "<",
        "$less_or_equal" => "<=",
        "$greater" => ">",
        "$greater_or_equal" => ">=",
        "$is_distinct" => "IS DISTINCT FROM",
        "$is_not_distinct" => "IS NOT DISTINCT FROM",
        "$is_null" => "IS NULL",
        "$is_not_null" => "IS NOT NULL",
        "$is_true" => "IS TRUE",
        "$is_false" => "IS FALSE",
        "$in" | "$in_array" => "IN",
        "$bitwise_and" => "&",
        "$bitwise_or" => "|",
        "$bitwise_xor" => "^",
        "$bitwise_not" => "~",
        "$shift_left" => "<<",
        "$shift_right" => ">>",
        "$like_any" | "$like_any_array" => "LIKE ANY",
        "$like_all" | "$like_all_array" => "LIKE ALL",
        "$count_star" => "COUNT(*)",
        _ => return None,
    })
}
