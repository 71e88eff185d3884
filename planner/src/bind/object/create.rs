//! CREATE VIEW, CREATE FUNCTION, CREATE TABLE FUNCTION: bound once, so that what is wrong is said at once.

use canopy_exec::function;
use canopy_format::DataType;

use super::Object;
use super::arguments::{parameter_name, parameter_type};
use super::function::sql_body;
use super::table_function::query_body;
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::bind::from::table_path;
use crate::bind::statement::{CreateRoutine, CreateView};
use crate::catalog::RoutineKind;
use crate::syntax::ast::{self, RoutineParameter, Span};

impl Binder<'_> {
    /// Binds CREATE VIEW.
    pub(in crate::bind) fn create_view(
        &mut self,
        create: &ast::CreateView,
        span: Span,
    ) -> Result<CreateView> {
        refuse_view_clauses(create)?;
        let name = declared_name(&create.name, create.modifiers, "VIEW")?;
        let options = self.options(create.options.as_ref())?;
        for column in &create.columns {
            self.options(column.options.as_ref())?;
        }
        let declared = self.catalog.view(&name).ok().flatten().map(|known| known.name.clone());
        let object = Object { kind: "view", name: declared.unwrap_or_else(|| name.join(".")) };
        let rows = self.opened(&object, span, |binder| binder.view_rows(create))?;
        let mut columns: Vec<(String, DataType)> = Vec::with_capacity(rows.columns.len());
        for (index, output) in rows.columns.iter().enumerate() {
            let at = create.columns.get(index).map_or(create.name.span, |column| column.name.span);
            if !rows.value_table && (output.anonymous || output.name.is_empty()) {
                let number = index + 1;
                let message = format!("CREATE VIEW columns must be named, but column {number} has no name");
                return Err(BindError::new(message, at));
            }
            if columns.iter().any(|(known, _)| known.eq_ignore_ascii_case(&output.name)) {
                let message = format!("CREATE VIEW has columns with duplicate name {}", output.name);
                return Err(BindError::new(message, at));
            }
            columns.push((output.name.clone(), output.column.data_type.clone()));
        }
        Ok(CreateView {
            name,
            temporary: create.modifiers.temporary,
            or_replace: create.modifiers.or_replace,
            if_not_exists: create.modifiers.if_not_exists,
            columns,
            options,
            statement: span.text(&self.context.text).to_owned(),
        })
    }

    /// Binds CREATE FUNCTION and CREATE AGGREGATE FUNCTION.
    pub(in crate::bind) fn create_function(
        &mut self,
        create: &ast::CreateFunction,
        span: Span,
    ) -> Result<CreateRoutine> {
        let name = declared_name(&create.name, create.modifiers, "FUNCTION")?;
        if let ([bare], true) = (name.as_slice(), create.modifiers.temporary)
            && function::find(bare).is_some()
        {
            let message = format!("Function {bare} is built in: a temporary function needs another name");
            return Err(BindError::new(message, create.name.span));
        }
        if let Some(connection) = &create.connection {
            return Err(BindError::unsupported("WITH CONNECTION", connection.span));
        }
        sql_body(create)?;
        check_parameters(&create.parameters, create.aggregate)?;
        let options = self.options(create.options.as_ref())?;
        let object = Object { kind: "function", name: name.join(".") };
        let types: Result<Vec<Option<DataType>>> = create.parameters.iter().map(declared_type).collect();
        if let Some(types) = types?.into_iter().collect::<Option<Vec<DataType>>>() {
            self.opened(&object, span, |binder| match create.aggregate {
                true => binder.bind_aggregate(create, &types).map(|_| ()),
                false => binder.bind_function(create, &types).map(|_| ()),
            })?;
        }
        Ok(self.created(name, RoutineKind::Function, create.modifiers, options, span))
    }

    /// Binds CREATE TABLE FUNCTION.
    pub(in crate::bind) fn create_table_function(
        &mut self,
        create: &ast::CreateTableFunction,
        span: Span,
    ) -> Result<CreateRoutine> {
        let name = declared_name(&create.name, create.modifiers, "TABLE FUNCTION")?;
        if let Some(connection) = &create.connection {
            return Err(BindError::unsupported("WITH CONNECTION", connection.span));
        }
        query_body(create)?;
        check_parameters(&create.parameters, false)?;
        let options = self.options(create.options.as_ref())?;
        let object = Object { kind: "table function", name: name.join(".") };
        if let Some(input) = self.declared_input(create)? {
            self.opened(&object, span, |binder| binder.table_function_body(create, input))?;
        }
        Ok(self.created(name, RoutineKind::TableFunction, create.modifiers, options, span))
    }

    fn created(
        &self,
        name: Vec<String>,
        kind: RoutineKind,
        modifiers: ast::CreateModifiers,
        options: Vec<crate::bind::StatementOption>,
        span: Span,
    ) -> CreateRoutine {
        CreateRoutine {
            name,
            kind,
            temporary: modifiers.temporary,
            or_replace: modifiers.or_replace,
            if_not_exists: modifiers.if_not_exists,
            options,
            statement: span.text(&self.context.text).to_owned(),
        }
    }
}

fn refuse_view_clauses(create: &ast::CreateView) -> Result<()> {
    if create.materialized {
        return Err(BindError::unsupported("MATERIALIZED VIEW", create.span));
    }
    if create.recursive {
        return Err(BindError::unsupported("RECURSIVE VIEW", create.span));
    }
    match create.partition_by.iter().chain(&create.cluster_by).next() {
        Some(clause) => {
            Err(BindError::new("PARTITION BY and CLUSTER BY need a materialized view", clause.span))
        }
        None => Ok(()),
    }
}

fn declared_name(path: &ast::Path, modifiers: ast::CreateModifiers, what: &str) -> Result<Vec<String>> {
    let name = table_path(path);
    if modifiers.or_replace && modifiers.if_not_exists {
        let message = format!("CREATE {what} cannot have both OR REPLACE and IF NOT EXISTS");
        return Err(BindError::new(message, path.span));
    }
    match modifiers.temporary && name.len() > 1 {
        true => Err(BindError::new(format!("CREATE TEMP {what} takes a name without a dataset"), path.span)),
        false => Ok(name),
    }
}

/// Returns a scalar parameter's type; None for a templated one.
fn declared_type(parameter: &RoutineParameter) -> Result<Option<DataType>> {
    match &parameter.kind {
        ast::ParameterType::Value(declared) => parameter_type(declared),
        ast::ParameterType::Table(table) => {
            Err(BindError::new("Only table functions take tables", table.span))
        }
    }
}

fn check_parameters(parameters: &[RoutineParameter], aggregate: bool) -> Result<()> {
    for (index, parameter) in parameters.iter().enumerate() {
        let name = parameter_name(parameter);
        if name.is_empty() {
            return Err(BindError::new("Every parameter needs a name", parameter.span));
        }
        if parameters[..index].iter().any(|known| parameter_name(known).eq_ignore_ascii_case(name)) {
            return Err(BindError::new(format!("Duplicate argument name {name}"), parameter.span));
        }
        if parameter.not_aggregate && !aggregate {
            let message = "NOT AGGREGATE is only allowed on parameters of aggregate functions";
            return Err(BindError::new(message, parameter.span));
        }
    }
    Ok(())
}
