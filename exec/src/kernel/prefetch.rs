//! Asking the memory for a cache line before it is needed: random probes of large tables wait less.

/// Starts loading element `index`; outside of the slice it does nothing.
#[inline(always)]
pub(crate) fn prefetch<T>(values: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    if index < values.len() {
        // SAFETY: a prefetch reads nothing, and the address is inside the slice.
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(
                values.as_ptr().add(index) as *const i8
            );
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (values, index);
}
