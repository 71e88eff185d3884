//! Scripts: lists of statements, and those that control them.

use super::super::ast::*;
use super::super::error::{ParseError, ParseErrorKind};
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::{Parser, Result};

/// What a text in BigQuery's first dialect starts with.
const LEGACY: &str = "#legacySQL";

impl Parser<'_> {
    /// All statements up to the end.
    pub(super) fn script(&mut self) -> Result<Vec<Statement>> {
        if self.text.trim_start().get(..LEGACY.len()).is_some_and(|start| start.eq_ignore_ascii_case(LEGACY))
        {
            return Err(self.unsupported("Legacy SQL is not supported; Remove #legacySQL and use GoogleSQL"));
        }
        let mut statements = Vec::new();
        while !self.at_end() {
            if self.at_keyword(Keyword::DECLARE) {
                self.check_declare(&statements)?;
            }
            statements.push(self.statement()?);
            if !self.eat_symbol(Symbol::Semicolon) {
                self.expect_end_of_statement()?;
            }
        }
        Ok(statements)
    }

    fn expect_end_of_statement(&self) -> Result<()> {
        match self.at_end() {
            true => Ok(()),
            false => Err(self.expected("end of input")),
        }
    }

    /// Declarations come first in their block.
    fn check_declare(&self, before: &[Statement]) -> Result<()> {
        match before.iter().all(|statement| matches!(statement.kind, StatementKind::Declare(_))) {
            true => Ok(()),
            false => {
                Err(self.error("Variable declarations are allowed only at the start of a block or script"))
            }
        }
    }

    /// Statements, each with its semicolon, up to a word that ends the list.
    fn statements(&mut self, ends: &[Keyword]) -> Result<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            if self.keyword(0).is_some_and(|keyword| ends.contains(&keyword)) {
                return Ok(statements);
            }
            if self.at_end() {
                let error = self.error("Unexpected end of script");
                return Err(ParseError { kind: ParseErrorKind::Unfinished, ..error });
            }
            if self.at_keyword(Keyword::DECLARE) {
                self.check_declare(&statements)?;
            }
            statements.push(self.statement()?);
            self.expect_symbol(Symbol::Semicolon)?;
        }
    }

    pub(super) fn script_statement(&mut self, keyword: Keyword) -> Result<StatementKind> {
        match keyword {
            Keyword::DECLARE => self.boxed(Self::declare, StatementKind::Declare),
            Keyword::SET => self.boxed(Self::set, StatementKind::Set),
            Keyword::IF => self.boxed(Self::if_statement, StatementKind::If),
            Keyword::CASE => self.boxed(Self::case_statement, StatementKind::Case),
            Keyword::LOOP | Keyword::WHILE | Keyword::REPEAT | Keyword::FOR => self.loop_statement(None),
            Keyword::BEGIN => self.begin(),
            Keyword::EXECUTE => self.boxed(Self::execute_immediate, StatementKind::ExecuteImmediate),
            Keyword::CALL => self.boxed(Self::call_statement, StatementKind::Call),
            Keyword::ASSERT => self.boxed(Self::assert, StatementKind::Assert),
            Keyword::RAISE => self.boxed(Self::raise, StatementKind::Raise),
            Keyword::BREAK | Keyword::LEAVE => self.jump().map(StatementKind::Break),
            Keyword::CONTINUE | Keyword::ITERATE => self.jump().map(StatementKind::Continue),
            Keyword::RETURN => {
                self.advance();
                Ok(StatementKind::Return)
            }
            Keyword::COMMIT => {
                self.advance();
                self.eat(Keyword::TRANSACTION);
                Ok(StatementKind::CommitTransaction)
            }
            Keyword::ROLLBACK => {
                self.advance();
                self.eat(Keyword::TRANSACTION);
                Ok(StatementKind::RollbackTransaction)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn assert(&mut self) -> Result<Assert> {
        self.expect(Keyword::ASSERT)?;
        let condition = self.expression()?;
        let message = if self.eat(Keyword::AS) { Some(self.string_literal()?) } else { None };
        Ok(Assert { condition, message })
    }

    fn raise(&mut self) -> Result<Raise> {
        self.expect(Keyword::RAISE)?;
        let mut message = None;
        if self.eat(Keyword::USING) {
            self.expect(Keyword::MESSAGE)?;
            self.expect_symbol(Symbol::Equal)?;
            message = Some(self.expression()?);
        }
        Ok(Raise { message })
    }

    fn jump(&mut self) -> Result<Jump> {
        self.advance();
        Ok(Jump { label: if self.is_ident(0) { Some(self.ident()?) } else { None } })
    }

    fn declare(&mut self) -> Result<Declare> {
        self.expect(Keyword::DECLARE)?;
        let names = self.comma_list(Self::ident)?;
        let data_type = match self.at_keyword(Keyword::DEFAULT) {
            true => None,
            false => Some(self.data_type()?),
        };
        let default = if self.eat(Keyword::DEFAULT) { Some(self.expression()?) } else { None };
        Ok(Declare { names, data_type, default })
    }

    fn set(&mut self) -> Result<Set> {
        self.expect(Keyword::SET)?;
        let target = match self.symbol(0) {
            Some(Symbol::LeftParen) => SetTarget::Variables(self.parenthesized(Self::ident)?),
            Some(Symbol::At) => SetTarget::Parameter(self.named_parameter()?),
            Some(Symbol::DoubleAt) => SetTarget::SystemVariable(self.system_variable()?),
            _ => SetTarget::Variable(self.ident()?),
        };
        if matches!(&target, SetTarget::Variable(name) if name.value.eq_ignore_ascii_case("transaction"))
            && !self.at_symbol(Symbol::Equal)
        {
            return Err(self.unsupported("Statement SET TRANSACTION is not supported"));
        }
        if matches!(target, SetTarget::Variable(_)) && self.at_symbol(Symbol::Comma) {
            return Err(
                self.error("Using SET with multiple variables requires parentheses around the variable list")
            );
        }
        self.expect_symbol(Symbol::Equal)?;
        Ok(Set { target, value: self.expression()? })
    }

    fn if_statement(&mut self) -> Result<If> {
        const ENDS: &[Keyword] = &[Keyword::ELSEIF, Keyword::ELSE, Keyword::END];
        self.expect(Keyword::IF)?;
        let mut branches = Vec::new();
        loop {
            let condition = self.expression()?;
            self.expect(Keyword::THEN)?;
            branches.push(StatementBranch { condition, body: self.statements(ENDS)? });
            if !self.eat(Keyword::ELSEIF) {
                break;
            }
        }
        let otherwise = match self.eat(Keyword::ELSE) {
            true => Some(self.statements(&[Keyword::END])?),
            false => None,
        };
        self.expect_all(&[Keyword::END, Keyword::IF])?;
        Ok(If { branches, otherwise })
    }

    fn case_statement(&mut self) -> Result<CaseStatement> {
        const ENDS: &[Keyword] = &[Keyword::WHEN, Keyword::ELSE, Keyword::END];
        self.expect(Keyword::CASE)?;
        let operand = if self.at_keyword(Keyword::WHEN) { None } else { Some(self.expression()?) };
        let mut branches = Vec::new();
        while branches.is_empty() || self.at_keyword(Keyword::WHEN) {
            self.expect(Keyword::WHEN)?;
            let condition = self.expression()?;
            self.expect(Keyword::THEN)?;
            branches.push(StatementBranch { condition, body: self.statements(ENDS)? });
        }
        let otherwise = match self.eat(Keyword::ELSE) {
            true => Some(self.statements(&[Keyword::END])?),
            false => None,
        };
        self.expect_all(&[Keyword::END, Keyword::CASE])?;
        Ok(CaseStatement { operand, branches, otherwise })
    }

    /// `label: LOOP ...` and the other statements that take a label.
    pub(super) fn labelled(&mut self) -> Result<StatementKind> {
        let label = self.ident()?;
        self.expect_symbol(Symbol::Colon)?;
        match self.keyword(0) {
            Some(Keyword::LOOP | Keyword::WHILE | Keyword::REPEAT | Keyword::FOR) => {
                self.loop_statement(Some(label))
            }
            Some(Keyword::BEGIN) => {
                self.block(Some(label)).map(|block| StatementKind::Block(Box::new(block)))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn loop_statement(&mut self, label: Option<Ident>) -> Result<StatementKind> {
        match self.keyword(0) {
            Some(Keyword::LOOP) => self.boxed(|parser| parser.plain_loop(label), StatementKind::Loop),
            Some(Keyword::WHILE) => self.boxed(|parser| parser.while_loop(label), StatementKind::While),
            Some(Keyword::REPEAT) => self.boxed(|parser| parser.repeat_loop(label), StatementKind::Repeat),
            _ => self.boxed(|parser| parser.for_loop(label), StatementKind::For),
        }
    }

    fn plain_loop(&mut self, label: Option<Ident>) -> Result<Loop> {
        self.expect(Keyword::LOOP)?;
        let body = self.statements(&[Keyword::END])?;
        self.loop_end(Keyword::LOOP, &label)?;
        Ok(Loop { label, body })
    }

    fn while_loop(&mut self, label: Option<Ident>) -> Result<While> {
        self.expect(Keyword::WHILE)?;
        let condition = self.expression()?;
        self.expect(Keyword::DO)?;
        let body = self.statements(&[Keyword::END])?;
        self.loop_end(Keyword::WHILE, &label)?;
        Ok(While { label, condition, body })
    }

    fn repeat_loop(&mut self, label: Option<Ident>) -> Result<Repeat> {
        self.expect(Keyword::REPEAT)?;
        let body = self.statements(&[Keyword::UNTIL])?;
        self.expect(Keyword::UNTIL)?;
        let until = self.expression()?;
        self.loop_end(Keyword::REPEAT, &label)?;
        Ok(Repeat { label, body, until })
    }

    fn for_loop(&mut self, label: Option<Ident>) -> Result<For> {
        self.expect(Keyword::FOR)?;
        let variable = self.ident()?;
        self.expect(Keyword::IN)?;
        let query = self.parenthesized_query()?;
        self.expect(Keyword::DO)?;
        let body = self.statements(&[Keyword::END])?;
        self.loop_end(Keyword::FOR, &label)?;
        Ok(For { label, variable, query, body })
    }

    /// `END keyword [label]`.
    fn loop_end(&mut self, keyword: Keyword, label: &Option<Ident>) -> Result<()> {
        self.expect_all(&[Keyword::END, keyword])?;
        self.end_label(label)
    }

    fn end_label(&mut self, label: &Option<Ident>) -> Result<()> {
        if !self.is_ident(0) {
            return Ok(());
        }
        let span = self.span();
        let end = self.ident()?;
        match label {
            Some(label) if label.value.eq_ignore_ascii_case(&end.value) => Ok(()),
            Some(label) => Err(self.error_at(
                span,
                format!("Mismatched end label; expected {}, got {}", label.value, end.value),
            )),
            None => Err(self.error_at(span, format!("End label {} has no label to match", end.value))),
        }
    }

    /// BEGIN: a transaction, or a block.
    fn begin(&mut self) -> Result<StatementKind> {
        let transaction = match self.token(1).kind {
            TokenKind::End | TokenKind::Symbol(Symbol::Semicolon) => true,
            TokenKind::Word(Some(keyword)) => {
                matches!(keyword, Keyword::TRANSACTION | Keyword::READ | Keyword::ISOLATION)
            }
            _ => false,
        };
        if !transaction {
            return self.block(None).map(|block| StatementKind::Block(Box::new(block)));
        }
        self.advance();
        self.eat(Keyword::TRANSACTION);
        let mut modes = Vec::new();
        if matches!(self.keyword(0), Some(Keyword::READ | Keyword::ISOLATION)) {
            modes = self.comma_list(Self::transaction_mode)?;
        }
        Ok(StatementKind::BeginTransaction(Box::new(BeginTransaction { modes })))
    }

    fn transaction_mode(&mut self) -> Result<String> {
        if self.eat(Keyword::READ) {
            return match self.keyword(0) {
                Some(keyword @ (Keyword::ONLY | Keyword::WRITE)) => {
                    self.advance();
                    Ok(format!("READ {}", keyword.text()))
                }
                _ => Err(self.unexpected()),
            };
        }
        self.expect_all(&[Keyword::ISOLATION, Keyword::LEVEL])?;
        let mut words = vec!["ISOLATION LEVEL".to_owned(), self.ident()?.value.to_ascii_uppercase()];
        if self.is_ident(0) {
            words.push(self.ident()?.value.to_ascii_uppercase());
        }
        Ok(words.join(" "))
    }

    /// `BEGIN ... [EXCEPTION WHEN ERROR THEN ...] END [label]`.
    pub(super) fn block(&mut self, label: Option<Ident>) -> Result<Block> {
        self.expect(Keyword::BEGIN)?;
        let body = self.statements(&[Keyword::EXCEPTION, Keyword::END])?;
        let mut exception = None;
        if self.eat(Keyword::EXCEPTION) {
            self.expect_all(&[Keyword::WHEN, Keyword::ERROR, Keyword::THEN])?;
            exception = Some(self.statements(&[Keyword::END])?);
        }
        self.expect(Keyword::END)?;
        self.end_label(&label)?;
        Ok(Block { label, body, exception })
    }

    fn execute_immediate(&mut self) -> Result<ExecuteImmediate> {
        self.expect_all(&[Keyword::EXECUTE, Keyword::IMMEDIATE])?;
        let sql = self.expression()?;
        let into = if self.eat(Keyword::INTO) { self.comma_list(Self::ident)? } else { Vec::new() };
        let mut using = Vec::new();
        if self.eat(Keyword::USING) {
            using = self
                .comma_list(|parser| Ok(Using { value: parser.expression()?, alias: parser.as_alias()? }))?;
        }
        Ok(ExecuteImmediate { sql, into, using })
    }

    fn call_statement(&mut self) -> Result<Call> {
        self.expect(Keyword::CALL)?;
        let name = self.table_path()?;
        self.expect_symbol(Symbol::LeftParen)?;
        let mut arguments = Vec::new();
        if !self.at_symbol(Symbol::RightParen) {
            arguments = self.comma_list(Self::argument)?;
        }
        match self.at_symbol(Symbol::RightParen) {
            true => self.advance(),
            false => return Err(self.expected("\")\" or \",\"")),
        };
        Ok(Call { name, arguments })
    }
}
