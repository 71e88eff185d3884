use std::mem::MaybeUninit;

use super::kernel::{self, Isa};
use super::{BitPacked, Packing};
use crate::encoding::conformance::{LENGTHS, check_fixed};
use crate::encoding::{Encoding, Lane, Node, VECTOR_VALUES};

fn encode<L: Lane>(values: &[L]) -> Node {
    Packing::of(values).encode(values)
}

fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

#[test]
fn keeps_the_laws() {
    for len in LENGTHS {
        let mut next = numbers(len as u64);
        check_fixed(&(0..len).map(|_| next() >> 50).collect::<Vec<_>>(), encode);
        check_fixed(&(0..len).map(|_| (next() >> 45) as u32).collect::<Vec<_>>(), encode);
    }
    let extremes = [i64::MIN as u64, i64::MAX as u64, 0, u64::MAX];
    check_fixed(&(0..3_000).map(|i| extremes[i % 4]).collect::<Vec<_>>(), encode);
    check_fixed(
        &(0..3_000u32).map(|i| [i32::MIN as u32, i32::MAX as u32, 5][i as usize % 3]).collect::<Vec<_>>(),
        encode,
    );
    check_fixed(
        &(0..5_000u64).map(|i| if i % 97 == 0 { i << 40 } else { i % 8 }).collect::<Vec<_>>(),
        encode,
    );
}

#[test]
fn the_worked_example_has_one_exception() {
    let values = [100u64, 103, 101, 100, 102, 100, 100, 9_000, 101, 100];
    let many: Vec<u64> = (0..1_024).map(|i| if i == 7 { 9_000 } else { values[i % 7] }).collect();
    let packed = BitPacked::open(encode(&many), 64, 8).unwrap();
    let vector = packed.vector(0);
    assert_eq!((vector.base, vector.width, vector.exceptions), (100, 2, 1));
}

#[test]
fn the_estimate_is_the_size() {
    let mut next = numbers(9);
    let values: Vec<u64> = (0..20_000).map(|i| if i % 50 == 0 { next() } else { next() >> 57 }).collect();
    let pages: usize = encode(&values).pages.iter().map(|page| page.len()).sum();
    assert_eq!(Packing::of(&values).bytes, pages);
}

/// Every kernel gives what the scalar twin gives, for every width; a failure names its width and kernel.
#[test]
fn kernels_agree_for_every_width() {
    for width in 0..=64u32 {
        let mut next = numbers(width as u64 + 77);
        let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
        let values: [u64; VECTOR_VALUES] = std::array::from_fn(|i| match i {
            0 => 0,
            1 => mask,
            _ => next() & mask,
        });
        let mut packed = Vec::new();
        kernel::pack(&values, width, &mut packed);
        assert_eq!(packed.len(), width as usize * 128, "width {width}");
        for base in [0u64, 1, i64::MIN as u64, u64::MAX] {
            for isa in Isa::available() {
                let mut out = [MaybeUninit::new(0u64); VECTOR_VALUES];
                kernel::unpack_u64_with(isa, &packed, width, base, &mut out).unwrap();
                // SAFETY: the array was initialised above, whatever the kernel wrote.
                let out = out.map(|v| unsafe { v.assume_init() });
                assert!(
                    out.iter().zip(values).all(|(o, v)| *o == v.wrapping_add(base)),
                    "width {width}, {isa:?}"
                );
                if width <= 32 {
                    let mut out = [MaybeUninit::new(0u32); VECTOR_VALUES];
                    kernel::unpack_u32_with(isa, &packed, width, base as u32, &mut out).unwrap();
                    // SAFETY: as above.
                    let out = out.map(|v| unsafe { v.assume_init() });
                    let expected = |v: u64| (v as u32).wrapping_add(base as u32);
                    assert!(out.iter().zip(values).all(|(o, v)| *o == expected(v)), "width {width}, {isa:?}");
                }
            }
        }
    }
}

#[test]
fn packed_bytes_are_interleaved_lanes() {
    // Width 4, 32 lanes: the first word of lane 0 holds values 0, 32, 64, ... from its low bits up.
    let values: [u64; VECTOR_VALUES] = std::array::from_fn(|i| (i / 32 % 16) as u64);
    let mut packed = Vec::new();
    kernel::pack(&values, 4, &mut packed);
    assert_eq!(packed[..4], [0x10, 0x32, 0x54, 0x76]);
}

#[test]
fn malformed_pages_are_refused() {
    let node = |page: Vec<u8>| Node { pages: vec![page.into()], ..Node::new(Encoding::BitPacked, 10) };
    let entry = |width: u8, exceptions: u16, offset: u32| {
        let mut page = vec![0u8; 8];
        page.extend([width, 0]);
        page.extend(exceptions.to_le_bytes());
        page.extend(offset.to_le_bytes());
        page
    };
    for (page, why) in [
        (entry(33, 0, 16), "width over 32"),
        (entry(0, 1_025, 16), "more exceptions than values"),
        (entry(0, 0, 17), "a gap"),
        (entry(1, 0, 16), "no packed bytes"),
        (vec![0; 3], "short"),
    ] {
        assert!(BitPacked::open(node(page), 32, 4).is_err(), "{why}");
    }
    let mut exception = entry(0, 1, 16);
    exception.extend([0xff, 0xff, 1, 0, 0, 0]);
    let packed = BitPacked::open(node(exception), 32, 4).unwrap();
    let mut out = [MaybeUninit::<u32>::uninit(); 10];
    assert!(packed.decode(0, &mut out).is_err(), "an exception outside the vector");
}
