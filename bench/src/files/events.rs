//! Events of a code host, shaped as GitHub's archive has them: nested, with a payload of pushed commits or of
//! an issue, and much that follows from something else (addresses from names).

use canopy_format::{DataType, Field, Mode, Schema, Value};

use super::dataset::{Dataset, from_rows, text};
use crate::random::Random;

const KINDS: [&str; 10] = [
    "PushEvent",
    "PushEvent",
    "PushEvent",
    "PushEvent",
    "CreateEvent",
    "WatchEvent",
    "WatchEvent",
    "IssuesEvent",
    "PullRequestEvent",
    "IssueCommentEvent",
];
const SYLLABLES: [&str; 16] = [
    "lin", "dev", "mar", "ko", "rust", "py", "data", "web", "ta", "net", "zen", "bit", "ray", "sun", "io",
    "max",
];
const VERBS: [&str; 12] = [
    "Fix", "Add", "Update", "Remove", "Refactor", "Bump", "Merge", "Improve", "Document", "Test", "Rename",
    "Clean",
];
const THINGS: [&str; 16] = [
    "parser",
    "README",
    "build script",
    "dependency versions",
    "typo in docs",
    "login form",
    "cache layer",
    "unit tests",
    "error handling",
    "type hints",
    "index page",
    "benchmark",
    "CI pipeline",
    "config loader",
    "API client",
    "layout",
];

/// `rows` events.
pub(super) fn events(rows: usize) -> Dataset {
    let mut random = Random::new(3);
    let mut at = 1_704_067_200_000_000i64;
    let mut id = 34_500_000_000u64;
    let rows = (0..rows).map(move |_| {
        at += random.below(200_000) as i64;
        id += 1 + random.below(60);
        event(id, at / 1_000_000 * 1_000_000, &mut random)
    });
    from_rows("events", schema(), rows)
}

fn schema() -> Schema {
    use DataType::{Bool, Int64, String, Timestamp};
    use Mode::{Nullable, Repeated, Required};
    let scalar = Field::scalar;
    let author = vec![scalar(23, "name", String, Nullable), scalar(24, "email", String, Nullable)];
    let commit = vec![
        scalar(21, "sha", String, Required),
        Field::structure(22, "author", Nullable, author),
        scalar(25, "message", String, Nullable),
        scalar(26, "distinct", Bool, Required),
        scalar(27, "url", String, Nullable),
    ];
    let label = vec![scalar(31, "name", String, Required), scalar(32, "color", String, Required)];
    let issue = vec![
        scalar(28, "number", Int64, Required),
        scalar(29, "title", String, Required),
        Field::structure(30, "labels", Repeated, label),
    ];
    let payload = vec![
        scalar(15, "action", String, Nullable),
        scalar(16, "ref", String, Nullable),
        scalar(17, "push_id", Int64, Nullable),
        scalar(18, "size", Int64, Nullable),
        scalar(19, "head", String, Nullable),
        Field::structure(20, "commits", Repeated, commit),
        Field::structure(33, "issue", Nullable, issue),
    ];
    let actor = vec![
        scalar(4, "id", Int64, Required),
        scalar(5, "login", String, Required),
        scalar(6, "url", String, Required),
        scalar(7, "avatar_url", String, Required),
    ];
    let repository = vec![
        scalar(9, "id", Int64, Required),
        scalar(10, "name", String, Required),
        scalar(11, "url", String, Required),
    ];
    Schema {
        fields: vec![
            scalar(1, "id", String, Required),
            scalar(2, "type", String, Required),
            Field::structure(3, "actor", Nullable, actor),
            Field::structure(8, "repo", Nullable, repository),
            scalar(12, "public", Bool, Required),
            scalar(13, "created_at", Timestamp, Required),
            Field::structure(14, "payload", Nullable, payload),
        ],
        next_field_id: 34,
    }
}

/// A name that belongs to a number.
fn name_of(number: u64, parts: u64) -> String {
    let mut random = Random::new(number);
    let mut name: String = (0..parts).map(|_| random.pick(&SYLLABLES)).collect();
    if number.is_multiple_of(3) {
        name += &(number % 100).to_string();
    }
    name
}

/// Few do much, many do little.
fn skewed(random: &mut Random, count: u64) -> u64 {
    let unit = random.unit();
    (unit * unit * unit * count as f64) as u64
}

fn sha(random: &mut Random) -> String {
    format!("{:016x}{:016x}{:08x}", random.next(), random.next(), random.next() as u32)
}

fn event(id: u64, at: i64, random: &mut Random) -> Vec<Value> {
    let kind = random.pick(&KINDS);
    let actor = skewed(random, 60_000);
    let login = name_of(actor, 3);
    let repository = skewed(random, 90_000);
    let full_name = format!("{}/{}", name_of(repository / 3, 3), name_of(repository + 7, 2));
    let number = 1_000_000 + actor as i64 * 731;
    let actor = Value::Struct(vec![
        Value::Int64(number),
        text(&login),
        text(format!("https://api.github.example/users/{login}")),
        text(format!("https://avatars.example.com/u/{number}?")),
    ]);
    let repo = Value::Struct(vec![
        Value::Int64(2_000_000 + repository as i64 * 977),
        text(&full_name),
        text(format!("https://api.github.example/repos/{full_name}")),
    ]);
    let payload = payload(kind, &login, &full_name, random);
    vec![text(id.to_string()), text(kind), actor, repo, Value::Bool(true), Value::Timestamp(at), payload]
}

fn payload(kind: &str, login: &str, repository: &str, random: &mut Random) -> Value {
    let mut payload = vec![Value::Null; 7];
    payload[5] = Value::Array(Vec::new());
    match kind {
        "PushEvent" => {
            let count = 1 + random.below(4);
            payload[1] = text(random.pick(&[
                "refs/heads/main",
                "refs/heads/main",
                "refs/heads/master",
                "refs/heads/dev",
            ]));
            payload[2] = Value::Int64(16_000_000_000 + random.below(1 << 28) as i64);
            payload[3] = Value::Int64(count as i64);
            payload[4] = text(sha(random));
            payload[5] = Value::Array((0..count).map(|_| commit(login, repository, random)).collect());
        }
        "CreateEvent" => payload[1] = text(random.pick(&["main", "dev", "v1.0"])),
        "WatchEvent" => payload[0] = text("started"),
        _ => {
            payload[0] = text(random.pick(&["opened", "closed", "created"]));
            payload[6] = issue(random);
        }
    }
    Value::Struct(payload)
}

fn commit(login: &str, repository: &str, random: &mut Random) -> Value {
    let sha = sha(random);
    let message = format!("{} {} (#{})", random.pick(&VERBS), random.pick(&THINGS), random.below(5_000));
    Value::Struct(vec![
        text(&sha),
        Value::Struct(vec![text(login), text(format!("{login}@users.noreply.github.example"))]),
        text(message),
        Value::Bool(random.below(10) > 0),
        text(format!("https://api.github.example/repos/{repository}/commits/{sha}")),
    ])
}

fn issue(random: &mut Random) -> Value {
    let labels = (0..random.count(50, 3)).map(|_| {
        let (name, color) = match random.below(4) {
            0 => ("bug", "d73a4a"),
            1 => ("enhancement", "a2eeef"),
            2 => ("good first issue", "7057ff"),
            _ => ("documentation", "0075ca"),
        };
        Value::Struct(vec![text(name), text(color)])
    });
    let labels = Value::Array(labels.collect());
    let title = format!("{} {} when {}", random.pick(&VERBS), random.pick(&THINGS), random.pick(&THINGS));
    Value::Struct(vec![Value::Int64(1 + random.below(8_000) as i64), text(title), labels])
}
