//! Cells with lines around them, as wide as they need and the terminal has.

use std::io::{IsTerminal, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Widest cell, in terminal columns, when nothing else limits it.
const CELL_WIDTH_MAX: usize = 60;
/// Cells are not cut below this to make room: columns in the middle are left out instead.
const CELL_WIDTH_MIN: usize = 16;

/// What stands at the head of a column.
pub struct Head {
    /// The name.
    pub name: String,
    /// A second line: the type.
    pub note: Option<String>,
    /// True for numbers.
    pub is_right: bool,
}

impl Head {
    /// A head without a second line.
    pub fn new(name: &str, is_right: bool) -> Self {
        Self { name: name.to_owned(), note: None, is_right }
    }
}

/// The columns that stdout has, when it is a terminal.
pub fn terminal_width() -> Option<usize> {
    let is_terminal = std::io::stdout().is_terminal();
    let size = is_terminal.then(crossterm::terminal::size)?;
    size.ok().map(|(columns, _)| columns as usize).filter(|&columns| columns > 0)
}

/// Writes rows of cells, with dots before row `gap_at` for rows that are left out, no wider than `width_max`.
/// Returns how many columns found no room.
pub fn write(
    out: &mut dyn Write,
    heads: &[Head],
    rows: &[Vec<String>],
    gap_at: Option<usize>,
    width_max: Option<usize>,
) -> std::io::Result<usize> {
    let layout = Layout::of(heads, rows, width_max);
    layout.line(out, ["┌", "┬", "┐"])?;
    layout.row(out, &heads.iter().map(|head| head.name.clone()).collect::<Vec<_>>())?;
    if heads.iter().any(|head| head.note.is_some()) {
        layout
            .row(out, &heads.iter().map(|head| head.note.clone().unwrap_or_default()).collect::<Vec<_>>())?;
    }
    layout.line(out, ["├", "┼", "┤"])?;
    for (index, row) in rows.iter().enumerate() {
        if gap_at == Some(index) {
            layout.row(out, &vec!["⋮".to_owned(); heads.len()])?;
        }
        layout.row(out, row)?;
    }
    layout.line(out, ["└", "┴", "┘"])?;
    Ok(heads.len() - layout.columns.iter().flatten().count())
}

/// Which columns are shown, and how wide. None stands for the columns left out in the middle.
struct Layout {
    columns: Vec<Option<(usize, usize, bool)>>,
}

impl Layout {
    fn of(heads: &[Head], rows: &[Vec<String>], width_max: Option<usize>) -> Self {
        let mut widths: Vec<usize> = heads
            .iter()
            .map(|head| width(&head.name).max(head.note.as_deref().map_or(0, width)).min(CELL_WIDTH_MAX))
            .collect();
        for row in rows {
            for (cell_width, cell) in widths.iter_mut().zip(row) {
                *cell_width = (*cell_width).max(width(cell).min(CELL_WIDTH_MAX));
            }
        }
        let shown: Vec<usize> = match width_max {
            Some(width_max) => fit(&mut widths, width_max),
            None => (0..widths.len()).collect(),
        };
        let mut columns = Vec::new();
        let mut expected = 0;
        for column in shown {
            if column != expected {
                columns.push(None);
            }
            expected = column + 1;
            columns.push(Some((column, widths[column], heads[column].is_right)));
        }
        Self { columns }
    }

    fn line(&self, out: &mut dyn Write, [left, middle, right]: [&str; 3]) -> std::io::Result<()> {
        let parts: Vec<String> = self
            .columns
            .iter()
            .map(|column| "─".repeat(column.map_or(1, |(_, cell_width, _)| cell_width) + 2))
            .collect();
        writeln!(out, "{left}{}{right}", parts.join(middle))
    }

    fn row(&self, out: &mut dyn Write, cells: &[String]) -> std::io::Result<()> {
        for column in &self.columns {
            let Some((column, cell_width, is_right)) = *column else {
                write!(out, "│ … ")?;
                continue;
            };
            let cell = cut(cells.get(column).map_or("", String::as_str), cell_width);
            let padding = " ".repeat(cell_width - width(&cell));
            match is_right {
                true => write!(out, "│ {padding}{cell} ")?,
                false => write!(out, "│ {cell}{padding} ")?,
            }
        }
        writeln!(out, "│")
    }
}

/// Narrows the widest cells until all fit, and if they cannot, leaves out columns in the middle.
/// Returns the columns that are shown.
fn fit(widths: &mut [usize], width_max: usize) -> Vec<usize> {
    let total = |widths: &[usize]| widths.iter().map(|width| width + 3).sum::<usize>() + 1;
    for limit in (CELL_WIDTH_MIN..=CELL_WIDTH_MAX).rev() {
        if total(widths) <= width_max {
            break;
        }
        widths.iter_mut().for_each(|width| *width = (*width).min(limit));
    }
    if total(widths) <= width_max {
        return (0..widths.len()).collect();
    }
    // From both ends inwards, as long as there is room beside the column of dots.
    let mut room = width_max.saturating_sub(1 + 4);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let (mut first, mut last) = (0, widths.len());
    while first < last {
        let is_left = left.len() <= right.len();
        let column = if is_left { first } else { last - 1 };
        if widths[column] + 3 > room && !left.is_empty() {
            break;
        }
        room = room.saturating_sub(widths[column] + 3);
        if is_left {
            left.push(column);
            first += 1;
        } else {
            right.push(column);
            last -= 1;
        }
    }
    left.extend(right.into_iter().rev());
    if let [only] = left[..] {
        // Not even one column fits as it is.
        let dots = if widths.len() > 1 { 4 } else { 0 };
        widths[only] = widths[only].min(width_max.saturating_sub(4 + dots)).max(1);
    }
    left
}

/// One line of at most `width_max` terminal columns.
fn cut(text: &str, width_max: usize) -> String {
    let text: String = text
        .chars()
        .map(|c| match c {
            '\n' => '⏎',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    if width(&text) <= width_max {
        return text;
    }
    let mut cut = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width_max {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    cut
}

/// Terminal columns of a text, on one line.
fn width(text: &str) -> usize {
    // A control character is shown as one other.
    text.width() + text.chars().filter(|c| c.is_control()).count() * usize::from("\n".width() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(heads: &[&str], rows: &[&[&str]], width_max: Option<usize>) -> String {
        let heads: Vec<Head> = heads.iter().map(|name| Head::new(name, name.starts_with('n'))).collect();
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
        let mut out = Vec::new();
        write(&mut out, &heads, &rows, None, width_max).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_stand_right_and_wide_characters_count_twice() {
        assert_eq!(
            drawn(&["word", "n"], &[&["日本", "1"], &["a\nb", "23"]], None),
            "┌──────┬────┐\n\
             │ word │  n │\n\
             ├──────┼────┤\n\
             │ 日本 │  1 │\n\
             │ a⏎b  │ 23 │\n\
             └──────┴────┘\n"
        );
    }

    #[test]
    fn long_cells_are_cut_to_the_terminal() {
        let text = "x".repeat(200);
        for (width_max, expected) in [(None, 64), (Some(40), 40), (Some(12), 12)] {
            let drawn = drawn(&["a"], &[&[&text]], width_max);
            assert!(drawn.lines().all(|line| line.chars().count() == expected), "{drawn}");
        }
    }

    #[test]
    fn columns_in_the_middle_give_way() {
        let names: Vec<String> = (0..20).map(|i| format!("column{i:03}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let drawn = drawn(&names, &[&names], Some(60));
        assert!(drawn.lines().all(|line| line.chars().count() <= 60), "{drawn}");
        assert!(drawn.contains("│ column000 │ column001 │ … │ column018 │ column019 │"), "{drawn}");
    }
}
