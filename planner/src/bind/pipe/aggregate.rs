//! Pipe AGGREGATE: the keys, then the aggregates, perhaps in their order.

use super::columns::select_of;
use super::renamed;
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::bind::from::Source;
use crate::bind::scope::Scope;
use crate::bind::select::SelectInput;
use crate::syntax::ast::{
    self, Expr, ExprKind, GroupBy, GroupByKind, GroupingItem, GroupingItemKind, GroupingOrder, Literal,
    OrderItem, PipeAggregateItem, SelectItem, SelectItemKind, Span,
};

/// The keys as entries of a select list, which GROUP BY then names by position.
#[derive(Default)]
struct Keys {
    items: Vec<SelectItem>,
    order_by: Vec<OrderItem>,
    and_order: bool,
}

impl Binder<'_> {
    /// `AGGREGATE items [GROUP [AND ORDER] BY keys]`.
    pub(super) fn pipe_aggregate(
        &mut self,
        source: Source,
        aggregates: &[PipeAggregateItem],
        group_by: Option<&GroupBy>,
        span: Span,
        outer: Option<&Scope<'_>>,
    ) -> Result<Source> {
        let mut keys =
            Keys { and_order: group_by.is_some_and(|group_by| group_by.and_order), ..Keys::default() };
        let entries = match group_by.map(|group_by| &group_by.kind) {
            Some(GroupByKind::Items(entries)) => entries.iter().map(|entry| keys.entry(entry)).collect(),
            Some(GroupByKind::All) => {
                return Err(BindError::new("GROUP BY ALL is not allowed in pipe AGGREGATE", span));
            }
            None => vec![GroupingItem { kind: GroupingItemKind::Set(Vec::new()), span }],
        };
        // The order is that of the output: keys, then aggregates.
        let Keys { mut items, mut order_by, .. } = keys;
        for aggregate in aggregates {
            items.push(aggregate.item.clone());
            if let Some(order) = aggregate.order {
                order_by.push(ordered(items.len(), order, aggregate.item.span));
            }
        }
        let mut select = select_of(items, Vec::new(), span);
        select.group_by = Some(GroupBy { kind: GroupByKind::Items(entries), and_order: false, span });
        let rows = self.select_over(SelectInput::of(source), &select, &order_by, outer)?;
        Ok(renamed(rows))
    }
}

impl Keys {
    fn entry(&mut self, entry: &GroupingItem) -> GroupingItem {
        use GroupingItemKind::*;
        let kind = match &entry.kind {
            Expr { value, alias, order } => {
                Expr { value: self.key(value, alias.as_ref(), *order), alias: None, order: None }
            }
            Set(values) => Set(values.iter().map(|value| self.key(value, None, None)).collect()),
            Rollup(entries) => Rollup(entries.iter().map(|entry| self.entry(entry)).collect()),
            Cube(entries) => Cube(entries.iter().map(|entry| self.entry(entry)).collect()),
            GroupingSets(entries) => GroupingSets(entries.iter().map(|entry| self.entry(entry)).collect()),
        };
        GroupingItem { kind, span: entry.span }
    }

    /// Adds a key to the select list, and returns its position; one that stands in several sets is added once.
    fn key(&mut self, value: &Expr, alias: Option<&ast::Ident>, order: Option<GroupingOrder>) -> Expr {
        let same = |item: &SelectItem| matches!(&item.kind, SelectItemKind::Expr { value: known, alias: None } if known.kind == value.kind);
        let known = self.items.iter().position(same).filter(|_| alias.is_none());
        let position = known.map_or_else(
            || {
                let kind = SelectItemKind::Expr { value: value.clone(), alias: alias.cloned() };
                self.items.push(SelectItem { kind, span: value.span });
                self.items.len()
            },
            |index| index + 1,
        );
        if order.is_some() || self.and_order {
            let order = order.unwrap_or(GroupingOrder { direction: None, nulls: None });
            self.order_by.push(ordered(position, order, value.span));
        }
        number(position, value.span)
    }
}

fn number(position: usize, span: Span) -> Expr {
    Expr { kind: ExprKind::Literal(Literal::Int(position as u64)), span }
}

fn ordered(position: usize, order: GroupingOrder, span: Span) -> OrderItem {
    let GroupingOrder { direction, nulls } = order;
    OrderItem { value: number(position, span), collate: None, direction, nulls, span }
}
