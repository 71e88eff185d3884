//! Operators by precedence (Pratt 1973, "Top down operator precedence").

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::{Parser, Result};

/// How tight an operator binds, loosest first; the operand's suffixes bind tightest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::syntax) enum Precedence {
    Or,
    And,
    Not,
    /// Comparisons, LIKE, IN, BETWEEN, IS: they do not chain.
    Comparison,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Additive,
    Multiplicative,
    Unary,
    Operand,
}

impl BinaryOp {
    /// Returns how tight the operator binds.
    pub(in crate::syntax) fn precedence(self) -> Precedence {
        match self {
            Self::Multiply | Self::Divide | Self::Concat => Precedence::Multiplicative,
            Self::Add | Self::Subtract => Precedence::Additive,
            Self::ShiftLeft | Self::ShiftRight => Precedence::Shift,
            Self::BitAnd => Precedence::BitAnd,
            Self::BitXor => Precedence::BitXor,
            Self::BitOr => Precedence::BitOr,
            _ => Precedence::Comparison,
        }
    }

    fn of_symbol(symbol: Symbol) -> Option<Self> {
        Some(match symbol {
            Symbol::Star => Self::Multiply,
            Symbol::Slash => Self::Divide,
            Symbol::Concat => Self::Concat,
            Symbol::Plus => Self::Add,
            Symbol::Minus => Self::Subtract,
            Symbol::ShiftLeft => Self::ShiftLeft,
            Symbol::ShiftRight => Self::ShiftRight,
            Symbol::Ampersand => Self::BitAnd,
            Symbol::Caret => Self::BitXor,
            Symbol::Bar => Self::BitOr,
            Symbol::Equal => Self::Equal,
            Symbol::NotEqual | Symbol::NotEqualAngle => Self::NotEqual,
            Symbol::Less => Self::Less,
            Symbol::LessEqual => Self::LessOrEqual,
            Symbol::Greater => Self::Greater,
            Symbol::GreaterEqual => Self::GreaterOrEqual,
            _ => return None,
        })
    }
}

impl Precedence {
    /// The next tighter level: what the right operand of a left-associative operator must bind at.
    pub(in crate::syntax) fn tighter(self) -> Self {
        match self {
            Self::Or => Self::And,
            Self::And => Self::Not,
            Self::Not => Self::Comparison,
            Self::Comparison => Self::BitOr,
            Self::BitOr => Self::BitXor,
            Self::BitXor => Self::BitAnd,
            Self::BitAnd => Self::Shift,
            Self::Shift => Self::Additive,
            Self::Additive => Self::Multiplicative,
            Self::Multiplicative => Self::Unary,
            Self::Unary | Self::Operand => Self::Operand,
        }
    }
}

impl Parser<'_> {
    /// An expression whose loosest operator outside parentheses binds at least as tight as `min`.
    pub(super) fn expression_above(&mut self, min: Precedence) -> Result<Expr> {
        self.nested(|parser| {
            let siblings = std::mem::take(&mut parser.height);
            let expression = parser.operators(min)?;
            parser.deepen()?;
            parser.height = parser.height.max(siblings);
            Ok(expression)
        })
    }

    fn operators(&mut self, min: Precedence) -> Result<Expr> {
        // NOT binds looser than comparisons: `NOT a = b = c` must not compare the NOT with c.
        let compared = min <= Precedence::Not && self.at_keyword(Keyword::NOT);
        let left = self.prefix(min)?;
        self.infixes(left, min, compared)
    }

    /// Operators after `left`, apart from [`Self::operators`] so that its frame stays small in the recursion.
    fn infixes(&mut self, mut left: Expr, min: Precedence, mut compared: bool) -> Result<Expr> {
        loop {
            if let TokenKind::Symbol(symbol) = self.kind() {
                let Some(op) = BinaryOp::of_symbol(symbol) else { return Ok(left) };
                let precedence = op.precedence();
                if precedence < min {
                    return Ok(left);
                }
                if !op.is_comparison() {
                    let op_span = self.advance().span;
                    left = self.binary(left, op, op_span, precedence)?;
                    continue;
                }
            }
            match self.keyword(0) {
                Some(Keyword::OR) if min <= Precedence::Or => left = self.logical(left, Keyword::OR)?,
                Some(Keyword::AND) if min <= Precedence::And => left = self.logical(left, Keyword::AND)?,
                _ if min <= Precedence::Comparison && self.at_comparison() => {
                    if compared {
                        return Err(self.chained_comparison());
                    }
                    compared = true;
                    left = self.comparison(left)?;
                    continue;
                }
                _ => return Ok(left),
            }
            // After AND and OR no comparison can follow: the right operand has taken it.
        }
    }

    fn binary(&mut self, left: Expr, op: BinaryOp, op_span: Span, precedence: Precedence) -> Result<Expr> {
        let left_height = std::mem::take(&mut self.height);
        let right = self.expression_above(precedence.tighter())?;
        self.height = self.height.max(left_height);
        self.deepen()?;
        let span = left.span.to(right.span);
        Ok(Expr {
            kind: ExprKind::Binary { left: Box::new(left), op, op_span, right: Box::new(right) },
            span,
        })
    }

    /// `left AND b AND c`, all at once.
    fn logical(&mut self, left: Expr, keyword: Keyword) -> Result<Expr> {
        let tighter = if keyword == Keyword::OR { Precedence::And } else { Precedence::Not };
        let start = left.span;
        let mut operands = vec![left];
        while self.eat(keyword) {
            operands.push(self.expression_above(tighter)?);
        }
        self.deepen()?;
        let kind = if keyword == Keyword::OR { ExprKind::Or(operands) } else { ExprKind::And(operands) };
        Ok(Expr { kind, span: self.span_from(start) })
    }

    fn at_comparison(&self) -> bool {
        match self.kind() {
            TokenKind::Symbol(symbol) => BinaryOp::of_symbol(symbol).is_some_and(BinaryOp::is_comparison),
            TokenKind::Word(Some(Keyword::LIKE | Keyword::IN | Keyword::BETWEEN | Keyword::IS)) => true,
            TokenKind::Word(Some(Keyword::NOT)) => {
                matches!(self.keyword(1), Some(Keyword::LIKE | Keyword::IN | Keyword::BETWEEN))
            }
            _ => false,
        }
    }

    fn chained_comparison(&self) -> super::ParseError {
        match self.keyword(usize::from(self.at_keyword(Keyword::NOT))) {
            Some(keyword) => {
                self.error(format!("Expression to the left of {} must be parenthesized", keyword.text()))
            }
            None => self.error("Expression to the left of comparison must be parenthesized"),
        }
    }

    fn comparison(&mut self, left: Expr) -> Result<Expr> {
        let start = left.span;
        let left_height = std::mem::take(&mut self.height);
        let left = Box::new(left);
        let kind = if let TokenKind::Symbol(symbol) = self.kind() {
            let op_span = self.advance().span;
            let op = BinaryOp::of_symbol(symbol).unwrap_or(BinaryOp::Equal);
            match self.quantifier() {
                Some(quantifier) => ExprKind::Quantified { left, op, quantifier, list: self.value_list()? },
                None => {
                    let right = Box::new(self.expression_above(Precedence::BitOr)?);
                    ExprKind::Binary { left, op, op_span, right }
                }
            }
        } else {
            self.word_comparison(left)?
        };
        self.height = self.height.max(left_height);
        self.deepen()?;
        Ok(Expr { kind, span: self.span_from(start) })
    }

    fn word_comparison(&mut self, operand: Box<Expr>) -> Result<ExprKind> {
        let negated = self.eat(Keyword::NOT);
        if self.eat(Keyword::LIKE) {
            return Ok(match self.quantifier() {
                Some(quantifier) => {
                    ExprKind::LikeQuantified { operand, quantifier, list: self.value_list()?, negated }
                }
                None => {
                    let pattern = Box::new(self.expression_above(Precedence::BitOr)?);
                    ExprKind::Like { operand, pattern, negated }
                }
            });
        }
        if self.eat(Keyword::IN) {
            return Ok(ExprKind::In { operand, list: self.value_list()?, negated });
        }
        if self.eat(Keyword::BETWEEN) {
            let low = Box::new(self.between_bound()?);
            self.expect(Keyword::AND)?;
            let high = Box::new(self.expression_above(Precedence::BitOr)?);
            return Ok(ExprKind::Between { operand, low, high, negated });
        }
        self.expect(Keyword::IS)?;
        let negated = self.eat(Keyword::NOT);
        let test = match self.keyword(0) {
            Some(Keyword::NULL) => IsTest::Null,
            Some(Keyword::TRUE) => IsTest::True,
            Some(Keyword::FALSE) => IsTest::False,
            Some(Keyword::UNKNOWN) => IsTest::Unknown,
            Some(Keyword::DISTINCT) => {
                self.expect_all(&[Keyword::DISTINCT, Keyword::FROM])?;
                let right = Box::new(self.expression_above(Precedence::BitOr)?);
                return Ok(ExprKind::IsDistinctFrom { left: operand, right, negated });
            }
            _ => return Err(self.unexpected()),
        };
        self.advance();
        Ok(ExprKind::Is { operand, test, negated })
    }

    fn between_bound(&mut self) -> Result<Expr> {
        let start = self.span();
        let bound = self.expression_above(Precedence::BitOr)?;
        if self.at_comparison() || self.at_keyword(Keyword::OR) {
            return Err(self.error_at(start, "Expression in BETWEEN must be parenthesized"));
        }
        Ok(bound)
    }

    fn quantifier(&mut self) -> Option<Quantifier> {
        let quantifier = match self.keyword(0)? {
            Keyword::ANY => Quantifier::Any,
            Keyword::SOME => Quantifier::Some,
            Keyword::ALL => Quantifier::All,
            _ => return None,
        };
        self.advance();
        Some(quantifier)
    }

    /// `(a, b)`, `(query)` or `UNNEST(array)`.
    fn value_list(&mut self) -> Result<ValueList> {
        if self.eat(Keyword::UNNEST) {
            self.expect_symbol(Symbol::LeftParen)?;
            if self.is_bare_query(self.at) {
                return Err(self.unnest_of_query());
            }
            let array = self.expression()?;
            self.expect_symbol(Symbol::RightParen)?;
            return Ok(ValueList::Unnest(Box::new(array)));
        }
        if !self.at_symbol(Symbol::LeftParen) {
            return Err(self.expected("\"(\" or keyword UNNEST"));
        }
        if self.is_query(self.at + 1) {
            return Ok(ValueList::Subquery(Box::new(self.parenthesized_query()?)));
        }
        Ok(ValueList::List(self.parenthesized(Self::expression)?))
    }

    pub(super) fn unnest_of_query(&self) -> super::ParseError {
        self.error(
            "The argument to UNNEST is an expression, not a query; to use a query as an expression, the query \
             must be wrapped with additional parentheses to make it a scalar subquery expression",
        )
    }
}
