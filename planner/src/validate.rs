//! The algebra's invariants: what is referred to is produced below, under the same type.

use std::collections::HashMap;

use canopy_format::DataType;

use crate::algebra::{ColumnId, Expr, JoinKind, Query, Relation, SetOperation};
use crate::error::{PlanError, Result};

type Columns = HashMap<ColumnId, DataType>;

/// Checks a query; `after` names the phase that made it.
///
/// # Errors
/// [`PlanError::Internal`] with the column at fault.
pub(crate) fn check(query: &Query, after: &str) -> Result<()> {
    let fail = |what: String| PlanError::Internal(format!("after {after}: {what}\n{}", query.relation));
    relation(&query.relation, &Columns::new(), &mut HashMap::new()).map_err(fail)?;
    let produced = columns(&query.relation);
    for output in &query.output {
        if produced.get(&output.column.id) != Some(&output.column.data_type) {
            return Err(fail(format!("result column {} is not produced", output.column)));
        }
    }
    Ok(())
}

fn columns(relation: &Relation) -> Columns {
    relation.columns().into_iter().map(|column| (column.id, column.data_type)).collect()
}

fn relation(
    node: &Relation,
    outer: &Columns,
    shared: &mut HashMap<u32, Columns>,
) -> std::result::Result<(), String> {
    match node {
        Relation::With { id, definition, body } => {
            relation(definition, outer, shared)?;
            shared.insert(*id, columns(definition));
            return relation(body, outer, shared);
        }
        Relation::Recursive(recursive) => {
            let output: Columns = recursive.columns.iter().map(|c| (c.id, c.data_type.clone())).collect();
            relation(&recursive.base, outer, shared)?;
            shared.insert(recursive.id, output);
            relation(&recursive.step, outer, shared)?;
            for (input, ids) in
                [(&recursive.base, &recursive.base_columns), (&recursive.step, &recursive.step_columns)]
            {
                let produced = columns(input);
                for (column, id) in recursive.columns.iter().zip(ids) {
                    if produced.get(id) != Some(&column.data_type) {
                        return Err(format!("recursive column {column} has no source {} of its type", id.0));
                    }
                }
            }
            return Ok(());
        }
        Relation::Shared { id, columns, sources } => {
            let Some(known) = shared.get(id) else { return Err(format!("shared {id} outside its WITH")) };
            for (column, source) in columns.iter().zip(sources) {
                if known.get(source) != Some(&column.data_type) {
                    return Err(format!(
                        "shared {id} has no column {} of type {}",
                        source.0, column.data_type
                    ));
                }
            }
        }
        Relation::SetOperation(operation) => set_operation(operation)?,
        _ => {}
    }
    if let Relation::Join(join) = node
        && join.dependent
    {
        relation(&join.left, outer, shared)?;
        let mut visible = outer.clone();
        visible.extend(columns(&join.left));
        relation(&join.right, &visible, shared)?;
    } else {
        for input in node.inputs() {
            relation(input, outer, shared)?;
        }
    }
    let mut visible = outer.clone();
    for input in node.inputs() {
        visible.extend(columns(input));
    }
    if let Relation::Scan(scan) = node {
        visible.extend(scan.columns.iter().map(|c| (c.column.id, c.column.data_type.clone())));
    }
    if let Relation::Join(join) = node
        && join.kind == JoinKind::Mark
        && join.mark.is_none()
    {
        return Err("a mark join without its column".into());
    }
    node.exprs().into_iter().try_for_each(|expr| expression(expr, &visible, shared))
}

fn set_operation(operation: &SetOperation) -> std::result::Result<(), String> {
    for (input, ids) in operation.inputs.iter().zip(&operation.input_columns) {
        let produced = columns(input);
        if ids.len() != operation.columns.len() {
            return Err("a set operation's input has another number of columns".into());
        }
        for (column, id) in operation.columns.iter().zip(ids) {
            if produced.get(id) != Some(&column.data_type) {
                return Err(format!("set operation column {column} has no source {} of its type", id.0));
            }
        }
    }
    Ok(())
}

fn expression(
    expr: &Expr,
    visible: &Columns,
    shared: &mut HashMap<u32, Columns>,
) -> std::result::Result<(), String> {
    match expr {
        Expr::Column(column) => match visible.get(&column.id) {
            None => return Err(format!("column {column} is not visible")),
            Some(data_type) if *data_type != column.data_type => {
                return Err(format!("column {column} is {data_type}, referred to as {}", column.data_type));
            }
            Some(_) => {}
        },
        Expr::Subquery(subquery) => relation(&subquery.relation, visible, shared)?,
        Expr::ArraySubquery(subquery) => {
            let mut inner = visible.clone();
            inner.extend(subquery.definitions().into_iter().map(|c| (c.id, c.data_type.clone())));
            return expr.children().into_iter().try_for_each(|child| expression(child, &inner, shared));
        }
        _ => {}
    }
    expr.children().into_iter().try_for_each(|child| expression(child, visible, shared))
}
