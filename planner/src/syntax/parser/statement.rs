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
                return self.query().map(|q| StatementKind::Query(Box::new(q)));
            }
            TokenKind::Word(Some(keyword)) => keyword,
            _ => return Err(self.unexpected()),
        };
        Ok(match keyword {
            Keyword::SELECT | Keyword::WITH | Keyword::FROM => StatementKind::Query(Box::new(self.query()?)),
            Keyword::INSERT => StatementKind::Insert(Box::new(self.insert(false)?)),
            Keyword::UPDATE => StatementKind::Update(Box::new(self.update()?)),
            Keyword::DELETE => StatementKind::Delete(Box::new(self.delete()?)),
            Keyword::TRUNCATE => StatementKind::Truncate(Box::new(self.truncate()?)),
            Keyword::MERGE => StatementKind::Merge(Box::new(self.merge()?)),
            Keyword::CREATE => self.create()?,
            Keyword::ALTER => self.alter()?,
            Keyword::DROP => self.drop_statement()?,
            Keyword::UNDROP => StatementKind::Undrop(Box::new(self.undrop()?)),
            Keyword::GRANT | Keyword::REVOKE => StatementKind::Grant(Box::new(self.grant()?)),
            Keyword::LOAD => StatementKind::LoadData(Box::new(self.load_data()?)),
            Keyword::EXPORT => self.export()?,
            Keyword::EXPLAIN => StatementKind::Explain(Box::new(self.explain()?)),
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
                return Err(self.unsupported(format!("Statement {} is not supported", keyword.text())));
            }
            _ => return self.script_statement(keyword),
        })
    }
}
