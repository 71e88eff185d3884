//! Unicode normal forms: NORMALIZE and NORMALIZE_AND_CASEFOLD.

use canopy_format::{Value, Vector};
use unicode_normalization::UnicodeNormalization;

use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};

const SIGNATURE: &[&str] = &["STRING, NORMAL_FORM? -> STRING"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("normalize", SIGNATURE, |call| normalize(call, false))
            .doc("The text in a Unicode normal form: NFC (the default), NFKC, NFD or NFKD.")
            .examples(&[
                ("NORMALIZE('\\u00ea') = NORMALIZE('\\u0065\\u0302')", "TRUE"),
                ("NORMALIZE('\\u2168', NFKC)", "'IX'"),
                ("CHAR_LENGTH(NORMALIZE('\\u00ea', NFD))", "2"),
            ]),
        Function::scalar("normalize_and_casefold", SIGNATURE, |call| normalize(call, true))
            .doc("As NORMALIZE, with differences of case taken away.")
            .examples(&[
                ("NORMALIZE_AND_CASEFOLD('The Red Barn') = NORMALIZE_AND_CASEFOLD('the red barn')", "TRUE"),
                ("NORMALIZE_AND_CASEFOLD('Straße')", "'strasse'"),
            ]),
    ]
}

#[derive(Clone, Copy)]
enum Form {
    Nfc,
    Nfkc,
    Nfd,
    Nfkd,
}

fn form(value: &Value) -> Result<Form> {
    let Value::String(name) = value else { return fail("A normalization mode is required") };
    Ok(match &**name {
        "NFC" => Form::Nfc,
        "NFKC" => Form::Nfkc,
        "NFD" => Form::Nfd,
        "NFKD" => Form::Nfkd,
        other => return fail(format!("Invalid normalization mode {other}")),
    })
}

fn normalize(call: &Call<'_>, fold: bool) -> Result<Vector> {
    let input = call.bytes(0);
    let mut forms = (call.len() > 1).then(|| call.prepared(1, form));
    call.strings(|row, out| {
        let form = match &mut forms {
            Some(forms) => *forms.get(row)?,
            None => Form::Nfc,
        };
        let text = input.text(row);
        let found = match fold {
            true => normal(&caseless::default_case_fold_str(&normal(text, form)), form),
            false => normal(text, form),
        };
        out.extend(found.as_bytes());
        Ok(true)
    })
}

/// The text in NFKC without differences of case: what case-insensitive searches compare.
pub(super) fn folded(text: &str) -> String {
    match text.is_ascii() {
        true => text.to_ascii_lowercase(),
        false => normal(&caseless::default_case_fold_str(&normal(text, Form::Nfkc)), Form::Nfkc),
    }
}

fn normal(text: &str, form: Form) -> String {
    match form {
        Form::Nfc => text.nfc().collect(),
        Form::Nfkc => text.nfkc().collect(),
        Form::Nfd => text.nfd().collect(),
        Form::Nfkd => text.nfkd().collect(),
    }
}
