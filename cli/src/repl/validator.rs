//! Whether Enter runs what was typed or starts another line.

use canopy_server::text::is_complete;
use reedline::{ValidationResult, Validator};

/// Statements end with `;` or `\G`, commands of the prompt with their line.
pub struct StatementValidator;

impl Validator for StatementValidator {
    fn validate(&self, line: &str) -> ValidationResult {
        match line.starts_with('.') || line.trim_end().ends_with("\\G") || is_complete(line) {
            true => ValidationResult::Complete,
            false => ValidationResult::Incomplete,
        }
    }
}
