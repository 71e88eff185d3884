use std::collections::HashMap;

use canopy_format::{DataType, Value};

use super::{ColumnEstimate, Estimate, filter, join};
use crate::algebra::{Column, ColumnId, Expr, JoinKind};
use crate::rule::predicate::{call, equal};

fn column(id: u32) -> Expr {
    Expr::Column(Column { id: ColumnId(id), name: String::new(), data_type: DataType::Int64 })
}

fn literal(value: i64) -> Expr {
    Expr::Literal(Value::Int64(value), DataType::Int64)
}

/// A table whose columns have (id, distinct values); values are 0 to 99.
fn table(rows: f64, columns: &[(u32, f64)]) -> Estimate {
    let estimate = |distinct: f64| ColumnEstimate {
        distinct,
        domain: distinct,
        base_rows: rows,
        null_fraction: 0.0,
        range: Some((0.0, 100.0)),
        width: 8.0,
    };
    let columns: HashMap<_, _> = columns.iter().map(|(id, n)| (ColumnId(*id), estimate(*n))).collect();
    Estimate { rows, columns }
}

fn compare(function: &str, value: i64) -> Expr {
    call(function, vec![column(1), literal(value)], DataType::Bool)
}

#[test]
fn filters_keep_their_share() {
    let check = |predicate: Expr, expected: f64| {
        let rows = filter(table(1000.0, &[(1, 100.0)]), &predicate).rows;
        assert!((rows - expected).abs() < 1.0, "{predicate}: {rows}, expected {expected}");
    };
    check(compare("$equal", 5), 10.0);
    check(compare("$less", 25), 250.0);
    check(compare("$greater_or_equal", 90), 100.0);
    // Two bounds are one range, not two independent tests.
    let both = vec![compare("$greater_or_equal", 40), compare("$less", 60)];
    check(call("$and", both, DataType::Bool), 200.0);
    check(call("$in", vec![column(1), literal(1), literal(2)], DataType::Bool), 20.0);
}

#[test]
fn joins_divide_by_the_larger_domain() {
    let check = |left: Estimate, right: Estimate, kind: JoinKind, on: &[Expr], expected: f64| {
        let rows = join(&left, &right, kind, on).rows;
        assert!((rows / expected - 1.0).abs() < 0.05, "{kind:?}: {rows}, expected {expected}");
    };
    let orders = || table(1500.0, &[(1, 1500.0)]);
    let lines = || table(6000.0, &[(2, 1500.0), (3, 200.0), (4, 10.0)]);
    let on = [equal(column(1), column(2))];
    check(orders(), lines(), JoinKind::Inner, &on, 6000.0);
    check(orders(), lines(), JoinKind::Semi, &on, 1500.0);
    check(orders().with_rows(150.0), lines(), JoinKind::Inner, &on, 600.0);
    // A key of two columns: partsupp under lineitem.
    let parts = table(800.0, &[(5, 200.0), (6, 10.0)]);
    let on = [equal(column(3), column(5)), equal(column(4), column(6))];
    check(lines(), parts, JoinKind::Inner, &on, 6000.0);
    check(orders(), table(3.0, &[(9, 3.0)]), JoinKind::Inner, &[], 4500.0);
}
