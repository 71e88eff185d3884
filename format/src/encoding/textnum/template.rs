//! Templates: reading them, finding them, and taking values apart by them.

use crate::cursor::Cursor;
use crate::encoding::{Checked, Flaw};

/// Most segments of a template.
const SEGMENTS_MAX: usize = 16;
/// Most digits of a number: what fits 64 bits.
const DIGITS_MAX: usize = 18;
/// Most hexadecimal digits of a number.
const HEX_DIGITS_MAX: usize = 16;
/// Most literal bytes of a segment.
const LITERAL_MAX: usize = 64;

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    Literal(Vec<u8>),
    /// Digits without leading zeros.
    Plain,
    /// The same, `-` before it where negative.
    Signed,
    /// A fixed number of digits.
    Digits(usize),
    /// A fixed number of hexadecimal digits.
    Hex {
        width: usize,
        upper: bool,
    },
}

/// Which bytes count as digits when a value is cut into segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Digits {
    Decimal,
    Hex { upper: bool },
}

impl Digits {
    fn has(self, byte: u8) -> bool {
        match self {
            Digits::Decimal => byte.is_ascii_digit(),
            Digits::Hex { upper: false } => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Digits::Hex { upper: true } => matches!(byte, b'0'..=b'9' | b'A'..=b'F'),
        }
    }

    fn width_max(self) -> usize {
        if self == Digits::Decimal { DIGITS_MAX } else { HEX_DIGITS_MAX }
    }
}

/// The frame of a block's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) segments: Vec<Segment>,
}

impl Template {
    /// Number of segments that are numbers.
    pub(super) fn numbers(&self) -> usize {
        self.segments.iter().filter(|segment| !matches!(segment, Segment::Literal(_))).count()
    }

    /// Most bytes of a value.
    pub(super) fn bytes_max(&self) -> usize {
        let bytes = |segment: &Segment| match segment {
            Segment::Literal(bytes) => bytes.len(),
            Segment::Plain | Segment::Signed => 20,
            Segment::Digits(width) | Segment::Hex { width, .. } => *width,
        };
        self.segments.iter().map(bytes).sum()
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = vec![self.segments.len() as u8];
        for segment in &self.segments {
            match segment {
                Segment::Literal(bytes) => {
                    out.extend([0, bytes.len() as u8]);
                    out.extend_from_slice(bytes);
                }
                Segment::Plain => out.extend([1, 0]),
                Segment::Signed => out.extend([2, 0]),
                Segment::Digits(width) => out.extend([3, *width as u8]),
                Segment::Hex { width, upper } => out.extend([4 + *upper as u8, *width as u8]),
            }
        }
        out
    }

    pub(super) fn read(bytes: &[u8]) -> Checked<Self> {
        let mut cursor = Cursor::new(bytes);
        let count = cursor.u8()? as usize;
        if count > SEGMENTS_MAX {
            return Flaw::damaged(format!("template of {count} segments"));
        }
        let mut segments = Vec::with_capacity(count);
        for _ in 0..count {
            let (kind, width) = (cursor.u8()?, cursor.u8()? as usize);
            segments.push(match kind {
                0 if width <= LITERAL_MAX => Segment::Literal(cursor.take(width)?.to_vec()),
                1 if width == 0 => Segment::Plain,
                2 if width == 0 => Segment::Signed,
                3 if (1..=DIGITS_MAX).contains(&width) => Segment::Digits(width),
                4 | 5 if (1..=HEX_DIGITS_MAX).contains(&width) => Segment::Hex { width, upper: kind == 5 },
                _ => return Flaw::damaged(format!("template segment {kind} of width {width}")),
            });
        }
        cursor.finish()?;
        Ok(Self { segments })
    }

    /// Appends a value's numbers; false, with `numbers` as they were, when the value does not fit.
    pub(super) fn take_apart(&self, value: &[u8], numbers: &mut Vec<u64>) -> bool {
        let before = numbers.len();
        let fits = self.try_take_apart(value, numbers);
        if !fits {
            numbers.truncate(before);
        }
        fits
    }

    fn try_take_apart(&self, mut rest: &[u8], numbers: &mut Vec<u64>) -> bool {
        for segment in &self.segments {
            let taken = match segment {
                Segment::Literal(bytes) => match rest.strip_prefix(&bytes[..]) {
                    Some(_) => bytes.len(),
                    None => return false,
                },
                Segment::Plain | Segment::Signed => {
                    let negative = *segment == Segment::Signed && rest.first() == Some(&b'-');
                    let digits = &rest[negative as usize..];
                    let width = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
                    let zero = digits.first() == Some(&b'0');
                    if width == 0 || width > DIGITS_MAX || (zero && (width > 1 || negative)) {
                        return false;
                    }
                    let number = decimal(&digits[..width]);
                    numbers.push(if negative { number.wrapping_neg() } else { number });
                    width + negative as usize
                }
                Segment::Digits(width) => match rest.get(..*width) {
                    Some(digits) if digits.iter().all(u8::is_ascii_digit) => {
                        numbers.push(decimal(digits));
                        *width
                    }
                    _ => return false,
                },
                Segment::Hex { width, upper } => match rest.get(..*width) {
                    Some(digits) if digits.iter().all(|&b| Digits::Hex { upper: *upper }.has(b)) => {
                        numbers.push(digits.iter().fold(0, |n, &b| n << 4 | hex_digit(b)));
                        *width
                    }
                    _ => return false,
                },
            };
            rest = &rest[taken..];
        }
        rest.is_empty()
    }

    /// Appends the value of some numbers.
    pub(super) fn put_together(&self, numbers: impl Iterator<Item = u64>, out: &mut Vec<u8>) -> Checked<()> {
        let mut numbers = numbers;
        for segment in &self.segments {
            let mut number = || numbers.next().unwrap_or(0);
            match segment {
                Segment::Literal(bytes) => out.extend_from_slice(bytes),
                Segment::Plain => put_plain(number(), out),
                Segment::Signed => {
                    let number = number() as i64;
                    if number < 0 {
                        out.push(b'-');
                    }
                    put_plain(number.unsigned_abs(), out);
                }
                Segment::Digits(width) => put_padded(number(), *width, 10, b'a', out)?,
                Segment::Hex { width, upper } => {
                    put_padded(number(), *width, 16, if *upper { b'A' } else { b'a' }, out)?;
                }
            }
        }
        Ok(())
    }

    /// The template that most of the values fit; None when there is none.
    pub(super) fn find<'a>(values: impl Iterator<Item = &'a [u8]> + Clone) -> Option<Self> {
        [Digits::Decimal, Digits::Hex { upper: false }, Digits::Hex { upper: true }]
            .into_iter()
            .find_map(|digits| Self::find_by(digits, values.clone()))
    }

    fn find_by<'a>(digits: Digits, values: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let mut frame: Option<Vec<Run>> = None;
        let (mut fitting, mut all) = (0usize, 0usize);
        for value in values {
            all += 1;
            let Some(runs) = cut(value, digits) else { continue };
            fitting += match &mut frame {
                None => {
                    frame = Some(runs);
                    1
                }
                Some(frame) => join(frame, &runs) as usize,
            };
        }
        let frame = frame.filter(|_| fitting * 10 >= all * 9)?;
        let mut segments = Vec::new();
        for run in &frame {
            segment(run, digits, fitting, &mut segments)?;
        }
        let template = Self { segments };
        (template.segments.len() <= SEGMENTS_MAX && template.numbers() > 0).then_some(template)
    }
}

/// A stretch of digits or of other bytes.
#[derive(Debug, Clone)]
enum Run {
    Literal(Vec<u8>),
    /// `odd` values have leading zeros or too many digits, which matters where widths differ.
    Number {
        least: usize,
        most: usize,
        odd: usize,
        negative: bool,
    },
}

/// Cuts a value into runs; None when it is no frame with numbers.
fn cut(value: &[u8], digits: Digits) -> Option<Vec<Run>> {
    let mut runs = Vec::new();
    let mut at = 0;
    while at < value.len() {
        let negative = digits == Digits::Decimal
            && at == 0
            && value[0] == b'-'
            && value.get(1).is_some_and(u8::is_ascii_digit);
        let start = at + negative as usize;
        let width = value[start..].iter().take_while(|&&byte| digits.has(byte)).count();
        if width > 0 {
            let odd = (value[start] == b'0' && width > 1) || width > DIGITS_MAX;
            runs.push(Run::Number { least: width, most: width, odd: odd as usize, negative });
            at = start + width;
        } else {
            let width = value[at..].iter().take_while(|&&byte| !digits.has(byte)).count();
            if width > LITERAL_MAX {
                return None;
            }
            runs.push(Run::Literal(value[at..at + width].to_vec()));
            at += width;
        }
        if runs.len() > SEGMENTS_MAX {
            return None;
        }
    }
    runs.iter().any(|run| matches!(run, Run::Number { .. })).then_some(runs)
}

/// Widens a frame to what another value has; false when they differ in more than numbers.
fn join(frame: &mut [Run], runs: &[Run]) -> bool {
    let same = frame.len() == runs.len()
        && frame.iter().zip(runs).all(|pair| match pair {
            (Run::Literal(a), Run::Literal(b)) => a == b,
            (Run::Number { .. }, Run::Number { .. }) => true,
            _ => false,
        });
    if same {
        for pair in frame.iter_mut().zip(runs) {
            if let (
                Run::Number { least, most, odd, negative },
                Run::Number { least: l, most: m, odd: o, negative: n },
            ) = pair
            {
                (*least, *most) = ((*least).min(*l), (*most).max(*m));
                (*odd, *negative) = (*odd + o, *negative | n);
            }
        }
    }
    same
}

/// Appends the segments of a run; None when no kind of number covers it.
fn segment(run: &Run, digits: Digits, values: usize, out: &mut Vec<Segment>) -> Option<()> {
    match run {
        Run::Literal(bytes) => out.push(Segment::Literal(bytes.clone())),
        Run::Number { least, most, negative: false, .. } if least == most => {
            // Long runs are cut into numbers of 64 bits.
            let mut left = *least;
            while left > 0 {
                let width = left.min(digits.width_max());
                out.push(match digits {
                    Digits::Decimal => Segment::Digits(width),
                    Digits::Hex { upper } => Segment::Hex { width, upper },
                });
                left -= width;
            }
        }
        Run::Number { odd, negative, .. } if digits == Digits::Decimal && odd * 10 <= values => {
            out.push(if *negative { Segment::Signed } else { Segment::Plain });
        }
        Run::Number { .. } => return None,
    }
    Some(())
}

fn decimal(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, &byte| number * 10 + (byte - b'0') as u64)
}

fn hex_digit(byte: u8) -> u64 {
    match byte {
        b'0'..=b'9' => (byte - b'0') as u64,
        _ => ((byte | 0x20) - b'a') as u64 + 10,
    }
}

fn put_plain(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

fn put_padded(mut number: u64, width: usize, base: u64, letters: u8, out: &mut Vec<u8>) -> Checked<()> {
    let start = out.len();
    out.resize(start + width, b'0');
    for slot in out[start..].iter_mut().rev() {
        let digit = (number % base) as u8;
        *slot = if digit < 10 { b'0' + digit } else { letters + digit - 10 };
        number /= base;
    }
    match number {
        0 => Ok(()),
        _ => Flaw::damaged(format!("a number has more than {width} digits")),
    }
}

impl std::fmt::Display for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.segments.iter().try_for_each(|segment| match segment {
            Segment::Literal(bytes) => f.write_str(&String::from_utf8_lossy(bytes)),
            Segment::Plain => f.write_str("#"),
            Segment::Signed => f.write_str("-#"),
            Segment::Digits(width) => f.write_str(&"9".repeat(*width)),
            Segment::Hex { width, upper } => f.write_str(&if *upper { "X" } else { "x" }.repeat(*width)),
        })
    }
}
