//! Query bodies and the set operators between them.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::Symbol;
use super::{Parser, Result};

impl Parser<'_> {
    /// A body: one SELECT, a query in parentheses, several with set operators between them, or FROM.
    pub(super) fn query_body(&mut self) -> Result<QueryBody> {
        let start = self.span();
        if self.at_keyword(Keyword::FROM) {
            return Ok(QueryBody::From(Box::new(self.parse_from()?)));
        }
        let first = self.query_primary()?;
        if !self.at_set_operator() {
            return self.aliased_body(first);
        }
        let operator = self.set_operator()?;
        let mut inputs = vec![first, self.set_input()?];
        while self.at_set_operator() {
            let next = self.set_operator()?;
            self.check_same_operator(&operator, &next)?;
            inputs.push(self.set_input()?);
        }
        let operation = SetOperation { operator, inputs, span: self.span_from(start) };
        Ok(QueryBody::SetOperation(Box::new(operation)))
    }

    fn query_primary(&mut self) -> Result<QueryBody> {
        if self.at_keyword(Keyword::SELECT) {
            return Ok(QueryBody::Select(self.select()?));
        }
        if !self.at_symbol(Symbol::LeftParen) {
            return Err(self.unexpected());
        }
        Ok(QueryBody::Parenthesized(Box::new(self.parenthesized_query()?)))
    }

    fn set_input(&mut self) -> Result<QueryBody> {
        if self.at_keyword(Keyword::FROM) {
            return Err(
                self.error("Unexpected FROM; FROM queries following a set operation must be parenthesized")
            );
        }
        self.query_primary()
    }

    /// `(query) AS alias`, which only a pipe may follow.
    fn aliased_body(&mut self, body: QueryBody) -> Result<QueryBody> {
        let QueryBody::Parenthesized(query) = body else { return Ok(body) };
        let alias_ahead = usize::from(self.at_keyword(Keyword::AS));
        let named = self.is_ident(alias_ahead);
        if !named || self.symbol(alias_ahead + 1) != Some(Symbol::PipeInput) {
            if named && alias_ahead == 1 {
                return Err(self.error("Alias not allowed on parenthesized outer query"));
            }
            return Ok(QueryBody::Parenthesized(query));
        }
        match self.optional_alias()? {
            Some(alias) => Ok(QueryBody::Aliased { query, alias }),
            None => Ok(QueryBody::Parenthesized(query)),
        }
    }

    /// Says whether a set operator is next, behind FULL, LEFT or INNER if need be.
    pub(super) fn at_set_operator(&self) -> bool {
        let mut ahead = 0;
        if matches!(self.keyword(0), Some(Keyword::FULL | Keyword::LEFT | Keyword::INNER)) {
            ahead = 1;
        }
        if self.keyword(ahead) == Some(Keyword::OUTER) {
            ahead += 1;
        }
        matches!(self.keyword(ahead), Some(Keyword::UNION | Keyword::INTERSECT | Keyword::EXCEPT))
    }

    /// `[FULL [OUTER] | LEFT [OUTER] | INNER] UNION ALL [STRICT] [CORRESPONDING [BY (...)] | BY NAME [ON (...)]]`.
    pub(super) fn set_operator(&mut self) -> Result<SetOperator> {
        let start = self.span();
        let mut outer = match self.keyword(0) {
            Some(Keyword::FULL | Keyword::OUTER) => SetOuter::Full,
            Some(Keyword::LEFT) => SetOuter::Left,
            Some(Keyword::INNER) => SetOuter::Inner,
            _ => SetOuter::None,
        };
        if outer != SetOuter::None {
            let word = self.advance().span;
            if self.eat(Keyword::OUTER) && outer == SetOuter::Inner {
                return Err(self.error_at(word, "INNER cannot be followed by OUTER"));
            }
        }
        let kind = match self.keyword(0) {
            Some(Keyword::UNION) => SetOperatorKind::Union,
            Some(Keyword::INTERSECT) => SetOperatorKind::Intersect,
            Some(Keyword::EXCEPT) => SetOperatorKind::Except,
            _ => return Err(self.unexpected()),
        };
        self.advance();
        let quantifier = match self.keyword(0) {
            Some(Keyword::ALL) => SetQuantifier::All,
            Some(Keyword::DISTINCT) => SetQuantifier::Distinct,
            _ if kind == SetOperatorKind::Except => {
                return Err(self.error("EXCEPT must be followed by ALL, DISTINCT, or \"(\""));
            }
            _ => return Err(self.expected("keyword ALL or keyword DISTINCT")),
        };
        self.advance();
        let strict = self.span();
        let is_strict = self.eat(Keyword::STRICT);
        let column_match = self.column_match()?;
        if is_strict {
            let why = match (outer, &column_match) {
                (SetOuter::Full | SetOuter::Left | SetOuter::Inner, _) => {
                    Some("STRICT cannot be used with outer mode in set operations")
                }
                (_, ColumnMatch::ByName(_)) => Some("STRICT cannot be used with BY NAME in set operations"),
                _ => None,
            };
            if let Some(why) = why {
                return Err(self.error_at(strict, why));
            }
            outer = SetOuter::Strict;
        }
        Ok(SetOperator { kind, quantifier, column_match, outer, span: self.span_from(start) })
    }

    fn column_match(&mut self) -> Result<ColumnMatch> {
        if self.eat(Keyword::CORRESPONDING) {
            let columns = if self.eat(Keyword::BY) { self.parenthesized(Self::ident)? } else { Vec::new() };
            return Ok(ColumnMatch::Corresponding(columns));
        }
        if self.eat_all(&[Keyword::BY, Keyword::NAME]) {
            let columns = if self.eat(Keyword::ON) { self.parenthesized(Self::ident)? } else { Vec::new() };
            return Ok(ColumnMatch::ByName(columns));
        }
        Ok(ColumnMatch::Position)
    }

    fn check_same_operator(&self, first: &SetOperator, next: &SetOperator) -> Result<()> {
        let why = if first.kind != next.kind || first.quantifier != next.quantifier {
            "Different set operations cannot be used in the same query without using parentheses for grouping"
        } else if first.outer != next.outer
            || std::mem::discriminant(&first.column_match) != std::mem::discriminant(&next.column_match)
        {
            "Different column match modes cannot be used in the same query without using parentheses for grouping"
        } else {
            return Ok(());
        };
        Err(self.error_at(next.span, why))
    }
}
