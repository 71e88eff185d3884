//! INSERT, UPDATE, DELETE, TRUNCATE, MERGE.

use super::super::ast::*;
use super::Writer;

impl Writer {
    pub(super) fn insert(&mut self, insert: &Insert) {
        self.text("INSERT INTO ");
        self.path(&insert.target);
        if !insert.columns.is_empty() {
            self.text(" ");
            self.parens(&insert.columns, Self::ident);
        }
        match &insert.source {
            InsertSource::Values(rows) => self.clause(" VALUES ", rows, Self::row),
            InsertSource::Query(query) => self.optional(" ", Some(&**query), Self::query),
            InsertSource::Pipe => {}
        }
    }

    fn row(&mut self, row: &InsertRow) {
        self.parens(&row.values, Self::dml_value);
    }

    fn dml_value(&mut self, value: &DmlValue) {
        match value {
            DmlValue::Expr(value) => self.expr(value),
            DmlValue::Default(_) => self.text("DEFAULT"),
        }
    }

    pub(super) fn update(&mut self, update: &Update) {
        self.text("UPDATE ");
        self.path(&update.target);
        self.alias(&update.alias);
        self.with_offset(&update.offset);
        self.clause(" SET ", &update.items, Self::update_item);
        self.optional(" FROM ", update.from.as_ref(), Self::table);
        self.optional(" WHERE ", update.filter.as_ref(), Self::expr);
    }

    fn update_item(&mut self, item: &UpdateItem) {
        match item {
            UpdateItem::Set { target, value } => {
                self.expr(target);
                self.text(" = ");
                self.dml_value(value);
            }
            UpdateItem::Nested(nested) => {
                self.text("(");
                match &**nested {
                    NestedDml::Insert(insert) => self.insert(insert),
                    NestedDml::Update(update) => self.update(update),
                    NestedDml::Delete(delete) => self.delete(delete),
                }
                self.text(")");
            }
        }
    }

    pub(super) fn delete(&mut self, delete: &Delete) {
        self.text("DELETE FROM ");
        self.path(&delete.target);
        self.alias(&delete.alias);
        self.with_offset(&delete.offset);
        self.optional(" WHERE ", delete.filter.as_ref(), Self::expr);
    }

    pub(super) fn truncate(&mut self, truncate: &Truncate) {
        self.text("TRUNCATE TABLE ");
        self.path(&truncate.target);
        self.optional(" WHERE ", truncate.filter.as_ref(), Self::expr);
    }

    pub(super) fn merge(&mut self, merge: &Merge) {
        self.text("MERGE INTO ");
        self.path(&merge.target);
        self.alias(&merge.alias);
        self.text(" USING ");
        self.table(&merge.source);
        self.text(" ON ");
        self.expr(&merge.condition);
        for clause in &merge.clauses {
            self.text(match clause.when {
                MergeWhen::Matched => " WHEN MATCHED",
                MergeWhen::NotMatchedByTarget => " WHEN NOT MATCHED BY TARGET",
                MergeWhen::NotMatchedBySource => " WHEN NOT MATCHED BY SOURCE",
            });
            self.optional(" AND ", clause.condition.as_ref(), Self::expr);
            self.text(" THEN ");
            self.merge_action(&clause.action);
        }
    }

    fn merge_action(&mut self, action: &MergeAction) {
        match action {
            MergeAction::Delete => self.text("DELETE"),
            MergeAction::Update(items) => self.clause("UPDATE SET ", items, Self::update_item),
            MergeAction::Insert { columns, values } => {
                self.merge_insert(columns);
                self.text(" VALUES ");
                self.row(values);
            }
            MergeAction::InsertRow { columns } => {
                self.merge_insert(columns);
                self.text(" ROW");
            }
        }
    }

    fn merge_insert(&mut self, columns: &[Ident]) {
        self.text("INSERT");
        if !columns.is_empty() {
            self.text(" ");
            self.parens(columns, Self::ident);
        }
    }
}
