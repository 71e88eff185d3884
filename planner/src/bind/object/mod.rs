//! Views and SQL routines: their bodies are bound where they are used, as if they had been written there.
//!
//! The catalog answers with the statement that declared an object; it is parsed again and its body bound with
//! names of its own: it sees neither the WITH definitions nor the parameters of the query around it, and a bare
//! table name in it means a table of the object's own dataset. Parameters are columns while the body is bound, so
//! that its types do not depend on what is passed; then each is replaced by its argument.

mod aggregate_function;
mod arguments;
mod create;
mod function;
mod let_in;
mod table_argument;
mod table_function;
mod view;

use std::collections::HashMap;
use std::rc::Rc;

use super::binder::Binder;
use super::error::{BindError, BindErrorKind, Result};
use crate::algebra::{Expr, Relation};
use crate::catalog::{CatalogError, RoutineKind, RoutineSource};
use crate::syntax::ast::{self, Span};
use crate::syntax::parse_statement;
pub(super) use function::BoundFunction;
pub(super) use let_in::is_volatile;

/// How deep views and functions may stand in one another, as in BigQuery.
const OBJECTS_MAX: usize = 16;

/// What the binder knows of views and routines.
#[derive(Default)]
pub(super) struct Objects {
    /// Those whose bodies are being bound, outermost first.
    open: Vec<Object>,
    /// Parsed declarations by their text.
    parsed: HashMap<String, Rc<ast::Statement>>,
    /// Bodies of functions by name and the types of their arguments.
    functions: HashMap<(String, Vec<canopy_format::DataType>), Rc<BoundFunction>>,
}

/// A view or routine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    /// `view`, `function`: as messages have it.
    kind: &'static str,
    /// As the catalog has it.
    name: String,
}

impl Object {
    fn of_routine(source: &RoutineSource) -> Self {
        let kind = match source.kind {
            RoutineKind::Function => "function",
            RoutineKind::TableFunction => "table function",
            RoutineKind::Procedure => "procedure",
        };
        Self { kind, name: source.name.clone() }
    }

    /// What completes a bare name in its body: `dataset` of `dataset.view`.
    fn dataset(&self) -> Option<&str> {
        self.name.rsplit_once('.').map(|(dataset, _)| dataset)
    }
}

impl Binder<'_> {
    /// True while the body of a view or routine is bound: parameters and variables of the query are out of sight.
    pub(super) fn in_object(&self) -> bool {
        !self.objects.open.is_empty()
    }

    /// Returns the path of a table, view or routine as the catalog should see it.
    pub(super) fn qualified(&self, path: &[String]) -> Vec<String> {
        match (path, self.objects.open.last().and_then(Object::dataset)) {
            ([name], Some(dataset)) => dataset.split('.').map(str::to_owned).chain([name.clone()]).collect(),
            _ => path.to_vec(),
        }
    }

    /// Returns the routine that a call names; None where there is none.
    fn routine(&self, name: &ast::Path, kind: RoutineKind) -> Result<Option<std::sync::Arc<RoutineSource>>> {
        let path = super::from::table_path(name);
        let mut found = self.catalog.routine(&self.qualified(&path), kind);
        if let (Ok(None), true) = (&found, self.in_object()) {
            // Temporary routines belong to no dataset.
            found = self.catalog.routine(&path, kind);
        }
        match found {
            Err(CatalogError::DatasetNotFound(_) | CatalogError::TableNotFound(_)) => Ok(None),
            found => found.map_err(|error| BindError::catalog(&error, None, name.span)),
        }
    }

    /// Returns the declaration, parsed.
    fn declaration(&mut self, object: &Object, text: &str, span: Span) -> Result<Rc<ast::Statement>> {
        if let Some(known) = self.objects.parsed.get(text) {
            return Ok(known.clone());
        }
        let parsed = parse_statement(text).map_err(|error| {
            BindError::new(format!("Invalid {} {}: {error}", object.kind, object.name), span)
        })?;
        let parsed = Rc::new(parsed);
        self.objects.parsed.insert(text.to_owned(), parsed.clone());
        Ok(parsed)
    }

    /// Binds an object's body out of sight of the query around it; what is wrong is said at `span`, where the
    /// object is used, with its place in the declaration.
    fn inside<T>(
        &mut self,
        object: &Object,
        text: &str,
        span: Span,
        bind: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.opened(object, span, |binder| {
            bind(binder).map_err(|error| {
                let Object { kind, name } = object;
                let place = error.span.line_column(text);
                let message = format!("{} at {place}, in {kind} {name}", error.message);
                BindError { message, span, ..error }
            })
        })
    }

    /// Binds an object's body out of sight of the query around it.
    fn opened<T>(
        &mut self,
        object: &Object,
        span: Span,
        bind: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let Object { kind, name } = object;
        let is_same = |open: &&Object| open.kind == *kind && open.name.eq_ignore_ascii_case(name);
        if self.objects.open.iter().any(|open| is_same(&open)) {
            let what = format!("{}{}", kind[..1].to_uppercase(), &kind[1..]);
            return Err(BindError::new(format!("{what} {name} refers to itself"), span));
        }
        if self.objects.open.len() >= OBJECTS_MAX {
            let error = BindError::new("Too deeply nested views and functions", span);
            return Err(BindError { kind: BindErrorKind::TooDeep, ..error });
        }
        self.objects.open.push(object.clone());
        let outside = std::mem::take(&mut self.ctes);
        let bound = self.nested(span, bind);
        self.ctes = outside;
        self.objects.open.pop();
        bound
    }
}

/// Makes all calls of an expression stand where the object is used: spans in its body are of another text.
fn respan(expr: &mut Expr, at: Span) {
    expr.for_each_mut(&mut |inner| match inner {
        Expr::Call { span, .. } => *span = at,
        Expr::Subquery(subquery) => respan_relation(&mut subquery.relation, at),
        _ => {}
    });
}

/// As [`respan`], for all expressions of a relation.
fn respan_relation(relation: &mut Relation, at: Span) {
    for expr in relation.exprs_mut() {
        respan(expr, at);
    }
    for input in relation.inputs_mut() {
        respan_relation(input, at);
    }
}
