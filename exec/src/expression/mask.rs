//! BOOL vectors as three-valued bit words.

use canopy_format::vector::Form;
use canopy_format::{Bitmap, Value, Values, Vector};

use crate::kernel::bits::BitWords;

/// Which rows are TRUE and which are FALSE; the others are NULL.
pub(super) struct Mask {
    pub is_true: BitWords,
    pub is_false: BitWords,
}

impl Mask {
    /// The mask of a BOOL vector.
    pub fn of(vector: &Vector) -> Self {
        let len = vector.len();
        match vector.form() {
            Form::Constant(value) => Self {
                is_true: BitWords::filled(*value == Value::Bool(true), len),
                is_false: BitWords::filled(*value == Value::Bool(false), len),
            },
            Form::Dictionary { codes, validity, dictionary } => {
                let entries = Self::of(&dictionary.values);
                let pick = |bits: &BitWords| {
                    let mut out = BitWords::filled(false, len);
                    for (row, &code) in codes.iter().enumerate() {
                        if bits.get(code as usize) {
                            out.set(row);
                        }
                    }
                    if let Some(validity) = validity {
                        out.zip_bitmap(validity, |bits, valid| bits & valid);
                    }
                    out
                };
                Self { is_true: pick(&entries.is_true), is_false: pick(&entries.is_false) }
            }
            Form::Flat { values: Values::Bool(bits), validity } => {
                let mut is_true = BitWords::of(bits);
                let mut is_false = BitWords::of(bits);
                is_false.invert();
                if let Some(validity) = validity {
                    is_true.zip_bitmap(validity, |bits, valid| bits & valid);
                    is_false.zip_bitmap(validity, |bits, valid| bits & valid);
                }
                Self { is_true, is_false }
            }
            // Compilation has checked that conditions are BOOL.
            _ => panic!("expected a BOOL vector, found {}", vector.data_type()),
        }
    }

    /// The mask as a BOOL vector.
    pub fn finish(self) -> Vector {
        let mut known = self.is_true.copied();
        known.zip(&self.is_false, |a, b| a | b);
        let validity: Option<Bitmap> = (known.count_ones() < known.len()).then(|| known.finish());
        Vector::flat(canopy_format::DataType::Bool, Values::Bool(self.is_true.finish()), validity)
    }
}
