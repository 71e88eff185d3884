//! A window operator as a line.

use canopy_proto::plan::{self, FrameBoundKind, FrameUnit};

use super::expression::{self, expression, sort_keys};

/// Returns the operator's line, without its input.
pub(super) fn describe(window: &plan::Window) -> String {
    let mut text = "Window".to_owned();
    if !window.partition_by.is_empty() {
        let keys: Vec<String> = window.partition_by.iter().map(expression).collect();
        text.push_str(&format!(" by {}", keys.join(", ")));
    }
    if !window.order_by.is_empty() {
        text.push_str(&format!(" in order of {}", sort_keys(&window.order_by)));
    }
    let calls: Vec<String> = window.calls.iter().map(|call| describe_call(call, window)).collect();
    text.push_str(&format!("; {}", calls.join(", ")));
    text
}

fn describe_call(call: &plan::WindowCall, window: &plan::Window) -> String {
    let Some(aggregate) = &call.call else { return "?".to_owned() };
    let mut text = format!("#{} = {}", aggregate.output_id, expression::aggregate(aggregate));
    if call.order_key_count as usize != window.order_by.len() {
        text.push_str(&format!(" by the first {}", call.order_key_count));
    }
    if let Some(frame) = &call.frame {
        let unit = match frame.unit() {
            FrameUnit::Rows => "rows",
            FrameUnit::Range => "range",
            FrameUnit::Unspecified => "?",
        };
        // The frame that an ORDER BY has by itself goes without saying.
        let (start, end) = (bound(frame.start.as_ref(), window), bound(frame.end.as_ref(), window));
        if (unit, start.as_str(), end.as_str()) != ("range", "unbounded preceding", "current row") {
            text.push_str(&format!(" over {unit} {start} to {end}"));
        }
    }
    text
}

fn bound(bound: Option<&plan::FrameBound>, window: &plan::Window) -> String {
    let Some(bound) = bound else { return "?".to_owned() };
    let offset = || {
        let key = window.order_by.first().and_then(|key| key.expression.as_ref()?.r#type.as_ref());
        let int64 = plan::Type { kind: plan::TypeKind::Int64 as i32, children: Vec::new() };
        match &bound.offset {
            Some(literal) if matches!(literal.value, Some(plan::literal::Value::Int64(_))) => {
                expression::literal(literal, Some(&int64))
            }
            Some(literal) => expression::literal(literal, key),
            None => "?".to_owned(),
        }
    };
    match bound.kind() {
        FrameBoundKind::UnboundedPreceding => "unbounded preceding".to_owned(),
        FrameBoundKind::Preceding => format!("{} preceding", offset()),
        FrameBoundKind::CurrentRow => "current row".to_owned(),
        FrameBoundKind::Following => format!("{} following", offset()),
        FrameBoundKind::UnboundedFollowing => "unbounded following".to_owned(),
        FrameBoundKind::Unspecified => "?".to_owned(),
    }
}
