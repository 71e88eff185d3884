//! Keys as the log keeps them: JSON under reserved names among a table's options.

use canopy_planner::bind::{ConstraintChange, Constraints, ForeignKey};
use canopy_txn::Options;
use serde::{Deserialize, Serialize};

use crate::error::{ErrorKind, Result, ServerError};

const PRIMARY_KEY: &str = "$primary_key";
const FOREIGN_KEYS: &str = "$foreign_keys";

/// A foreign key as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredForeignKey {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) table: Vec<String>,
    pub(crate) referenced: Vec<String>,
}

/// The columns of a table's primary key; none where it has no key.
pub(crate) fn primary_key(options: &Options) -> Vec<String> {
    options.get(PRIMARY_KEY).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// The foreign keys of a table.
pub(crate) fn foreign_keys(options: &Options) -> Vec<StoredForeignKey> {
    options.get(FOREIGN_KEYS).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Adds constraints to a table's options.
///
/// # Errors
/// For a second primary key, or a foreign key of a name that is taken.
pub(super) fn add(options: &mut Options, table: &str, added: &Constraints) -> Result<()> {
    if !added.primary_key.is_empty() {
        if !primary_key(options).is_empty() {
            return Err(duplicate(format!("Already Exists: Primary key of table {table}")));
        }
        set(options, PRIMARY_KEY, &added.primary_key);
    }
    let mut keys = foreign_keys(options);
    for key in &added.foreign_keys {
        let name = key.name.clone().unwrap_or_else(|| default_name(key, table, keys.len() + 1));
        if keys.iter().any(|known| known.name.eq_ignore_ascii_case(&name)) {
            return Err(duplicate(format!("Already Exists: Constraint {name} of table {table}")));
        }
        let ForeignKey { columns, table, referenced, .. } = key.clone();
        keys.push(StoredForeignKey { name, columns, table, referenced });
    }
    if !keys.is_empty() {
        set(options, FOREIGN_KEYS, &keys);
    }
    Ok(())
}

/// Carries out an ADD or DROP of ALTER TABLE.
///
/// # Errors
/// As [`add`], and for a constraint that is not there.
pub(super) fn change(options: &mut Options, table: &str, change: &ConstraintChange) -> Result<()> {
    match change {
        ConstraintChange::Add { constraints, if_not_exists } => match add(options, table, constraints) {
            Err(error) if *if_not_exists && error.kind == ErrorKind::Duplicate => Ok(()),
            outcome => outcome,
        },
        ConstraintChange::DropPrimaryKey { if_exists } => match options.remove(PRIMARY_KEY) {
            None if !if_exists => Err(not_found(format!("Not found: Primary key of table {table}"))),
            _ => Ok(()),
        },
        ConstraintChange::Drop { name, if_exists } => {
            let mut keys = foreign_keys(options);
            let before = keys.len();
            keys.retain(|key| !key.name.eq_ignore_ascii_case(name));
            if keys.len() == before && !if_exists {
                return Err(not_found(format!("Not found: Constraint {name} of table {table}")));
            }
            match keys.is_empty() {
                true => drop(options.remove(FOREIGN_KEYS)),
                false => set(options, FOREIGN_KEYS, &keys),
            }
            Ok(())
        }
    }
}

/// Gives columns other names in the keys; false when a dropped column is part of one.
pub(super) fn follow(options: &mut Options, renamed: &[(String, String)], dropped: &[String]) -> bool {
    let mut primary = primary_key(options);
    let mut keys = foreign_keys(options);
    let is_dropped = |columns: &[String]| columns.iter().any(|column| dropped.contains(column));
    if is_dropped(&primary) || keys.iter().any(|key| is_dropped(&key.columns)) {
        return false;
    }
    for (old, new) in renamed {
        let columns = primary.iter_mut().chain(keys.iter_mut().flat_map(|key| &mut key.columns));
        columns.filter(|column| *column == old).for_each(|column| *column = new.clone());
    }
    if !primary.is_empty() {
        set(options, PRIMARY_KEY, &primary);
    }
    if !keys.is_empty() {
        set(options, FOREIGN_KEYS, &keys);
    }
    true
}

fn default_name(key: &ForeignKey, table: &str, number: usize) -> String {
    let table = table.rsplit('.').next().unwrap_or(table);
    let referenced = key.table.last().map(String::as_str).unwrap_or_default();
    format!("{table}.fk_{referenced}_{number}")
}

fn set(options: &mut Options, name: &str, value: &impl Serialize) {
    // Lists of text always have a JSON form.
    options.insert(name.to_owned(), serde_json::to_string(value).unwrap_or_default());
}

fn duplicate(message: String) -> ServerError {
    ServerError::new(ErrorKind::Duplicate, message)
}

fn not_found(message: String) -> ServerError {
    ServerError::new(ErrorKind::NotFound, message)
}
