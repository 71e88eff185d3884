//! The records, by seed.

use crate::random::Random;

/// A web document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its number.
    pub doc_id: i64,
    /// When it was crawled, microseconds since the epoch; NULL for a few.
    pub crawled_us: Option<i64>,
    /// Its links; NULL for a few.
    pub links: Option<Links>,
    /// Its names.
    pub name: Vec<Name>,
}

/// The links of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Links {
    /// Documents that link here.
    pub backward: Vec<i64>,
    /// Documents linked from here.
    pub forward: Vec<i64>,
}

/// A name of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    /// Where it is found under this name; NULL for some.
    pub url: Option<String>,
    /// The languages it is served in.
    pub language: Vec<Language>,
}

/// A language.
#[derive(Debug, Clone, PartialEq)]
pub struct Language {
    /// Its code.
    pub code: String,
    /// Its country; NULL for many.
    pub country: Option<String>,
    /// What readers gave it.
    pub votes: Vec<i64>,
}

const CODES: [&str; 8] = ["en", "en-us", "en-gb", "de", "fr", "es", "ja", "pt-br"];
const COUNTRIES: [&str; 6] = ["us", "gb", "de", "fr", "jp", "br"];
const HOSTS: [&str; 5] =
    ["example.com", "canopy.example", "news.example.org", "docs.example.net", "w.example"];
const FIRST_CRAWL_US: i64 = 1_600_000_000_000_000;

/// The first `count` documents of a seed.
pub fn documents(seed: u64, count: usize) -> impl Iterator<Item = Document> {
    let mut random = Random::new(seed);
    (0..count as i64).map(move |doc_id| document(doc_id, &mut random))
}

fn document(doc_id: i64, random: &mut Random) -> Document {
    let crawled_us =
        (!random.chance(3)).then(|| FIRST_CRAWL_US + doc_id * 1_000_000 + random.below(1_000_000) as i64);
    let links =
        (!random.chance(5)).then(|| Links { backward: links(random, 30), forward: links(random, 20) });
    let names = random.count(15, 4);
    let name = (0..names).map(|_| name(doc_id, random)).collect();
    Document { doc_id, crawled_us, links, name }
}

fn links(random: &mut Random, empty_percent: u64) -> Vec<i64> {
    let count = random.count(empty_percent, 6);
    (0..count).map(|_| random.below(1_000_000) as i64).collect()
}

fn name(doc_id: i64, random: &mut Random) -> Name {
    let url = (!random.chance(20))
        .then(|| format!("http://{}/{doc_id}/{}", random.pick(&HOSTS), random.below(100)));
    let languages = random.count(25, 3);
    let language = (0..languages)
        .map(|_| Language {
            code: random.pick(&CODES).to_owned(),
            country: (!random.chance(40)).then(|| random.pick(&COUNTRIES).to_owned()),
            votes: {
                let votes = random.count(50, 4);
                (0..votes).map(|_| 1 + random.below(5) as i64).collect()
            },
        })
        .collect();
    Name { url, language }
}
