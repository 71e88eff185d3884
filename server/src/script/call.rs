//! Stored procedures: CALL, and what CREATE PROCEDURE checks.

use std::sync::Arc;

use canopy_format::{DataType, Value};
use canopy_planner::bind::{CreateRoutine, Parameters, TypedValue, declared_type};
use canopy_planner::catalog::RoutineKind;
use canopy_planner::syntax::ast::{
    self, Argument, ArgumentValue, Call, CreateProcedure, Ident, ParameterMode, ParameterType, StatementKind,
};
use canopy_planner::syntax::{self, Keyword, Symbol, TokenKind};

use super::assign::has_parameters;
use super::compile::compile;
use super::error::shared;
use super::frame::{Ending, Frame, Variable};
use super::interpreter::{Flow, Interpreter};
use super::program::Program;
use crate::error::{ErrorKind, Result, ServerError};
use crate::statement::{bind_error, parse, parse_error};

/// How deep procedures may call one another, as in BigQuery.
const CALLS_MAX: usize = 50;

/// A procedure that can be called.
struct Procedure {
    /// The declaration, whose spans point into `text`.
    declaration: CreateProcedure,
    text: String,
    body: Program,
}

impl Procedure {
    /// Reads the statement that declared a procedure. Places in its body count from its BEGIN.
    fn read(name: &str, text: &str) -> Result<Self> {
        let declared = syntax::parse_statement(text).map_err(|error| parse_error(&error))?;
        let StatementKind::CreateProcedure(declaration) = declared.kind else {
            return Err(ServerError::new(
                ErrorKind::Internal,
                format!("internal error: {name} is no procedure"),
            ));
        };
        let body: Arc<str> = text.get(body_start(text)..).unwrap_or_default().into();
        let names = declaration.parameters.iter().filter_map(|parameter| parameter.name.as_ref());
        let names: Vec<String> = names.map(|name| name.value.clone()).collect();
        let body = compile(parse(&body)?, body.clone(), Some(name.to_owned()), &names)?;
        Ok(Self { declaration: *declaration, text: text.to_owned(), body })
    }
}

/// Where the body's BEGIN stands: the first outside of parentheses.
fn body_start(text: &str) -> usize {
    let mut depth = 0;
    for token in &syntax::tokens(text).tokens {
        match token.kind {
            TokenKind::Symbol(Symbol::LeftParen) => depth += 1,
            TokenKind::Symbol(Symbol::RightParen) => depth -= 1,
            TokenKind::Word(Some(Keyword::BEGIN)) if depth == 0 => return token.span.start as usize,
            _ => {}
        }
    }
    text.len()
}

/// Checks the body of a procedure that is to be stored: its jumps and its variables' names.
///
/// # Errors
/// What is wrong with it, and where.
pub(crate) fn check_procedure(create: &CreateRoutine) -> Result<()> {
    match create.kind {
        RoutineKind::Procedure => Procedure::read(&create.name.join("."), &create.statement).map(drop),
        RoutineKind::Function | RoutineKind::TableFunction => Ok(()),
    }
}

/// What a parameter is bound to.
struct Bound {
    name: String,
    variable: Variable,
    /// The caller's variable that takes the value at the end.
    output: Option<Ident>,
}

impl Interpreter<'_> {
    /// Binds the arguments and pushes a frame that runs the body.
    pub(super) async fn call(&mut self, call: &Call) -> Result<Flow> {
        if self.frames.len() > CALLS_MAX {
            let message = format!("Procedure calls nest deeper than the maximum of {CALLS_MAX}");
            return Err(ServerError::new(ErrorKind::OutOfResources, message));
        }
        let path: Vec<String> =
            call.name.parts.iter().flat_map(|part| part.value.split('.')).map(str::to_owned).collect();
        let source = self.run.routine(&path, RoutineKind::Procedure).await?;
        let Some(source) = source else {
            let message = format!("Procedure not found: {}", call.name.dotted());
            return Err(ServerError::new(ErrorKind::NotFound, message));
        };
        let procedure = Procedure::read(&source.name, &source.statement)?;
        let parameters = &procedure.declaration.parameters;
        let (expected, found) = (parameters.len(), call.arguments.len());
        if expected != found {
            let message = format!("Procedure {} takes {expected} argument(s), found {found}", source.name);
            return Err(ServerError::invalid(message));
        }
        let mut bound: Vec<Bound> = Vec::with_capacity(expected);
        for (parameter, argument) in parameters.iter().zip(&call.arguments) {
            let next = self.bind_argument(&procedure, parameter, argument).await?;
            if let Some(output) = &next.output
                && bound.iter().filter_map(|known| known.output.as_ref()).any(|known| same(known, output))
            {
                let message = format!("Variable {} is passed twice as OUT or INOUT", output.value);
                return Err(self.error_at(output, message));
            }
            bound.push(next);
        }
        let dataset = match source.name.split_once('.') {
            Some((dataset, _)) => dataset.to_owned(),
            None => self.run.dataset.clone(),
        };
        let outputs = bound.iter().filter_map(|b| Some((b.name.clone(), b.output.clone()?))).collect();
        self.push_frame(procedure.body, dataset, Parameters::None, Ending::Outputs(outputs));
        if let Some(scope) = self.frame()?.scopes.first_mut() {
            scope.variables = bound.into_iter().map(|bound| (bound.name, bound.variable)).collect();
        }
        Ok(Flow::Into)
    }

    async fn bind_argument(
        &mut self,
        procedure: &Procedure,
        parameter: &ast::RoutineParameter,
        argument: &Argument,
    ) -> Result<Bound> {
        let name = parameter.name.as_ref().map(|name| name.value.clone()).unwrap_or_default();
        if let Some(named) = &argument.name {
            return Err(self.error_at(named, "Arguments of procedures have no names".to_owned()));
        }
        let (ArgumentValue::Expr(value), ParameterType::Value(declared)) = (&argument.value, &parameter.kind)
        else {
            return Err(ServerError::invalid(format!(
                "Argument {name} of a procedure must be an expression"
            )));
        };
        let wanted = declared_type(declared, &procedure.text).map_err(|error| bind_error(&error))?;
        let parameterised = has_parameters(declared).then(|| Arc::new(declared.clone()));
        let mode = parameter.mode.unwrap_or(ParameterMode::In);
        if mode == ParameterMode::In {
            let value = self.value_for(value, wanted.as_ref(), parameterised.as_deref()).await?;
            let variable = Variable { value: Arc::new(value), declared: parameterised };
            return Ok(Bound { name, variable, output: None });
        }
        let output = match &value.kind {
            ast::ExprKind::Path(path) => path.as_ident().cloned(),
            _ => None,
        };
        let known = match &output {
            Some(output) => self.frame()?.variable(&output.value).map(|variable| variable.value.clone()),
            None => None,
        };
        let (Some(output), Some(known)) = (output, known) else {
            let message = format!("Argument {name} is OUT or INOUT: it needs a variable");
            return Err(ServerError::invalid(message));
        };
        self.check_output(&name, wanted.as_ref(), &output, &known)?;
        let value = match mode {
            ParameterMode::InOut => known,
            _ => shared(wanted.unwrap_or_else(|| known.data_type.clone()), Value::Null),
        };
        Ok(Bound { name, variable: Variable { value, declared: parameterised }, output: Some(output) })
    }

    fn check_output(
        &self,
        name: &str,
        wanted: Option<&DataType>,
        output: &Ident,
        known: &TypedValue,
    ) -> Result<()> {
        match wanted {
            Some(wanted) if *wanted != known.data_type => {
                let (variable, found) = (&output.value, &known.data_type);
                let message =
                    format!("Argument {name} has type {wanted}, but variable {variable} has type {found}");
                Err(self.error_at(output, message))
            }
            _ => Ok(()),
        }
    }

    /// Gives the caller's variables what an ended procedure leaves in its OUT and INOUT parameters.
    pub(super) async fn take_outputs(&mut self, mut ended: Frame) -> Result<()> {
        let Ending::Outputs(outputs) = std::mem::replace(&mut ended.ending, Ending::None) else {
            return Ok(());
        };
        // A RETURN may have left blocks open: the parameters are the outermost names.
        ended.scopes.truncate(1);
        for (parameter, target) in outputs {
            if let Some(variable) = ended.variable(&parameter) {
                let value = TypedValue::clone(&variable.value);
                self.assign_coerced(&target, value).await?;
            }
        }
        Ok(())
    }
}

fn same(a: &Ident, b: &Ident) -> bool {
    a.value.eq_ignore_ascii_case(&b.value)
}
