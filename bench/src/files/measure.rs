//! Times, taken in turns: a machine that slows down slows all alike.

use std::time::{Duration, Instant};

use super::Failure;

/// A thing to time; what it returns is kept from being optimised away.
pub(super) type Subject<'a> = &'a mut dyn FnMut() -> Result<u64, Failure>;

/// Returns the median time of each subject over `runs` rounds; a round runs each subject once, after one
/// round that does not count.
pub(super) fn in_turns(runs: usize, subjects: &mut [Subject<'_>]) -> Result<Vec<Duration>, Failure> {
    let mut times = vec![Vec::with_capacity(runs); subjects.len()];
    for round in 0..=runs {
        for (subject, times) in subjects.iter_mut().zip(&mut times) {
            let start = Instant::now();
            std::hint::black_box(subject()?);
            let elapsed = start.elapsed();
            if round > 0 {
                times.push(elapsed);
            }
        }
    }
    Ok(times.into_iter().map(median).collect())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
