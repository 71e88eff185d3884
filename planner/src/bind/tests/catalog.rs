//! A catalog of empty tables: TPC-H, and nested documents.

use std::sync::Arc;

use canopy_format::{DataType, Mode, Schema};

use crate::catalog::{Catalog, CatalogError, TableSource};

/// The tables of TPC-H and two of nested documents, in data set `main`.
#[derive(Debug)]
pub struct TestCatalog {
    tables: Vec<Arc<TableSource>>,
}

const TPCH: &[(&str, &str)] = &[
    ("region", "r_regionkey i, r_name s, r_comment s"),
    ("nation", "n_nationkey i, n_name s, n_regionkey i, n_comment s"),
    ("supplier", "s_suppkey i, s_name s, s_address s, s_nationkey i, s_phone s, s_acctbal n, s_comment s"),
    (
        "part",
        "p_partkey i, p_name s, p_mfgr s, p_brand s, p_type s, p_size i, p_container s, p_retailprice n, \
         p_comment s",
    ),
    ("partsupp", "ps_partkey i, ps_suppkey i, ps_availqty i, ps_supplycost n, ps_comment s"),
    (
        "customer",
        "c_custkey i, c_name s, c_address s, c_nationkey i, c_phone s, c_acctbal n, c_mktsegment s, c_comment s",
    ),
    (
        "orders",
        "o_orderkey i, o_custkey i, o_orderstatus s, o_totalprice n, o_orderdate d, o_orderpriority s, o_clerk s, \
         o_shippriority i, o_comment s",
    ),
    (
        "lineitem",
        "l_orderkey i, l_partkey i, l_suppkey i, l_linenumber i, l_quantity n, l_extendedprice n, l_discount n, \
         l_tax n, l_returnflag s, l_linestatus s, l_shipdate d, l_commitdate d, l_receiptdate d, l_shipinstruct s, \
         l_shipmode s, l_comment s",
    ),
    ("t", "a i, b s, c f, d d, n n, flag o, ts t"),
    ("u", "a i, x i, y s"),
];

impl TestCatalog {
    /// Returns the catalog.
    pub fn new() -> Self {
        let mut tables: Vec<_> = TPCH.iter().map(|(name, columns)| table(name, flat(columns))).collect();
        // The documents of the Dremel paper, figure 2.
        let links = DataType::structure([
            ("backward", DataType::array(DataType::Int64)),
            ("forward", DataType::array(DataType::Int64)),
        ]);
        let language = DataType::structure([("code", DataType::String), ("country", DataType::String)]);
        let name = DataType::structure([("language", DataType::array(language)), ("url", DataType::String)]);
        tables.push(table(
            "documents",
            vec![
                ("doc_id", DataType::Int64),
                ("links", links),
                ("name", DataType::array(name)),
                ("tags", DataType::array(DataType::String)),
                ("body", DataType::Json),
            ],
        ));
        let item = DataType::structure([("price", DataType::Numeric), ("quantity", DataType::Int64)]);
        tables.push(table(
            "baskets",
            vec![
                ("id", DataType::Int64),
                ("items", DataType::array(item)),
                ("limit_price", DataType::Numeric),
            ],
        ));
        Self { tables }
    }
}

fn flat(columns: &'static str) -> Vec<(&'static str, DataType)> {
    let column = |column: &'static str| {
        let (name, code) = column.trim().split_once(' ').unwrap();
        let data_type = match code {
            "i" => DataType::Int64,
            "s" => DataType::String,
            "n" => DataType::Numeric,
            "f" => DataType::Float64,
            "d" => DataType::Date,
            "o" => DataType::Bool,
            "t" => DataType::Timestamp,
            other => panic!("no type {other}"),
        };
        (name, data_type)
    };
    columns.split(',').map(column).collect()
}

fn table(name: &str, columns: Vec<(&str, DataType)>) -> Arc<TableSource> {
    let columns = columns.iter().map(|(name, data_type)| (*name, data_type, Mode::Nullable));
    let schema = Schema::from_types(columns).unwrap();
    Arc::new(TableSource {
        name: format!("main.{name}"),
        schema,
        files: Vec::new(),
        layout: Default::default(),
    })
}

impl Catalog for TestCatalog {
    fn table(&self, path: &[String], as_of_us: Option<i64>) -> Result<Arc<TableSource>, CatalogError> {
        let name = match path {
            [table] => format!("main.{table}"),
            path => path.join("."),
        };
        if as_of_us.is_some_and(|at| at < 0) {
            return Err(CatalogError::Time(format!("Table {name} has no snapshot at that time")));
        }
        if path.len() > 1 && path[0] != "main" {
            return Err(CatalogError::DatasetNotFound(path[0].clone()));
        }
        let found = self.tables.iter().find(|table| table.name == name);
        found.cloned().ok_or(CatalogError::TableNotFound(name))
    }

    fn names_like(&self, _: &[String]) -> Vec<String> {
        self.tables.iter().map(|table| table.name.clone()).collect()
    }

    fn snapshot_seq(&self) -> u64 {
        7
    }
}
