//! The function catalog: every GoogleSQL function and operator with its signatures, doc text, examples
//! and kernels in one place. The binder resolves calls against it and the evaluator runs them, so the
//! two cannot drift apart.
//!
//! A family of functions is one file or folder beside this one, and registers its functions in a table.
//! Operators are functions under names that begin with `$`: `$add`, `$equal`, `$and`. Adding a function
//! takes one entry with its signatures as text (see [`Signature::parse`]) and one kernel.

mod array;
pub(crate) mod call;
pub mod cast;
mod catalog;
mod coercion;
mod conditional;
pub mod datetime;
mod hashing;
mod hll;
pub mod json;
mod math;
mod misc;
mod net;
mod operators;
mod range;
mod resolve;
mod row_pattern;
mod signature;
mod string;
pub(crate) mod structure;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod value_tests;
pub(crate) mod window;

pub use cast::format_value;
pub use catalog::{all, find};
pub(crate) use coercion::same_shape;
pub use coercion::{coerces, supertype};
pub(crate) use hashing::fingerprint;
pub(crate) use resolve::fits_exactly;
pub use resolve::{Argument, Resolution, ResolveError, resolve};
pub use signature::{Constraint, Keyword, Signature, TypePattern};
pub use window::{OrderRule, WindowRules};

use canopy_format::{DataType, Value};

use self::call::Kernel;
use self::window::{WindowFactory, WindowImplementation};
use crate::aggregate::AggregateFactory;
use crate::expression::SpecialForm;

/// What kind of function this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    /// A value a row.
    Scalar,
    /// Evaluates its arguments itself, each only on the rows that need it: `if`, `coalesce`, `$and`.
    SpecialForm,
    /// A value a group; with OVER a value a row.
    Aggregate,
    /// A value a row, of the rows around it: only with OVER.
    Window,
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
    /// Arguments that are given by name, after all others: `mode => 'lax'`. A plan's call has a value for
    /// each, the default where the query gives none, in this order at the end of its arguments.
    pub named: Vec<NamedArgument>,
    /// How it is written, where a call with the signatures' types does not say: `EXTRACT(part FROM value)`.
    pub usages: &'static [&'static str],
    /// One paragraph for `help` and `docs/functions.md`.
    pub doc: &'static str,
    /// GoogleSQL expressions, each with one of the same type and value: `("LOWER('Ab')", "'ab'")`, or with
    /// `ERROR: ` and part of the message: `("1 / 0", "ERROR: division by zero")`. Run as tests through the
    /// engine, shown by `help`. Calls that need rows stand in a subquery: `(SELECT SUM(x) FROM UNNEST([1, 2])
    /// AS x)`, `ARRAY(SELECT RANK() OVER (ORDER BY x) FROM UNNEST([7, 8]) AS x)`.
    pub examples: &'static [(&'static str, &'static str)],
    /// Same arguments, same result, within a query: may be folded, shared and memoized.
    pub deterministic: bool,
    /// How it runs; private to the evaluator.
    pub(crate) implementation: Implementation,
}

/// An argument that is given by name.
#[derive(Debug, Clone)]
pub struct NamedArgument {
    /// Lower-case name.
    pub name: &'static str,
    /// Its type.
    pub data_type: DataType,
    /// What it is when the call does not say.
    pub default: Value,
}

/// How a function runs.
pub(crate) enum Implementation {
    /// By a kernel.
    Scalar(ScalarFunction),
    /// By the evaluator itself.
    Special(SpecialForm),
    /// Makes an aggregate for given argument types.
    Aggregate(AggregateFactory),
    /// Makes a window function for given argument types.
    Window(WindowImplementation),
}

/// A kernel, and what the evaluator must know of it.
#[derive(Clone, Copy)]
pub(crate) struct ScalarFunction {
    /// Computes the rows.
    pub run: Kernel,
    /// Who deals with NULL arguments.
    pub nulls: Nulls,
    /// Cannot fail and takes about a nanosecond a row.
    pub cheap: bool,
    /// The result depends on the query's time, zone or seed: not folded when compiled.
    pub reads_context: bool,
}

/// Who deals with NULL arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// Any NULL argument makes the result NULL; the kernel does not see those rows.
    Propagate,
    /// The kernel itself.
    Handled,
}

impl std::fmt::Debug for Implementation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Implementation::Scalar(_) => "Scalar",
            Implementation::Special(_) => "Special",
            Implementation::Aggregate(_) => "Aggregate",
            Implementation::Window(_) => "Window",
        })
    }
}

impl Function {
    fn new(
        name: &'static str,
        kind: FunctionKind,
        signatures: &[&str],
        implementation: Implementation,
    ) -> Self {
        Self {
            name,
            aliases: &[],
            family: "",
            kind,
            signatures: signatures.iter().map(|text| Signature::parse(text)).collect(),
            named: Vec::new(),
            usages: &[],
            doc: "",
            examples: &[],
            deterministic: true,
            implementation,
        }
    }

    /// Returns a scalar function; signatures as [`Signature::parse`] reads them. NULL arguments make NULL.
    pub(crate) fn scalar(name: &'static str, signatures: &[&str], run: Kernel) -> Self {
        let scalar = ScalarFunction { run, nulls: Nulls::Propagate, cheap: false, reads_context: false };
        Self::new(name, FunctionKind::Scalar, signatures, Implementation::Scalar(scalar))
    }

    /// Returns a special form.
    pub(crate) fn special(name: &'static str, signatures: &[&str], form: SpecialForm) -> Self {
        Self::new(name, FunctionKind::SpecialForm, signatures, Implementation::Special(form))
    }

    /// Returns an aggregate function.
    pub(crate) fn aggregate(name: &'static str, signatures: &[&str], factory: AggregateFactory) -> Self {
        let mut function =
            Self::new(name, FunctionKind::Aggregate, signatures, Implementation::Aggregate(factory));
        function.family = "aggregate";
        function
    }

    /// Returns a window function that is no aggregate.
    pub(crate) fn window(
        name: &'static str,
        signatures: &[&str],
        rules: WindowRules,
        factory: WindowFactory,
    ) -> Self {
        let window = WindowImplementation { factory, rules };
        Self::new(name, FunctionKind::Window, signatures, Implementation::Window(window))
    }

    /// What the OVER clause of a window function that is no aggregate may have; None for other functions.
    pub fn window_rules(&self) -> Option<WindowRules> {
        match &self.implementation {
            Implementation::Window(window) => Some(window.rules),
            _ => None,
        }
    }

    fn with_scalar(mut self, change: impl FnOnce(&mut ScalarFunction)) -> Self {
        if let Implementation::Scalar(scalar) = &mut self.implementation {
            change(scalar);
        }
        self
    }

    /// The kernel sees rows with NULL arguments.
    pub(crate) fn handles_nulls(self) -> Self {
        self.with_scalar(|scalar| scalar.nulls = Nulls::Handled)
    }

    /// The kernel cannot fail and is about as fast as a comparison.
    pub(crate) fn cheap(self) -> Self {
        self.with_scalar(|scalar| scalar.cheap = true)
    }

    /// The result depends on the query's time, time zone or seed.
    pub(crate) fn reads_context(self) -> Self {
        self.with_scalar(|scalar| scalar.reads_context = true)
    }

    /// Every row gets another result.
    pub(crate) fn volatile(mut self) -> Self {
        self.deterministic = false;
        self.reads_context()
    }

    /// The same function with a doc text.
    pub(crate) fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }

    /// The same function under further names.
    pub(crate) fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The same function with a further argument by name, which all its signatures take.
    pub(crate) fn named(mut self, name: &'static str, data_type: DataType, default: Value) -> Self {
        for signature in &mut self.signatures {
            signature.named.push((name, TypePattern::Exact(data_type.clone())));
        }
        self.named.push(NamedArgument { name, data_type, default });
        self
    }

    /// The same function with the ways it is written.
    pub(crate) fn usages(self, usages: &'static [&'static str]) -> Self {
        Self { usages, ..self }
    }

    /// The same function with examples; see [`Function::examples`].
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

impl Function {
    /// What kind of word stands at the position instead of an expression, as the MONTH of `DATE_TRUNC(d, MONTH)`.
    pub fn keyword_at(&self, position: usize) -> Option<Keyword> {
        self.signatures.iter().find_map(|signature| {
            match signature.required.iter().chain(&signature.optional).nth(position) {
                Some(TypePattern::Keyword(keyword)) => Some(*keyword),
                _ => None,
            }
        })
    }

    /// The name that `help` and the documentation list the function under: `LOWER`, `+`, `EXTRACT`, `AND`.
    pub fn written_name(&self) -> String {
        match self.name {
            "$subscript_offset"
            | "$subscript_ordinal"
            | "$safe_subscript_offset"
            | "$safe_subscript_ordinal" => "[]".to_owned(),
            "$in_array" => "IN".to_owned(),
            "$constrain" => "CAST".to_owned(),
            _ => self.display_name(),
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
