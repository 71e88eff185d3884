use canopy_storage::OpenOptions;

use super::*;

#[test]
fn files_by_path_pattern_and_uri() {
    let files = Files::new();
    files.write("b1.csv", "").write("b2.csv", "").write("c.csv", "");
    let check = |pattern: &str, expected: Result<&[&str], &str>| {
        let found = files.resolve(pattern).map_err(|error| files.message(&error));
        let names = found.map(|sources| {
            sources.iter().map(|s| s.name.rsplit('/').next().unwrap().to_owned()).collect::<Vec<_>>()
        });
        match (names, expected) {
            (Ok(names), Ok(expected)) => assert_eq!(names, expected, "{pattern}"),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{pattern}: {found}"),
            (found, _) => panic!("{pattern}: {found:?}"),
        }
    };
    check("c.csv", Ok(&["c.csv"]));
    check("b*.csv", Ok(&["b1.csv", "b2.csv"]));
    check("*", Ok(&["b1.csv", "b2.csv", "c.csv"]));
    check("x*", Err("x*: no file matches"));
    check("d.csv", Err("d.csv: no such file"));
    check("no/*.csv", Err("no/*.csv: no such file"));
    check("", Err("is a directory"));
    check("*/*", Err("at most one '*'"));
    let uri = format!("file://{}", files.path("c.csv").display());
    let resolve = |uri: &str| Source::resolve(&[uri.to_owned()], &OpenOptions::default(), files.handle());
    assert_eq!(resolve(&uri).unwrap()[0].size, 0);
    assert!(resolve("gs://b/x").unwrap_err().to_string().contains("scheme gs is not supported"));
    assert!(resolve("s3://b").unwrap_err().to_string().contains("expected s3://bucket/key"));
    assert!(resolve("file://x").unwrap_err().to_string().contains("absolute path"));
}
