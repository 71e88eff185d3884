//! Runs the GoogleSQL reference suite's cases, when they are at hand, and prints the pass rate of each file.
//!
//! Results must not depend on the plan: `CANOPY_CONFORMANCE_MODE` says where the cases run, `one` (the default: an
//! engine in this process with one worker thread), `many` (with three), `tree` (a root with two mixers and four leaves
//! on loopback), or several of them with commas between; `all` is all. The same list of passing cases holds for each.
//!
//! `conformance.ratchet` lists the cases that pass: one that no longer does fails the test. With
//! `CANOPY_REFRESH=1` it is written anew. `CANOPY_CONFORMANCE` names another file of cases,
//! `CANOPY_CONFORMANCE_REPORT` a file to write every verdict to, and `CANOPY_CONFORMANCE_ONLY` runs only
//! the cases whose id contains the text.
#![allow(clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use canopy_server::client::Client;
use canopy_tests::conformance::{self, Case, Outcome, Verdict};
use canopy_tests::engine;
use canopy_tests::tree::{InDataset, Tree};

/// The longest time that a case may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Cases that run at once.
const THREADS: usize = 2;

/// What panicked, where.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn note_panic(panic: &PanicHookInfo<'_>) {
    if let Ok(mut panics) = PANICS.lock() {
        panics.push(panic.to_string());
    }
}

fn ratchet() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance.ratchet")
}

/// Where cases run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    One,
    Many,
    Tree,
}

impl Mode {
    const ALL: [(&str, Mode); 3] = [("one", Mode::One), ("many", Mode::Many), ("tree", Mode::Tree)];

    /// The modes that the environment asks for.
    fn wanted() -> Vec<Mode> {
        let Ok(text) = std::env::var("CANOPY_CONFORMANCE_MODE") else { return vec![Mode::One] };
        let mode = |name: &str| match Self::ALL.iter().find(|(known, _)| *known == name) {
            Some((_, mode)) => vec![*mode],
            None if name == "all" => Self::ALL.iter().map(|(_, mode)| *mode).collect(),
            None => panic!("CANOPY_CONFORMANCE_MODE: expected one, many, tree or all, found {name:?}"),
        };
        text.split(',').flat_map(|name| mode(name.trim())).collect()
    }
}

/// What clients come from.
enum Place {
    /// An engine for each group, with so many threads.
    Engines(usize),
    /// One tree; each group has a dataset of its own.
    Servers(Tree),
}

impl Place {
    async fn start(mode: Mode) -> Self {
        match mode {
            Mode::One => Place::Engines(1),
            Mode::Many => Place::Engines(3),
            Mode::Tree => Place::Servers(Tree::start(2, 4).await),
        }
    }

    /// A client that sees nothing of other groups.
    async fn client(&self, group: usize) -> Arc<dyn Client> {
        match self {
            Place::Engines(threads) => engine::open("memory:", *threads).await,
            Place::Servers(tree) => {
                let made = InDataset::create(tree.client.clone(), &format!("group_{group}")).await;
                made.expect("a dataset for the group")
            }
        }
    }
}

/// Cases that share what their setup made.
type Group = Vec<Case>;

/// The cases by setup; those that change their tables stay alone.
fn groups(cases: Vec<Case>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: HashMap<(Vec<String>, Option<String>), usize> = HashMap::new();
    for case in cases {
        let changes =
            !case.sql.trim_start_matches(['(', ' ', '\n']).to_ascii_uppercase().starts_with("SELECT")
                && !case.sql.trim_start().to_ascii_uppercase().starts_with("WITH");
        let key = (case.setup.clone(), case.default_time_zone.clone());
        match known.get(&key) {
            Some(&at) if !changes => groups[at].push(case),
            _ => {
                if !changes {
                    known.insert(key, groups.len());
                }
                groups.push(vec![case]);
            }
        }
    }
    groups
}

/// Runs what may panic or stand still, and says so.
async fn guarded<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, Outcome> {
    let crash = |detail: String| Outcome { verdict: Verdict::Crash, detail };
    match tokio::time::timeout(PATIENCE, tokio::spawn(work)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(panic)) => Err(crash(format!("panicked: {panic}"))),
        Err(_) => Err(crash(format!("no answer within {PATIENCE:?}"))),
    }
}

async fn run_group(group: Group, client: Arc<dyn Client>) -> Vec<(Case, Outcome)> {
    let (first, setting_up) = (group[0].clone(), client.clone());
    let ready =
        guarded(async move { conformance::set_up(&first, &*setting_up).await }).await.and_then(|done| done);
    let mut outcomes = Vec::new();
    for case in group {
        let outcome = match &ready {
            Err(outcome) => Outcome { detail: format!("setup: {}", outcome.detail), ..outcome.clone() },
            Ok(()) => {
                let (case, client) = (case.clone(), client.clone());
                let ran = guarded(async move { conformance::run(&case, &*client).await }).await;
                ran.unwrap_or_else(|crash| crash)
            }
        };
        outcomes.push((case, outcome));
    }
    outcomes
}

fn run_all(cases: Vec<Case>, mode: Mode) -> Vec<(Case, Outcome)> {
    let groups = groups(cases);
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build().unwrap();
    let place = runtime.block_on(Place::start(mode));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(group) = groups.get(number) else { break };
                    let ran = runtime
                        .block_on(async { run_group(group.clone(), place.client(number).await).await });
                    outcomes.lock().unwrap().extend(ran);
                }
            });
        }
    });
    outcomes.into_inner().unwrap()
}

fn print(outcomes: &[(Case, Outcome)], elapsed: Duration) {
    let verdicts = [
        Verdict::Pass,
        Verdict::Unsupported,
        Verdict::Refused,
        Verdict::Wrong,
        Verdict::Crash,
        Verdict::Skip,
    ];
    let mut files: BTreeMap<&str, [usize; 6]> = BTreeMap::new();
    for (case, outcome) in outcomes {
        for file in [case.file.as_str(), "~ all"] {
            files.entry(file).or_default()[verdicts.iter().position(|v| *v == outcome.verdict).unwrap()] += 1;
        }
    }
    eprintln!(
        "{:<48} {:>6} {:>5} {:>11} {:>7} {:>5} {:>5} {:>4}",
        "file", "rate", "pass", "unsupported", "refused", "wrong", "crash", "skip"
    );
    for (file, [pass, unsupported, refused, wrong, crash, skip]) in files {
        // Of the cases that there is something to compare of.
        let counted = pass + unsupported + refused + wrong + crash;
        let rate = 100.0 * pass as f64 / counted.max(1) as f64;
        eprintln!(
            "{file:<48} {rate:>5.1}% {pass:>5} {unsupported:>11} {refused:>7} {wrong:>5} {crash:>5} {skip:>4}"
        );
    }
    eprintln!("{} cases in {elapsed:.1?}", outcomes.len());
}

fn report(outcomes: &[(Case, Outcome)]) {
    let Some(path) = std::env::var_os("CANOPY_CONFORMANCE_REPORT") else { return };
    let mut file = std::fs::File::create(path).unwrap();
    for (case, outcome) in outcomes {
        let line = serde_json::json!({
            "id": case.id,
            "verdict": format!("{:?}", outcome.verdict),
            "detail": outcome.detail,
            "sql": case.sql,
        });
        writeln!(file, "{line}").unwrap();
    }
}

#[test]
fn googlesql_reference_cases() {
    let path = conformance::path();
    if !path.exists() {
        eprintln!("skipped: the reference suite is not here: no cases at {}", path.display());
        return;
    }
    let only = std::env::var("CANOPY_CONFORMANCE_ONLY").ok();
    let mut cases = conformance::load(&path).unwrap();
    cases.retain(|case| only.as_ref().is_none_or(|part| case.id.contains(part)));
    let mut first: Option<(Mode, BTreeMap<String, Verdict>)> = None;
    for mode in Mode::wanted() {
        let verdicts = check(mode, cases.clone(), only.is_none());
        let Some((other, known)) = &first else {
            first = Some((mode, verdicts));
            continue;
        };
        let differing: Vec<String> = (verdicts.iter())
            .filter(|(id, verdict)| known.get(*id) != Some(verdict))
            .map(|(id, verdict)| format!("{id}: {:?} in {other:?}, {verdict:?} in {mode:?}", known.get(id)))
            .collect();
        assert!(differing.is_empty(), "results depend on the mode:\n{}", differing.join("\n"));
    }
}

/// Runs the cases in a mode and returns their verdicts; none may crash, and none that passed before may not.
fn check(mode: Mode, cases: Vec<Case>, is_whole: bool) -> BTreeMap<String, Verdict> {
    eprintln!("mode {mode:?}");
    PANICS.lock().unwrap().clear();
    std::panic::set_hook(Box::new(note_panic));
    let started = Instant::now();
    let mut outcomes = run_all(cases, mode);
    let _ = std::panic::take_hook();
    outcomes.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    print(&outcomes, started.elapsed());
    report(&outcomes);

    let with = |verdict: Verdict| outcomes.iter().filter(move |(_, outcome)| outcome.verdict == verdict);
    let crashes: Vec<String> =
        with(Verdict::Crash).map(|(case, outcome)| format!("{}: {}", case.id, outcome.detail)).collect();
    let passing: BTreeSet<&str> = with(Verdict::Pass).map(|(case, _)| case.id.as_str()).collect();
    if std::env::var("CANOPY_REFRESH").is_ok_and(|value| value == "1") && is_whole {
        let text: String = passing.iter().map(|id| format!("{id}\n")).collect();
        std::fs::write(ratchet(), text).unwrap();
    }
    let kept = std::fs::read_to_string(ratchet()).unwrap_or_default();
    let ran: HashMap<&str, &Outcome> =
        outcomes.iter().map(|(case, outcome)| (case.id.as_str(), outcome)).collect();
    let lost: Vec<String> = kept
        .lines()
        .filter(|id| !passing.contains(id))
        .filter_map(|id| ran.get(id).map(|outcome| format!("{id}: {:?} {}", outcome.verdict, outcome.detail)))
        .collect();
    let gained = passing.len() + lost.len() - kept.lines().filter(|id| ran.contains_key(id)).count();
    if gained > 0 {
        eprintln!("{gained} more pass than conformance.ratchet lists: run again with CANOPY_REFRESH=1");
    }
    let panics = PANICS.lock().unwrap().join("\n");
    let count = crashes.len();
    assert!(crashes.is_empty(), "{mode:?}: {count} crashes:\n{}\npanics:\n{panics}", crashes.join("\n"));
    assert!(lost.is_empty(), "{mode:?}: {} cases passed before:\n{}", lost.len(), lost.join("\n"));
    outcomes.iter().map(|(case, outcome)| (case.id.clone(), outcome.verdict)).collect()
}
