//! The FROM clause: tables, subqueries, UNNEST, table functions, joins, and what may follow them.

use super::{Expr, FunctionCall, Ident, Path, Query, Span};

/// A table expression.
#[derive(Clone, Debug, PartialEq)]
pub struct TableExpr {
    /// Which one.
    pub kind: TableExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of table expression.
#[derive(Clone, Debug, PartialEq)]
pub enum TableExprKind {
    /// A name: a table, a view, a WITH definition, or an array of an earlier table (`t.items AS i WITH OFFSET`).
    Table(TablePath),
    /// `UNNEST(...)`.
    Unnest(Unnest),
    /// `(query) [AS alias]`.
    Subquery {
        /// The query.
        query: Box<Query>,
        /// Its name.
        alias: Option<Ident>,
    },
    /// A call of a table function.
    Function {
        /// The call; its arguments may be tables and models.
        call: Box<FunctionCall>,
        /// Its name.
        alias: Option<Ident>,
    },
    /// A join.
    Join(Box<Join>),
    /// `input PIVOT(...)`.
    Pivot {
        /// What is pivoted.
        input: Box<TableExpr>,
        /// How.
        pivot: Box<Pivot>,
    },
    /// `input UNPIVOT(...)`.
    Unpivot {
        /// What is unpivoted.
        input: Box<TableExpr>,
        /// How.
        unpivot: Box<Unpivot>,
    },
    /// `input TABLESAMPLE ...`.
    Sample {
        /// What is sampled.
        input: Box<TableExpr>,
        /// How.
        sample: Box<TableSample>,
    },
    /// `input MATCH_RECOGNIZE(...)`.
    MatchRecognize {
        /// The rows matched.
        input: Box<TableExpr>,
        /// How.
        pattern: Box<MatchRecognize>,
    },
}

/// A table by name.
#[derive(Clone, Debug, PartialEq)]
pub struct TablePath {
    /// The name.
    pub path: Path,
    /// `AS alias`.
    pub alias: Option<Ident>,
    /// `WITH OFFSET`, when the path names an array.
    pub offset: Option<WithOffset>,
    /// `FOR SYSTEM_TIME AS OF`.
    pub as_of: Option<Box<Expr>>,
}

/// `UNNEST(array [AS alias], ... [, mode => ...]) [AS alias] [WITH OFFSET [AS alias]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Unnest {
    /// The arrays; several are read side by side.
    pub arrays: Vec<UnnestArray>,
    /// `mode => ...`: what happens when the arrays' lengths differ.
    pub mode: Option<Box<Expr>>,
    /// The element's name.
    pub alias: Option<Ident>,
    /// The position's name.
    pub offset: Option<WithOffset>,
}

/// One array of UNNEST.
#[derive(Clone, Debug, PartialEq)]
pub struct UnnestArray {
    /// The array.
    pub value: Expr,
    /// `AS alias` inside the parentheses.
    pub alias: Option<Ident>,
}

/// `WITH OFFSET [AS alias]`; without an alias the column is called `offset`.
#[derive(Clone, Debug, PartialEq)]
pub struct WithOffset {
    /// The name.
    pub alias: Option<Ident>,
    /// Where it stands.
    pub span: Span,
}

/// A join.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// Left input.
    pub left: TableExpr,
    /// Right input.
    pub right: TableExpr,
    /// Which rows stay.
    pub kind: JoinKind,
    /// Which rows match.
    pub condition: JoinCondition,
    /// Where the join's keywords (or the comma) stand.
    pub op_span: Span,
}

/// The kinds of join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// `,`: as CROSS; `a, b JOIN c` joins c to both.
    Comma,
    /// `CROSS JOIN`.
    Cross,
    /// `[INNER] JOIN`.
    Inner,
    /// `LEFT [OUTER] JOIN`.
    Left,
    /// `RIGHT [OUTER] JOIN`.
    Right,
    /// `FULL [OUTER] JOIN`.
    Full,
}

/// Which rows match in a join.
#[derive(Clone, Debug, PartialEq)]
pub enum JoinCondition {
    /// All: no ON or USING (cross joins, and joins with an array of the left side).
    None,
    /// `ON condition`.
    On(Box<Expr>),
    /// `USING (columns)`.
    Using(Vec<Ident>),
}

/// `PIVOT(aggregates FOR input IN (values)) [AS alias]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pivot {
    /// The aggregate calls.
    pub aggregates: Vec<PivotItem>,
    /// The value that decides the column.
    pub input: Expr,
    /// The values that get columns.
    pub values: Vec<PivotItem>,
    /// The result's name.
    pub alias: Option<Ident>,
    /// Where it stands.
    pub span: Span,
}

/// An expression of PIVOT with its optional name.
#[derive(Clone, Debug, PartialEq)]
pub struct PivotItem {
    /// The expression.
    pub value: Expr,
    /// Its name.
    pub alias: Option<Ident>,
}

/// `UNPIVOT [INCLUDE | EXCLUDE NULLS] (values FOR name IN (columns)) [AS alias]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Unpivot {
    /// `INCLUDE NULLS` is Some(true), `EXCLUDE NULLS` Some(false).
    pub include_nulls: Option<bool>,
    /// The columns that take the values.
    pub values: Vec<Path>,
    /// The column that takes the name.
    pub name: Path,
    /// The groups of columns that become rows.
    pub groups: Vec<UnpivotGroup>,
    /// The result's name.
    pub alias: Option<Ident>,
    /// Where it stands.
    pub span: Span,
}

/// One `(a, b) AS 'label'` of UNPIVOT.
#[derive(Clone, Debug, PartialEq)]
pub struct UnpivotGroup {
    /// The columns.
    pub columns: Vec<Path>,
    /// The label: a string or integer literal.
    pub label: Option<Expr>,
}

/// `TABLESAMPLE method (size unit)`.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSample {
    /// `SYSTEM` (BigQuery's only method), `BERNOULLI`, `RESERVOIR`.
    pub method: Ident,
    /// How much.
    pub size: Expr,
    /// Of what.
    pub unit: SampleUnit,
    /// `PARTITION BY` inside the parentheses.
    pub partition_by: Vec<Expr>,
    /// `WITH WEIGHT [AS alias]`.
    pub weight: Option<WithOffset>,
    /// `REPEATABLE (seed)`.
    pub repeatable: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// What a sample's size counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SampleUnit {
    /// `ROWS`.
    Rows,
    /// `PERCENT`.
    Percent,
}

/// `MATCH_RECOGNIZE(...)`: row pattern matching.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchRecognize {
    /// `PARTITION BY`.
    pub partition_by: Vec<PivotItem>,
    /// `ORDER BY`.
    pub order_by: Vec<super::OrderItem>,
    /// `MEASURES`.
    pub measures: Vec<PivotItem>,
    /// `AFTER MATCH SKIP ...`.
    pub skip: Option<SkipTo>,
    /// `PATTERN (...)`.
    pub pattern: RowPattern,
    /// `DEFINE name AS condition`.
    pub define: Vec<super::Binding>,
    /// `OPTIONS (...)`.
    pub options: Option<super::Options>,
    /// The result's name.
    pub alias: Option<Ident>,
    /// Where it stands.
    pub span: Span,
}

/// Where matching goes on after a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SkipTo {
    /// `PAST LAST ROW`.
    PastLastRow,
    /// `TO NEXT ROW`.
    NextRow,
}

/// A row pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum RowPattern {
    /// Nothing: matches no rows.
    Empty,
    /// A pattern variable.
    Variable(Ident),
    /// `^`: the partition's start.
    Start,
    /// `$`: the partition's end.
    End,
    /// `a | b`.
    Alternation(Vec<RowPattern>),
    /// `a b`.
    Concatenation(Vec<RowPattern>),
    /// `a*`, `a+?`, `a{2,3}`.
    Repeat {
        /// What repeats.
        pattern: Box<RowPattern>,
        /// Fewest; None is 0.
        min: Option<Expr>,
        /// Most; None is unbounded.
        max: Option<Expr>,
        /// A `?` after the quantifier: as few as possible.
        reluctant: bool,
    },
}
