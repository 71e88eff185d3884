//! Columns in the algebra: who defines them, who needs them, and copies under other ids.

use std::collections::{HashMap, HashSet};

use super::{ArraySubquery, ArraySubqueryResult, Column, ColumnId, ColumnIds, Expr, Relation};

impl Relation {
    /// Returns a relation of one row without columns: the input of SELECT without FROM.
    pub fn one_row() -> Self {
        Relation::Values { columns: Vec::new(), rows: vec![Vec::new()] }
    }

    /// Takes the relation out, leaving one row without columns.
    pub fn take(&mut self) -> Self {
        std::mem::replace(self, Relation::one_row())
    }

    /// Calls `f` with every id of this relation and everything below it: those that are defined and
    /// those that are referred to.
    pub fn for_each_id_mut(&mut self, f: &mut dyn FnMut(&mut ColumnId)) {
        for expr in self.exprs_mut() {
            expr.for_each_id_mut(f);
        }
        match self {
            Relation::Scan(scan) => scan.columns.iter_mut().for_each(|c| f(&mut c.column.id)),
            Relation::Values { columns, .. } => columns.iter_mut().for_each(|c| f(&mut c.id)),
            Relation::Project { columns, .. } => columns.iter_mut().for_each(|c| f(&mut c.column.id)),
            Relation::Join(join) => join.mark.iter_mut().for_each(|c| f(&mut c.id)),
            Relation::Unnest(unnest) => {
                f(&mut unnest.element.id);
                unnest.offset.iter_mut().for_each(|c| f(&mut c.id));
            }
            Relation::Aggregate(aggregate) => {
                aggregate.keys.iter_mut().for_each(|key| f(&mut key.column.id));
                aggregate.calls.iter_mut().for_each(|call| f(&mut call.output.id));
            }
            Relation::SetOperation(operation) => {
                operation.columns.iter_mut().for_each(|c| f(&mut c.id));
                operation.input_columns.iter_mut().flatten().for_each(&mut *f);
            }
            Relation::RowNumber { column, .. } => f(&mut column.id),
            Relation::Recursive(recursive) => {
                recursive.columns.iter_mut().for_each(|c| f(&mut c.id));
                recursive.base_columns.iter_mut().chain(&mut recursive.step_columns).for_each(&mut *f);
            }
            Relation::Window(window) => {
                window.calls.iter_mut().for_each(|call| f(&mut call.call.output.id));
            }
            Relation::Shared { columns, sources, .. } => {
                columns.iter_mut().for_each(|c| f(&mut c.id));
                sources.iter_mut().for_each(&mut *f);
            }
            Relation::Filter { .. }
            | Relation::Sort { .. }
            | Relation::Limit { .. }
            | Relation::SingleRow(_)
            | Relation::With { .. } => {}
        }
        for input in self.inputs_mut() {
            input.for_each_id_mut(f);
        }
    }

    /// The columns that this relation itself brings into being, not its inputs.
    pub fn own_definitions(&self) -> Vec<&Column> {
        match self {
            Relation::Scan(scan) => scan.columns.iter().map(|c| &c.column).collect(),
            Relation::Values { columns, .. } | Relation::Shared { columns, .. } => columns.iter().collect(),
            Relation::Project { columns, .. } => columns.iter().map(|c| &c.column).collect(),
            Relation::Join(join) => join.mark.iter().collect(),
            Relation::Unnest(unnest) => std::iter::once(&unnest.element).chain(&unnest.offset).collect(),
            Relation::Aggregate(aggregate) => {
                let keys = aggregate.keys.iter().map(|key| &key.column);
                keys.chain(aggregate.calls.iter().map(|call| &call.output)).collect()
            }
            Relation::SetOperation(operation) => operation.columns.iter().collect(),
            Relation::RowNumber { column, .. } => vec![column],
            Relation::Window(window) => window.outputs().collect(),
            Relation::Recursive(recursive) => recursive.columns.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The columns that are referred to but not defined in here: those of outer queries.
    pub fn free_columns(&self) -> HashSet<ColumnId> {
        let mut used = HashSet::new();
        let mut defined = HashSet::new();
        self.for_each(&mut |relation| {
            defined.extend(relation.own_definitions().into_iter().map(|c| c.id));
            for expr in relation.exprs() {
                expr.collect_own(&mut used, &mut defined);
            }
        });
        used.retain(|id| !defined.contains(id));
        used
    }

    /// The free columns with their types, in order of id.
    pub fn free_column_list(&self) -> Vec<Column> {
        let free = self.free_columns();
        let mut found: HashMap<ColumnId, Column> = HashMap::new();
        if free.is_empty() {
            return Vec::new();
        }
        self.for_each(&mut |relation| {
            for expr in relation.exprs() {
                expr.for_each(&mut |e| {
                    if let Expr::Column(column) = e
                        && free.contains(&column.id)
                    {
                        found.entry(column.id).or_insert_with(|| column.clone());
                    }
                });
            }
        });
        let mut columns: Vec<Column> = found.into_values().collect();
        columns.sort_by_key(|column| column.id);
        columns
    }

    /// True when a subquery is left in an expression here or below.
    pub fn has_subquery(&self) -> bool {
        let mut found = false;
        self.for_each(&mut |relation| found |= relation.exprs().into_iter().any(Expr::has_subquery));
        found
    }

    /// Returns a copy with fresh ids for all that it defines, and what became of each.
    pub fn clone_fresh(&self, ids: &mut ColumnIds) -> (Relation, HashMap<ColumnId, ColumnId>) {
        let mut map = HashMap::new();
        self.for_each(&mut |relation| {
            for column in relation.own_definitions() {
                map.entry(column.id)
                    .or_insert_with(|| ids.column(column.name.clone(), column.data_type.clone()).id);
            }
            for expr in relation.exprs() {
                expr.for_each(&mut |e| {
                    if let Expr::ArraySubquery(subquery) = e {
                        for column in subquery.definitions() {
                            map.entry(column.id).or_insert_with(|| {
                                ids.column(column.name.clone(), column.data_type.clone()).id
                            });
                        }
                    }
                });
            }
        });
        let mut copy = self.clone();
        copy.for_each_id_mut(&mut |id| {
            if let Some(fresh) = map.get(id) {
                *id = *fresh;
            }
        });
        (copy, map)
    }

    /// Replaces columns by expressions in every expression here and below. Ids that are referred to
    /// outside expressions (set operations, shared rows) stay.
    pub fn substitute(&mut self, map: &HashMap<ColumnId, Expr>) {
        for expr in self.exprs_mut() {
            expr.substitute(map);
        }
        for input in self.inputs_mut() {
            input.substitute(map);
        }
    }
}

impl ArraySubquery {
    /// The columns that it brings into being.
    pub fn definitions(&self) -> Vec<&Column> {
        let mut columns: Vec<&Column> =
            self.sources.iter().flat_map(|s| std::iter::once(&s.element).chain(&s.offset)).collect();
        if let ArraySubqueryResult::Reduce { aggregates, .. } = &self.result {
            columns.extend(aggregates.iter().map(|call| &call.output));
        }
        columns
    }
}

impl Expr {
    /// Takes the expression out, leaving NULL.
    pub fn take(&mut self) -> Expr {
        std::mem::replace(self, Expr::Literal(canopy_format::Value::Null, canopy_format::DataType::Bool))
    }

    /// Calls `f` with every id in the expression, those of subqueries included.
    pub fn for_each_id_mut(&mut self, f: &mut dyn FnMut(&mut ColumnId)) {
        match self {
            Expr::Column(column) => f(&mut column.id),
            Expr::Subquery(subquery) => {
                f(&mut subquery.output.id);
                subquery.relation.for_each_id_mut(f);
            }
            Expr::ArraySubquery(subquery) => {
                for source in &mut subquery.sources {
                    f(&mut source.element.id);
                    source.offset.iter_mut().for_each(|c| f(&mut c.id));
                }
                if let ArraySubqueryResult::Reduce { aggregates, .. } = &mut subquery.result {
                    aggregates.iter_mut().for_each(|call| f(&mut call.output.id));
                }
            }
            _ => {}
        }
        for child in self.children_mut() {
            child.for_each_id_mut(f);
        }
    }

    fn collect_own(&self, used: &mut HashSet<ColumnId>, defined: &mut HashSet<ColumnId>) {
        self.for_each(&mut |e| match e {
            Expr::Column(column) => {
                used.insert(column.id);
            }
            Expr::ArraySubquery(subquery) => {
                defined.extend(subquery.definitions().into_iter().map(|c| c.id));
            }
            _ => {}
        });
    }

    /// The columns that the expression needs from outside: subqueries' free columns included.
    pub fn columns(&self) -> HashSet<ColumnId> {
        let mut used = HashSet::new();
        let mut defined = HashSet::new();
        self.collect_own(&mut used, &mut defined);
        self.for_each(&mut |e| {
            if let Expr::Subquery(subquery) = e {
                used.extend(subquery.relation.free_columns());
            }
        });
        used.retain(|id| !defined.contains(id));
        used
    }

    /// True when a subquery over relations stands in it.
    pub fn has_subquery(&self) -> bool {
        let mut found = false;
        self.for_each(&mut |e| found |= matches!(e, Expr::Subquery(_)));
        found
    }

    /// Replaces columns by expressions, also inside subqueries.
    pub fn substitute(&mut self, map: &HashMap<ColumnId, Expr>) {
        if let Expr::Column(column) = self {
            if let Some(expr) = map.get(&column.id) {
                *self = expr.clone();
            }
            return;
        }
        if let Expr::Subquery(subquery) = self {
            subquery.relation.substitute(map);
        }
        for child in self.children_mut() {
            child.substitute(map);
        }
    }
}
