//! Which bytes are asked of the store: one range to open, one a stream and stripe after that, always the
//! same.

use std::ops::Range;
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use canopy_storage::{Key, MemoryStore, ObjectMeta, ObjectStore, PutOutcome};

use super::*;
use crate::FieldId;

/// A store in memory that notes each read.
#[derive(Debug, Default)]
struct Noting {
    store: MemoryStore,
    reads: Mutex<Vec<Vec<Range<u64>>>>,
}

impl Noting {
    fn note(&self, ranges: &[Range<u64>]) {
        self.reads.lock().unwrap().push(ranges.to_vec());
    }

    fn take(&self) -> Vec<Vec<Range<u64>>> {
        std::mem::take(&mut self.reads.lock().unwrap())
    }
}

#[async_trait]
impl ObjectStore for Noting {
    fn uri(&self) -> &str {
        self.store.uri()
    }

    async fn get(&self, _: &Key) -> canopy_storage::Result<Bytes> {
        panic!("a file is never read whole")
    }

    async fn get_range(&self, key: &Key, range: Range<u64>) -> canopy_storage::Result<Bytes> {
        self.note(std::slice::from_ref(&range));
        self.store.get_range(key, range).await
    }

    async fn get_ranges(&self, key: &Key, ranges: &[Range<u64>]) -> canopy_storage::Result<Vec<Bytes>> {
        self.note(ranges);
        self.store.get_ranges(key, ranges).await
    }

    async fn head(&self, key: &Key) -> canopy_storage::Result<ObjectMeta> {
        self.store.head(key).await
    }

    async fn put(&self, key: &Key, bytes: Bytes) -> canopy_storage::Result<()> {
        self.store.put(key, bytes).await
    }

    async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> PutOutcome {
        self.store.put_if_absent(key, bytes).await
    }

    async fn put_if_match(&self, key: &Key, bytes: Bytes, version: &str) -> PutOutcome {
        self.store.put_if_match(key, bytes, version).await
    }

    async fn list(&self, prefix: &str) -> canopy_storage::Result<Vec<ObjectMeta>> {
        self.store.list(prefix).await
    }

    async fn delete(&self, key: &Key) -> canopy_storage::Result<()> {
        self.store.delete(key).await
    }
}

#[test]
fn only_projected_streams_are_read_and_always_in_the_same_ranges() {
    let part = DataType::structure([("a", DataType::Int64), ("b", DataType::String)]);
    let schema = Schema::from_types([
        ("n", &DataType::Int64, Mode::Nullable),
        ("list", &DataType::array(part), Mode::Nullable),
    ])
    .unwrap();
    let element = |i: i64| Value::Struct(vec![i.into(), "text".into()]);
    let columns = vec![
        (0..70_000).map(|i| Value::Int64(i * i)).collect(),
        (0..70_000).map(|i| Value::Array((0..i % 3).map(element).collect())).collect(),
    ];
    let file = write(&schema, &columns).unwrap();
    let store = Arc::new(Noting::default());
    let key = Key::new("f.cnpy").unwrap();
    now(store.put(&key, file.bytes.clone())).unwrap();
    let statistics = &file.statistics;
    let open = FileReader::open(store.clone(), key, statistics.byte_size, statistics.footer_offset);
    let reader = now(open).unwrap();
    let opened: Vec<Range<u64>> = store.take().concat();
    assert_eq!(opened, std::slice::from_ref(&(statistics.footer_offset..statistics.byte_size)));

    let a = ProjectedColumn::keeping(&schema.fields[1], &[FieldId(3)]).unwrap();
    let projection = reader.projection(&[a]).unwrap();
    let fetch = || now(reader.fetch_stripe(&projection, 1)).unwrap();
    let data = fetch();
    fetch();
    let [first, second] = store.take().try_into().unwrap();
    assert_eq!(first, second);
    // The structure of `list` and the values of `list.a`: neither `n` nor `list.b`.
    assert_eq!(first.len(), 2);
    let bytes: u64 = first.iter().map(|range| range.end - range.start).sum();
    assert_eq!(bytes, reader.stripe_bytes(&projection, 1).unwrap());
    assert!(first.iter().all(|range| range.start % 64 == 0));
    let row = data.decoder().read(0, 70_000 - 65_536 - 2, 1).unwrap().value(0);
    assert_eq!(row, Value::Array((0..69_998 % 3).map(|i| Value::Struct(vec![i.into()])).collect()));
}
