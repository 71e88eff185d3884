//! SQL table functions in FROM.

use std::collections::HashMap;

use super::arguments::{parameter_name, parameter_type, passed};
use super::function::parameter_names;
use super::let_in::{is_volatile, uses_in};
use super::table_argument::{declared_table, takes_table};
use super::{Object, respan_relation};
use crate::algebra::{Column, Expr, Join, JoinKind, Named, Relation};
use crate::bind::binder::{Binder, Rows, one_row};
use crate::bind::cte::{Cte, place};
use crate::bind::error::{BindError, Result};
use crate::bind::expression::ExprContext;
use crate::bind::from::{FromContext, Source, source_of};
use crate::bind::scope::{NameList, Scope};
use crate::catalog::RoutineKind;
use crate::syntax::ast::{self, RoutineParameter, Span, StatementKind, TableFunctionBody};

/// What a table function's body reads.
pub(super) struct TableFunctionInput {
    /// Scalar parameters.
    parameters: Vec<Column>,
    /// Tables by their parameters' names.
    tables: Vec<(String, Rows)>,
}

impl Binder<'_> {
    /// Returns the rows of a call of a table function.
    pub(in crate::bind) fn table_function(
        &mut self,
        call: &ast::FunctionCall,
        alias: Option<&ast::Ident>,
        span: Span,
        cx: FromContext<'_>,
    ) -> Result<Source> {
        let rows = self.table_function_rows(call, None, span, cx)?;
        Ok(source_of(rows, alias.map(|alias| alias.value.as_str())))
    }

    /// Returns the rows of a call; `input` is passed for the first TABLE parameter (pipe CALL).
    pub(in crate::bind) fn table_function_rows(
        &mut self,
        call: &ast::FunctionCall,
        mut input: Option<Rows>,
        span: Span,
        cx: FromContext<'_>,
    ) -> Result<Rows> {
        let Some(source) = self.routine(&call.name, RoutineKind::TableFunction)? else {
            let name = call.name.dotted();
            return Err(BindError::not_found(
                format!("Table-valued function not found: {name}"),
                call.name.span,
            ));
        };
        let object = Object::of_routine(&source);
        let statement = self.declaration(&object, &source.statement, span)?;
        let StatementKind::CreateTableFunction(create) = &statement.kind else {
            let message = format!("{} was not declared as a table function", source.name);
            return Err(BindError::new(message, span));
        };
        // The piped rows stand in no slot of the call: the other arguments pass by it.
        let piped = match &input {
            Some(_) => Some(create.parameters.iter().position(takes_table).ok_or_else(|| {
                BindError::new(format!("Table function {} takes no table", object.name), span)
            })?),
            None => None,
        };
        let others: Vec<RoutineParameter> = create
            .parameters
            .iter()
            .enumerate()
            .filter(|(index, _)| Some(*index) != piped)
            .map(|(_, parameter)| parameter.clone())
            .collect();
        let mut passed = passed(&object, &others, call, span)?.into_iter();
        let empty = Scope::new(NameList::default(), None);
        let scalars = ExprContext::plain(cx.lateral.unwrap_or(&empty), "argument of a table function");
        let (mut values, mut parameters, mut tables) = (Vec::new(), Vec::new(), Vec::new());
        for (index, parameter) in create.parameters.iter().enumerate() {
            let name = parameter_name(parameter).to_owned();
            if Some(index) == piped {
                let Some(rows) = input.take() else { continue };
                tables.push((name, self.declared_rows(rows, parameter, span)?));
                continue;
            }
            let Some(passed) = passed.next() else { continue };
            if takes_table(parameter) {
                let rows = self.table_argument(&object, parameter, &passed, cx, span)?;
                tables.push((name, self.declared_rows(rows, parameter, span)?));
            } else {
                let value = self.scalar_argument(&object, parameter, &passed, span, scalars)?;
                parameters.push(self.ids.column(name, value.data_type().clone()));
                values.push(value);
            }
        }
        let input = TableFunctionInput { parameters: parameters.clone(), tables };
        let mut rows = self
            .inside(&object, &source.statement, span, |binder| binder.table_function_body(create, input))?;
        respan_relation(&mut rows.relation, span);
        rows.relation = self.with_parameters(rows.relation, parameters, values, span)?;
        Ok(rows)
    }

    fn declared_rows(&mut self, rows: Rows, parameter: &RoutineParameter, span: Span) -> Result<Rows> {
        match declared_table(parameter) {
            Some(wanted) => {
                let what = format!("Argument {}", parameter_name(parameter));
                self.as_table_type(rows, wanted, &what, span)
            }
            None => Ok(rows),
        }
    }

    /// Returns the rows of the body; scalar parameters stay columns that nothing produces.
    pub(super) fn table_function_body(
        &mut self,
        create: &ast::CreateTableFunction,
        input: TableFunctionInput,
    ) -> Result<Rows> {
        let query = query_body(create)?;
        let mut definitions = Vec::with_capacity(input.tables.len());
        for (name, rows) in input.tables {
            let id = self.next_with;
            self.next_with += 1;
            self.ctes.push(Cte { name, id, columns: rows.columns, value_table: rows.value_table });
            definitions.push((id, rows.relation));
        }
        let scope = Scope::new(parameter_names(&input.parameters), None);
        let mut rows = self.query(query, Some(&scope))?;
        if let Some(returns) = &create.returns {
            rows = self.as_table_type(rows, returns, "The table function's query", query.span)?;
        }
        for (id, definition) in definitions.into_iter().rev() {
            rows.relation = place(id, definition, rows.relation);
        }
        Ok(rows)
    }

    /// Puts the arguments in the places of the parameters' columns.
    fn with_parameters(
        &mut self,
        mut relation: Relation,
        parameters: Vec<Column>,
        values: Vec<Expr>,
        span: Span,
    ) -> Result<Relation> {
        let mut copied = HashMap::new();
        let mut once = Vec::new();
        for (column, expr) in parameters.into_iter().zip(values) {
            let count = uses_in(&relation, column.id);
            match count > 0 && is_volatile(&expr) {
                true => once.push(Named { column, expr }),
                false => {
                    for _ in 1..count {
                        self.charge_copy(&expr, span)?;
                    }
                    copied.insert(column.id, expr);
                }
            }
        }
        relation.substitute(&copied);
        if once.is_empty() {
            return Ok(relation);
        }
        let left = Relation::Project { input: Box::new(one_row()), columns: once };
        Ok(Relation::Join(Box::new(Join {
            kind: JoinKind::Inner,
            left,
            right: relation,
            on: Vec::new(),
            mark: None,
            null_aware: false,
            dependent: true,
        })))
    }

    /// Returns what a body is checked with when it is declared; None where a parameter's type is not known.
    pub(super) fn declared_input(
        &mut self,
        create: &ast::CreateTableFunction,
    ) -> Result<Option<TableFunctionInput>> {
        let mut input = TableFunctionInput { parameters: Vec::new(), tables: Vec::new() };
        for parameter in &create.parameters {
            let name = parameter_name(parameter).to_owned();
            match &parameter.kind {
                ast::ParameterType::Table(table) => {
                    let rows = self.empty_table(table)?;
                    input.tables.push((name, rows));
                }
                ast::ParameterType::Value(declared) => match parameter_type(declared)? {
                    Some(data_type) => input.parameters.push(self.ids.column(name, data_type)),
                    None => return Ok(None),
                },
            }
        }
        Ok(Some(input))
    }
}

/// Returns the query of a table function.
pub(super) fn query_body(create: &ast::CreateTableFunction) -> Result<&ast::Query> {
    if let Some(language) = create.language.as_ref().filter(|l| !l.value.eq_ignore_ascii_case("SQL")) {
        return Err(BindError::unsupported(format!("LANGUAGE {}", language.value), language.span));
    }
    match &create.body {
        Some(TableFunctionBody::Query(query)) => Ok(query),
        Some(TableFunctionBody::Code(_, span)) => {
            Err(BindError::new("A table function's body must be a query", *span))
        }
        None => Err(BindError::new("CREATE TABLE FUNCTION needs a body: AS query", create.span)),
    }
}
