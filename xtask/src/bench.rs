//! `cargo xtask bench [--seconds N]`: the rows of docs/BENCHMARKS.md, as a table and as `bench.json` in the target
//! folder.
//!
//! Two kinds of row: time in one process, which the benches package measures, and CPU time of the server's process
//! for each request that `wrk` sends over loopback. CPU time depends less on what else the machine does than
//! elapsed time, but not nothing: rows of different runs differ.

mod in_process;
mod proc;
mod report;

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result, bail};
use scraper::{Html, Selector};
use serde_json::Value;

use crate::{
    http::{get, post_form},
    process::{Server, Store, build},
    run::{cargo, exists, install, must, root},
};
use report::{Measured, Report};

/// Blocks of the libraries that are only there to be large.
const LARGE_BLOCKS: &str = "10000";
const LARGE: [&str; 4] = ["large1", "large2", "large3", "large4"];
const HTML: &str = "lb:Bench:tides:html:b1";
const CHOICE: &str = "lb:Bench:tides:problem:b0";
const UNIT: &str = "block-v1:Bench+Tides+2026+type@vertical+block@";

/// Connections that requests come over at once: few, and many. What one request costs depends on it.
const CONNECTIONS: [u32; 2] = [4, 16];

/// A kind of request that is measured.
struct Load {
    row: &'static str,
    path: String,
    signed_in: bool,
}

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let seconds = arguments
        .iter()
        .position(|a| a == "--seconds")
        .and_then(|at| arguments.get(at + 1))
        .map_or(Ok(5), |n| n.parse())
        .context("--seconds takes a number")?;
    if !exists("wrk") && !install(&["wrk"]) {
        bail!("`wrk` is not installed and could not be (package `wrk`)");
    }
    let mut report = Report::default();
    served(seconds, &mut report)?;
    in_process::run(&mut report)?;

    println!("\n{}", report.table());
    let file = target().join("bench.json");
    fs::write(&file, serde_json::to_string_pretty(&report.json())?)?;
    println!("{}", file.display());
    Ok(())
}

/// Measures the server's process.
fn served(seconds: u32, report: &mut Report) -> Result<()> {
    let store = Store::new(build(true)?)?;
    let content = store.folder().join("content");
    let folder = content.display().to_string();
    must(
        "writing content",
        &mut cargo(&[
            "run",
            "--release",
            "-q",
            "-p",
            "benches",
            "--bin",
            "bench-content",
            "--",
            &folder,
            LARGE_BLOCKS,
        ]),
    )?;
    for part in ["library", "course"].iter().chain(&LARGE) {
        let start = Instant::now();
        store.run(&["import", "--public", &content.join(part).display().to_string()])?;
        println!("── {part} imported in {:.1} s", start.elapsed().as_secs_f64());
    }
    let token = format!("Authorization: JWT {}", store.token(7, false)?);

    // Often, since the first starts of a program are slower than the others.
    let mut starts = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        let server = store.serve()?;
        fetched(server.learn, &view(HTML, "public_view"), &[])?;
        starts.push(start.elapsed().as_secs_f64());
    }
    starts.sort_by(f64::total_cmp);
    report.add("start", starts[starts.len() / 2]);

    let server = store.serve()?;
    let stress = unit("stress");
    for page in [view(CHOICE, "student_view"), stress.clone()] {
        let answered = answer_all(server.learn, &page, &token)?;
        println!("── {answered} problems answered on {page}");
    }
    memory(&server, &stress, &token, report)?;
    for load in loads(stress) {
        let headers = if load.signed_in { vec![token.as_str()] } else { Vec::new() };
        report.add_served(load.row, measure(&server, &load, &headers, seconds)?);
    }
    report.add("memory_after_load", proc::memory(server.id(), "VmRSS")?);
    Ok(())
}

fn loads(stress: String) -> [Load; 8] {
    let load = |row, path, signed_in| Load { row, path, signed_in };
    [
        load("healthz", "/healthz".to_owned(), false),
        load("html", view(HTML, "public_view"), false),
        load("choice", view(CHOICE, "student_view"), true),
        load("ten", unit("ten"), true),
        load("thirty", unit("thirty"), true),
        load("stress", stress, true),
        load("embed_html", format!("/xblocks/v2/{HTML}/embed/public_view/"), false),
        load("stress_page", format!("/units/{UNIT}stress"), true),
    ]
}

fn view(block: &str, view: &str) -> String {
    format!("/api/xblock/v2/xblocks/{block}/view/{view}/")
}

fn unit(name: &str) -> String {
    format!("/api/exedra/v1/units/{UNIT}{name}/view/student_view/")
}

/// Gets a page that must be there.
fn fetched(server: SocketAddr, path: &str, headers: &[&str]) -> Result<String> {
    let answer = get(server, path, headers)?;
    if answer.status != 200 {
        bail!("{path}: {} {}", answer.status, answer.text());
    }
    Ok(answer.text())
}

/// Answers every problem of a view by its plain form; returns how many there are.
fn answer_all(server: SocketAddr, path: &str, token: &str) -> Result<usize> {
    let view: Value = serde_json::from_str(&fetched(server, path, &[token])?)?;
    let html = Html::parse_fragment(view["content"].as_str().context("a view without content")?);
    let select = |css: &str| Selector::parse(css).map_err(|e| anyhow::anyhow!("{css}: {e}"));
    let (forms, inputs) = (select("form.problem-form")?, select("input[type=radio], input[type=text]")?);
    let mut answered = 0;
    for form in html.select(&forms) {
        let input = form.select(&inputs).next().context("a problem without an input")?;
        let name = input.attr("name").context("an input without a name")?;
        let value =
            if input.attr("type") == Some("radio") { input.attr("value").unwrap_or_default() } else { "6.2" };
        let action = form.attr("action").context("a form without an address")?;
        let action = action.strip_prefix(&format!("http://{server}")).unwrap_or(action);
        // Names are keys: nothing in them means anything in a form but `+`.
        let answer = post_form(server, action, &format!("{}={value}", name.replace('+', "%2B")))?;
        if answer.status >= 400 {
            bail!("{action}: {} {}", answer.status, answer.text());
        }
        answered += 1;
    }
    Ok(answered)
}

/// Memory after the stress unit, with every library in use.
fn memory(server: &Server, stress: &str, token: &str, report: &mut Report) -> Result<()> {
    for library in LARGE {
        fetched(server.learn, &view(&format!("lb:Bench:{library}:html:b1"), "public_view"), &[])?;
    }
    fetched(server.learn, stress, &[token])?;
    report.add("memory", proc::memory(server.id(), "VmRSS")?);
    report.add("memory_peak", proc::memory(server.id(), "VmHWM")?);
    Ok(())
}

fn measure(server: &Server, load: &Load, headers: &[&str], seconds: u32) -> Result<Measured> {
    // Once with everything cold, and a while for the caches of program and processor.
    let bytes = fetched(server.learn, &load.path, headers)?.len();
    let mut measured = Measured { cpu_ms: [0.0; 2], statements: 0.0, requests_per_second: 0.0, bytes };
    for (connections, cpu_ms) in CONNECTIONS.into_iter().zip(&mut measured.cpu_ms) {
        wrk(server.learn, &load.path, headers, connections, 1)?;
        let statements = statements(server.learn)?;
        let before = proc::cpu_seconds(server.id())?;
        let (requests, per_second) = wrk(server.learn, &load.path, headers, connections, seconds)?;
        *cpu_ms = (proc::cpu_seconds(server.id())? - before) * 1000.0 / requests;
        measured.statements = (self::statements(server.learn)? - statements) / requests;
        measured.requests_per_second = per_second;
        println!("── {}, {connections} connections: {requests} requests", load.row);
    }
    Ok(measured)
}

/// Sends requests for some seconds; returns how many were answered, and how many a second.
fn wrk(
    server: SocketAddr,
    path: &str,
    headers: &[&str],
    connections: u32,
    seconds: u32,
) -> Result<(f64, f64)> {
    let mut command = Command::new("wrk");
    command.args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s"), "--timeout", "10s"]);
    for line in headers {
        command.args(["-H", line]);
    }
    let output = command.arg(format!("http://{server}{path}")).stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || text.contains("Non-2xx") || text.contains("Socket errors") {
        bail!("{path}: not all requests were answered well\n{text}");
    }
    let number = |line: &str, at: usize| line.split_whitespace().nth(at).and_then(|n| n.parse::<f64>().ok());
    let total = text.lines().find(|l| l.contains("requests in")).and_then(|l| number(l, 0));
    let rate = text.lines().find(|l| l.starts_with("Requests/sec")).and_then(|l| number(l, 1));
    total.zip(rate).filter(|(total, _)| *total > 0.0).with_context(|| format!("wrk says:\n{text}"))
}

/// Returns how many statements the server has sent since it started.
fn statements(server: SocketAddr) -> Result<f64> {
    let text = fetched(server, "/metrics", &[])?;
    text.lines()
        .find_map(|line| line.strip_prefix("exedra_sql_statements ")?.trim().parse().ok())
        .context("the server does not count its statements")
}

/// Returns the folder cargo builds into.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |t| Path::new(&t).to_owned())
}
