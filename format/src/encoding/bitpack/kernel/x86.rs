//! The scalar body compiled with AVX2 and with AVX-512.

use super::{Out, scalar};

macro_rules! compiled_with {
    ($features:literal, $narrow:ident, $wide:ident) => {
        /// Unpacks into 32-bit values.
        #[target_feature(enable = $features)]
        pub(super) fn $narrow(packed: &[u8], width: u32, base: u32, out: &mut Out<u32>) {
            scalar::unpack_32(packed, width, base, out)
        }

        /// Unpacks into 64-bit values.
        #[target_feature(enable = $features)]
        pub(super) fn $wide(packed: &[u8], width: u32, base: u64, out: &mut Out<u64>) {
            scalar::unpack_64(packed, width, base, out)
        }
    };
}

compiled_with!("avx2", avx2_32, avx2_64);
compiled_with!("avx512f,avx512bw,avx512vl,avx512dq", avx512_32, avx512_64);
