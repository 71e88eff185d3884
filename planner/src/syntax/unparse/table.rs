//! The FROM clause.

use super::super::ast::*;
use super::Writer;

impl Writer {
    pub(super) fn table(&mut self, table: &TableExpr) {
        match &table.kind {
            TableExprKind::Table(table) => {
                self.path(&table.path);
                self.alias(&table.alias);
                self.with_offset(&table.offset);
                self.optional(" FOR SYSTEM_TIME AS OF ", table.as_of.as_deref(), Self::expr);
            }
            TableExprKind::Unnest(unnest) => self.unnest(unnest),
            TableExprKind::Subquery { query, alias } => {
                self.parenthesized_query(query);
                self.alias(alias);
            }
            TableExprKind::Function { call, alias } => {
                self.call(call);
                self.alias(alias);
            }
            TableExprKind::Join(join) => self.join(join),
            TableExprKind::Pivot { input, pivot } => {
                self.table_operand(input);
                self.text(" ");
                self.pivot(pivot);
            }
            TableExprKind::Unpivot { input, unpivot } => {
                self.table_operand(input);
                self.text(" ");
                self.unpivot(unpivot);
            }
            TableExprKind::Sample { input, sample } => {
                self.table_operand(input);
                self.text(" ");
                self.sample(sample);
            }
            TableExprKind::MatchRecognize { input, pattern } => {
                self.table_operand(input);
                self.text(" ");
                self.match_recognize(pattern);
            }
        }
    }

    /// Writes a table where a join needs parentheses.
    pub(super) fn table_operand(&mut self, table: &TableExpr) {
        let join = matches!(table.kind, TableExprKind::Join(_));
        self.when(join, "(");
        self.table(table);
        self.when(join, ")");
    }

    pub(super) fn unnest(&mut self, unnest: &Unnest) {
        self.text("UNNEST(");
        self.list(&unnest.arrays, |w, array| {
            w.expr(&array.value);
            w.alias(&array.alias);
        });
        self.optional(", mode => ", unnest.mode.as_deref(), Self::expr);
        self.text(")");
        self.alias(&unnest.alias);
        self.with_offset(&unnest.offset);
    }

    pub(super) fn with_offset(&mut self, offset: &Option<WithOffset>) {
        if let Some(offset) = offset {
            self.text(" WITH OFFSET");
            self.alias(&offset.alias);
        }
    }

    fn join(&mut self, join: &Join) {
        self.table(&join.left);
        self.when(join.kind != JoinKind::Comma, " ");
        self.join_kind(join.kind);
        self.text(" ");
        self.table_operand(&join.right);
        self.join_condition(&join.condition);
    }

    pub(super) fn join_kind(&mut self, kind: JoinKind) {
        self.text(match kind {
            JoinKind::Comma => ",",
            JoinKind::Cross => "CROSS JOIN",
            JoinKind::Inner => "JOIN",
            JoinKind::Left => "LEFT JOIN",
            JoinKind::Right => "RIGHT JOIN",
            JoinKind::Full => "FULL JOIN",
        });
    }

    pub(super) fn join_condition(&mut self, condition: &JoinCondition) {
        match condition {
            JoinCondition::None => {}
            JoinCondition::On(condition) => self.optional(" ON ", Some(&**condition), Self::expr),
            JoinCondition::Using(columns) => {
                self.text(" USING ");
                self.parens(columns, Self::ident);
            }
        }
    }

    fn pivot_item(&mut self, item: &PivotItem) {
        self.expr(&item.value);
        self.alias(&item.alias);
    }

    pub(super) fn pivot(&mut self, pivot: &Pivot) {
        self.text("PIVOT(");
        self.list(&pivot.aggregates, Self::pivot_item);
        self.text(" FOR ");
        self.expr_above(&pivot.input, super::super::parser::Precedence::BitOr);
        self.text(" IN ");
        self.parens(&pivot.values, Self::pivot_item);
        self.text(")");
        self.alias(&pivot.alias);
    }

    pub(super) fn unpivot(&mut self, unpivot: &Unpivot) {
        self.text(match unpivot.include_nulls {
            Some(true) => "UNPIVOT INCLUDE NULLS(",
            Some(false) => "UNPIVOT EXCLUDE NULLS(",
            None => "UNPIVOT(",
        });
        self.columns(&unpivot.values);
        self.text(" FOR ");
        self.path(&unpivot.name);
        self.text(" IN ");
        self.parens(&unpivot.groups, |w, group| {
            w.columns(&group.columns);
            w.optional(" AS ", group.label.as_ref(), Self::expr);
        });
        self.text(")");
        self.alias(&unpivot.alias);
    }

    fn columns(&mut self, columns: &[Path]) {
        match columns {
            [column] => self.path(column),
            _ => self.parens(columns, Self::path),
        }
    }

    pub(super) fn sample(&mut self, sample: &TableSample) {
        self.text("TABLESAMPLE ");
        self.ident(&sample.method);
        self.text(" (");
        self.expr(&sample.size);
        self.text(if sample.unit == SampleUnit::Rows { " ROWS" } else { " PERCENT" });
        self.clause(" PARTITION BY ", &sample.partition_by, Self::expr);
        self.text(")");
        if let Some(weight) = &sample.weight {
            self.text(" WITH WEIGHT");
            self.alias(&weight.alias);
        }
        if let Some(seed) = &sample.repeatable {
            self.text(" REPEATABLE (");
            self.expr(seed);
            self.text(")");
        }
    }

    pub(super) fn match_recognize(&mut self, m: &MatchRecognize) {
        self.text("MATCH_RECOGNIZE(");
        self.clause(" PARTITION BY ", &m.partition_by, Self::pivot_item);
        self.clause(" ORDER BY ", &m.order_by, Self::order_item);
        self.clause(" MEASURES ", &m.measures, Self::pivot_item);
        self.text(match m.skip {
            Some(SkipTo::PastLastRow) => " AFTER MATCH SKIP PAST LAST ROW",
            Some(SkipTo::NextRow) => " AFTER MATCH SKIP TO NEXT ROW",
            None => "",
        });
        self.text(" PATTERN (");
        self.row_pattern(&m.pattern);
        self.text(") DEFINE ");
        self.list(&m.define, |w, binding| {
            w.ident(&binding.name);
            w.text(" AS ");
            w.expr(&binding.value);
        });
        self.options(m.options.as_ref());
        self.text(")");
        self.alias(&m.alias);
    }

    fn row_pattern(&mut self, pattern: &RowPattern) {
        match pattern {
            RowPattern::Empty => {}
            RowPattern::Variable(name) => self.ident(name),
            RowPattern::Start => self.text("^"),
            RowPattern::End => self.text("$"),
            RowPattern::Alternation(branches) => {
                for (index, branch) in branches.iter().enumerate() {
                    self.when(index > 0, " | ");
                    self.row_pattern_operand(branch, matches!(branch, RowPattern::Alternation(_)));
                }
            }
            RowPattern::Concatenation(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    self.when(index > 0, " ");
                    let loose = matches!(
                        part,
                        RowPattern::Alternation(_) | RowPattern::Concatenation(_) | RowPattern::Empty
                    );
                    self.row_pattern_operand(part, loose);
                }
            }
            RowPattern::Repeat { pattern, min, max, reluctant } => {
                self.row_pattern_operand(pattern, !matches!(**pattern, RowPattern::Variable(_)));
                self.text("{");
                self.optional("", min.as_ref(), Self::expr);
                // `{n}` holds one expression twice; a parameter must not be counted twice.
                if min.is_none() || min != max {
                    self.text(",");
                    self.optional("", max.as_ref(), Self::expr);
                }
                self.text("}");
                self.when(*reluctant, "?");
            }
        }
    }

    fn row_pattern_operand(&mut self, pattern: &RowPattern, parens: bool) {
        self.when(parens, "(");
        self.row_pattern(pattern);
        self.when(parens, ")");
    }
}
