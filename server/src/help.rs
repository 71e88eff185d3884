//! What each function does, for `help` and for `docs/functions.md`: read from the executor's catalog.

use std::fmt::Write;

use canopy_exec::function::{self, Function};

/// What there is to say of one name.
#[derive(Debug, Clone)]
pub struct Topic {
    /// The name as it is written: `SUBSTR`, `+`, `EXTRACT`.
    pub name: String,
    /// The heading that it stands under: `string`, `date and time`.
    pub family: &'static str,
    /// Other names.
    pub aliases: Vec<String>,
    /// How it is called, with the types of arguments and result.
    pub usages: Vec<String>,
    /// What it does.
    pub docs: Vec<&'static str>,
    /// Expressions, each with one of the same value.
    pub examples: Vec<(&'static str, &'static str)>,
    /// False for operators and syntax.
    pub is_function: bool,
}

/// Returns the topics by family and name; functions of one written name (unary and binary `-`) are one topic.
pub fn topics() -> Vec<Topic> {
    let mut topics: Vec<Topic> = Vec::new();
    for function in function::all() {
        let name = function.written_name();
        match topics.iter_mut().find(|topic| topic.name == name && topic.family == function.family) {
            Some(topic) => add(topic, function),
            None => {
                let mut topic = Topic {
                    name,
                    family: function.family,
                    aliases: Vec::new(),
                    usages: Vec::new(),
                    docs: Vec::new(),
                    examples: Vec::new(),
                    is_function: !function.name.starts_with('$'),
                };
                add(&mut topic, function);
                topics.push(topic);
            }
        }
    }
    // Families keep the catalog's order; the sort is stable.
    let mut families: Vec<&str> = Vec::new();
    for topic in &topics {
        if !families.contains(&topic.family) {
            families.push(topic.family);
        }
    }
    let place = |topic: &Topic| families.iter().position(|family| *family == topic.family);
    topics.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.name.cmp(&b.name)));
    topics
}

fn add(topic: &mut Topic, function: &Function) {
    topic.aliases.extend(function.aliases.iter().map(|alias| alias.to_ascii_uppercase()));
    for usage in usages(function) {
        if !topic.usages.contains(&usage) {
            topic.usages.push(usage);
        }
    }
    if !topic.docs.contains(&function.doc) && !function.doc.is_empty() {
        topic.docs.push(function.doc);
    }
    topic.examples.extend(function.examples);
}

fn usages(function: &Function) -> Vec<String> {
    if !function.usages.is_empty() {
        return function.usages.iter().map(|usage| (*usage).to_owned()).collect();
    }
    let usage =
        |signature: &function::Signature| format!("{} -> {}", signature.display(function), signature.returns);
    function.signatures.iter().map(usage).collect()
}

/// Returns the topics of a name or alias, in any case; usually one, none for unknown names.
pub fn find(name: &str) -> Vec<Topic> {
    let wanted = name.trim().trim_end_matches("()").to_ascii_uppercase();
    let mut topics = topics();
    let call = format!("{wanted}(");
    topics.retain(|topic| {
        let written = || topic.usages.iter().any(|usage| usage.starts_with(&call));
        topic.name == wanted || topic.aliases.contains(&wanted) || written()
    });
    topics
}

/// Returns a topic as plain text, for a terminal.
pub fn page(topic: &Topic) -> String {
    let mut out = String::new();
    for usage in &topic.usages {
        let _ = writeln!(out, "{usage}");
    }
    for doc in &topic.docs {
        let _ = writeln!(out, "\n{doc}");
    }
    if !topic.aliases.is_empty() {
        let _ = writeln!(out, "\nAlso called {}.", topic.aliases.join(", "));
    }
    if !topic.examples.is_empty() {
        out.push('\n');
    }
    for (expression, value) in &topic.examples {
        let _ = writeln!(out, "  {expression}  ->  {value}");
    }
    out
}

/// If a text is `help` or `help NAME`, returns the name (empty for none).
pub fn request(text: &str) -> Option<&str> {
    let text = text.trim().trim_end_matches(';').trim_end();
    let (word, rest) = text.split_at_checked(4)?;
    let is_help =
        word.eq_ignore_ascii_case("help") && (rest.is_empty() || rest.starts_with(char::is_whitespace));
    is_help.then(|| rest.trim())
}

/// Returns the answer to `help NAME`, or for no name the list of all.
///
/// # Errors
/// For unknown names, in one line with a close name if there is one.
pub fn answer(name: &str) -> Result<String, String> {
    if name.is_empty() {
        return Ok(list());
    }
    let found = find(name);
    if !found.is_empty() {
        return Ok(found.iter().map(page).collect::<Vec<_>>().join("\n"));
    }
    let topics = topics();
    let names = topics.iter().filter(|topic| topic.is_function).map(|topic| topic.name.as_str());
    let wanted = name.to_ascii_uppercase();
    Err(match canopy_planner::bind::suggest::closest(&wanted, names) {
        Some(close) => format!("no function {wanted}; did you mean {close}?"),
        None => format!("no function {wanted}; help lists all"),
    })
}

fn list() -> String {
    let mut out = String::new();
    let topics = topics();
    for chunk in topics.chunk_by(|a, b| a.family == b.family) {
        let names: Vec<&str> = chunk.iter().map(|topic| topic.name.as_str()).collect();
        let _ = writeln!(out, "{}:", chunk[0].family);
        let mut line = String::from(" ");
        for name in names {
            if line.len() + name.len() > 100 {
                let _ = writeln!(out, "{line}");
                line = String::from(" ");
            }
            line.push(' ');
            line.push_str(name);
        }
        let _ = writeln!(out, "{line}");
    }
    out.push_str("help NAME says more.\n");
    out
}

/// Returns `docs/functions.md`.
pub fn markdown() -> String {
    let topics = topics();
    let count = topics.iter().filter(|topic| topic.is_function).count();
    let mut out = format!(
        "# Functions\n\nThe {count} functions, and the operators, by family. Made from the catalog that runs them \
         (`CANOPY_REFRESH=1 cargo test --workspace --test functions`); each example is run as a test.\n\
         `canopy sql -c 'help NAME'` prints the same in a terminal. A result that begins with `ERROR:` is the \
         message of the error; under `SAFE.` it is NULL instead.\n"
    );
    for chunk in topics.chunk_by(|a, b| a.family == b.family) {
        let family = chunk[0].family;
        let _ = write!(out, "\n## {}{}\n", family[..1].to_uppercase(), &family[1..]);
        for topic in chunk {
            let _ = write!(out, "\n### {}\n\n```text\n", topic.name);
            for usage in &topic.usages {
                let _ = writeln!(out, "{usage}");
            }
            out.push_str("```\n");
            for doc in &topic.docs {
                let _ = write!(out, "\n{doc}\n");
            }
            if !topic.aliases.is_empty() {
                let _ = write!(out, "\nAlso called {}.\n", topic.aliases.join(", "));
            }
            if topic.examples.is_empty() {
                continue;
            }
            out.push_str("\n```sql\n");
            for (expression, value) in &topic.examples {
                let _ = writeln!(out, "{expression}  -- {value}");
            }
            out.push_str("```\n");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_told_from_statements() {
        for (text, expected) in [
            ("help upper", Some("upper")),
            (" HELP  Upper ; ", Some("Upper")),
            ("help", Some("")),
            ("help +", Some("+")),
            ("helpful", None),
            ("SELECT help", None),
            ("hé", None),
        ] {
            assert_eq!(request(text), expected, "{text:?}");
        }
    }

    #[test]
    fn help_answers() {
        let upper = answer("upper").expect("a function");
        assert!(upper.starts_with("UPPER(STRING) -> STRING\n"), "{upper}");
        assert!(answer("+").expect("an operator").contains("INT64 + INT64 -> INT64"));
        assert!(answer("extract").expect("syntax").contains("EXTRACT("));
        assert!(answer("safe_cast").expect("syntax").contains("FORMAT"));
        assert_eq!(answer("uper"), Err("no function UPER; did you mean UPPER?".to_owned()));
        assert!(answer("").expect("a list").contains("string:"));
    }
}
