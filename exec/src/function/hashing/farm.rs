//! FarmHash Fingerprint64 (G. Pike and others, "FarmHash", 2014): the `na` variant, whose results are
//! fixed for all time.

const K0: u64 = 0xc3a5_c85c_97cb_3127;
const K1: u64 = 0xb492_b66f_be98_f273;
const K2: u64 = 0x9ae1_6a3b_2f90_404f;

/// The fingerprint of the bytes.
pub(crate) fn fingerprint(s: &[u8]) -> u64 {
    match s.len() {
        0..=16 => up_to_16(s),
        17..=32 => up_to_32(s),
        33..=64 => up_to_64(s),
        _ => long(s),
    }
}

fn fetch(s: &[u8], at: usize) -> u64 {
    let mut word = [0u8; 8];
    word.copy_from_slice(&s[at..at + 8]);
    u64::from_le_bytes(word)
}

fn fetch32(s: &[u8], at: usize) -> u64 {
    let mut word = [0u8; 4];
    word.copy_from_slice(&s[at..at + 4]);
    u32::from_le_bytes(word) as u64
}

fn shift_mix(value: u64) -> u64 {
    value ^ (value >> 47)
}

fn mix(u: u64, v: u64, multiplier: u64) -> u64 {
    let a = shift_mix((u ^ v).wrapping_mul(multiplier));
    shift_mix((v ^ a).wrapping_mul(multiplier)).wrapping_mul(multiplier)
}

fn up_to_16(s: &[u8]) -> u64 {
    let len = s.len();
    let multiplier = K2.wrapping_add(len as u64 * 2);
    if len >= 8 {
        let a = fetch(s, 0).wrapping_add(K2);
        let b = fetch(s, len - 8);
        let c = b.rotate_right(37).wrapping_mul(multiplier).wrapping_add(a);
        let d = a.rotate_right(25).wrapping_add(b).wrapping_mul(multiplier);
        return mix(c, d, multiplier);
    }
    if len >= 4 {
        return mix(len as u64 + (fetch32(s, 0) << 3), fetch32(s, len - 4), multiplier);
    }
    if len > 0 {
        let y = s[0] as u64 + ((s[len >> 1] as u64) << 8);
        let z = len as u64 + ((s[len - 1] as u64) << 2);
        return shift_mix(y.wrapping_mul(K2) ^ z.wrapping_mul(K0)).wrapping_mul(K2);
    }
    K2
}

fn up_to_32(s: &[u8]) -> u64 {
    let len = s.len();
    let multiplier = K2.wrapping_add(len as u64 * 2);
    let a = fetch(s, 0).wrapping_mul(K1);
    let b = fetch(s, 8);
    let c = fetch(s, len - 8).wrapping_mul(multiplier);
    let d = fetch(s, len - 16).wrapping_mul(K2);
    mix(
        a.wrapping_add(b).rotate_right(43).wrapping_add(c.rotate_right(30)).wrapping_add(d),
        a.wrapping_add(b.wrapping_add(K2).rotate_right(18)).wrapping_add(c),
        multiplier,
    )
}

fn up_to_64(s: &[u8]) -> u64 {
    let len = s.len();
    let multiplier = K2.wrapping_add(len as u64 * 2);
    let a = fetch(s, 0).wrapping_mul(K2);
    let b = fetch(s, 8);
    let c = fetch(s, len - 8).wrapping_mul(multiplier);
    let d = fetch(s, len - 16).wrapping_mul(K2);
    let y = a.wrapping_add(b).rotate_right(43).wrapping_add(c.rotate_right(30)).wrapping_add(d);
    let z = mix(y, a.wrapping_add(b.wrapping_add(K2).rotate_right(18)).wrapping_add(c), multiplier);
    let e = fetch(s, 16).wrapping_mul(multiplier);
    let f = fetch(s, 24);
    let g = y.wrapping_add(fetch(s, len - 32)).wrapping_mul(multiplier);
    let h = z.wrapping_add(fetch(s, len - 24)).wrapping_mul(multiplier);
    mix(
        e.wrapping_add(f).rotate_right(43).wrapping_add(g.rotate_right(30)).wrapping_add(h),
        e.wrapping_add(f.wrapping_add(a).rotate_right(18)).wrapping_add(g),
        multiplier,
    )
}

fn weak(s: &[u8], at: usize, a: u64, b: u64) -> (u64, u64) {
    let (w, x, y, z) = (fetch(s, at), fetch(s, at + 8), fetch(s, at + 16), fetch(s, at + 24));
    let a = a.wrapping_add(w);
    let b = b.wrapping_add(a).wrapping_add(z).rotate_right(21);
    let sum = a.wrapping_add(x).wrapping_add(y);
    (sum.wrapping_add(z), b.wrapping_add(sum.rotate_right(44)).wrapping_add(a))
}

fn long(s: &[u8]) -> u64 {
    let mut x = 81u64;
    let mut y = 81u64.wrapping_mul(K1).wrapping_add(113);
    let mut z = shift_mix(y.wrapping_mul(K2).wrapping_add(113)).wrapping_mul(K2);
    let (mut v, mut w) = ((0u64, 0u64), (0u64, 0u64));
    x = x.wrapping_mul(K2).wrapping_add(fetch(s, 0));
    let end = (s.len() - 1) / 64 * 64;
    let last = s.len() - 64;
    // One round: `lift` is 1 within and 9 at the end.
    let mut round = |at: usize, multiplier: u64, lift: u64, v: &mut (u64, u64), w: &mut (u64, u64)| {
        x = x.wrapping_add(y).wrapping_add(v.0).wrapping_add(fetch(s, at + 8)).rotate_right(37);
        x = x.wrapping_mul(multiplier);
        y = y.wrapping_add(v.1).wrapping_add(fetch(s, at + 48)).rotate_right(42).wrapping_mul(multiplier);
        x ^= w.1.wrapping_mul(lift);
        y = y.wrapping_add(v.0.wrapping_mul(lift)).wrapping_add(fetch(s, at + 40));
        z = z.wrapping_add(w.0).rotate_right(33).wrapping_mul(multiplier);
        *v = weak(s, at, v.1.wrapping_mul(multiplier), x.wrapping_add(w.0));
        *w = weak(s, at + 32, z.wrapping_add(w.1), y.wrapping_add(fetch(s, at + 16)));
        std::mem::swap(&mut z, &mut x);
        (x, y, z)
    };
    let mut state = (0, 0, 0);
    for at in (0..end).step_by(64) {
        state = round(at, K1, 1, &mut v, &mut w);
    }
    let multiplier = K1.wrapping_add((state.2 & 0xff) << 1);
    w.0 = w.0.wrapping_add((s.len() as u64 - 1) & 63);
    v.0 = v.0.wrapping_add(w.0);
    w.0 = w.0.wrapping_add(v.0);
    let (x, y, z) = round(last, multiplier, 9, &mut v, &mut w);
    mix(
        mix(v.0, w.0, multiplier).wrapping_add(shift_mix(y).wrapping_mul(K0)).wrapping_add(z),
        mix(v.1, w.1, multiplier).wrapping_add(x),
        multiplier,
    )
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn known_fingerprints() {
        let check =
            |text: &str, expected: i64| assert_eq!(fingerprint(text.as_bytes()) as i64, expected, "{text}");
        // From BigQuery's manual.
        check("1footrue", -1_541_654_101_129_638_711);
        check("2applefalse", 2_794_438_866_806_483_259);
        check("3true", -4_880_158_226_897_771_312);
    }
}
