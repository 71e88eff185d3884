//! Statements, and those that control a script.

use super::*;

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Which statement.
    pub kind: StatementKind,
    /// Where it stands, the semicolon not included.
    pub span: Span,
}

/// All statements. Every variant's node stands in the file of its family.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each variant is named as its node, which is documented")]
pub enum StatementKind {
    Query(Box<Query>),
    Insert(Box<Insert>),
    Update(Box<Update>),
    Delete(Box<Delete>),
    Truncate(Box<Truncate>),
    Merge(Box<Merge>),
    CreateSchema(Box<CreateSchema>),
    CreateTable(Box<CreateTable>),
    CreateView(Box<CreateView>),
    CreateFunction(Box<CreateFunction>),
    CreateTableFunction(Box<CreateTableFunction>),
    CreateProcedure(Box<CreateProcedure>),
    CreateIndex(Box<CreateIndex>),
    CreateRowAccessPolicy(Box<CreateRowAccessPolicy>),
    CreateModel(Box<CreateModel>),
    CreateResource(Box<CreateResource>),
    Alter(Box<Alter>),
    Drop(Box<Drop>),
    Undrop(Box<Undrop>),
    Grant(Box<Grant>),
    LoadData(Box<LoadData>),
    ExportData(Box<ExportData>),
    ExportModel(Box<ExportModel>),
    Explain(Box<Explain>),
    Declare(Box<Declare>),
    Set(Box<Set>),
    If(Box<If>),
    Case(Box<CaseStatement>),
    Loop(Box<Loop>),
    While(Box<While>),
    Repeat(Box<Repeat>),
    For(Box<For>),
    Block(Box<Block>),
    ExecuteImmediate(Box<ExecuteImmediate>),
    Call(Box<Call>),
    Assert(Box<Assert>),
    Raise(Box<Raise>),
    Break(Jump),
    Continue(Jump),
    Return,
    BeginTransaction(Box<BeginTransaction>),
    CommitTransaction,
    RollbackTransaction,
}

/// `DECLARE names [type] [DEFAULT value]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Declare {
    /// The variables, at least one.
    pub names: Vec<Ident>,
    /// Their type; None when the default decides.
    pub data_type: Option<DataType>,
    /// `DEFAULT`.
    pub default: Option<Expr>,
}

/// `SET target = value`, `SET (a, b) = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// What is assigned.
    pub target: SetTarget,
    /// The value; a struct when there are several targets.
    pub value: Expr,
}

/// What SET assigns.
#[derive(Clone, Debug, PartialEq)]
pub enum SetTarget {
    /// A variable.
    Variable(Ident),
    /// `(a, b)`.
    Variables(Vec<Ident>),
    /// `@name`.
    Parameter(Parameter),
    /// `@@name`.
    SystemVariable(Path),
}

/// `IF c THEN ... [ELSEIF c THEN ...] [ELSE ...] END IF`.
#[derive(Clone, Debug, PartialEq)]
pub struct If {
    /// The conditions and what each guards, at least one.
    pub branches: Vec<StatementBranch>,
    /// `ELSE`.
    pub otherwise: Option<Vec<Statement>>,
}

/// `WHEN condition THEN statements`.
#[derive(Clone, Debug, PartialEq)]
pub struct StatementBranch {
    /// The condition (or the value, in CASE with an operand).
    pub condition: Expr,
    /// What is done.
    pub body: Vec<Statement>,
}

/// `CASE [operand] WHEN ... THEN ...; [ELSE ...;] END CASE`.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseStatement {
    /// The value compared with each WHEN.
    pub operand: Option<Expr>,
    /// The branches, at least one.
    pub branches: Vec<StatementBranch>,
    /// `ELSE`.
    pub otherwise: Option<Vec<Statement>>,
}

/// `[label:] LOOP ... END LOOP [label]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Loop {
    /// Its label.
    pub label: Option<Ident>,
    /// What is repeated.
    pub body: Vec<Statement>,
}

/// `[label:] WHILE condition DO ... END WHILE [label]`.
#[derive(Clone, Debug, PartialEq)]
pub struct While {
    /// Its label.
    pub label: Option<Ident>,
    /// Checked before each round.
    pub condition: Expr,
    /// What is repeated.
    pub body: Vec<Statement>,
}

/// `[label:] REPEAT ... UNTIL condition END REPEAT [label]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat {
    /// Its label.
    pub label: Option<Ident>,
    /// What is repeated.
    pub body: Vec<Statement>,
    /// Checked after each round.
    pub until: Expr,
}

/// `[label:] FOR variable IN (query) DO ... END FOR [label]`.
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// Its label.
    pub label: Option<Ident>,
    /// The row's name.
    pub variable: Ident,
    /// The rows.
    pub query: Query,
    /// What is done for each.
    pub body: Vec<Statement>,
}

/// `[label:] BEGIN ... [EXCEPTION WHEN ERROR THEN ...] END [label]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Its label.
    pub label: Option<Ident>,
    /// The statements.
    pub body: Vec<Statement>,
    /// The handler.
    pub exception: Option<Vec<Statement>>,
}

/// `BREAK`, `LEAVE`, `CONTINUE`, `ITERATE`, with the label they go to.
#[derive(Clone, Debug, PartialEq)]
pub struct Jump {
    /// The label; None is the innermost loop.
    pub label: Option<Ident>,
}

/// `EXECUTE IMMEDIATE sql [INTO variables] [USING values]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecuteImmediate {
    /// The statement's text.
    pub sql: Expr,
    /// The variables that take the only row.
    pub into: Vec<Ident>,
    /// The parameters.
    pub using: Vec<Using>,
}

/// One parameter of EXECUTE IMMEDIATE.
#[derive(Clone, Debug, PartialEq)]
pub struct Using {
    /// The value.
    pub value: Expr,
    /// `AS name`.
    pub alias: Option<Ident>,
}

/// `CALL procedure(arguments)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The procedure.
    pub name: Path,
    /// The arguments.
    pub arguments: Vec<Argument>,
}

/// `ASSERT condition [AS 'message']`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assert {
    /// What must hold.
    pub condition: Expr,
    /// What is said otherwise.
    pub message: Option<String>,
}

/// `RAISE [USING MESSAGE = value]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Raise {
    /// The message; None raises the handled error again.
    pub message: Option<Expr>,
}

/// `BEGIN [TRANSACTION] [modes]`.
#[derive(Clone, Debug, PartialEq)]
pub struct BeginTransaction {
    /// `READ ONLY`, `ISOLATION LEVEL ...`: as written, in capitals.
    pub modes: Vec<String>,
}
