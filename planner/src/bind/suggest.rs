//! "Did you mean": the closest of the names that could stand where an unknown one stands.

/// Returns the candidate closest to `name`, compared without case, or None where none is close.
///
/// Close is an edit distance (insert, delete, change, swap of neighbours: Damerau, "A technique for
/// computer detection and correction of spelling errors", 1964) of at most a quarter of the name.
pub fn closest<'n>(name: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    if wanted.len() > NAME_MAX {
        return None;
    }
    let most = (wanted.len() / 4).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let other: Vec<char> = candidate.to_lowercase().chars().collect();
        if other.len().abs_diff(wanted.len()) > most || other.len() <= most && wanted.len() <= most {
            continue;
        }
        let distance = edit_distance(&wanted, &other);
        if distance <= most && best.is_none_or(|(found, _)| distance < found) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Longer names get no suggestion: the comparison is quadratic.
const NAME_MAX: usize = 128;

fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn closest_name() {
        let names = ["customer_id", "order_id", "a", "name"];
        for (given, expected) in [
            ("custmer_id", Some("customer_id")),
            ("CUSTOMER_DI", Some("customer_id")),
            ("nmae", Some("name")),
            ("price", None),
            ("b", None),
            ("", None),
        ] {
            assert_eq!(closest(given, names), expected, "{given}");
        }
    }
}
