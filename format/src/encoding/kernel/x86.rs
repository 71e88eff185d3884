//! Doors that give a loop the features of a machine.

#[target_feature(enable = "avx2")]
pub(super) fn avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
pub(super) fn avx512<R>(work: impl FnOnce() -> R) -> R {
    work()
}
