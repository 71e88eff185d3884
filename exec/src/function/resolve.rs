//! Choosing a signature for a call.

use canopy_format::{DataType, StructField, Value};

use super::coercion::{coercion_cost, same_shape};
use super::{Constraint, Function, Signature, TypePattern, supertype};

/// An argument of a call as the binder knows it.
#[derive(Debug, Clone)]
pub struct Argument<'a> {
    /// The type; None for an untyped NULL.
    pub data_type: Option<DataType>,
    /// The value when the argument is a literal.
    pub literal: Option<&'a Value>,
    /// True when the argument is a query parameter.
    pub parameter: bool,
}

impl Argument<'_> {
    /// An argument of the type that is neither literal nor parameter.
    pub fn of(data_type: DataType) -> Self {
        Self { data_type: Some(data_type), literal: None, parameter: false }
    }

    /// An untyped NULL.
    pub fn null() -> Self {
        Self { data_type: None, literal: None, parameter: false }
    }

    /// True when literal coercions apply.
    pub(super) fn is_flexible(&self) -> bool {
        self.literal.is_some() || self.parameter
    }
}

/// A signature chosen for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// What each argument must be cast to.
    pub argument_types: Vec<DataType>,
    /// The type of the call.
    pub return_type: DataType,
    /// Index into [`Function::signatures`].
    pub signature: usize,
}

/// No signature fits. The text is BigQuery's, without a position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ResolveError(pub String);

/// Returns the signature that fits the arguments with the fewest coercions, the first of equals.
///
/// # Errors
/// [`ResolveError`] in BigQuery's words when none fits.
pub fn resolve(function: &Function, arguments: &[Argument<'_>]) -> Result<Resolution, ResolveError> {
    let mut best: Option<(Rank, Resolution)> = None;
    let mut refused = None;
    for (index, signature) in function.signatures.iter().enumerate() {
        let Some((rank, argument_types, bound)) = match_signature(signature, arguments) else { continue };
        if let Some(constraint) = signature.constraint
            && let Some(data_type) = bound.iter().find_map(|(_, t)| (!constraint.allows(t)).then_some(t))
        {
            refused = Some(not_comparable(function, constraint, data_type));
            continue;
        }
        let Some(return_type) = returns(signature, &argument_types, &bound) else { continue };
        if best.as_ref().is_none_or(|(found, _)| rank < *found) {
            best = Some((rank, Resolution { argument_types, return_type, signature: index }));
        }
    }
    match (best, refused) {
        (Some((_, resolution)), _) => Ok(resolution),
        (None, Some(error)) => Err(error),
        (None, None) => Err(no_match(function, arguments)),
    }
}

/// Coercions needed, columns' before literals', as GoogleSQL ranks them:
/// (columns coerced, their distance, literals coerced, their distance).
type Rank = (u32, u32, u32, u32);
type Bound = Vec<(u8, DataType)>;

fn match_signature(signature: &Signature, arguments: &[Argument]) -> Option<(Rank, Vec<DataType>, Bound)> {
    let patterns = signature.patterns(arguments.len())?;
    let bound = bind(&patterns, arguments)?;
    let mut rank = (0, 0, 0, 0);
    let mut types = Vec::with_capacity(arguments.len());
    for (pattern, argument) in patterns.iter().zip(arguments) {
        let wanted = wanted_type(pattern, argument, &bound)?;
        if let Some(given) = &argument.data_type {
            let cost = coercion_cost(given, &wanted, argument.is_flexible())?;
            if cost > 0 && argument.is_flexible() {
                rank = (rank.0, rank.1, rank.2 + 1, rank.3 + cost);
            } else if cost > 0 {
                rank = (rank.0 + 1, rank.1 + cost, rank.2, rank.3);
            }
        }
        types.push(wanted);
    }
    Some((rank, types, bound))
}

/// The type of each numbered pattern: the supertype of its arguments.
fn bind(patterns: &[&TypePattern], arguments: &[Argument]) -> Option<Bound> {
    let mut bound = Bound::new();
    for pattern in patterns {
        let (TypePattern::Any(number) | TypePattern::ArrayOfAny(number)) = pattern else { continue };
        if bound.iter().any(|(n, _)| n == number) {
            continue;
        }
        let mut parts: Vec<Argument> = Vec::new();
        for (pattern, argument) in patterns.iter().zip(arguments) {
            match pattern {
                TypePattern::Any(n) if n == number => parts.push(argument.clone()),
                TypePattern::ArrayOfAny(n) if n == number => match &argument.data_type {
                    None => parts.push(Argument::null()),
                    Some(DataType::Array(element)) => parts.push(Argument {
                        data_type: Some((**element).clone()),
                        literal: argument.literal,
                        parameter: argument.parameter,
                    }),
                    Some(_) => return None,
                },
                _ => {}
            }
        }
        bound.push((*number, supertype(&parts)?));
    }
    Some(bound)
}

fn wanted_type(pattern: &TypePattern, argument: &Argument, bound: &Bound) -> Option<DataType> {
    let of = |number: &u8| bound.iter().find(|(n, _)| n == number).map(|(_, t)| t.clone());
    match pattern {
        TypePattern::Exact(data_type) => Some(data_type.clone()),
        TypePattern::Any(number) => of(number),
        TypePattern::ArrayOfAny(number) => of(number).map(DataType::array),
        TypePattern::AnyStruct => argument.data_type.clone().filter(|t| t.fields().is_some()),
        TypePattern::Arbitrary => Some(argument.data_type.clone().unwrap_or(DataType::Int64)),
        TypePattern::Keyword(_) => Some(DataType::String),
        TypePattern::Scalar => {
            let given = argument.data_type.clone().unwrap_or(DataType::String);
            (given.is_scalar() && given != DataType::Json).then_some(given)
        }
        TypePattern::StructOfArguments => None,
    }
}

fn returns(signature: &Signature, arguments: &[DataType], bound: &Bound) -> Option<DataType> {
    match &signature.returns {
        TypePattern::StructOfArguments => Some(DataType::Struct(
            arguments
                .iter()
                .map(|data_type| StructField { name: String::new(), data_type: data_type.clone() })
                .collect(),
        )),
        TypePattern::Arbitrary | TypePattern::AnyStruct | TypePattern::Scalar => arguments.first().cloned(),
        // A result of arrays of arrays does not exist in GoogleSQL.
        TypePattern::ArrayOfAny(number) => {
            let element = bound_type(*number, bound);
            (!matches!(element, DataType::Array(_))).then(|| DataType::array(element))
        }
        TypePattern::Any(number) => Some(bound_type(*number, bound)),
        TypePattern::Exact(data_type) => Some(data_type.clone()),
        TypePattern::Keyword(_) => None,
    }
}

/// What the number is bound to: INT64, as an untyped NULL, when no argument says (`ERROR('...')`, `[]`).
fn bound_type(number: u8, bound: &Bound) -> DataType {
    bound.iter().find(|(n, _)| *n == number).map_or(DataType::Int64, |(_, data_type)| data_type.clone())
}

/// True when arguments of exactly these types (but for names of STRUCT fields) fit a signature that
/// gives the declared result: what a plan's calls must do.
pub(crate) fn fits_exactly(function: &Function, types: &[DataType], declared: &DataType) -> bool {
    let arguments: Vec<Argument> = types.iter().map(|t| Argument::of(t.clone())).collect();
    function.signatures.iter().any(|signature| {
        let Some((_, wanted, bound)) = match_signature(signature, &arguments) else { return false };
        let exact = types.iter().zip(&wanted).all(|(given, wanted)| same_shape(given, wanted));
        let allowed = |c: Constraint| bound.iter().all(|(_, t)| c.allows(t));
        if !exact || !signature.constraint.is_none_or(allowed) {
            return false;
        }
        let free = |number: &u8| !bound.iter().any(|(n, _)| n == number);
        match (&signature.returns, declared) {
            // No argument says the type, so the plan does.
            (TypePattern::Any(number), _) if free(number) => true,
            (TypePattern::ArrayOfAny(number), DataType::Array(_)) if free(number) => true,
            _ => returns(signature, &wanted, &bound).is_some_and(|found| same_shape(&found, declared)),
        }
    })
}

fn not_comparable(function: &Function, constraint: Constraint, data_type: &DataType) -> ResolveError {
    let name = match (function.name, constraint) {
        ("$equal", _) => "Equality".to_owned(),
        ("$not_equal", _) => "Inequality".to_owned(),
        ("$less", _) => "Less than".to_owned(),
        ("$less_or_equal", _) => "Less than or equal".to_owned(),
        ("$greater", _) => "Greater than".to_owned(),
        ("$greater_or_equal", _) => "Greater than or equal".to_owned(),
        _ => function.display_name(),
    };
    ResolveError(format!("{name} is not defined for arguments of type {data_type}"))
}

fn no_match(function: &Function, arguments: &[Argument]) -> ResolveError {
    let name = function.display_name();
    let what = match super::operator_symbol(function.name) {
        Some(_) => "operator",
        None => "function",
    };
    let given: Vec<String> = arguments
        .iter()
        .map(|a| a.data_type.as_ref().map_or("NULL".to_owned(), ToString::to_string))
        .collect();
    let given = match given.is_empty() {
        true => "no arguments".to_owned(),
        false => format!("argument types: {}", given.join(", ")),
    };
    let wanted: Vec<String> = function.signatures.iter().map(|s| s.display(function)).collect();
    let label = if wanted.len() == 1 { "signature" } else { "signatures" };
    let wanted = wanted.join("; ");
    ResolveError(format!("No matching signature for {what} {name} for {given}. Supported {label}: {wanted}"))
}
