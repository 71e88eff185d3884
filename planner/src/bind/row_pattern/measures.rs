//! MEASURES: aggregates over the rows of each match.

use canopy_format::{DataType, Value};

use super::{Matched, PatternFunctions, symbols};
use crate::algebra::{AggregateCall, Column, ColumnId, Expr, Named, Relation, SortKey};
use crate::bind::binder::{Binder, Rows, referenced_columns};
use crate::bind::error::{BindError, Result};
use crate::bind::from::{Source, source_of};
use crate::bind::pipe::{select_of, with_columns};
use crate::bind::scope::{NamedColumn, RangeVariable, Row, Scope};
use crate::bind::select::SelectInput;
use crate::syntax::ast::{
    self, ExprKind, GroupBy, GroupByKind, GroupingItem, GroupingItemKind, Ident, MatchRecognize, SelectItem,
    SelectItemKind, Span,
};

/// Aggregates whose result depends on the order of their input.
const ORDERED: [&str; 3] = ["array_agg", "string_agg", "array_concat_agg"];

/// The columns as a symbol names them: `a.x`.
struct Qualified {
    symbol: usize,
    columns: Vec<ColumnId>,
}

impl Binder<'_> {
    /// Returns a row for each match.
    pub(super) fn measures(
        &mut self,
        matched: Matched,
        syntax: &MatchRecognize,
        outer: Option<&Scope<'_>>,
    ) -> Result<Source> {
        let Matched { relation, keys, mut names, number, place, variable, classifier } = matched;
        let span = syntax.span;
        let plain: Vec<NamedColumn> = names.columns.clone();
        let (mut copies, mut qualified) = (Vec::new(), Vec::new());
        for (symbol, name) in symbols(syntax).into_iter().enumerate() {
            let mut columns = Vec::with_capacity(plain.len());
            for named in &plain {
                let column = self.ids.column(named.name.clone(), named.expr.data_type().clone());
                copies.push(Named { column: column.clone(), expr: named.expr.clone() });
                columns.push(NamedColumn { name: named.name.clone(), expr: Expr::Column(column) });
            }
            let ids = columns.iter().filter_map(|named| named.expr.as_column()).collect();
            qualified.push(Qualified { symbol, columns: ids });
            names.ranges.retain(|range| !range.name.eq_ignore_ascii_case(&name.value));
            names.ranges.push(RangeVariable { name: name.value.clone(), row: Row::Columns(columns) });
        }
        let relation = with_columns(relation, copies);
        let unqualified: Vec<ColumnId> = plain
            .iter()
            .filter_map(|named| named.expr.as_column())
            .filter(|id| !keys.iter().any(|key| key.column.id == *id))
            .collect();

        // The groups by names that no text can spell.
        let hidden = |index: usize| format!("$partition{index}");
        for (index, key) in keys.iter().enumerate() {
            names.columns.push(NamedColumn { name: hidden(index), expr: Expr::Column(key.column.clone()) });
        }
        names.columns.push(NamedColumn { name: "$match".into(), expr: Expr::Column(number.clone()) });
        let mut groups: Vec<GroupingItem> =
            (0..keys.len()).map(|index| group(&hidden(index), span)).collect();
        groups.push(group("$match", span));
        let mut items: Vec<SelectItem> = (0..keys.len())
            .map(|index| {
                let kind = SelectItemKind::Expr { value: path(&hidden(index), span), alias: None };
                SelectItem { kind, span }
            })
            .collect();
        for measure in &syntax.measures {
            let Some(alias) = &measure.alias else {
                return Err(BindError::new("Each expression of MEASURES needs an alias", measure.value.span));
            };
            let kind = SelectItemKind::Expr { value: measure.value.clone(), alias: Some(alias.clone()) };
            items.push(SelectItem { kind, span: measure.value.span });
        }
        let mut select = select_of(items, Vec::new(), span);
        select.group_by = Some(GroupBy { kind: GroupByKind::Items(groups), and_order: false, span });

        let functions = PatternFunctions::Measures { number, place: place.clone(), classifier };
        let outside = self.pattern.replace(functions);
        let rows = self.select_over(SelectInput::of(Source { relation, names }), &select, &[], outer);
        self.pattern = outside;
        let mut rows = rows?;
        self.over_matches(&mut rows, &qualified, &unqualified, [&place, &variable], span)?;
        for (output, key) in rows.columns.iter_mut().zip(&keys) {
            output.anonymous = key.name.is_empty();
            output.name.clone_from(&key.name);
        }
        Ok(source_of(rows, syntax.alias.as_ref().map(|alias| alias.value.as_str())))
    }

    /// Makes the aggregates count just the rows that they mean, in the rows' order.
    fn over_matches(
        &mut self,
        rows: &mut Rows,
        qualified: &[Qualified],
        unqualified: &[ColumnId],
        [place, variable]: [&Column; 2],
        span: Span,
    ) -> Result<()> {
        let mut relation = &mut rows.relation;
        while let Relation::Project { input, .. } | Relation::Filter { input, .. } = relation {
            relation = input;
        }
        let aggregate = match relation {
            Relation::Aggregate(aggregate)
                if matches!(&aggregate.input, Relation::Project { columns, .. }
                if columns.iter().any(|named| named.column.id == place.id)) =>
            {
                aggregate
            }
            _ => return Err(BindError::unsupported("An aggregate over groups in MEASURES", span)),
        };
        for call in &mut aggregate.calls {
            let wanted = symbol_of(call, qualified, unqualified, span)?;
            let number = |value: i64| Expr::Literal(Value::Int64(value), DataType::Int64);
            let variable = Expr::Column(variable.clone());
            let counts = match wanted {
                Some(symbol) => self.call("$equal", vec![variable, number(symbol as i64)], span)?,
                // A match without rows stands there as one row, which does not count.
                None => self.call("$greater_or_equal", vec![variable, number(0)], span)?,
            };
            call.filter = Some(match call.filter.take() {
                Some(filter) => self.call("$and", vec![counts, filter], span)?,
                None => counts,
            });
            let by_place =
                !call.distinct || call.arguments.first().is_some_and(|a| a.as_column() == Some(place.id));
            if call.order_by.is_empty() && by_place && ORDERED.contains(&&*call.function) {
                let expr = Expr::Column(place.clone());
                call.order_by.push(SortKey { expr, descending: false, nulls_last: false });
            }
        }
        Ok(())
    }
}

/// Returns the one symbol whose rows a call is over; None for all rows.
fn symbol_of(
    call: &AggregateCall,
    qualified: &[Qualified],
    unqualified: &[ColumnId],
    span: Span,
) -> Result<Option<usize>> {
    let mut used = Vec::new();
    call.exprs().for_each(|expr| referenced_columns(expr, &mut used));
    let mut symbols = qualified.iter().filter(|own| own.columns.iter().any(|id| used.contains(id)));
    let Some(first) = symbols.next() else { return Ok(None) };
    if symbols.next().is_some() {
        return Err(BindError::new("An aggregate of MEASURES cannot refer to several symbols", span));
    }
    if used.iter().any(|id| unqualified.contains(id)) {
        let message = "An aggregate of MEASURES cannot refer to columns with a symbol and without";
        return Err(BindError::new(message, span));
    }
    Ok(Some(first.symbol))
}

fn path(name: &str, span: Span) -> ast::Expr {
    let part = Ident { value: name.to_owned(), quoted: true, span };
    ast::Expr { kind: ExprKind::Path(ast::Path { parts: vec![part], span }), span }
}

fn group(name: &str, span: Span) -> GroupingItem {
    let kind = GroupingItemKind::Expr { value: path(name, span), alias: None, order: None };
    GroupingItem { kind, span }
}
