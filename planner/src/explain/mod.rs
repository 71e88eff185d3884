//! A physical plan as indented text, for EXPLAIN; with profiles what truly happened, for EXPLAIN ANALYZE.
//!
//! A fragment a paragraph, the root's first: where it runs and where its rows go, then its operators, one a
//! line, inputs below and two spaces further in. Columns are `#id`, as in the plan.

mod expression;
mod operator;
#[cfg(test)]
mod tests;
mod window;

use std::collections::HashMap;
use std::fmt::Write;

use canopy_proto::plan::{self, OperatorProfile, Placement, exchange};

use crate::physical::tree;

/// Returns the plan as text; `profiles` adds what each operator did.
pub fn render(plan: &plan::Plan, profiles: Option<&[OperatorProfile]>) -> String {
    let profiles: Option<HashMap<u32, &OperatorProfile>> =
        profiles.map(|all| all.iter().map(|profile| (profile.operator_id, profile)).collect());
    let mut text = String::new();
    for (index, fragment) in plan.fragments.iter().rev().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        // A fragment without operators is broken; its line still says that it is there.
        let _ = writeln!(text, "Fragment {}: {}", fragment.id, place(fragment, index == 0));
        if let Some(mixer) = &fragment.mixer {
            text.push_str("  at mixers:\n");
            tree_text(mixer, profiles.as_ref(), 2, &mut text);
        }
        if let Some(root) = &fragment.root {
            tree_text(root, profiles.as_ref(), 1, &mut text);
        }
    }
    text.push_str("\nOutput: ");
    for (index, column) in plan.output.iter().enumerate() {
        let separator = if index > 0 { ", " } else { "" };
        let _ = write!(text, "{separator}{} = #{}", column.name, column.column_id);
    }
    text.push('\n');
    text
}

/// Where the fragment runs and where its rows go.
fn place(fragment: &plan::Fragment, is_root: bool) -> String {
    let place = match fragment.placement() {
        Placement::Root => "at the root".to_owned(),
        Placement::Splits => "on leaves, a task a set of splits".to_owned(),
        Placement::Partitions if fragment.partition_count == 1 => "on one leaf, after a shuffle".to_owned(),
        Placement::Partitions => format!("on leaves, {} partitions", fragment.partition_count),
        Placement::Single => "on one leaf".to_owned(),
        Placement::Unspecified => "nowhere".to_owned(),
    };
    if is_root {
        return place;
    }
    let exchange = match fragment.output.as_ref().and_then(|output| output.kind.as_ref()) {
        Some(exchange::Kind::Gather(_)) => "gathered".to_owned(),
        Some(exchange::Kind::Broadcast(_)) => "broadcast".to_owned(),
        Some(exchange::Kind::Hash(hash)) if hash.column_ids.is_empty() => "collected".to_owned(),
        Some(exchange::Kind::Hash(hash)) => format!("shuffled by {}", expression::ids(&hash.column_ids)),
        None => "to nobody".to_owned(),
    };
    format!("{place}, {exchange}")
}

fn tree_text(
    node: &plan::Operator,
    profiles: Option<&HashMap<u32, &OperatorProfile>>,
    depth: usize,
    text: &mut String,
) {
    let _ = write!(text, "{:indent$}{}", "", operator::describe(node), indent = depth * 2);
    if node.estimated_rows >= 0.0 {
        let _ = write!(text, "  [~{} rows]", count(node.estimated_rows.round() as u64));
    }
    if let Some(profile) = profiles.and_then(|profiles| profiles.get(&node.id)) {
        let _ = write!(text, "  ({})", actual(profile));
    }
    text.push('\n');
    for input in tree::inputs(node) {
        tree_text(input, profiles, depth + 1, text);
    }
}

/// What an operator did; what it has nothing of is left out.
fn actual(profile: &OperatorProfile) -> String {
    let mut parts =
        vec![format!("{} rows", count(profile.rows_out)), format!("{:.1} ms", profile.cpu_ns as f64 / 1e6)];
    let optional = [
        ("memory", bytes(profile.peak_memory_bytes), profile.peak_memory_bytes),
        ("processed", bytes(profile.bytes_processed), profile.bytes_processed),
        ("fetched", bytes(profile.bytes_fetched), profile.bytes_fetched),
        ("rows scanned", count(profile.rows_scanned), profile.rows_scanned),
        ("spilled", bytes(profile.spilled_bytes), profile.spilled_bytes),
        (
            "dropped by join filters",
            count(profile.runtime_filter_rows_dropped),
            profile.runtime_filter_rows_dropped,
        ),
    ];
    parts.extend(
        optional.iter().filter(|(.., raw)| *raw > 0).map(|(name, value, _)| format!("{value} {name}")),
    );
    let blocks = profile.blocks_read + profile.blocks_skipped;
    if blocks > 0 {
        parts.push(format!("{} of {} blocks skipped", count(profile.blocks_skipped), count(blocks)));
    }
    parts.join(", ")
}

/// Digits in groups of three.
fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn bytes(value: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut scaled = value as f64;
    let mut unit = 0;
    while scaled >= 1024.0 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{value} B") } else { format!("{scaled:.1} {}", UNITS[unit]) }
}
