//! The algebra as indented text, for plan snapshots and EXPLAIN VERBOSE: an operator a line, its inputs
//! below it, two spaces further in.
//!
//! Columns print as `name#id`, calls as `$add(a#1, 1)`. A subquery prints as `scalar[1]`, and its relation
//! under `[1]`, before the operator's inputs.

use std::fmt::{self, Write};

use canopy_format::{DataType, Value};

use super::{
    AggregateCall, ArraySubquery, ArraySubqueryResult, Column, Expr, FrameUnit, JoinKind, Named, Query,
    Relation, SetOperator, SortKey, Subquery, SubqueryKind, Window,
};

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.value_table { "Query value:" } else { "Query" })?;
        for (i, output) in self.output.iter().enumerate() {
            f.write_str(if i == 0 { " " } else { ", " })?;
            write!(f, "{} {} = {}", output.name, output.column.data_type, output.column)?;
        }
        f.write_char('\n')?;
        write_relation(f, &self.relation, 1)
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_relation(f, self, 0)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.name, self.id.0)
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        Writer { text: &mut text, subqueries: Vec::new() }.expr(self)?;
        f.write_str(&text)
    }
}

/// Writes the line of one operator and gathers the subqueries in it.
struct Writer<'t, 'q> {
    text: &'t mut String,
    subqueries: Vec<&'q Subquery>,
}

fn write_relation(f: &mut fmt::Formatter<'_>, relation: &Relation, depth: usize) -> fmt::Result {
    let mut text = String::new();
    let mut writer = Writer { text: &mut text, subqueries: Vec::new() };
    writer.operator(relation)?;
    let subqueries = writer.subqueries;
    writeln!(f, "{:indent$}{text}", "", indent = depth * 2)?;
    for (i, subquery) in subqueries.iter().enumerate() {
        writeln!(f, "{:indent$}[{}] {}:", "", i + 1, subquery.output, indent = depth * 2 + 2)?;
        write_relation(f, &subquery.relation, depth + 2)?;
    }
    for input in relation.inputs() {
        write_relation(f, input, depth + 1)?;
    }
    Ok(())
}

impl<'q> Writer<'_, 'q> {
    fn operator(&mut self, relation: &'q Relation) -> fmt::Result {
        match relation {
            Relation::Scan(scan) => {
                write!(self.text, "Scan {}", scan.table.name)?;
                if let Some(fraction) = scan.sample {
                    write!(self.text, " sample {fraction}")?;
                }
                self.list(" ", &scan.columns, |w, c| write!(w.text, "{}", c.column))?;
                self.list(" where ", &scan.predicates, Self::expr)
            }
            Relation::Values { columns, rows } => {
                write!(self.text, "Values {} rows", rows.len())?;
                self.list(" ", columns, |w, c| write!(w.text, "{c}"))
            }
            Relation::Filter { predicate, .. } => {
                self.text.push_str("Filter ");
                self.expr(predicate)
            }
            Relation::Project { columns, .. } => {
                self.text.push_str("Project");
                self.list(" ", columns, Self::named)
            }
            Relation::Join(join) => {
                if join.dependent {
                    self.text.push_str("Dependent");
                }
                write!(self.text, "{}Join", join_name(join.kind))?;
                if let Some(mark) = &join.mark {
                    write!(self.text, " {mark}")?;
                    self.text.push_str(if join.null_aware { " null-aware" } else { "" });
                }
                self.list(" on ", &join.on, Self::expr)
            }
            Relation::Unnest(unnest) => {
                self.text.push_str(if unnest.outer { "OuterUnnest " } else { "Unnest " });
                write!(self.text, "{} := ", unnest.element)?;
                self.expr(&unnest.array)?;
                unnest.offset.iter().try_for_each(|offset| write!(self.text, " offset {offset}"))
            }
            Relation::Aggregate(aggregate) => {
                self.text.push_str("Aggregate");
                self.list(" by ", &aggregate.keys, Self::named)?;
                self.list(" calls ", &aggregate.calls, Self::call)
            }
            Relation::Sort { keys, .. } => {
                self.text.push_str("Sort");
                self.list(" ", keys, Self::sort_key)
            }
            Relation::Limit { limit, offset, .. } => {
                self.text.push_str("Limit ");
                self.range(*limit, *offset)
            }
            Relation::SetOperation(operation) => {
                self.text.push_str(set_name(operation.operator));
                self.list(" ", &operation.columns, |w, c| write!(w.text, "{c}"))?;
                for ids in &operation.input_columns {
                    self.list(" from ", ids, |w, id| write!(w.text, "#{}", id.0))?;
                }
                Ok(())
            }
            Relation::SingleRow(_) => self.text.write_str("SingleRow"),
            Relation::RowNumber { column, .. } => write!(self.text, "RowNumber {column}"),
            Relation::Window(window) => self.window(window),
            Relation::Recursive(recursive) => {
                let distinct = if recursive.distinct { "Distinct" } else { "" };
                write!(self.text, "Recursive{distinct} {}", recursive.id)?;
                self.list(" ", &recursive.columns, |w, c| write!(w.text, "{c}"))?;
                self.list(" from ", &recursive.base_columns, |w, id| write!(w.text, "#{}", id.0))?;
                self.list(" step ", &recursive.step_columns, |w, id| write!(w.text, "#{}", id.0))
            }
            Relation::With { id, .. } => write!(self.text, "With {id}"),
            Relation::Shared { id, columns, sources } => {
                write!(self.text, "Shared {id}")?;
                let pairs: Vec<_> = columns.iter().zip(sources).collect();
                self.list(" ", &pairs, |w, (column, source)| write!(w.text, "{column} := #{}", source.0))
            }
        }
    }

    fn list<'i, T>(
        &mut self,
        before: &str,
        items: &'i [T],
        mut write: impl FnMut(&mut Self, &'i T) -> fmt::Result,
    ) -> fmt::Result {
        for (i, item) in items.iter().enumerate() {
            self.text.push_str(if i == 0 { before } else { ", " });
            write(self, item)?;
        }
        Ok(())
    }

    fn named(&mut self, named: &'q Named) -> fmt::Result {
        write!(self.text, "{}", named.column)?;
        if named.expr.as_column() != Some(named.column.id) {
            self.text.push_str(" := ");
            self.expr(&named.expr)?;
        }
        Ok(())
    }

    fn call(&mut self, call: &'q AggregateCall) -> fmt::Result {
        write!(self.text, "{} := {}(", call.output, call.function)?;
        self.text.push_str(if call.distinct { "distinct " } else { "" });
        self.list("", &call.arguments, Self::expr)?;
        match call.ignore_nulls {
            Some(true) => self.text.push_str(" ignore nulls"),
            Some(false) => self.text.push_str(" respect nulls"),
            None => {}
        }
        if let Some(filter) = &call.filter {
            self.text.push_str(" where ");
            self.expr(filter)?;
        }
        if let Some(having) = &call.having {
            self.text.push_str(if having.greatest { " having max " } else { " having min " });
            self.expr(&having.key)?;
        }
        self.list(" order by ", &call.order_by, Self::sort_key)?;
        call.limit.iter().try_for_each(|limit| write!(self.text, " limit {limit}"))?;
        self.text.write_char(')')
    }

    fn window(&mut self, window: &'q Window) -> fmt::Result {
        self.text.push_str("Window");
        self.list(" partition by ", &window.partition_by, Self::expr)?;
        self.list(" order by ", &window.order_by, Self::sort_key)?;
        self.list(" calls ", &window.calls, |w, call| {
            w.call(&call.call)?;
            if call.order_key_count != window.order_by.len() {
                write!(w.text, " by {}", call.order_key_count)?;
            }
            match &call.frame {
                Some(frame) => {
                    let unit = if frame.unit == FrameUnit::Rows { "rows" } else { "range" };
                    write!(w.text, " {unit} {:?} to {:?}", frame.start, frame.end)
                }
                None => Ok(()),
            }
        })
    }

    fn sort_key(&mut self, key: &'q SortKey) -> fmt::Result {
        self.expr(&key.expr)?;
        self.text.push_str(if key.descending { " desc" } else { "" });
        if key.nulls_last != key.descending {
            self.text.push_str(if key.nulls_last { " nulls last" } else { " nulls first" });
        }
        Ok(())
    }

    fn range(&mut self, limit: Option<u64>, offset: u64) -> fmt::Result {
        match limit {
            Some(limit) => write!(self.text, "{limit}")?,
            None => self.text.push_str("all"),
        }
        if offset > 0 {
            write!(self.text, " offset {offset}")?;
        }
        Ok(())
    }

    fn expr(&mut self, expr: &'q Expr) -> fmt::Result {
        match expr {
            Expr::Column(column) => write!(self.text, "{column}"),
            Expr::Literal(value, data_type) => write_literal(self.text, value, data_type),
            Expr::Call { function, arguments, safe, .. } => {
                write!(self.text, "{}{function}(", if *safe { "safe." } else { "" })?;
                self.list("", arguments, Self::expr)?;
                self.text.write_char(')')
            }
            Expr::Cast { input, data_type, safe, format, time_zone } => {
                self.text.push_str(if *safe { "safe_cast(" } else { "cast(" });
                self.expr(input)?;
                write!(self.text, " as {data_type}")?;
                for (word, part) in [(" format ", format), (" at time zone ", time_zone)] {
                    if let Some(part) = part {
                        self.text.push_str(word);
                        self.expr(part)?;
                    }
                }
                self.text.write_char(')')
            }
            Expr::Field { input, index, .. } => {
                self.expr(input)?;
                let name = input.data_type().fields().and_then(|fields| fields.get(*index));
                match name.map(|field| field.name.as_str()) {
                    Some(name) if !name.is_empty() => write!(self.text, ".{name}"),
                    _ => write!(self.text, ".{index}"),
                }
            }
            Expr::Subquery(subquery) => self.subquery(subquery),
            Expr::ArraySubquery(subquery) => self.array_subquery(subquery),
        }
    }

    fn subquery(&mut self, subquery: &'q Subquery) -> fmt::Result {
        match &subquery.kind {
            SubqueryKind::Scalar => self.text.push_str("scalar"),
            SubqueryKind::Exists => self.text.push_str("exists"),
            SubqueryKind::Array => self.text.push_str("array"),
            SubqueryKind::In(operand) => {
                self.text.push_str("in(");
                self.expr(operand)?;
                self.text.push(')');
            }
        }
        self.subqueries.push(subquery);
        write!(self.text, "[{}]", self.subqueries.len())
    }

    fn array_subquery(&mut self, subquery: &'q ArraySubquery) -> fmt::Result {
        self.text.push_str("over(");
        for (i, source) in subquery.sources.iter().enumerate() {
            self.text.push_str(if i == 0 { "" } else { ", " });
            self.text.push_str(if source.outer { "outer " } else { "" });
            write!(self.text, "{} := ", source.element)?;
            self.expr(&source.array)?;
            source.offset.iter().try_for_each(|offset| write!(self.text, " offset {offset}"))?;
        }
        if let Some(filter) = &subquery.filter {
            self.text.push_str(" where ");
            self.expr(filter)?;
        }
        match &subquery.result {
            ArraySubqueryResult::Exists => self.text.push_str(" exists"),
            ArraySubqueryResult::Reduce { aggregates, result } => {
                self.list(" reduce ", aggregates, Self::call)?;
                self.text.push_str(" to ");
                self.expr(result)?;
            }
            ArraySubqueryResult::Array { value, order_by, limit, offset } => {
                self.text.push_str(" array ");
                self.collect(value, order_by, *limit, *offset)?;
            }
            ArraySubqueryResult::Scalar { value, order_by, limit, offset } => {
                self.text.push_str(" scalar ");
                self.collect(value, order_by, *limit, *offset)?;
            }
        }
        self.text.write_char(')')
    }

    fn collect(
        &mut self,
        value: &'q Expr,
        order_by: &'q [SortKey],
        limit: Option<u64>,
        offset: u64,
    ) -> fmt::Result {
        self.expr(value)?;
        self.list(" order by ", order_by, Self::sort_key)?;
        if limit.is_some() || offset > 0 {
            self.text.push_str(" limit ");
            self.range(limit, offset)?;
        }
        Ok(())
    }
}

fn write_literal(text: &mut String, value: &Value, data_type: &DataType) -> fmt::Result {
    match value {
        Value::Null => text.write_str("NULL"),
        Value::Bool(v) => text.write_str(if *v { "TRUE" } else { "FALSE" }),
        Value::Int64(v) => write!(text, "{v}"),
        Value::Float64(v) => write!(text, "{v:?}"),
        Value::String(v) => write!(text, "{v:?}"),
        Value::Numeric(v) => {
            let (sign, magnitude) = (if *v < 0 { "-" } else { "" }, v.unsigned_abs());
            let (whole, part) = (magnitude / 1_000_000_000, magnitude % 1_000_000_000);
            let digits = format!("{part:09}");
            let digits = digits.trim_end_matches('0');
            let point = if digits.is_empty() { "" } else { "." };
            write!(text, "NUMERIC {sign}{whole}{point}{digits}")
        }
        Value::Date(days) => match jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(*days)) {
            Ok(date) => write!(text, "DATE {date}"),
            Err(_) => write!(text, "DATE {days}"),
        },
        Value::Array(_) | Value::Struct(_) => write_nested(text, value, data_type),
        Value::BigNumeric(_)
        | Value::Bytes(_)
        | Value::Time(_)
        | Value::Datetime(_)
        | Value::Timestamp(_)
        | Value::Interval(_)
        | Value::Range(_)
        | Value::Json(_) => write!(text, "{data_type} {value:?}"),
    }
}

fn write_nested(text: &mut String, value: &Value, data_type: &DataType) -> fmt::Result {
    let (open, close, values) = match value {
        Value::Array(values) => ('[', ']', values),
        Value::Struct(values) => ('(', ')', values),
        other => return write!(text, "{data_type} {other:?}"),
    };
    text.push(open);
    for (i, value) in values.iter().enumerate() {
        text.push_str(if i == 0 { "" } else { ", " });
        let part = match data_type {
            DataType::Array(element) => Some(&**element),
            DataType::Struct(fields) => fields.get(i).map(|field| &field.data_type),
            _ => None,
        };
        write_literal(text, value, part.unwrap_or(data_type))?;
    }
    text.write_char(close)
}

fn join_name(kind: JoinKind) -> &'static str {
    match kind {
        JoinKind::Inner => "Inner",
        JoinKind::Left => "Left",
        JoinKind::Right => "Right",
        JoinKind::Full => "Full",
        JoinKind::Semi => "Semi",
        JoinKind::Anti => "Anti",
        JoinKind::NullAwareAnti => "NullAwareAnti",
        JoinKind::Mark => "Mark",
        JoinKind::Single => "Single",
    }
}

fn set_name(operator: SetOperator) -> &'static str {
    match operator {
        SetOperator::UnionAll => "UnionAll",
        SetOperator::UnionDistinct => "UnionDistinct",
        SetOperator::IntersectDistinct => "IntersectDistinct",
        SetOperator::ExceptDistinct => "ExceptDistinct",
        SetOperator::IntersectAll => "IntersectAll",
        SetOperator::ExceptAll => "ExceptAll",
    }
}
