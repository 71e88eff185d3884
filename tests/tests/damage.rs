//! What is damaged, missing, malformed or out of reach: an error that names the place, exit code 1, and the
//! table as it was before. All through the `canopy` command.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use canopy_tests::cluster::Canopy;
use canopy_tests::services::{S3Server, free_ports, or_ignore};

/// Reads every byte of the table's columns.
const READ_ALL: &str = "SELECT COUNT(*), SUM(id), SUM(LENGTH(name)), SUM(price), MAX(day), SUM(ARRAY_LENGTH(tags)), \
    SUM((SELECT SUM(LENGTH(t)) FROM UNNEST(tags) AS t)) FROM t";

struct Fixture {
    folder: tempfile::TempDir,
    canopy: Canopy,
    answer: String,
}

impl Fixture {
    /// A warehouse with one table in one file.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let canopy = Canopy::new(folder.path().join("w").to_str().unwrap());
        let sql = "CREATE TABLE t (id INT64 NOT NULL, name STRING, price NUMERIC, day DATE, tags ARRAY<STRING>); \
            INSERT INTO t SELECT x, CONCAT('name', CAST(x * 7919 AS STRING)), CAST(x AS NUMERIC) / 8, \
            DATE_ADD(DATE '2024-01-01', INTERVAL MOD(x, 300) DAY), IF(MOD(x, 3) = 0, [], ['a', CAST(x AS STRING)]) \
            FROM UNNEST(GENERATE_ARRAY(1, 5000)) AS x";
        canopy.stdout(&["sql", "-c", sql]);
        let answer = canopy.stdout(&["sql", "--format", "csv", "-c", READ_ALL]);
        Self { folder, canopy, answer }
    }

    fn read_all(&self) -> String {
        self.canopy.stdout(&["sql", "--format", "csv", "-c", READ_ALL])
    }

    fn read_fails(&self) -> String {
        self.canopy.fails(&["sql", "--format", "csv", "-c", READ_ALL])
    }

    /// Writes a file beside the warehouse and returns its path.
    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The objects of the warehouse whose name ends so.
    fn objects(&self, ending: &str) -> Vec<PathBuf> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(&path, found) } else { found.push(path) }
            }
        }
        let mut found = Vec::new();
        walk(Path::new(&self.canopy.warehouse), &mut found);
        found.retain(|path| path.to_str().unwrap().ends_with(ending));
        found.sort();
        found
    }

    fn data_file(&self) -> PathBuf {
        let mut files = self.objects(".cnpy");
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

#[test]
fn a_flipped_byte_of_a_data_file_is_named_and_never_a_wrong_answer() {
    let fixture = Fixture::new();
    let path = fixture.data_file();
    let good = std::fs::read(&path).unwrap();
    let mut unnoticed = Vec::new();
    let mut positions: Vec<usize> = (0..20).map(|part| part * good.len() / 20).collect();
    positions.extend([1, 9, good.len() - 1, good.len() - 5, good.len() - 12, good.len() - 60]);
    for &position in &positions {
        let mut bad = good.clone();
        bad[position] ^= 0x10;
        std::fs::write(&path, bad).unwrap();
        let output = fixture.canopy.run(&["sql", "--format", "csv", "-c", READ_ALL]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            let found = String::from_utf8_lossy(&output.stdout);
            assert_eq!(
                found,
                fixture.answer,
                "a wrong answer for a flipped byte at {position} of {}",
                good.len()
            );
            unnoticed.push(position);
            continue;
        }
        assert_eq!(output.status.code(), Some(1), "byte {position}: {stderr}");
        assert!(stderr.contains(name(&path)), "byte {position} of {}: {stderr}", name(&path));
        assert!(
            !stderr.contains("panicked") && !stderr.contains("internal error"),
            "byte {position}: {stderr}"
        );
    }
    // What no checksum covers are a few bytes of padding, and parts that this query needs not read.
    assert!(unnoticed.len() <= 3, "not noticed of {} bytes: {unnoticed:?}", good.len());
    std::fs::write(&path, good).unwrap();
    assert_eq!(fixture.read_all(), fixture.answer);
}

#[test]
fn a_truncated_or_missing_data_file_is_named() {
    let fixture = Fixture::new();
    let path = fixture.data_file();
    let good = std::fs::read(&path).unwrap();
    for length in [good.len() - 1, good.len() / 2, 10, 0] {
        std::fs::write(&path, &good[..length]).unwrap();
        let said = fixture.read_fails();
        assert!(said.contains(name(&path)), "cut to {length} bytes: {said}");
    }
    std::fs::remove_file(&path).unwrap();
    let said = fixture.read_fails();
    assert!(said.contains(name(&path)), "missing: {said}");
    std::fs::write(&path, good).unwrap();
    assert_eq!(fixture.read_all(), fixture.answer);
}

#[test]
fn a_damaged_record_of_the_log_is_named() {
    let fixture = Fixture::new();
    let records: Vec<PathBuf> =
        fixture.objects("").into_iter().filter(|path| path.to_str().unwrap().contains("/log/")).collect();
    let path = records.last().expect("the log has records").clone();
    let good = std::fs::read(&path).unwrap();
    for position in [0, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[position] ^= 1;
        std::fs::write(&path, bad).unwrap();
        let said = fixture.read_fails();
        assert!(said.contains(name(&path)), "byte {position} of {}: {said}", name(&path));
    }
    std::fs::write(&path, &good[..good.len() / 2]).unwrap();
    let said = fixture.read_fails();
    assert!(said.contains(name(&path)), "truncated {}: {said}", name(&path));
    std::fs::write(&path, good).unwrap();
    assert_eq!(fixture.read_all(), fixture.answer);
}

#[test]
fn malformed_files_are_not_loaded() {
    let fixture = Fixture::new();
    // CSV carries no arrays.
    fixture.canopy.stdout(&["sql", "-c", "CREATE TABLE flat AS SELECT * EXCEPT (tags) FROM t"]);
    let count = ["sql", "--format", "csv", "-c", "SELECT COUNT(*), SUM(id) FROM flat"];
    let flat = fixture.canopy.stdout(&count);
    let check = |file: String, options: &[&str], expected: &[&str]| {
        let table = if file.ends_with(".csv") { "flat" } else { "t" };
        let mut arguments = vec!["load", table, file.as_str()];
        arguments.extend(options);
        let said = fixture.canopy.fails(&arguments);
        for part in expected {
            assert!(said.contains(part), "{file}: expected {part:?} in: {said}");
        }
        assert_eq!(fixture.read_all(), fixture.answer, "{file}: the table is as before");
        assert_eq!(fixture.canopy.stdout(&count), flat, "{file}: the table is as before");
    };
    let csv = "id,name,price,day\n1,a,1.5,2024-01-01\n2,b\n";
    check(fixture.file("short.csv", csv), &["--option", "skip_leading_rows=1"], &["short.csv", "3"]);
    let csv = "id,name,price,day\n1,a,1.5,2024-01-01\nx,b,2,2024-01-01\n";
    check(fixture.file("wrong.csv", csv), &["--option", "skip_leading_rows=1"], &["wrong.csv", "3", "id"]);
    let json = "{\"id\": 1, \"name\": \"a\"}\n{\"id\": \"no number\", \"name\": \"b\"}\n";
    check(fixture.file("wrong.jsonl", json), &[], &["wrong.jsonl", "2", "id"]);
    let json = "{\"id\": 1, \"tags\": [\"a\"]}\n{\"id\": 2, \"tags\": [3, {\"x\": 1}]}\n";
    check(fixture.file("nested.jsonl", json), &[], &["nested.jsonl", "2", "tags"]);
    let json = "{\"id\": 1}\n{\"id\": 2,\n";
    check(fixture.file("broken.jsonl", json), &[], &["broken.jsonl", "2"]);
    check(fixture.file("none.parquet", "PAR1 but no more PAR1"), &[], &["none.parquet"]);
    check(fixture.file("empty.parquet", ""), &[], &["empty.parquet"]);
    let missing = fixture.folder.path().join("missing.csv").to_str().unwrap().to_owned();
    check(missing, &[], &["missing.csv"]);

    // A real Parquet file with a damaged footer.
    let good = fixture.folder.path().join("good.parquet");
    fixture.canopy.stdout(&["export", "t", good.to_str().unwrap()]);
    let bytes = std::fs::read(&good).unwrap();
    let mut footer = bytes.clone();
    for byte in &mut footer[bytes.len() - 40..bytes.len() - 8] {
        *byte ^= 0x5a;
    }
    check(fixture.file("footer.parquet", footer), &[], &["footer.parquet"]);
    let mut length = bytes.clone();
    length[bytes.len() - 6] ^= 0x7f;
    check(fixture.file("length.parquet", length), &[], &["length.parquet"]);
    check(fixture.file("cut.parquet", &bytes[..bytes.len() / 2]), &[], &["cut.parquet"]);
}

#[test]
fn statements_that_fail_leave_the_table_as_it_was() {
    let fixture = Fixture::new();
    for sql in [
        "INSERT INTO t (id) SELECT DIV(1, x) FROM UNNEST([1, 0]) AS x",
        "INSERT INTO t (id) SELECT NULLIF(x, 900) FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS x",
        "CREATE OR REPLACE TABLE t AS SELECT ERROR('no') AS id",
        "INSERT INTO t (id) VALUES ('one')",
        "DROP TABLE t; SELEC",
    ] {
        fixture.canopy.fails(&["sql", "-c", sql]);
        assert_eq!(fixture.read_all(), fixture.answer, "{sql}");
    }
    let usage = fixture.canopy.run(&["sql", "--no-such-option"]);
    assert_eq!(usage.status.code(), Some(2));
}

#[test]
fn stores_that_refuse_or_do_not_answer_are_named() {
    let [port] = free_ports::<1>().unwrap();
    let keys = |endpoint: String, secret: &str| {
        let pairs = [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "canopy"),
            ("AWS_SECRET_ACCESS_KEY", secret),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    };
    let nobody = format!("http://127.0.0.1:{port}");
    let canopy = Canopy { warehouse: "s3://bucket/w".into(), environment: keys(nobody, "canopy-secret") };
    let started = Instant::now();
    let said = canopy.fails(&["sql", "-c", "SELECT 1"]);
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    assert!(said.contains(&port.to_string()), "{said}");

    let said = canopy.fails(&["--connect", &format!("127.0.0.1:{port}"), "sql", "-c", "SELECT 1"]);
    assert!(said.contains(&port.to_string()), "{said}");

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let Some(server) = or_ignore(runtime.block_on(S3Server::seaweedfs())) else { return };
    runtime.block_on(server.create_bucket("damage")).unwrap();
    let good = Canopy {
        warehouse: "s3://damage/w".into(),
        environment: keys(server.endpoint().to_owned(), "canopy-secret"),
    };
    good.stdout(&["sql", "-c", "CREATE TABLE t AS SELECT 1 AS a"]);
    let wrong = Canopy { environment: keys(server.endpoint().to_owned(), "wrong"), ..good.clone() };
    let said = wrong.fails(&["sql", "-c", "INSERT INTO t VALUES (2)"]);
    assert!(said.contains("s3://damage"), "{said}");
    assert!(said.to_lowercase().contains("denied") || said.contains("Signature"), "{said}");
    let absent = Canopy { warehouse: "s3://no-such-bucket/w".into(), ..good.clone() };
    let said = absent.fails(&["sql", "-c", "SELECT 1"]);
    assert!(said.contains("no-such-bucket"), "{said}");
    assert_eq!(good.stdout(&["sql", "--format", "csv", "-c", "SELECT a FROM t"]), "a\n1\n");
}
