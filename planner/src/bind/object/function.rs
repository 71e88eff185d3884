//! Scalar SQL functions.

use std::rc::Rc;

use canopy_format::DataType;

use super::arguments::{parameter_name, passed};
use super::{Object, respan};
use crate::algebra::{Column, Expr};
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::bind::expression::{ExprContext, data_type};
use crate::bind::scope::{NameList, NamedColumn, Scope};
use crate::catalog::RoutineKind;
use crate::syntax::ast::{self, FunctionBody, Span, StatementKind};

/// A function's body for arguments of certain types.
pub(in crate::bind) struct BoundFunction {
    /// Stand in the body for the arguments.
    parameters: Vec<Column>,
    /// What is computed.
    body: Expr,
}

impl Binder<'_> {
    /// Returns the call of an SQL function; None when the name is none.
    pub(in crate::bind) fn sql_function(
        &mut self,
        call: &ast::FunctionCall,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Option<Expr>> {
        let Some(source) = self.routine(&call.name, RoutineKind::Function)? else { return Ok(None) };
        let object = Object::of_routine(&source);
        let statement = self.declaration(&object, &source.statement, span)?;
        let StatementKind::CreateFunction(create) = &statement.kind else {
            return Err(BindError::new(format!("{} was not declared as a function", source.name), span));
        };
        if call.over.is_some() {
            return Err(BindError::unsupported(format!("OVER after the SQL function {}", object.name), span));
        }
        if call.distinct || call.has_modifiers() {
            let message =
                format!("DISTINCT, ORDER BY and the like in a call of the SQL function {}", object.name);
            return Err(BindError::unsupported(message, span));
        }
        if create.aggregate {
            return self.sql_aggregate(&object, create, &source.statement, call, span, cx).map(Some);
        }
        let mut arguments = Vec::with_capacity(create.parameters.len());
        for (parameter, passed) in
            create.parameters.iter().zip(passed(&object, &create.parameters, call, span)?)
        {
            arguments.push(self.scalar_argument(&object, parameter, &passed, span, cx)?);
        }
        let types: Vec<DataType> = arguments.iter().map(|argument| argument.data_type().clone()).collect();
        let bound = self.function_body(&object, create, &source.statement, types, span)?;
        self.charge_copy(&bound.body, span)?;
        let mut body = bound.body.clone();
        respan(&mut body, span);
        self.let_in(bound.parameters.iter().cloned().zip(arguments).collect(), body, span).map(Some)
    }

    /// Returns the body for arguments of the types; each is bound once.
    fn function_body(
        &mut self,
        object: &Object,
        create: &ast::CreateFunction,
        text: &str,
        types: Vec<DataType>,
        span: Span,
    ) -> Result<Rc<BoundFunction>> {
        let key = (object.name.clone(), types);
        if let Some(known) = self.objects.functions.get(&key) {
            return Ok(known.clone());
        }
        let bound = self.inside(object, text, span, |binder| binder.bind_function(create, &key.1))?;
        let bound = Rc::new(bound);
        self.objects.functions.insert(key, bound.clone());
        Ok(bound)
    }

    /// Binds the body with columns of the types as parameters.
    pub(super) fn bind_function(
        &mut self,
        create: &ast::CreateFunction,
        types: &[DataType],
    ) -> Result<BoundFunction> {
        let syntax = sql_body(create)?;
        let parameters = self.parameter_columns(&create.parameters, types);
        let scope = Scope::new(parameter_names(&parameters), None);
        let body = self.expr(syntax, ExprContext::plain(&scope, "SQL function body"))?;
        let body = self.returned(body, create, syntax.span)?;
        Ok(BoundFunction { parameters, body })
    }

    /// Returns the body as the declared type.
    pub(super) fn returned(&mut self, body: Expr, create: &ast::CreateFunction, span: Span) -> Result<Expr> {
        let Some(returns) = &create.returns else { return Ok(body) };
        let wanted = data_type(returns)?;
        if !crate::bind::expression::assignable(&body, &wanted) {
            let found = body.data_type();
            let message = format!(
                "Function declared to return {wanted} but the function body produces incompatible type {found}"
            );
            return Err(BindError::new(message, span));
        }
        self.coerce(body, &wanted, span)
    }

    /// Returns a column for each parameter.
    pub(super) fn parameter_columns(
        &mut self,
        parameters: &[ast::RoutineParameter],
        types: &[DataType],
    ) -> Vec<Column> {
        let column = |(parameter, data_type): (&ast::RoutineParameter, &DataType)| {
            self.ids.column(parameter_name(parameter), data_type.clone())
        };
        parameters.iter().zip(types).map(column).collect()
    }
}

/// Returns the parameters as the names that a body sees.
pub(super) fn parameter_names(parameters: &[Column]) -> NameList {
    let named =
        |column: &Column| NamedColumn { name: column.name.clone(), expr: Expr::Column(column.clone()) };
    NameList { columns: parameters.iter().map(named).collect(), ranges: Vec::new(), hidden: Vec::new() }
}

/// Returns the expression of an SQL function.
///
/// # Errors
/// For functions in other languages.
pub(super) fn sql_body(create: &ast::CreateFunction) -> Result<&ast::Expr> {
    if create.remote {
        return Err(BindError::unsupported("REMOTE function", create.span));
    }
    if let Some(language) = create.language.as_ref().filter(|l| !l.value.eq_ignore_ascii_case("SQL")) {
        return Err(BindError::unsupported(format!("LANGUAGE {}", language.value), language.span));
    }
    match &create.body {
        Some(FunctionBody::Sql(body)) => Ok(body),
        Some(FunctionBody::Code(_, span)) => {
            Err(BindError::new("The body of an SQL function must be an expression in parentheses", *span))
        }
        None => Err(BindError::new("CREATE FUNCTION needs a body: AS (expression)", create.span)),
    }
}
