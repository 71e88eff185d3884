//! Bit operators on INT64 and BYTES.

use canopy_format::{DataType, Vector};

use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};

const BITS: &[&str] = &["INT64, INT64 -> INT64", "BYTES, BYTES -> BYTES"];
const SHIFTS: &[&str] = &["INT64, INT64 -> INT64", "BYTES, INT64 -> BYTES"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("$bitwise_and", BITS, |call| combine(call, |a, b| a & b, |a, b| a & b, "&"))
            .doc("Bits set in both.")
            .examples(&[("6 & 3", "2")]),
        Function::scalar("$bitwise_or", BITS, |call| combine(call, |a, b| a | b, |a, b| a | b, "|"))
            .doc("Bits set in either.")
            .examples(&[("6 | 3", "7")]),
        Function::scalar("$bitwise_xor", BITS, |call| combine(call, |a, b| a ^ b, |a, b| a ^ b, "^"))
            .doc("Bits set in one of the two.")
            .examples(&[("6 ^ 3", "5")]),
        Function::scalar("$bitwise_not", &["INT64 -> INT64", "BYTES -> BYTES"], invert)
            .doc("Every bit turned around.")
            .examples(&[("~0", "-1")]),
        Function::scalar("$shift_left", SHIFTS, |call| shift(call, true))
            .doc("Bits moved left; zeros come in, and a shift by 64 or more gives 0.")
            .examples(&[("1 << 4", "16")]),
        Function::scalar("$shift_right", SHIFTS, |call| shift(call, false))
            .doc("Bits moved right; zeros come in, also for negative numbers.")
            .examples(&[("16 >> 4", "1")]),
    ]
}

fn combine(
    call: &Call<'_>,
    integers: fn(i64, i64) -> i64,
    bytes: fn(u8, u8) -> u8,
    symbol: &str,
) -> Result<Vector> {
    if *call.return_type == DataType::Int64 {
        let (a, b) = (call.i64s(0), call.i64s(1));
        return call.i64_rows(|row| Ok(integers(a.get(row), b.get(row))));
    }
    let (a, b) = (call.bytes(0), call.bytes(1));
    call.strings(|row, out| {
        let (a, b) = (a.get(row), b.get(row));
        if a.len() != b.len() {
            return fail(format!(
                "Bitwise binary operator for BYTES requires equal length of the inputs. \
                 Got {} bytes on the left hand side and {} bytes on the right hand side of {symbol}",
                a.len(),
                b.len()
            ));
        }
        out.extend(a.iter().zip(b).map(|(a, b)| bytes(*a, *b)));
        Ok(true)
    })
}

fn invert(call: &Call<'_>) -> Result<Vector> {
    if *call.return_type == DataType::Int64 {
        let input = call.i64s(0);
        return call.i64_rows(|row| Ok(!input.get(row)));
    }
    let input = call.bytes(0);
    call.strings(|row, out| {
        out.extend(input.get(row).iter().map(|byte| !byte));
        Ok(true)
    })
}

fn shift(call: &Call<'_>, left: bool) -> Result<Vector> {
    let by = call.i64s(1);
    let distance = |row: usize| match by.get(row) {
        by if by < 0 => fail(format!("Bitwise shift by negative offset: {by}")),
        by => Ok(by as u64),
    };
    if *call.return_type == DataType::Int64 {
        let input = call.i64s(0);
        return call.i64_rows(|row| {
            let by = distance(row)?;
            let bits = input.get(row) as u64;
            let shifted = u32::try_from(by).ok().and_then(|by| match left {
                true => bits.checked_shl(by),
                false => bits.checked_shr(by),
            });
            Ok(shifted.unwrap_or(0) as i64)
        });
    }
    let input = call.bytes(0);
    call.strings(|row, out| {
        let (by, bytes) = (distance(row)?, input.get(row));
        let whole = usize::try_from(by / 8).unwrap_or(usize::MAX).min(bytes.len());
        let bits = (by % 8) as u32;
        let at = |index: Option<usize>| index.and_then(|i| bytes.get(i)).copied().unwrap_or(0) as u16;
        out.extend((0..bytes.len()).map(|index| match left {
            true => {
                let (high, low) = (at(index.checked_add(whole)), at(index.checked_add(whole + 1)));
                ((high << 8 | low) << bits >> 8) as u8
            }
            false => {
                let (low, high) = (at(index.checked_sub(whole)), at(index.checked_sub(whole + 1)));
                ((high << 8 | low) >> bits) as u8
            }
        }));
        Ok(true)
    })
}
