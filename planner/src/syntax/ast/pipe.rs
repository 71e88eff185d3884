//! Operators of pipe syntax: `|> WHERE ...`.

use super::*;

/// `|> operator`.
#[derive(Clone, Debug, PartialEq)]
pub struct PipeOperator {
    /// Which operator.
    pub kind: PipeOperatorKind,
    /// From `|>` to the operator's end.
    pub span: Span,
}

/// The pipe operators.
#[derive(Clone, Debug, PartialEq)]
pub enum PipeOperatorKind {
    /// `SELECT`; only the list, DISTINCT, AS STRUCT/VALUE and WINDOW may be there.
    Select(Box<Select>),
    /// `EXTEND`: adds columns; WINDOW may follow.
    Extend {
        /// The new columns.
        items: Vec<SelectItem>,
        /// `WINDOW ...`.
        windows: Vec<NamedWindow>,
    },
    /// `WINDOW`: adds columns computed by window functions (the older form of EXTEND).
    Window(Vec<SelectItem>),
    /// `SET column = expression, ...`.
    Set(Vec<Binding>),
    /// `DROP column, ...`.
    Drop(Vec<Ident>),
    /// `RENAME old AS new, ...`.
    Rename(Vec<PipeRename>),
    /// `AS alias`.
    As(Ident),
    /// `WHERE condition`.
    Where(Box<Expr>),
    /// `AGGREGATE items [GROUP [AND ORDER] BY ...]`.
    Aggregate {
        /// The aggregates; may be empty when GROUP BY is there.
        items: Vec<PipeAggregateItem>,
        /// `GROUP BY`.
        group_by: Option<GroupBy>,
    },
    /// `DISTINCT`.
    Distinct,
    /// `[kind] JOIN table [ON | USING]`.
    Join {
        /// Which rows stay.
        kind: JoinKind,
        /// The right input.
        right: Box<TableExpr>,
        /// Which rows match.
        condition: JoinCondition,
    },
    /// `CALL function(...) [AS alias]`: a table function whose first table argument is the input.
    Call {
        /// The call.
        call: Box<FunctionCall>,
        /// The result's name.
        alias: Option<Ident>,
    },
    /// `ORDER BY`.
    OrderBy(Vec<OrderItem>),
    /// `LIMIT n [OFFSET m]`.
    Limit(Box<Limit>),
    /// `UNION ALL (query), ...` and the other set operators.
    SetOperation {
        /// The operator.
        operator: SetOperator,
        /// The other inputs, at least one.
        inputs: Vec<Query>,
    },
    /// `RECURSIVE UNION ALL (query) [AS alias]`.
    RecursiveUnion {
        /// The operator.
        operator: SetOperator,
        /// `WITH DEPTH ...`.
        depth: Option<RecursionDepth>,
        /// The recursive part.
        input: Box<RecursiveInput>,
        /// The name that the recursive part refers to.
        alias: Option<Ident>,
    },
    /// `TABLESAMPLE`.
    Sample(Box<TableSample>),
    /// `PIVOT`.
    Pivot(Box<Pivot>),
    /// `UNPIVOT`.
    Unpivot(Box<Unpivot>),
    /// `MATCH_RECOGNIZE`.
    MatchRecognize(Box<MatchRecognize>),
    /// `WITH name AS (query), ...`.
    With(With),
    /// `ASSERT condition, message...`.
    Assert {
        /// What must hold for each row.
        condition: Box<Expr>,
        /// Parts of the message.
        messages: Vec<Expr>,
    },
    /// `EXPORT DATA ...`: the last operator.
    ExportData {
        /// `WITH CONNECTION`.
        connection: Option<Connection>,
        /// `OPTIONS (...)`.
        options: Option<Options>,
    },
    /// `CREATE TABLE ...`: the last operator; its query is the input.
    CreateTable(Box<CreateTable>),
    /// `INSERT INTO ...`: the last operator; its rows are the input.
    Insert(Box<Insert>),
}

/// What a recursive union repeats.
#[derive(Clone, Debug, PartialEq)]
pub enum RecursiveInput {
    /// `(query)`.
    Query(Query),
    /// `(|> ... |> ...)`: operators on the rows of the iteration before.
    Pipes(Vec<PipeOperator>),
}

/// `old AS new` of RENAME.
#[derive(Clone, Debug, PartialEq)]
pub struct PipeRename {
    /// The column.
    pub from: Ident,
    /// Its new name.
    pub to: Ident,
}

/// One aggregate of AGGREGATE, with its place in the order for `GROUP AND ORDER BY`.
#[derive(Clone, Debug, PartialEq)]
pub struct PipeAggregateItem {
    /// The value and its name.
    pub item: SelectItem,
    /// `ASC` or `DESC` after it.
    pub order: Option<GroupingOrder>,
}
