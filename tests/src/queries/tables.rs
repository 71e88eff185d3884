//! The tables that random queries read: few values, so that they meet, with NULLs, NaN, -0.0 and empty arrays.

use super::Kind;
use crate::random::Random;

/// The columns of every table.
pub const COLUMNS: [(&str, Kind); 9] = [
    ("k", Kind::Int),
    ("n", Kind::Int),
    ("f", Kind::Float),
    ("m", Kind::Numeric),
    ("s", Kind::Text),
    ("b", Kind::Bool),
    ("d", Kind::Date),
    ("xs", Kind::Ints),
    ("items", Kind::Items),
];

/// The tables and about how many rows they have: a few, some hundred, and more than a batch.
pub const TABLES: [(&str, u64); 3] = [("t0", 9), ("t1", 153), ("t2", 3000)];

const DEFINITION: &str = "(k INT64, n INT64, f FLOAT64, m NUMERIC, s STRING, b BOOL, d DATE, xs ARRAY<INT64>, \
    items ARRAY<STRUCT<q INT64, p FLOAT64, tags ARRAY<STRING>>>)";

/// Statements that make the tables of a seed, each in several files.
pub fn create(seed: u64) -> Vec<String> {
    let mut random = Random::new(seed ^ 0x7ab1e);
    let mut statements = Vec::new();
    for (name, rows) in [("t0", 7), ("t1", 150)] {
        statements.push(format!("CREATE TABLE {name} {DEFINITION}"));
        for _ in 0..3 {
            let rows: Vec<String> = (0..rows / 3 + 1).map(|_| row(&mut random)).collect();
            statements.push(format!("INSERT INTO {name} VALUES {}", rows.join(", ")));
        }
    }
    // More than a batch, from the small ones.
    statements.push(format!("CREATE TABLE t2 {DEFINITION}"));
    for part in 0..2 {
        statements.push(format!(
            "INSERT INTO t2 SELECT IF(MOD(g, 11) = 0, NULL, MOD(g, 40)), a.n + MOD(g, 3), a.f, a.m, a.s, a.b, a.d, \
             a.xs, a.items FROM t1 AS a CROSS JOIN UNNEST(GENERATE_ARRAY({part}, 24, 2)) AS g WHERE a.k > {part}"
        ));
    }
    statements
}

fn row(random: &mut Random) -> String {
    let values = COLUMNS.map(|(_, kind)| match random.chance(15) {
        true if !matches!(kind, Kind::Ints | Kind::Items) => "NULL".to_owned(),
        _ => literal(random, kind),
    });
    format!("({})", values.join(", "))
}

/// A literal of the type. Fractions are of 1/64 and small: their sums are exact, in whatever order.
pub fn literal(random: &mut Random, kind: Kind) -> String {
    let small = |random: &mut Random| random.below(17) as i64 - 4;
    match kind {
        Kind::Int => small(random).to_string(),
        Kind::Float => match random.below(8) {
            0 => "CAST('NaN' AS FLOAT64)".to_owned(),
            1 => "CAST('-0' AS FLOAT64)".to_owned(),
            2 => "0.0".to_owned(),
            3 => "CAST('inf' AS FLOAT64)".to_owned(),
            _ => format!("{:?}", small(random) as f64 / 4.0),
        },
        Kind::Numeric => format!("NUMERIC '{}.{:02}'", small(random), random.below(4) * 25),
        Kind::Text => {
            const TEXTS: [&str; 6] =
                ["''", "'a'", "'b'", "'ab'", "'é'", "'a longer text, past what a view holds'"];
            TEXTS[random.below(6) as usize].to_owned()
        }
        Kind::Bool => ["TRUE", "FALSE"][random.below(2) as usize].to_owned(),
        Kind::Date => format!("DATE '2024-0{}-1{}'", 1 + random.below(3), random.below(4)),
        Kind::Ints => {
            let values: Vec<String> = (0..random.below(4)).map(|_| small(random).to_string()).collect();
            format!("ARRAY<INT64>[{}]", values.join(", "))
        }
        Kind::Texts => {
            let values: Vec<String> = (0..random.below(3)).map(|_| literal(random, Kind::Text)).collect();
            format!("ARRAY<STRING>[{}]", values.join(", "))
        }
        Kind::Items => {
            let item = |random: &mut Random| {
                let parts = [Kind::Int, Kind::Float, Kind::Texts].map(|kind| literal(random, kind));
                format!("({})", parts.join(", "))
            };
            let items: Vec<String> = (0..random.below(3)).map(|_| item(random)).collect();
            format!("ARRAY<STRUCT<q INT64, p FLOAT64, tags ARRAY<STRING>>>[{}]", items.join(", "))
        }
    }
}
