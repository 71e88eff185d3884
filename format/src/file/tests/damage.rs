//! Damaged files are refused with their name and the place; nothing panics, nothing wrong comes back.

use super::*;
use crate::FormatError;
use canopy_storage::{Key, MemoryStore, ObjectStore};

/// A small file with nested columns, several encodings and compressed pages.
fn small_file() -> (Schema, Vec<Vec<Value>>, WrittenFile) {
    let list = DataType::array(DataType::structure([("k", DataType::String), ("v", DataType::Int64)]));
    let schema = Schema::from_types([
        ("n", &DataType::Int64, Mode::Required),
        ("text", &DataType::String, Mode::Nullable),
        ("list", &list, Mode::Nullable),
    ])
    .unwrap();
    let item = |i: usize| Value::Struct(vec![["a", "b"][i % 2].into(), (i as i64).into()]);
    let columns = vec![
        (0..40).map(|i| ((i * i) as i64).into()).collect(),
        (0..40)
            .map(|i| if i % 7 == 0 { Value::Null } else { format!("the text {}", i % 9).as_str().into() })
            .collect(),
        (0..40)
            .map(|i| if i % 5 == 0 { Value::Null } else { Value::Array((0..i % 4).map(item).collect()) })
            .collect(),
    ];
    let file = write(&schema, &columns).unwrap();
    (schema, columns, file)
}

fn is_clear(error: &FormatError) -> bool {
    match error {
        FormatError::Damaged { file, place, reason } => {
            file == "a/file.cnpy" && !place.is_empty() && !reason.is_empty()
        }
        FormatError::Unsupported { file, needs } => file == "a/file.cnpy" && !needs.is_empty(),
        FormatError::Storage(_) => true,
        _ => false,
    }
}

/// Opens through a store by name alone, and reads every row.
fn read_all(bytes: &[u8], wanted: &[ProjectedColumn]) -> Result<Vec<Vec<Value>>> {
    let store = Arc::new(MemoryStore::new());
    let key = Key::new("a/file.cnpy")?;
    now(store.put(&key, bytes::Bytes::copy_from_slice(bytes)))?;
    let reader = now(FileReader::open_unknown(store, key))?;
    reader.statistics()?;
    read_rows(&reader, wanted, 2_048)
}

#[test]
fn any_flipped_bit_is_noticed() {
    let (schema, columns, file) = small_file();
    let wanted = whole(&schema);
    assert_eq!(read_all(&file.bytes, &wanted).unwrap(), columns);
    let mut bytes = file.bytes.to_vec();
    for at in 0..bytes.len() {
        let flip = 1 << (at % 8);
        bytes[at] ^= flip;
        let error =
            read_all(&bytes, &wanted).map(|_| panic!("byte {at} flipped, and nobody noticed")).unwrap_err();
        assert!(is_clear(&error), "byte {at}: {error}");
        let whole = FileReader::open_bytes("a/file.cnpy", bytes.clone().into());
        assert!(is_clear(&whole.map(|_| panic!("byte {at}: open_bytes did not notice")).unwrap_err()));
        bytes[at] ^= flip;
    }
}

#[test]
fn any_truncation_is_noticed() {
    let (schema, _, file) = small_file();
    let wanted = whole(&schema);
    for len in 0..file.bytes.len() {
        let error = read_all(&file.bytes[..len], &wanted).map(|_| panic!("cut to {len} bytes")).unwrap_err();
        assert!(is_clear(&error), "cut to {len} bytes: {error}");
    }
}

#[test]
fn the_place_is_named() {
    let (schema, _, file) = small_file();
    let reader = open(&file);
    let report = now(reader.report()).unwrap();
    let block = &report.columns[1].blocks[0];
    let mut bytes = file.bytes.to_vec();
    bytes[(block.offset + block.bytes as u64 - 1) as usize] ^= 1;
    let error = read_all(&bytes, &whole(&schema)).unwrap_err().to_string();
    let expected = "a/file.cnpy is damaged at column text, stripe 0, block 0: ";
    assert!(error.starts_with(expected) && error.contains("expected checksum"), "{error}");
}

/// What a hostile writer can do: fields changed and checksums made right again.
#[test]
fn mutated_blocks_with_right_checksums_never_panic() {
    use crate::cursor::{Cursor, checksum};
    let (_, _, small) = small_file();
    for file in std::iter::once(small).chain(super::mutations::files().into_iter().take(1)) {
        let reader = open(&file);
        let report = now(reader.report()).unwrap();
        let mut numbers = Numbers(0x5eed);
        for (stream, column) in report.columns.iter().enumerate() {
            let kind = (column.stream == "values").then(|| {
                let field = reader.schema().field(crate::FieldId(column.field_id)).unwrap();
                field.data_type.clone()
            });
            let symbols = reader.stream(stream).unwrap().symbols.clone();
            for block in &column.blocks {
                let range = block.offset as usize..(block.offset + block.bytes as u64) as usize;
                let original = file.bytes.slice(range);
                for _ in 0..1_500 {
                    let mut bytes = original.to_vec();
                    for _ in 0..1 + numbers.below(3) {
                        let at = numbers.below(bytes.len() as u64) as usize;
                        bytes[at] = [0, 1, 0xff, numbers.next() as u8][numbers.below(4) as usize];
                    }
                    reseal(&mut bytes, block.header_bytes as usize);
                    let planes = block.validity.len();
                    let opened = crate::file::block::Block::open(
                        bytes.into(),
                        block.header_bytes as usize,
                        kind.as_ref(),
                        planes,
                        symbols.as_ref(),
                    );
                    if let Ok(opened) = opened {
                        match &kind {
                            Some(kind) => {
                                drop(opened.read(kind, 0, opened.slots).map(|v| v.iter_values().count()))
                            }
                            None => drop(opened.lengths(0, opened.slots)),
                        }
                    }
                }
            }
        }
    }

    /// Makes page checksums right, as far as the header can still be read.
    fn reseal(bytes: &mut [u8], header_bytes: usize) {
        fn walk(header: &mut [u8], at: &mut usize, pages: &[u8], page_at: &mut usize) -> Option<()> {
            let mut cursor = Cursor::new(header.get(*at..)?);
            let (_, children) = (cursor.u8().ok()?, cursor.u8().ok()?);
            let page_count = cursor.u16().ok()? as usize;
            let (_, parameters) = (cursor.u32().ok()?, cursor.u32().ok()? as usize);
            *at = at.checked_add(12)?.checked_add(parameters)?;
            for _ in 0..page_count {
                let len = u32::from_le_bytes(header.get(*at..*at + 4)?.try_into().ok()?) as usize;
                let crc = checksum(pages.get(*page_at..page_at.checked_add(len)?)?);
                header.get_mut(*at + 4..*at + 8)?.copy_from_slice(&crc.to_le_bytes());
                *at += 8;
                *page_at += len;
            }
            (0..children).try_for_each(|_| walk(header, at, pages, page_at))
        }

        let (header, pages) = bytes.split_at_mut(header_bytes);
        let zones = u32::from_le_bytes(header[10..14].try_into().unwrap()) as usize;
        let (mut at, mut page_at) = (14usize.saturating_add(zones), 0);
        while walk(header, &mut at, pages, &mut page_at).is_some() {}
    }
}

/// The same for metadata, footer and tail: every checksum is made right after the change.
#[test]
fn mutated_footers_with_right_checksums_never_panic() {
    let (schema, _, file) = small_file();
    let wanted = whole(&schema);
    let mut numbers = Numbers(0xf007);
    let start = file.statistics.footer_offset as usize;
    let mut survivors = 0;
    for _ in 0..20_000 {
        let mut bytes = file.bytes.to_vec();
        for _ in 0..1 + numbers.below(3) {
            let at = start + numbers.below((bytes.len() - start) as u64) as usize;
            bytes[at] = [0, 1, 0x7f, 0xff, numbers.next() as u8][numbers.below(5) as usize];
        }
        reseal(&mut bytes);
        let Ok(reader) = FileReader::open_bytes("a/file.cnpy", bytes.into()) else { continue };
        survivors += 1;
        drop(reader.statistics());
        drop(read_rows(&reader, &wanted, 2_048));
        drop(now(reader.report()));
    }
    assert!(survivors > 1_000, "{survivors} files got past the checksums");

    /// Metadata entries, footer, body and tail, as far as offsets still lie inside the file.
    fn reseal(bytes: &mut [u8]) {
        let checksum = crate::cursor::checksum;
        let tail = bytes.len() - 128;
        let word = |bytes: &[u8], at: usize| {
            bytes.get(at..at + 4).map_or(0, |w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]) as usize)
        };
        let (footer, footer_bytes) = (word(bytes, tail + 32), word(bytes, tail + 40));
        let (nodes, streams) = (word(bytes, footer), word(bytes, footer + 4));
        for stream in 0..streams.min(100) {
            let entry = footer.saturating_add(20 + nodes.saturating_mul(36) + stream * 16);
            if entry.saturating_add(16) > bytes.len() {
                break;
            }
            let (offset, len) = (word(bytes, entry), word(bytes, entry + 8));
            if let Some(metadata) = bytes.get(offset..offset.saturating_add(len)) {
                let crc = checksum(metadata);
                bytes[entry + 12..entry + 16].copy_from_slice(&crc.to_le_bytes());
            }
        }
        if let Some(footer) = bytes.get(footer..footer.saturating_add(footer_bytes)) {
            let crc = checksum(footer);
            bytes[tail + 44..tail + 48].copy_from_slice(&crc.to_le_bytes());
        }
        let body = checksum(&bytes[..tail]);
        bytes[tail + 56..tail + 60].copy_from_slice(&body.to_le_bytes());
        let crc = checksum(&bytes[tail + 4..]);
        bytes[tail..tail + 4].copy_from_slice(&crc.to_le_bytes());
    }
}

#[test]
fn a_newer_version_says_so() {
    let (_, _, file) = small_file();
    let mut bytes = file.bytes.to_vec();
    let tail = bytes.len() - 128;
    bytes[tail + 4] = 9;
    let crc = crate::cursor::checksum(&bytes[tail + 4..]);
    bytes[tail..tail + 4].copy_from_slice(&crc.to_le_bytes());
    let error = FileReader::open_bytes("f", bytes.into()).unwrap_err().to_string();
    assert_eq!(error, "f needs format version 9, which this version cannot read");
}
