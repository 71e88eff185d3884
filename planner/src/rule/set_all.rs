//! INTERSECT ALL and EXCEPT ALL by counting: each distinct row with how often each input has it, then that often.

use canopy_format::{DataType, Value};

use super::predicate::{call, column, equal};
use crate::algebra::{
    Aggregate, AggregateCall, Column, Expr, Named, Relation, SetOperation, SetOperator, Unnest,
};
use crate::optimizer::Fresh;

/// Returns the operation's rows; the operator is one of the two.
pub(super) fn counted(operation: SetOperation, fresh: &mut Fresh) -> Relation {
    let SetOperation { operator, inputs, input_columns, columns } = operation;
    let number = |value: i64| Expr::Literal(Value::Int64(value), DataType::Int64);
    let inputs_count = inputs.len();
    let mut sides = Vec::with_capacity(inputs_count);
    let mut side_columns = Vec::with_capacity(inputs_count);
    for (index, (input, ids)) in inputs.into_iter().zip(input_columns).enumerate() {
        let mut side: Vec<Named> = Vec::with_capacity(ids.len() + 1);
        for (id, wanted) in ids.into_iter().zip(&columns) {
            let own = fresh.ids.column(wanted.name.clone(), wanted.data_type.clone());
            side.push(Named { column: own, expr: Expr::Column(Column { id, ..wanted.clone() }) });
        }
        let source = fresh.ids.column("input", DataType::Int64);
        side.push(Named { column: source, expr: number(index as i64) });
        side_columns.push(side.iter().map(|named| named.column.id).collect());
        sides.push(Relation::Project { input: Box::new(input), columns: side });
    }
    let rows: Vec<Column> =
        columns.iter().map(|c| fresh.ids.column(c.name.clone(), c.data_type.clone())).collect();
    let source = fresh.ids.column("input", DataType::Int64);
    let union = Relation::SetOperation(Box::new(SetOperation {
        operator: SetOperator::UnionAll,
        inputs: sides,
        input_columns: side_columns,
        columns: rows.iter().cloned().chain([source.clone()]).collect(),
    }));
    let counts: Vec<AggregateCall> = (0..inputs_count)
        .map(|index| AggregateCall {
            filter: Some(equal(column(&source), number(index as i64))),
            ..AggregateCall::new(fresh.ids.column("count", DataType::Int64), "$count_star", Vec::new())
        })
        .collect();
    let mut often: Vec<Expr> = counts.iter().map(|call| column(&call.output)).collect();
    let often = match operator {
        SetOperator::IntersectAll => call("least", often, DataType::Int64),
        _ => {
            let first = often.remove(0);
            often.into_iter().fold(first, |left, count| call("$subtract", vec![left, count], DataType::Int64))
        }
    };
    let keys = columns.into_iter().zip(rows).map(|(column, row)| Named { column, expr: Expr::Column(row) });
    let input =
        Relation::Aggregate(Box::new(Aggregate { input: union, keys: keys.collect(), calls: counts }));
    let array = call("generate_array", vec![number(1), often], DataType::array(DataType::Int64));
    let element = fresh.ids.column("copy", DataType::Int64);
    Relation::Unnest(Box::new(Unnest { input, array, element, offset: None, outer: false }))
}
