//! Values and errors of functions, called through compiled expressions; mostly from BigQuery's manual.

use canopy_format::{DataType, Value};
use canopy_proto::plan::Expression;

use super::*;
use crate::expression::tests::{call, cast, int, literal, safe, text, type_of};
use crate::expression::{EvalContext, fold};

fn float(value: f64) -> Expression {
    literal(Value::Float64(value), DataType::Float64)
}

fn bytes(value: &[u8]) -> Expression {
    literal(Value::Bytes(value.into()), DataType::Bytes)
}

fn of(kind: &str, value: &str) -> Expression {
    let data_type = match kind {
        "date" => DataType::Date,
        "time" => DataType::Time,
        "datetime" => DataType::Datetime,
        "timestamp" => DataType::Timestamp,
        "numeric" => DataType::Numeric,
        "bignumeric" => DataType::BigNumeric,
        "interval" => DataType::Interval,
        other => panic!("no literal of {other}"),
    };
    cast(text(value), data_type)
}

fn json(value: &str) -> Expression {
    literal(Value::Json(value.into()), DataType::Json)
}

fn null(data_type: DataType) -> Expression {
    literal(Value::Null, data_type)
}

fn array(elements: &[Expression]) -> Expression {
    call("$array", elements)
}

fn value_of(expression: &Expression) -> String {
    match fold(expression, &EvalContext::default()) {
        Ok(value) => format_value(&value, &type_of(expression)),
        Err(error) => error.to_string(),
    }
}

/// `name(arguments)` is `expected`, or fails with it.
fn check(name: &str, arguments: &[Expression], expected: &str) {
    assert_eq!(value_of(&call(name, arguments)), expected, "{name}");
}

fn check_cast(input: Expression, to: DataType, expected: &str) {
    assert_eq!(value_of(&cast(input, to.clone())), expected, "cast to {to}");
}

#[test]
fn strings() {
    check("length", &[text("абв")], "3");
    check("byte_length", &[text("абв")], "6");
    check("lower", &[text("FOO BÄR")], "foo bär");
    check("initcap", &[text("hello World-everyone!")], "Hello World-Everyone!");
    check("initcap", &[text("apples1oranges2pears"), text("12")], "Apples1Oranges2Pears");
    check("reverse", &[text("абв")], "вба");
    check("substr", &[text("apple"), int(2)], "pple");
    check("substr", &[text("apple"), int(2), int(2)], "pp");
    check("substr", &[text("apple"), int(-2)], "le");
    check("substr", &[text("apple"), int(1), int(123)], "apple");
    check("substr", &[text("apple"), int(123)], "");
    check("substr", &[text("апельсин"), int(-3), int(2)], "си");
    check("substr", &[text("apple"), int(0), int(2)], "ap");
    check("substr", &[text("apple"), int(-10), int(2)], "ap");
    check("substr", &[text("apple"), int(1), int(-1)], "Third argument in SUBSTR() cannot be negative");
    check("left", &[text("banana"), int(3)], "ban");
    check("right", &[text("абвг"), int(2)], "вг");
    check("right", &[text("abc"), int(-2)], "Second argument in RIGHT() cannot be negative");
    check("lpad", &[text("abc"), int(8), text("def")], "defdeabc");
    check("rpad", &[text("例子"), int(5), text("中文")], "例子中文中");
    check("rpad", &[text("abc"), int(-15)], "Second argument (output size) for LPAD/RPAD cannot be negative");
    check(
        "lpad",
        &[text("abc"), int(1_000_000_000)],
        "Output of LPAD/RPAD exceeds max allowed output size of 1MB",
    );
    check(
        "repeat",
        &[text("abc"), int(1_000_000_000)],
        "Output of REPEAT exceeds max allowed output size of 1MB",
    );
    check("trim", &[text("  apple ")], "apple");
    check("ltrim", &[text("***apple***"), text("*")], "apple***");
    check("rtrim", &[text("applexz"), text("xyz")], "apple");
    check("strpos", &[text("foo@example.com"), text("@")], "4");
    check("strpos", &[text("абв"), text("в")], "3");
    check("instr", &[text("banana"), text("an"), int(1), int(2)], "4");
    check("instr", &[text("banana"), text("an"), int(-1), int(1)], "4");
    check("instr", &[text("banana"), text("an"), int(-3), int(1)], "4");
    check("instr", &[text("banana"), text("an"), int(-4), int(1)], "2");
    check("replace", &[text("apple pie"), text("p"), text("PP")], "aPPPPle PPie");
    check("translate", &[text("This is a cookie"), text("sco"), text("zku")], "Thiz iz a kuukie");
    check("split", &[text("b-d"), text("-")], "[b, d]");
    check("split", &[text("")], "[]");
    check("split", &[text("ab"), text("")], "[a, b]");
    check("$concat", &[text("a"), text("b"), text("c")], "abc");
    check("$concat", &[array(&[int(1)]), array(&[int(2), int(3)])], "[1, 2, 3]");
    check("contains_substr", &[text("the blue house"), text("Blue house")], "true");
    check("soundex", &[text("Ashcraft")], "A261");
    check("edit_distance", &[text("abcd"), text("cde")], "3");
    check("to_hex", &[bytes(&[0, 255, 16])], "00ff10");
    check("to_base64", &[bytes(&[0xde, 0xad, 0xbe, 0xef])], "3q2+7w==");
    check("to_base32", &[bytes(b"abcde\xff")], "MFRGGZDF74======");
    check("from_base64", &[text("Zm9vYmFy")], "foobar");
    check("from_base64", &[text("Zm9v_")], "Failed to decode invalid base64 string");
    check("from_hex", &[text("0AF")], "\0\u{fffd}");
    check("chr", &[int(8364)], "€");
    check("chr", &[int(-1)], "Invalid codepoint -1");
    check("to_code_points", &[text("aé")], "[97, 233]");
    check("code_points_to_string", &[array(&[int(65), int(255)])], "Aÿ");
}

#[test]
fn regular_expressions() {
    check("regexp_contains", &[text("foo@example.com"), text(r"@[a-z]+\.com$")], "true");
    check("regexp_extract", &[text("foo@example.com"), text(r"@([a-z]+)")], "example");
    check("regexp_extract", &[text("Hello Helloo and Hellooo"), text("H?ello+"), int(1), int(3)], "Hellooo");
    check("regexp_extract", &[text("abc"), text("x")], "NULL");
    check("regexp_extract_all", &[text("a1b22"), text("[0-9]+")], "[1, 22]");
    check(
        "regexp_replace",
        &[text("# Heading"), text(r"^# ([a-zA-Z0-9\s]+$)"), text(r"<h1>\1</h1>")],
        "<h1>Heading</h1>",
    );
    check(
        "regexp_replace",
        &[text("abc"), text("b"), text(r"\2")],
        "Invalid REGEXP_REPLACE pattern: it refers to group 2 of 0",
    );
    check("regexp_instr", &[text("ab@cd-ef"), text("@[^-]*")], "3");
    check("regexp_contains", &[text("a"), text("(")], "Cannot parse regular expression: unclosed group");
}

#[test]
fn numbers() {
    check("round", &[float(2.5)], "3");
    check("round", &[float(-2.5)], "-3");
    check("round", &[float(123.7), int(-1)], "120");
    check("round", &[float(1.235), int(2)], "1.24");
    check("round", &[of("numeric", "2.25"), int(1)], "2.3");
    check("round", &[of("numeric", "2.25"), int(1), text("ROUND_HALF_EVEN")], "2.2");
    check(
        "round",
        &[of("numeric", "99999999999999999999999999999.9"), int(0)],
        "numeric overflow: ROUND(99999999999999999999999999999.9)",
    );
    check("trunc", &[of("numeric", "-2.89"), int(1)], "-2.8");
    check("ceil", &[of("numeric", "-2.1")], "-2");
    check("floor", &[of("bignumeric", "-2.1")], "-3");
    check("mod", &[int(-7), int(2)], "-1");
    check("mod", &[int(i64::MIN), int(-1)], "0");
    check("div", &[int(i64::MIN), int(-1)], "int64 overflow: -9223372036854775808 / -1");
    check("div", &[int(1), int(0)], "division by zero: 1 / 0");
    check("$divide", &[int(1), int(0)], "division by zero: 1 / 0");
    check("$divide", &[float(1.0), float(-0.0)], "division by zero: 1 / -0");
    check("$divide", &[float(1e300), float(1e-300)], "double overflow: 1e+300 / 1e-300");
    check("$unary_minus", &[int(i64::MIN)], "int64 overflow: -(-9223372036854775808)");
    check("safe_divide", &[int(1), int(0)], "NULL");
    check("ieee_divide", &[float(-1.0), float(0.0)], "-inf");
    check("abs", &[int(i64::MIN)], "int64 overflow: ABS(-9223372036854775808)");
    check("sign", &[of("numeric", "-0.5")], "-1");
    check("sqrt", &[float(-16.0)], "Argument to SQRT cannot be negative: -16");
    check("pow", &[of("numeric", "1.5"), int(2)], "2.25");
    check("pow", &[int(2), float(0.5)], "1.4142135623730951");
    check("log", &[float(8.0), float(2.0)], "3");
    check("ln", &[float(0.0)], "Floating point error in function: LN(0)");
    check("exp", &[float(1000.0)], "Floating point error in function: EXP(1000)");
    check("greatest", &[int(3), float(4.5), int(1)], "4.5");
    check("greatest", &[float(1.0), float(f64::NAN)], "nan");
    check("least", &[text("b"), text("a")], "a");
    check("least", &[int(1), null(DataType::Int64)], "NULL");
    check("range_bucket", &[int(20), array(&[int(0), int(10), int(20), int(30)])], "3");
    check("bit_count", &[int(-1)], "64");
    check("$shift_left", &[int(1), int(64)], "0");
    check("$shift_right", &[int(-1), int(60)], "15");
    check("$bitwise_xor", &[bytes(&[6]), bytes(&[3])], "\u{5}");
    check("$multiply", &[of("bignumeric", "1.1"), of("bignumeric", "1.1")], "1.21");
    check("$multiply", &[of("numeric", "0.000000001"), of("numeric", "0.5")], "0.000000001");
}

#[test]
fn casts() {
    check_cast(text("abc"), DataType::Int64, "Bad int64 value: abc");
    check_cast(text(" -0x1F "), DataType::Int64, "-31");
    check_cast(text("0xFFFFFFFFFFFFFFFF"), DataType::Int64, "Bad int64 value: 0xFFFFFFFFFFFFFFFF");
    check_cast(text("-9223372036854775808"), DataType::Int64, "-9223372036854775808");
    check_cast(float(9223372036854775754.5), DataType::Int64, "int64 out of range: 9.22337e+18");
    check_cast(float(2.5), DataType::Int64, "3");
    check_cast(float(-2.5), DataType::Int64, "-3");
    check_cast(float(0.1), DataType::String, "0.1");
    check_cast(float(1.0), DataType::String, "1");
    check_cast(float(1e20), DataType::String, "1e+20");
    check_cast(float(123456789012345680.0), DataType::String, "1.2345678901234568e+17");
    check_cast(float(1.0 / 3.0), DataType::String, "0.33333333333333331");
    check_cast(text("InF"), DataType::Float64, "inf");
    check_cast(text("1e999"), DataType::Float64, "Bad double value: 1e999");
    check_cast(text("1.23456789050"), DataType::Numeric, "1.234567891");
    check_cast(text("-1e28"), DataType::Numeric, "-10000000000000000000000000000");
    check_cast(text("1e29"), DataType::Numeric, "Invalid NUMERIC value: 1e29");
    check_cast(text("."), DataType::Numeric, "Invalid NUMERIC value: .");
    check_cast(float(0.0009765625), DataType::Numeric, "0.000976563");
    check_cast(of("numeric", "1.5"), DataType::Int64, "2");
    check_cast(of("numeric", "-1.5"), DataType::Int64, "-2");
    check_cast(of("numeric", "0.1"), DataType::Float64, "0.1");
    check_cast(text("TRUE"), DataType::Bool, "true");
    check_cast(text("abc"), DataType::Bool, "Bad bool value: abc");
    check_cast(
        bytes(b"\xe2\x28\xa1"),
        DataType::String,
        "Invalid cast of bytes to UTF8 string: b\"\\xe2(\\xa1\"",
    );
    check_cast(text("xxx"), DataType::Date, "Invalid date: 'xxx'");
    check_cast(text("2023-02-29"), DataType::Date, "Invalid date: '2023-02-29'");
    check_cast(text("2024-2-9"), DataType::Date, "2024-02-09");
    check_cast(text("24:00:00"), DataType::Time, "Invalid time string \"24:00:00\"");
    check_cast(text("1:2:3.4567"), DataType::Time, "01:02:03.456700");
    check_cast(text("2006-01-02T03:04:05"), DataType::Datetime, "2006-01-02 03:04:05");
    check_cast(
        text("2015-13-05 01:02:03"),
        DataType::Datetime,
        "Invalid datetime string \"2015-13-05 01:02:03\"",
    );
    check_cast(text("2020-06-02 17:00:53.11+05:30"), DataType::Timestamp, "2020-06-02 11:30:53.110+00");
    check_cast(
        text("2020-06-02 17:00:53 America/Los_Angeles"),
        DataType::Timestamp,
        "2020-06-03 00:00:53+00",
    );
    check_cast(text("2020-06-02 25:00:00"), DataType::Timestamp, "Invalid timestamp: '2020-06-02 25:00:00'");
    check_cast(
        text("0001-01-01 00:00:00+10"),
        DataType::Timestamp,
        "Invalid timestamp: '0001-01-01 00:00:00+10'",
    );
    check_cast(text("1-2 3 4:5:6.789"), DataType::Interval, "1-2 3 4:5:6.789");
    check_cast(text("-1-2 -3 -4:5:6"), DataType::Interval, "-1-2 -3 -4:5:6");
    check_cast(text("P1Y2M3DT4H5M6.7S"), DataType::Interval, "1-2 3 4:5:6.700");
    check_cast(
        text("P-aY2M3D"),
        DataType::Interval,
        "Invalid INTERVAL value 'P-aY2M3D': Expected number at 'a'",
    );
    check_cast(
        text("P-"),
        DataType::Interval,
        "Invalid INTERVAL value 'P-': Expected number at end of string",
    );
    check_cast(array(&[int(1), int(2)]), DataType::array(DataType::String), "[1, 2]");
}

#[test]
fn dates_and_times() {
    check("date_add", &[of("date", "2024-01-31"), call("$interval", &[int(1), text("MONTH")])], "2024-02-29");
    check(
        "date_add",
        &[of("date", "9999-12-31"), call("$interval", &[int(1), text("DAY")])],
        "Adding INTERVAL 0-0 1 0:0:0 to date 9999-12-31 causes overflow",
    );
    check("date_diff", &[of("date", "2017-10-15"), of("date", "2017-10-14"), text("WEEK")], "1");
    check("date_diff", &[of("date", "2017-12-30"), of("date", "2014-12-30"), text("ISOYEAR")], "2");
    check("date_diff", &[of("date", "2018-02-19"), of("date", "2018-02-18"), text("WEEK(MONDAY)")], "1");
    check(
        "datetime_diff",
        &[of("datetime", "2018-01-01 00:00:00"), of("datetime", "2017-12-31 23:59:59"), text("YEAR")],
        "1",
    );
    check(
        "timestamp_diff",
        &[of("timestamp", "2018-08-14 00:00:00+00"), of("timestamp", "2018-08-13 23:30:00+00"), text("HOUR")],
        "0",
    );
    check("date_trunc", &[of("date", "2017-11-05"), text("WEEK(MONDAY)")], "2017-10-30");
    check("date_trunc", &[of("date", "2015-06-15"), text("ISOYEAR")], "2014-12-29");
    check(
        "timestamp_trunc",
        &[of("timestamp", "2008-12-25 15:30:00+00"), text("DAY"), text("America/Los_Angeles")],
        "2008-12-25 08:00:00+00",
    );
    check("last_day", &[of("date", "2008-11-25")], "2008-11-30");
    check("last_day", &[of("date", "2008-11-10"), text("WEEK(MONDAY)")], "2008-11-16");
    check("$extract_week", &[of("date", "2017-11-05")], "45");
    check("$extract_week_monday", &[of("date", "2017-11-05")], "44");
    check("$extract_isoweek", &[of("date", "2005-01-01")], "53");
    check("$extract_dayofweek", &[of("date", "2013-12-25")], "4");
    check("$extract_hour", &[of("timestamp", "2008-12-25 05:30:00+00"), text("America/Los_Angeles")], "21");
    check(
        "$extract_date",
        &[of("timestamp", "2017-01-01 00:00:00+00"), text("invalid_time_zone")],
        "Invalid time zone: invalid_time_zone",
    );
    check("$extract_month", &[of("interval", "-1-2 3 4:5:6")], "-2");
    check("$extract_second", &[of("interval", "1-2 3 -4:5:6")], "-6");
    check("date", &[int(2016), int(13), int(1)], "Input calculates to invalid date: 2016-13-01");
    check("datetime", &[of("date", "2020-01-02"), of("time", "03:04:05")], "2020-01-02 03:04:05");
    check("timestamp", &[text("2008-12-25 15:30:00"), text("America/Los_Angeles")], "2008-12-25 23:30:00+00");
    check("unix_seconds", &[of("timestamp", "1969-12-31 23:59:59.5+00")], "-1");
    check("timestamp_seconds", &[int(i64::MAX)], "TIMESTAMP_SECONDS(9223372036854775807) is out of range");
    check(
        "format_date",
        &[text("%A %b %e %Y, day %j, week %V"), of("date", "2008-12-25")],
        "Thursday Dec 25 2008, day 360, week 52",
    );
    check(
        "format_timestamp",
        &[text("%F %H:%M:%E3S %Ez"), of("timestamp", "2008-12-25 15:30:00.5+00")],
        "2008-12-25 15:30:00.500 +00:00",
    );
    check("parse_date", &[text("%x"), text("12/25/08")], "2008-12-25");
    check("parse_date", &[text("%Y%m%d"), text("20081225")], "2008-12-25");
    check("parse_date", &[text("%Y%j"), text("2020 50")], "Failed to parse input string \"2020 50\"");
    check("parse_timestamp", &[text("%c"), text("Thu Dec 25 07:30:00 2008")], "2008-12-25 07:30:00+00");
    check("parse_time", &[text("%I:%M:%S %p"), text("2:23:38 pm")], "14:23:38");
    check(
        "parse_datetime",
        &[text("%Y-%m-%d %H:%M:%E*S"), text("1998-10-18 13:45:55.25")],
        "1998-10-18 13:45:55.250",
    );
    check(
        "make_interval",
        &[int(10_000), int(1)],
        "Interval field months '120001' is out of range -120000 to 120000",
    );
    check("justify_interval", &[of("interval", "0-0 29 49:0:0")], "0-1 1 1:0:0");
    check(
        "$subtract",
        &[of("timestamp", "2020-01-02 00:00:00+00"), of("timestamp", "2020-01-01 00:00:00+00")],
        "0-0 0 24:0:0",
    );
    check("$add", &[of("date", "2020-01-01"), of("interval", "0-1 1 1:0:0")], "2020-02-02 01:00:00");
    check("$multiply", &[of("interval", "1-2 3 4:5:6"), int(-2)], "-2-4 -6 -8:10:12");
    check(
        "generate_date_array",
        &[of("date", "2016-01-31"), of("date", "2016-03-31"), call("$interval", &[int(1), text("MONTH")])],
        "[2016-01-31, 2016-02-29, 2016-03-31]",
    );
}

#[test]
fn arrays() {
    let three = || array(&[int(10), int(20), int(30)]);
    check("array_length", &[three()], "3");
    check("array_reverse", &[three()], "[30, 20, 10]");
    check("array_slice", &[three(), int(1), int(-1)], "[20, 30]");
    check("$subscript_offset", &[three(), int(1)], "20");
    check("$subscript_offset", &[three(), int(-1)], "Array index -1 is out of bounds");
    check("$subscript_ordinal", &[three(), int(0)], "Array index 0 is out of bounds");
    check("$safe_subscript_ordinal", &[three(), int(4)], "NULL");
    check("array_last", &[array(&[])], "ARRAY_LAST cannot get the last element of an empty array");
    check("array_to_string", &[array(&[text("a"), null(DataType::String), text("b")]), text("-")], "a-b");
    check("array_to_string", &[array(&[text("a"), null(DataType::String)]), text("-"), text("?")], "a-?");
    check("generate_array", &[int(10), int(0), int(-5)], "[10, 5, 0]");
    check("generate_array", &[int(1), int(5), int(0)], "Sequence step cannot be 0.");
    check("generate_array", &[int(5), int(1)], "[]");
    check(
        "generate_array",
        &[int(0), int(i64::MAX)],
        "Cannot generate arrays with more than 1048576 elements.",
    );
    check("$in_array", &[int(20), three()], "true");
    check("$in_array", &[int(2), array(&[])], "false");
    check("array_is_distinct", &[array(&[int(1), int(2), int(1)])], "false");
    check("array_includes", &[three(), int(30)], "true");
    let point = call("$struct", &[int(1), text("x")]);
    check("$equal", &[point.clone(), point], "true");
    check(
        "$equal",
        &[call("$struct", &[int(1), null(DataType::Int64)]), call("$struct", &[int(1), int(2)])],
        "NULL",
    );
    check(
        "$equal",
        &[call("$struct", &[int(1), null(DataType::Int64)]), call("$struct", &[int(2), int(2)])],
        "false",
    );
}

#[test]
fn json_values() {
    check("json_value", &[text(r#"{"a": {"b": 5}}"#), text("$.a.b")], "5");
    check("json_value", &[json(r#"{"a":["x",true]}"#), text("$.a[1]")], "true");
    check("json_value", &[json(r#"{"a":[1]}"#), text("$.a")], "NULL");
    check("json_query", &[text(r#"{"a": [1, 2]}"#), text("$.a")], "[1,2]");
    check("json_query", &[text("not json"), text("$.a")], "NULL");
    check("json_query", &[text("{}"), text("a")], "JSONPath must start with '$'");
    check("json_query", &[text("{}"), text("$..a")], "Invalid token in JSONPath at: ..a");
    check("json_value", &[text(r#"{"a.b": {"c": "world"}}"#), text(r#"$."a.b".c"#)], "world");
    check("json_extract_scalar", &[text(r#"{"a.b": {"c": "world"}}"#), text("$['a.b'].c")], "world");
    check("json_value_array", &[text(r#"["a", null, 1]"#)], "[a, NULL, 1]");
    check("json_type", &[json("[1]")], "array");
    check("int64", &[json("10.1")], "The provided JSON number: 10.1 cannot be converted to an int64");
    check("string", &[json("123")], "The provided JSON input is not a string");
    check("$subscript_offset", &[json(r#"{"a":[1,2]}"#), text("a")], "[1,2]");
    check("to_json_string", &[array(&[float(1.5), float(f64::NAN)])], r#"[1.5,"NaN"]"#);
    check("to_json_string", &[of("timestamp", "2020-01-02 03:04:05.5+00")], r#""2020-01-02T03:04:05.500Z""#);
    check("to_json_string", &[int(i64::MAX)], r#""9223372036854775807""#);
    check("to_json", &[int(i64::MAX)], "9223372036854775807");
    check("to_json_string", &[of("numeric", "1.25")], "1.25");
    check("to_json_string", &[null(DataType::Int64)], "null");
}

#[test]
fn formats() {
    check("format", &[text("%s is %05d%%"), text("x"), int(42)], "x is 00042%");
    check(
        "format",
        &[text("%'d|%+d|%x|%-5d|"), int(1234567), int(5), int(255), int(7)],
        "1,234,567|+5|ff|7    |",
    );
    check(
        "format",
        &[text("%.2f %e %g"), float(2.5), float(12345.678), float(0.00001)],
        "2.50 1.234568e+04 1e-05",
    );
    check("format", &[text("%T %t"), text("a\"b"), of("date", "2024-01-02")], "\"a\\\"b\" 2024-01-02");
    check("format", &[text("%T"), array(&[text("a"), null(DataType::String)])], "[\"a\", NULL]");
    check("format", &[text("%*d"), int(5), int(42)], "   42");
    check("format", &[text("%.1f"), of("numeric", "0.25")], "0.3");
    check("format", &[text("%d"), null(DataType::Int64)], "NULL");
    check(
        "format",
        &[text("%d"), text("abc")],
        "Invalid type for argument 2 to FORMAT; Expected integer; Got STRING",
    );
    check(
        "format",
        &[text("%d"), int(17), text("abc")],
        "Too many arguments to FORMAT for pattern \"%d\"; Expected 2; Got 3",
    );
    check("format", &[text("%d")], "Too few arguments to FORMAT for the pattern");
}

#[test]
fn digests_and_others() {
    check("to_hex", &[call("md5", &[text("Hello World")])], "b10a8db164e0754105b7a99be72e3fe5");
    check("to_hex", &[call("sha1", &[text("Hello World")])], "0a4d55a8d778e5022fab701977c5d840bbc486d0");
    check(
        "to_hex",
        &[call("sha256", &[text("")])],
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    check("farm_fingerprint", &[text("1footrue")], "-1541654101129638711");
    check("error", &[text("message")], "message");
    check("typeof", &[array(&[float(1.0)])], "ARRAY<FLOAT64>");
    check("if", &[literal(Value::Bool(true), DataType::Bool), int(1), call("error", &[text("no")])], "1");
    assert_eq!(value_of(&safe(call("error", &[text("x")]))), "NULL");
    assert_eq!(value_of(&safe(call("substr", &[text("apple"), int(1), int(-1)]))), "NULL");
}

#[test]
fn every_function_is_documented() {
    for function in all() {
        assert!(!function.doc.is_empty(), "{} has no doc text", function.name);
        assert!(!function.family.is_empty(), "{} is of no family", function.name);
        assert!(!function.signatures.is_empty(), "{} has no signature", function.name);
        assert_eq!(function.name, function.name.to_ascii_lowercase());
    }
    assert!(all().len() > 250, "{} functions", all().len());
}
