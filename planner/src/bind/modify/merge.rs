//! MERGE: target and source meet in an outer join, the first WHEN clause that fits a row says what becomes of it.

use canopy_format::{DataType, Value};

use super::Target;
use crate::algebra::{Expr, Join, JoinKind, Named, Relation};
use crate::bind::binder::{Binder, boolean, conjuncts};
use crate::bind::error::{BindError, Result};
use crate::bind::expression::ExprContext;
use crate::bind::from::Source;
use crate::bind::insert::target_columns;
use crate::bind::join::combine;
use crate::bind::scope::Scope;
use crate::bind::statement::{Modify, ModifyKind};
use crate::syntax::ast::{self, Ident, MergeAction, MergeClause, MergeWhen, Span};

/// What a clause makes of a row.
struct Effect {
    /// The old row goes; else there is none.
    removes: bool,
    /// The new row; None where none comes.
    row: Option<Vec<Expr>>,
}

/// Whose names a clause sees.
struct Scopes<'s> {
    both: Scope<'s>,
    target: Scope<'s>,
    source: Scope<'s>,
}

impl Scopes<'_> {
    fn of(&self, when: MergeWhen) -> &Scope<'_> {
        match when {
            MergeWhen::Matched => &self.both,
            MergeWhen::NotMatchedByTarget => &self.source,
            MergeWhen::NotMatchedBySource => &self.target,
        }
    }
}

impl Binder<'_> {
    /// Binds MERGE.
    pub(in crate::bind) fn merge(mut self, merge: &ast::Merge) -> Result<Modify> {
        let target = self.target(&merge.target, merge.alias.as_ref())?;
        let source = self.from(&merge.source, None)?;
        let source_values: Vec<Expr> =
            source.names.columns.iter().map(|column| column.expr.clone()).collect();
        let scopes = Scopes {
            both: Scope::new(combine(target.names.clone(), source.names.clone(), merge.source.span)?, None),
            target: Scope::new(target.names.clone(), None),
            source: Scope::new(source.names.clone(), None),
        };
        let cx = ExprContext::plain(&scopes.both, "MERGE ON clause");
        let on = conjuncts(self.condition(&merge.condition, "MERGE ON clause", cx)?);
        let (relation, in_source) = self.meet(&target, source, on, &merge.clauses);

        let is_there = |column: Expr| call("$is_not_null", vec![column], DataType::Bool);
        let is_gone = |column: Expr| call("$is_null", vec![column], DataType::Bool);
        let mut effects = Vec::with_capacity(merge.clauses.len());
        let mut chosen = Expr::Literal(Value::Null, DataType::Int64);
        for (index, clause) in merge.clauses.iter().enumerate().rev() {
            let mut applies = match clause.when {
                MergeWhen::Matched => vec![is_there(target.number()), is_there(in_source.clone())],
                MergeWhen::NotMatchedByTarget => vec![is_gone(target.number())],
                MergeWhen::NotMatchedBySource => vec![is_gone(in_source.clone())],
            };
            if let Some(condition) = &clause.condition {
                let cx = ExprContext::plain(scopes.of(clause.when), "MERGE WHEN clause");
                applies.push(self.condition(condition, "MERGE WHEN clause", cx)?);
            }
            let applies = match applies.len() {
                1 => applies.remove(0),
                _ => call("$and", applies, DataType::Bool),
            };
            let number = Expr::Literal(Value::Int64(index as i64), DataType::Int64);
            chosen = call("if", vec![applies, number, chosen], DataType::Int64);
            effects.push(self.effect(clause, &target, &source_values, &scopes)?);
        }
        effects.reverse();
        self.effects(target, relation, chosen, effects)
    }

    /// Joins both sides as far as the clauses need rows without a partner; also returns a value that is NULL where
    /// the source has no row.
    fn meet(
        &mut self,
        target: &Target,
        source: Source,
        on: Vec<Expr>,
        clauses: &[MergeClause],
    ) -> (Relation, Expr) {
        let wants = |when: MergeWhen| clauses.iter().any(|clause| clause.when == when);
        let kind = match (wants(MergeWhen::NotMatchedBySource), wants(MergeWhen::NotMatchedByTarget)) {
            (false, false) => JoinKind::Inner,
            (true, false) => JoinKind::Left,
            (false, true) => JoinKind::Right,
            (true, true) => JoinKind::Full,
        };
        let marker = self.ids.column("$source", DataType::Bool);
        let passed = source.relation.columns().into_iter();
        let mut columns: Vec<Named> =
            passed.map(|column| Named { expr: Expr::Column(column.clone()), column }).collect();
        columns.push(Named { column: marker.clone(), expr: boolean(true) });
        let is_never = matches!(on.as_slice(), [Expr::Literal(Value::Bool(false) | Value::Null, _)]);
        let on = match is_never && kind == JoinKind::Full {
            // MERGE ... ON FALSE replaces rows: an equality that no row number passes lets it run as a hash join.
            true => {
                let never = self.ids.column("$never", DataType::Int64);
                let expr = Expr::Literal(Value::Int64(-1), DataType::Int64);
                columns.push(Named { column: never.clone(), expr });
                vec![call("$equal", vec![target.number(), Expr::Column(never)], DataType::Bool)]
            }
            false => on,
        };
        let relation = Relation::Join(Box::new(Join {
            kind,
            left: target.relation.clone(),
            right: Relation::Project { input: Box::new(source.relation), columns },
            on,
            mark: None,
            null_aware: false,
            dependent: false,
        }));
        (relation, Expr::Column(marker))
    }

    fn effect(
        &mut self,
        clause: &MergeClause,
        target: &Target,
        source: &[Expr],
        scopes: &Scopes<'_>,
    ) -> Result<Effect> {
        let scope = scopes.of(clause.when);
        let inserts = matches!(clause.action, MergeAction::Insert { .. } | MergeAction::InsertRow { .. });
        if inserts != (clause.when == MergeWhen::NotMatchedByTarget) {
            let (when, action) = match inserts {
                true => ("MATCHED or NOT MATCHED BY SOURCE", "INSERT"),
                false => ("NOT MATCHED BY TARGET", "UPDATE or DELETE"),
            };
            return Err(BindError::new(
                format!("{action} is not allowed in a WHEN {when} clause"),
                clause.span,
            ));
        }
        let row = match &clause.action {
            MergeAction::Delete => None,
            MergeAction::Update(items) => {
                let changes = self.assignments(items, target, scope)?;
                let values = target.columns.iter().zip(changes);
                let values = values.map(|(own, new)| new.unwrap_or_else(|| Expr::Column(own.clone())));
                Some(values.collect())
            }
            MergeAction::Insert { columns, values } => {
                let targets = target_columns(target.fields(), columns, &target.table.name)?;
                check_count(values.values.len(), targets.len(), values.span)?;
                let mut given = Vec::with_capacity(targets.len());
                for (value, &at) in values.values.iter().zip(&targets) {
                    given.push(self.inserted_value(value, &target.fields()[at], scope)?);
                }
                Some(self.inserted(target, &targets, given, clause.span)?)
            }
            MergeAction::InsertRow { columns } => {
                Some(self.inserted_row(target, columns, source, clause.span)?)
            }
        };
        Ok(Effect { removes: !inserts, row })
    }

    /// INSERT ROW: the source's columns, in order.
    fn inserted_row(
        &mut self,
        target: &Target,
        columns: &[Ident],
        source: &[Expr],
        span: Span,
    ) -> Result<Vec<Expr>> {
        let targets = target_columns(target.fields(), columns, &target.table.name)?;
        check_count(source.len(), targets.len(), span)?;
        let mut given = Vec::with_capacity(targets.len());
        for (value, &at) in source.iter().zip(&targets) {
            let field = &target.fields()[at];
            let wanted = field.column_type();
            let assigned = self.assign(value.clone(), &wanted, span).map_err(|_| {
                let (found, name) = (value.data_type(), &field.name);
                let message = format!(
                    "Value has type {found} which cannot be inserted into column {name}, which has type {wanted}"
                );
                BindError::new(message, span)
            })?;
            given.push(assigned);
        }
        self.inserted(target, &targets, given, span)
    }

    /// Returns the given values with the other columns' defaults, in the table's order.
    fn inserted(
        &mut self,
        target: &Target,
        targets: &[usize],
        given: Vec<Expr>,
        span: Span,
    ) -> Result<Vec<Expr>> {
        let mut row = self.defaults(target.fields(), span)?;
        for (value, &at) in given.into_iter().zip(targets) {
            row[at] = value;
        }
        Ok(row)
    }

    /// Returns what becomes of each row that a clause was chosen for.
    fn effects(
        mut self,
        target: Target,
        input: Relation,
        chosen: Expr,
        effects: Vec<Effect>,
    ) -> Result<Modify> {
        let clause = self.ids.column("$clause", DataType::Int64);
        let passed = input.columns().into_iter();
        let mut columns: Vec<Named> =
            passed.map(|column| Named { expr: Expr::Column(column.clone()), column }).collect();
        columns.push(Named { column: clause.clone(), expr: chosen });
        let chosen = Relation::Project { input: Box::new(input), columns };
        let clause = Expr::Column(clause);
        let predicate = call("$is_not_null", vec![clause.clone()], DataType::Bool);
        let relation = Relation::Filter { input: Box::new(chosen), predicate };

        let number = effects.iter().map(|effect| match effect.removes {
            true => target.number(),
            false => Expr::Literal(Value::Null, DataType::Int64),
        });
        let number = by_clause(&clause, number.collect());
        let written =
            by_clause(&clause, effects.iter().map(|effect| boolean(effect.row.is_some())).collect());
        let mut values = vec![("$row".to_owned(), number), ("$written".to_owned(), written)];
        for (at, field) in target.fields().iter().enumerate() {
            let of_clauses = effects.iter().map(|effect| match &effect.row {
                Some(row) => row[at].clone(),
                None => Expr::Literal(Value::Null, field.column_type()),
            });
            values.push((field.name.clone(), by_clause(&clause, of_clauses.collect())));
        }
        self.modify(ModifyKind::Merge, target, relation, values)
    }
}

fn check_count(found: usize, wanted: usize, span: Span) -> Result<()> {
    match found == wanted {
        true => Ok(()),
        false => {
            let message = format!("Inserted row has wrong column count; Has {found}, expected {wanted}");
            Err(BindError::new(message, span))
        }
    }
}

fn call(function: &str, arguments: Vec<Expr>, data_type: DataType) -> Expr {
    Expr::Call { function: function.into(), arguments, safe: false, data_type, span: Span::default() }
}

/// The value that belongs to the row's clause.
fn by_clause(clause: &Expr, mut values: Vec<Expr>) -> Expr {
    let Some(mut value) = values.pop() else { return Expr::Literal(Value::Null, DataType::Int64) };
    while let Some(earlier) = values.pop() {
        if earlier == value {
            continue;
        }
        let index = Expr::Literal(Value::Int64(values.len() as i64), DataType::Int64);
        let is_clause = call("$equal", vec![clause.clone(), index], DataType::Bool);
        let data_type = earlier.data_type().clone();
        value = call("if", vec![is_clause, earlier, value], data_type);
    }
    value
}
