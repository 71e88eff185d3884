//! Columns and constraints of tables, and OPTIONS.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::{Parser, Result};

impl Parser<'_> {
    /// `(column, constraint, ...)`; a comma may end it.
    pub(super) fn table_elements(&mut self) -> Result<Vec<TableElement>> {
        self.expect_symbol(Symbol::LeftParen)?;
        let mut elements = Vec::new();
        while !self.at_symbol(Symbol::RightParen) {
            elements.push(match self.at_constraint() {
                true => TableElement::Constraint(self.table_constraint()?),
                false => TableElement::Column(self.column_def()?),
            });
            if !self.eat_symbol(Symbol::Comma) {
                break;
            }
        }
        match self.at_symbol(Symbol::RightParen) {
            true => self.advance(),
            false => return Err(self.expected("\")\" or \",\"")),
        };
        Ok(elements)
    }

    fn at_constraint(&self) -> bool {
        match self.keyword(0) {
            Some(Keyword::PRIMARY) => self.keyword(1) == Some(Keyword::KEY),
            Some(Keyword::FOREIGN) => self.keyword(1) == Some(Keyword::KEY),
            Some(Keyword::CHECK) => self.symbol(1) == Some(Symbol::LeftParen),
            Some(Keyword::CONSTRAINT) => {
                self.is_ident(1)
                    && matches!(self.keyword(2), Some(Keyword::PRIMARY | Keyword::FOREIGN | Keyword::CHECK))
            }
            _ => false,
        }
    }

    /// `[CONSTRAINT name] PRIMARY KEY | FOREIGN KEY | CHECK ...`.
    pub(super) fn table_constraint(&mut self) -> Result<TableConstraint> {
        let start = self.span();
        let name = if self.eat(Keyword::CONSTRAINT) { Some(self.ident()?) } else { None };
        self.constraint_body(start, name)
    }

    pub(super) fn constraint_body(&mut self, start: Span, name: Option<Ident>) -> Result<TableConstraint> {
        let kind = match self.keyword(0) {
            Some(Keyword::PRIMARY) => {
                self.expect_all(&[Keyword::PRIMARY, Keyword::KEY])?;
                TableConstraintKind::PrimaryKey(self.key_columns()?)
            }
            Some(Keyword::FOREIGN) => {
                self.expect_all(&[Keyword::FOREIGN, Keyword::KEY])?;
                let columns = self.parenthesized(Self::ident)?;
                TableConstraintKind::ForeignKey { columns, reference: self.reference()? }
            }
            Some(Keyword::CHECK) => {
                self.advance();
                self.expect_symbol(Symbol::LeftParen)?;
                let condition = self.expression()?;
                self.expect_symbol(Symbol::RightParen)?;
                TableConstraintKind::Check(condition)
            }
            _ => return Err(self.expected("keyword CHECK or keyword FOREIGN or keyword PRIMARY")),
        };
        let enforced = match kind {
            TableConstraintKind::ForeignKey { .. } => None,
            _ => self.enforcement()?,
        };
        let options = self.optional_options()?;
        Ok(TableConstraint { name, kind, enforced, options, span: self.span_from(start) })
    }

    fn key_columns(&mut self) -> Result<Vec<KeyColumn>> {
        if self.at_symbol(Symbol::LeftParen) && self.symbol(1) == Some(Symbol::RightParen) {
            self.at += 2;
            return Ok(Vec::new());
        }
        self.parenthesized(|parser| {
            let name = parser.ident()?;
            let order = parser.direction_and_nulls()?;
            Ok(KeyColumn { name, direction: order.direction, nulls: order.nulls })
        })
    }

    /// `REFERENCES table (columns) ...`.
    pub(super) fn reference(&mut self) -> Result<Reference> {
        let start = self.expect(Keyword::REFERENCES)?;
        let table = self.table_path()?;
        let columns = self.parenthesized(Self::ident)?;
        let mut matching = None;
        if self.eat(Keyword::MATCH) {
            matching = Some(if self.eat(Keyword::SIMPLE) {
                "SIMPLE".to_owned()
            } else if self.eat(Keyword::FULL) {
                "FULL".to_owned()
            } else {
                self.expect_all(&[Keyword::NOT, Keyword::DISTINCT])?;
                "NOT DISTINCT".to_owned()
            });
        }
        let (mut on_update, mut on_delete) = (None, None);
        while self.at_keyword(Keyword::ON) {
            let update = match self.keyword(1) {
                Some(Keyword::UPDATE) if on_update.is_none() => true,
                Some(Keyword::DELETE) if on_delete.is_none() => false,
                _ => break,
            };
            self.at += 2;
            let action = self.reference_action()?;
            if update { on_update = Some(action) } else { on_delete = Some(action) }
        }
        let enforced = self.enforcement()?;
        Ok(Reference {
            table,
            columns,
            matching,
            on_update,
            on_delete,
            enforced,
            span: self.span_from(start),
        })
    }

    fn reference_action(&mut self) -> Result<String> {
        for (words, text) in [
            ([Keyword::NO, Keyword::ACTION].as_slice(), "NO ACTION"),
            (&[Keyword::RESTRICT], "RESTRICT"),
            (&[Keyword::CASCADE], "CASCADE"),
            (&[Keyword::SET, Keyword::NULL], "SET NULL"),
        ] {
            if self.eat_all(words) {
                return Ok(text.to_owned());
            }
        }
        Err(self.unexpected())
    }

    /// `[NOT] ENFORCED`, where it stands.
    pub(super) fn enforcement(&mut self) -> Result<Option<bool>> {
        if self.eat_all(&[Keyword::NOT, Keyword::ENFORCED]) {
            return Ok(Some(false));
        }
        Ok(self.eat(Keyword::ENFORCED).then_some(true))
    }

    /// `name type attributes`.
    pub(super) fn column_def(&mut self) -> Result<ColumnDef> {
        let start = self.span();
        let name = self.ident()?;
        let schema = self.column_schema(true)?;
        Ok(ColumnDef { name: Some(name), schema, span: self.span_from(start) })
    }

    /// A type with attributes; `top` says that it is a whole column, which may be generated or a key.
    pub(super) fn column_schema(&mut self, top: bool) -> Result<ColumnSchema> {
        self.nested(|parser| {
            let start = parser.span();
            let kind = parser.column_schema_kind(top)?;
            let parameters = match kind {
                ColumnSchemaKind::Inferred => Vec::new(),
                _ => parser.type_parameters()?,
            };
            let mut attributes: Vec<ColumnAttribute> = Vec::new();
            while let Some(attribute) = parser.column_attribute(top)? {
                let same = |other: &ColumnAttribute| {
                    std::mem::discriminant(other) == std::mem::discriminant(&attribute)
                };
                if attributes.iter().any(same) {
                    return Err(parser.error_at(start, "An attribute of the column is written twice"));
                }
                attributes.push(attribute);
            }
            Ok(ColumnSchema { kind, parameters, attributes, span: parser.span_from(start) })
        })
    }

    fn column_schema_kind(&mut self, top: bool) -> Result<ColumnSchemaKind> {
        match self.keyword(0) {
            Some(Keyword::ARRAY) => {
                self.advance();
                self.expect_symbol(Symbol::Less)?;
                let element = Box::new(self.column_schema(false)?);
                self.expect_type_close()?;
                Ok(ColumnSchemaKind::Array(element))
            }
            Some(Keyword::RANGE) => {
                self.advance();
                self.expect_symbol(Symbol::Less)?;
                let element = Box::new(self.column_schema(false)?);
                self.expect_type_close()?;
                Ok(ColumnSchemaKind::Range(element))
            }
            Some(Keyword::STRUCT) => {
                self.advance();
                if self.eat_symbol(Symbol::NotEqualAngle) {
                    return Ok(ColumnSchemaKind::Struct(Vec::new()));
                }
                self.expect_symbol(Symbol::Less)?;
                let mut fields = Vec::new();
                if !self.at_symbol(Symbol::Greater) {
                    fields = self.comma_list(|parser| {
                        let start = parser.span();
                        let name = if parser.is_named_field() { Some(parser.ident()?) } else { None };
                        let schema = parser.column_schema(false)?;
                        Ok(ColumnDef { name, schema, span: parser.span_from(start) })
                    })?;
                }
                self.expect_type_close()?;
                Ok(ColumnSchemaKind::Struct(fields))
            }
            Some(Keyword::INTERVAL) => {
                let name = self.any_ident()?;
                Ok(ColumnSchemaKind::Named(Path { span: name.span, parts: vec![name] }))
            }
            Some(Keyword::AS) if top => Ok(ColumnSchemaKind::Inferred),
            Some(Keyword::GENERATED)
                if top && matches!(self.keyword(1), Some(Keyword::AS | Keyword::ALWAYS | Keyword::BY)) =>
            {
                Ok(ColumnSchemaKind::Inferred)
            }
            _ => self.path().map(ColumnSchemaKind::Named),
        }
    }

    fn column_attribute(&mut self, top: bool) -> Result<Option<ColumnAttribute>> {
        let start = self.span();
        let attribute = match self.keyword(0) {
            Some(Keyword::NOT) if self.keyword(1) == Some(Keyword::NULL) => {
                self.at += 2;
                ColumnAttribute::NotNull(self.span_from(start))
            }
            Some(Keyword::OPTIONS) => ColumnAttribute::Options(self.options()?),
            Some(Keyword::COLLATE) => {
                self.advance();
                ColumnAttribute::Collate(self.collation()?)
            }
            Some(Keyword::HIDDEN) if top => {
                self.advance();
                ColumnAttribute::Hidden(start)
            }
            Some(Keyword::DEFAULT) if top => {
                self.advance();
                ColumnAttribute::Default(self.expression()?)
            }
            Some(Keyword::AS | Keyword::GENERATED) if top => {
                ColumnAttribute::Generated(self.generated_column()?)
            }
            Some(Keyword::PRIMARY) if top => {
                self.expect_all(&[Keyword::PRIMARY, Keyword::KEY])?;
                let enforced = self.enforcement()?;
                ColumnAttribute::PrimaryKey { enforced, span: self.span_from(start) }
            }
            Some(Keyword::CONSTRAINT) if top => {
                self.advance();
                let name = Some(self.ident()?);
                ColumnAttribute::ForeignKey { name, reference: self.reference()? }
            }
            Some(Keyword::REFERENCES) if top => {
                ColumnAttribute::ForeignKey { name: None, reference: self.reference()? }
            }
            _ => return Ok(None),
        };
        Ok(Some(attribute))
    }

    /// `[GENERATED [ALWAYS | BY DEFAULT]] AS (expression) | IDENTITY(...) [STORED [VOLATILE]]`.
    pub(super) fn generated_column(&mut self) -> Result<GeneratedColumn> {
        let start = self.span();
        let mut always = None;
        if self.eat(Keyword::GENERATED) {
            if self.eat(Keyword::ALWAYS) {
                always = Some(true);
            } else if self.eat_all(&[Keyword::BY, Keyword::DEFAULT]) {
                always = Some(false);
            }
        }
        self.expect(Keyword::AS)?;
        if self.at_keyword(Keyword::IDENTITY) {
            let value = GeneratedValue::Identity(self.identity()?);
            return Ok(GeneratedColumn {
                always,
                stored: StoredMode::Virtual,
                value,
                span: self.span_from(start),
            });
        }
        self.expect_symbol(Symbol::LeftParen)?;
        let value = GeneratedValue::Expression(self.expression()?);
        self.expect_symbol(Symbol::RightParen)?;
        let mut stored = StoredMode::Virtual;
        if self.eat(Keyword::STORED) {
            stored =
                if self.eat(Keyword::VOLATILE) { StoredMode::StoredVolatile } else { StoredMode::Stored };
        }
        Ok(GeneratedColumn { always, stored, value, span: self.span_from(start) })
    }

    fn identity(&mut self) -> Result<IdentitySequence> {
        self.expect(Keyword::IDENTITY)?;
        self.expect_symbol(Symbol::LeftParen)?;
        let mut sequence = IdentitySequence::default();
        if self.eat_all(&[Keyword::START, Keyword::WITH]) {
            sequence.start = Some(self.expression()?);
        }
        if self.eat_all(&[Keyword::INCREMENT, Keyword::BY]) {
            sequence.increment = Some(self.expression()?);
        }
        if self.eat(Keyword::MAXVALUE) {
            sequence.max = Some(self.expression()?);
        }
        if self.eat(Keyword::MINVALUE) {
            sequence.min = Some(self.expression()?);
        }
        if self.eat_all(&[Keyword::NO, Keyword::CYCLE]) {
            sequence.cycle = Some(false);
        } else if self.eat(Keyword::CYCLE) {
            sequence.cycle = Some(true);
        }
        self.expect_symbol(Symbol::RightParen)?;
        Ok(sequence)
    }

    /// `OPTIONS (...)`, where it stands.
    pub(super) fn optional_options(&mut self) -> Result<Option<Options>> {
        match self.at_keyword(Keyword::OPTIONS) {
            true => self.options().map(Some),
            false => Ok(None),
        }
    }

    pub(super) fn options(&mut self) -> Result<Options> {
        let start = self.expect(Keyword::OPTIONS)?;
        self.option_entries(start)
    }

    /// `(name = value, ...)`.
    pub(super) fn option_entries(&mut self, start: Span) -> Result<Options> {
        self.expect_symbol(Symbol::LeftParen)?;
        let mut entries = Vec::new();
        if !self.at_symbol(Symbol::RightParen) {
            entries = self.comma_list(Self::option_entry)?;
        }
        match self.at_symbol(Symbol::RightParen) {
            true => self.advance(),
            false => return Err(self.expected("\")\" or \",\"")),
        };
        Ok(Options { entries, span: self.span_from(start) })
    }

    fn option_entry(&mut self) -> Result<OptionEntry> {
        let name = self.ident()?;
        let assign = match self.kind() {
            TokenKind::Symbol(Symbol::Equal) => OptionAssign::Set,
            TokenKind::Symbol(Symbol::PlusEqual) => OptionAssign::Add,
            TokenKind::Symbol(Symbol::MinusEqual) => OptionAssign::Remove,
            _ => return Err(self.expected("\"=\"")),
        };
        self.advance();
        Ok(OptionEntry { name, assign, value: self.expression()? })
    }

    /// `WITH CONNECTION name | DEFAULT`, where it stands.
    pub(super) fn with_connection(&mut self) -> Result<Option<Connection>> {
        if !self.at_keywords(&[Keyword::WITH, Keyword::CONNECTION]) {
            return Ok(None);
        }
        self.advance();
        let start = self.advance().span;
        let name = if self.eat(Keyword::DEFAULT) { None } else { Some(self.dashed_path()?) };
        Ok(Some(Connection { name, span: self.span_from(start) }))
    }
}
