//! UPDATE and DELETE.

use super::Target;
use crate::algebra::{Expr, Join, JoinKind, Relation};
use crate::bind::binder::{Binder, boolean};
use crate::bind::error::{BindError, Result};
use crate::bind::expression::ExprContext;
use crate::bind::join::combine;
use crate::bind::scope::Scope;
use crate::bind::statement::{Modify, ModifyKind};
use crate::syntax::ast;

impl Binder<'_> {
    /// Binds UPDATE.
    pub(in crate::bind) fn update(mut self, update: &ast::Update) -> Result<Modify> {
        if let Some(offset) = &update.offset {
            return Err(BindError::unsupported("WITH OFFSET in UPDATE", offset.span));
        }
        let Some(filter) = &update.filter else {
            return Err(BindError::new("UPDATE must have a WHERE clause", update.span));
        };
        let target = self.target(&update.target, update.alias.as_ref())?;
        let (mut relation, mut names) = (target.relation.clone(), target.names.clone());
        if let Some(from) = &update.from {
            let source = self.from(from, None)?;
            names = combine(names, source.names, from.span)?;
            relation = Relation::Join(Box::new(Join {
                kind: JoinKind::Inner,
                left: relation,
                right: source.relation,
                on: Vec::new(),
                mark: None,
                null_aware: false,
                dependent: false,
            }));
        }
        let scope = Scope::new(names, None);
        relation = self.rows_where(relation, filter, &scope)?;
        let changes = self.assignments(&update.items, &target, &scope)?;
        let mut values = vec![("$row".to_owned(), target.number()), ("$written".to_owned(), boolean(true))];
        for (column, change) in target.columns.iter().zip(changes) {
            let value = change.unwrap_or_else(|| Expr::Column(column.clone()));
            values.push((column.name.clone(), value));
        }
        self.modify(ModifyKind::Update, target, relation, values)
    }

    /// Binds DELETE.
    pub(in crate::bind) fn delete(mut self, delete: &ast::Delete) -> Result<Modify> {
        if let Some(offset) = &delete.offset {
            return Err(BindError::unsupported("WITH OFFSET in DELETE", offset.span));
        }
        let Some(filter) = &delete.filter else {
            return Err(BindError::new("DELETE must have a WHERE clause", delete.span));
        };
        let target = self.target(&delete.target, delete.alias.as_ref())?;
        let scope = Scope::new(target.names.clone(), None);
        let relation = self.rows_where(target.relation.clone(), filter, &scope)?;
        let values = vec![("$row".to_owned(), target.number())];
        self.modify(ModifyKind::Delete, target, relation, values)
    }

    fn rows_where(&mut self, input: Relation, filter: &ast::Expr, scope: &Scope<'_>) -> Result<Relation> {
        let cx = ExprContext::plain(scope, "WHERE clause");
        let predicate = self.condition(filter, "WHERE clause", cx)?;
        Ok(Relation::Filter { input: Box::new(input), predicate })
    }

    pub(super) fn modify(
        mut self,
        kind: ModifyKind,
        target: Target,
        relation: Relation,
        values: Vec<(String, Expr)>,
    ) -> Result<Modify> {
        let rows = self.values_of(relation, values);
        Ok(Modify { kind, name: target.path, table: target.table, source: self.finish(rows) })
    }
}
