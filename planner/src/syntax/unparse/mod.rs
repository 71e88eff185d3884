//! Syntax tree to canonical GoogleSQL text.
