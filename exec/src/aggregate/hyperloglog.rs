//! HyperLogLog sketches: how many different values there are, within a fraction of a percent.
//!
//! The registers are those of Flajolet, Fusy, Gandouet and Meunier, "HyperLogLog" (2007), over 64-bit hashes
//! and with a sparse form for few values as in Heule, Nunkesser and Hall, "HyperLogLog in Practice" (2013).
//! The estimate is Ertl's, "New Cardinality Estimation Algorithms for HyperLogLog Sketches" (2017), algorithm
//! 6: it needs no tables of corrections and is as good for few values as for many.
//!
//! A sketch of precision p has 2^p registers; the relative error is about 1.04 / sqrt(2^p): 0.6 % for 15.
//!
//! ```text
//! "HL" | version:u8 = 1 | kind:u8 | precision:u8 | form:u8
//! form 0, sparse: u32 * n ascending entries, register << 6 | rank
//! form 1, dense:  2^precision ranks of a byte
//! ```

/// Least and most precision.
pub(crate) const PRECISION_MIN: u8 = 10;
pub(crate) const PRECISION_MAX: u8 = 24;
/// The precision where none is asked for.
pub(crate) const PRECISION_DEFAULT: u8 = 15;

const MAGIC: &[u8] = b"HL\x01";
const HEADER: usize = 6;

/// The registers of one set of values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sketch {
    precision: u8,
    registers: Registers,
}

#[derive(Debug, Clone, PartialEq)]
enum Registers {
    /// Entries `register << 6 | rank`: the first `sorted` ascending with one a register, the rest as they came.
    Sparse { entries: Vec<u32>, sorted: usize },
    /// A rank a register.
    Dense(Box<[u8]>),
}

impl Sketch {
    /// The sketch of no values; the precision is within the limits.
    pub(crate) fn new(precision: u8) -> Self {
        Self { precision, registers: Registers::Sparse { entries: Vec::new(), sorted: 0 } }
    }

    /// Adds a value by its hash.
    pub(crate) fn add(&mut self, hash: u64) {
        let register = (hash >> (64 - self.precision)) as u32;
        // The guard bit bounds the rank.
        let rank = (hash << self.precision | 1 << (self.precision - 1)).leading_zeros() as u8 + 1;
        self.put(register, rank);
    }

    fn put(&mut self, register: u32, rank: u8) {
        match &mut self.registers {
            Registers::Dense(ranks) => {
                let old = &mut ranks[register as usize];
                *old = (*old).max(rank);
            }
            Registers::Sparse { entries, sorted } => {
                entries.push(register << 6 | rank as u32);
                if entries.len() >= (*sorted * 2).max(64) {
                    tidy(entries);
                    *sorted = entries.len();
                    // Past a quarter of the dense form's bytes, that one is faster.
                    if entries.len() * 16 > 1 << self.precision {
                        self.make_dense();
                    }
                }
            }
        }
    }

    fn make_dense(&mut self) {
        if let Registers::Sparse { entries, .. } = &self.registers {
            let mut ranks = vec![0u8; 1 << self.precision].into_boxed_slice();
            for entry in entries {
                let rank = &mut ranks[(entry >> 6) as usize];
                *rank = (*rank).max((entry & 63) as u8);
            }
            self.registers = Registers::Dense(ranks);
        }
    }

    /// Adds all values of another sketch. The lesser precision remains.
    pub(crate) fn merge(&mut self, other: &Sketch) {
        if other.precision < self.precision {
            *self = self.reduced(other.precision);
        }
        let lost = other.precision - self.precision;
        other.for_each(|register, rank| {
            let (register, rank) = reduce(register, rank, lost);
            self.put(register, rank);
        });
    }

    fn reduced(&self, precision: u8) -> Sketch {
        let mut out = Sketch::new(precision);
        let lost = self.precision - precision;
        self.for_each(|register, rank| {
            let (register, rank) = reduce(register, rank, lost);
            out.put(register, rank);
        });
        out
    }

    fn for_each(&self, mut visit: impl FnMut(u32, u8)) {
        match &self.registers {
            Registers::Sparse { entries, .. } => {
                entries.iter().for_each(|entry| visit(entry >> 6, (entry & 63) as u8));
            }
            Registers::Dense(ranks) => {
                let set = ranks.iter().enumerate().filter(|(_, rank)| **rank > 0);
                set.for_each(|(register, &rank)| visit(register as u32, rank));
            }
        }
    }

    /// About how many different values were added.
    pub(crate) fn estimate(&self) -> i64 {
        let q = 64 - self.precision as usize;
        let mut counts = vec![0u64; q + 2];
        match &self.registers {
            Registers::Dense(ranks) => ranks.iter().for_each(|&rank| counts[rank as usize] += 1),
            Registers::Sparse { entries, .. } => {
                let mut entries = entries.clone();
                tidy(&mut entries);
                counts[0] = (1u64 << self.precision) - entries.len() as u64;
                entries.iter().for_each(|entry| counts[(entry & 63) as usize] += 1);
            }
        }
        let m = (1u64 << self.precision) as f64;
        let mut z = m * tau(1.0 - counts[q + 1] as f64 / m);
        for &count in counts[1..=q].iter().rev() {
            z = 0.5 * (z + count as f64);
        }
        z += m * sigma(counts[0] as f64 / m);
        let alpha = 0.5 / std::f64::consts::LN_2;
        (alpha * m * m / z).round() as i64
    }

    /// Appends the sketch's bytes; `kind` is the caller's and comes back with them.
    pub(crate) fn write(&self, kind: u8, out: &mut Vec<u8>) {
        out.extend_from_slice(MAGIC);
        match &self.registers {
            Registers::Sparse { entries, .. } => {
                let mut entries = entries.clone();
                tidy(&mut entries);
                out.extend_from_slice(&[kind, self.precision, 0]);
                entries.iter().for_each(|entry| out.extend_from_slice(&entry.to_le_bytes()));
            }
            Registers::Dense(ranks) => {
                out.extend_from_slice(&[kind, self.precision, 1]);
                out.extend_from_slice(ranks);
            }
        }
    }

    /// Reads a sketch and its kind; None for bytes that are none.
    pub(crate) fn read(bytes: &[u8]) -> Option<(Self, u8)> {
        let header = bytes.get(..HEADER).filter(|header| header.starts_with(MAGIC))?;
        let (kind, precision, form, body) = (header[3], header[4], header[5], &bytes[HEADER..]);
        if !(PRECISION_MIN..=PRECISION_MAX).contains(&precision) {
            return None;
        }
        // A hash has so many bits below the register's: the greatest rank is one more.
        let rank_max = 64 - precision + 1;
        let registers = match form {
            0 if body.len() % 4 == 0 && body.len() / 4 <= 1 << precision => {
                let entry = |chunk: &[u8]| u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]);
                let entries: Vec<u32> = body.chunks_exact(4).map(entry).collect();
                let sound = |entry: &u32| {
                    entry >> 6 < 1 << precision && (1..=rank_max).contains(&((entry & 63) as u8))
                };
                let ascending = entries.windows(2).all(|pair| pair[0] >> 6 < pair[1] >> 6);
                if !ascending || !entries.iter().all(sound) {
                    return None;
                }
                Registers::Sparse { sorted: entries.len(), entries }
            }
            1 if body.len() == 1 << precision && body.iter().all(|&rank| rank <= rank_max) => {
                Registers::Dense(body.into())
            }
            _ => return None,
        };
        Some((Self { precision, registers }, kind))
    }

    /// Approximate bytes held.
    pub(crate) fn byte_size(&self) -> usize {
        match &self.registers {
            Registers::Sparse { entries, .. } => entries.capacity() * 4,
            Registers::Dense(ranks) => ranks.len(),
        }
    }
}

/// Sorts entries and keeps the greatest rank of each register.
fn tidy(entries: &mut Vec<u32>) {
    entries.sort_unstable_by(|a, b| b.cmp(a));
    entries.dedup_by_key(|entry| *entry >> 6);
    entries.reverse();
}

/// The register and rank of the same hash at a precision that is less by `lost`.
fn reduce(register: u32, rank: u8, lost: u8) -> (u32, u8) {
    let low = register & ((1 << lost) - 1);
    let rank = match low {
        0 => rank + lost,
        low => lost - (32 - low.leading_zeros() as u8) + 1,
    };
    (register >> lost, rank)
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(value: u64) -> u64 {
        let z = value.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn of(precision: u8, values: std::ops::Range<u64>) -> Sketch {
        let mut sketch = Sketch::new(precision);
        values.for_each(|value| sketch.add(hash(value)));
        sketch
    }

    #[test]
    fn estimates_are_near_and_merge() {
        for (precision, count, error) in
            [(15, 0, 0.0), (15, 10, 0.0), (15, 5000, 0.02), (10, 20_000, 0.12), (15, 200_000, 0.03)]
        {
            let sketch = of(precision, 0..count);
            let mut halves = of(precision, 0..(count / 2 + 7).min(count));
            halves.merge(&of(precision, count / 2..count));
            assert_eq!(halves.estimate(), sketch.estimate());
            let apart = (sketch.estimate() - count as i64).abs() as f64;
            assert!(apart <= error * count as f64, "{} for {count}", sketch.estimate());
        }
    }

    #[test]
    fn a_lesser_precision_is_what_it_would_have_been() {
        for count in [20, 3000] {
            let mut fine = of(15, 0..count);
            fine.merge(&of(11, 0..0));
            assert_eq!(fine.estimate(), of(11, 0..count).estimate());
        }
    }

    #[test]
    fn bytes_come_back_and_others_are_refused() {
        for count in [0, 3, 50_000] {
            let mut bytes = Vec::new();
            let sketch = of(12, 0..count);
            sketch.write(7, &mut bytes);
            let (read, kind) = Sketch::read(&bytes).unwrap();
            assert_eq!((read.estimate(), kind), (sketch.estimate(), 7));
            for cut in [0, 1, 5, bytes.len().saturating_sub(1)] {
                assert!(cut == bytes.len() || Sketch::read(&bytes[..cut]).is_none() || cut >= HEADER);
            }
            bytes[4] = 200;
            assert!(Sketch::read(&bytes).is_none());
        }
        assert!(Sketch::read(b"HL\x01\x00\x0f\x00\x3f\x00\x00\x00").is_none(), "a rank that no hash has");
    }
}
