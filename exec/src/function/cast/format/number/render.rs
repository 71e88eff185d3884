//! Writing a number in a format.

use super::model::{Model, Sign, Slot};
use crate::Result;
use crate::function::call::fail;

/// A number as decimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    /// Without leading zeros.
    digits: Vec<u8>,
    /// How many of the digits stand after the point; negative for zeros that follow.
    scale: i64,
    /// `inf` or `nan`, which have no digits.
    special: Option<&'static str>,
}

impl Decimal {
    /// The number of a text such as `-12.5`.
    pub fn parse(text: &str) -> Self {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once('e') {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().unwrap_or(0)),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0').collect();
        let mut decimal = Self { negative, digits, scale: fraction.len() as i64 - exponent, special: None };
        decimal.trim();
        decimal
    }

    /// The float with the digits that tell it apart.
    pub fn of_float(value: f64) -> Self {
        if value.is_nan() || value.is_infinite() {
            let special = Some(if value.is_nan() { "nan" } else { "inf" });
            return Self { negative: value < 0.0, digits: Vec::new(), scale: 0, special };
        }
        Self::parse(&format!("{value:e}"))
    }

    fn trim(&mut self) {
        let zeros = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros);
        if self.digits.is_empty() {
            self.scale = 0;
        }
    }

    /// Rounds half away from zero to `scale` digits after the point, and has exactly so many.
    fn round(&mut self, scale: i64) {
        if self.scale <= scale {
            let zeros = (scale - self.scale).clamp(0, 2_000) as usize;
            self.digits.extend(std::iter::repeat_n(0, zeros));
        } else {
            let dropped = (self.scale - scale) as usize;
            let kept = self.digits.len().saturating_sub(dropped);
            let up = dropped <= self.digits.len() && self.digits[kept] >= 5;
            self.digits.truncate(kept);
            if up {
                self.increment();
            }
        }
        self.scale = scale;
        if self.digits.iter().all(|digit| *digit == 0) {
            self.digits.clear();
        }
    }

    fn increment(&mut self) {
        for digit in self.digits.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        self.digits.insert(0, 1);
    }

    fn is_zero(&self) -> bool {
        self.special.is_none() && self.digits.iter().all(|digit| *digit == 0)
    }

    /// The digits before the point and those after it.
    fn split(&self) -> (Vec<u8>, Vec<u8>) {
        let scale = self.scale.max(0) as usize;
        let mut all = vec![0; scale.saturating_sub(self.digits.len())];
        all.extend(&self.digits);
        let fraction = all.split_off(all.len() - scale);
        (all, fraction)
    }
}

/// Writes the number.
///
/// # Errors
/// For hexadecimal digits of numbers that no 64 bits hold.
pub(super) fn render(model: &Model, number: &Decimal) -> Result<String> {
    let mut number = number.clone();
    if let Some(lower) = model.roman {
        return Ok(roman(model, number, lower));
    }
    let text = match number.special {
        Some(special) => Ok(special.to_owned()),
        None if model.is_hex() => hexadecimal(model, &mut number)?,
        None if model.exponent => Ok(scientific(model, &mut number)),
        None => fixed(model, &mut number),
    };
    // The integer part is zero: nothing but room.
    let blank = model.blank_zero && number.special.is_none() && number.split().0.iter().all(|d| *d == 0);
    Ok(match text {
        _ if blank && !model.exponent => {
            if model.fill {
                String::new()
            } else {
                " ".repeat(width(model))
            }
        }
        Ok(digits) => dressed(model, &number, digits),
        Err(hashes) => dressed(model, &number, hashes),
    })
}

/// Characters of the digits, point and separators.
fn body_width(model: &Model) -> usize {
    let exponent = if model.exponent { 4 } else { 0 };
    model.whole.len() + model.fraction.len() + model.has_point as usize + exponent
}

fn width(model: &Model) -> usize {
    let sign = if model.sign == Sign::Brackets { 2 } else { 1 };
    body_width(model) + model.currency.len() + sign
}

/// Sign and currency around the digits, on the right of the room that the format takes.
fn dressed(model: &Model, number: &Decimal, digits: String) -> String {
    let negative = number.negative && !number.is_zero();
    let unsigned = number.is_zero() || number.special == Some("nan");
    let explicit = if negative {
        "-"
    } else if unsigned {
        " "
    } else {
        "+"
    };
    let minus = if negative { "-" } else { " " };
    let (before, after) = match model.sign {
        Sign::Reserved => (minus, ""),
        Sign::Before => (explicit, ""),
        Sign::After => ("", explicit),
        Sign::MinusAfter => ("", minus),
        Sign::Brackets if negative => ("<", ">"),
        Sign::Brackets => (" ", " "),
    };
    let text = format!("{before}{}{digits}{after}", model.currency);
    match model.fill {
        true => text.replace(' ', ""),
        false => format!("{text:>width$}", width = width(model)),
    }
}

/// The digits in the format's places; what fills the places when they are too few.
fn fixed(model: &Model, number: &mut Decimal) -> std::result::Result<String, String> {
    number.scale -= model.shift as i64;
    number.round(model.fraction.len() as i64);
    let (whole, fraction) = number.split();
    let whole: Vec<u8> = whole.into_iter().skip_while(|digit| *digit == 0).collect();
    let places = model.whole.iter().filter(|slot| **slot != Slot::Comma).count();
    if whole.len() > places {
        let hash = |slot: &Slot| if *slot == Slot::Comma { ',' } else { '#' };
        let mut text: String = model.whole.iter().map(hash).collect();
        if model.has_point {
            text.push('.');
            text.extend(model.fraction.iter().map(hash));
        }
        return Err(text);
    }
    let mut text = String::new();
    let mut place = 0;
    let mut begun = false;
    for slot in &model.whole {
        if *slot == Slot::Comma {
            if begun {
                text.push(',');
            }
            continue;
        }
        place += 1;
        let digit = (place + whole.len()).checked_sub(places + 1).map(|at| whole[at]);
        // A lone zero shows unless digits after the point do.
        let last_zero = place == places && model.fraction.is_empty();
        begun |= digit.is_some() || *slot == Slot::Zero || last_zero;
        if begun {
            text.push((b'0' + digit.unwrap_or(0)) as char);
        }
    }
    push_fraction(model, &fraction, &mut text);
    Ok(text)
}

/// The point and what follows it, where the format has one.
fn push_fraction(model: &Model, fraction: &[u8], text: &mut String) {
    if !model.has_point {
        return;
    }
    text.push('.');
    let mut digits: String = fraction.iter().map(|digit| (b'0' + digit) as char).collect();
    if model.fill {
        digits.truncate(digits.trim_end_matches('0').len());
    }
    text.push_str(&digits);
}

/// One digit before the point, and the power of ten.
fn scientific(model: &Model, number: &mut Decimal) -> String {
    let places = model.fraction.len() as i64;
    let mut exponent = number.digits.len() as i64 - 1 - number.scale;
    if number.is_zero() {
        exponent = 0;
        number.scale = 0;
    } else {
        number.scale += exponent;
        number.round(places);
        if number.digits.len() as i64 > places + 1 {
            // 9.99 became 10.0.
            number.digits.pop();
            exponent += 1;
        }
    }
    let (whole, mut fraction) = number.split();
    fraction.resize(places as usize, 0);
    let mut text = whole.first().copied().unwrap_or(0).to_string();
    push_fraction(model, &fraction, &mut text);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{text}E{sign}{:02}", exponent.abs())
}

fn hexadecimal(model: &Model, number: &mut Decimal) -> Result<std::result::Result<String, String>> {
    number.round(0);
    let decimal: String = number.digits.iter().map(|digit| (b'0' + digit) as char).collect();
    let value = match decimal.as_str() {
        "" => 0,
        digits => match digits.parse::<u64>() {
            Ok(value) => value,
            Err(_) => return fail(format!("{digits} is too large for the format element X")),
        },
    };
    let hex = if value == 0 { String::new() } else { format!("{value:X}") };
    if hex.len() > model.whole.len() {
        return Ok(Err("#".repeat(model.whole.len())));
    }
    let lead = model.whole.len() - hex.len();
    let mut text = String::new();
    for (place, slot) in model.whole.iter().enumerate() {
        let Slot::Hex(lower, shows) = *slot else { continue };
        let last = place + 1 == model.whole.len();
        if place >= lead {
            let digit = hex.as_bytes()[place - lead] as char;
            text.push(if lower { digit.to_ascii_lowercase() } else { digit });
        } else if shows || !text.is_empty() || last {
            text.push('0');
        }
    }
    Ok(Ok(text))
}

/// Roman numerals of 1 to 3999, else `#`.
fn roman(model: &Model, mut number: Decimal, lower: bool) -> String {
    const WIDTH: usize = 15;
    const NUMERALS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    number.round(0);
    let value = number.digits.iter().take(6).fold(0u32, |value, digit| value * 10 + *digit as u32);
    if number.special.is_some() || number.negative || !(1..=3999).contains(&value) {
        return "#".repeat(WIDTH);
    }
    let mut left = value;
    let mut text = String::new();
    for (worth, numeral) in NUMERALS {
        while left >= worth {
            text.push_str(numeral);
            left -= worth;
        }
    }
    let text = if lower { text.to_lowercase() } else { text };
    if model.fill { text } else { format!("{text:>WIDTH$}") }
}
