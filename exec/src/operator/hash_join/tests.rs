use canopy_format::{DataType, Value};
use canopy_proto::plan::{self, JoinKind, operator::Kind};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::operator::testing::{Row, Run, Table, any_table, call, col, columns, operator, sorted};

const KINDS: [JoinKind; 11] = [
    JoinKind::Inner,
    JoinKind::Left,
    JoinKind::Right,
    JoinKind::Full,
    JoinKind::Semi,
    JoinKind::Anti,
    JoinKind::NullAwareAnti,
    JoinKind::RightSemi,
    JoinKind::RightAnti,
    JoinKind::Mark,
    JoinKind::Single,
];

struct Case<'a> {
    kind: JoinKind,
    keys: usize,
    null_safe: bool,
    residual: bool,
    null_aware: bool,
    probe: &'a Table,
    build: &'a Table,
}

impl Case<'_> {
    fn plan(&self) -> plan::Operator {
        let key = |index: usize| plan::JoinKey {
            probe: Some(col(self.probe.columns[index].0, &self.probe.columns[index].1)),
            build: Some(col(self.build.columns[index].0, &self.build.columns[index].1)),
            null_safe: self.null_safe,
        };
        let value = self.probe.columns.len() - 1;
        let residual = self.residual.then(|| {
            let sides = [self.probe, self.build].map(|t| col(t.columns[value].0, &t.columns[value].1));
            call("$less", sides.to_vec(), &DataType::Bool)
        });
        let mark_column = columns(&[(99, DataType::Bool)]).pop();
        let (probe, build) = (Some(Box::new(self.probe.read())), Some(Box::new(self.build.read())));
        operator(
            1,
            match self.keys {
                0 => Kind::NestedLoopJoin(Box::new(plan::NestedLoopJoin {
                    kind: self.kind as i32,
                    probe,
                    build,
                    predicate: residual,
                    mark_column,
                })),
                _ => Kind::HashJoin(Box::new(plan::HashJoin {
                    kind: self.kind as i32,
                    probe,
                    build,
                    keys: (0..self.keys).map(key).collect(),
                    residual,
                    mark_column,
                    null_aware_mark: self.null_aware,
                    runtime_filters: vec![],
                })),
            },
        )
    }

    /// Whether a pair matches: Some(true), Some(false) or None for NULL.
    fn matches(&self, probe: &Row, build: &Row) -> Option<bool> {
        let value = self.probe.columns.len() - 1;
        if self.residual {
            match (&probe[value], &build[value]) {
                (Value::Int64(a), Value::Int64(b)) if a < b => {}
                _ => return Some(false),
            }
        }
        let mut unknown = false;
        for key in 0..self.keys {
            match (probe[key].is_null() || build[key].is_null(), self.null_safe) {
                (true, false) => unknown = true,
                _ if probe[key] == build[key] => {}
                _ => return Some(false),
            }
        }
        (!unknown).then_some(true)
    }

    fn naive(&self) -> Option<Vec<Row>> {
        let mut out = Vec::new();
        let mut build_matched = vec![false; self.build.rows.len()];
        let nulls = |table: &Table| vec![Value::Null; table.columns.len()];
        let joined = |a: &[Value], b: &[Value]| [a, b].concat();
        for probe in &self.probe.rows {
            let (mut found, mut unknown) = (0, false);
            for (index, build) in self.build.rows.iter().enumerate() {
                match self.matches(probe, build) {
                    Some(true) => {
                        found += 1;
                        build_matched[index] = true;
                        if matches!(
                            self.kind,
                            JoinKind::Inner
                                | JoinKind::Left
                                | JoinKind::Right
                                | JoinKind::Full
                                | JoinKind::Single
                        ) {
                            out.push(joined(probe, build));
                        }
                    }
                    Some(false) => {}
                    None => unknown = true,
                }
            }
            match self.kind {
                JoinKind::Single if found > 1 => return None,
                JoinKind::Left | JoinKind::Full | JoinKind::Single if found == 0 => {
                    out.push(joined(probe, &nulls(self.build)));
                }
                JoinKind::Semi if found > 0 => out.push(probe.clone()),
                JoinKind::Anti if found == 0 => out.push(probe.clone()),
                JoinKind::NullAwareAnti if found == 0 && !unknown => out.push(probe.clone()),
                JoinKind::Mark => out.push(joined(
                    probe,
                    &[match (found, unknown && self.null_aware) {
                        (0, true) => Value::Null,
                        (0, false) => Value::Bool(false),
                        _ => Value::Bool(true),
                    }],
                )),
                _ => {}
            }
        }
        for (matched, build) in build_matched.iter().zip(&self.build.rows) {
            match self.kind {
                JoinKind::Right | JoinKind::Full if !matched => out.push(joined(&nulls(self.probe), build)),
                JoinKind::RightSemi if *matched => out.push(build.clone()),
                JoinKind::RightAnti if !matched => out.push(build.clone()),
                _ => {}
            }
        }
        Some(out)
    }

    fn check(&self, seed: u64) {
        let expected = self.naive().map(sorted);
        for threads in [1, 3] {
            let tables = [self.probe, self.build];
            let run = Run { seed, ..Run::new(self.plan(), &tables, threads) };
            let found = run.rows();
            let case = format!(
                "seed {seed} threads {threads} {:?} keys {} null safe {} residual {} null aware {}",
                self.kind, self.keys, self.null_safe, self.residual, self.null_aware
            );
            match (&expected, found) {
                (Some(expected), Ok(found)) => assert!(sorted(found) == *expected, "{case}"),
                (None, Err(error)) => assert!(error.to_string().contains("more than one"), "{case}: {error}"),
                (_, found) => {
                    panic!("{case}: {:?} rows, naive {:?}", found.map(|f| f.len()), expected.is_some())
                }
            }
        }
    }
}

#[test]
fn every_kind_of_join_equals_plain_loops() {
    let seed: u64 = rand::rng().random();
    eprintln!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    use DataType::*;
    let shapes: [(&[DataType], i64); 5] =
        [(&[Int64], 60), (&[String], 60), (&[Int64, Date], 8), (&[Float64], 40), (&[Numeric, String], 6)];
    for (types, range) in shapes {
        let side = |first: u32| -> Vec<(u32, DataType)> {
            let keys = types.iter().cloned().chain([Int64]);
            keys.enumerate().map(|(i, t)| (first + i as u32, t)).collect()
        };
        let probe = any_table(1, &side(0), 300, range, &mut rng);
        let build_rows = [0, 40, 40][rng.random_range(0..3)];
        let build = any_table(2, &side(10), build_rows, range, &mut rng);
        for kind in KINDS {
            for bits in 0..8 {
                let (null_safe, residual, null_aware) = (bits & 1 > 0, bits & 2 > 0, bits & 4 > 0);
                // NOT IN compares with `=`.
                if null_safe && (null_aware || kind == JoinKind::NullAwareAnti)
                    || null_aware && kind != JoinKind::Mark
                {
                    continue;
                }
                Case {
                    kind,
                    keys: types.len(),
                    null_safe,
                    residual,
                    null_aware,
                    probe: &probe,
                    build: &build,
                }
                .check(seed);
            }
        }
    }
}

#[test]
fn joins_without_keys_equal_plain_loops() {
    let seed: u64 = rand::rng().random();
    eprintln!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let probe = any_table(1, &[(0, DataType::Int64)], 150, 30, &mut rng);
    for build_rows in [0, 1, 40] {
        let build = any_table(2, &[(10, DataType::Int64)], build_rows, 30, &mut rng);
        for kind in KINDS.into_iter().filter(|kind| *kind != JoinKind::NullAwareAnti) {
            for residual in [false, true] {
                Case {
                    kind,
                    keys: 0,
                    null_safe: false,
                    residual,
                    null_aware: false,
                    probe: &probe,
                    build: &build,
                }
                .check(seed);
            }
        }
    }
}

#[test]
fn a_join_of_many_matches_streams_and_a_large_hash_side_is_found() {
    let column = |id| vec![(id, DataType::Int64)];
    let ones = |rows: usize| (0..rows).map(|_| vec![Value::Int64(1)]).collect::<Vec<_>>();
    let probe = Table { fragment: 1, columns: column(0), rows: ones(300) };
    let build = Table { fragment: 2, columns: column(10), rows: ones(300) };
    let case = Case {
        kind: JoinKind::Inner,
        keys: 1,
        null_safe: false,
        residual: false,
        null_aware: false,
        probe: &probe,
        build: &build,
    };
    let (outputs, profiles) = Run::new(case.plan(), &[&probe, &build], 2).outputs().unwrap();
    assert!(outputs.iter().all(|output| output.batch.rows() <= 2048));
    let join = profiles.iter().find(|profile| profile.name == "hash join").unwrap();
    assert_eq!(join.rows_out, 90_000);

    let spread = |rows: i64, step: i64| (0..rows).map(|i| vec![Value::Int64(i * step * 1_000_003)]).collect();
    let probe = Table { fragment: 1, columns: column(0), rows: spread(30_000, 1) };
    let build = Table { fragment: 2, columns: column(10), rows: spread(10_000, 2) };
    let case = Case { probe: &probe, build: &build, ..case };
    assert_eq!(Run::new(case.plan(), &[&probe, &build], 2).rows().unwrap().len(), 10_000);
    let error = Run { memory: 100 << 10, ..Run::new(case.plan(), &[&probe, &build], 2) }.rows().unwrap_err();
    assert!(
        matches!(&error, crate::ExecError::OutOfMemory { operator, .. } if operator == "hash join 1"),
        "{error}"
    );
}
