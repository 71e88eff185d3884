//! Schema detection for JSON: the shape that all sampled objects have in common.

use canopy_format::{DataType, Mode, Schema};

use super::convert::show;
use super::parse::{Json, Node};
use super::{JsonLines, place};
use crate::error::{Result, ServerError};
use crate::load::guess::Guess;
use crate::load::name::valid_name;
use crate::load::{LoadOptions, NESTING_MAX, SAMPLE_ROWS, Source};

/// What is known of the values at one place.
#[derive(Debug, Default)]
struct Shape {
    scalar: Guess,
    seen_scalar: bool,
    seen_object: bool,
    repeated: Option<bool>,
    fields: Vec<(String, Shape)>,
}

/// A value that contradicts those before it: its offset, path and what is wrong.
type Conflict = (usize, String, String);

/// Derives the columns from the first rows of each file, in the order in which their names come up.
pub(in crate::load) fn detect(sources: &[Source], options: &LoadOptions) -> Result<Schema> {
    let mut root = Shape::default();
    let mut rows = 0;
    for source in sources {
        let mut lines = JsonLines::open(source)?;
        let mut bad = 0;
        for _ in 0..SAMPLE_ROWS {
            if !lines.advance()? {
                break;
            }
            let added = lines.parse().and_then(|node| {
                root.add_object(&node, 0)
                    .map_err(|(offset, path, reason)| place(&lines, &path, offset, &reason))
            });
            match added {
                Ok(()) => rows += 1,
                Err(_) if bad < options.max_bad_records => bad += 1,
                Err(error) => return Err(error),
            }
        }
    }
    let name = sources.first().map_or("", |source| &source.name);
    if rows == 0 || root.fields.is_empty() {
        return Err(ServerError::invalid(format!("{name}: no rows to detect a schema from")));
    }
    let columns: Vec<(String, DataType)> =
        root.fields.iter().map(|(name, shape)| (name.clone(), shape.column_type())).collect();
    Ok(Schema::from_types(columns.iter().map(|(name, t)| (name.as_str(), t, Mode::Nullable)))?)
}

impl Shape {
    fn add_object(&mut self, node: &Node<'_>, depth: usize) -> Result<(), Conflict> {
        let Json::Object(members) = &node.value else {
            return Err((node.offset, String::new(), format!("expected an object, found {}", show(node))));
        };
        if depth > NESTING_MAX {
            let reason = format!("fields are nested deeper than {NESTING_MAX} levels");
            return Err((node.offset, String::new(), reason));
        }
        for (key, member) in members {
            let name = valid_name(key, "_");
            let index = match self.fields.iter().position(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                Some(index) => index,
                None => {
                    self.fields.push((name.clone(), Shape::default()));
                    self.fields.len() - 1
                }
            };
            self.fields[index].1.add(member, depth).map_err(|(offset, path, reason)| {
                (offset, if path.is_empty() { name.clone() } else { format!("{name}.{path}") }, reason)
            })?;
        }
        Ok(())
    }

    fn add(&mut self, node: &Node<'_>, depth: usize) -> Result<(), Conflict> {
        let Json::Array(elements) = &node.value else {
            if node.value == Json::Null {
                return Ok(());
            }
            self.expect_repeated(node, false)?;
            return self.add_value(node, depth);
        };
        self.expect_repeated(node, true)?;
        for element in elements {
            match element.value {
                Json::Null => {}
                Json::Array(_) => {
                    let reason = "an array in an array has no column type".to_owned();
                    return Err((element.offset, String::new(), reason));
                }
                _ => self.add_value(element, depth)?,
            }
        }
        Ok(())
    }

    fn expect_repeated(&mut self, node: &Node<'_>, repeated: bool) -> Result<(), Conflict> {
        if *self.repeated.get_or_insert(repeated) == repeated {
            return Ok(());
        }
        let expected = if repeated { "a single value" } else { "an array" };
        let reason = format!("expected {expected}, as in the rows before, found {}", show(node));
        Err((node.offset, String::new(), reason))
    }

    fn add_value(&mut self, node: &Node<'_>, depth: usize) -> Result<(), Conflict> {
        let guess = match &node.value {
            Json::Object(_) => {
                self.seen_object = true;
                self.expect_kind(node)?;
                return self.add_object(node, depth + 1);
            }
            Json::Bool(_) => Guess::Bool,
            Json::Number(text) if text.parse::<i64>().is_ok() => Guess::Int64,
            Json::Number(_) => Guess::Float64,
            Json::String(text) => Guess::of(text),
            Json::Null | Json::Array(_) => Guess::None,
        };
        self.seen_scalar = true;
        self.expect_kind(node)?;
        self.scalar = self.scalar.merge(guess);
        Ok(())
    }

    fn expect_kind(&self, node: &Node<'_>) -> Result<(), Conflict> {
        if !(self.seen_object && self.seen_scalar) {
            return Ok(());
        }
        let expected = if matches!(node.value, Json::Object(_)) { "no object" } else { "an object" };
        let reason = format!("expected {expected}, as in the rows before, found {}", show(node));
        Err((node.offset, String::new(), reason))
    }

    /// A STRUCT of the fields seen. Objects that are always empty become JSON, as no STRUCT is without fields.
    fn column_type(&self) -> DataType {
        let value = match (self.seen_object, self.fields.is_empty()) {
            (true, false) => DataType::structure(
                self.fields.iter().map(|(name, shape)| (name.clone(), shape.column_type())),
            ),
            (true, true) => DataType::Json,
            (false, _) => self.scalar.data_type(),
        };
        if self.repeated == Some(true) { DataType::array(value) } else { value }
    }
}
