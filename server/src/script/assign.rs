//! DECLARE and SET.

use std::sync::Arc;

use canopy_format::{DataType, Value};
use canopy_planner::bind::{TypedValue, declared_type, value_bytes};
use canopy_planner::syntax::ast::{self, Declare, Expr, ExprKind, Ident, Set, SetTarget};

use super::error::{positioned, shared};
use super::frame::Variable;
use super::interpreter::Interpreter;
use crate::error::{Result, ServerError};
use crate::statement::bind_error;

/// Bytes that one variable may hold, as in BigQuery.
const VARIABLE_BYTES_MAX: usize = 1 << 20;
/// Bytes that all variables in sight may hold, as in BigQuery.
const VARIABLES_BYTES_MAX: usize = 10 << 20;

impl Interpreter<'_> {
    /// Runs DECLARE.
    pub(super) async fn declare(&mut self, declare: &Declare) -> Result<()> {
        let declared = match &declare.data_type {
            Some(declared) => Some(self.variable_type(declared)?),
            None => None,
        };
        let parameterised = declare.data_type.as_ref().filter(|declared| has_parameters(declared));
        let parameterised = parameterised.map(|declared| Arc::new(declared.clone()));
        let value = match (&declare.default, &declared) {
            (Some(default), wanted) => {
                self.value_for(default, wanted.as_ref(), parameterised.as_deref()).await?
            }
            (None, Some(data_type)) => TypedValue { data_type: data_type.clone(), value: Value::Null },
            (None, None) => return Err(ServerError::invalid("DECLARE needs a type or a DEFAULT")),
        };
        let value = Arc::new(value);
        for name in &declare.names {
            self.check_size(&name.value, &value)?;
            let variable = Variable { value: value.clone(), declared: parameterised.clone() };
            if let Some(scope) = self.frame()?.scopes.last_mut() {
                scope.variables.push((name.value.clone(), variable));
            }
        }
        Ok(())
    }

    /// Returns the type that DECLARE spells.
    pub(super) fn variable_type(&mut self, declared: &ast::DataType) -> Result<DataType> {
        let found = declared_type(declared, &self.run.text).map_err(|error| bind_error(&error))?;
        found.ok_or_else(|| {
            let error = ServerError::invalid("A variable cannot be of type ANY TYPE");
            positioned(error, declared.span.line_column(&self.run.text))
        })
    }

    /// Returns an expression's value for a variable of the type, with the type's parameters applied.
    pub(super) async fn value_for(
        &mut self,
        expression: &Expr,
        wanted: Option<&DataType>,
        parameterised: Option<&ast::DataType>,
    ) -> Result<TypedValue> {
        let value = self.evaluate(expression, wanted).await?;
        let Some(declared) = parameterised else { return Ok(value) };
        let kind = ExprKind::Cast {
            safe: false,
            operand: Box::new(expression.clone()),
            data_type: declared.clone(),
            format: None,
            time_zone: None,
        };
        self.evaluate(&Expr { kind, span: expression.span }, wanted).await
    }

    /// Runs SET.
    pub(super) async fn set(&mut self, set: &Set) -> Result<()> {
        match &set.target {
            SetTarget::Variable(name) => self.set_one(name, &set.value).await,
            SetTarget::Variables(names) => match names.as_slice() {
                [name] => self.set_one(name, &set.value).await,
                names => self.set_several(names, &set.value).await,
            },
            SetTarget::SystemVariable(path) => self.set_system(path, &set.value).await,
            SetTarget::Parameter(_) => Err(ServerError::invalid("Query parameters cannot be set")),
        }
    }

    async fn set_one(&mut self, name: &Ident, value: &Expr) -> Result<()> {
        let (data_type, declared) = self.target(name)?;
        let value = self.value_for(value, Some(&data_type), declared.as_deref()).await?;
        self.assign(name, value)
    }

    async fn set_several(&mut self, names: &[Ident], value: &Expr) -> Result<()> {
        for (index, name) in names.iter().enumerate() {
            if names[..index].iter().any(|known| known.value.eq_ignore_ascii_case(&name.value)) {
                return Err(self.error_at(name, format!("Variable {} is assigned twice", name.value)));
            }
        }
        let targets = names.iter().map(|name| self.target(name)).collect::<Result<Vec<_>>>()?;
        if targets.iter().any(|(_, declared)| declared.is_some()) {
            let message = "SET of several variables whose types have parameters is not supported";
            return Err(ServerError::new(crate::error::ErrorKind::Unsupported, message));
        }
        let wanted = DataType::structure(targets.iter().map(|(data_type, _)| ("", data_type.clone())));
        let value = self.evaluate(value, Some(&wanted)).await?;
        let parts = match value.value {
            Value::Struct(parts) => parts,
            // A query without a row.
            Value::Null => vec![Value::Null; names.len()],
            _ => Vec::new(),
        };
        for ((name, (data_type, _)), value) in names.iter().zip(targets).zip(parts) {
            self.assign(name, TypedValue { data_type, value })?;
        }
        Ok(())
    }

    /// The type of a variable that is assigned, with its parameters.
    fn target(&mut self, name: &Ident) -> Result<(DataType, Option<Arc<ast::DataType>>)> {
        let found = self.frame()?.variable(&name.value);
        let found = found.map(|variable| (variable.value.data_type.clone(), variable.declared.clone()));
        found.ok_or_else(|| self.error_at(name, format!("Undeclared variable: {}", name.value)))
    }

    /// Gives the frame's variable a value of its type.
    pub(super) fn assign(&mut self, name: &Ident, value: TypedValue) -> Result<()> {
        self.check_size(&name.value, &value)?;
        match self.frame()?.variable(&name.value) {
            Some(variable) => {
                variable.value = shared(value.data_type, value.value);
                Ok(())
            }
            None => Err(self.error_at(name, format!("Undeclared variable: {}", name.value))),
        }
    }

    /// Gives the frame's variable a value of any type that coerces to its own.
    pub(super) async fn assign_coerced(&mut self, name: &Ident, value: TypedValue) -> Result<()> {
        let (data_type, _) = self.target(name)?;
        let value = self.coerced(value, &data_type).await?;
        self.assign(name, value)
    }

    /// Refuses values that are too large for a variable.
    fn check_size(&mut self, name: &str, value: &TypedValue) -> Result<()> {
        let bytes = value_bytes(&value.value);
        let too_large = |what: &str, found: usize, limit: usize| {
            let message = format!("Resources exceeded: {what} {found} bytes, the maximum is {limit} bytes");
            Err(ServerError::new(crate::error::ErrorKind::OutOfResources, message))
        };
        if bytes > VARIABLE_BYTES_MAX {
            return too_large(&format!("variable {name} would hold"), bytes, VARIABLE_BYTES_MAX);
        }
        // Small values are not worth counting all others.
        if bytes > VARIABLE_BYTES_MAX / 16 {
            let others: usize = self
                .frames
                .iter()
                .flat_map(|frame| frame.variables())
                .map(|(_, v)| value_bytes(&v.value))
                .sum();
            if others + bytes > VARIABLES_BYTES_MAX {
                return too_large("the script's variables would hold", others + bytes, VARIABLES_BYTES_MAX);
            }
        }
        Ok(())
    }

    /// An error at a name of the text at work.
    pub(super) fn error_at(&self, name: &Ident, message: String) -> ServerError {
        positioned(ServerError::invalid(message), name.span.line_column(&self.run.text))
    }
}

/// Whether a type has parameters somewhere, as in ARRAY<STRING(5)>.
pub(super) fn has_parameters(declared: &ast::DataType) -> bool {
    use ast::DataTypeKind::*;
    let inside = match &declared.kind {
        Array(element) | Range(element) => has_parameters(element),
        Struct(fields) => fields.iter().any(|field| has_parameters(&field.data_type)),
        Named(_) | Any(_) => false,
    };
    inside || !declared.parameters.is_empty()
}
