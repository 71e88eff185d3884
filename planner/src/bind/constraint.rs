//! PRIMARY KEY and FOREIGN KEY: declared, checked against the columns, and never enforced.

use canopy_format::Field;

use super::error::{BindError, Result};
use super::from::table_path;
use super::statement::{Constraints, ForeignKey};
use crate::syntax::ast::{
    ColumnAttribute, ColumnDef, Ident, Reference, Span, TableConstraint, TableConstraintKind, TableElement,
};

/// Returns the constraints among a table's elements and on its columns.
pub(super) fn constraints(elements: &[TableElement], fields: &[Field]) -> Result<Constraints> {
    let mut found = Constraints::default();
    for element in elements {
        match element {
            TableElement::Column(column) => of_column(column, fields, &mut found)?,
            TableElement::Constraint(constraint) => add(constraint, fields, &mut found)?,
        }
    }
    Ok(found)
}

fn of_column(column: &ColumnDef, fields: &[Field], found: &mut Constraints) -> Result<()> {
    let Some(name) = &column.name else { return Ok(()) };
    for attribute in &column.schema.attributes {
        match attribute {
            ColumnAttribute::PrimaryKey { enforced, span } => {
                primary_key(vec![name.clone()], *enforced, fields, found, *span)?;
            }
            ColumnAttribute::ForeignKey { name: constraint, reference } => {
                foreign_key(constraint.as_ref(), std::slice::from_ref(name), reference, None, fields, found)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Adds a constraint to those found.
pub(super) fn add(constraint: &TableConstraint, fields: &[Field], found: &mut Constraints) -> Result<()> {
    match &constraint.kind {
        TableConstraintKind::PrimaryKey(columns) => {
            let columns = columns.iter().map(|column| column.name.clone()).collect();
            primary_key(columns, constraint.enforced, fields, found, constraint.span)
        }
        TableConstraintKind::ForeignKey { columns, reference } => {
            let name = constraint.name.as_ref();
            foreign_key(name, columns, reference, constraint.enforced, fields, found)
        }
        TableConstraintKind::Check(_) => Err(BindError::unsupported("CHECK constraint", constraint.span)),
    }
}

fn primary_key(
    columns: Vec<Ident>,
    enforced: Option<bool>,
    fields: &[Field],
    found: &mut Constraints,
    span: Span,
) -> Result<()> {
    refuse_enforced(enforced, span)?;
    if !found.primary_key.is_empty() {
        return Err(BindError::new("A table has at most one PRIMARY KEY", span));
    }
    found.primary_key = column_names(&columns, fields)?;
    Ok(())
}

fn foreign_key(
    name: Option<&Ident>,
    columns: &[Ident],
    reference: &Reference,
    enforced: Option<bool>,
    fields: &[Field],
    found: &mut Constraints,
) -> Result<()> {
    refuse_enforced(enforced.or(reference.enforced), reference.span)?;
    if columns.len() != reference.columns.len() {
        let (ours, theirs) = (columns.len(), reference.columns.len());
        let message = format!("A FOREIGN KEY of {ours} column(s) cannot reference {theirs} column(s)");
        return Err(BindError::new(message, reference.span));
    }
    found.foreign_keys.push(ForeignKey {
        name: name.map(|name| name.value.clone()),
        columns: column_names(columns, fields)?,
        table: table_path(&reference.table),
        referenced: reference.columns.iter().map(|column| column.value.clone()).collect(),
    });
    Ok(())
}

fn refuse_enforced(enforced: Option<bool>, span: Span) -> Result<()> {
    match enforced {
        Some(false) => Ok(()),
        _ => Err(BindError::new("Enforced constraints are not supported; add NOT ENFORCED", span)),
    }
}

fn column_names(columns: &[Ident], fields: &[Field]) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::with_capacity(columns.len());
    for column in columns {
        let Some(field) = fields.iter().find(|field| field.name.eq_ignore_ascii_case(&column.value)) else {
            let message = format!("Column {} of a constraint is not a column of the table", column.value);
            return Err(BindError::new(message, column.span));
        };
        if names.contains(&field.name) {
            return Err(BindError::new(
                format!("Duplicate column {} in a constraint", field.name),
                column.span,
            ));
        }
        names.push(field.name.clone());
    }
    Ok(names)
}
