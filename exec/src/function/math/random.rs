//! RAND and GENERATE_UUID: seeded by the plan, so that a query can be replayed.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::function::Function;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("rand", &["-> FLOAT64"], |call| {
            let mut random = SmallRng::seed_from_u64(call.context.next_seed());
            call.f64_rows(|_| Ok(random.random::<f64>()))
        })
        .volatile()
        .doc("A random number from 0 up to but not including 1.")
        .examples(&[("RAND() >= 0 AND RAND() < 1", "TRUE")]),
        Function::scalar("generate_uuid", &["-> STRING"], |call| {
            let mut random = SmallRng::seed_from_u64(call.context.next_seed());
            call.strings(|_, out| {
                // Version 4, variant 1 of RFC 4122.
                let bits = random.random::<u128>() & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
                let hex = format!("{bits:032x}");
                let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
                out.extend(parts.join("-").as_bytes());
                Ok(true)
            })
        })
        .volatile()
        .doc("A random UUID in lower case.")
        .examples(&[("LENGTH(GENERATE_UUID())", "36")]),
    ]
}
