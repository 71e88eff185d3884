//! Table schemas: trees of fields with ids that are never reused.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{DataType, FormatError, Result, StructField};

/// Identifies a column, nested ones too, for the life of its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldId(pub u32);

/// Whether a field may be missing or repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The value may be NULL.
    Nullable,
    /// The value is never NULL.
    Required,
    /// The field is an ARRAY of values.
    Repeated,
}

/// The parameters of a parameterised type, checked when values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypeParameters {
    /// STRING(L) in code points, or BYTES(L) in bytes.
    MaxLength(u64),
    /// NUMERIC(P, S) or BIGNUMERIC(P, S).
    Decimal {
        /// Total digits.
        precision: u32,
        /// Digits after the point.
        scale: u32,
    },
}

/// A column of a table, or a field nested in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The id, unique in the table.
    pub id: FieldId,
    /// The name as written by its creator; names compare without case.
    pub name: String,
    /// The type of one value: for a repeated field, of one element. Never ARRAY at the top: that is
    /// [`Mode::Repeated`]. For a STRUCT the parts are in `children`, and this is `Struct` of the same shape.
    pub data_type: DataType,
    /// The mode.
    pub mode: Mode,
    /// The parameters of the type, if declared.
    pub parameters: Option<TypeParameters>,
    /// The fields of a STRUCT, in order; empty for other types.
    pub children: Vec<Field>,
    /// DEFAULT expression as GoogleSQL text.
    pub default_expression: Option<String>,
    /// The `description` option.
    pub description: Option<String>,
}

impl Field {
    /// Returns a scalar field.
    pub fn scalar(id: u32, name: impl Into<String>, data_type: DataType, mode: Mode) -> Self {
        Self {
            id: FieldId(id),
            name: name.into(),
            data_type,
            mode,
            parameters: None,
            children: Vec::new(),
            default_expression: None,
            description: None,
        }
    }

    /// Returns a STRUCT field, its type made from the children.
    pub fn structure(id: u32, name: impl Into<String>, mode: Mode, children: Vec<Field>) -> Self {
        let data_type = DataType::Struct(children.iter().map(Field::as_struct_field).collect());
        Self { children, ..Self::scalar(id, name, data_type, mode) }
    }

    /// The type of the whole column: ARRAY of the value type when repeated.
    pub fn column_type(&self) -> DataType {
        match self.mode {
            Mode::Repeated => DataType::Array(Arc::new(self.data_type.clone())),
            _ => self.data_type.clone(),
        }
    }

    fn as_struct_field(&self) -> StructField {
        StructField { name: self.name.clone(), data_type: self.column_type() }
    }

    /// Returns a field of this type, ids taken from `next_id` in pre-order.
    ///
    /// # Errors
    /// [`FormatError::Schema`] for an ARRAY of ARRAY, or a STRUCT with anonymous or repeated names.
    pub fn from_type(name: &str, column_type: &DataType, mode: Mode, next_id: &mut u32) -> Result<Self> {
        let (value_type, mode) = match column_type {
            DataType::Array(element) if matches!(**element, DataType::Array(_)) => {
                return Err(FormatError::Schema(format!(
                    "column {name}: an ARRAY of ARRAY cannot be stored"
                )));
            }
            DataType::Array(element) => ((**element).clone(), Mode::Repeated),
            other => (other.clone(), mode),
        };
        let id = *next_id;
        *next_id += 1;
        let DataType::Struct(fields) = &value_type else {
            return Ok(Self::scalar(id, name, value_type, mode));
        };
        let mut children = Vec::with_capacity(fields.len());
        for field in fields.iter() {
            if field.name.is_empty() {
                return Err(FormatError::Schema(format!(
                    "column {name}: a stored STRUCT needs a name for each field"
                )));
            }
            children.push(Field::from_type(&field.name, &field.data_type, Mode::Nullable, next_id)?);
        }
        check_unique(name, &children)?;
        Ok(Self::structure(id, name, mode, children))
    }
}

/// The columns of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schema {
    /// The top-level columns, in order.
    pub fields: Vec<Field>,
    /// The next id to give out; above every id ever used in the table.
    pub next_field_id: u32,
}

impl Schema {
    /// Returns a schema with fresh ids for the named column types.
    ///
    /// # Errors
    /// As [`Field::from_type`], and for column names that repeat (compared without case).
    pub fn from_types<'a>(columns: impl IntoIterator<Item = (&'a str, &'a DataType, Mode)>) -> Result<Self> {
        let mut next = 1;
        let mut fields = Vec::new();
        for (name, data_type, mode) in columns {
            fields.push(Field::from_type(name, data_type, mode, &mut next)?);
        }
        check_unique("table", &fields)?;
        Ok(Self { fields, next_field_id: next })
    }

    /// Returns the position and field of a top-level column by name, without case.
    pub fn find(&self, name: &str) -> Option<(usize, &Field)> {
        self.fields.iter().enumerate().find(|(_, field)| field.name.eq_ignore_ascii_case(name))
    }

    /// Returns the field with the id, at any depth.
    pub fn field(&self, id: FieldId) -> Option<&Field> {
        fn walk(fields: &[Field], id: FieldId) -> Option<&Field> {
            fields.iter().find_map(|f| if f.id == id { Some(f) } else { walk(&f.children, id) })
        }
        walk(&self.fields, id)
    }
}

fn check_unique(owner: &str, fields: &[Field]) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    for field in fields {
        if !seen.insert(field.name.to_ascii_lowercase()) {
            return Err(FormatError::Schema(format!("duplicate column name {} in {owner}", field.name)));
        }
    }
    Ok(())
}
