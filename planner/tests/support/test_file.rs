//! The `.test` format of the reference suite's parser cases.

use std::path::Path;

/// One statement with what the reference makes of it.
pub struct Case {
    /// `file:section[:alternation]`.
    pub id: String,
    /// The file's name.
    pub file: String,
    /// The options of the section and those of the file that stick.
    pub options: String,
    /// The text.
    pub sql: String,
    /// The expected message, `Syntax error: ... [at 1:2]`; None where the text is accepted.
    pub error: Option<String>,
}

impl Case {
    /// Whether the text is a script rather than one statement.
    pub fn is_script(&self) -> bool {
        self.options.rfind("mode=").is_some_and(|at| self.options[at..].starts_with("mode=script"))
    }

    /// Line and column of the expected error.
    pub fn error_position(&self) -> Option<(u32, u32)> {
        let error = self.error.as_deref()?;
        let place = error.rsplit_once("[at ")?.1.split(']').next()?;
        let (line, column) = place.split_once(':')?;
        Some((line.parse().ok()?, column.parse().ok()?))
    }
}

/// Reads all cases of a file.
pub fn read(path: &Path) -> Vec<Case> {
    let text = std::fs::read(path).expect("the case file is readable");
    let text = String::from_utf8_lossy(&text).into_owned();
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut defaults = String::new();
    let mut cases = Vec::new();
    for (index, section) in split(&text, "==").into_iter().enumerate() {
        let parts = split(&section, "--");
        let Some((input, expected)) = parts.split_first() else { continue };
        let input = strip_comments(input);
        for choice in expand(&input) {
            let (options, sql) = take_options(&choice.text);
            let sticky: Vec<&str> = options.iter().filter_map(|o| o.strip_prefix("default ")).collect();
            if sticky.iter().any(|option| option.contains("language_features")) {
                defaults.clear();
            }
            for option in sticky {
                defaults.push_str(option);
                defaults.push(' ');
            }
            let options = format!("{defaults}{}", options.join(" "));
            let Some(outcome) = outcome(expected, &choice.name, choice.alone) else { continue };
            let error = outcome.strip_prefix("ERROR:").map(message);
            let suffix = if choice.alone { String::new() } else { format!(":{}", choice.name) };
            let id = format!("{file}:{index}{suffix}").replace(['\n', '\r', '\t'], " ");
            if !sql.is_empty() || error.is_some() {
                cases.push(Case { id, file: file.clone(), options, sql, error });
            }
        }
    }
    cases
}

/// The message runs up to its position, over several lines if need be.
fn message(rest: &str) -> String {
    match rest.find("[at ").and_then(|at| rest[at..].find(']').map(|end| at + end + 1)) {
        Some(end) => rest[..end].trim().to_owned(),
        None => rest.lines().next().unwrap_or("").trim().to_owned(),
    }
}

/// Cuts `text` at the lines that are `separator`; a leading backslash protects a line.
fn split(text: &str, separator: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if line.trim_end_matches(['\n', '\r']) == separator {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push_str(line);
        }
    }
    parts
}

/// Drops the comments and blank lines at the start, which speak to readers of the file.
fn strip_comments(input: &str) -> String {
    let mut rest = input;
    while let Some(line) = rest.split_inclusive('\n').next() {
        if !line.starts_with('#') && !line.trim().is_empty() {
            break;
        }
        rest = &rest[line.len()..];
    }
    rest.to_owned()
}

/// Takes the `[option]` lines from the start; what is left is the text.
fn take_options(input: &str) -> (Vec<String>, String) {
    let mut options = Vec::new();
    let mut rest = input;
    while rest.starts_with('[') {
        let line = rest.split_inclusive('\n').next().unwrap_or(rest);
        options.extend(line.trim().split(['[', ']']).filter(|o| !o.is_empty()).map(str::to_owned));
        rest = &rest[line.len()..];
        while rest.starts_with('\n') {
            rest = &rest[1..];
        }
    }
    let lines = rest.split_inclusive('\n').map(|line| line.strip_prefix('\\').unwrap_or(line));
    let text: String = lines.collect();
    (options, text.trim_end_matches(['\n', '\r']).to_owned())
}

struct Choice {
    /// What the alternations chose, joined by commas.
    name: String,
    text: String,
    /// Whether there was nothing to choose.
    alone: bool,
}

/// Returns the text for each combination of `{{a|b}}`.
fn expand(input: &str) -> Vec<Choice> {
    let mut choices = vec![(Vec::<String>::new(), String::new())];
    let mut rest = input;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((group, after)) = after.split_once("}}") else { break };
        let options: Vec<&str> = group.split('|').collect();
        choices = choices
            .iter()
            .flat_map(|(names, text)| {
                options.iter().map(move |option| {
                    let mut names = names.clone();
                    names.push((*option).to_owned());
                    (names, format!("{text}{before}{option}"))
                })
            })
            .collect();
        rest = after;
    }
    choices
        .into_iter()
        .map(|(names, text)| Choice { name: names.join(","), text: text + rest, alone: names.is_empty() })
        .collect()
}

/// Returns the expected part that belongs to a combination of alternations.
fn outcome(expected: &[String], name: &str, alone: bool) -> Option<String> {
    if alone {
        return expected.first().cloned();
    }
    let name = if name.is_empty() { "<empty>" } else { name };
    let at = expected.iter().position(|part| {
        if let Some(group) = part.strip_prefix("ALTERNATION GROUP: ") {
            return group.trim_end_matches('\n') == name;
        }
        part.strip_prefix("ALTERNATION GROUPS:\n").is_some_and(|groups| {
            groups.lines().any(|line| line.strip_prefix("    ").unwrap_or(line) == name)
        })
    });
    match at {
        Some(at) => expected.get(at + 1).cloned(),
        // Where all combinations come out the same they are not listed.
        None if expected.iter().all(|part| !part.starts_with("ALTERNATION GROUP")) => {
            expected.first().cloned()
        }
        None => None,
    }
}
