//! Hashes of values: equal SQL values hash equal in any physical form and on every machine, because
//! shuffles between processes rely on it. Numbers go through MurmurHash3's finalizer (two multiplies
//! that vectorise); strings through folded 128-bit multiplies, as wyhash does, in our own arrangement.

use canopy_format::vector::{Form, pow10};
use canopy_format::{Bitmap, Buffer, Value, Values, Vector};

use super::{Tier, tiered};

/// What NULL contributes.
const NULL: u64 = 0x9ae1_6a3b_2f90_404f;
const K1: u64 = 0xa076_1d64_78bd_642f;
const K2: u64 = 0xe703_7ed1_a0b4_28db;
const K3: u64 = 0x8ebc_6af0_9c88_c6e3;

/// Mixes all bits of `x`.
#[inline(always)]
pub fn mix(mut x: u64) -> u64 {
    x ^= x >> 33;
    x = x.wrapping_mul(0xff51_afd7_ed55_8ccd);
    x ^= x >> 33;
    x = x.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ (x >> 33)
}

/// Adds a value's hash to a row's hash so far; order matters.
#[inline(always)]
fn join(previous: u64, value: u64) -> u64 {
    mix(previous.rotate_left(23).wrapping_mul(K1) ^ value)
}

#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    product as u64 ^ (product >> 64) as u64
}

/// The hash of a string's bytes.
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let word = |at: usize| {
        let mut word = [0u8; 8];
        word.copy_from_slice(&bytes[at..at + 8]);
        u64::from_le_bytes(word)
    };
    let short = |part: &[u8]| {
        let mut word = [0u8; 8];
        word[..part.len()].copy_from_slice(part);
        u64::from_le_bytes(word)
    };
    let len = bytes.len();
    let mut state = K3 ^ len as u64;
    if len <= 8 {
        return fold(short(bytes) ^ K1, state ^ K2);
    }
    let mut at = 0;
    while at + 16 < len {
        state = fold(word(at) ^ K1, word(at + 8) ^ state);
        at += 16;
    }
    // The last 16 bytes, which may overlap those before; the length in the state keeps it unambiguous.
    let tail = len.saturating_sub(16);
    match len < 16 {
        true => fold(word(0) ^ K1, short(&bytes[8..]) ^ state ^ K2),
        false => fold(word(tail) ^ K1, word(tail + 8) ^ state ^ K2),
    }
}

tiered! {
    /// Joins 64-bit values into the rows' hashes.
    pub(crate) fn join_i64(values: &[i64], hashes: &mut [u64]) -> () {
        for (hash, &value) in hashes.iter_mut().zip(values) {
            *hash = join(*hash, mix(value as u64 ^ K2));
        }
    }
}

tiered! {
    /// Joins 32-bit values into the rows' hashes, as their 64-bit selves.
    pub(crate) fn join_i32(values: &[i32], hashes: &mut [u64]) -> () {
        for (hash, &value) in hashes.iter_mut().zip(values) {
            *hash = join(*hash, mix(value as i64 as u64 ^ K2));
        }
    }
}

fn hash_i64(value: i64) -> u64 {
    mix(value as u64 ^ K2)
}

/// As [`hash_i64`] where the value fits.
fn hash_i128(value: i128) -> u64 {
    match i64::try_from(value) {
        Ok(small) => hash_i64(small),
        Err(_) => mix(value as u64 ^ mix((value >> 64) as u64 ^ K3)),
    }
}

/// All NaNs are one value, and so are the zeros.
fn float_bits(value: f64) -> i64 {
    let value = if value.is_nan() { f64::NAN } else { value + 0.0 };
    value.to_bits() as i64
}

/// Joins the values of `vector` into `hashes`, one a row; begin with equal seeds (0, say).
///
/// # Panics
/// When the lengths differ.
pub fn hash_vector(tier: Tier, vector: &Vector, hashes: &mut [u64]) {
    assert_eq!(vector.len(), hashes.len(), "hashes of another length than the vector");
    match vector.form() {
        Form::Constant(value) => {
            let one = Vector::constant(vector.data_type().clone(), value.clone(), 1).flatten();
            let own = hash_one(&one, 0);
            hashes.iter_mut().for_each(|hash| *hash = join(*hash, own));
        }
        Form::Dictionary { codes, validity, dictionary } if dictionary.values.len() <= 2 * codes.len() => {
            let entries: Vec<u64> =
                (0..dictionary.values.len()).map(|row| hash_one(&dictionary.values, row)).collect();
            for (row, (hash, &code)) in hashes.iter_mut().zip(codes.iter()).enumerate() {
                let null = validity.as_ref().is_some_and(|validity| !validity.get(row));
                *hash = join(*hash, if null { NULL } else { entries[code as usize] });
            }
        }
        Form::Dictionary { .. } | Form::Sequence { .. } => hash_vector(tier, &vector.flatten(), hashes),
        Form::Flat { values, validity } => hash_flat(tier, values, validity.as_ref(), hashes),
    }
}

fn hash_flat(tier: Tier, values: &Values, validity: Option<&Bitmap>, hashes: &mut [u64]) {
    let Some(validity) = validity else {
        match values {
            Values::I64(values) => return join_i64(tier, values, hashes),
            Values::I32(values) => return join_i32(tier, values, hashes),
            Values::F64(values) => {
                let bits: Buffer<i64> = values.iter().map(|&value| float_bits(value)).collect();
                return join_i64(tier, &bits, hashes);
            }
            _ => {
                for (row, hash) in hashes.iter_mut().enumerate() {
                    *hash = join(*hash, hash_value(values, row));
                }
                return;
            }
        }
    };
    for (row, hash) in hashes.iter_mut().enumerate() {
        *hash = join(*hash, if validity.get(row) { hash_value(values, row) } else { NULL });
    }
}

fn hash_one(vector: &Vector, row: usize) -> u64 {
    if vector.is_null(row) {
        return NULL;
    }
    match vector.form() {
        Form::Flat { values, .. } => hash_value(values, row),
        Form::Dictionary { codes, dictionary, .. } => hash_one(&dictionary.values, codes[row] as usize),
        Form::Sequence { start, step } => hash_i64(start + step * row as i64),
        Form::Constant(Value::Int64(value)) => hash_i64(*value),
        Form::Constant(_) => hash_one(&vector.slice(row, 1).flatten(), 0),
    }
}

fn hash_value(values: &Values, row: usize) -> u64 {
    match values {
        Values::Bool(v) => hash_i64(v.get(row) as i64),
        Values::I32(v) => hash_i64(v[row] as i64),
        Values::I64(v) => hash_i64(v[row]),
        Values::F64(v) => hash_i64(float_bits(v[row])),
        // Scale 9 is the form that all scales share.
        Values::Decimal64 { values, scale } => hash_i128(values[row] as i128 * pow10(9 - scale)),
        Values::Decimal128 { values, scale } => hash_i128(values[row] * pow10(9 - scale)),
        Values::Decimal256(v) => hash_bytes(&v[row].to_le_bytes()),
        Values::String(v) => hash_bytes(v.bytes(row)),
        Values::Interval(v) => hash_i128(super::compare::interval_key(v[row])),
        Values::Range(v) => join(hash_i64(v[row].start), hash_i64(v[row].end)),
        Values::List(list) => {
            let range = list.offsets[row] as usize..list.offsets[row + 1] as usize;
            let seed = mix(range.len() as u64);
            range.fold(seed, |hash, element| join(hash, hash_one(&list.child, element)))
        }
        Values::Struct(children) => children.iter().fold(K3, |hash, child| join(hash, hash_one(child, row))),
    }
}
