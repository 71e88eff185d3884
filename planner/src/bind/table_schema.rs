//! Column lists of CREATE TABLE and LOAD DATA as schemas.

use canopy_format::{DataType, Field, Mode, Schema, TypeParameters, Value};

use super::binder::Binder;
use super::error::{BindError, Result};
use super::expression::{ExprContext, named_type, range_type};
use super::ingestion::check_name;
use super::scope::{NameList, Scope};
use crate::partition::Partitioning;
use crate::syntax::ast::{
    self, ColumnAttribute, ColumnDef, ColumnSchema, ColumnSchemaKind, Span, TableElement, TypeParameter,
};

/// Columns of CLUSTER BY.
const CLUSTER_COLUMNS_MAX: usize = 4;

impl Binder<'_> {
    /// Returns the schema that the elements define, ids from 1 in pre-order.
    pub(super) fn table_schema(&mut self, elements: &[TableElement]) -> Result<Schema> {
        let mut columns = Vec::with_capacity(elements.len());
        for element in elements {
            match element {
                TableElement::Column(column) => columns.push(column),
                TableElement::Constraint(_) => {}
            }
        }
        let mut next = 1;
        let fields = self.fields(columns.into_iter(), &mut next, 0)?;
        Ok(Schema { fields, next_field_id: next })
    }

    pub(super) fn fields<'c>(
        &mut self,
        columns: impl Iterator<Item = &'c ColumnDef>,
        next: &mut u32,
        depth: u32,
    ) -> Result<Vec<Field>> {
        let mut fields: Vec<Field> = Vec::new();
        for column in columns {
            let Some(name) = &column.name else {
                return Err(BindError::new("A stored STRUCT needs a name for each field", column.span));
            };
            if depth == 0 {
                check_name(&name.value, name.span)?;
            }
            if fields.iter().any(|known| known.name.eq_ignore_ascii_case(&name.value)) {
                return Err(BindError::new(format!("Duplicate column name {}", name.value), name.span));
            }
            fields.push(self.nested(column.span, |binder| {
                binder.field_of_column(&name.value, &column.schema, next, depth)
            })?);
        }
        Ok(fields)
    }

    pub(super) fn field_of_column(
        &mut self,
        name: &str,
        schema: &ColumnSchema,
        next: &mut u32,
        depth: u32,
    ) -> Result<Field> {
        let (value, mode) = match &schema.kind {
            ColumnSchemaKind::Array(element) => match element.kind {
                ColumnSchemaKind::Array(_) => {
                    return Err(BindError::new("Arrays of arrays are not supported", element.span));
                }
                _ => (&**element, Mode::Repeated),
            },
            _ => (schema, Mode::Nullable),
        };
        let id = *next;
        *next += 1;
        let mut field = match &value.kind {
            ColumnSchemaKind::Named(path) => {
                let mut field = Field::scalar(id, name, named_type(path)?, mode);
                field.parameters = type_parameters(&field.data_type, &value.parameters, value.span)?;
                field
            }
            ColumnSchemaKind::Struct(columns) => {
                Field::structure(id, name, mode, self.fields(columns.iter(), next, depth + 1)?)
            }
            ColumnSchemaKind::Range(element) => match &element.kind {
                ColumnSchemaKind::Named(path) => {
                    Field::scalar(id, name, range_type(named_type(path)?, value.span)?, mode)
                }
                _ => return Err(BindError::new("Unsupported type of RANGE", element.span)),
            },
            ColumnSchemaKind::Array(_) | ColumnSchemaKind::Inferred => {
                return Err(BindError::new(format!("Column {name} needs a type"), value.span));
            }
        };
        if mode == Mode::Repeated {
            self.attributes(&mut field, &value.attributes, true, depth)?;
        }
        self.attributes(&mut field, &schema.attributes, false, depth)?;
        Ok(field)
    }

    fn attributes(
        &mut self,
        field: &mut Field,
        attributes: &[ColumnAttribute],
        of_element: bool,
        depth: u32,
    ) -> Result<()> {
        for attribute in attributes {
            match attribute {
                ColumnAttribute::NotNull(_) if of_element => {}
                ColumnAttribute::NotNull(span) if field.mode == Mode::Repeated => {
                    let message =
                        format!("NOT NULL constraint is not allowed on ARRAY column {}", field.name);
                    return Err(BindError::new(message, *span));
                }
                ColumnAttribute::NotNull(_) => field.mode = Mode::Required,
                ColumnAttribute::Default(value) if depth > 0 || of_element => {
                    return Err(BindError::new("DEFAULT is only for top-level columns", value.span));
                }
                ColumnAttribute::Default(value) => {
                    let scope = Scope::new(NameList::default(), None);
                    let expr = self.expr(value, ExprContext::plain(&scope, "DEFAULT expression"))?;
                    self.assign(expr, &field.column_type(), value.span)?;
                    field.default_expression = Some(value.span.text(&self.context.text).to_owned());
                }
                ColumnAttribute::Options(options) => {
                    for option in self.options(Some(options))? {
                        match (option.name.as_str(), option.value.value) {
                            ("description", Value::String(text)) => {
                                field.description = Some(text.to_string())
                            }
                            (name, _) => {
                                let what = format!("Column option {name}");
                                return Err(BindError::unsupported(what, options.span));
                            }
                        }
                    }
                }
                ColumnAttribute::Hidden(span) => return Err(BindError::unsupported("HIDDEN", *span)),
                ColumnAttribute::Collate(value) => {
                    return Err(BindError::unsupported("COLLATE", value.span));
                }
                ColumnAttribute::Generated(generated) => {
                    return Err(BindError::unsupported("Generated column", generated.span));
                }
                ColumnAttribute::PrimaryKey { span, .. } if depth > 0 => {
                    return Err(BindError::new("PRIMARY KEY is only for top-level columns", *span));
                }
                ColumnAttribute::ForeignKey { reference, .. } if depth > 0 => {
                    return Err(BindError::new("REFERENCES is only for top-level columns", reference.span));
                }
                // The table's, see `constraints`.
                ColumnAttribute::PrimaryKey { .. } | ColumnAttribute::ForeignKey { .. } => {}
            }
        }
        Ok(())
    }

    /// Returns the texts of PARTITION BY, at most one.
    ///
    /// # Errors
    /// With a schema: when its columns cannot be partitioned so.
    pub(super) fn partition_texts(
        &self,
        exprs: &[ast::Expr],
        schema: Option<&Schema>,
    ) -> Result<Vec<String>> {
        if let [_, second, ..] = exprs {
            return Err(BindError::new("Only a single PARTITION BY expression is supported", second.span));
        }
        if let (Some(schema), [expr]) = (schema, exprs) {
            Partitioning::new(expr, schema)?;
        }
        Ok(exprs.iter().map(|expr| expr.span.text(&self.context.text).to_owned()).collect())
    }

    /// Returns the columns of CLUSTER BY, at most four.
    ///
    /// # Errors
    /// With a schema: when it has no such column, or one of a type without an order.
    pub(super) fn cluster_columns(
        &self,
        exprs: &[ast::Expr],
        schema: Option<&Schema>,
    ) -> Result<Vec<String>> {
        if let Some(expr) = exprs.get(CLUSTER_COLUMNS_MAX) {
            let message = format!("The maximum number of CLUSTER BY expressions is {CLUSTER_COLUMNS_MAX}");
            return Err(BindError::new(message, expr.span));
        }
        let mut names: Vec<String> = Vec::with_capacity(exprs.len());
        for expr in exprs {
            let path = match &expr.kind {
                ast::ExprKind::Path(path) => path.as_ident(),
                _ => None,
            };
            let Some(name) = path else {
                return Err(BindError::new("CLUSTER BY expressions must be top-level columns", expr.span));
            };
            let field = schema.map(|schema| {
                schema.fields.iter().find(|field| field.name.eq_ignore_ascii_case(&name.value))
            });
            let name = match field {
                None => name.value.clone(),
                Some(None) => {
                    let message = format!("Unrecognized name: {}", name.value);
                    return Err(BindError::new(message, expr.span));
                }
                Some(Some(field)) => {
                    let data_type = field.column_type();
                    use DataType::{Interval, Json};
                    if !data_type.is_scalar() || matches!(data_type, Json | Interval) {
                        let message = format!("CLUSTER BY expression {} has type {data_type}", field.name);
                        return Err(BindError::new(
                            format!("{message}, by which tables cannot be clustered"),
                            expr.span,
                        ));
                    }
                    field.name.clone()
                }
            };
            if names.contains(&name) {
                return Err(BindError::new(format!("Duplicate CLUSTER BY column {name}"), expr.span));
            }
            names.push(name);
        }
        Ok(names)
    }
}

/// Returns the parameters of a type: STRING(L), BYTES(L), NUMERIC(P[, S]), BIGNUMERIC(P[, S]).
pub(super) fn type_parameters(
    data_type: &DataType,
    parameters: &[TypeParameter],
    span: Span,
) -> Result<Option<TypeParameters>> {
    if parameters.is_empty() {
        return Ok(None);
    }
    let mut numbers = Vec::with_capacity(parameters.len());
    for parameter in parameters {
        numbers.push(match parameter {
            TypeParameter::Literal(ast::Expr {
                kind: ast::ExprKind::Literal(ast::Literal::Int(value)),
                ..
            }) => *value,
            TypeParameter::Literal(other) => {
                return Err(BindError::new("A type parameter must be an integer literal", other.span));
            }
            TypeParameter::Max(span) => return Err(BindError::unsupported("Type parameter MAX", *span)),
        });
    }
    let (scale_max, whole_max) = match data_type {
        DataType::Numeric => (9, 29),
        DataType::BigNumeric => (38, 38),
        _ => (0, 0),
    };
    match (data_type, numbers.as_slice()) {
        (DataType::String | DataType::Bytes, [length]) if *length > 0 => {
            Ok(Some(TypeParameters::MaxLength(*length)))
        }
        (DataType::Numeric | DataType::BigNumeric, [precision, rest @ ..]) if rest.len() <= 1 => {
            let scale = rest.first().copied().unwrap_or(0);
            if scale > scale_max || *precision < scale.max(1) || *precision > scale + whole_max {
                let message = format!(
                    "In {data_type}(P, S), S must be between 0 and {scale_max} and P between max(1, S) and S + \
                     {whole_max}"
                );
                return Err(BindError::new(message, span));
            }
            // Both are small by the check above.
            Ok(Some(TypeParameters::Decimal { precision: *precision as u32, scale: scale as u32 }))
        }
        _ => {
            let count = numbers.len();
            Err(BindError::new(
                format!("{data_type} does not take {count} type parameter(s) like these"),
                span,
            ))
        }
    }
}
