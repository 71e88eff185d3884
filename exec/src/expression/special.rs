//! Special forms: each argument is evaluated on the rows that need it and on no others, so that
//! `IF(x = 0, 0, 1 / x)` divides by no zero.

use canopy_format::vector::concat;
use canopy_format::{Bitmap, DataType, Vector};

use super::evaluate::Frame;
use super::mask::Mask;
use super::node::SpecialForm;
use crate::kernel::bits::BitWords;
use crate::{ExecError, Result};

pub(super) fn evaluate(
    frame: &Frame<'_>,
    form: SpecialForm,
    arguments: &[usize],
    data_type: &DataType,
) -> Result<Vector> {
    match form {
        SpecialForm::And => connect(frame, arguments, false),
        SpecialForm::Or => connect(frame, arguments, true),
        SpecialForm::Case => case(frame, arguments, data_type),
        SpecialForm::Coalesce => coalesce(frame, arguments, data_type),
        SpecialForm::NullIf => null_if(frame, arguments),
    }
}

/// AND (`decides` is false) or OR (true): an argument is evaluated on the rows not yet decided.
///
/// An argument that fails waits until the others have decided what they can: the error counts only
/// when rows are left that need the argument.
fn connect(frame: &Frame<'_>, arguments: &[usize], decides: bool) -> Result<Vector> {
    let mut result = Mask {
        is_true: BitWords::filled(!decides, frame.rows),
        is_false: BitWords::filled(decides, frame.rows),
    };
    let mut failed = Vec::new();
    for &argument in arguments {
        match narrow(frame, argument, decides, &mut result) {
            Err(ExecError::Evaluation(_)) => failed.push(argument),
            other => other?,
        }
    }
    for argument in failed {
        narrow(frame, argument, decides, &mut result)?;
    }
    Ok(result.finish())
}

/// Takes one more argument into the result of AND or OR.
fn narrow(frame: &Frame<'_>, argument: usize, decides: bool, result: &mut Mask) -> Result<()> {
    let decided = if decides { &result.is_true } else { &result.is_false };
    let left = frame.rows - decided.count_ones();
    if left == 0 {
        return Ok(());
    }
    let dense = left == frame.rows || frame.is_known(argument) || frame.program.nodes[argument].cheap;
    let mask = match dense {
        true => Mask::of(&frame.evaluate(argument)?),
        false => {
            let mut open = decided.copied();
            open.invert();
            let rows = open.ones();
            let narrowed = frame.narrowed(rows.clone());
            let part = Mask::of(&narrowed.evaluate(argument)?);
            // Rows that were not asked say what changes nothing.
            let mut mask = Mask {
                is_true: BitWords::filled(!decides, frame.rows),
                is_false: BitWords::filled(decides, frame.rows),
            };
            for (position, &row) in rows.iter().enumerate() {
                let row = row as usize;
                for (whole, part) in
                    [(&mut mask.is_true, &part.is_true), (&mut mask.is_false, &part.is_false)]
                {
                    if part.get(position) { whole.set(row) } else { whole.clear(row) }
                }
            }
            mask
        }
    };
    match decides {
        false => {
            result.is_true.zip(&mask.is_true, |a, b| a & b);
            result.is_false.zip(&mask.is_false, |a, b| a | b);
        }
        true => {
            result.is_true.zip(&mask.is_true, |a, b| a | b);
            result.is_false.zip(&mask.is_false, |a, b| a & b);
        }
    }
    Ok(())
}

/// Collects a result whose rows come from several vectors.
struct Pieces {
    parts: Vec<Vector>,
    /// Where each row's value stands in the concatenated parts.
    places: Vec<u32>,
    next: u32,
}

impl Pieces {
    fn new(rows: usize) -> Self {
        Self { parts: Vec::new(), places: vec![0; rows], next: 0 }
    }

    /// Gives each of `rows` the value of `node`; `rows` are all rows when None.
    fn take(&mut self, frame: &Frame<'_>, node: usize, rows: &[u32]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        if frame.is_known(node) || frame.program.nodes[node].cheap {
            let all = frame.evaluate(node)?;
            if all.as_constant().is_some() {
                rows.iter().for_each(|&row| self.places[row as usize] = self.next);
                return self.push(all.slice(0, 1));
            }
            rows.iter().for_each(|&row| self.places[row as usize] = self.next + row);
            return self.push(all);
        }
        let part = frame.narrowed(rows.to_vec()).evaluate(node)?;
        self.put(part, rows)
    }

    /// Gives row `rows[i]` row `i` of `part`.
    fn put(&mut self, part: Vector, rows: &[u32]) -> Result<()> {
        for (position, &row) in rows.iter().enumerate() {
            self.places[row as usize] = self.next + position as u32;
        }
        self.push(part)
    }

    fn push(&mut self, part: Vector) -> Result<()> {
        self.next += part.len() as u32;
        self.parts.push(part);
        Ok(())
    }

    fn finish(self, data_type: &DataType) -> Vector {
        let parts: Vec<Vector> =
            self.parts.into_iter().map(|p| super::retype::retype(p, data_type)).collect();
        concat(data_type, &parts).gather(&self.places)
    }
}

fn case(frame: &Frame<'_>, arguments: &[usize], data_type: &DataType) -> Result<Vector> {
    let Some((&otherwise, branches)) = arguments.split_last() else {
        return Err(ExecError::InvalidPlan("CASE without arguments".into()));
    };
    let mut pieces = Pieces::new(frame.rows);
    let mut left: Vec<u32> = (0..frame.rows as u32).collect();
    for branch in branches.chunks_exact(2) {
        if left.is_empty() {
            break;
        }
        let all = left.len() == frame.rows;
        let dense = all || frame.is_known(branch[0]) || frame.program.nodes[branch[0]].cheap;
        let (taken, rest): (Vec<u32>, Vec<u32>) = if dense {
            let mask = Mask::of(&frame.evaluate(branch[0])?);
            left.iter().partition(|&&row| mask.is_true.get(row as usize))
        } else {
            let mask = Mask::of(&frame.narrowed(left.clone()).evaluate(branch[0])?);
            let mut split = (Vec::new(), Vec::new());
            for (position, &row) in left.iter().enumerate() {
                let side = if mask.is_true.get(position) { &mut split.0 } else { &mut split.1 };
                side.push(row);
            }
            split
        };
        if taken.len() == frame.rows {
            return frame.evaluate(branch[1]);
        }
        pieces.take(frame, branch[1], &taken)?;
        left = rest;
    }
    if left.len() == frame.rows {
        return frame.evaluate(otherwise);
    }
    pieces.take(frame, otherwise, &left)?;
    Ok(pieces.finish(data_type))
}

fn coalesce(frame: &Frame<'_>, arguments: &[usize], data_type: &DataType) -> Result<Vector> {
    let mut pieces = Pieces::new(frame.rows);
    let mut left: Vec<u32> = (0..frame.rows as u32).collect();
    for (index, &argument) in arguments.iter().enumerate() {
        if left.is_empty() {
            break;
        }
        if index + 1 == arguments.len() {
            pieces.take(frame, argument, &left)?;
            break;
        }
        let part = match left.len() == frame.rows {
            true => frame.evaluate(argument)?,
            false => frame.narrowed(left.clone()).evaluate(argument)?,
        };
        let Some(validity) = part.validity() else {
            if left.len() == frame.rows {
                return Ok(part);
            }
            pieces.put(part, &left)?;
            break;
        };
        let rest = left.iter().enumerate().filter(|(position, _)| !validity.get(*position));
        let rest = rest.map(|(_, &row)| row).collect();
        // Rows whose value is NULL are given a later one below.
        pieces.put(part, &left)?;
        left = rest;
    }
    Ok(pieces.finish(data_type))
}

/// The value, NULL where it equals the other: the second argument is the comparison.
fn null_if(frame: &Frame<'_>, arguments: &[usize]) -> Result<Vector> {
    let value = frame.evaluate(arguments[0])?.flatten();
    let mut keep = Mask::of(&frame.evaluate(arguments[1])?).is_true;
    keep.invert();
    let keep = keep.finish();
    let Some((values, validity)) = value.as_flat() else { return Ok(value) };
    let validity = Bitmap::and_options(validity, Some(&keep));
    Ok(Vector::flat(value.data_type().clone(), values.clone(), validity))
}
