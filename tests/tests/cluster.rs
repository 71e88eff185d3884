//! The tree as separate processes: 1 root, 2 mixers, 4 leaves, on a local directory and on S3; with a leaf
//! and a mixer killed in the middle.

use canopy_bench::tpch::QUERY_COUNT;
use canopy_storage::{ObjectStore, S3Store};
use canopy_tests::cluster::{Canopy, Cluster};
use canopy_tests::services::{S3Server, or_ignore};
use canopy_tests::tpch;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn check_all(cluster: &Cluster, canopy: &Canopy, when: &str) {
    let connect = ["--connect", cluster.root.address.as_str()];
    let wrong: Vec<String> =
        (1..=QUERY_COUNT).filter_map(|number| tpch::check(canopy, &connect, number).err()).collect();
    assert!(wrong.is_empty(), "{when}:\n{}", wrong.join("\n"));
}

#[test]
fn tpch_over_mixers_and_leaves_on_a_directory_with_a_leaf_and_a_mixer_killed() {
    let folder = tempfile::tempdir().unwrap();
    let uri = folder.path().to_str().unwrap().to_owned();
    runtime().block_on(tpch::fill(&uri));
    let canopy = Canopy::new(uri);
    let mut cluster = Cluster::start(&canopy, 2, 4);
    check_all(&cluster, &canopy, "all servers up");

    // A run of queries in one process; the servers die while it is under way.
    let (connect, runner) = (cluster.root.address.clone(), canopy.clone());
    let queries = std::thread::spawn(move || {
        let connect = ["--connect", connect.as_str()];
        (1..=QUERY_COUNT)
            .filter_map(|number| tpch::check(&runner, &connect, number).err())
            .collect::<Vec<_>>()
    });
    std::thread::sleep(std::time::Duration::from_millis(700));
    cluster.leaves[0].kill();
    std::thread::sleep(std::time::Duration::from_millis(900));
    cluster.mixers[0].kill();
    assert!(!queries.is_finished(), "the servers die in the middle of the run");
    let wrong = queries.join().unwrap();
    assert!(wrong.is_empty(), "a leaf and a mixer killed:\n{}", wrong.join("\n"));
}

#[test]
fn tpch_over_mixers_and_leaves_on_s3() {
    let runtime = runtime();
    let Some(server) = or_ignore(runtime.block_on(S3Server::seaweedfs())) else { return };
    let (bucket, prefix) = ("tpch", "warehouse");
    let folder = tempfile::tempdir().unwrap();
    let local = folder.path().to_str().unwrap();
    runtime.block_on(async {
        server.create_bucket(bucket).await.unwrap();
        tpch::fill(local).await;
        // A warehouse is its objects: it may move from a directory to a bucket.
        let from = canopy_storage::open(local, &Default::default()).await.unwrap();
        let to = S3Store::new(bucket, prefix, &server.options()).await.unwrap();
        for object in from.list("").await.unwrap() {
            to.put(&object.key, from.get(&object.key).await.unwrap()).await.unwrap();
        }
    });
    let environment =
        server.environment().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let canopy = Canopy { warehouse: format!("s3://{bucket}/{prefix}"), environment };
    let cluster = Cluster::start(&canopy, 2, 4);
    check_all(&cluster, &canopy, "on S3");
}
