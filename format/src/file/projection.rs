//! Which columns, and which fields nested in them, a scan wants, and as what types.

use std::collections::BTreeSet;

use super::columns::Columns;
use super::shape::{Shape, StreamKind};
use super::shred::step_of;
use crate::{DataType, Field, FieldId, FormatError, Mode, Result};

/// A wanted column, or a wanted field nested in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectedColumn {
    /// The field's id; its name in the file does not matter.
    pub field: FieldId,
    /// The type of the result: ARRAY where the field is repeated. Of a STRUCT it has the parts of `children`,
    /// in their order.
    pub data_type: DataType,
    /// The wanted fields of a STRUCT (or of an ARRAY of STRUCT); empty for scalars.
    pub children: Vec<ProjectedColumn>,
}

impl ProjectedColumn {
    /// Returns the whole field.
    pub fn whole(field: &Field) -> Self {
        Self {
            field: field.id,
            data_type: field.column_type(),
            children: field.children.iter().map(Self::whole).collect(),
        }
    }

    /// Returns the field with only those parts that are in `wanted`, or above or below one that is. None when
    /// there are none.
    pub fn keeping(field: &Field, wanted: &[FieldId]) -> Option<Self> {
        if wanted.contains(&field.id) {
            return Some(Self::whole(field));
        }
        let kept: Vec<(&Field, Self)> =
            field.children.iter().filter_map(|child| Some((child, Self::keeping(child, wanted)?))).collect();
        if kept.is_empty() {
            return None;
        }
        let value_type = DataType::structure(kept.iter().map(|(f, c)| (f.name.clone(), c.data_type.clone())));
        let data_type = match field.mode {
            Mode::Repeated => DataType::array(value_type),
            _ => value_type,
        };
        Some(Self { field: field.id, data_type, children: kept.into_iter().map(|(_, c)| c).collect() })
    }
}

/// A projection resolved against one file.
#[derive(Debug, Clone)]
pub struct Projection {
    pub(crate) columns: Vec<Plan>,
    pub(crate) streams: Vec<usize>,
}

/// How a wanted field is read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Plan {
    /// The file has no such field: it was added later. All NULL, or empty where it is an ARRAY.
    Missing(DataType),
    /// The values of a stream.
    Leaf { stream: usize, data_type: DataType },
    /// Parts, and the plane (stream, index) that tells which rows are not NULL; None for REQUIRED.
    Struct { children: Vec<Plan>, validity: Option<(usize, usize)>, presence: usize, data_type: DataType },
    /// Lists by their structure stream, and their elements.
    List { stream: usize, element: Box<Plan>, data_type: DataType },
}

impl Projection {
    pub(super) fn new(file: &Columns, columns: &[ProjectedColumn]) -> Result<Self> {
        let plan = |column: &ProjectedColumn| match file.find(column.field)? {
            Some(found) => plan(&found.shape, column, None),
            None => Ok(Plan::Missing(column.data_type.clone())),
        };
        let columns: Vec<Plan> = columns.iter().map(plan).collect::<Result<_>>()?;
        let mut streams = BTreeSet::new();
        columns.iter().for_each(|plan| plan.collect(&mut streams));
        Ok(Self { columns, streams: streams.into_iter().collect() })
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// True when no column is wanted.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

impl Plan {
    pub(crate) fn data_type(&self) -> &DataType {
        match self {
            Plan::Missing(data_type)
            | Plan::Leaf { data_type, .. }
            | Plan::Struct { data_type, .. }
            | Plan::List { data_type, .. } => data_type,
        }
    }

    fn collect(&self, streams: &mut BTreeSet<usize>) {
        match self {
            Plan::Missing(_) => {}
            Plan::Leaf { stream, .. } => {
                streams.insert(*stream);
            }
            Plan::Struct { children, presence, .. } => {
                streams.insert(*presence);
                children.iter().for_each(|child| child.collect(streams));
            }
            Plan::List { stream, element, .. } => {
                streams.insert(*stream);
                element.collect(streams);
            }
        }
    }

    /// A stream of this plan whose slots are the plan's own.
    fn stream_here(&self) -> Option<usize> {
        match self {
            Plan::Missing(_) => None,
            Plan::Leaf { stream, .. } | Plan::List { stream, .. } => Some(*stream),
            Plan::Struct { presence, .. } => Some(*presence),
        }
    }
}

fn plan(shape: &Shape, column: &ProjectedColumn, parent: Option<usize>) -> Result<Plan> {
    let node = shape.find(column.field).filter(|&node| shape.nodes[node].parent == parent);
    let Some(index) = node else { return Ok(Plan::Missing(column.data_type.clone())) };
    let node = &shape.nodes[index];
    let mismatch = || {
        let found = match node.mode {
            Mode::Repeated => DataType::array(node.data_type.clone()),
            _ => node.data_type.clone(),
        };
        FormatError::Schema(format!(
            "column {}: expected {}, the file has {found}",
            node.path, column.data_type
        ))
    };
    let value_type = match (&column.data_type, node.mode) {
        (DataType::Array(element), Mode::Repeated) => &**element,
        (DataType::Array(_), _) | (_, Mode::Repeated) => return Err(mismatch()),
        (other, _) => other,
    };
    let value = match (value_type, &node.data_type) {
        (DataType::Struct(fields), DataType::Struct(_)) => {
            let agrees = !fields.is_empty()
                && fields.len() == column.children.len()
                && fields.iter().zip(&column.children).all(|(f, c)| f.data_type == c.data_type);
            if !agrees {
                return Err(mismatch());
            }
            struct_plan(shape, index, &column.children, value_type)?
        }
        (wanted, found) if wanted == found && column.children.is_empty() => {
            Plan::Leaf { stream: node.values.ok_or_else(mismatch)?, data_type: wanted.clone() }
        }
        _ => return Err(mismatch()),
    };
    Ok(match node.structure {
        Some(stream) => Plan::List { stream, element: Box::new(value), data_type: column.data_type.clone() },
        None => value,
    })
}

fn struct_plan(
    shape: &Shape,
    index: usize,
    children: &[ProjectedColumn],
    data_type: &DataType,
) -> Result<Plan> {
    let children: Vec<Plan> =
        children.iter().map(|child| plan(shape, child, Some(index))).collect::<Result<_>>()?;
    // Any stream right below tells whether the struct is NULL; one that is read anyway costs nothing.
    let presence = children
        .iter()
        .find_map(Plan::stream_here)
        .unwrap_or_else(|| shape.first_stream(shape.nodes[index].children[0]));
    debug_assert!(matches!(shape.stream(presence).kind, StreamKind::Values | StreamKind::Structure));
    let validity = step_of(&shape.stream(presence).steps, index).map(|plane| (presence, plane));
    Ok(Plan::Struct { children, validity, presence, data_type: data_type.clone() })
}
