//! ALTER, DROP, UNDROP, GRANT and REVOKE.

use super::super::ast::*;
use super::Writer;

impl Writer {
    fn if_exists(&mut self, if_exists: bool) {
        self.when(if_exists, "IF EXISTS ");
    }

    pub(super) fn alter(&mut self, alter: &Alter) {
        self.text("ALTER ");
        self.text(alter.object.keywords());
        self.text(" ");
        self.if_exists(alter.if_exists);
        if let Some(name) = &alter.name {
            self.path(name);
            self.text(" ");
        }
        if let Some(on) = &alter.on {
            self.text("ON ");
            self.path(on);
            self.text(" ");
        }
        self.list(&alter.actions, |w, action| w.alter_action(&action.kind));
    }

    fn alter_action(&mut self, action: &AlterActionKind) {
        match action {
            AlterActionKind::SetOptions(options) => {
                self.text("SET");
                self.options(Some(options));
            }
            AlterActionKind::SetDefaultCollate(value) => {
                self.optional("SET DEFAULT COLLATE ", Some(value), Self::expr);
            }
            AlterActionKind::AddColumn { if_not_exists, column, position, fill } => {
                self.text("ADD COLUMN ");
                self.when(*if_not_exists, "IF NOT EXISTS ");
                self.column(column);
                match position {
                    Some(ColumnPosition::Preceding(name)) => {
                        self.optional(" PRECEDING ", Some(name), Self::ident)
                    }
                    Some(ColumnPosition::Following(name)) => {
                        self.optional(" FOLLOWING ", Some(name), Self::ident)
                    }
                    None => {}
                }
                self.optional(" FILL USING ", fill.as_ref(), Self::expr);
            }
            AlterActionKind::DropColumn { if_exists, name } => self.named("DROP COLUMN ", *if_exists, name),
            AlterActionKind::RenameColumn { if_exists, from, to } => {
                self.named("RENAME COLUMN ", *if_exists, from);
                self.optional(" TO ", Some(to), Self::ident);
            }
            AlterActionKind::RenameTo(path) => self.optional("RENAME TO ", Some(path), Self::path),
            AlterActionKind::AlterColumn { if_exists, name, change } => {
                self.text("ALTER COLUMN ");
                self.if_exists(*if_exists);
                self.path(name);
                self.column_change(change);
            }
            AlterActionKind::AddConstraint { if_not_exists, constraint } => {
                self.text("ADD ");
                if let Some(name) = &constraint.name {
                    self.text("CONSTRAINT ");
                    self.when(*if_not_exists, "IF NOT EXISTS ");
                    self.ident(name);
                    self.text(" ");
                }
                self.constraint_body(constraint);
            }
            AlterActionKind::DropConstraint { if_exists, name } => {
                self.named("DROP CONSTRAINT ", *if_exists, name)
            }
            AlterActionKind::DropPrimaryKey { if_exists } => {
                self.text("DROP PRIMARY KEY");
                self.when(*if_exists, " IF EXISTS");
            }
            AlterActionKind::EnforceConstraint { if_exists, name, enforced } => {
                self.named("ALTER CONSTRAINT ", *if_exists, name);
                self.enforcement(Some(*enforced));
            }
            AlterActionKind::SetConstraintOptions { if_exists, name, options } => {
                self.named("ALTER CONSTRAINT ", *if_exists, name);
                self.text(" SET");
                self.options(Some(options));
            }
            AlterActionKind::GrantTo(grantees) => {
                self.text("GRANT TO ");
                self.parens(grantees, Self::expr);
            }
            AlterActionKind::RevokeFrom(None) => self.text("REVOKE FROM ALL"),
            AlterActionKind::RevokeFrom(Some(grantees)) => {
                self.text("REVOKE FROM ");
                self.parens(grantees, Self::expr);
            }
            AlterActionKind::FilterUsing(condition) => {
                self.text("FILTER USING (");
                self.expr(condition);
                self.text(")");
            }
            AlterActionKind::Rebuild => self.text("REBUILD"),
        }
    }

    fn named(&mut self, words: &str, if_exists: bool, name: &Ident) {
        self.text(words);
        self.if_exists(if_exists);
        self.ident(name);
    }

    fn column_change(&mut self, change: &ColumnChange) {
        match change {
            ColumnChange::SetOptions(options) => {
                self.text(" SET");
                self.options(Some(options));
            }
            ColumnChange::SetDataType(schema) => {
                self.optional(" SET DATA TYPE ", Some(schema), Self::column_schema);
            }
            ColumnChange::SetDefault(value) => self.optional(" SET DEFAULT ", Some(value), Self::expr),
            ColumnChange::DropDefault => self.text(" DROP DEFAULT"),
            ColumnChange::DropNotNull => self.text(" DROP NOT NULL"),
            ColumnChange::SetGenerated(generated) => self.optional(" SET", Some(generated), Self::generated),
            ColumnChange::DropGenerated => self.text(" DROP GENERATED"),
        }
    }

    pub(super) fn drop_statement(&mut self, drop: &Drop) {
        self.text("DROP ");
        self.text(drop.object.keywords());
        self.when(drop.if_exists, " IF EXISTS");
        self.optional(" ", drop.name.as_ref(), Self::path);
        self.optional(" ON ", drop.on.as_ref(), Self::path);
        self.text(match drop.mode {
            Some(DropMode::Cascade) => " CASCADE",
            Some(DropMode::Restrict) => " RESTRICT",
            None => "",
        });
    }

    pub(super) fn undrop(&mut self, undrop: &Undrop) {
        self.text("UNDROP SCHEMA ");
        self.when(undrop.if_not_exists, "IF NOT EXISTS ");
        self.path(&undrop.name);
        self.optional(" FOR SYSTEM_TIME AS OF ", undrop.as_of.as_ref(), Self::expr);
        self.options(undrop.options.as_ref());
    }

    pub(super) fn grant(&mut self, grant: &Grant) {
        self.text(if grant.revoke { "REVOKE " } else { "GRANT " });
        self.when(grant.privileges.is_empty(), "ALL PRIVILEGES");
        self.list(&grant.privileges, |w, privilege| {
            w.ident(&privilege.name);
            if !privilege.columns.is_empty() {
                w.parens(&privilege.columns, Self::path);
            }
        });
        self.text(" ON ");
        if let Some(object) = &grant.object {
            // The words of a kind stand side by side, not with dots.
            for word in &object.parts {
                self.ident(word);
                self.text(" ");
            }
        }
        self.path(&grant.name);
        self.clause(if grant.revoke { " FROM " } else { " TO " }, &grant.grantees, Self::expr);
    }
}
