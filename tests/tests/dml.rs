//! Statements that change rows, against a plain list of rows, and against each other.

use canopy_server::client::Client;
use canopy_tests::engine::{self, ok, text_rows};

/// A small generator, so that a failing seed can be run again.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        // Knuth's constants for a linear congruential generator (The Art of Computer Programming, volume 2, 3.3.4).
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Rows as the statements should leave them: key and value.
type Model = Vec<(i64, i64)>;

/// Makes a statement, and changes the model as it should change the table.
fn step(random: &mut Random, model: &mut Model) -> String {
    let (key, width) = (random.below(400) as i64, random.below(60) as i64 + 1);
    let inside = |row: &(i64, i64)| row.0 >= key && row.0 < key + width;
    match random.below(5) {
        0 => {
            model.extend((key..key + width).map(|k| (k, k * 2)));
            format!(
                "INSERT INTO t SELECT k, k * 2 FROM UNNEST(GENERATE_ARRAY({key}, {})) AS k",
                key + width - 1
            )
        }
        1 => {
            model.retain(|row| !inside(row));
            format!("DELETE FROM t WHERE k BETWEEN {key} AND {}", key + width - 1)
        }
        2 => {
            model.iter_mut().filter(|row| inside(row)).for_each(|row| row.1 += 1);
            format!("UPDATE t SET v = v + 1 WHERE k >= {key} AND k < {}", key + width)
        }
        3 => {
            let found: Vec<i64> = model.iter().map(|row| row.0).collect();
            model.retain(|row| !inside(row) || row.1 % 2 == 0);
            model.iter_mut().filter(|row| inside(row)).for_each(|row| row.1 = -row.1);
            model.extend((key..key + width).filter(|k| !found.contains(k)).map(|k| (k, 7)));
            format!(
                "MERGE t USING (SELECT x FROM UNNEST(GENERATE_ARRAY({key}, {})) AS x) AS s ON t.k = s.x \
                 WHEN MATCHED AND MOD(v, 2) <> 0 THEN DELETE WHEN MATCHED THEN UPDATE SET v = -v \
                 WHEN NOT MATCHED THEN INSERT (k, v) VALUES (x, 7)",
                key + width - 1
            )
        }
        _ => {
            model.iter_mut().filter(|row| row.1 > 500).for_each(|row| *row = (row.1 % 400, 3));
            "UPDATE t SET k = MOD(v, 400), v = 3 WHERE v > 500".to_owned()
        }
    }
}

async fn rows(client: &dyn Client) -> Vec<Vec<String>> {
    let results = ok(client, "SELECT k, v FROM t ORDER BY k, v").await;
    results.last().map(text_rows).unwrap_or_default()
}

async fn check(layout: &str, seed: u64) {
    let client = engine::open("memory:", 2).await;
    ok(&*client, &format!("CREATE TABLE t (k INT64, v INT64) {layout}")).await;
    let (mut random, mut model) = (Random(seed), Model::new());
    for number in 0..40 {
        let sql = step(&mut random, &mut model);
        ok(&*client, &sql).await;
        model.sort_unstable();
        let expected: Vec<Vec<String>> =
            model.iter().map(|row| vec![row.0.to_string(), row.1.to_string()]).collect();
        let found = rows(&*client).await;
        assert!(
            found == expected,
            "seed {seed}, {layout:?}, statement {number}: {sql}\n{found:?}\n{expected:?}"
        );
    }
}

#[test]
fn random_statements_agree_with_a_list() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    runtime.block_on(async {
        check("", seed).await;
        check("PARTITION BY RANGE_BUCKET(k, GENERATE_ARRAY(0, 400, 50)) CLUSTER BY v", seed + 1).await;
    });
}

#[test]
fn updates_that_meet_count_once_each() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    runtime.block_on(async {
        let client = engine::open("memory:", 2).await;
        ok(&*client, "CREATE TABLE t AS SELECT 1 AS k, 0 AS v UNION ALL SELECT 2, 0").await;
        let mut tasks = Vec::new();
        for task in 0..3 {
            let client = client.clone();
            tasks.push(tokio::spawn(async move {
                let mut done = 0;
                for _ in 0..5 {
                    let sql = format!("UPDATE t SET v = v + 1 WHERE k = {}", task % 2 + 1);
                    match engine::run(&*client, &sql).await {
                        Ok(_) => done += 1,
                        // A statement that loses again and again says so, and has done nothing.
                        Err(error) => assert_eq!(error.reason, "backendError", "{error}"),
                    }
                }
                done
            }));
        }
        let mut done = 0;
        for task in tasks {
            done += task.await.unwrap();
        }
        let results = ok(&*client, "SELECT SUM(v), COUNT(*) FROM t").await;
        assert_eq!(text_rows(results.last().unwrap()), [[done.to_string(), "2".to_owned()]]);
        assert!(done > 5, "{done} of 15 updates passed");
    });
}
