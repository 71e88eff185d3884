//! From a list of statements to steps: jumps for loops and branches, labels and declarations checked.

use std::sync::Arc;

use canopy_planner::syntax::ast::{
    Block, CaseBranch, CaseStatement, Expr, ExprKind, For, Ident, If, Jump, Literal, Loop, Query, Repeat,
    Span, Statement, StatementBranch, StatementKind, While,
};

use super::error::positioned;
use super::program::{Program, Step, StepKind};
use crate::error::{Result, ServerError};

/// How deep blocks, loops and branches may stand in one another, as in BigQuery.
const NESTING_MAX: usize = 50;

/// Compiles statements of `text`. `declared` are names that the frame has already: a procedure's parameters.
///
/// # Errors
/// For jumps to nowhere, labels and variables declared twice, and nesting past 50 levels.
pub(super) fn compile(
    statements: Vec<Statement>,
    text: Arc<str>,
    location: Option<String>,
    declared: &[String],
) -> Result<Program> {
    let mut compiler = Compiler {
        text: &text,
        steps: Vec::new(),
        names: vec![declared.iter().map(|name| (name.clone(), Span::default())).collect()],
        targets: Vec::new(),
        nesting: 0,
    };
    compiler.list(statements, true)?;
    let steps = compiler.steps;
    Ok(Program { text, location, steps })
}

struct Compiler<'a> {
    text: &'a str,
    steps: Vec<Step>,
    /// Variables by open scope, and where they were declared.
    names: Vec<Vec<(String, Span)>>,
    /// Loops and labelled blocks around.
    targets: Vec<Target>,
    nesting: usize,
}

/// What BREAK and CONTINUE may go to.
struct Target {
    label: Option<String>,
    is_loop: bool,
    /// Scopes open around it.
    depth: usize,
    /// Where CONTINUE goes, and the scopes open there; filled in at the end where it is not known yet.
    proceed: Option<(usize, usize)>,
    /// Jumps that wait for the end.
    breaks: Vec<usize>,
    /// Jumps that wait for `proceed`.
    continues: Vec<usize>,
}

impl Compiler<'_> {
    fn list(&mut self, statements: Vec<Statement>, is_block: bool) -> Result<()> {
        statements.into_iter().try_for_each(|statement| self.statement(statement, is_block))
    }

    fn statement(&mut self, statement: Statement, is_block: bool) -> Result<()> {
        let span = statement.span;
        let kind = match statement.kind {
            StatementKind::Declare(declare) => {
                if !is_block {
                    let message = "Variable declarations are allowed only at the start of a block or script";
                    return Err(self.error(span, message));
                }
                declare.names.iter().try_for_each(|name| self.declare(name))?;
                StepKind::Declare(*declare)
            }
            StatementKind::Set(set) => StepKind::Set(*set),
            StatementKind::If(branches) => return self.nested(span, |c| c.branches(*branches, span)),
            StatementKind::Case(case) => return self.nested(span, |c| c.case(*case, span)),
            StatementKind::Loop(plain) => return self.nested(span, |c| c.plain_loop(*plain, span)),
            StatementKind::While(plain) => return self.nested(span, |c| c.while_loop(*plain, span)),
            StatementKind::Repeat(plain) => return self.nested(span, |c| c.repeat(*plain, span)),
            StatementKind::For(rows) => return self.nested(span, |c| c.for_loop(*rows, span)),
            StatementKind::Block(block) => return self.nested(span, |c| c.block(*block, span)),
            StatementKind::Break(jump) => return self.jump(&jump, true, span),
            StatementKind::Continue(jump) => return self.jump(&jump, false, span),
            StatementKind::Return => StepKind::Return,
            StatementKind::Assert(assert) => StepKind::Assert(*assert),
            StatementKind::Raise(raise) => StepKind::Raise(*raise),
            StatementKind::ExecuteImmediate(dynamic) => StepKind::ExecuteImmediate(*dynamic),
            StatementKind::Call(call) => StepKind::Call(*call),
            StatementKind::BeginTransaction(begin) => StepKind::Begin(*begin),
            StatementKind::CommitTransaction => StepKind::Commit,
            StatementKind::RollbackTransaction => StepKind::Rollback,
            kind => StepKind::Sql(Arc::new(Statement { kind, span })),
        };
        self.push(kind, span);
        Ok(())
    }

    fn branches(&mut self, branches: If, span: Span) -> Result<()> {
        let mut ends = Vec::new();
        for StatementBranch { condition, body } in branches.branches {
            let branch = self.push(StepKind::Branch { condition, otherwise: 0 }, span);
            self.list(body, false)?;
            ends.push(self.push_jump(span));
            self.patch(branch);
        }
        self.list(branches.otherwise.unwrap_or_default(), false)?;
        ends.into_iter().for_each(|end| self.patch(end));
        Ok(())
    }

    /// One expression finds the branch: the operand is evaluated once, conditions until one is true.
    fn case(&mut self, case: CaseStatement, span: Span) -> Result<()> {
        let number = |value: usize| Expr { kind: ExprKind::Literal(Literal::Int(value as u64)), span };
        let mut whens = Vec::with_capacity(case.branches.len());
        let mut bodies = Vec::with_capacity(case.branches.len());
        for StatementBranch { condition, body } in case.branches {
            whens.push(CaseBranch { when: condition, then: number(bodies.len()) });
            bodies.push(body);
        }
        let kind = ExprKind::Case {
            operand: case.operand.map(Box::new),
            branches: whens,
            otherwise: Some(Box::new(number(bodies.len()))),
        };
        bodies.push(case.otherwise.unwrap_or_default());
        let select = self.push(StepKind::Select { selector: Expr { kind, span }, targets: Vec::new() }, span);
        let mut targets = Vec::with_capacity(bodies.len());
        let mut ends = Vec::with_capacity(bodies.len());
        for body in bodies {
            targets.push(self.steps.len());
            self.list(body, false)?;
            ends.push(self.push_jump(span));
        }
        ends.into_iter().for_each(|end| self.patch(end));
        if let StepKind::Select { targets: found, .. } = &mut self.steps[select].kind {
            *found = targets;
        }
        Ok(())
    }

    fn plain_loop(&mut self, plain: Loop, span: Span) -> Result<()> {
        let start = self.steps.len();
        self.open(plain.label.as_ref(), true, Some((start, self.depth())))?;
        self.list(plain.body, false)?;
        self.jump_to(start, span);
        self.close();
        Ok(())
    }

    fn while_loop(&mut self, plain: While, span: Span) -> Result<()> {
        let start = self.steps.len();
        self.open(plain.label.as_ref(), true, Some((start, self.depth())))?;
        let branch = self.push(StepKind::Branch { condition: plain.condition, otherwise: 0 }, span);
        self.list(plain.body, false)?;
        self.jump_to(start, span);
        self.patch(branch);
        self.close();
        Ok(())
    }

    fn repeat(&mut self, plain: Repeat, span: Span) -> Result<()> {
        let start = self.steps.len();
        self.open(plain.label.as_ref(), true, None)?;
        self.list(plain.body, false)?;
        let check = self.steps.len();
        self.proceed(check);
        let depth = self.depth();
        self.push(StepKind::Branch { condition: plain.until, otherwise: start }, span);
        debug_assert_eq!(depth, self.depth());
        self.close();
        Ok(())
    }

    fn for_loop(&mut self, rows: For, span: Span) -> Result<()> {
        let query = for_query(rows.query);
        self.open(rows.label.as_ref(), true, None)?;
        let variable = rows.variable.value.clone();
        self.push(StepKind::For { variable, query }, span);
        self.names.push(Vec::new());
        self.declare(&rows.variable)?;
        let next = self.steps.len();
        self.proceed(next);
        self.push(StepKind::Next { end: 0 }, span);
        self.list(rows.body, false)?;
        self.jump_to(next, span);
        self.patch(next);
        self.push(StepKind::Leave, span);
        self.names.pop();
        self.close();
        Ok(())
    }

    fn block(&mut self, block: Block, span: Span) -> Result<()> {
        self.open(block.label.as_ref(), false, None)?;
        let enter = self.push(StepKind::Enter { handler: None }, span);
        self.names.push(Vec::new());
        self.list(block.body, true)?;
        self.names.pop();
        self.push(StepKind::Leave, span);
        if let Some(handler) = block.exception {
            let over = self.push_jump(span);
            let at = self.steps.len();
            if let StepKind::Enter { handler } = &mut self.steps[enter].kind {
                *handler = Some(at);
            }
            // The machine opens a scope that holds the error.
            self.names.push(Vec::new());
            self.list(handler, false)?;
            self.names.pop();
            self.push(StepKind::Leave, span);
            self.patch(over);
        }
        self.close();
        Ok(())
    }

    fn jump(&mut self, jump: &Jump, is_break: bool, span: Span) -> Result<()> {
        let word = if is_break { "BREAK" } else { "CONTINUE" };
        let at = match &jump.label {
            None => self.targets.iter().rposition(|target| target.is_loop),
            Some(label) => {
                let named = |target: &Target| {
                    target.label.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(&label.value))
                };
                let found = self.targets.iter().rposition(named);
                let Some(found) = found else {
                    let message =
                        format!("{word} label {} does not name an enclosing block or loop", label.value);
                    return Err(self.error(label.span, &message));
                };
                if !is_break && !self.targets[found].is_loop {
                    let message = format!("CONTINUE label {} names a block, not a loop", label.value);
                    return Err(self.error(label.span, &message));
                }
                Some(found)
            }
        };
        let Some(at) = at else {
            return Err(self.error(span, &format!("{word} is only allowed inside of a loop body")));
        };
        let step = self.push_jump(span);
        let target = &mut self.targets[at];
        match (is_break, target.proceed) {
            (true, _) => target.breaks.push(step),
            (false, Some((to, depth))) => self.steps[step].kind = StepKind::Jump { target: to, depth },
            (false, None) => target.continues.push(step),
        }
        Ok(())
    }

    /// Opens a loop or block that jumps may name.
    fn open(&mut self, label: Option<&Ident>, is_loop: bool, proceed: Option<(usize, usize)>) -> Result<()> {
        if let Some(label) = label {
            let known = self.targets.iter().filter_map(|target| target.label.as_ref());
            if known.into_iter().any(|known| known.eq_ignore_ascii_case(&label.value)) {
                let message = format!("Label {} is used by an enclosing block or loop", label.value);
                return Err(self.error(label.span, &message));
            }
        }
        self.targets.push(Target {
            label: label.map(|label| label.value.clone()),
            is_loop,
            depth: self.depth(),
            proceed,
            breaks: Vec::new(),
            continues: Vec::new(),
        });
        Ok(())
    }

    /// Tells the innermost loop where CONTINUE goes, with the scopes that are open now.
    fn proceed(&mut self, to: usize) {
        let depth = self.depth();
        if let Some(target) = self.targets.last_mut() {
            target.proceed = Some((to, depth));
            for step in std::mem::take(&mut target.continues) {
                self.steps[step].kind = StepKind::Jump { target: to, depth };
            }
        }
    }

    /// Ends a loop or block: its breaks go here.
    fn close(&mut self) {
        let target = self.steps.len();
        if let Some(ended) = self.targets.pop() {
            for step in ended.breaks {
                self.steps[step].kind = StepKind::Jump { target, depth: ended.depth };
            }
        }
    }

    fn declare(&mut self, name: &Ident) -> Result<()> {
        let mut known = self.names.iter().flatten();
        if let Some((_, at)) = known.find(|(known, _)| known.eq_ignore_ascii_case(&name.value)) {
            let (name_text, span) = (&name.value, name.span);
            let before = match *at == Span::default() {
                true => "it is a parameter of the procedure".to_owned(),
                false => format!("previously declared at {}", at.line_column(self.text)),
            };
            return Err(self.error(span, &format!("Variable '{name_text}' redeclaration; {before}")));
        }
        if let Some(scope) = self.names.last_mut() {
            scope.push((name.value.clone(), name.span));
        }
        Ok(())
    }

    fn nested(&mut self, span: Span, compile: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        if self.nesting >= NESTING_MAX {
            let message = format!("Blocks, loops and branches nest deeper than the maximum of {NESTING_MAX}");
            return Err(self.error(span, &message));
        }
        self.nesting += 1;
        let compiled = compile(self);
        self.nesting -= 1;
        compiled
    }

    fn depth(&self) -> usize {
        self.names.len()
    }

    fn push(&mut self, kind: StepKind, span: Span) -> usize {
        self.steps.push(Step { kind, span });
        self.steps.len() - 1
    }

    /// A jump whose target is not known yet; no scopes are closed.
    fn push_jump(&mut self, span: Span) -> usize {
        let depth = self.depth();
        self.push(StepKind::Jump { target: 0, depth }, span)
    }

    fn jump_to(&mut self, target: usize, span: Span) {
        let depth = self.depth();
        self.push(StepKind::Jump { target, depth }, span);
    }

    /// Has a step go to where the next one will stand.
    fn patch(&mut self, step: usize) {
        let here = self.steps.len();
        match &mut self.steps[step].kind {
            StepKind::Branch { otherwise: target, .. }
            | StepKind::Jump { target, .. }
            | StepKind::Next { end: target } => *target = here,
            _ => {}
        }
    }

    fn error(&self, span: Span, message: &str) -> ServerError {
        positioned(ServerError::invalid(message), span.line_column(self.text))
    }
}

fn for_query(query: Query) -> Arc<Statement> {
    let span = query.span;
    Arc::new(Statement { kind: StatementKind::Query(Box::new(query)), span })
}
