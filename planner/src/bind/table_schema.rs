//! Column lists of CREATE TABLE and LOAD DATA as schemas.

use canopy_format::{DataType, Field, Mode, Schema, TypeParameters, Value};

use super::binder::Binder;
use super::error::{BindError, Result};
use super::expression::{ExprContext, named_type};
use super::scope::{NameList, Scope};
use crate::syntax::ast::{
    self, ColumnAttribute, ColumnDef, ColumnSchema, ColumnSchemaKind, Span, TableElement, TypeParameter,
};

impl Binder<'_> {
    /// Returns the schema that the elements define, ids from 1 in pre-order.
    pub(super) fn table_schema(&mut self, elements: &[TableElement]) -> Result<Schema> {
        let mut columns = Vec::with_capacity(elements.len());
        for element in elements {
            match element {
                TableElement::Column(column) => columns.push(column),
                TableElement::Constraint(constraint) => {
                    return Err(BindError::unsupported("Table constraint", constraint.span));
                }
            }
        }
        let mut next = 1;
        let fields = self.fields(columns.into_iter(), &mut next, 0)?;
        Ok(Schema { fields, next_field_id: next })
    }

    fn fields<'c>(
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
            if fields.iter().any(|known| known.name.eq_ignore_ascii_case(&name.value)) {
                return Err(BindError::new(format!("Duplicate column name {}", name.value), name.span));
            }
            fields.push(self.nested(column.span, |binder| {
                binder.field_of_column(&name.value, &column.schema, next, depth)
            })?);
        }
        Ok(fields)
    }

    fn field_of_column(
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
            ColumnSchemaKind::Range(_) => return Err(BindError::unsupported("Type RANGE", value.span)),
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
                ColumnAttribute::PrimaryKey { span, .. } => {
                    return Err(BindError::unsupported("PRIMARY KEY", *span));
                }
                ColumnAttribute::ForeignKey { reference, .. } => {
                    return Err(BindError::unsupported("REFERENCES", reference.span));
                }
            }
        }
        Ok(())
    }

    /// Returns the texts of PARTITION BY or CLUSTER BY, whose names must be columns of the schema.
    pub(super) fn clause_texts(
        &mut self,
        exprs: &[ast::Expr],
        schema: &Schema,
        clause: &'static str,
    ) -> Result<Vec<String>> {
        let mut names = NameList::default();
        let columns = schema.fields.iter().map(|field| super::scope::NamedColumn {
            name: field.name.clone(),
            expr: crate::algebra::Expr::Column(self.ids.column(field.name.clone(), field.column_type())),
        });
        let columns = columns.collect();
        names.add_columns(None, columns);
        let scope = Scope::new(names, None);
        for expr in exprs {
            self.expr(expr, ExprContext::plain(&scope, clause))?;
        }
        Ok(exprs.iter().map(|expr| expr.span.text(&self.context.text).to_owned()).collect())
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
