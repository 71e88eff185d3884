//! SET: new values of columns and of fields within STRUCT columns.

use std::collections::BTreeMap;

use canopy_format::{DataType, Field, Value};

use super::Target;
use crate::algebra::Expr;
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::bind::expression::{ExprContext, assignable};
use crate::bind::scope::Scope;
use crate::bind::suggest;
use crate::syntax::ast::{self, DmlValue, Ident, Span, UpdateItem};

/// What becomes of a column, or of a field of one.
enum Change {
    /// A new value.
    Whole(Expr),
    /// New values of fields, by position; the others stay.
    Fields(BTreeMap<usize, Change>),
}

impl Binder<'_> {
    /// Returns the new value of each of the target's columns; None where it stays.
    pub(super) fn assignments(
        &mut self,
        items: &[UpdateItem],
        target: &Target,
        scope: &Scope<'_>,
    ) -> Result<Vec<Option<Expr>>> {
        let mut changes: BTreeMap<usize, Change> = BTreeMap::new();
        for item in items {
            let (place, value) = match item {
                UpdateItem::Set { target, value } => (target, value),
                UpdateItem::Nested(nested) => {
                    let span = match &**nested {
                        ast::NestedDml::Insert(insert) => insert.span,
                        ast::NestedDml::Update(update) => update.span,
                        ast::NestedDml::Delete(delete) => delete.span,
                    };
                    return Err(BindError::unsupported("Nested INSERT, UPDATE or DELETE", span));
                }
            };
            let names = place_names(place)?;
            let names = match names.as_slice() {
                // A column of the alias's name goes first.
                [first, rest @ ..]
                    if !rest.is_empty()
                        && first.value.eq_ignore_ascii_case(&target.alias)
                        && column_position(target, first).is_none() =>
                {
                    rest
                }
                names => names,
            };
            let path = place_path(target, names, place.span)?;
            let field = path.last().map(|(_, field)| *field);
            let Some(field) = field else { return Err(not_a_place(place.span)) };
            let value = self.new_value(value, field, path.len() == 1, scope)?;
            let positions: Vec<usize> = path.iter().map(|(position, _)| *position).collect();
            let text = names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(".");
            insert(&mut changes, &positions, value, &text, place.span)?;
        }
        let mut values: Vec<Option<Expr>> = (0..target.columns.len()).map(|_| None).collect();
        for (position, change) in changes {
            let column = Expr::Column(target.columns[position].clone());
            values[position] = Some(self.changed(column, change)?);
        }
        Ok(values)
    }

    fn new_value(
        &mut self,
        value: &DmlValue,
        field: &Field,
        is_column: bool,
        scope: &Scope<'_>,
    ) -> Result<Expr> {
        let wanted = field.column_type();
        match value {
            DmlValue::Default(span) if is_column => self.default_of(field, *span),
            DmlValue::Default(_) => Ok(Expr::Literal(Value::Null, wanted)),
            DmlValue::Expr(value) => {
                let expr = self.expr(value, ExprContext::plain(scope, "UPDATE SET clause"))?;
                if !assignable(&expr, &wanted) {
                    let (found, name) = (expr.data_type(), &field.name);
                    let message = format!(
                        "Value of type {found} cannot be assigned to {name}, which has type {wanted}"
                    );
                    return Err(BindError::new(message, value.span));
                }
                self.coerce(expr, &wanted, value.span)
            }
        }
    }

    /// Returns the value with the changes made.
    fn changed(&mut self, old: Expr, change: Change) -> Result<Expr> {
        let mut fields = match change {
            Change::Whole(value) => return Ok(value),
            Change::Fields(fields) => fields,
        };
        let data_type = old.data_type().clone();
        let DataType::Struct(parts) = &data_type else { return Ok(old) };
        let mut arguments = Vec::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            let input = Box::new(old.clone());
            let own = Expr::Field { input, index, data_type: part.data_type.clone() };
            arguments.push(match fields.remove(&index) {
                Some(change) => self.changed(own, change)?,
                None => own,
            });
        }
        let span = Span::default();
        let call = |name: &str, arguments, data_type| Expr::Call {
            function: name.into(),
            arguments,
            safe: false,
            data_type,
            span,
        };
        let changed = call("$struct", arguments, data_type.clone());
        let message = Value::from(format!("Cannot set field of NULL {data_type}").as_str());
        let error = self.call("error", vec![Expr::Literal(message, DataType::String)], span)?;
        let error = self.coerce(error, &data_type, span)?;
        let is_null = call("$is_null", vec![old], DataType::Bool);
        Ok(call("if", vec![is_null, error, changed], data_type))
    }

    /// Returns the values of an INSERT's columns that are not given.
    pub(super) fn defaults(&mut self, fields: &[Field], span: Span) -> Result<Vec<Expr>> {
        fields.iter().map(|field| self.default_of(field, span)).collect()
    }

    /// Returns the value that a MERGE inserts into a column.
    pub(super) fn inserted_value(
        &mut self,
        value: &DmlValue,
        field: &Field,
        scope: &Scope<'_>,
    ) -> Result<Expr> {
        self.new_value(value, field, true, scope)
    }
}

/// The names of a place that SET may change: `a`, `a.b`, `t.a.b`.
fn place_names(place: &ast::Expr) -> Result<Vec<Ident>> {
    match &place.kind {
        ast::ExprKind::Path(path) => Ok(path.parts.clone()),
        ast::ExprKind::Field { base, field } => {
            let mut names = place_names(base)?;
            names.push(field.clone());
            Ok(names)
        }
        ast::ExprKind::Subscript { .. } => {
            Err(BindError::unsupported("SET of an array's element", place.span))
        }
        _ => Err(not_a_place(place.span)),
    }
}

fn not_a_place(span: Span) -> BindError {
    BindError::new("UPDATE SET must name a column or a field of a STRUCT column", span)
}

fn column_position(target: &Target, name: &Ident) -> Option<usize> {
    target.fields().iter().position(|field| field.name.eq_ignore_ascii_case(&name.value))
}

/// Returns the fields that the names lead through, each with its position.
fn place_path<'t>(target: &'t Target, names: &[Ident], span: Span) -> Result<Vec<(usize, &'t Field)>> {
    let mut path: Vec<(usize, &Field)> = Vec::with_capacity(names.len());
    let mut fields = target.fields();
    for name in names {
        if let Some((_, parent)) = path.last() {
            if parent.mode == canopy_format::Mode::Repeated {
                let message = format!("Cannot access field {} on an ARRAY in UPDATE SET", name.value);
                return Err(BindError::new(message, name.span));
            }
            if !matches!(parent.data_type, DataType::Struct(_)) {
                let (field, found) = (&name.value, &parent.data_type);
                let message = format!("Cannot access field {field} on a value with type {found}");
                return Err(BindError::new(message, name.span));
            }
        }
        let found = fields.iter().position(|field| field.name.eq_ignore_ascii_case(&name.value));
        let Some(position) = found else {
            let mut message = match path.last() {
                None => format!("Column {} is not present in table {}", name.value, target.table.name),
                Some((_, parent)) => {
                    format!("Field name {} does not exist in {}", name.value, parent.data_type)
                }
            };
            let known = fields.iter().map(|field| field.name.as_str());
            if let Some(found) = suggest::closest(&name.value, known) {
                message.push_str(&format!("; Did you mean {found}?"));
            }
            return Err(BindError::new(message, name.span));
        };
        path.push((position, &fields[position]));
        fields = &fields[position].children;
    }
    match path.is_empty() {
        true => Err(not_a_place(span)),
        false => Ok(path),
    }
}

/// Adds a change, which must not touch what others change.
fn insert(
    changes: &mut BTreeMap<usize, Change>,
    path: &[usize],
    value: Expr,
    text: &str,
    span: Span,
) -> Result<()> {
    let [position, rest @ ..] = path else { return Ok(()) };
    if rest.is_empty() {
        if changes.contains_key(position) {
            return Err(BindError::new(format!("Update item {text} assigned more than once"), span));
        }
        changes.insert(*position, Change::Whole(value));
        return Ok(());
    }
    match changes.entry(*position).or_insert_with(|| Change::Fields(BTreeMap::new())) {
        Change::Fields(fields) => insert(fields, rest, value, text, span),
        Change::Whole(_) => {
            Err(BindError::new(format!("Update item {text} overlaps with another update item"), span))
        }
    }
}
