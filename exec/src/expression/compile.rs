//! Compiling messages to nodes: types checked, common subexpressions shared, constants folded.

use std::collections::HashMap;

use canopy_format::{Batch, DataType, Value};
use canopy_proto::plan::{self, expression::Kind as Message};
use prost::Message as _;

use super::evaluate::Frame;
use super::node::{CallNode, Kind, Node, SpecialForm};
use super::peel::PeelMemo;
use super::subquery::Subquery;
use super::{EvalContext, Layout, Program};
use crate::convert::{type_from_proto, value_from_proto};
use crate::function::call::{CallState, ErrorMode};
use crate::function::datetime::{civil, interval};
use crate::function::{self, Implementation, Nulls, ScalarFunction};
use crate::{ExecError, Result};

/// Deepest nesting of expressions.
const DEPTH_MAX: usize = 150;
/// Most nodes of a program.
const NODES_MAX: usize = 1 << 16;

pub(super) fn compile(expressions: &[plan::Expression], layout: &Layout) -> Result<Program> {
    let mut compiler = Compiler {
        layout,
        program: Program { nodes: Vec::new(), outputs: Vec::new(), columns: Vec::new() },
        known: HashMap::new(),
    };
    for expression in expressions {
        let output = compiler.expression(expression, 0)?;
        compiler.program.outputs.push(output);
    }
    Ok(compiler.program)
}

pub(super) fn invalid<T>(message: impl Into<String>) -> Result<T> {
    Err(ExecError::InvalidPlan(message.into()))
}

struct Compiler<'a> {
    layout: &'a Layout,
    program: Program,
    known: HashMap<Key, usize>,
}

/// What makes two nodes the same.
#[derive(Hash, PartialEq, Eq)]
enum Key {
    Column(u32),
    Literal(Vec<u8>, DataType),
    Call(&'static str, Vec<usize>, DataType, bool),
    Cast(Vec<usize>, DataType, bool),
    Field(usize, u32),
    Subquery(Vec<u8>),
}

impl Compiler<'_> {
    fn expression(&mut self, expression: &plan::Expression, depth: usize) -> Result<usize> {
        if depth > DEPTH_MAX {
            return invalid(format!("expression nested deeper than {DEPTH_MAX}"));
        }
        let Some(declared) = &expression.r#type else { return invalid("expression without a type") };
        let data_type = type_from_proto(declared)?;
        match &expression.kind {
            Some(Message::Column(id)) => self.column(*id, data_type),
            Some(Message::Literal(literal)) => self.literal(literal, data_type),
            Some(Message::Call(call)) => self.call(call, data_type, depth),
            Some(Message::Cast(cast)) => self.cast(cast, data_type, depth),
            Some(Message::Field(field)) => self.field(field, data_type, depth),
            Some(Message::ArraySubquery(subquery)) => self.subquery(subquery, data_type, depth),
            None => invalid("expression of no kind"),
        }
    }

    fn column(&mut self, id: u32, declared: DataType) -> Result<usize> {
        let Some((position, data_type)) = self.layout.find(id) else {
            return invalid(format!("column {id} is not in the input"));
        };
        if *data_type != declared {
            return invalid(format!("column {id} is {data_type}, not {declared}"));
        }
        if let Some(&node) = self.known.get(&Key::Column(id)) {
            return Ok(node);
        }
        self.program.columns.push((position, declared.clone()));
        self.add(
            Some(Key::Column(id)),
            Node { data_type: declared, kind: Kind::Column(position), cheap: true, deterministic: true },
        )
    }

    fn literal(&mut self, literal: &plan::Literal, data_type: DataType) -> Result<usize> {
        let value = value_from_proto(literal, &data_type)?;
        if !in_range(&value) {
            return invalid(format!("a literal is outside the range of {data_type}"));
        }
        let key = Key::Literal(literal.encode_to_vec(), data_type.clone());
        self.add(Some(key), constant(value, data_type))
    }

    fn arguments(&mut self, messages: &[plan::Expression], depth: usize) -> Result<Vec<usize>> {
        messages.iter().map(|message| self.expression(message, depth + 1)).collect()
    }

    fn types(&self, nodes: &[usize]) -> Vec<DataType> {
        nodes.iter().map(|&node| self.program.nodes[node].data_type.clone()).collect()
    }

    fn call(&mut self, call: &plan::Call, declared: DataType, depth: usize) -> Result<usize> {
        let Some(function) = function::find(&call.function) else {
            return invalid(format!("unknown function {}", call.function));
        };
        let mut arguments = self.arguments(&call.arguments, depth)?;
        let types = self.types(&arguments);
        if !function::fits_exactly(function, &types, &declared) {
            let types: Vec<String> = types.iter().map(ToString::to_string).collect();
            return invalid(format!(
                "function {} does not take ({}) and give {declared}",
                function.name,
                types.join(", ")
            ));
        }
        match &function.implementation {
            Implementation::Scalar(scalar) => {
                let deterministic = function.deterministic;
                let key = deterministic
                    .then(|| Key::Call(function.name, arguments.clone(), declared.clone(), call.safe));
                self.scalar(scalar, arguments, declared, call.safe, deterministic, key)
            }
            Implementation::Special(form) => {
                if call.safe {
                    return invalid(format!("function {} does not support SAFE", function.name));
                }
                if *form == SpecialForm::NullIf {
                    arguments[1] = self.equality(&arguments)?;
                }
                if matches!(form, SpecialForm::And | SpecialForm::Or) {
                    arguments = self.flattened(*form, arguments);
                }
                let key = Key::Call(function.name, arguments.clone(), declared.clone(), false);
                self.special(*form, arguments, declared, key)
            }
            Implementation::Aggregate(_) => {
                invalid(format!("aggregate function {} outside an aggregation", function.name))
            }
            Implementation::Window(_) => {
                invalid(format!("window function {} outside a window", function.name))
            }
        }
    }

    fn equality(&mut self, arguments: &[usize]) -> Result<usize> {
        let Some(equal) = function::find("$equal") else { return invalid("no function $equal") };
        let Implementation::Scalar(scalar) = &equal.implementation else {
            return invalid("function $equal is not scalar");
        };
        let key = Key::Call("$equal", arguments.to_vec(), DataType::Bool, false);
        self.scalar(scalar, arguments.to_vec(), DataType::Bool, false, true, Some(key))
    }

    /// `(a AND b) AND c` as one form of three, so that long chains need no depth.
    fn flattened(&self, form: SpecialForm, arguments: Vec<usize>) -> Vec<usize> {
        let mut flat = Vec::with_capacity(arguments.len());
        for node in arguments {
            match &self.program.nodes[node].kind {
                Kind::Special { form: inner, arguments } if *inner == form => flat.extend(arguments),
                _ => flat.push(node),
            }
        }
        flat
    }

    fn special(
        &mut self,
        form: SpecialForm,
        arguments: Vec<usize>,
        data_type: DataType,
        key: Key,
    ) -> Result<usize> {
        let nodes = || arguments.iter().map(|&node| &self.program.nodes[node]);
        let deterministic = nodes().all(|node| node.deterministic);
        let cheap = matches!(form, SpecialForm::And | SpecialForm::Or) && nodes().all(|node| node.cheap);
        let kind = Kind::Special { form, arguments };
        self.add(deterministic.then_some(key), Node { data_type, kind, cheap, deterministic })
    }

    fn scalar(
        &mut self,
        scalar: &ScalarFunction,
        arguments: Vec<usize>,
        data_type: DataType,
        safe: bool,
        deterministic: bool,
        key: Option<Key>,
    ) -> Result<usize> {
        let nodes = || arguments.iter().map(|&node| &self.program.nodes[node]);
        let cheap = scalar.cheap && nodes().all(|node| node.cheap);
        let foldable = deterministic
            && !scalar.reads_context
            && nodes().all(|node| matches!(node.kind, Kind::Constant(_)));
        let deterministic = deterministic && nodes().all(|node| node.deterministic);
        let call = CallNode {
            run: scalar.run,
            arguments,
            errors: if safe { ErrorMode::Null } else { ErrorMode::Raise },
            nulls: scalar.nulls,
            state: CallState::default(),
            memo: PeelMemo::new(deterministic),
        };
        let node = Node { data_type, kind: Kind::Call(Box::new(call)), cheap, deterministic };
        let index = self.add(key.filter(|_| deterministic), node)?;
        if foldable {
            self.fold(index);
        }
        Ok(index)
    }

    /// Replaces a call of constants by its value. A call that fails stays: it fails only where evaluated.
    fn fold(&mut self, index: usize) {
        if matches!(self.program.nodes[index].kind, Kind::Constant(_)) {
            return;
        }
        let context = EvalContext::default();
        let batch = Batch::new(Vec::new(), 1);
        let frame = Frame::root(&self.program, batch.columns(), None, 1, &context);
        if let Ok(found) = frame.evaluate(index) {
            let value = found.value(0);
            let data_type = self.program.nodes[index].data_type.clone();
            self.program.nodes[index] = constant(value, data_type);
        }
    }

    fn cast(&mut self, cast: &plan::Cast, declared: DataType, depth: usize) -> Result<usize> {
        let Some(input) = &cast.input else { return invalid("cast of nothing") };
        let mut arguments = vec![self.expression(input, depth + 1)?];
        let from = self.program.nodes[arguments[0]].data_type.clone();
        if cast.time_zone.is_some() && cast.format.is_none() {
            return invalid("cast with a time zone and no format");
        }
        for extra in [&cast.format, &cast.time_zone].into_iter().flatten() {
            let node = self.expression(extra, depth + 1)?;
            if self.program.nodes[node].data_type != DataType::String {
                return invalid("the format or time zone of a cast is not a STRING");
            }
            arguments.push(node);
        }
        if arguments.len() == 1 && function::same_shape(&from, &declared) && from == declared {
            return Ok(arguments[0]);
        }
        let formatted = arguments.len() > 1;
        let Some(scalar) = function::cast::find(&from, &declared, formatted) else {
            return invalid(format!(
                "no cast from {from} to {declared}{}",
                if formatted { " with a format" } else { "" }
            ));
        };
        let key = Key::Cast(arguments.clone(), declared.clone(), cast.safe);
        self.scalar(&scalar, arguments, declared, cast.safe, true, Some(key))
    }

    fn field(&mut self, field: &plan::FieldAccess, declared: DataType, depth: usize) -> Result<usize> {
        let Some(input) = &field.input else { return invalid("field of nothing") };
        let input = self.expression(input, depth + 1)?;
        let data_type = &self.program.nodes[input].data_type;
        let found = data_type.fields().and_then(|fields| fields.get(field.index as usize));
        if found.is_none_or(|found| !function::same_shape(&found.data_type, &declared)) {
            return invalid(format!("field {} of {data_type} is not {declared}", field.index));
        }
        if let Some(&known) = self.known.get(&Key::Field(input, field.index)) {
            return Ok(known);
        }
        // The position is a second, constant argument.
        let index = self.add(None, constant(Value::Int64(field.index as i64), DataType::Int64))?;
        let scalar = ScalarFunction {
            run: function::structure::field,
            nulls: Nulls::Handled,
            cheap: true,
            reads_context: false,
        };
        let key = Key::Field(input, field.index);
        self.scalar(&scalar, vec![input, index], declared, false, true, Some(key))
    }

    fn subquery(&mut self, message: &plan::ArraySubquery, declared: DataType, depth: usize) -> Result<usize> {
        let subquery = Subquery::compile(message, &declared, self.layout, depth + 1)?;
        for (position, data_type) in subquery.outer_columns() {
            if !self.program.columns.iter().any(|(own, _)| own == position) {
                self.program.columns.push((*position, data_type.clone()));
            }
        }
        let deterministic = subquery.is_deterministic();
        let key = deterministic.then(|| Key::Subquery(message.encode_to_vec()));
        self.add(
            key,
            Node {
                data_type: declared,
                kind: Kind::Subquery(Box::new(subquery)),
                cheap: false,
                deterministic,
            },
        )
    }

    fn add(&mut self, key: Option<Key>, node: Node) -> Result<usize> {
        if let Some(known) = key.as_ref().and_then(|key| self.known.get(key)) {
            return Ok(*known);
        }
        if self.program.nodes.len() >= NODES_MAX {
            return invalid(format!("more than {NODES_MAX} expressions in one operator"));
        }
        let index = self.program.nodes.len();
        self.program.nodes.push(node);
        if let Some(key) = key {
            self.known.insert(key, index);
        }
        Ok(index)
    }
}

fn constant(value: Value, data_type: DataType) -> Node {
    Node { data_type, kind: Kind::Constant(value), cheap: true, deterministic: true }
}

/// True when the value, and every part of it, is one that GoogleSQL has: kernels rely on it.
fn in_range(value: &Value) -> bool {
    match value {
        Value::Numeric(value) => crate::kernel::decimal::in_range(*value, 9),
        Value::Date(days) => (civil::DAYS_MIN..=civil::DAYS_MAX).contains(&(*days as i64)),
        Value::Time(micros) => (0..civil::DAY).contains(micros),
        Value::Datetime(micros) | Value::Timestamp(micros) => civil::in_range(*micros),
        Value::Interval(v) => interval::checked(v.months as i64, v.days as i64, v.micros as i128).is_ok(),
        Value::Array(parts) | Value::Struct(parts) => parts.iter().all(in_range),
        _ => true,
    }
}
