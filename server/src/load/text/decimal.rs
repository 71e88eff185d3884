//! Exact decimals from text.

use canopy_format::I256;

/// NUMERIC scaled by 10^9; at most 38 digits.
pub(super) fn numeric(text: &str) -> Option<i128> {
    let value = i128::try_from(rounded(text, 9)?).ok()?;
    (value.unsigned_abs() < 10u128.pow(38)).then_some(value)
}

/// BIGNUMERIC scaled by 10^38.
pub(super) fn big_numeric(text: &str) -> Option<I256> {
    rounded(text, 38)
}

/// The number scaled by `10^scale`, when that is exact.
pub(super) fn scaled(text: &str, scale: i32) -> Option<I256> {
    let number = Decimal::parse(text)?;
    number.scale_to(scale, false)
}

fn rounded(text: &str, scale: i32) -> Option<I256> {
    Decimal::parse(text)?.scale_to(scale, true)
}

/// `digits * 10^exponent`, negated if so marked.
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i32,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, mut exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], rest[at + 1..].parse::<i32>().ok().filter(|e| e.abs() <= 1_000_000)?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() || mantissa.len() > 1_000_000 {
            return None;
        }
        let mut digits = Vec::with_capacity(mantissa.len());
        for byte in whole.bytes().chain(fraction.bytes()) {
            let digit = byte.is_ascii_digit().then(|| byte - b'0')?;
            if digit != 0 || !digits.is_empty() {
                digits.push(digit);
            }
        }
        exponent -= fraction.len() as i32;
        while digits.last() == Some(&0) {
            digits.pop();
            exponent += 1;
        }
        Some(Self { negative, digits, exponent })
    }

    /// As an integer times `10^-scale`; digits beyond are rounded half away from zero, or refused.
    fn scale_to(&self, scale: i32, round: bool) -> Option<I256> {
        let shift = self.exponent + scale;
        let kept = if shift < 0 {
            self.digits.len().saturating_sub(shift.unsigned_abs() as usize)
        } else {
            self.digits.len()
        };
        if kept < self.digits.len() && !round {
            return None;
        }
        let ten = I256::new(10);
        let mut value = I256::ZERO;
        // Built on the negative side, which reaches one further.
        for &digit in &self.digits[..kept] {
            value = value.checked_mul(ten)?.checked_sub(I256::from(digit))?;
        }
        // The first digit left out decides; digits further left than the number has are zeros.
        let cut = shift.unsigned_abs() as usize;
        if shift < 0 && cut <= self.digits.len() && self.digits.get(kept).is_some_and(|&digit| digit >= 5) {
            value = value.checked_sub(I256::ONE)?;
        }
        if shift > 0 && value != 0 {
            value = value.checked_mul(ten.checked_pow(shift as u32)?)?;
        }
        if self.negative { Some(value) } else { value.checked_neg() }
    }
}
