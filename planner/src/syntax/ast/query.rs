//! Queries: WITH, SELECT, set operations, grouping and ordering.

use super::{Binding, Expr, Ident, NamedWindow, Options, Path, PipeOperator, Span, TableExpr};

/// A query: a body, what WITH defines for it, how its rows are ordered and cut, and pipe operators.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// `WITH ...`.
    pub with: Option<With>,
    /// What is selected.
    pub body: QueryBody,
    /// `ORDER BY` of the whole body; empty where there is none.
    pub order_by: Vec<OrderItem>,
    /// `LIMIT` and `OFFSET` of the whole body.
    pub limit: Option<Limit>,
    /// `|> ...`, applied in order after all of the above.
    pub pipes: Vec<PipeOperator>,
    /// Where it stands.
    pub span: Span,
}

/// What rows a query starts from.
#[derive(Clone, Debug, PartialEq)]
pub enum QueryBody {
    /// `SELECT ...`.
    Select(Box<Select>),
    /// `a UNION ALL b ...`.
    SetOperation(Box<SetOperation>),
    /// `(query)`, with an order, limit or pipes of its own inside.
    Parenthesized(Box<Query>),
    /// `(query) AS alias |> ...`: only at the start of a pipe query.
    Aliased {
        /// The query.
        query: Box<Query>,
        /// The name its rows have in what follows.
        alias: Ident,
    },
    /// `FROM ...` alone: the start of a pipe query.
    From(Box<TableExpr>),
}

/// `WITH [RECURSIVE] name AS (query), ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct With {
    /// `RECURSIVE`.
    pub recursive: bool,
    /// The definitions, at least one.
    pub entries: Vec<WithEntry>,
    /// Where it stands.
    pub span: Span,
}

/// One definition of WITH: a query, or a group of rows by `name AS GROUP ROWS` (not in BigQuery, so not here).
#[derive(Clone, Debug, PartialEq)]
pub struct WithEntry {
    /// The name defined.
    pub name: Ident,
    /// Its rows.
    pub query: Query,
    /// `WITH DEPTH ...` of a recursive definition.
    pub depth: Option<RecursionDepth>,
    /// Where it stands.
    pub span: Span,
}

/// `WITH DEPTH [AS name] [BETWEEN low AND high | MAX high]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RecursionDepth {
    /// The column that holds the iteration.
    pub alias: Option<Ident>,
    /// Lowest iteration kept; None is UNBOUNDED (or not written).
    pub low: Option<Expr>,
    /// Highest iteration; None is UNBOUNDED (or not written).
    pub high: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// `a op b op c`: the operator is the same throughout, as GoogleSQL requires without parentheses.
#[derive(Clone, Debug, PartialEq)]
pub struct SetOperation {
    /// The operator, shared by all.
    pub operator: SetOperator,
    /// Two or more queries; each is a SELECT, or a parenthesized query.
    pub inputs: Vec<QueryBody>,
    /// Where it stands.
    pub span: Span,
}

/// A set operator with its modifiers.
#[derive(Clone, Debug, PartialEq)]
pub struct SetOperator {
    /// UNION, INTERSECT or EXCEPT.
    pub kind: SetOperatorKind,
    /// ALL or DISTINCT.
    pub quantifier: SetQuantifier,
    /// How columns are paired.
    pub column_match: ColumnMatch,
    /// What happens to columns that one side lacks, when paired by name.
    pub outer: SetOuter,
    /// Where it stands.
    pub span: Span,
}

/// The three set operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetOperatorKind {
    /// UNION.
    Union,
    /// INTERSECT.
    Intersect,
    /// EXCEPT.
    Except,
}

/// ALL or DISTINCT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetQuantifier {
    /// Duplicates stay.
    All,
    /// Duplicates go.
    Distinct,
}

/// How a set operator pairs columns.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnMatch {
    /// By position.
    Position,
    /// `CORRESPONDING [BY (columns)]`: by name; only the common (or listed) columns stay.
    Corresponding(Vec<Ident>),
    /// `BY NAME [ON (columns)]`: by name; both sides must have the same (or the listed) columns.
    ByName(Vec<Ident>),
}

/// `FULL`, `LEFT`, `INNER` before a set operator, and `STRICT` after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetOuter {
    /// Nothing written.
    None,
    /// `INNER`.
    Inner,
    /// `FULL [OUTER]`: columns that one side lacks are NULL there.
    Full,
    /// `LEFT [OUTER]`: the left side's columns decide.
    Left,
    /// `STRICT CORRESPONDING`: both sides must have the same columns.
    Strict,
}

/// One SELECT.
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    /// `WITH DIFFERENTIAL_PRIVACY OPTIONS (...)` and its like.
    pub with: Option<SelectWith>,
    /// `ALL` or `DISTINCT`, where written.
    pub quantifier: Option<SetQuantifier>,
    /// `AS STRUCT`, `AS VALUE`, `AS type`.
    pub form: SelectForm,
    /// The select list, at least one.
    pub items: Vec<SelectItem>,
    /// `FROM`.
    pub from: Option<TableExpr>,
    /// `WHERE`.
    pub filter: Option<Expr>,
    /// `GROUP BY`.
    pub group_by: Option<GroupBy>,
    /// `HAVING`.
    pub having: Option<Expr>,
    /// `QUALIFY`.
    pub qualify: Option<Expr>,
    /// `WINDOW`.
    pub windows: Vec<NamedWindow>,
    /// Where it stands.
    pub span: Span,
}

/// `WITH kind [OPTIONS (...)]` after SELECT.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectWith {
    /// `DIFFERENTIAL_PRIVACY`, `AGGREGATION_THRESHOLD`...
    pub kind: Ident,
    /// Its options.
    pub options: Option<Options>,
}

/// What a row of a SELECT is.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectForm {
    /// A row of columns.
    Row,
    /// `AS STRUCT`: one value, a struct of the columns.
    Struct,
    /// `AS VALUE`: the only column's value.
    Value,
    /// `AS type.name`.
    Named(Path),
}

/// One entry of a select list.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectItem {
    /// Which entry.
    pub kind: SelectItemKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of select list entry.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectItemKind {
    /// `expression [AS alias]`.
    Expr {
        /// The value.
        value: Expr,
        /// Its name.
        alias: Option<Ident>,
    },
    /// `*`.
    Star(StarModifiers),
    /// `base.*`.
    DotStar {
        /// A table alias or an expression of type STRUCT.
        base: Expr,
        /// What is left out or replaced.
        modifiers: StarModifiers,
    },
}

/// `EXCEPT (...)` and `REPLACE (...)` after a star.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct StarModifiers {
    /// Columns left out.
    pub except: Vec<Ident>,
    /// Columns replaced.
    pub replace: Vec<Binding>,
}

/// `GROUP BY ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupBy {
    /// What is grouped by.
    pub kind: GroupByKind,
    /// `GROUP AND ORDER BY` of pipe AGGREGATE.
    pub and_order: bool,
    /// Where it stands.
    pub span: Span,
}

/// ALL, or a list.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupByKind {
    /// `GROUP BY ALL`.
    All,
    /// `GROUP BY a, ROLLUP(b), ...`; an empty list is `GROUP BY ()` written as one empty grouping set.
    Items(Vec<GroupingItem>),
}

/// One entry of GROUP BY, or of GROUPING SETS.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupingItem {
    /// Which entry.
    pub kind: GroupingItemKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of GROUP BY entry.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupingItemKind {
    /// A value; inside ROLLUP, CUBE and GROUPING SETS a tuple `(a, b)` is [`GroupingItemKind::Set`].
    Expr {
        /// The value.
        value: Expr,
        /// `AS alias`: only in pipe AGGREGATE.
        alias: Option<Ident>,
        /// `ASC`, `DESC`: only in pipe AGGREGATE.
        order: Option<GroupingOrder>,
    },
    /// `()` or `(a, b)` as one set.
    Set(Vec<Expr>),
    /// `ROLLUP (...)`.
    Rollup(Vec<GroupingItem>),
    /// `CUBE (...)`.
    Cube(Vec<GroupingItem>),
    /// `GROUPING SETS (...)`.
    GroupingSets(Vec<GroupingItem>),
}

/// Direction and place of NULLs of a pipe AGGREGATE entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupingOrder {
    /// ASC or DESC, where written.
    pub direction: Option<Direction>,
    /// NULLS FIRST or LAST, where written.
    pub nulls: Option<NullsOrder>,
}

/// One entry of ORDER BY.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderItem {
    /// The value; a bare integer literal means a position.
    pub value: Expr,
    /// `COLLATE ...`.
    pub collate: Option<Expr>,
    /// ASC or DESC, where written.
    pub direction: Option<Direction>,
    /// NULLS FIRST or LAST, where written.
    pub nulls: Option<NullsOrder>,
    /// Where it stands.
    pub span: Span,
}

/// Sort direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// Where NULLs sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NullsOrder {
    /// Before all values.
    First,
    /// After all values.
    Last,
}

/// `LIMIT count [OFFSET skip]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// How many rows; None for `LIMIT ALL`.
    pub count: Option<Expr>,
    /// How many rows are skipped before.
    pub offset: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}
