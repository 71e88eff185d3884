//! SIMD kernels behind safe functions: comparison, selection, checked arithmetic, sums, hashing, search.
//!
//! Every kernel takes a [`Tier`] and gives the same answer on each. Most are one loop that the compiler
//! vectorises for each tier (the `tiered!` macro); comparison, compression and search are written with
//! intrinsics, each beside a scalar twin that defines it.

pub(crate) mod arithmetic;
pub(crate) mod bits;
pub mod compare;
pub(crate) mod decimal;
pub mod hash;
pub(crate) mod prefetch;
pub mod reduce;
pub(crate) mod search;
pub mod selection;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

/// An instruction set that this machine has.
///
/// The only ways to one are [`Tier::best`], [`Tier::available`] and [`Tier::SCALAR`], so that holding a
/// tier proves that its instructions may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tier(Level);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Scalar,
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    Avx2,
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    Avx512,
}

impl Tier {
    /// Plain code, on any machine.
    pub const SCALAR: Tier = Tier(Level::Scalar);

    /// The widest tier of this machine; found out once.
    pub fn best() -> Tier {
        static BEST: OnceLock<Tier> = OnceLock::new();
        *BEST.get_or_init(|| *Tier::available().last().unwrap_or(&Tier::SCALAR))
    }

    /// All tiers of this machine, narrowest first.
    pub fn available() -> Vec<Tier> {
        #[allow(unused_mut)]
        let mut tiers = vec![Tier::SCALAR];
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            let avx2 = has!("avx2") && has!("bmi1") && has!("bmi2") && has!("popcnt") && has!("lzcnt");
            if avx2 {
                tiers.push(Tier(Level::Avx2));
            }
            if avx2
                && has!("avx512f")
                && has!("avx512bw")
                && has!("avx512dq")
                && has!("avx512vl")
                && has!("avx512vbmi2")
                && has!("avx512vpopcntdq")
            {
                tiers.push(Tier(Level::Avx512));
            }
        }
        tiers
    }

    pub(crate) fn level(self) -> Level {
        self.0
    }
}

/// Defines a function whose body is compiled once for each tier, and which takes the tier first.
macro_rules! tiered {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name(tier: $crate::kernel::Tier, $($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            fn body($($arg: $ty),*) $(-> $ret)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
                fn avx2($($arg: $ty),*) $(-> $ret)? { body($($arg),*) }
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,avx512vpopcntdq,avx2,bmi1,bmi2,popcnt,lzcnt")]
                fn avx512($($arg: $ty),*) $(-> $ret)? { body($($arg),*) }
                match tier.level() {
                    // SAFETY: a tier exists only where its features were detected.
                    $crate::kernel::Level::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    $crate::kernel::Level::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::kernel::Level::Scalar => {}
                }
            }
            let _ = tier;
            body($($arg),*)
        }
    };
}
pub(crate) use tiered;
