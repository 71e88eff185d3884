//! What binds can be planned: every query of these tests goes through the optimizer, whose rules check their
//! work in debug builds, and the physical planner.

use std::fs;
use std::path::Path;

use super::{BoundStatement, bound};
use crate::optimizer::{OptimizerContext, optimize};
use crate::physical::{self, PhysicalOptions};

#[test]
fn bound_queries_plan() {
    let mut queries: Vec<String> = include_str!("tpch.sql").split(';').map(str::to_owned).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bind/tests/plans");
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let cases = text.split("\n\n").map(|case| case.split("\n----\n").next().unwrap_or_default());
        queries.extend(cases.map(str::to_owned));
    }
    for sql in queries.iter().filter(|sql| !sql.trim().is_empty()) {
        let Ok(BoundStatement::Query(query)) = bound(sql) else { continue };
        let optimized = optimize(query, &OptimizerContext::default());
        let planned = optimized.and_then(|query| physical::plan(&query, &PhysicalOptions::default()));
        assert!(planned.is_ok(), "{sql}\n{planned:?}");
    }
}
