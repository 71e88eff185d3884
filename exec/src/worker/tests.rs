use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::executor::block_on;
use futures::future::join_all;

use super::*;
use crate::ExecError;

fn spin(duration: Duration) {
    let end = Instant::now() + duration;
    while Instant::now() < end {
        std::hint::spin_loop();
    }
}

#[test]
fn many_tasks_that_wait_for_each_other_all_finish() {
    let pool = WorkerPool::new(3);
    let queue = pool.queue();
    let (sender, receiver) = tokio::sync::mpsc::channel::<u64>(2);
    let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
    let total = Arc::new(AtomicU64::new(0));
    let mut joins = Vec::new();
    for i in 0..50u64 {
        let sender = sender.clone();
        joins.push(queue.spawn(async move {
            for j in 0..20 {
                sender.send(i * 20 + j).await.map_err(|_| ExecError::Internal("closed".into()))?;
                breathe().await;
            }
            Ok(())
        }));
    }
    drop(sender);
    for _ in 0..4 {
        let (receiver, total) = (receiver.clone(), total.clone());
        joins.push(queue.spawn(async move {
            while let Some(value) = receiver.lock().await.recv().await {
                total.fetch_add(value, Ordering::Relaxed);
            }
            Ok(())
        }));
    }
    drop(receiver);
    block_on(join_all(joins)).into_iter().for_each(|join| join.unwrap());
    assert_eq!(total.load(Ordering::Relaxed), 999 * 1000 / 2);
}

#[test]
fn a_short_query_overtakes_a_long_one() {
    let pool = WorkerPool::new(1);
    let (long, short) = (pool.queue(), pool.queue());
    let started = Instant::now();
    let long: Vec<_> = (0..20)
        .map(|_| {
            long.spawn(async {
                for _ in 0..40 {
                    spin(Duration::from_micros(500));
                    breathe().await;
                }
                Ok(())
            })
        })
        .collect();
    block_on(short.spawn(async {
        spin(Duration::from_millis(1));
        Ok(())
    }))
    .unwrap();
    assert!(started.elapsed() < Duration::from_millis(200), "{:?}", started.elapsed());
    block_on(join_all(long)).into_iter().for_each(|join| join.unwrap());
}

#[test]
fn a_panic_is_an_internal_error() {
    let pool = WorkerPool::new(1);
    let join = pool.queue().spawn::<()>(async { panic!("lost {}", 7) });
    assert!(matches!(block_on(join), Err(ExecError::Internal(text)) if text.contains("lost 7")));
    assert_eq!(block_on(pool.queue().spawn(async { Ok(5) })).unwrap(), 5);
}

#[test]
fn a_cancelled_token_wakes_what_is_parked() {
    let pool = WorkerPool::new(1);
    let token = CancelToken::new();
    let guarded = token.clone();
    let join = pool.queue().spawn(async move { guarded.guard(std::future::pending::<()>()).await });
    std::thread::sleep(Duration::from_millis(5));
    token.cancel("enough");
    token.cancel("again");
    assert!(matches!(block_on(join), Err(ExecError::Cancelled(text)) if text == "enough"));
    let expired = CancelToken::with_deadline(Instant::now());
    assert!(matches!(expired.check(), Err(ExecError::Cancelled(text)) if text == "deadline exceeded"));
}
