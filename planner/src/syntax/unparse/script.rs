//! Statements, and those that control a script.

use super::super::ast::*;
use super::Writer;

impl Writer {
    pub(super) fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Query(node) => self.query(node),
            StatementKind::Insert(node) => self.insert(node),
            StatementKind::Update(node) => self.update(node),
            StatementKind::Delete(node) => self.delete(node),
            StatementKind::Truncate(node) => self.truncate(node),
            StatementKind::Merge(node) => self.merge(node),
            StatementKind::CreateSchema(node) => self.create_schema(node),
            StatementKind::CreateTable(node) => self.create_table(node),
            StatementKind::CreateView(node) => self.create_view(node),
            StatementKind::CreateFunction(node) => self.create_function(node),
            StatementKind::CreateTableFunction(node) => self.create_table_function(node),
            StatementKind::CreateProcedure(node) => self.create_procedure(node),
            StatementKind::CreateIndex(node) => self.create_index(node),
            StatementKind::CreateRowAccessPolicy(node) => self.create_row_access_policy(node),
            StatementKind::CreateModel(node) => self.create_model(node),
            StatementKind::CreateResource(node) => self.create_resource(node),
            StatementKind::Alter(node) => self.alter(node),
            StatementKind::Drop(node) => self.drop_statement(node),
            StatementKind::Undrop(node) => self.undrop(node),
            StatementKind::Grant(node) => self.grant(node),
            StatementKind::LoadData(node) => self.load_data(node),
            StatementKind::ExportData(node) => self.export_data(node),
            StatementKind::ExportModel(node) => self.export_model(node),
            StatementKind::Explain(node) => self.explain(node),
            control => self.control(control),
        }
    }

    fn control(&mut self, kind: &StatementKind) {
        match kind {
            StatementKind::Declare(declare) => {
                self.clause("DECLARE ", &declare.names, Self::ident);
                self.optional(" ", declare.data_type.as_ref(), Self::data_type);
                self.optional(" DEFAULT ", declare.default.as_ref(), Self::expr);
            }
            StatementKind::Set(set) => self.set(set),
            StatementKind::If(node) => {
                for (index, branch) in node.branches.iter().enumerate() {
                    self.text(if index == 0 { "IF " } else { "ELSEIF " });
                    self.branch(branch);
                }
                self.optional("ELSE", node.otherwise.as_ref(), |w, body| w.statements(body));
                self.text("END IF");
            }
            StatementKind::Case(node) => {
                self.text("CASE ");
                if let Some(operand) = &node.operand {
                    self.expr(operand);
                    self.text(" ");
                }
                for branch in &node.branches {
                    self.text("WHEN ");
                    self.branch(branch);
                }
                self.optional("ELSE", node.otherwise.as_ref(), |w, body| w.statements(body));
                self.text("END CASE");
            }
            StatementKind::Block(block) => self.block(block),
            StatementKind::ExecuteImmediate(node) => {
                self.text("EXECUTE IMMEDIATE ");
                self.expr(&node.sql);
                self.clause(" INTO ", &node.into, Self::ident);
                self.clause(" USING ", &node.using, |w, using| {
                    w.expr(&using.value);
                    w.alias(&using.alias);
                });
            }
            StatementKind::Call(call) => {
                self.text("CALL ");
                self.path(&call.name);
                self.parens(&call.arguments, Self::argument);
            }
            StatementKind::Assert(assert) => {
                self.text("ASSERT ");
                self.expr(&assert.condition);
                self.optional(" AS ", assert.message.as_ref(), |w, message| w.string(message));
            }
            StatementKind::Raise(raise) => {
                self.text("RAISE");
                self.optional(" USING MESSAGE = ", raise.message.as_ref(), Self::expr);
            }
            StatementKind::Break(jump) => self.jump("BREAK", jump),
            StatementKind::Continue(jump) => self.jump("CONTINUE", jump),
            StatementKind::Return => self.text("RETURN"),
            StatementKind::BeginTransaction(begin) => {
                self.text("BEGIN TRANSACTION");
                self.clause(" ", &begin.modes, |w, mode| w.text(mode));
            }
            StatementKind::CommitTransaction => self.text("COMMIT TRANSACTION"),
            StatementKind::RollbackTransaction => self.text("ROLLBACK TRANSACTION"),
            other => self.loop_statement(other),
        }
    }

    fn loop_statement(&mut self, kind: &StatementKind) {
        match kind {
            StatementKind::Loop(node) => {
                self.label(&node.label);
                self.text("LOOP");
                self.statements(&node.body);
                self.text("END LOOP");
            }
            StatementKind::While(node) => {
                self.label(&node.label);
                self.text("WHILE ");
                self.expr(&node.condition);
                self.text(" DO");
                self.statements(&node.body);
                self.text("END WHILE");
            }
            StatementKind::Repeat(node) => {
                self.label(&node.label);
                self.text("REPEAT");
                self.statements(&node.body);
                self.text("UNTIL ");
                self.expr(&node.until);
                self.text(" END REPEAT");
            }
            StatementKind::For(node) => {
                self.label(&node.label);
                self.text("FOR ");
                self.ident(&node.variable);
                self.text(" IN ");
                self.parenthesized_query(&node.query);
                self.text(" DO");
                self.statements(&node.body);
                self.text("END FOR");
            }
            _ => unreachable!("every other kind is written by its caller"),
        }
    }

    fn set(&mut self, set: &Set) {
        self.text("SET ");
        match &set.target {
            SetTarget::Variable(name) => self.ident(name),
            SetTarget::Variables(names) => self.parens(names, Self::ident),
            SetTarget::Parameter(parameter) => self.parameter(parameter),
            SetTarget::SystemVariable(path) => self.optional("@@", Some(path), Self::path),
        }
        self.text(" = ");
        self.expr(&set.value);
    }

    fn jump(&mut self, word: &str, jump: &Jump) {
        self.text(word);
        self.optional(" ", jump.label.as_ref(), Self::ident);
    }

    fn label(&mut self, label: &Option<Ident>) {
        if let Some(label) = label {
            self.ident(label);
            self.text(": ");
        }
    }

    fn branch(&mut self, branch: &StatementBranch) {
        self.expr(&branch.condition);
        self.text(" THEN");
        self.statements(&branch.body);
    }

    /// Writes statements with a space on both sides.
    fn statements(&mut self, statements: &[Statement]) {
        self.text(" ");
        for statement in statements {
            self.statement(statement);
            self.text("; ");
        }
    }

    pub(super) fn block(&mut self, block: &Block) {
        self.label(&block.label);
        self.text("BEGIN");
        self.statements(&block.body);
        self.optional("EXCEPTION WHEN ERROR THEN", block.exception.as_ref(), |w, body| w.statements(body));
        self.text("END");
    }
}
