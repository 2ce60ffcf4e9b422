//! The `exedra` command as a process: imports that are killed, and archives that are not what they should be.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::mpsc::channel,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

/// How many assets the course has, each too large for the database.
const ASSETS: usize = 40;
const UNIT: &str = "block-v1:O+C+r+type@vertical+block@v0";

fn exedra(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exedra"));
    command.args(arguments).arg("--data-dir").arg(data).arg("--secret-key").arg("a secret of the tests");
    command.env_remove("EXEDRA_CONFIG").env_remove("EXEDRA_DATABASE_URL").stdin(Stdio::null());
    command
}

fn run(data: &Path, arguments: &[&str]) -> Output {
    exedra(data, arguments).output().unwrap()
}

/// Runs a command that must work and returns what it prints.
#[track_caller]
fn prints(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs an import that must work and returns its report.
#[track_caller]
fn import(data: &Path, source: &Path) -> Value {
    serde_json::from_str(&prints(data, &["import", "--json", source.to_str().unwrap()])).unwrap()
}

fn write(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Writes a course with a word in each unit, and assets large enough to be files of their own.
fn course(root: &Path, word: &str) {
    write(root, "course.xml", "<course url_name=\"r\" org=\"O\" course=\"C\"/>");
    let units: String = (0..ASSETS).map(|i| format!("<vertical url_name=\"v{i}\"/>")).collect();
    let chapter =
        format!("<chapter url_name=\"c\"><sequential url_name=\"s\">{units}</sequential></chapter>");
    write(root, "course/r.xml", format!("<course display_name=\"{word}\">{chapter}</course>"));
    for i in 0..ASSETS {
        let html = format!("<vertical><html url_name=\"h{i}\"><p>{word} {i}</p></html></vertical>");
        write(root, &format!("vertical/v{i}.xml"), html);
        write(root, &format!("static/{i}.bin"), format!("{word}{i}").repeat(60_000));
    }
}

#[test]
fn a_killed_import_leaves_what_was_published_and_the_next_one_completes() {
    let (old, new) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    course(old.path(), "old");
    course(new.path(), "new");
    let fresh = TempDir::new().unwrap();
    assert_eq!(import(fresh.path(), old.path())["version"], 1);
    let blobs = files(&fresh.path().join("blobs"));
    assert!(blobs >= ASSETS);

    let mut interrupted = 0;
    for written in [0, 1, ASSETS / 3, ASSETS - 1, ASSETS] {
        let data = TempDir::new().unwrap();
        copy(fresh.path(), data.path());
        let mut child = exedra(data.path(), &["import", new.path().to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The further the import is, the more files there are.
        while files(&data.path().join("blobs")) < blobs + written && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let shown = prints(data.path(), &["render", UNIT]);
        let complete = shown.contains("<p>new 0</p>");
        assert!(complete || shown.contains("<p>old 0</p>"), "{shown}");
        interrupted += u32::from(!complete);
        let report = import(data.path(), new.path());
        assert_eq!(report["version"].is_null(), complete, "{report}");
        assert!(prints(data.path(), &["render", UNIT]).contains("<p>new 0</p>"));
        let again = import(data.path(), new.path());
        assert!(again["version"].is_null(), "nothing changes: {again}");
        assert_eq!(again["published"]["stored"], 0, "{again}");
        assert_eq!(again["draft"]["stored"], 0, "{again}");
    }
    assert!(interrupted > 0, "no import was interrupted");
}

/// Counts the files below a folder.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 }).sum()
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Writes one tar entry with a name of any kind.
fn tar_entry(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    let mut header = [0u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..107].copy_from_slice(b"0000644");
    header[108..115].copy_from_slice(b"0000000");
    header[116..123].copy_from_slice(b"0000000");
    header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    header[136..147].copy_from_slice(b"00000000000");
    header[148..156].copy_from_slice(b"        ");
    header[156] = kind;
    if kind == b'2' {
        header[157..168].copy_from_slice(b"/etc/passwd");
    }
    header[257..263].copy_from_slice(b"ustar\0");
    header[263..265].copy_from_slice(b"00");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
    header[154] = 0;
    let mut entry = header.to_vec();
    entry.extend_from_slice(content);
    entry.resize(entry.len().div_ceil(512) * 512, 0);
    entry
}

/// Writes a gzip file of stored blocks, so that no compressor is needed.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut chunks = bytes.chunks(0xFFFF).peekable();
    while let Some(chunk) = chunks.next() {
        out.push(u8::from(chunks.peek().is_none()));
        let length = chunk.len() as u16;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(chunk);
    }
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & 0u32.wrapping_sub(crc & 1));
        }
    }
    out.extend_from_slice(&(!crc).to_le_bytes());
    out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    out
}

fn archive(folder: &Path, name: &str, entries: &[Vec<u8>]) -> PathBuf {
    let mut tar = entries.concat();
    tar.resize(tar.len() + 1024, 0);
    let path = folder.join(name);
    std::fs::File::create(&path).unwrap().write_all(&gzip(&tar)).unwrap();
    path
}

#[test]
fn archives_that_are_not_what_they_should_be_are_refused_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let course = tar_entry("c/course.xml", b'0', b"<course url_name=\"r\" org=\"O\" course=\"C\"/>");
    let run_of = tar_entry("c/course/r.xml", b'0', b"<course display_name=\"Course\"/>");
    let good = archive(folder.path(), "good.tar.gz", &[course.clone(), run_of.clone()]);
    let bytes = std::fs::read(&good).unwrap();
    let cut = folder.path().join("cut.tar.gz");
    std::fs::write(&cut, &bytes[..bytes.len() / 3]).unwrap();
    let noise = folder.path().join("noise.zip");
    std::fs::write(&noise, b"PK\x03\x04 and nothing more").unwrap();
    let with =
        |name: &str, entry: Vec<u8>| archive(folder.path(), name, &[course.clone(), run_of.clone(), entry]);
    let deep = format!("<course>{}{}</course>", "<a>".repeat(10_000), "</a>".repeat(10_000));
    let bomb = "<!DOCTYPE course [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><course display_name=\"&b;\"/>";
    let course_of = |name: &str, xml: &str| {
        archive(folder.path(), name, &[tar_entry("c/course.xml", b'0', xml.as_bytes())])
    };

    for (path, told) in [
        (cut, "damaged"),
        (noise, "damaged"),
        (with("up.tar.gz", tar_entry("../evil.xml", b'0', b"x")), "unsafe name \"../evil.xml\""),
        (with("in.tar.gz", tar_entry("c/static/../../../evil", b'0', b"x")), "unsafe name"),
        (with("root.tar.gz", tar_entry("/etc/evil", b'0', b"x")), "unsafe name"),
        (with("link.tar.gz", tar_entry("c/static/link", b'2', b"")), "unsafe member"),
        (with("twice.tar.gz", run_of.clone()), "unsafe name"),
        (course_of("deep.tar.gz", &deep), "deep"),
        (course_of("bomb.tar.gz", bomb), "document type definitions are not accepted"),
        (
            course_of("double.tar.gz", "<course org=\"O\" org=\"P\" course=\"C\" url_name=\"r\"/>"),
            "attribute",
        ),
        (folder.path().join("absent.zip"), "absent.zip"),
    ] {
        let data = TempDir::new().unwrap();
        let output = run(data.path(), &["import", path.to_str().unwrap()]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{}: {error}", path.display());
        assert!(error.contains(told) && error.contains("was not imported"), "{}: {error}", path.display());
        assert!(!error.contains("panicked") && error.len() < 4_000, "{error}");
        assert!(!folder.path().parent().unwrap().join("evil.xml").exists());
        let shown = run(data.path(), &["render", "block-v1:O+C+r+type@course+block@course"]);
        let error = String::from_utf8_lossy(&shown.stderr).into_owned();
        assert_eq!(shown.status.code(), Some(1));
        assert!(error.contains("no learning context"), "nothing was written: {error}");
    }
    let data = TempDir::new().unwrap();
    assert_eq!(import(data.path(), &good)["version"], 1);
    assert!(import(data.path(), &good)["version"].is_null());
}

#[test]
fn the_command_explains_itself() {
    let data = TempDir::new().unwrap();
    for (arguments, code, told) in [
        (&["render", "nonsense"][..], 2, "nonsense"),
        (&["render", "lb:No:body:html:x"], 1, "lib:No:body"),
        (&["import"], 2, "Usage"),
        (&["no-such-command"], 2, "no-such-command"),
        (&["token", "--user", "7", "--hours", "0"], 1, "1 to 720"),
        (&["migrate", "--database-url", "nonsense://x"], 1, "database"),
        (&["serve", "--frame-origins", "javascript:x"], 1, "javascript:x"),
    ] {
        let output = run(data.path(), arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(told) && !error.contains("panicked"), "{arguments:?}: {error}");
    }
    let token = prints(data.path(), &["token", "--user", "7"]);
    assert_eq!(token.trim().split('.').count(), 3);
    let key: Value = serde_json::from_str(&prints(data.path(), &["key", "lb:Org1:lib1:html:intro"])).unwrap();
    assert!(key.to_string().contains("lib:Org1:lib1"), "{key}");
    prints(data.path(), &["migrate"]);
}

#[test]
fn the_text_of_a_problem_is_converted_and_back() {
    let data = TempDir::new().unwrap();
    write(data.path(), "problem.md", ">>Sum?<<\n\n= 5 +- 1\n");
    let olx = prints(data.path(), &["markdown", data.path().join("problem.md").to_str().unwrap()]);
    assert!(olx.starts_with("<problem>\n<numericalresponse answer=\"5\">"), "{olx}");
    write(data.path(), "problem.xml", &olx);
    let back =
        prints(data.path(), &["markdown", "--back", data.path().join("problem.xml").to_str().unwrap()]);
    assert_eq!(back, ">>Sum?<<\n\n= 5 +- 1\n");
    // Nothing on standard input is a problem without a question.
    assert_eq!(prints(data.path(), &["markdown"]), "<problem>\n\n</problem>\n");

    write(data.path(), "custom.xml", "<problem>\n<customresponse/></problem>");
    let custom = data.path().join("custom.xml");
    let output = run(data.path(), &["markdown", "--back", custom.to_str().unwrap()]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("custom.xml:2: error: "), "{error}");
}

#[test]
fn the_server_stops_when_told_to() {
    let data = TempDir::new().unwrap();
    let sites = ["--learn-listen", "127.0.0.1:0", "--studio-listen", "127.0.0.1:0", "--log-format", "json"];
    let mut command = exedra(data.path(), &["serve"]);
    let mut server = command.args(sites).stderr(Stdio::piped()).spawn().unwrap();
    let log = BufReader::new(server.stderr.take().unwrap());
    let (started, serving) = channel();
    let (ended, gone) = channel();
    std::thread::spawn(move || {
        for line in log.lines().map_while(Result::ok) {
            if line.contains("\"serving\"") {
                started.send(()).unwrap();
            }
        }
        ended.send(()).unwrap();
    });
    serving.recv_timeout(Duration::from_secs(60)).expect("it serves");
    let told = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
    assert!(told.success());
    let stopped = gone.recv_timeout(Duration::from_secs(60));
    if stopped.is_err() {
        server.kill().unwrap();
    }
    assert!(server.wait().unwrap().success() && stopped.is_ok());
}
