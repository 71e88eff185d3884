//! WITH: a definition used once stands inline, one used more is shared.

use super::binder::{Binder, Rows, one_row};
use super::error::{BindError, Result};
use crate::algebra::{Column, Expr, Named, OutputColumn, Relation};
use crate::syntax::ast;

/// A WITH definition in sight.
#[derive(Debug, Clone)]
pub(super) struct Cte {
    /// Its name.
    pub name: String,
    /// The [`Relation::Shared`] that stand for it.
    pub id: u32,
    /// Its columns.
    pub columns: Vec<OutputColumn>,
    /// The one column is the row itself.
    pub value_table: bool,
}

impl Binder<'_> {
    /// Binds the definitions, then the body, and joins them up.
    pub(super) fn with(
        &mut self,
        with: &ast::With,
        body: impl FnOnce(&mut Self) -> Result<Rows>,
    ) -> Result<Rows> {
        let outside = self.ctes.len();
        let bound = self.definitions(with).and_then(|definitions| Ok((definitions, body(self)?)));
        self.ctes.truncate(outside);
        let (definitions, mut rows) = bound?;
        for (id, definition) in definitions.into_iter().rev() {
            rows.relation = place(id, definition, rows.relation);
        }
        Ok(rows)
    }

    /// Binds the definitions of a WITH, and brings their names into sight.
    pub(super) fn definitions(&mut self, with: &ast::With) -> Result<Vec<(u32, Relation)>> {
        let mut definitions = Vec::with_capacity(with.entries.len());
        let outside = self.ctes.len();
        for entry in &with.entries {
            let name = &entry.name;
            if self.ctes[outside..].iter().any(|cte| cte.name.eq_ignore_ascii_case(&name.value)) {
                let message = format!("Duplicate alias {} for WITH subquery", name.value);
                return Err(BindError::new(message, name.span));
            }
            if let Some(depth) = &entry.depth {
                return Err(BindError::unsupported("WITH DEPTH", depth.span));
            }
            // A definition sees no names of the query around it.
            let recursive = if with.recursive { self.recursive_definition(entry)? } else { None };
            let rows = match recursive {
                Some(rows) => rows,
                None => self.query(&entry.query, None)?,
            };
            let id = self.next_with;
            self.next_with += 1;
            self.ctes.push(Cte {
                name: name.value.clone(),
                id,
                columns: rows.columns,
                value_table: rows.value_table,
            });
            definitions.push((id, rows.relation));
        }
        Ok(definitions)
    }

    /// Returns the rows of the definition that the name stands for.
    pub(super) fn cte_reference(&mut self, name: &str) -> Option<Rows> {
        let cte = self.ctes.iter().rev().find(|cte| cte.name.eq_ignore_ascii_case(name))?.clone();
        let mut columns: Vec<Column> = Vec::new();
        let mut sources = Vec::new();
        let mut outputs = cte.columns;
        for output in &mut outputs {
            let source = output.column.id;
            let at = sources.iter().position(|known| *known == source).unwrap_or_else(|| {
                sources.push(source);
                columns.push(self.ids.column(output.column.name.clone(), output.column.data_type.clone()));
                columns.len() - 1
            });
            output.column = columns[at].clone();
        }
        let relation = Relation::Shared { id: cte.id, columns, sources };
        Some(Rows { relation, columns: outputs, value_table: cte.value_table })
    }
}

/// Returns the body with the definition in its place: nowhere when unused, inline when used once.
pub(super) fn place(id: u32, definition: Relation, mut body: Relation) -> Relation {
    let mut uses = 0;
    body.for_each(&mut |relation| uses += usize::from(is_shared(relation, id)));
    match uses {
        0 => body,
        1 => {
            let mut definition = Some(definition);
            inline(id, &mut definition, &mut body);
            body
        }
        _ => Relation::With { id, definition: Box::new(definition), body: Box::new(body) },
    }
}

fn is_shared(relation: &Relation, wanted: u32) -> bool {
    matches!(relation, Relation::Shared { id, .. } if *id == wanted)
}

fn inline(id: u32, definition: &mut Option<Relation>, body: &mut Relation) {
    body.for_each_mut(&mut |relation| {
        if !is_shared(relation, id) {
            return;
        }
        let Some(definition) = definition.take() else { return };
        let types = definition.columns();
        let Relation::Shared { columns, sources, .. } = std::mem::replace(relation, one_row()) else {
            return;
        };
        let named = columns.into_iter().zip(sources).map(|(column, source)| {
            let source = Column { id: source, ..column.clone() };
            debug_assert!(types.iter().any(|known| known.id == source.id));
            Named { column, expr: Expr::Column(source) }
        });
        *relation = Relation::Project { columns: named.collect(), input: Box::new(definition) };
    });
}
