//! Random queries: joins, groups, subqueries, windows, nested arrays, set operations, shared relations.

use super::tables::{COLUMNS, TABLES};
use super::{Kind, Node, Sort};
use crate::random::Random;

/// Most rows that the tables of a query may make together.
const ROWS_MAX: u64 = 300_000;

/// A column in sight.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name with the alias before it.
    pub name: String,
    /// Its type.
    pub kind: Kind,
}

/// Makes queries of one seed.
pub struct Generator {
    /// Where choices come from.
    pub random: Random,
    /// Subqueries that may still be made.
    pub subqueries: u32,
    /// Joins that may still be made.
    joins: u32,
    /// Rows that the tables read so far have, multiplied: what joins of them make at most.
    rows: u64,
    aliases: u32,
}

impl Generator {
    /// A generator of the seed's query.
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), subqueries: 3, joins: 2, rows: 1, aliases: 0 }
    }

    /// A whole query.
    pub fn statement(&mut self) -> Node {
        let count = 1 + self.random.below(4);
        let kinds: Vec<Kind> = (0..count).map(|_| self.scalar_kind()).collect();
        let query = self.query(&kinds, &[], 2);
        if !self.random.chance(15) {
            return query;
        }
        // Ties of all columns are equal rows: which of them a limit takes does not matter.
        let ordinals: Vec<String> = (1..=kinds.len()).map(|ordinal| ordinal.to_string()).collect();
        let limit = 1 + self.random.below(20);
        let template = format!("SELECT * FROM ({{}}) ORDER BY {} LIMIT {limit}", ordinals.join(", "));
        Node::of(Sort::Query(kinds), &template, vec![query])
    }

    fn scalar_kind(&mut self) -> Kind {
        Kind::SCALARS[self.random.below(Kind::SCALARS.len() as u64) as usize]
    }

    fn alias(&mut self, letter: char) -> String {
        self.aliases += 1;
        format!("{letter}{}", self.aliases)
    }

    /// A query whose columns `c0`, `c1`, ... have the types. `outer` are columns of enclosing queries.
    fn query(&mut self, kinds: &[Kind], outer: &[Column], depth: u32) -> Node {
        let sort = Sort::Query(kinds.to_vec());
        if depth > 0 && self.random.chance(15) {
            let operator = ["UNION ALL", "UNION DISTINCT", "INTERSECT DISTINCT", "EXCEPT DISTINCT"]
                [self.random.below(4) as usize];
            let sides = vec![self.query(kinds, outer, depth - 1), self.query(kinds, outer, depth - 1)];
            return Node::of(sort, &format!("({{}}) {operator} ({{}})"), sides);
        }
        if depth > 0 && outer.is_empty() && self.random.chance(10) {
            return self.shared(kinds, depth);
        }
        match self.random.below(10) {
            0..4 => self.grouped(kinds, outer, depth),
            4 => self.windowed(kinds, outer, depth),
            _ => self.plain(kinds, outer, depth),
        }
    }

    fn items(kinds: &[Kind], values: Vec<Node>) -> Node {
        let named = values.into_iter().zip(kinds).enumerate();
        let named = named.map(|(index, (value, kind))| {
            Node::of(Sort::Value(*kind), &format!("{{}} AS c{index}"), vec![value])
        });
        // Whole items are not to be replaced: their names would go.
        let mut list = Node::list(Sort::Clause, ", ", named.collect());
        list.sort = Sort::Query(Vec::new());
        for part in &mut list.parts {
            if let super::Part::Node(item) = part {
                item.sort = Sort::Query(Vec::new());
            }
        }
        list
    }

    fn filter(&mut self, word: &str, columns: &[Column]) -> Node {
        if self.random.chance(40) {
            return Node { sort: Sort::Clause, parts: Vec::new() };
        }
        let mut conjuncts = vec![self.condition(columns)];
        while self.random.chance(35) {
            conjuncts.push(self.condition(columns));
        }
        let conjuncts = Node::list(Sort::Value(Kind::Bool), " AND ", conjuncts);
        Node::of(Sort::Clause, &format!(" {word} {{}}"), vec![conjuncts])
    }

    /// A condition; now and then with a subquery.
    fn condition(&mut self, columns: &[Column]) -> Node {
        if self.subqueries == 0 || !self.random.chance(20) {
            return self.value(Kind::Bool, columns, 2);
        }
        self.subqueries -= 1;
        let sort = Sort::Value(Kind::Bool);
        match self.random.below(3) {
            0 => {
                let query = self.query(&[Kind::Int], columns, 0);
                let template = ["EXISTS({})", "NOT EXISTS({})"][self.random.below(2) as usize];
                Node::of(sort, template, vec![query])
            }
            1 => {
                let kind = self.scalar_kind();
                let parts = vec![self.value(kind, columns, 1), self.query(&[kind], columns, 0)];
                let template = ["({} IN ({}))", "({} NOT IN ({}))"][self.random.below(2) as usize];
                Node::of(sort, template, parts)
            }
            _ => {
                let left = self.value(Kind::Int, columns, 1);
                let right = self.scalar_subquery(Kind::Int, columns);
                Node::of(sort, "({} >= {})", vec![left, right])
            }
        }
    }

    /// A subquery with one row, whatever it reads: an aggregate without groups.
    pub fn scalar_subquery(&mut self, kind: Kind, outer: &[Column]) -> Node {
        self.subqueries = self.subqueries.saturating_sub(1);
        let (source, own) = self.source(0);
        let aggregate = self.aggregate(kind, &own);
        let all: Vec<Column> = own.iter().chain(outer).cloned().collect();
        let filter = self.filter("WHERE", &all);
        Node::of(Sort::Value(kind), "(SELECT {} FROM {}{})", vec![aggregate, source, filter])
    }

    fn plain(&mut self, kinds: &[Kind], outer: &[Column], depth: u32) -> Node {
        let (source, own) = self.source(depth);
        let all: Vec<Column> = own.iter().chain(outer).cloned().collect();
        let values = kinds.iter().map(|kind| self.value(*kind, &own, 2)).collect();
        let distinct = if self.random.chance(20) { " DISTINCT" } else { "" };
        let distinct = Node::text(Sort::Clause, distinct);
        let filter = self.filter("WHERE", &all);
        let parts = vec![distinct, Self::items(kinds, values), source, filter];
        Node::of(Sort::Query(kinds.to_vec()), "SELECT{} {} FROM {}{}", parts)
    }

    fn grouped(&mut self, kinds: &[Kind], outer: &[Column], depth: u32) -> Node {
        let (source, own) = self.source(depth);
        let all: Vec<Column> = own.iter().chain(outer).cloned().collect();
        // Some columns are keys, the others aggregates; at least one of them is a key.
        let is_key: Vec<bool> =
            kinds.iter().enumerate().map(|(index, _)| index == 0 || self.random.chance(30)).collect();
        let values: Vec<Node> = kinds
            .iter()
            .zip(&is_key)
            .map(|(kind, is_key)| match is_key {
                true => self.value(*kind, &own, 1),
                false => self.aggregate(*kind, &own),
            })
            .collect();
        let keys: Vec<String> =
            (0..kinds.len()).filter(|index| is_key[*index]).map(|index| (index + 1).to_string()).collect();
        let filter = self.filter("WHERE", &all);
        let having = match self.random.chance(30) {
            true => {
                let (count, limit) = (self.aggregate(Kind::Int, &own), self.random.below(4));
                Node::of(Sort::Clause, &format!(" HAVING {{}} > {limit}"), vec![count])
            }
            false => Node { sort: Sort::Clause, parts: Vec::new() },
        };
        let template = format!("SELECT {{}} FROM {{}}{{}} GROUP BY {}{{}}", keys.join(", "));
        let parts = vec![Self::items(kinds, values), source, filter, having];
        Node::of(Sort::Query(kinds.to_vec()), &template, parts)
    }

    fn windowed(&mut self, kinds: &[Kind], outer: &[Column], depth: u32) -> Node {
        let (source, own) = self.source(depth);
        let all: Vec<Column> = own.iter().chain(outer).cloned().collect();
        let values = kinds.iter().map(|kind| {
            let (found, window) = self.window(&own);
            if found == *kind { window } else { self.value(*kind, &own, 1) }
        });
        let values = values.collect();
        let filter = self.filter("WHERE", &all);
        let parts = vec![Self::items(kinds, values), source, filter];
        Node::of(Sort::Query(kinds.to_vec()), "SELECT {} FROM {}{}", parts)
    }

    /// WITH: a relation that is read twice.
    fn shared(&mut self, kinds: &[Kind], depth: u32) -> Node {
        let inner: Vec<Kind> = vec![Kind::Int, self.scalar_kind(), kinds[0]];
        let definition = self.query(&inner, &[], depth - 1);
        let (name, left, right) = (self.alias('w'), self.alias('a'), self.alias('a'));
        let columns: Vec<Column> = [&left, &right]
            .iter()
            .flat_map(|alias| {
                inner
                    .iter()
                    .enumerate()
                    .map(move |(index, kind)| Column { name: format!("{alias}.c{index}"), kind: *kind })
            })
            .collect();
        let values = kinds.iter().map(|kind| self.value(*kind, &columns, 1)).collect();
        let filter = self.filter("AND", &columns);
        let template = format!(
            "WITH {name} AS ({{}}) SELECT {{}} FROM {name} AS {left} JOIN {name} AS {right} ON {left}.c0 = {right}.c0{{}}"
        );
        Node::of(Sort::Query(kinds.to_vec()), &template, vec![definition, Self::items(kinds, values), filter])
    }

    /// Something to read from, and its columns.
    fn source(&mut self, depth: u32) -> (Node, Vec<Column>) {
        if self.joins > 0 && self.random.chance(35) {
            self.joins -= 1;
            return self.join(depth);
        }
        if depth > 0 && self.random.chance(20) {
            let kinds: Vec<Kind> = (0..1 + self.random.below(3)).map(|_| self.scalar_kind()).collect();
            let query = self.query(&kinds, &[], depth - 1);
            let alias = self.alias('q');
            let columns = kinds.iter().enumerate();
            let columns =
                columns.map(|(i, kind)| Column { name: format!("{alias}.c{i}"), kind: *kind }).collect();
            return (Node::of(Sort::Source, &format!("({{}}) AS {alias}"), vec![query]), columns);
        }
        self.table()
    }

    fn table(&mut self) -> (Node, Vec<Column>) {
        let mut at = [0, 0, 1, 1, 2][self.random.below(5) as usize];
        while at > 0 && self.rows * TABLES[at].1 > ROWS_MAX {
            at -= 1;
        }
        let (name, rows) = TABLES[at];
        self.rows *= rows;
        let alias = self.alias('t');
        let columns = COLUMNS.map(|(column, kind)| Column { name: format!("{alias}.{column}"), kind });
        (Node::text(Sort::Source, format!("{name} AS {alias}")), columns.to_vec())
    }

    fn join(&mut self, depth: u32) -> (Node, Vec<Column>) {
        let (left, mut columns) = self.source(depth);
        if self.random.chance(30) {
            let arrays: Vec<&Column> = columns.iter().filter(|column| column.kind == Kind::Items).collect();
            if let Some(items) = arrays.first() {
                let (alias, array) = (self.aliases + 1, items.name.clone());
                self.aliases += 1;
                let word = ["CROSS JOIN", "LEFT JOIN"][self.random.below(2) as usize];
                let template = format!("{{}} {word} UNNEST({array}) AS e{alias}");
                let fields = [("q", Kind::Int), ("p", Kind::Float), ("tags", Kind::Texts)];
                columns
                    .extend(fields.map(|(field, kind)| Column { name: format!("e{alias}.{field}"), kind }));
                return (Node::of(Sort::Source, &template, vec![left]), columns);
            }
        }
        let (right, others) = self.source(0);
        let key = |columns: &[Column], random: &mut Random, kind: Kind| {
            let fitting: Vec<&Column> = columns.iter().filter(|column| column.kind == kind).collect();
            (!fitting.is_empty()).then(|| fitting[random.below(fitting.len() as u64) as usize].name.clone())
        };
        let kind = [Kind::Int, Kind::Int, Kind::Text, Kind::Float, Kind::Date][self.random.below(5) as usize];
        let (mine, theirs) = (key(&columns, &mut self.random, kind), key(&others, &mut self.random, kind));
        let word = ["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"][self.random.below(5) as usize];
        let (left_columns, all) = (columns.clone(), [columns, others].concat());
        drop(left_columns);
        let (Some(mine), Some(theirs)) = (mine, theirs) else {
            return (Node::of(Sort::Source, "{} CROSS JOIN {}", vec![left, right]), all);
        };
        let more = match self.random.chance(30) {
            true => Node::of(Sort::Clause, " AND {}", vec![self.value(Kind::Bool, &all, 1)]),
            false => Node { sort: Sort::Clause, parts: Vec::new() },
        };
        let template = format!("{{}} {word} {{}} ON {mine} = {theirs}{{}}");
        (Node::of(Sort::Source, &template, vec![left, right, more]), all)
    }
}
