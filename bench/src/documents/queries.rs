//! Queries over documents, each with what plain Rust makes of the same records.

use std::collections::BTreeMap;

use super::{Document, Language, Name};

/// A query, its name, and its oracle.
pub struct NestedQuery {
    /// A short name: `n1`.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// GoogleSQL.
    pub sql: &'static str,
    /// The expected rows, values as text and NULL empty.
    pub oracle: fn(&[Document]) -> Vec<Vec<String>>,
}

fn row(values: impl IntoIterator<Item = i64>) -> Vec<String> {
    values.into_iter().map(|value| value.to_string()).collect()
}

fn languages(document: &Document) -> impl Iterator<Item = (&Name, &Language)> {
    document.name.iter().flat_map(|name| name.language.iter().map(move |language| (name, language)))
}

/// The queries, simple ones first.
pub const QUERIES: &[NestedQuery] = &[
    NestedQuery {
        name: "n1",
        title: "lengths of arrays, from levels alone",
        sql: "SELECT COUNT(*) AS documents, SUM(ARRAY_LENGTH(name)) AS names, \
              SUM(ARRAY_LENGTH(links.forward)) AS links FROM documents",
        oracle: |documents| {
            let names = documents.iter().map(|d| d.name.len() as i64).sum();
            let links =
                documents.iter().filter_map(|d| d.links.as_ref()).map(|l| l.forward.len() as i64).sum();
            vec![row([documents.len() as i64, names, links])]
        },
    },
    NestedQuery {
        name: "n2",
        title: "a sum within each record, then over all",
        sql: "SELECT SUM((SELECT SUM(link) FROM UNNEST(links.forward) AS link)) AS total FROM documents",
        oracle: |documents| {
            vec![row([documents.iter().filter_map(|d| d.links.as_ref()).flat_map(|l| &l.forward).sum()])]
        },
    },
    NestedQuery {
        name: "n3",
        title: "records with an element that has no URL",
        sql: "SELECT COUNT(*) AS documents FROM documents \
              WHERE EXISTS (SELECT 1 FROM UNNEST(name) AS n WHERE n.url IS NULL)",
        oracle: |documents| {
            vec![row([documents.iter().filter(|d| d.name.iter().any(|n| n.url.is_none())).count() as i64])]
        },
    },
    NestedQuery {
        name: "n4",
        title: "elements two levels down, grouped",
        sql: "SELECT l.code, COUNT(*) AS uses FROM documents AS d, d.name AS n, n.language AS l \
              GROUP BY l.code ORDER BY uses DESC, l.code",
        oracle: |documents| {
            let mut uses: BTreeMap<&str, i64> = BTreeMap::new();
            documents.iter().flat_map(languages).for_each(|(_, l)| *uses.entry(&l.code).or_default() += 1);
            let mut rows: Vec<_> = uses.into_iter().collect();
            rows.sort_by_key(|&(code, count)| (-count, code));
            rows.into_iter().map(|(code, count)| vec![code.to_owned(), count.to_string()]).collect()
        },
    },
    NestedQuery {
        name: "n5",
        title: "the records with the most languages of a country",
        sql: "SELECT doc_id, (SELECT COUNT(*) FROM UNNEST(name) AS n, UNNEST(n.language) AS l \
              WHERE l.country = 'us') AS us FROM documents ORDER BY us DESC, doc_id LIMIT 10",
        oracle: |documents| {
            let us = |d: &Document| {
                languages(d).filter(|(_, l)| l.country.as_deref() == Some("us")).count() as i64
            };
            let mut rows: Vec<_> = documents.iter().map(|d| (us(d), d.doc_id)).collect();
            rows.sort_by_key(|&(count, id)| (-count, id));
            rows.into_iter().take(10).map(|(count, id)| row([id, count])).collect()
        },
    },
    NestedQuery {
        name: "n6",
        title: "three levels down: votes by country, missing ones too",
        sql: "SELECT l.country, COUNT(v) AS votes, SUM(v) AS points FROM documents AS d \
              CROSS JOIN UNNEST(d.name) AS n CROSS JOIN UNNEST(n.language) AS l LEFT JOIN UNNEST(l.votes) AS v \
              GROUP BY l.country ORDER BY l.country",
        oracle: |documents| {
            let mut sums: BTreeMap<Option<&str>, (i64, Option<i64>)> = BTreeMap::new();
            for (_, language) in documents.iter().flat_map(languages) {
                let (count, points) = sums.entry(language.country.as_deref()).or_default();
                for vote in &language.votes {
                    *count += 1;
                    *points = Some(points.unwrap_or(0) + vote);
                }
            }
            let rows = sums.into_iter().map(|(country, (count, points))| {
                let points = points.map_or(String::new(), |points| points.to_string());
                vec![country.unwrap_or_default().to_owned(), count.to_string(), points]
            });
            rows.collect()
        },
    },
    NestedQuery {
        name: "n7",
        title: "unnested and joined back: links between documents at hand",
        sql: "SELECT COUNT(*) AS links, COUNT(DISTINCT t.doc_id) AS targets \
              FROM documents AS d, UNNEST(d.links.forward) AS link JOIN documents AS t ON t.doc_id = link",
        oracle: |documents| {
            let known = documents.len() as i64;
            let links = documents.iter().filter_map(|d| d.links.as_ref()).flat_map(|l| &l.forward);
            let mut found: Vec<i64> = links.copied().filter(|&link| link < known).collect();
            let count = found.len() as i64;
            found.sort_unstable();
            found.dedup();
            vec![row([count, found.len() as i64])]
        },
    },
];
