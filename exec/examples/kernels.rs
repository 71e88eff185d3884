//! Measures kernels and expressions: `cargo run --profile bench-quick -p canopy-exec --example kernels`.

#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::time::Instant;

use canopy_exec::convert::{type_to_proto, value_to_proto};
use canopy_exec::expression::{EvalContext, Layout, Predicate, Program};
use canopy_exec::function::{self, Argument};
use canopy_exec::kernel::{Tier, hash, reduce, selection};
use canopy_format::{Batch, Bitmap, Buffer, DataType, Dictionary, Value, Values, Vector};
use canopy_proto::plan::{self, expression::Kind};

const ROWS: usize = 2048;

fn column(id: u32, data_type: DataType) -> plan::Expression {
    plan::Expression { r#type: Some(type_to_proto(&data_type)), kind: Some(Kind::Column(id)) }
}

fn literal(value: Value, data_type: DataType) -> plan::Expression {
    let literal = Kind::Literal(value_to_proto(&value));
    plan::Expression { r#type: Some(type_to_proto(&data_type)), kind: Some(literal) }
}

fn call(name: &str, arguments: &[plan::Expression]) -> plan::Expression {
    let type_of = |e: &plan::Expression| {
        canopy_exec::convert::type_from_proto(e.r#type.as_ref().expect("typed")).expect("a type")
    };
    let function = function::find(name).expect("a function");
    let given: Vec<Argument> = arguments.iter().map(|a| Argument::of(type_of(a))).collect();
    let resolved = function::resolve(function, &given).expect("a signature");
    let call = plan::Call { function: name.into(), arguments: arguments.to_vec(), safe: false };
    plan::Expression { r#type: Some(type_to_proto(&resolved.return_type)), kind: Some(Kind::Call(call)) }
}

/// Runs for about 0.3 s and prints nanoseconds a row, and GB/s when the bytes a row are given.
fn measure(name: &str, rows: usize, bytes: usize, mut run: impl FnMut()) {
    (0..20).for_each(|_| run());
    let mut best = f64::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        let mut times = 0;
        while start.elapsed().as_millis() < 60 {
            (0..50).for_each(|_| run());
            times += 50;
        }
        best = best.min(start.elapsed().as_nanos() as f64 / (times * rows) as f64);
    }
    let rate = if bytes > 0 { format!("{:8.2} GB/s", bytes as f64 / best) } else { String::new() };
    println!("{name:52} {best:9.3} ns/row {rate}");
}

fn main() {
    let mut state = 88172645463325252u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let integers: Vec<i64> = (0..ROWS).map(|_| random() as i64 >> 20).collect();
    let floats: Vec<f64> = integers.iter().map(|&v| v as f64).collect();
    for tier in Tier::available() {
        println!("{tier:?}");
        measure("  sum_i64", ROWS, 8, || {
            black_box(reduce::sum_i64(tier, black_box(&integers)));
        });
        measure("  sum_f64", ROWS, 8, || {
            black_box(reduce::sum_f64(tier, black_box(&floats)));
        });
        measure("  extremes_i64", ROWS, 8, || {
            black_box(reduce::extremes_i64(tier, black_box(&integers)));
        });
        let column = Vector::from_i64(Buffer::from(&integers[..]));
        let mut hashes = vec![0; ROWS];
        measure("  hash i64 column", ROWS, 8, || hash::hash_vector(tier, black_box(&column), &mut hashes));
        for share in [10, 50, 90] {
            let mask: Bitmap = (0..ROWS).map(|_| random() % 100 < share).collect();
            measure(&format!("  mask to selection, {share} % set"), ROWS, 0, || {
                black_box(selection::from_bitmap(tier, black_box(&mask)));
            });
        }
    }
    expressions(&mut random);
}

fn expressions(random: &mut impl FnMut() -> u64) {
    let decimal = |range: u64, scale: u8, random: &mut dyn FnMut() -> u64| {
        let values: Buffer<i64> = (0..ROWS).map(|_| (random() % range) as i64).collect();
        Vector::flat(DataType::Numeric, Values::Decimal64 { values, scale }, None)
    };
    let words =
        ["spring", "green", "metallic", "almond", "forest", "special", "packages", "requests", "carefully"];
    let comments: Vec<String> = (0..ROWS)
        .map(|_| (0..6).map(|_| words[random() as usize % words.len()]).collect::<Vec<_>>().join(" "))
        .collect();
    let flags = Vector::from_values(&DataType::String, &["A", "N", "R"].map(Value::from)).expect("flags");
    let codes: Buffer<u32> = (0..ROWS).map(|_| (random() % 3) as u32).collect();
    let columns = vec![
        decimal(10_000_000, 2, random),
        decimal(11, 2, random),
        decimal(9, 2, random),
        Vector::flat(
            DataType::Date,
            Values::I32((0..ROWS).map(|_| 8_035 + (random() % 2_500) as i32).collect()),
            None,
        ),
        Vector::flat(DataType::String, Values::String(comments.iter().collect()), None),
        Vector::dictionary(codes, None, Dictionary::new(flags)),
        Vector::from_i64((0..ROWS).map(|_| (random() % 1_000_000) as i64).collect()),
    ];
    let types: Vec<DataType> = columns.iter().map(|c| c.data_type().clone()).collect();
    let layout = Layout::new(types.into_iter().enumerate().map(|(i, t)| (i as u32, t)).collect());
    let batch = Batch::new(columns, ROWS);
    let numeric = |id| column(id, DataType::Numeric);
    let one = || literal(Value::Numeric(1_000_000_000), DataType::Numeric);
    let date = |days| literal(Value::Date(days), DataType::Date);
    let text = |t: &str| literal(Value::from(t), DataType::String);
    let discounted = call("$multiply", &[numeric(0), call("$subtract", &[one(), numeric(1)])]);
    let charged = call("$multiply", &[discounted.clone(), call("$add", &[one(), numeric(2)])]);
    let comment = || column(4, DataType::String);
    let shipped = || column(3, DataType::Date);
    for scalar in [true, false] {
        let mut context = EvalContext::default();
        context.scalar_kernels = scalar;
        println!("expressions, {} kernels", if scalar { "scalar" } else { "best" });
        let program = |name: &str, expressions: &[plan::Expression]| {
            let program = Program::compile(expressions, &layout).expect("a program");
            measure(name, ROWS, 0, || {
                black_box(program.evaluate(black_box(&batch), &context).expect("values"));
            });
        };
        program("  i64 + i64", &[call("$add", &[column(6, DataType::Int64), column(6, DataType::Int64)])]);
        program(
            "  i64 * 3",
            &[call("$multiply", &[column(6, DataType::Int64), literal(Value::Int64(3), DataType::Int64)])],
        );
        program("  price*(1-discount), ...*(1+tax) (Q1)", &[discounted.clone(), charged.clone()]);
        program("  year of date", &[call("$extract_year", &[shipped()])]);
        program(
            "  CASE WHEN flag = 'A' THEN price*(1-disc) ELSE 0",
            &[call(
                "if",
                &[
                    call("$equal", &[column(5, DataType::String), text("A")]),
                    discounted.clone(),
                    literal(Value::Numeric(0), DataType::Numeric),
                ],
            )],
        );
        program(
            "  substr(comment, 1, 2)",
            &[call(
                "substr",
                &[
                    comment(),
                    literal(Value::Int64(1), DataType::Int64),
                    literal(Value::Int64(2), DataType::Int64),
                ],
            )],
        );
        let filter = |name: &str, conjuncts: &[plan::Expression]| {
            let predicate = Predicate::compile(conjuncts, &layout).expect("a predicate");
            measure(name, ROWS, 0, || {
                black_box(predicate.select(black_box(batch.clone()), &context).expect("a selection"));
            });
        };
        filter(
            "  filter i64 < c",
            &[call("$less", &[column(6, DataType::Int64), literal(Value::Int64(500_000), DataType::Int64)])],
        );
        let between = |low: i128, high: i128| {
            [
                call("$greater_or_equal", &[numeric(1), literal(Value::Numeric(low), DataType::Numeric)]),
                call("$less_or_equal", &[numeric(1), literal(Value::Numeric(high), DataType::Numeric)]),
            ]
        };
        let mut q6 = vec![
            call("$greater_or_equal", &[shipped(), date(8_766)]),
            call("$less", &[shipped(), date(9_131)]),
        ];
        q6.extend(between(50_000_000, 70_000_000));
        q6.push(call("$less", &[numeric(0), literal(Value::Numeric(24_000_000_000_000), DataType::Numeric)]));
        filter("  filter of Q6 (5 conjuncts)", &q6);
        filter(
            "  filter comment LIKE '%special%requests%'",
            &[call("$like", &[comment(), text("%special%requests%")])],
        );
        filter("  filter comment LIKE 'green%'", &[call("$like", &[comment(), text("green%")])]);
        filter(
            "  filter flag IN ('A', 'R'), a dictionary",
            &[call("$in", &[column(5, DataType::String), text("A"), text("R")])],
        );
    }
}
