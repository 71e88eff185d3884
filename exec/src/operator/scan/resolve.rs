//! A scan's columns and predicates against one file: ids decide, and a file written before a column was
//! added reads as NULL there.

use std::sync::Arc;

use canopy_format::{
    ColumnPredicate, ColumnTest, Comparison, DataType, DeletedRows, Field, FieldId, FileReader, Mode,
    ProjectedColumn, Projection, Value,
};
use canopy_proto::plan::{self, column_predicate::Test};

use super::ScanPlan;
use crate::convert::value_from_proto;
use crate::operator::required;
use crate::{ExecError, Result};

/// A field id that no file has.
const NO_FIELD: FieldId = FieldId(u32::MAX);

/// An open file with what the scan wants of it.
pub(super) struct ResolvedFile {
    pub(super) reader: Arc<FileReader>,
    /// The scan's columns, then those that only predicates on nested fields need.
    pub(super) projection: Projection,
    /// Column of the projection, and test.
    pub(super) tests: Vec<(usize, ColumnTest)>,
    /// The same tests, and those of runtime filters can be added, for pruning.
    pub(super) predicates: Vec<ColumnPredicate>,
    /// The leaf of each scan column that is a single scalar field.
    pub(super) leaves: Vec<Option<FieldId>>,
    /// Bytes of values a row of the projected columns.
    pub(super) raw_bytes_per_row: f64,
    pub(super) columns: usize,
    /// The number of the first row in the table.
    pub(super) first_row: u64,
    /// Rows that do not count.
    pub(super) deleted: DeletedRows,
}

impl ResolvedFile {
    pub(super) fn new(
        plan: &ScanPlan,
        reader: Arc<FileReader>,
        first_row: u64,
        deleted: DeletedRows,
    ) -> Result<Self> {
        let mut projected = Vec::with_capacity(plan.columns.len());
        let mut leaves = Vec::with_capacity(plan.columns.len());
        for column in &plan.columns {
            let id = FieldId(column.field.field_id);
            let field = reader.column(id)?.filter(|field| field.id == id);
            projected.push(project(&column.field, &column.data_type, field));
            leaves.push(column.data_type.is_scalar().then_some(FieldId(column.field.field_id)));
        }
        let mut tests = Vec::new();
        let mut predicates = Vec::new();
        for predicate in &plan.predicates {
            let field = FieldId(predicate.field_id);
            let own = leaves.iter().position(|leaf| *leaf == Some(field));
            let (position, data_type) = match own {
                Some(position) => (position, plan.columns[position].data_type.clone()),
                None => {
                    let Some((column, data_type)) = nested(&reader, field)? else {
                        return Err(ExecError::InvalidPlan(format!(
                            "predicate on field {}, which is neither read nor in {}",
                            field.0,
                            reader.name()
                        )));
                    };
                    projected.push(column);
                    (projected.len() - 1, data_type)
                }
            };
            let test = convert_test(predicate, &data_type)?;
            tests.push((position, test.clone()));
            predicates.push(ColumnPredicate { field, test });
        }
        let projection = reader.projection(&projected)?;
        let raw_bytes_per_row = raw_bytes_per_row(&reader, &projected)?;
        let columns = projected.len();
        Ok(Self {
            projection,
            tests,
            predicates,
            leaves,
            raw_bytes_per_row,
            columns,
            first_row,
            deleted,
            reader,
        })
    }
}

/// The projection of a plan's column against the file's field, if it has it.
fn project(wanted: &plan::FieldProjection, data_type: &DataType, field: Option<&Field>) -> ProjectedColumn {
    let value_type = data_type.element().unwrap_or(data_type);
    let children = match value_type.fields() {
        None => Vec::new(),
        Some(fields) => fields
            .iter()
            .enumerate()
            .map(|(index, part)| match wanted.children.get(index) {
                Some(child) => {
                    let stored =
                        field.and_then(|field| field.children.iter().find(|c| c.id.0 == child.field_id));
                    project(child, &part.data_type, stored)
                }
                // All parts are wanted: they are found by name.
                None => {
                    let stored = field.and_then(|field| {
                        field.children.iter().find(|child| child.name.eq_ignore_ascii_case(&part.name))
                    });
                    let id = stored.map_or(NO_FIELD, |stored| stored.id);
                    let all = plan::FieldProjection { field_id: id.0, children: Vec::new() };
                    project(&all, &part.data_type, stored)
                }
            })
            .collect(),
    };
    ProjectedColumn { field: FieldId(wanted.field_id), data_type: data_type.clone(), children }
}

/// The projection of one field nested in structs, and its type; None when the file has no such field.
fn nested(reader: &FileReader, id: FieldId) -> Result<Option<(ProjectedColumn, DataType)>> {
    fn path(fields: &[Field], id: FieldId) -> Option<Vec<&Field>> {
        fields.iter().find_map(|field| match field.id == id {
            true => Some(vec![field]),
            false => path(&field.children, id).map(|mut below| {
                below.insert(0, field);
                below
            }),
        })
    }
    let Some(column) = reader.column(id)? else { return Ok(None) };
    let Some(path) = path(std::slice::from_ref(column), id) else { return Ok(None) };
    if path.iter().any(|field| field.mode == Mode::Repeated) {
        return Err(ExecError::InvalidPlan(format!("predicate on field {}, which is repeated", id.0)));
    }
    let leaf = path[path.len() - 1];
    let mut column = ProjectedColumn::whole(leaf);
    for field in path[..path.len() - 1].iter().rev() {
        let below = leaf_name(field, &column);
        let data_type = DataType::structure([(below, column.data_type.clone())]);
        column = ProjectedColumn { field: field.id, data_type, children: vec![column] };
    }
    Ok(Some((column, leaf.data_type.clone())))
}

fn leaf_name(parent: &Field, child: &ProjectedColumn) -> String {
    parent
        .children
        .iter()
        .find(|field| field.id == child.field)
        .map_or_else(String::new, |field| field.name.clone())
}

fn convert_test(predicate: &plan::ColumnPredicate, data_type: &DataType) -> Result<ColumnTest> {
    let literal = |literal: &plan::Literal| match value_from_proto(literal, data_type)? {
        Value::Null => Err(ExecError::InvalidPlan("predicate with NULL".into())),
        value => Ok(value),
    };
    Ok(match required(&predicate.test, "test of a predicate")? {
        Test::Compare(compare) => {
            let comparison = match compare.comparison() {
                plan::Comparison::Equal => Comparison::Equal,
                plan::Comparison::NotEqual => Comparison::NotEqual,
                plan::Comparison::Less => Comparison::Less,
                plan::Comparison::LessOrEqual => Comparison::LessOrEqual,
                plan::Comparison::Greater => Comparison::Greater,
                plan::Comparison::GreaterOrEqual => Comparison::GreaterOrEqual,
                plan::Comparison::Unspecified => {
                    return Err(ExecError::InvalidPlan("predicate without a comparison".into()));
                }
            };
            ColumnTest::Compare(comparison, literal(required(&compare.value, "value of a predicate")?)?)
        }
        Test::In(list) => {
            let mut values = list.values.iter().map(literal).collect::<Result<Vec<_>>>()?;
            values.sort_by(crate::kernel::compare::compare_values);
            values.dedup();
            ColumnTest::In(values.into())
        }
        Test::StartsWith(prefix) => ColumnTest::StartsWith(prefix[..].into()),
        Test::IsNull(_) => ColumnTest::IsNull,
        Test::IsNotNull(_) => ColumnTest::IsNotNull,
    })
}

/// Bytes of the projected leaves before encoding, a row on average.
fn raw_bytes_per_row(reader: &FileReader, projected: &[ProjectedColumn]) -> Result<f64> {
    fn leaves(columns: &[ProjectedColumn], out: &mut Vec<FieldId>) {
        for column in columns {
            match column.children.is_empty() {
                true => out.push(column.field),
                false => leaves(&column.children, out),
            }
        }
    }
    let mut wanted = Vec::new();
    leaves(projected, &mut wanted);
    wanted.sort_unstable();
    wanted.dedup();
    let statistics = reader.statistics()?;
    let bytes: u64 = statistics
        .columns
        .iter()
        .filter(|column| wanted.binary_search(&column.field_id).is_ok())
        .map(|column| column.raw_bytes)
        .sum();
    Ok(bytes as f64 / statistics.row_count.max(1) as f64)
}
