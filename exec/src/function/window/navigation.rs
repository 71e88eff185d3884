//! Navigation functions: a value of another row of the partition or frame.

use canopy_format::vector::concat;
use canopy_format::{BitmapBuilder, DataType, Value, Vector};

use super::{Frames, OrderRule, WindowFunction, WindowInput, WindowRules, constant, no_signature};
use crate::function::Function;
use crate::operator::mask;
use crate::{ExecError, Result};

/// Of rows in a frame.
const FRAMED: WindowRules =
    WindowRules { order: OrderRule::Optional, frame: true, null_handling: true, constants: &[] };
/// Of rows in the partition.
const SHIFTED: WindowRules =
    WindowRules { order: OrderRule::Required, frame: false, null_handling: false, constants: &[1, 2] };

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::window("first_value", &["T1 -> T1"], FRAMED, |arguments| framed("first_value", arguments, Position::First))
            .doc("Returns the value of the frame's first row; NULL when the frame is empty. With IGNORE NULLS rows whose value is NULL are passed over.")
            .examples(&[("ARRAY(SELECT FIRST_VALUE(x) OVER (ORDER BY x) FROM UNNEST([2, 1, 3]) AS x ORDER BY 1)", "[1, 1, 1]")]),
        Function::window("last_value", &["T1 -> T1"], FRAMED, |arguments| framed("last_value", arguments, Position::Last))
            .doc("Returns the value of the frame's last row; NULL when the frame is empty. With IGNORE NULLS rows whose value is NULL are passed over.")
            .examples(&[("ARRAY(SELECT LAST_VALUE(x) OVER (ORDER BY x) FROM UNNEST([2, 1, 3]) AS x ORDER BY 1)", "[1, 2, 3]")]),
        Function::window(
            "nth_value",
            &["T1, INT64 -> T1"],
            WindowRules { constants: &[1], ..FRAMED },
            |arguments| framed("nth_value", arguments, Position::Nth),
        )
        .doc("Returns the value of the frame's row with this number, from 1; NULL when the frame has fewer rows. With IGNORE NULLS rows whose value is NULL are passed over.")
            .examples(&[("ARRAY(SELECT IFNULL(NTH_VALUE(x, 2) OVER (ORDER BY x), 0) FROM UNNEST([2, 1, 3]) AS x ORDER BY 1)", "[0, 2, 2]")]),
        Function::window("lag", &["T1, INT64?, T1? -> T1"], SHIFTED, |arguments| shifted("lag", arguments, false))
            .doc("Returns the value of the row so many rows (1) before this one in the partition; the default (NULL) where there is none.")
            .examples(&[("ARRAY(SELECT LAG(x, 1, 0) OVER (ORDER BY x) FROM UNNEST([2, 1, 3]) AS x ORDER BY 1)", "[0, 1, 2]")]),
        Function::window("lead", &["T1, INT64?, T1? -> T1"], SHIFTED, |arguments| shifted("lead", arguments, true))
            .doc("Returns the value of the row so many rows (1) after this one in the partition; the default (NULL) where there is none.")
            .examples(&[("ARRAY(SELECT LEAD(x, 2, 0) OVER (ORDER BY x) FROM UNNEST([2, 1, 3]) AS x ORDER BY 1)", "[0, 0, 3]")]),
    ]
}

fn framed(name: &str, arguments: &[DataType], position: Position) -> Result<Box<dyn WindowFunction>> {
    match (position, arguments) {
        (Position::First | Position::Last, [value]) | (Position::Nth, [value, DataType::Int64]) => {
            Ok(Box::new(Framed { data_type: value.clone(), position }))
        }
        _ => no_signature(name, arguments),
    }
}

fn shifted(name: &str, arguments: &[DataType], ahead: bool) -> Result<Box<dyn WindowFunction>> {
    match arguments {
        [value] | [value, DataType::Int64] => Ok(Box::new(Shifted { data_type: value.clone(), ahead })),
        [value, DataType::Int64, default] if super::super::same_shape(value, default) => {
            Ok(Box::new(Shifted { data_type: value.clone(), ahead }))
        }
        _ => no_signature(name, arguments),
    }
}

/// Which row of the frame.
#[derive(Clone, Copy)]
enum Position {
    First,
    Last,
    Nth,
}

struct Framed {
    data_type: DataType,
    position: Position,
}

impl WindowFunction for Framed {
    fn return_type(&self) -> DataType {
        self.data_type.clone()
    }

    fn evaluate(&self, input: &WindowInput<'_>) -> Result<Vector> {
        let nth = match self.position {
            Position::Nth => nth(&input.arguments[1])?,
            Position::First | Position::Last => 0,
        };
        let pick = |range: std::ops::Range<u32>| match self.position {
            Position::First => (!range.is_empty()).then_some(range.start),
            Position::Last => (!range.is_empty()).then(|| range.end - 1),
            Position::Nth => {
                let row = range.start as u64 + nth;
                (row < range.end as u64).then_some(row as u32)
            }
        };
        let value = &input.arguments[0];
        let frames = input.frames;
        let validity = if input.ignore_nulls == Some(true) { value.validity() } else { None };
        let Some(validity) = validity else {
            return Ok(taken(value, ranges(frames).map(pick)));
        };
        // The rows with a value are counted; frames are ranges among them.
        let present: Vec<u32> = validity.iter_ones().map(|row| row as u32).collect();
        let mut before: Vec<u32> = Vec::with_capacity(value.len() + 1);
        let mut count = 0;
        for row in 0..value.len() {
            before.push(count);
            count += validity.get(row) as u32;
        }
        before.push(count);
        let among = |range: std::ops::Range<u32>| {
            pick(before[range.start as usize]..before[range.end as usize]).map(|row| present[row as usize])
        };
        Ok(taken(value, ranges(frames).map(among)))
    }
}

fn ranges(frames: &Frames) -> impl Iterator<Item = std::ops::Range<u32>> + '_ {
    frames.starts.iter().zip(&frames.ends).map(|(&start, &end)| start..end)
}

fn nth(argument: &Vector) -> Result<u64> {
    match constant(argument) {
        None => Ok(0),
        Some(Value::Int64(nth)) if nth > 0 => Ok(nth as u64 - 1),
        Some(Value::Null) => {
            Err(ExecError::Evaluation("The N value for the NthValue function must not be null".into()))
        }
        Some(_) => {
            Err(ExecError::Evaluation("The N value for the NthValue function must be positive".into()))
        }
    }
}

/// The values of these rows, NULL for None.
fn taken(value: &Vector, rows: impl Iterator<Item = Option<u32>>) -> Vector {
    let mut present = BitmapBuilder::default();
    let picked: Vec<u32> = rows
        .map(|row| {
            present.push(row.is_some());
            row.unwrap_or(0)
        })
        .collect();
    if picked.is_empty() {
        return Vector::nulls(value.data_type().clone(), 0);
    }
    mask(&value.gather(&picked), &present.finish())
}

struct Shifted {
    data_type: DataType,
    ahead: bool,
}

impl Shifted {
    fn offset(&self, input: &WindowInput<'_>) -> Result<u64> {
        let name = if self.ahead { "LEAD" } else { "LAG" };
        match input.arguments.get(1).map(constant) {
            None | Some(None) => Ok(1),
            Some(Some(Value::Int64(offset))) if offset >= 0 => Ok(offset as u64),
            Some(Some(Value::Null)) => {
                Err(ExecError::Evaluation(format!("The offset to the function {name} must not be null")))
            }
            Some(Some(_)) => {
                Err(ExecError::Evaluation(format!("The offset to the function {name} must not be negative")))
            }
        }
    }
}

impl WindowFunction for Shifted {
    fn return_type(&self) -> DataType {
        self.data_type.clone()
    }

    fn evaluate(&self, input: &WindowInput<'_>) -> Result<Vector> {
        let offset = self.offset(input)?;
        let value = &input.arguments[0];
        let partitions = input.order.partitions();
        let rows = partitions.flat_map(|partition| {
            partition.clone().map(move |row| {
                let other = match self.ahead {
                    true => (row as u64).checked_add(offset).filter(|&other| other < partition.end as u64),
                    false => {
                        (row as u64).checked_sub(offset).filter(|&other| other >= partition.start as u64)
                    }
                };
                other.map(|other| other as u32)
            })
        });
        let Some(default) = input.arguments.get(2).filter(|default| default.null_count() < default.len())
        else {
            return Ok(taken(value, rows));
        };
        // Rows of the default stand behind those of the value.
        let count = value.len() as u32;
        let (value, default) = (value.flatten(), default.flatten().with_type(self.data_type.clone()));
        let both = concat(&self.data_type, &[value, default]).flatten();
        let picked: Vec<u32> =
            rows.enumerate().map(|(row, other)| other.unwrap_or(count + row as u32)).collect();
        Ok(both.gather(&picked))
    }
}
