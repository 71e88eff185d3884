use canopy_format::DataType;
use canopy_proto::plan::{self, operator::Kind};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::kernel::compare::compare_values;
use crate::operator::testing::{Row, Run, any_table, operator, sort_key, sorted};

fn check(limit: Option<(u64, u64)>, rows: usize, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let columns = [(0, DataType::String), (1, DataType::Numeric), (2, DataType::Int64)];
    let table = any_table(5, &columns, rows, 30, &mut rng);
    for (descending, nulls_last) in [(false, false), (true, false), (false, true), (true, true)] {
        let keys = vec![
            sort_key(0, &DataType::String, descending, nulls_last),
            sort_key(1, &DataType::Numeric, false, false),
        ];
        let input = Some(Box::new(table.read()));
        let kind = match limit {
            None => Kind::Sort(Box::new(plan::Sort { input, keys })),
            Some((limit, offset)) => Kind::TopN(Box::new(plan::TopN { input, keys, limit, offset })),
        };
        let order = |a: &Row, b: &Row| {
            let first = match (a[0].is_null(), b[0].is_null()) {
                (true, true) => std::cmp::Ordering::Equal,
                (true, false) if nulls_last => std::cmp::Ordering::Greater,
                (true, false) => std::cmp::Ordering::Less,
                (false, true) if nulls_last => std::cmp::Ordering::Less,
                (false, true) => std::cmp::Ordering::Greater,
                _ if descending => compare_values(&b[0], &a[0]),
                _ => compare_values(&a[0], &b[0]),
            };
            first.then(compare_values(&a[1], &b[1]))
        };
        let mut expected = table.rows.clone();
        expected.sort_by(order);
        if let Some((limit, offset)) = limit {
            expected = expected.into_iter().skip(offset as usize).take(limit as usize).collect();
        }
        for threads in [1, 3] {
            let tables = [&table];
            let found = Run { seed, ..Run::new(operator(1, kind.clone()), &tables, threads) }.rows().unwrap();
            let keys = |rows: &[Row]| rows.iter().map(|row| row[..2].to_vec()).collect::<Vec<_>>();
            assert!(keys(&found) == keys(&expected), "seed {seed} threads {threads} limit {limit:?}");
            if limit.is_none() {
                assert_eq!(sorted(found), sorted(expected.clone()));
            }
        }
    }
}

#[test]
fn sorted_rows_and_first_rows_equal_those_of_a_plain_sort() {
    let seed: u64 = rand::rng().random();
    eprintln!("seed {seed}");
    check(None, 3000, seed);
    check(None, 0, seed);
    check(Some((10, 0)), 3000, seed);
    check(Some((100, 50)), 30_000, seed);
    check(Some((5000, 10)), 4000, seed);
    check(Some((0, 3)), 100, seed);
}
