//! A row pattern as instructions for a virtual machine (Thompson, "Regular expression search algorithm", 1968; Pike's
//! variant as described by Cox, "Regular Expression Matching: the Virtual Machine Approach", 2009).
//!
//! The pattern's text is in prefix form:
//!
//! | text | pattern |
//! |---|---|
//! | `e` | nothing |
//! | `^`, `$` | the partition's start, its end |
//! | `v3;` | variable 3 |
//! | `&2;` and 2 patterns | one after the other |
//! | `\|2;` and 2 patterns | the first, else the second |
//! | `*1;5;g` and a pattern | from 1 to 5 times, as often as can be; `r` for as seldom; `*1;;g` without an upper bound |
//!
//! `a b+?` is `&2;v0;*1;;rv1;`.

use crate::Result;
use crate::function::call::fail;

/// Most instructions: a pattern in bounds that repeats others is copied as often.
const INSTRUCTIONS_MAX: usize = 10_000;
/// How deep patterns may nest.
const DEPTH_MAX: usize = 128;

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instruction {
    /// The pattern has matched.
    Match,
    /// The row meets the variable's condition.
    Row(u8),
    /// The partition's start.
    Start,
    /// The partition's end.
    End,
    /// Goes on at both places, at the first by preference.
    Split(usize, usize),
    /// Goes on elsewhere.
    Jump(usize),
}

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) instructions: Vec<Instruction>,
}

impl Program {
    /// Compiles a pattern's text.
    ///
    /// # Errors
    /// When the text is no pattern, or one too large.
    pub(super) fn parse(text: &[u8]) -> Result<Self> {
        let mut compiler = Compiler { text, at: 0, out: Vec::new() };
        compiler.pattern(0)?;
        if compiler.at != text.len() {
            return invalid();
        }
        compiler.put(Instruction::Match)?;
        Ok(Self { instructions: compiler.out })
    }
}

fn invalid<T>() -> Result<T> {
    fail("not a row pattern")
}

struct Compiler<'t> {
    text: &'t [u8],
    at: usize,
    out: Vec<Instruction>,
}

impl Compiler<'_> {
    fn take(&mut self) -> Option<u8> {
        let byte = self.text.get(self.at).copied();
        self.at += 1;
        byte
    }

    /// Reads `12;`; None for `;` alone.
    fn number(&mut self) -> Result<Option<usize>> {
        let mut value = None;
        loop {
            match self.take() {
                Some(b';') => return Ok(value),
                Some(digit @ b'0'..=b'9') => {
                    let next = value.unwrap_or(0usize).checked_mul(10);
                    let next = next.and_then(|next| next.checked_add(usize::from(digit - b'0')));
                    let Some(next) = next else { return invalid() };
                    value = Some(next);
                }
                _ => return invalid(),
            }
        }
    }

    fn put(&mut self, instruction: Instruction) -> Result<usize> {
        if self.out.len() >= INSTRUCTIONS_MAX {
            return fail(format!("MATCH_RECOGNIZE pattern is too large: over {INSTRUCTIONS_MAX} steps"));
        }
        self.out.push(instruction);
        Ok(self.out.len() - 1)
    }

    fn pattern(&mut self, depth: usize) -> Result<()> {
        if depth > DEPTH_MAX {
            return fail("MATCH_RECOGNIZE pattern nests too deeply");
        }
        match self.take() {
            Some(b'e') => Ok(()),
            Some(b'^') => self.put(Instruction::Start).map(|_| ()),
            Some(b'$') => self.put(Instruction::End).map(|_| ()),
            Some(b'v') => match self.number()?.and_then(|number| u8::try_from(number).ok()) {
                Some(variable) if variable < 63 => self.put(Instruction::Row(variable)).map(|_| ()),
                _ => invalid(),
            },
            Some(b'&') => {
                let count = self.number()?.unwrap_or(0);
                (0..count).try_for_each(|_| self.pattern(depth + 1))
            }
            Some(b'|') => self.alternation(depth),
            Some(b'*') => self.repetition(depth),
            _ => invalid(),
        }
    }

    fn alternation(&mut self, depth: usize) -> Result<()> {
        let count = self.number()?.unwrap_or(0);
        let mut ends = Vec::new();
        for index in 0..count {
            if index + 1 == count {
                self.pattern(depth + 1)?;
                break;
            }
            let split = self.put(Instruction::Split(0, 0))?;
            self.pattern(depth + 1)?;
            ends.push(self.put(Instruction::Jump(0))?);
            self.out[split] = Instruction::Split(split + 1, self.out.len());
        }
        let end = self.out.len();
        ends.into_iter().for_each(|at| self.out[at] = Instruction::Jump(end));
        Ok(())
    }

    fn repetition(&mut self, depth: usize) -> Result<()> {
        let (least, most) = (self.number()?.unwrap_or(0), self.number()?);
        let greedy = match self.take() {
            Some(b'g') => true,
            Some(b'r') => false,
            _ => return invalid(),
        };
        if most.is_some_and(|most| most < least) {
            return invalid();
        }
        let split = |go: usize, leave: usize| match greedy {
            true => Instruction::Split(go, leave),
            false => Instruction::Split(leave, go),
        };
        let body = self.at;
        let once = |compiler: &mut Self| {
            compiler.at = body;
            compiler.pattern(depth + 1)
        };
        if most == Some(0) {
            // Read past the pattern, and forget it.
            let length = self.out.len();
            once(self)?;
            self.out.truncate(length);
            return Ok(());
        }
        for _ in 0..least {
            let length = self.out.len();
            once(self)?;
            if self.out.len() == length {
                // Nothing, however often.
                return Ok(());
            }
        }
        match most {
            None => {
                let start = self.put(Instruction::Split(0, 0))?;
                once(self)?;
                self.put(Instruction::Jump(start))?;
                self.out[start] = split(start + 1, self.out.len());
            }
            Some(most) => {
                let mut splits = Vec::new();
                for _ in least..most {
                    splits.push(self.put(Instruction::Split(0, 0))?);
                    once(self)?;
                }
                let end = self.out.len();
                splits.into_iter().for_each(|at| self.out[at] = split(at + 1, end));
            }
        }
        Ok(())
    }
}
