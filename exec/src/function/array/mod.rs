//! ARRAYs: constructing, measuring, concatenating and reading them.

mod generate;
mod subscript;

use std::sync::Arc;

use canopy_format::vector::concat as concat_vectors;
use canopy_format::{Bitmap, BufferMut, ListVector, Value, Values, Vector};

use super::Function;
use super::call::{Call, fail};
use crate::Result;
use crate::kernel::compare::equal_rows;
use crate::kernel::hash::hash_vector;

pub(super) fn functions() -> Vec<Function> {
    let mut all = vec![
        Function::scalar("$array", &["T1... -> ARRAY<T1>"], construct)
            .handles_nulls()
            .usages(&["[value, ...]", "ARRAY<type>[value, ...]"])
            .usages(&["[value, ...]", "ARRAY<type>[value, ...]"])
            .doc("An ARRAY of the arguments.")
            .examples(&[("ARRAY_LENGTH([1, 2, 3])", "3")]),
        Function::scalar("array_length", &["ARRAY<T1> -> INT64"], length)
            .doc("Number of elements.")
            .examples(&[("ARRAY_LENGTH(['a', 'b'])", "2"), ("ARRAY_LENGTH(CAST(NULL AS ARRAY<INT64>))", "CAST(NULL AS INT64)")]),
        Function::scalar("array_concat", &["ARRAY<T1>, ARRAY<T1>... -> ARRAY<T1>"], concat)
            .doc("All elements of all arrays.")
            .examples(&[("ARRAY_CONCAT([1, 2], [3])", "[1, 2, 3]")]),
        Function::scalar("array_reverse", &["ARRAY<T1> -> ARRAY<T1>"], reverse)
            .doc("The elements in reverse order.")
            .examples(&[("ARRAY_REVERSE([1, 2, 3])", "[3, 2, 1]")]),
        Function::scalar(
            "array_to_string",
            &["ARRAY<STRING>, STRING, STRING? -> STRING", "ARRAY<BYTES>, BYTES, BYTES? -> BYTES"],
            to_string,
        )
        .doc("The elements with a delimiter between; NULLs are left out, or written as the third argument.")
        .examples(&[("ARRAY_TO_STRING(['a', NULL, 'b'], '-')", "'a-b'"), ("ARRAY_TO_STRING(['a', NULL], '-', '?')", "'a-?'")]),
        Function::scalar("array_slice", &["ARRAY<T1>, INT64, INT64 -> ARRAY<T1>"], slice)
            .doc("The elements from one position to another, both included; negative positions count from the end.")
            .examples(&[("ARRAY_SLICE(['a', 'b', 'c', 'd'], 1, 2)", "['b', 'c']")]),
        Function::scalar("array_includes", &["=ARRAY<T1>, T1 -> BOOL"], includes)
            .doc("Whether an element equals the value.")
            .examples(&[("ARRAY_INCLUDES([1, 2], 2)", "TRUE")]),
        Function::scalar("array_is_distinct", &["=ARRAY<T1> -> BOOL"], is_distinct)
            .doc("Whether no two elements are the same.")
            .examples(&[("ARRAY_IS_DISTINCT([1, 2, 1])", "FALSE")]),
    ];
    all.extend(generate::functions());
    all.extend(subscript::functions());
    all
}

/// The argument's arrays as offsets and elements.
pub(super) fn list(call: &Call<'_>, index: usize) -> Result<ListVector> {
    match call.arguments[index].flatten().as_flat() {
        Some((Values::List(list), _)) => Ok(list.clone()),
        _ => fail("an argument is no ARRAY"),
    }
}

/// The elements of a row.
pub(super) fn range(list: &ListVector, row: usize) -> std::ops::Range<usize> {
    list.offsets[row] as usize..list.offsets[row + 1] as usize
}

/// Element `i` of row `r` is argument `i` of row `r`.
fn construct(call: &Call<'_>) -> Result<Vector> {
    let (rows, width) = (call.rows, call.len());
    let Some(element) = call.return_type.element() else { return fail("$array gives no ARRAY") };
    let offsets: BufferMut<u32> = (0..=rows).map(|row| (row * width) as u32).collect();
    let child = match width {
        0 => Vector::from_values(element, &[])?,
        _ => {
            let places: Vec<u32> =
                (0..rows * width).map(|at| ((at % width) * rows + at / width) as u32).collect();
            let retyped: Vec<Vector> =
                call.arguments.iter().map(|argument| argument.clone().flatten()).collect();
            concat_vectors(element, &retyped).gather(&places)
        }
    };
    Ok(call.result(Values::List(ListVector { offsets: offsets.freeze(), child: Arc::new(child) }), None))
}

fn length(call: &Call<'_>) -> Result<Vector> {
    let list = list(call, 0)?;
    let lengths = list.offsets.windows(2).map(|pair| (pair[1] - pair[0]) as i64).collect();
    Ok(call.result(Values::I64(lengths), call.validity.clone()))
}

/// Lists gathered from the elements of `child`, a row at a time.
fn gathered(
    call: &Call<'_>,
    child: &Vector,
    mut elements: impl FnMut(usize, &mut Vec<u32>) -> Result<()>,
) -> Result<Vector> {
    let mut offsets = BufferMut::with_capacity(call.rows + 1);
    offsets.push(0u32);
    let mut places = Vec::new();
    for row in 0..call.rows {
        if call.validity.as_ref().is_none_or(|validity| validity.get(row)) {
            elements(row, &mut places)?;
        }
        offsets.push(places.len() as u32);
    }
    let list = ListVector { offsets: offsets.freeze(), child: Arc::new(child.gather(&places)) };
    Ok(call.result(Values::List(list), call.validity.clone()))
}

pub(super) fn concat(call: &Call<'_>) -> Result<Vector> {
    let lists: Vec<ListVector> = (0..call.len()).map(|index| list(call, index)).collect::<Result<_>>()?;
    let Some(element) = call.return_type.element() else { return fail("ARRAY_CONCAT gives no ARRAY") };
    let children: Vec<Vector> = lists.iter().map(|list| (*list.child).clone()).collect();
    let mut bases = Vec::with_capacity(lists.len());
    let mut base = 0;
    for child in &children {
        bases.push(base);
        base += child.len();
    }
    gathered(call, &concat_vectors(element, &children), |row, places| {
        for (list, base) in lists.iter().zip(&bases) {
            places.extend(range(list, row).map(|element| (base + element) as u32));
        }
        Ok(())
    })
}

fn reverse(call: &Call<'_>) -> Result<Vector> {
    let list = list(call, 0)?;
    gathered(call, &list.child.clone(), |row, places| {
        places.extend(range(&list, row).rev().map(|element| element as u32));
        Ok(())
    })
}

fn slice(call: &Call<'_>) -> Result<Vector> {
    let list = list(call, 0)?;
    let (start, end) = (call.i64s(1), call.i64s(2));
    gathered(call, &list.child.clone(), |row, places| {
        let elements = range(&list, row);
        let count = elements.len() as i64;
        let place = |position: i64| if position < 0 { position.saturating_add(count) } else { position };
        let first = place(start.get(row)).max(0);
        let last = place(end.get(row)).min(count - 1);
        places.extend((first..=last).map(|element| (elements.start as i64 + element) as u32));
        Ok(())
    })
}

fn to_string(call: &Call<'_>) -> Result<Vector> {
    let list = list(call, 0)?;
    let child = list.child.flatten();
    let Some((Values::String(texts), validity)) = child.as_flat() else {
        return fail("ARRAY_TO_STRING of elements that are no text");
    };
    let delimiter = call.bytes(1);
    let null = (call.len() > 2).then(|| call.bytes(2));
    call.strings(|row, out| {
        let mut first = true;
        for element in range(&list, row) {
            let present = validity.is_none_or(|validity: &Bitmap| validity.get(element));
            let text = match (present, &null) {
                (true, _) => texts.bytes(element),
                (false, Some(null)) => null.get(row),
                (false, None) => continue,
            };
            if !first {
                out.extend(delimiter.get(row));
            }
            first = false;
            out.extend(text);
        }
        Ok(true)
    })
}

fn includes(call: &Call<'_>) -> Result<Vector> {
    let list = list(call, 0)?;
    let probe = &call.arguments[1];
    call.bool_rows(|row| {
        let nan = matches!(probe.value(row), Value::Float64(value) if value.is_nan());
        Ok(!nan && range(&list, row).any(|element| equal_rows(&list.child, element, probe, row)))
    })
}

fn is_distinct(call: &Call<'_>) -> Result<Vector> {
    let list = list(call, 0)?;
    let mut hashes = vec![0; list.child.len()];
    hash_vector(call.context.tier(), &list.child, &mut hashes);
    call.bool_rows(|row| {
        let mut order: Vec<usize> = range(&list, row).collect();
        order.sort_by_key(|&element| hashes[element]);
        let same = |a: usize, b: usize| equal_rows(&list.child, a, &list.child, b);
        let groups = order.chunk_by(|&a, &b| hashes[a] == hashes[b]);
        Ok(!groups.into_iter().any(|group| {
            group.iter().enumerate().any(|(at, &a)| group[at + 1..].iter().any(|&b| same(a, b)))
        }))
    })
}
