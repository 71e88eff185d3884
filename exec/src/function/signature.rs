//! Signatures: what a function takes and gives, read from short texts.

use std::fmt;

use canopy_format::{DataType, RangeElement, StructField};

/// A pattern that an argument's type must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypePattern {
    /// Exactly this type.
    Exact(DataType),
    /// Any type; all arguments with the same number have one type (the supertype of what was given).
    Any(u8),
    /// ARRAY of [`TypePattern::Any`] with the number.
    ArrayOfAny(u8),
    /// Any STRUCT.
    AnyStruct,
    /// Any type, unrelated to others.
    Arbitrary,
    /// Any type but ARRAY, STRUCT and JSON, unrelated to others: what CAST AS STRING takes.
    Scalar,
    /// A word of the language, which plans hold as a STRING.
    Keyword(Keyword),
    /// As a result: the STRUCT of all arguments' types, fields anonymous.
    StructOfArguments,
}

/// A kind of words that stand where expressions do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    /// `MONTH`, `WEEK(MONDAY)`.
    DatePart,
    /// `NFC`, `NFKD`.
    NormalForm,
}

/// What the types bound to [`TypePattern::Any`] must allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    /// `=`: no ARRAY or JSON, also not within a STRUCT.
    Equality,
    /// `<`: as equality, and no STRUCT.
    Ordering,
}

/// One way to call a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The arguments that must be given.
    pub required: Vec<TypePattern>,
    /// Arguments that may follow, in order.
    pub optional: Vec<TypePattern>,
    /// Any number of further arguments, cycling through these patterns (usually one; empty for none).
    pub repeated: Vec<TypePattern>,
    /// After the repeated ones, always present: the ELSE of a CASE.
    pub last: Option<TypePattern>,
    /// After all others, always present in a plan: arguments that queries give by name.
    pub named: Vec<(&'static str, TypePattern)>,
    /// The result.
    pub returns: TypePattern,
    /// What [`TypePattern::Any`] types must allow.
    pub constraint: Option<Constraint>,
}

impl Signature {
    /// Reads a signature: `STRING, INT64, INT64? -> STRING`.
    ///
    /// `?` marks optional arguments and `...` repeated ones; a pattern after repeated ones stands last.
    /// `T1`, `T2` are [`TypePattern::Any`], `ARRAY<T1>` their arrays, `*` arbitrary types, `SCALAR` those that have a text, `STRUCT` any
    /// struct and, as a result, `STRUCT(*)` the struct of the arguments. A leading `=` or `<` asks for
    /// types with equality or ordering.
    ///
    /// # Panics
    /// When the text is not a signature: they are all in this crate, and a test reads each.
    pub fn parse(text: &str) -> Self {
        let (constraint, text) = match text.as_bytes().first() {
            Some(b'=') => (Some(Constraint::Equality), &text[1..]),
            Some(b'<') => (Some(Constraint::Ordering), &text[1..]),
            _ => (None, text),
        };
        let Some((arguments, returns)) = text.split_once("->") else {
            panic!("signature without a result: {text}")
        };
        let mut signature = Self {
            required: Vec::new(),
            optional: Vec::new(),
            repeated: Vec::new(),
            last: None,
            named: Vec::new(),
            returns: pattern(returns.trim()),
            constraint,
        };
        for argument in arguments.split(',').map(str::trim).filter(|a| !a.is_empty()) {
            if let Some(name) = argument.strip_suffix("...") {
                signature.repeated.push(pattern(name));
            } else if let Some(name) = argument.strip_suffix('?') {
                signature.optional.push(pattern(name));
            } else if signature.repeated.is_empty() {
                signature.required.push(pattern(argument));
            } else {
                signature.last = Some(pattern(argument));
            }
        }
        signature
    }

    /// The patterns for `count` arguments; None when the signature takes another number.
    pub fn patterns(&self, count: usize) -> Option<Vec<&TypePattern>> {
        let fixed = self.required.len() + self.last.is_some() as usize + self.named.len();
        let mut left = count.checked_sub(fixed)?;
        let mut patterns: Vec<&TypePattern> = self.required.iter().collect();
        for optional in self.optional.iter().take(left) {
            patterns.push(optional);
            left -= 1;
        }
        if left > 0 {
            if self.repeated.is_empty() || left % self.repeated.len() != 0 {
                return None;
            }
            patterns.extend(self.repeated.iter().cycle().take(left));
        }
        patterns.extend(&self.last);
        patterns.extend(self.named.iter().map(|(_, pattern)| pattern));
        Some(patterns)
    }

    /// The signature as messages spell it: `LOWER(STRING)`, `INT64 + INT64`.
    pub fn display(&self, function: &super::Function) -> String {
        let mut parts: Vec<String> = self.required.iter().map(ToString::to_string).collect();
        if let Some(symbol) = super::operator_symbol(function.name) {
            match parts.as_slice() {
                [a, b] => return format!("{a} {symbol} {b}"),
                [a] if symbol.starts_with("IS") => return format!("{a} {symbol}"),
                [a] if self.repeated.is_empty() => return format!("{symbol}{a}"),
                _ => {}
            }
        }
        parts.extend(self.optional.iter().map(|pattern| format!("[{pattern}]")));
        parts.extend(self.repeated.iter().map(|pattern| format!("[{pattern}, ...]")));
        parts.extend(self.last.iter().map(ToString::to_string));
        parts.extend(self.named.iter().map(|(name, pattern)| format!("[{name} => {pattern}]")));
        format!("{}({})", function.display_name(), parts.join(", "))
    }
}

fn pattern(name: &str) -> TypePattern {
    let any = |name: &str| name.strip_prefix('T').and_then(|number| number.parse::<u8>().ok());
    if let Some(number) = any(name) {
        return TypePattern::Any(number);
    }
    if let Some(element) = name.strip_prefix("ARRAY<").and_then(|rest| rest.strip_suffix('>')) {
        return match any(element) {
            Some(number) => TypePattern::ArrayOfAny(number),
            None => TypePattern::Exact(DataType::array(scalar(element))),
        };
    }
    match name {
        "*" => TypePattern::Arbitrary,
        "SCALAR" => TypePattern::Scalar,
        "PART" => TypePattern::Keyword(Keyword::DatePart),
        "NORMAL_FORM" => TypePattern::Keyword(Keyword::NormalForm),
        "SPARSE<INT64>" => TypePattern::Exact(sparse(DataType::Int64)),
        "SPARSE<STRING>" => TypePattern::Exact(sparse(DataType::String)),
        "STRUCT" => TypePattern::AnyStruct,
        "STRUCT(*)" => TypePattern::StructOfArguments,
        _ => TypePattern::Exact(scalar(name)),
    }
}

/// A sparse vector: pairs of dimension and magnitude.
fn sparse(dimension: DataType) -> DataType {
    let field = |data_type| StructField { name: String::new(), data_type };
    DataType::array(DataType::Struct([field(dimension), field(DataType::Float64)].into_iter().collect()))
}

fn scalar(name: &str) -> DataType {
    match name {
        "BOOL" => DataType::Bool,
        "INT64" => DataType::Int64,
        "FLOAT64" => DataType::Float64,
        "NUMERIC" => DataType::Numeric,
        "BIGNUMERIC" => DataType::BigNumeric,
        "STRING" => DataType::String,
        "BYTES" => DataType::Bytes,
        "DATE" => DataType::Date,
        "TIME" => DataType::Time,
        "DATETIME" => DataType::Datetime,
        "TIMESTAMP" => DataType::Timestamp,
        "INTERVAL" => DataType::Interval,
        "JSON" => DataType::Json,
        "RANGE<DATE>" => DataType::Range(RangeElement::Date),
        "RANGE<DATETIME>" => DataType::Range(RangeElement::Datetime),
        "RANGE<TIMESTAMP>" => DataType::Range(RangeElement::Timestamp),
        _ => panic!("unknown type in a signature: {name}"),
    }
}

impl fmt::Display for TypePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TypePattern::Exact(data_type) => write!(f, "{data_type}"),
            TypePattern::Any(1) | TypePattern::Arbitrary => f.write_str("ANY"),
            TypePattern::Scalar => f.write_str("SCALAR"),
            TypePattern::Keyword(Keyword::DatePart) => f.write_str("PART"),
            TypePattern::Keyword(Keyword::NormalForm) => f.write_str("NORMAL_FORM"),
            TypePattern::Any(number) => write!(f, "ANY{number}"),
            TypePattern::ArrayOfAny(_) => f.write_str("ARRAY"),
            TypePattern::AnyStruct | TypePattern::StructOfArguments => f.write_str("STRUCT"),
        }
    }
}

impl Constraint {
    /// True when values of the type can be compared so.
    pub fn allows(self, data_type: &DataType) -> bool {
        match data_type {
            DataType::Array(_) | DataType::Json => false,
            DataType::Struct(fields) => {
                self == Constraint::Equality && fields.iter().all(|field| self.allows(&field.data_type))
            }
            _ => true,
        }
    }
}
