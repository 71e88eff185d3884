//! Date parts: EXTRACT, INTERVAL, and arguments such as the MONTH of `DATE_TRUNC(d, MONTH)`.

use canopy_exec::function;
use canopy_format::{DataType, Value};

use super::{ExprContext, interval_text};
use crate::algebra::Expr;
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::syntax::ast::{self, ExprKind, Ident, Span};

/// What may stand where a date part stands.
const DATE_PARTS: &[&str] = &[
    "MICROSECOND",
    "MILLISECOND",
    "SECOND",
    "MINUTE",
    "HOUR",
    "DAY",
    "WEEK",
    "ISOWEEK",
    "MONTH",
    "QUARTER",
    "YEAR",
    "ISOYEAR",
];

/// The units of an INTERVAL.
const INTERVAL_UNITS: &[&str] =
    &["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"];

impl Binder<'_> {
    /// Returns `EXTRACT(part FROM value [AT TIME ZONE zone])`.
    pub(super) fn extract(
        &mut self,
        part: &ast::Expr,
        value: &ast::Expr,
        time_zone: Option<&ast::Expr>,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let name = part_name(part)?.to_ascii_lowercase().replace('(', "_").replace(')', "");
        let Some(function) = function::find(&format!("$extract_{name}")) else {
            let message = format!("A valid date part name is required but found {}", name.to_uppercase());
            return Err(BindError::new(message, part.span));
        };
        let mut arguments = vec![self.expr(value, cx)?];
        if let Some(time_zone) = time_zone {
            arguments.push(self.expr(time_zone, cx)?);
        }
        self.call_function(function, arguments, false, span)
    }

    /// Returns `INTERVAL value unit`.
    pub(super) fn interval(
        &mut self,
        value: &ast::Expr,
        from: &Ident,
        to: Option<&Ident>,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let unit = from.value.to_ascii_uppercase();
        if !INTERVAL_UNITS.contains(&unit.as_str()) {
            let message = format!("A valid date part name is required but found {}", from.value);
            return Err(BindError::new(message, from.span));
        }
        let number = match (&value.kind, to) {
            (ExprKind::Literal(ast::Literal::String(text)), to) => match (text.trim().parse(), to) {
                (Ok(number), None) => Expr::Literal(Value::Int64(number), DataType::Int64),
                _ => return self.interval_text(text, &unit, to, value.span),
            },
            (_, Some(to)) => {
                let message = "INTERVAL with two units needs a string literal";
                return Err(BindError::new(message, value.span.to(to.span)));
            }
            (_, None) => self.expr(value, cx)?,
        };
        self.call("$interval", vec![number, text_literal(unit)], span)
    }

    /// Returns the literal `INTERVAL '1-2' YEAR TO MONTH` and its like.
    fn interval_text(&mut self, text: &str, from: &str, to: Option<&Ident>, span: Span) -> Result<Expr> {
        let invalid = || BindError::new(format!("Invalid INTERVAL value '{text}'"), span);
        let to = to.map_or(from.to_owned(), |to| to.value.to_ascii_uppercase());
        let canonical = interval_text::canonical(text, from, &to).ok_or_else(invalid)?;
        let literal = Expr::Literal(Value::String(canonical.into()), DataType::String);
        self.fold_cast(literal, &DataType::Interval, span).map_err(|_| invalid())
    }

    /// Returns a date part that is an argument, as the text that the catalog takes: `MONTH`, `WEEK(MONDAY)`.
    pub(super) fn date_part_argument(&mut self, part: &ast::Expr) -> Result<Expr> {
        let name = part_name(part)?;
        let base = name.split('(').next().unwrap_or_default();
        if !DATE_PARTS.contains(&base) {
            let message = format!("A valid date part name is required but found {name}");
            return Err(BindError::new(message, part.span));
        }
        Ok(text_literal(name))
    }
}

fn text_literal(text: String) -> Expr {
    Expr::Literal(Value::String(text.into()), DataType::String)
}

/// The part in capitals: `MONTH`, `WEEK(MONDAY)`.
fn part_name(part: &ast::Expr) -> Result<String> {
    let wanted = || BindError::new("A valid date part name is required", part.span);
    match &part.kind {
        ExprKind::Path(path) => Ok(path.as_ident().ok_or_else(wanted)?.value.to_ascii_uppercase()),
        ExprKind::Call(call) => {
            let name = call.name.as_ident().ok_or_else(wanted)?.value.to_ascii_uppercase();
            let [ast::Argument { value: ast::ArgumentValue::Expr(day), .. }] = call.arguments.as_slice()
            else {
                return Err(wanted());
            };
            let ExprKind::Path(day) = &day.kind else { return Err(wanted()) };
            let day = day.as_ident().ok_or_else(wanted)?.value.to_ascii_uppercase();
            let known = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];
            match name == "WEEK" && known.contains(&day.as_str()) {
                true => Ok(format!("{name}({day})")),
                false => Err(wanted()),
            }
        }
        _ => Err(wanted()),
    }
}
