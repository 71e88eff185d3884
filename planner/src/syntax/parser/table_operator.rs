//! What may follow a table: PIVOT, UNPIVOT, TABLESAMPLE, MATCH_RECOGNIZE.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::operator::Precedence;
use super::{Parser, Result};

impl TableExpr {
    /// Says whether PIVOT or UNPIVOT may follow: once, and not after a join.
    fn can_pivot(&self) -> bool {
        !matches!(
            self.kind,
            TableExprKind::Join(_) | TableExprKind::Pivot { .. } | TableExprKind::Unpivot { .. }
        )
    }
}

impl Parser<'_> {
    /// Says whether PIVOT, UNPIVOT or MATCH_RECOGNIZE begins here, and not an alias of that name.
    pub(super) fn at_table_operator(&self) -> bool {
        let paren = self.symbol(1) == Some(Symbol::LeftParen);
        match self.keyword(0) {
            Some(Keyword::PIVOT | Keyword::MATCH_RECOGNIZE) => paren,
            Some(Keyword::UNPIVOT) => {
                paren || matches!(self.keyword(1), Some(Keyword::INCLUDE | Keyword::EXCLUDE))
            }
            _ => false,
        }
    }

    pub(super) fn table_suffixes(&mut self, mut table: TableExpr) -> Result<TableExpr> {
        loop {
            let start = table.span;
            let input = Box::new(table);
            let kind = match self.keyword(0) {
                Some(Keyword::PIVOT) if self.at_table_operator() && input.can_pivot() => {
                    TableExprKind::Pivot { input, pivot: Box::new(self.pivot()?) }
                }
                Some(Keyword::UNPIVOT) if self.at_table_operator() && input.can_pivot() => {
                    TableExprKind::Unpivot { input, unpivot: Box::new(self.unpivot()?) }
                }
                Some(Keyword::MATCH_RECOGNIZE) if self.at_table_operator() => {
                    TableExprKind::MatchRecognize { input, pattern: Box::new(self.match_recognize()?) }
                }
                Some(Keyword::TABLESAMPLE) => {
                    TableExprKind::Sample { input, sample: Box::new(self.table_sample()?) }
                }
                _ => return Ok(*input),
            };
            self.deepen()?;
            table = TableExpr { kind, span: self.span_from(start) };
        }
    }

    /// `PIVOT(aggregates FOR input IN (values)) [AS alias]`.
    pub(super) fn pivot(&mut self) -> Result<Pivot> {
        let start = self.expect(Keyword::PIVOT)?;
        self.expect_symbol(Symbol::LeftParen)?;
        let aggregates = self.comma_list(Self::pivot_item)?;
        self.expect(Keyword::FOR)?;
        let input = self.expression_above(Precedence::BitOr)?;
        self.expect(Keyword::IN)?;
        let values = self.parenthesized(Self::pivot_item)?;
        self.expect_symbol(Symbol::RightParen)?;
        let alias = self.table_alias()?;
        Ok(Pivot { aggregates, input, values, alias, span: self.span_from(start) })
    }

    fn pivot_item(&mut self) -> Result<PivotItem> {
        Ok(PivotItem { value: self.expression()?, alias: self.optional_alias()? })
    }

    /// `UNPIVOT [INCLUDE | EXCLUDE NULLS] (values FOR name IN (columns)) [AS alias]`.
    pub(super) fn unpivot(&mut self) -> Result<Unpivot> {
        let start = self.expect(Keyword::UNPIVOT)?;
        let include_nulls = match self.keyword(0) {
            Some(Keyword::INCLUDE) => Some(true),
            Some(Keyword::EXCLUDE) => Some(false),
            _ => None,
        };
        if include_nulls.is_some() {
            self.advance();
            self.expect(Keyword::NULLS)?;
        }
        self.expect_symbol(Symbol::LeftParen)?;
        let values = self.unpivot_columns()?;
        self.expect(Keyword::FOR)?;
        let name = self.path()?;
        self.expect(Keyword::IN)?;
        let groups = self.parenthesized(|parser| {
            let columns = parser.unpivot_columns()?;
            let labelled =
                parser.eat(Keyword::AS) || matches!(parser.kind(), TokenKind::Int | TokenKind::String(_));
            let label = if labelled { Some(parser.unpivot_label()?) } else { None };
            Ok(UnpivotGroup { columns, label })
        })?;
        self.expect_symbol(Symbol::RightParen)?;
        let alias = self.table_alias()?;
        Ok(Unpivot { include_nulls, values, name, groups, alias, span: self.span_from(start) })
    }

    fn unpivot_columns(&mut self) -> Result<Vec<Path>> {
        match self.at_symbol(Symbol::LeftParen) {
            true => self.parenthesized(Self::path),
            false => Ok(vec![self.path()?]),
        }
    }

    fn unpivot_label(&mut self) -> Result<Expr> {
        let start = self.span();
        match self.kind() {
            TokenKind::Int | TokenKind::String(_) => {
                Ok(Expr { kind: ExprKind::Literal(self.literal()?), span: self.span_from(start) })
            }
            _ => Err(self.expected("integer literal or string literal")),
        }
    }

    /// `TABLESAMPLE method (size unit) [WITH WEIGHT] [REPEATABLE (seed)]`.
    pub(super) fn table_sample(&mut self) -> Result<TableSample> {
        let start = self.expect(Keyword::TABLESAMPLE)?;
        let method = self.ident()?;
        self.expect_symbol(Symbol::LeftParen)?;
        let size = self.sample_size()?;
        let unit = match self.keyword(0) {
            Some(Keyword::ROWS) => SampleUnit::Rows,
            Some(Keyword::PERCENT) => SampleUnit::Percent,
            _ => return Err(self.expected("keyword PERCENT or keyword ROWS")),
        };
        self.advance();
        let partition_by =
            if self.at_keyword(Keyword::PARTITION) { self.partition_by()? } else { Vec::new() };
        self.expect_symbol(Symbol::RightParen)?;
        let weight_start = self.span();
        let mut weight = None;
        if self.eat_all(&[Keyword::WITH, Keyword::WEIGHT]) {
            let alias = match self.symbol(1) {
                Some(Symbol::LeftParen) if self.at_keyword(Keyword::REPEATABLE) => None,
                _ => self.optional_alias()?,
            };
            weight = Some(WithOffset { alias, span: self.span_from(weight_start) });
        }
        let mut repeatable = None;
        if self.at_keyword(Keyword::REPEATABLE) && self.symbol(1) == Some(Symbol::LeftParen) {
            self.advance();
            self.expect_symbol(Symbol::LeftParen)?;
            if matches!(self.kind(), TokenKind::Float) {
                return Err(self.unexpected());
            }
            repeatable = Some(self.sample_size()?);
            self.expect_symbol(Symbol::RightParen)?;
        }
        Ok(TableSample { method, size, unit, partition_by, weight, repeatable, span: self.span_from(start) })
    }

    /// A number, a parameter, or a CAST of one.
    fn sample_size(&mut self) -> Result<Expr> {
        match self.kind() {
            TokenKind::Int
            | TokenKind::Float
            | TokenKind::Word(Some(Keyword::CAST | Keyword::SAFE_CAST))
            | TokenKind::Symbol(Symbol::At | Symbol::DoubleAt | Symbol::Question) => {
                self.expression_above(Precedence::Operand)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// `MATCH_RECOGNIZE(...) [AS alias]`.
    pub(super) fn match_recognize(&mut self) -> Result<MatchRecognize> {
        let start = self.expect(Keyword::MATCH_RECOGNIZE)?;
        self.expect_symbol(Symbol::LeftParen)?;
        let partition_by = match self.eat_all(&[Keyword::PARTITION, Keyword::BY]) {
            true => self.comma_list(Self::pivot_item)?,
            false => Vec::new(),
        };
        let order_by = self.order_by()?;
        self.expect(Keyword::MEASURES)?;
        let measures = self.comma_list(|parser| {
            let value = parser.expression()?;
            parser.expect(Keyword::AS)?;
            Ok(PivotItem { value, alias: Some(parser.ident()?) })
        })?;
        let skip = self.after_match()?;
        self.expect(Keyword::PATTERN)?;
        self.expect_symbol(Symbol::LeftParen)?;
        let pattern = self.row_pattern()?;
        self.expect_symbol(Symbol::RightParen)?;
        self.expect(Keyword::DEFINE)?;
        let mut define = Vec::new();
        while define.is_empty() || self.eat_symbol(Symbol::Comma) {
            let name = self.ident()?;
            self.expect(Keyword::AS)?;
            define.push(Binding { name, value: self.expression()? });
        }
        let options = self.optional_options()?;
        self.expect_symbol(Symbol::RightParen)?;
        let alias = self.table_alias()?;
        let span = self.span_from(start);
        Ok(MatchRecognize { partition_by, order_by, measures, skip, pattern, define, options, alias, span })
    }

    fn after_match(&mut self) -> Result<Option<SkipTo>> {
        if !self.eat(Keyword::AFTER) {
            return Ok(None);
        }
        self.expect_all(&[Keyword::MATCH, Keyword::SKIP])?;
        if self.eat(Keyword::PAST) {
            self.expect_all(&[Keyword::LAST, Keyword::ROW])?;
            return Ok(Some(SkipTo::PastLastRow));
        }
        self.expect(Keyword::TO)?;
        match self.kind() {
            TokenKind::Word(_) if self.span().text(self.text).eq_ignore_ascii_case("NEXT") => self.advance(),
            _ => return Err(self.expected("keyword NEXT")),
        };
        self.expect(Keyword::ROW)?;
        Ok(Some(SkipTo::NextRow))
    }

    fn row_pattern(&mut self) -> Result<RowPattern> {
        self.nested(|parser| {
            let mut branches = Vec::new();
            loop {
                // `||` is two bars with nothing between them.
                branches.push(parser.row_pattern_branch()?);
                if parser.eat_symbol(Symbol::Concat) {
                    branches.push(RowPattern::Empty);
                } else if !parser.eat_symbol(Symbol::Bar) {
                    break;
                }
            }
            Ok(match branches.pop() {
                Some(only) if branches.is_empty() => only,
                Some(last) => {
                    branches.push(last);
                    RowPattern::Alternation(branches)
                }
                None => RowPattern::Empty,
            })
        })
    }

    fn row_pattern_branch(&mut self) -> Result<RowPattern> {
        let mut parts = Vec::new();
        loop {
            let part = match self.kind() {
                TokenKind::Symbol(Symbol::LeftParen) => {
                    self.advance();
                    let inner = self.row_pattern()?;
                    self.expect_symbol(Symbol::RightParen)?;
                    parts.push(self.row_pattern_repeat(inner)?);
                    continue;
                }
                TokenKind::Symbol(Symbol::Caret) => {
                    self.advance();
                    parts.push(RowPattern::Start);
                    continue;
                }
                TokenKind::Symbol(Symbol::Dollar) => {
                    self.advance();
                    parts.push(RowPattern::End);
                    continue;
                }
                _ if self.is_ident(0) => RowPattern::Variable(self.ident()?),
                _ => break,
            };
            parts.push(self.row_pattern_repeat(part)?);
        }
        Ok(match parts.pop() {
            None => RowPattern::Empty,
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                RowPattern::Concatenation(parts)
            }
        })
    }

    fn row_pattern_repeat(&mut self, pattern: RowPattern) -> Result<RowPattern> {
        let start = self.span();
        let number = |value| Some(Expr { kind: ExprKind::Literal(Literal::Int(value)), span: start });
        let (min, max) = match self.symbol(0) {
            Some(Symbol::Star) => (None, None),
            Some(Symbol::Plus) => (number(1), None),
            Some(Symbol::Question) => (None, number(1)),
            Some(Symbol::LeftBrace) => return self.row_pattern_braces(pattern),
            _ => return Ok(pattern),
        };
        self.advance();
        let reluctant = self.eat_symbol(Symbol::Question);
        Ok(RowPattern::Repeat { pattern: Box::new(pattern), min, max, reluctant })
    }

    fn row_pattern_braces(&mut self, pattern: RowPattern) -> Result<RowPattern> {
        self.expect_symbol(Symbol::LeftBrace)?;
        let min = if self.at_symbol(Symbol::Comma) { None } else { Some(self.row_pattern_count()?) };
        let range = self.eat_symbol(Symbol::Comma);
        let max = if range {
            if self.at_symbol(Symbol::RightBrace) { None } else { Some(self.row_pattern_count()?) }
        } else {
            min.clone()
        };
        self.expect_symbol(Symbol::RightBrace)?;
        let reluctant = range && self.eat_symbol(Symbol::Question);
        Ok(RowPattern::Repeat { pattern: Box::new(pattern), min, max, reluctant })
    }

    fn row_pattern_count(&mut self) -> Result<Expr> {
        match self.kind() {
            TokenKind::Int | TokenKind::Symbol(Symbol::At | Symbol::DoubleAt | Symbol::Question) => {
                self.count_value()
            }
            _ => Err(self.unexpected()),
        }
    }
}
