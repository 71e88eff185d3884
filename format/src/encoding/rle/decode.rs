//! Reading runs.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

use crate::BufferMut;
use crate::encoding::{Checked, FixedDecoder, Flaw, Isa, Lane, Node};

/// Opened runs; values and ends are decoded once, at first use.
#[derive(Debug)]
pub(crate) struct RunLength<L: Lane> {
    len: usize,
    values: FixedDecoder<L>,
    ends: FixedDecoder<u32>,
    runs: OnceLock<Checked<Runs<L>>>,
}

#[derive(Debug)]
struct Runs<L: Lane> {
    values: BufferMut<L>,
    ends: BufferMut<u32>,
}

impl<L: Lane> RunLength<L> {
    pub(crate) fn open(mut node: Node) -> Checked<Self> {
        node.expect_pages(0)?;
        let len = node.len as usize;
        let [values, ends] = node.take_children()?;
        let (values, ends) = (FixedDecoder::open(values)?, FixedDecoder::<u32>::open(ends)?);
        if values.len() != ends.len() || (values.len() == 0) != (len == 0) {
            return Flaw::damaged(format!("{} run values with {} run ends", values.len(), ends.len()));
        }
        Ok(Self { len, values, ends, runs: OnceLock::new() })
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn runs(&self) -> Checked<&Runs<L>> {
        let runs = self.runs.get_or_init(|| {
            let values = self.values.buffer(0, self.values.len())?;
            let ends: BufferMut<u32> = self.ends.buffer(0, self.ends.len())?;
            let ascending = ends.windows(2).all(|pair| pair[0] < pair[1]) && ends.first() != Some(&0);
            if !ascending || ends.last().map_or(0, |&end| end as usize) != self.len {
                return Flaw::damaged("run ends do not ascend to the number of values");
            }
            Ok(Runs { values, ends })
        });
        runs.as_ref().map_err(Clone::clone)
    }

    /// Shows each run of a range: its value and how many of its positions lie in the range.
    pub(crate) fn each_run(&self, start: usize, len: usize, mut visit: impl FnMut(L, usize)) -> Checked<()> {
        let runs = self.runs()?;
        let first = runs.ends.partition_point(|&end| end as usize <= start);
        let mut done = 0;
        for (&end, &value) in runs.ends[first..].iter().zip(&runs.values[first..]) {
            if done == len {
                break;
            }
            let count = (end as usize - start).min(len) - done;
            visit(value, count);
            done += count;
        }
        Ok(())
    }

    /// The value of a range that lies in one run.
    pub(crate) fn constant_in(&self, start: usize, len: usize) -> Checked<Option<L>> {
        let runs = self.runs()?;
        let run = runs.ends.partition_point(|&end| end as usize <= start);
        Ok((runs.ends[run] as usize >= start + len).then(|| runs.values[run]))
    }

    pub(crate) fn decode(&self, start: usize, out: &mut [MaybeUninit<L>]) -> Checked<()> {
        let runs = self.runs()?;
        let first = runs.ends.partition_point(|&end| end as usize <= start);
        expand(Isa::detect(), &runs.values[first..], &runs.ends[first..], start, out);
        Ok(())
    }
}

/// Values written at once: whole registers, past the end of a run where there is room, since the next run
/// writes over them.
const STEP: usize = 8;

/// Writes runs, of which the first one reaches beyond `start` and the last one as far as the positions `start ..`
/// of `out` do.
pub(crate) fn expand<L: Lane>(
    isa: Isa,
    values: &[L],
    ends: &[u32],
    start: usize,
    out: &mut [MaybeUninit<L>],
) {
    isa.run(
        #[inline(always)]
        move || {
            let mut done = 0;
            for (&value, &end) in values.iter().zip(ends) {
                if done == out.len() {
                    break;
                }
                let end = (end as usize - start).min(out.len());
                while done < end {
                    match out[done..].first_chunk_mut::<STEP>() {
                        Some(step) => {
                            *step = [MaybeUninit::new(value); STEP];
                            done += STEP;
                        }
                        None => {
                            out[done..end].fill(MaybeUninit::new(value));
                            done = end;
                        }
                    }
                }
                done = end;
            }
        },
    );
}
