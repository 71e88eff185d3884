use canopy_format::{DataType, Value};
use canopy_proto::plan::{self, expression::Kind};

use crate::convert::type_to_proto;
use crate::expression::tests::{cast, literal, text};
use crate::expression::{EvalContext, fold};
use crate::function::cast::format_value;

/// `CAST(value AS to FORMAT format)` as text; an error's text where there is one.
fn formatted(value: plan::Expression, to: DataType, format: &str, zone: Option<&str>) -> String {
    let cast = plan::Cast {
        input: Some(Box::new(value)),
        safe: false,
        format: Some(Box::new(text(format))),
        time_zone: zone.map(|zone| Box::new(text(zone))),
    };
    let expression =
        plan::Expression { r#type: Some(type_to_proto(&to)), kind: Some(Kind::Cast(Box::new(cast))) };
    // 2021-03-23 12:00:00 UTC.
    let mut context = EvalContext::default();
    context.now_us = 1_616_500_800_000_000;
    match fold(&expression, &context) {
        Ok(value) => format_value(&value, &to),
        Err(error) => error.to_string(),
    }
}

fn number(digits: &str, format: &str) -> String {
    formatted(cast(text(digits), DataType::BigNumeric), DataType::String, format, None)
}

#[test]
fn numbers() {
    for (digits, format, expected) in [
        ("1.2", "$999,999.999", "       $1.200"),
        ("-12345.678", "$999,999.999", " -$12,345.678"),
        ("1234567.89", "$999,999.999", " $###,###.###"),
        ("12", "000", " 012"),
        ("-12", "000.000", "-012.000"),
        ("12", "999.999", "  12.000"),
        ("0", "9", " 0"),
        ("0.5", "9.99", "  .50"),
        ("0.5", "0.99", " 0.50"),
        ("43981", "XXXX", " ABCD"),
        ("43981", "0X0x", " ABcd"),
        ("43981", "0000000X", " 0000ABCD"),
        ("-255", "XXX", " -FF"),
        ("43981", "XXX", " ###"),
        ("123.58", "999D999", " 123.580"),
        ("-12", "S9999", "  -12"),
        ("-12", "9999S", "  12-"),
        ("0", "S9", " 0"),
        ("12", "9999MI", "  12 "),
        ("-12", "9999MI", "  12-"),
        ("-12", "9999PR", "  <12>"),
        ("-12", "C999", " -USD12"),
        ("12345", "999G999", "  12,345"),
        ("1234", "999,999", "   1,234"),
        ("0.23", "B99.999S", "       "),
        ("1.23", "B99.999S", " 1.230+"),
        ("20", "9.99EEEE", " 2.00E+01"),
        ("299792458", "S9.999EEEE", "+2.998E+08"),
        ("9.999", "9.99EEEE", " 1.00E+01"),
        ("0", "9.9EEEE", " 0.0E+00"),
        ("12.5", "999999.000FM", "12.5"),
        ("2021", "RN", "          MMXXI"),
        ("2021", "FMRN", "MMXXI"),
        ("4000", "RN", "###############"),
        ("23.5", "S000V00", "+02350"),
        ("0.996", "9.99", " 1.00"),
        ("0.994", ".99", " .99"),
        ("1", "9.9.9", "Invalid format string '9.9.9': There can be at most one of the decimal point"),
        ("1", "", "Invalid format string '': Format string must contain at least one of X, 0, 9 or RN"),
        ("1", "9 9", "Invalid format string '9 9': Unexpected ' ' at position 1"),
    ] {
        assert_eq!(number(digits, format), expected, "{digits} as {format}");
    }
    let float = |value: f64| {
        formatted(literal(Value::Float64(value), DataType::Float64), DataType::String, "9999.9", None)
    };
    assert_eq!(float(0.1), "     .1");
    assert_eq!(float(f64::NEG_INFINITY), "   -inf");
    assert_eq!(float(1e300), " ####.#");
}

#[test]
fn dates_as_text() {
    let date =
        |format: &str| formatted(cast(text("2018-01-30"), DataType::Date), DataType::String, format, None);
    assert_eq!(date("YYYY YYY YY Y RRRR RR Y,YYY"), "2018 018 18 8 2018 18 2,018");
    assert_eq!(date("MM MON Mon mon MONTH/DD DDD D DY"), "01 JAN Jan jan JANUARY/30 030 3 TUE");
    assert_eq!(date("Day|"), "Cannot find matched format element at 3");
    assert_eq!(date("\"a\\\"b \"Day-"), "a\"b Tuesday  -");
    assert_eq!(date("HH"), "DATE does not support 'HH'");
    let time =
        |format: &str| formatted(cast(text("21:30:25.16"), DataType::Time), DataType::String, format, None);
    assert_eq!(time("HH:MI A.M. HH24 am FF1 FF3 FF9 SSSSS"), "09:30 P.M. 21 pm 1 160 160000000 77425");
    let moment = |zone| {
        formatted(
            cast(text("2008-12-25 00:00:00+00"), DataType::Timestamp),
            DataType::String,
            "DD TZH:TZM",
            zone,
        )
    };
    assert_eq!(moment(None), "25 +00:00");
    assert_eq!(moment(Some("Asia/Kolkata")), "25 +05:30");
    assert_eq!(moment(Some("-08:00")), "24 -08:00");
}

#[test]
fn text_as_dates() {
    let date = |input: &str, format: &str| formatted(text(input), DataType::Date, format, None);
    assert_eq!(date("03-12-2018", "MM-DD-YYYY"), "2018-03-12");
    assert_eq!(date("18-12-03", "YY-MM-DD"), "2018-12-03");
    assert_eq!(date("2,018-12-03", "Y,YYY-MM-DD"), "2018-12-03");
    assert_eq!(date("50-12-03", "RR-MM-DD"), "1950-12-03");
    assert_eq!(date("DEC 03, 2018", "MON DD, YYYY"), "2018-12-03");
    assert_eq!(date(" december  03, 2018 ", "MONTH DD, YYYY"), "2018-12-03");
    assert_eq!(date("18", "YYYY"), "0018-03-01");
    assert_eq!(date("2020366", "YYYYDDD"), "2020-12-31");
    assert_eq!(date("2019366", "YYYYDDD"), "Invalid date: 2019-03-01");
    assert_eq!(date("", ""), "2021-03-01");
    assert_eq!(date("2018-02-30", "YYYY-MM-DD"), "Invalid date: 2018-02-30");
    assert_eq!(date("1", "YYYY-YYYY"), "Format element 'YYYY' appears more than once in the format string");
    let time = |input: &str, format: &str| formatted(text(input), DataType::Time, format, None);
    assert_eq!(time("03:30:02 P.M.", "HH:MI:SS A.M."), "15:30:02");
    assert_eq!(time("01:05:07.16", "HH24:MI:SS.FF1"), "01:05:07.200");
    assert_eq!(time("03723", "SSSSS"), "01:02:03");
    assert_eq!(time("23:59:59.99", "HH24:MI:SS.FF1"), "00:00:00");
    let moment = |input: &str, format: &str, zone| formatted(text(input), DataType::Timestamp, format, zone);
    assert_eq!(
        moment("2020-01-01 00:00:00 -08:00", "YYYY-MM-DD HH24:MI:SS TZH:TZM", None),
        "2020-01-01 08:00:00+00"
    );
    assert_eq!(moment("2021-11-21", "YYYY-MM-DD", Some("America/Los_Angeles")), "2021-11-21 08:00:00+00");
    assert_eq!(moment("1234", "yyyy", Some("abc")), "Invalid time zone: abc");
}

#[test]
fn bytes() {
    let encode = |value: &[u8], format: &str| {
        formatted(literal(Value::Bytes(value.into()), DataType::Bytes), DataType::String, format, None)
    };
    assert_eq!(encode(b"abc", "base2"), "011000010110001001100011");
    assert_eq!(encode(b"\x02\x11\x3b", "BASE8"), "00410473");
    assert_eq!(encode(b"\xff", "BASE8"), "377");
    assert_eq!(encode(b"\x00\x01\xef\xff", "hex"), "0001efff");
    assert_eq!(encode(&[b'a'; 60], "base64m").len(), 81);
    assert_eq!(encode(b"\xe0bc", "ascii"), "Failed to decode invalid ASCII string");
    assert_eq!(encode(b"a", "xyz"), "Invalid format 'xyz'");
    let decode = |value: &str, format: &str| formatted(text(value), DataType::Bytes, format, None);
    assert_eq!(decode("30261143", "base8"), "abc");
    assert_eq!(decode("141", "base8"), "a");
    assert_eq!(
        decode("741", "base8"),
        "Failed to decode invalid base8 string due to character '7' at offset 0"
    );
    assert_eq!(
        decode("123", "base2"),
        "Failed to decode invalid base2 string due to character '2' at offset 1"
    );
    assert_eq!(decode("YW\n Jj", "base64"), "abc");
    assert_eq!(
        decode("1100001", "base2"),
        "Failed to decode invalid base2 string due to character '1' at offset 6"
    );
}
