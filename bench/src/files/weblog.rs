//! What a web server writes: lines of its access log, and the addresses in them.

use canopy_format::{DataType, Field, Mode, Schema};

use super::dataset::{Dataset, from_rows, text};
use crate::random::Random;

const SECTIONS: [&str; 8] =
    ["products", "articles", "users", "search", "static/js", "static/img", "api/v2/items", "help"];
const WORDS: [&str; 16] = [
    "winter", "lamp", "garden", "blue", "review", "cotton", "desk", "notebook", "guide", "summer", "battery",
    "kitchen", "sale", "bicycle", "wooden", "camera",
];
const HOSTS: [&str; 6] = [
    "www.example.com",
    "shop.example.com",
    "news.example.org",
    "m.example.net",
    "cdn.example.com",
    "blog.example.org",
];
const AGENTS: [&str; 6] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (compatible; ExampleBot/2.1; +http://www.example.com/bot.html)",
    "curl/8.5.0",
];
const STATUS: [u16; 8] = [200, 200, 200, 200, 304, 301, 404, 500];

fn path(random: &mut Random) -> String {
    let section = random.pick(&SECTIONS);
    let slug: Vec<&str> = (0..1 + random.below(4)).map(|_| random.pick(&WORDS)).collect();
    let mut path = format!("/{section}/{}-{}", slug.join("-"), random.below(20_000));
    match random.below(4) {
        0 => {
            path +=
                &format!("?page={}&sort={}", 1 + random.below(30), random.pick(&["price", "date", "name"]))
        }
        1 => path += &format!("?utm_source={}&sid={:08x}", random.pick(&WORDS), random.next() as u32),
        _ => {}
    }
    path
}

/// One column of addresses, and one of log lines.
pub(super) fn weblog(rows: usize) -> [Dataset; 2] {
    let schema = |name: &str| Schema {
        fields: vec![Field::scalar(1, name, DataType::String, Mode::Required)],
        next_field_id: 2,
    };
    let mut random = Random::new(5);
    let urls = (0..rows).map(|_| {
        let host = random.pick(&HOSTS);
        vec![text(format!("https://{host}{}", path(&mut random)))]
    });
    let urls = from_rows("urls", schema("url"), urls);
    let mut random = Random::new(6);
    let mut second = 0;
    let lines = (0..rows).map(|_| {
        second += random.below(3);
        let (hours, minutes, seconds) = (second / 3600 % 24, second / 60 % 60, second % 60);
        let day = 1 + second / 86_400 % 28;
        let visitor = random.below(30_000);
        vec![text(format!(
            "{}.{}.{}.{} - - [{day:02}/Oct/2024:{hours:02}:{minutes:02}:{seconds:02} +0000] \"GET {} HTTP/1.1\" {} {} \"https://{}/\" \"{}\"",
            20 + visitor % 180,
            visitor / 180 % 250,
            visitor % 251,
            visitor % 127,
            path(&mut random),
            STATUS[random.below(8) as usize],
            200 + random.below(60_000),
            random.pick(&HOSTS),
            random.pick(&AGENTS),
        ))]
    });
    [urls, from_rows("log_lines", schema("line"), lines)]
}
