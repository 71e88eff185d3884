//! Random nested schemas and records by seed, and their spelling in GoogleSQL.

use canopy_format::vector::VectorBuilder;
use canopy_format::{
    BATCH_ROWS, Batch, DataType, Field, FieldId, Interval, Mode, RangeElement, RangeValue, Schema, Value,
};
use canopy_server::text::format_value;

/// SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator of the seed's numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.number() % limit.max(1)
    }

    /// Whether something happens that happens in so many of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A number from a range, its ends more often than others.
    fn within(&mut self, low: i64, high: i64) -> i64 {
        let width = (i128::from(high) - i128::from(low) + 1) as u128;
        match self.below(12) {
            0 => low,
            1 => high,
            2..6 => 0.clamp(low, high).saturating_add(self.below(9) as i64 - 4).clamp(low, high),
            _ => (i128::from(low) + (u128::from(self.number()) % width) as i128) as i64,
        }
    }
}

/// Microseconds of 0001-01-01 and of the last one of 9999.
const MICROS: (i64, i64) = (-62_135_596_800_000_000, 253_402_300_799_999_999);
/// Days of 0001-01-01 and 9999-12-31.
const DAYS: (i64, i64) = (-719_162, 2_932_896);
const DAY_MICROS: i64 = 86_400_000_000;
/// Deepest nesting of a random schema.
const DEPTH_MAX: u32 = 3;

/// A schema: a REQUIRED INT64 `id`, then up to six columns of any type, mode and nesting.
pub fn schema(random: &mut Random) -> Schema {
    let mut next_id = 1;
    let mut fields = vec![Field::scalar(take(&mut next_id), "id", DataType::Int64, Mode::Required)];
    for number in 0..1 + random.below(6) {
        fields.push(field(random, &format!("c{number}"), &mut next_id, 0));
    }
    Schema { fields, next_field_id: next_id }
}

fn take(next_id: &mut u32) -> u32 {
    *next_id += 1;
    *next_id - 1
}

fn field(random: &mut Random, name: &str, next_id: &mut u32, depth: u32) -> Field {
    let mode = match random.below(10) {
        0..2 => Mode::Required,
        2..5 => Mode::Repeated,
        _ => Mode::Nullable,
    };
    let id = take(next_id);
    if depth < DEPTH_MAX && random.chance(35) {
        let children = (0..1 + random.below(4)).map(|n| field(random, &format!("f{n}"), next_id, depth + 1));
        return Field::structure(id, name, mode, children.collect());
    }
    let data_type = DataType::SCALARS[random.below(DataType::SCALARS.len() as u64) as usize].clone();
    Field { id: FieldId(id), ..Field::scalar(id, name, data_type, mode) }
}

/// Records of a schema that [`schema`] made, with `id`s from 0.
pub fn records(random: &mut Random, schema: &Schema, count: usize) -> Vec<Vec<Value>> {
    let record = |id: usize, random: &mut Random| {
        let others = schema.fields[1..].iter().map(|field| column(random, field));
        std::iter::once(Value::Int64(id as i64)).chain(others).collect()
    };
    (0..count).map(|id| record(id, random)).collect()
}

/// A column's value. Arrays are never NULL and hold none: neither can be stored.
fn column(random: &mut Random, field: &Field) -> Value {
    match field.mode {
        Mode::Repeated => {
            let count = if random.chance(30) { 0 } else { random.below(5) };
            Value::Array((0..count).map(|_| single(random, field)).collect())
        }
        Mode::Nullable if random.chance(25) => Value::Null,
        Mode::Nullable | Mode::Required => single(random, field),
    }
}

fn single(random: &mut Random, field: &Field) -> Value {
    if !field.children.is_empty() {
        return Value::Struct(field.children.iter().map(|child| column(random, child)).collect());
    }
    scalar(random, &field.data_type)
}

fn scalar(random: &mut Random, data_type: &DataType) -> Value {
    match data_type {
        DataType::Bool => Value::Bool(random.chance(50)),
        DataType::Int64 => Value::Int64(random.within(i64::MIN, i64::MAX)),
        DataType::Float64 => Value::Float64(match random.below(8) {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 => -0.0,
            3 => 0.1,
            4 => f64::MIN_POSITIVE / 8.0,
            _ => random.within(-1_000_000, 1_000_000) as f64 / 64.0,
        }),
        DataType::Numeric => Value::Numeric(match random.below(4) {
            0 => 10i128.pow(38) - 1,
            1 => i128::from(random.within(i64::MIN, i64::MAX)) * 10_000_000_000,
            _ => i128::from(random.within(-1_000_000, 1_000_000)) * 10_000_000,
        }),
        DataType::BigNumeric => {
            let digits = ethnum::I256::from(random.within(i64::MIN, i64::MAX));
            Value::BigNumeric(digits * ethnum::I256::from(10).pow(random.below(57) as u32))
        }
        DataType::String => Value::from(text(random).as_str()),
        DataType::Bytes => Value::Bytes((0..random.below(12)).map(|_| random.number() as u8).collect()),
        DataType::Date => Value::Date(random.within(DAYS.0, DAYS.1) as i32),
        DataType::Time => Value::Time(random.within(0, DAY_MICROS - 1)),
        DataType::Datetime => Value::Datetime(random.within(MICROS.0, MICROS.1)),
        DataType::Timestamp => Value::Timestamp(random.within(MICROS.0, MICROS.1)),
        DataType::Interval => Value::Interval(Interval {
            months: random.within(-120_000, 120_000) as i32,
            days: random.within(-3_660_000, 3_660_000) as i32,
            // Arrow, in which results travel, counts nanoseconds in 64 bits.
            micros: random.within(-9_000_000_000_000_000, 9_000_000_000_000_000),
        }),
        DataType::Json => {
            let number = random.within(-1000, 1000);
            let texts = [format!("{{\"a\":[{number},null],\"b\":\"x\"}}"), number.to_string(), "null".into()];
            Value::Json(texts[random.below(3) as usize].as_str().into())
        }
        DataType::Range(element) => {
            let (least, most) = if *element == RangeElement::Date { DAYS } else { MICROS };
            let start = (!random.chance(20)).then(|| random.within(least, most - 1));
            let end = (!random.chance(20)).then(|| random.within(start.unwrap_or(least) + 1, most));
            RangeValue::new(start, end).map_or(Value::Null, Value::Range)
        }
        DataType::Array(_) | DataType::Struct(_) => Value::Null,
    }
}

fn text(random: &mut Random) -> String {
    const PARTS: [&str; 8] = ["", "a", "canopy", "é", "日本", "\u{1f333}", "it's \"x\" \\", "line\nbreak\t"];
    (0..random.below(4)).map(|_| PARTS[random.below(8) as usize]).collect()
}

/// The records in batches.
///
/// # Panics
/// When they do not follow the schema.
pub fn batches(schema: &Schema, records: &[Vec<Value>]) -> Vec<Batch> {
    let types: Vec<DataType> = schema.fields.iter().map(Field::column_type).collect();
    let batch = |rows: &[Vec<Value>]| {
        let mut builders: Vec<VectorBuilder> = types.iter().map(VectorBuilder::new).collect();
        for row in rows {
            for (builder, value) in builders.iter_mut().zip(row) {
                builder.push(value).expect("the values follow the schema");
            }
        }
        Batch::new(builders.into_iter().map(VectorBuilder::finish).collect(), rows.len())
    };
    records.chunks(BATCH_ROWS).map(batch).collect()
}

/// The CREATE TABLE statement of a schema.
pub fn create_table(name: &str, schema: &Schema) -> String {
    let columns: Vec<String> = schema.fields.iter().map(column_definition).collect();
    format!("CREATE TABLE {name} ({})", columns.join(", "))
}

fn column_definition(field: &Field) -> String {
    let value_type = match field.children.as_slice() {
        [] => field.data_type.to_string(),
        children => {
            let children: Vec<String> = children.iter().map(column_definition).collect();
            format!("STRUCT<{}>", children.join(", "))
        }
    };
    match field.mode {
        Mode::Nullable => format!("{} {value_type}", field.name),
        Mode::Required => format!("{} {value_type} NOT NULL", field.name),
        Mode::Repeated => format!("{} ARRAY<{value_type}>", field.name),
    }
}

/// A value as an expression of its type.
pub fn literal(value: &Value, data_type: &DataType) -> String {
    let text = || format_value(value, data_type);
    match (value, data_type) {
        (Value::Null, data_type) => format!("CAST(NULL AS {data_type})"),
        (Value::Array(values), DataType::Array(element)) => {
            let values: Vec<String> = values.iter().map(|value| literal(value, element)).collect();
            format!("{data_type}[{}]", values.join(", "))
        }
        (Value::Struct(values), DataType::Struct(fields)) => {
            let values =
                values.iter().zip(fields.iter()).map(|(value, field)| literal(value, &field.data_type));
            format!("{data_type}({})", values.collect::<Vec<_>>().join(", "))
        }
        (Value::Bool(_), _) => text(),
        // A zero loses its sign in text.
        (Value::Float64(zero), _) if *zero == 0.0 && zero.is_sign_negative() => {
            "CAST('-0' AS FLOAT64)".to_owned()
        }
        // The smallest INT64 is no literal, but a negated one that does not fit.
        (Value::Int64(_) | Value::Float64(_) | Value::Interval(_), _) => {
            format!("CAST('{}' AS {data_type})", text())
        }
        (Value::String(value), _) => quoted(value),
        (Value::Json(value), _) => format!("JSON {}", quoted(value)),
        (Value::Bytes(value), _) => {
            let digits: String = value.iter().map(|byte| format!("\\x{byte:02x}")).collect();
            format!("b'{digits}'")
        }
        _ => format!("{data_type} '{}'", text()),
    }
}

fn quoted(text: &str) -> String {
    let escape = |letter: char| match letter {
        '\'' | '\\' => format!("\\{letter}"),
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        other => other.to_string(),
    };
    format!("'{}'", text.chars().map(escape).collect::<String>())
}
