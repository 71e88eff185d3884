//! The binder's state, and what all its parts use.

use std::collections::HashMap;

use canopy_format::{DataType, Value};

use super::context::BindContext;
use super::cte::Cte;
use super::error::{BindError, BindErrorKind, Result};
use super::object::Objects;
use super::row_pattern::PatternFunctions;
use crate::algebra::{Column, ColumnId, ColumnIds, Expr, OutputColumn, Relation};
use crate::catalog::Catalog;
use crate::syntax::ast::Span;

/// How deep expressions and queries may nest; a subquery takes two or three levels. Bounds the stack: a
/// level takes up to 9 KiB without optimisation, and a thread has 2 MiB.
const DEPTH_MAX: u32 = 160;

/// Most expression nodes that copies may add: operands that a lowering uses twice, names that stand for
/// expressions. Copies of copies double in size with each level.
const COPIED_MAX: usize = 500_000;

/// Binds one statement.
pub(super) struct Binder<'a> {
    /// The tables.
    pub catalog: &'a dyn Catalog,
    /// The session.
    pub context: &'a BindContext,
    /// Fresh columns.
    pub ids: ColumnIds,
    /// The WITH definitions in sight, innermost last.
    pub ctes: Vec<Cte>,
    /// The next [`Relation::With`].
    pub next_with: u32,
    /// Views and routines.
    pub objects: Objects,
    /// What the functions of MATCH_RECOGNIZE stand for, inside one.
    pub pattern: Option<PatternFunctions>,
    depth: u32,
    copied: usize,
    /// The digits of floats that are written with more than a FLOAT64 keeps, by its bits: as NUMERIC they count.
    /// None where two texts are one float.
    pub float_digits: HashMap<u64, Option<String>>,
}

/// A bound query: its rows and which of the relation's columns are its result, in order. The relation may
/// have further columns (sort keys that are not selected).
#[derive(Debug, Clone)]
pub(super) struct Rows {
    /// The rows.
    pub relation: Relation,
    /// The result.
    pub columns: Vec<OutputColumn>,
    /// The one column is the row itself.
    pub value_table: bool,
}

impl<'a> Binder<'a> {
    /// Returns a binder of one statement.
    pub fn new(catalog: &'a dyn Catalog, context: &'a BindContext) -> Self {
        Self {
            catalog,
            context,
            ids: ColumnIds::default(),
            ctes: Vec::new(),
            next_with: 0,
            objects: Objects::default(),
            pattern: None,
            depth: 0,
            copied: 0,
            float_digits: HashMap::new(),
        }
    }

    /// Runs `bind` a level deeper.
    ///
    /// # Errors
    /// [`BindErrorKind::TooDeep`] past the limit.
    pub fn nested<T>(&mut self, span: Span, bind: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= DEPTH_MAX {
            let error = BindError::new("Too deeply nested", span);
            return Err(BindError { kind: BindErrorKind::TooDeep, ..error });
        }
        self.depth += 1;
        let result = bind(self);
        self.depth -= 1;
        result
    }

    /// Returns a copy of the expression. Copied subqueries get columns of their own in the end, see
    /// [`Binder::make_unique`].
    ///
    /// # Errors
    /// When copies have grown past the limit.
    pub fn copy(&mut self, expr: &Expr, span: Span) -> Result<Expr> {
        self.charge_copy(expr, span)?;
        Ok(expr.clone())
    }

    /// Counts a copy of the expression against the limit.
    pub fn charge_copy(&mut self, expr: &Expr, span: Span) -> Result<()> {
        let nodes = &mut self.copied;
        expr.for_each(&mut |inner| {
            *nodes += 1;
            if let Expr::Subquery(subquery) = inner {
                subquery.relation.for_each(&mut |relation| {
                    *nodes += 1;
                    relation.exprs().iter().for_each(|expr| expr.for_each(&mut |_| *nodes += 1));
                });
            }
        });
        match self.copied > COPIED_MAX {
            true => {
                let error = BindError::new("The expression is too large", span);
                Err(BindError { kind: BindErrorKind::TooDeep, ..error })
            }
            false => Ok(()),
        }
    }

    /// Returns a fresh column for the expression; for a plain column of `local`, that column.
    pub fn column_of(&mut self, expr: &Expr, name: &str, local: &[Column]) -> Column {
        match expr {
            Expr::Column(column) if local.iter().any(|own| own.id == column.id) => column.clone(),
            _ => self.ids.column(name, expr.data_type().clone()),
        }
    }
}

/// One row without columns: what SELECT without FROM reads.
pub(super) fn one_row() -> Relation {
    Relation::Values { columns: Vec::new(), rows: vec![Vec::new()] }
}

/// The BOOL literal.
pub(super) fn boolean(value: bool) -> Expr {
    Expr::Literal(Value::Bool(value), DataType::Bool)
}

/// The conjuncts of a condition.
pub(super) fn conjuncts(condition: Expr) -> Vec<Expr> {
    match condition {
        Expr::Call { function, arguments, .. } if &*function == "$and" => {
            arguments.into_iter().flat_map(conjuncts).collect()
        }
        Expr::Literal(Value::Bool(true), _) => Vec::new(),
        other => vec![other],
    }
}

/// The columns that an expression refers to, those in its subqueries included.
pub(super) fn referenced_columns(expr: &Expr, found: &mut Vec<ColumnId>) {
    expr.for_each(&mut |inner| match inner {
        Expr::Column(column) => found.push(column.id),
        Expr::Subquery(subquery) => subquery.relation.for_each(&mut |relation| {
            for expr in relation.exprs() {
                expr.for_each(&mut |inner| {
                    if let Expr::Column(column) = inner {
                        found.push(column.id);
                    }
                });
            }
        }),
        _ => {}
    });
}
