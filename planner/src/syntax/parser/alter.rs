//! ALTER.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::{Parser, Result};

impl Parser<'_> {
    /// A statement that starts with ALTER.
    pub(super) fn alter(&mut self) -> Result<StatementKind> {
        let start = self.expect(Keyword::ALTER)?;
        let object = self.alter_object()?;
        let if_exists = self.if_exists()?;
        let name = match self.keyword(0) {
            Some(Keyword::SET) if matches!(object, ObjectKind::Organization | ObjectKind::Project) => None,
            _ if object == ObjectKind::RowAccessPolicy => {
                let name = self.ident()?;
                Some(Path { span: name.span, parts: vec![name] })
            }
            _ => Some(self.table_path()?),
        };
        let on = match object {
            ObjectKind::RowAccessPolicy | ObjectKind::SearchIndex | ObjectKind::VectorIndex
                if self.at_keyword(Keyword::ON) || object == ObjectKind::RowAccessPolicy =>
            {
                self.expect(Keyword::ON)?;
                Some(self.table_path()?)
            }
            _ => None,
        };
        let actions = self.comma_list(|parser| parser.alter_action(object))?;
        let span = self.span_from(start);
        Ok(StatementKind::Alter(Box::new(Alter { object, if_exists, name, on, actions, span })))
    }

    fn alter_object(&mut self) -> Result<ObjectKind> {
        let object = match (self.keyword(0), self.keyword(1)) {
            (Some(Keyword::ROW), _) => {
                self.expect_all(&[Keyword::ROW, Keyword::ACCESS, Keyword::POLICY])?;
                return Ok(ObjectKind::RowAccessPolicy);
            }
            (Some(Keyword::TABLE), Some(Keyword::FUNCTION))
            | (Some(Keyword::AGGREGATE), Some(Keyword::FUNCTION)) => {
                let words = self.keyword(0).map_or("", Keyword::text);
                return Err(self.unsupported(format!("ALTER {words} FUNCTION is not supported")));
            }
            _ => self.object_kind()?,
        };
        match object {
            ObjectKind::ExternalTable
            | ObjectKind::Function
            | ObjectKind::Procedure
            | ObjectKind::SnapshotTable
            | ObjectKind::Index => {
                Err(self.unsupported(format!("ALTER {} is not supported", object.keywords())))
            }
            _ => Ok(object),
        }
    }

    /// The keywords of an object's kind.
    pub(super) fn object_kind(&mut self) -> Result<ObjectKind> {
        let (object, words) = match (self.keyword(0), self.keyword(1)) {
            (Some(Keyword::SCHEMA), _) => (ObjectKind::Schema, 1),
            (Some(Keyword::EXTERNAL), Some(Keyword::SCHEMA)) => (ObjectKind::ExternalSchema, 2),
            (Some(Keyword::EXTERNAL), Some(Keyword::TABLE)) => (ObjectKind::ExternalTable, 2),
            (Some(Keyword::SNAPSHOT), Some(Keyword::TABLE)) => (ObjectKind::SnapshotTable, 2),
            (Some(Keyword::TABLE), Some(Keyword::FUNCTION)) => (ObjectKind::TableFunction, 2),
            (Some(Keyword::TABLE), _) => (ObjectKind::Table, 1),
            (Some(Keyword::MATERIALIZED), Some(Keyword::VIEW)) => (ObjectKind::MaterializedView, 2),
            (Some(Keyword::VIEW), _) => (ObjectKind::View, 1),
            (Some(Keyword::AGGREGATE), Some(Keyword::FUNCTION)) => (ObjectKind::AggregateFunction, 2),
            (Some(Keyword::FUNCTION), _) => (ObjectKind::Function, 1),
            (Some(Keyword::PROCEDURE), _) => (ObjectKind::Procedure, 1),
            (Some(Keyword::SEARCH), Some(Keyword::INDEX)) => (ObjectKind::SearchIndex, 2),
            (Some(Keyword::VECTOR), Some(Keyword::INDEX)) => (ObjectKind::VectorIndex, 2),
            (Some(Keyword::INDEX), _) => (ObjectKind::Index, 1),
            (Some(Keyword::MODEL), _) => (ObjectKind::Model, 1),
            (Some(Keyword::CONNECTION), _) => (ObjectKind::Connection, 1),
            (Some(Keyword::ORGANIZATION), _) => (ObjectKind::Organization, 1),
            (Some(Keyword::PROJECT), _) => (ObjectKind::Project, 1),
            (Some(Keyword::BI_CAPACITY), _) => (ObjectKind::BiCapacity, 1),
            (Some(Keyword::CAPACITY), _) => (ObjectKind::Capacity, 1),
            (Some(Keyword::RESERVATION), _) => (ObjectKind::Reservation, 1),
            (Some(Keyword::ASSIGNMENT), _) => (ObjectKind::Assignment, 1),
            _ if matches!(self.kind(), TokenKind::Word(None)) => {
                let name = self.span().text(self.text).to_owned();
                return Err(self.unsupported(format!("{name} is not a supported object type")));
            }
            _ => return Err(self.unexpected()),
        };
        self.at += words;
        Ok(object)
    }

    fn alter_action(&mut self, object: ObjectKind) -> Result<AlterAction> {
        let start = self.span();
        let kind = match self.keyword(0) {
            Some(
                Keyword::SET
                | Keyword::DROP
                | Keyword::ADD
                | Keyword::ALTER
                | Keyword::REBUILD
                | Keyword::USING,
            ) if object == ObjectKind::RowAccessPolicy => {
                return Err(self.unexpected());
            }
            Some(Keyword::SET) => self.alter_set()?,
            Some(Keyword::ADD) => self.alter_add()?,
            Some(Keyword::DROP) => self.alter_drop()?,
            Some(Keyword::ALTER) => self.alter_nested()?,
            Some(Keyword::RENAME) => self.alter_rename()?,
            Some(Keyword::REBUILD) => {
                self.advance();
                AlterActionKind::Rebuild
            }
            Some(Keyword::GRANT) if object == ObjectKind::RowAccessPolicy => {
                self.expect_all(&[Keyword::GRANT, Keyword::TO])?;
                AlterActionKind::GrantTo(self.parenthesized(Self::grantee)?)
            }
            Some(Keyword::REVOKE) if object == ObjectKind::RowAccessPolicy => {
                self.expect_all(&[Keyword::REVOKE, Keyword::FROM])?;
                AlterActionKind::RevokeFrom(match self.eat(Keyword::ALL) {
                    true => None,
                    false => Some(self.parenthesized(Self::grantee)?),
                })
            }
            Some(Keyword::FILTER) if object == ObjectKind::RowAccessPolicy => {
                AlterActionKind::FilterUsing(self.filter_using()?)
            }
            _ => return Err(self.unexpected()),
        };
        Ok(AlterAction { kind, span: self.span_from(start) })
    }

    fn alter_set(&mut self) -> Result<AlterActionKind> {
        self.expect(Keyword::SET)?;
        match self.keyword(0) {
            Some(Keyword::OPTIONS) => self.options().map(AlterActionKind::SetOptions),
            Some(Keyword::DEFAULT) => match self.default_collate()? {
                Some(collate) => Ok(AlterActionKind::SetDefaultCollate(collate)),
                None => Err(self.unexpected()),
            },
            _ => Err(self.unexpected()),
        }
    }

    fn alter_add(&mut self) -> Result<AlterActionKind> {
        self.expect(Keyword::ADD)?;
        let start = self.span();
        if self.eat(Keyword::COLUMN) {
            let if_not_exists = self.if_not_exists()?;
            let column = self.column_def()?;
            let position = if self.eat(Keyword::PRECEDING) {
                Some(ColumnPosition::Preceding(self.ident()?))
            } else if self.eat(Keyword::FOLLOWING) {
                Some(ColumnPosition::Following(self.ident()?))
            } else {
                None
            };
            let mut fill = None;
            if self.eat_all(&[Keyword::FILL, Keyword::USING]) {
                fill = Some(self.expression()?);
            }
            return Ok(AlterActionKind::AddColumn { if_not_exists, column, position, fill });
        }
        let (mut if_not_exists, mut name) = (false, None);
        if self.eat(Keyword::CONSTRAINT) {
            if_not_exists = self.if_not_exists()?;
            name = Some(self.ident()?);
        }
        let constraint = self.constraint_body(start, name)?;
        Ok(AlterActionKind::AddConstraint { if_not_exists, constraint })
    }

    fn alter_drop(&mut self) -> Result<AlterActionKind> {
        self.expect(Keyword::DROP)?;
        if self.eat(Keyword::COLUMN) {
            return Ok(AlterActionKind::DropColumn { if_exists: self.if_exists()?, name: self.ident()? });
        }
        if self.eat(Keyword::CONSTRAINT) {
            return Ok(AlterActionKind::DropConstraint { if_exists: self.if_exists()?, name: self.ident()? });
        }
        self.expect_all(&[Keyword::PRIMARY, Keyword::KEY])?;
        Ok(AlterActionKind::DropPrimaryKey { if_exists: self.if_exists()? })
    }

    fn alter_nested(&mut self) -> Result<AlterActionKind> {
        self.expect(Keyword::ALTER)?;
        if self.eat(Keyword::CONSTRAINT) {
            let if_exists = self.if_exists()?;
            let name = self.ident()?;
            if self.eat(Keyword::SET) {
                let options = self.options()?;
                return Ok(AlterActionKind::SetConstraintOptions { if_exists, name, options });
            }
            return match self.enforcement()? {
                Some(enforced) => Ok(AlterActionKind::EnforceConstraint { if_exists, name, enforced }),
                None => Err(self.unexpected()),
            };
        }
        self.expect(Keyword::COLUMN)?;
        let if_exists = self.if_exists()?;
        let name = self.path()?;
        let change = self.column_change()?;
        Ok(AlterActionKind::AlterColumn { if_exists, name, change })
    }

    fn column_change(&mut self) -> Result<ColumnChange> {
        if self.eat(Keyword::DROP) {
            return match self.keyword(0) {
                Some(Keyword::DEFAULT) => {
                    self.advance();
                    Ok(ColumnChange::DropDefault)
                }
                Some(Keyword::GENERATED) => {
                    self.advance();
                    Ok(ColumnChange::DropGenerated)
                }
                Some(Keyword::NOT) => {
                    self.expect_all(&[Keyword::NOT, Keyword::NULL])?;
                    Ok(ColumnChange::DropNotNull)
                }
                _ => Err(self.unexpected()),
            };
        }
        self.expect(Keyword::SET)?;
        match self.keyword(0) {
            Some(Keyword::OPTIONS) => self.options().map(ColumnChange::SetOptions),
            Some(Keyword::DATA) => {
                self.expect_all(&[Keyword::DATA, Keyword::TYPE])?;
                self.column_schema(false).map(ColumnChange::SetDataType)
            }
            Some(Keyword::DEFAULT) => {
                self.advance();
                self.expression().map(ColumnChange::SetDefault)
            }
            Some(Keyword::GENERATED | Keyword::AS) => self.generated_column().map(ColumnChange::SetGenerated),
            _ => Err(self.unexpected()),
        }
    }

    fn alter_rename(&mut self) -> Result<AlterActionKind> {
        self.expect(Keyword::RENAME)?;
        if self.eat(Keyword::TO) {
            return self.table_path().map(AlterActionKind::RenameTo);
        }
        self.expect(Keyword::COLUMN)?;
        let if_exists = self.if_exists()?;
        let from = self.ident()?;
        self.expect(Keyword::TO)?;
        Ok(AlterActionKind::RenameColumn { if_exists, from, to: self.ident()? })
    }

    /// A principal: a string, a parameter or a system variable.
    pub(super) fn grantee(&mut self) -> Result<Expr> {
        match self.kind() {
            TokenKind::String(_) | TokenKind::Symbol(Symbol::At | Symbol::DoubleAt | Symbol::Question) => {
                self.collation()
            }
            _ => Err(self.expected("string literal")),
        }
    }
}
