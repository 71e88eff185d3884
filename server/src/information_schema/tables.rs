//! SCHEMATA, TABLES, VIEWS and their options.

use canopy_format::{DataType, Value};
use canopy_planner::syntax::{self, ast};
use canopy_txn::{DatasetState, Definition, DefinitionKind};

use super::{CATALOG, Made, Source, optional, place, tables_of, text, texts, yes_no};
use crate::statement::ddl::SNAPSHOT_OPTION;

/// The views of datasets.
fn views_of<'s>(
    source: &'s Source<'_>,
    datasets: &'s [&DatasetState],
) -> impl Iterator<Item = &'s Definition> {
    let all = datasets.iter().flat_map(|dataset| source.snapshot.definitions_of(&dataset.name));
    all.filter(|found| found.kind == DefinitionKind::View).map(|view| &**view)
}

pub(super) fn schemata(datasets: &[&DatasetState]) -> Made {
    let mut columns = texts(["catalog_name", "schema_name"]);
    columns.push(("creation_time", DataType::Timestamp));
    columns.extend(texts(["location", "ddl"]));
    let row = |dataset: &&DatasetState| {
        vec![
            Value::from(CATALOG),
            Value::from(&*dataset.name),
            Value::Timestamp(dataset.created_us),
            optional(dataset.options.get("location").map(String::as_str)),
            Value::from(format!("CREATE SCHEMA `{}`;", dataset.name).as_str()),
        ]
    };
    (columns, datasets.iter().map(row).collect())
}

pub(super) fn schemata_options(datasets: &[&DatasetState]) -> Made {
    let columns = texts(["catalog_name", "schema_name", "option_name", "option_type", "option_value"]);
    let mut rows = Vec::new();
    for dataset in datasets {
        for (name, value, data_type) in text::user_options(&dataset.options) {
            let mut row = vec![Value::from(CATALOG), Value::from(&*dataset.name)];
            let value = text::literal(value, data_type);
            row.extend([name, data_type, value.as_str()].map(Value::from));
            rows.push(row);
        }
    }
    (columns, rows)
}

pub(super) fn tables(source: &Source<'_>, datasets: &[&DatasetState]) -> Made {
    let mut columns = texts([
        "table_catalog",
        "table_schema",
        "table_name",
        "table_type",
        "is_insertable_into",
        "is_typed",
    ]);
    columns.push(("creation_time", DataType::Timestamp));
    columns.extend(texts(["base_table_catalog", "base_table_schema", "base_table_name"]));
    columns.push(("snapshot_time_ms", DataType::Timestamp));
    columns.push(("ddl", DataType::String));
    let mut rows = Vec::new();
    for table in tables_of(source, datasets) {
        let base = table.options.get(SNAPSHOT_OPTION);
        let kind = if base.is_some() { "SNAPSHOT" } else { "BASE TABLE" };
        let mut row = place(&table.dataset, &table.name);
        row.extend([
            Value::from(kind),
            yes_no(base.is_none()),
            yes_no(false),
            Value::Timestamp(table.created_us),
        ]);
        match base.and_then(|base| base.split_once('.')) {
            Some((schema, name)) => {
                row.extend(place(schema, name));
                row.push(Value::Timestamp(table.created_us));
            }
            None => row.extend([Value::Null, Value::Null, Value::Null, Value::Null]),
        }
        row.push(Value::from(text::create_table(table).as_str()));
        rows.push(row);
    }
    for view in views_of(source, datasets) {
        let mut row = place(&view.dataset, &view.name);
        row.extend([Value::from("VIEW"), yes_no(false), yes_no(false), Value::Timestamp(view.created_us)]);
        row.extend([Value::Null, Value::Null, Value::Null, Value::Null]);
        row.push(Value::from(&*view.statement));
        rows.push(row);
    }
    (columns, rows)
}

pub(super) fn table_options(source: &Source<'_>, datasets: &[&DatasetState]) -> Made {
    let columns =
        texts(["table_catalog", "table_schema", "table_name", "option_name", "option_type", "option_value"]);
    let tables = tables_of(source, datasets).map(|table| (&table.dataset, &table.name, &table.options));
    let views = views_of(source, datasets).map(|view| (&view.dataset, &view.name, &view.options));
    let mut rows = Vec::new();
    for (dataset, table, options) in tables.chain(views) {
        for (name, value, data_type) in text::user_options(options) {
            let mut row = place(dataset, table);
            let value = text::literal(value, data_type);
            row.extend([name, data_type, value.as_str()].map(Value::from));
            rows.push(row);
        }
    }
    (columns, rows)
}

pub(super) fn views(source: &Source<'_>, datasets: &[&DatasetState]) -> Made {
    let columns = texts([
        "table_catalog",
        "table_schema",
        "table_name",
        "view_definition",
        "check_option",
        "use_standard_sql",
    ]);
    let row = |view: &Definition| {
        let mut row = place(&view.dataset, &view.name);
        row.extend([Value::from(query_of(&view.statement)), Value::Null, yes_no(true)]);
        row
    };
    (columns, views_of(source, datasets).map(row).collect())
}

/// The query in a CREATE VIEW statement.
fn query_of(statement: &str) -> &str {
    let parsed = syntax::parse_script(statement).unwrap_or_default();
    match parsed.first().map(|statement| &statement.kind) {
        Some(ast::StatementKind::CreateView(create)) => match &create.source {
            ast::ViewSource::Query(query) => query.span.text(statement),
            ast::ViewSource::ReplicaOf(_) => statement,
        },
        _ => statement,
    }
}
