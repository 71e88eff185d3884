//! Actions as messages.

use std::sync::Arc;

use super::file::{decode_file, encode_file};
use super::message::{self, ActionKind};
use super::schema::{decode_schema, encode_schema};
use super::{Invalid, check_name};
use crate::action::{Action, RemovedFile};
use crate::state::{Definition, DefinitionKind, ManifestRef};
use crate::{FileId, Result, SessionId, TableId, TransactionId};

/// Returns the message of an action.
///
/// # Errors
/// [`crate::TxnError::Invalid`] when the statistics of a file cannot be written.
pub(crate) fn encode_action(action: &Action) -> Result<message::Action> {
    let id = |table: &TableId| table.to_bytes().to_vec();
    let kind = match action {
        Action::CreateDataset { name, options } => ActionKind::CreateDataset(message::CreateDataset {
            name: name.to_string(),
            options: (**options).clone(),
        }),
        Action::DropDataset { name } => {
            ActionKind::DropDataset(message::DropDataset { name: name.to_string() })
        }
        Action::CreateTable { table, dataset, name, schema, options } => {
            ActionKind::CreateTable(message::CreateTable {
                table: id(table),
                dataset: dataset.to_string(),
                name: name.to_string(),
                schema: Some(encode_schema(schema)),
                options: (**options).clone(),
            })
        }
        Action::DropTable { table } => ActionKind::DropTable(message::TableRef { table: id(table) }),
        Action::SetSchema { table, schema } => ActionKind::SetSchema(message::SetSchema {
            table: id(table),
            schema: Some(encode_schema(schema)),
        }),
        Action::SetOptions { table, options } => {
            ActionKind::SetOptions(message::SetOptions { table: id(table), options: (**options).clone() })
        }
        Action::AddFiles { table, files } => ActionKind::AddFiles(message::AddFiles {
            table: id(table),
            files: files.iter().map(|file| encode_file(file)).collect::<Result<_>>()?,
        }),
        Action::AddManifest { table, manifest } => ActionKind::AddManifest(message::AddManifest {
            table: id(table),
            manifest: Some(manifest.encode()),
        }),
        Action::RemoveFiles { table, files } => ActionKind::RemoveFiles(message::RemoveFiles {
            table: id(table),
            files: files.iter().map(encode_removed).collect(),
        }),
        Action::RemoveAllFiles { table } => {
            ActionKind::RemoveAllFiles(message::TableRef { table: id(table) })
        }
        Action::RejectTransaction(id) => ActionKind::RejectTransaction(id.to_bytes().to_vec()),
        Action::AbortSession(id) => ActionKind::AbortSession(id.to_bytes().to_vec()),
        Action::CreateDefinition(definition) => ActionKind::CreateDefinition(message::Definition {
            created_us: 0,
            ..encode_definition(definition)
        }),
        Action::DropDefinition { dataset, kind, name } => {
            ActionKind::DropDefinition(message::DropDefinition {
                dataset: dataset.to_string(),
                kind: definition_code(*kind),
                name: name.to_string(),
            })
        }
        Action::SetDatasetOptions { name, options } => {
            let options = (**options).clone();
            ActionKind::SetDatasetOptions(message::CreateDataset { name: name.to_string(), options })
        }
        Action::RenameTable { table, name } => {
            ActionKind::RenameTable(message::RenameTable { table: id(table), name: name.to_string() })
        }
    };
    Ok(message::Action { kind: Some(kind) })
}

fn encode_removed(file: &RemovedFile) -> message::RemovedFile {
    message::RemovedFile {
        id: file.id.to_bytes().to_vec(),
        added_seq: file.added_seq,
        row_count: file.row_count,
        byte_size: file.byte_size,
    }
}

/// Returns the action of a message in the record at `seq`.
pub(crate) fn decode_action(action: message::Action, seq: u64) -> Result<Action, Invalid> {
    // protobuf drops fields that it does not know, so an action of a later version arrives as none.
    let kind = action.kind.ok_or_else(|| Invalid::Unsupported("an action of a later version".to_owned()))?;
    Ok(match kind {
        ActionKind::CreateDataset(m) => {
            Action::CreateDataset { name: check_name(m.name)?, options: Arc::new(m.options) }
        }
        ActionKind::DropDataset(m) => Action::DropDataset { name: check_name(m.name)? },
        ActionKind::CreateTable(m) => Action::CreateTable {
            table: table_id(&m.table)?,
            dataset: check_name(m.dataset)?,
            name: check_name(m.name)?,
            schema: schema(m.schema)?,
            options: Arc::new(m.options),
        },
        ActionKind::DropTable(m) => Action::DropTable { table: table_id(&m.table)? },
        ActionKind::SetSchema(m) => {
            Action::SetSchema { table: table_id(&m.table)?, schema: schema(m.schema)? }
        }
        ActionKind::SetOptions(m) => {
            Action::SetOptions { table: table_id(&m.table)?, options: Arc::new(m.options) }
        }
        ActionKind::AddFiles(m) => Action::AddFiles {
            table: table_id(&m.table)?,
            files: m
                .files
                .into_iter()
                .map(|f| decode_file(f, seq).map(Arc::new))
                .collect::<Result<_, _>>()?,
        },
        ActionKind::AddManifest(m) => {
            let manifest = m.manifest.ok_or_else(|| Invalid::missing("manifest"))?;
            Action::AddManifest { table: table_id(&m.table)?, manifest: ManifestRef::decode(manifest)? }
        }
        ActionKind::RemoveFiles(m) => Action::RemoveFiles {
            table: table_id(&m.table)?,
            files: m.files.into_iter().map(decode_removed).collect::<Result<_, _>>()?,
        },
        ActionKind::RemoveAllFiles(m) => Action::RemoveAllFiles { table: table_id(&m.table)? },
        ActionKind::RejectTransaction(id) => Action::RejectTransaction(
            TransactionId::from_bytes(&id).ok_or_else(|| Invalid::missing("transaction id"))?,
        ),
        ActionKind::AbortSession(id) => {
            Action::AbortSession(SessionId::from_bytes(&id).ok_or_else(|| Invalid::missing("session id"))?)
        }
        ActionKind::CreateDefinition(m) => Action::CreateDefinition(Arc::new(decode_definition(m)?)),
        ActionKind::DropDefinition(m) => Action::DropDefinition {
            dataset: check_name(m.dataset)?,
            kind: definition_kind(m.kind)?,
            name: check_name(m.name)?,
        },
        ActionKind::SetDatasetOptions(m) => {
            Action::SetDatasetOptions { name: check_name(m.name)?, options: Arc::new(m.options) }
        }
        ActionKind::RenameTable(m) => {
            Action::RenameTable { table: table_id(&m.table)?, name: check_name(m.name)? }
        }
    })
}

fn definition_code(kind: DefinitionKind) -> u32 {
    match kind {
        DefinitionKind::View => 1,
        DefinitionKind::Function => 2,
        DefinitionKind::TableFunction => 3,
        DefinitionKind::Procedure => 4,
    }
}

fn definition_kind(code: u32) -> Result<DefinitionKind, Invalid> {
    Ok(match code {
        1 => DefinitionKind::View,
        2 => DefinitionKind::Function,
        3 => DefinitionKind::TableFunction,
        4 => DefinitionKind::Procedure,
        other => return Err(Invalid::Unsupported(format!("definition of kind {other}"))),
    })
}

/// Returns the message of a view or routine.
pub(crate) fn encode_definition(definition: &Definition) -> message::Definition {
    message::Definition {
        dataset: definition.dataset.to_string(),
        kind: definition_code(definition.kind),
        name: definition.name.to_string(),
        statement: definition.statement.to_string(),
        options: (*definition.options).clone(),
        created_us: definition.created_us,
    }
}

/// Returns the view or routine of a message.
pub(crate) fn decode_definition(definition: message::Definition) -> Result<Definition, Invalid> {
    Ok(Definition {
        dataset: check_name(definition.dataset)?,
        kind: definition_kind(definition.kind)?,
        name: check_name(definition.name)?,
        statement: definition.statement.into(),
        options: Arc::new(definition.options),
        created_us: definition.created_us,
    })
}

pub(crate) fn table_id(bytes: &[u8]) -> Result<TableId, Invalid> {
    TableId::from_bytes(bytes).ok_or_else(|| Invalid::missing("table id"))
}

fn schema(schema: Option<message::Schema>) -> Result<Arc<canopy_format::Schema>, Invalid> {
    decode_schema(schema.ok_or_else(|| Invalid::missing("schema"))?).map(Arc::new)
}

fn decode_removed(file: message::RemovedFile) -> Result<RemovedFile, Invalid> {
    Ok(RemovedFile {
        id: FileId::from_bytes(&file.id).ok_or_else(|| Invalid::missing("file id"))?,
        added_seq: file.added_seq,
        row_count: file.row_count,
        byte_size: file.byte_size,
    })
}
