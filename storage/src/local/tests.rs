use std::sync::Arc;

use bytes::Bytes;

use super::LocalStore;
use crate::{Key, ObjectStore, PutOutcome, StorageError, conformance};

fn store() -> (tempfile::TempDir, LocalStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::with_sync(folder.path().join("root"), false).unwrap();
    (folder, store)
}

#[tokio::test]
async fn keeps_the_contract() {
    let (_folder, store) = store();
    conformance::check(&store, "conformance/").await;
}

#[tokio::test]
async fn leaves_no_temporary_files_or_directories() {
    let (folder, store) = store();
    let key = Key::new("a/b/c").unwrap();
    store.put(&key, Bytes::from_static(b"1")).await.unwrap();
    store.put_if_absent(&key, Bytes::from_static(b"2")).await;
    store.put_if_match(&key, Bytes::from_static(b"3"), "no such version").await;
    let temporary = folder.path().join("root/.canopy-store/tmp");
    assert_eq!(std::fs::read_dir(temporary).unwrap().count(), 0);
    store.delete(&key).await.unwrap();
    assert!(!folder.path().join("root/a").exists());
}

#[tokio::test]
async fn survives_reopening() {
    let (folder, store) = store();
    let key = Key::new("a").unwrap();
    store.put(&key, Bytes::from_static(b"1")).await.unwrap();
    let meta = store.head(&key).await.unwrap();
    let again = LocalStore::new(folder.path().join("root")).unwrap();
    assert_eq!(again.get(&key).await.unwrap(), "1");
    assert_eq!(again.head(&key).await.unwrap(), meta);
}

#[tokio::test]
async fn refuses_keys_of_its_own_and_a_root_that_is_a_file() {
    let (folder, store) = store();
    let key = Key::new(".canopy-store/tmp/x").unwrap();
    assert!(matches!(store.put(&key, Bytes::new()).await, Err(StorageError::Invalid { .. })));
    assert!(matches!(store.get(&key).await, Err(StorageError::Invalid { .. })));
    assert!(store.list(".canopy-store/").await.unwrap().is_empty());
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = LocalStore::new(&file).unwrap_err();
    assert!(error.to_string().ends_with("is not a directory"), "{error}");
}

#[tokio::test]
async fn files_that_are_no_objects_are_not_listed() {
    let (folder, store) = store();
    store.put(&Key::new("a").unwrap(), Bytes::new()).await.unwrap();
    let root = folder.path().join("root");
    std::fs::write(root.join("b\\c"), "").unwrap();
    std::os::unix::fs::symlink("/", root.join("link")).unwrap();
    std::fs::create_dir(root.join("empty")).unwrap();
    let listed = store.list("").await.unwrap();
    assert_eq!(listed.iter().map(|meta| meta.key.as_str()).collect::<Vec<_>>(), ["a"]);
}

#[tokio::test]
async fn an_object_cannot_lie_under_another() {
    let (_folder, store) = store();
    store.put(&Key::new("a").unwrap(), Bytes::new()).await.unwrap();
    let below = Key::new("a/b").unwrap();
    assert!(matches!(store.get(&below).await, Err(StorageError::NotFound { .. })));
    assert!(matches!(store.put(&below, Bytes::new()).await, Err(StorageError::Invalid { .. })));
    store.put(&Key::new("d/e").unwrap(), Bytes::new()).await.unwrap();
    let folder = Key::new("d").unwrap();
    assert!(matches!(store.put(&folder, Bytes::new()).await, Err(StorageError::Invalid { .. })));
    let outcome = store.put_if_absent(&folder, Bytes::new()).await;
    assert!(matches!(outcome, PutOutcome::Unknown(StorageError::Invalid { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_name_too_long_for_the_disk_is_a_clear_error() {
    let (_folder, store) = store();
    let key = Key::new("n".repeat(300)).unwrap();
    let error = store.put(&key, Bytes::new()).await.unwrap_err();
    assert!(matches!(error, StorageError::Invalid { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_neighbours_does_not_break_writers() {
    let (_folder, store) = store();
    let store = Arc::new(store);
    let tasks = (0..4).map(|task| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let key = Key::new(format!("x/y/{task}")).unwrap();
            for _ in 0..100 {
                assert!(matches!(store.put_if_absent(&key, Bytes::new()).await, PutOutcome::Created(_)));
                store.delete(&key).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replaces_of_one_version_lose_no_update() {
    let (folder, store) = store();
    let key = Key::new("count").unwrap();
    store.put(&key, "0".into()).await.unwrap();
    let tasks = (0..4).map(|_| {
        // A store of its own, as another process has: only the lock file is shared.
        let store = LocalStore::with_sync(folder.path().join("root"), false).unwrap();
        let key = key.clone();
        tokio::spawn(async move {
            let mut done = 0;
            while done < 100 {
                let version = store.head(&key).await.unwrap().version;
                let count: u32 =
                    std::str::from_utf8(&store.get(&key).await.unwrap()).unwrap().parse().unwrap();
                match store.put_if_match(&key, (count + 1).to_string().into(), &version).await {
                    PutOutcome::Created(_) => done += 1,
                    PutOutcome::Exists => {}
                    PutOutcome::Unknown(error) => panic!("{error}"),
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(store.get(&key).await.unwrap(), "400");
}
