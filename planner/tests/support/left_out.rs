//! Which cases do not apply to BigQuery, and why: read from `parser_conformance.left_out`.
//!
//! Each line is `what<TAB>text<TAB>reason`, where `what` says what the text is looked for in: `file` (the
//! whole name), `case` (the id, or the section's id for all of its alternations), `sql`, `error` or `option`
//! (anywhere inside, without case).

use super::test_file::Case;

/// The rules.
pub struct LeftOut(Vec<[String; 3]>);

impl LeftOut {
    /// Reads the rules.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(
            lines
                .map(|line| {
                    let fields: Vec<&str> = line.splitn(3, '\t').collect();
                    let [what, text, reason] = fields[..] else { panic!("three fields expected: {line}") };
                    [what.to_owned(), text.to_lowercase(), reason.to_owned()]
                })
                .collect(),
        )
    }

    /// Returns why a case does not apply, or None where it does.
    pub fn reason(&self, case: &Case) -> Option<&str> {
        let id = case.id.to_lowercase();
        let sql = case.sql.to_lowercase();
        let error = case.error.as_deref().unwrap_or("").to_lowercase();
        let options = case.options.to_lowercase();
        let rule = self.0.iter().find(|[what, text, _]| match what.as_str() {
            "file" => case.file == *text,
            "case" => id == *text || id.strip_prefix(text.as_str()).is_some_and(|rest| rest.starts_with(':')),
            "sql" => sql.contains(text),
            "error" => error.contains(text),
            "option" => options.contains(text),
            other => panic!("unknown rule {other}"),
        });
        rule.map(|[_, _, reason]| reason.as_str())
    }
}
