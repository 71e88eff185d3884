//! GROUPING SETS, ROLLUP and CUBE: several groupings of the same rows.
//!
//! Each row is repeated once a set, with the keys that are not in the set NULL, and one grouping by the keys and
//! the set's number does the rest: the input is read once, and partial aggregation works as ever.

use canopy_format::{DataType, Value};

use super::binder::Binder;
use super::error::{BindError, Result};
use super::grouping::Keys;
use crate::algebra::{Column, Expr, Named, Relation, Unnest};
use crate::syntax::ast::{self, GroupingItem, GroupingItemKind, Span};

/// Most grouping sets of one GROUP BY.
const SETS_MAX: usize = 4096;
/// Most elements of a CUBE.
const CUBE_MAX: usize = 12;

/// The sets of a GROUP BY, as positions of its keys.
pub(super) struct GroupingSets {
    /// Which keys each set has, ascending.
    pub sets: Vec<Vec<usize>>,
    /// The set's number.
    pub number: Column,
}

impl GroupingSets {
    /// Returns whether the set has the key, as a condition on the set's number.
    fn has(&self, key: usize) -> Expr {
        let numbers = (0i64..).zip(&self.sets).filter(|(_, set)| set.contains(&key));
        let literals = numbers.map(|(number, _)| Expr::Literal(Value::Int64(number), DataType::Int64));
        let mut arguments = vec![Expr::Column(self.number.clone())];
        arguments.extend(literals);
        match arguments.len() {
            1 => Expr::Literal(Value::Bool(false), DataType::Bool),
            _ => call("$in", arguments, DataType::Bool),
        }
    }

    /// GROUPING(key): 0 where the set has the key, else 1.
    pub fn grouping(&self, key: usize) -> Expr {
        let number = |value| Expr::Literal(Value::Int64(value), DataType::Int64);
        call("if", vec![self.has(key), number(0), number(1)], DataType::Int64)
    }

    /// Repeats the rows of the input once a set; `keys` become the columns that group them.
    pub fn expand(&self, input: Relation, keys: &mut Vec<Named>) -> Relation {
        let passed = input.columns();
        let numbers = (0i64..).zip(&self.sets).map(|(number, _)| Value::Int64(number)).collect();
        let array = Expr::Literal(Value::Array(numbers), DataType::array(DataType::Int64));
        let unnest = Unnest { input, array, element: self.number.clone(), offset: None, outer: false };
        let pass = |column: Column| Named { expr: Expr::Column(column.clone()), column };
        let mut columns: Vec<Named> = passed.into_iter().map(pass).collect();
        columns.push(pass(self.number.clone()));
        for (index, key) in keys.iter_mut().enumerate() {
            let data_type = key.expr.data_type().clone();
            let everywhere = self.sets.iter().all(|set| set.contains(&index));
            let expr = match everywhere {
                true => key.expr.clone(),
                false => {
                    let null = Expr::Literal(Value::Null, data_type.clone());
                    call("if", vec![self.has(index), key.expr.clone(), null], data_type)
                }
            };
            columns.push(Named { column: key.column.clone(), expr });
            key.expr = Expr::Column(key.column.clone());
        }
        keys.push(pass(self.number.clone()));
        Relation::Project { input: Box::new(Relation::Unnest(Box::new(unnest))), columns }
    }
}

fn call(function: &str, arguments: Vec<Expr>, data_type: DataType) -> Expr {
    Expr::Call { function: function.into(), arguments, safe: false, data_type, span: Span::default() }
}

impl Binder<'_> {
    /// Returns the sets that an entry of GROUP BY stands for; `key` finds or makes the key of a value.
    pub(super) fn sets_of(
        &mut self,
        item: &GroupingItem,
        keys: &mut Keys<'_, '_>,
    ) -> Result<Vec<Vec<usize>>> {
        let sets = match &item.kind {
            GroupingItemKind::GroupingSets(items) => {
                let mut sets = Vec::new();
                for item in items {
                    sets.extend(self.sets_of(item, keys)?);
                    check_count(sets.len(), item.span)?;
                }
                return Ok(sets);
            }
            GroupingItemKind::Rollup(items) => {
                let parts = self.parts(items, keys)?;
                check_count(parts.len() + 1, item.span)?;
                (0..=parts.len()).rev().map(|count| parts[..count].concat()).collect()
            }
            GroupingItemKind::Cube(items) => {
                if items.len() > CUBE_MAX {
                    let message = format!("CUBE can not have more than {CUBE_MAX} elements");
                    return Err(BindError::new(message, item.span));
                }
                let parts = self.parts(items, keys)?;
                let chosen = |mask: usize| {
                    let chosen = parts.iter().enumerate().filter(|(index, _)| mask >> index & 1 == 1);
                    chosen.flat_map(|(_, part)| part.iter().copied()).collect()
                };
                (0..1usize << parts.len()).rev().map(chosen).collect()
            }
            GroupingItemKind::Set(_) | GroupingItemKind::Expr { .. } => {
                self.parts(std::slice::from_ref(item), keys)?
            }
        };
        let ordered = |mut set: Vec<usize>| {
            set.sort_unstable();
            set.dedup();
            set
        };
        Ok(sets.into_iter().map(ordered).collect())
    }

    /// The keys of each value or parenthesized list.
    fn parts(&mut self, items: &[GroupingItem], keys: &mut Keys<'_, '_>) -> Result<Vec<Vec<usize>>> {
        let mut parts = Vec::with_capacity(items.len());
        for item in items {
            let values: Vec<&ast::Expr> = match &item.kind {
                GroupingItemKind::Expr { value, .. } => vec![value],
                GroupingItemKind::Set(values) => values.iter().collect(),
                _ => {
                    let message = "ROLLUP and CUBE can not hold grouping sets";
                    return Err(BindError::new(message, item.span));
                }
            };
            let part = values.into_iter().map(|value| self.group_item(keys, value));
            parts.push(part.collect::<Result<Vec<usize>>>()?);
        }
        Ok(parts)
    }
}

fn check_count(count: usize, span: Span) -> Result<()> {
    match count > SETS_MAX {
        true => Err(BindError::new(format!("At most {SETS_MAX} grouping sets are allowed"), span)),
        false => Ok(()),
    }
}
