//! In which order the tests of a scan are made: what a dropped row costs decides, as measured.
//!
//! The order by cost over (1 - selectivity) of Hellerstein and Stonebraker, "Predicate Migration: Optimizing
//! Queries with Expensive Predicates" (SIGMOD 1993), kept up to date while the scan runs: a test is timed on the
//! rows that those before it have left, and vectors without any such row cost it nothing.

use std::time::Duration;

/// Batches of two vectors after which the order is looked at again.
const BATCHES_TO_RANK: u32 = 32;

/// The order of a file's tests.
#[derive(Debug, Default)]
pub(super) struct TestOrder {
    order: Vec<usize>,
    measured: Vec<Measured>,
    batches: u32,
}

/// What a test has done since some batches; older ones count half, and half again.
#[derive(Debug, Default, Clone, Copy)]
struct Measured {
    nanoseconds: f64,
    dropped: f64,
}

impl TestOrder {
    /// Makes the order one of `tests` tests; what is known of as many is kept, since files of one table have the
    /// same.
    pub(super) fn fit(&mut self, tests: usize) {
        if self.order.len() != tests {
            *self =
                Self { order: (0..tests).collect(), measured: vec![Measured::default(); tests], batches: 0 };
        }
    }

    /// The test to be made as number `place`.
    pub(super) fn test(&self, place: usize) -> usize {
        self.order[place]
    }

    /// Notes what a test has dropped, and in what time.
    pub(super) fn note(&mut self, test: usize, dropped: usize, took: Duration) {
        let measured = &mut self.measured[test];
        measured.nanoseconds += took.as_nanos() as f64;
        measured.dropped += dropped as f64;
    }

    /// Ends a batch; now and then the tests change places.
    pub(super) fn end_batch(&mut self) {
        self.batches += 1;
        if !self.batches.is_multiple_of(BATCHES_TO_RANK) {
            return;
        }
        // A test that was never reached has cost nothing and dropped nothing: it stays behind those that drop rows.
        let cost = |test: &usize| match self.measured[*test] {
            Measured { dropped: 0.0, .. } => f64::INFINITY,
            Measured { nanoseconds, dropped } => nanoseconds / dropped,
        };
        self.order.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
        for measured in &mut self.measured {
            measured.nanoseconds /= 2.0;
            measured.dropped /= 2.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(order: &mut TestOrder, dropped: [usize; 3], microseconds: [u64; 3]) -> Vec<usize> {
        for _ in 0..BATCHES_TO_RANK {
            for place in 0..3 {
                let test = order.test(place);
                order.note(test, dropped[test], Duration::from_micros(microseconds[test]));
            }
            order.end_batch();
        }
        (0..3).map(|place| order.test(place)).collect()
    }

    #[test]
    fn the_cheapest_per_dropped_row_goes_first() {
        let mut order = TestOrder::default();
        order.fit(3);
        assert_eq!(run(&mut order, [10, 1_000, 500], [1, 2, 10]), [1, 2, 0]);
        // The data changes, and so does the order.
        (0..6).for_each(|_| drop(run(&mut order, [1_000, 1, 1], [1, 2, 10])));
        assert_eq!(order.test(0), 0);
    }

    #[test]
    fn tests_that_drop_nothing_go_last_and_other_files_begin_anew() {
        let mut order = TestOrder::default();
        order.fit(3);
        assert_eq!(run(&mut order, [0, 0, 5], [1, 1, 100]), [2, 0, 1]);
        order.fit(2);
        assert_eq!((order.test(0), order.test(1)), (0, 1));
    }
}
