//! SUM and AVG of INTERVAL: months, days and microseconds are summed apart, and an average passes the
//! remainders of larger parts on to smaller ones (a month is 30 days, a day 24 hours).

use canopy_format::{Buffer, DataType, Interval, Values, Vector};

use super::input::{Groups, column, fields, flat, int64, unexpected};
use super::{AggregateFunction, AggregateStates};
use crate::Result;
use crate::function::datetime::interval::checked;

const DAY: i128 = 86_400_000_000;

/// SUM, or AVG, of INTERVAL.
pub(super) struct OfIntervals {
    pub(super) average: bool,
}

impl AggregateFunction for OfIntervals {
    fn return_type(&self) -> DataType {
        DataType::Interval
    }

    fn state_type(&self) -> DataType {
        state_type()
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        Box::new(States { average: self.average, totals: Vec::new() })
    }
}

/// Sums of months and days fit 64 bits for 2^40 rows; microseconds are cut in two.
fn state_type() -> DataType {
    DataType::structure(
        ["months", "days", "micros_high", "micros_low", "count"].map(|name| (name, DataType::Int64)),
    )
}

#[derive(Clone, Copy, Default)]
struct Total {
    months: i64,
    days: i64,
    micros: i128,
    count: i64,
}

impl Total {
    fn finish(&self, average: bool) -> Result<Interval> {
        if !average {
            return checked(self.months, self.days, self.micros);
        }
        let count = self.count.max(1);
        let days = self.days as i128 + (self.months % count) as i128 * 30;
        let micros = self.micros + days % count as i128 * DAY;
        checked(self.months / count, (days / count as i128) as i64, micros / count as i128)
    }
}

struct States {
    average: bool,
    totals: Vec<Total>,
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.totals.resize(groups, Total::default());
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        let (values, validity) = flat(&arguments[0]);
        let Values::Interval(values) = &values else { return Err(unexpected(&values)) };
        let totals = &mut self.totals[..];
        Groups::Each(groups).for_each_value(values, validity.as_ref(), |group, value| {
            let total = &mut totals[group];
            total.months += value.months as i64;
            total.days += value.days as i64;
            total.micros += value.micros as i128;
            total.count += 1;
        });
        Ok(())
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        let parts = fields(states)?;
        let parts = parts.iter().map(|part| Ok(int64(part)?.0)).collect::<Result<Vec<Buffer<i64>>>>()?;
        for (row, &group) in groups.iter().enumerate() {
            let total = &mut self.totals[group as usize];
            total.months = total.months.wrapping_add(parts[0][row]);
            total.days = total.days.wrapping_add(parts[1][row]);
            let micros = (parts[2][row] as i128) << 64 | parts[3][row] as u64 as i128;
            total.micros = total.micros.wrapping_add(micros);
            total.count = total.count.wrapping_add(parts[4][row]);
        }
        Ok(())
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        let totals = &self.totals[first..first + count];
        let part = |pick: fn(&Total) -> i64| Vector::from_i64(totals.iter().map(pick).collect());
        let parts = vec![
            part(|total| total.months),
            part(|total| total.days),
            part(|total| (total.micros >> 64) as i64),
            part(|total| total.micros as i64),
            part(|total| total.count),
        ];
        Ok(Vector::flat(state_type(), Values::Struct(parts), None))
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        let totals = &self.totals[first..first + count];
        let present: Vec<bool> = totals.iter().map(|total| total.count > 0).collect();
        let values = totals.iter().map(|total| total.finish(self.average)).collect::<Result<Vec<_>>>()?;
        Ok(column(DataType::Interval, Values::Interval(values[..].into()), &present))
    }

    fn byte_size(&self) -> usize {
        self.totals.capacity() * size_of::<Total>()
    }
}
