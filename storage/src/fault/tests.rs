use std::sync::Arc;

use super::{Fault, FaultOptions, FaultRates, FaultStore};
use crate::{Key, ManualClock, MemoryStore, ObjectStore, PutOutcome, RetryPolicy, RetryStore, conformance};

fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

fn store(options: FaultOptions) -> (Arc<MemoryStore>, FaultStore) {
    let inner = Arc::new(MemoryStore::new());
    (inner.clone(), FaultStore::new(inner, options, Arc::new(ManualClock::new(1))))
}

fn always(fault: Fault) -> FaultRates {
    let mut rates = FaultRates::default();
    match fault {
        Fault::ErrorBefore => rates.error_before = 1.0,
        Fault::LostReply => rates.lost_reply = 1.0,
        Fault::LatePut => rates.late_put = 1.0,
        Fault::TruncatedRead => rates.truncated_read = 1.0,
        Fault::BitFlip => rates.bit_flip = 1.0,
        Fault::Delay => rates.delay = 1.0,
    }
    rates
}

#[tokio::test]
async fn without_rates_it_is_the_store_itself() {
    let (_, store) = store(FaultOptions::new(1));
    conformance::check(&store, "c/").await;
    assert!(store.injected().is_empty());
}

#[tokio::test]
async fn writes_fail_before_after_or_late() {
    let cases =
        [(Fault::ErrorBefore, false, false), (Fault::LostReply, true, true), (Fault::LatePut, false, true)];
    for (fault, at_once, later) in cases {
        let (inner, store) = store(FaultOptions { conditional_put: always(fault), ..FaultOptions::new(1) });
        let outcome = store.put_if_absent(&key("a"), "1".into()).await;
        assert!(matches!(outcome, PutOutcome::Unknown(_)), "{fault:?}: {outcome:?}");
        assert_eq!(inner.get(&key("a")).await.is_ok(), at_once, "{fault:?}");
        for _ in 0..10 {
            store.list("").await.unwrap();
        }
        assert_eq!(inner.get(&key("a")).await.is_ok(), later, "{fault:?}");
    }
}

#[tokio::test]
async fn a_late_create_does_not_replace() {
    let (inner, store) =
        store(FaultOptions { conditional_put: always(Fault::LatePut), ..FaultOptions::new(1) });
    store.put_if_absent(&key("a"), "late".into()).await;
    inner.put_if_absent(&key("a"), "first".into()).await;
    store.flush_late().await;
    assert_eq!(inner.get(&key("a")).await.unwrap(), "first");
}

#[tokio::test]
async fn reads_are_cut_or_flipped() {
    let bytes = vec![7u8; 100];
    for fault in [Fault::TruncatedRead, Fault::BitFlip] {
        let (inner, store) = store(FaultOptions { get: always(fault), ..FaultOptions::new(1) });
        inner.put(&key("a"), bytes.clone().into()).await.unwrap();
        let read = store.get_range(&key("a"), 0..100).await.unwrap();
        let wrong_bits: u32 = read.iter().map(|byte| (byte ^ 7).count_ones()).sum();
        match fault {
            Fault::TruncatedRead => assert!(read.len() < 100 && wrong_bits == 0),
            _ => assert!(read.len() == 100 && wrong_bits == 1),
        }
    }
}

async fn run(seed: u64) -> Vec<super::Injected> {
    let (_, store) = store(FaultOptions::troubled(seed, 0.1));
    for i in 0..100 {
        let key = key(&format!("k{}", i % 7));
        let _ = store.put(&key, "x".into()).await;
        let _ = store.get(&key).await;
    }
    store.injected()
}

#[tokio::test]
async fn a_seed_replays() {
    let first = run(1).await;
    assert!(first.len() > 20, "{}", first.len());
    assert_eq!(first, run(1).await);
    assert_ne!(first, run(2).await);
}

#[tokio::test]
async fn retries_get_through_a_troubled_store() {
    let options = FaultOptions { put: FaultRates::default(), ..FaultOptions::troubled(3, 0.2) };
    let (inner, store) = store(options);
    let clock = Arc::new(ManualClock::new(1));
    let policy = RetryPolicy { attempts_max: 20, ..RetryPolicy::default() };
    let store = RetryStore::new(Arc::new(store), policy, clock, 3);
    for i in 0..50 {
        let key = key(&format!("k{i}"));
        inner.put(&key, "0123456789".into()).await.unwrap();
        let parts = store.get_ranges(&key, &[2..4, 0..1]).await.unwrap();
        assert_eq!(parts, ["23", "0"]);
        store.head(&key).await.unwrap();
        store.delete(&key).await.unwrap();
    }
    assert!(store.counters().retries > 20, "{:?}", store.counters());
}
