//! The arguments of a call of a routine, each with its parameter.

use canopy_format::DataType;

use super::Object;
use crate::algebra::Expr;
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::bind::expression::{ExprContext, assignable, data_type};
use crate::bind::scope::{NameList, Scope};
use crate::syntax::ast::{
    self, Argument, ArgumentValue, DataTypeKind, ParameterType, RoutineParameter, Span,
};

/// What was passed for a parameter.
pub(super) enum Passed<'c> {
    /// The value before the dot of a chained call.
    Receiver(&'c ast::Expr),
    /// An argument.
    Argument(&'c Argument),
    /// Nothing: the parameter's default.
    Default(&'c ast::Expr),
}

/// Returns what the call passes for each parameter, in order.
///
/// # Errors
/// For too few or too many arguments, unknown names, and positional ones after named ones.
pub(super) fn passed<'c>(
    object: &Object,
    parameters: &'c [RoutineParameter],
    call: &'c ast::FunctionCall,
    span: Span,
) -> Result<Vec<Passed<'c>>> {
    let mut slots: Vec<Option<Passed<'c>>> = parameters.iter().map(|_| None).collect();
    let mut positional = 0;
    if let Some(receiver) = &call.receiver {
        match slots.first_mut() {
            Some(slot) => *slot = Some(Passed::Receiver(receiver)),
            None => return Err(count_error(object, parameters, call, span)),
        }
        positional = 1;
    }
    let mut named = false;
    for argument in &call.arguments {
        let index = match &argument.name {
            Some(name) => {
                named = true;
                position(parameters, name).ok_or_else(|| {
                    let message = format!(
                        "Named argument {} not found in signature for call to {} {}",
                        name.value, object.kind, object.name
                    );
                    BindError::new(message, name.span)
                })?
            }
            None if named => {
                let message = "Positional arguments must stand before named ones";
                return Err(BindError::new(message, argument.span));
            }
            None => {
                positional += 1;
                positional - 1
            }
        };
        match slots.get_mut(index) {
            Some(slot @ None) => *slot = Some(Passed::Argument(argument)),
            Some(Some(_)) => {
                let name = parameter_name(&parameters[index]);
                return Err(BindError::new(format!("Argument {name} is given twice"), argument.span));
            }
            None => return Err(count_error(object, parameters, call, span)),
        }
    }
    let filled = slots.into_iter().zip(parameters).map(|(slot, parameter)| {
        slot.or_else(|| parameter.default.as_ref().map(Passed::Default))
            .ok_or_else(|| count_error(object, parameters, call, span))
    });
    filled.collect()
}

fn position(parameters: &[RoutineParameter], name: &ast::Ident) -> Option<usize> {
    parameters.iter().position(|parameter| parameter_name(parameter).eq_ignore_ascii_case(&name.value))
}

/// The parameter's name; empty where it has none.
pub(super) fn parameter_name(parameter: &RoutineParameter) -> &str {
    parameter.name.as_ref().map(|name| name.value.as_str()).unwrap_or_default()
}

fn count_error(
    object: &Object,
    parameters: &[RoutineParameter],
    call: &ast::FunctionCall,
    span: Span,
) -> BindError {
    let given = call.arguments.len() + usize::from(call.receiver.is_some());
    let most = parameters.len();
    let least = parameters.iter().filter(|parameter| parameter.default.is_none()).count();
    let wanted = match least == most {
        true => format!("{most}"),
        false => format!("{least} to {most}"),
    };
    let plural = if most == 1 { "" } else { "s" };
    let Object { kind, name } = object;
    BindError::new(
        format!(
            "Number of arguments does not match for {kind} {name}: it takes {wanted} argument{plural}, but {given} given"
        ),
        span,
    )
}

impl Binder<'_> {
    /// Returns the value passed for a scalar parameter, of the parameter's type.
    pub(super) fn scalar_argument(
        &mut self,
        object: &Object,
        parameter: &RoutineParameter,
        passed: &Passed<'_>,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let (value, at) = match passed {
            Passed::Receiver(receiver) => (self.expr(receiver, cx)?, receiver.span),
            Passed::Argument(argument) => match &argument.value {
                ArgumentValue::Expr(value) => (self.expr(value, cx)?, value.span),
                _ => {
                    let message = format!("Argument {} must be an expression", parameter_name(parameter));
                    return Err(BindError::new(message, argument.span));
                }
            },
            Passed::Default(default) => {
                let empty = Scope::new(NameList::default(), None);
                let cx = ExprContext::plain(&empty, "DEFAULT");
                let value = self
                    .opened(object, span, |binder| binder.expr(default, cx))
                    .map_err(|error| BindError { span, ..error })?;
                (value, span)
            }
        };
        let ParameterType::Value(wanted) = &parameter.kind else {
            return Err(BindError::new("A TABLE parameter takes no expression", at));
        };
        let Some(wanted) = parameter_type(wanted)? else {
            return match fits_template(wanted, value.data_type()) {
                true => Ok(value),
                false => Err(mismatch(object, parameter, &value, &template_name(wanted), at)),
            };
        };
        match assignable(&value, &wanted) {
            true => self.coerce(value, &wanted, at),
            false => Err(mismatch(object, parameter, &value, &wanted.to_string(), at)),
        }
    }
}

fn mismatch(
    object: &Object,
    parameter: &RoutineParameter,
    value: &Expr,
    wanted: &str,
    span: Span,
) -> BindError {
    let (kind, name, found) = (object.kind, &object.name, value.data_type());
    let parameter = parameter_name(parameter);
    BindError::new(
        format!("Argument {parameter} of {kind} {name} has type {wanted}, and {found} does not coerce to it"),
        span,
    )
}

/// Returns the declared type; None for a templated one (`ANY TYPE`).
pub(super) fn parameter_type(declared: &ast::DataType) -> Result<Option<DataType>> {
    match &declared.kind {
        DataTypeKind::Any(_) => Ok(None),
        _ if !declared.parameters.is_empty() => Err(BindError::new(
            "Parameterized types are not allowed in parameters of functions",
            declared.span,
        )),
        _ => data_type(declared).map(Some),
    }
}

fn template_name(declared: &ast::DataType) -> String {
    match &declared.kind {
        DataTypeKind::Any(what) => format!("ANY {}", what.value.to_uppercase()),
        _ => String::new(),
    }
}

fn fits_template(declared: &ast::DataType, given: &DataType) -> bool {
    match &declared.kind {
        DataTypeKind::Any(what) if what.value.eq_ignore_ascii_case("STRUCT") => given.fields().is_some(),
        DataTypeKind::Any(what) if what.value.eq_ignore_ascii_case("ARRAY") => given.element().is_some(),
        DataTypeKind::Any(what) => what.value.eq_ignore_ascii_case("TYPE"),
        _ => false,
    }
}
