//! CREATE FUNCTION, TABLE FUNCTION and PROCEDURE.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::{Parser, Result};

/// What may stand between a function's parameters and its body, in any order but once each.
#[derive(Default)]
struct RoutineClauses {
    sql_security: Option<String>,
    determinism: Option<String>,
    language: Option<Ident>,
    remote: bool,
    connection: Option<Connection>,
    options: Option<Options>,
}

impl Parser<'_> {
    pub(super) fn create_function(
        &mut self,
        start: Span,
        mut modifiers: CreateModifiers,
    ) -> Result<CreateFunction> {
        let aggregate = self.eat(Keyword::AGGREGATE);
        self.expect(Keyword::FUNCTION)?;
        modifiers.if_not_exists = self.if_not_exists()?;
        let name = self.table_path()?;
        let parameters = self.routine_parameters(false)?;
        let mut returns = None;
        if self.eat(Keyword::RETURNS) {
            if self.at_keyword(Keyword::ANY) {
                return Err(self.error("Templated types are not allowed in the RETURNS clause"));
            }
            returns = Some(self.data_type()?);
        }
        let mut clauses = self.routine_clauses()?;
        let mut body = None;
        if self.eat(Keyword::AS) {
            body = Some(self.function_body()?);
            if clauses.options.is_none() {
                clauses.options = self.optional_options()?;
            }
        }
        let RoutineClauses { sql_security, determinism, language, remote, connection, options } = clauses;
        Ok(CreateFunction {
            modifiers,
            aggregate,
            name,
            parameters,
            returns,
            sql_security,
            determinism,
            language,
            remote,
            connection,
            options,
            body,
            span: self.span_from(start),
        })
    }

    fn function_body(&mut self) -> Result<FunctionBody> {
        let start = self.span();
        if matches!(self.kind(), TokenKind::String(_)) {
            let code = self.string_literal()?;
            return Ok(FunctionBody::Code(code, self.span_from(start)));
        }
        if !self.at_symbol(Symbol::LeftParen) {
            return Err(self.expected("\"(\" or string literal"));
        }
        if self.is_bare_query(self.at + 1) {
            self.advance();
            return Err(self.error(
                "The body of each CREATE FUNCTION statement is an expression, not a query; to use a query as an \
                 expression, the query must be wrapped with additional parentheses to make it a scalar subquery \
                 expression",
            ));
        }
        self.advance();
        let body = Box::new(self.expression()?);
        self.expect_symbol(Symbol::RightParen)?;
        Ok(FunctionBody::Sql(body))
    }

    fn routine_clauses(&mut self) -> Result<RoutineClauses> {
        let mut clauses = RoutineClauses { sql_security: self.sql_security()?, ..Default::default() };
        clauses.determinism = self.determinism()?;
        if self.eat(Keyword::LANGUAGE) {
            clauses.language = Some(self.ident()?);
        } else if self.eat(Keyword::REMOTE) {
            clauses.remote = true;
        }
        clauses.connection = self.with_connection()?;
        clauses.options = self.optional_options()?;
        Ok(clauses)
    }

    fn determinism(&mut self) -> Result<Option<String>> {
        if self.eat_all(&[Keyword::NOT, Keyword::DETERMINISTIC]) {
            return Ok(Some("NOT DETERMINISTIC".to_owned()));
        }
        match self.keyword(0) {
            Some(
                keyword @ (Keyword::DETERMINISTIC | Keyword::IMMUTABLE | Keyword::STABLE | Keyword::VOLATILE),
            ) => {
                self.advance();
                Ok(Some(keyword.text().to_owned()))
            }
            _ => Ok(None),
        }
    }

    /// `(parameters)`; `modes` says that IN, OUT and INOUT may stand before a name.
    fn routine_parameters(&mut self, modes: bool) -> Result<Vec<RoutineParameter>> {
        if self.at_symbol(Symbol::LeftParen) && self.symbol(1) == Some(Symbol::RightParen) {
            self.at += 2;
            return Ok(Vec::new());
        }
        self.parenthesized(|parser| parser.routine_parameter(modes))
    }

    fn routine_parameter(&mut self, modes: bool) -> Result<RoutineParameter> {
        let start = self.span();
        let mode = match self.keyword(0) {
            Some(Keyword::IN) => Some(ParameterMode::In),
            Some(Keyword::OUT) => Some(ParameterMode::Out),
            Some(Keyword::INOUT) => Some(ParameterMode::InOut),
            _ => None,
        };
        let mode = if modes { mode } else { None };
        if mode.is_some() {
            self.advance();
        }
        let named = self.is_named_field()
            || (self.is_ident(0) && matches!(self.keyword(1), Some(Keyword::ANY | Keyword::TABLE)));
        if modes && !named && self.is_ident(0) {
            self.advance();
            return Err(self.error(
                "Unexpected end of parameter. Parameters should be in the format [<parameter mode>] <parameter name> \
                 <type>. If IN/OUT/INOUT is intended to be the name of a parameter, it must be escaped with backticks",
            ));
        }
        let name = if named { Some(self.ident()?) } else { None };
        let kind = self.parameter_type()?;
        let alias = self.as_alias()?;
        let default = if self.eat(Keyword::DEFAULT) { Some(self.expression()?) } else { None };
        let not_aggregate = self.eat_all(&[Keyword::NOT, Keyword::AGGREGATE]);
        Ok(RoutineParameter { mode, name, kind, alias, default, not_aggregate, span: self.span_from(start) })
    }

    fn parameter_type(&mut self) -> Result<ParameterType> {
        let start = self.span();
        if self.eat(Keyword::ANY) {
            let what = self.any_ident()?;
            if !["TYPE", "TABLE", "MODEL", "STRUCT", "ARRAY"]
                .contains(&what.value.to_ascii_uppercase().as_str())
            {
                return Err(self.error_at(what.span, "unexpected ANY template type"));
            }
            let span = self.span_from(start);
            let data_type =
                DataType { kind: DataTypeKind::Any(what), parameters: vec![], collate: None, span };
            return Ok(ParameterType::Value(data_type));
        }
        if self.at_keyword(Keyword::TABLE) && self.symbol(1) == Some(Symbol::Less) {
            return self.table_type().map(ParameterType::Table);
        }
        self.data_type().map(ParameterType::Value)
    }

    /// `TABLE<name type, ...>`.
    fn table_type(&mut self) -> Result<TableType> {
        let start = self.expect(Keyword::TABLE)?;
        self.expect_symbol(Symbol::Less)?;
        let columns = self.comma_list(|parser| {
            let name = if parser.is_named_field() { Some(parser.ident()?) } else { None };
            Ok(TableTypeColumn { name, data_type: parser.data_type()? })
        })?;
        self.expect_type_close()?;
        Ok(TableType { columns, span: self.span_from(start) })
    }

    pub(super) fn create_table_function(
        &mut self,
        start: Span,
        mut modifiers: CreateModifiers,
    ) -> Result<CreateTableFunction> {
        modifiers.if_not_exists = self.if_not_exists()?;
        let name = self.table_path()?;
        let parameters = self.routine_parameters(false)?;
        let mut returns = None;
        if self.eat(Keyword::RETURNS) {
            if !self.at_keyword(Keyword::TABLE) {
                return Err(self.expected("keyword TABLE"));
            }
            returns = Some(self.table_type()?);
        }
        let mut clauses = RoutineClauses { sql_security: self.sql_security()?, ..Default::default() };
        // LANGUAGE and OPTIONS come in either order.
        for _ in 0..2 {
            if clauses.language.is_none() && self.eat(Keyword::LANGUAGE) {
                clauses.language = Some(self.ident()?);
                clauses.connection = self.with_connection()?;
            }
            if clauses.options.is_none() {
                clauses.options = self.optional_options()?;
            }
        }
        let mut body = None;
        if self.eat(Keyword::AS) {
            let code = self.span();
            body = Some(match self.kind() {
                TokenKind::String(_) => {
                    let text = self.string_literal()?;
                    TableFunctionBody::Code(text, self.span_from(code))
                }
                _ => TableFunctionBody::Query(Box::new(self.query()?)),
            });
        }
        let RoutineClauses { sql_security, language, connection, options, .. } = clauses;
        let span = self.span_from(start);
        Ok(CreateTableFunction {
            modifiers,
            name,
            parameters,
            returns,
            sql_security,
            language,
            connection,
            options,
            body,
            span,
        })
    }

    pub(super) fn create_procedure(
        &mut self,
        start: Span,
        mut modifiers: CreateModifiers,
    ) -> Result<CreateProcedure> {
        self.expect(Keyword::PROCEDURE)?;
        modifiers.if_not_exists = self.if_not_exists()?;
        let name = self.table_path()?;
        let parameters = self.routine_parameters(true)?;
        let mut external_security = None;
        if self.eat(Keyword::EXTERNAL) {
            self.expect(Keyword::SECURITY)?;
            external_security = Some(self.security_word()?);
        }
        let connection = self.with_connection()?;
        let options = self.optional_options()?;
        let body = if self.at_keyword(Keyword::BEGIN) {
            ProcedureBody::Block(self.block(None)?)
        } else if self.eat(Keyword::LANGUAGE) {
            let language = self.ident()?;
            let mut code = None;
            if self.eat(Keyword::AS) {
                let code_start = self.span();
                let text = self.string_literal()?;
                code = Some((text, self.span_from(code_start)));
            }
            ProcedureBody::Foreign { language, code }
        } else {
            return Err(self.expected("keyword BEGIN or keyword LANGUAGE"));
        };
        let span = self.span_from(start);
        Ok(CreateProcedure {
            modifiers,
            name,
            parameters,
            external_security,
            connection,
            options,
            body,
            span,
        })
    }
}
