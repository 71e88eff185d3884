//! Function calls: names, SAFE., arguments, and the choice of a signature.

use canopy_exec::function::{self, Argument, Function, FunctionKind, Keyword, Resolution};
use canopy_format::{DataType, Value};

use super::ExprContext;
use crate::algebra::Expr;
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::bind::suggest;
use crate::syntax::ast::{self, Span};

impl Binder<'_> {
    /// Returns the call of the syntax.
    pub(super) fn function_call(
        &mut self,
        call: &ast::FunctionCall,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        if let Some(found) = self.lambda_call(call, span, cx)? {
            return Ok(found);
        }
        if super::grouping::is_grouping(call) {
            return self.grouping_call(call, span, cx);
        }
        let (safe, function) = match find(&call.name) {
            Ok(found) => found,
            Err(error) => {
                if let Some(found) = self.pattern_function(call, span, cx)? {
                    return Ok(found);
                }
                return match (self.sql_function(call, span, cx)?, &call.over) {
                    (Some(_), Some(over)) => {
                        let name = call.name.dotted();
                        let message = format!("Function {name} does not support an OVER clause");
                        Err(BindError::new(message, over.span))
                    }
                    (Some(found), None) => Ok(found),
                    (None, _) => Err(error),
                };
            }
        };
        if let Some(over) = &call.over {
            return self.window_call(call, over, function, safe, span, cx);
        }
        if function.kind == FunctionKind::Window {
            let name = function.display_name();
            let message = format!("Analytic function {name} cannot be called without an OVER clause");
            return Err(BindError::new(message, span));
        }
        if function.kind == FunctionKind::Aggregate || is_count_star(call) {
            return self.aggregate_call(call, function, safe, span, cx);
        }
        refuse_aggregate_clauses(call, function, span)?;
        let mut arguments = Vec::with_capacity(call.arguments.len() + 1);
        if let Some(receiver) = &call.receiver {
            arguments.push(self.expr(receiver, cx)?);
        }
        let (positional, by_name) = split_named(call, function)?;
        for argument in positional {
            let value = argument_expr(argument)?;
            arguments.push(match function.keyword_at(arguments.len()) {
                Some(Keyword::DatePart) => self.date_part_argument(value)?,
                Some(Keyword::NormalForm) => normal_form(value)?,
                None => self.expr(value, cx)?,
            });
        }
        for (named, given) in function.named.iter().zip(by_name) {
            arguments.push(match given {
                Some(value) => {
                    let given = self.expr(value, cx)?;
                    self.assign(given, &named.data_type, value.span)?
                }
                None => Expr::Literal(named.default.clone(), named.data_type.clone()),
            });
        }
        self.call_function(function, arguments, safe, span)
    }

    /// Returns the call of a function of the catalog that the binder itself names.
    pub fn call(&mut self, name: &str, arguments: Vec<Expr>, span: Span) -> Result<Expr> {
        let Some(function) = function::find(name) else {
            return Err(BindError::unsupported(format!("Function {name}"), span));
        };
        let named = function.named.iter();
        let defaults = named.map(|named| Expr::Literal(named.default.clone(), named.data_type.clone()));
        let arguments = arguments.into_iter().chain(defaults).collect();
        self.call_function(function, arguments, false, span)
    }

    /// Returns the call, arguments coerced to the signature that fits.
    pub(super) fn call_function(
        &mut self,
        function: &Function,
        arguments: Vec<Expr>,
        safe: bool,
        span: Span,
    ) -> Result<Expr> {
        let resolution = resolve(function, &arguments, span)?;
        // The argument of TYPEOF is not evaluated.
        if function.name == "typeof" {
            let name = resolution.argument_types[0].to_string();
            return Ok(Expr::Literal(Value::String(name.into()), DataType::String));
        }
        let arguments = self.coerce_all(arguments, &resolution.argument_types, span)?;
        Ok(Expr::Call {
            function: function.name.into(),
            arguments,
            safe,
            data_type: resolution.return_type,
            span,
        })
    }

    /// Returns the arguments coerced to the types.
    pub(super) fn coerce_all(
        &mut self,
        arguments: Vec<Expr>,
        types: &[DataType],
        span: Span,
    ) -> Result<Vec<Expr>> {
        arguments
            .into_iter()
            .zip(types)
            .map(|(argument, wanted)| self.coerce(argument, wanted, span))
            .collect()
    }
}

/// Returns the signature that fits the arguments.
pub(super) fn resolve(function: &Function, arguments: &[Expr], span: Span) -> Result<Resolution> {
    let arguments = arguments_of(arguments);
    function::resolve(function, &arguments).map_err(|error| BindError::new(error.to_string(), span))
}

/// Returns the expressions as the catalog's resolution sees them.
pub(super) fn arguments_of(exprs: &[Expr]) -> Vec<Argument<'_>> {
    let mut arguments: Vec<Argument> = exprs.iter().map(argument_of).collect();
    if arguments.iter().all(|argument| argument.data_type.is_none()) {
        // Nothing says what `[]` holds: INT64.
        for (argument, expr) in arguments.iter_mut().zip(exprs).filter(|(_, expr)| is_empty_array(expr)) {
            *argument = Argument::of(expr.data_type().clone());
        }
    }
    arguments
}

fn argument_of(expr: &Expr) -> Argument<'_> {
    match expr {
        // CAST(NULL AS STRING) has a type; of INT64 it is NULL without one.
        Expr::Literal(Value::Null, DataType::Int64) => Argument::null(),
        // `[]` is an array of any type, and ERROR(...) is of any type at all.
        empty if is_empty_array(empty) => Argument::null(),
        Expr::Call { function, .. } if &**function == "error" => Argument::null(),
        Expr::Literal(value, data_type) => {
            Argument { data_type: Some(data_type.clone()), literal: Some(value), parameter: false }
        }
        other => Argument::of(other.data_type().clone()),
    }
}

fn is_empty_array(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(Value::Array(elements), _) if elements.is_empty())
}

/// Returns whether the name starts with SAFE, and the function it names.
fn find(name: &ast::Path) -> Result<(bool, &'static Function)> {
    let parts: Vec<&str> = name.parts.iter().map(|part| part.value.as_str()).collect();
    let (safe, parts) = match parts.as_slice() {
        [first, rest @ ..] if !rest.is_empty() && first.eq_ignore_ascii_case("SAFE") => (true, rest),
        parts => (false, parts),
    };
    let written = parts.join(".");
    // Operators are not callable by their catalog names.
    if let Some(found) = function::find(&written).filter(|_| !written.starts_with('$')) {
        return Ok((safe, found));
    }
    let mut message = format!("Function not found: {written}");
    let names = function::all().iter().map(|f| f.name).filter(|name| !name.starts_with('$'));
    if let Some(suggestion) = suggest::closest(&written, names) {
        message.push_str(&format!("; Did you mean {suggestion}?"));
    }
    Err(BindError::not_found(message, name.span))
}

/// Returns the mode of NORMALIZE as the text that the catalog takes.
fn normal_form(value: &ast::Expr) -> Result<Expr> {
    let name = match &value.kind {
        ast::ExprKind::Path(path) => path.as_ident().map(|name| name.value.to_ascii_uppercase()),
        _ => None,
    };
    match name.filter(|name| matches!(name.as_str(), "NFC" | "NFKC" | "NFD" | "NFKD")) {
        Some(name) => Ok(Expr::Literal(Value::String(name.into()), DataType::String)),
        None => Err(BindError::new("A normalization mode is required: NFC, NFKC, NFD or NFKD", value.span)),
    }
}

/// Returns the arguments given by position, and for each argument that the function takes by name what the
/// call gives.
fn split_named<'a>(
    call: &'a ast::FunctionCall,
    function: &Function,
) -> Result<(&'a [ast::Argument], Vec<Option<&'a ast::Expr>>)> {
    let first = call.arguments.iter().position(|argument| argument.name.is_some());
    let (positional, named) = call.arguments.split_at(first.unwrap_or(call.arguments.len()));
    let display = function.display_name();
    let mut given: Vec<Option<&ast::Expr>> = vec![None; function.named.len()];
    for argument in named {
        let Some(name) = &argument.name else {
            let message = format!(
                "Call to function {display} must not specify positional arguments after named arguments; named \
                 arguments must be specified last in the argument list"
            );
            return Err(BindError::new(message, argument.span));
        };
        let known = function.named.iter().position(|known| known.name.eq_ignore_ascii_case(&name.value));
        let Some(index) = known else {
            let message = format!(
                "Named argument {} not found in signature for call to function {display}",
                name.value
            );
            return Err(BindError::new(message, name.span));
        };
        let ast::ArgumentValue::Expr(value) = &argument.value else {
            return Err(BindError::new(
                format!("Named argument {} must be an expression", name.value),
                argument.span,
            ));
        };
        if given[index].replace(value).is_some() {
            let message =
                format!("Duplicate named argument {} found in call to function {display}", name.value);
            return Err(BindError::new(message, name.span));
        }
    }
    Ok((positional, given))
}

/// Returns the argument's expression.
pub(super) fn argument_expr(argument: &ast::Argument) -> Result<&ast::Expr> {
    if let Some(name) = &argument.name {
        return Err(BindError::unsupported(format!("Named argument {}", name.value), name.span));
    }
    match &argument.value {
        ast::ArgumentValue::Expr(value) => Ok(value),
        ast::ArgumentValue::Star => {
            Err(BindError::new("Argument * can only be used in COUNT(*)", argument.span))
        }
        ast::ArgumentValue::Table(_) => Err(BindError::unsupported("TABLE as an argument", argument.span)),
        ast::ArgumentValue::Model(_) => Err(BindError::unsupported("MODEL as an argument", argument.span)),
        ast::ArgumentValue::Connection(_) => {
            Err(BindError::unsupported("CONNECTION as an argument", argument.span))
        }
        ast::ArgumentValue::Descriptor(_) => {
            Err(BindError::unsupported("DESCRIPTOR as an argument", argument.span))
        }
    }
}

fn is_count_star(call: &ast::FunctionCall) -> bool {
    matches!(call.arguments.as_slice(), [ast::Argument { value: ast::ArgumentValue::Star, .. }])
        && call.name.parts.last().is_some_and(|name| name.value.eq_ignore_ascii_case("COUNT"))
}

fn refuse_aggregate_clauses(call: &ast::FunctionCall, function: &Function, span: Span) -> Result<()> {
    let clause = if call.distinct {
        "DISTINCT"
    } else if !call.order_by.is_empty() {
        "ORDER BY"
    } else if call.limit.is_some() {
        "LIMIT"
    } else if call.null_handling.is_some() {
        "IGNORE NULLS or RESPECT NULLS"
    } else if call.having.is_some() || !call.group_by.is_empty() || call.filter.is_some() {
        "HAVING, GROUP BY or WHERE"
    } else {
        return Ok(());
    };
    let name = function.display_name();
    Err(BindError::new(format!("{clause} in the arguments of {name} is only for aggregate functions"), span))
}
