//! Runs the GoogleSQL reference suite's cases on an engine in this process, when they are at hand.
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

async fn run_group(group: Group) -> Vec<(Case, Outcome)> {
    let client: Arc<dyn Client> = engine::open("memory:", 1).await;
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

fn run_all(cases: Vec<Case>) -> Vec<(Case, Outcome)> {
    let groups = groups(cases);
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let ran = runtime.block_on(run_group(group.clone()));
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
        "{:<48} {:>5} {:>11} {:>7} {:>5} {:>5} {:>4}",
        "file", "pass", "unsupported", "refused", "wrong", "crash", "skip"
    );
    for (file, [pass, unsupported, refused, wrong, crash, skip]) in files {
        eprintln!("{file:<48} {pass:>5} {unsupported:>11} {refused:>7} {wrong:>5} {crash:>5} {skip:>4}");
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
        eprintln!("ignored: no cases at {}", path.display());
        return;
    }
    let only = std::env::var("CANOPY_CONFORMANCE_ONLY").ok();
    let mut cases = conformance::load(&path).unwrap();
    cases.retain(|case| only.as_ref().is_none_or(|part| case.id.contains(part)));
    std::panic::set_hook(Box::new(note_panic));
    let started = Instant::now();
    let mut outcomes = run_all(cases);
    let _ = std::panic::take_hook();
    outcomes.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    print(&outcomes, started.elapsed());
    report(&outcomes);

    let with = |verdict: Verdict| outcomes.iter().filter(move |(_, outcome)| outcome.verdict == verdict);
    let crashes: Vec<String> =
        with(Verdict::Crash).map(|(case, outcome)| format!("{}: {}", case.id, outcome.detail)).collect();
    let passing: BTreeSet<&str> = with(Verdict::Pass).map(|(case, _)| case.id.as_str()).collect();
    if std::env::var("CANOPY_REFRESH").is_ok_and(|value| value == "1") && only.is_none() {
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
    assert!(crashes.is_empty(), "{} crashes:\n{}\npanics:\n{panics}", crashes.len(), crashes.join("\n"));
    assert!(lost.is_empty(), "{} cases passed before:\n{}", lost.len(), lost.join("\n"));
}
