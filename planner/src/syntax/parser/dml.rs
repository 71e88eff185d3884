//! INSERT, UPDATE, DELETE, TRUNCATE, MERGE.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::Symbol;
use super::operator::Precedence;
use super::{Parser, Result};

impl Parser<'_> {
    /// `INSERT [INTO] target [(columns)] VALUES ... | query`; in a pipe the rows come from the input.
    pub(super) fn insert(&mut self, pipe: bool) -> Result<Insert> {
        let start = self.expect(Keyword::INSERT)?;
        if self.at_keyword(Keyword::OR)
            || (matches!(self.keyword(0), Some(Keyword::IGNORE | Keyword::REPLACE | Keyword::UPDATE))
                && (self.is_ident(1) || self.keyword(1) == Some(Keyword::INTO)))
        {
            return Err(self.unsupported("INSERT OR IGNORE, REPLACE and UPDATE are not supported"));
        }
        self.eat(Keyword::INTO);
        let target = self.table_path()?;
        let mut columns = Vec::new();
        if self.at_symbol(Symbol::LeftParen) && !self.is_query(self.at + 1) {
            columns = self.parenthesized(Self::ident)?;
        }
        let source = if pipe {
            InsertSource::Pipe
        } else if self.eat(Keyword::VALUES) {
            InsertSource::Values(self.comma_list(Self::insert_row)?)
        } else if self.is_bare_query(self.at)
            || (self.at_symbol(Symbol::LeftParen) && self.is_query(self.at + 1))
        {
            InsertSource::Query(Box::new(self.query()?))
        } else if columns.is_empty() {
            return Err(self.unexpected());
        } else {
            return Err(self.expected("keyword VALUES or keyword SELECT"));
        };
        self.refuse_dml_extras()?;
        Ok(Insert { target, columns, source, span: self.span_from(start) })
    }

    fn insert_row(&mut self) -> Result<InsertRow> {
        let start = self.span();
        let values = self.parenthesized(Self::dml_value)?;
        Ok(InsertRow { values, span: self.span_from(start) })
    }

    fn dml_value(&mut self) -> Result<DmlValue> {
        match self.at_keyword(Keyword::DEFAULT) {
            true => Ok(DmlValue::Default(self.advance().span)),
            false => self.expression().map(DmlValue::Expr),
        }
    }

    /// Names the clauses of other dialects of GoogleSQL that may follow a change.
    fn refuse_dml_extras(&self) -> Result<()> {
        match self.keyword(0) {
            Some(Keyword::ASSERT_ROWS_MODIFIED) => {
                Err(self.unsupported("ASSERT_ROWS_MODIFIED is not supported"))
            }
            Some(Keyword::ON) => Err(self.unsupported("ON CONFLICT is not supported")),
            Some(Keyword::THEN) if self.keyword(1) == Some(Keyword::RETURN) => {
                Err(self.unsupported("THEN RETURN is not supported"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn update(&mut self) -> Result<Update> {
        let start = self.expect(Keyword::UPDATE)?;
        let target = self.table_path()?;
        let alias = self.optional_alias()?;
        let offset = self.with_offset()?;
        self.expect(Keyword::SET)?;
        let items = self.comma_list(Self::update_item)?;
        let from = if self.at_keyword(Keyword::FROM) { Some(self.parse_from()?) } else { None };
        let filter = self.where_clause()?;
        self.refuse_dml_extras()?;
        Ok(Update { target, alias, offset, items, from, filter, span: self.span_from(start) })
    }

    /// `WHERE condition`, where it stands.
    pub(super) fn where_clause(&mut self) -> Result<Option<Expr>> {
        if self.eat(Keyword::WHERE) { self.expression().map(Some) } else { Ok(None) }
    }

    fn update_item(&mut self) -> Result<UpdateItem> {
        if self.at_symbol(Symbol::LeftParen) {
            return self.nested(Self::nested_dml);
        }
        if !self.is_ident(0) {
            return Err(self.unexpected());
        }
        let target = self.expression_above(Precedence::Operand)?;
        if !matches!(target.kind, ExprKind::Path(_) | ExprKind::Field { .. } | ExprKind::Subscript { .. }) {
            return Err(self.error_at(target.span, "SET needs a column or a field on its left side"));
        }
        self.expect_symbol(Symbol::Equal)?;
        Ok(UpdateItem::Set { target, value: self.dml_value()? })
    }

    fn nested_dml(&mut self) -> Result<UpdateItem> {
        self.expect_symbol(Symbol::LeftParen)?;
        let nested = match self.keyword(0) {
            Some(Keyword::INSERT) => NestedDml::Insert(self.insert(false)?),
            Some(Keyword::UPDATE) => NestedDml::Update(self.update()?),
            Some(Keyword::DELETE) => NestedDml::Delete(self.delete()?),
            _ => return Err(self.expected("keyword DELETE or keyword INSERT or keyword UPDATE")),
        };
        self.expect_symbol(Symbol::RightParen)?;
        Ok(UpdateItem::Nested(Box::new(nested)))
    }

    pub(super) fn delete(&mut self) -> Result<Delete> {
        let start = self.expect(Keyword::DELETE)?;
        self.eat(Keyword::FROM);
        let target = self.table_path()?;
        let alias = self.optional_alias()?;
        let offset = self.with_offset()?;
        let filter = self.where_clause()?;
        self.refuse_dml_extras()?;
        Ok(Delete { target, alias, offset, filter, span: self.span_from(start) })
    }

    pub(super) fn truncate(&mut self) -> Result<Truncate> {
        let start = self.expect(Keyword::TRUNCATE)?;
        self.expect(Keyword::TABLE)?;
        let target = self.table_path()?;
        let filter = self.where_clause()?;
        Ok(Truncate { target, filter, span: self.span_from(start) })
    }

    pub(super) fn merge(&mut self) -> Result<Merge> {
        let start = self.expect(Keyword::MERGE)?;
        self.eat(Keyword::INTO);
        let target = self.table_path()?;
        let alias = self.optional_alias()?;
        self.expect(Keyword::USING)?;
        let source = self.merge_source()?;
        self.expect(Keyword::ON)?;
        let condition = self.expression()?;
        let mut clauses = Vec::new();
        while clauses.is_empty() || self.at_keyword(Keyword::WHEN) {
            clauses.push(self.merge_clause()?);
        }
        Ok(Merge { target, alias, source, condition, clauses, span: self.span_from(start) })
    }

    /// A table by name or a query; joins and table functions need a query around them.
    fn merge_source(&mut self) -> Result<TableExpr> {
        let start = self.span();
        let kind = if self.at_symbol(Symbol::LeftParen) {
            let query = Box::new(self.parenthesized_query()?);
            TableExprKind::Subquery { query, alias: self.optional_alias()? }
        } else {
            let path = self.table_path()?;
            TableExprKind::Table(TablePath { path, alias: self.optional_alias()?, offset: None, as_of: None })
        };
        Ok(TableExpr { kind, span: self.span_from(start) })
    }

    fn merge_clause(&mut self) -> Result<MergeClause> {
        let start = self.expect(Keyword::WHEN)?;
        let unmatched = self.eat(Keyword::NOT);
        self.expect(Keyword::MATCHED)?;
        let mut when = if unmatched { MergeWhen::NotMatchedByTarget } else { MergeWhen::Matched };
        if unmatched && self.eat(Keyword::BY) {
            when = match self.keyword(0) {
                Some(Keyword::SOURCE) => MergeWhen::NotMatchedBySource,
                Some(Keyword::TARGET) => MergeWhen::NotMatchedByTarget,
                _ => return Err(self.expected("keyword SOURCE or keyword TARGET")),
            };
            self.advance();
        }
        let condition = if self.eat(Keyword::AND) { Some(self.expression()?) } else { None };
        self.expect(Keyword::THEN)?;
        let action = self.merge_action()?;
        Ok(MergeClause { when, condition, action, span: self.span_from(start) })
    }

    fn merge_action(&mut self) -> Result<MergeAction> {
        match self.keyword(0) {
            Some(Keyword::DELETE) => {
                self.advance();
                Ok(MergeAction::Delete)
            }
            Some(Keyword::UPDATE) => {
                self.expect_all(&[Keyword::UPDATE, Keyword::SET])?;
                self.comma_list(Self::update_item).map(MergeAction::Update)
            }
            Some(Keyword::INSERT) => {
                self.advance();
                let columns = match self.at_symbol(Symbol::LeftParen) {
                    true => self.parenthesized(Self::ident)?,
                    false => Vec::new(),
                };
                if self.eat(Keyword::ROW) {
                    return Ok(MergeAction::InsertRow { columns });
                }
                if !self.eat(Keyword::VALUES) {
                    return Err(self.expected("keyword ROW or keyword VALUES"));
                }
                Ok(MergeAction::Insert { columns, values: self.insert_row()? })
            }
            _ => Err(self.expected("keyword DELETE or keyword INSERT or keyword UPDATE")),
        }
    }
}
