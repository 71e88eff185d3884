//! A catalog with TPC-H's tables and statistics as at scale 1, and a table of nested documents.

use std::sync::Arc;

use canopy_format::{ColumnStatistics, DataType, Field, FieldId, Mode, Schema, Value, sketch};
use canopy_planner::bind::{BindContext, BoundStatement, bind};
use canopy_planner::catalog::{Catalog, CatalogError, TableFile, TableSource};
use canopy_planner::physical::PhysicalOptions;
use canopy_planner::{PlannedQuery, algebra, plan_query};
use canopy_proto::plan::DataFile;

/// A column's name, type code, distinct values, least and greatest value (days for dates, cents for money).
type Column = (&'static str, char, u64, i64, i64);

const TABLES: &[(&str, u64, &[Column])] = &[
    ("region", 5, &[("r_regionkey", 'i', 5, 0, 4), ("r_name", 's', 5, 0, 0), ("r_comment", 's', 5, 0, 0)]),
    (
        "nation",
        25,
        &[
            ("n_nationkey", 'i', 25, 0, 24),
            ("n_name", 's', 25, 0, 0),
            ("n_regionkey", 'i', 5, 0, 4),
            ("n_comment", 's', 25, 0, 0),
        ],
    ),
    (
        "supplier",
        10_000,
        &[
            ("s_suppkey", 'i', 10_000, 1, 10_000),
            ("s_name", 's', 10_000, 0, 0),
            ("s_address", 's', 10_000, 0, 0),
            ("s_nationkey", 'i', 25, 0, 24),
            ("s_phone", 's', 10_000, 0, 0),
            ("s_acctbal", 'n', 9_955, -99_822, 999_972),
            ("s_comment", 's', 10_000, 0, 0),
        ],
    ),
    (
        "part",
        200_000,
        &[
            ("p_partkey", 'i', 200_000, 1, 200_000),
            ("p_name", 's', 200_000, 0, 0),
            ("p_mfgr", 's', 5, 0, 0),
            ("p_brand", 's', 25, 0, 0),
            ("p_type", 's', 150, 0, 0),
            ("p_size", 'i', 50, 1, 50),
            ("p_container", 's', 40, 0, 0),
            ("p_retailprice", 'n', 20_899, 90_100, 209_899),
            ("p_comment", 's', 131_753, 0, 0),
        ],
    ),
    (
        "partsupp",
        800_000,
        &[
            ("ps_partkey", 'i', 200_000, 1, 200_000),
            ("ps_suppkey", 'i', 10_000, 1, 10_000),
            ("ps_availqty", 'i', 9_999, 1, 9_999),
            ("ps_supplycost", 'n', 99_865, 100, 100_000),
            ("ps_comment", 's', 799_124, 0, 0),
        ],
    ),
    (
        "customer",
        150_000,
        &[
            ("c_custkey", 'i', 150_000, 1, 150_000),
            ("c_name", 's', 150_000, 0, 0),
            ("c_address", 's', 150_000, 0, 0),
            ("c_nationkey", 'i', 25, 0, 24),
            ("c_phone", 's', 150_000, 0, 0),
            ("c_acctbal", 'n', 140_187, -99_999, 999_999),
            ("c_mktsegment", 's', 5, 0, 0),
            ("c_comment", 's', 149_968, 0, 0),
        ],
    ),
    (
        "orders",
        1_500_000,
        &[
            ("o_orderkey", 'i', 1_500_000, 1, 6_000_000),
            ("o_custkey", 'i', 99_996, 1, 149_999),
            ("o_orderstatus", 's', 3, 0, 0),
            ("o_totalprice", 'n', 1_464_556, 85_771, 55_528_516),
            ("o_orderdate", 'd', 2_406, 8_035, 10_440),
            ("o_orderpriority", 's', 5, 0, 0),
            ("o_clerk", 's', 1_000, 0, 0),
            ("o_shippriority", 'i', 1, 0, 0),
            ("o_comment", 's', 1_482_071, 0, 0),
        ],
    ),
    (
        "lineitem",
        6_001_215,
        &[
            ("l_orderkey", 'i', 1_500_000, 1, 6_000_000),
            ("l_partkey", 'i', 200_000, 1, 200_000),
            ("l_suppkey", 'i', 10_000, 1, 10_000),
            ("l_linenumber", 'i', 7, 1, 7),
            ("l_quantity", 'n', 50, 100, 5_000),
            ("l_extendedprice", 'n', 933_900, 90_100, 10_494_950),
            ("l_discount", 'n', 11, 0, 10),
            ("l_tax", 'n', 9, 0, 8),
            ("l_returnflag", 's', 3, 0, 0),
            ("l_linestatus", 's', 2, 0, 0),
            ("l_shipdate", 'd', 2_526, 8_036, 10_561),
            ("l_commitdate", 'd', 2_466, 8_065, 10_530),
            ("l_receiptdate", 'd', 2_554, 8_037, 10_591),
            ("l_shipinstruct", 's', 4, 0, 0),
            ("l_shipmode", 's', 7, 0, 0),
            ("l_comment", 's', 4_501_941, 0, 0),
        ],
    ),
    (
        "t",
        1_000,
        &[("a", 'i', 1_000, 0, 999), ("b", 's', 100, 0, 0), ("c", 'i', 10, 0, 9), ("d", 'd', 365, 0, 364)],
    ),
    ("u", 100_000, &[("x", 'i', 1_000, 0, 999), ("y", 's', 50, 0, 0), ("z", 'i', 100_000, 0, 99_999)]),
    ("v", 50, &[("p", 'i', 50, 0, 49), ("q", 'i', 5, 0, 4)]),
];

/// The tables above and `docs`.
#[derive(Debug)]
pub struct TestCatalog {
    tables: Vec<Arc<TableSource>>,
}

impl TestCatalog {
    /// Returns the catalog.
    pub fn new() -> Self {
        let mut tables: Vec<_> =
            TABLES.iter().map(|(name, rows, columns)| table(name, *rows, columns)).collect();
        tables.push(docs());
        Self { tables }
    }
}

fn table(name: &str, rows: u64, columns: &[Column]) -> Arc<TableSource> {
    let types: Vec<(&str, DataType)> =
        columns.iter().map(|(name, code, ..)| (*name, data_type(*code))).collect();
    let schema = Schema::from_types(types.iter().map(|(name, t)| (*name, t, Mode::Nullable))).unwrap();
    let statistics = columns.iter().zip(&schema.fields);
    let statistics = statistics.map(|(column, field)| statistics_of(rows, column, field)).collect();
    source(name, schema, rows, statistics)
}

fn source(name: &str, schema: Schema, rows: u64, columns: Vec<ColumnStatistics>) -> Arc<TableSource> {
    let file = DataFile {
        key: format!("{name}/1.cnpy"),
        byte_size: rows * 64,
        footer_offset: rows * 63,
        row_count: rows,
        file_id: 1,
        ..Default::default()
    };
    Arc::new(TableSource {
        name: format!("main.{name}"),
        schema,
        files: vec![TableFile { file, columns }],
        layout: Default::default(),
    })
}

fn data_type(code: char) -> DataType {
    match code {
        'i' => DataType::Int64,
        's' => DataType::String,
        'n' => DataType::Numeric,
        _ => DataType::Date,
    }
}

fn statistics_of(rows: u64, column: &Column, field: &Field) -> ColumnStatistics {
    let (_, code, distinct, min, max) = *column;
    let value = |v: i64| match code {
        'i' => Value::Int64(v),
        'n' => Value::Numeric(i128::from(v) * 10_000_000),
        _ => Value::Date(v as i32),
    };
    let bounds = (code != 's').then(|| (value(min), value(max)));
    ColumnStatistics {
        field_id: field.id,
        value_count: rows,
        null_count: 0,
        min: bounds.as_ref().map(|bounds| bounds.0.clone()),
        max: bounds.map(|bounds| bounds.1),
        distinct_sketch: sketch_of(distinct),
        encoded_bytes: rows * 4,
        raw_bytes: rows * if code == 's' { 20 } else { 8 },
    }
}

/// Registers that estimate about as many distinct values.
fn sketch_of(distinct: u64) -> Vec<u8> {
    let mut registers = vec![0u8; sketch::REGISTERS];
    if distinct < 2 * sketch::REGISTERS as u64 {
        // Linear counting: the share of untouched registers tells.
        let zeros =
            (sketch::REGISTERS as f64 * (-(distinct as f64) / sketch::REGISTERS as f64).exp()).round();
        registers[zeros as usize..].fill(1);
        return registers;
    }
    // The estimate is 0.7213 m^2 over the sum of 2^-rank: that sum is reached with two neighbouring ranks.
    let m = sketch::REGISTERS as f64;
    let mean = 0.7213 / (1.0 + 1.079 / m) * m / distinct as f64;
    let level = (-mean.log2()).floor();
    let higher = ((2f64.powf(-level) - mean) / 2f64.powf(-level - 1.0) * m) as usize;
    registers.fill(level as u8);
    registers[..higher].fill(level as u8 + 1);
    registers
}

/// Documents with two levels of repetition, without statistics.
fn docs() -> Arc<TableSource> {
    let language = DataType::structure([("code", DataType::String), ("country", DataType::String)]);
    let name = DataType::structure([("language", DataType::array(language)), ("url", DataType::String)]);
    let links = DataType::structure([
        ("backward", DataType::array(DataType::Int64)),
        ("forward", DataType::array(DataType::Int64)),
    ]);
    let columns = [
        ("doc_id", DataType::Int64),
        ("links", links),
        ("name", DataType::array(name)),
        ("tags", DataType::array(DataType::String)),
    ];
    let schema = Schema::from_types(columns.iter().map(|(name, t)| (*name, t, Mode::Nullable))).unwrap();
    source("docs", schema, 10_000, Vec::new())
}

impl Catalog for TestCatalog {
    fn table(&self, path: &[String], _: Option<i64>) -> Result<Arc<TableSource>, CatalogError> {
        let name = format!("main.{}", path.last().map(String::as_str).unwrap_or_default());
        let found = self.tables.iter().find(|table| table.name == name);
        found.cloned().ok_or(CatalogError::TableNotFound(name))
    }

    fn names_like(&self, _: &[String]) -> Vec<String> {
        Vec::new()
    }

    fn snapshot_seq(&self) -> u64 {
        1
    }
}

/// The id of a top-level column of a test table.
#[allow(dead_code)]
pub fn field(table: &str, column: &str) -> FieldId {
    let table = TestCatalog::new().table(&[table.to_owned()], None).unwrap();
    table.schema.find(column).unwrap().1.id
}

/// Returns the bound query.
pub fn bound(sql: &str) -> algebra::Query {
    let statement =
        canopy_planner::syntax::parse_statement(sql).unwrap_or_else(|error| panic!("{sql}\n{error}"));
    let context = BindContext { text: sql.to_owned(), ..BindContext::default() };
    match bind(&statement, &TestCatalog::new(), &context) {
        Ok(BoundStatement::Query(query)) => query,
        Ok(other) => panic!("not a query: {other:?}"),
        Err(error) => panic!("{sql}\n{error}"),
    }
}

/// Returns the plan for a number of leaves.
#[allow(dead_code)]
pub fn planned(sql: &str, leaf_count: u32) -> PlannedQuery {
    let options = PhysicalOptions { leaf_count, ..PhysicalOptions::default() };
    plan_query(bound(sql), &options).unwrap_or_else(|error| panic!("{sql}\n{error}"))
}
