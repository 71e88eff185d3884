//! Operators, and how subscripts count.

/// How a subscript counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubscriptMode {
    /// `a[i]`: offset for arrays, member for JSON, name or position for structs.
    Plain,
    /// `a[OFFSET(i)]`, from 0.
    Offset,
    /// `a[ORDINAL(i)]`, from 1.
    Ordinal,
    /// `a[SAFE_OFFSET(i)]`: NULL when out of range.
    SafeOffset,
    /// `a[SAFE_ORDINAL(i)]`.
    SafeOrdinal,
    /// `a[KEY(k)]`.
    Key,
    /// `a[SAFE_KEY(k)]`.
    SafeKey,
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `+`.
    Plus,
    /// `-`.
    Minus,
    /// `~`.
    BitNot,
    /// `NOT`.
    Not,
}

/// Infix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `*`.
    Multiply,
    /// `/`.
    Divide,
    /// `||`.
    Concat,
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `<<`.
    ShiftLeft,
    /// `>>`.
    ShiftRight,
    /// `&`.
    BitAnd,
    /// `^`.
    BitXor,
    /// `|`.
    BitOr,
    /// `=`.
    Equal,
    /// `!=`, `<>`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
}

impl BinaryOp {
    /// Returns how the operator is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Concat => "||",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
            Self::BitAnd => "&",
            Self::BitXor => "^",
            Self::BitOr => "|",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Says whether the operator compares.
    pub fn is_comparison(self) -> bool {
        use BinaryOp::*;
        matches!(self, Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual)
    }
}

/// What `IS` tests for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IsTest {
    /// `IS NULL`.
    Null,
    /// `IS TRUE`.
    True,
    /// `IS FALSE`.
    False,
    /// `IS UNKNOWN`: NULL of type BOOL.
    Unknown,
}

/// ANY (also written SOME) or ALL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// `ANY`.
    Any,
    /// `SOME`, the same as ANY.
    Some,
    /// `ALL`.
    All,
}
