//! Parsing text into the fewest symbols.
//!
//! The paper parses greedily; the shortest parse takes a tenth fewer codes on text, and still one pass finds
//! it. An automaton (Aho and Corasick, "Efficient string matching: an aid to bibliographic search", 1975) goes
//! over the bytes and tells at each position the symbols that end there; the fewest codes up to a position are
//! then one more than the fewest up to where one of them begins. Ties go to the longest symbol, so equal
//! values have equal codes.

use super::table::SymbolTable;

/// Values are parsed in pieces of this many bytes: memory stays bounded, and the pieces are the same for equal
/// values.
const PIECE_BYTES: usize = 4096;

const NONE: u32 = u32::MAX;
const NO_CODE: u16 = u16::MAX;
const ROOT: u32 = 0;

/// A slot of the double array (Aoe, "An Efficient Digital Search Algorithm by Using a Double-Array Structure",
/// 1989): the child by byte `b` of a node stands at `base + b`, where `parent` names the node.
#[derive(Debug, Clone, Copy)]
struct Slot {
    parent: u32,
    base: u32,
}

/// What stands beside a node's slot.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// The node of the longest proper suffix that has one.
    failure: u32,
    /// The symbol that ends exactly here.
    own: u16,
    /// The longest symbol that ends here.
    longest: u16,
}

/// Finds symbols in text.
#[derive(Debug, Clone)]
pub(crate) struct Parser {
    slots: Vec<Slot>,
    nodes: Vec<Node>,
    /// For each code its length, and the longest shorter symbol that ends where it ends.
    symbols: Vec<(u8, u16)>,
}

/// Memory of a parse, used again for the next one.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// The fewest codes up to each position of a piece, and the last of them.
    costs: Vec<(u32, u16)>,
    reversed: Vec<u16>,
}

/// A range of sorted symbols below a node.
struct Pending {
    node: u32,
    symbols: std::ops::Range<usize>,
    depth: usize,
}

impl Parser {
    pub(crate) fn new(table: &SymbolTable) -> Self {
        let mut order: Vec<u16> = (0..table.len()).map(|code| code as u16).collect();
        order.sort_unstable_by_key(|&code| table.symbol(code as usize));
        let mut parser = Self {
            slots: vec![Slot { parent: NONE, base: 0 }; 2048],
            nodes: vec![Node { failure: ROOT, own: NO_CODE, longest: NO_CODE }; 2048],
            symbols: table.parts().1.iter().map(|&len| (len, NO_CODE)).collect(),
        };
        // Breadth first, so that a node's suffixes are there before it.
        let mut pending =
            std::collections::VecDeque::from([Pending { node: ROOT, symbols: 0..order.len(), depth: 0 }]);
        let mut free_from = 1;
        while let Some(next) = pending.pop_front() {
            parser.place(table, &order, next, &mut free_from, &mut pending);
        }
        parser
    }

    /// Places the children of a node.
    fn place(
        &mut self,
        table: &SymbolTable,
        order: &[u16],
        at: Pending,
        free_from: &mut usize,
        pending: &mut std::collections::VecDeque<Pending>,
    ) {
        // A suffix is less deep, so what ends there is known.
        let failure = self.nodes[at.node as usize].failure;
        self.nodes[at.node as usize].longest = self.nodes[failure as usize].longest;
        let mut children: Vec<(u8, std::ops::Range<usize>)> = Vec::new();
        for index in at.symbols {
            let symbol = table.symbol(order[index] as usize);
            if symbol.len as usize == at.depth {
                let code = order[index];
                let node = &mut self.nodes[at.node as usize];
                self.symbols[code as usize].1 = node.longest;
                (node.own, node.longest) = (code, code);
                continue;
            }
            let byte = symbol.bytes[at.depth];
            match children.last_mut() {
                Some((last, range)) if *last == byte => range.end = index + 1,
                _ => children.push((byte, index..index + 1)),
            }
        }
        if children.is_empty() {
            return;
        }
        let base = self.find_base(&children, free_from);
        self.slots[at.node as usize].base = base;
        for (byte, symbols) in children {
            let child = base + byte as u32;
            self.slots[child as usize].parent = at.node;
            let failure = match at.node {
                ROOT => ROOT,
                node => self.next(self.nodes[node as usize].failure, byte),
            };
            self.nodes[child as usize].failure = failure;
            pending.push_back(Pending { node: child, symbols, depth: at.depth + 1 });
        }
    }

    /// Where children fit into free slots.
    fn find_base(&mut self, children: &[(u8, std::ops::Range<usize>)], free_from: &mut usize) -> u32 {
        let first = children[0].0 as usize;
        let mut at = (*free_from).max(first + 1);
        loop {
            if at + 512 > self.slots.len() {
                let len = self.slots.len() * 2;
                self.slots.resize(len, Slot { parent: NONE, base: 0 });
                self.nodes.resize(len, Node { failure: ROOT, own: NO_CODE, longest: NO_CODE });
            }
            let free = |byte: u8| self.slots[at - first + byte as usize].parent == NONE;
            if children.iter().all(|(byte, _)| free(*byte)) {
                break;
            }
            at += 1;
        }
        while *free_from == at || self.slots[*free_from].parent != NONE {
            *free_from += 1;
        }
        (at - first) as u32
    }

    /// The node of the longest suffix after one more byte. Every byte is a symbol, so the root has all
    /// children.
    #[inline]
    fn next(&self, mut node: u32, byte: u8) -> u32 {
        loop {
            let child = self.slots[node as usize].base + byte as u32;
            if self.slots[child as usize].parent == node {
                return child;
            }
            node = self.nodes[node as usize].failure;
        }
    }

    /// Appends the fewest codes of a value.
    pub(crate) fn parse(&self, value: &[u8], scratch: &mut Scratch, codes: &mut Vec<u16>) {
        for piece in value.chunks(PIECE_BYTES) {
            scratch.costs.clear();
            scratch.costs.push((0, NO_CODE));
            let mut node = ROOT;
            for (index, &byte) in piece.iter().enumerate() {
                node = self.next(node, byte);
                let end = index + 1;
                let mut best = (u32::MAX, NO_CODE);
                let mut code = self.nodes[node as usize].longest;
                while code != NO_CODE {
                    let (len, shorter) = self.symbols[code as usize];
                    let cost = scratch.costs[end - len as usize].0 + 1;
                    if cost < best.0 {
                        best = (cost, code);
                    }
                    code = shorter;
                }
                scratch.costs.push(best);
            }
            scratch.reversed.clear();
            let mut at = piece.len();
            while at > 0 {
                let code = scratch.costs[at].1;
                scratch.reversed.push(code);
                at -= self.symbols[code as usize].0 as usize;
            }
            codes.extend(scratch.reversed.iter().rev());
        }
    }

    /// Appends the codes of the paper's greedy parse, which is better to learn symbols from: it takes the
    /// longest ones and so lets them grow.
    pub(crate) fn parse_greedy(&self, value: &[u8], codes: &mut Vec<u16>) {
        let mut start = 0;
        while start < value.len() {
            let (mut node, mut best, mut best_end) = (ROOT, NO_CODE, start + 1);
            for (index, &byte) in value[start..].iter().enumerate() {
                let child = self.slots[node as usize].base + byte as u32;
                if self.slots[child as usize].parent != node {
                    break;
                }
                node = child;
                if self.nodes[node as usize].own != NO_CODE {
                    (best, best_end) = (self.nodes[node as usize].own, start + index + 1);
                }
            }
            codes.push(best);
            start = best_end;
        }
    }
}
