//! Views and routines: named objects of a dataset that are kept as the text which declares them.

use std::sync::Arc;

use super::{Options, Snapshot};
use crate::{Result, TxnError};

/// A view or routine at one log position. The log keeps its text and does not look into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The dataset that it belongs to.
    pub dataset: Arc<str>,
    /// What it is.
    pub kind: DefinitionKind,
    /// The name inside the dataset.
    pub name: Arc<str>,
    /// The statement that declares it.
    pub statement: Arc<str>,
    /// Properties, as their owner spells them.
    pub options: Arc<Options>,
    /// When it was created, microseconds since the epoch by the log.
    pub created_us: i64,
}

/// The kinds. Views share their names with tables; each other kind has a name space of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DefinitionKind {
    /// Stands for rows.
    View,
    /// Stands for a value: a scalar or aggregate function.
    Function,
    /// Stands for rows, given arguments.
    TableFunction,
    /// Stands for statements.
    Procedure,
}

impl DefinitionKind {
    /// Returns the word for messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Function => "function",
            Self::TableFunction => "table function",
            Self::Procedure => "procedure",
        }
    }
}

impl Definition {
    /// `dataset.name`, for messages.
    pub fn path(&self) -> String {
        format!("{}.{}", self.dataset, self.name)
    }
}

impl Snapshot {
    pub(crate) fn create_definition(&mut self, definition: Definition) -> Result<()> {
        let (kind, path) = (definition.kind, definition.path());
        let dataset = self
            .datasets
            .get(&*definition.dataset)
            .ok_or_else(|| TxnError::NotFound { what: format!("dataset {}", definition.dataset) })?;
        let key = (kind, Arc::clone(&definition.name));
        if dataset.definitions.contains_key(&key) {
            return Err(TxnError::AlreadyExists { what: format!("{} {path}", kind.word()) });
        }
        if kind == DefinitionKind::View && dataset.tables.contains_key(&*definition.name) {
            return Err(TxnError::AlreadyExists { what: format!("table {path}") });
        }
        let mut dataset = dataset.clone();
        dataset.definitions.insert(key, Arc::new(definition));
        self.datasets.insert(Arc::clone(&dataset.name), dataset);
        Ok(())
    }

    pub(crate) fn drop_definition(
        &mut self,
        dataset: &str,
        kind: DefinitionKind,
        name: &Arc<str>,
    ) -> Result<()> {
        let gone = || TxnError::NotFound { what: format!("{} {dataset}.{name}", kind.word()) };
        let mut dataset = self.datasets.get(dataset).ok_or_else(gone)?.clone();
        if dataset.definitions.remove(&(kind, Arc::clone(name))).is_none() {
            return Err(gone());
        }
        self.datasets.insert(Arc::clone(&dataset.name), dataset);
        Ok(())
    }
}
