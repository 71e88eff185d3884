//! A progress line on a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use canopy_proto::query::Progress;
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long a statement must take before a line is worth showing.
const PATIENCE: Duration = Duration::from_millis(300);

/// A line that says how far a statement is; nothing when stderr is no terminal.
pub struct ProgressLine {
    bar: Option<ProgressBar>,
    started: std::time::Instant,
}

impl ProgressLine {
    /// Starts a statement.
    pub fn start() -> Self {
        Self { bar: None, started: std::time::Instant::now() }
    }

    /// Shows how far it is.
    pub fn show(&mut self, progress: &Progress) {
        if !std::io::stderr().is_terminal() || self.started.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(
                Some(progress.tasks_total.max(1)),
                ProgressDrawTarget::stderr(),
            );
            bar.set_style(
                ProgressStyle::with_template("{elapsed_precise} [{bar:30}] {msg}")
                    .unwrap_or_else(|_| ProgressStyle::default_bar())
                    .progress_chars("=> "),
            );
            bar
        });
        bar.set_length(progress.tasks_total.max(1));
        bar.set_position(progress.tasks_done);
        bar.set_message(format!(
            "{} rows, {}",
            HumanCount(progress.rows_scanned),
            HumanBytes(progress.bytes_processed)
        ));
    }

    /// Takes the line away.
    pub fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.clear();
    }
}
