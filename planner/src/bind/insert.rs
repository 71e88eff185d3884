//! INSERT: rows of values or of a query, brought to the table's columns.

use canopy_format::{Field, Mode, Value};

use super::binder::{Binder, Rows, one_row};
use super::error::{BindError, Result};
use super::expression::{ExprContext, assignable};
use super::from::table_path;
use super::ingestion::is_hidden;
use super::scope::{NameList, Scope};
use super::set_operation::column_value;
use super::statement::Insert;
use super::suggest;
use crate::algebra::{Column, Expr, Named, OutputColumn, Relation, SetOperation, SetOperator};
use crate::syntax::ast::{self, DmlValue, InsertSource, Span};
use crate::syntax::parse_expression;

impl Binder<'_> {
    /// Binds INSERT.
    pub(super) fn insert(mut self, insert: &ast::Insert) -> Result<Insert> {
        let name = table_path(&insert.target);
        let table = self.catalog_table(&name, None, insert.target.span)?;
        let fields = table.schema.fields.clone();
        let targets = target_columns(&fields, &insert.columns, &table.name)?;
        let rows = match &insert.source {
            InsertSource::Query(query) => {
                let rows = self.query(query, None)?;
                let rows = if targets.len() > 1 { self.expand_value_table(rows, query.span)? } else { rows };
                let chosen: Vec<Field> = targets.iter().map(|&at| fields[at].clone()).collect();
                self.rows_for(rows, &chosen, query.span)?
            }
            InsertSource::Values(rows) => self.value_rows(rows, &fields, &targets)?,
            InsertSource::Pipe => return Err(BindError::unsupported("Pipe syntax", insert.span)),
        };
        let rows = self.all_columns(rows, &fields, &targets, insert.span)?;
        Ok(Insert { name, table, source: self.finish(rows) })
    }

    /// Returns the rows with a column for each field, in order, of its type.
    pub(super) fn rows_for(&mut self, rows: Rows, fields: &[Field], span: Span) -> Result<Rows> {
        if rows.columns.len() != fields.len() {
            let (found, wanted) = (rows.columns.len(), fields.len());
            let message = format!("Inserted row has wrong column count; Has {found}, expected {wanted}");
            return Err(BindError::new(message, span));
        }
        let mut columns = Vec::with_capacity(fields.len());
        let mut outputs = Vec::with_capacity(fields.len());
        for (index, field) in fields.iter().enumerate() {
            let wanted = field.column_type();
            let value = column_value(&rows, index);
            if !assignable(&value, &wanted) {
                let (number, found, name) = (index + 1, value.data_type(), &field.name);
                let message = format!(
                    "Query column {number} has type {found} which cannot be inserted into column {name}, which has \
                     type {wanted}"
                );
                return Err(BindError::new(message, span));
            }
            let value = match value.data_type() == &wanted {
                true => Expr::Column(rows.columns[index].column.clone()),
                false => value,
            };
            let expr = self.coerce(value, &wanted, span)?;
            let column = self.ids.column(field.name.clone(), wanted);
            outputs.push(OutputColumn { column: column.clone(), name: field.name.clone(), anonymous: false });
            columns.push(Named { column, expr });
        }
        let relation = Relation::Project { input: Box::new(rows.relation), columns };
        Ok(Rows { relation, columns: outputs, value_table: false })
    }

    /// Returns the rows of VALUES: literals as they are, other rows each as a projection of one row.
    fn value_rows(&mut self, rows: &[ast::InsertRow], fields: &[Field], targets: &[usize]) -> Result<Rows> {
        let columns: Vec<Column> = targets
            .iter()
            .map(|&at| self.ids.column(fields[at].name.clone(), fields[at].column_type()))
            .collect();
        let mut literal_rows = Vec::new();
        let mut inputs = Vec::new();
        for row in rows {
            let values = self.value_row(row, fields, targets)?;
            let literals = values.iter().map(|value| match value {
                Expr::Literal(value, _) => Some(value.clone()),
                _ => None,
            });
            match literals.collect::<Option<Vec<Value>>>() {
                Some(literals) => literal_rows.push(literals),
                None => {
                    let named = |value: Expr| Named {
                        column: self.ids.column("", value.data_type().clone()),
                        expr: value,
                    };
                    let columns = values.into_iter().map(named).collect();
                    inputs.push(Relation::Project { input: Box::new(one_row()), columns });
                }
            }
        }
        if !literal_rows.is_empty() || inputs.is_empty() {
            let columns = match inputs.is_empty() {
                true => columns.clone(),
                false => {
                    columns.iter().map(|c| self.ids.column(c.name.clone(), c.data_type.clone())).collect()
                }
            };
            inputs.insert(0, Relation::Values { columns, rows: literal_rows });
        }
        let relation = match inputs.len() {
            1 if inputs[0].columns() == columns => inputs.remove(0),
            _ => Relation::SetOperation(Box::new(SetOperation {
                operator: SetOperator::UnionAll,
                input_columns: inputs.iter().map(|i| i.columns().iter().map(|c| c.id).collect()).collect(),
                inputs,
                columns: columns.clone(),
            })),
        };
        let output = columns.into_iter().map(|column| OutputColumn {
            name: column.name.clone(),
            column,
            anonymous: false,
        });
        Ok(Rows { relation, columns: output.collect(), value_table: false })
    }

    fn value_row(&mut self, row: &ast::InsertRow, fields: &[Field], targets: &[usize]) -> Result<Vec<Expr>> {
        if row.values.len() != targets.len() {
            let (found, wanted) = (row.values.len(), targets.len());
            let message = format!("Inserted row has wrong column count; Has {found}, expected {wanted}");
            return Err(BindError::new(message, row.span));
        }
        let scope = Scope::new(NameList::default(), None);
        let mut values = Vec::with_capacity(targets.len());
        for (value, &at) in row.values.iter().zip(targets) {
            let field = &fields[at];
            values.push(match value {
                DmlValue::Default(span) => self.default_of(field, *span)?,
                DmlValue::Expr(value) => {
                    let expr = self.expr(value, ExprContext::plain(&scope, "VALUES"))?;
                    let wanted = field.column_type();
                    if !assignable(&expr, &wanted) {
                        let (found, name) = (expr.data_type(), &field.name);
                        let message = format!(
                            "Value has type {found} which cannot be inserted into column {name}, which has type {wanted}"
                        );
                        return Err(BindError::new(message, value.span));
                    }
                    let expr = self.coerce(expr, &wanted, value.span)?;
                    // A constant that fails is left to say so when the statement runs.
                    match self.try_fold(&expr) {
                        Some(Ok(folded)) => Expr::Literal(folded, wanted),
                        Some(Err(_)) | None => expr,
                    }
                }
            });
        }
        Ok(values)
    }

    /// Adds the columns that the INSERT does not give, and puts all in the table's order.
    fn all_columns(&mut self, rows: Rows, fields: &[Field], targets: &[usize], span: Span) -> Result<Rows> {
        if targets.len() == fields.len() && targets.iter().enumerate().all(|(at, &target)| at == target) {
            return Ok(rows);
        }
        let mut columns = Vec::with_capacity(fields.len());
        let mut outputs = Vec::with_capacity(fields.len());
        for (at, field) in fields.iter().enumerate() {
            let (column, expr) = match targets.iter().position(|&target| target == at) {
                Some(given) => {
                    let column = rows.columns[given].column.clone();
                    (column.clone(), Expr::Column(column))
                }
                None if field.mode == Mode::Required && field.default_expression.is_none() => {
                    let message = format!("INSERT missing values for required columns: {}", field.name);
                    return Err(BindError::new(message, span));
                }
                None => {
                    let expr = self.default_of(field, span)?;
                    (self.ids.column(field.name.clone(), field.column_type()), expr)
                }
            };
            outputs.push(OutputColumn { column: column.clone(), name: field.name.clone(), anonymous: false });
            columns.push(Named { column, expr });
        }
        let relation = Relation::Project { input: Box::new(rows.relation), columns };
        Ok(Rows { relation, columns: outputs, value_table: false })
    }

    /// Returns the column's DEFAULT, or NULL where it has none.
    pub(super) fn default_of(&mut self, field: &Field, span: Span) -> Result<Expr> {
        let wanted = field.column_type();
        let Some(text) = &field.default_expression else {
            return Ok(Expr::Literal(Value::Null, wanted));
        };
        let wrong = |error: String| {
            BindError::new(format!("DEFAULT of column {} is not valid: {error}", field.name), span)
        };
        let syntax = parse_expression(text).map_err(|error| wrong(error.to_string()))?;
        let scope = Scope::new(NameList::default(), None);
        let cx = ExprContext::plain(&scope, "DEFAULT expression");
        let expr = self.expr(&syntax, cx).map_err(|error| wrong(error.message))?;
        self.assign(expr, &wanted, span).map_err(|error| wrong(error.message))
    }
}

/// Returns the positions of the columns given: all of them where none are named.
pub(super) fn target_columns(fields: &[Field], columns: &[ast::Ident], table: &str) -> Result<Vec<usize>> {
    if columns.is_empty() {
        return Ok((0..fields.len()).filter(|at| !is_hidden(&fields[*at])).collect());
    }
    let mut targets = Vec::with_capacity(columns.len());
    for name in columns {
        let Some(at) = fields.iter().position(|field| field.name.eq_ignore_ascii_case(&name.value)) else {
            let mut message = format!("Column {} is not present in table {table}", name.value);
            let known = fields.iter().map(|field| field.name.as_str());
            if let Some(found) = suggest::closest(&name.value, known) {
                message.push_str(&format!("; Did you mean {found}?"));
            }
            return Err(BindError::new(message, name.span));
        };
        if targets.contains(&at) {
            let message = format!("INSERT has columns with duplicate name: {}", name.value);
            return Err(BindError::new(message, name.span));
        }
        targets.push(at);
    }
    Ok(targets)
}
