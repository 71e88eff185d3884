//! Texts of INTERVAL literals over a range of units, e.g. `'1-2' YEAR TO MONTH` or `'4:30.5' MINUTE TO SECOND`.

/// The units, in the order in which a text holds them.
const UNITS: [&str; 6] = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"];
const DAY: usize = 2;
const HOUR: usize = 3;
const SECOND: usize = 5;

/// Returns the text with all six units, `Y-M D H:M:S`, as a cast to INTERVAL reads it; None when the text
/// does not have the form that the units say.
pub(super) fn canonical(text: &str, from: &str, to: &str) -> Option<String> {
    let position = |unit: &str| UNITS.iter().position(|known| *known == unit);
    let (from, to) = (position(from)?, position(to)?);
    if from > to || from == to && from != SECOND {
        return None;
    }
    let mut words = text.split_whitespace();
    let mut months = "0-0".to_owned();
    let mut days = "0".to_owned();
    let mut time = "0:0:0".to_owned();
    if from < DAY {
        months = padded(words.next()?, '-', from, to.min(DAY - 1), 0)?;
    }
    if from <= DAY && to >= DAY {
        days = words.next()?.to_owned();
    }
    if to >= HOUR {
        time = padded(words.next()?, ':', from.max(HOUR), to, HOUR)?;
    }
    match words.next() {
        Some(_) => None,
        None => Some(format!("{months} {days} {time}")),
    }
}

/// Returns the word, which holds the units `from..=to` of a group that begins at `first`, with zeros for the
/// group's other units; the sign stands first.
fn padded(word: &str, separator: char, from: usize, to: usize, first: usize) -> Option<String> {
    let last = if first == HOUR { SECOND } else { DAY - 1 };
    let (sign, digits) = match word.strip_prefix(['-', '+']) {
        Some(rest) => (&word[..1], rest),
        None => ("", word),
    };
    let given: Vec<&str> = digits.split(separator).collect();
    if given.len() != to - from + 1 || given.iter().any(|part| part.is_empty()) {
        return None;
    }
    let before = std::iter::repeat_n("0", from - first);
    let after = std::iter::repeat_n("0", last - to);
    let parts: Vec<&str> = before.chain(given).chain(after).collect();
    Some(format!("{sign}{}", parts.join(&separator.to_string())))
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn canonical_texts() {
        for (text, from, to, expected) in [
            ("1-2", "YEAR", "MONTH", Some("1-2 0 0:0:0")),
            ("-1-2 3", "YEAR", "DAY", Some("-1-2 3 0:0:0")),
            ("7 8", "MONTH", "DAY", Some("0-7 8 0:0:0")),
            ("3 4:5:6.7", "DAY", "SECOND", Some("0-0 3 4:5:6.7")),
            ("-4:30", "HOUR", "MINUTE", Some("0-0 0 -4:30:0")),
            ("4:30.5", "MINUTE", "SECOND", Some("0-0 0 0:4:30.5")),
            ("0.000001", "SECOND", "SECOND", Some("0-0 0 0:0:0.000001")),
            ("1-2-3 4 5:6:7", "YEAR", "SECOND", None),
            ("1", "YEAR", "MONTH", None),
            ("1 2", "HOUR", "MINUTE", None),
            ("1-2", "MONTH", "YEAR", None),
            ("1:2", "DAY", "WEEK", None),
        ] {
            assert_eq!(canonical(text, from, to).as_deref(), expected, "{text} {from} {to}");
        }
    }
}
