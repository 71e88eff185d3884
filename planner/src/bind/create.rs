//! CREATE and DROP of schemas and tables.

use canopy_format::{DataType, Field, FormatError, Mode, Schema};

use super::binder::{Binder, Rows};
use super::error::{BindError, Result};
use super::from::table_path;
use super::statement::{CreateSchema, CreateTable, DropDefinition, DropSchema, DropTable};
use crate::algebra::{Expr, Named, OutputColumn, Relation};
use crate::catalog::RoutineKind;
use crate::syntax::ast::{self, ObjectKind, Span, TableKind, TableSourceKind};

impl Binder<'_> {
    /// Binds CREATE SCHEMA.
    pub(super) fn create_schema(&mut self, create: &ast::CreateSchema) -> Result<CreateSchema> {
        if create.external {
            return Err(BindError::unsupported("EXTERNAL SCHEMA", create.span));
        }
        if let Some(collate) = &create.default_collate {
            return Err(BindError::unsupported("DEFAULT COLLATE", collate.span));
        }
        Ok(CreateSchema {
            name: table_path(&create.name),
            or_replace: create.modifiers.or_replace,
            if_not_exists: create.modifiers.if_not_exists,
            options: self.options(create.options.as_ref())?,
        })
    }

    /// Binds CREATE TABLE.
    pub(super) fn create_table(mut self, create: &ast::CreateTable) -> Result<CreateTable> {
        refuse_table_clauses(create)?;
        let options = self.options(create.options.as_ref())?;
        let declared = create.elements.as_ref().map(|elements| self.table_schema(elements)).transpose()?;
        let rows = match &create.query {
            Some(query) => Some((self.query(query, None)?, query.span)),
            None => None,
        };
        let (schema, rows) = match (declared, rows, &create.source) {
            (Some(schema), None, None) => (schema, None),
            (Some(schema), Some((rows, span)), None) => {
                let rows = self.rows_for(rows, &schema.fields, span)?;
                (schema, Some(rows))
            }
            (None, Some((rows, span)), None) => {
                let rows = self.expand_value_table(rows, span)?;
                (schema_of(&rows, span)?, Some(rows))
            }
            (None, None, Some(source)) => (self.like(source)?, None),
            (None, None, None) => {
                return Err(BindError::new("CREATE TABLE needs a column list or a query", create.span));
            }
            (_, _, Some(source)) => {
                return Err(BindError::unsupported("LIKE with a column list or a query", source.span));
            }
        };
        if schema.fields.is_empty() {
            return Err(BindError::new("A table must have at least one column", create.span));
        }
        let partition_by = self.clause_texts(&create.partition_by, &schema, "PARTITION BY")?;
        let cluster_by = self.clause_texts(&create.cluster_by, &schema, "CLUSTER BY")?;
        Ok(CreateTable {
            name: table_path(&create.name),
            temporary: create.modifiers.temporary,
            schema,
            or_replace: create.modifiers.or_replace,
            if_not_exists: create.modifiers.if_not_exists,
            partition_by,
            cluster_by,
            options,
            query: rows.map(|rows| self.finish(rows)),
        })
    }

    fn like(&mut self, source: &ast::TableSource) -> Result<Schema> {
        match source.kind {
            TableSourceKind::Like => {}
            TableSourceKind::Clone => return Err(BindError::unsupported("CLONE", source.span)),
            TableSourceKind::Copy => return Err(BindError::unsupported("COPY", source.span)),
        }
        if source.as_of.is_some() || source.filter.is_some() {
            return Err(BindError::unsupported("FOR SYSTEM_TIME AS OF or WHERE after LIKE", source.span));
        }
        Ok(self.catalog_table(&table_path(&source.table), None, source.table.span)?.schema.clone())
    }

    /// Returns the rows with a value table's STRUCT taken apart into columns.
    pub(super) fn expand_value_table(&mut self, rows: Rows, span: Span) -> Result<Rows> {
        if !rows.value_table {
            return Ok(rows);
        }
        let [output] = rows.columns.as_slice() else { return Ok(rows) };
        let value = Expr::Column(output.column.clone());
        let DataType::Struct(fields) = value.data_type().clone() else {
            return Err(BindError::new("A value table of a type other than STRUCT cannot be stored", span));
        };
        let mut columns = Vec::with_capacity(fields.len());
        let mut outputs = Vec::with_capacity(fields.len());
        for (index, field) in fields.iter().enumerate() {
            let column = self.ids.column(field.name.clone(), field.data_type.clone());
            let input = Box::new(value.clone());
            let expr = Expr::Field { input, index, data_type: field.data_type.clone() };
            columns.push(Named { column: column.clone(), expr });
            outputs.push(OutputColumn { column, name: field.name.clone(), anonymous: field.name.is_empty() });
        }
        let relation = Relation::Project { input: Box::new(rows.relation), columns };
        Ok(Rows { relation, columns: outputs, value_table: false })
    }
}

/// Binds DROP.
pub(super) fn drop_object(drop: &ast::Drop) -> Result<super::BoundStatement> {
    let Some(name) = &drop.name else {
        return Err(BindError::unsupported(format!("DROP {}", drop.object.keywords()), drop.span));
    };
    let cascade = drop.mode == Some(ast::DropMode::Cascade);
    let definition = |routine| {
        let name = table_path(name);
        super::BoundStatement::DropDefinition(DropDefinition { name, routine, if_exists: drop.if_exists })
    };
    match drop.object {
        ObjectKind::Schema => Ok(super::BoundStatement::DropSchema(DropSchema {
            name: table_path(name),
            if_exists: drop.if_exists,
            cascade,
        })),
        ObjectKind::Table => Ok(super::BoundStatement::DropTable(DropTable {
            name: table_path(name),
            if_exists: drop.if_exists,
        })),
        ObjectKind::View => Ok(definition(None)),
        ObjectKind::Function | ObjectKind::AggregateFunction => Ok(definition(Some(RoutineKind::Function))),
        ObjectKind::TableFunction => Ok(definition(Some(RoutineKind::TableFunction))),
        ObjectKind::Procedure => Ok(definition(Some(RoutineKind::Procedure))),
        other => Err(BindError::unsupported(format!("DROP {}", other.keywords()), drop.span)),
    }
}

fn refuse_table_clauses(create: &ast::CreateTable) -> Result<()> {
    match create.kind {
        TableKind::Plain => {}
        TableKind::External => return Err(BindError::unsupported("EXTERNAL TABLE", create.span)),
        TableKind::Snapshot => return Err(BindError::unsupported("SNAPSHOT TABLE", create.span)),
    }
    if let Some(collate) = &create.default_collate {
        return Err(BindError::unsupported("DEFAULT COLLATE", collate.span));
    }
    if let Some(connection) = &create.connection {
        return Err(BindError::unsupported("WITH CONNECTION", connection.span));
    }
    match create.partition_columns {
        Some(_) => Err(BindError::unsupported("WITH PARTITION COLUMNS", create.span)),
        None => Ok(()),
    }
}

/// Returns the schema of a query's result.
fn schema_of(rows: &Rows, span: Span) -> Result<Schema> {
    let mut fields: Vec<Field> = Vec::with_capacity(rows.columns.len());
    let mut next = 1;
    for (index, output) in rows.columns.iter().enumerate() {
        if output.name.is_empty() || output.anonymous {
            let number = index + 1;
            return Err(BindError::new(
                format!("CREATE TABLE columns must be named, but column {number} has no name"),
                span,
            ));
        }
        if fields.iter().any(|known| known.name.eq_ignore_ascii_case(&output.name)) {
            let message = format!("CREATE TABLE has columns with duplicate name {}", output.name);
            return Err(BindError::new(message, span));
        }
        let field = Field::from_type(&output.name, &output.column.data_type, Mode::Nullable, &mut next);
        fields.push(field.map_err(|error| schema_error(&error, span))?);
    }
    Ok(Schema { fields, next_field_id: next })
}

fn schema_error(error: &FormatError, span: Span) -> BindError {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    BindError::new(format!("{first}{}", letters.as_str()), span)
}
