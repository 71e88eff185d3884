//! UNPIVOT: a row for each group of columns of a row.

use canopy_format::{DataType, StructField, Value};

use super::binder::Binder;
use super::error::{BindError, Result};
use super::expression::ExprContext;
use super::from::Source;
use super::scope::{NameList, NamedColumn, Scope};
use crate::algebra::{Expr, Relation, Unnest};
use crate::syntax::ast::{self, ExprKind, Literal, Span, UnpivotGroup};

impl Binder<'_> {
    /// Returns the rows of `input UNPIVOT(...)`: the groups as an array of the row, and its elements.
    pub(super) fn unpivot(&mut self, input: Source, unpivot: &ast::Unpivot) -> Result<Source> {
        let Source { relation, names } = self.plain_columns(input);
        let scope = Scope::new(names, None);
        let mut taken: Vec<Expr> = Vec::new();
        let mut groups: Vec<(Vec<Expr>, (Value, DataType))> = Vec::with_capacity(unpivot.groups.len());
        for group in &unpivot.groups {
            let mut values = Vec::with_capacity(group.columns.len());
            for path in &group.columns {
                let value = self.path(path, ExprContext::plain(&scope, "UNPIVOT IN list"))?;
                if !scope.names.columns.iter().any(|column| column.expr == value) {
                    let message = format!("{} in UNPIVOT is not a column of the input", path.dotted());
                    return Err(BindError::new(message, path.span));
                }
                values.push(value);
            }
            if values.len() != unpivot.values.len() {
                let (wanted, found) = (unpivot.values.len(), values.len());
                let message = format!("UNPIVOT has {wanted} value columns, but a group of {found} columns");
                return Err(BindError::new(message, unpivot.span));
            }
            let first = groups.first().map(|(first, _)| first.as_slice());
            check_types(first, &values, group)?;
            taken.extend(values.iter().cloned());
            groups.push((values, label(group)?));
        }
        let Some(first) = groups.first() else {
            return Err(BindError::new("UNPIVOT needs columns in its IN list", unpivot.span));
        };
        let label_type = first.1.1.clone();
        if groups.iter().any(|(_, (_, data_type))| *data_type != label_type) {
            let message = "All labels of UNPIVOT must be STRING or all must be INT64";
            return Err(BindError::new(message, unpivot.span));
        }
        let (element, array) = self.groups_array(groups, unpivot.span);
        let Expr::Column(column) = &element else {
            return Err(BindError::new("UNPIVOT needs columns in its IN list", unpivot.span));
        };
        let unnest = Unnest { input: relation, array, element: column.clone(), offset: None, outer: false };
        let mut relation = Relation::Unnest(Box::new(unnest));
        let fields = super::scope::struct_columns(&element).unwrap_or_default();
        if unpivot.include_nulls != Some(true) {
            relation = self.without_nulls(relation, &fields[..unpivot.values.len()], unpivot.span)?;
        }
        let mut columns = scope.names.columns;
        columns.retain(|column| !taken.contains(&column.expr));
        let outputs = unpivot.values.iter().chain(std::iter::once(&unpivot.name));
        columns.extend(
            outputs.zip(fields).map(|(path, field)| NamedColumn { name: path.dotted(), expr: field.expr }),
        );
        let mut names = NameList::default();
        names.add_columns(unpivot.alias.as_ref().map(|alias| alias.value.as_str()), columns);
        Ok(Source { relation, names })
    }

    /// Returns the groups as an array of STRUCTs, and the column of its element.
    fn groups_array(&mut self, groups: Vec<(Vec<Expr>, (Value, DataType))>, span: Span) -> (Expr, Expr) {
        let mut element_type = DataType::Struct(Vec::new().into());
        let mut rows = Vec::with_capacity(groups.len());
        for (mut values, (label, label_type)) in groups {
            values.push(Expr::Literal(label, label_type));
            let field =
                |value: &Expr| StructField { name: String::new(), data_type: value.data_type().clone() };
            element_type = DataType::Struct(values.iter().map(field).collect());
            rows.push(Expr::Call {
                function: "$struct".into(),
                arguments: values,
                safe: false,
                data_type: element_type.clone(),
                span,
            });
        }
        let data_type = DataType::array(element_type.clone());
        let array = Expr::Call { function: "$array".into(), arguments: rows, safe: false, data_type, span };
        (Expr::Column(self.ids.column("unpivot", element_type)), array)
    }

    /// Leaves out rows whose values are all NULL.
    fn without_nulls(&mut self, input: Relation, values: &[NamedColumn], span: Span) -> Result<Relation> {
        let mut tests = Vec::with_capacity(values.len());
        for value in values {
            tests.push(self.call("$is_not_null", vec![value.expr.clone()], span)?);
        }
        let predicate = match tests.len() {
            1 => tests.remove(0),
            _ => self.call("$or", tests, span)?,
        };
        Ok(Relation::Filter { input: Box::new(input), predicate })
    }
}

fn check_types(first: Option<&[Expr]>, values: &[Expr], group: &UnpivotGroup) -> Result<()> {
    let Some(first) = first else { return Ok(()) };
    for ((first, value), path) in first.iter().zip(values).zip(&group.columns) {
        let (wanted, found) = (first.data_type(), value.data_type());
        if wanted != found {
            let message = format!(
                "The datatype of column {} does not match with other datatypes in the IN clause. Expected {wanted}, \
                 Found {found}",
                path.dotted()
            );
            return Err(BindError::new(message, path.span));
        }
    }
    Ok(())
}

/// Returns what a group is called: its label, or the names of its columns.
fn label(group: &UnpivotGroup) -> Result<(Value, DataType)> {
    match group.label.as_ref().map(|label| (&label.kind, label.span)) {
        None => {
            let names: Vec<&str> = group
                .columns
                .iter()
                .filter_map(|path| path.parts.last())
                .map(|part| part.value.as_str())
                .collect();
            Ok((Value::from(names.join("_").as_str()), DataType::String))
        }
        Some((ExprKind::Literal(Literal::String(text)), _)) => {
            Ok((Value::from(text.as_str()), DataType::String))
        }
        Some((ExprKind::Literal(Literal::Int(number)), span)) => match i64::try_from(*number) {
            Ok(number) => Ok((Value::Int64(number), DataType::Int64)),
            Err(_) => Err(BindError::new(format!("Invalid integer literal: {number}"), span)),
        },
        Some((_, span)) => Err(BindError::new("UNPIVOT labels must be STRING or INT64 literals", span)),
    }
}
