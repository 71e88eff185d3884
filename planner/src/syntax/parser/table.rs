//! The FROM clause: tables and joins.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::{Parser, Result};

/// A join whose place in the tree is not settled yet: in `a JOIN b JOIN c ON x ON y` the second ON belongs to
/// the first JOIN.
struct JoinStep {
    kind: JoinKind,
    op_span: Span,
    right: TableExpr,
    condition: JoinCondition,
}

impl JoinStep {
    fn lacks_condition(&self) -> bool {
        !matches!(self.kind, JoinKind::Cross | JoinKind::Comma) && self.condition == JoinCondition::None
    }
}

impl Parser<'_> {
    /// `FROM ...`.
    pub(super) fn parse_from(&mut self) -> Result<TableExpr> {
        self.expect(Keyword::FROM)?;
        self.joined_tables(true)
    }

    /// Tables with joins (and commas) between them.
    pub(super) fn joined_tables(&mut self, commas: bool) -> Result<TableExpr> {
        let siblings = std::mem::take(&mut self.height);
        let left = self.table_primary()?;
        let mut steps = Vec::new();
        let (mut after_comma, mut consecutive) = (false, false);
        loop {
            let op_span = self.span();
            let Some(kind) = self.join_kind(commas)? else { break };
            if after_comma && matches!(kind, JoinKind::Right | JoinKind::Full) {
                return Err(self.join_after_comma(kind, op_span));
            }
            if consecutive && kind == JoinKind::Comma {
                return Err(
                    self.error_at(op_span, "Comma join is not allowed after consecutive ON/USING clauses")
                );
            }
            after_comma |= kind == JoinKind::Comma;
            let op_span = self.span_from(op_span);
            let right = self.table_primary()?;
            self.deepen()?;
            steps.push(JoinStep { kind, op_span, right, condition: JoinCondition::None });
            consecutive |= self.join_conditions(&mut steps)? > 1;
        }
        if consecutive && let Some(step) = steps.iter().find(|step| step.lacks_condition()) {
            return Err(self.join_without_condition(step));
        }
        self.height = self.height.max(siblings);
        Ok(fold_joins(left, steps))
    }

    fn join_after_comma(&self, kind: JoinKind, span: Span) -> super::ParseError {
        let name = if kind == JoinKind::Right { "RIGHT" } else { "FULL" };
        self.error_at(
            span,
            format!(
                "{name} JOIN must be parenthesized when following a comma join.  Also, if the preceding comma join \
                 is a correlated CROSS JOIN that unnests an array, then CROSS JOIN syntax must be used in place of \
                 the comma join"
            ),
        )
    }

    /// Takes the keywords of a join, if one is next.
    pub(super) fn join_kind(&mut self, commas: bool) -> Result<Option<JoinKind>> {
        if self.at_symbol(Symbol::Comma) {
            if commas {
                self.advance();
            }
            return Ok(commas.then_some(JoinKind::Comma));
        }
        if self.at_set_operator() {
            return Ok(None);
        }
        let kind = match self.keyword(0) {
            Some(Keyword::JOIN | Keyword::INNER) => JoinKind::Inner,
            Some(Keyword::CROSS) => JoinKind::Cross,
            Some(Keyword::LEFT) => JoinKind::Left,
            Some(Keyword::RIGHT) => JoinKind::Right,
            Some(Keyword::FULL) => JoinKind::Full,
            Some(Keyword::NATURAL) => return Err(self.unsupported("NATURAL JOIN is not supported")),
            _ => return Ok(None),
        };
        if !self.at_keyword(Keyword::JOIN) {
            self.advance();
            if matches!(kind, JoinKind::Left | JoinKind::Right | JoinKind::Full) {
                self.eat(Keyword::OUTER);
            }
        }
        self.expect(Keyword::JOIN)?;
        Ok(Some(kind))
    }

    /// `ON condition` or `USING (columns)`, where one stands.
    pub(super) fn join_condition(&mut self) -> Result<JoinCondition> {
        if self.eat(Keyword::ON) {
            return Ok(JoinCondition::On(Box::new(self.expression()?)));
        }
        match self.eat(Keyword::USING) {
            true => Ok(JoinCondition::Using(self.parenthesized(Self::ident)?)),
            false => Ok(JoinCondition::None),
        }
    }

    /// Gives each condition that stands here to the last join that still lacks one.
    fn join_conditions(&mut self, steps: &mut Vec<JoinStep>) -> Result<usize> {
        let mut conditions = 0;
        while matches!(self.keyword(0), Some(Keyword::ON | Keyword::USING)) {
            let open = steps.iter().rposition(|step| {
                !matches!(step.kind, JoinKind::Cross | JoinKind::Comma)
                    && step.condition == JoinCondition::None
            });
            let Some(open) = open else {
                let keyword = self.keyword(0).map_or("ON", Keyword::text);
                return Err(self.error(format!(
                    "The number of join conditions is {} but the number of joins that require a join condition is \
                     only {conditions}. Unexpected keyword {keyword}",
                    conditions + 1
                )));
            };
            conditions += 1;
            let condition = self.join_condition()?;
            let inner = steps.split_off(open + 1);
            if let Some(step) = steps.last_mut() {
                let hole = TableExpr::placeholder(step.right.span);
                step.right = fold_joins(std::mem::replace(&mut step.right, hole), inner);
                step.condition = condition;
            }
            self.deepen()?;
        }
        Ok(conditions)
    }

    fn join_without_condition(&self, step: &JoinStep) -> super::ParseError {
        let name = match step.kind {
            JoinKind::Left => "LEFT",
            JoinKind::Right => "RIGHT",
            JoinKind::Full => "FULL",
            _ => "INNER",
        };
        self.error_at(
            step.op_span,
            format!("The number of join conditions is less than the number of joins that require one. {name} JOIN must have an ON or USING clause"),
        )
    }

    /// One table with what may follow it.
    pub(super) fn table_primary(&mut self) -> Result<TableExpr> {
        self.nested(|parser| {
            let table = parser.table_operand()?;
            parser.table_suffixes(table)
        })
    }

    fn table_operand(&mut self) -> Result<TableExpr> {
        let start = self.span();
        let kind = match self.kind() {
            TokenKind::Word(Some(Keyword::UNNEST)) => TableExprKind::Unnest(self.unnest()?),
            TokenKind::Symbol(Symbol::LeftParen) if self.is_query(self.at + 1) => {
                let query = Box::new(self.parenthesized_query()?);
                TableExprKind::Subquery { query, alias: self.table_alias()? }
            }
            TokenKind::Symbol(Symbol::LeftParen) => {
                self.advance();
                let join = self.joined_tables(false)?;
                self.expect_symbol(Symbol::RightParen)?;
                if !matches!(join.kind, TableExprKind::Join(_)) {
                    return Err(
                        self.error_at(join.span, "Parentheses around a table in FROM need a join inside")
                    );
                }
                return Ok(join);
            }
            TokenKind::Word(Some(
                keyword @ (Keyword::IF | Keyword::LEFT | Keyword::RIGHT | Keyword::RANGE),
            )) if self.symbol(1) == Some(Symbol::LeftParen) && keyword.is_reserved() => {
                let name = self.any_ident()?;
                self.table_function(Path { span: name.span, parts: vec![name] })?
            }
            // Legacy SQL writes tables so.
            TokenKind::Symbol(Symbol::LeftBracket) => {
                return Err(self.error(
                    "Unexpected \"[\"; If this is a table identifier, escape the name with `, e.g. `table.name` \
                     rather than [table.name]",
                ));
            }
            _ => {
                let path = self.table_path()?;
                match self.symbol(0) {
                    Some(Symbol::LeftParen) => self.table_function(path)?,
                    Some(Symbol::LeftBracket) => {
                        return Err(self.error(
                            "Array element access is not allowed in the FROM clause without UNNEST; Use \
                             UNNEST(<expression>)",
                        ));
                    }
                    _ => {
                        let alias = self.table_alias()?;
                        let offset = self.with_offset()?;
                        TableExprKind::Table(TablePath {
                            path,
                            alias,
                            offset,
                            as_of: self.system_time()?.map(Box::new),
                        })
                    }
                }
            }
        };
        Ok(TableExpr { kind, span: self.span_from(start) })
    }

    fn table_function(&mut self, name: Path) -> Result<TableExprKind> {
        if self.is_bare_query(self.at + 1) {
            self.advance();
            return Err(self.error(
                "Each subquery argument for table-valued function calls must be enclosed in parentheses. To fix \
                 this, replace SELECT... with (SELECT...)",
            ));
        }
        let call = self.call_arguments(None, name)?;
        Ok(TableExprKind::Function { call, alias: self.table_alias()? })
    }

    /// `UNNEST(...) [alias] [WITH OFFSET]`.
    pub(super) fn unnest(&mut self) -> Result<Unnest> {
        self.expect(Keyword::UNNEST)?;
        self.expect_symbol(Symbol::LeftParen)?;
        if self.is_bare_query(self.at) {
            return Err(self.unnest_of_query());
        }
        let (mut arrays, mut mode) = (Vec::new(), None);
        loop {
            if !arrays.is_empty() && self.is_ident(0) && self.symbol(1) == Some(Symbol::NamedArgument) {
                let name = self.ident()?;
                if !name.value.eq_ignore_ascii_case("mode") {
                    return Err(self
                        .error_at(name.span, format!("Unsupported argument name {} in UNNEST", name.value)));
                }
                self.advance();
                mode = Some(Box::new(self.expression()?));
                break;
            }
            arrays.push(UnnestArray { value: self.expression()?, alias: self.as_alias()? });
            if !self.eat_symbol(Symbol::Comma) {
                break;
            }
        }
        match self.at_symbol(Symbol::RightParen) {
            true => self.advance(),
            false => return Err(self.expected("\")\" or \",\"")),
        };
        let alias = self.table_alias()?;
        Ok(Unnest { arrays, mode, alias, offset: self.with_offset()? })
    }

    /// `WITH OFFSET [[AS] name]`, where it stands.
    pub(super) fn with_offset(&mut self) -> Result<Option<WithOffset>> {
        let start = self.span();
        if !self.at_keyword(Keyword::WITH) || self.keyword(1) == Some(Keyword::WEIGHT) {
            return Ok(None);
        }
        self.advance();
        self.expect(Keyword::OFFSET)?;
        let alias = self.table_alias()?;
        Ok(Some(WithOffset { alias, span: self.span_from(start) }))
    }

    /// `FOR SYSTEM_TIME AS OF time`, where it stands.
    pub(super) fn system_time(&mut self) -> Result<Option<Expr>> {
        if !self.at_keyword(Keyword::FOR) {
            return Ok(None);
        }
        self.advance();
        if !self.eat(Keyword::SYSTEM_TIME) {
            self.expect_all(&[Keyword::SYSTEM, Keyword::TIME])?;
        }
        self.expect_all(&[Keyword::AS, Keyword::OF])?;
        self.expression().map(Some)
    }

    /// An alias that is not the start of PIVOT, UNPIVOT or MATCH_RECOGNIZE.
    pub(super) fn table_alias(&mut self) -> Result<Option<Ident>> {
        if self.at_table_operator() { Ok(None) } else { self.optional_alias() }
    }

    /// A table's name, which may begin with a project that holds dashes.
    pub(super) fn table_path(&mut self) -> Result<Path> {
        if matches!(self.kind(), TokenKind::Word(_))
            && self.symbol(1) == Some(Symbol::Minus)
            && self.is_glued(1)
        {
            return self.dashed_path();
        }
        self.path()
    }

    /// `my-project-1.dataset.table`: dashes and digits of the first part touch each other.
    pub(super) fn dashed_path(&mut self) -> Result<Path> {
        let mut first = self.ident()?;
        let mut dotted = false;
        while !dotted && self.at_symbol(Symbol::Minus) && self.touches() && self.is_glued(1) {
            match self.token(1).kind {
                TokenKind::Word(_) => self.at += 2,
                TokenKind::Int => {
                    self.at += 2;
                    // `1b`: the lexer cut the digits from the letters.
                    if matches!(self.kind(), TokenKind::Word(_)) && self.touches() {
                        self.at += 1;
                    }
                }
                TokenKind::Float if self.token(1).span.text(self.text).ends_with('.') => {
                    // `1.dataset`: the lexer took the dot for a decimal point.
                    self.at += 2;
                    dotted = true;
                }
                _ => break,
            }
        }
        first.span = self.span_from(first.span);
        first.span.end -= u32::from(dotted);
        if !first.quoted {
            first.value = first.span.text(self.text).to_owned();
        }
        if !dotted {
            return self.path_after(first);
        }
        let second = self.any_ident()?;
        let mut path = self.path_after(second)?;
        path.span = first.span.to(path.span);
        path.parts.insert(0, first);
        Ok(path)
    }

    /// Says whether the next token touches the one taken last.
    fn touches(&self) -> bool {
        self.at > 0 && self.tokens.tokens[self.at - 1].span.end == self.span().start
    }
}

impl TableExpr {
    /// Stands in for a table while it is moved.
    fn placeholder(span: Span) -> Self {
        let path = Path { parts: Vec::new(), span };
        Self { kind: TableExprKind::Table(TablePath { path, alias: None, offset: None, as_of: None }), span }
    }
}

fn fold_joins(left: TableExpr, steps: Vec<JoinStep>) -> TableExpr {
    steps.into_iter().fold(left, |left, step| {
        let mut span = left.span.to(step.right.span);
        if let JoinCondition::On(condition) = &step.condition {
            span = span.to(condition.span);
        }
        let JoinStep { kind, op_span, right, condition } = step;
        TableExpr {
            kind: TableExprKind::Join(Box::new(Join { left, right, kind, condition, op_span })),
            span,
        }
    })
}
