//! The plain shredder and assembler: Dremel's definitions, record by record, as slow and as clear as can be.
//!
//! What the file stores differently (structure streams, validity planes) must give exactly these levels,
//! and from these levels exactly the records.

use crate::file::Levels;
use crate::{Field, FieldId, Mode, Value};

/// Whether NULL arrays and NULL elements occur under a repeated field: then each takes a definition level.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Extra {
    null_list: bool,
    null_element: bool,
}

/// A field with what must be known of the data before levels can be counted.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    field: &'a Field,
    extra: Extra,
    children: Vec<Node<'a>>,
}

/// A leaf's levels and its present values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leaf {
    pub(super) field: FieldId,
    pub(super) levels: Levels,
    pub(super) values: Vec<Value>,
}

impl<'a> Node<'a> {
    pub(super) fn new(field: &'a Field, rows: &[Value]) -> Self {
        let mut node = Self::blank(field);
        rows.iter().for_each(|row| node.look(row));
        node
    }

    fn blank(field: &'a Field) -> Self {
        let children = field.children.iter().map(Self::blank).collect();
        Self { field, extra: Extra::default(), children }
    }

    fn look(&mut self, value: &Value) {
        match (self.field.mode, value) {
            (Mode::Repeated, Value::Null) => self.extra.null_list = true,
            (Mode::Repeated, Value::Array(elements)) => {
                for element in elements {
                    self.extra.null_element |= element.is_null();
                    self.look_inside(element);
                }
            }
            (_, value) => self.look_inside(value),
        }
    }

    fn look_inside(&mut self, value: &Value) {
        if let Value::Struct(parts) = value {
            self.children.iter_mut().zip(parts).for_each(|(child, part)| child.look(part));
        }
    }

    /// Definition levels that a present value of this field adds.
    fn levels(&self) -> u8 {
        match self.field.mode {
            Mode::Required => 0,
            Mode::Nullable => 1,
            Mode::Repeated => 1 + self.extra.null_list as u8 + self.extra.null_element as u8,
        }
    }

    fn leaves(&self, repetition: u8, definition: u8, out: &mut Vec<Leaf>) {
        let repetition = repetition + (self.field.mode == Mode::Repeated) as u8;
        let definition = definition + self.levels();
        if self.children.is_empty() {
            let (repetition_max, definition_max) = (repetition, definition);
            let levels =
                Levels { repetition: Vec::new(), definition: Vec::new(), repetition_max, definition_max };
            out.push(Leaf { field: self.field.id, levels, values: Vec::new() });
        }
        self.children.iter().for_each(|child| child.leaves(repetition, definition, out));
    }

    fn leaf_count(&self) -> usize {
        match self.children.is_empty() {
            true => 1,
            false => self.children.iter().map(Node::leaf_count).sum(),
        }
    }

    /// Splits a value into the leaves at `out`.
    fn shred(&self, value: &Value, repetition: u8, depth: u8, definition: u8, out: &mut [Leaf]) {
        match (self.field.mode, value) {
            (Mode::Required, value) => self.shred_inside(value, repetition, depth, definition, out),
            (_, Value::Null) => emit(repetition, definition, out),
            (Mode::Nullable, value) => self.shred_inside(value, repetition, depth, definition + 1, out),
            (Mode::Repeated, Value::Array(elements)) => {
                let list = definition + self.extra.null_list as u8;
                if elements.is_empty() {
                    emit(repetition, list, out);
                }
                for (index, element) in elements.iter().enumerate() {
                    let repetition = if index == 0 { repetition } else { depth + 1 };
                    match element {
                        Value::Null => emit(repetition, list + 1, out),
                        element => {
                            let definition = list + 1 + self.extra.null_element as u8;
                            self.shred_inside(element, repetition, depth + 1, definition, out);
                        }
                    }
                }
            }
            (Mode::Repeated, other) => panic!("{other:?} is not an array"),
        }
    }

    fn shred_inside(&self, value: &Value, repetition: u8, depth: u8, definition: u8, out: &mut [Leaf]) {
        let Value::Struct(parts) = value else {
            emit(repetition, definition, &mut out[..1]);
            out[0].values.push(value.clone());
            return;
        };
        let mut at = 0;
        for (child, part) in self.children.iter().zip(parts) {
            let count = child.leaf_count();
            child.shred(part, repetition, depth, definition, &mut out[at..at + count]);
            at += count;
        }
    }
}

fn emit(repetition: u8, definition: u8, out: &mut [Leaf]) {
    for leaf in out {
        leaf.levels.repetition.push(repetition);
        leaf.levels.definition.push(definition);
    }
}

/// Returns the leaves of a column's rows.
pub(super) fn shred(node: &Node<'_>, rows: &[Value]) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    node.leaves(0, 0, &mut leaves);
    rows.iter().for_each(|row| node.shred(row, 0, 0, 0, &mut leaves));
    leaves
}

/// A leaf being read back.
struct Cursor<'a> {
    leaf: &'a Leaf,
    entry: usize,
    value: usize,
}

impl Cursor<'_> {
    fn definition(&self) -> u8 {
        self.leaf.levels.definition[self.entry]
    }
}

/// Assembles the rows of a column from those of its leaves that are wanted, as the automaton of the paper
/// does: after each entry, the next repetition level says which field goes on.
pub(super) fn assemble(node: &Node<'_>, leaves: &[Leaf], wanted: &[FieldId]) -> Vec<Value> {
    let mut cursors: Vec<Cursor<'_>> = leaves
        .iter()
        .filter(|leaf| wanted.contains(&leaf.field))
        .map(|leaf| Cursor { leaf, entry: 0, value: 0 })
        .collect();
    let Some(pruned) = prune(node, wanted) else { return Vec::new() };
    let mut rows = Vec::new();
    while cursors[0].entry < cursors[0].leaf.levels.definition.len() {
        rows.push(build(&pruned, &mut cursors, 0, 0));
    }
    rows
}

/// The field with only its wanted leaves.
fn prune<'a>(node: &Node<'a>, wanted: &[FieldId]) -> Option<Node<'a>> {
    if node.children.is_empty() {
        return wanted.contains(&node.field.id).then(|| node.clone());
    }
    let children: Vec<Node<'a>> = node.children.iter().filter_map(|child| prune(child, wanted)).collect();
    (!children.is_empty()).then(|| Node { children, ..node.clone() })
}

fn build(node: &Node<'_>, cursors: &mut [Cursor<'_>], depth: u8, definition: u8) -> Value {
    match node.field.mode {
        Mode::Required => build_inside(node, cursors, depth, definition),
        Mode::Nullable if cursors[0].definition() <= definition => skip(cursors),
        Mode::Nullable => build_inside(node, cursors, depth, definition + 1),
        Mode::Repeated => {
            let list = definition + node.extra.null_list as u8;
            if cursors[0].definition() < list {
                return skip(cursors);
            }
            let mut elements = Vec::new();
            if cursors[0].definition() == list {
                skip(cursors);
                return Value::Array(elements);
            }
            loop {
                let present = list + 1 + node.extra.null_element as u8;
                elements.push(match cursors[0].definition() < present {
                    true => skip(cursors),
                    false => build_inside(node, cursors, depth + 1, present),
                });
                let next = cursors[0].leaf.levels.repetition.get(cursors[0].entry);
                if next != Some(&(depth + 1)) {
                    return Value::Array(elements);
                }
            }
        }
    }
}

fn build_inside(node: &Node<'_>, cursors: &mut [Cursor<'_>], depth: u8, definition: u8) -> Value {
    if node.children.is_empty() {
        let cursor = &mut cursors[0];
        cursor.entry += 1;
        cursor.value += 1;
        return cursor.leaf.values[cursor.value - 1].clone();
    }
    let mut at = 0;
    let mut parts = Vec::new();
    for child in &node.children {
        let count = child.leaf_count();
        parts.push(build(child, &mut cursors[at..at + count], depth, definition));
        at += count;
    }
    Value::Struct(parts)
}

/// Passes over one entry of each leaf: something on their path is NULL or empty.
fn skip(cursors: &mut [Cursor<'_>]) -> Value {
    cursors.iter_mut().for_each(|cursor| cursor.entry += 1);
    Value::Null
}
