//! Estimates of relations and their columns.

use std::collections::HashMap;

use canopy_format::{DataType, FieldId};

use super::{distinct, filter, join, value};
use crate::algebra::{AggregateCall, Column, ColumnId, Expr, JoinKind, Named, Relation, Scan};
use crate::catalog::TableSource;

/// Rows guessed where nothing is known.
const ROWS_UNKNOWN: f64 = 1000.0;
/// Elements guessed for an array of unknown length.
const ELEMENTS_PER_ARRAY: f64 = 3.0;

/// What is believed of a relation.
#[derive(Debug, Clone, Default)]
pub struct Estimate {
    /// Rows.
    pub rows: f64,
    /// What is believed of its columns; a missing column is unknown.
    pub columns: HashMap<ColumnId, ColumnEstimate>,
}

/// What is believed of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnEstimate {
    /// Distinct non-null values in the rows at hand.
    pub distinct: f64,
    /// Distinct values of the column it came from, before filters: the domain that joins divide by.
    pub domain: f64,
    /// Rows of the table (or groups of the aggregate) it came from: bounds a composite key's domain.
    pub base_rows: f64,
    /// Share of NULLs.
    pub null_fraction: f64,
    /// The lowest and highest value as numbers.
    pub range: Option<(f64, f64)>,
    /// Bytes a value in memory.
    pub width: f64,
}

impl ColumnEstimate {
    /// What is believed of a column of which nothing is known but its type.
    pub fn unknown(rows: f64, data_type: &DataType) -> Self {
        let distinct = (rows / 10.0).max(1.0);
        let (domain, base_rows) = (distinct, rows);
        Self { distinct, domain, base_rows, null_fraction: 0.0, range: None, width: width(data_type) }
    }
}

impl Estimate {
    /// What is believed of the column.
    pub fn column(&self, column: &Column) -> ColumnEstimate {
        match self.columns.get(&column.id) {
            Some(estimate) => estimate.clone(),
            None => ColumnEstimate::unknown(self.rows, &column.data_type),
        }
    }

    /// Bytes of the rows in memory when only these columns are kept.
    pub fn bytes(&self, columns: &[Column]) -> f64 {
        self.rows * columns.iter().map(|column| self.column(column).width).sum::<f64>().max(1.0)
    }

    /// So many rows of columns of which nothing is known.
    pub(crate) fn with_unknown(mut self, columns: &[Column], rows: f64) -> Self {
        self.rows = rows.max(1.0);
        for column in columns {
            self.columns.insert(column.id, ColumnEstimate::unknown(self.rows, &column.data_type));
        }
        self
    }

    /// The same columns for another number of rows: no column has more distinct values than rows.
    pub fn with_rows(mut self, rows: f64) -> Self {
        let rows = rows.max(0.0);
        if rows < self.rows {
            let kept = if self.rows > 0.0 { rows / self.rows } else { 0.0 };
            for column in self.columns.values_mut() {
                // Of a value that stands in n rows, something is left with probability 1 - (1 - kept)^n.
                let per_value = (self.rows / column.distinct.max(1.0)).max(1.0);
                column.distinct =
                    (column.distinct * (1.0 - (1.0 - kept).powf(per_value))).clamp(1.0, rows.max(1.0));
            }
        }
        self.rows = rows;
        self
    }
}

/// Iterations that a recursion is believed to take.
pub(crate) const ITERATIONS: f64 = 10.0;

/// Bytes of one value in memory.
fn width(data_type: &DataType) -> f64 {
    match data_type {
        DataType::Bool => 1.0,
        DataType::Date => 4.0,
        DataType::String | DataType::Bytes | DataType::Json => 32.0,
        DataType::Interval | DataType::Range(_) => 16.0,
        DataType::BigNumeric => 32.0,
        DataType::Array(element) => 8.0 + ELEMENTS_PER_ARRAY * width(element),
        DataType::Struct(fields) => fields.iter().map(|field| width(&field.data_type)).sum(),
        _ => 8.0,
    }
}

/// Returns the estimate of rows with window functions' columns.
pub fn window<'c>(mut input: Estimate, outputs: impl Iterator<Item = &'c Column>) -> Estimate {
    for output in outputs {
        let values = ColumnEstimate::unknown(input.rows, &output.data_type);
        input.columns.insert(output.id, values);
    }
    input
}

/// Returns the estimate of a relation and everything below it.
pub fn relation(relation: &Relation) -> Estimate {
    at(relation, &HashMap::new())
}

type Scope = HashMap<u32, std::sync::Arc<Estimate>>;

fn at(relation: &Relation, scope: &Scope) -> Estimate {
    match relation {
        Relation::Scan(node) => node.predicates.iter().fold(scan(node), filter),
        Relation::Values { columns, rows } => values(columns, rows.len()),
        Relation::Filter { input, predicate } => filter(at(input, scope), predicate),
        Relation::Project { input, columns } => project(&at(input, scope), columns),
        Relation::Join(node) => {
            let mut estimate = join(&at(&node.left, scope), &at(&node.right, scope), node.kind, &node.on);
            if let (JoinKind::Mark, Some(mark)) = (node.kind, &node.mark) {
                estimate.columns.insert(mark.id, ColumnEstimate::unknown(2.0, &mark.data_type));
            }
            estimate
        }
        Relation::Unnest(node) => unnest(&at(&node.input, scope)),
        Relation::Aggregate(node) => aggregate(&at(&node.input, scope), &node.keys, &node.calls),
        Relation::Sort { input, .. } => at(input, scope),
        Relation::Limit { input, limit, offset } => {
            let input = at(input, scope);
            let left = (input.rows - *offset as f64).max(0.0);
            let rows = limit.map_or(left, |limit| left.min(limit as f64));
            input.with_rows(rows)
        }
        Relation::SetOperation(node) => {
            let inputs: Vec<Estimate> = node.inputs.iter().map(|input| at(input, scope)).collect();
            union(&inputs, &node.input_columns, &node.columns)
        }
        Relation::SingleRow(input) => at(input, scope).with_rows(1.0),
        Relation::RowNumber { input, column } => {
            let mut estimate = at(input, scope);
            let mut number = ColumnEstimate::unknown(estimate.rows, &column.data_type);
            number.distinct = estimate.rows;
            number.domain = estimate.rows;
            estimate.columns.insert(column.id, number);
            estimate
        }
        Relation::Window(node) => window(at(&node.input, scope), node.outputs()),
        Relation::Recursive(node) => {
            let base = at(&node.base, scope);
            values(&node.columns, 0).with_unknown(&node.columns, base.rows * ITERATIONS)
        }
        Relation::With { id, definition, body } => {
            let mut inner = scope.clone();
            inner.insert(*id, std::sync::Arc::new(at(definition, scope)));
            at(body, &inner)
        }
        Relation::Shared { id, columns, sources } => match scope.get(id) {
            Some(definition) => renamed(definition, sources, columns),
            None => Estimate { rows: ROWS_UNKNOWN, ..Estimate::default() },
        },
    }
}

/// Returns the estimate of shared rows under other column ids.
fn renamed(definition: &Estimate, sources: &[ColumnId], columns: &[Column]) -> Estimate {
    let known = sources.iter().zip(columns);
    let columns =
        known.filter_map(|(source, column)| Some((column.id, definition.columns.get(source)?.clone())));
    Estimate { rows: definition.rows, columns: columns.collect() }
}

/// Returns the estimate of literal rows.
pub(crate) fn values(columns: &[Column], rows: usize) -> Estimate {
    let rows = rows as f64;
    let columns = columns.iter().map(|c| {
        let unknown = ColumnEstimate::unknown(rows, &c.data_type);
        (c.id, ColumnEstimate { distinct: rows.max(1.0), domain: rows.max(1.0), ..unknown })
    });
    Estimate { rows, columns: columns.collect() }
}

/// Returns the estimate of a table's rows, without the scan's predicates.
pub fn scan(scan: &Scan) -> Estimate {
    let rows = scan.table.row_count() as f64 * scan.sample.unwrap_or(1.0);
    let columns = scan.columns.iter().map(|column| {
        (column.column.id, stored_column(&scan.table, column.field, &column.column.data_type, rows))
    });
    Estimate { rows, columns: columns.collect() }
}

fn stored_column(table: &TableSource, field: FieldId, data_type: &DataType, rows: f64) -> ColumnEstimate {
    let mut estimate = ColumnEstimate::unknown(rows, data_type);
    if !data_type.is_scalar() {
        return estimate;
    }
    let statistics = table.statistics_of(field);
    if statistics.is_empty() || statistics.len() != table.files.len() {
        return estimate;
    }
    let nulls: u64 = statistics.iter().map(|s| s.null_count).sum();
    let values: u64 = statistics.iter().map(|s| s.value_count).sum();
    let bytes: u64 = statistics.iter().map(|s| s.raw_bytes).sum();
    if values > 0 {
        estimate.null_fraction = nulls as f64 / values as f64;
        if matches!(data_type, DataType::String | DataType::Bytes | DataType::Json) && bytes > 0 {
            estimate.width = 16.0 + bytes as f64 / values as f64;
        }
    }
    let bounds: Option<Vec<_>> = statistics
        .iter()
        .filter(|s| s.null_count < s.value_count)
        .map(|s| Some((s.min.as_ref()?, s.max.as_ref()?)))
        .collect();
    let mut spread = None;
    if let Some(bounds) = bounds.filter(|bounds| !bounds.is_empty()) {
        let numbers =
            bounds.iter().filter_map(|(min, max)| Some((value::as_number(min)?, value::as_number(max)?)));
        let range = numbers.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        estimate.range = range;
        if value::is_discrete(bounds[0].0) {
            spread = range.map(|(low, high)| high - low + 1.0);
        }
    }
    let non_null = (rows * (1.0 - estimate.null_fraction)).max(1.0);
    let sketched = distinct::merged_estimate(statistics.iter().map(|s| s.distinct_sketch.as_slice()));
    let known = match (sketched, spread) {
        (Some(sketched), Some(spread)) => Some(sketched.min(spread)),
        (sketched, spread) => sketched.or(spread),
    };
    if let Some(known) = known {
        estimate.distinct = known.clamp(1.0, non_null);
        estimate.domain = estimate.distinct;
    }
    estimate
}

/// Returns the estimate of computed columns.
pub fn project(input: &Estimate, columns: &[Named]) -> Estimate {
    let columns = columns.iter().map(|named| (named.column.id, expression(input, &named.expr)));
    Estimate { rows: input.rows, columns: columns.collect() }
}

/// Returns what is believed of an expression's values.
pub(crate) fn expression(input: &Estimate, expr: &Expr) -> ColumnEstimate {
    match expr {
        Expr::Column(column) => input.column(column),
        Expr::Literal(..) => {
            let unknown = ColumnEstimate::unknown(input.rows, expr.data_type());
            ColumnEstimate { distinct: 1.0, domain: 1.0, ..unknown }
        }
        // At most as many values as combinations of what it is made of.
        _ => {
            let mut distinct = 1.0;
            let mut base_rows: f64 = 1.0;
            expr.for_each(&mut |part| {
                if let Expr::Column(column) = part {
                    let estimate = input.column(column);
                    distinct *= estimate.distinct.max(1.0);
                    base_rows = base_rows.max(estimate.base_rows);
                }
            });
            if let Expr::Call { function, .. } = expr
                && function.starts_with("$extract_")
            {
                distinct = f64::min(distinct, 60.0);
            }
            let distinct = f64::min(distinct, input.rows.max(1.0));
            let unknown = ColumnEstimate::unknown(input.rows, expr.data_type());
            ColumnEstimate { distinct, domain: distinct, base_rows, ..unknown }
        }
    }
}

/// Returns the estimate of a row an element.
pub fn unnest(input: &Estimate) -> Estimate {
    Estimate { rows: input.rows * ELEMENTS_PER_ARRAY, columns: input.columns.clone() }
}

/// Returns the estimate of groups.
pub fn aggregate(input: &Estimate, keys: &[Named], calls: &[AggregateCall]) -> Estimate {
    let keyed: Vec<(ColumnId, ColumnEstimate)> =
        keys.iter().map(|key| (key.column.id, expression(input, &key.expr))).collect();
    let rows = if keys.is_empty() {
        1.0
    } else {
        let nulls = |column: &ColumnEstimate| f64::from(u8::from(column.null_fraction > 0.0));
        let product: f64 = keyed.iter().map(|(_, column)| column.distinct.max(1.0) + nulls(column)).product();
        product.min(input.rows)
    };
    let mut columns: HashMap<ColumnId, ColumnEstimate> = keyed.into_iter().collect();
    for column in columns.values_mut() {
        column.distinct = column.distinct.min(rows.max(1.0));
        column.base_rows = column.base_rows.min(rows.max(column.domain));
    }
    for call in calls {
        columns.insert(call.output.id, ColumnEstimate::unknown(rows, &call.output.data_type));
    }
    Estimate { rows, columns }
}

/// Returns the estimate of all rows of all inputs.
pub fn union(inputs: &[Estimate], input_columns: &[Vec<ColumnId>], columns: &[Column]) -> Estimate {
    let rows = inputs.iter().map(|input| input.rows).sum();
    let column = |position: usize, column: &Column| {
        let mut merged = ColumnEstimate::unknown(rows, &column.data_type);
        let parts = inputs.iter().zip(input_columns);
        let parts: Option<Vec<&ColumnEstimate>> =
            parts.map(|(input, ids)| input.columns.get(ids.get(position)?)).collect();
        if let Some(parts) = parts {
            merged.distinct = parts.iter().map(|part| part.distinct).sum();
            merged.domain = parts.iter().map(|part| part.domain).sum();
        }
        (column.id, merged)
    };
    let columns = columns.iter().enumerate().map(|(position, c)| column(position, c)).collect();
    Estimate { rows, columns }
}
