//! Syntax tree to canonical GoogleSQL text.
//!
//! The law: parsing the text gives the same tree again, spans aside. So parentheses stand exactly where the
//! grammar needs them, keywords are in capitals, aliases have their AS, and literals are escaped anew.

mod alter;
mod create;
mod dml;
mod expression;
mod job;
mod literal;
mod pipe;
mod query;
mod script;
mod table;
mod types;

use super::ast;

pub(in crate::syntax) use expression::is_operand;

/// Returns the text of a statement, without a semicolon.
pub fn statement(statement: &ast::Statement) -> String {
    let mut writer = Writer::default();
    writer.statement(statement);
    writer.out
}

/// Returns the text of statements, each with its semicolon, one a line.
pub fn script(statements: &[ast::Statement]) -> String {
    statements.iter().map(|s| statement(s) + ";\n").collect()
}

/// Returns the text of a query.
pub fn query(query: &ast::Query) -> String {
    let mut writer = Writer::default();
    writer.query(query);
    writer.out
}

/// Returns the text of an expression.
pub fn expression(expression: &ast::Expr) -> String {
    let mut writer = Writer::default();
    writer.expr(expression);
    writer.out
}

/// Returns the text of a type.
pub fn data_type(data_type: &ast::DataType) -> String {
    let mut writer = Writer::default();
    writer.data_type(data_type);
    writer.out
}

/// Collects the text. Methods that write a construct stand in the file of its family.
#[derive(Default)]
struct Writer {
    out: String,
}

impl Writer {
    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Writes `text` where `condition` holds.
    fn when(&mut self, condition: bool, text: &str) {
        if condition {
            self.text(text);
        }
    }

    /// Writes items with commas between them.
    fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        for (index, value) in items.iter().enumerate() {
            self.when(index > 0, ", ");
            item(self, value);
        }
    }

    /// Writes `(items)`.
    fn parens<T>(&mut self, items: &[T], item: impl FnMut(&mut Self, &T)) {
        self.text("(");
        self.list(items, item);
        self.text(")");
    }

    /// Writes `prefix items`, or nothing where there are none.
    fn clause<T>(&mut self, prefix: &str, items: &[T], item: impl FnMut(&mut Self, &T)) {
        if !items.is_empty() {
            self.text(prefix);
            self.list(items, item);
        }
    }

    /// Writes `prefix value`, or nothing where there is none.
    fn optional<T>(&mut self, prefix: &str, value: Option<&T>, item: impl FnOnce(&mut Self, &T)) {
        if let Some(value) = value {
            self.text(prefix);
            item(self, value);
        }
    }

    fn ident(&mut self, ident: &ast::Ident) {
        match ident.quoted {
            true => self.quoted_name(&ident.value),
            false => self.text(&ident.value),
        }
    }

    fn path(&mut self, path: &ast::Path) {
        for (index, part) in path.parts.iter().enumerate() {
            self.when(index > 0, ".");
            self.ident(part);
        }
    }

    fn alias(&mut self, alias: &Option<ast::Ident>) {
        self.optional(" AS ", alias.as_ref(), Self::ident);
    }
}
