//! Queries and SELECT.

use super::super::ast::*;
use super::Writer;

impl Writer {
    pub(super) fn parenthesized_query(&mut self, query: &Query) {
        self.text("(");
        self.query(query);
        self.text(")");
    }

    pub(super) fn query(&mut self, query: &Query) {
        if let Some(with) = &query.with {
            self.with(with);
            self.text(" ");
        }
        self.body(&query.body);
        self.clause(" ORDER BY ", &query.order_by, Self::order_item);
        self.optional(" ", query.limit.as_ref(), Self::limit);
        for pipe in &query.pipes {
            self.text(" ");
            self.pipe(pipe);
        }
    }

    pub(super) fn with(&mut self, with: &With) {
        self.text(if with.recursive { "WITH RECURSIVE " } else { "WITH " });
        self.list(&with.entries, |w, entry| {
            w.ident(&entry.name);
            w.text(" AS ");
            w.parenthesized_query(&entry.query);
            w.optional(" ", entry.depth.as_ref(), Self::depth);
        });
    }

    pub(super) fn depth(&mut self, depth: &RecursionDepth) {
        self.text("WITH DEPTH");
        self.alias(&depth.alias);
        if depth.low.is_none() && depth.high.is_none() {
            return;
        }
        for (prefix, bound) in [(" BETWEEN ", &depth.low), (" AND ", &depth.high)] {
            self.text(prefix);
            match bound {
                Some(bound) => self.expr(bound),
                None => self.text("UNBOUNDED"),
            }
        }
    }

    fn body(&mut self, body: &QueryBody) {
        match body {
            QueryBody::Select(select) => self.select(select),
            QueryBody::SetOperation(operation) => {
                for (index, input) in operation.inputs.iter().enumerate() {
                    if index > 0 {
                        self.text(" ");
                        self.set_operator(&operation.operator);
                        self.text(" ");
                    }
                    self.body(input);
                }
            }
            QueryBody::Parenthesized(query) => self.parenthesized_query(query),
            QueryBody::Aliased { query, alias } => {
                self.parenthesized_query(query);
                self.optional(" AS ", Some(alias), Self::ident);
            }
            QueryBody::From(table) => self.optional("FROM ", Some(&**table), Self::table),
        }
    }

    pub(super) fn set_operator(&mut self, operator: &SetOperator) {
        self.text(match operator.outer {
            SetOuter::None | SetOuter::Strict => "",
            SetOuter::Inner => "INNER ",
            SetOuter::Full => "FULL ",
            SetOuter::Left => "LEFT ",
        });
        self.text(match operator.kind {
            SetOperatorKind::Union => "UNION",
            SetOperatorKind::Intersect => "INTERSECT",
            SetOperatorKind::Except => "EXCEPT",
        });
        self.text(if operator.quantifier == SetQuantifier::All { " ALL" } else { " DISTINCT" });
        self.when(operator.outer == SetOuter::Strict, " STRICT");
        let (words, by, columns) = match &operator.column_match {
            ColumnMatch::Position => return,
            ColumnMatch::Corresponding(columns) => (" CORRESPONDING", " BY ", columns),
            ColumnMatch::ByName(columns) => (" BY NAME", " ON ", columns),
        };
        self.text(words);
        if !columns.is_empty() {
            self.text(by);
            self.parens(columns, Self::ident);
        }
    }

    pub(super) fn select(&mut self, select: &Select) {
        self.text("SELECT ");
        if let Some(with) = &select.with {
            self.text("WITH ");
            self.ident(&with.kind);
            self.options(with.options.as_ref());
            self.text(" ");
        }
        self.text(match select.quantifier {
            Some(SetQuantifier::All) => "ALL ",
            Some(SetQuantifier::Distinct) => "DISTINCT ",
            None => "",
        });
        match &select.form {
            SelectForm::Row => {}
            SelectForm::Struct => self.text("AS STRUCT "),
            SelectForm::Value => self.text("AS VALUE "),
            SelectForm::Named(path) => {
                self.optional("AS ", Some(path), Self::path);
                self.text(" ");
            }
        }
        self.list(&select.items, Self::select_item);
        self.optional(" FROM ", select.from.as_ref(), Self::table);
        self.optional(" WHERE ", select.filter.as_ref(), Self::expr);
        self.optional(" ", select.group_by.as_ref(), Self::group_by);
        self.optional(" HAVING ", select.having.as_ref(), Self::expr);
        self.optional(" QUALIFY ", select.qualify.as_ref(), Self::expr);
        self.windows(&select.windows);
    }

    pub(super) fn windows(&mut self, windows: &[NamedWindow]) {
        self.clause(" WINDOW ", windows, |w, window| {
            w.ident(&window.name);
            w.text(" AS ");
            w.window(&window.spec);
        });
    }

    pub(super) fn select_item(&mut self, item: &SelectItem) {
        match &item.kind {
            SelectItemKind::Expr { value, alias } => {
                self.expr(value);
                self.alias(alias);
            }
            SelectItemKind::Star(modifiers) => {
                self.text("*");
                self.star_modifiers(modifiers);
            }
            SelectItemKind::DotStar { base, modifiers } => {
                self.expr_above(base, super::super::parser::Precedence::Operand);
                self.text(".*");
                self.star_modifiers(modifiers);
            }
        }
    }

    fn star_modifiers(&mut self, modifiers: &StarModifiers) {
        if !modifiers.except.is_empty() {
            self.text(" EXCEPT ");
            self.parens(&modifiers.except, Self::ident);
        }
        if !modifiers.replace.is_empty() {
            self.text(" REPLACE ");
            self.parens(&modifiers.replace, |w, binding| {
                w.expr(&binding.value);
                w.text(" AS ");
                w.ident(&binding.name);
            });
        }
    }

    pub(super) fn group_by(&mut self, group_by: &GroupBy) {
        self.text(if group_by.and_order { "GROUP AND ORDER BY " } else { "GROUP BY " });
        match &group_by.kind {
            GroupByKind::All => self.text("ALL"),
            GroupByKind::Items(items) => self.list(items, Self::grouping_item),
        }
    }

    fn grouping_item(&mut self, item: &GroupingItem) {
        let (name, items) = match &item.kind {
            GroupingItemKind::Expr { value, alias, order } => {
                self.expr(value);
                self.alias(alias);
                if let Some(order) = order {
                    self.direction(order.direction, order.nulls);
                }
                return;
            }
            GroupingItemKind::Set(values) => return self.parens(values, Self::expr),
            GroupingItemKind::Rollup(items) => ("ROLLUP", items),
            GroupingItemKind::Cube(items) => ("CUBE", items),
            GroupingItemKind::GroupingSets(items) => ("GROUPING SETS", items),
        };
        self.text(name);
        self.parens(items, Self::grouping_item);
    }

    pub(super) fn order_item(&mut self, item: &OrderItem) {
        self.expr(&item.value);
        self.optional(" COLLATE ", item.collate.as_ref(), Self::expr);
        self.direction(item.direction, item.nulls);
    }

    pub(super) fn direction(&mut self, direction: Option<Direction>, nulls: Option<NullsOrder>) {
        self.text(match direction {
            Some(Direction::Ascending) => " ASC",
            Some(Direction::Descending) => " DESC",
            None => "",
        });
        self.text(match nulls {
            Some(NullsOrder::First) => " NULLS FIRST",
            Some(NullsOrder::Last) => " NULLS LAST",
            None => "",
        });
    }

    pub(super) fn limit(&mut self, limit: &Limit) {
        self.text("LIMIT ");
        match &limit.count {
            Some(count) => self.expr(count),
            None => self.text("ALL"),
        }
        self.optional(" OFFSET ", limit.offset.as_ref(), Self::expr);
    }
}
