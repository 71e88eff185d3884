//! The page views, by seed.

use canopy_format::{BATCH_ROWS, Batch, DataType, Mode, Schema};

use crate::columns::Rows;
use crate::random::Random;

const FIRST_US: i64 = 1_719_792_000_000_000;
const DAY_US: i64 = 86_400_000_000;

use DataType::{Bool, Date, Float64, Int64, Numeric, String, Timestamp};

const COLUMNS: [(&str, DataType); 40] = [
    ("hit_id", Int64),
    ("event_time", Timestamp),
    ("event_date", Date),
    ("user_id", Int64),
    ("session_id", Int64),
    ("counter_id", Int64),
    ("event_type", String),
    ("url", String),
    ("url_domain", String),
    ("referer", String),
    ("title", String),
    ("search_phrase", String),
    ("search_engine_id", Int64),
    ("adv_engine_id", Int64),
    ("traffic_source_id", Int64),
    ("region_id", Int64),
    ("country", String),
    ("language", String),
    ("time_zone", Int64),
    ("client_ip", Int64),
    ("browser", String),
    ("browser_version", Int64),
    ("os", String),
    ("device", String),
    ("screen_width", Int64),
    ("screen_height", Int64),
    ("is_mobile", Bool),
    ("is_refresh", Bool),
    ("is_link", Bool),
    ("is_download", Bool),
    ("http_status", Int64),
    ("load_ms", Int64),
    ("dns_ms", Int64),
    ("response_bytes", Int64),
    ("scroll", Float64),
    ("revenue", Numeric),
    ("currency", String),
    ("age", Int64),
    ("gender", String),
    ("experiment", String),
];

const WORDS: [&str; 24] = [
    "weather", "used", "cheap", "best", "garden", "phone", "repair", "holiday", "recipes", "flights", "news",
    "map", "hotel", "bicycle", "winter", "coat", "lamp", "guitar", "lessons", "review", "garage", "paint",
    "tomato", "train",
];
const DOMAINS: [&str; 12] = [
    "www.example.com",
    "shop.example.com",
    "news.example.org",
    "m.example.net",
    "video.example.com",
    "mail.example.org",
    "maps.example.net",
    "blog.example.org",
    "forum.example.com",
    "wiki.example.org",
    "jobs.example.net",
    "auto.example.com",
];
const COUNTRIES: [&str; 10] = ["US", "DE", "IN", "BR", "FR", "GB", "JP", "PL", "TR", "NL"];
const LANGUAGES: [&str; 8] = ["en", "en-US", "de", "fr", "pt-BR", "ja", "pl", "tr"];
const BROWSERS: [&str; 6] = ["Chrome", "Chrome", "Chrome", "Safari", "Firefox", "Edge"];
const SYSTEMS: [&str; 5] = ["Windows", "Android", "iOS", "macOS", "Linux"];
const PHONES: [&str; 8] = ["", "", "", "", "iPhone 15", "Pixel 8", "Galaxy S23", "Redmi 12"];
const SCREENS: [[i64; 2]; 6] = [[1920, 1080], [1366, 768], [1536, 864], [390, 844], [412, 915], [2560, 1440]];
const KINDS: [&str; 6] = ["view", "view", "view", "click", "scroll", "purchase"];

/// The schema: 40 REQUIRED columns.
pub fn schema() -> Schema {
    let columns = COLUMNS.iter().map(|(name, data_type)| (*name, data_type, Mode::Required));
    Schema::from_types(columns).expect("the names are unique")
}

/// `rows` page views, in the order of their time.
pub fn batches(rows: usize) -> impl Iterator<Item = Batch> + Send {
    let mut random = Random::new(40);
    (0..rows).step_by(BATCH_ROWS).map(move |start| {
        let count = BATCH_ROWS.min(rows - start);
        let mut out = Rows::new(COLUMNS.iter().map(|(_, data_type)| data_type));
        for row in start..start + count {
            hit(row, rows, &mut random, out.start());
        }
        out.finish(count)
    })
}

/// Few are common, many are rare.
fn skewed(random: &mut Random, count: u64) -> u64 {
    let unit = random.unit();
    (unit * unit * unit * count as f64) as u64
}

fn phrase(random: &mut Random) -> std::string::String {
    let words: Vec<&str> = (0..2 + random.below(3)).map(|_| random.pick(&WORDS)).collect();
    words.join(" ")
}

fn hit(row: usize, rows: usize, random: &mut Random, out: &mut Rows) {
    // Thirty days, whatever the number of rows.
    let at = FIRST_US + (row as i128 * 30 * DAY_US as i128 / rows.max(1) as i128) as i64;
    let user = skewed(random, (rows as u64 / 8).max(100));
    let kind = random.pick(&KINDS);
    out.int(row as i64).int(at).date((at / DAY_US) as i32);
    out.int((user.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1) as i64).int((user * 31 + random.below(4)) as i64);
    out.int(skewed(random, 5_000) as i64).text(kind);
    page(random, out);
    place(random, out);
    machine(user, random, out);
    out.int([200, 200, 200, 200, 200, 301, 404, 500][random.below(8) as usize]);
    out.int(20 + skewed(random, 8_000) as i64)
        .int(skewed(random, 300) as i64)
        .int(skewed(random, 3_000_000) as i64);
    out.float((random.unit() * 1000.0).round() / 10.0);
    out.money(if kind == "purchase" { 99 + skewed(random, 50_000) as i64 } else { 0 });
    out.text(random.pick(&["USD", "EUR", "EUR", "BRL", "INR"])).int(16 + random.below(60) as i64);
    out.text(random.pick(&["", "f", "m"])).text(random.pick(&["control", "control", "a", "b"]));
}

fn page(random: &mut Random, out: &mut Rows) {
    let domain = DOMAINS[skewed(random, DOMAINS.len() as u64) as usize];
    let page = skewed(random, 100_000);
    let word = WORDS[page as usize % WORDS.len()];
    out.show(format_args!("https://{domain}/{word}/{page}?ref={}", random.below(50))).text(domain);
    match random.below(3) {
        0 => out.text(""),
        1 => out.show(format_args!("https://search.example.com/?q={}", random.pick(&WORDS))),
        _ => out.show(format_args!("https://{}/{}", random.pick(&DOMAINS), skewed(random, 20_000))),
    };
    out.show(format_args!("{word} {} - {domain}", page % 1_000));
    // Most hits come from no search.
    let searched = random.chance(15);
    if searched {
        out.text(&phrase(random))
    } else {
        out.text("")
    };
    out.int(if searched { 1 + random.below(4) as i64 } else { 0 });
    out.int(if random.chance(4) { 1 + random.below(20) as i64 } else { 0 }).int(random.below(10) as i64 - 1);
}

fn place(random: &mut Random, out: &mut Rows) {
    let region = skewed(random, 3_000);
    out.int(region as i64).text(COUNTRIES[region as usize % COUNTRIES.len()]).text(random.pick(&LANGUAGES));
    out.int(region as i64 % 24 * 60 - 720).int((random.next() >> 32) as i64);
}

fn machine(user: u64, random: &mut Random, out: &mut Rows) {
    let phone = PHONES[user as usize % PHONES.len()];
    let [width, height] = SCREENS[user as usize % SCREENS.len()];
    out.text(BROWSERS[user as usize % BROWSERS.len()]).int(100 + user as i64 % 30);
    out.text(SYSTEMS[user as usize % SYSTEMS.len()])
        .text(phone)
        .int(width)
        .int(height)
        .bool(!phone.is_empty());
    out.bool(random.chance(6)).bool(random.chance(30)).bool(random.chance(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_follow_the_schema_and_repeat() {
        let all: Vec<Batch> = batches(5_000).collect();
        assert_eq!(all.iter().map(Batch::rows).sum::<usize>(), 5_000);
        for (column, field) in all[0].columns().iter().zip(&schema().fields) {
            assert_eq!(column.data_type(), &field.column_type(), "{}", field.name);
        }
        let first = |mut batches: Vec<Batch>| batches.remove(0).column(7).value(17);
        assert_eq!(first(all), first(batches(5_000).collect()));
    }
}
