//! Expressions, with parentheses where precedence needs them.

use super::super::ast::*;
use super::super::parser::Precedence;
use super::Writer;

/// Returns how tight an expression holds together.
fn precedence(kind: &ExprKind) -> Precedence {
    match kind {
        ExprKind::Or(_) | ExprKind::Lambda { .. } => Precedence::Or,
        ExprKind::And(_) => Precedence::And,
        ExprKind::Unary { op: UnaryOp::Not, .. } => Precedence::Not,
        ExprKind::Unary { .. } => Precedence::Unary,
        ExprKind::Binary { op, .. } => op.precedence(),
        ExprKind::Is { .. }
        | ExprKind::IsDistinctFrom { .. }
        | ExprKind::Between { .. }
        | ExprKind::In { .. }
        | ExprKind::Like { .. }
        | ExprKind::LikeQuantified { .. }
        | ExprKind::Quantified { .. } => Precedence::Comparison,
        // A dot after these would be read as part of them.
        ExprKind::Interval { .. }
        | ExprKind::SystemVariable(_)
        | ExprKind::Literal(Literal::Int(_) | Literal::IntTooLarge(_) | Literal::Float(_)) => {
            Precedence::Unary
        }
        _ => Precedence::Operand,
    }
}

/// Says whether an expression is one operand, which needs no parentheses before a suffix.
pub(in crate::syntax) fn is_operand(kind: &ExprKind) -> bool {
    precedence(kind) == Precedence::Operand
}

impl Writer {
    pub(super) fn expr(&mut self, expr: &Expr) {
        self.expr_above(expr, Precedence::Or);
    }

    /// Writes an expression where something that binds at least as tight as `min` must stand.
    pub(super) fn expr_above(&mut self, expr: &Expr, min: Precedence) {
        if precedence(&expr.kind) >= min {
            return self.kind(&expr.kind);
        }
        self.text("(");
        self.kind(&expr.kind);
        self.text(")");
    }

    /// Writes what a dot follows: a plain name there would grow longer.
    fn dotted_base(&mut self, base: &Expr) {
        match base.kind {
            ExprKind::Path(_) => {
                self.text("(");
                self.kind(&base.kind);
                self.text(")");
            }
            _ => self.expr_above(base, Precedence::Operand),
        }
    }

    fn kind(&mut self, kind: &ExprKind) {
        match kind {
            ExprKind::Literal(literal) => self.literal(literal),
            ExprKind::Path(path) => self.path(path),
            ExprKind::Parameter(parameter) => self.parameter(parameter),
            ExprKind::SystemVariable(path) => {
                self.text("@@");
                self.path(path);
            }
            ExprKind::Field { base, field } => {
                self.dotted_base(base);
                self.text(".");
                self.ident(field);
            }
            ExprKind::Subscript { base, mode, index } => self.subscript(base, *mode, index),
            ExprKind::Unary { op, operand } => self.unary(*op, operand),
            ExprKind::Binary { left, op, right, .. } => {
                let at = op.precedence();
                let left_min = if op.is_comparison() { at.tighter() } else { at };
                self.expr_above(left, left_min);
                self.text(" ");
                self.text(op.symbol());
                self.text(" ");
                self.expr_above(right, at.tighter());
            }
            ExprKind::And(operands) => self.chain(operands, " AND ", Precedence::Not),
            ExprKind::Or(operands) => self.chain(operands, " OR ", Precedence::And),
            ExprKind::Case { operand, branches, otherwise } => {
                self.text("CASE");
                self.optional(" ", operand.as_deref(), Self::expr);
                for CaseBranch { when, then } in branches {
                    self.text(" WHEN ");
                    self.expr(when);
                    self.text(" THEN ");
                    self.expr(then);
                }
                self.optional(" ELSE ", otherwise.as_deref(), Self::expr);
                self.text(" END");
            }
            ExprKind::Cast { safe, operand, data_type, format, time_zone } => {
                self.text(if *safe { "SAFE_CAST(" } else { "CAST(" });
                self.expr(operand);
                self.text(" AS ");
                self.data_type(data_type);
                self.optional(" FORMAT ", format.as_deref(), Self::expr);
                self.optional(" AT TIME ZONE ", time_zone.as_deref(), Self::expr);
                self.text(")");
            }
            ExprKind::Extract { part, value, time_zone } => {
                self.text("EXTRACT(");
                self.expr(part);
                self.text(" FROM ");
                self.expr(value);
                self.optional(" AT TIME ZONE ", time_zone.as_deref(), Self::expr);
                self.text(")");
            }
            ExprKind::Interval { value, from, to } => {
                self.text("INTERVAL ");
                self.expr(value);
                self.text(" ");
                self.ident(from);
                self.optional(" TO ", to.as_ref(), Self::ident);
            }
            ExprKind::Struct { form, fields } => self.struct_value(form, fields),
            ExprKind::Array { element_type, elements } => {
                if let Some(element_type) = element_type {
                    self.text("ARRAY<");
                    self.data_type(element_type);
                    self.text(">");
                }
                self.text("[");
                self.list(elements, Self::expr);
                self.text("]");
            }
            ExprKind::Call(call) => self.call(call),
            ExprKind::Subquery(query) => self.parenthesized_query(query),
            ExprKind::ArraySubquery(query) => {
                self.text("ARRAY");
                self.parenthesized_query(query);
            }
            ExprKind::Exists(query) => {
                self.text("EXISTS");
                self.parenthesized_query(query);
            }
            ExprKind::Lambda { parameters, body } => {
                self.parens(parameters, Self::ident);
                self.text(" -> ");
                self.expr(body);
            }
            ExprKind::With { bindings, body } => {
                self.text("WITH(");
                self.list(bindings, |w, binding| {
                    w.ident(&binding.name);
                    w.text(" AS ");
                    w.expr(&binding.value);
                });
                self.text(", ");
                self.expr(body);
                self.text(")");
            }
            comparison => self.comparison(comparison),
        }
    }

    fn chain(&mut self, operands: &[Expr], between: &str, min: Precedence) {
        for (index, operand) in operands.iter().enumerate() {
            self.when(index > 0, between);
            self.expr_above(operand, min);
        }
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr) {
        match op {
            UnaryOp::Not => {
                self.text("NOT ");
                self.expr_above(operand, Precedence::Not);
            }
            _ => {
                self.text(match op {
                    UnaryOp::Plus => "+",
                    UnaryOp::Minus => "-",
                    _ => "~",
                });
                // `--` would begin a comment.
                self.when(matches!(operand.kind, ExprKind::Unary { .. }), " ");
                self.expr_above(operand, Precedence::Unary);
            }
        }
    }

    /// Writes the operators that are words; they do not chain.
    fn comparison(&mut self, kind: &ExprKind) {
        let tight = Precedence::BitOr;
        let not = |negated: &bool| if *negated { " NOT" } else { "" };
        match kind {
            ExprKind::Is { operand, test, negated } => {
                self.expr_above(operand, tight);
                self.text(" IS");
                self.text(not(negated));
                self.text(match test {
                    IsTest::Null => " NULL",
                    IsTest::True => " TRUE",
                    IsTest::False => " FALSE",
                    IsTest::Unknown => " UNKNOWN",
                });
            }
            ExprKind::IsDistinctFrom { left, right, negated } => {
                self.expr_above(left, tight);
                self.text(" IS");
                self.text(not(negated));
                self.text(" DISTINCT FROM ");
                self.expr_above(right, tight);
            }
            ExprKind::Between { operand, low, high, negated } => {
                self.expr_above(operand, tight);
                self.text(not(negated));
                self.text(" BETWEEN ");
                self.expr_above(low, tight);
                self.text(" AND ");
                self.expr_above(high, tight);
            }
            ExprKind::In { operand, list, negated } => {
                self.expr_above(operand, tight);
                self.text(not(negated));
                self.text(" IN ");
                self.value_list(list);
            }
            ExprKind::Like { operand, pattern, negated } => {
                self.expr_above(operand, tight);
                self.text(not(negated));
                self.text(" LIKE ");
                self.expr_above(pattern, tight);
            }
            ExprKind::LikeQuantified { operand, quantifier, list, negated } => {
                self.expr_above(operand, tight);
                self.text(not(negated));
                self.text(" LIKE ");
                self.quantifier(*quantifier);
                self.value_list(list);
            }
            ExprKind::Quantified { left, op, quantifier, list } => {
                self.expr_above(left, tight);
                self.text(" ");
                self.text(op.symbol());
                self.text(" ");
                self.quantifier(*quantifier);
                self.value_list(list);
            }
            _ => unreachable!("every other kind is written by its caller"),
        }
    }

    fn quantifier(&mut self, quantifier: Quantifier) {
        self.text(match quantifier {
            Quantifier::Any => "ANY ",
            Quantifier::Some => "SOME ",
            Quantifier::All => "ALL ",
        });
    }

    fn value_list(&mut self, list: &ValueList) {
        match list {
            ValueList::List(items) => self.parens(items, Self::expr),
            ValueList::Subquery(query) => self.parenthesized_query(query),
            ValueList::Unnest(array) => {
                self.text("UNNEST(");
                self.expr(array);
                self.text(")");
            }
        }
    }

    pub(super) fn parameter(&mut self, parameter: &Parameter) {
        match parameter {
            Parameter::Named(name) => {
                self.text("@");
                self.ident(name);
            }
            Parameter::Positional(_) => self.text("?"),
        }
    }

    fn subscript(&mut self, base: &Expr, mode: SubscriptMode, index: &Expr) {
        self.expr_above(base, Precedence::Operand);
        let name = match mode {
            SubscriptMode::Plain => "",
            SubscriptMode::Offset => "OFFSET",
            SubscriptMode::Ordinal => "ORDINAL",
            SubscriptMode::SafeOffset => "SAFE_OFFSET",
            SubscriptMode::SafeOrdinal => "SAFE_ORDINAL",
            SubscriptMode::Key => "KEY",
            SubscriptMode::SafeKey => "SAFE_KEY",
        };
        self.text("[");
        if name.is_empty() {
            self.expr(index);
        } else {
            self.text(name);
            self.text("(");
            self.expr(index);
            self.text(")");
        }
        self.text("]");
    }

    fn struct_value(&mut self, form: &StructForm, fields: &[StructValue]) {
        match form {
            StructForm::Keyword => self.text("STRUCT"),
            StructForm::Typed(types) => self.struct_type(types),
            StructForm::Tuple => {}
        }
        self.parens(fields, |w, field| {
            w.expr(&field.value);
            w.alias(&field.alias);
        });
    }

    pub(super) fn call(&mut self, call: &FunctionCall) {
        if let Some(receiver) = &call.receiver {
            self.dotted_base(receiver);
            self.text(".");
        }
        let longer = call.receiver.is_some() && call.name.parts.len() > 1;
        self.when(longer, "(");
        self.path(&call.name);
        self.when(longer, ")");
        self.text("(");
        self.when(call.distinct, "DISTINCT ");
        self.list(&call.arguments, Self::argument);
        self.text(match call.null_handling {
            Some(NullHandling::Ignore) => " IGNORE NULLS",
            Some(NullHandling::Respect) => " RESPECT NULLS",
            None => "",
        });
        self.optional(" WHERE ", call.filter.as_ref(), Self::expr);
        match &call.having {
            Some(HavingModifier::Max(value)) => self.optional(" HAVING MAX ", Some(value), Self::expr),
            Some(HavingModifier::Min(value)) => self.optional(" HAVING MIN ", Some(value), Self::expr),
            _ => {}
        }
        self.clause(" GROUP BY ", &call.group_by, Self::expr);
        if let Some(HavingModifier::Filter(value)) = &call.having {
            self.optional(" HAVING ", Some(value), Self::expr);
        }
        self.clause(" ORDER BY ", &call.order_by, Self::order_item);
        self.optional(" LIMIT ", call.limit.as_ref(), Self::expr);
        self.text(")");
        self.optional(" OVER ", call.over.as_ref(), Self::window);
    }

    pub(super) fn argument(&mut self, argument: &Argument) {
        if let Some(name) = &argument.name {
            self.ident(name);
            self.text(" => ");
        }
        match &argument.value {
            ArgumentValue::Expr(value) => self.expr(value),
            ArgumentValue::Star => self.text("*"),
            ArgumentValue::Table(table) => {
                self.text("TABLE ");
                match table {
                    TableArgument::Name(path) => self.path(path),
                    TableArgument::Call(call) => self.call(call),
                }
            }
            ArgumentValue::Model(path) => self.optional("MODEL ", Some(path), Self::path),
            ArgumentValue::Connection(path) => {
                self.text("CONNECTION ");
                self.connection_name(path.as_ref());
            }
            ArgumentValue::Descriptor(columns) => {
                self.text("DESCRIPTOR");
                self.parens(columns, Self::ident);
            }
        }
        self.alias(&argument.alias);
    }

    pub(super) fn window(&mut self, spec: &WindowSpec) {
        let alone = spec.partition_by.is_empty() && spec.order_by.is_empty() && spec.frame.is_none();
        match &spec.base {
            // A span that is the name's own says that there were no parentheses.
            Some(base) if alone && spec.span == base.span => return self.ident(base),
            _ => {}
        }
        self.text("(");
        self.optional("", spec.base.as_ref(), Self::ident);
        self.clause(" PARTITION BY ", &spec.partition_by, Self::expr);
        self.clause(" ORDER BY ", &spec.order_by, Self::order_item);
        if let Some(frame) = &spec.frame {
            self.text(if frame.unit == FrameUnit::Rows { " ROWS " } else { " RANGE " });
            self.when(frame.end.is_some(), "BETWEEN ");
            self.frame_bound(&frame.start);
            self.optional(" AND ", frame.end.as_ref(), Self::frame_bound);
        }
        self.text(")");
    }

    fn frame_bound(&mut self, bound: &FrameBound) {
        match bound {
            FrameBound::UnboundedPreceding => self.text("UNBOUNDED PRECEDING"),
            FrameBound::CurrentRow => self.text("CURRENT ROW"),
            FrameBound::UnboundedFollowing => self.text("UNBOUNDED FOLLOWING"),
            FrameBound::Preceding(distance) => {
                self.expr(distance);
                self.text(" PRECEDING");
            }
            FrameBound::Following(distance) => {
                self.expr(distance);
                self.text(" FOLLOWING");
            }
        }
    }
}
