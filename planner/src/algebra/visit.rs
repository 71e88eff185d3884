//! Walks over the algebra: what a relation or an expression directly holds, and walks to any depth.

use super::{AggregateCall, ArraySubquery, ArraySubqueryResult, Expr, Relation, SubqueryKind};

impl Relation {
    /// Returns the relations directly below.
    pub fn inputs(&self) -> Vec<&Relation> {
        match self {
            Relation::Scan(_) | Relation::Values { .. } | Relation::Shared { .. } => Vec::new(),
            Relation::Filter { input, .. }
            | Relation::Project { input, .. }
            | Relation::Sort { input, .. }
            | Relation::Limit { input, .. }
            | Relation::SingleRow(input)
            | Relation::RowNumber { input, .. } => vec![input],
            Relation::Join(join) => vec![&join.left, &join.right],
            Relation::Unnest(unnest) => vec![&unnest.input],
            Relation::Aggregate(aggregate) => vec![&aggregate.input],
            Relation::Window(window) => vec![&window.input],
            Relation::Recursive(recursive) => vec![&recursive.base, &recursive.step],
            Relation::SetOperation(operation) => operation.inputs.iter().collect(),
            Relation::With { definition, body, .. } => vec![definition, body],
        }
    }

    /// Returns the relations directly below, to be changed.
    pub fn inputs_mut(&mut self) -> Vec<&mut Relation> {
        match self {
            Relation::Scan(_) | Relation::Values { .. } | Relation::Shared { .. } => Vec::new(),
            Relation::Filter { input, .. }
            | Relation::Project { input, .. }
            | Relation::Sort { input, .. }
            | Relation::Limit { input, .. }
            | Relation::SingleRow(input)
            | Relation::RowNumber { input, .. } => vec![input],
            Relation::Join(join) => vec![&mut join.left, &mut join.right],
            Relation::Unnest(unnest) => vec![&mut unnest.input],
            Relation::Aggregate(aggregate) => vec![&mut aggregate.input],
            Relation::Window(window) => vec![&mut window.input],
            Relation::Recursive(recursive) => vec![&mut recursive.base, &mut recursive.step],
            Relation::SetOperation(operation) => operation.inputs.iter_mut().collect(),
            Relation::With { definition, body, .. } => vec![definition, body],
        }
    }

    /// Returns the expressions that this relation itself holds, those of its inputs not included.
    pub fn exprs(&self) -> Vec<&Expr> {
        match self {
            Relation::Scan(scan) => scan.predicates.iter().collect(),
            Relation::Filter { predicate, .. } => vec![predicate],
            Relation::Project { columns, .. } => columns.iter().map(|named| &named.expr).collect(),
            Relation::Join(join) => join.on.iter().collect(),
            Relation::Unnest(unnest) => vec![&unnest.array],
            Relation::Aggregate(aggregate) => {
                let keys = aggregate.keys.iter().map(|key| &key.expr);
                keys.chain(aggregate.calls.iter().flat_map(AggregateCall::exprs)).collect()
            }
            Relation::Sort { keys, .. } => keys.iter().map(|key| &key.expr).collect(),
            Relation::Window(window) => window.exprs(),
            Relation::Values { .. }
            | Relation::Limit { .. }
            | Relation::SetOperation(_)
            | Relation::Recursive(_)
            | Relation::SingleRow(_)
            | Relation::RowNumber { .. }
            | Relation::With { .. }
            | Relation::Shared { .. } => Vec::new(),
        }
    }

    /// Returns the expressions that this relation itself holds, to be changed.
    pub fn exprs_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Relation::Scan(scan) => scan.predicates.iter_mut().collect(),
            Relation::Filter { predicate, .. } => vec![predicate],
            Relation::Project { columns, .. } => columns.iter_mut().map(|named| &mut named.expr).collect(),
            Relation::Join(join) => join.on.iter_mut().collect(),
            Relation::Unnest(unnest) => vec![&mut unnest.array],
            Relation::Aggregate(aggregate) => {
                let keys = aggregate.keys.iter_mut().map(|key| &mut key.expr);
                keys.chain(aggregate.calls.iter_mut().flat_map(AggregateCall::exprs_mut)).collect()
            }
            Relation::Sort { keys, .. } => keys.iter_mut().map(|key| &mut key.expr).collect(),
            Relation::Window(window) => window.exprs_mut(),
            Relation::Values { .. }
            | Relation::Limit { .. }
            | Relation::SetOperation(_)
            | Relation::Recursive(_)
            | Relation::SingleRow(_)
            | Relation::RowNumber { .. }
            | Relation::With { .. }
            | Relation::Shared { .. } => Vec::new(),
        }
    }

    /// Calls `visit` for this relation and all below it, those of subqueries in expressions included.
    pub fn for_each(&self, visit: &mut dyn FnMut(&Relation)) {
        visit(self);
        for expr in self.exprs() {
            expr.for_each(&mut |inner| {
                if let Expr::Subquery(subquery) = inner {
                    subquery.relation.for_each(visit);
                }
            });
        }
        for input in self.inputs() {
            input.for_each(visit);
        }
    }

    /// As [`Relation::for_each`], and `visit` may change the relation it is given.
    pub fn for_each_mut(&mut self, visit: &mut dyn FnMut(&mut Relation)) {
        visit(self);
        for expr in self.exprs_mut() {
            expr.for_each_mut(&mut |inner| {
                if let Expr::Subquery(subquery) = inner {
                    subquery.relation.for_each_mut(visit);
                }
            });
        }
        for input in self.inputs_mut() {
            input.for_each_mut(visit);
        }
    }
}

impl AggregateCall {
    /// Returns the arguments, the filter, the sort keys and HAVING's key.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let keys = self.order_by.iter().map(|key| &key.expr);
        let having = self.having.iter().map(|having| &having.key);
        self.arguments.iter().chain(&self.filter).chain(keys).chain(having)
    }

    /// Returns the arguments, the filter, the sort keys and HAVING's key, to be changed.
    pub fn exprs_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        let keys = self.order_by.iter_mut().map(|key| &mut key.expr);
        let having = self.having.iter_mut().map(|having| &mut having.key);
        self.arguments.iter_mut().chain(&mut self.filter).chain(keys).chain(having)
    }
}

impl ArraySubquery {
    /// Returns the expressions that it holds.
    pub fn exprs(&self) -> Vec<&Expr> {
        let mut exprs: Vec<&Expr> = self.sources.iter().map(|source| &source.array).collect();
        exprs.extend(&self.filter);
        match &self.result {
            ArraySubqueryResult::Reduce { aggregates, result } => {
                exprs.extend(aggregates.iter().flat_map(AggregateCall::exprs));
                exprs.push(result);
            }
            ArraySubqueryResult::Exists => {}
            ArraySubqueryResult::Array { value, order_by, .. }
            | ArraySubqueryResult::Scalar { value, order_by, .. } => {
                exprs.push(value);
                exprs.extend(order_by.iter().map(|key| &key.expr));
            }
        }
        exprs
    }

    /// Returns the expressions that it holds, to be changed.
    pub fn exprs_mut(&mut self) -> Vec<&mut Expr> {
        let mut exprs: Vec<&mut Expr> = self.sources.iter_mut().map(|source| &mut source.array).collect();
        exprs.extend(&mut self.filter);
        match &mut self.result {
            ArraySubqueryResult::Reduce { aggregates, result } => {
                exprs.extend(aggregates.iter_mut().flat_map(AggregateCall::exprs_mut));
                exprs.push(result);
            }
            ArraySubqueryResult::Exists => {}
            ArraySubqueryResult::Array { value, order_by, .. }
            | ArraySubqueryResult::Scalar { value, order_by, .. } => {
                exprs.push(value);
                exprs.extend(order_by.iter_mut().map(|key| &mut key.expr));
            }
        }
        exprs
    }
}

impl Expr {
    /// Returns the expressions directly below; of a subquery the operand of IN, not what its relation holds.
    pub fn children(&self) -> Vec<&Expr> {
        match self {
            Expr::Column(_) | Expr::Literal(..) => Vec::new(),
            Expr::Call { arguments, .. } => arguments.iter().collect(),
            Expr::Cast { input, format, time_zone, .. } => {
                let options = [format, time_zone].into_iter().flatten().map(|expr| &**expr);
                std::iter::once(&**input).chain(options).collect()
            }
            Expr::Field { input, .. } => vec![input],
            Expr::Subquery(subquery) => match &subquery.kind {
                SubqueryKind::In(operand) => vec![operand],
                SubqueryKind::Scalar | SubqueryKind::Exists | SubqueryKind::Array => Vec::new(),
            },
            Expr::ArraySubquery(subquery) => subquery.exprs(),
        }
    }

    /// Returns the expressions directly below, to be changed.
    pub fn children_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Expr::Column(_) | Expr::Literal(..) => Vec::new(),
            Expr::Call { arguments, .. } => arguments.iter_mut().collect(),
            Expr::Cast { input, format, time_zone, .. } => {
                let options = [format, time_zone].into_iter().flatten().map(|expr| &mut **expr);
                std::iter::once(&mut **input).chain(options).collect()
            }
            Expr::Field { input, .. } => vec![input],
            Expr::Subquery(subquery) => match &mut subquery.kind {
                SubqueryKind::In(operand) => vec![operand],
                SubqueryKind::Scalar | SubqueryKind::Exists | SubqueryKind::Array => Vec::new(),
            },
            Expr::ArraySubquery(subquery) => subquery.exprs_mut(),
        }
    }

    /// Calls `visit` for this expression and all below it; the relations of subqueries are not entered.
    pub fn for_each(&self, visit: &mut dyn FnMut(&Expr)) {
        visit(self);
        for child in self.children() {
            child.for_each(visit);
        }
    }

    /// As [`Expr::for_each`], and `visit` may change the expression it is given.
    pub fn for_each_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        visit(self);
        for child in self.children_mut() {
            child.for_each_mut(visit);
        }
    }
}
