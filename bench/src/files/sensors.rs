//! Readings of sensors: every ten seconds one of each device, all at the same instant, as TSBS makes them.

use canopy_format::{DataType, Field, Mode, Schema, Value};

use super::dataset::{Dataset, from_rows, text};
use crate::random::Random;

const DEVICES: usize = 250;
const FIRST_US: i64 = 1_700_000_000_000_000;
const STEP_US: i64 = 10_000_000;
const STATES: [&str; 4] = ["ok", "ok", "calibrating", "degraded"];

/// A device's slowly moving values.
struct Device {
    name: String,
    temperature: f64,
    humidity: f64,
    voltage: f64,
    state: usize,
}

/// `rows` readings.
pub(super) fn sensors(rows: usize) -> Dataset {
    let mut random = Random::new(11);
    let mut devices: Vec<Device> = (0..DEVICES)
        .map(|number| Device {
            name: format!("sensor-{number:04}"),
            temperature: 15.0 + 10.0 * random.unit(),
            humidity: 30.0 + 40.0 * random.unit(),
            voltage: 3.3 + 0.3 * random.unit(),
            state: 0,
        })
        .collect();
    let scalar = Field::scalar;
    let schema = Schema {
        fields: vec![
            scalar(1, "time", DataType::Timestamp, Mode::Required),
            scalar(2, "device", DataType::String, Mode::Required),
            scalar(3, "temperature", DataType::Float64, Mode::Required),
            scalar(4, "humidity", DataType::Float64, Mode::Nullable),
            scalar(5, "voltage", DataType::Float64, Mode::Required),
            scalar(6, "state", DataType::String, Mode::Required),
        ],
        next_field_id: 7,
    };
    let readings = (0..rows).map(move |row| {
        let at = FIRST_US + (row / DEVICES) as i64 * STEP_US;
        let device = &mut devices[row % DEVICES];
        device.temperature += 0.2 * (random.unit() - 0.5);
        device.humidity = (device.humidity + random.unit() - 0.5).clamp(5.0, 99.0);
        device.voltage -= 1e-6 * random.unit();
        if random.below(2_000) == 0 {
            device.state = random.below(STATES.len() as u64) as usize;
        }
        let humidity = match random.below(50) {
            0 => Value::Null,
            _ => Value::Float64(rounded(device.humidity, 10.0)),
        };
        vec![
            Value::Timestamp(at),
            text(&device.name),
            Value::Float64(rounded(device.temperature, 100.0)),
            humidity,
            Value::Float64(rounded(device.voltage, 1000.0)),
            text(STATES[device.state]),
        ]
    });
    from_rows("sensors", schema, readings)
}

/// As an instrument shows it: the double nearest to so many digits.
fn rounded(value: f64, factor: f64) -> f64 {
    (value * factor).round() / factor
}
