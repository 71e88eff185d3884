//! Numbering functions: where a row stands in its partition.

use canopy_format::{DataType, Value, Values, Vector};

use super::{OrderRule, WindowFunction, WindowInput, WindowRules, constant, no_signature};
use crate::function::Function;
use crate::{ExecError, Result};

const RANKING: WindowRules =
    WindowRules { order: OrderRule::Required, frame: false, null_handling: false, constants: &[] };

pub(super) fn functions() -> Vec<Function> {
    let unordered = WindowRules { order: OrderRule::Optional, ..RANKING };
    vec![
        Function::window("row_number", &["-> INT64"], unordered, |arguments| number("row_number", arguments, Numbering::RowNumber))
            .doc("Returns the row's position in its partition, from 1; of peers in any order.")
            .examples(&[("ARRAY(SELECT ROW_NUMBER() OVER (ORDER BY x) * 100 + x FROM UNNEST([30, 10, 20]) AS x ORDER BY 1)", "[110, 220, 330]")]),
        Function::window("rank", &["-> INT64"], RANKING, |arguments| number("rank", arguments, Numbering::Rank))
            .doc("Returns one more than the number of rows before the row's peers: peers are equal, and gaps follow them.")
            .examples(&[("ARRAY(SELECT RANK() OVER (ORDER BY x) FROM UNNEST([7, 7, 9]) AS x ORDER BY 1)", "[1, 1, 3]")]),
        Function::window("dense_rank", &["-> INT64"], RANKING, |arguments| number("dense_rank", arguments, Numbering::DenseRank))
            .doc("Returns the position of the row's peers among the groups of peers of its partition, from 1, without gaps.")
            .examples(&[("ARRAY(SELECT DENSE_RANK() OVER (ORDER BY x) FROM UNNEST([7, 7, 9]) AS x ORDER BY 1)", "[1, 1, 2]")]),
        Function::window("percent_rank", &["-> FLOAT64"], RANKING, |arguments| number("percent_rank", arguments, Numbering::PercentRank))
            .doc("Returns (RANK() - 1) / (rows of the partition - 1), and 0 in a partition of one row.")
            .examples(&[("ARRAY(SELECT PERCENT_RANK() OVER (ORDER BY x) FROM UNNEST([7, 7, 9]) AS x ORDER BY 1)", "[0.0, 0.0, 1.0]")]),
        Function::window("cume_dist", &["-> FLOAT64"], RANKING, |arguments| number("cume_dist", arguments, Numbering::CumeDist))
            .doc("Returns the share of the partition's rows that are before or peers of the row.")
            .examples(&[("ARRAY(SELECT CUME_DIST() OVER (ORDER BY x) FROM UNNEST([7, 9]) AS x ORDER BY 1)", "[0.5, 1.0]")]),
        Function::window(
            "ntile",
            &["INT64 -> INT64"],
            WindowRules { constants: &[0], ..RANKING },
            |arguments| match arguments {
                [DataType::Int64] => Ok(Box::new(NTile)),
                _ => no_signature("ntile", arguments),
            },
        )
        .doc("Returns the number, from 1, of the row's bucket when the partition is cut into so many buckets, sizes differing by one at most, larger ones first.")
            .examples(&[("ARRAY(SELECT NTILE(2) OVER (ORDER BY x) FROM UNNEST([7, 8, 9]) AS x ORDER BY 1)", "[1, 1, 2]")]),
    ]
}

fn number(name: &str, arguments: &[DataType], kind: Numbering) -> Result<Box<dyn WindowFunction>> {
    match arguments {
        [] => Ok(Box::new(kind)),
        _ => no_signature(name, arguments),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Numbering {
    RowNumber,
    Rank,
    DenseRank,
    PercentRank,
    CumeDist,
}

impl WindowFunction for Numbering {
    fn return_type(&self) -> DataType {
        match self {
            Numbering::RowNumber | Numbering::Rank | Numbering::DenseRank => DataType::Int64,
            Numbering::PercentRank | Numbering::CumeDist => DataType::Float64,
        }
    }

    fn evaluate(&self, input: &WindowInput<'_>) -> Result<Vector> {
        let rows = input.order.rows();
        let (mut whole, mut real): (Vec<i64>, Vec<f64>) = (Vec::new(), Vec::new());
        match self.return_type() {
            DataType::Int64 => whole.reserve(rows),
            _ => real.reserve(rows),
        }
        let mut peers = input.order.peers.windows(2).map(|pair| pair[0] as usize..pair[1] as usize);
        for partition in input.order.partitions() {
            let (first, count) = (partition.start, partition.len());
            if *self == Numbering::RowNumber {
                whole.extend(1..=count as i64);
                continue;
            }
            let (mut group, mut end) = (0, first);
            while end < partition.end {
                let Some(range) = peers.next() else { break };
                group += 1;
                end = range.end;
                let before = range.start - first;
                let step = |out: &mut Vec<i64>, value: i64| out.resize(out.len() + range.len(), value);
                let real_step = |out: &mut Vec<f64>, value: f64| out.resize(out.len() + range.len(), value);
                match self {
                    Numbering::RowNumber => {}
                    Numbering::Rank => step(&mut whole, before as i64 + 1),
                    Numbering::DenseRank => step(&mut whole, group),
                    Numbering::PercentRank if count == 1 => real_step(&mut real, 0.0),
                    Numbering::PercentRank => real_step(&mut real, before as f64 / (count - 1) as f64),
                    Numbering::CumeDist => real_step(&mut real, (range.end - first) as f64 / count as f64),
                }
            }
        }
        Ok(match self.return_type() {
            DataType::Int64 => Vector::from_i64(whole[..].into()),
            data_type => Vector::flat(data_type, Values::F64(real[..].into()), None),
        })
    }
}

struct NTile;

impl WindowFunction for NTile {
    fn return_type(&self) -> DataType {
        DataType::Int64
    }

    fn evaluate(&self, input: &WindowInput<'_>) -> Result<Vector> {
        let mut numbers: Vec<i64> = Vec::with_capacity(input.order.rows());
        let buckets = match constant(&input.arguments[0]) {
            None => 1,
            Some(Value::Int64(buckets)) if buckets > 0 => buckets as u64,
            Some(Value::Null) => {
                return Err(ExecError::Evaluation(
                    "The N value (number of buckets) for the NTILE function must not be null".into(),
                ));
            }
            Some(_) => {
                return Err(ExecError::Evaluation(
                    "The N value (number of buckets) for the NTILE function must be positive".into(),
                ));
            }
        };
        for partition in input.order.partitions() {
            let rows = partition.len() as u64;
            // The first `larger` buckets have a row more than the others.
            let (size, larger) = (rows / buckets, rows % buckets);
            let mut bucket = 0;
            let mut left = rows;
            while left > 0 {
                let len = (size + (bucket < larger) as u64).min(left);
                bucket += 1;
                left -= len;
                numbers.resize(numbers.len() + len as usize, bucket as i64);
            }
        }
        Ok(Vector::from_i64(numbers[..].into()))
    }
}
