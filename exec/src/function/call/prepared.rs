//! Work done once per constant argument: compiled patterns, parsed paths and formats.

use std::any::Any;
use std::sync::Arc;

use canopy_format::{Value, Vector};
use parking_lot::Mutex;

use super::Call;
use crate::Result;

/// What a call keeps from batch to batch, for each argument: the value and what was made of it.
#[derive(Default)]
pub(crate) struct CallState {
    made: Mutex<Vec<Made>>,
}

impl CallState {
    /// Returns what `make` makes of the value of an argument: what it made last if the value is the same.
    pub fn kept<T: Send + Sync + 'static>(
        &self,
        argument: usize,
        value: &Value,
        make: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        let mut kept = self.made.lock();
        let known = kept.iter().find(|made| made.argument == argument && made.value == *value);
        if let Some(thing) = known.and_then(|made| made.thing.clone().downcast::<T>().ok()) {
            return Ok(thing);
        }
        let thing = Arc::new(make()?);
        kept.retain(|made| made.argument != argument);
        kept.push(Made { argument, value: value.clone(), thing: thing.clone() });
        Ok(thing)
    }
}

struct Made {
    argument: usize,
    value: Value,
    thing: Arc<dyn Any + Send + Sync>,
}

/// Things made of an argument's values: once when it is constant, else anew when the value changes.
pub(crate) struct Prepared<'a, T> {
    vector: &'a Vector,
    constant: bool,
    make: fn(&Value) -> Result<T>,
    last: Option<(Value, Result<Arc<T>>)>,
}

impl<T: Send + Sync + 'static> Prepared<'_, T> {
    /// The thing for a row.
    ///
    /// # Errors
    /// Those of making it: an invalid pattern, say.
    pub fn get(&mut self, row: usize) -> Result<Arc<T>> {
        if self.constant
            && let Some((_, made)) = &self.last
        {
            return made.clone();
        }
        let value = self.vector.value(row);
        match &self.last {
            Some((last, made)) if *last == value => made.clone(),
            _ => {
                let made = (self.make)(&value).map(Arc::new);
                self.last = Some((value, made.clone()));
                made
            }
        }
    }
}

impl Call<'_> {
    /// Returns what `make` makes of argument `index`; made once per query node while it stays constant.
    pub fn prepared<T: Send + Sync + 'static>(
        &self,
        index: usize,
        make: fn(&Value) -> Result<T>,
    ) -> Prepared<'_, T> {
        let vector = &self.arguments[index];
        let Some(value) = vector.as_constant() else {
            return Prepared { vector, constant: false, make, last: None };
        };
        let thing = self.state.kept(index, value, || make(value));
        Prepared { vector, constant: true, make, last: Some((value.clone(), thing)) }
    }
}
