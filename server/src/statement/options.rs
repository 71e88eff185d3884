//! OPTIONS as the log keeps them: text by name. Names that start with `$` are the server's own.

use canopy_exec::function::format_value;
use canopy_format::Value;
use canopy_planner::bind::StatementOption;
use canopy_txn::Options;

use crate::error::{Result, ServerError};

/// When a table expires, microseconds since the epoch.
const EXPIRES_US: &str = "$expires_us";

/// The options of tables that are kept, and shown, with the type of value that each takes.
const OF_TABLES: &[(&str, &str)] = &[
    ("description", "STRING"),
    ("enable_change_history", "BOOL"),
    ("expiration_timestamp", "TIMESTAMP"),
    ("friendly_name", "STRING"),
    ("labels", "ARRAY<STRUCT<STRING, STRING>>"),
    ("max_staleness", "INTERVAL"),
    ("require_partition_filter", "BOOL"),
    ("tags", "ARRAY<STRUCT<STRING, STRING>>"),
];

/// The options of datasets.
const OF_DATASETS: &[(&str, &str)] = &[
    ("default_rounding_mode", "STRING"),
    ("default_table_expiration_days", "FLOAT64"),
    ("description", "STRING"),
    ("friendly_name", "STRING"),
    ("labels", "ARRAY<STRUCT<STRING, STRING>>"),
    ("location", "STRING"),
    ("max_time_travel_hours", "INT64"),
    ("storage_billing_model", "STRING"),
];

/// Sets a table's options; one that is NULL is removed.
///
/// # Errors
/// For an option that tables do not have, or a value of another type.
pub(super) fn set_of_table(options: &mut Options, given: &[StatementOption]) -> Result<()> {
    for option in given {
        check(option, OF_TABLES)?;
        set(options, option);
        if option.name == "expiration_timestamp" {
            match option.value.value {
                Value::Timestamp(micros) => drop(options.insert(EXPIRES_US.into(), micros.to_string())),
                _ => drop(options.remove(EXPIRES_US)),
            }
        }
    }
    Ok(())
}

/// Sets a dataset's options; one that is NULL is removed.
///
/// # Errors
/// For an option that datasets do not have, or a value of another type.
pub(super) fn set_of_dataset(options: &mut Options, given: &[StatementOption]) -> Result<()> {
    for option in given {
        check(option, OF_DATASETS)?;
        set(options, option);
    }
    Ok(())
}

/// Sets an option of any name.
pub(super) fn set(options: &mut Options, option: &StatementOption) {
    match option.value.value.is_null() {
        true => drop(options.remove(&option.name)),
        false => {
            let text = format_value(&option.value.value, &option.value.data_type);
            options.insert(option.name.clone(), text);
        }
    }
}

/// The type of an option of a table or dataset.
pub(crate) fn type_of(name: &str) -> Option<&'static str> {
    OF_TABLES.iter().chain(OF_DATASETS).find(|(known, _)| *known == name).map(|(_, data_type)| *data_type)
}

/// Makes a table stay.
pub(super) fn remove_expiration(options: &mut Options) {
    options.remove("expiration_timestamp");
    options.remove(EXPIRES_US);
}

/// Whether a table's time has come: it counts as dropped.
pub(crate) fn is_expired(options: &Options, now_us: i64) -> bool {
    options.get(EXPIRES_US).and_then(|text| text.parse::<i64>().ok()).is_some_and(|expires| expires <= now_us)
}

fn check(option: &StatementOption, known: &[(&str, &str)]) -> Result<()> {
    let Some((name, wanted)) = known.iter().find(|(name, _)| *name == option.name) else {
        return Err(ServerError::invalid(format!("Unknown option: {}", option.name)));
    };
    let fits = match (*wanted, &option.value.value) {
        (_, Value::Null) => true,
        ("STRING", Value::String(_)) | ("BOOL", Value::Bool(_)) => true,
        ("TIMESTAMP", Value::Timestamp(_)) | ("INTERVAL", Value::Interval(_)) => true,
        ("INT64", Value::Int64(_)) | ("FLOAT64", Value::Int64(_) | Value::Float64(_) | Value::Numeric(_)) => {
            true
        }
        (list, Value::Array(_)) => list.starts_with("ARRAY"),
        _ => false,
    };
    match fits {
        true => Ok(()),
        false => {
            let found = &option.value.data_type;
            Err(ServerError::invalid(format!("Option {name} must be of type {wanted}, but is {found}")))
        }
    }
}
