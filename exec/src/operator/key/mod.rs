//! Keys of rows for hash tables: a column or several, as words or bytes that are equal exactly when the
//! keys are equal in SQL, whatever form the columns came in.
//!
//! | key | encoded as |
//! |---|---|
//! | one column of at most 64 bits | one word; NULL rows are told apart |
//! | several columns of fixed width | words in a row, then a word of NULL bits where NULLs count |
//! | anything with text | bytes: per column a NULL flag, then the value |

mod decode;
mod encode;
pub(crate) mod hash;
#[cfg(test)]
mod tests;

use canopy_format::DataType;

use crate::{ExecError, Result};

/// How the keys of some columns are encoded.
#[derive(Debug, Clone)]
pub(crate) struct KeyLayout {
    types: Vec<DataType>,
    /// Words a key, 0 when keys are bytes.
    words: usize,
    nulls: Nulls,
}

/// What NULL keys mean.
#[derive(Debug, Clone, PartialEq)]
enum Nulls {
    /// A single word has no room: rows are listed in [`EncodedKeys::nulls`].
    Apart,
    /// NULLs are values.
    Inside,
    /// A NULL (or NaN) in a column marked false makes the row match nothing: it is in
    /// [`EncodedKeys::nulls`] or [`EncodedKeys::unmatched`].
    Unmatched { null_safe: Vec<bool> },
}

/// Encoded keys, one a row (or one a group).
#[derive(Debug, Default, Clone)]
pub(crate) struct Keys {
    words: usize,
    fixed: Vec<u64>,
    bytes: Vec<u8>,
    /// End of each key in `bytes`.
    ends: Vec<usize>,
}

/// The keys of a batch.
#[derive(Debug, Default, Clone)]
pub(crate) struct EncodedKeys {
    pub(crate) keys: Keys,
    pub(crate) hashes: Vec<u64>,
    /// Rows whose key is NULL, where that matters to the layout.
    pub(crate) nulls: Option<Vec<bool>>,
    /// Rows that can match nothing though they are not NULL (NaN).
    pub(crate) unmatched: Option<Vec<bool>>,
}

impl KeyLayout {
    /// Returns the layout for grouping: NULLs are equal, NaNs too.
    ///
    /// # Errors
    /// [`ExecError::InvalidPlan`] for types without equality.
    pub(crate) fn for_groups(types: Vec<DataType>) -> Result<Self> {
        types.iter().try_for_each(check_grouping)?;
        let words = fixed_words(&types);
        match words {
            Some(1) if types.len() == 1 => Ok(Self { types, words: 1, nulls: Nulls::Apart }),
            Some(words) => Ok(Self { types, words: words + 1, nulls: Nulls::Inside }),
            None => Ok(Self { types, words: 0, nulls: Nulls::Inside }),
        }
    }

    /// Returns the layout for joining; `null_safe` columns match NULL with NULL.
    ///
    /// # Errors
    /// [`ExecError::InvalidPlan`] for types without equality.
    pub(crate) fn for_join(types: Vec<DataType>, null_safe: Vec<bool>) -> Result<Self> {
        types.iter().try_for_each(check_equality)?;
        let words = fixed_words(&types);
        let null_word = null_safe.iter().any(|&safe| safe) as usize;
        let words = words.map_or(0, |words| words + null_word);
        Ok(Self { types, words, nulls: Nulls::Unmatched { null_safe } })
    }

    /// The columns' types.
    pub(crate) fn types(&self) -> &[DataType] {
        &self.types
    }

    /// True for a single column whose word is the value itself: dense ranges can be addressed directly.
    pub(crate) fn is_integer(&self) -> bool {
        self.words == 1
            && matches!(
                self.types[..],
                [DataType::Int64
                    | DataType::Date
                    | DataType::Time
                    | DataType::Datetime
                    | DataType::Timestamp]
            )
    }

    /// True when the last word holds NULL bits.
    fn has_null_word(&self) -> bool {
        match &self.nulls {
            Nulls::Apart => false,
            Nulls::Inside => true,
            Nulls::Unmatched { null_safe } => null_safe.iter().any(|&safe| safe),
        }
    }

    fn null_is_value(&self, column: usize) -> bool {
        match &self.nulls {
            Nulls::Apart => false,
            Nulls::Inside => true,
            Nulls::Unmatched { null_safe } => null_safe[column],
        }
    }

    /// True when NaN equals NaN in the column.
    fn nan_is_value(&self, column: usize) -> bool {
        match &self.nulls {
            Nulls::Apart | Nulls::Inside => true,
            Nulls::Unmatched { null_safe } => null_safe[column],
        }
    }

    /// Keys for this layout, none yet.
    pub(crate) fn empty(&self) -> Keys {
        Keys { words: self.words, ..Keys::default() }
    }
}

/// Words of the types together; None when one has no fixed width.
fn fixed_words(types: &[DataType]) -> Option<usize> {
    let mut words = Some(0);
    for data_type in types {
        words = match (words, words_of(data_type)) {
            (Some(sum), Some(width)) => Some(sum + width),
            _ => None,
        };
    }
    // NULL bits have one word.
    words.filter(|_| types.len() <= 64 && !types.is_empty())
}

fn words_of(data_type: &DataType) -> Option<usize> {
    Some(match data_type {
        DataType::Bool
        | DataType::Int64
        | DataType::Float64
        | DataType::Date
        | DataType::Time
        | DataType::Datetime
        | DataType::Timestamp => 1,
        DataType::Numeric | DataType::Interval | DataType::Range(_) => 2,
        DataType::BigNumeric => 4,
        _ => return None,
    })
}

/// Arrays have no `=`, and yet they are grouped: element by element.
fn check_grouping(data_type: &DataType) -> Result<()> {
    match data_type {
        DataType::Array(element) => check_grouping(element),
        DataType::Struct(fields) => fields.iter().try_for_each(|field| check_grouping(&field.data_type)),
        other => check_equality(other),
    }
}

fn check_equality(data_type: &DataType) -> Result<()> {
    match data_type {
        DataType::Array(_) | DataType::Json => {
            Err(ExecError::InvalidPlan(format!("{data_type} cannot be a key: it has no equality")))
        }
        DataType::Struct(fields) => fields.iter().try_for_each(|field| check_equality(&field.data_type)),
        _ => Ok(()),
    }
}

impl Keys {
    /// Number of keys.
    pub(crate) fn len(&self) -> usize {
        match self.words {
            0 => self.ends.len(),
            words => self.fixed.len() / words,
        }
    }

    /// The words of all keys, where keys are words; with their number a key.
    pub(crate) fn as_words(&self) -> Option<(&[u64], usize)> {
        (self.words > 0).then_some((&self.fixed[..], self.words))
    }

    #[inline(always)]
    fn bytes_of(&self, row: usize) -> &[u8] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.bytes[start..self.ends[row]]
    }

    /// True when key `row` equals key `other_row` of keys of the same layout.
    #[inline(always)]
    pub(crate) fn equal(&self, row: usize, other: &Keys, other_row: usize) -> bool {
        match self.words {
            0 => self.bytes_of(row) == other.bytes_of(other_row),
            1 => self.fixed[row] == other.fixed[other_row],
            2 => self.fixed[row * 2..row * 2 + 2] == other.fixed[other_row * 2..other_row * 2 + 2],
            n => self.fixed[row * n..(row + 1) * n] == other.fixed[other_row * n..(other_row + 1) * n],
        }
    }

    /// Appends key `row` of keys of the same layout.
    #[inline(always)]
    pub(crate) fn push(&mut self, other: &Keys, row: usize) {
        match self.words {
            0 => {
                self.bytes.extend_from_slice(other.bytes_of(row));
                self.ends.push(self.bytes.len());
            }
            1 => self.fixed.push(other.fixed[row]),
            n => self.fixed.extend_from_slice(&other.fixed[row * n..(row + 1) * n]),
        }
    }

    /// Appends all keys of the same layout.
    pub(crate) fn append(&mut self, other: &Keys) {
        let base = self.bytes.len();
        self.fixed.extend_from_slice(&other.fixed);
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| base + end));
    }

    pub(crate) fn byte_size(&self) -> usize {
        self.fixed.capacity() * 8 + self.bytes.capacity() + self.ends.capacity() * 8
    }
}

impl EncodedKeys {
    /// The keys of these rows, in this order.
    pub(crate) fn gather(&self, rows: &[u32]) -> Self {
        let mut keys = Keys { words: self.keys.words, ..Keys::default() };
        rows.iter().for_each(|&row| keys.push(&self.keys, row as usize));
        let flags = |flags: &Option<Vec<bool>>| {
            flags.as_ref().map(|flags| rows.iter().map(|&row| flags[row as usize]).collect())
        };
        Self {
            keys,
            hashes: rows.iter().map(|&row| self.hashes[row as usize]).collect(),
            nulls: flags(&self.nulls),
            unmatched: flags(&self.unmatched),
        }
    }

    /// Appends the keys of another batch of the same layout.
    pub(crate) fn append(&mut self, other: &EncodedKeys) {
        let (before, added) = (self.hashes.len(), other.hashes.len());
        let join = |mine: &mut Option<Vec<bool>>, theirs: &Option<Vec<bool>>| {
            if mine.is_some() || theirs.is_some() {
                let flags = mine.get_or_insert_with(|| vec![false; before]);
                match theirs {
                    Some(theirs) => flags.extend_from_slice(theirs),
                    None => flags.resize(before + added, false),
                }
            }
        };
        join(&mut self.nulls, &other.nulls);
        join(&mut self.unmatched, &other.unmatched);
        self.keys.append(&other.keys);
        self.hashes.extend_from_slice(&other.hashes);
    }

    pub(crate) fn byte_size(&self) -> usize {
        self.keys.byte_size() + self.hashes.capacity() * 8 + self.nulls.as_ref().map_or(0, Vec::capacity)
    }
}

impl KeyLayout {
    /// The keys of no rows.
    pub(crate) fn encode_none(&self) -> EncodedKeys {
        EncodedKeys { keys: self.empty(), ..EncodedKeys::default() }
    }
}
