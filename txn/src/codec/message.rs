//! The protobuf messages of the log's objects, field for field as `docs/log.md` specifies them.
//!
//! They are private to this crate: what other crates see are [`crate::Snapshot`] and its parts.
#![allow(missing_docs)]

use prost::{Message, Oneof};

#[derive(Clone, PartialEq, Message)]
pub struct Record {
    #[prost(uint32, tag = "1")]
    pub format: u32,
    #[prost(uint64, tag = "2")]
    pub seq: u64,
    #[prost(fixed32, tag = "3")]
    pub previous_crc: u32,
    #[prost(int64, tag = "4")]
    pub timestamp_us: i64,
    #[prost(bytes = "vec", tag = "5")]
    pub domain: Vec<u8>,
    #[prost(message, repeated, tag = "6")]
    pub transactions: Vec<Transaction>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Transaction {
    #[prost(bytes = "vec", tag = "1")]
    pub id: Vec<u8>,
    #[prost(uint64, tag = "2")]
    pub base_seq: u64,
    #[prost(string, tag = "3")]
    pub idempotency_key: String,
    #[prost(bytes = "vec", repeated, tag = "4")]
    pub sessions: Vec<Vec<u8>>,
    #[prost(message, repeated, tag = "5")]
    pub actions: Vec<Action>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Action {
    #[prost(oneof = "ActionKind", tags = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16")]
    pub kind: Option<ActionKind>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum ActionKind {
    #[prost(message, tag = "1")]
    CreateDataset(CreateDataset),
    #[prost(message, tag = "2")]
    DropDataset(DropDataset),
    #[prost(message, tag = "3")]
    CreateTable(CreateTable),
    #[prost(message, tag = "4")]
    DropTable(TableRef),
    #[prost(message, tag = "5")]
    SetSchema(SetSchema),
    #[prost(message, tag = "6")]
    SetOptions(SetOptions),
    #[prost(message, tag = "7")]
    AddFiles(AddFiles),
    #[prost(message, tag = "8")]
    AddManifest(AddManifest),
    #[prost(message, tag = "9")]
    RemoveFiles(RemoveFiles),
    #[prost(message, tag = "10")]
    RemoveAllFiles(TableRef),
    #[prost(bytes, tag = "11")]
    RejectTransaction(Vec<u8>),
    #[prost(bytes, tag = "12")]
    AbortSession(Vec<u8>),
    #[prost(message, tag = "13")]
    CreateDefinition(Definition),
    #[prost(message, tag = "14")]
    DropDefinition(DropDefinition),
    #[prost(message, tag = "15")]
    SetDatasetOptions(CreateDataset),
    #[prost(message, tag = "16")]
    RenameTable(RenameTable),
}

/// A view or routine; in a record without times, which are the record's.
#[derive(Clone, PartialEq, Message)]
pub struct Definition {
    #[prost(string, tag = "1")]
    pub dataset: String,
    #[prost(uint32, tag = "2")]
    pub kind: u32,
    #[prost(string, tag = "3")]
    pub name: String,
    #[prost(string, tag = "4")]
    pub statement: String,
    #[prost(btree_map = "string, string", tag = "5")]
    pub options: std::collections::BTreeMap<String, String>,
    #[prost(int64, tag = "6")]
    pub created_us: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct DropDefinition {
    #[prost(string, tag = "1")]
    pub dataset: String,
    #[prost(uint32, tag = "2")]
    pub kind: u32,
    #[prost(string, tag = "3")]
    pub name: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct RenameTable {
    #[prost(bytes = "vec", tag = "1")]
    pub table: Vec<u8>,
    #[prost(string, tag = "2")]
    pub name: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct CreateDataset {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(btree_map = "string, string", tag = "2")]
    pub options: std::collections::BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct DropDataset {
    #[prost(string, tag = "1")]
    pub name: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct TableRef {
    #[prost(bytes = "vec", tag = "1")]
    pub table: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub struct CreateTable {
    #[prost(bytes = "vec", tag = "1")]
    pub table: Vec<u8>,
    #[prost(string, tag = "2")]
    pub dataset: String,
    #[prost(string, tag = "3")]
    pub name: String,
    #[prost(message, optional, tag = "4")]
    pub schema: Option<Schema>,
    #[prost(btree_map = "string, string", tag = "5")]
    pub options: std::collections::BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct SetSchema {
    #[prost(bytes = "vec", tag = "1")]
    pub table: Vec<u8>,
    #[prost(message, optional, tag = "2")]
    pub schema: Option<Schema>,
}

#[derive(Clone, PartialEq, Message)]
pub struct SetOptions {
    #[prost(bytes = "vec", tag = "1")]
    pub table: Vec<u8>,
    #[prost(btree_map = "string, string", tag = "2")]
    pub options: std::collections::BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct AddFiles {
    #[prost(bytes = "vec", tag = "1")]
    pub table: Vec<u8>,
    #[prost(message, repeated, tag = "2")]
    pub files: Vec<File>,
}

#[derive(Clone, PartialEq, Message)]
pub struct AddManifest {
    #[prost(bytes = "vec", tag = "1")]
    pub table: Vec<u8>,
    #[prost(message, optional, tag = "2")]
    pub manifest: Option<ManifestRef>,
}

#[derive(Clone, PartialEq, Message)]
pub struct RemoveFiles {
    #[prost(bytes = "vec", tag = "1")]
    pub table: Vec<u8>,
    #[prost(message, repeated, tag = "2")]
    pub files: Vec<RemovedFile>,
}

#[derive(Clone, PartialEq, Message)]
pub struct RemovedFile {
    #[prost(bytes = "vec", tag = "1")]
    pub id: Vec<u8>,
    #[prost(uint64, tag = "2")]
    pub added_seq: u64,
    #[prost(uint64, tag = "3")]
    pub row_count: u64,
    #[prost(uint64, tag = "4")]
    pub byte_size: u64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Schema {
    #[prost(message, repeated, tag = "1")]
    pub fields: Vec<Field>,
    #[prost(uint32, tag = "2")]
    pub next_field_id: u32,
}

#[derive(Clone, PartialEq, Message)]
pub struct Field {
    #[prost(uint32, tag = "1")]
    pub id: u32,
    #[prost(string, tag = "2")]
    pub name: String,
    #[prost(uint32, tag = "3")]
    pub data_type: u32,
    #[prost(uint32, tag = "4")]
    pub mode: u32,
    #[prost(uint64, optional, tag = "5")]
    pub max_length: Option<u64>,
    #[prost(uint32, optional, tag = "6")]
    pub precision: Option<u32>,
    #[prost(uint32, optional, tag = "7")]
    pub scale: Option<u32>,
    #[prost(message, repeated, tag = "8")]
    pub children: Vec<Field>,
    #[prost(string, optional, tag = "9")]
    pub default_expression: Option<String>,
    #[prost(string, optional, tag = "10")]
    pub description: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct File {
    #[prost(bytes = "vec", tag = "1")]
    pub id: Vec<u8>,
    #[prost(string, tag = "2")]
    pub key: String,
    #[prost(uint32, tag = "3")]
    pub schema_id: u32,
    #[prost(uint64, tag = "4")]
    pub row_count: u64,
    #[prost(uint64, tag = "5")]
    pub byte_size: u64,
    #[prost(uint64, tag = "6")]
    pub footer_offset: u64,
    #[prost(message, repeated, tag = "7")]
    pub columns: Vec<Column>,
    #[prost(message, optional, tag = "8")]
    pub deletion_vector: Option<DeletionVector>,
    #[prost(string, optional, tag = "9")]
    pub partition: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct DeletionVector {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(uint64, tag = "2")]
    pub offset: u64,
    #[prost(uint64, tag = "3")]
    pub length: u64,
    #[prost(uint64, tag = "4")]
    pub cardinality: u64,
    /// Only in a manifest: the position of the file in it.
    #[prost(uint64, tag = "5")]
    pub file_index: u64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Column {
    #[prost(uint32, tag = "1")]
    pub field_id: u32,
    #[prost(uint64, tag = "2")]
    pub value_count: u64,
    #[prost(uint64, tag = "3")]
    pub null_count: u64,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub min: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub max: Option<Vec<u8>>,
    #[prost(bytes = "vec", tag = "6")]
    pub distinct_sketch: Vec<u8>,
    #[prost(uint64, tag = "7")]
    pub encoded_bytes: u64,
    #[prost(uint64, tag = "8")]
    pub raw_bytes: u64,
}

#[derive(Clone, PartialEq, Message)]
pub struct ManifestRef {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(fixed32, tag = "2")]
    pub crc: u32,
    #[prost(uint64, tag = "3")]
    pub file_count: u64,
    #[prost(uint64, tag = "4")]
    pub row_count: u64,
    #[prost(uint64, tag = "5")]
    pub byte_size: u64,
    /// The lowest and highest position at which its files were added; both 0 in a record, where it is the record's.
    #[prost(uint64, tag = "6")]
    pub first_seq: u64,
    #[prost(uint64, tag = "7")]
    pub last_seq: u64,
    /// Whether the files in the object have no positions, because it was written before its transaction had one.
    #[prost(bool, tag = "8")]
    pub of_transaction: bool,
}

#[derive(Clone, PartialEq, Message)]
pub struct Manifest {
    #[prost(uint32, tag = "1")]
    pub format: u32,
    #[prost(bytes = "vec", tag = "2")]
    pub table: Vec<u8>,
    /// 16 bytes a file.
    #[prost(bytes = "vec", tag = "3")]
    pub ids: Vec<u8>,
    #[prost(string, repeated, tag = "4")]
    pub keys: Vec<String>,
    #[prost(uint32, repeated, tag = "5")]
    pub schema_ids: Vec<u32>,
    /// Differences to the file before; 0 for all when the manifest was part of a transaction.
    #[prost(sint64, repeated, tag = "6")]
    pub added_seq_deltas: Vec<i64>,
    #[prost(uint64, repeated, tag = "7")]
    pub row_counts: Vec<u64>,
    #[prost(uint64, repeated, tag = "8")]
    pub byte_sizes: Vec<u64>,
    #[prost(uint64, repeated, tag = "9")]
    pub footer_offsets: Vec<u64>,
    #[prost(message, repeated, tag = "10")]
    pub columns: Vec<ManifestColumn>,
    #[prost(message, repeated, tag = "11")]
    pub deletion_vectors: Vec<DeletionVector>,
    /// Names of partitions, each once.
    #[prost(string, repeated, tag = "12")]
    pub partitions: Vec<String>,
    /// For each file a position in `partitions` plus one; 0 is none. Empty when no file has one.
    #[prost(uint32, repeated, tag = "13")]
    pub file_partitions: Vec<u32>,
}

#[derive(Clone, PartialEq, Message)]
pub struct ManifestColumn {
    #[prost(uint32, tag = "1")]
    pub field_id: u32,
    /// One bit a file, lowest first: whether the file has the column. The lists below have an entry for those.
    #[prost(bytes = "vec", tag = "2")]
    pub present: Vec<u8>,
    #[prost(uint64, repeated, tag = "3")]
    pub value_counts: Vec<u64>,
    #[prost(uint64, repeated, tag = "4")]
    pub null_counts: Vec<u64>,
    /// Values one after the other; a 255 byte in place of one that is not known.
    #[prost(bytes = "vec", tag = "5")]
    pub mins: Vec<u8>,
    #[prost(bytes = "vec", tag = "6")]
    pub maxs: Vec<u8>,
    #[prost(uint64, repeated, tag = "7")]
    pub encoded_bytes: Vec<u64>,
    #[prost(uint64, repeated, tag = "8")]
    pub raw_bytes: Vec<u64>,
    /// The union of the files' sketches.
    #[prost(bytes = "vec", tag = "9")]
    pub distinct_sketch: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Checkpoint {
    #[prost(uint32, tag = "1")]
    pub format: u32,
    #[prost(uint64, tag = "2")]
    pub seq: u64,
    #[prost(fixed32, tag = "3")]
    pub record_crc: u32,
    #[prost(int64, tag = "4")]
    pub timestamp_us: i64,
    #[prost(bytes = "vec", tag = "5")]
    pub domain: Vec<u8>,
    #[prost(int64, tag = "6")]
    pub created_us: i64,
    #[prost(message, repeated, tag = "7")]
    pub datasets: Vec<Dataset>,
    #[prost(message, repeated, tag = "8")]
    pub tables: Vec<Table>,
    #[prost(message, repeated, tag = "9")]
    pub outcomes: Vec<Outcome>,
    #[prost(message, repeated, tag = "10")]
    pub rejected: Vec<Fence>,
    #[prost(message, repeated, tag = "11")]
    pub aborted_sessions: Vec<Fence>,
    /// Earlier checkpoints, oldest first: the index from time to log position.
    #[prost(message, repeated, tag = "12")]
    pub earlier: Vec<CheckpointRef>,
    /// Views and routines.
    #[prost(message, repeated, tag = "13")]
    pub definitions: Vec<Definition>,
}

#[derive(Clone, PartialEq, Message)]
pub struct CheckpointRef {
    #[prost(uint64, tag = "1")]
    pub seq: u64,
    #[prost(int64, tag = "2")]
    pub timestamp_us: i64,
    #[prost(string, tag = "3")]
    pub key: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Dataset {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(int64, tag = "2")]
    pub created_us: i64,
    #[prost(btree_map = "string, string", tag = "3")]
    pub options: std::collections::BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Table {
    #[prost(bytes = "vec", tag = "1")]
    pub id: Vec<u8>,
    #[prost(string, tag = "2")]
    pub dataset: String,
    #[prost(string, tag = "3")]
    pub name: String,
    #[prost(int64, tag = "4")]
    pub created_us: i64,
    #[prost(int64, tag = "5")]
    pub modified_us: i64,
    /// Every schema the table had, its position the schema id; the last is the current.
    #[prost(message, repeated, tag = "6")]
    pub schemas: Vec<Schema>,
    #[prost(btree_map = "string, string", tag = "7")]
    pub options: std::collections::BTreeMap<String, String>,
    #[prost(message, repeated, tag = "8")]
    pub manifests: Vec<ManifestRef>,
    #[prost(uint64, tag = "9")]
    pub created_seq: u64,
    #[prost(uint64, tag = "10")]
    pub append_seq: u64,
    #[prost(uint64, tag = "11")]
    pub remove_seq: u64,
    #[prost(uint64, tag = "12")]
    pub overwrite_seq: u64,
    #[prost(uint64, tag = "13")]
    pub schema_seq: u64,
    #[prost(uint64, tag = "14")]
    pub breaking_schema_seq: u64,
    #[prost(uint64, tag = "15")]
    pub options_seq: u64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Outcome {
    #[prost(string, tag = "1")]
    pub idempotency_key: String,
    #[prost(uint64, tag = "2")]
    pub seq: u64,
    #[prost(int64, tag = "3")]
    pub timestamp_us: i64,
    #[prost(bytes = "vec", tag = "4")]
    pub transaction: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Fence {
    #[prost(bytes = "vec", tag = "1")]
    pub id: Vec<u8>,
    #[prost(int64, tag = "2")]
    pub timestamp_us: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Hint {
    #[prost(message, optional, tag = "1")]
    pub checkpoint: Option<CheckpointRef>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Boundary {
    #[prost(uint64, tag = "1")]
    pub seq: u64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Session {
    #[prost(bytes = "vec", tag = "1")]
    pub id: Vec<u8>,
    #[prost(uint64, tag = "2")]
    pub opened_seq: u64,
    #[prost(int64, tag = "3")]
    pub opened_us: i64,
    #[prost(int64, tag = "4")]
    pub expires_us: i64,
}
