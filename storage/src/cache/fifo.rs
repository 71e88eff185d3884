//! Which blocks stay: S3-FIFO.
//!
//! After "FIFO queues are all you need for cache eviction" (Yang, Zhang, Qiu, Yue, Vigfusson, SOSP 2023), section 4. Three queues: new entries go to
//! a small one (a tenth of the room), and only those asked for again while there move on to the main one; a ghost queue remembers
//! what left the small queue, so that what comes back soon goes straight to the main one. A scan over much data
//! asked for once thus passes through the small queue and leaves the main one alone.
//! Changed from the paper: entries have weights, and the ghost queue holds as many entries as the cache does.
//!
//! A hit changes one counter and moves nothing, which is why there is no list to keep in order.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};

/// Hits are counted up to this many.
const HITS_MAX: u8 = 3;

/// Hits that move an entry from the small to the main queue.
const HITS_TO_MAIN: u8 = 1;

/// The small queue's part of the room.
const SMALL_DIVISOR: u64 = 10;

/// Ghosts that are kept even for a nearly empty cache.
const GHOSTS_MIN: usize = 64;

/// A cache bounded by the weight of its entries.
#[derive(Debug)]
pub(super) struct S3Fifo<K, V> {
    weight_max: u64,
    entries: HashMap<K, Entry<V>>,
    small: Queue<K>,
    main: Queue<K>,
    ghosts: VecDeque<u64>,
    is_ghost: HashSet<u64>,
    hasher: RandomState,
    inserted: u64,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    weight: u64,
    hits: u8,
    in_main: bool,
    /// Tells this entry's place in a queue from that of a removed entry with the same key.
    id: u64,
}

#[derive(Debug)]
struct Queue<K> {
    order: VecDeque<(K, u64)>,
    weight: u64,
}

impl<K> Queue<K> {
    fn new() -> Self {
        Self { order: VecDeque::new(), weight: 0 }
    }
}

impl<K: Hash + Eq + Clone, V> S3Fifo<K, V> {
    pub(super) fn new(weight_max: u64) -> Self {
        Self {
            weight_max,
            entries: HashMap::new(),
            small: Queue::new(),
            main: Queue::new(),
            ghosts: VecDeque::new(),
            is_ghost: HashSet::new(),
            hasher: RandomState::new(),
            inserted: 0,
        }
    }

    /// The weight of all entries: at most the maximum.
    pub(super) fn weight(&self) -> u64 {
        self.small.weight + self.main.weight
    }

    /// Whether the key is inside; counts no hit.
    pub(super) fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    /// Returns the value and counts the hit.
    pub(super) fn get(&mut self, key: &K) -> Option<&V> {
        let entry = self.entries.get_mut(key)?;
        entry.hits = (entry.hits + 1).min(HITS_MAX);
        Some(&entry.value)
    }

    /// Puts the value in and returns what had to leave for it: the value itself when it is too heavy.
    pub(super) fn insert(&mut self, key: K, value: V, weight: u64) -> Vec<(K, V)> {
        let mut out = Vec::new();
        if let Some(old) = self.remove(&key) {
            out.push((key.clone(), old));
        }
        if weight > self.weight_max {
            out.push((key, value));
            return out;
        }
        while self.weight() + weight > self.weight_max {
            match self.evict() {
                Some(left) => out.push(left),
                None => break,
            }
        }
        self.inserted += 1;
        let id = self.inserted;
        let in_main = self.is_ghost.contains(&self.hasher.hash_one(&key));
        let queue = if in_main { &mut self.main } else { &mut self.small };
        queue.weight += weight;
        queue.order.push_back((key.clone(), id));
        self.entries.insert(key, Entry { value, weight, hits: 0, in_main, id });
        out
    }

    /// Takes the value out. Its place in the queue stays until it comes to the front.
    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let entry = self.entries.remove(key)?;
        let queue = if entry.in_main { &mut self.main } else { &mut self.small };
        queue.weight -= entry.weight;
        Some(entry.value)
    }

    fn evict(&mut self) -> Option<(K, V)> {
        loop {
            let from_small = self.small.weight > self.weight_max / SMALL_DIVISOR || self.main.weight == 0;
            let queue = if from_small { &mut self.small } else { &mut self.main };
            let Some((key, id)) = queue.order.pop_front() else {
                // Entries of no weight may be left in the other queue.
                let other = if from_small { &mut self.main } else { &mut self.small };
                let (key, id) = other.order.pop_front()?;
                match self.entries.get(&key) {
                    Some(entry) if entry.id == id => return self.remove(&key).map(|value| (key, value)),
                    _ => continue,
                }
            };
            let Some(entry) = self.entries.get_mut(&key).filter(|entry| entry.id == id) else { continue };
            if from_small && entry.hits > HITS_TO_MAIN {
                (entry.hits, entry.in_main) = (0, true);
                self.small.weight -= entry.weight;
                self.main.weight += entry.weight;
                self.main.order.push_back((key, id));
            } else if !from_small && entry.hits > 0 {
                entry.hits -= 1;
                self.main.order.push_back((key, id));
            } else {
                if from_small {
                    self.remember(&key);
                }
                return self.remove(&key).map(|value| (key, value));
            }
        }
    }

    fn remember(&mut self, key: &K) {
        let ghost = self.hasher.hash_one(key);
        if self.is_ghost.insert(ghost) {
            self.ghosts.push_back(ghost);
        }
        while self.ghosts.len() > self.entries.len().max(GHOSTS_MIN) {
            if let Some(oldest) = self.ghosts.pop_front() {
                self.is_ghost.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::S3Fifo;

    #[test]
    fn the_weight_is_bounded_and_what_leaves_is_told() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut cache = S3Fifo::new(1000);
        let mut inside = std::collections::BTreeMap::new();
        for step in 0..20_000u64 {
            let key = rng.random_range(0..200u64);
            match rng.random_range(0..10) {
                0..5 => assert_eq!(cache.get(&key).copied(), inside.get(&key).map(|(value, _)| *value)),
                5 => assert_eq!(cache.remove(&key), inside.remove(&key).map(|(value, _)| value)),
                _ => {
                    let weight = rng.random_range(0..60);
                    let mut left = cache.insert(key, step, weight);
                    if let Some((old, _)) = inside.insert(key, (step, weight)) {
                        assert_eq!(left.remove(0), (key, old));
                    }
                    for (key, value) in left {
                        assert_eq!(inside.remove(&key).unwrap().0, value);
                    }
                }
            }
            let weight: u64 = inside.values().map(|(_, weight)| weight).sum();
            assert_eq!(cache.weight(), weight);
            assert!(weight <= 1000);
        }
    }

    #[test]
    fn what_is_too_heavy_is_handed_back() {
        let mut cache = S3Fifo::new(10);
        assert_eq!(cache.insert("a", 1, 10), []);
        assert_eq!(cache.insert("b", 2, 11), [("b", 2)]);
        assert_eq!(cache.get(&"a"), Some(&1));
    }

    #[test]
    fn what_is_asked_for_again_moves_to_the_main_queue() {
        let mut cache = S3Fifo::new(100);
        for hot in 0..20 {
            cache.insert(hot, hot, 1);
            assert_eq!(cache.get(&hot), Some(&hot));
            assert_eq!(cache.get(&hot), Some(&hot));
        }
        for cold in 1000..2000 {
            cache.insert(cold, cold, 1);
        }
        assert!((0..20).all(|hot| cache.contains(&hot)));
    }

    #[test]
    fn what_comes_back_soon_goes_to_the_main_queue() {
        let mut cache = S3Fifo::new(100);
        for cold in 0..150 {
            cache.insert(cold, cold, 1);
        }
        assert!(!cache.contains(&49));
        cache.insert(49, 49, 1);
        for cold in 1000..1200 {
            cache.insert(cold, cold, 1);
        }
        assert!(cache.contains(&49) && !cache.contains(&149));
    }

    #[test]
    fn a_scan_does_not_drive_out_what_is_used() {
        let mut cache = S3Fifo::new(100);
        for round in 0..50 {
            for hot in 0..20 {
                if cache.get(&hot).is_none() {
                    cache.insert(hot, hot, 1);
                }
            }
            for cold in 0..20 {
                let key = 1000 + round * 20 + cold;
                cache.insert(key, key, 1);
            }
        }
        for cold in 10_000..20_000 {
            cache.insert(cold, cold, 1);
        }
        let left = (0..20).filter(|hot| cache.get(hot).is_some()).count();
        assert_eq!(left, 20);
    }
}
