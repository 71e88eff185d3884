use super::encode;
use crate::I256;
use crate::encoding::conformance::{LENGTHS, check_fixed};

#[test]
fn keeps_the_laws() {
    for len in LENGTHS {
        check_fixed(&vec![u64::MAX; len], |values| encode(values[0], values.len()));
    }
    check_fixed(&[7u128; 9_000], |values| encode(values[0], values.len()));
    check_fixed(&[I256::MIN; 2_000], |values| encode(values[0], values.len()));
}

#[test]
fn has_no_payload() {
    let node = encode(5u32, 60_000);
    assert_eq!((node.pages.len(), node.children.len(), &node.parameters[..]), (0, 0, &[5, 0, 0, 0][..]));
}
