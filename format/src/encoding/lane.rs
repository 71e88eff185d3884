//! The fixed widths that values are encoded in, whatever they mean.

use std::cmp::Ordering;
use std::hash::Hash;
use std::mem::MaybeUninit;

use super::bitpack::kernel;
use super::{Checked, Flaw, VECTOR_VALUES};
use crate::{I256, Pod};

/// A fixed-width bit pattern: u32 (dates, codes, lengths), u64 (integers, floats, times), u128, 256 bits.
pub(crate) trait Lane: Pod + Eq + Hash {
    /// Bytes of a value.
    const BYTES: usize = size_of::<Self>();
    /// Widest bit width that packs into it; 0 when packing is not defined.
    const PACKED_BITS: u32;

    /// The value of its little-endian bytes.
    fn read(bytes: &[u8]) -> Self;
    /// Appends the value's little-endian bytes.
    fn write(self, out: &mut Vec<u8>);
    /// The value as a signed number for ordering and packing; wide lanes keep the low 64 bits.
    fn to_signed(self) -> i64;
    /// The lane of a signed number; narrow lanes keep its low bits.
    fn from_signed(value: i64) -> Self;
    /// Order as signed numbers.
    fn compare(&self, other: &Self) -> Ordering;
    /// Whether it is less as a signed number.
    fn less(self, other: Self) -> bool;
    /// The sum, wrapping.
    fn wrapping_add(self, other: Self) -> Self;
    /// The difference, wrapping.
    fn wrapping_sub(self, other: Self) -> Self;
    /// The product, wrapping.
    fn wrapping_mul(self, other: Self) -> Self;
    /// Zero bits above the highest set one, as an unsigned number.
    fn leading_zeros(self) -> u32;
    /// Unpacks one vector and adds `base`, wrapping.
    fn unpack(
        packed: &[u8],
        width: u32,
        base: u64,
        out: &mut [MaybeUninit<Self>; VECTOR_VALUES],
    ) -> Checked<()>;
    /// Appends `VECTOR_VALUES` values less `base`, packed in `width` bits.
    fn pack(values: &[u64; VECTOR_VALUES], width: u32, out: &mut Vec<u8>);
}

macro_rules! lane {
    ($t:ty, $packed:expr, $wide:ty, $signed:expr, $from_signed:expr, $unpack:expr, $pack:expr) => {
        impl Lane for $t {
            const PACKED_BITS: u32 = $packed;

            #[inline]
            fn read(bytes: &[u8]) -> Self {
                let mut raw = [0u8; size_of::<$t>()];
                raw.copy_from_slice(&bytes[..size_of::<$t>()]);
                <$t>::from_le_bytes(raw)
            }

            #[inline]
            fn write(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            #[inline]
            fn to_signed(self) -> i64 {
                let to_signed: fn($t) -> i64 = $signed;
                to_signed(self)
            }

            #[inline]
            fn from_signed(value: i64) -> Self {
                let from_signed: fn(i64) -> $t = $from_signed;
                from_signed(value)
            }

            #[inline]
            fn compare(&self, other: &Self) -> Ordering {
                (*self as $wide).cmp(&(*other as $wide))
            }

            #[inline(always)]
            fn less(self, other: Self) -> bool {
                (self as $wide) < (other as $wide)
            }

            #[inline(always)]
            fn wrapping_add(self, other: Self) -> Self {
                <$t>::wrapping_add(self, other)
            }

            #[inline(always)]
            fn wrapping_sub(self, other: Self) -> Self {
                <$t>::wrapping_sub(self, other)
            }

            #[inline(always)]
            fn wrapping_mul(self, other: Self) -> Self {
                <$t>::wrapping_mul(self, other)
            }

            #[inline]
            fn leading_zeros(self) -> u32 {
                <$t>::leading_zeros(self)
            }

            #[inline]
            fn unpack(
                packed: &[u8],
                width: u32,
                base: u64,
                out: &mut [MaybeUninit<Self>; VECTOR_VALUES],
            ) -> Checked<()> {
                $unpack(packed, width, base, out)
            }

            fn pack(values: &[u64; VECTOR_VALUES], width: u32, out: &mut Vec<u8>) {
                $pack(values, width, out)
            }
        }
    };
}

fn never_unpacks<T>(_: &[u8], _: u32, _: u64, _: &mut [MaybeUninit<T>; VECTOR_VALUES]) -> Checked<()> {
    Flaw::damaged("bit-packing of values wider than 64 bits")
}

fn never_packs(_: &[u64; VECTOR_VALUES], _: u32, _: &mut Vec<u8>) {
    unreachable!("lanes with PACKED_BITS 0 are never packed");
}

lane!(u32, 32, i32, |v| v as i32 as i64, |v| v as u32, kernel::unpack_u32, kernel::pack);
lane!(u64, 64, i64, |v| v as i64, |v| v as u64, kernel::unpack_u64, kernel::pack);
lane!(u128, 0, i128, |v| v as i64, |v| v as i128 as u128, never_unpacks, never_packs);
lane!(I256, 0, I256, |v| v.as_i64(), |v| I256::from(v), never_unpacks, never_packs);
