//! Checkpoints: a whole state but for the files, which manifests name.

use std::sync::Arc;

use canopy_storage::{Key, ObjectStore};

use super::action::{decode_definition, encode_definition, table_id};
use super::envelope::{Kind, Sealed};
use super::file::decode_key;
use super::schema::{decode_schema, encode_schema};
use super::{FORMAT, Invalid, check_format, check_name, message, open_message, seal_message};
use crate::state::{
    DatasetState, Expiring, FileList, LastChange, ManifestHandle, ManifestRef, Outcome, Snapshot, TableState,
};
use crate::{DomainId, PersistentMap, Result, SessionId, TransactionId};

/// Names a checkpoint and its place in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CheckpointRef {
    pub(crate) seq: u64,
    pub(crate) timestamp_us: i64,
    pub(crate) key: Key,
}

impl CheckpointRef {
    pub(crate) fn encode(&self) -> message::CheckpointRef {
        message::CheckpointRef { seq: self.seq, timestamp_us: self.timestamp_us, key: self.key.to_string() }
    }

    pub(crate) fn decode(reference: message::CheckpointRef) -> Result<Self, Invalid> {
        let key = decode_key(reference.key)?;
        Ok(Self { seq: reference.seq, timestamp_us: reference.timestamp_us, key })
    }
}

/// Returns the object of a state whose files are all in manifests.
pub(crate) fn encode_checkpoint(state: &Snapshot, earlier: &[CheckpointRef]) -> Result<Sealed> {
    let fence = |id: [u8; 16], timestamp_us| message::Fence { id: id.to_vec(), timestamp_us };
    seal_message(
        Kind::Checkpoint,
        &message::Checkpoint {
            format: FORMAT,
            seq: state.seq,
            record_crc: state.record_crc,
            timestamp_us: state.timestamp_us,
            domain: state.domain.to_bytes().to_vec(),
            created_us: state.created_us,
            datasets: state.datasets.iter().map(|(_, dataset)| encode_dataset(dataset)).collect(),
            tables: state.tables.iter().map(|(_, table)| encode_table(table)).collect(),
            outcomes: state
                .outcomes
                .iter()
                .map(|(key, at, outcome)| encode_outcome(key, at, outcome))
                .collect(),
            rejected: state.rejected.iter().map(|(id, at, ())| fence(id.to_bytes(), at)).collect(),
            aborted_sessions: state
                .aborted_sessions
                .iter()
                .map(|(id, at, ())| fence(id.to_bytes(), at))
                .collect(),
            earlier: earlier.iter().map(CheckpointRef::encode).collect(),
            definitions: state.definitions().map(encode_definition).collect(),
        },
    )
}

fn encode_dataset(dataset: &DatasetState) -> message::Dataset {
    message::Dataset {
        name: dataset.name.to_string(),
        created_us: dataset.created_us,
        options: (*dataset.options).clone(),
    }
}

fn encode_table(table: &TableState) -> message::Table {
    message::Table {
        id: table.id.to_bytes().to_vec(),
        dataset: table.dataset.to_string(),
        name: table.name.to_string(),
        created_us: table.created_us,
        modified_us: table.modified_us,
        schemas: table.schemas.iter().map(|schema| encode_schema(schema)).collect(),
        options: (*table.options).clone(),
        manifests: table.files.manifests.iter().map(|manifest| manifest.reference.encode()).collect(),
        created_seq: table.last.created,
        append_seq: table.last.append,
        remove_seq: table.last.remove,
        overwrite_seq: table.last.overwrite,
        schema_seq: table.last.schema,
        breaking_schema_seq: table.last.breaking_schema,
        options_seq: table.last.options,
    }
}

fn encode_outcome(key: &str, timestamp_us: i64, outcome: &Outcome) -> message::Outcome {
    message::Outcome {
        idempotency_key: key.to_owned(),
        seq: outcome.seq,
        timestamp_us,
        transaction: outcome.transaction.to_bytes().to_vec(),
    }
}

/// Returns the state in a checkpoint object, and the checkpoints before it.
pub(crate) fn decode_checkpoint(
    key: &str,
    bytes: &[u8],
    store: &Arc<dyn ObjectStore>,
) -> Result<(Snapshot, Vec<CheckpointRef>)> {
    let (checkpoint, _) = open_message::<message::Checkpoint>(Kind::Checkpoint, key, bytes)?;
    decode(checkpoint, store).map_err(|invalid| invalid.at(key))
}

fn decode(
    checkpoint: message::Checkpoint,
    store: &Arc<dyn ObjectStore>,
) -> Result<(Snapshot, Vec<CheckpointRef>), Invalid> {
    check_format(checkpoint.format)?;
    let mut state = Snapshot {
        seq: checkpoint.seq,
        timestamp_us: checkpoint.timestamp_us,
        created_us: checkpoint.created_us,
        domain: DomainId::from_bytes(&checkpoint.domain).ok_or_else(|| Invalid::missing("domain id"))?,
        record_crc: checkpoint.record_crc,
        datasets: PersistentMap::default(),
        tables: PersistentMap::default(),
        outcomes: Expiring::default(),
        rejected: Expiring::default(),
        aborted_sessions: Expiring::default(),
        store: Arc::clone(store),
    };
    for dataset in checkpoint.datasets {
        let name = check_name(dataset.name)?;
        let options = Arc::new(dataset.options);
        let (tables, definitions) = (PersistentMap::default(), PersistentMap::default());
        let created_us = dataset.created_us;
        let dataset = DatasetState { name: Arc::clone(&name), created_us, options, tables, definitions };
        state.datasets.insert(name, dataset);
    }
    for table in checkpoint.tables {
        let table = decode_table(table, store)?;
        state.create_table(table).map_err(|error| Invalid::Damaged(error.to_string()))?;
    }
    for definition in checkpoint.definitions {
        let definition = decode_definition(definition)?;
        state.create_definition(definition).map_err(|error| Invalid::Damaged(error.to_string()))?;
    }
    for outcome in checkpoint.outcomes {
        let transaction = TransactionId::from_bytes(&outcome.transaction);
        let transaction = transaction.ok_or_else(|| Invalid::missing("transaction id"))?;
        let key = outcome.idempotency_key.into();
        state.outcomes.insert(key, outcome.timestamp_us, Outcome { transaction, seq: outcome.seq });
    }
    for fence in checkpoint.rejected {
        let id = TransactionId::from_bytes(&fence.id).ok_or_else(|| Invalid::missing("transaction id"))?;
        state.rejected.insert(id, fence.timestamp_us, ());
    }
    for fence in checkpoint.aborted_sessions {
        let id = SessionId::from_bytes(&fence.id).ok_or_else(|| Invalid::missing("session id"))?;
        state.aborted_sessions.insert(id, fence.timestamp_us, ());
    }
    let earlier = checkpoint.earlier.into_iter().map(CheckpointRef::decode).collect::<Result<_, _>>()?;
    Ok((state, earlier))
}

fn decode_table(table: message::Table, store: &Arc<dyn ObjectStore>) -> Result<TableState, Invalid> {
    let id = table_id(&table.id)?;
    let schemas: Arc<[_]> = table
        .schemas
        .into_iter()
        .map(|schema| decode_schema(schema).map(Arc::new))
        .collect::<Result<_, _>>()?;
    let manifests = table.manifests.into_iter().map(|reference| {
        Ok(Arc::new(ManifestHandle::new(ManifestRef::decode(reference)?, id, Arc::clone(store))))
    });
    Ok(TableState {
        id,
        dataset: check_name(table.dataset)?,
        name: check_name(table.name)?,
        schema: schemas.last().cloned().ok_or_else(|| Invalid::missing("schema"))?,
        schemas,
        options: Arc::new(table.options),
        created_us: table.created_us,
        modified_us: table.modified_us,
        files: FileList::of_manifests(manifests.collect::<Result<_, Invalid>>()?),
        last: LastChange {
            created: table.created_seq,
            append: table.append_seq,
            remove: table.remove_seq,
            overwrite: table.overwrite_seq,
            schema: table.schema_seq,
            breaking_schema: table.breaking_schema_seq,
            options: table.options_seq,
        },
    })
}
