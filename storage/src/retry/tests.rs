use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::{RetryPolicy, RetryStore};
use crate::{
    Clock, FaultOptions, FaultRates, FaultStore, Key, ManualClock, MemoryStore, ObjectStore, PutOutcome,
    StorageError, conformance,
};

/// A store of which every read and write fails, and the clock it waits on.
fn failing(policy: RetryPolicy) -> (Arc<ManualClock>, RetryStore) {
    let clock = Arc::new(ManualClock::new(0));
    let rates = FaultRates { error_before: 1.0, ..FaultRates::default() };
    let options = FaultOptions { get: rates, put: rates, conditional_put: rates, ..FaultOptions::new(1) };
    let faulty = FaultStore::new(Arc::new(MemoryStore::new()), options, clock.clone());
    (clock.clone(), RetryStore::new(Arc::new(faulty), policy, clock, 7))
}

#[tokio::test]
async fn keeps_the_contract() {
    let clock = Arc::new(ManualClock::new(0));
    let store = RetryStore::new(Arc::new(MemoryStore::new()), RetryPolicy::default(), clock, 1);
    conformance::check(&store, "c/").await;
}

#[tokio::test]
async fn attempts_and_time_are_bounded() {
    let check = async |policy: RetryPolicy, expected: u32| {
        let (clock, store) = failing(policy);
        let error = store.get(&Key::new("a").unwrap()).await.unwrap_err();
        let StorageError::Unavailable { attempts, .. } = error else { panic!("{error:?}") };
        assert_eq!(attempts, expected);
        assert_eq!(store.counters().retries, u64::from(expected - 1));
        assert!(Duration::from_micros(clock.now_us() as u64) <= policy.total_max);
    };
    let policy = RetryPolicy::default();
    check(policy, 4).await;
    check(RetryPolicy { attempts_max: 1, ..policy }, 1).await;
    check(RetryPolicy { attempts_max: 0, ..policy }, 1).await;
    // No time for a second attempt.
    let hour = Duration::from_secs(3600);
    check(RetryPolicy { attempts_max: 100, backoff_first: hour, backoff_max: hour, ..policy }, 1).await;
}

#[tokio::test]
async fn conditional_writes_are_tried_once() {
    let (_, store) = failing(RetryPolicy::default());
    let key = Key::new("a").unwrap();
    for outcome in
        [store.put_if_absent(&key, "1".into()).await, store.put_if_match(&key, "1".into(), "1").await]
    {
        assert!(
            matches!(outcome, PutOutcome::Unknown(StorageError::Unavailable { attempts: 1, .. })),
            "{outcome:?}"
        );
    }
    assert_eq!(store.counters().retries, 0);
}

#[tokio::test]
async fn what_will_not_change_is_not_repeated() {
    let clock = Arc::new(ManualClock::new(0));
    let store = RetryStore::new(Arc::new(MemoryStore::new()), RetryPolicy::default(), clock, 1);
    assert!(matches!(store.get(&Key::new("a").unwrap()).await, Err(StorageError::NotFound { .. })));
    assert_eq!(store.counters().retries, 0);
}

#[test]
fn waits_double_up_to_the_maximum() {
    let policy = RetryPolicy::default();
    let mut rng = StdRng::seed_from_u64(1);
    for (attempt, millis) in [(1, 100), (2, 200), (3, 400), (5, 1600), (6, 2000), (100, 2000)] {
        let longest = Duration::from_millis(millis);
        for _ in 0..20 {
            let wait = policy.backoff(attempt, &mut rng);
            assert!(longest / 2 <= wait && wait <= longest, "{attempt}: {wait:?}");
        }
    }
}
