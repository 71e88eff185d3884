//! A schema as a tree of nodes, and the streams that its values are stored in.

use super::{DEPTH_MAX, FIELDS_MAX, REPEATED_DEPTH_MAX};
use crate::{DataType, Field, FieldId, FormatError, Mode, Result, Schema, TypeParameters};

/// The nodes of a schema, or of one of its columns, in pre-order; and their streams in the same order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    pub(crate) nodes: Vec<Node>,
    /// Streams of the columns before: streams are numbered through the file.
    streams_before: usize,
    streams: Vec<Stream>,
}

/// A field: where it stands and which streams are its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) field: FieldId,
    pub(crate) name: String,
    /// Names from the top, joined by dots.
    pub(crate) path: String,
    /// Type of one value: of an element, where repeated.
    pub(crate) data_type: DataType,
    pub(crate) mode: Mode,
    pub(crate) parameters: Option<TypeParameters>,
    pub(crate) parent: Option<usize>,
    pub(crate) children: Vec<usize>,
    /// The stream of list lengths, where repeated.
    pub(crate) structure: Option<usize>,
    /// The stream of values, where scalar.
    pub(crate) values: Option<usize>,
}

/// What a stream holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StreamKind {
    /// The values of a leaf.
    Values,
    /// The list lengths of a repeated field.
    Structure,
}

/// What a plane of a stream tells of each slot; each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The element of the enclosing repeated field is not NULL.
    Element(usize),
    /// The NULLABLE field is not NULL.
    Present(usize),
    /// The ARRAY of the repeated field is not NULL.
    List(usize),
}

/// A stream: one slot for each element of `scope`, or for each row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stream {
    pub(crate) node: usize,
    pub(crate) kind: StreamKind,
    /// The structure stream whose elements are this stream's slots.
    pub(crate) scope: Option<usize>,
    /// One validity plane for each step; the last one is the stream's own validity.
    pub(crate) steps: Vec<Step>,
}

impl Shape {
    /// Returns the shape of a schema.
    ///
    /// # Errors
    /// [`FormatError::Schema`] for an empty STRUCT or ids that repeat; [`FormatError::Limit`] for depth and
    /// size.
    pub(crate) fn new(schema: &Schema) -> Result<Self> {
        let mut shape = Shape { nodes: Vec::new(), streams_before: 0, streams: Vec::new() };
        for field in &schema.fields {
            shape.add(field, None, Scope { structure: None, steps: Vec::new(), repeated: 0, depth: 1 })?;
        }
        let mut ids: Vec<FieldId> = shape.nodes.iter().map(|node| node.field).collect();
        ids.sort_unstable();
        if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(FormatError::Schema(format!("field id {} is used twice", pair[0].0)));
        }
        Ok(shape)
    }

    /// Returns the shape of one column, whose first stream has the number `streams_before`.
    ///
    /// # Errors
    /// As [`Shape::new`].
    pub(crate) fn of_column(field: &Field, streams_before: usize) -> Result<Self> {
        let mut shape = Shape { nodes: Vec::new(), streams_before, streams: Vec::new() };
        shape.add(field, None, Scope { structure: None, steps: Vec::new(), repeated: 0, depth: 1 })?;
        Ok(shape)
    }

    /// A stream by its number in the file.
    pub(crate) fn stream(&self, stream: usize) -> &Stream {
        &self.streams[stream - self.streams_before]
    }

    /// The numbers of the streams.
    pub(crate) fn numbers(&self) -> std::ops::Range<usize> {
        self.streams_before..self.streams_before + self.streams.len()
    }

    fn add(&mut self, field: &Field, parent: Option<usize>, mut scope: Scope) -> Result<usize> {
        let index = self.nodes.len();
        limit("fields of a schema", index + 1, FIELDS_MAX)?;
        limit("depth of a schema", scope.depth, DEPTH_MAX)?;
        let path = match parent {
            Some(parent) => format!("{}.{}", self.nodes[parent].path, field.name),
            None => field.name.clone(),
        };
        let is_struct = matches!(field.data_type, DataType::Struct(_));
        if is_struct == field.children.is_empty() || matches!(field.data_type, DataType::Array(_)) {
            return Err(FormatError::Schema(format!(
                "column {path}: {} cannot be stored in a field with {} children",
                field.data_type,
                field.children.len()
            )));
        }
        self.nodes.push(Node {
            field: field.id,
            name: field.name.clone(),
            path,
            data_type: field.data_type.clone(),
            mode: field.mode,
            parameters: field.parameters,
            parent,
            children: Vec::new(),
            structure: None,
            values: None,
        });
        match field.mode {
            Mode::Required => {}
            Mode::Nullable => scope.steps.push(Step::Present(index)),
            Mode::Repeated => {
                limit("repeated fields on a path", scope.repeated + 1, REPEATED_DEPTH_MAX)?;
                scope.steps.push(Step::List(index));
                let stream = self.push(index, StreamKind::Structure, &scope);
                self.nodes[index].structure = Some(stream);
                scope.structure = Some(stream);
                scope.steps = vec![Step::Element(index)];
                scope.repeated += 1;
            }
        }
        if !is_struct {
            let stream = self.push(index, StreamKind::Values, &scope);
            self.nodes[index].values = Some(stream);
            return Ok(index);
        }
        scope.depth += 1;
        for child in &field.children {
            let child = self.add(child, Some(index), scope.clone())?;
            self.nodes[index].children.push(child);
        }
        Ok(index)
    }

    fn push(&mut self, node: usize, kind: StreamKind, scope: &Scope) -> usize {
        self.streams.push(Stream { node, kind, scope: scope.structure, steps: scope.steps.clone() });
        self.numbers().end - 1
    }

    /// The node of a field id.
    pub(crate) fn find(&self, field: FieldId) -> Option<usize> {
        self.nodes.iter().position(|node| node.field == field)
    }

    /// The node of a stream.
    pub(crate) fn node_of(&self, stream: usize) -> &Node {
        &self.nodes[self.stream(stream).node]
    }

    /// A stream's name in messages.
    pub(crate) fn place(&self, stream: usize) -> String {
        let suffix = match self.stream(stream).kind {
            StreamKind::Values => "",
            StreamKind::Structure => " (structure)",
        };
        format!("column {}{suffix}", self.node_of(stream).path)
    }

    /// The first stream at or below a node: in the node's own scope.
    pub(crate) fn first_stream(&self, mut node: usize) -> usize {
        loop {
            let at = &self.nodes[node];
            match at.structure.or(at.values) {
                Some(stream) => return stream,
                None => node = at.children[0],
            }
        }
    }
}

#[derive(Clone)]
struct Scope {
    structure: Option<usize>,
    steps: Vec<Step>,
    repeated: usize,
    depth: usize,
}

fn limit(what: &str, found: usize, limit: usize) -> Result<()> {
    match found <= limit {
        true => Ok(()),
        false => Err(FormatError::Limit { what: what.into(), found: found as u64, limit: limit as u64 }),
    }
}
