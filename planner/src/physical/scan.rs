//! Scans: which columns and nested parts, which predicates the format tests itself, which files can match.

use std::collections::HashSet;

use canopy_exec::convert::value_to_proto;
use canopy_format::{ColumnTest, Comparison, DataType, Field, FieldId, Value};
use canopy_proto::plan::{self, column_predicate::Test, operator::Kind};

use super::stream::{Location, Stream};
use super::{Planner, expression, files, truncated};
use crate::algebra::{ColumnId, Expr, Scan, ScanColumn};
use crate::catalog::ROW_NUMBER;
use crate::error::{PlanError, Result};
use crate::statistics;

impl Planner<'_> {
    /// Returns the stream of a table's rows that pass the scan's predicates.
    pub(super) fn scan(&mut self, scan: &Scan, wanted: &HashSet<ColumnId>) -> Result<Stream> {
        let mut tests = Vec::new();
        let mut filters = Vec::new();
        let zone = self.options.context.time_zone.as_str();
        let is_utc = zone.is_empty() || zone.eq_ignore_ascii_case("UTC");
        for conjunct in &scan.predicates {
            let (pushed, exact) = column_tests(scan, conjunct, is_utc);
            tests.extend(pushed);
            if !exact {
                filters.push(conjunct.clone());
            }
        }
        check_partition_filter(scan, &tests)?;
        let kept: Vec<_> = scan
            .table
            .files
            .iter()
            .filter(|file| tests.iter().all(|(f, t)| files::can_match(file, *f, t)))
            .collect();
        let columns: Vec<&ScanColumn> =
            scan.columns.iter().filter(|c| wanted.contains(&c.column.id)).collect();
        let outputs: Vec<_> = columns.iter().map(|c| c.column.clone()).collect();
        let estimate = scan.predicates.iter().fold(statistics::scan(scan), statistics::filter);
        if kept.is_empty() {
            return Ok(self.values(&outputs, &[]));
        }
        let needed: HashSet<ColumnId> = scan.predicates.iter().flat_map(Expr::columns).collect();
        let messages = scan
            .columns
            .iter()
            .filter(|c| wanted.contains(&c.column.id) || needed.contains(&c.column.id))
            .map(|c| scan_column(scan, c, !wanted.contains(&c.column.id)))
            .collect::<Result<_>>()?;
        let read =
            scan.columns.iter().filter(|c| wanted.contains(&c.column.id) || needed.contains(&c.column.id));
        let leaves: HashSet<FieldId> = read.flat_map(|column| leaves(scan, column)).collect();
        let statistics = kept.iter().flat_map(|file| &file.columns);
        self.bytes_processed += statistics
            .filter(|column| leaves.contains(&column.field_id))
            .map(|column| column.raw_bytes)
            .sum::<u64>();
        let message = plan::Scan {
            table: scan.table.name.clone(),
            files: kept.iter().map(|file| file.file.clone()).collect(),
            columns: messages,
            predicates: tests.into_iter().map(|(field, test)| column_predicate(field, test)).collect(),
            filters: expression::expressions(&filters)?,
            runtime_filters: Vec::new(),
            sample_fraction: scan.sample,
            files_total: scan.table.files.len() as u32,
        };
        Ok(Stream {
            operator: self.fragments.operator(estimate.rows, Kind::Scan(message)),
            columns: outputs,
            location: if self.is_distributed() { Location::Splits } else { Location::Single },
            partition_count: 0,
            estimate,
            order: Vec::new(),
        })
    }
}

/// A table may ask its queries for a filter that leaves partitions out.
fn check_partition_filter(scan: &Scan, tests: &[(FieldId, ColumnTest)]) -> Result<()> {
    let layout = &scan.table.layout;
    let Some(partitioning) = &layout.partitioning else { return Ok(()) };
    if !layout.require_partition_filter || tests.iter().any(|(field, _)| *field == partitioning.field) {
        return Ok(());
    }
    let (table, column) = (&scan.table.name, &partitioning.column);
    Err(PlanError::Invalid(format!(
        "Cannot query over table '{table}' without a filter over column(s) '{column}' that can be used for partition \
         elimination"
    )))
}

fn scan_column(scan: &Scan, column: &ScanColumn, filter_only: bool) -> Result<plan::ScanColumn> {
    if column.field == ROW_NUMBER {
        let column = Some(expression::column(&column.column));
        return Ok(plan::ScanColumn { column, field: None, filter_only, row_number: true });
    }
    let Some(field) = scan.table.schema.field(column.field) else {
        let (table, field) = (&scan.table.name, column.field.0);
        return Err(PlanError::Internal(format!("table {table} has no field {field}")));
    };
    let children = match &column.nested {
        Some(kept) => projections(&field.children, kept),
        None => Vec::new(),
    };
    Ok(plan::ScanColumn {
        column: Some(expression::column(&column.column)),
        field: Some(plan::FieldProjection { field_id: column.field.0, children }),
        filter_only,
        row_number: false,
    })
}

/// The leaf columns that a scan's column is read from.
fn leaves(scan: &Scan, column: &ScanColumn) -> Vec<FieldId> {
    fn below(field: &Field, kept: Option<&[FieldId]>, leaves: &mut Vec<FieldId>) -> bool {
        let before = leaves.len();
        // Inside a listed part everything is kept, unless parts of it are listed too.
        let listed = kept.is_none_or(|kept| kept.contains(&field.id));
        field.children.iter().for_each(|child| {
            below(child, kept, leaves);
        });
        if leaves.len() > before || !listed {
            return leaves.len() > before;
        }
        match field.children.is_empty() {
            true => leaves.push(field.id),
            false => field.children.iter().for_each(|child| {
                below(child, None, leaves);
            }),
        }
        true
    }
    let mut found = Vec::new();
    if let Some(field) = scan.table.schema.field(column.field) {
        match &column.nested {
            None => {
                below(field, None, &mut found);
            }
            Some(kept) => field.children.iter().for_each(|child| {
                below(child, Some(kept), &mut found);
            }),
        };
    }
    found
}

/// The kept parts of a STRUCT. A part is kept when it is listed (then whole, unless parts of it are
/// listed too) or when something inside it is.
fn projections(fields: &[Field], kept: &[FieldId]) -> Vec<plan::FieldProjection> {
    let one = |field: &Field| {
        let children = projections(&field.children, kept);
        let is_kept = kept.contains(&field.id) || !children.is_empty();
        is_kept.then_some(plan::FieldProjection { field_id: field.id.0, children })
    };
    fields.iter().filter_map(one).collect()
}

/// The tests on stored columns that a conjunct implies, and whether they say all that it says.
fn column_tests(scan: &Scan, conjunct: &Expr, is_utc: bool) -> (Vec<(FieldId, ColumnTest)>, bool) {
    let one = |expr: &Expr, test: ColumnTest, exact: bool| match stored_column(scan, expr) {
        Some(field) => (vec![(field, test)], exact),
        None => (Vec::new(), false),
    };
    let none = (Vec::new(), false);
    let compared = |left: &Expr, comparison: Comparison, value: &Value| match stored_column(scan, left) {
        Some(field) => (vec![(field, ColumnTest::Compare(comparison, value.clone()))], true),
        None => {
            let stored = |column: &Expr| stored_column(scan, column);
            (truncated::tests(left, comparison, value, is_utc, stored), false)
        }
    };
    let Expr::Call { function, arguments, .. } = conjunct else {
        // A BOOL column by itself.
        return one(conjunct, ColumnTest::Compare(Comparison::Equal, Value::Bool(true)), true);
    };
    match (&**function, arguments.as_slice()) {
        ("$is_null", [column]) => one(column, ColumnTest::IsNull, true),
        ("$is_not_null", [column]) => one(column, ColumnTest::IsNotNull, true),
        ("$not", [Expr::Call { function, arguments, .. }]) if &**function == "$is_null" => {
            match arguments.as_slice() {
                [column] => one(column, ColumnTest::IsNotNull, true),
                _ => none,
            }
        }
        ("$not", [column @ Expr::Column(_)]) => {
            one(column, ColumnTest::Compare(Comparison::Equal, Value::Bool(false)), true)
        }
        ("$in", [column, list @ ..]) => match in_list(list) {
            Some(values) => one(column, ColumnTest::In(values.into()), true),
            None => none,
        },
        ("$like", [column, Expr::Literal(Value::String(pattern), _)]) => match like_prefix(pattern) {
            Some((prefix, exact)) => one(column, ColumnTest::StartsWith(prefix.into()), exact),
            None => none,
        },
        ("starts_with", [column, Expr::Literal(Value::String(prefix), _)]) => {
            one(column, ColumnTest::StartsWith(prefix.as_bytes().into()), true)
        }
        ("starts_with", [column, Expr::Literal(Value::Bytes(prefix), _)]) => {
            one(column, ColumnTest::StartsWith(prefix.clone()), true)
        }
        (name, [column, Expr::Literal(value, _)]) => match comparison(name) {
            Some(comparison) if !value.is_null() => compared(column, comparison, value),
            _ => none,
        },
        (name, [Expr::Literal(value, _), column]) => match comparison(name) {
            Some(comparison) if !value.is_null() => compared(column, flipped(comparison), value),
            _ => none,
        },
        _ => none,
    }
}

/// The stored top-level column, of a type that the format compares, which the expression is.
fn stored_column(scan: &Scan, expr: &Expr) -> Option<FieldId> {
    let Expr::Column(column) = expr else { return None };
    let comparable = column.data_type.is_scalar()
        && !matches!(column.data_type, DataType::Json | DataType::Interval | DataType::Range(_));
    let stored = scan.columns.iter().find(|c| c.column.id == column.id)?;
    comparable.then_some(stored.field)
}

fn comparison(function: &str) -> Option<Comparison> {
    Some(match function {
        "$equal" => Comparison::Equal,
        "$not_equal" => Comparison::NotEqual,
        "$less" => Comparison::Less,
        "$less_or_equal" => Comparison::LessOrEqual,
        "$greater" => Comparison::Greater,
        "$greater_or_equal" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn flipped(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

/// The list of IN, sorted and unique. A NULL in it never makes a row pass, so it is left out; None when
/// an element is no constant or has no order that statistics share.
fn in_list(list: &[Expr]) -> Option<Vec<Value>> {
    let mut values = Vec::with_capacity(list.len());
    for element in list {
        match element {
            Expr::Literal(Value::Null, _) => {}
            Expr::Literal(value, _) => values.push(value.clone()),
            _ => return None,
        }
    }
    if values.iter().any(|value| statistics::compare(value, value).is_none()) {
        return None;
    }
    values.sort_by(|a, b| statistics::compare(a, b).unwrap_or(std::cmp::Ordering::Equal));
    values.dedup_by(|a, b| statistics::compare(a, b) == Some(std::cmp::Ordering::Equal));
    (!values.is_empty()).then_some(values)
}

/// The bytes that a LIKE pattern asks for at the start, and whether that is all it asks for.
fn like_prefix(pattern: &str) -> Option<(Vec<u8>, bool)> {
    let end = pattern.find(['%', '_', '\\']).unwrap_or(pattern.len());
    // Without a wildcard the pattern is an equality, which the full predicate settles.
    (end > 0).then(|| (pattern.as_bytes()[..end].to_vec(), &pattern[end..] == "%"))
}

fn column_predicate(field: FieldId, test: ColumnTest) -> plan::ColumnPredicate {
    let test = match test {
        ColumnTest::Compare(comparison, value) => Test::Compare(plan::CompareTest {
            comparison: match comparison {
                Comparison::Equal => plan::Comparison::Equal,
                Comparison::NotEqual => plan::Comparison::NotEqual,
                Comparison::Less => plan::Comparison::Less,
                Comparison::LessOrEqual => plan::Comparison::LessOrEqual,
                Comparison::Greater => plan::Comparison::Greater,
                Comparison::GreaterOrEqual => plan::Comparison::GreaterOrEqual,
            } as i32,
            value: Some(value_to_proto(&value)),
        }),
        ColumnTest::In(values) => {
            Test::In(plan::InTest { values: values.iter().map(value_to_proto).collect() })
        }
        ColumnTest::StartsWith(prefix) => Test::StartsWith(prefix.to_vec().into()),
        ColumnTest::IsNull => Test::IsNull(true),
        ColumnTest::IsNotNull => Test::IsNotNull(true),
        // Filters from build sides are attached as runtime filters.
        ColumnTest::MayContain(_) => Test::IsNotNull(true),
    };
    plan::ColumnPredicate { field_id: field.0, test: Some(test) }
}
