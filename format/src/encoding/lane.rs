//! The fixed widths that values are encoded in, whatever they mean.

use std::cmp::Ordering;
use std::hash::Hash;
use std::mem::MaybeUninit;

use super::bitpack::kernel;
use super::delta::kernel::{running_sums, running_sums_u32, running_sums_u64};
use super::{Checked, Flaw, Isa, VECTOR_VALUES};
use crate::{I256, Pod};

/// A fixed-width bit pattern: u32 (dates, codes, lengths), u64 (integers, floats, times), u128, 256 bits.
pub(crate) trait Lane: Pod + Eq + Hash {
    /// Bytes of a value.
    const BYTES: usize = size_of::<Self>();
    /// The number one.
    const ONE: Self;
    /// Widest bit width that packs into it; 0 when packing is not defined.
    const PACKED_BITS: u32;

    /// The lane of an unsigned number; narrow lanes keep its low bits.
    fn from_unsigned(value: u64) -> Self;
    /// The unsigned number of at most the lane's little-endian bytes.
    fn from_bytes(bytes: &[u8]) -> Self;
    /// The quotient of unsigned numbers.
    ///
    /// # Panics
    /// When the divisor is zero.
    fn divide(self, divisor: Self) -> Self;
    /// The remainder of unsigned numbers.
    ///
    /// # Panics
    /// When the divisor is zero.
    fn modulo(self, divisor: Self) -> Self;
    /// Writes `base + differences[..= i]` as value `i`, wrapping.
    fn running_sums(base: Self, differences: &[Self], out: &mut [MaybeUninit<Self>]);
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
    ($t:ty, $packed:expr, $wide:ty, $signed:expr, $from_signed:expr, $unpack:expr, $pack:expr,
        $one:expr, $from_unsigned:expr, $divide:expr, $modulo:expr, $sums:expr) => {
        impl Lane for $t {
            const PACKED_BITS: u32 = $packed;
            const ONE: Self = $one;

            #[inline(always)]
            fn from_unsigned(value: u64) -> Self {
                let from_unsigned: fn(u64) -> $t = $from_unsigned;
                from_unsigned(value)
            }

            #[inline(always)]
            fn from_bytes(bytes: &[u8]) -> Self {
                let mut raw = [0u8; size_of::<$t>()];
                raw[..bytes.len()].copy_from_slice(bytes);
                <$t>::from_le_bytes(raw)
            }

            #[inline]
            fn divide(self, divisor: Self) -> Self {
                let divide: fn($t, $t) -> $t = $divide;
                divide(self, divisor)
            }

            #[inline]
            fn modulo(self, divisor: Self) -> Self {
                let modulo: fn($t, $t) -> $t = $modulo;
                modulo(self, divisor)
            }

            #[inline]
            fn running_sums(base: Self, differences: &[Self], out: &mut [MaybeUninit<Self>]) {
                $sums(base, differences, out)
            }

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

lane!(
    u32,
    32,
    i32,
    |v| v as i32 as i64,
    |v| v as u32,
    kernel::unpack_u32,
    kernel::pack,
    1,
    |v| v as u32,
    |a, b| a / b,
    |a, b| a % b,
    |b, d, o| running_sums_u32(Isa::detect(), b, d, o)
);
lane!(
    u64,
    64,
    i64,
    |v| v as i64,
    |v| v as u64,
    kernel::unpack_u64,
    kernel::pack,
    1,
    |v| v,
    |a, b| a / b,
    |a, b| a % b,
    |b, d, o| running_sums_u64(Isa::detect(), b, d, o)
);
lane!(
    u128,
    0,
    i128,
    |v| v as i64,
    |v| v as i128 as u128,
    never_unpacks,
    never_packs,
    1,
    |v| v as u128,
    |a, b| a / b,
    |a, b| a % b,
    running_sums
);
lane!(
    I256,
    0,
    I256,
    |v| v.as_i64(),
    |v| I256::from(v),
    never_unpacks,
    never_packs,
    I256::ONE,
    |v| I256::from(v),
    |a, b| (a.as_u256() / b.as_u256()).as_i256(),
    |a, b| (a.as_u256() % b.as_u256()).as_i256(),
    running_sums
);
