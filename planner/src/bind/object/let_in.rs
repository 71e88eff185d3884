//! Values with a name: each is computed once, though its name may stand in several places.
//!
//! The algebra has no such expression. A value that may be computed again takes its name's places; one that may
//! not (RAND()) becomes the one element of an array, and what refers to it a subquery over that array.

use std::collections::HashMap;

use canopy_exec::function;
use canopy_format::DataType;

use crate::algebra::{ArraySource, ArraySubquery, ArraySubqueryResult, Column, ColumnId, Expr, Relation};
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::syntax::ast::Span;

impl Binder<'_> {
    /// Returns the body with each column replaced by its value.
    ///
    /// # Errors
    /// When the copies get too large, or a value that must be computed once is read by a subquery over tables.
    pub(in crate::bind) fn let_in(
        &mut self,
        bindings: Vec<(Column, Expr)>,
        mut body: Expr,
        span: Span,
    ) -> Result<Expr> {
        let mut copied = HashMap::new();
        let mut once = Vec::new();
        for (column, value) in bindings {
            match uses(&body, column.id) {
                0 => {}
                1 => {
                    copied.insert(column.id, value);
                }
                _ if is_volatile(&value) => once.push((column, value)),
                count => {
                    for _ in 1..count {
                        self.charge_copy(&value, span)?;
                    }
                    copied.insert(column.id, value);
                }
            }
        }
        if !copied.is_empty() {
            body.substitute(&copied);
        }
        match once.is_empty() {
            true => Ok(body),
            false => self.computed_once(once, body, span),
        }
    }

    fn computed_once(&mut self, values: Vec<(Column, Expr)>, mut body: Expr, span: Span) -> Result<Expr> {
        if body.has_subquery() {
            let message = "A value that changes with each call (such as RAND()), read more than once beside a \
                           subquery,";
            return Err(BindError::unsupported(message, span));
        }
        let (columns, values): (Vec<Column>, Vec<Expr>) = values.into_iter().unzip();
        let names = columns.iter().map(|column| column.name.clone()).collect();
        let row = self.struct_of(names, values, span)?;
        let row_type = row.data_type().clone();
        let element = self.ids.column("", row_type.clone());
        let field = |(index, column): (usize, &Column)| {
            let input = Box::new(Expr::Column(element.clone()));
            (column.id, Expr::Field { input, index, data_type: column.data_type.clone() })
        };
        let fields: HashMap<ColumnId, Expr> = columns.iter().enumerate().map(field).collect();
        body.substitute(&fields);
        let array = Expr::Call {
            function: "$array".into(),
            arguments: vec![row],
            safe: false,
            data_type: DataType::array(row_type),
            span,
        };
        let data_type = body.data_type().clone();
        let value = Box::new(body);
        Ok(Expr::ArraySubquery(Box::new(ArraySubquery {
            sources: vec![ArraySource { array, element, offset: None, outer: false }],
            filter: None,
            result: ArraySubqueryResult::Scalar { value, order_by: Vec::new(), limit: None, offset: 0 },
            data_type,
        })))
    }
}

/// How often the column stands in the expression, its subqueries included.
pub(super) fn uses(expr: &Expr, column: ColumnId) -> usize {
    let mut found = Vec::new();
    crate::bind::binder::referenced_columns(expr, &mut found);
    found.into_iter().filter(|id| *id == column).count()
}

/// How often the column stands in the relation's expressions.
pub(super) fn uses_in(relation: &Relation, column: ColumnId) -> usize {
    let mut count = 0;
    relation.for_each(&mut |relation| {
        for expr in relation.exprs() {
            expr.for_each(&mut |inner| count += usize::from(inner.as_column() == Some(column)));
        }
    });
    count
}

/// True when computing the expression again may give another value.
pub(in crate::bind) fn is_volatile(expr: &Expr) -> bool {
    let mut volatile = false;
    let mut look = |inner: &Expr| {
        if let Expr::Call { function, .. } = inner {
            volatile |= function::find(function).is_some_and(|found| !found.deterministic);
        }
    };
    expr.for_each(&mut |inner| {
        look(inner);
        if let Expr::Subquery(subquery) = inner {
            subquery.relation.for_each(&mut |relation| {
                relation.exprs().into_iter().for_each(|expr| expr.for_each(&mut look));
            });
        }
    });
    volatile
}
