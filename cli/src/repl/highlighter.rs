//! Colours for what is being typed.

use canopy_server::text::{TextKind, pieces};
use nu_ansi_term::{Color, Style};
use reedline::{Highlighter, StyledText};

/// Colours GoogleSQL by its own lexer.
pub struct SqlHighlighter;

impl Highlighter for SqlHighlighter {
    fn highlight(&self, line: &str, _: usize) -> StyledText {
        let mut styled = StyledText::new();
        if line.starts_with('.') {
            styled.push((Color::Cyan.normal(), line.to_owned()));
            return styled;
        }
        let mut end = 0;
        for (range, kind) in pieces(line) {
            if end < range.start {
                styled.push((Style::new(), line[end..range.start].to_owned()));
            }
            end = range.end;
            styled.push((style(kind), line[range].to_owned()));
        }
        styled.push((Style::new(), line[end..].to_owned()));
        styled
    }
}

fn style(kind: TextKind) -> Style {
    match kind {
        TextKind::Keyword => Color::Blue.bold(),
        TextKind::Number => Color::Magenta.normal(),
        TextKind::String => Color::Green.normal(),
        TextKind::Comment => Color::DarkGray.normal(),
        TextKind::Error => Color::Red.normal(),
        TextKind::Name | TextKind::Symbol => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_is_lost() {
        for line in ["SELECT 1 -- x", "  a  'unclosed", "", "/* open", ".tables", "日本 `x` ;; "] {
            assert_eq!(SqlHighlighter.highlight(line, 0).raw_string(), line);
        }
    }
}
