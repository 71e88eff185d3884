//! NET.: addresses and hosts.

mod host;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use canopy_format::Vector;

use super::Function;
use super::call::{Call, fail};
use crate::Result;

pub(super) fn functions() -> Vec<Function> {
    let mut all = host::functions();
    all.extend([
        Function::scalar("net.ip_from_string", &["STRING -> BYTES"], |call| from_string(call, false))
            .doc("The bytes of an IPv4 or IPv6 address, 4 or 16, in network order.")
            .examples(&[
                ("NET.IP_FROM_STRING('48.49.50.51')", "b'0123'"),
                ("TO_HEX(NET.IP_FROM_STRING('::ffff:192.0.2.128'))", "'00000000000000000000ffffc0000280'"),
                ("NET.IP_FROM_STRING('10.1.2.3/32')", "ERROR: Invalid IP address: 10.1.2.3/32"),
            ]),
        Function::scalar("net.safe_ip_from_string", &["STRING -> BYTES"], |call| from_string(call, true))
            .doc("As NET.IP_FROM_STRING, with NULL for what is no address.")
            .examples(&[
                ("NET.SAFE_IP_FROM_STRING('48.49.50.51')", "b'0123'"),
                ("NET.SAFE_IP_FROM_STRING('x')", "NULL"),
            ]),
        Function::scalar("net.ip_to_string", &["BYTES -> STRING"], |call| {
            let input = call.bytes(0);
            call.strings(|row, out| {
                out.extend(address(input.get(row))?.to_string().as_bytes());
                Ok(true)
            })
        })
        .doc("The text of an IPv4 or IPv6 address of 4 or 16 bytes.")
        .examples(&[
            ("NET.IP_TO_STRING(b'0123')", "'48.49.50.51'"),
            ("NET.IP_TO_STRING(b'0123456789@ABCDE')", "'3031:3233:3435:3637:3839:4041:4243:4445'"),
            ("NET.IP_TO_STRING(b'1')", "ERROR: must be either 4 or 16 bytes"),
        ]),
        Function::scalar("net.ip_net_mask", &["INT64, INT64 -> BYTES"], |call| {
            let (bytes, prefix) = (call.i64s(0), call.i64s(1));
            call.strings(|row, out| {
                let count = match bytes.get(row) {
                    4 => 4,
                    16 => 16,
                    other => {
                        return fail(format!(
                            "The first argument of NET.IP_NET_MASK must be 4 or 16, found {other}"
                        ));
                    }
                };
                out.extend(mask(count, prefix.get(row), "NET.IP_NET_MASK")?);
                Ok(true)
            })
        })
        .doc("A mask of 4 or 16 bytes whose first bits are set.")
        .examples(&[
            ("TO_HEX(NET.IP_NET_MASK(4, 20))", "'fffff000'"),
            ("NET.IP_NET_MASK(4, 33)", "ERROR: prefix length"),
        ]),
        Function::scalar("net.ip_trunc", &["BYTES, INT64 -> BYTES"], |call| {
            let (input, prefix) = (call.bytes(0), call.i64s(1));
            call.strings(|row, out| {
                let bytes = input.get(row);
                address(bytes)?;
                let mask = mask(bytes.len(), prefix.get(row), "NET.IP_TRUNC")?;
                out.extend(bytes.iter().zip(mask).map(|(byte, mask)| byte & mask));
                Ok(true)
            })
        })
        .doc("The address with all but its first bits cleared.")
        .examples(&[("TO_HEX(NET.IP_TRUNC(b'\\xaa\\xbb\\xcc\\xdd', 11))", "'aaa00000'")]),
        Function::scalar("net.ipv4_from_int64", &["INT64 -> BYTES"], |call| {
            let input = call.i64s(0);
            call.strings(|row, out| {
                let value = input.get(row);
                if !(-0x8000_0000..=0xffff_ffff).contains(&value) {
                    return fail(format!("NET.IPV4_FROM_INT64() encountered a non-IPv4 integer: {value}"));
                }
                out.extend((value as u32).to_be_bytes());
                Ok(true)
            })
        })
        .doc("The bytes of the IPv4 address that is this number.")
        .examples(&[
            ("TO_HEX(NET.IPV4_FROM_INT64(11259375))", "'00abcdef'"),
            ("TO_HEX(NET.IPV4_FROM_INT64(-2))", "'fffffffe'"),
        ]),
        Function::scalar("net.ipv4_to_int64", &["BYTES -> INT64"], |call| {
            let input = call.bytes(0);
            call.i64_rows(|row| match <[u8; 4]>::try_from(input.get(row)) {
                Ok(bytes) => Ok(u32::from_be_bytes(bytes) as i64),
                Err(_) => fail(format!(
                    "NET.IPV4_TO_INT64() encountered a non-IPv4 address of {} bytes",
                    input.get(row).len()
                )),
            })
        })
        .doc("The number of an IPv4 address of 4 bytes.")
        .examples(&[("NET.IPV4_TO_INT64(b'\\x00\\xab\\xcd\\xef')", "11259375")]),
    ]);
    all
}

fn from_string(call: &Call<'_>, safe: bool) -> Result<Vector> {
    let input = call.bytes(0);
    call.strings(|row, out| {
        match input.text(row).parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => out.extend(address.octets()),
            Ok(IpAddr::V6(address)) => out.extend(address.octets()),
            Err(_) if safe => return Ok(false),
            Err(_) => return fail(format!("Invalid IP address: {}", input.text(row))),
        }
        Ok(true)
    })
}

fn address(bytes: &[u8]) -> Result<IpAddr> {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return Ok(IpAddr::V4(Ipv4Addr::from(bytes)));
    }
    match <[u8; 16]>::try_from(bytes) {
        Ok(bytes) => Ok(IpAddr::V6(Ipv6Addr::from(bytes))),
        Err(_) => fail(format!("An IP address must be either 4 or 16 bytes, found {}", bytes.len())),
    }
}

/// So many bytes, the first `prefix` bits set.
fn mask(count: usize, prefix: i64, name: &str) -> Result<impl Iterator<Item = u8>> {
    let bits = count as i64 * 8;
    if !(0..=bits).contains(&prefix) {
        return fail(format!("The prefix length of {name} must be between 0 and {bits}, found {prefix}"));
    }
    Ok((0..count as i64).map(move |byte| {
        let set = (prefix - byte * 8).clamp(0, 8);
        (0xff00u16 >> set) as u8
    }))
}
