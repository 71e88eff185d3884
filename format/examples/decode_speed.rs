//! How fast columns decode, filter and encode, on one core with the file in memory.
//!
//! `cargo run --profile bench-quick -p canopy-format --example decode_speed`
//!
//! Each line: rows of 16 stripes read 2,048 at a time through [`canopy_format::StripeDecoder`], the best of
//! several passes; the fetch with its checksums is timed apart.
#![allow(clippy::print_stdout, reason = "it is a report")]

use std::future::Future;
use std::hint::black_box;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use canopy_format::{
    Batch, BufferMut, ColumnTest, Comparison, DataType, FileReader, FileWriter, ListVector, Mode,
    ProjectedColumn, STRIPE_ROWS, Schema, StringVector, StripeData, Value, Values, Vector, WriteOptions,
};

const STRIPES: usize = 16;
const STEP: usize = 2048;

fn now<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("a file in memory never waits"),
    }
}

fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

fn integers(make: impl FnMut(usize) -> i64) -> Vector {
    Vector::from_i64(BufferMut::from_fn(STRIPES * STRIPE_ROWS, make).freeze())
}

fn text(make: impl FnMut(usize) -> String) -> Vector {
    let values: StringVector = (0..STRIPES * STRIPE_ROWS).map(make).collect();
    Vector::flat(DataType::String, Values::String(values), None)
}

/// Four elements a row on average; speeds are per row.
fn lists() -> Vector {
    let mut next = numbers(3);
    let mut offsets = BufferMut::filled(0u32, 1);
    for _ in 0..STRIPES * STRIPE_ROWS {
        offsets.push(offsets[offsets.len() - 1] + (next() % 9) as u32);
    }
    let count = offsets[offsets.len() - 1] as usize;
    let elements = Vector::from_i64(BufferMut::from_fn(count, |_| (next() >> 51) as i64).freeze());
    let list = ListVector { offsets: offsets.freeze(), child: Arc::new(elements) };
    Vector::flat(DataType::array(DataType::Int64), Values::List(list), None)
}

fn best(passes: usize, mut run: impl FnMut()) -> Duration {
    (0..passes)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn measure(name: &str, column: Vector, test: Option<ColumnTest>) {
    let rows = column.len();
    let schema = Schema::from_types([("c", column.data_type(), Mode::Nullable)]).expect("one column");
    let start = Instant::now();
    let mut writer = FileWriter::new(schema.clone(), WriteOptions::default()).expect("a valid schema");
    writer.write(&Batch::new(vec![column], rows)).expect("valid rows");
    let file = writer.finish().expect("a small file");
    let written = start.elapsed();
    let reader = FileReader::open_bytes("memory", file.bytes.clone()).expect("the file just written");
    let projection =
        reader.projection(&[ProjectedColumn::whole(&schema.fields[0])]).expect("the file's own column");
    let fetch = |stripe| now(reader.fetch_stripe(&projection, stripe)).expect("undamaged");
    let fetched = best(5, || (0..reader.stripe_count()).for_each(|s| drop(black_box(fetch(s)))));
    let stripes: Vec<Arc<StripeData>> = (0..reader.stripe_count()).map(fetch).collect();
    // Cold: what is decoded once a page (text pages, runs, dictionaries) is counted.
    let cold = best(5, || {
        for stripe in 0..reader.stripe_count() {
            read(&fetch(stripe));
        }
    });
    let decoded = best(10, || stripes.iter().for_each(read));
    let filtered = test.map(|test| {
        best(10, || {
            for stripe in &stripes {
                let mut decoder = stripe.decoder();
                for start in (0..decoder.rows()).step_by(STEP) {
                    let mut mask = [u64::MAX; STEP / 64];
                    decoder.filter(0, &test, start, STEP, &mut mask).expect("undamaged");
                    black_box(mask);
                }
            }
        })
    });
    let giga = |time: Duration| rows as f64 / time.as_secs_f64() / 1e9;
    println!(
        "{name:<34} {:>6.2} B/row  decode {:>6.2} Gv/s  fetch+decode {:>6.2} Gv/s  crc+open {:>4.1} %  filter {:>6}  write {:>6.1} Mv/s",
        file.bytes.len() as f64 / rows as f64,
        giga(decoded),
        giga(cold),
        fetched.as_secs_f64() / cold.as_secs_f64() * 100.0,
        filtered.map_or("-".into(), |time| format!("{:.2}", giga(time))),
        rows as f64 / written.as_secs_f64() / 1e6,
    );
}

fn read(stripe: &Arc<StripeData>) {
    let mut decoder = stripe.decoder();
    for start in (0..decoder.rows()).step_by(STEP) {
        black_box(decoder.read(0, start, STEP).expect("undamaged"));
    }
}

fn main() {
    for width in [1u32, 4, 8, 13, 17, 24, 32, 40, 63] {
        let mut next = numbers(width as u64);
        let column = integers(|_| (next() >> (64 - width)) as i64);
        let test = ColumnTest::Compare(Comparison::Less, Value::Int64(1 << (width - 1)));
        measure(&format!("int64, {width} bits"), column, Some(test));
    }
    let mut next = numbers(5);
    measure(
        "int64, 13 bits with exceptions",
        integers(|_| match next() % 100 {
            0 => next() as i64, // far above and far below
            _ => (next() >> 51) as i64,
        }),
        None,
    );
    measure("int64, runs of 20", integers(|i| (i / 20) as i64), None);
    measure("int64, sequence", integers(|i| i as i64), None);
    let dates = BufferMut::from_fn(STRIPES * STRIPE_ROWS, |_| 8_000 + (next() % 2_500) as i32).freeze();
    let test = ColumnTest::Compare(Comparison::Less, Value::Date(9_000));
    measure("date, 12 bits", Vector::flat(DataType::Date, Values::I32(dates), None), Some(test));
    let prices =
        BufferMut::from_fn(STRIPES * STRIPE_ROWS, |_| (90_000 + next() % 10_000_000) as i64).freeze();
    let test = ColumnTest::Compare(Comparison::Less, Value::Numeric(50_000 * 1_000_000_000));
    let prices = Vector::flat(DataType::Numeric, Values::Decimal64 { values: prices, scale: 2 }, None);
    measure("numeric, 24 bits, scale 2", prices, Some(test));
    let doubles = BufferMut::from_fn(STRIPES * STRIPE_ROWS, |_| next() as f64 / 3.0).freeze();
    measure("float64, random", Vector::flat(DataType::Float64, Values::F64(doubles), None), None);
    let modes = ["AIR", "RAIL", "TRUCK", "DELIVER IN PERSON", "REG AIR", "FOB", "SHIP"];
    let test = ColumnTest::Compare(Comparison::Equal, Value::from("SHIP"));
    measure("string, 7 distinct", text(|_| modes[(next() % 7) as usize].to_owned()), Some(test));
    measure("string, short, distinct", text(|i| format!("{:x}", i * 7919)), None);
    let words = ["furiously ", "quick ", "deposits ", "sleep ", "bold ", "accounts ", "haggle ", "the "];
    let test = ColumnTest::StartsWith(b"quick".as_slice().into());
    let mut comment = |_| (0..2 + next() % 5).map(|_| words[(next() % 8) as usize]).collect::<String>();
    measure("string, comments", text(&mut comment), Some(test));
    let mut sparse = numbers(11);
    let holes = (0..STRIPES * STRIPE_ROWS).map(|_| !sparse().is_multiple_of(10)).collect();
    let values = BufferMut::from_fn(STRIPES * STRIPE_ROWS, |i| (i * 7 % 5_000) as i64).freeze();
    measure(
        "int64, a tenth NULL",
        Vector::flat(DataType::Int64, Values::I64(values.clone()), Some(holes)),
        None,
    );
    let holes = (0..STRIPES * STRIPE_ROWS).map(|_| sparse().is_multiple_of(10)).collect();
    measure("int64, nine tenths NULL", Vector::flat(DataType::Int64, Values::I64(values), Some(holes)), None);
    measure("array<int64>, 0 to 8 elements", lists(), None);
    let documents = DataType::structure([("a", DataType::array(DataType::Int64)), ("b", DataType::Int64)]);
    let parts = vec![lists(), integers(|i| i as i64 % 100)];
    measure("struct<array<int64>, int64>", Vector::flat(documents, Values::Struct(parts), None), None);
}
