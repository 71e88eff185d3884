//! Completion of the word before the cursor.

use std::sync::Arc;

use reedline::{Completer, CompletionResult, Span, Suggestion};

use super::meta;
use super::names::{Names, Word};

/// Suggestions at once; more would not help to choose.
const SUGGESTIONS_MAX: usize = 100;

/// Completes names, keywords, functions, and commands of the prompt.
pub struct WordCompleter {
    /// The words.
    pub names: Arc<Names>,
}

impl Completer for WordCompleter {
    fn complete(&mut self, line: &str, position: usize) -> CompletionResult {
        let before = &line[..position.min(line.len())];
        let start = word_start(before);
        let words = match before.strip_prefix('.') {
            Some(command) if !command.contains(char::is_whitespace) => commands(command),
            _ => {
                let parent = before[..start].strip_suffix('.').map(|path| &path[word_start(path)..]);
                self.names.like(parent, &before[start..])
            }
        };
        let suggestions: Vec<Suggestion> = words
            .into_iter()
            .take(SUGGESTIONS_MAX)
            .map(|word| Suggestion {
                append_whitespace: !word.text.ends_with('('),
                value: word.text,
                description: Some(word.note),
                span: Span::new(start, before.len()),
                ..Suggestion::default()
            })
            .collect();
        CompletionResult::fresh(suggestions)
    }
}

fn commands(start: &str) -> Vec<Word> {
    let known = meta::COMMANDS.iter().filter(|(usage, _)| usage[1..].starts_with(start));
    known
        .map(|(usage, doc)| Word {
            text: usage.split(' ').next().unwrap_or_default()[1..].to_owned(),
            note: (*doc).to_owned(),
        })
        .collect()
}

/// Where the word at the end of a text begins.
fn word_start(text: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.rfind(|c| !is_word(c)).map_or(0, |at| at + text[at..].chars().next().map_or(0, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_start_after_anything_else() {
        let check = |text: &str, expected: &str| assert_eq!(&text[word_start(text)..], expected);
        check("SELECT ab", "ab");
        check("ab", "ab");
        check("f(é_1", "é_1");
        check("日本。x", "x");
        check("a.", "");
    }

    #[test]
    fn commands_complete_after_their_dot() {
        let mut completer = WordCompleter { names: Arc::default() };
        let result = completer.complete(".sch", 4);
        let suggestion = &result.suggestions()[0];
        assert_eq!(suggestion.value, "schema");
        assert_eq!((suggestion.span.start, suggestion.span.end), (1, 4));
    }
}
