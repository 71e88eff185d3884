//! Finding matches: threads in order of preference, all at the same row.

use super::program::{Instruction, Program};
use crate::Result;
use crate::expression::EvalContext;
use crate::function::call::fail;

/// Most steps of the threads in one partition together: their number is quadratic at worst.
const STEPS_MAX: u64 = 1 << 32;

/// Where the search goes on after a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Skip {
    PastLastRow,
    ToNextRow,
}

/// A match: its first row, and the variable that each of its rows stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) start: usize,
    pub(super) variables: Vec<u8>,
}

/// A matched row of a thread, and the one before.
struct Step {
    variable: u8,
    before: Option<usize>,
}

/// A place in the program, and the rows that led there.
#[derive(Clone, Copy)]
struct Thread {
    at: usize,
    last: Option<usize>,
}

/// A search through the rows of a partition.
pub(super) struct Search<'p> {
    program: &'p Program,
    rows: &'p [i64],
    longest: bool,
    next: usize,
    work: u64,
}

impl<'p> Search<'p> {
    pub(super) fn new(program: &'p Program, rows: &'p [i64], longest: bool) -> Self {
        Self { program, rows, longest, next: 0, work: 0 }
    }

    /// Returns the next match; None when there are no more.
    pub(super) fn next(&mut self, skip: Skip, context: &EvalContext) -> Result<Option<Match>> {
        while self.next < self.rows.len() {
            context.cancel.check()?;
            let start = self.next;
            self.next += 1;
            if let Some(variables) = self.at(start)? {
                if skip == Skip::PastLastRow {
                    self.next = start + variables.len().max(1);
                }
                return Ok(Some(Match { start, variables }));
            }
        }
        Ok(None)
    }

    /// Returns the preferred match that starts at the row, or the longest where that is asked for.
    fn at(&mut self, start: usize) -> Result<Option<Vec<u8>>> {
        let mut steps: Vec<Step> = Vec::new();
        let mut best: Option<(usize, Option<usize>)> = None;
        let mut threads = Vec::new();
        let mut visited = vec![false; self.program.instructions.len()];
        self.follow(Thread { at: 0, last: None }, start, &mut visited, &mut threads);
        for row in start..=self.rows.len() {
            let mut after = Vec::new();
            visited.fill(false);
            self.work += (threads.len() + visited.len()) as u64;
            if self.work > STEPS_MAX {
                return fail("MATCH_RECOGNIZE takes too long: its pattern matches too many ways");
            }
            for thread in &threads {
                match self.program.instructions[thread.at] {
                    Instruction::Match => {
                        let longer = best.is_none_or(|(length, _)| row - start > length);
                        if !self.longest || longer {
                            best = Some((row - start, thread.last));
                        }
                        if !self.longest {
                            // Those after it are less preferred.
                            break;
                        }
                    }
                    Instruction::Row(variable)
                        if row < self.rows.len() && self.rows[row] >> variable & 1 == 1 =>
                    {
                        steps.push(Step { variable, before: thread.last });
                        let next = Thread { at: thread.at + 1, last: Some(steps.len() - 1) };
                        self.follow(next, row + 1, &mut visited, &mut after);
                    }
                    _ => {}
                }
            }
            threads = after;
            if threads.is_empty() {
                break;
            }
        }
        Ok(best.map(|(length, mut last)| {
            let mut variables = Vec::with_capacity(length);
            while let Some(step) = last {
                variables.push(steps[step].variable);
                last = steps[step].before;
            }
            variables.reverse();
            variables
        }))
    }

    /// Adds the places that a thread comes to without a row, in order of preference, each once.
    fn follow(&self, thread: Thread, row: usize, visited: &mut [bool], out: &mut Vec<Thread>) {
        let mut open = vec![thread.at];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut visited[at], true) {
                continue;
            }
            match self.program.instructions[at] {
                Instruction::Jump(to) => open.push(to),
                Instruction::Split(first, second) => open.extend([second, first]),
                Instruction::Start if row == 0 => open.push(at + 1),
                Instruction::End if row == self.rows.len() => open.push(at + 1),
                Instruction::Start | Instruction::End => {}
                Instruction::Match | Instruction::Row(_) => out.push(Thread { at, last: thread.last }),
            }
        }
    }
}
