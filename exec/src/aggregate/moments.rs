//! Variance, standard deviation, covariance and correlation from running moments.
//!
//! Updates and merges follow Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for
//! Computing Sample Variances" (1979), so that large means do not eat the digits. Very large values are
//! scaled down, so that a standard deviation that fits is found though its square would not fit.

use canopy_format::{Bitmap, DataType, Values, Vector};

use super::input::{Groups, column, fields, float64};
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::Result;
use crate::function::Function;

pub(super) fn functions() -> Vec<Function> {
    let one = |name, factory, doc, examples| {
        Function::aggregate(name, &["FLOAT64 -> FLOAT64"], factory).doc(doc).examples(examples)
    };
    let two = |name, factory, doc, examples| {
        Function::aggregate(name, &["FLOAT64, FLOAT64 -> FLOAT64"], factory).doc(doc).examples(examples)
    };
    vec![
        one(
            "var_samp",
            |arguments| moments("var_samp", arguments, Kind::VarSamp),
            "Returns the sample variance of the non-NULL values, NULL for fewer than two.",
            &[("(SELECT VAR_SAMP(x) FROM UNNEST([1.0, 3.0]) AS x)", "2.0")],
        )
        .aliases(&["variance"]),
        one(
            "var_pop",
            |arguments| moments("var_pop", arguments, Kind::VarPop),
            "Returns the population variance of the non-NULL values.",
            &[("(SELECT VAR_POP(x) FROM UNNEST([1.0, 3.0]) AS x)", "1.0")],
        ),
        one(
            "stddev_samp",
            |arguments| moments("stddev_samp", arguments, Kind::StddevSamp),
            "Returns the sample standard deviation of the non-NULL values, NULL for fewer than two.",
            &[("(SELECT STDDEV_SAMP(x) FROM UNNEST([1.0, 2.0, 3.0]) AS x)", "1.0")],
        )
        .aliases(&["stddev"]),
        one(
            "stddev_pop",
            |arguments| moments("stddev_pop", arguments, Kind::StddevPop),
            "Returns the population standard deviation of the non-NULL values.",
            &[("(SELECT STDDEV_POP(x) FROM UNNEST([1.0, 3.0]) AS x)", "1.0")],
        ),
        two(
            "covar_samp",
            |arguments| moments("covar_samp", arguments, Kind::CovarSamp),
            "Returns the sample covariance of the pairs without a NULL, NULL for fewer than two.",
            &[(
                "(SELECT COVAR_SAMP(t.x, t.y) FROM UNNEST([STRUCT(1.0 AS x, 2.0 AS y), (3.0, 6.0)]) AS t)",
                "4.0",
            )],
        ),
        two(
            "covar_pop",
            |arguments| moments("covar_pop", arguments, Kind::CovarPop),
            "Returns the population covariance of the pairs without a NULL.",
            &[(
                "(SELECT COVAR_POP(t.x, t.y) FROM UNNEST([STRUCT(1.0 AS x, 2.0 AS y), (3.0, 6.0)]) AS t)",
                "2.0",
            )],
        ),
        two(
            "corr",
            |arguments| moments("corr", arguments, Kind::Corr),
            "Returns Pearson's correlation of the pairs without a NULL, NULL for fewer than two.",
            &[("(SELECT CORR(t.x, t.y) FROM UNNEST([STRUCT(1.0 AS x, 2.0 AS y), (3.0, 6.0)]) AS t)", "1.0")],
        ),
    ]
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    VarSamp,
    VarPop,
    StddevSamp,
    StddevPop,
    CovarSamp,
    CovarPop,
    Corr,
}

impl Kind {
    fn arguments(self) -> usize {
        if matches!(self, Kind::CovarSamp | Kind::CovarPop | Kind::Corr) { 2 } else { 1 }
    }
}

fn moments(name: &str, arguments: &[DataType], kind: Kind) -> Result<Box<dyn AggregateFunction>> {
    let fits = arguments.len() == kind.arguments() && arguments.iter().all(|t| *t == DataType::Float64);
    match fits {
        true => Ok(Box::new(Moments(kind))),
        false => Err(no_signature(name, arguments)),
    }
}

struct Moments(Kind);

const FIELDS: [&str; 8] =
    ["count", "mean_x", "mean_y", "square_x", "square_y", "product", "scale_x", "scale_y"];

impl AggregateFunction for Moments {
    fn return_type(&self) -> DataType {
        DataType::Float64
    }

    fn state_type(&self) -> DataType {
        DataType::structure(FIELDS.map(|name| (name, DataType::Float64)))
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        Box::new(States { kind: self.0, state_type: self.state_type(), groups: Vec::new() })
    }
}

/// Values beyond this are scaled down, so that their squares do not overflow.
const LARGE: f64 = 1e150;
/// What they are divided by; a power of two, so that nothing but tiny digits is lost.
const SCALE: f64 = f64::from_bits((1023 + 600) << 52);

/// Count, means, and sums of squared and multiplied differences from the means.
#[derive(Clone, Copy)]
struct Moment {
    count: f64,
    mean: [f64; 2],
    square: [f64; 2],
    product: f64,
    /// What values of each side are divided by: 1 or [`SCALE`].
    scale: [f64; 2],
}

impl Default for Moment {
    fn default() -> Self {
        Self { count: 0.0, mean: [0.0; 2], square: [0.0; 2], product: 0.0, scale: [1.0; 2] }
    }
}

impl Moment {
    fn of(pair: [f64; 2]) -> Self {
        let mut moment = Moment { count: 1.0, ..Moment::default() };
        for (side, value) in pair.into_iter().enumerate() {
            moment.scale[side] = if value.abs() > LARGE { SCALE } else { 1.0 };
            moment.mean[side] = value / moment.scale[side];
            if !value.is_finite() {
                // No difference from an infinite mean is a number.
                moment.square[side] = f64::NAN;
                moment.product = f64::NAN;
            }
        }
        moment
    }

    fn rescale(&mut self, side: usize, scale: f64) {
        if self.scale[side] < scale {
            self.mean[side] /= SCALE;
            self.square[side] = self.square[side] / SCALE / SCALE;
            self.product /= SCALE;
            self.scale[side] = scale;
        }
    }

    fn merge(&mut self, mut other: Moment) {
        if other.count == 0.0 {
            return;
        }
        if self.count == 0.0 {
            *self = other;
            return;
        }
        for side in 0..2 {
            let scale = self.scale[side].max(other.scale[side]);
            self.rescale(side, scale);
            other.rescale(side, scale);
        }
        let count = self.count + other.count;
        let delta = [other.mean[0] - self.mean[0], other.mean[1] - self.mean[1]];
        let weight = self.count * (other.count / count);
        for (side, delta) in delta.iter().enumerate() {
            self.square[side] += other.square[side] + delta * delta * weight;
            self.mean[side] += delta * (other.count / count);
        }
        self.product += other.product + delta[0] * delta[1] * weight;
        self.count = count;
    }

    fn finish(&self, kind: Kind) -> Option<f64> {
        let least = if matches!(kind, Kind::VarPop | Kind::StddevPop | Kind::CovarPop) { 1.0 } else { 2.0 };
        if self.count < least {
            return None;
        }
        let (count, sample, [x, y]) = (self.count, self.count - 1.0, self.scale);
        Some(match kind {
            Kind::VarSamp => self.square[0] / sample * x * x,
            Kind::VarPop => self.square[0] / count * x * x,
            Kind::StddevSamp => (self.square[0] / sample).sqrt() * x,
            Kind::StddevPop => (self.square[0] / count).sqrt() * x,
            Kind::CovarSamp => self.product / sample * x * y,
            Kind::CovarPop => self.product / count * x * y,
            Kind::Corr => {
                let product = self.square[0] * self.square[1];
                let root = match product.is_normal() {
                    true => product.sqrt(),
                    // Too large or too small for one number: digits for range.
                    false => self.square[0].sqrt() * self.square[1].sqrt(),
                };
                self.product / root
            }
        })
    }
}

struct States {
    kind: Kind,
    state_type: DataType,
    groups: Vec<Moment>,
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.groups.resize(groups, Moment::default());
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        let (xs, x_validity) = float64(&arguments[0])?;
        let (ys, y_validity) = match arguments.get(1) {
            Some(argument) => float64(argument)?,
            None => (xs.clone(), None),
        };
        let validity = Bitmap::and_options(x_validity.as_ref(), y_validity.as_ref());
        let states = &mut self.groups[..];
        Groups::Each(groups).for_each(validity.as_ref(), |group, row| {
            states[group].merge(Moment::of([xs[row], ys[row]]));
        });
        Ok(())
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        let parts = fields(states)?.iter().map(|part| Ok(float64(part)?.0)).collect::<Result<Vec<_>>>()?;
        for (row, &group) in groups.iter().enumerate() {
            self.groups[group as usize].merge(Moment {
                count: parts[0][row],
                mean: [parts[1][row], parts[2][row]],
                square: [parts[3][row], parts[4][row]],
                product: parts[5][row],
                scale: [parts[6][row], parts[7][row]].map(|scale| if scale > 1.0 { SCALE } else { 1.0 }),
            });
        }
        Ok(())
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        let groups = &self.groups[first..first + count];
        let part = |pick: fn(&Moment) -> f64| {
            Vector::flat(DataType::Float64, Values::F64(groups.iter().map(pick).collect()), None)
        };
        let parts = vec![
            part(|m| m.count),
            part(|m| m.mean[0]),
            part(|m| m.mean[1]),
            part(|m| m.square[0]),
            part(|m| m.square[1]),
            part(|m| m.product),
            part(|m| m.scale[0]),
            part(|m| m.scale[1]),
        ];
        Ok(Vector::flat(self.state_type.clone(), Values::Struct(parts), None))
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        let results: Vec<Option<f64>> =
            self.groups[first..first + count].iter().map(|moment| moment.finish(self.kind)).collect();
        let present: Vec<bool> = results.iter().map(Option::is_some).collect();
        let values = Values::F64(results.into_iter().map(Option::unwrap_or_default).collect());
        Ok(column(DataType::Float64, values, &present))
    }

    fn byte_size(&self) -> usize {
        self.groups.capacity() * size_of::<Moment>()
    }
}
