//! What names mean: range variables and columns, innermost scope first.

use std::cell::RefCell;

use canopy_format::DataType;

use super::suggest;
use crate::algebra::{ColumnId, Expr};
use crate::syntax::ast::Span;

/// A name that stands for a value: a column, or a part of one.
#[derive(Debug, Clone)]
pub(super) struct NamedColumn {
    /// The name; empty when anonymous.
    pub name: String,
    /// What it stands for.
    pub expr: Expr,
}

/// A table alias.
#[derive(Debug, Clone)]
pub(super) struct RangeVariable {
    /// The alias.
    pub name: String,
    /// What it ranges over.
    pub row: Row,
}

/// What a range variable stands for.
#[derive(Debug, Clone)]
pub(super) enum Row {
    /// Rows of columns.
    Columns(Vec<NamedColumn>),
    /// Values: elements of an array, or the rows of a value table.
    Value(Expr),
}

/// What a FROM clause (or a select list) names.
#[derive(Debug, Clone, Default)]
pub(super) struct NameList {
    /// What `*` stands for, in order; these names need no qualifier.
    pub columns: Vec<NamedColumn>,
    /// The table aliases; they hide columns of the same name.
    pub ranges: Vec<RangeVariable>,
    /// Columns that `*` leaves out, each with its table's alias.
    pub hidden: Vec<(String, NamedColumn)>,
}

/// A name list with what encloses it.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    /// The names.
    pub names: NameList,
    /// The scope outside: of the enclosing query, or of FROM for the names of a select list.
    pub parent: Option<&'a Scope<'a>>,
    /// Where columns of this scope were referred to, for messages about grouping.
    references: RefCell<Vec<Reference>>,
}

/// A place that refers to a column.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    /// The name as written: `y` or `t.y`.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// The columns that it stands for.
    pub columns: Vec<ColumnId>,
}

/// What the first part of a name was found to be.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// A table alias.
    Range(RangeVariable),
    /// A value.
    Value(Expr),
    /// Several columns have the name.
    Ambiguous,
}

impl<'a> Scope<'a> {
    /// Returns a scope of the names inside `parent`.
    pub fn new(names: NameList, parent: Option<&'a Scope<'a>>) -> Self {
        Self { names, parent, references: RefCell::default() }
    }

    /// Returns what the name means in the innermost scope that knows it, and that scope.
    ///
    /// With `dotted`, more parts follow: a scope whose only meaning is a value without parts is passed over
    /// when an outer one knows better.
    pub fn lookup(&'a self, name: &str, dotted: bool) -> Option<(Target, &'a Scope<'a>)> {
        let mut fallback = None;
        let mut scope = Some(self);
        while let Some(current) = scope {
            if let Some(target) = current.names.lookup(name) {
                let plain = matches!(&target, Target::Value(value) if !has_parts(value.data_type()));
                if !(dotted && plain) {
                    return Some((target, current));
                }
                fallback = fallback.or(Some((target, current)));
            }
            scope = current.parent;
        }
        fallback
    }

    /// Returns the visible name closest to `name`.
    pub fn suggestion(&self, name: &str) -> Option<String> {
        let mut scope = Some(self);
        while let Some(current) = scope {
            let columns = current.names.columns.iter().map(|column| column.name.as_str());
            let names = columns.chain(current.names.ranges.iter().map(|range| range.name.as_str()));
            if let Some(found) = suggest::closest(name, names.filter(|name| !name.is_empty())) {
                return Some(found.to_owned());
            }
            scope = current.parent;
        }
        None
    }

    /// Notes that an expression refers to this scope.
    pub fn note(&self, reference: Reference) {
        self.references.borrow_mut().push(reference);
    }

    /// Returns how many references were noted so far.
    pub fn mark(&self) -> usize {
        self.references.borrow().len()
    }

    /// Forgets the references noted since the mark: those inside an aggregate call.
    pub fn forget(&self, mark: usize) {
        self.references.borrow_mut().truncate(mark);
    }

    /// Returns the first reference to the column since the mark.
    pub fn reference(&self, column: ColumnId, since: usize, until: usize) -> Option<Reference> {
        let references = self.references.borrow();
        let range = references.get(since..until.min(references.len()))?;
        range.iter().find(|reference| reference.columns.contains(&column)).cloned()
    }
}

fn has_parts(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Struct(_) | DataType::Json)
}

impl NameList {
    fn lookup(&self, name: &str) -> Option<Target> {
        if let Some(range) = self.ranges.iter().find(|range| range.name.eq_ignore_ascii_case(name)) {
            return Some(Target::Range(range.clone()));
        }
        lookup_column(&self.columns, name).or_else(|| self.hidden_column(None, name))
    }

    /// Returns what the name means among the hidden columns, of one table or of all.
    pub fn hidden_column(&self, range: Option<&str>, name: &str) -> Option<Target> {
        let is_of = |alias: &str| range.is_none_or(|range| range.eq_ignore_ascii_case(alias));
        let mut found = self
            .hidden
            .iter()
            .filter(|(alias, column)| is_of(alias) && column.name.eq_ignore_ascii_case(name));
        let (_, first) = found.next()?;
        match found.next() {
            Some(_) => Some(Target::Ambiguous),
            None => Some(Target::Value(first.expr.clone())),
        }
    }

    /// Adds a value that a range variable (if named) stands for: an element of an array or a row of a
    /// value table. Fields of a STRUCT become columns.
    pub fn add_value(&mut self, name: Option<&str>, value: Expr) {
        match struct_columns(&value) {
            Some(fields) => self.columns.extend(fields),
            None => {
                let name = name.unwrap_or_default().to_owned();
                self.columns.push(NamedColumn { name, expr: value.clone() });
            }
        }
        if let Some(name) = name {
            self.ranges.push(RangeVariable { name: name.to_owned(), row: Row::Value(value) });
        }
    }

    /// Adds columns that a range variable (if named) stands for.
    pub fn add_columns(&mut self, name: Option<&str>, columns: Vec<NamedColumn>) {
        self.columns.extend(columns.iter().cloned());
        if let Some(name) = name {
            self.ranges.push(RangeVariable { name: name.to_owned(), row: Row::Columns(columns) });
        }
    }
}

/// Returns what the name means among the columns.
pub(super) fn lookup_column(columns: &[NamedColumn], name: &str) -> Option<Target> {
    let mut found = columns.iter().filter(|c| c.name.eq_ignore_ascii_case(name) && !c.name.is_empty());
    let first = found.next()?;
    match found.next() {
        Some(_) => Some(Target::Ambiguous),
        None => Some(Target::Value(first.expr.clone())),
    }
}

/// Returns the fields of a STRUCT as columns; None for other types.
pub(super) fn struct_columns(value: &Expr) -> Option<Vec<NamedColumn>> {
    let fields = value.data_type().fields()?;
    let column = |(index, field): (usize, &canopy_format::StructField)| NamedColumn {
        name: field.name.clone(),
        expr: Expr::Field { input: Box::new(value.clone()), index, data_type: field.data_type.clone() },
    };
    Some(fields.iter().enumerate().map(column).collect())
}
