use super::encode;
use crate::I256;
use crate::encoding::conformance::{LENGTHS, check_fixed};

#[test]
fn keeps_the_laws() {
    for len in LENGTHS {
        check_fixed(&(0..len as u32).map(|i| i.wrapping_mul(0x9e37_79b9)).collect::<Vec<_>>(), encode);
    }
    check_fixed(&(0..9_000u64).map(|i| !i).collect::<Vec<_>>(), encode);
    check_fixed(&(0..9_000u128).map(|i| i << 90).collect::<Vec<_>>(), encode);
    check_fixed(&(0..900i64).map(|i| I256::from(-i) << 100).collect::<Vec<_>>(), encode);
}

#[test]
fn ten_values_as_they_are() {
    let node = encode(&[1u32, 0xffff_ffff]);
    assert_eq!(node.pages[0][..], [1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
}
