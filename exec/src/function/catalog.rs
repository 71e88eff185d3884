//! All functions, by name.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::Function;

struct Catalog {
    functions: Vec<Function>,
    by_name: HashMap<&'static str, usize>,
}

/// Every family's functions, the family's name set.
fn families() -> Vec<Function> {
    let families = [
        ("operator", super::operators::functions()),
        ("conversion", super::cast::functions()),
        ("conditional", super::conditional::functions()),
        ("date and time", super::datetime::functions()),
        ("range", super::range::functions()),
        ("string", super::string::functions()),
        ("math", super::math::functions()),
        ("array", super::array::functions()),
        ("struct", super::structure::functions()),
        ("aggregate", crate::aggregate::functions()),
        ("window", super::window::functions()),
        ("json", super::json::functions()),
        ("net", super::net::functions()),
        ("hash", super::hashing::functions()),
        ("hll", super::hll::functions()),
        ("row pattern", super::row_pattern::functions()),
        ("utility", super::misc::functions()),
    ];
    let named = |(family, functions): (&'static str, Vec<Function>)| {
        functions.into_iter().map(move |function| Function { family, ..function })
    };
    families.into_iter().flat_map(named).collect()
}

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| {
        let functions = families();
        let mut by_name = HashMap::new();
        for (index, function) in functions.iter().enumerate() {
            for name in std::iter::once(&function.name).chain(function.aliases) {
                let twice = by_name.insert(*name, index);
                assert!(twice.is_none(), "function {name} stands twice in the catalog");
            }
        }
        Catalog { functions, by_name }
    })
}

/// All functions of the catalog, operators and aggregates included.
pub fn all() -> &'static [Function] {
    &catalog().functions
}

/// Returns the function of the name or alias, in any case.
pub fn find(name: &str) -> Option<&'static Function> {
    let catalog = catalog();
    let index = match catalog.by_name.get(name) {
        Some(index) => Some(index),
        None => catalog.by_name.get(name.to_ascii_lowercase().as_str()),
    };
    index.map(|&index| &catalog.functions[index])
}
