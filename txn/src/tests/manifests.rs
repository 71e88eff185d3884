//! Large file lists: manifests of transactions and of checkpoints, shared and folded.

use std::collections::BTreeSet;
use std::sync::Arc;

use canopy_format::{ColumnStatistics, FieldId, FileStatistics, I256, Value};
use canopy_storage::{Key, ObjectStore};
use proptest::prelude::*;

use super::support::*;
use crate::codec::manifest::{decode_manifest, encode_manifest};
use crate::{DeletionVector, FileEntry, FileId, NewFile, TableId, Transaction};

async fn manifests(store: &Arc<dyn ObjectStore>) -> BTreeSet<Key> {
    let listed = store.list("table/").await.unwrap();
    listed.into_iter().map(|meta| meta.key).filter(|key| key.as_str().contains("/manifest/")).collect()
}

#[tokio::test]
async fn a_transaction_of_many_files_keeps_its_record_small() {
    let store = memory();
    let log = log(&store, 1).await;
    let table = create_table(&log, "a").await;
    let mut transaction = Transaction::begin(&log).await.unwrap();
    let session = log.session().await.unwrap();
    let files: Vec<NewFile> = (0..5000).map(|number| file_at(session.data_key(table), number, 1)).collect();
    transaction.append(table, files).unwrap();
    let commit = transaction.commit().await.unwrap();
    assert_eq!(manifests(&store).await.len(), 2);
    let record = store.get(&crate::key::record(commit.seq)).await.unwrap();
    assert!(record.len() < 1000, "{}", record.len());
    append(&log, table, 6000, 1).await.unwrap();
    // Its files can be removed like any other, before and after a checkpoint.
    for (round, log) in [&log, &super::support::log(&store, 2).await].into_iter().enumerate() {
        let snapshot = log.snapshot().await.unwrap();
        let files = snapshot.table_by_id(table).unwrap().files().await.unwrap();
        assert_eq!(files.files.len(), 5001 - round);
        assert_eq!(files.files[17].added_seq, commit.seq);
        let mut transaction = Transaction::begin_at(log, snapshot);
        transaction.rewrite(table, &files.files[17..18], vec![]).unwrap();
        transaction.commit().await.unwrap();
    }
    log.checkpoint().await.unwrap();
    let again = super::support::log(&store, 3).await.snapshot().await.unwrap();
    let state = again.table_by_id(table).unwrap();
    assert_eq!((state.file_count(), state.row_count()), (4999, 4999));
    let expected: Vec<u128> = (0..5000).filter(|n| *n != 17 && *n != 18).chain([6000]).collect();
    assert_eq!(numbers(&again, table).await, expected);
}

#[tokio::test]
async fn checkpoints_share_manifests_that_did_not_change() {
    let store = memory();
    let log = log(&store, 1).await;
    let (quiet, busy) = (create_table(&log, "quiet").await, create_table(&log, "busy").await);
    append(&log, quiet, 1, 1).await.unwrap();
    log.checkpoint().await.unwrap();
    let before = manifests(&store).await;
    for number in 0..64 {
        append(&log, busy, number, 1).await.unwrap();
        log.checkpoint().await.unwrap();
    }
    let written = manifests(&store).await.difference(&before).cloned().collect::<Vec<_>>();
    assert!(written.iter().all(|key| key.as_str().contains(&busy.to_string())));
    let state = super::support::log(&store, 2).await.snapshot().await.unwrap();
    let list = &state.table_by_id(busy).unwrap().files;
    assert!(list.added.is_empty() && list.manifests.len() <= 64, "{}", list.manifests.len());
    assert_eq!(numbers(&state, busy).await, (0..64).collect::<Vec<_>>());
}

fn arb_value() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        Just(None),
        any::<i64>().prop_map(|v| Some(Value::Int64(v))),
        any::<i128>().prop_map(|v| Some(Value::Numeric(v))),
        any::<[u8; 32]>().prop_map(|v| Some(Value::BigNumeric(I256::from_le_bytes(v)))),
        any::<u64>().prop_map(|v| Some(Value::Float64(f64::from_bits(v)))),
        ".{0,12}".prop_map(|v| Some(Value::from(v.as_str()))),
        any::<Vec<u8>>().prop_map(|v| Some(Value::Bytes(v.into()))),
    ]
}

fn arb_column(field: u32) -> impl Strategy<Value = ColumnStatistics> {
    (any::<[u64; 4]>(), arb_value(), arb_value()).prop_map(move |(n, min, max)| ColumnStatistics {
        field_id: FieldId(field),
        value_count: n[0],
        null_count: n[1],
        min,
        max,
        distinct_sketch: Vec::new(),
        encoded_bytes: n[2],
        raw_bytes: n[3],
    })
}

fn arb_file() -> impl Strategy<Value = FileEntry> {
    let columns = (0u32..5).map(|field| proptest::option::of(arb_column(field))).collect::<Vec<_>>();
    (any::<[u64; 4]>(), any::<u128>(), any::<u32>(), columns, any::<Option<u64>>()).prop_map(
        |(n, id, schema_id, columns, deleted)| FileEntry {
            partition: (id % 3 > 0).then(|| format!("2024010{}", id % 3).into()),
            id: FileId(id),
            key: Key::new(format!("k/{id}")).unwrap(),
            statistics: FileStatistics {
                row_count: n[0],
                byte_size: n[1],
                footer_offset: n[2],
                uuid: id.to_be_bytes(),
                columns: columns.into_iter().flatten().collect(),
            },
            schema_id,
            added_seq: n[3],
            deletion_vector: deleted.map(|cardinality| DeletionVector {
                key: Key::new("dv").unwrap(),
                offset: n[1],
                length: n[2],
                cardinality,
            }),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn manifests_keep_every_bit(files in prop::collection::vec(arb_file(), 0..20)) {
        let files: Vec<Arc<FileEntry>> = files.into_iter().map(Arc::new).collect();
        let sealed = encode_manifest(TableId(7), &files, &Default::default()).unwrap();
        let (manifest, crc) = decode_manifest("m", &sealed.bytes, TableId(7), 0).unwrap();
        prop_assert_eq!(crc, sealed.crc);
        prop_assert_eq!(manifest.files, files);
        prop_assert!(decode_manifest("m", &sealed.bytes, TableId(8), 0).is_err());
    }
}
