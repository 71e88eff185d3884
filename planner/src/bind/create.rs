//! CREATE and DROP of schemas and tables.

use canopy_format::{DataType, Field, FormatError, Mode, Schema};

use super::binder::{Binder, Rows};
use super::constraint::constraints;
use super::error::{BindError, Result};
use super::from::table_path;
use super::ingestion::{add_partition_time, is_hidden};
use super::statement::{
    Constraints, CreateSchema, CreateTable, DropDefinition, DropSchema, DropTable, TableCopy,
};
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
        let (mut schema, rows) = match (declared, rows, &create.source) {
            (Some(schema), None, None) => (schema, None),
            (Some(schema), Some((rows, span)), None) => {
                let rows = self.rows_for(rows, &schema.fields, span)?;
                (schema, Some(rows))
            }
            (None, Some((rows, span)), None) => {
                let rows = self.expand_value_table(rows, span)?;
                (schema_of(&rows, span)?, Some(rows))
            }
            (None, None, Some(source)) => (self.source_schema(source)?, None),
            (None, Some((rows, span)), Some(source)) if source.kind == TableSourceKind::Like => {
                let schema = self.source_schema(source)?;
                if schema.fields.iter().any(is_hidden) {
                    return Err(BindError::unsupported("Ingestion-time partitioning with AS", source.span));
                }
                let rows = self.rows_for(rows, &schema.fields, span)?;
                (schema, Some(rows))
            }
            (None, None, None) => {
                return Err(BindError::new("CREATE TABLE needs a column list or a query", create.span));
            }
            (_, _, Some(source)) => {
                return Err(BindError::unsupported(
                    "LIKE, COPY or CLONE with a column list, or COPY or CLONE with a query",
                    source.span,
                ));
            }
        };
        if schema.fields.is_empty() {
            return Err(BindError::new("A table must have at least one column", create.span));
        }
        let declared_columns = schema.fields.len();
        add_partition_time(&mut schema, &create.partition_by);
        if schema.fields.len() > declared_columns && rows.is_some() {
            return Err(BindError::unsupported("Ingestion-time partitioning with AS", create.span));
        }
        let partition_by = self.partition_texts(&create.partition_by, Some(&schema))?;
        let cluster_by = self.cluster_columns(&create.cluster_by, Some(&schema))?;
        let constraints = match &create.elements {
            Some(elements) => constraints(elements, &schema.fields)?,
            None => Constraints::default(),
        };
        let source = match &create.source {
            Some(source) => Some(self.table_copy(source, create)?),
            None => None,
        };
        Ok(CreateTable {
            name: table_path(&create.name),
            temporary: create.modifiers.temporary,
            schema,
            or_replace: create.modifiers.or_replace,
            if_not_exists: create.modifiers.if_not_exists,
            partition_by,
            cluster_by,
            options,
            constraints,
            source,
            query: rows.map(|rows| self.finish(rows)),
        })
    }

    fn source_schema(&mut self, source: &ast::TableSource) -> Result<Schema> {
        let as_of = self.source_time(source)?;
        Ok(self.catalog_table(&table_path(&source.table), as_of, source.table.span)?.schema.clone())
    }

    fn source_time(&mut self, source: &ast::TableSource) -> Result<Option<i64>> {
        source.as_of.as_ref().map(|as_of| self.as_of(as_of)).transpose()
    }

    fn table_copy(&mut self, source: &ast::TableSource, create: &ast::CreateTable) -> Result<TableCopy> {
        if let Some(filter) = &source.filter {
            return Err(BindError::unsupported("WHERE of COPY or CLONE", filter.span));
        }
        if source.kind == TableSourceKind::Like && source.as_of.is_some() {
            return Err(BindError::unsupported("FOR SYSTEM_TIME AS OF after LIKE", source.span));
        }
        if source.kind != TableSourceKind::Like
            && !(create.partition_by.is_empty() && create.cluster_by.is_empty())
        {
            return Err(BindError::unsupported("PARTITION BY or CLUSTER BY with COPY or CLONE", source.span));
        }
        Ok(TableCopy {
            name: table_path(&source.table),
            as_of_us: self.source_time(source)?,
            with_rows: source.kind != TableSourceKind::Like,
            is_snapshot: create.kind == TableKind::Snapshot,
        })
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
        ObjectKind::Table | ObjectKind::SnapshotTable => Ok(super::BoundStatement::DropTable(DropTable {
            name: table_path(name),
            if_exists: drop.if_exists,
            is_snapshot: drop.object == ObjectKind::SnapshotTable,
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
        TableKind::Snapshot => match &create.source {
            Some(source) if source.kind == TableSourceKind::Clone => {}
            _ => return Err(BindError::new("CREATE SNAPSHOT TABLE must have a CLONE clause", create.span)),
        },
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
