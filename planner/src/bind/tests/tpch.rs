//! The 22 queries of TPC-H bind.

use super::{BoundStatement, bound};

const QUERIES: &str = include_str!("tpch.sql");

#[test]
fn all_queries_bind() {
    let queries: Vec<&str> = QUERIES.split(';').map(str::trim).filter(|query| !query.is_empty()).collect();
    assert_eq!(queries.len(), 22);
    for (index, query) in queries.into_iter().enumerate() {
        match bound(query) {
            Ok(BoundStatement::Query(_)) => {}
            other => panic!("query {}: {other:?}", index + 1),
        }
    }
}
