use canopy_format::{DataType, I256, Interval, Value};

use crate::load::text::parse;

#[test]
fn scalars() {
    use DataType::*;
    let check = |text: &str, data_type: DataType, expected: Value| {
        assert_eq!(parse(text, &data_type).unwrap_or_default(), expected, "{text:?} as {data_type}");
    };
    let none = || Value::Null;
    check("YES", Bool, true.into());
    check("0", Bool, false.into());
    check("2", Bool, none());
    check(" -7 ", Int64, (-7).into());
    check("9223372036854775808", Int64, none());
    check("1e3", Float64, 1000.0.into());
    check("-inf", Float64, f64::NEG_INFINITY.into());
    check("1e999", Float64, none());
    check("1.5", Numeric, Value::Numeric(1_500_000_000));
    check("-0.0000000005", Numeric, Value::Numeric(-1));
    check("0.00000000049", Numeric, Value::Numeric(0));
    check("1e-400", Numeric, Value::Numeric(0));
    check("12e2", Numeric, Value::Numeric(1_200_000_000_000));
    check("99999999999999999999999999999.999999999", Numeric, Value::Numeric(10i128.pow(38) - 1));
    check("100000000000000000000000000000", Numeric, none());
    check("1e400", Numeric, none());
    check(".", Numeric, none());
    check(
        "-578960446186580977117854925043439539266.34992332820282019728792003956564819968",
        BigNumeric,
        Value::BigNumeric(I256::MIN),
    );
    check(
        "578960446186580977117854925043439539266.34992332820282019728792003956564819968",
        BigNumeric,
        none(),
    );
    check("/w==", Bytes, Value::Bytes([255].into()));
    check("_", Bytes, none());
    check("1970-01-02", Date, Value::Date(1));
    check("2000/2/29", Date, Value::Date(11_016));
    check("0001-01-01", Date, Value::Date(-719_162));
    check("9999-12-31", Date, Value::Date(2_932_896));
    check("1900-02-29", Date, none());
    check("2000-1/1", Date, none());
    check("1:02:03.5", Time, Value::Time(3_723_500_000));
    check("24:00:00", Time, none());
    check("00:00:00.1234567", Time, none());
    check("1970-01-01T00:00:01", Datetime, Value::Datetime(1_000_000));
    check("1970-01-02", Datetime, Value::Datetime(86_400_000_000));
    check("1970-01-01 00:00:01 UTC", Timestamp, Value::Timestamp(1_000_000));
    check("1970-01-01 01:00:00.25+01:00", Timestamp, Value::Timestamp(250_000));
    check("1969-12-31T19:00-05", Timestamp, Value::Timestamp(0));
    check("1.5", Timestamp, Value::Timestamp(1_500_000));
    check("1970-01-01 00:00:01 Mars/Base", Timestamp, none());
    check("0001-01-01 00:00:00+01:00", Timestamp, none());
    check(
        "1-2 -3 4:5:6.789",
        Interval,
        Value::Interval(self::Interval { months: 14, days: -3, micros: 14_706_789_000 }),
    );
    check(r#" {"b": [1, 2.50, "é"], "a": null} "#, Json, Value::Json(r#"{"a":null,"b":[1,2.5,"é"]}"#.into()));
    check("{", Json, none());
}
