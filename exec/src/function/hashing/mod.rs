//! Hash functions.

use canopy_format::Vector;
use sha2::Digest;

use super::Function;
use super::call::Call;
use crate::Result;

mod farm;

pub(crate) use farm::fingerprint;

const DIGEST: &[&str] = &["STRING -> BYTES", "BYTES -> BYTES"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("farm_fingerprint", &["STRING -> INT64", "BYTES -> INT64"], |call| {
            let input = call.bytes(0);
            call.i64_rows(|row| Ok(farm::fingerprint(input.get(row)) as i64))
        })
        .doc("The FarmHash Fingerprint64.")
        .examples(&[("FARM_FINGERPRINT('1footrue')", "-1541654101129638711")]),
        Function::scalar("md5", DIGEST, |call| digest(call, |bytes| md5::Md5::digest(bytes).to_vec()))
            .doc("The MD5 digest: 16 bytes.")
            .examples(&[("TO_HEX(MD5('Hello World'))", "'b10a8db164e0754105b7a99be72e3fe5'")]),
        Function::scalar("sha1", DIGEST, |call| digest(call, |bytes| sha1::Sha1::digest(bytes).to_vec()))
            .doc("The SHA-1 digest: 20 bytes.")
            .examples(&[("TO_HEX(SHA1('Hello World'))", "'0a4d55a8d778e5022fab701977c5d840bbc486d0'")]),
        Function::scalar("sha256", DIGEST, |call| digest(call, |bytes| sha2::Sha256::digest(bytes).to_vec()))
            .doc("The SHA-256 digest: 32 bytes.")
            .examples(&[("BYTE_LENGTH(SHA256('a'))", "32")]),
        Function::scalar("sha512", DIGEST, |call| digest(call, |bytes| sha2::Sha512::digest(bytes).to_vec()))
            .doc("The SHA-512 digest: 64 bytes.")
            .examples(&[("BYTE_LENGTH(SHA512('a'))", "64")]),
    ]
}

fn digest(call: &Call<'_>, run: fn(&[u8]) -> Vec<u8>) -> Result<Vector> {
    let input = call.bytes(0);
    call.strings(|row, out| {
        out.extend(run(input.get(row)));
        Ok(true)
    })
}
