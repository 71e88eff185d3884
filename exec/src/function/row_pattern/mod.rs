//! Row pattern matching: what MATCH_RECOGNIZE is planned with.
//!
//! The rows of a partition come as an array, each element a set of bits: those of the pattern variables whose
//! conditions the row meets. The pattern comes as text, see [`program`].

mod program;
mod search;
#[cfg(test)]
mod tests;

use canopy_format::{DataType, Value, Values, Vector};

use self::program::Program;
use self::search::{Search, Skip};
use super::Function;
use super::call::{Call, fail};
use crate::Result;

/// Most matched rows of one partition.
const MATCHED_MAX: usize = 1 << 24;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("$match_rows", &["ARRAY<INT64>, STRING, BOOL, BOOL -> ARRAY<INT64>"], match_rows).doc(
            "The matches of a row pattern, four numbers for each matched row: the match's number from 1, the row's \
             place in the array, its place in the match, and its variable; for a match without rows 0 and -1.",
        ),
    ]
}

fn match_rows(call: &Call<'_>) -> Result<Vector> {
    let flat = call.arguments[0].flatten();
    let Some((Values::List(list), _)) = flat.as_flat() else { return fail("an argument is no ARRAY") };
    let elements = list.child.flatten();
    let bits = match elements.as_flat() {
        Some((Values::I64(values), _)) => values,
        _ if *elements.data_type() == DataType::Int64 => return fail("rows of a pattern without bits"),
        _ => return fail("an argument is no ARRAY<INT64>"),
    };
    let (patterns, overlapping, longest) = (call.bytes(1), call.bools(2), call.bools(3));
    call.values(|row| {
        let program = Program::parse(patterns.get(row))?;
        let rows = &bits[list.offsets[row] as usize..list.offsets[row + 1] as usize];
        let skip = if overlapping.get(row) { Skip::ToNextRow } else { Skip::PastLastRow };
        let mut out = Vec::new();
        let mut search = Search::new(&program, rows, longest.get(row));
        for number in 1.. {
            let Some(found) = search.next(skip, call.context)? else { break };
            if out.len() / 4 + found.variables.len() > MATCHED_MAX {
                return fail(format!("MATCH_RECOGNIZE matches more than {MATCHED_MAX} rows of a partition"));
            }
            let mut put = |at: usize, place: i64, variable: i64| {
                out.extend([number, at as i64, place, variable].map(Value::Int64));
            };
            if found.variables.is_empty() {
                put(found.start, 0, -1);
            }
            for (place, variable) in found.variables.iter().enumerate() {
                put(found.start + place, place as i64 + 1, i64::from(*variable));
            }
        }
        Ok(Value::Array(out))
    })
}
