//! WITH RECURSIVE: `base UNION [ALL | DISTINCT] step`, where the step reads the rows of the iteration before.

use super::binder::{Binder, Rows};
use super::cte::Cte;
use super::error::{BindError, Result};
use crate::algebra::{
    Column, ColumnId, Expr, JoinKind, Named, OutputColumn, Recursive, Relation, SetOperator,
};
use crate::syntax::ast::{self, QueryBody, SetOperatorKind, SetQuantifier, Span};

impl Binder<'_> {
    /// Returns the rows of a definition that reads itself; None for one that does not.
    pub(super) fn recursive_definition(&mut self, entry: &ast::WithEntry) -> Result<Option<Rows>> {
        let query = &entry.query;
        let QueryBody::SetOperation(operation) = &query.body else { return Ok(None) };
        let plain = query.with.is_none()
            && query.order_by.is_empty()
            && query.limit.is_none()
            && query.pipes.is_empty()
            && operation.operator.kind == SetOperatorKind::Union
            && operation.operator.column_match == ast::ColumnMatch::Position
            && operation.operator.outer == ast::SetOuter::None;
        let ([first, rest @ ..], true) = (operation.inputs.as_slice(), plain) else { return Ok(None) };
        let base = self.body(first, None)?;
        let id = self.next_with;
        self.next_with += 1;
        let columns: Vec<Column> = base
            .columns
            .iter()
            .map(|output| self.ids.column(output.name.clone(), output.column.data_type.clone()))
            .collect();
        let renamed = |(output, column): (&OutputColumn, &Column)| OutputColumn {
            column: column.clone(),
            ..output.clone()
        };
        let outputs: Vec<OutputColumn> = base.columns.iter().zip(&columns).map(renamed).collect();
        self.ctes.push(Cte {
            name: entry.name.value.clone(),
            id,
            columns: outputs.clone(),
            value_table: base.value_table,
        });
        let step = match rest {
            [one] => self.body(one, None),
            rest => {
                let rest = ast::SetOperation { inputs: rest.to_vec(), ..(**operation).clone() };
                self.body(&QueryBody::SetOperation(Box::new(rest)), None)
            }
        };
        self.ctes.pop();
        let step = step?;
        match count(&step.relation, id) {
            0 => return Ok(None),
            1 => {}
            _ => {
                let message =
                    format!("Multiple recursive references to {} are not allowed", entry.name.value);
                return Err(BindError::new(message, entry.name.span));
            }
        }
        if let Err(place) = check(&step.relation, id) {
            let message = format!("A recursive reference from inside {place} is not allowed");
            return Err(BindError::new(message, entry.name.span));
        }
        let (step, step_columns) = self.as_base(step, &columns, operation.span)?;
        let relation = Relation::Recursive(Box::new(Recursive {
            id,
            base_columns: base.columns.iter().map(|output| output.column.id).collect(),
            base: base.relation,
            step,
            step_columns,
            columns,
            distinct: operation.operator.quantifier == SetQuantifier::Distinct,
        }));
        Ok(Some(Rows { relation, columns: outputs, value_table: base.value_table }))
    }

    /// Returns the step's rows with the types of the base's columns.
    fn as_base(&mut self, step: Rows, base: &[Column], span: Span) -> Result<(Relation, Vec<ColumnId>)> {
        if step.columns.len() != base.len() {
            let message = format!(
                "Queries in UNION have mismatched column count; query 1 has {} columns, query 2 has {} columns",
                base.len(),
                step.columns.len()
            );
            return Err(BindError::new(message, span));
        }
        let mut columns = Vec::with_capacity(base.len());
        for (output, base) in step.columns.iter().zip(base) {
            let expr = self.coerce(Expr::Column(output.column.clone()), &base.data_type, span)?;
            columns.push(Named { column: self.ids.column(base.name.clone(), base.data_type.clone()), expr });
        }
        let ids = columns.iter().map(|named| named.column.id).collect();
        Ok((Relation::Project { input: Box::new(step.relation), columns }, ids))
    }
}

/// How often the relation reads the rows of the iteration before.
fn count(relation: &Relation, wanted: u32) -> usize {
    let mut count = 0;
    relation.for_each(&mut |inner| {
        count += usize::from(matches!(inner, Relation::Shared { id, .. } if *id == wanted));
    });
    count
}

/// Checks that what is made of the rows before can be made of them a part at a time.
fn check(relation: &Relation, id: u32) -> std::result::Result<(), &'static str> {
    let reads = |relation: &Relation| count(relation, id) > 0;
    if !reads(relation) {
        return Ok(());
    }
    match relation {
        Relation::Shared { .. } => Ok(()),
        Relation::Filter { input, .. } | Relation::Project { input, .. } if reads(input) => check(input, id),
        Relation::Unnest(unnest) if reads(&unnest.input) => check(&unnest.input, id),
        Relation::Join(join) if reads(&join.left) || reads(&join.right) => {
            let allowed = match join.kind {
                JoinKind::Inner => true,
                JoinKind::Right => !reads(&join.left),
                JoinKind::Full => false,
                _ => !reads(&join.right),
            };
            match allowed {
                true => check(&join.left, id).and_then(|()| check(&join.right, id)),
                false => Err("the side of an outer join that may be missing"),
            }
        }
        Relation::SetOperation(operation)
            if matches!(operation.operator, SetOperator::UnionAll | SetOperator::UnionDistinct) =>
        {
            operation.inputs.iter().try_for_each(|input| check(input, id))
        }
        Relation::SetOperation(_) => Err("INTERSECT or EXCEPT"),
        Relation::Filter { .. } | Relation::Project { .. } | Relation::Unnest(_) | Relation::Join(_) => {
            Err("an expression subquery")
        }
        Relation::Aggregate(_) => Err("aggregation, GROUP BY or DISTINCT"),
        Relation::Window(_) => Err("an analytic function"),
        Relation::Sort { .. } => Err("ORDER BY"),
        Relation::Limit { .. } => Err("LIMIT"),
        _ => Err("this place"),
    }
}
