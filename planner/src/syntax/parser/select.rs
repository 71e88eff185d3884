//! SELECT: its list, grouping and windows.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::{Parser, Result};

impl Parser<'_> {
    /// One SELECT with all its clauses.
    pub(super) fn select(&mut self) -> Result<Box<Select>> {
        let start = self.span();
        let mut select = self.select_head()?;
        if self.at_keyword(Keyword::FROM) {
            select.from = Some(self.parse_from()?);
        }
        if self.eat(Keyword::WHERE) {
            select.filter = Some(self.expression()?);
        }
        if self.at_keyword(Keyword::GROUP) {
            let group_by = self.group_by(false)?;
            if group_by.and_order {
                return Err(
                    self.error_at(group_by.span, "GROUP AND ORDER BY is only allowed in pipe AGGREGATE")
                );
            }
            select.group_by = Some(group_by);
        }
        if self.eat(Keyword::HAVING) {
            select.having = Some(self.expression()?);
        }
        if self.eat(Keyword::QUALIFY) {
            select.qualify = Some(self.expression()?);
        }
        select.windows = self.window_clause(false)?;
        select.span = self.span_from(start);
        Ok(select)
    }

    /// SELECT with its list and nothing after it.
    pub(super) fn select_head(&mut self) -> Result<Box<Select>> {
        let start = self.expect(Keyword::SELECT)?;
        let mut with = None;
        if self.symbol(1) != Some(Symbol::LeftParen) && self.eat(Keyword::WITH) {
            let kind = self.ident()?;
            with = Some(SelectWith { kind, options: self.optional_options()? });
        }
        let quantifier = match self.keyword(0) {
            Some(Keyword::ALL) => Some(SetQuantifier::All),
            Some(Keyword::DISTINCT) => Some(SetQuantifier::Distinct),
            _ => None,
        };
        if quantifier.is_some() {
            self.advance();
        }
        let form = if self.eat(Keyword::AS) {
            match self.keyword(0) {
                Some(Keyword::STRUCT) => {
                    self.advance();
                    SelectForm::Struct
                }
                Some(Keyword::VALUE) => {
                    self.advance();
                    SelectForm::Value
                }
                _ => SelectForm::Named(self.path()?),
            }
        } else {
            SelectForm::Row
        };
        if matches!(self.keyword(0), Some(Keyword::FROM)) || self.at_list_end() {
            return Err(match self.kind() {
                TokenKind::End => self.unexpected(),
                TokenKind::Word(Some(Keyword::FROM)) => self.error("SELECT list must not be empty"),
                _ => self.unexpected(),
            });
        }
        let items = self.select_items()?;
        Ok(Box::new(Select {
            with,
            quantifier,
            form,
            items,
            from: None,
            filter: None,
            group_by: None,
            having: None,
            qualify: None,
            windows: Vec::new(),
            span: self.span_from(start),
        }))
    }

    /// A list of select items; a comma may end it.
    pub(super) fn select_items(&mut self) -> Result<Vec<SelectItem>> {
        let mut items = vec![self.select_item()?];
        while self.eat_symbol(Symbol::Comma) {
            if self.at_list_end() {
                break;
            }
            items.push(self.select_item()?);
        }
        Ok(items)
    }

    /// Says whether the next token can only follow a finished list.
    pub(super) fn at_list_end(&self) -> bool {
        match self.kind() {
            TokenKind::End => true,
            TokenKind::Symbol(symbol) => {
                matches!(symbol, Symbol::RightParen | Symbol::Semicolon | Symbol::PipeInput)
            }
            TokenKind::Word(Some(keyword)) => matches!(
                keyword,
                Keyword::FROM
                    | Keyword::WHERE
                    | Keyword::GROUP
                    | Keyword::HAVING
                    | Keyword::QUALIFY
                    | Keyword::WINDOW
                    | Keyword::ORDER
                    | Keyword::LIMIT
                    | Keyword::UNION
                    | Keyword::INTERSECT
                    | Keyword::EXCEPT
            ),
            _ => false,
        }
    }

    pub(super) fn select_item(&mut self) -> Result<SelectItem> {
        let start = self.span();
        let kind = if self.eat_symbol(Symbol::Star) {
            SelectItemKind::Star(self.star_modifiers()?)
        } else {
            let value = self.expression()?;
            if self.at_symbol(Symbol::Dot) && self.symbol(1) == Some(Symbol::Star) {
                self.advance();
                if !self.can_expand(&value) {
                    return Err(self.unexpected());
                }
                self.advance();
                SelectItemKind::DotStar { base: value, modifiers: self.star_modifiers()? }
            } else {
                SelectItemKind::Expr { value, alias: self.optional_alias()? }
            }
        };
        Ok(SelectItem { kind, span: self.span_from(start) })
    }

    /// Says whether `.*` may follow: an operator needs parentheses around it.
    fn can_expand(&self, value: &Expr) -> bool {
        // The dot has been taken: the token before it is a parenthesis where the operator stands in some.
        let before = self.at.checked_sub(2).and_then(|at| self.tokens.tokens.get(at));
        let closed = before.is_some_and(|token| {
            token.kind == TokenKind::Symbol(Symbol::RightParen) && token.span.end > value.span.end
        });
        closed || super::super::unparse::is_operand(&value.kind)
    }

    fn star_modifiers(&mut self) -> Result<StarModifiers> {
        let mut modifiers = StarModifiers::default();
        if self.at_keyword(Keyword::EXCEPT) && self.symbol(1) == Some(Symbol::LeftParen) {
            self.advance();
            if self.is_query(self.at + 1) {
                return Err(self.error("EXCEPT must be followed by ALL, DISTINCT, or \"(\""));
            }
            modifiers.except = self.parenthesized(Self::ident)?;
        }
        if self.at_keyword(Keyword::REPLACE) && self.symbol(1) == Some(Symbol::LeftParen) {
            self.advance();
            modifiers.replace = self.parenthesized(|parser| {
                let value = parser.expression()?;
                parser.expect(Keyword::AS)?;
                Ok(Binding { name: parser.ident()?, value })
            })?;
        }
        Ok(modifiers)
    }

    /// `GROUP [AND ORDER] BY ...`; in a pipe AGGREGATE entries may have names and an order.
    pub(super) fn group_by(&mut self, pipe: bool) -> Result<GroupBy> {
        let start = self.expect(Keyword::GROUP)?;
        let and_order = self.eat_all(&[Keyword::AND, Keyword::ORDER]);
        self.expect(Keyword::BY)?;
        if !pipe && self.eat(Keyword::ALL) {
            return Ok(GroupBy { kind: GroupByKind::All, and_order, span: self.span_from(start) });
        }
        let mut items = vec![self.grouping_item(pipe)?];
        while self.eat_symbol(Symbol::Comma) {
            if pipe && self.at_list_end() {
                break;
            }
            items.push(self.grouping_item(pipe)?);
        }
        Ok(GroupBy { kind: GroupByKind::Items(items), and_order, span: self.span_from(start) })
    }

    fn grouping_item(&mut self, pipe: bool) -> Result<GroupingItem> {
        let start = self.span();
        let kind = if let Some(kind) = self.grouping_sets()? {
            kind
        } else {
            let value = self.expression()?;
            let alias = if pipe { self.optional_alias()? } else { None };
            let order = if pipe { self.optional_grouping_order()? } else { None };
            GroupingItemKind::Expr { value, alias, order }
        };
        Ok(GroupingItem { kind, span: self.span_from(start) })
    }

    pub(super) fn optional_grouping_order(&mut self) -> Result<Option<GroupingOrder>> {
        let order = self.direction_and_nulls()?;
        Ok((order.direction.is_some() || order.nulls.is_some()).then_some(order))
    }

    /// `()`, ROLLUP, CUBE and GROUPING SETS; None for a plain value.
    fn grouping_sets(&mut self) -> Result<Option<GroupingItemKind>> {
        if self.at_symbol(Symbol::LeftParen) && self.symbol(1) == Some(Symbol::RightParen) {
            self.at += 2;
            return Ok(Some(GroupingItemKind::Set(Vec::new())));
        }
        if self.at_keyword(Keyword::ROLLUP) && self.symbol(1) == Some(Symbol::LeftParen) {
            self.advance();
            return Ok(Some(GroupingItemKind::Rollup(self.parenthesized(Self::grouping_set)?)));
        }
        if self.at_keyword(Keyword::CUBE) && self.symbol(1) == Some(Symbol::LeftParen) {
            self.advance();
            return Ok(Some(GroupingItemKind::Cube(self.parenthesized(Self::grouping_set)?)));
        }
        if self.eat_all(&[Keyword::GROUPING, Keyword::SETS]) {
            let sets = self.parenthesized(|parser| {
                let start = parser.span();
                match parser.grouping_sets()? {
                    Some(GroupingItemKind::GroupingSets(_)) => {
                        Err(parser.error_at(start, "GROUPING SETS cannot be nested"))
                    }
                    Some(kind) => Ok(GroupingItem { kind, span: parser.span_from(start) }),
                    None => parser.grouping_set(),
                }
            })?;
            return Ok(Some(GroupingItemKind::GroupingSets(sets)));
        }
        Ok(None)
    }

    /// A value, or several in parentheses as one set.
    fn grouping_set(&mut self) -> Result<GroupingItem> {
        let start = self.span();
        let value = self.expression()?;
        let kind = match value.kind {
            ExprKind::Struct { form: StructForm::Tuple, fields } => {
                GroupingItemKind::Set(fields.into_iter().map(|field| field.value).collect())
            }
            kind => {
                GroupingItemKind::Expr { value: Expr { kind, span: value.span }, alias: None, order: None }
            }
        };
        Ok(GroupingItem { kind, span: self.span_from(start) })
    }

    /// `WINDOW name AS (...), ...`, where it stands.
    pub(super) fn window_clause(&mut self, pipe: bool) -> Result<Vec<NamedWindow>> {
        if !self.eat(Keyword::WINDOW) {
            return Ok(Vec::new());
        }
        let mut windows = Vec::new();
        loop {
            let name = self.ident()?;
            self.expect(Keyword::AS)?;
            windows.push(NamedWindow { name, spec: self.window()? });
            if !self.eat_symbol(Symbol::Comma) || (pipe && self.at_list_end()) {
                return Ok(windows);
            }
        }
    }
}
