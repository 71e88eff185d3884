//! One operator as a line.

use canopy_proto::plan::{self, AggregatePhase, JoinKind, column_predicate::Test, operator::Kind};

use super::expression::{self, expression, literal, sort_keys};

/// Returns the operator's line, without its inputs.
pub(super) fn describe(operator: &plan::Operator) -> String {
    match &operator.kind {
        None => "?".to_owned(),
        Some(Kind::Scan(scan)) => describe_scan(scan),
        Some(Kind::Values(values)) => match values.rows.len() {
            1 => "Values 1 row".to_owned(),
            rows => format!("Values {rows} rows"),
        },
        Some(Kind::ExchangeRead(read)) if read.merge_keys.is_empty() => {
            format!("Read fragment {}", read.fragment_id)
        }
        Some(Kind::ExchangeRead(read)) => {
            format!("Read fragment {}, merged by {}", read.fragment_id, sort_keys(&read.merge_keys))
        }
        Some(Kind::Filter(filter)) => format!("Filter {}", expression::optional(filter.predicate.as_ref())),
        Some(Kind::Project(project)) => format!("Project {}", named(&project.columns)),
        Some(Kind::HashJoin(join)) => describe_hash_join(join),
        Some(Kind::NestedLoopJoin(join)) => {
            let on = join.predicate.as_ref().map(|on| format!(" on {}", expression(on))).unwrap_or_default();
            format!("Nested loop join {}{on}", kind_name(join.kind()))
        }
        Some(Kind::Aggregate(aggregate)) => describe_aggregate(aggregate),
        Some(Kind::Sort(sort)) => format!("Sort {}", sort_keys(&sort.keys)),
        Some(Kind::TopN(top)) => {
            format!("Top {}{} by {}", top.limit, skipped(top.offset), sort_keys(&top.keys))
        }
        Some(Kind::Limit(limit)) => match limit.limit {
            Some(rows) => format!("Limit {rows}{}", skipped(limit.offset)),
            None => format!("Limit none{}", skipped(limit.offset)),
        },
        Some(Kind::Unnest(unnest)) => {
            let outer = if unnest.outer { " outer" } else { "" };
            let element = unnest.element.as_ref().map_or(0, |column| column.id);
            let offset = unnest.offset.as_ref().map(|c| format!(", offset #{}", c.id)).unwrap_or_default();
            format!("Unnest{outer} #{element} of {}{offset}", expression::optional(unnest.array.as_ref()))
        }
        Some(Kind::Union(union)) => format!("Union of {}", union.inputs.len()),
        Some(Kind::SingleRow(_)) => "Single row".to_owned(),
        Some(Kind::RowNumber(number)) => {
            format!("Row number #{}", number.column.as_ref().map_or(0, |column| column.id))
        }
        Some(Kind::Window(window)) => super::window::describe(window),
        Some(Kind::Recursive(recursive)) => {
            let distinct = if recursive.distinct { " distinct" } else { "" };
            format!("Recursive{distinct} {}: base, step", recursive.recursion_id)
        }
        Some(Kind::RecursiveRead(read)) => format!("Read rows before of recursion {}", read.recursion_id),
    }
}

fn skipped(offset: u64) -> String {
    if offset > 0 { format!(" after {offset}") } else { String::new() }
}

fn named(columns: &[plan::NamedExpression]) -> String {
    let one = |named: &plan::NamedExpression| match &named.expression {
        Some(plan::Expression { kind: Some(plan::expression::Kind::Column(id)), .. })
            if *id == named.column_id =>
        {
            format!("#{id}")
        }
        value => format!("#{} = {}", named.column_id, expression::optional(value.as_ref())),
    };
    columns.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn describe_scan(scan: &plan::Scan) -> String {
    let column = |column: &plan::ScanColumn| {
        let id = column.column.as_ref().map_or(0, |c| c.id);
        let field = column.field.as_ref();
        let parts = field.map(|field| projected(&field.children)).unwrap_or_default();
        if column.row_number {
            return format!("#{id}:row number");
        }
        let tested = if column.filter_only { "?" } else { "" };
        format!("#{id}{tested}:{}{parts}", field.map_or(0, |field| field.field_id))
    };
    let columns = scan.columns.iter().map(column).collect::<Vec<_>>().join(", ");
    let mut text = format!("Scan {} ({columns})", scan.table);
    if (scan.files.len() as u32) < scan.files_total {
        text.push_str(&format!(" {} of {} files", scan.files.len(), scan.files_total));
    } else if scan.files.len() != 1 {
        text.push_str(&format!(" {} files", scan.files.len()));
    }
    let mut conjuncts: Vec<String> = scan.predicates.iter().map(|p| predicate(scan, p)).collect();
    conjuncts.extend(scan.filters.iter().map(expression::operand));
    if !conjuncts.is_empty() {
        text.push_str(&format!(" where {}", conjuncts.join(" and ")));
    }
    for filter in &scan.runtime_filters {
        text.push_str(&format!(" filter {} on #{}", filter.filter_id, filter.column_id));
    }
    text
}

fn projected(children: &[plan::FieldProjection]) -> String {
    if children.is_empty() {
        return String::new();
    }
    let one = |child: &plan::FieldProjection| format!("{}{}", child.field_id, projected(&child.children));
    format!("{{{}}}", children.iter().map(one).collect::<Vec<_>>().join(" "))
}

fn predicate(scan: &plan::Scan, predicate: &plan::ColumnPredicate) -> String {
    let column = scan
        .columns
        .iter()
        .find(|column| column.field.as_ref().is_some_and(|field| field.field_id == predicate.field_id));
    let column = column.and_then(|column| column.column.as_ref());
    let name = match column {
        Some(column) => format!("#{}", column.id),
        None => format!("field {}", predicate.field_id),
    };
    let data_type = column.and_then(|column| column.r#type.as_ref());
    match &predicate.test {
        Some(Test::Compare(test)) => {
            let symbol = match test.comparison() {
                plan::Comparison::Equal => "=",
                plan::Comparison::NotEqual => "!=",
                plan::Comparison::Less => "<",
                plan::Comparison::LessOrEqual => "<=",
                plan::Comparison::Greater => ">",
                plan::Comparison::GreaterOrEqual => ">=",
                plan::Comparison::Unspecified => "?",
            };
            let value = test.value.clone().unwrap_or_default();
            format!("{name} {symbol} {}", literal(&value, data_type))
        }
        Some(Test::In(test)) => {
            let values: Vec<String> = test.values.iter().map(|value| literal(value, data_type)).collect();
            format!("{name} in ({})", values.join(", "))
        }
        Some(Test::StartsWith(prefix)) => format!("{name} starts with {:?}", String::from_utf8_lossy(prefix)),
        Some(Test::IsNull(_)) => format!("{name} is null"),
        Some(Test::IsNotNull(_)) => format!("{name} is not null"),
        None => format!("{name} ?"),
    }
}

fn kind_name(kind: JoinKind) -> &'static str {
    match kind {
        JoinKind::Unspecified => "?",
        JoinKind::Inner => "inner",
        JoinKind::Left => "left",
        JoinKind::Right => "right",
        JoinKind::Full => "full",
        JoinKind::Semi => "semi",
        JoinKind::Anti => "anti",
        JoinKind::NullAwareAnti => "null-aware anti",
        JoinKind::RightSemi => "right semi",
        JoinKind::RightAnti => "right anti",
        JoinKind::Mark => "mark",
        JoinKind::Single => "single",
    }
}

fn describe_hash_join(join: &plan::HashJoin) -> String {
    let key = |key: &plan::JoinKey| {
        let (probe, build) =
            (expression::optional(key.probe.as_ref()), expression::optional(key.build.as_ref()));
        let symbol = if key.null_safe { "is not distinct from" } else { "=" };
        format!("{probe} {symbol} {build}")
    };
    let keys: Vec<String> = join.keys.iter().map(key).collect();
    let mut text = format!("Hash join {} on {}", kind_name(join.kind()), keys.join(" and "));
    if let Some(mark) = &join.mark_column {
        text.push_str(&format!(" as #{}", mark.id));
    }
    if let Some(residual) = &join.residual {
        text.push_str(&format!(" if {}", expression(residual)));
    }
    for filter in &join.runtime_filters {
        text.push_str(&format!(" makes filter {}", filter.filter_id));
    }
    text
}

fn describe_aggregate(aggregate: &plan::Aggregate) -> String {
    let phase = match aggregate.phase() {
        AggregatePhase::Single => "",
        AggregatePhase::Partial => " partial",
        AggregatePhase::Merge => " merge",
        AggregatePhase::Final => " final",
        AggregatePhase::Unspecified => " ?",
    };
    let mut text = format!("Aggregate{phase}");
    if !aggregate.keys.is_empty() {
        text.push_str(&format!(" by {}", named(&aggregate.keys)));
    }
    let calls: Vec<String> = aggregate
        .calls
        .iter()
        .map(|call| format!(" #{} = {}", call.output_id, expression::aggregate(call)))
        .collect();
    if !calls.is_empty() {
        text.push_str(if aggregate.keys.is_empty() { ":" } else { ";" });
        text.push_str(&calls.join(","));
    }
    text
}
