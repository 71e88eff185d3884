//! Rules that a schema, and a change of it, must keep.

use std::collections::{BTreeMap, BTreeSet};

use canopy_format::{DataType, Field, FieldId, Mode, Schema, TypeParameters};

use crate::codec::schema::DEPTH_MAX;
use crate::{Result, TxnError};

/// Checks that a schema can be stored: unique ids below `next_field_id`, unique names, no deep nesting, no ARRAY type.
pub(crate) fn check_schema(schema: &Schema) -> Result<()> {
    let mut ids = BTreeSet::new();
    check_fields(&schema.fields, schema.next_field_id, &mut ids, 1)
}

fn check_fields(fields: &[Field], next: u32, ids: &mut BTreeSet<FieldId>, depth: usize) -> Result<()> {
    if depth > DEPTH_MAX {
        return Err(TxnError::Limit {
            what: "nesting of STRUCT columns".to_owned(),
            found: depth as u64,
            limit: DEPTH_MAX as u64,
        });
    }
    let mut names = BTreeSet::new();
    for field in fields {
        let invalid = |what: String| Err(TxnError::invalid(format!("column {}: {what}", field.name)));
        if field.id.0 >= next || !ids.insert(field.id) {
            return invalid(format!("field id {} is not below {next} and used once", field.id.0));
        }
        if !names.insert(field.name.to_lowercase()) {
            return invalid("duplicate column name".to_owned());
        }
        let is_struct = matches!(field.data_type, DataType::Struct(_));
        if matches!(field.data_type, DataType::Array(_)) || (!is_struct && !field.children.is_empty()) {
            return invalid(format!("type {} does not fit its parts", field.data_type));
        }
        check_fields(&field.children, next, ids, depth + 1)?;
    }
    Ok(())
}

/// Checks that `new` may follow `old`: ids are not given out again, and an id keeps its kind of value.
pub(crate) fn check_successor(old: &Schema, new: &Schema) -> Result<()> {
    check_schema(new)?;
    if new.next_field_id < old.next_field_id {
        let (from, to) = (old.next_field_id, new.next_field_id);
        return Err(TxnError::invalid(format!("the next field id falls from {from} to {to}")));
    }
    let old_fields = by_id(old);
    for (id, field) in by_id(new) {
        if id.0 < old.next_field_id && !old_fields.contains_key(&id) {
            return Err(TxnError::invalid(format!(
                "column {}: field id {} was used before",
                field.name, id.0
            )));
        }
    }
    Ok(())
}

/// Whether statements that were written against `old` may be wrong under `new`: a column was dropped or renamed,
/// or its values can be others. Columns that are added, widened or relaxed to NULLABLE do not break anything.
pub(crate) fn is_breaking(old: &Schema, new: &Schema) -> bool {
    let new_fields = by_id(new);
    by_id(old).into_iter().any(|(id, old)| match new_fields.get(&id) {
        None => true,
        Some(new) => {
            let same_mode =
                old.mode == new.mode || (old.mode == Mode::Required && new.mode == Mode::Nullable);
            let same_type = is_widening(&old.data_type, &new.data_type);
            old.name != new.name || !same_mode || !same_type || narrows(old.parameters, new.parameters)
        }
    })
}

fn is_widening(old: &DataType, new: &DataType) -> bool {
    use DataType::{BigNumeric, Float64, Int64, Numeric, Struct};
    match (old, new) {
        // The parts are compared one by one, by their ids.
        (Struct(_), Struct(_)) => true,
        (Int64, Numeric | BigNumeric | Float64) | (Numeric, BigNumeric | Float64) => true,
        (old, new) => old == new,
    }
}

fn narrows(old: Option<TypeParameters>, new: Option<TypeParameters>) -> bool {
    use TypeParameters::{Decimal, MaxLength};
    match (old, new) {
        (_, None) => false,
        (Some(MaxLength(old)), Some(MaxLength(new))) => new < old,
        (Some(Decimal { precision: p, scale: s }), Some(Decimal { precision, scale })) => {
            scale < s || precision.saturating_sub(scale) < p.saturating_sub(s)
        }
        _ => true,
    }
}

fn by_id(schema: &Schema) -> BTreeMap<FieldId, &Field> {
    fn walk<'a>(fields: &'a [Field], into: &mut BTreeMap<FieldId, &'a Field>) {
        for field in fields {
            into.insert(field.id, field);
            walk(&field.children, into);
        }
    }
    let mut into = BTreeMap::new();
    walk(&schema.fields, &mut into);
    into
}

#[cfg(test)]
mod tests {
    use canopy_format::{DataType, Field, Mode, Schema, TypeParameters};

    use super::{check_schema, check_successor, is_breaking};

    fn column(id: u32, name: &str) -> Field {
        Field::scalar(id, name, DataType::Int64, Mode::Nullable)
    }

    fn schema(next: u32, fields: Vec<Field>) -> Schema {
        Schema { fields, next_field_id: next }
    }

    #[test]
    fn what_breaks_statements() {
        let numeric = |precision, scale| Field {
            parameters: Some(TypeParameters::Decimal { precision, scale }),
            ..Field::scalar(1, "a", DataType::Numeric, Mode::Nullable)
        };
        let required = |mode| Field::scalar(1, "a", DataType::Int64, mode);
        let nested = |children| Field::structure(1, "a", Mode::Nullable, children);
        let check = |old: Vec<Field>, new: Vec<Field>, expected: bool| {
            let (old, new) = (schema(3, old), schema(9, new));
            assert_eq!(is_breaking(&old, &new), expected, "{old:?} to {new:?}");
        };
        check(vec![column(1, "a")], vec![column(1, "a"), column(3, "b")], false);
        check(vec![column(1, "a"), column(2, "b")], vec![column(2, "b"), column(1, "a")], false);
        check(vec![column(1, "a")], vec![], true);
        check(vec![column(1, "a")], vec![column(1, "b")], true);
        check(vec![column(1, "a")], vec![column(3, "a")], true);
        check(vec![required(Mode::Required)], vec![required(Mode::Nullable)], false);
        check(vec![required(Mode::Nullable)], vec![required(Mode::Required)], true);
        check(vec![column(1, "a")], vec![numeric(38, 9)], true);
        check(vec![numeric(5, 2)], vec![numeric(7, 3)], false);
        check(vec![numeric(5, 2)], vec![numeric(5, 3)], true);
        check(vec![nested(vec![column(2, "x")])], vec![nested(vec![column(2, "x"), column(3, "y")])], false);
        check(vec![nested(vec![column(2, "x")])], vec![nested(vec![])], true);
    }

    #[test]
    fn ids_are_never_reused() {
        let old = schema(3, vec![column(2, "b")]);
        assert!(check_successor(&old, &schema(4, vec![column(2, "b"), column(3, "c")])).is_ok());
        assert!(check_successor(&old, &schema(3, vec![column(1, "a")])).is_err());
        assert!(check_successor(&old, &schema(2, vec![])).is_err());
        assert!(check_schema(&schema(2, vec![column(2, "a")])).is_err());
        assert!(check_schema(&schema(3, vec![column(1, "a"), column(1, "b")])).is_err());
        assert!(check_schema(&schema(3, vec![column(1, "a"), column(2, "A")])).is_err());
        let deep = (1..=65)
            .rev()
            .fold(column(66, "leaf"), |inner, id| Field::structure(id, "s", Mode::Nullable, vec![inner]));
        assert!(check_schema(&schema(67, vec![deep])).is_err());
    }
}
