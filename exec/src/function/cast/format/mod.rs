//! CAST ... FORMAT: dates and times, bytes and numbers as text in a given form, and back.

mod bytes;
mod element;
mod number;
mod print;
mod read;
#[cfg(test)]
mod tests;

use canopy_format::DataType;

use crate::function::call::Kernel;

/// The kernel of a formatted cast: its arguments are the value, the format, and for some a time zone. None
/// when there is no such cast.
pub(super) fn find(from: &DataType, to: &DataType) -> Option<Kernel> {
    use DataType::*;
    Some(match (from, to) {
        (Bytes, String) => bytes::to_string,
        (String, Bytes) => bytes::from_string,
        (Date | Time | Datetime | Timestamp, String) => print::to_string,
        (String, Date | Time | Datetime | Timestamp) => read::from_string,
        (Int64 | Float64 | Numeric | BigNumeric, String) => number::to_string,
        _ => return None,
    })
}

/// True when a cast takes a FORMAT; for the binder.
pub fn formattable(from: &DataType, to: &DataType) -> bool {
    find(from, to).is_some()
}

/// True when a formatted cast takes a time zone; for the binder.
pub fn takes_time_zone(from: &DataType, to: &DataType) -> bool {
    matches!((from, to), (DataType::Timestamp, DataType::String) | (DataType::String, DataType::Timestamp))
}
