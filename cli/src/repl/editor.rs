//! The line editor, put together.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use nu_ansi_term::{Color, Style};
use reedline::{
    ColumnarMenu, DefaultHinter, Emacs, FileBackedHistory, KeyCode, KeyModifiers, MenuBuilder,
    PromptEditMode, PromptHistorySearch, Reedline, ReedlineEvent, ReedlineMenu, default_emacs_keybindings,
};

use super::completer::WordCompleter;
use super::highlighter::SqlHighlighter;
use super::names::Names;
use super::validator::StatementValidator;
use crate::failure::Result;

/// Statements that are remembered.
const HISTORY_ENTRIES: usize = 10_000;
const MENU: &str = "completion";

/// Returns an editor. Without a place for history it only remembers this session, and says so.
pub(super) fn new(names: Arc<Names>) -> Result<Reedline> {
    let mut keys = default_emacs_keybindings();
    keys.add_binding(
        KeyModifiers::NONE,
        KeyCode::Tab,
        ReedlineEvent::UntilFound(vec![ReedlineEvent::Menu(MENU.into()), ReedlineEvent::MenuNext]),
    );
    keys.add_binding(KeyModifiers::SHIFT, KeyCode::BackTab, ReedlineEvent::MenuPrevious);
    let menu = ColumnarMenu::default().with_name(MENU);
    let editor = Reedline::create()
        .with_completer(Box::new(WordCompleter { names }))
        .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
        .with_partial_completions(true)
        .with_quick_completions(true)
        .with_edit_mode(Box::new(Emacs::new(keys)))
        .with_highlighter(Box::new(SqlHighlighter))
        .with_hinter(Box::new(DefaultHinter::default().with_style(Style::new().fg(Color::DarkGray))))
        .with_validator(Box::new(StatementValidator));
    let history = history_path().ok_or("no home directory".to_owned()).and_then(|path| {
        let history = FileBackedHistory::with_file(HISTORY_ENTRIES, path.clone());
        history.map_err(|error| format!("{}: {error}", path.display()))
    });
    Ok(match history {
        Ok(history) => editor.with_history(Box::new(history)),
        Err(reason) => {
            eprintln!("note: history lasts only until you leave ({reason})");
            editor
        }
    })
}

/// Where the history is, by the XDG base directory specification.
fn history_path() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(state.join("canopy").join("history"))
}

/// `canopy>`, and dots under it.
pub(super) struct Prompt;

impl reedline::Prompt for Prompt {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        "canopy".into()
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        "".into()
    }

    fn render_prompt_indicator(&self, _: PromptEditMode) -> Cow<'_, str> {
        "> ".into()
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        "   ...> ".into()
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        format!("(search: {}) ", search.term).into()
    }
}
