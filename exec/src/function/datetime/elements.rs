//! Format strings of FORMAT_DATE, PARSE_DATE and their kin: strftime's elements, compiled once.

use canopy_format::Value;

use crate::Result;
use crate::function::call::fail;

/// A piece of a format.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// Text as it stands.
    Text(String),
    /// Any run of white space, when parsing.
    Space,
    /// An element; `E` and `O` modifiers are dropped but for `%E4Y`, `%E*S`, `%E#S` and `%Ez`.
    Element(Element),
}

/// An element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Element {
    /// One character after `%`.
    Plain(char),
    /// `%E4Y`: a year of at least four digits.
    WideYear,
    /// `%E*S` (None) and `%E3S`: seconds with a fraction.
    Seconds(Option<usize>),
    /// `%Ez`: `+HH:MM`.
    WideOffset,
}

/// Compiles a format.
///
/// # Errors
/// For a format that ends within an element.
pub(super) fn compile(value: &Value) -> Result<Vec<Piece>> {
    let Value::String(format) = value else { return fail("a format must be a STRING") };
    let mut pieces = Vec::new();
    expand(format, &mut pieces)?;
    Ok(pieces)
}

fn expand(format: &str, pieces: &mut Vec<Piece>) -> Result<()> {
    let mut characters = format.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_whitespace() {
            pieces.push(Piece::Space);
            pieces.push(Piece::Text(character.to_string()));
            continue;
        }
        if character != '%' {
            push_text(pieces, character);
            continue;
        }
        let Some(mut element) = characters.next() else {
            return fail(format!("Invalid format: {format} ends with %"));
        };
        if element == 'E' || element == 'O' {
            let Some(next) = characters.next() else {
                return fail(format!("Invalid format: {format} ends within an element"));
            };
            let extended = match (element, next) {
                ('E', 'z') => Some(Element::WideOffset),
                ('E', '4') if characters.peek() == Some(&'Y') => Some(Element::WideYear),
                ('E', '*') if characters.peek() == Some(&'S') => Some(Element::Seconds(None)),
                ('E', digit @ '0'..='9') if characters.peek() == Some(&'S') => {
                    Some(Element::Seconds(Some(digit as usize - '0' as usize)))
                }
                _ => None,
            };
            if let Some(extended) = extended {
                if next != 'z' {
                    characters.next();
                }
                pieces.push(Piece::Element(extended));
                continue;
            }
            element = next;
        }
        match element {
            '%' => push_text(pieces, '%'),
            'n' => push_text(pieces, '\n'),
            't' => push_text(pieces, '\t'),
            // Elements that stand for others.
            'D' | 'x' => expand("%m/%d/%y", pieces)?,
            'F' => expand("%Y-%m-%d", pieces)?,
            'T' | 'X' => expand("%H:%M:%S", pieces)?,
            'R' => expand("%H:%M", pieces)?,
            'c' => expand("%a %b %e %H:%M:%S %Y", pieces)?,
            'r' => expand("%I:%M:%S %p", pieces)?,
            'h' => pieces.push(Piece::Element(Element::Plain('b'))),
            other => pieces.push(Piece::Element(Element::Plain(other))),
        }
    }
    Ok(())
}

fn push_text(pieces: &mut Vec<Piece>, character: char) {
    match pieces.last_mut() {
        Some(Piece::Text(text)) if !text.chars().all(char::is_whitespace) => text.push(character),
        _ => pieces.push(Piece::Text(character.to_string())),
    }
}

/// Names of months.
pub(in crate::function) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Names of days, Sunday first.
pub(in crate::function) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
