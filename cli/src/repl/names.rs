//! The words that completion offers.

use canopy_proto::query::ListTablesResponse;
use canopy_server::{help, text};
use parking_lot::RwLock;

/// A word and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// What it is: `keyword`, `table`, `column of main.t`...
    pub note: String,
}

/// Names of tables and columns, which come and go, beside words that stay.
pub struct Names {
    fixed: Vec<Word>,
    named: RwLock<Named>,
}

#[derive(Default)]
struct Named {
    words: Vec<Word>,
    /// Datasets with their tables, to complete what follows a dot.
    paths: Vec<(String, Word)>,
}

impl Default for Names {
    fn default() -> Self {
        let keyword = |word: &str| Word { text: word.to_owned(), note: "keyword".to_owned() };
        let mut fixed: Vec<Word> = text::keywords().map(keyword).collect();
        let functions = help::topics().into_iter().filter(|topic| topic.is_function);
        fixed.extend(functions.map(|topic| Word {
            text: format!("{}(", topic.name),
            note: topic.usages.first().cloned().unwrap_or_default(),
        }));
        Self { fixed, named: RwLock::default() }
    }
}

impl Names {
    /// Takes the tables that are there now.
    pub fn replace(&self, tables: &ListTablesResponse, default_dataset: &str) {
        let mut named = Named::default();
        let word = |text: &str, note: String| Word { text: text.to_owned(), note };
        for dataset in &tables.datasets {
            named.words.push(word(&dataset.dataset, "dataset".into()));
            for table in &dataset.tables {
                let note = format!("table, {} rows", indicatif::HumanCount(table.row_count));
                if dataset.dataset == default_dataset {
                    named.words.push(word(&table.name, note.clone()));
                }
                named.paths.push((dataset.dataset.clone(), word(&table.name, note)));
                for column in &table.columns {
                    let column_word = word(&column.name, format!("{} of {}", column.type_text, table.name));
                    named.paths.push((table.name.clone(), column_word.clone()));
                    named.words.push(column_word);
                }
            }
        }
        *self.named.write() = named;
    }

    /// The words that begin so, in any case: names first. After a dot only what belongs to `parent`.
    pub fn like(&self, parent: Option<&str>, start: &str) -> Vec<Word> {
        let begins =
            |word: &Word| word.text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
        let named = self.named.read();
        if let Some(parent) = parent {
            let of = named.paths.iter().filter(|(of, _)| of.eq_ignore_ascii_case(parent));
            return of.map(|(_, word)| word).filter(|word| begins(word)).cloned().collect();
        }
        let mut found: Vec<Word> = named.words.iter().filter(|word| begins(word)).cloned().collect();
        found.dedup_by(|a, b| a.text == b.text);
        found.extend(self.fixed.iter().filter(|word| begins(word)).cloned());
        found
    }
}

#[cfg(test)]
mod tests {
    use canopy_proto::query::{DatasetTables, ResultColumn, TableSummary};

    use super::*;

    /// Names of a dataset `main` with a table `orders(o_key)`.
    pub fn sample() -> Names {
        let names = Names::default();
        let columns =
            vec![ResultColumn { name: "o_key".into(), type_text: "INT64".into(), ..Default::default() }];
        let table = TableSummary { name: "orders".into(), row_count: 5, columns, ..Default::default() };
        let dataset = DatasetTables { dataset: "main".into(), tables: vec![table] };
        names.replace(&ListTablesResponse { datasets: vec![dataset] }, "main");
        names
    }

    #[test]
    fn names_come_before_keywords_and_dots_lead_into_them() {
        let names = sample();
        let texts = |parent, start| -> Vec<String> {
            names.like(parent, start).into_iter().map(|word| word.text).collect()
        };
        let found = texts(None, "or");
        assert_eq!(found[0], "orders");
        assert!(found.contains(&"ORDER".to_owned()));
        assert_eq!(texts(Some("main"), ""), ["orders"]);
        assert_eq!(texts(Some("ORDERS"), "O"), ["o_key"]);
        assert!(texts(Some("nothing"), "").is_empty());
    }
}
