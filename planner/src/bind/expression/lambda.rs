//! Functions that take a lambda: each is a subquery over the array's elements.

use canopy_format::{DataType, Value};

use super::ExprContext;
use crate::algebra::{ArraySource, ArraySubquery, ArraySubqueryResult, Expr};
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::bind::scope::{NameList, NamedColumn, Scope};
use crate::syntax::ast::{self, ArgumentValue, ExprKind, Ident, Span};

/// What is made of the elements.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// ARRAY_FILTER: those for which the lambda is TRUE.
    Filter,
    /// ARRAY_TRANSFORM: the lambda's values.
    Transform,
    /// ARRAY_INCLUDES: whether it is TRUE for one.
    Includes,
}

impl Binder<'_> {
    /// Returns the call of a function one of whose arguments is a lambda; None when none is.
    pub(super) fn lambda_call(
        &mut self,
        call: &ast::FunctionCall,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Option<Expr>> {
        let mut arguments = Vec::with_capacity(call.arguments.len() + 1);
        arguments.extend(&call.receiver);
        for argument in &call.arguments {
            if let ArgumentValue::Expr(value) = &argument.value {
                arguments.push(value);
            }
        }
        let Some(lambda) = arguments.iter().find(|value| matches!(value.kind, ExprKind::Lambda { .. }))
        else {
            return Ok(None);
        };
        let name = call.name.dotted().to_ascii_uppercase();
        let (wanted, most) = match name.as_str() {
            "ARRAY_FILTER" => (Wanted::Filter, 2),
            "ARRAY_TRANSFORM" => (Wanted::Transform, 2),
            "ARRAY_INCLUDES" => (Wanted::Includes, 1),
            _ => {
                return Err(BindError::unsupported(
                    format!("A lambda as an argument of {name}"),
                    lambda.span,
                ));
            }
        };
        let [array, ast::Expr { kind: ExprKind::Lambda { parameters, body }, .. }] = arguments.as_slice()
        else {
            let message = format!("{name} takes an array and a lambda: {name}(array, element -> expression)");
            return Err(BindError::new(message, span));
        };
        if parameters.is_empty() || parameters.len() > most {
            let found = parameters.len();
            let message = format!("The lambda of {name} takes at most {most} parameters, but has {found}");
            return Err(BindError::new(message, lambda.span));
        }
        let value = self.expr(array, cx)?;
        let DataType::Array(element) = value.data_type().clone() else {
            let message = format!("{name} needs an array, but its argument is of type {}", value.data_type());
            return Err(BindError::new(message, array.span));
        };
        self.over_elements(wanted, value, (*element).clone(), parameters, body, span, cx).map(Some)
    }

    fn over_elements(
        &mut self,
        wanted: Wanted,
        array: Expr,
        element_type: DataType,
        parameters: &[Ident],
        body: &ast::Expr,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let named = |name: &Ident, column: &crate::algebra::Column| NamedColumn {
            name: name.value.clone(),
            expr: Expr::Column(column.clone()),
        };
        let element = self.ids.column(parameters[0].value.clone(), element_type);
        let mut columns = vec![named(&parameters[0], &element)];
        let offset = parameters.get(1).map(|name| {
            let column = self.ids.column(name.value.clone(), DataType::Int64);
            columns.push(named(name, &column));
            column
        });
        let scope = Scope::new(NameList { columns, ranges: Vec::new(), hidden: Vec::new() }, Some(cx.scope));
        let inside = ExprContext::plain(&scope, "a lambda");
        let value = match wanted {
            Wanted::Transform => self.expr(body, inside)?,
            Wanted::Filter | Wanted::Includes => self.condition(body, "Lambda", inside)?,
        };
        if value.has_subquery() {
            return Err(BindError::unsupported("A subquery over tables in a lambda", body.span));
        }
        if let (Wanted::Transform, DataType::Array(_)) = (wanted, value.data_type()) {
            let found = value.data_type();
            let message =
                format!("ARRAY_TRANSFORM cannot make an array of {found}: nested arrays are not supported");
            return Err(BindError::new(message, body.span));
        }
        let collected = |value: Expr| {
            let data_type = DataType::array(value.data_type().clone());
            let value = Box::new(value);
            (ArraySubqueryResult::Array { value, order_by: Vec::new(), limit: None, offset: 0 }, data_type)
        };
        let (filter, (result, data_type)) = match wanted {
            Wanted::Filter => (Some(value), collected(Expr::Column(element.clone()))),
            Wanted::Transform => (None, collected(value)),
            Wanted::Includes => (Some(value), (ArraySubqueryResult::Exists, DataType::Bool)),
        };
        // Of a NULL array the result is NULL, not empty.
        let whole = self.ids.column("array", array.data_type().clone());
        let sources = vec![ArraySource { array: Expr::Column(whole.clone()), element, offset, outer: false }];
        let found = Expr::ArraySubquery(Box::new(ArraySubquery {
            sources,
            filter,
            result,
            data_type: data_type.clone(),
        }));
        let is_null = self.call("$is_null", vec![Expr::Column(whole.clone())], span)?;
        let null = Expr::Literal(Value::Null, data_type);
        let result = self.call("if", vec![is_null, null, found], span)?;
        self.let_in(vec![(whole, array)], result, span)
    }
}
