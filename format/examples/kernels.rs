//! Throughput of the SIMD kernels, one core, data in cache: `cargo run --release -p canopy-format --example
//! kernels`. Prints a table, or with `--json` an array of `{"kernel","instructions","gigabytes_per_second"}`.
#![allow(clippy::print_stdout, reason = "it is a report")]

use std::time::{Duration, Instant};

use canopy_format::kernels;

/// Time a kernel is given; the best of its tenths counts.
const SLICE: Duration = Duration::from_millis(4);
const SLICES: usize = 10;

fn gigabytes_per_second(kernel: &mut kernels::Kernel) -> f64 {
    let mut best = 0f64;
    for _ in 0..SLICES {
        let (start, mut runs) = (Instant::now(), 0usize);
        while start.elapsed() < SLICE {
            (0..16).for_each(|_| kernel.run());
            runs += 16;
        }
        best = best.max((runs * kernel.bytes) as f64 / start.elapsed().as_secs_f64() / 1e9);
    }
    best
}

fn main() {
    let json = std::env::args().any(|argument| argument == "--json");
    let mut rows: Vec<(String, &str, f64)> = Vec::new();
    for mut kernel in kernels::all() {
        let speed = gigabytes_per_second(&mut kernel);
        rows.push((kernel.name.clone(), kernel.instructions, speed));
    }
    if json {
        let values: Vec<serde_json::Value> = rows
            .iter()
            .map(|(kernel, instructions, speed)| {
                serde_json::json!({"kernel": kernel, "instructions": instructions, "gigabytes_per_second": speed})
            })
            .collect();
        println!("{}", serde_json::Value::from(values));
        return;
    }
    let mut names: Vec<&str> = Vec::new();
    rows.iter().for_each(|(name, ..)| {
        if !names.contains(&name.as_str()) {
            names.push(name)
        }
    });
    let mut sets: Vec<&str> = rows.iter().map(|(_, instructions, _)| *instructions).collect();
    sets.dedup();
    println!("{:<36}{}", "GB/s of values", sets.iter().map(|set| format!("{set:>10}")).collect::<String>());
    for name in names {
        let speeds = sets.iter().map(|set| {
            let row = rows.iter().find(|(n, s, _)| n == name && s == set);
            row.map_or_else(|| format!("{:>10}", "-"), |(.., speed)| format!("{speed:>10.1}"))
        });
        println!("{name:<36}{}", speeds.collect::<String>());
    }
}
