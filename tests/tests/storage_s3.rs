//! The S3 store against real servers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use canopy_storage::{
    Key, LocalStore, ObjectStore, OpenOptions, ProbeOptions, PutOutcome, S3Credentials, S3Store,
    StorageError, conformance, open, probe,
};
use canopy_tests::services::{S3Server, free_ports, or_ignore};

async fn store(server: &S3Server, uri: &str) -> Arc<dyn ObjectStore> {
    let options = OpenOptions { s3: server.options(), ..OpenOptions::default() };
    open(uri, &options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seaweedfs_keeps_the_contract() {
    let Some(server) = or_ignore(S3Server::seaweedfs().await) else { return };
    keeps_the_contract(&server).await;
    wrong_keys_are_denied(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moto_keeps_the_contract() {
    let Some(server) = or_ignore(S3Server::moto().await) else { return };
    keeps_the_contract(&server).await;
}

async fn keeps_the_contract(server: &S3Server) {
    server.create_bucket("contract").await.unwrap();
    server.create_bucket("contract").await.expect("making a bucket twice is not an error");
    for uri in ["s3://contract", "s3://contract/a/prefix"] {
        conformance::check(&*store(server, uri).await, "conformance/").await;
    }
    passes_the_probe(&*store(server, "s3://contract/probed").await).await;
    large_objects_come_back(server).await;
    missing_buckets_are_named(server).await;
}

/// Prints how long the probe took; contended creates are slow on some servers.
async fn passes_the_probe(store: &dyn ObjectStore) {
    let report = probe(store, &ProbeOptions::default()).await.unwrap();
    assert!(store.list("").await.unwrap().is_empty(), "the probe cleans up");
    #[allow(clippy::print_stderr)]
    {
        eprintln!("{}: {report:?}", store.uri());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synced_directory_passes_the_probe() {
    let folder = tempfile::tempdir().unwrap();
    passes_the_probe(&LocalStore::new(folder.path()).unwrap()).await;
}

async fn large_objects_come_back(server: &S3Server) {
    let store = store(server, "s3://contract/large").await;
    let bytes: Bytes = (0..40u32 << 20).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let key = Key::new("large").unwrap();
    let created = store.put_if_absent(&key, bytes.clone()).await;
    let PutOutcome::Created(version) = created else { panic!("{created:?}") };
    assert!(store.get(&key).await.unwrap() == bytes, "all bytes come back");
    let ranges = [16_000_000..17_000_000, 0..10, 41_000_000..41_943_040, 12..24];
    let parts = store.get_ranges(&key, &ranges).await.unwrap();
    for (range, part) in ranges.iter().zip(parts) {
        assert!(part == bytes.slice(range.start as usize..range.end as usize), "{range:?}");
    }
    let again = store.put_if_absent(&key, bytes.clone()).await;
    assert!(matches!(again, PutOutcome::Exists), "{again:?}");
    let stale = store.put_if_match(&key, bytes.clone(), "\"00000000000000000000000000000000-3\"").await;
    assert!(matches!(stale, PutOutcome::Exists), "{stale:?}");
    let replaced = store.put_if_match(&key, bytes, &version).await;
    assert!(matches!(replaced, PutOutcome::Created(_)), "{replaced:?}");
    store.delete(&key).await.unwrap();
}

async fn missing_buckets_are_named(server: &S3Server) {
    let store = store(server, "s3://no-such-bucket").await;
    let key = Key::new("a").unwrap();
    let expected = format!("bucket no-such-bucket does not exist at {}", server.endpoint());
    assert_eq!(store.get(&key).await.unwrap_err().to_string(), expected);
    assert_eq!(store.put(&key, Bytes::new()).await.unwrap_err().to_string(), expected);
    assert_eq!(store.list("").await.unwrap_err().to_string(), expected);
}

async fn wrong_keys_are_denied(server: &S3Server) {
    let key = Key::new("a").unwrap();
    let mut options = server.options();
    if let Some(keys) = &mut options.credentials {
        keys.secret_access_key = "wrong".to_owned();
    }
    let store = S3Store::new("contract", "", &options).await.unwrap();
    let error = store.get(&key).await.unwrap_err();
    assert!(matches!(error, StorageError::Denied { .. }), "{error:?}");
    let outcome = store.put_if_absent(&key, Bytes::new()).await;
    assert!(matches!(outcome, PutOutcome::Unknown(StorageError::Denied { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_told_quickly() {
    let [port] = free_ports::<1>().unwrap();
    let mut options = OpenOptions::default();
    options.s3.endpoint = Some(format!("http://127.0.0.1:{port}"));
    options.s3.credentials = Some(S3Credentials {
        access_key_id: "a".to_owned(),
        secret_access_key: "b".to_owned(),
        session_token: None,
    });
    let store = open("s3://bucket", &options).await.unwrap();
    let started = Instant::now();
    let error = store.get(&Key::new("a").unwrap()).await.unwrap_err();
    let elapsed = started.elapsed();
    assert!(elapsed < Duration::from_secs(10), "{elapsed:?}");
    let StorageError::Unavailable { attempts, reason, .. } = &error else { panic!("{error:?}") };
    assert_eq!(*attempts, options.retry.attempts_max);
    assert!(reason.contains(&port.to_string()) && reason.contains("refused"), "{reason}");
}
