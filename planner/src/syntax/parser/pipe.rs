//! Operators of pipe syntax.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::{Parser, Result};

impl Parser<'_> {
    /// `|> operator`.
    pub(super) fn pipe_operator(&mut self) -> Result<PipeOperator> {
        let start = self.expect_symbol(Symbol::PipeInput)?;
        let kind = self.nested(Self::pipe_operator_kind)?;
        self.deepen()?;
        Ok(PipeOperator { kind, span: self.span_from(start) })
    }

    fn pipe_operator_kind(&mut self) -> Result<PipeOperatorKind> {
        let Some(keyword) = self.keyword(0) else { return Err(self.unexpected()) };
        if self.at_set_operator() {
            return self.pipe_set_operation();
        }
        match keyword {
            Keyword::SELECT => {
                let mut select = self.select_head()?;
                select.windows = self.window_clause(true)?;
                Ok(PipeOperatorKind::Select(select))
            }
            Keyword::EXTEND => {
                self.advance();
                Ok(PipeOperatorKind::Extend {
                    items: self.extend_items()?,
                    windows: self.window_clause(true)?,
                })
            }
            Keyword::WINDOW => {
                self.advance();
                self.extend_items().map(PipeOperatorKind::Window)
            }
            Keyword::SET => self.pipe_set(),
            Keyword::DROP => self.pipe_drop(),
            Keyword::RENAME => self.pipe_rename(),
            Keyword::AS => {
                self.advance();
                self.ident().map(PipeOperatorKind::As)
            }
            Keyword::WHERE => {
                self.advance();
                Ok(PipeOperatorKind::Where(Box::new(self.expression()?)))
            }
            Keyword::AGGREGATE => self.pipe_aggregate(),
            Keyword::DISTINCT => {
                self.advance();
                Ok(PipeOperatorKind::Distinct)
            }
            Keyword::JOIN
            | Keyword::INNER
            | Keyword::CROSS
            | Keyword::LEFT
            | Keyword::RIGHT
            | Keyword::FULL
            | Keyword::NATURAL => self.pipe_join(),
            Keyword::CALL => self.pipe_call(),
            Keyword::ORDER => {
                self.expect_all(&[Keyword::ORDER, Keyword::BY])?;
                self.pipe_list(Self::order_item).map(PipeOperatorKind::OrderBy)
            }
            Keyword::LIMIT => Ok(PipeOperatorKind::Limit(Box::new(self.limit()?))),
            Keyword::RECURSIVE => self.pipe_recursive(),
            Keyword::TABLESAMPLE => Ok(PipeOperatorKind::Sample(Box::new(self.table_sample()?))),
            Keyword::PIVOT => Ok(PipeOperatorKind::Pivot(Box::new(self.pivot()?))),
            Keyword::UNPIVOT => Ok(PipeOperatorKind::Unpivot(Box::new(self.unpivot()?))),
            Keyword::MATCH_RECOGNIZE => {
                Ok(PipeOperatorKind::MatchRecognize(Box::new(self.match_recognize()?)))
            }
            Keyword::WITH => self.pipe_with(),
            Keyword::ASSERT => {
                self.advance();
                let condition = Box::new(self.expression()?);
                let mut messages = Vec::new();
                while self.eat_symbol(Symbol::Comma) {
                    if self.at_list_end() {
                        break;
                    }
                    messages.push(self.expression()?);
                }
                Ok(PipeOperatorKind::Assert { condition, messages })
            }
            Keyword::EXPORT => {
                self.expect_all(&[Keyword::EXPORT, Keyword::DATA])?;
                let connection = self.with_connection()?;
                let options = self.optional_options()?;
                if self.at_keyword(Keyword::AS) {
                    return Err(self.error("AS query is not allowed on pipe EXPORT DATA"));
                }
                Ok(PipeOperatorKind::ExportData { connection, options })
            }
            Keyword::CREATE => self.pipe_create_table(),
            Keyword::INSERT => Ok(PipeOperatorKind::Insert(Box::new(self.insert(true)?))),
            Keyword::GROUP => Err(self.error(
                "GROUP BY should be part of a pipe AGGREGATE operator, without a leading pipe symbol",
            )),
            Keyword::FORK
            | Keyword::TEE
            | Keyword::IF
            | Keyword::LOG
            | Keyword::DESCRIBE
            | Keyword::STATIC_DESCRIBE => {
                Err(self.unsupported(format!("Pipe {} is not supported", keyword.text())))
            }
            _ => Err(self.unexpected()),
        }
    }

    /// A list that a comma may end.
    fn pipe_list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.eat_symbol(Symbol::Comma) {
            if self.at_list_end() {
                break;
            }
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn extend_items(&mut self) -> Result<Vec<SelectItem>> {
        self.pipe_list(|parser| {
            if parser.at_symbol(Symbol::Star) {
                return Err(parser.unexpected());
            }
            parser.select_item()
        })
    }

    fn pipe_set(&mut self) -> Result<PipeOperatorKind> {
        self.expect(Keyword::SET)?;
        let bindings = self.pipe_list(|parser| {
            let name = parser.ident()?;
            if parser.at_symbol(Symbol::Dot) {
                return Err(parser.error_at(
                    name.span,
                    "Pipe SET can only update columns by column name alone; Setting columns under table aliases or \
                     fields under paths is not supported",
                ));
            }
            parser.expect_symbol(Symbol::Equal)?;
            Ok(Binding { name, value: parser.expression()? })
        })?;
        Ok(PipeOperatorKind::Set(bindings))
    }

    fn pipe_drop(&mut self) -> Result<PipeOperatorKind> {
        self.expect(Keyword::DROP)?;
        let names = self.pipe_list(|parser| {
            let name = parser.ident()?;
            if parser.at_symbol(Symbol::Dot) {
                return Err(parser.error_at(
                    name.span,
                    "Pipe DROP can only drop columns by name alone; Dropping columns under table aliases or fields \
                     under paths is not supported",
                ));
            }
            Ok(name)
        })?;
        Ok(PipeOperatorKind::Drop(names))
    }

    fn pipe_rename(&mut self) -> Result<PipeOperatorKind> {
        self.expect(Keyword::RENAME)?;
        let renames = self.pipe_list(|parser| {
            let from = parser.ident()?;
            if parser.at_symbol(Symbol::Dot) {
                return Err(parser.error_at(
                    from.span,
                    "Pipe RENAME can only rename columns by name alone; Renaming columns under table aliases or \
                     fields under paths is not supported",
                ));
            }
            parser.eat(Keyword::AS);
            Ok(PipeRename { from, to: parser.ident()? })
        })?;
        Ok(PipeOperatorKind::Rename(renames))
    }

    fn pipe_aggregate(&mut self) -> Result<PipeOperatorKind> {
        self.expect(Keyword::AGGREGATE)?;
        let mut items = Vec::new();
        if !self.at_list_end() {
            items = self.pipe_list(|parser| {
                if parser.at_symbol(Symbol::Star) {
                    return Err(parser.unexpected());
                }
                let item = parser.select_item()?;
                let sortable = matches!(item.kind, SelectItemKind::Expr { .. })
                    && matches!(parser.keyword(0), Some(Keyword::ASC | Keyword::DESC));
                let order = if sortable { parser.optional_grouping_order()? } else { None };
                Ok(PipeAggregateItem { item, order })
            })?;
        }
        let group_by = if self.at_keyword(Keyword::GROUP) { Some(self.group_by(true)?) } else { None };
        Ok(PipeOperatorKind::Aggregate { items, group_by })
    }

    fn pipe_join(&mut self) -> Result<PipeOperatorKind> {
        let Some(kind) = self.join_kind(false)? else { return Err(self.unexpected()) };
        let right = Box::new(self.table_primary()?);
        let condition = self.join_condition()?;
        Ok(PipeOperatorKind::Join { kind, right, condition })
    }

    fn pipe_call(&mut self) -> Result<PipeOperatorKind> {
        self.expect(Keyword::CALL)?;
        let name = self.table_path()?;
        if !self.at_symbol(Symbol::LeftParen) {
            return Err(self.expected("\"(\""));
        }
        let call = self.call_arguments(None, name)?;
        Ok(PipeOperatorKind::Call { call, alias: self.optional_alias()? })
    }

    fn pipe_set_operation(&mut self) -> Result<PipeOperatorKind> {
        let operator = self.set_operator()?;
        let inputs = self.pipe_list(Self::parenthesized_query)?;
        Ok(PipeOperatorKind::SetOperation { operator, inputs })
    }

    fn pipe_recursive(&mut self) -> Result<PipeOperatorKind> {
        self.expect(Keyword::RECURSIVE)?;
        let operator = self.set_operator()?;
        let depth = self.recursion_depth()?;
        let input = if self.at_symbol(Symbol::LeftParen) && self.symbol(1) == Some(Symbol::PipeInput) {
            self.advance();
            let mut pipes = Vec::new();
            while self.at_symbol(Symbol::PipeInput) {
                pipes.push(self.pipe_operator()?);
            }
            self.expect_symbol(Symbol::RightParen)?;
            RecursiveInput::Pipes(pipes)
        } else {
            RecursiveInput::Query(self.parenthesized_query()?)
        };
        let alias = self.optional_alias()?;
        Ok(PipeOperatorKind::RecursiveUnion { operator, depth, input: Box::new(input), alias })
    }

    fn pipe_with(&mut self) -> Result<PipeOperatorKind> {
        let start = self.expect(Keyword::WITH)?;
        let recursive = self.eat(Keyword::RECURSIVE);
        let entries = self.pipe_list(|parser| {
            let start = parser.span();
            let name = parser.ident()?;
            parser.expect(Keyword::AS)?;
            let query = parser.parenthesized_query()?;
            let depth = parser.recursion_depth()?;
            Ok(WithEntry { name, query, depth, span: parser.span_from(start) })
        })?;
        Ok(PipeOperatorKind::With(With { recursive, entries, span: self.span_from(start) }))
    }

    fn pipe_create_table(&mut self) -> Result<PipeOperatorKind> {
        let start = self.span();
        self.expect(Keyword::CREATE)?;
        let modifiers = self.create_modifiers()?;
        if self.keyword(0) != Some(Keyword::TABLE)
            || matches!(self.token(1).kind, TokenKind::Word(Some(Keyword::FUNCTION)))
        {
            return Err(self.expected("keyword TABLE"));
        }
        self.advance();
        let table = self.create_table(start, modifiers, TableKind::Plain)?;
        match table.query {
            Some(_) => Err(self.error_at(start, "AS query is not allowed on pipe CREATE TABLE")),
            None => Ok(PipeOperatorKind::CreateTable(Box::new(table))),
        }
    }
}
