//! Expressions: literals, operators, constructors, conditionals, subqueries and calls.

use super::{DataType, Ident, OrderItem, Path, Query, Span, StructFieldType};

pub use super::literal::*;
pub use super::operator::*;
pub use super::window::*;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Which expression.
    pub kind: ExprKind,
    /// Where it stands, enclosing parentheses not included.
    pub span: Span,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A literal.
    Literal(Literal),
    /// A name to resolve: a column, a field of one, a variable, a function that needs no parentheses such
    /// as `CURRENT_DATE`, or the date part in `DATE_TRUNC(d, MONTH)`.
    Path(Path),
    /// `@name` or `?`.
    Parameter(Parameter),
    /// `@@name.part`.
    SystemVariable(Path),
    /// `base.field`, where `base` is no plain name (that would be a longer [`ExprKind::Path`]).
    Field {
        /// The expression before the dot.
        base: Box<Expr>,
        /// The name after it.
        field: Ident,
    },
    /// `base[index]`.
    Subscript {
        /// The expression before the bracket.
        base: Box<Expr>,
        /// How the index counts.
        mode: SubscriptMode,
        /// The index.
        index: Box<Expr>,
    },
    /// A prefix operator.
    Unary {
        /// The operator.
        op: UnaryOp,
        /// What it applies to.
        operand: Box<Expr>,
    },
    /// An infix operator; `AND` and `OR` are [`ExprKind::And`] and [`ExprKind::Or`].
    Binary {
        /// Left operand.
        left: Box<Expr>,
        /// The operator.
        op: BinaryOp,
        /// Where the operator stands.
        op_span: Span,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `a AND b AND c`, flat so that generated conditions of any length stay shallow; two or more.
    And(Vec<Expr>),
    /// `a OR b OR c`, flat; two or more.
    Or(Vec<Expr>),
    /// `operand IS [NOT] NULL | TRUE | FALSE | UNKNOWN`.
    Is {
        /// The value tested.
        operand: Box<Expr>,
        /// What it is tested for.
        test: IsTest,
        /// `IS NOT`.
        negated: bool,
    },
    /// `left IS [NOT] DISTINCT FROM right`.
    IsDistinctFrom {
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
        /// `IS NOT`.
        negated: bool,
    },
    /// `operand [NOT] BETWEEN low AND high`.
    Between {
        /// The value tested.
        operand: Box<Expr>,
        /// Lower bound, included.
        low: Box<Expr>,
        /// Upper bound, included.
        high: Box<Expr>,
        /// `NOT BETWEEN`.
        negated: bool,
    },
    /// `operand [NOT] IN ...`.
    In {
        /// The value looked for.
        operand: Box<Expr>,
        /// Where it is looked for.
        list: ValueList,
        /// `NOT IN`.
        negated: bool,
    },
    /// `operand [NOT] LIKE pattern`.
    Like {
        /// The text.
        operand: Box<Expr>,
        /// The pattern.
        pattern: Box<Expr>,
        /// `NOT LIKE`.
        negated: bool,
    },
    /// `operand [NOT] LIKE ANY | SOME | ALL ...`.
    LikeQuantified {
        /// The text.
        operand: Box<Expr>,
        /// ANY or ALL.
        quantifier: Quantifier,
        /// The patterns.
        list: ValueList,
        /// `NOT LIKE`.
        negated: bool,
    },
    /// `left = ANY | SOME | ALL ...` and the other comparisons.
    Quantified {
        /// Left operand.
        left: Box<Expr>,
        /// A comparison.
        op: BinaryOp,
        /// ANY or ALL.
        quantifier: Quantifier,
        /// The values compared with.
        list: ValueList,
    },
    /// `CASE [operand] WHEN ... THEN ... [ELSE ...] END`.
    Case {
        /// The value compared with each WHEN; None for conditions.
        operand: Option<Box<Expr>>,
        /// The branches, at least one.
        branches: Vec<CaseBranch>,
        /// `ELSE`.
        otherwise: Option<Box<Expr>>,
    },
    /// `CAST(operand AS type [FORMAT f [AT TIME ZONE z]])`, `SAFE_CAST`.
    Cast {
        /// `SAFE_CAST`: NULL in place of an error.
        safe: bool,
        /// The value.
        operand: Box<Expr>,
        /// The target type.
        data_type: DataType,
        /// `FORMAT`.
        format: Option<Box<Expr>>,
        /// `AT TIME ZONE` after FORMAT.
        time_zone: Option<Box<Expr>>,
    },
    /// `EXTRACT(part FROM value [AT TIME ZONE zone])`; the part is a path, or a call for `WEEK(MONDAY)`.
    Extract {
        /// The part.
        part: Box<Expr>,
        /// The value.
        value: Box<Expr>,
        /// `AT TIME ZONE`.
        time_zone: Option<Box<Expr>>,
    },
    /// `INTERVAL value from [TO to]`.
    Interval {
        /// A number, or a string of several fields when `to` is there.
        value: Box<Expr>,
        /// The (first) unit.
        from: Ident,
        /// The last unit.
        to: Option<Ident>,
    },
    /// `STRUCT(1 AS a)`, `STRUCT<a INT64>(1)` or the tuple `(1, 2)`.
    Struct {
        /// Which form.
        form: StructForm,
        /// The values.
        fields: Vec<StructValue>,
    },
    /// `[1, 2]`, `ARRAY[1, 2]` or `ARRAY<INT64>[1, 2]`.
    Array {
        /// The element type, where written.
        element_type: Option<DataType>,
        /// The elements.
        elements: Vec<Expr>,
    },
    /// A call of a scalar, aggregate or window function.
    Call(Box<FunctionCall>),
    /// `(SELECT ...)` as a scalar.
    Subquery(Box<Query>),
    /// `ARRAY(SELECT ...)`.
    ArraySubquery(Box<Query>),
    /// `EXISTS(SELECT ...)`.
    Exists(Box<Query>),
    /// `x -> x + 1`, `(x, y) -> x + y`: only as an argument.
    Lambda {
        /// The parameters' names.
        parameters: Vec<Ident>,
        /// The body.
        body: Box<Expr>,
    },
    /// `WITH(a AS 1, b AS a + 1, a * b)`.
    With {
        /// The names and their values, each seeing those before it.
        bindings: Vec<Binding>,
        /// The result.
        body: Box<Expr>,
    },
}

/// The right side of IN, LIKE ANY and quantified comparisons.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueList {
    /// `(a, b, c)`.
    List(Vec<Expr>),
    /// `(SELECT ...)`.
    Subquery(Box<Query>),
    /// `UNNEST(array)`.
    Unnest(Box<Expr>),
}

/// One WHEN ... THEN ... of a CASE expression.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseBranch {
    /// After WHEN.
    pub when: Expr,
    /// After THEN.
    pub then: Expr,
}

/// The three ways to write a struct.
#[derive(Clone, Debug, PartialEq)]
pub enum StructForm {
    /// `STRUCT(...)`: names from aliases or inferred from column names.
    Keyword,
    /// `STRUCT<...>(...)`: names and types as given.
    Typed(Vec<StructFieldType>),
    /// `(a, b)`: anonymous fields, two or more.
    Tuple,
}

/// One value of a struct constructor.
#[derive(Clone, Debug, PartialEq)]
pub struct StructValue {
    /// The value.
    pub value: Expr,
    /// `AS name`; only in the keyword form.
    pub alias: Option<Ident>,
}

/// `name AS value` of a WITH expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The name.
    pub name: Ident,
    /// The value.
    pub value: Expr,
}

/// A function call with everything that may stand in and after its parentheses.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionCall {
    /// The value before the dot of a chained call `(x).f(y)`: it becomes the first argument.
    pub receiver: Option<Expr>,
    /// The function's name; a first part `SAFE` is the prefix that turns errors into NULL.
    pub name: Path,
    /// `DISTINCT`.
    pub distinct: bool,
    /// The arguments.
    pub arguments: Vec<Argument>,
    /// `IGNORE NULLS` or `RESPECT NULLS`.
    pub null_handling: Option<NullHandling>,
    /// `WHERE condition` inside the parentheses.
    pub filter: Option<Expr>,
    /// `GROUP BY` inside the parentheses: multi-level aggregation.
    pub group_by: Vec<Expr>,
    /// `HAVING MAX x` or `HAVING MIN x`, or `HAVING condition` of a multi-level aggregation.
    pub having: Option<HavingModifier>,
    /// `ORDER BY` inside the parentheses.
    pub order_by: Vec<OrderItem>,
    /// `LIMIT` inside the parentheses.
    pub limit: Option<Expr>,
    /// `OVER ...`.
    pub over: Option<WindowSpec>,
}

/// One argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// `name =>`.
    pub name: Option<Ident>,
    /// The value.
    pub value: ArgumentValue,
    /// `AS alias` after the value.
    pub alias: Option<Ident>,
    /// Where it stands.
    pub span: Span,
}

/// What can stand as an argument.
#[derive(Clone, Debug, PartialEq)]
pub enum ArgumentValue {
    /// An expression; lambdas and, for table functions, subqueries are expressions.
    Expr(Expr),
    /// The `*` of `COUNT(*)`.
    Star,
    /// `TABLE name` or `TABLE f(...)`: only for table functions.
    Table(TableArgument),
    /// `MODEL name`.
    Model(Path),
    /// `CONNECTION name`; None for `CONNECTION DEFAULT`.
    Connection(Option<Path>),
    /// `DESCRIPTOR(a, b)`.
    Descriptor(Vec<Ident>),
}

/// A table given to a table function.
#[derive(Clone, Debug, PartialEq)]
pub enum TableArgument {
    /// `TABLE name`.
    Name(Path),
    /// `TABLE f(...)`.
    Call(Box<FunctionCall>),
}

/// What an aggregate does with NULL inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NullHandling {
    /// `IGNORE NULLS`.
    Ignore,
    /// `RESPECT NULLS`.
    Respect,
}

/// HAVING inside an aggregate call.
#[derive(Clone, Debug, PartialEq)]
pub enum HavingModifier {
    /// `HAVING MAX x`: only the rows where x is largest.
    Max(Expr),
    /// `HAVING MIN x`.
    Min(Expr),
    /// `HAVING condition` after an inner GROUP BY.
    Filter(Expr),
}

impl FunctionCall {
    /// Returns a call of `name` without arguments.
    pub fn new(name: Path) -> Self {
        Self {
            receiver: None,
            name,
            distinct: false,
            arguments: Vec::new(),
            null_handling: None,
            filter: None,
            group_by: Vec::new(),
            having: None,
            order_by: Vec::new(),
            limit: None,
            over: None,
        }
    }

    /// Says whether anything follows the arguments inside the parentheses.
    pub fn has_modifiers(&self) -> bool {
        self.null_handling.is_some()
            || self.filter.is_some()
            || !self.group_by.is_empty()
            || self.having.is_some()
            || !self.order_by.is_empty()
            || self.limit.is_some()
    }

    /// Says whether the call is just a name and arguments.
    pub fn is_plain(&self) -> bool {
        self.receiver.is_none() && !self.distinct && self.over.is_none() && !self.has_modifiers()
    }
}
