//! Signatures of the functions whose kernels land next; the binder resolves against them already.

use super::Function;

const NUMERICS: &[&str] =
    &["INT64 -> INT64", "NUMERIC -> NUMERIC", "BIGNUMERIC -> BIGNUMERIC", "FLOAT64 -> FLOAT64"];
const ROUNDED: &[&str] = &["FLOAT64 -> FLOAT64", "NUMERIC -> NUMERIC", "BIGNUMERIC -> BIGNUMERIC"];
const FLOATS: &[&str] = &["FLOAT64 -> FLOAT64"];
const COMPARABLE: &[&str] = &["=T1, T1 -> BOOL"];
const ORDERED: &[&str] = &["<T1, T1 -> BOOL"];
const LOGICAL: &[&str] = &["BOOL, BOOL... -> BOOL"];
const BITS: &[&str] = &["INT64, INT64 -> INT64", "BYTES, BYTES -> BYTES"];
const SAFE_ARITHMETIC: &[&str] = &[
    "INT64, INT64 -> INT64",
    "NUMERIC, NUMERIC -> NUMERIC",
    "BIGNUMERIC, BIGNUMERIC -> BIGNUMERIC",
    "FLOAT64, FLOAT64 -> FLOAT64",
];
const DIVISION: &[&str] =
    &["FLOAT64, FLOAT64 -> FLOAT64", "NUMERIC, NUMERIC -> NUMERIC", "BIGNUMERIC, BIGNUMERIC -> BIGNUMERIC"];
const TEXT: &[&str] = &["STRING -> STRING", "BYTES -> BYTES"];
const TRIM: &[&str] = &["STRING, STRING? -> STRING", "BYTES, BYTES -> BYTES"];
const TEXT_TEST: &[&str] = &["STRING, STRING -> BOOL", "BYTES, BYTES -> BOOL"];
const TEXT_LENGTH: &[&str] = &["STRING -> INT64", "BYTES -> INT64"];
const CIVIL_ADD: &[&str] =
    &["DATE, INTERVAL -> DATE", "DATETIME, INTERVAL -> DATETIME", "TIMESTAMP, INTERVAL -> TIMESTAMP"];
const CIVIL_DIFF: &[&str] = &[
    "DATE, DATE, STRING -> INT64",
    "DATETIME, DATETIME, STRING -> INT64",
    "TIMESTAMP, TIMESTAMP, STRING -> INT64",
];
const CIVIL_TRUNC: &[&str] =
    &["DATE, STRING -> DATE", "DATETIME, STRING -> DATETIME", "TIMESTAMP, STRING, STRING? -> TIMESTAMP"];
const EXTRACT_DATE: &[&str] = &["DATE -> INT64", "TIMESTAMP, STRING? -> INT64", "DATETIME -> INT64"];
const EXTRACT_BOTH: &[&str] =
    &["DATE -> INT64", "TIMESTAMP, STRING? -> INT64", "DATETIME -> INT64", "INTERVAL -> INT64"];
const EXTRACT_TIME: &[&str] =
    &["TIMESTAMP, STRING? -> INT64", "DATETIME -> INT64", "TIME -> INT64", "INTERVAL -> INT64"];

const SCALAR: &[(&str, &[&str])] = &[
    (
        "$add",
        &[
            "INT64, INT64 -> INT64",
            "NUMERIC, NUMERIC -> NUMERIC",
            "BIGNUMERIC, BIGNUMERIC -> BIGNUMERIC",
            "FLOAT64, FLOAT64 -> FLOAT64",
            "DATE, INT64 -> DATE",
            "INT64, DATE -> DATE",
            "DATE, INTERVAL -> DATETIME",
            "INTERVAL, DATE -> DATETIME",
            "TIMESTAMP, INTERVAL -> TIMESTAMP",
            "INTERVAL, TIMESTAMP -> TIMESTAMP",
            "DATETIME, INTERVAL -> DATETIME",
            "INTERVAL, DATETIME -> DATETIME",
            "INTERVAL, INTERVAL -> INTERVAL",
        ],
    ),
    (
        "$subtract",
        &[
            "INT64, INT64 -> INT64",
            "NUMERIC, NUMERIC -> NUMERIC",
            "BIGNUMERIC, BIGNUMERIC -> BIGNUMERIC",
            "FLOAT64, FLOAT64 -> FLOAT64",
            "DATE, INT64 -> DATE",
            "DATE, DATE -> INTERVAL",
            "TIMESTAMP, TIMESTAMP -> INTERVAL",
            "DATETIME, DATETIME -> INTERVAL",
            "TIME, TIME -> INTERVAL",
            "DATE, INTERVAL -> DATETIME",
            "TIMESTAMP, INTERVAL -> TIMESTAMP",
            "DATETIME, INTERVAL -> DATETIME",
            "INTERVAL, INTERVAL -> INTERVAL",
        ],
    ),
    (
        "$multiply",
        &[
            "INT64, INT64 -> INT64",
            "NUMERIC, NUMERIC -> NUMERIC",
            "BIGNUMERIC, BIGNUMERIC -> BIGNUMERIC",
            "FLOAT64, FLOAT64 -> FLOAT64",
            "INTERVAL, INT64 -> INTERVAL",
            "INT64, INTERVAL -> INTERVAL",
        ],
    ),
    (
        "$divide",
        &[
            "FLOAT64, FLOAT64 -> FLOAT64",
            "NUMERIC, NUMERIC -> NUMERIC",
            "BIGNUMERIC, BIGNUMERIC -> BIGNUMERIC",
            "INTERVAL, INT64 -> INTERVAL",
        ],
    ),
    (
        "$unary_minus",
        &[
            "INT64 -> INT64",
            "NUMERIC -> NUMERIC",
            "BIGNUMERIC -> BIGNUMERIC",
            "FLOAT64 -> FLOAT64",
            "INTERVAL -> INTERVAL",
        ],
    ),
    (
        "$concat",
        &["STRING, STRING... -> STRING", "BYTES, BYTES... -> BYTES", "ARRAY<T1>, ARRAY<T1>... -> ARRAY<T1>"],
    ),
    ("$equal", COMPARABLE),
    ("$not_equal", COMPARABLE),
    ("$less", ORDERED),
    ("$less_or_equal", ORDERED),
    ("$greater", ORDERED),
    ("$greater_or_equal", ORDERED),
    ("$is_distinct", COMPARABLE),
    ("$is_not_distinct", COMPARABLE),
    ("$not", &["BOOL -> BOOL"]),
    ("$is_null", &["* -> BOOL"]),
    ("$is_not_null", &["* -> BOOL"]),
    ("$is_true", &["BOOL -> BOOL"]),
    ("$is_false", &["BOOL -> BOOL"]),
    ("$like", TEXT_TEST),
    ("$like_any", &["STRING, STRING... -> BOOL", "BYTES, BYTES... -> BOOL"]),
    ("$like_all", &["STRING, STRING... -> BOOL", "BYTES, BYTES... -> BOOL"]),
    ("$like_any_array", &["STRING, ARRAY<STRING> -> BOOL", "BYTES, ARRAY<BYTES> -> BOOL"]),
    ("$like_all_array", &["STRING, ARRAY<STRING> -> BOOL", "BYTES, ARRAY<BYTES> -> BOOL"]),
    ("$in", &["=T1, T1... -> BOOL"]),
    ("$in_array", &["=T1, ARRAY<T1> -> BOOL"]),
    ("$bitwise_and", BITS),
    ("$bitwise_or", BITS),
    ("$bitwise_xor", BITS),
    ("$bitwise_not", &["INT64 -> INT64", "BYTES -> BYTES"]),
    ("$shift_left", &["INT64, INT64 -> INT64", "BYTES, INT64 -> BYTES"]),
    ("$shift_right", &["INT64, INT64 -> INT64", "BYTES, INT64 -> BYTES"]),
    ("$array", &["T1... -> ARRAY<T1>"]),
    ("$struct", &["*... -> STRUCT(*)"]),
    ("$subscript_offset", &["ARRAY<T1>, INT64 -> T1", "JSON, INT64 -> JSON", "JSON, STRING -> JSON"]),
    ("$subscript_ordinal", &["ARRAY<T1>, INT64 -> T1"]),
    ("$safe_subscript_offset", &["ARRAY<T1>, INT64 -> T1"]),
    ("$safe_subscript_ordinal", &["ARRAY<T1>, INT64 -> T1"]),
    ("$interval", &["INT64, STRING -> INTERVAL"]),
    // string
    ("length", TEXT_LENGTH),
    ("byte_length", TEXT_LENGTH),
    ("char_length", &["STRING -> INT64"]),
    ("lower", TEXT),
    ("upper", TEXT),
    ("reverse", TEXT),
    ("initcap", &["STRING, STRING? -> STRING"]),
    ("substr", &["STRING, INT64, INT64? -> STRING", "BYTES, INT64, INT64? -> BYTES"]),
    ("concat", &["STRING, STRING... -> STRING", "BYTES, BYTES... -> BYTES"]),
    ("trim", TRIM),
    ("ltrim", TRIM),
    ("rtrim", TRIM),
    ("starts_with", TEXT_TEST),
    ("ends_with", TEXT_TEST),
    ("contains_substr", &["STRING, STRING -> BOOL"]),
    ("strpos", &["STRING, STRING -> INT64", "BYTES, BYTES -> INT64"]),
    ("instr", &["STRING, STRING, INT64?, INT64? -> INT64", "BYTES, BYTES, INT64?, INT64? -> INT64"]),
    ("replace", &["STRING, STRING, STRING -> STRING", "BYTES, BYTES, BYTES -> BYTES"]),
    ("repeat", &["STRING, INT64 -> STRING", "BYTES, INT64 -> BYTES"]),
    ("left", &["STRING, INT64 -> STRING", "BYTES, INT64 -> BYTES"]),
    ("right", &["STRING, INT64 -> STRING", "BYTES, INT64 -> BYTES"]),
    ("lpad", &["STRING, INT64, STRING? -> STRING", "BYTES, INT64, BYTES? -> BYTES"]),
    ("rpad", &["STRING, INT64, STRING? -> STRING", "BYTES, INT64, BYTES? -> BYTES"]),
    ("split", &["STRING, STRING? -> ARRAY<STRING>", "BYTES, BYTES -> ARRAY<BYTES>"]),
    ("translate", &["STRING, STRING, STRING -> STRING", "BYTES, BYTES, BYTES -> BYTES"]),
    ("regexp_contains", TEXT_TEST),
    (
        "regexp_extract",
        &["STRING, STRING, INT64?, INT64? -> STRING", "BYTES, BYTES, INT64?, INT64? -> BYTES"],
    ),
    ("regexp_extract_all", &["STRING, STRING -> ARRAY<STRING>", "BYTES, BYTES -> ARRAY<BYTES>"]),
    ("regexp_replace", &["STRING, STRING, STRING -> STRING", "BYTES, BYTES, BYTES -> BYTES"]),
    ("regexp_instr", &["STRING, STRING, INT64?, INT64?, INT64? -> INT64"]),
    ("format", &["STRING, *... -> STRING"]),
    ("to_hex", &["BYTES -> STRING"]),
    ("from_hex", &["STRING -> BYTES"]),
    ("to_base64", &["BYTES -> STRING"]),
    ("from_base64", &["STRING -> BYTES"]),
    ("to_base32", &["BYTES -> STRING"]),
    ("from_base32", &["STRING -> BYTES"]),
    ("ascii", TEXT_LENGTH),
    ("unicode", &["STRING -> INT64"]),
    ("chr", &["INT64 -> STRING"]),
    ("to_code_points", &["STRING -> ARRAY<INT64>", "BYTES -> ARRAY<INT64>"]),
    ("code_points_to_string", &["ARRAY<INT64> -> STRING"]),
    ("code_points_to_bytes", &["ARRAY<INT64> -> BYTES"]),
    ("safe_convert_bytes_to_string", &["BYTES -> STRING"]),
    ("soundex", &["STRING -> STRING"]),
    ("edit_distance", &["STRING, STRING, INT64? -> INT64"]),
    // math
    ("abs", NUMERICS),
    ("sign", NUMERICS),
    (
        "round",
        &[
            "FLOAT64, INT64? -> FLOAT64",
            "NUMERIC, INT64?, STRING? -> NUMERIC",
            "BIGNUMERIC, INT64?, STRING? -> BIGNUMERIC",
        ],
    ),
    (
        "trunc",
        &["FLOAT64, INT64? -> FLOAT64", "NUMERIC, INT64? -> NUMERIC", "BIGNUMERIC, INT64? -> BIGNUMERIC"],
    ),
    ("ceil", ROUNDED),
    ("floor", ROUNDED),
    (
        "mod",
        &["INT64, INT64 -> INT64", "NUMERIC, NUMERIC -> NUMERIC", "BIGNUMERIC, BIGNUMERIC -> BIGNUMERIC"],
    ),
    (
        "div",
        &["INT64, INT64 -> INT64", "NUMERIC, NUMERIC -> NUMERIC", "BIGNUMERIC, BIGNUMERIC -> BIGNUMERIC"],
    ),
    ("pow", DIVISION),
    ("sqrt", ROUNDED),
    ("cbrt", FLOATS),
    ("exp", ROUNDED),
    ("ln", ROUNDED),
    ("log10", ROUNDED),
    (
        "log",
        &[
            "FLOAT64, FLOAT64? -> FLOAT64",
            "NUMERIC, NUMERIC? -> NUMERIC",
            "BIGNUMERIC, BIGNUMERIC? -> BIGNUMERIC",
        ],
    ),
    ("greatest", &["<T1, T1... -> T1"]),
    ("least", &["<T1, T1... -> T1"]),
    ("sin", FLOATS),
    ("cos", FLOATS),
    ("tan", FLOATS),
    ("asin", FLOATS),
    ("acos", FLOATS),
    ("atan", FLOATS),
    ("sinh", FLOATS),
    ("cosh", FLOATS),
    ("tanh", FLOATS),
    ("asinh", FLOATS),
    ("acosh", FLOATS),
    ("atanh", FLOATS),
    ("atan2", &["FLOAT64, FLOAT64 -> FLOAT64"]),
    ("ieee_divide", &["FLOAT64, FLOAT64 -> FLOAT64"]),
    ("safe_divide", DIVISION),
    ("safe_add", SAFE_ARITHMETIC),
    ("safe_subtract", SAFE_ARITHMETIC),
    ("safe_multiply", SAFE_ARITHMETIC),
    ("safe_negate", NUMERICS),
    ("is_nan", &["FLOAT64 -> BOOL"]),
    ("is_inf", &["FLOAT64 -> BOOL"]),
    ("rand", &["-> FLOAT64"]),
    ("range_bucket", &["<T1, ARRAY<T1> -> INT64"]),
    ("bit_count", &["INT64 -> INT64", "BYTES -> INT64"]),
    // dates and times
    ("current_date", &["STRING? -> DATE"]),
    ("current_datetime", &["STRING? -> DATETIME"]),
    ("current_time", &["STRING? -> TIME"]),
    ("current_timestamp", &["-> TIMESTAMP"]),
    (
        "date",
        &[
            "INT64, INT64, INT64 -> DATE",
            "TIMESTAMP, STRING? -> DATE",
            "DATETIME -> DATE",
            "DATE -> DATE",
            "STRING -> DATE",
        ],
    ),
    (
        "datetime",
        &[
            "INT64, INT64, INT64, INT64, INT64, INT64 -> DATETIME",
            "DATE, TIME? -> DATETIME",
            "TIMESTAMP, STRING? -> DATETIME",
            "DATETIME -> DATETIME",
            "STRING -> DATETIME",
        ],
    ),
    (
        "time",
        &["INT64, INT64, INT64 -> TIME", "TIMESTAMP, STRING? -> TIME", "DATETIME -> TIME", "TIME -> TIME"],
    ),
    (
        "timestamp",
        &[
            "STRING, STRING? -> TIMESTAMP",
            "DATE, STRING? -> TIMESTAMP",
            "DATETIME, STRING? -> TIMESTAMP",
            "TIMESTAMP -> TIMESTAMP",
        ],
    ),
    (
        "string",
        &[
            "TIMESTAMP, STRING? -> STRING",
            "DATE -> STRING",
            "DATETIME -> STRING",
            "TIME -> STRING",
            "JSON -> STRING",
        ],
    ),
    ("date_add", CIVIL_ADD),
    ("date_sub", CIVIL_ADD),
    ("date_diff", CIVIL_DIFF),
    ("date_trunc", CIVIL_TRUNC),
    ("datetime_add", CIVIL_ADD),
    ("datetime_sub", CIVIL_ADD),
    ("datetime_diff", CIVIL_DIFF),
    ("datetime_trunc", CIVIL_TRUNC),
    ("timestamp_add", CIVIL_ADD),
    ("timestamp_sub", CIVIL_ADD),
    ("timestamp_diff", CIVIL_DIFF),
    ("timestamp_trunc", CIVIL_TRUNC),
    ("time_add", &["TIME, INTERVAL -> TIME"]),
    ("time_sub", &["TIME, INTERVAL -> TIME"]),
    ("time_diff", &["TIME, TIME, STRING -> INT64"]),
    ("time_trunc", &["TIME, STRING -> TIME"]),
    ("last_day", &["DATE, STRING? -> DATE", "DATETIME, STRING? -> DATE"]),
    ("format_date", &["STRING, DATE -> STRING", "STRING, DATETIME -> STRING"]),
    ("format_datetime", &["STRING, DATETIME -> STRING"]),
    ("format_time", &["STRING, TIME -> STRING"]),
    ("format_timestamp", &["STRING, TIMESTAMP, STRING? -> STRING"]),
    ("parse_date", &["STRING, STRING -> DATE"]),
    ("parse_datetime", &["STRING, STRING -> DATETIME"]),
    ("parse_time", &["STRING, STRING -> TIME"]),
    ("parse_timestamp", &["STRING, STRING, STRING? -> TIMESTAMP"]),
    ("unix_date", &["DATE -> INT64"]),
    ("date_from_unix_date", &["INT64 -> DATE"]),
    ("unix_seconds", &["TIMESTAMP -> INT64"]),
    ("unix_millis", &["TIMESTAMP -> INT64"]),
    ("unix_micros", &["TIMESTAMP -> INT64"]),
    ("timestamp_seconds", &["INT64 -> TIMESTAMP"]),
    ("timestamp_millis", &["INT64 -> TIMESTAMP"]),
    ("timestamp_micros", &["INT64 -> TIMESTAMP"]),
    ("make_interval", &["INT64?, INT64?, INT64?, INT64?, INT64?, INT64? -> INTERVAL"]),
    ("justify_days", &["INTERVAL -> INTERVAL"]),
    ("justify_hours", &["INTERVAL -> INTERVAL"]),
    ("justify_interval", &["INTERVAL -> INTERVAL"]),
    ("$extract_year", EXTRACT_BOTH),
    ("$extract_isoyear", EXTRACT_DATE),
    ("$extract_quarter", EXTRACT_DATE),
    ("$extract_month", EXTRACT_BOTH),
    ("$extract_week", EXTRACT_DATE),
    ("$extract_isoweek", EXTRACT_DATE),
    ("$extract_week_sunday", EXTRACT_DATE),
    ("$extract_week_monday", EXTRACT_DATE),
    ("$extract_week_tuesday", EXTRACT_DATE),
    ("$extract_week_wednesday", EXTRACT_DATE),
    ("$extract_week_thursday", EXTRACT_DATE),
    ("$extract_week_friday", EXTRACT_DATE),
    ("$extract_week_saturday", EXTRACT_DATE),
    ("$extract_day", EXTRACT_BOTH),
    ("$extract_dayofweek", EXTRACT_DATE),
    ("$extract_dayofyear", EXTRACT_DATE),
    ("$extract_hour", EXTRACT_TIME),
    ("$extract_minute", EXTRACT_TIME),
    ("$extract_second", EXTRACT_TIME),
    ("$extract_millisecond", EXTRACT_TIME),
    ("$extract_microsecond", EXTRACT_TIME),
    ("$extract_date", &["TIMESTAMP, STRING? -> DATE", "DATETIME -> DATE"]),
    ("$extract_time", &["TIMESTAMP, STRING? -> TIME", "DATETIME -> TIME"]),
    ("$extract_datetime", &["TIMESTAMP, STRING? -> DATETIME"]),
    // arrays
    ("array_length", &["ARRAY<T1> -> INT64"]),
    ("array_concat", &["ARRAY<T1>... -> ARRAY<T1>"]),
    ("array_reverse", &["ARRAY<T1> -> ARRAY<T1>"]),
    (
        "array_to_string",
        &["ARRAY<STRING>, STRING, STRING? -> STRING", "ARRAY<BYTES>, BYTES, BYTES? -> BYTES"],
    ),
    (
        "generate_array",
        &[
            "INT64, INT64, INT64? -> ARRAY<INT64>",
            "NUMERIC, NUMERIC, NUMERIC? -> ARRAY<NUMERIC>",
            "BIGNUMERIC, BIGNUMERIC, BIGNUMERIC? -> ARRAY<BIGNUMERIC>",
            "FLOAT64, FLOAT64, FLOAT64? -> ARRAY<FLOAT64>",
        ],
    ),
    ("generate_date_array", &["DATE, DATE, INTERVAL? -> ARRAY<DATE>"]),
    ("generate_timestamp_array", &["TIMESTAMP, TIMESTAMP, INTERVAL -> ARRAY<TIMESTAMP>"]),
    ("array_first", &["ARRAY<T1> -> T1"]),
    ("array_last", &["ARRAY<T1> -> T1"]),
    ("array_slice", &["ARRAY<T1>, INT64, INT64 -> ARRAY<T1>"]),
    ("array_includes", &["=ARRAY<T1>, T1 -> BOOL"]),
    ("array_is_distinct", &["=ARRAY<T1> -> BOOL"]),
    // JSON
    ("to_json_string", &["*, BOOL? -> STRING"]),
    ("to_json", &["* -> JSON"]),
    ("parse_json", &["STRING -> JSON"]),
    ("json_value", &["STRING, STRING? -> STRING", "JSON, STRING? -> STRING"]),
    ("json_query", &["STRING, STRING? -> STRING", "JSON, STRING? -> JSON"]),
    ("json_extract", &["STRING, STRING? -> STRING", "JSON, STRING? -> JSON"]),
    ("json_extract_scalar", &["STRING, STRING? -> STRING", "JSON, STRING? -> STRING"]),
    ("json_value_array", &["STRING, STRING? -> ARRAY<STRING>", "JSON, STRING? -> ARRAY<STRING>"]),
    ("json_query_array", &["STRING, STRING? -> ARRAY<STRING>", "JSON, STRING? -> ARRAY<JSON>"]),
    ("json_type", &["JSON -> STRING"]),
    ("bool", &["JSON -> BOOL"]),
    ("int64", &["JSON -> INT64"]),
    ("float64", &["JSON -> FLOAT64"]),
    // hashes, bits, others
    ("farm_fingerprint", TEXT_LENGTH),
    ("md5", &["STRING -> BYTES", "BYTES -> BYTES"]),
    ("sha1", &["STRING -> BYTES", "BYTES -> BYTES"]),
    ("sha256", &["STRING -> BYTES", "BYTES -> BYTES"]),
    ("sha512", &["STRING -> BYTES", "BYTES -> BYTES"]),
    ("generate_uuid", &["-> STRING"]),
    ("error", &["STRING -> T1"]),
    ("typeof", &["* -> STRING"]),
];

const ALIASES: &[(&str, &[&str])] = &[
    ("substr", &["substring"]),
    ("char_length", &["character_length"]),
    ("pow", &["power"]),
    ("ceil", &["ceiling"]),
    ("byte_length", &["octet_length"]),
    ("regexp_extract", &["regexp_substr"]),
];

pub(super) fn functions(known: &[Function]) -> Vec<Function> {
    let missing = SCALAR.iter().filter(|(name, _)| !known.iter().any(|function| function.name == *name));
    missing
        .map(|(name, signatures)| {
            let aliases = ALIASES.iter().find(|(n, _)| n == name).map_or(&[][..], |(_, aliases)| *aliases);
            Function::scalar(name, signatures, |_| {
                Err(crate::ExecError::InvalidPlan("a function of this plan has no kernel yet".into()))
            })
            .reads_context()
            .aliases(aliases)
        })
        .collect()
}
