//! The two records of the Dremel paper (Melnik et al., VLDB 2010, figures 2 and 3), leaf by leaf.

use super::*;
use crate::FieldId;

/// `message Document` of figure 2.
fn schema() -> Schema {
    let int = |id, name: &str, mode| Field::scalar(id, name, DataType::Int64, mode);
    let text = |id, name: &str, mode| Field::scalar(id, name, DataType::String, mode);
    let links = vec![int(3, "Backward", Mode::Repeated), int(4, "Forward", Mode::Repeated)];
    let language = vec![text(7, "Code", Mode::Required), text(8, "Country", Mode::Nullable)];
    let name =
        vec![Field::structure(6, "Language", Mode::Repeated, language), text(9, "Url", Mode::Nullable)];
    Schema {
        fields: vec![
            int(1, "DocId", Mode::Required),
            Field::structure(2, "Links", Mode::Nullable, links),
            Field::structure(5, "Name", Mode::Repeated, name),
        ],
        next_field_id: 10,
    }
}

fn records() -> Vec<Vec<Value>> {
    let ints = |values: &[i64]| Value::Array(values.iter().map(|&v| v.into()).collect());
    let language = |code: &str, country: Option<&str>| {
        Value::Struct(vec![code.into(), country.map_or(Value::Null, Value::from)])
    };
    let name = |languages: Vec<Value>, url: Option<&str>| {
        Value::Struct(vec![Value::Array(languages), url.map_or(Value::Null, Value::from)])
    };
    let r1_names = vec![
        name(vec![language("en-us", Some("us")), language("en", None)], Some("http://A")),
        name(vec![], Some("http://B")),
        name(vec![language("en-gb", Some("gb"))], None),
    ];
    vec![
        vec![10.into(), 20.into()],
        vec![
            Value::Struct(vec![ints(&[]), ints(&[20, 40, 60])]),
            Value::Struct(vec![ints(&[10, 30]), ints(&[80])]),
        ],
        vec![Value::Array(r1_names), Value::Array(vec![name(vec![], Some("http://C"))])],
    ]
}

/// Levels of a leaf as (repetition, definition) pairs.
fn check(leaf: u32, expected: &[(u8, u8)], maxima: (u8, u8)) {
    let reader = open(&write(&schema(), &records()).unwrap());
    let levels = now(reader.levels(FieldId(leaf), 0)).unwrap();
    let found: Vec<(u8, u8)> =
        levels.repetition.iter().copied().zip(levels.definition.iter().copied()).collect();
    let name = &schema().field(FieldId(leaf)).unwrap().name.clone();
    assert_eq!(found, expected, "{name}");
    assert_eq!((levels.repetition_max, levels.definition_max), maxima, "{name}");
}

#[test]
fn levels_are_those_of_figure_3() {
    check(1, &[(0, 0), (0, 0)], (0, 0)); // DocId: 10, 20
    check(3, &[(0, 1), (0, 2), (1, 2)], (1, 2)); // Links.Backward: NULL, 10, 30
    check(4, &[(0, 2), (1, 2), (1, 2), (0, 2)], (1, 2)); // Links.Forward: 20, 40, 60, 80
    // Name.Language.Code: en-us, en, NULL, en-gb, NULL
    check(7, &[(0, 2), (2, 2), (1, 1), (1, 2), (0, 1)], (2, 2));
    // Name.Language.Country: us, NULL, NULL, gb, NULL
    check(8, &[(0, 3), (2, 2), (1, 1), (1, 3), (0, 1)], (2, 3));
    check(9, &[(0, 2), (1, 2), (1, 1), (0, 2)], (1, 2)); // Name.Url: A, B, NULL, C
}

#[test]
fn the_records_come_back_and_so_does_the_paper_s_projection() {
    check_roundtrip(&schema(), &records());
    // Figure 5: Name.Language.Country without its siblings.
    let reader = open(&write(&schema(), &records()).unwrap());
    let country = ProjectedColumn::keeping(&schema().fields[2], &[FieldId(8)]).unwrap();
    let read = read_rows(&reader, &[country], 1_024).unwrap();
    let language = |country: Option<&str>| Value::Struct(vec![country.map_or(Value::Null, Value::from)]);
    let name = |languages: Vec<Value>| Value::Struct(vec![Value::Array(languages)]);
    let r1 = vec![
        name(vec![language(Some("us")), language(None)]),
        name(vec![]),
        name(vec![language(Some("gb"))]),
    ];
    assert_eq!(read[0], [Value::Array(r1), Value::Array(vec![name(vec![])])]);
}
