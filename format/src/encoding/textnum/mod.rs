//! TEXTNUM: text that is numbers in a fixed frame, as the numbers.
//!
//! Dates, times, UUIDs, hashes, IPv4 addresses, decimals, phone numbers and padded keys are literal bytes with digits
//! between them. The *template* of a block tells which; what varies are numbers, and they go through the
//! integer encodings. Values that do not fit the template, or that the numbers would not give back to the byte
//! (leading zeros, capitals), are exceptions and stand as text.
//!
//! Ten phone numbers `25-989-741-2988` ... have the template `dd-ddd-ddd-dddd`: four columns of 5, 10, 10 and 14
//! bits in place of 15 bytes.
//!
//! Children: the numbers of each number segment (u64, one for each value, those of exceptions meaningless); then,
//! if there are exceptions, their positions (u32, ascending) and their texts.
//!
//! ```text
//! parameters := segments:u8 | segment*
//! segment    := kind:u8 | width:u8 | literal bytes (kind 0, `width` of them)
//! kind       := 0 literal | 1 digits without leading zeros | 2 the same with a sign where negative
//!               | 3 `width` digits | 4 `width` hexadecimal digits a-f | 5 `width` hexadecimal digits A-F
//! ```

mod decode;
mod encode;
mod template;
#[cfg(test)]
mod tests;

pub(crate) use decode::TextNumPages;
pub(crate) use encode::TextNumScheme;

/// The template in the parameters, for reports: `9` for a digit, `#` for a number, `x` for a hexadecimal digit.
pub(crate) fn describe(parameters: &[u8]) -> String {
    template::Template::read(parameters).map_or_else(|_| String::new(), |template| template.to_string())
}
