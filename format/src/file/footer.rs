//! The footer (schema, stripes, where each stream's metadata is) and the tail.
//!
//! ```text
//! footer := nodes:u32 | streams:u32 | stripes:u32 | next field id:u32 | name bytes:u32
//!           | node* (36 bytes each) | directory entry* (16 bytes each) | stripe rows:u32 * | names
//! node   := field id:u32 | parent:u32 (all ones at the top) | type:u8 | mode:u8 | parameters:u8 | 0:u8
//!           | first parameter:u64 | second parameter:u32 | name offset:u32 | name bytes:u32 | 0:u32
//! entry  := metadata offset:u64 | metadata bytes:u32 | metadata crc:u32
//! tail   := see `Tail::write`; 128 bytes at the very end
//! ```

use bytes::Bytes;

use super::{
    DEPTH_MAX, FEATURES_KNOWN, FIELDS_MAX, FILE_BYTES_MAX, FOOTER_BYTES_MAX, REPEATED_DEPTH_MAX, STRIPE_ROWS,
    STRIPES_MAX, TAIL_BYTES, TAIL_MAGIC, VERSION,
};
use crate::cursor::{Cursor, IGNORE_CHECKSUMS, checksum};
use crate::encoding::{Checked, Flaw};
use crate::{DataType, Field, FieldId, Mode, RangeElement, Schema, TypeParameters};

const NO_PARENT: u32 = u32::MAX;

/// What opens a file: checked as a whole in one pass, and taken apart where it is asked for, so that reading one
/// column of ten thousand does not pay for the others.
#[derive(Debug)]
pub(crate) struct Footer {
    bytes: Bytes,
    nodes: usize,
    streams: usize,
    name_bytes: usize,
    next_field_id: u32,
    /// The columns in order.
    columns: Vec<Column>,
    pub(crate) stripe_rows: Vec<u32>,
}

/// Where a column begins: its first node and its first stream.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Column {
    node: u32,
    stream: u32,
}

/// Bytes before the nodes, of a node, of a directory entry.
const HEAD_BYTES: usize = 20;
const NODE_BYTES: usize = 36;
const ENTRY_BYTES: usize = 16;

/// Where a stream's metadata lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Entry {
    pub(crate) offset: u64,
    pub(crate) bytes: u32,
    pub(crate) crc: u32,
}

/// The last 128 bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tail {
    /// Incompatible features: what a reader must know to read the file.
    pub(crate) features: u64,
    pub(crate) metadata_offset: u64,
    pub(crate) footer_offset: u64,
    pub(crate) footer_bytes: u32,
    pub(crate) footer_crc: u32,
    pub(crate) row_count: u64,
    pub(crate) body_crc: u32,
    pub(crate) uuid: [u8; 16],
    pub(crate) file_bytes: u64,
}

impl Tail {
    /// ```text
    /// 0 crc of bytes 4..128:u32 | 4 major:u16 | 6 minor:u16 | 8 incompatible features:u64 | 16 compatible features:u64
    /// 24 metadata offset:u64 | 32 footer offset:u64 | 40 footer bytes:u32 | 44 footer crc:u32 | 48 rows:u64
    /// 56 crc of all bytes before the tail:u32 | 60 0:u32 | 64 uuid:16 | 80 file bytes:u64 | 88 zeros | 120 magic:8
    /// ```
    pub(crate) fn write(&self) -> [u8; TAIL_BYTES] {
        let mut out = [0u8; TAIL_BYTES];
        let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
        put(4, &VERSION.0.to_le_bytes());
        put(6, &VERSION.1.to_le_bytes());
        put(8, &self.features.to_le_bytes());
        put(24, &self.metadata_offset.to_le_bytes());
        put(32, &self.footer_offset.to_le_bytes());
        put(40, &self.footer_bytes.to_le_bytes());
        put(44, &self.footer_crc.to_le_bytes());
        put(48, &self.row_count.to_le_bytes());
        put(56, &self.body_crc.to_le_bytes());
        put(64, &self.uuid);
        put(80, &self.file_bytes.to_le_bytes());
        put(120, &TAIL_MAGIC);
        let crc = checksum(&out[4..]);
        out[..4].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// Reads the tail of a file of `file_bytes` bytes.
    pub(crate) fn read(bytes: &[u8], file_bytes: u64) -> Checked<Self> {
        let mut cursor = Cursor::new(bytes);
        cursor.expect(TAIL_BYTES)?;
        if bytes[120..128] != TAIL_MAGIC {
            return Flaw::damaged("the last bytes are not a Canopy file's");
        }
        let crc = cursor.u32()?;
        let found = checksum(&bytes[4..TAIL_BYTES]);
        if !IGNORE_CHECKSUMS && crc != found {
            return Flaw::damaged(format!("tail: expected checksum {crc:08x}, found {found:08x}"));
        }
        let (major, _minor) = (cursor.u16()?, cursor.u16()?);
        let (incompatible, _compatible) = (cursor.u64()?, cursor.u64()?);
        if major != VERSION.0 {
            return Err(Flaw::Unsupported(format!("format version {major}")));
        }
        if incompatible & !FEATURES_KNOWN != 0 {
            return Err(Flaw::Unsupported(format!("format features {:#x}", incompatible & !FEATURES_KNOWN)));
        }
        let (metadata_offset, footer_offset) = (cursor.u64()?, cursor.u64()?);
        let (footer_bytes, footer_crc) = (cursor.u32()?, cursor.u32()?);
        let (row_count, body_crc, _) = (cursor.u64()?, cursor.u32()?, cursor.u32()?);
        let mut uuid = [0u8; 16];
        uuid.copy_from_slice(cursor.take(16)?);
        let declared = cursor.u64()?;
        let tail = Self {
            features: incompatible,
            metadata_offset,
            footer_offset,
            footer_bytes,
            footer_crc,
            row_count,
            body_crc,
            uuid,
            file_bytes: declared,
        };
        let footer_end = footer_offset.checked_add(footer_bytes as u64);
        let in_place = declared == file_bytes
            && declared <= FILE_BYTES_MAX
            && footer_end == file_bytes.checked_sub(TAIL_BYTES as u64)
            && metadata_offset <= footer_offset
            && file_bytes - metadata_offset <= FOOTER_BYTES_MAX;
        match in_place {
            true => Ok(tail),
            false => Flaw::damaged(format!(
                "tail of a file of {declared} bytes, metadata at {metadata_offset}, footer at {footer_offset} of \
                 {footer_bytes} bytes; the file has {file_bytes}"
            )),
        }
    }
}

/// Returns the bytes of a footer.
pub(crate) fn write(schema: &Schema, directory: &[Entry], stripe_rows: &[u32]) -> Vec<u8> {
    let (mut nodes, mut names, mut count) = (Vec::new(), Vec::new(), 0u32);
    for field in &schema.fields {
        write_node(field, NO_PARENT, &mut count, &mut nodes, &mut names);
    }
    let mut out = Vec::new();
    let [streams, stripes] = [directory.len() as u32, stripe_rows.len() as u32];
    for field in [count, streams, stripes, schema.next_field_id, names.len() as u32] {
        out.extend(field.to_le_bytes());
    }
    out.extend_from_slice(&nodes);
    for entry in directory {
        out.extend(entry.offset.to_le_bytes());
        out.extend(entry.bytes.to_le_bytes());
        out.extend(entry.crc.to_le_bytes());
    }
    stripe_rows.iter().for_each(|rows| out.extend(rows.to_le_bytes()));
    out.extend_from_slice(&names);
    out
}

impl Footer {
    /// Checks a footer: after this every part of it can be taken apart.
    pub(crate) fn read(bytes: Bytes) -> Checked<Self> {
        let mut cursor = Cursor::new(&bytes);
        let [nodes, streams, stripes] =
            [cursor.u32()? as usize, cursor.u32()? as usize, cursor.u32()? as usize];
        let (next_field_id, name_bytes) = (cursor.u32()?, cursor.u32()? as usize);
        if nodes > FIELDS_MAX || streams > 2 * FIELDS_MAX || stripes > STRIPES_MAX {
            return Flaw::damaged(format!("footer of {nodes} fields, {streams} streams, {stripes} stripes"));
        }
        cursor.expect(nodes * NODE_BYTES + streams * ENTRY_BYTES + stripes * 4 + name_bytes)?;
        cursor.take(nodes * NODE_BYTES + streams * ENTRY_BYTES)?;
        let mut stripe_rows = Vec::with_capacity(stripes);
        for _ in 0..stripes {
            let rows = cursor.u32()?;
            if rows == 0 || rows as usize > STRIPE_ROWS {
                return Flaw::damaged(format!("stripe of {rows} rows"));
            }
            stripe_rows.push(rows);
        }
        let names = cursor.take(name_bytes)?;
        cursor.finish()?;
        let columns = check_nodes(&bytes[HEAD_BYTES..HEAD_BYTES + nodes * NODE_BYTES], names, streams)?;
        Ok(Self { nodes, streams, name_bytes, next_field_id, columns, stripe_rows, bytes })
    }

    /// Number of streams of all columns.
    pub(crate) fn streams(&self) -> usize {
        self.streams
    }

    /// Number of columns.
    pub(crate) fn columns(&self) -> usize {
        self.columns.len()
    }

    /// The column that a field is, or is below.
    pub(crate) fn column_of(&self, field: FieldId) -> Option<usize> {
        let nodes = &self.bytes[HEAD_BYTES..HEAD_BYTES + self.nodes * NODE_BYTES];
        let wanted = field.0.to_le_bytes();
        let node = nodes.chunks_exact(NODE_BYTES).position(|node| node[..4] == wanted)? as u32;
        Some(self.columns.partition_point(|column| column.node <= node) - 1)
    }

    /// The column that a stream belongs to.
    pub(crate) fn column_of_stream(&self, stream: usize) -> usize {
        self.columns.partition_point(|column| column.stream as usize <= stream) - 1
    }

    /// The number of a column's first stream.
    pub(crate) fn first_stream(&self, column: usize) -> usize {
        self.columns[column].stream as usize
    }

    /// A column's field.
    pub(crate) fn field(&self, column: usize) -> Field {
        let names_at = self.bytes.len() - self.name_bytes;
        let mut at = self.columns[column].node as usize;
        let nodes = &self.bytes[HEAD_BYTES..HEAD_BYTES + self.nodes * NODE_BYTES];
        read_field(nodes, &self.bytes[names_at..], &mut at)
    }

    /// The whole schema.
    pub(crate) fn schema(&self) -> Schema {
        let fields = (0..self.columns()).map(|column| self.field(column)).collect();
        Schema { fields, next_field_id: self.next_field_id }
    }

    /// Where a stream's metadata lies.
    pub(crate) fn entry(&self, stream: usize) -> Entry {
        let at = HEAD_BYTES + self.nodes * NODE_BYTES + stream * ENTRY_BYTES;
        let word = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| self.bytes[at + i]));
        let offset = word(at) as u64 | (word(at + 4) as u64) << 32;
        Entry { offset, bytes: word(at + 8), crc: word(at + 12) }
    }
}

struct RawNode {
    field: u32,
    parent: u32,
    data_type: u8,
    mode: u8,
    parameters: Option<TypeParameters>,
    name: (usize, usize),
}

impl RawNode {
    /// Reads the `NODE_BYTES` bytes of a node, without a check a field: a wide table has many.
    fn read(bytes: &[u8; NODE_BYTES]) -> Checked<Self> {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let (field, parent) = (word(0), word(4));
        let [data_type, mode, kind, _] = [bytes[8], bytes[9], bytes[10], bytes[11]];
        let (first, second) = (word(12) as u64 | (word(16) as u64) << 32, word(20));
        let name = (word(24) as usize, word(28) as usize);
        let parameters = match kind {
            0 => None,
            1 => Some(TypeParameters::MaxLength(first)),
            2 if first <= u32::MAX as u64 => {
                Some(TypeParameters::Decimal { precision: first as u32, scale: second })
            }
            _ => return Flaw::damaged(format!("type parameters of kind {kind}")),
        };
        Ok(Self { field, parent, data_type, mode, parameters, name })
    }
}

fn write_node(field: &Field, parent: u32, count: &mut u32, nodes: &mut Vec<u8>, names: &mut Vec<u8>) {
    let index = *count;
    *count += 1;
    let (kind, first, second) = match field.parameters {
        None => (0, 0, 0),
        Some(TypeParameters::MaxLength(length)) => (1, length, 0),
        Some(TypeParameters::Decimal { precision, scale }) => (2, precision as u64, scale),
    };
    let mode = match field.mode {
        Mode::Nullable => 0,
        Mode::Required => 1,
        Mode::Repeated => 2,
    };
    nodes.extend(field.id.0.to_le_bytes());
    nodes.extend(parent.to_le_bytes());
    nodes.extend([type_id(&field.data_type), mode, kind, 0]);
    nodes.extend(first.to_le_bytes());
    nodes.extend(second.to_le_bytes());
    nodes.extend((names.len() as u32).to_le_bytes());
    nodes.extend((field.name.len() as u32).to_le_bytes());
    nodes.extend(0u32.to_le_bytes());
    names.extend_from_slice(field.name.as_bytes());
    for child in &field.children {
        write_node(child, index, count, nodes, names);
    }
}

/// A node above the one being checked.
struct Above {
    index: u32,
    field: u32,
    is_struct: bool,
    children: usize,
    repeated: usize,
}

/// Checks that nodes make a schema, in pre-order, with so many streams; returns where its columns begin.
fn check_nodes(nodes: &[u8], names: &[u8], streams: usize) -> Checked<Vec<Column>> {
    let Ok(names) = std::str::from_utf8(names) else { return Flaw::damaged("names that are not UTF-8") };
    let (mut columns, mut ids) = (Vec::new(), Vec::with_capacity(nodes.len() / NODE_BYTES));
    let (mut path, mut stream) = (Vec::<Above>::new(), 0u32);
    for (index, node) in nodes.as_chunks::<NODE_BYTES>().0.iter().enumerate() {
        let (index, node) = (index as u32, RawNode::read(node)?);
        while path.last().is_some_and(|above| above.index != node.parent) {
            path.pop().map_or(Ok(()), closed)?;
        }
        match path.last_mut() {
            None if node.parent == NO_PARENT => columns.push(Column { node: index, stream }),
            None => return Flaw::damaged(format!("field {index} of the schema is not under its parent")),
            Some(above) => above.children += 1,
        }
        if names.get(node.name.0..node.name.0.saturating_add(node.name.1)).is_none() {
            return Flaw::damaged(format!("name of field {}", node.field));
        }
        let is_repeated = match node.mode {
            0 | 1 => false,
            2 => true,
            other => return Flaw::damaged(format!("mode {other} of field {}", node.field)),
        };
        let is_struct = type_of(node.data_type)?.is_none();
        stream += is_repeated as u32 + !is_struct as u32;
        let repeated = path.last().map_or(0, |above| above.repeated) + is_repeated as usize;
        if path.len() >= DEPTH_MAX || repeated > REPEATED_DEPTH_MAX {
            return Flaw::damaged(format!("schema deeper than {DEPTH_MAX}, or {REPEATED_DEPTH_MAX} arrays"));
        }
        ids.push(node.field);
        path.push(Above { index, field: node.field, is_struct, children: 0, repeated });
    }
    while let Some(above) = path.pop() {
        closed(above)?;
    }
    ids.sort_unstable();
    if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        return Flaw::damaged(format!("field id {} is used twice", pair[0]));
    }
    match stream as usize == streams {
        true => Ok(columns),
        false => Flaw::damaged(format!("{streams} streams (expected {stream})")),
    }
}

/// A STRUCT has parts, nothing else has.
fn closed(node: Above) -> Checked<()> {
    match node.is_struct == (node.children > 0) {
        true => Ok(()),
        false => Flaw::damaged(format!("field {} with {} children", node.field, node.children)),
    }
}

/// The field at node `at` of nodes that were checked; moves on to the node after it.
fn read_field(nodes: &[u8], names: &[u8], at: &mut usize) -> Field {
    let index = *at as u32;
    let node = checked_node(nodes, *at);
    *at += 1;
    let name = std::str::from_utf8(&names[node.name.0..node.name.0 + node.name.1]).unwrap_or_default();
    let mode = match node.mode {
        0 => Mode::Nullable,
        1 => Mode::Required,
        _ => Mode::Repeated,
    };
    let mut children = Vec::new();
    while *at * NODE_BYTES < nodes.len() && checked_node(nodes, *at).parent == index {
        children.push(read_field(nodes, names, at));
    }
    let field = match type_of(node.data_type) {
        Ok(Some(data_type)) => Field::scalar(node.field, name, data_type, mode),
        _ => Field::structure(node.field, name, mode, children),
    };
    Field { id: FieldId(node.field), parameters: node.parameters, ..field }
}

fn checked_node(nodes: &[u8], index: usize) -> RawNode {
    match RawNode::read(&nodes.as_chunks::<NODE_BYTES>().0[index]) {
        Ok(node) => node,
        Err(_) => unreachable!("nodes are checked when the footer is read"),
    }
}

/// The frozen number of a type; ARRAY is a mode, not a type.
fn type_id(data_type: &DataType) -> u8 {
    match data_type {
        DataType::Bool => 1,
        DataType::Int64 => 2,
        DataType::Float64 => 3,
        DataType::Numeric => 4,
        DataType::BigNumeric => 5,
        DataType::String => 6,
        DataType::Bytes => 7,
        DataType::Date => 8,
        DataType::Time => 9,
        DataType::Datetime => 10,
        DataType::Timestamp => 11,
        DataType::Interval => 12,
        DataType::Json => 13,
        DataType::Struct(_) => 14,
        DataType::Range(RangeElement::Date) => 15,
        DataType::Range(RangeElement::Datetime) => 17,
        DataType::Range(RangeElement::Timestamp) => 18,
        DataType::Array(_) => unreachable!("a field's type is never ARRAY: that is its mode"),
    }
}

/// The type of a number; None for STRUCT.
fn type_of(id: u8) -> Checked<Option<DataType>> {
    Ok(Some(match id {
        1 => DataType::Bool,
        2 => DataType::Int64,
        3 => DataType::Float64,
        4 => DataType::Numeric,
        5 => DataType::BigNumeric,
        6 => DataType::String,
        7 => DataType::Bytes,
        8 => DataType::Date,
        9 => DataType::Time,
        10 => DataType::Datetime,
        11 => DataType::Timestamp,
        12 => DataType::Interval,
        13 => DataType::Json,
        14 => return Ok(None),
        15 => DataType::Range(RangeElement::Date),
        17 => DataType::Range(RangeElement::Datetime),
        18 => DataType::Range(RangeElement::Timestamp),
        _ => return Err(Flaw::Unsupported(format!("column type {id}"))),
    }))
}
