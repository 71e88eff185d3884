//! MATCH_RECOGNIZE, by what is there already: the rows of each partition become an array in order, a function finds
//! the matches in it, and the rows of the matches are grouped again.
//!
//! ```text
//! Aggregate by partition, match      the MEASURES
//!   Project                          a matched row: its columns, its place in the match, its symbol
//!     Unnest                         the matched rows
//!       Project                      $match_rows(bits of each row, pattern)
//!         Aggregate by partition     ARRAY_AGG(STRUCT(row, symbols that it meets) ORDER BY ...)
//! ```

mod define;
mod functions;
mod measures;
mod pattern;

use canopy_format::{DataType, Value};

use super::binder::Binder;
use super::error::{BindError, Result};
use super::expression::{ExprContext, is_groupable};
use super::from::Source;
use super::pipe::with_columns;
use super::scope::{NameList, NamedColumn, RangeVariable, Row, Scope};
use super::select::type_kind;
use crate::algebra::{Aggregate, AggregateCall, Column, Expr, Named, Relation, SortKey, Unnest};
use crate::syntax::ast::{self, ExprKind, MatchRecognize, SkipTo, Span};
pub(super) use functions::PatternFunctions;

/// A partition's key.
struct Key {
    column: Column,
    /// Of which input column it is the value.
    of: Option<Column>,
    name: String,
}

/// The rows of the matches.
struct Matched {
    relation: Relation,
    keys: Vec<Key>,
    names: NameList,
    /// The match's number, the row's place in it, and the number of its symbol (-1 in a match without rows).
    number: Column,
    place: Column,
    variable: Column,
    classifier: Column,
}

impl Binder<'_> {
    /// Returns the rows of `input MATCH_RECOGNIZE(...)`.
    pub(super) fn match_recognize(
        &mut self,
        input: Source,
        syntax: &MatchRecognize,
        outer: Option<&Scope<'_>>,
    ) -> Result<Source> {
        let input = self.plain_columns(input);
        let text = self.pattern_text(syntax)?;
        let longest = self.longest_match(syntax)?;
        let scope = Scope::new(input.names, outer);
        let (rows, keys) = self.partitions(input.relation, &scope, syntax)?;
        let bits = self.symbol_bits(&rows, syntax, outer)?;
        let literal = |value: bool| Expr::Literal(Value::Bool(value), DataType::Bool);
        let text = Expr::Literal(Value::from(text.as_str()), DataType::String);
        let overlapping = literal(syntax.skip == Some(SkipTo::NextRow));
        let found = self.call("$match_rows", vec![bits, text, overlapping, literal(longest)], syntax.span)?;
        let matched = self.matched_rows(rows, keys, found, scope.names, syntax)?;
        self.measures(matched, syntax, outer)
    }

    fn longest_match(&mut self, syntax: &MatchRecognize) -> Result<bool> {
        let mut longest = false;
        for option in self.options(syntax.options.as_ref())? {
            match (option.name.as_str(), &option.value.value) {
                ("use_longest_match", Value::Bool(value)) => longest = *value,
                ("use_longest_match", Value::Null) => {}
                (name, _) => {
                    let message = format!("Unknown option {name} of MATCH_RECOGNIZE, or one of another type");
                    return Err(BindError::new(message, syntax.span));
                }
            }
        }
        Ok(longest)
    }

    /// Groups the rows of each partition into an array.
    fn partitions(
        &mut self,
        mut relation: Relation,
        scope: &Scope<'_>,
        syntax: &MatchRecognize,
    ) -> Result<(Rows, Vec<Key>)> {
        let cx = ExprContext::plain(scope, "MATCH_RECOGNIZE");
        let mut keys = Vec::with_capacity(syntax.partition_by.len());
        let mut named = Vec::with_capacity(syntax.partition_by.len());
        for item in &syntax.partition_by {
            let expr = self.expr(&item.value, cx)?;
            if !is_groupable(expr.data_type()) || *expr.data_type() == DataType::Float64 {
                let kind = type_kind(expr.data_type());
                let message = format!("Partitioning by expressions of type {kind} is not allowed");
                return Err(BindError::new(message, item.value.span));
            }
            let name = match (&item.alias, &item.value.kind) {
                (Some(alias), _) => alias.value.clone(),
                (None, ExprKind::Path(path)) => {
                    path.parts.last().map(|part| part.value.clone()).unwrap_or_default()
                }
                _ => String::new(),
            };
            let column = self.ids.column(name.clone(), expr.data_type().clone());
            let of = match &expr {
                Expr::Column(column) => Some(column.clone()),
                _ => None,
            };
            named.push(Named { column: column.clone(), expr });
            keys.push(Key { column, of, name });
        }
        let mut order_by: Vec<SortKey> = Vec::with_capacity(syntax.order_by.len());
        for item in &syntax.order_by {
            let expr = self.expr(&item.value, cx)?;
            order_by.push(self.sort_key(expr, item)?);
        }
        let mut fields: Vec<Column> = Vec::new();
        for named in &scope.names.columns {
            if let Expr::Column(column) = &named.expr
                && !fields.iter().any(|known| known.id == column.id)
            {
                fields.push(column.clone());
            }
        }
        let (flags, symbols) = self.row_symbols(scope, syntax)?;
        let flag_columns: Vec<Column> = flags.iter().map(|flag| flag.column.clone()).collect();
        relation = with_columns(relation, flags);
        let values = fields.iter().chain(&flag_columns).map(|column| Expr::Column(column.clone())).collect();
        let names = vec![String::new(); fields.len() + flag_columns.len()];
        let row = self.struct_of(names, values, syntax.span)?;
        let rows = self.ids.column("rows", DataType::array(row.data_type().clone()));
        let call = AggregateCall { order_by, ..array_agg(rows.clone(), row) };
        let aggregate = Aggregate { input: relation, keys: named, calls: vec![call] };
        Ok((Rows { relation: Relation::Aggregate(Box::new(aggregate)), array: rows, fields, symbols }, keys))
    }

    /// Takes the matches apart into rows.
    fn matched_rows(
        &mut self,
        rows: Rows,
        keys: Vec<Key>,
        found: Expr,
        names: NameList,
        syntax: &MatchRecognize,
    ) -> Result<Matched> {
        let span = syntax.span;
        let number = |value: i64| Expr::Literal(Value::Int64(value), DataType::Int64);
        let numbers = self.ids.column("matches", found.data_type().clone());
        let relation = with_columns(rows.relation, vec![Named { column: numbers.clone(), expr: found }]);
        let numbers = Expr::Column(numbers);
        // Four numbers for each row of a match.
        let length = self.call("array_length", vec![numbers.clone()], span)?;
        let count = self.call("div", vec![length, number(4)], span)?;
        let last = self.call("$subtract", vec![count, number(1)], span)?;
        let array = self.call("generate_array", vec![number(0), last], span)?;
        let at = self.ids.column("at", DataType::Int64);
        let unnest = Unnest { input: relation, array, element: at.clone(), offset: None, outer: false };
        let relation = Relation::Unnest(Box::new(unnest));
        let mut parts = Vec::with_capacity(4);
        for (part, name) in ["match_number", "row", "match_row_number", "symbol"].into_iter().enumerate() {
            let first = self.call("$multiply", vec![Expr::Column(at.clone()), number(4)], span)?;
            let index = self.call("$add", vec![first, number(part as i64)], span)?;
            let expr = self.call("$safe_subscript_offset", vec![numbers.clone(), index], span)?;
            parts.push(Named { column: self.ids.column(name, DataType::Int64), expr });
        }
        let columns: Vec<Column> = parts.iter().map(|part| part.column.clone()).collect();
        let relation = with_columns(relation, parts);
        let [match_number, row, place, variable] = columns.as_slice() else {
            return Err(BindError::new("MATCH_RECOGNIZE without rows", span));
        };
        let arguments = vec![Expr::Column(rows.array.clone()), Expr::Column(row.clone())];
        let row = self.call("$safe_subscript_offset", arguments, span)?;
        let row_column = self.ids.column("row", row.data_type().clone());
        let symbols = symbols(syntax).into_iter().map(|name| Value::from(name.value.as_str())).collect();
        let symbols = Expr::Literal(Value::Array(symbols), DataType::array(DataType::String));
        let arguments = vec![symbols, Expr::Column(variable.clone())];
        let classifier = self.call("$safe_subscript_offset", arguments, span)?;
        let classifier_column = self.ids.column("classifier", DataType::String);
        let more = vec![
            Named { column: row_column.clone(), expr: row },
            Named { column: classifier_column.clone(), expr: classifier },
        ];
        let relation = with_columns(relation, more);

        // The input's columns again, under ids of their own; a partition's key stands for its column.
        let mut values = Vec::with_capacity(rows.fields.len());
        let mut stands: Vec<(Column, Expr)> = Vec::with_capacity(rows.fields.len());
        for (index, field) in rows.fields.iter().enumerate() {
            if let Some(key) = keys.iter().find(|key| key.of.as_ref().is_some_and(|of| of.id == field.id)) {
                stands.push((field.clone(), Expr::Column(key.column.clone())));
                continue;
            }
            let column = self.ids.column(field.name.clone(), field.data_type.clone());
            let input = Box::new(Expr::Column(row_column.clone()));
            values.push(Named {
                column: column.clone(),
                expr: Expr::Field { input, index, data_type: field.data_type.clone() },
            });
            stands.push((field.clone(), Expr::Column(column)));
        }
        let relation = with_columns(relation, values);
        let renamed = |named: NamedColumn| NamedColumn {
            expr: match stands.iter().find(|(field, _)| named.expr.as_column() == Some(field.id)) {
                Some((_, expr)) => expr.clone(),
                None => named.expr,
            },
            ..named
        };
        let columns = names.columns.into_iter().map(renamed).collect();
        let ranges = names.ranges.into_iter().filter_map(|range| match range.row {
            Row::Columns(columns) => {
                let row = Row::Columns(columns.into_iter().map(renamed).collect());
                Some(RangeVariable { name: range.name, row })
            }
            Row::Value(_) => None,
        });
        let names = NameList { columns, ranges: ranges.collect(), ..NameList::default() };
        let (number, place, variable) = (match_number.clone(), place.clone(), variable.clone());
        Ok(Matched { relation, keys, names, number, place, variable, classifier: classifier_column })
    }
}

/// The partitions: an array of rows each.
struct Rows {
    relation: Relation,
    array: Column,
    /// The input's columns, in the order of the row's first fields.
    fields: Vec<Column>,
    /// The field that tells whether a row meets a symbol's condition; None where the rows around decide too.
    symbols: Vec<Option<usize>>,
}

/// The symbols, in order of DEFINE.
fn symbols(syntax: &MatchRecognize) -> Vec<&ast::Ident> {
    syntax.define.iter().map(|binding| &binding.name).collect()
}

/// Returns `ARRAY_AGG(value)`.
fn array_agg(output: Column, value: Expr) -> AggregateCall {
    AggregateCall::new(output, "array_agg", vec![value])
}

/// True when the text of an expression calls PREV or NEXT.
fn looks_around(expr: &ast::Expr) -> bool {
    let text = crate::syntax::unparse::expression(expr).to_ascii_uppercase();
    text.contains("PREV(") || text.contains("NEXT(")
}

/// The error for what a place may not hold.
fn misplaced(name: &str, span: Span) -> BindError {
    BindError::new(format!("{name} is only allowed in MATCH_RECOGNIZE"), span)
}
