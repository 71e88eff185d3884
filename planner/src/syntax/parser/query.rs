//! Queries: WITH, bodies, ORDER BY, LIMIT.

use super::super::MAX_NESTING;
use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::{Parser, Result};

impl Parser<'_> {
    /// Says whether a query without parentheses around it starts at token `index`.
    pub(super) fn is_bare_query(&self, index: usize) -> bool {
        let kind = |index: usize| self.tokens.tokens.get(index).map(|token| token.kind);
        match kind(index) {
            Some(TokenKind::Word(Some(Keyword::SELECT | Keyword::FROM))) => true,
            Some(TokenKind::Word(Some(Keyword::WITH))) => {
                kind(index + 1) != Some(TokenKind::Symbol(Symbol::LeftParen))
            }
            _ => false,
        }
    }

    /// Says whether a query starts at token `index`, where parentheses may belong to the query or to an
    /// expression: it is the query's when what follows them can only continue a query.
    pub(super) fn is_query(&self, mut index: usize) -> bool {
        for _ in 0..=MAX_NESTING {
            if self.is_bare_query(index) {
                return true;
            }
            match self.tokens.tokens.get(index).map(|token| token.kind) {
                Some(TokenKind::Symbol(Symbol::LeftParen)) if self.continues_query(index) => index += 1,
                _ => return false,
            }
        }
        false
    }

    /// Says whether what follows the parenthesis opened at `index` can follow a query in parentheses.
    fn continues_query(&self, index: usize) -> bool {
        let after = self.tokens.closers.get(index).map_or(0, |closer| *closer as usize + 1);
        let Some(token) = self.tokens.tokens.get(after) else { return false };
        match token.kind {
            TokenKind::Symbol(Symbol::RightParen | Symbol::PipeInput) => true,
            TokenKind::Word(Some(keyword)) => matches!(
                keyword,
                Keyword::UNION
                    | Keyword::INTERSECT
                    | Keyword::EXCEPT
                    | Keyword::ORDER
                    | Keyword::LIMIT
                    | Keyword::FULL
                    | Keyword::LEFT
                    | Keyword::INNER
                    | Keyword::OUTER
            ),
            _ => false,
        }
    }

    /// `(query)`.
    pub(super) fn parenthesized_query(&mut self) -> Result<Query> {
        self.expect_symbol(Symbol::LeftParen)?;
        let query = self.query()?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(query)
    }

    /// A query, up to the first token that cannot belong to it.
    pub(super) fn query(&mut self) -> Result<Query> {
        self.nested(|parser| {
            let start = parser.span();
            let with = if parser.at_keyword(Keyword::WITH) { Some(parser.with_clause()?) } else { None };
            if with.is_some() && parser.at_symbol(Symbol::PipeInput) {
                return Err(parser.error(
                    "A pipe operator cannot follow the WITH clause before the main query; The main query usually \
                     starts with SELECT or FROM here",
                ));
            }
            let body = parser.query_body()?;
            parser.query_after(start, with, body)
        })
    }

    fn query_after(&mut self, start: Span, with: Option<With>, body: QueryBody) -> Result<Query> {
        let (mut order_by, mut limit) = (Vec::new(), None);
        if let QueryBody::From(_) = body {
            self.refuse_after_from()?;
        } else if !matches!(body, QueryBody::Aliased { .. }) {
            if self.at_keyword(Keyword::ORDER) {
                order_by = self.order_by()?;
            }
            if self.at_keyword(Keyword::LIMIT) {
                limit = Some(self.limit()?);
            }
        }
        let mut pipes = Vec::new();
        while self.at_symbol(Symbol::PipeInput) {
            pipes.push(self.pipe_operator()?);
        }
        self.deepen()?;
        Ok(Query { with, body, order_by, limit, pipes, span: self.span_from(start) })
    }

    /// Says what to do in place of the clauses that cannot follow a FROM query.
    fn refuse_after_from(&self) -> Result<()> {
        let Some(keyword) = self.keyword(0) else { return Ok(()) };
        match keyword {
            Keyword::WHERE
            | Keyword::GROUP
            | Keyword::HAVING
            | Keyword::QUALIFY
            | Keyword::WINDOW
            | Keyword::SELECT
            | Keyword::ORDER
            | Keyword::LIMIT
            | Keyword::UNION
            | Keyword::INTERSECT
            | Keyword::EXCEPT => {
                let name = match keyword {
                    Keyword::ORDER => "ORDER BY",
                    Keyword::GROUP => "GROUP BY",
                    keyword => keyword.text(),
                };
                let operator = if name == "GROUP BY" { "AGGREGATE" } else { name };
                Err(self.error(format!(
                    "{name} not supported after FROM query; Consider using pipe operator `|> {operator}` or \
                     parentheses around the FROM query"
                )))
            }
            _ => Ok(()),
        }
    }

    /// `WITH [RECURSIVE] name AS (query), ...`.
    pub(super) fn with_clause(&mut self) -> Result<With> {
        let start = self.expect(Keyword::WITH)?;
        let recursive = self.eat(Keyword::RECURSIVE);
        let mut entries = vec![self.with_entry()?];
        while self.at_symbol(Symbol::Comma) {
            let comma = self.advance().span;
            if self.is_bare_query(self.at) || self.at_symbol(Symbol::LeftParen) {
                return Err(self.error_at(
                    comma,
                    "Trailing comma after the WITH clause before the main query is not allowed",
                ));
            }
            entries.push(self.with_entry()?);
        }
        Ok(With { recursive, entries, span: self.span_from(start) })
    }

    fn with_entry(&mut self) -> Result<WithEntry> {
        let start = self.span();
        let name = self.ident()?;
        self.expect(Keyword::AS)?;
        let query = self.parenthesized_query()?;
        let depth = self.recursion_depth()?;
        Ok(WithEntry { name, query, depth, span: self.span_from(start) })
    }

    /// `WITH DEPTH ...`, where it stands.
    pub(super) fn recursion_depth(&mut self) -> Result<Option<RecursionDepth>> {
        let start = self.span();
        if !self.eat_all(&[Keyword::WITH, Keyword::DEPTH]) {
            return Ok(None);
        }
        let alias = self.optional_alias_unless(&[Keyword::MAX])?;
        let (mut low, mut high) = (None, None);
        if self.eat(Keyword::BETWEEN) {
            low = self.depth_bound()?;
            self.expect(Keyword::AND)?;
            high = self.depth_bound()?;
        } else if self.eat(Keyword::MAX) {
            high = self.depth_bound()?;
        }
        Ok(Some(RecursionDepth { alias, low, high, span: self.span_from(start) }))
    }

    /// `[AS] name`, where a name may follow that is none of `words`.
    pub(super) fn optional_alias_unless(&mut self, words: &[Keyword]) -> Result<Option<Ident>> {
        match self.keyword(0) {
            Some(keyword) if words.contains(&keyword) => Ok(None),
            _ => self.optional_alias(),
        }
    }

    fn depth_bound(&mut self) -> Result<Option<Expr>> {
        if self.eat(Keyword::UNBOUNDED) {
            return Ok(None);
        }
        match self.kind() {
            TokenKind::Int | TokenKind::Symbol(Symbol::At | Symbol::Question | Symbol::DoubleAt) => {
                self.count_value().map(Some)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// An integer, a parameter or a system variable, and nothing after it.
    pub(super) fn count_value(&mut self) -> Result<Expr> {
        let start = self.span();
        match self.kind() {
            TokenKind::Int => {
                Ok(Expr { kind: ExprKind::Literal(self.literal()?), span: self.span_from(start) })
            }
            _ => self.parameter_value(),
        }
    }

    /// `ORDER BY ...`.
    pub(super) fn order_by(&mut self) -> Result<Vec<OrderItem>> {
        self.expect_all(&[Keyword::ORDER, Keyword::BY])?;
        self.comma_list(Self::order_item)
    }

    pub(super) fn order_item(&mut self) -> Result<OrderItem> {
        let start = self.span();
        let value = self.expression()?;
        let collate = if self.eat(Keyword::COLLATE) { Some(self.collation()?) } else { None };
        let order = self.direction_and_nulls()?;
        Ok(OrderItem {
            value,
            collate,
            direction: order.direction,
            nulls: order.nulls,
            span: self.span_from(start),
        })
    }

    /// `[ASC | DESC] [NULLS FIRST | LAST]`.
    pub(super) fn direction_and_nulls(&mut self) -> Result<GroupingOrder> {
        let direction = match self.keyword(0) {
            Some(Keyword::ASC) => Some(Direction::Ascending),
            Some(Keyword::DESC) => Some(Direction::Descending),
            _ => None,
        };
        if direction.is_some() {
            self.advance();
        }
        let mut nulls = None;
        if self.eat(Keyword::NULLS) {
            nulls = Some(match self.keyword(0) {
                Some(Keyword::FIRST) => NullsOrder::First,
                Some(Keyword::LAST) => NullsOrder::Last,
                _ => return Err(self.expected("keyword FIRST or keyword LAST")),
            });
            self.advance();
        }
        Ok(GroupingOrder { direction, nulls })
    }

    /// `LIMIT count [OFFSET skip]`.
    pub(super) fn limit(&mut self) -> Result<Limit> {
        let start = self.expect(Keyword::LIMIT)?;
        let count = if self.eat(Keyword::ALL) { None } else { Some(self.limit_value()?) };
        let offset = if self.eat(Keyword::OFFSET) { Some(self.limit_value()?) } else { None };
        Ok(Limit { count, offset, span: self.span_from(start) })
    }

    pub(super) fn limit_value(&mut self) -> Result<Expr> {
        self.expression()
    }
}
