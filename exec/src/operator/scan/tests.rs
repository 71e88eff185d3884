use std::sync::Arc;

use canopy_format::{
    Batch, DataType, DeletedRows, Field, FileWriter, Mode, Schema, Value, Vector, WriteOptions,
    vector::VectorBuilder,
};
use canopy_proto::plan::{self, operator::Kind};
use canopy_storage::{Key, MemoryStore, ObjectStore};

use crate::convert::{type_to_proto, value_to_proto};
use crate::operator::testing::{Row, Run, Table, call, col, columns, literal, operator, sorted};
use crate::run::Split;

/// Rows of the first file, enough for two stripes, and of both.
const FIRST_ROWS: i64 = 67_000;
const ROWS: i64 = 70_000;

fn schema() -> Schema {
    Schema {
        fields: vec![
            Field::scalar(1, "id", DataType::Int64, Mode::Required),
            Field::scalar(2, "kind", DataType::String, Mode::Nullable),
            Field::structure(
                3,
                "place",
                Mode::Nullable,
                vec![
                    Field::scalar(4, "city", DataType::String, Mode::Nullable),
                    Field::scalar(5, "zip", DataType::Int64, Mode::Nullable),
                ],
            ),
        ],
        next_field_id: 10,
    }
}

fn row(id: i64) -> Row {
    let kind = if id % 7 == 0 { Value::Null } else { Value::from(format!("kind {}", id % 5).as_str()) };
    vec![
        Value::Int64(id),
        kind,
        Value::Struct(vec![format!("city {}", id % 11).as_str().into(), Value::Int64(id % 100)]),
    ]
}

/// Writes two files: ids from 0, and from [`FIRST_ROWS`].
fn files(store: &MemoryStore) -> (Vec<plan::DataFile>, Vec<Row>) {
    let (mut out, mut rows) = (Vec::new(), Vec::new());
    for (file, ids) in [0..FIRST_ROWS, FIRST_ROWS..ROWS].into_iter().enumerate() {
        let own: Vec<Row> = ids.map(row).collect();
        let mut writer = FileWriter::new(schema(), WriteOptions::default()).unwrap();
        for part in own.chunks(10_000) {
            let column = |index: usize| -> Vector {
                let mut builder = VectorBuilder::new(&schema().fields[index].column_type());
                part.iter().for_each(|row| builder.push(&row[index]).unwrap());
                builder.finish()
            };
            writer.write(&Batch::new((0..3).map(column).collect(), part.len())).unwrap();
        }
        let written = writer.finish().unwrap();
        let key = format!("data/{file}.cnpy");
        futures::executor::block_on(store.put(&Key::new(key.clone()).unwrap(), written.bytes)).unwrap();
        out.push(plan::DataFile {
            key,
            byte_size: written.statistics.byte_size,
            footer_offset: written.statistics.footer_offset,
            row_count: written.statistics.row_count,
            file_id: file as u64,
            ..Default::default()
        });
        rows.extend(own);
    }
    (out, rows)
}

fn place() -> DataType {
    DataType::structure([("city", DataType::String), ("zip", DataType::Int64)])
}

fn scan_column(id: u32, field: u32, data_type: &DataType, filter_only: bool) -> plan::ScanColumn {
    plan::ScanColumn {
        column: columns(&[(id, data_type.clone())]).pop(),
        field: Some(plan::FieldProjection { field_id: field, children: vec![] }),
        filter_only,
        ..Default::default()
    }
}

fn compare(field: u32, comparison: plan::Comparison, value: Value) -> plan::ColumnPredicate {
    plan::ColumnPredicate {
        field_id: field,
        test: Some(plan::column_predicate::Test::Compare(plan::CompareTest {
            comparison: comparison as i32,
            value: Some(value_to_proto(&value)),
        })),
    }
}

fn scan(files: &[plan::DataFile], filter_only_id: bool) -> plan::Scan {
    plan::Scan {
        table: "t".into(),
        files: files.to_vec(),
        columns: vec![
            scan_column(10, 1, &DataType::Int64, filter_only_id),
            scan_column(11, 2, &DataType::String, false),
            scan_column(12, 3, &place(), false),
        ],
        ..Default::default()
    }
}

fn ids(rows: &[Row]) -> Vec<i64> {
    let mut ids: Vec<i64> =
        rows.iter().map(|row| if let Value::Int64(id) = row[0] { id } else { -1 }).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn deleted_rows_are_left_out_and_rows_have_numbers() {
    let store = Arc::new(MemoryStore::new());
    let (mut files, rows) = files(&store);
    let is_deleted = |row: i64| row % 3 == 0 || (40_000..60_000).contains(&row);
    let mut deleted = DeletedRows::default();
    (0..FIRST_ROWS)
        .filter(|row| is_deleted(*row))
        .for_each(|row| assert!(deleted.insert(row as u64).is_ok()));
    let bytes = [&[7, 7], &deleted.encode()[..]].concat();
    let length = bytes.len() as u64 - 2;
    futures::executor::block_on(store.put(&Key::new("deletion").unwrap(), bytes.into())).unwrap();
    let cardinality = deleted.len();
    files[0].deletion_vector =
        Some(plan::DeletionVector { key: "deletion".into(), offset: 2, length, cardinality });
    files[0].first_row = 5;
    files[1].first_row = 5 + FIRST_ROWS as u64;
    let mut scan = scan(&files, false);
    scan.columns.truncate(1);
    let number = columns(&[(99, DataType::Int64)]).pop();
    scan.columns.insert(0, plan::ScanColumn { column: number, row_number: true, ..Default::default() });
    scan.predicates = vec![compare(1, plan::Comparison::GreaterOrEqual, Value::Int64(100))];
    for threads in [1, 3] {
        let operator = operator(1, Kind::Scan(scan.clone()));
        let run = Run { store: store.clone(), ..Run::new(operator, &[], threads) };
        let (outputs, _) = run.outputs().unwrap();
        let mut found: Vec<Row> =
            outputs.iter().flat_map(|output| crate::operator::testing::batch_rows(&output.batch)).collect();
        found.sort_by_key(|row| ids(std::slice::from_ref(row))[0]);
        let expected: Vec<Row> = (100..rows.len() as i64)
            .filter(|row| *row >= FIRST_ROWS || !is_deleted(*row))
            .map(|row| vec![Value::Int64(row + 5), Value::Int64(row)])
            .collect();
        assert!(found == expected, "{} rows, expected {}", found.len(), expected.len());
    }
    // Bytes that are none end the query.
    files[1].deletion_vector =
        files[0].deletion_vector.clone().map(|v| plan::DeletionVector { offset: 1, ..v });
    scan.files = files;
    let run = Run { store: store.clone(), ..Run::new(operator(1, Kind::Scan(scan)), &[], 1) };
    assert!(run.outputs().is_err());
}

#[test]
fn scans_filter_as_plain_loops_do_and_skip_what_cannot_match() {
    let store = Arc::new(MemoryStore::new());
    let (files, rows) = files(&store);
    let run = |scan: plan::Scan, threads: usize| {
        let run = Run { store: store.clone(), ..Run::new(operator(1, Kind::Scan(scan)), &[], threads) };
        run.outputs().unwrap()
    };
    let check = |scan: plan::Scan, keep: &dyn Fn(i64) -> bool| {
        let mut profile = None;
        for threads in [1, 3] {
            let (outputs, profiles) = run(scan.clone(), threads);
            let found: Vec<Row> = outputs
                .iter()
                .flat_map(|output| crate::operator::testing::batch_rows(&output.batch))
                .collect();
            let expected: Vec<i64> = (0..ROWS).filter(|&id| keep(id)).collect();
            assert_eq!(ids(&found), expected);
            for found in found.iter().step_by(997) {
                let Value::Int64(id) = found[0] else { panic!("{found:?}") };
                assert_eq!(*found, rows[id as usize]);
            }
            profile = profiles.into_iter().next();
        }
        profile.unwrap()
    };
    let all = check(scan(&files, false), &|_| true);
    assert_eq!((all.rows_scanned, all.blocks_skipped), (ROWS as u64, 0));
    assert!(all.bytes_processed > 16 * ROWS as u64 && all.bytes_fetched > 0, "{all:?}");

    let below = compare(1, plan::Comparison::Less, Value::Int64(1500));
    let few = check(plan::Scan { predicates: vec![below], ..scan(&files, false) }, &|id| id < 1500);
    assert!(few.blocks_skipped > 0 && few.bytes_fetched < all.bytes_fetched, "{few:?}");

    let kind = compare(2, plan::Comparison::Equal, "kind 3".into());
    check(plan::Scan { predicates: vec![kind.clone()], ..scan(&files, false) }, &|id| {
        id % 7 != 0 && id % 5 == 3
    });

    // A field nested in a struct, and a condition that only the evaluator knows.
    let zip = compare(5, plan::Comparison::GreaterOrEqual, Value::Int64(98));
    let less = call(
        "$less",
        vec![col(10, &DataType::Int64), literal(&Value::Int64(60_000), &DataType::Int64)],
        &DataType::Bool,
    );
    let both = plan::Scan { predicates: vec![zip], filters: vec![less], ..scan(&files, false) };
    check(both, &|id| id % 100 >= 98 && id < 60_000);
}

#[test]
fn splits_columns_for_filters_only_and_columns_added_later() {
    let store = Arc::new(MemoryStore::new());
    let (files, _) = files(&store);
    let mut scan = scan(&files, true);
    scan.columns[2] = scan_column(12, 8, &DataType::Date, false);
    scan.predicates = vec![compare(1, plan::Comparison::Less, Value::Int64(65_540))];
    let less = vec![col(10, &DataType::Int64), literal(&Value::Int64(65_538), &DataType::Int64)];
    scan.filters = vec![call("$less", less, &DataType::Bool)];
    let splits = vec![
        Split { operator_id: 1, file_index: 0, first_stripe: 1, stripe_count: 5 },
        Split { operator_id: 2, file_index: 1, first_stripe: 0, stripe_count: 1 },
    ];
    let run = Run { store, splits, ..Run::new(operator(1, Kind::Scan(scan)), &[], 2) };
    let rows = run.rows().unwrap();
    let expected: Vec<Row> = (65_536..65_538).map(|id| vec![row(id)[1].clone(), Value::Null]).collect();
    assert_eq!(sorted(rows), sorted(expected));
}

#[test]
fn a_join_filters_the_scan_of_its_probe_side() {
    let store = Arc::new(MemoryStore::new());
    let (files, _) = files(&store);
    for (build_rows, step) in [(50i64, 100), (5000, 3)] {
        let build_rows: Vec<Row> = (0..build_rows).map(|i| vec![Value::Int64(i * step)]).collect();
        let build = Table { fragment: 2, columns: vec![(20, DataType::Int64)], rows: build_rows };
        let mut probe = scan(&files, false);
        probe.runtime_filters = vec![plan::RuntimeFilterUse { filter_id: 4, column_id: 10 }];
        let join = plan::HashJoin {
            kind: plan::JoinKind::Inner as i32,
            probe: Some(Box::new(operator(1, Kind::Scan(probe)))),
            build: Some(Box::new(build.read())),
            keys: vec![plan::JoinKey {
                probe: Some(col(10, &DataType::Int64)),
                build: Some(col(20, &DataType::Int64)),
                null_safe: false,
            }],
            runtime_filters: vec![plan::RuntimeFilterMake { filter_id: 4, key_index: 0 }],
            ..Default::default()
        };
        let tables = [&build];
        let run =
            Run { store: store.clone(), ..Run::new(operator(3, Kind::HashJoin(Box::new(join))), &tables, 2) };
        let (outputs, profiles) = run.outputs().unwrap();
        let found: usize = outputs.iter().map(|output| output.batch.rows()).sum();
        assert_eq!(found, build.rows.len());
        let scan = profiles.iter().find(|profile| profile.name == "scan").unwrap();
        assert!(scan.runtime_filter_rows_dropped > 10_000 && scan.blocks_skipped > 0, "{scan:?}");
        assert!(scan.rows_out < 2 * build.rows.len() as u64, "{scan:?}");
    }
}

#[test]
fn broken_scans_are_refused_with_their_reason() {
    let store = Arc::new(MemoryStore::new());
    let (files, _) = files(&store);
    let check = |change: &dyn Fn(&mut plan::Scan), reason: &str| {
        let mut scan = scan(&files, false);
        change(&mut scan);
        let run = Run { store: store.clone(), ..Run::new(operator(1, Kind::Scan(scan)), &[], 2) };
        let error = run.outputs().err().map_or("no error".into(), |error| error.to_string());
        assert!(error.contains(reason), "{error}");
    };
    check(&|scan| scan.files[0].key = "../x".into(), "invalid object key");
    check(&|scan| scan.files[1].key = "data/9.cnpy".into(), "data/9.cnpy");
    check(&|scan| scan.files[0].footer_offset = scan.files[0].byte_size - 10, "is damaged");
    check(&|scan| scan.columns[0].field = None, "missing field of a scan's column");
    check(
        &|scan| scan.predicates = vec![compare(77, plan::Comparison::Less, Value::Int64(1))],
        "predicate on field 77",
    );
    check(
        &|scan| scan.predicates = vec![compare(1, plan::Comparison::Less, "x".into())],
        "is not of type INT64",
    );
    let wrong = plan::Column { id: 10, r#type: Some(type_to_proto(&DataType::Date)) };
    check(&|scan| scan.columns[0].column = Some(wrong.clone()), "expected DATE");
}
