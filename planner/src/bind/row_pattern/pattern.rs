//! PATTERN as the text that the executor compiles, see `$match_rows`.

use std::fmt::Write;

use super::symbols;
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::syntax::ast::{self, Ident, MatchRecognize, RowPattern};

/// The largest bound of a quantifier, as in BigQuery.
const BOUND_MAX: u64 = 10_000;

impl Binder<'_> {
    /// Returns the pattern's text.
    pub(super) fn pattern_text(&mut self, syntax: &MatchRecognize) -> Result<String> {
        let names = symbols(syntax);
        let mut used = vec![false; names.len()];
        let mut text = String::new();
        self.write_pattern(&syntax.pattern, &names, &mut used, &mut text)?;
        match names.iter().zip(used).find(|(_, used)| !used) {
            Some((name, _)) => {
                let message = format!("Symbol {} of DEFINE does not appear in PATTERN", name.value);
                Err(BindError::new(message, name.span))
            }
            None => Ok(text),
        }
    }

    fn write_pattern(
        &mut self,
        pattern: &RowPattern,
        names: &[&Ident],
        used: &mut [bool],
        text: &mut String,
    ) -> Result<()> {
        match pattern {
            RowPattern::Empty => text.push('e'),
            RowPattern::Start => text.push('^'),
            RowPattern::End => text.push('$'),
            RowPattern::Variable(name) => {
                let found = names.iter().position(|known| known.value.eq_ignore_ascii_case(&name.value));
                let Some(index) = found else {
                    let message = format!("Symbol {} of PATTERN is not defined in DEFINE", name.value);
                    return Err(BindError::new(message, name.span));
                };
                used[index] = true;
                let _ = write!(text, "v{index};");
            }
            RowPattern::Alternation(parts) | RowPattern::Concatenation(parts) => {
                let sign = if matches!(pattern, RowPattern::Alternation(_)) { '|' } else { '&' };
                let _ = write!(text, "{sign}{};", parts.len());
                parts.iter().try_for_each(|part| self.write_pattern(part, names, used, text))?;
            }
            RowPattern::Repeat { pattern, min, max, reluctant } => {
                let least = self.quantifier_bound(min.as_ref())?.unwrap_or(0);
                let most = self.quantifier_bound(max.as_ref())?;
                if let (Some(most), Some(max)) = (most.filter(|most| *most < least), max) {
                    let message =
                        format!("The upper bound {most} of a quantifier is below its lower bound {least}");
                    return Err(BindError::new(message, max.span));
                }
                let most = most.map(|most| most.to_string()).unwrap_or_default();
                let _ = write!(text, "*{least};{most};{}", if *reluctant { 'r' } else { 'g' });
                self.write_pattern(pattern, names, used, text)?;
            }
        }
        Ok(())
    }

    fn quantifier_bound(&mut self, bound: Option<&ast::Expr>) -> Result<Option<u64>> {
        let Some(syntax) = bound else { return Ok(None) };
        match self.row_count(syntax, "Quantifier")? {
            bound if bound <= BOUND_MAX => Ok(Some(bound)),
            bound => {
                let message = format!("Quantifier bounds are between 0 and {BOUND_MAX}, but found {bound}");
                Err(BindError::new(message, syntax.span))
            }
        }
    }
}
