//! Operators of pipe syntax.

use super::super::ast::*;
use super::Writer;

impl Writer {
    pub(super) fn pipe(&mut self, pipe: &PipeOperator) {
        self.text("|> ");
        match &pipe.kind {
            PipeOperatorKind::Select(select) => self.select(select),
            PipeOperatorKind::Extend { items, windows } => {
                self.clause("EXTEND ", items, Self::select_item);
                self.windows(windows);
            }
            PipeOperatorKind::Window(items) => self.clause("WINDOW ", items, Self::select_item),
            PipeOperatorKind::Set(bindings) => self.clause("SET ", bindings, |w, binding| {
                w.ident(&binding.name);
                w.text(" = ");
                w.expr(&binding.value);
            }),
            PipeOperatorKind::Drop(names) => self.clause("DROP ", names, Self::ident),
            PipeOperatorKind::Rename(renames) => self.clause("RENAME ", renames, |w, rename| {
                w.ident(&rename.from);
                w.text(" AS ");
                w.ident(&rename.to);
            }),
            PipeOperatorKind::As(alias) => self.optional("AS ", Some(alias), Self::ident),
            PipeOperatorKind::Where(condition) => self.optional("WHERE ", Some(&**condition), Self::expr),
            PipeOperatorKind::Aggregate { items, group_by } => {
                self.text("AGGREGATE");
                self.clause(" ", items, |w, item| {
                    w.select_item(&item.item);
                    if let Some(order) = item.order {
                        w.direction(order.direction, order.nulls);
                    }
                });
                self.optional(" ", group_by.as_ref(), Self::group_by);
            }
            PipeOperatorKind::Distinct => self.text("DISTINCT"),
            PipeOperatorKind::Join { kind, right, condition } => {
                self.join_kind(*kind);
                self.text(" ");
                self.table_operand(right);
                self.join_condition(condition);
            }
            PipeOperatorKind::Call { call, alias } => {
                self.optional("CALL ", Some(&**call), Self::call);
                self.alias(alias);
            }
            PipeOperatorKind::OrderBy(items) => self.clause("ORDER BY ", items, Self::order_item),
            PipeOperatorKind::Limit(limit) => self.limit(limit),
            PipeOperatorKind::SetOperation { operator, inputs } => {
                self.set_operator(operator);
                self.clause(" ", inputs, Self::parenthesized_query);
            }
            PipeOperatorKind::RecursiveUnion { operator, depth, input, alias } => {
                self.recursive_union(operator, depth, input, alias);
            }
            PipeOperatorKind::Sample(sample) => self.sample(sample),
            PipeOperatorKind::Pivot(pivot) => self.pivot(pivot),
            PipeOperatorKind::Unpivot(unpivot) => self.unpivot(unpivot),
            PipeOperatorKind::MatchRecognize(pattern) => self.match_recognize(pattern),
            PipeOperatorKind::With(with) => self.with(with),
            PipeOperatorKind::Assert { condition, messages } => {
                self.optional("ASSERT ", Some(&**condition), Self::expr);
                self.clause(", ", messages, Self::expr);
            }
            PipeOperatorKind::ExportData { connection, options } => {
                self.text("EXPORT DATA");
                self.connection(connection.as_ref());
                self.options(options.as_ref());
            }
            PipeOperatorKind::CreateTable(table) => self.create_table(table),
            PipeOperatorKind::Insert(insert) => self.insert(insert),
        }
    }

    fn recursive_union(
        &mut self,
        operator: &SetOperator,
        depth: &Option<RecursionDepth>,
        input: &RecursiveInput,
        alias: &Option<Ident>,
    ) {
        self.text("RECURSIVE ");
        self.set_operator(operator);
        self.optional(" ", depth.as_ref(), Self::depth);
        self.text(" ");
        match input {
            RecursiveInput::Query(query) => self.parenthesized_query(query),
            RecursiveInput::Pipes(pipes) => {
                self.text("(");
                for (index, pipe) in pipes.iter().enumerate() {
                    self.when(index > 0, " ");
                    self.pipe(pipe);
                }
                self.text(")");
            }
        }
        self.alias(alias);
    }
}
