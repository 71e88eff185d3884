//! Instruction sets, and one door through which plain loops are compiled for each of them.
//!
//! A loop that compilers vectorise is written once; [`Isa::run`] gives it AVX2 or AVX-512 where the
//! machine has them. Loops that compilers do not see through have hand-written kernels beside their scalar twin,
//! in the `kernel` folder of their encoding.

#[cfg(target_arch = "x86_64")]
mod x86;

/// The values of slots that the caller had initialised before a kernel wrote them.
#[cfg(test)]
pub(super) fn written<T: Copy>(slots: &[std::mem::MaybeUninit<T>]) -> Vec<T> {
    // SAFETY: by the contract above every slot is initialised, whatever the kernel did.
    slots.iter().map(|slot| unsafe { slot.assume_init() }).collect()
}

/// An instruction set that a kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isa {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Isa {
    /// The best one of this machine.
    #[inline]
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if avx512() {
                return Isa::Avx512;
            }
            if is_x86_feature_detected!("avx2") {
                return Isa::Avx2;
            }
        }
        Isa::Scalar
    }

    /// Every one that this machine can run, the scalar twin first.
    pub(crate) fn available() -> Vec<Self> {
        let mut all = vec![Isa::Scalar];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                all.push(Isa::Avx2);
            }
            if avx512() {
                all.push(Isa::Avx512);
            }
        }
        all
    }

    /// The name that reports show.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Isa::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => "avx512",
        }
    }

    /// Runs a loop compiled for this instruction set. The closure must be `#[inline(always)]`, or it is
    /// compiled for the lowest one, wherever it runs; and it must own what the loop reads and adds up (`move`, and
    /// results returned): behind references compilers suspect that each store changes it.
    #[inline(always)]
    pub(crate) fn run<R>(self, work: impl FnOnce() -> R) -> R {
        match self {
            Isa::Scalar => work(),
            // SAFETY: an Isa other than Scalar only comes from detection of its features.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => unsafe { x86::avx2(work) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => unsafe { x86::avx512(work) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
}
