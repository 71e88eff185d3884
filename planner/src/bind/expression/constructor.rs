//! STRUCT and ARRAY constructors.

use canopy_exec::function;
use canopy_format::{DataType, StructField, Value};

use super::ExprContext;
use super::call::arguments_of;
use crate::algebra::Expr;
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::syntax::ast::{self, ExprKind, Span, StructForm};

impl Binder<'_> {
    /// Returns `STRUCT(...)`, `STRUCT<...>(...)` or `(a, b)`.
    pub(super) fn structure(
        &mut self,
        form: &StructForm,
        fields: &[ast::StructValue],
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let mut names = Vec::with_capacity(fields.len());
        let mut values = Vec::with_capacity(fields.len());
        for field in fields {
            values.push(self.expr(&field.value, cx)?);
            names.push(match (form, &field.alias) {
                (_, Some(alias)) => alias.value.clone(),
                (StructForm::Keyword, None) => implicit_alias(&field.value).unwrap_or_default(),
                (StructForm::Typed(_) | StructForm::Tuple, None) => String::new(),
            });
        }
        let StructForm::Typed(types) = form else { return self.struct_of(names, values, span) };
        if types.len() != values.len() {
            let (wanted, given) = (types.len(), values.len());
            let message = format!("STRUCT type has {wanted} fields but constructor call has {given} fields");
            return Err(BindError::new(message, span));
        }
        let mut names = Vec::with_capacity(types.len());
        for ((value, field), syntax) in values.iter_mut().zip(types).zip(fields) {
            let wanted = super::data_type(&field.data_type)?;
            let given = std::mem::replace(value, Expr::Literal(Value::Null, DataType::Int64));
            *value = self.assign(given, &wanted, syntax.value.span)?;
            names.push(field.name.as_ref().map(|name| name.value.clone()).unwrap_or_default());
        }
        self.struct_of(names, values, span)
    }

    /// Returns the STRUCT of the values; of literals a literal.
    pub fn struct_of(&mut self, names: Vec<String>, values: Vec<Expr>, span: Span) -> Result<Expr> {
        let fields = names.into_iter().zip(&values);
        let data_type = DataType::Struct(
            fields.map(|(name, value)| StructField { name, data_type: value.data_type().clone() }).collect(),
        );
        if let Some(values) = literals(&values) {
            return Ok(Expr::Literal(Value::Struct(values), data_type));
        }
        Ok(Expr::Call { function: "$struct".into(), arguments: values, safe: false, data_type, span })
    }

    /// Returns `[a, b]`, `ARRAY<T>[a, b]`.
    pub(super) fn array(
        &mut self,
        element_type: Option<&ast::DataType>,
        elements: &[ast::Expr],
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let mut values = Vec::with_capacity(elements.len());
        for element in elements {
            values.push(self.expr(element, cx)?);
        }
        let wanted = match element_type {
            Some(element_type) => super::data_type(element_type)?,
            None => common_type(&values).ok_or_else(|| {
                let types: Vec<String> = values.iter().map(|value| value.data_type().to_string()).collect();
                let types = types.join(", ");
                BindError::new(
                    format!("Array elements of types {{{types}}} do not have a common supertype"),
                    span,
                )
            })?,
        };
        if let DataType::Array(_) = wanted {
            let message = format!(
                "Cannot construct array with element type {wanted} because nested arrays are not supported"
            );
            return Err(BindError::new(message, span));
        }
        let mut coerced = Vec::with_capacity(values.len());
        for (value, element) in values.into_iter().zip(elements) {
            coerced.push(self.assign(value, &wanted, element.span)?);
        }
        let data_type = DataType::array(wanted);
        if let Some(values) = literals(&coerced) {
            return Ok(Expr::Literal(Value::Array(values), data_type));
        }
        Ok(Expr::Call { function: "$array".into(), arguments: coerced, safe: false, data_type, span })
    }
}

fn literals(values: &[Expr]) -> Option<Vec<Value>> {
    let literal = |value: &Expr| match value {
        Expr::Literal(value, _) => Some(value.clone()),
        _ => None,
    };
    values.iter().map(literal).collect()
}

/// Returns the type that all values coerce to.
pub(in crate::bind) fn common_type(values: &[Expr]) -> Option<DataType> {
    function::supertype(&arguments_of(values))
}

/// Returns the name that an expression without an alias has: the last part of a path.
pub(in crate::bind) fn implicit_alias(expr: &ast::Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Path(path) => path.parts.last().map(|part| part.value.clone()),
        ExprKind::Field { field, .. } => Some(field.value.clone()),
        _ => None,
    }
}
