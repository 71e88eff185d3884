//! Literals, escaped.

use std::fmt::Write;

use super::super::ast::Literal;
use super::Writer;

impl Writer {
    pub(super) fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Null => self.text("NULL"),
            Literal::Bool(value) => self.text(if *value { "TRUE" } else { "FALSE" }),
            Literal::Int(value) => self.text(&value.to_string()),
            Literal::IntTooLarge(text) | Literal::Float(text) => self.text(text),
            Literal::String(value) => self.string(value),
            Literal::Bytes(value) => self.bytes(value),
            Literal::Typed { literal_type, value, .. } => {
                self.text(literal_type.keyword());
                self.text(" ");
                self.string(value);
            }
            Literal::Range { data_type, value, .. } => {
                self.data_type(data_type);
                self.text(" ");
                self.string(value);
            }
        }
    }

    pub(super) fn string(&mut self, value: &str) {
        self.delimited(value, '"');
    }

    pub(super) fn quoted_name(&mut self, value: &str) {
        self.delimited(value, '`');
    }

    fn delimited(&mut self, value: &str, quote: char) {
        self.out.push(quote);
        for c in value.chars() {
            match c {
                '\\' => self.text("\\\\"),
                '\n' => self.text("\\n"),
                '\r' => self.text("\\r"),
                '\t' => self.text("\\t"),
                c if c == quote => {
                    self.out.push('\\');
                    self.out.push(c);
                }
                c if c.is_control() => self.hex(c as u32),
                c => self.out.push(c),
            }
        }
        self.out.push(quote);
    }

    fn bytes(&mut self, value: &[u8]) {
        self.text("b\"");
        for &byte in value {
            match byte {
                b'\\' | b'"' => {
                    self.out.push('\\');
                    self.out.push(byte as char);
                }
                b' '..=b'~' => self.out.push(byte as char),
                _ => self.hex(byte.into()),
            }
        }
        self.text("\"");
    }

    /// Writes `\x12`: control characters and bytes fit two digits.
    fn hex(&mut self, value: u32) {
        // Writing to a String cannot fail.
        let _ = write!(self.out, "\\x{value:02x}");
    }
}
