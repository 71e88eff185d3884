//! Random expressions over the columns in sight. None fails when it runs, so that it does not matter which rows meet
//! it; none depends on the order of rows.

use super::generate::{Column, Generator};
use super::tables;
use super::{Kind, Node, Sort};

impl Generator {
    /// An expression of the type.
    pub fn value(&mut self, kind: Kind, columns: &[Column], depth: u32) -> Node {
        if depth == 0 || self.random.chance(35) {
            return self.leaf(kind, columns);
        }
        let below = depth - 1;
        let sort = Sort::Value(kind);
        if self.random.chance(12) {
            let arguments = vec![
                self.value(Kind::Bool, columns, below),
                self.value(kind, columns, below),
                self.value(kind, columns, below),
            ];
            let template =
                ["IF({}, {}, {})", "CASE WHEN {} THEN {} ELSE {} END"][self.random.below(2) as usize];
            return Node::of(sort, template, arguments);
        }
        if self.random.chance(8) && !matches!(kind, Kind::Ints | Kind::Items | Kind::Texts) {
            let arguments = vec![self.value(kind, columns, below), self.value(kind, columns, below)];
            let template = ["COALESCE({}, {})", "NULLIF({}, {})"][self.random.below(2) as usize];
            return Node::of(sort, template, arguments);
        }
        if self.random.chance(10) && self.subqueries > 0 && Kind::SCALARS.contains(&kind) {
            return self.scalar_subquery(kind, columns);
        }
        let (template, kinds) = self.template(kind);
        let arguments = kinds.iter().map(|kind| self.value(*kind, columns, below)).collect();
        Node::of(sort, template, arguments)
    }

    /// A column of the type, or a literal.
    fn leaf(&mut self, kind: Kind, columns: &[Column]) -> Node {
        let fitting: Vec<&Column> = columns.iter().filter(|column| column.kind == kind).collect();
        let sort = Sort::Value(kind);
        if !fitting.is_empty() && self.random.chance(80) {
            return Node::text(sort, fitting[self.random.below(fitting.len() as u64) as usize].name.clone());
        }
        match self.random.chance(8) && Kind::SCALARS.contains(&kind) {
            true => Node::text(sort, format!("CAST(NULL AS {})", type_name(kind))),
            false => Node::text(sort, tables::literal(&mut self.random, kind)),
        }
    }

    fn template(&mut self, kind: Kind) -> (&'static str, &'static [Kind]) {
        use Kind::*;
        let choices: &[(&str, &[Kind])] = match kind {
            Int => &[
                ("({} + {})", &[Int, Int]),
                ("({} - {})", &[Int, Int]),
                ("ABS({})", &[Int]),
                ("MOD({}, 7)", &[Int]),
                ("ARRAY_LENGTH({})", &[Ints]),
                ("LENGTH({})", &[Text]),
                ("EXTRACT(MONTH FROM {})", &[Date]),
                ("{}[SAFE_OFFSET(0)]", &[Ints]),
                ("(SELECT SUM(x_) FROM UNNEST({}) AS x_ WHERE x_ > 0)", &[Ints]),
                ("(SELECT COUNT(*) FROM UNNEST({}) AS i_ WHERE i_.q > 1)", &[Items]),
                ("(SELECT MAX(i_.q) FROM UNNEST({}) AS i_)", &[Items]),
                ("(SELECT COUNT(t_) FROM UNNEST({}) AS i_, UNNEST(i_.tags) AS t_)", &[Items]),
                ("CAST({} AS INT64)", &[Bool]),
                ("LEAST({}, {})", &[Int, Int]),
            ],
            Float => &[
                ("({} + {})", &[Float, Float]),
                ("({} * 0.5)", &[Float]),
                ("SAFE_DIVIDE({}, 4)", &[Int]),
                ("CAST({} AS FLOAT64)", &[Int]),
                ("ABS({})", &[Float]),
                ("GREATEST({}, {})", &[Float, Float]),
                ("(SELECT MIN(i_.p) FROM UNNEST({}) AS i_)", &[Items]),
            ],
            Numeric => &[
                ("({} + {})", &[Numeric, Numeric]),
                ("({} - {})", &[Numeric, Int]),
                ("CAST({} AS NUMERIC)", &[Int]),
                ("ROUND({}, 1)", &[Numeric]),
                ("ABS({})", &[Numeric]),
            ],
            Text => &[
                ("CONCAT({}, {})", &[Text, Text]),
                ("UPPER({})", &[Text]),
                ("SUBSTR({}, 1, 2)", &[Text]),
                ("CAST({} AS STRING)", &[Int]),
                ("CAST({} AS STRING)", &[Date]),
                ("{}[SAFE_OFFSET(1)]", &[Texts]),
                ("(SELECT MAX(t_) FROM UNNEST({}) AS i_, UNNEST(i_.tags) AS t_)", &[Items]),
            ],
            Date => &[
                ("DATE_ADD({}, INTERVAL 3 DAY)", &[Date]),
                ("DATE_TRUNC({}, MONTH)", &[Date]),
                ("LEAST({}, {})", &[Date, Date]),
            ],
            Bool => &[
                ("({} = {})", &[Int, Int]),
                ("({} < {})", &[Int, Int]),
                ("({} >= {})", &[Float, Float]),
                ("({} = {})", &[Float, Float]),
                ("({} <> {})", &[Text, Text]),
                ("({} <= {})", &[Numeric, Numeric]),
                ("({} > {})", &[Date, Date]),
                ("({} AND {})", &[Bool, Bool]),
                ("({} OR {})", &[Bool, Bool]),
                ("(NOT {})", &[Bool]),
                ("({} IS NULL)", &[Text]),
                ("({} IS NOT NULL)", &[Int]),
                ("({} IN ({}, {}, 3))", &[Int, Int, Int]),
                ("({} NOT IN ({}, 2))", &[Int, Int]),
                ("({} BETWEEN {} AND {})", &[Int, Int, Int]),
                ("({} LIKE 'a%')", &[Text]),
                ("({} IS DISTINCT FROM {})", &[Float, Float]),
                ("({} IS TRUE)", &[Bool]),
                ("({} IN UNNEST({}))", &[Int, Ints]),
                ("EXISTS(SELECT 1 FROM UNNEST({}) AS i_ WHERE i_.p > 0)", &[Items]),
                ("STARTS_WITH({}, {})", &[Text, Text]),
            ],
            Ints => &[
                ("ARRAY_CONCAT({}, {})", &[Ints, Ints]),
                ("ARRAY_REVERSE({})", &[Ints]),
                ("ARRAY(SELECT x_ + 1 FROM UNNEST({}) AS x_ WITH OFFSET o_ ORDER BY o_)", &[Ints]),
                (
                    "ARRAY(SELECT i_.q FROM UNNEST({}) AS i_ WITH OFFSET o_ WHERE i_.q IS NOT NULL ORDER BY o_)",
                    &[Items],
                ),
            ],
            Texts => &[("ARRAY_CONCAT({}, {})", &[Texts, Texts])],
            Items => &[("ARRAY_REVERSE({})", &[Items])],
        };
        choices[self.random.below(choices.len() as u64) as usize]
    }

    /// An aggregate of the type over the columns of a group.
    pub fn aggregate(&mut self, kind: Kind, columns: &[Column]) -> Node {
        use Kind::*;
        let choices: &[(&str, &[Kind])] = match kind {
            Int => &[
                ("COUNT(*)", &[]),
                ("COUNT({})", &[Text]),
                ("COUNT(DISTINCT {})", &[Int]),
                ("COUNT(DISTINCT {})", &[Float]),
                ("SUM({})", &[Int]),
                ("MAX({})", &[Int]),
                ("COUNTIF({})", &[Bool]),
                ("SUM(DISTINCT {})", &[Int]),
                ("MIN(IF({}, {}, NULL))", &[Bool, Int]),
            ],
            Float => {
                &[("AVG({})", &[Int]), ("SUM({})", &[Float]), ("MIN({})", &[Float]), ("MAX({})", &[Float])]
            }
            Numeric => &[("SUM({})", &[Numeric]), ("AVG({})", &[Numeric]), ("MIN({})", &[Numeric])],
            Text => &[("MIN({})", &[Text]), ("MAX({})", &[Text]), ("STRING_AGG({0}, '/' ORDER BY {0})", &[])],
            Bool => &[("LOGICAL_AND({})", &[Bool]), ("LOGICAL_OR({})", &[Bool]), ("(COUNT({}) > 2)", &[Int])],
            Date => &[("MIN({})", &[Date]), ("MAX({})", &[Date])],
            Ints => &[("ARRAY_AGG({0} IGNORE NULLS ORDER BY {0})", &[]), ("ARRAY_CONCAT_AGG({})", &[])],
            Texts | Items => &[],
        };
        let usable: Vec<_> =
            choices.iter().filter(|(template, _)| !template.contains("CONCAT_AGG")).collect();
        if usable.is_empty() {
            return Node::text(Sort::Value(kind), kind.plain());
        }
        let (template, kinds) = usable[self.random.below(usable.len() as u64) as usize];
        let sort = Sort::Value(kind);
        if template.contains("{0}") {
            // The argument and its order are the same.
            let inner = if kind == Ints { Int } else { Text };
            let argument = self.leaf(inner, columns).sql();
            return Node::text(sort, template.replace("{0}", &argument));
        }
        let arguments = kinds.iter().map(|kind| self.value(*kind, columns, 1)).collect();
        Node::of(sort, template, arguments)
    }

    /// A window call of the type that gives ties the same value.
    pub fn window(&mut self, columns: &[Column]) -> (Kind, Node) {
        use Kind::*;
        let choices: &[(Kind, &str, &[Kind])] = &[
            (Int, "RANK() OVER (PARTITION BY {} ORDER BY {})", &[Text, Int]),
            (Int, "DENSE_RANK() OVER (ORDER BY {} DESC)", &[Int]),
            (Int, "SUM({}) OVER (PARTITION BY {})", &[Int, Bool]),
            (Int, "COUNT(*) OVER (PARTITION BY {} ORDER BY {})", &[Int, Text]),
            (Int, "SUM({}) OVER (ORDER BY {} RANGE BETWEEN 2 PRECEDING AND CURRENT ROW)", &[Int, Int]),
            (Text, "MAX({}) OVER (PARTITION BY {})", &[Text, Int]),
        ];
        let (kind, template, kinds) = choices[self.random.below(choices.len() as u64) as usize];
        let arguments = kinds.iter().map(|kind| self.value(*kind, columns, 1)).collect();
        (kind, Node::of(Sort::Value(kind), template, arguments))
    }
}

/// The type's name.
fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "INT64",
        Kind::Float => "FLOAT64",
        Kind::Numeric => "NUMERIC",
        Kind::Text => "STRING",
        Kind::Bool => "BOOL",
        Kind::Date => "DATE",
        Kind::Ints => "ARRAY<INT64>",
        Kind::Texts => "ARRAY<STRING>",
        Kind::Items => "ARRAY<STRUCT<q INT64, p FLOAT64, tags ARRAY<STRING>>>",
    }
}
