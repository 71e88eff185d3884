//! A persistent map whose entries fall out when they are older than a limit.

use crate::PersistentMap;

/// Entries with the log time at which they came.
#[derive(Debug)]
pub(crate) struct Expiring<K, V> {
    entries: PersistentMap<K, (i64, V)>,
    by_time: PersistentMap<(i64, K), ()>,
}

impl<K, V> Clone for Expiring<K, V> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), by_time: self.by_time.clone() }
    }
}

impl<K, V> Default for Expiring<K, V> {
    fn default() -> Self {
        Self { entries: PersistentMap::default(), by_time: PersistentMap::default() }
    }
}

impl<K: Ord + Clone, V: Clone> Expiring<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    /// Returns the value of a key and its log time.
    pub(crate) fn find(&self, key: &K) -> Option<(i64, &V)> {
        self.entries.get(key).map(|(at, value)| (*at, value))
    }

    /// Adds an entry; one that is there already stays as it is.
    pub(crate) fn insert(&mut self, key: K, timestamp_us: i64, value: V) {
        if !self.entries.contains_key(&key) {
            self.by_time.insert((timestamp_us, key.clone()), ());
            self.entries.insert(key, (timestamp_us, value));
        }
    }

    /// Drops the entries that came before `oldest_us`.
    pub(crate) fn expire(&mut self, oldest_us: i64) {
        while let Some((at, key)) = self.by_time.first().map(|(first, ())| first.clone()) {
            if at >= oldest_us {
                return;
            }
            self.entries.remove(&key);
            self.by_time.remove(&(at, key));
        }
    }

    /// The entries in the order of their keys: key, log time, value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, i64, &V)> {
        self.entries.iter().map(|(key, (at, value))| (key, *at, value))
    }
}

#[cfg(test)]
mod tests {
    use super::Expiring;

    #[test]
    fn old_entries_fall_out_and_first_ones_stay() {
        let mut map = Expiring::default();
        map.insert("b", 1, 'x');
        map.insert("a", 2, 'y');
        map.insert("b", 3, 'z');
        assert_eq!(map.get(&"b"), Some(&'x'));
        map.expire(2);
        assert_eq!(
            map.iter().map(|(key, at, value)| (*key, at, *value)).collect::<Vec<_>>(),
            [("a", 2, 'y')]
        );
    }
}
