//! `--param name:TYPE:value` and `--set name=value`.

use std::collections::HashMap;

use canopy_proto::query::QueryParameter;

/// Reads parameters; all named, or all with an empty name.
pub fn parse(texts: &[String]) -> Result<Vec<QueryParameter>, String> {
    texts.iter().map(|text| parse_one(text)).collect()
}

fn parse_one(text: &str) -> Result<QueryParameter, String> {
    let expected = || format!("expected NAME:TYPE:VALUE, found {text:?}");
    let (name, rest) = text.split_once(':').ok_or_else(expected)?;
    let (type_text, value) = rest.split_once(':').ok_or_else(expected)?;
    let type_text = if type_text.is_empty() { "STRING" } else { type_text };
    canopy_server::client::parameter(name, type_text, value)
        .map_err(|error| format!("parameter {text:?}: {}", error.message))
}

/// Reads switches.
pub fn options(texts: &[String]) -> Result<HashMap<String, String>, String> {
    let option = |text: &String| {
        let (name, value) = text.split_once('=').ok_or(format!("expected NAME=VALUE, found {text:?}"))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    texts.iter().map(option).collect()
}
