//! How the inputs of a set operation line up: by position, or by column name (CORRESPONDING, BY NAME).

use super::binder::Rows;
use super::error::{BindError, Result};
use crate::syntax::ast::{self, ColumnMatch, Ident, SetOuter};

/// An output column of a set operation.
pub(super) struct Paired {
    /// Its name; empty when anonymous.
    pub name: String,
    /// For each input the position of its column; None where it lacks one and NULL stands instead.
    pub positions: Vec<Option<usize>>,
}

/// Returns the output columns of the operator over the inputs.
pub(super) fn pair(operator: &ast::SetOperator, inputs: &[Rows], name: &str) -> Result<Vec<Paired>> {
    match &operator.column_match {
        ColumnMatch::Position if operator.outer == SetOuter::None => by_position(inputs, operator.span, name),
        ColumnMatch::Position => {
            let message = "FULL, LEFT, INNER and STRICT need CORRESPONDING or BY NAME";
            Err(BindError::new(message, operator.span))
        }
        ColumnMatch::Corresponding(list) => by_name(operator.outer, list, inputs, operator.span, name),
        // BY NAME alone asks for the same columns on all sides.
        ColumnMatch::ByName(list) => {
            let outer = match operator.outer {
                SetOuter::None => SetOuter::Strict,
                outer => outer,
            };
            by_name(outer, list, inputs, operator.span, name)
        }
    }
}

fn by_position(inputs: &[Rows], span: ast::Span, name: &str) -> Result<Vec<Paired>> {
    let Some(first) = inputs.first() else { return Ok(Vec::new()) };
    let width = first.columns.len();
    for (index, input) in inputs.iter().enumerate() {
        if input.columns.len() != width {
            let (number, found) = (index + 1, input.columns.len());
            let message = format!(
                "Queries in {name} have mismatched column count; query 1 has {width} columns, query {number} has \
                 {found} columns"
            );
            return Err(BindError::new(message, span));
        }
    }
    let paired = |(index, output): (usize, &crate::algebra::OutputColumn)| Paired {
        name: output.name.clone(),
        positions: vec![Some(index); inputs.len()],
    };
    Ok(first.columns.iter().enumerate().map(paired).collect())
}

fn by_name(
    outer: SetOuter,
    list: &[Ident],
    inputs: &[Rows],
    span: ast::Span,
    name: &str,
) -> Result<Vec<Paired>> {
    for (index, input) in inputs.iter().enumerate() {
        check_names(input, list, index + 1, span, name)?;
    }
    let mut paired: Vec<Paired> = Vec::new();
    if list.is_empty() {
        for output in inputs.iter().flat_map(|input| &input.columns) {
            if !paired.iter().any(|known| known.name.eq_ignore_ascii_case(&output.name)) {
                paired.push(find(&output.name, inputs));
            }
        }
    } else {
        paired.extend(list.iter().map(|column| find(&column.value, inputs)));
    }
    let everywhere = |column: &Paired| column.positions.iter().all(Option::is_some);
    let in_first = |column: &Paired| column.positions.first().is_some_and(Option::is_some);
    let kept = |column: &Paired| match outer {
        SetOuter::None | SetOuter::Inner | SetOuter::Strict => everywhere(column),
        SetOuter::Left => in_first(column),
        SetOuter::Full => column.positions.iter().any(Option::is_some),
    };
    if let Some(missing) = paired.iter().find(|column| !kept(column))
        && (outer == SetOuter::Strict || !list.is_empty())
    {
        let number = missing.positions.iter().position(Option::is_none).unwrap_or(0) + 1;
        let message = format!("Column {} does not exist in query {number} of {name}", missing.name);
        return Err(BindError::new(message, span));
    }
    paired.retain(kept);
    let padded = outer == SetOuter::Full && !list.is_empty();
    for number in (0..inputs.len()).filter(|_| !padded) {
        if !paired.iter().any(|column| column.positions[number].is_some()) {
            let message = format!("Query {} of {name} shares no column with the others", number + 1);
            return Err(BindError::new(message, span));
        }
    }
    Ok(paired)
}

fn find(name: &str, inputs: &[Rows]) -> Paired {
    let position = |input: &Rows| input.columns.iter().position(|c| c.name.eq_ignore_ascii_case(name));
    Paired { name: name.to_owned(), positions: inputs.iter().map(position).collect() }
}

/// Pairing by name needs a name for each column, each once; with a list, only the listed names count.
fn check_names(input: &Rows, list: &[Ident], number: usize, span: ast::Span, name: &str) -> Result<()> {
    let listed = |column: &str| list.iter().any(|wanted| wanted.value.eq_ignore_ascii_case(column));
    for (index, output) in input.columns.iter().enumerate() {
        if !list.is_empty() && !listed(&output.name) {
            continue;
        }
        if output.name.is_empty() {
            let column = index + 1;
            let message = format!("Column {column} of query {number} in {name} has no name to pair it by");
            return Err(BindError::new(message, span));
        }
        if input.columns[..index].iter().any(|known| known.name.eq_ignore_ascii_case(&output.name)) {
            let message = format!("Column {} stands twice in query {number} of {name}", output.name);
            return Err(BindError::new(message, span));
        }
    }
    Ok(())
}
