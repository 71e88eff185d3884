//! One suite of laws that every store obeys, for the stores here and for those of others.

use bytes::Bytes;
use futures::future::join_all;

use crate::{Key, ObjectStore, PutOutcome, StorageError};

/// Creates of one key that race in [`check`].
const RACERS: usize = 16;

/// Checks that `store` keeps the contract of [`ObjectStore`], with keys under `prefix` (ending in `/`),
/// which it leaves empty.
///
/// # Panics
/// When it does not, naming the law. This is for tests; [`crate::probe`] is for production.
pub async fn check(store: &dyn ObjectStore, prefix: &str) {
    let key = |name: &str| Key::new(format!("{prefix}{name}")).expect("a valid key");
    writes_are_read_back(store, &key("plain")).await;
    ranges_are_exact(store, &key("ranges")).await;
    missing_objects_are_not_found(store, &key("missing")).await;
    creates_have_one_winner(store, &key("created")).await;
    replaces_need_the_version(store, &key("versions")).await;
    odd_names_are_kept_apart(store, prefix).await;
    listing_finds_exactly_the_prefix(store, prefix).await;
    for object in store.list(prefix).await.expect("list") {
        store.delete(&object.key).await.expect("delete");
    }
    let left = store.list(prefix).await.expect("list");
    assert!(left.is_empty(), "deleted objects are still listed: {left:?}");
}

async fn writes_are_read_back(store: &dyn ObjectStore, key: &Key) {
    for text in ["first", "second, longer", "", "3"] {
        store.put(key, Bytes::from(text)).await.expect("put");
        assert_eq!(store.get(key).await.expect("get"), text);
        let meta = store.head(key).await.expect("head");
        assert_eq!((&meta.key, meta.size), (key, text.len() as u64));
        assert!(meta.modified_us > 0, "objects have a time: {meta:?}");
    }
    store.delete(key).await.expect("delete");
    store.delete(key).await.expect("deleting twice is not an error");
    assert!(matches!(store.get(key).await, Err(StorageError::NotFound { .. })), "deleted objects are gone");
}

async fn ranges_are_exact(store: &dyn ObjectStore, key: &Key) {
    let bytes: Bytes = (0..100_000u32).map(|i| (i % 251) as u8).collect();
    store.put(key, bytes.clone()).await.expect("put");
    let ranges = [0..1, 99_999..100_000, 5_000..70_000, 3..3, 100_000..100_000, 0..100_000, 10..20, 20..30];
    let slices: Vec<Bytes> = ranges.iter().map(|r| bytes.slice(r.start as usize..r.end as usize)).collect();
    for (range, slice) in ranges.iter().zip(&slices) {
        let got = store.get_range(key, range.clone()).await.expect("a range inside");
        assert_eq!(got, slice, "{range:?}");
    }
    assert_eq!(store.get_ranges(key, &ranges).await.expect("ranges"), slices, "in the order asked");
    assert!(store.get_ranges(key, &[]).await.expect("no ranges").is_empty());
    #[allow(clippy::reversed_empty_ranges)]
    let outside =
        [99_999..100_001, 100_001..100_001, 100_000..100_005, 7..5, 5..u64::MAX, u64::MAX..u64::MAX];
    for range in outside {
        let got = store.get_range(key, range.clone()).await;
        assert!(matches!(got, Err(StorageError::RangeOutside { .. })), "{range:?}: {got:?}");
        let got = store.get_ranges(key, &[0..10, range.clone()]).await;
        assert!(matches!(got, Err(StorageError::RangeOutside { .. })), "{range:?}: {got:?}");
    }
}

async fn missing_objects_are_not_found(store: &dyn ObjectStore, key: &Key) {
    assert!(matches!(store.get(key).await, Err(StorageError::NotFound { .. })), "get");
    assert!(matches!(store.get_range(key, 0..1).await, Err(StorageError::NotFound { .. })), "get_range");
    assert!(matches!(store.get_range(key, 0..0).await, Err(StorageError::NotFound { .. })), "empty range");
    assert!(
        matches!(store.get_ranges(key, &[0..1, 2..3]).await, Err(StorageError::NotFound { .. })),
        "ranges"
    );
    assert!(matches!(store.head(key).await, Err(StorageError::NotFound { .. })), "head");
    assert!(store.list(&format!("{key}/")).await.expect("list").is_empty(), "list");
    store.delete(key).await.expect("deleting a missing object is not an error");
}

async fn creates_have_one_winner(store: &dyn ObjectStore, key: &Key) {
    let bodies: Vec<Bytes> = (0..RACERS).map(|i| Bytes::from(format!("racer {i}"))).collect();
    let outcomes = join_all(bodies.iter().map(|body| store.put_if_absent(key, body.clone()))).await;
    let created = |outcome: &&PutOutcome| matches!(outcome, PutOutcome::Created(_));
    let winners = outcomes.iter().filter(created).count();
    let winner = outcomes.iter().position(|outcome| matches!(outcome, PutOutcome::Created(_)));
    assert_eq!(winners, 1, "{outcomes:?}");
    let stored = store.get(key).await.expect("get");
    assert_eq!(Some(&stored), winner.map(|i| &bodies[i]), "the winner's bytes are stored");
    let late = store.put_if_absent(key, Bytes::from_static(b"late")).await;
    assert!(matches!(late, PutOutcome::Exists), "{late:?}");
    assert_eq!(store.get(key).await.expect("get"), stored, "a refused create changes nothing");
    store.delete(key).await.expect("delete");
    let again = store.put_if_absent(key, Bytes::new()).await;
    assert!(matches!(again, PutOutcome::Created(_)), "a deleted key is free: {again:?}");
}

async fn replaces_need_the_version(store: &dyn ObjectStore, key: &Key) {
    let absent =
        store.put_if_match(key, Bytes::from_static(b"0"), "\"0123456789abcdef0123456789abcdef\"").await;
    assert!(matches!(absent, PutOutcome::Exists), "no version matches an absent key: {absent:?}");
    assert!(matches!(store.get(key).await, Err(StorageError::NotFound { .. })), "and nothing is written");

    let created = store.put_if_absent(key, Bytes::from_static(b"one")).await;
    let PutOutcome::Created(first) = created else { panic!("create: {created:?}") };
    assert_eq!(store.head(key).await.expect("head").version, first, "head and put agree on versions");
    let listed = store.list("").await.expect("list");
    let listed = listed.into_iter().find(|meta| meta.key == *key).expect("listed");
    assert_eq!(listed.version, first, "list and put agree on versions");

    let replaced = store.put_if_match(key, Bytes::from_static(b"two"), &first).await;
    let PutOutcome::Created(second) = replaced else { panic!("replace: {replaced:?}") };
    assert_ne!(first, second, "a new version");
    let stale = store.put_if_match(key, Bytes::from_static(b"three"), &first).await;
    assert!(matches!(stale, PutOutcome::Exists), "a stale version is refused: {stale:?}");
    assert_eq!(store.get(key).await.expect("get"), "two");

    let bodies = ["a", "bb", "ccc", "dddd"];
    let racers = bodies.iter().map(|body| store.put_if_match(key, Bytes::from(*body), &second));
    let outcomes = join_all(racers).await;
    let winners = outcomes.iter().filter(|outcome| matches!(outcome, PutOutcome::Created(_))).count();
    assert_eq!(winners, 1, "one of many replaces of one version wins: {outcomes:?}");
}

async fn odd_names_are_kept_apart(store: &dyn ObjectStore, prefix: &str) {
    let names = ["odd/a b", "odd/a+b", "odd/a%20b", "odd/ä&=?#", "odd/...", "odd/~'()*!@:,;$"];
    let keys: Vec<Key> =
        names.iter().map(|name| Key::new(format!("{prefix}{name}")).expect("a key")).collect();
    for key in &keys {
        store
            .put(key, Bytes::from(key.to_string()))
            .await
            .unwrap_or_else(|error| panic!("put {key}: {error}"));
    }
    for key in &keys {
        assert_eq!(store.get(key).await.expect("get"), key.as_str());
    }
    let mut listed: Vec<Key> =
        store.list(&format!("{prefix}odd/")).await.expect("list").into_iter().map(|meta| meta.key).collect();
    listed.sort();
    let mut expected = keys;
    expected.sort();
    assert_eq!(listed, expected);
}

async fn listing_finds_exactly_the_prefix(store: &dyn ObjectStore, prefix: &str) {
    let names = ["list/a", "list/b/c", "list/b/d", "list/bb", "listing/e"];
    for name in names {
        let key = Key::new(format!("{prefix}{name}")).expect("a key");
        store.put(&key, Bytes::from_static(b"x")).await.expect("put");
    }
    for (under, expected) in [("list/", &names[..4]), ("list/b/", &names[1..3]), ("none/", &[])] {
        let listed = store.list(&format!("{prefix}{under}")).await.expect("list");
        let mut listed: Vec<&str> = listed.iter().map(|meta| &meta.key.as_str()[prefix.len()..]).collect();
        listed.sort_unstable();
        assert_eq!(listed, expected, "under {under}");
    }
    for bad in ["list", "/", "../", "list//"] {
        let got = store.list(bad).await;
        assert!(matches!(got, Err(StorageError::Invalid { .. })), "{bad:?} is no prefix: {got:?}");
    }
}
