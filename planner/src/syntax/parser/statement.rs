//! Which statement it is.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::{Parser, Result};

impl Parser<'_> {
    /// One statement, its semicolon not included.
    pub(super) fn statement(&mut self) -> Result<Statement> {
        self.nested(|parser| {
            let start = parser.span();
            // Each statement is a tree of its own.
            let siblings = std::mem::take(&mut parser.height);
            let kind = parser.statement_kind()?;
            parser.height = parser.height.max(siblings);
            Ok(Statement { kind, span: parser.span_from(start) })
        })
    }

    fn statement_kind(&mut self) -> Result<StatementKind> {
        if self.is_ident(0) && self.symbol(1) == Some(Symbol::Colon) {
            return self.labelled();
        }
        let keyword = match self.kind() {
            TokenKind::Symbol(Symbol::LeftParen) => {
                return self.boxed(Self::query, StatementKind::Query);
            }
            TokenKind::Word(Some(keyword)) => keyword,
            _ => return Err(self.unexpected()),
        };
        match keyword {
            Keyword::SELECT | Keyword::WITH | Keyword::FROM => self.boxed(Self::query, StatementKind::Query),
            Keyword::INSERT => self.boxed(|parser| parser.insert(false), StatementKind::Insert),
            Keyword::UPDATE => self.boxed(Self::update, StatementKind::Update),
            Keyword::DELETE => self.boxed(Self::delete, StatementKind::Delete),
            Keyword::TRUNCATE => self.boxed(Self::truncate, StatementKind::Truncate),
            Keyword::MERGE => self.boxed(Self::merge, StatementKind::Merge),
            Keyword::CREATE => self.create(),
            Keyword::ALTER => self.alter(),
            Keyword::DROP => self.drop_statement(),
            Keyword::UNDROP => self.boxed(Self::undrop, StatementKind::Undrop),
            Keyword::GRANT | Keyword::REVOKE => self.boxed(Self::grant, StatementKind::Grant),
            Keyword::LOAD => self.boxed(Self::load_data, StatementKind::LoadData),
            Keyword::EXPORT => self.export(),
            Keyword::EXPLAIN => self.boxed(Self::explain, StatementKind::Explain),
            Keyword::DESCRIBE
            | Keyword::SHOW
            | Keyword::ANALYZE
            | Keyword::DEFINE
            | Keyword::IMPORT
            | Keyword::MODULE
            | Keyword::RUN
            | Keyword::START
            | Keyword::ABORT
            | Keyword::CLONE
            | Keyword::RENAME => {
                Err(self.unsupported(format!("Statement {} is not supported", keyword.text())))
            }
            _ => self.script_statement(keyword),
        }
    }

    /// Boxes what `parse` returns, in a frame of its own: that of the caller is on the stack once for each level of
    /// nested blocks.
    pub(super) fn boxed<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T>,
        wrap: impl FnOnce(Box<T>) -> StatementKind,
    ) -> Result<StatementKind> {
        parse(self).map(|node| wrap(Box::new(node)))
    }
}
