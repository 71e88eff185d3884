//! Windows: their specifications, named or not, and the relations that compute them.
//!
//! Calls with OVER are gathered while the clauses that may hold them are bound, each standing in its
//! expression as a column. Then they are put on the rows: calls whose partitions are the same and whose
//! orders begin alike share one sort.

use std::cell::RefCell;

use canopy_exec::function::{self, Function};
use canopy_format::{DataType, Value};

use super::binder::Binder;
use super::error::{BindError, Result};
use super::expression::{ExprContext, is_groupable};
use super::scope::Scope;
use super::select::type_kind;
use crate::algebra::{
    AggregateCall, Expr, FrameBound, FrameUnit, Relation, SortKey, Window, WindowCall, WindowFrame,
};
use crate::syntax::ast::{self, Span};

/// The window calls of one SELECT.
pub(super) struct Windows<'a> {
    /// The names of its FROM clause.
    pub owner: &'a Scope<'a>,
    /// The WINDOW clause.
    pub named: &'a [ast::NamedWindow],
    /// The calls; equal ones once.
    pub calls: RefCell<Vec<BoundCall>>,
}

/// A call with its window.
#[derive(Debug, Clone)]
pub(super) struct BoundCall {
    /// The call.
    pub call: AggregateCall,
    /// Its window.
    pub window: BoundWindow,
    /// References noted from here ...
    pub since: usize,
    /// ... to here.
    pub until: usize,
    /// Where it stands.
    pub span: Span,
}

/// A window's specification.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct BoundWindow {
    /// PARTITION BY.
    pub partition_by: Vec<Expr>,
    /// ORDER BY.
    pub order_by: Vec<SortKey>,
    /// ROWS or RANGE, where written.
    pub frame: Option<WindowFrame>,
}

impl<'a> Windows<'a> {
    /// Returns no calls yet.
    pub fn new(owner: &'a Scope<'a>, named: &'a [ast::NamedWindow]) -> Self {
        Self { owner, named, calls: RefCell::default() }
    }

    /// True when the expression holds a window call's column.
    pub fn stand_in(&self, expr: &Expr) -> bool {
        let mut found = false;
        let calls = self.calls.borrow();
        expr.for_each(&mut |inner| {
            found |= calls.iter().any(|bound| inner.as_column() == Some(bound.call.output.id));
        });
        found
    }
}

impl BoundCall {
    /// The expressions of the call and its window, to be changed.
    pub fn exprs_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        let keys = self.window.order_by.iter_mut().map(|key| &mut key.expr);
        self.window.partition_by.iter_mut().chain(keys).chain(self.call.exprs_mut())
    }
}

impl BoundWindow {
    /// The rows that a call sees: without a frame of its own those up to the row's last peer.
    fn effective_frame(&self) -> Option<WindowFrame> {
        match &self.frame {
            None if self.order_by.is_empty() => None,
            None => Some(WindowFrame {
                unit: FrameUnit::Range,
                start: FrameBound::UnboundedPreceding,
                end: FrameBound::CurrentRow,
            }),
            Some(WindowFrame {
                start: FrameBound::UnboundedPreceding,
                end: FrameBound::UnboundedFollowing,
                ..
            }) => None,
            frame => frame.clone(),
        }
    }
}

/// Checks the names of a WINDOW clause.
pub(super) fn check_names(named: &[ast::NamedWindow]) -> Result<()> {
    for (index, window) in named.iter().enumerate() {
        let same = |other: &&ast::NamedWindow| other.name.value.eq_ignore_ascii_case(&window.name.value);
        if named[..index].iter().any(|other| same(&other)) {
            let message = format!("Duplicate window alias {}", window.name.value);
            return Err(BindError::new(message, window.name.span));
        }
    }
    Ok(())
}

/// Puts the windows on the rows.
pub(super) fn windows(mut relation: Relation, calls: Vec<BoundCall>) -> Relation {
    let mut windows: Vec<Window> = Vec::new();
    for bound in calls {
        let rules = function::find(&bound.call.function).and_then(Function::window_rules);
        let framed = rules.is_none_or(|rules| rules.frame);
        let frame = if framed { bound.window.effective_frame() } else { None };
        let BoundWindow { partition_by, order_by, .. } = bound.window;
        let call = WindowCall { call: bound.call, order_key_count: order_by.len(), frame };
        let shared = windows.iter_mut().find(|window| {
            let common = window.order_by.len().min(order_by.len());
            window.partition_by == partition_by && window.order_by[..common] == order_by[..common]
        });
        match shared {
            Some(window) => {
                if order_by.len() > window.order_by.len() {
                    window.order_by = order_by;
                }
                window.calls.push(call);
            }
            None => {
                let input = Relation::one_row();
                windows.push(Window { input, partition_by, order_by, calls: vec![call] });
            }
        }
    }
    for mut window in windows {
        window.input = relation;
        relation = Relation::Window(Box::new(window));
    }
    relation
}

impl Binder<'_> {
    /// Returns the window that a specification means.
    pub(super) fn window_spec(
        &mut self,
        spec: &ast::WindowSpec,
        named: &[ast::NamedWindow],
        cx: ExprContext<'_>,
    ) -> Result<BoundWindow> {
        let Some(base) = &spec.base else {
            return self.own_window(spec, BoundWindow::default(), cx);
        };
        let is_base = |window: &ast::NamedWindow| window.name.value.eq_ignore_ascii_case(&base.value);
        let Some(index) = named.iter().position(is_base) else {
            return Err(BindError::new(format!("Unrecognized window alias {}", base.value), base.span));
        };
        // A named window may build on those before it.
        let window =
            self.nested(spec.span, |binder| binder.window_spec(&named[index].spec, &named[..index], cx))?;
        if spec.partition_by.is_empty() && spec.order_by.is_empty() && spec.frame.is_none() {
            return Ok(window);
        }
        if let Some(key) = spec.partition_by.first() {
            let message = "PARTITION BY is not allowed when a window refers to another window";
            return Err(BindError::new(message, key.span));
        }
        if let Some(item) = spec.order_by.first().filter(|_| !window.order_by.is_empty()) {
            let message = "ORDER BY is not allowed when the window that is referred to has ORDER BY";
            return Err(BindError::new(message, item.span));
        }
        if window.frame.is_some() {
            let message = "A window with a framing clause cannot be referred to by another window";
            return Err(BindError::new(format!("{message}: {}", base.value), base.span));
        }
        self.own_window(spec, window, cx)
    }

    /// Adds what the specification itself has to the window it builds on.
    fn own_window(
        &mut self,
        spec: &ast::WindowSpec,
        mut window: BoundWindow,
        cx: ExprContext<'_>,
    ) -> Result<BoundWindow> {
        for key in &spec.partition_by {
            let expr = self.expr(key, cx)?;
            if !is_groupable(expr.data_type()) {
                let kind = type_kind(expr.data_type());
                let message = format!("Partitioning by expressions of type {kind} is not allowed");
                return Err(BindError::new(message, key.span));
            }
            window.partition_by.push(expr);
        }
        for item in &spec.order_by {
            let expr = self.expr(&item.value, cx)?;
            window.order_by.push(self.sort_key(expr, item)?);
        }
        if let Some(frame) = &spec.frame {
            window.frame = Some(self.frame(frame, &window.order_by, cx)?);
        }
        Ok(window)
    }

    fn frame(
        &mut self,
        frame: &ast::WindowFrame,
        order_by: &[SortKey],
        cx: ExprContext<'_>,
    ) -> Result<WindowFrame> {
        check_bounds(frame)?;
        let unit = match frame.unit {
            ast::FrameUnit::Rows => FrameUnit::Rows,
            ast::FrameUnit::Range => FrameUnit::Range,
        };
        let has_offset = |bound: &ast::FrameBound| {
            matches!(bound, ast::FrameBound::Preceding(_) | ast::FrameBound::Following(_))
        };
        let offsets = has_offset(&frame.start) || frame.end.as_ref().is_some_and(has_offset);
        let data_type = match (unit, order_by) {
            (FrameUnit::Range, [key]) if offsets => match key.expr.data_type() {
                numeric if numeric.is_numeric() => numeric.clone(),
                other => {
                    let message = format!(
                        "ORDER BY key must be numeric in a RANGE-based window with OFFSET PRECEDING or FOLLOWING \
                         boundaries, but has type {other}"
                    );
                    return Err(BindError::new(message, frame.span));
                }
            },
            (FrameUnit::Range, _) if offsets => {
                let message = "Must have exactly one ORDER BY key in a RANGE-based window with OFFSET PRECEDING \
                               or FOLLOWING boundaries";
                return Err(BindError::new(message, frame.span));
            }
            _ => DataType::Int64,
        };
        let start = self.bound(&frame.start, &data_type, cx)?;
        let end = match &frame.end {
            Some(end) => self.bound(end, &data_type, cx)?,
            None => FrameBound::CurrentRow,
        };
        Ok(WindowFrame { unit, start, end })
    }

    fn bound(
        &mut self,
        bound: &ast::FrameBound,
        data_type: &DataType,
        cx: ExprContext<'_>,
    ) -> Result<FrameBound> {
        Ok(match bound {
            ast::FrameBound::UnboundedPreceding => FrameBound::UnboundedPreceding,
            ast::FrameBound::Preceding(offset) => {
                FrameBound::Preceding(self.frame_offset(offset, data_type, cx)?)
            }
            ast::FrameBound::CurrentRow => FrameBound::CurrentRow,
            ast::FrameBound::Following(offset) => {
                FrameBound::Following(self.frame_offset(offset, data_type, cx)?)
            }
            ast::FrameBound::UnboundedFollowing => FrameBound::UnboundedFollowing,
        })
    }

    fn frame_offset(
        &mut self,
        offset: &ast::Expr,
        data_type: &DataType,
        cx: ExprContext<'_>,
    ) -> Result<Value> {
        let expr = self.expr(offset, cx)?;
        let expr = self.coerce(expr, data_type, offset.span)?;
        let value = match self.try_fold(&expr) {
            Some(value) => value.map_err(|error| BindError::new(error.to_string(), offset.span))?,
            None => {
                let message = "Window framing expression must be a literal or parameter";
                return Err(BindError::new(message, offset.span));
            }
        };
        let negative = match &value {
            Value::Null => {
                return Err(BindError::new("The boundary offset value cannot be null", offset.span));
            }
            Value::Int64(value) => *value < 0,
            Value::Float64(value) => value.is_nan() || *value < 0.0,
            Value::Numeric(value) => *value < 0,
            Value::BigNumeric(value) => value.is_negative(),
            _ => false,
        };
        match negative {
            true => {
                let message = "Window frame offset for PRECEDING or FOLLOWING must be non-negative";
                Err(BindError::new(message, offset.span))
            }
            false => Ok(value),
        }
    }
}

/// A frame cannot end before it begins, whatever the row.
fn check_bounds(frame: &ast::WindowFrame) -> Result<()> {
    use ast::FrameBound::*;
    let message = match (&frame.start, &frame.end) {
        (UnboundedFollowing, _) => "A window frame cannot start with UNBOUNDED FOLLOWING",
        (_, Some(UnboundedPreceding)) => "A window frame cannot end with UNBOUNDED PRECEDING",
        (Following(_), Some(CurrentRow)) => {
            "A window frame that starts with FOLLOWING cannot end with CURRENT ROW"
        }
        (Following(_) | CurrentRow, Some(Preceding(_))) => {
            "A window frame that starts with CURRENT ROW or FOLLOWING cannot end with PRECEDING"
        }
        (Following(_), None) => "A window frame that starts with FOLLOWING needs an end",
        _ => return Ok(()),
    };
    Err(BindError::new(message, frame.span))
}
