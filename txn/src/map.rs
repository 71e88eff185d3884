//! An ordered map whose versions share their nodes: a clone is free, a change copies one path.
//!
//! A weight-balanced tree after S. Adams, "Efficient sets: a balancing act" (1993), with the
//! parameters (3, 2) that Y. Hirai and K. Yamamoto, "Balancing weight-balanced trees" (2011), prove sound.
//! Snapshots of the log hold these, so that a commit costs what it changes and not what there is.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::sync::Arc;

/// A persistent ordered map.
#[derive(Debug)]
pub struct PersistentMap<K, V> {
    root: Link<K, V>,
}

type Link<K, V> = Option<Arc<Node<K, V>>>;

#[derive(Debug)]
struct Node<K, V> {
    key: K,
    value: V,
    size: usize,
    left: Link<K, V>,
    right: Link<K, V>,
}

impl<K, V> Clone for PersistentMap<K, V> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone() }
    }
}

impl<K, V> Default for PersistentMap<K, V> {
    fn default() -> Self {
        Self { root: None }
    }
}

impl<K: Ord + Clone, V: Clone> PersistentMap<K, V> {
    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        size(&self.root)
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// Returns the value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let mut link = &self.root;
        while let Some(node) = link {
            link = match key.cmp(node.key.borrow()) {
                Ordering::Less => &node.left,
                Ordering::Greater => &node.right,
                Ordering::Equal => return Some(&node.value),
            };
        }
        None
    }

    /// Whether the key is there.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// Sets the value of a key; true when the key is new.
    pub fn insert(&mut self, key: K, value: V) -> bool {
        let before = self.len();
        self.root = insert(&self.root, key, value);
        self.len() > before
    }

    /// Removes a key and returns its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let found = self.get(key)?.clone();
        self.root = remove(&self.root, key);
        Some(found)
    }

    /// Returns the entry with the smallest key.
    pub fn first(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// Returns the entries in the order of their keys.
    pub fn iter(&self) -> Iter<'_, K, V> {
        let mut iter = Iter { stack: Vec::new() };
        iter.descend(&self.root);
        iter
    }
}

impl<K: Ord + Clone, V: Clone> FromIterator<(K, V)> for PersistentMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::default();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

/// Iterates over a [`PersistentMap`] in key order.
#[derive(Debug)]
pub struct Iter<'a, K, V> {
    /// The nodes whose left side is done, the next one last.
    stack: Vec<&'a Node<K, V>>,
}

impl<'a, K, V> Iter<'a, K, V> {
    fn descend(&mut self, mut link: &'a Link<K, V>) {
        while let Some(node) = link {
            self.stack.push(node);
            link = &node.left;
        }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        let node = self.stack.pop()?;
        self.descend(&node.right);
        Some((&node.key, &node.value))
    }
}

fn size<K, V>(link: &Link<K, V>) -> usize {
    link.as_ref().map_or(0, |node| node.size)
}

fn node<K, V>(key: K, value: V, left: Link<K, V>, right: Link<K, V>) -> Link<K, V> {
    let size = size(&left) + size(&right) + 1;
    Some(Arc::new(Node { key, value, size, left, right }))
}

fn insert<K: Ord + Clone, V: Clone>(link: &Link<K, V>, key: K, value: V) -> Link<K, V> {
    let Some(at) = link else { return node(key, value, None, None) };
    match key.cmp(&at.key) {
        Ordering::Less => {
            balance(at.key.clone(), at.value.clone(), insert(&at.left, key, value), at.right.clone())
        }
        Ordering::Greater => {
            balance(at.key.clone(), at.value.clone(), at.left.clone(), insert(&at.right, key, value))
        }
        Ordering::Equal => node(key, value, at.left.clone(), at.right.clone()),
    }
}

fn remove<K: Ord + Clone + Borrow<Q>, V: Clone, Q: Ord + ?Sized>(link: &Link<K, V>, key: &Q) -> Link<K, V> {
    let at = link.as_ref()?;
    match key.cmp(at.key.borrow()) {
        Ordering::Less => balance(at.key.clone(), at.value.clone(), remove(&at.left, key), at.right.clone()),
        Ordering::Greater => {
            balance(at.key.clone(), at.value.clone(), at.left.clone(), remove(&at.right, key))
        }
        Ordering::Equal => join(&at.left, &at.right),
    }
}

/// Returns the tree of two neighbours whose parent is gone: the smallest entry of the right takes its place.
fn join<K: Ord + Clone, V: Clone>(left: &Link<K, V>, right: &Link<K, V>) -> Link<K, V> {
    let Some(mut first) = right.as_ref() else { return left.clone() };
    while let Some(smaller) = first.left.as_ref() {
        first = smaller;
    }
    let rest = remove(right, &first.key);
    balance(first.key.clone(), first.value.clone(), left.clone(), rest)
}

/// Returns a node over two sides of which one may have changed by one entry.
fn balance<K: Ord + Clone, V: Clone>(key: K, value: V, left: Link<K, V>, right: Link<K, V>) -> Link<K, V> {
    const DELTA: usize = 3;
    const GAMMA: usize = 2;
    let (left_weight, right_weight) = (size(&left) + 1, size(&right) + 1);
    match (&left, &right) {
        (_, Some(heavy)) if right_weight > DELTA * left_weight => match &heavy.left {
            Some(inner) if inner.size + 1 >= GAMMA * (size(&heavy.right) + 1) => node(
                inner.key.clone(),
                inner.value.clone(),
                node(key, value, left.clone(), inner.left.clone()),
                node(heavy.key.clone(), heavy.value.clone(), inner.right.clone(), heavy.right.clone()),
            ),
            inner => node(
                heavy.key.clone(),
                heavy.value.clone(),
                node(key, value, left.clone(), inner.clone()),
                heavy.right.clone(),
            ),
        },
        (Some(heavy), _) if left_weight > DELTA * right_weight => match &heavy.right {
            Some(inner) if inner.size + 1 >= GAMMA * (size(&heavy.left) + 1) => node(
                inner.key.clone(),
                inner.value.clone(),
                node(heavy.key.clone(), heavy.value.clone(), heavy.left.clone(), inner.left.clone()),
                node(key, value, inner.right.clone(), right.clone()),
            ),
            inner => node(
                heavy.key.clone(),
                heavy.value.clone(),
                heavy.left.clone(),
                node(key, value, inner.clone(), right.clone()),
            ),
        },
        _ => node(key, value, left, right),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{Link, PersistentMap, size};

    fn check_balance(link: &Link<u16, u32>) {
        let Some(node) = link else { return };
        let (left, right) = (size(&node.left) + 1, size(&node.right) + 1);
        assert!(left <= 3 * right && right <= 3 * left, "weights {left} and {right}");
        check_balance(&node.left);
        check_balance(&node.right);
    }

    proptest! {
        #[test]
        fn behaves_as_a_btree_map(steps in prop::collection::vec((any::<bool>(), 0u16..200, any::<u32>()), 0..400)) {
            let mut map = PersistentMap::default();
            let mut twin = BTreeMap::new();
            let mut versions = Vec::new();
            for (insert, key, value) in steps {
                versions.push((map.clone(), twin.clone()));
                if insert {
                    prop_assert_eq!(map.insert(key, value), twin.insert(key, value).is_none());
                } else {
                    prop_assert_eq!(map.remove(&key), twin.remove(&key));
                }
                check_balance(&map.root);
                prop_assert_eq!(map.get(&key), twin.get(&key));
            }
            versions.push((map, twin));
            for (map, twin) in versions.iter().step_by(37).chain(versions.last()) {
                prop_assert!(map.iter().eq(twin.iter()));
                prop_assert_eq!(map.len(), twin.len());
            }
        }
    }

    #[test]
    fn ascending_keys_stay_balanced() {
        let map: PersistentMap<u16, u32> = (0..10_000).map(|key| (key, u32::from(key))).collect();
        check_balance(&map.root);
        assert!(map.iter().map(|(key, _)| *key).eq(0..10_000));
    }
}
