//! Of nested columns only the fields that are used are read: the type of the scan's column narrows to them,
//! and with it every field access and every element that UNNEST takes from it.

use std::collections::{BTreeMap, HashMap};

use canopy_format::{DataType, Field, FieldId, StructField};

use crate::algebra::{Column, ColumnId, Expr, Query, Relation};
use crate::error::Result;
use crate::optimizer::Fresh;

/// Which part of a value is used.
#[derive(Debug, Clone, PartialEq)]
enum Demand {
    All,
    /// Fields of the STRUCT (of an ARRAY: of its elements) by position; none is the value's presence.
    Fields(BTreeMap<usize, Demand>),
}

impl Demand {
    fn none() -> Self {
        Demand::Fields(BTreeMap::new())
    }

    /// Adds a demand on the part at the path.
    fn add(&mut self, path: &[usize], more: &Demand) {
        let Demand::Fields(fields) = self else { return };
        match (path, more) {
            ([first, rest @ ..], _) => fields.entry(*first).or_insert_with(Demand::none).add(rest, more),
            ([], Demand::All) => *self = Demand::All,
            ([], Demand::Fields(more)) => {
                for (index, demand) in more {
                    fields.entry(*index).or_insert_with(Demand::none).add(&[], demand);
                }
            }
        }
    }

    fn at(&self, path: &[usize]) -> Demand {
        match (self, path) {
            (Demand::Fields(fields), [first, rest @ ..]) => {
                fields.get(first).map_or(Demand::All, |demand| demand.at(rest))
            }
            (demand, _) => demand.clone(),
        }
    }

    /// The demand with something in each part: presence is told by the first field.
    fn completed(&self, data_type: &DataType) -> Demand {
        let (Demand::Fields(fields), Some(parts)) = (self, parts(data_type)) else { return Demand::All };
        let mut fields = fields.clone();
        if fields.is_empty() {
            fields.insert(0, Demand::none());
        }
        let complete = |(index, demand): (usize, Demand)| {
            let part = parts.get(index).map(|part| demand.completed(&part.data_type));
            (index, part.unwrap_or(Demand::All))
        };
        Demand::Fields(fields.into_iter().map(complete).collect())
    }

    fn narrowed(&self, data_type: &DataType) -> DataType {
        let Demand::Fields(fields) = self else { return data_type.clone() };
        match data_type {
            DataType::Array(element) => DataType::array(self.narrowed(element)),
            DataType::Struct(parts) => {
                let kept = fields.iter().filter_map(|(index, demand)| {
                    let part = parts.get(*index)?;
                    let data_type = demand.narrowed(&part.data_type);
                    Some(StructField { name: part.name.clone(), data_type })
                });
                DataType::Struct(kept.collect())
            }
            other => other.clone(),
        }
    }

    fn field_ids(&self, children: &[Field], ids: &mut Vec<FieldId>) {
        let Demand::Fields(fields) = self else { return };
        for (index, demand) in fields {
            let Some(child) = children.get(*index) else { continue };
            match demand {
                Demand::All => ids.push(child.id),
                Demand::Fields(_) => demand.field_ids(&child.children, ids),
            }
        }
    }
}

/// The fields of a STRUCT, or of an ARRAY's elements.
fn parts(data_type: &DataType) -> Option<&[StructField]> {
    match data_type {
        DataType::Array(element) => element.fields(),
        other => other.fields(),
    }
}

/// The column and the positions of a chain of field accesses.
fn path(expr: &Expr) -> Option<(&Column, Vec<usize>)> {
    match expr {
        Expr::Column(column) => Some((column, Vec::new())),
        Expr::Field { input, index, .. } => {
            let (column, mut path) = path(input)?;
            path.push(*index);
            Some((column, path))
        }
        _ => None,
    }
}

/// What is known of all uses in the query.
#[derive(Default)]
struct Uses {
    demands: HashMap<ColumnId, Demand>,
    /// An element, and where its array stands.
    elements: Vec<(ColumnId, ColumnId, Vec<usize>)>,
}

/// Narrows the nested columns of every scan.
pub(crate) fn apply(query: &mut Query, _: &mut Fresh) -> Result<()> {
    let mut uses = Uses::default();
    for output in &query.output {
        uses.demands.insert(output.column.id, Demand::All);
    }
    query.relation.for_each(&mut |relation| uses.relation(relation));
    uses.settle();
    let mut narrowed: HashMap<ColumnId, Demand> = HashMap::new();
    query.relation.for_each_mut(&mut |relation| {
        let Relation::Scan(scan) = relation else { return };
        for column in &mut scan.columns {
            let Some(field) = scan.table.schema.field(column.field) else { continue };
            let used = uses.demands.get(&column.column.id);
            if parts(&column.column.data_type).is_none() || column.nested.is_some() {
                continue;
            }
            let Some(used) = used else { continue };
            let demand = used.completed(&column.column.data_type);
            if demand == Demand::All {
                continue;
            }
            let mut ids = Vec::new();
            demand.field_ids(&field.children, &mut ids);
            column.nested = Some(ids);
            column.column.data_type = demand.narrowed(&column.column.data_type);
            narrowed.insert(column.column.id, demand);
        }
    });
    if narrowed.is_empty() {
        return Ok(());
    }
    // An element is as narrow as its array, and arrays stand in columns before their elements do.
    for (element, column, path) in
        uses.elements.iter().cycle().take(uses.elements.len() * uses.elements.len())
    {
        if let Some(demand) = narrowed.get(column).map(|demand| demand.at(path)) {
            narrowed.insert(*element, demand);
        }
    }
    query.relation.for_each_mut(&mut |relation| rewrite(relation, &narrowed));
    Ok(())
}

impl Uses {
    fn relation(&mut self, relation: &Relation) {
        match relation {
            Relation::Unnest(unnest) => {
                self.array(&unnest.array, &unnest.element);
                return;
            }
            Relation::Project { columns, .. } => {
                for named in columns {
                    // Passed on under its own id, a column is not used yet.
                    if named.expr.as_column() != Some(named.column.id) {
                        self.expr(&named.expr);
                    }
                }
                return;
            }
            Relation::SetOperation(operation) => {
                self.all(operation.input_columns.iter().flatten());
            }
            Relation::Recursive(recursive) => {
                self.all(recursive.base_columns.iter().chain(&recursive.step_columns));
            }
            Relation::Shared { sources, .. } => self.all(sources.iter()),
            _ => {}
        }
        relation.exprs().into_iter().for_each(|expr| self.expr(expr));
    }

    fn all<'i>(&mut self, ids: impl Iterator<Item = &'i ColumnId>) {
        ids.for_each(|id| {
            self.demands.insert(*id, Demand::All);
        });
    }

    fn array(&mut self, array: &Expr, element: &Column) {
        self.demands.entry(element.id).or_insert_with(Demand::none);
        match path(array) {
            Some((column, path)) => self.elements.push((element.id, column.id, path)),
            None => {
                self.demands.insert(element.id, Demand::All);
                self.expr(array);
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        if let Some((column, path)) = path(expr) {
            self.demands.entry(column.id).or_insert_with(Demand::none).add(&path, &Demand::All);
            return;
        }
        if let Expr::ArraySubquery(subquery) = expr {
            let arrays = subquery.sources.len();
            subquery.sources.iter().for_each(|source| self.array(&source.array, &source.element));
            // The sources' arrays come first among the expressions.
            subquery.exprs().into_iter().skip(arrays).for_each(|inner| self.expr(inner));
            return;
        }
        expr.children().into_iter().for_each(|child| self.expr(child));
    }

    /// What is used of elements is used of their arrays.
    fn settle(&mut self) {
        for _ in 0..self.elements.len() {
            for (element, column, path) in &self.elements {
                let demand = self.demands.get(element).cloned().unwrap_or(Demand::All);
                self.demands.entry(*column).or_insert_with(Demand::none).add(path, &demand);
            }
        }
    }
}

fn rewrite(relation: &mut Relation, narrowed: &HashMap<ColumnId, Demand>) {
    relation.exprs_mut().into_iter().for_each(|expr| {
        rewrite_expr(expr, narrowed);
    });
    match relation {
        Relation::Unnest(unnest) => {
            if narrowed.contains_key(&unnest.element.id)
                && let Some(element) = unnest.array.data_type().element()
            {
                unnest.element.data_type = element.clone();
            }
        }
        Relation::Project { columns, .. } => {
            for named in columns.iter_mut().filter(|named| narrowed.contains_key(&named.column.id)) {
                named.column.data_type = named.expr.data_type().clone();
            }
        }
        _ => {}
    }
}

/// Gives the expression its narrow type; returns which part of the old value is there.
fn rewrite_expr(expr: &mut Expr, narrowed: &HashMap<ColumnId, Demand>) -> Demand {
    match expr {
        Expr::Column(column) => match narrowed.get(&column.id) {
            Some(demand) => {
                column.data_type = demand.narrowed(&column.data_type);
                demand.clone()
            }
            None => Demand::All,
        },
        Expr::Field { input, index, data_type } => {
            let Demand::Fields(fields) = rewrite_expr(input, narrowed) else { return Demand::All };
            let old = *index;
            *index = fields.keys().take_while(|kept| **kept < old).count();
            let demand = fields.get(&old).cloned().unwrap_or(Demand::All);
            *data_type = demand.narrowed(data_type);
            demand
        }
        Expr::ArraySubquery(subquery) => {
            subquery.exprs_mut().into_iter().for_each(|inner| {
                rewrite_expr(inner, narrowed);
            });
            for source in &mut subquery.sources {
                if narrowed.contains_key(&source.element.id)
                    && let Some(element) = source.array.data_type().element()
                {
                    source.element.data_type = element.clone();
                }
            }
            Demand::All
        }
        other => {
            other.children_mut().into_iter().for_each(|child| {
                rewrite_expr(child, narrowed);
            });
            Demand::All
        }
    }
}
