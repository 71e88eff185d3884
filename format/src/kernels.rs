//! The SIMD kernels by name, ready to be timed: one core, data in the nearest caches.
//!
//! Reports and `examples/kernels.rs` run them; the clock is theirs.

use std::hint::black_box;
use std::mem::MaybeUninit;

use crate::encoding::bitpack::kernel;
use crate::encoding::{Isa, VECTOR_VALUES, alp, delta, dictionary, rle};

/// Vectors that a run passes over: 64 KiB of output, so that packed and unpacked data stay in cache.
const VECTORS: usize = 8;
const VALUES: usize = VECTORS * VECTOR_VALUES;

/// One kernel on one instruction set.
pub struct Kernel {
    /// What it does.
    pub name: String,
    /// `scalar`, `avx2` or `avx512`.
    pub instructions: &'static str,
    /// Bytes of values that a run gives (or, for comparisons, stands for).
    pub bytes: usize,
    run: Box<dyn FnMut()>,
}

impl std::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on {}", self.name, self.instructions)
    }
}

impl Kernel {
    fn new(name: impl Into<String>, isa: Isa, width: usize, run: impl FnMut() + 'static) -> Self {
        Self { name: name.into(), instructions: isa.name(), bytes: VALUES * width, run: Box::new(run) }
    }

    /// Runs it once.
    pub fn run(&mut self) {
        (self.run)();
    }
}

/// Every kernel on every instruction set that this machine has.
pub fn all() -> Vec<Kernel> {
    let mut kernels = Vec::new();
    for isa in Isa::available() {
        for width in [4, 13, 24, 40] {
            kernels.push(unpack_64(isa, width));
        }
        kernels.push(unpack_32(isa, 12));
        for width in [4, 13, 24, 40] {
            kernels.push(select(isa, width));
        }
        kernels.extend([delta_64(isa), delta_32(isa), gather(isa), decimals(isa)]);
        for length in [4, 20, 100] {
            kernels.push(runs(isa, length));
        }
    }
    kernels
}

fn numbers(bits: u32) -> impl FnMut() -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> (64 - bits)
    }
}

fn packed(width: u32) -> Vec<u8> {
    let mut next = numbers(width);
    let mut bytes = Vec::new();
    for _ in 0..VECTORS {
        kernel::pack(&std::array::from_fn(|_| next()), width, &mut bytes);
    }
    bytes
}

fn unpack_64(isa: Isa, width: u32) -> Kernel {
    let packed = packed(width);
    let mut out = vec![MaybeUninit::<u64>::uninit(); VALUES];
    Kernel::new(format!("bit-unpack to 64, width {width}"), isa, 8, move || {
        let vectors = packed.chunks_exact(width as usize * 128);
        for (bytes, out) in vectors.zip(out.as_chunks_mut::<VECTOR_VALUES>().0) {
            black_box(kernel::unpack_u64_with(isa, bytes, width, 1_000, out).is_ok());
        }
        black_box(&mut out);
    })
}

fn unpack_32(isa: Isa, width: u32) -> Kernel {
    let packed = packed(width);
    let mut out = vec![MaybeUninit::<u32>::uninit(); VALUES];
    Kernel::new(format!("bit-unpack to 32, width {width}"), isa, 4, move || {
        let vectors = packed.chunks_exact(width as usize * 128);
        for (bytes, out) in vectors.zip(out.as_chunks_mut::<VECTOR_VALUES>().0) {
            black_box(kernel::unpack_u32_with(isa, bytes, width, 1_000, out).is_ok());
        }
        black_box(&mut out);
    })
}

fn select(isa: Isa, width: u32) -> Kernel {
    let packed = packed(width);
    Kernel::new(format!("fused compare, width {width}"), isa, 8, move || {
        for bytes in packed.chunks_exact(width as usize * 128) {
            black_box(kernel::select_with(isa, bytes, width, 0, 1 << (width - 1)).is_ok());
        }
    })
}

fn delta_64(isa: Isa) -> Kernel {
    let mut next = numbers(10);
    let differences: Vec<u64> = (0..VALUES).map(|_| next()).collect();
    let mut out = vec![MaybeUninit::<u64>::uninit(); VALUES];
    Kernel::new("delta, 64 bits", isa, 8, move || {
        delta::kernel::running_sums_u64(isa, 7, &differences, &mut out);
        black_box(&mut out);
    })
}

fn delta_32(isa: Isa) -> Kernel {
    let mut next = numbers(10);
    let differences: Vec<u32> = (0..VALUES).map(|_| next() as u32).collect();
    let mut out = vec![MaybeUninit::<u32>::uninit(); VALUES];
    Kernel::new("delta, 32 bits", isa, 4, move || {
        delta::kernel::running_sums_u32(isa, 7, &differences, &mut out);
        black_box(&mut out);
    })
}

fn gather(isa: Isa) -> Kernel {
    let mut next = numbers(11);
    let values: Vec<u64> = (0..1 << 11).map(|i| i * 7_919).collect();
    let codes: Vec<u32> = (0..VALUES).map(|_| next() as u32).collect();
    let mut out = vec![MaybeUninit::<u64>::uninit(); VALUES];
    Kernel::new("dictionary gather, 2,048 entries", isa, 8, move || {
        dictionary::kernel::gather_with(isa, &values, &codes, &mut out);
        black_box(&mut out);
    })
}

fn decimals(isa: Isa) -> Kernel {
    let mut next = numbers(20);
    let integers: Vec<u64> = (0..VALUES).map(|_| next()).collect();
    let mut out = vec![MaybeUninit::<u64>::uninit(); VALUES];
    Kernel::new("alp", isa, 8, move || {
        alp::decode_vector(isa, alp::Exponents { e: 14, f: 12 }, &integers, &mut out);
        black_box(&mut out);
    })
}

fn runs(isa: Isa, length: u32) -> Kernel {
    let mut next = numbers(16);
    let mut ends: Vec<u32> = Vec::new();
    while ends.last().is_none_or(|&end| (end as usize) < VALUES) {
        let length = 1 + next() as u32 % (2 * length - 1);
        ends.push(ends.last().copied().unwrap_or(0) + length);
    }
    let values: Vec<u64> = (0..ends.len() as u64).collect();
    let mut out = vec![MaybeUninit::<u64>::uninit(); VALUES];
    Kernel::new(format!("run expansion, runs of {length}"), isa, 8, move || {
        rle::expand(isa, &values, &ends, 0, &mut out);
        black_box(&mut out);
    })
}
