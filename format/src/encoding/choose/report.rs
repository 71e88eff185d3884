//! What was considered for a block, and why each candidate lost.

use serde::Serialize;

/// The candidates of one choice, cheapest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ChoiceReport {
    /// Every encoding that applied.
    pub candidates: Vec<CandidateReport>,
}

/// One encoding that applied.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CandidateReport {
    /// The encoding's name.
    pub encoding: &'static str,
    /// Its id in the file.
    pub id: u8,
    /// Bytes as estimated; exact for encodings that statistics decide.
    pub estimated_bytes: usize,
    /// Bytes as built; absent when the estimate alone lost.
    pub bytes: Option<usize>,
    /// Nanoseconds to decode all values.
    pub decode_ns: f64,
    /// What was compared: bytes by what a byte costs, and the time to decode.
    pub cost: f64,
    /// Whether it was taken.
    pub chosen: bool,
}
