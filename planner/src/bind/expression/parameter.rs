//! Query parameters: each stands for its value.

use crate::algebra::Expr;
use crate::bind::binder::Binder;
use crate::bind::context::{Parameters, TypedValue};
use crate::bind::error::{BindError, Result};
use crate::syntax::ast::{self, Span};

impl Binder<'_> {
    /// Returns the parameter's value.
    pub(super) fn parameter(&mut self, parameter: &ast::Parameter, span: Span) -> Result<Expr> {
        if self.in_object() {
            let message = "Query parameters cannot be used in the bodies of views and functions";
            return Err(BindError::new(message, span));
        }
        let TypedValue { data_type, value } = self.parameter_value(parameter, span)?;
        Ok(Expr::Literal(value.clone(), data_type.clone()))
    }

    /// Returns what the path means whose first part is a variable of the script; None when it is none.
    pub(super) fn variable(&mut self, path: &ast::Path) -> Result<Option<Expr>> {
        let [first, rest @ ..] = path.parts.as_slice() else { return Ok(None) };
        if self.in_object() {
            return Ok(None);
        }
        let Some(TypedValue { data_type, value }) = self.context.variable(&first.value) else {
            return Ok(None);
        };
        let mut value = Expr::Literal(value.clone(), data_type.clone());
        for field in rest {
            value = self.field_of(value, field)?;
        }
        Ok(Some(value))
    }

    /// Returns the system variable's value.
    pub(super) fn system_variable(&mut self, path: &ast::Path, span: Span) -> Result<Expr> {
        match self.context.system_variable(&path.dotted()) {
            Some(TypedValue { data_type, value }) => Ok(Expr::Literal(value.clone(), data_type.clone())),
            None => Err(BindError::new(format!("Unrecognized system variable: @@{}", path.dotted()), span)),
        }
    }

    fn parameter_value(&self, parameter: &ast::Parameter, span: Span) -> Result<&TypedValue> {
        match (parameter, &self.context.parameters) {
            (ast::Parameter::Named(name), Parameters::Named(values)) => {
                let found = values.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name.value));
                found.map(|(_, value)| value).ok_or_else(|| missing(&name.value, span))
            }
            (ast::Parameter::Named(name), Parameters::None) => Err(missing(&name.value, span)),
            (ast::Parameter::Positional(position), Parameters::Positional(values)) => {
                let index = (*position as usize).checked_sub(1);
                index.and_then(|index| values.get(index)).ok_or_else(|| {
                    let (wanted, given) = (*position, values.len());
                    BindError::new(
                        format!("Too few positional parameters: found {given}, expected at least {wanted}"),
                        span,
                    )
                })
            }
            (ast::Parameter::Positional(position), Parameters::None) => {
                let message = format!("Too few positional parameters: found 0, expected at least {position}");
                Err(BindError::new(message, span))
            }
            (ast::Parameter::Named(_), Parameters::Positional(_))
            | (ast::Parameter::Positional(_), Parameters::Named(_)) => {
                Err(BindError::new("Named and positional parameters cannot be mixed", span))
            }
        }
    }
}

fn missing(name: &str, span: Span) -> BindError {
    BindError::new(format!("Query parameter '{name}' not found"), span)
}
