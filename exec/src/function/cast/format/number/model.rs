//! Formats of numbers, taken apart once.

use canopy_format::Value;

use crate::Result;
use crate::function::call::fail;

/// A format of numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Model {
    /// Before the point, in order.
    pub whole: Vec<Slot>,
    /// After the point.
    pub fraction: Vec<Slot>,
    /// The point is written, even if nothing follows it.
    pub has_point: bool,
    /// How the sign is shown.
    pub sign: Sign,
    /// Written before the first digit: `$`, `USD`.
    pub currency: String,
    /// `EEEE`.
    pub exponent: bool,
    /// `B`: only spaces when the integer part is zero.
    pub blank_zero: bool,
    /// `FM`: no spaces and no trailing zeros.
    pub fill: bool,
    /// `V`: digits that the number is moved to the left by.
    pub shift: u32,
    /// `RN`, and whether in small letters.
    pub roman: Option<bool>,
}

/// A place in a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// `0`: a digit, zero if there is none.
    Zero,
    /// `9`: a digit, a space before the first.
    Nine,
    /// `X`, `x` and the `0`s before them: a hexadecimal digit; whether in small letters, and whether zero shows.
    Hex(bool, bool),
    /// `,`: between digits.
    Comma,
}

/// How the sign is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Sign {
    /// `-` or a space before the number.
    #[default]
    Reserved,
    /// `S` first: `+` or `-` before the number.
    Before,
    /// `S` last.
    After,
    /// `MI`: `-` or a space after the number.
    MinusAfter,
    /// `PR`: `<12>`.
    Brackets,
}

impl Model {
    /// True for hexadecimal digits.
    pub fn is_hex(&self) -> bool {
        self.whole.iter().any(|slot| matches!(slot, Slot::Hex(..)))
    }
}

/// Takes a format apart.
///
/// # Errors
/// `Invalid format string '...'` with what is wrong with it.
pub(super) fn compile(format: &Value) -> Result<Model> {
    let Value::String(format) = format else { return fail("A format must be a STRING") };
    match read(format) {
        Ok(model) => Ok(model),
        Err(problem) => fail(format!("Invalid format string '{format}': {problem}")),
    }
}

fn read(format: &str) -> std::result::Result<Model, String> {
    let mut model = Model::default();
    let mut rest = format;
    let mut sign_at = None;
    let mut after_v = false;
    while let Some(first) = rest.chars().next() {
        let at = format.len() - rest.len();
        let is = |name: &str| rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let named = ["EEEE", "FM", "RN", "MI", "PR"].into_iter().find(|name| is(name));
        let length = named.map_or(first.len_utf8(), str::len);
        let ended = matches!(model.sign, Sign::MinusAfter | Sign::Brackets) && !matches!(named, Some("FM"));
        if ended {
            return Err("MI and PR can only stand last".to_owned());
        }
        match (named, first.to_ascii_uppercase()) {
            (Some("EEEE"), _) => once(&mut model.exponent, "EEEE")?,
            (Some("FM"), _) => once(&mut model.fill, "FM")?,
            (Some("RN"), _) => model.roman = Some(first == 'r'),
            (Some("MI"), _) => signed(&mut model, &mut sign_at, at, Sign::MinusAfter)?,
            (Some("PR"), _) => signed(&mut model, &mut sign_at, at, Sign::Brackets)?,
            (_, 'S') => signed(&mut model, &mut sign_at, at, Sign::Before)?,
            (_, '0') => digits(&mut model, after_v).push(Slot::Zero),
            (_, '9') => digits(&mut model, after_v).push(Slot::Nine),
            (_, 'X') => digits(&mut model, after_v).push(Slot::Hex(first == 'x', false)),
            (_, ',' | 'G') if !model.has_point => model.whole.push(Slot::Comma),
            (_, '.' | 'D') => once(&mut model.has_point, "the decimal point")?,
            (_, 'B') => once(&mut model.blank_zero, "B")?,
            (_, 'V') => once(&mut after_v, "V")?,
            (_, '$' | 'C' | 'L') if model.currency.is_empty() => {
                model.currency = match first {
                    'C' => "USD",
                    'c' => "usd",
                    _ => "$",
                }
                .to_owned();
            }
            (_, '$' | 'C' | 'L') => return Err("There can be at most one currency symbol".to_owned()),
            _ => return Err(format!("Unexpected '{first}' at position {at}")),
        }
        rest = &rest[length..];
    }
    if let (Sign::Before, Some(at)) = (model.sign, sign_at) {
        let first_slot = format.find(|c: char| "09xX.dD$cClL".contains(c)).unwrap_or(format.len());
        model.sign = if at > first_slot { Sign::After } else { Sign::Before };
    }
    checked(model, after_v)
}

/// Where the next digit belongs; those after `V` count.
fn digits(model: &mut Model, after_v: bool) -> &mut Vec<Slot> {
    model.shift += after_v as u32;
    if model.has_point { &mut model.fraction } else { &mut model.whole }
}

fn once(seen: &mut bool, what: &str) -> std::result::Result<(), String> {
    match std::mem::replace(seen, true) {
        false => Ok(()),
        true => Err(format!("There can be at most one of {what}")),
    }
}

fn signed(
    model: &mut Model,
    sign_at: &mut Option<usize>,
    at: usize,
    sign: Sign,
) -> std::result::Result<(), String> {
    if sign_at.replace(at).is_some() {
        return Err("There can be at most one sign element (S, MI, PR)".to_owned());
    }
    model.sign = sign;
    Ok(())
}

fn checked(mut model: Model, after_v: bool) -> std::result::Result<Model, String> {
    let plain =
        model.currency.is_empty() && !model.exponent && !model.blank_zero && !after_v && !model.has_point;
    if model.roman.is_some() {
        let alone = plain && model.whole.is_empty() && model.sign == Sign::Reserved;
        return if alone { Ok(model) } else { Err("RN can only stand with FM".to_owned()) };
    }
    if model.is_hex() {
        let only = model.whole.iter().all(|slot| matches!(slot, Slot::Zero | Slot::Hex(..)));
        if !plain || !only || model.whole.len() > 16 {
            return Err("X can only stand with 0, FM and a sign, at most 16 times".to_owned());
        }
        // A zero takes the case of the digit that follows it.
        let mut lower = false;
        for slot in model.whole.iter_mut().rev() {
            match slot {
                Slot::Hex(own, _) => lower = *own,
                zero => *zero = Slot::Hex(lower, true),
            }
        }
        return Ok(model);
    }
    if after_v && (model.has_point || model.exponent) {
        return Err("V cannot stand with a decimal point or EEEE".to_owned());
    }
    if !model.whole.iter().chain(&model.fraction).any(|slot| *slot != Slot::Comma) {
        return Err("Format string must contain at least one of X, 0, 9 or RN".to_owned());
    }
    Ok(model)
}
