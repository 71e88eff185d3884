//! ALTER TABLE, ALTER SCHEMA, ALTER VIEW: the columns, options and names afterwards.

use canopy_format::{DataType, Field, Mode, Schema, TypeParameters, Value};

use super::binder::{Binder, Rows};
use super::constraint;
use super::error::{BindError, BindErrorKind, Result};
use super::expression::ExprContext;
use super::from::table_path;
use super::scope::{NameList, Scope};
use super::statement::{Alter, AlterTable, ConstraintChange, Constraints};
use crate::algebra::{Expr, Named, OutputColumn, Query, Relation, Scan, ScanColumn};
use crate::catalog::TableSource;
use crate::syntax::ast::{self, AlterAction, AlterActionKind, ColumnChange, Ident, ObjectKind, Span};

impl Binder<'_> {
    /// Binds ALTER of a schema or a view, which have options only.
    pub(super) fn alter_options(&mut self, alter: &ast::Alter) -> Result<Alter> {
        let name = alter.name.as_ref().map(table_path).unwrap_or_default();
        let mut options = Vec::new();
        for action in &alter.actions {
            match &action.kind {
                AlterActionKind::SetOptions(set) => options.extend(self.options(Some(set))?),
                _ => return Err(unsupported(alter.object, action)),
            }
        }
        Ok(Alter { name, if_exists: alter.if_exists, options })
    }

    /// Binds ALTER TABLE; None when IF EXISTS finds no table.
    pub(super) fn alter_table(mut self, alter: &ast::Alter) -> Result<Option<AlterTable>> {
        let Some(path) = &alter.name else { return Err(BindError::unsupported("ALTER", alter.span)) };
        let name = table_path(path);
        let table = match self.catalog_table(&name, None, path.span) {
            Ok(table) => table,
            Err(error) if alter.if_exists && error.kind == BindErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut altered = AlterTable {
            name,
            schema: table.schema.clone(),
            dropped: Vec::new(),
            renamed: Vec::new(),
            options: Vec::new(),
            constraints: Vec::new(),
            rename_to: None,
            rewrite: None,
        };
        for action in &alter.actions {
            self.alter_action(&mut altered, action)?;
        }
        if retyped(&table.schema, &altered.schema) {
            altered.rewrite = Some(self.rewrite(&table, &altered.schema, alter.span)?);
        }
        Ok(Some(altered))
    }

    fn alter_action(&mut self, altered: &mut AlterTable, action: &AlterAction) -> Result<()> {
        match &action.kind {
            AlterActionKind::SetOptions(options) => altered.options.extend(self.options(Some(options))?),
            AlterActionKind::AddColumn { if_not_exists, column, position, fill } => {
                if position.is_some() || fill.is_some() {
                    let what = "PRECEDING, FOLLOWING or FILL USING of ADD COLUMN";
                    return Err(BindError::unsupported(what, action.span));
                }
                return self.added_column(&mut altered.schema, column, *if_not_exists);
            }
            AlterActionKind::DropColumn { if_exists, name } => {
                let Some(at) = column_at(&altered.schema, name, *if_exists)? else { return Ok(()) };
                if altered.schema.fields.len() == 1 {
                    return Err(BindError::new("A table must have at least one column", action.span));
                }
                altered.dropped.push(altered.schema.fields.remove(at).name);
            }
            AlterActionKind::RenameColumn { if_exists, from, to } => {
                let Some(at) = column_at(&altered.schema, from, *if_exists)? else { return Ok(()) };
                let taken = altered.schema.fields.iter().enumerate();
                let mut taken = taken.filter(|(other, _)| *other != at);
                if taken.any(|(_, field)| field.name.eq_ignore_ascii_case(&to.value)) {
                    return Err(BindError::new(format!("Column already exists: {}", to.value), to.span));
                }
                let old = std::mem::replace(&mut altered.schema.fields[at].name, to.value.clone());
                altered.renamed.push((old, to.value.clone()));
            }
            AlterActionKind::RenameTo(path) => match table_path(path).as_slice() {
                [name] => altered.rename_to = Some(name.clone()),
                _ => return Err(BindError::new("RENAME TO takes a name without a dataset", path.span)),
            },
            AlterActionKind::AlterColumn { if_exists, name, change } => {
                let Some(name) = name.as_ident() else {
                    return Err(BindError::unsupported("ALTER COLUMN of a nested field", action.span));
                };
                let Some(at) = column_at(&altered.schema, name, *if_exists)? else { return Ok(()) };
                return self.alter_column(&mut altered.schema, at, change, action.span);
            }
            AlterActionKind::AddConstraint { if_not_exists, constraint } => {
                let mut added = Constraints::default();
                constraint::add(constraint, &altered.schema.fields, &mut added)?;
                let if_not_exists = *if_not_exists;
                altered.constraints.push(ConstraintChange::Add { constraints: added, if_not_exists });
            }
            AlterActionKind::DropConstraint { if_exists, name } => {
                let (name, if_exists) = (name.value.clone(), *if_exists);
                altered.constraints.push(ConstraintChange::Drop { name, if_exists });
            }
            AlterActionKind::DropPrimaryKey { if_exists } => {
                altered.constraints.push(ConstraintChange::DropPrimaryKey { if_exists: *if_exists });
            }
            _ => return Err(unsupported(ObjectKind::Table, action)),
        }
        Ok(())
    }

    fn added_column(
        &mut self,
        schema: &mut Schema,
        column: &ast::ColumnDef,
        if_not_exists: bool,
    ) -> Result<()> {
        let mut next = schema.next_field_id;
        let mut added = self.fields(std::iter::once(column), &mut next, 0)?;
        let Some(field) = added.pop() else { return Ok(()) };
        if schema.fields.iter().any(|known| known.name.eq_ignore_ascii_case(&field.name)) {
            return match if_not_exists {
                true => Ok(()),
                false => Err(BindError::new(format!("Column already exists: {}", field.name), column.span)),
            };
        }
        if field.mode == Mode::Required {
            let message = "Cannot add required fields to an existing schema";
            return Err(BindError::new(message, column.span));
        }
        if field.default_expression.is_some() {
            let message = "ADD COLUMN does not take a DEFAULT; use ALTER COLUMN SET DEFAULT afterwards";
            return Err(BindError::new(message, column.span));
        }
        schema.fields.push(field);
        schema.next_field_id = next;
        Ok(())
    }

    fn alter_column(
        &mut self,
        schema: &mut Schema,
        at: usize,
        change: &ColumnChange,
        span: Span,
    ) -> Result<()> {
        let field = &mut schema.fields[at];
        match change {
            ColumnChange::DropNotNull if field.mode == Mode::Required => field.mode = Mode::Nullable,
            ColumnChange::DropNotNull => {
                let message = format!("Column {} has no NOT NULL constraint", field.name);
                return Err(BindError::new(message, span));
            }
            ColumnChange::SetDefault(value) => {
                let scope = Scope::new(NameList::default(), None);
                let expr = self.expr(value, ExprContext::plain(&scope, "DEFAULT expression"))?;
                self.assign(expr, &field.column_type(), value.span)?;
                field.default_expression = Some(value.span.text(&self.context.text).to_owned());
            }
            ColumnChange::DropDefault => field.default_expression = None,
            ColumnChange::SetOptions(options) => {
                for option in self.options(Some(options))? {
                    match (option.name.as_str(), option.value.value) {
                        ("description", Value::String(text)) => field.description = Some(text.to_string()),
                        ("description", Value::Null) => field.description = None,
                        (name, _) => {
                            return Err(BindError::unsupported(
                                format!("Column option {name}"),
                                options.span,
                            ));
                        }
                    }
                }
            }
            ColumnChange::SetDataType(wanted) => {
                let mut next = schema.next_field_id;
                let wanted = self.field_of_column(&field.name.clone(), wanted, &mut next, 0)?;
                let from = describe(field);
                if !widen(field, &wanted, &mut schema.next_field_id) {
                    let (name, to) = (&field.name, describe(&wanted));
                    let message = format!(
                        "ALTER TABLE ALTER COLUMN SET DATA TYPE requires that the existing column type ({from}) \
                                 is assignable to the new type ({to}): column {name}"
                    );
                    return Err(BindError::new(message, span));
                }
            }
            ColumnChange::SetGenerated(_) | ColumnChange::DropGenerated => {
                return Err(BindError::unsupported("Generated column", span));
            }
        }
        Ok(())
    }

    /// Returns the table's rows as the schema's types.
    fn rewrite(mut self, table: &std::sync::Arc<TableSource>, schema: &Schema, span: Span) -> Result<Query> {
        let mut scanned = Vec::with_capacity(table.schema.fields.len());
        let mut columns = Vec::with_capacity(schema.fields.len());
        let mut outputs = Vec::with_capacity(schema.fields.len());
        for field in &schema.fields {
            let wanted = field.column_type();
            let value = match table.schema.field(field.id) {
                Some(old) => {
                    let column = self.ids.column(old.name.clone(), old.column_type());
                    scanned.push(ScanColumn { column: column.clone(), field: old.id, nested: None });
                    match column.data_type == wanted {
                        true => Expr::Column(column),
                        false => self.coerce(Expr::Column(column), &wanted, span)?,
                    }
                }
                None => Expr::Literal(Value::Null, wanted.clone()),
            };
            let column = self.ids.column(field.name.clone(), wanted);
            outputs.push(OutputColumn { column: column.clone(), name: field.name.clone(), anonymous: false });
            columns.push(Named { column, expr: value });
        }
        // It reads everything, whatever the table asks of queries.
        let table = TableSource { layout: Default::default(), ..TableSource::clone(table) };
        let scan = Relation::Scan(Scan {
            table: std::sync::Arc::new(table),
            columns: scanned,
            predicates: Vec::new(),
            sample: None,
        });
        let relation = Relation::Project { input: Box::new(scan), columns };
        Ok(self.finish(Rows { relation, columns: outputs, value_table: false }))
    }
}

fn unsupported(object: ObjectKind, action: &AlterAction) -> BindError {
    BindError::unsupported(format!("This action of ALTER {}", object.keywords()), action.span)
}

fn column_at(schema: &Schema, name: &Ident, if_exists: bool) -> Result<Option<usize>> {
    match schema.fields.iter().position(|field| field.name.eq_ignore_ascii_case(&name.value)) {
        None if !if_exists => Err(BindError::new(format!("Column not found: {}", name.value), name.span)),
        found => Ok(found),
    }
}

/// The type with its parameters, for messages.
fn describe(field: &Field) -> String {
    let parameters = match field.parameters {
        Some(TypeParameters::MaxLength(length)) => format!("({length})"),
        Some(TypeParameters::Decimal { precision, scale }) => format!("({precision}, {scale})"),
        None => String::new(),
    };
    format!("{}{parameters}", field.column_type())
}

/// Gives the field the wanted type if its values all have one there; else leaves it and returns false. STRUCTs may
/// get further fields at their end, with new ids.
fn widen(field: &mut Field, wanted: &Field, next: &mut u32) -> bool {
    let same_mode = (field.mode == Mode::Repeated) == (wanted.mode == Mode::Repeated);
    if !same_mode || !wider_type(&field.data_type, &wanted.data_type) || narrows(field, wanted) {
        return false;
    }
    if let DataType::Struct(_) = field.data_type {
        if wanted.children.len() < field.children.len() {
            return false;
        }
        let mut changed = field.clone();
        for (index, part) in wanted.children.iter().enumerate() {
            match changed.children.get_mut(index) {
                Some(own) => {
                    let same = own.name.eq_ignore_ascii_case(&part.name) && keeps_type(own, part);
                    if !same || !widen(own, part, next) {
                        return false;
                    }
                }
                None if part.mode == Mode::Required => return false,
                None => changed.children.push(renumbered(part, next)),
            }
        }
        let Field { id, name, mode, children, .. } = changed;
        let rebuilt = Field::structure(id.0, name, mode, children);
        field.data_type = rebuilt.data_type;
        field.children = rebuilt.children;
        return true;
    }
    field.data_type = wanted.data_type.clone();
    field.parameters = wanted.parameters;
    true
}

/// Inside a STRUCT types stay, and parts are added.
fn keeps_type(own: &Field, wanted: &Field) -> bool {
    match (&own.data_type, &wanted.data_type) {
        (DataType::Struct(_), DataType::Struct(_)) => true,
        (own, wanted) => own == wanted,
    }
}

/// A copy with ids of its own.
fn renumbered(field: &Field, next: &mut u32) -> Field {
    let mut copy = field.clone();
    copy.id = canopy_format::FieldId(*next);
    *next += 1;
    copy.children = field.children.iter().map(|child| renumbered(child, next)).collect();
    copy
}

fn wider_type(from: &DataType, to: &DataType) -> bool {
    use DataType::{BigNumeric, Float64, Int64, Numeric, Struct};
    match (from, to) {
        (Struct(_), Struct(_)) => true,
        (Int64, Numeric | BigNumeric | Float64) | (Numeric, BigNumeric | Float64) => true,
        (BigNumeric, Float64) => true,
        (from, to) => from == to,
    }
}

fn narrows(from: &Field, to: &Field) -> bool {
    use TypeParameters::{Decimal, MaxLength};
    if from.data_type != to.data_type {
        // INT64 has 19 digits before the point.
        return match (&from.data_type, to.parameters) {
            (DataType::Int64, Some(Decimal { precision, scale })) => precision.saturating_sub(scale) < 19,
            (_, Some(Decimal { .. })) => true,
            _ => false,
        };
    }
    match (from.parameters, to.parameters) {
        (_, None) => false,
        (Some(MaxLength(from)), Some(MaxLength(to))) => to < from,
        (Some(Decimal { precision: p, scale: s }), Some(Decimal { precision, scale })) => {
            scale < s || precision.saturating_sub(scale) < p.saturating_sub(s)
        }
        _ => true,
    }
}

/// Whether a top-level column's values are stored otherwise from now on.
fn retyped(old: &Schema, new: &Schema) -> bool {
    let is_struct = |field: &Field| matches!(field.data_type, DataType::Struct(_));
    new.fields.iter().any(|field| {
        old.field(field.id).is_some_and(|old| old.data_type != field.data_type && !is_struct(field))
    })
}
