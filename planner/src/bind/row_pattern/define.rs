//! DEFINE: which rows meet the conditions of the symbols.

use canopy_format::{DataType, Value};

use super::{PatternFunctions, Rows, looks_around, symbols};
use crate::algebra::{ArraySource, ArraySubquery, ArraySubqueryResult, Expr, Named};
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::bind::expression::ExprContext;
use crate::bind::scope::{NameList, NamedColumn, Scope};
use crate::syntax::ast::MatchRecognize;

/// Most symbols: each has a bit of an INT64.
const SYMBOLS_MAX: usize = 62;

impl Binder<'_> {
    /// Returns the conditions that a row alone decides, as columns, and for each symbol the field that they will
    /// be of the row (counted from the input's columns).
    pub(super) fn row_symbols(
        &mut self,
        scope: &Scope<'_>,
        syntax: &MatchRecognize,
    ) -> Result<(Vec<Named>, Vec<Option<usize>>)> {
        let names = symbols(syntax);
        if names.len() > SYMBOLS_MAX {
            let what = format!("MATCH_RECOGNIZE with more than {SYMBOLS_MAX} symbols");
            return Err(BindError::unsupported(what, syntax.span));
        }
        for (index, name) in names.iter().enumerate() {
            if names[..index].iter().any(|known| known.value.eq_ignore_ascii_case(&name.value)) {
                return Err(BindError::new(format!("Duplicate symbol {} in DEFINE", name.value), name.span));
            }
        }
        let (mut flags, mut fields) = (Vec::new(), Vec::new());
        for binding in &syntax.define {
            if looks_around(&binding.value) {
                fields.push(None);
                continue;
            }
            let expr = self.condition(&binding.value, "DEFINE", ExprContext::plain(scope, "DEFINE"))?;
            fields.push(Some(flags.len()));
            flags.push(Named { column: self.ids.column(binding.name.value.clone(), DataType::Bool), expr });
        }
        Ok((flags, fields))
    }

    /// Returns the array of the rows' bits.
    pub(super) fn symbol_bits(
        &mut self,
        rows: &Rows,
        syntax: &MatchRecognize,
        outer: Option<&Scope<'_>>,
    ) -> Result<Expr> {
        let row_type = rows.array.data_type.element().cloned().unwrap_or(DataType::Int64);
        let element = self.ids.column("row", row_type);
        let offset = self.ids.column("offset", DataType::Int64);
        let field = |index: usize, data_type: DataType| Expr::Field {
            input: Box::new(Expr::Column(element.clone())),
            index,
            data_type,
        };
        let columns = rows.fields.iter().enumerate().map(|(index, column)| NamedColumn {
            name: column.name.clone(),
            expr: field(index, column.data_type.clone()),
        });
        let scope = Scope::new(NameList { columns: columns.collect(), ..NameList::default() }, outer);
        let number = |value: i64| Expr::Literal(Value::Int64(value), DataType::Int64);
        let mut bits = number(0);
        for (index, binding) in syntax.define.iter().enumerate() {
            let span = binding.value.span;
            let condition = match rows.symbols[index] {
                Some(flag) => field(rows.fields.len() + flag, DataType::Bool),
                None => {
                    let functions = PatternFunctions::Define {
                        rows: rows.array.clone(),
                        row: element.clone(),
                        at: offset.clone(),
                    };
                    let outside = self.pattern.replace(functions);
                    let cx = ExprContext::plain(&scope, "DEFINE");
                    let bound = self.condition(&binding.value, "DEFINE", cx);
                    self.pattern = outside;
                    bound?
                }
            };
            if condition.has_subquery() {
                return Err(BindError::unsupported("A subquery beside PREV or NEXT", span));
            }
            let bit = self.call("if", vec![condition, number(1 << index), number(0)], span)?;
            bits = self.call("$add", vec![bits, bit], span)?;
        }
        let sources = vec![ArraySource {
            array: Expr::Column(rows.array.clone()),
            element,
            offset: Some(offset),
            outer: false,
        }];
        let value = Box::new(bits);
        Ok(Expr::ArraySubquery(Box::new(ArraySubquery {
            sources,
            filter: None,
            result: ArraySubqueryResult::Array { value, order_by: Vec::new(), limit: None, offset: 0 },
            data_type: DataType::array(DataType::Int64),
        })))
    }
}
