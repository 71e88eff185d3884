//! Column names as BigQuery admits them.

/// Longest column name in bytes, as in BigQuery.
const NAME_BYTES_MAX: usize = 300;

/// Returns the nearest valid column name: letters, digits and underscores, not starting with a digit, other
/// characters replaced by underscores; `fallback` when nothing is left.
pub(super) fn valid_name(name: &str, fallback: &str) -> String {
    let mut out: String =
        name.trim().chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if out.starts_with(|c: char| c.is_numeric()) {
        out.insert(0, '_');
    }
    while out.len() > NAME_BYTES_MAX {
        out.pop();
    }
    if out.is_empty() { fallback.to_owned() } else { out }
}

/// Makes names that repeat without case distinct by numbers: `a`, `a_1`, `a_2`.
pub(super) fn make_unique(names: &mut [String]) {
    let mut seen = std::collections::HashSet::new();
    for name in names {
        let (base, mut number) = (name.clone(), 0);
        while !seen.insert(name.to_ascii_lowercase()) {
            number += 1;
            *name = format!("{base}_{number}");
        }
    }
}
