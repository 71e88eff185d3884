//! The table of documents, and its batches.

use canopy_format::vector::VectorBuilder;
use canopy_format::{BATCH_ROWS, Batch, DataType, Field, Mode, Schema, Value};

use super::Document;

/// The table's name.
pub const TABLE: &str = "documents";

/// The schema: REQUIRED document number and codes, everything else may be missing.
pub fn schema() -> Schema {
    let scalar = Field::scalar;
    let language = vec![
        scalar(9, "code", DataType::String, Mode::Required),
        scalar(10, "country", DataType::String, Mode::Nullable),
        scalar(11, "votes", DataType::Int64, Mode::Repeated),
    ];
    let name = vec![
        scalar(7, "url", DataType::String, Mode::Nullable),
        Field::structure(8, "language", Mode::Repeated, language),
    ];
    let links = vec![
        scalar(4, "backward", DataType::Int64, Mode::Repeated),
        scalar(5, "forward", DataType::Int64, Mode::Repeated),
    ];
    Schema {
        fields: vec![
            scalar(1, "doc_id", DataType::Int64, Mode::Required),
            scalar(2, "crawled", DataType::Timestamp, Mode::Nullable),
            Field::structure(3, "links", Mode::Nullable, links),
            Field::structure(6, "name", Mode::Repeated, name),
        ],
        next_field_id: 12,
    }
}

/// The documents in batches.
pub fn batches(documents: impl Iterator<Item = Document>) -> impl Iterator<Item = Batch> {
    let types: Vec<DataType> = schema().fields.iter().map(Field::column_type).collect();
    let mut documents = documents.peekable();
    std::iter::from_fn(move || {
        documents.peek()?;
        let mut builders: Vec<VectorBuilder> = types.iter().map(VectorBuilder::new).collect();
        let mut rows = 0;
        for document in documents.by_ref().take(BATCH_ROWS) {
            for (builder, value) in builders.iter_mut().zip(values(document)) {
                builder.push(&value).expect("the values follow the schema");
            }
            rows += 1;
        }
        Some(Batch::new(builders.into_iter().map(VectorBuilder::finish).collect(), rows))
    })
}

/// A document's columns.
fn values(document: Document) -> [Value; 4] {
    let integers = |values: Vec<i64>| Value::Array(values.into_iter().map(Value::Int64).collect());
    let text = |value: Option<String>| value.map_or(Value::Null, |value| Value::from(value.as_str()));
    let links = document
        .links
        .map_or(Value::Null, |links| Value::Struct(vec![integers(links.backward), integers(links.forward)]));
    let names = document.name.into_iter().map(|name| {
        let languages = name.language.into_iter().map(|language| {
            Value::Struct(vec![text(Some(language.code)), text(language.country), integers(language.votes)])
        });
        Value::Struct(vec![text(name.url), Value::Array(languages.collect())])
    });
    [
        Value::Int64(document.doc_id),
        document.crawled_us.map_or(Value::Null, Value::Timestamp),
        links,
        Value::Array(names.collect()),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::documents;
    use super::*;

    #[test]
    fn batches_hold_every_document_and_all_kinds_of_missing() {
        let batches: Vec<Batch> = batches(documents(7, 5000)).collect();
        assert_eq!(batches.iter().map(Batch::rows).sum::<usize>(), 5000);
        let all: Vec<Value> = batches.iter().flat_map(|batch| batch.column(2).iter_values()).collect();
        assert!(all.contains(&Value::Null), "no links");
        assert!(
            all.contains(&Value::Struct(vec![Value::Array(vec![]), Value::Array(vec![])])),
            "empty links"
        );
    }
}
