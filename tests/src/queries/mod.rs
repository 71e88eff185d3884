//! Random queries: made by seed over small tables ([`generate`], [`tables`]), written as trees of text that can be cut
//! smaller ([`shrink`]), so that a query whose results differ between two ways of running it becomes a small case.

pub mod expression;
pub mod generate;
pub mod shrink;
pub mod tables;

/// A type of a random expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// INT64.
    Int,
    /// FLOAT64.
    Float,
    /// NUMERIC.
    Numeric,
    /// STRING.
    Text,
    /// BOOL.
    Bool,
    /// DATE.
    Date,
    /// `ARRAY<INT64>`.
    Ints,
    /// `ARRAY<STRUCT<q INT64, p FLOAT64, tags ARRAY<STRING>>>`.
    Items,
    /// `ARRAY<STRING>`.
    Texts,
}

impl Kind {
    /// Types that compare, sort and group.
    pub const SCALARS: [Kind; 6] =
        [Kind::Int, Kind::Float, Kind::Numeric, Kind::Text, Kind::Bool, Kind::Date];

    /// A literal of the type: what an expression is cut down to.
    pub fn plain(self) -> &'static str {
        match self {
            Kind::Int => "1",
            Kind::Float => "0.5",
            Kind::Numeric => "NUMERIC '1.5'",
            Kind::Text => "'a'",
            Kind::Bool => "TRUE",
            Kind::Date => "DATE '2024-01-01'",
            Kind::Ints => "[1]",
            Kind::Items => "ARRAY<STRUCT<q INT64, p FLOAT64, tags ARRAY<STRING>>>[]",
            Kind::Texts => "['a']",
        }
    }
}

/// What a piece of a query is: what may take its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sort {
    /// An expression: any other of its type.
    Value(Kind),
    /// A query: any other with the same columns.
    Query(Vec<Kind>),
    /// What stands in FROM: a part of itself.
    Source,
    /// A clause: nothing.
    Clause,
}

/// A piece of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub sort: Sort,
    /// Its text and the pieces between.
    pub parts: Vec<Part>,
}

/// A part of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text.
    Text(String),
    /// A smaller piece.
    Node(Node),
}

impl Node {
    /// A piece of text alone.
    pub fn text(sort: Sort, text: impl Into<String>) -> Self {
        Self { sort, parts: vec![Part::Text(text.into())] }
    }

    /// A piece by a template, in which each `{}` stands for the next of the smaller pieces.
    ///
    /// # Panics
    /// When there are not as many.
    pub fn of(sort: Sort, template: &str, pieces: Vec<Node>) -> Self {
        let texts: Vec<&str> = template.split("{}").collect();
        assert_eq!(texts.len(), pieces.len() + 1, "{template}");
        let mut parts = vec![Part::Text(texts[0].to_owned())];
        for (piece, text) in pieces.into_iter().zip(&texts[1..]) {
            parts.push(Part::Node(piece));
            parts.push(Part::Text((*text).to_owned()));
        }
        Self { sort, parts }
    }

    /// A piece of smaller ones with a separator between.
    pub fn list(sort: Sort, separator: &str, pieces: Vec<Node>) -> Self {
        let template = vec!["{}"; pieces.len()].join(separator);
        Self::of(sort, &template, pieces)
    }

    /// The query's text.
    pub fn sql(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Node(node) => node.write(out),
            }
        }
    }
}
