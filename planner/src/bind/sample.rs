//! TABLESAMPLE.

use canopy_format::{DataType, Value};

use super::binder::Binder;
use super::error::{BindError, Result};
use super::expression::ExprContext;
use super::from::Source;
use super::scope::{NameList, Scope};
use crate::algebra::Relation;
use crate::syntax::ast::{self, SampleUnit};

impl Binder<'_> {
    /// Returns `table TABLESAMPLE SYSTEM (n PERCENT)`: some of the table's stripes, whole.
    pub(super) fn sample(&mut self, input: Source, sample: &ast::TableSample) -> Result<Source> {
        if !sample.method.value.eq_ignore_ascii_case("SYSTEM") {
            let what = format!("TABLESAMPLE {}", sample.method.value.to_uppercase());
            return Err(BindError::unsupported(what, sample.method.span));
        }
        if sample.unit == SampleUnit::Rows {
            return Err(BindError::unsupported("TABLESAMPLE SYSTEM with ROWS", sample.span));
        }
        if let Some(repeatable) = &sample.repeatable {
            return Err(BindError::unsupported("REPEATABLE", repeatable.span));
        }
        if sample.weight.is_some() || !sample.partition_by.is_empty() {
            return Err(BindError::unsupported("TABLESAMPLE with WEIGHT or PARTITION BY", sample.span));
        }
        let percent = self.percent(&sample.size)?;
        let Source { relation: Relation::Scan(mut scan), names } = input else {
            let message = "TABLESAMPLE can only be applied directly to tables";
            return Err(BindError::new(message, sample.span));
        };
        scan.sample = Some(percent / 100.0 * scan.sample.unwrap_or(1.0));
        Ok(Source { relation: Relation::Scan(scan), names })
    }

    fn percent(&mut self, size: &ast::Expr) -> Result<f64> {
        let empty = Scope::new(NameList::default(), None);
        let expr = self.expr(size, ExprContext::plain(&empty, "TABLESAMPLE"))?;
        let expr = self.assign(expr, &DataType::Float64, size.span)?;
        match self.fold(&expr, size.span)? {
            Value::Float64(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
            _ => Err(BindError::new("PERCENT value must be in the range [0, 100]", size.span)),
        }
    }
}
