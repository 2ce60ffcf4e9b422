//! A process killed in the middle of its writes.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use blockstore::{At, Blockstore as _, BundleId, Change, Commit, FolderBlobs, NewBundle};
use learner::{Changes, Event, Gather, LearnerId, LearnerStore as _, ScoreChange, SelectionRow, StateWrite};
use serde_json::{Map, json};
use storage::Database;
use time::OffsetDateTime;

use crate::bench::{bundle_id, options, studio};

/// Names the folder the child writes to.
const FOLDER: &str = "EXEDRA_TEST_CRASH_FOLDER";

/// Every round of the child writes all three paths; the last one is too large for the database.
const PATHS: [&str; 3] = ["one", "two", "three"];

fn bundle() -> BundleId {
    bundle_id(1)
}

async fn open(folder: &Path) -> Database {
    let blobs = FolderBlobs::open(folder.join("blobs")).expect("blobs");
    let url = format!("sqlite://{}/exedra.db", folder.display());
    let db = Database::connect(&url, Arc::new(blobs), options()).await.expect("connect");
    db.migrate().await.expect("migrate");
    db
}

fn content(path: &str, round: u64) -> Vec<u8> {
    let repeat = if path == "three" { 10_000 } else { 1 };
    format!("{round:08};").repeat(repeat).into_bytes()
}

/// Returns the round of a file, checking that its bytes are all of that round.
fn round_of(path: &str, bytes: &[u8]) -> u64 {
    let round = std::str::from_utf8(&bytes[..8]).expect("text").parse().expect("number");
    assert_eq!(bytes, content(path, round), "{path} is half-written");
    round
}

/// Runs in the child: writes rounds until it is killed, telling of each write once it is acknowledged.
#[tokio::test]
#[ignore = "run by the tests that kill it"]
async fn child() {
    #[expect(clippy::disallowed_methods, reason = "how the parent tells its child where to write")]
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let db = open(Path::new(&folder)).await;
    let bundle_row =
        NewBundle { id: bundle(), title: "Title".into(), slug: "slug".into(), description: String::new() };
    // A killed child left it behind.
    let _ = db.create_bundle(bundle_row).await;
    let first = last_round(&db, &At::Draft(studio())).await.map_or(1, |round| round + 1);
    let mut out = std::io::stdout();
    for round in first.. {
        let put = |path: &str| Change::Put(path.parse().expect("path"), content(path, round).into());
        db.write_draft(bundle(), &studio(), PATHS.map(put).into(), None).await.expect("write");
        writeln!(out, "\nacknowledged draft {round}").expect("parent listens");
        let version = db.commit(bundle(), &studio(), Commit::default()).await.expect("commit");
        writeln!(out, "\nacknowledged version {} {round}", version.number).expect("parent listens");
        persist(&db, round).await;
        writeln!(out, "\nacknowledged state {round}").expect("parent listens");
    }
}

/// Returns the round of the files at a place, checking that all are of the same one.
async fn last_round(db: &Database, at: &At) -> Option<u64> {
    let files = db.files(bundle(), at, None).await.expect("files");
    let digests: Vec<_> = files.iter().map(|file| file.digest).collect();
    let bytes = db.read(&digests).await.expect("every file listed can be read");
    let rounds: Vec<_> =
        files.iter().zip(&bytes).map(|(file, bytes)| round_of(file.path.as_str(), bytes)).collect();
    assert!(rounds.is_empty() || rounds.len() == PATHS.len(), "some files are missing: {rounds:?}");
    assert!(rounds.windows(2).all(|pair| pair[0] == pair[1]), "a write is half there: {rounds:?}");
    rounds.first().copied()
}

fn blocks() -> Vec<opaque_keys::UsageKey> {
    ["lb:Ex:lib:problem:p1", "lb:Ex:lib:problem:p2"].map(|key| key.parse().expect("usage key")).into()
}

/// Writes the round into two blocks, a score, a selection and an event.
async fn persist(db: &Database, round: u64) {
    let learner = LearnerId("7".into());
    let what = Gather { blocks: blocks(), selections: blocks(), ..Gather::default() };
    let set = db.gather(&learner, &what).await.expect("gather");
    let write = |block: opaque_keys::UsageKey| {
        let revision = set.blocks.get(&block).map_or(0, |row| row.revision);
        StateWrite { block, fields: Map::from_iter([("round".to_owned(), json!(round))]), revision }
    };
    let event = Event {
        name: "round".into(),
        learner: None,
        context: None,
        block: None,
        data: json!(round),
        at: OffsetDateTime::UNIX_EPOCH,
    };
    let score = |block| ScoreChange { block, earned: round as f64, possible: 1e9, only_if_higher: false };
    let selection = |block: opaque_keys::UsageKey| {
        let revision = set.selections.get(&block).map_or(0, |row| row.revision);
        (block, SelectionRow { selected: vec![round.to_string()], revision, ..SelectionRow::default() })
    };
    let changes = Changes {
        states: blocks().into_iter().map(write).collect(),
        scores: blocks().into_iter().take(1).map(score).collect(),
        selections: blocks().into_iter().map(selection).collect(),
        events: vec![event],
        ..Changes::default()
    };
    db.persist(&learner, &changes).await.expect("persist");
}

/// Returns the round of the learner's state, checking that blocks, score, selections and events agree.
async fn state_round(db: &Database) -> Option<u64> {
    let what = Gather { blocks: blocks(), selections: blocks(), ..Gather::default() };
    let set = db.gather(&LearnerId("7".into()), &what).await.expect("gather");
    let rounds: Vec<_> = blocks()
        .iter()
        .map(|block| set.blocks.get(block).and_then(|row| row.fields["round"].as_u64()))
        .collect();
    assert_eq!(rounds[0], rounds[1], "a transaction is half there");
    let score = set.blocks.get(&blocks()[0]).and_then(|row| row.score).map(|(earned, _)| earned as u64);
    let events = db.events(0, u32::MAX).await.expect("events");
    let told =
        |name: &str| events.iter().rfind(|(_, event)| event.name == name).map(|(_, event)| &event.data);
    assert_eq!(told("round").and_then(serde_json::Value::as_u64), rounds[0]);
    assert_eq!(
        (told("grade").and_then(|data| data["value"].as_f64()).map(|n| n as u64), score),
        (rounds[0], rounds[0])
    );
    let names = |name| events.iter().filter(|(_, event)| event.name == name).count();
    assert_eq!(names("grade"), names("round"), "one score is told for each round");
    for block in blocks() {
        let selected = set.selections.get(&block).map(|row| row.selected[0].clone());
        assert_eq!(selected, rounds[0].map(|round| round.to_string()));
    }
    rounds[0]
}

/// What the child said it had done.
#[derive(Debug, Default)]
struct Acknowledged {
    draft: Option<u64>,
    versions: Vec<(u32, u64)>,
    state: Option<u64>,
}

/// Starts a child on a folder and kills it after it acknowledged a number of writes.
fn run_and_kill(folder: &Path, writes: usize, said: &mut Acknowledged) {
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new(program)
        .args(["--exact", "crash::child", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("start the child");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut seen = 0;
    for line in lines {
        let line = line.expect("line");
        let mut words = line.split(' ');
        if words.next() != Some("acknowledged") {
            continue;
        }
        let kind = words.next().expect("kind");
        let numbers: Vec<u64> = words.map(|word| word.parse().expect("number")).collect();
        match (kind, numbers.as_slice()) {
            ("draft", [round]) => said.draft = Some(*round),
            ("version", [number, round]) => {
                said.versions.push((u32::try_from(*number).expect("u32"), *round))
            }
            ("state", [round]) => said.state = Some(*round),
            other => panic!("the child said {other:?}"),
        }
        seen += 1;
        // Lines already written are still read, so everything the child said is known.
        if seen == writes {
            child.kill().expect("kill");
        }
    }
    assert!(seen >= writes, "the child ended by itself after {seen} writes");
    assert!(!child.wait().expect("wait").success());
}

#[tokio::test]
async fn after_a_kill_every_acknowledged_write_is_there_and_none_is_half_there() {
    let folder = tempfile::tempdir().expect("folder");
    let mut said = Acknowledged::default();
    // Where it is killed depends on the machine; many short lives hit many places.
    for writes in [1, 2, 3, 5, 8, 13, 21, 34] {
        run_and_kill(folder.path(), writes, &mut said);
        let db = open(folder.path()).await;
        let draft = last_round(&db, &At::Draft(studio())).await;
        assert!(draft >= said.draft, "the draft is of round {draft:?}, acknowledged was {:?}", said.draft);
        let versions = db.versions(bundle()).await.expect("versions");
        for (number, round) in &said.versions {
            assert_eq!(last_round(&db, &At::Version(*number)).await, Some(*round), "version {number}");
        }
        for (expected, version) in (1..).zip(&versions) {
            assert_eq!(version.number, expected);
            assert!(last_round(&db, &At::Version(version.number)).await.is_some());
        }
        let latest = db.bundle(bundle()).await.expect("bundle").expect("is there").latest_version;
        assert_eq!(latest as usize, versions.len());
        // Killed between doing and saying, it can be ahead by one round a life.
        assert!(state_round(&db).await >= said.state);
        db.close().await;
    }
}
