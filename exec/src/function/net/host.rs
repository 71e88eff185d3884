//! Hosts of URLs, and their public suffixes (by the Public Suffix List, publicsuffix.org).

use canopy_format::Vector;

use crate::Result;
use crate::function::Function;
use crate::function::call::Call;

const URL: &[&str] = &["STRING -> STRING"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("net.host", URL, |call| part(call, |host| Some(host.to_owned())))
            .doc("The host of a URL, as it is written; NULL when there is none.")
            .examples(&[
                ("NET.HOST('//user:password@a.b:80/path?query')", "'a.b'"),
                ("NET.HOST('https://[::1]:80')", "'[::1]'"),
                ("NET.HOST('mailto:?to=&subject=&body=')", "'mailto'"),
                ("NET.HOST('')", "CAST(NULL AS STRING)"),
            ]),
        Function::scalar("net.public_suffix", URL, |call| part(call, |host| labels(host, 0)))
            .doc("The public suffix of a URL's host (`com`, `co.uk`); NULL when it has none.")
            .examples(&[
                ("NET.PUBLIC_SUFFIX('http://例子.卷筒纸.中国')", "'中国'"),
                ("NET.PUBLIC_SUFFIX('    www.Example.Co.UK    ')", "'Co.UK'"),
                ("NET.PUBLIC_SUFFIX('//a.b')", "CAST(NULL AS STRING)"),
            ]),
        Function::scalar("net.reg_domain", URL, |call| part(call, |host| labels(host, 1)))
            .doc("The registered domain of a URL's host: the public suffix and the label before it; NULL when it has none.")
            .examples(&[
                ("NET.REG_DOMAIN('http://abc.xyz')", "'abc.xyz'"),
                ("NET.REG_DOMAIN('    www.Example.Co.UK    ')", "'Example.Co.UK'"),
            ]),
    ]
}

fn part(call: &Call<'_>, take: fn(&str) -> Option<String>) -> Result<Vector> {
    let input = call.bytes(0);
    call.strings(|row, out| {
        let Some(found) = host(input.text(row)).and_then(take) else { return Ok(false) };
        out.extend(found.as_bytes());
        Ok(true)
    })
}

/// The host of a URL with or without a scheme: what stands before path, query, port, and after the user.
fn host(url: &str) -> Option<&str> {
    let url = url.trim();
    let is_scheme = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    };
    let rest = match url.split_once("//") {
        Some(("", rest)) => rest,
        Some((scheme, rest)) if scheme.strip_suffix(':').is_some_and(is_scheme) => rest,
        _ => url,
    };
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let after_user = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let end = match after_user.starts_with('[') {
        true => after_user.find(']')? + 1,
        false => after_user.find(':').unwrap_or(after_user.len()),
    };
    let host = after_user[..end].trim();
    (!host.is_empty()).then_some(host)
}

/// The public suffix with so many labels before it, as the host writes them.
fn labels(host: &str, more: usize) -> Option<String> {
    // Other full stops that IDNA knows, a dot at the end, and letters of any case count as in lookups.
    let plain: String = host
        .chars()
        .map(|c| if matches!(c, '\u{3002}' | '\u{ff0e}' | '\u{ff61}') { '.' } else { c })
        .collect::<String>()
        .to_lowercase();
    let plain = plain.trim_matches('.');
    let suffix = psl::suffix(plain.as_bytes())?;
    // A rule must know it: the default rule takes any last label.
    suffix.typ()?;
    let count = std::str::from_utf8(suffix.as_bytes()).ok()?.split('.').count() + more;
    let written = host.trim_matches('.');
    let parts: Vec<&str> = written.split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}']).collect();
    if parts.len() < count || parts.iter().any(|label| label.is_empty()) {
        return None;
    }
    Some(parts[parts.len() - count..].join("."))
}
