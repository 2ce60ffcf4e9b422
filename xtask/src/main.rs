//! Everything a contributor runs.
#![expect(clippy::disallowed_macros, reason = "a command for people prints")]

mod bench;
mod crawl;
mod fuzz;
mod graph;
mod html;
mod http;
mod names;
mod postgres;
mod process;
mod run;
mod test;

use anyhow::{Result, bail};

const USAGE: &str = "\
cargo xtask test     format, lints, all tests on both databases, conformance, browser tests
cargo xtask bench    the rows of docs/BENCHMARKS.md, as a table and as JSON
cargo xtask simulate [LEARNERS]  draws for many learners: how blocks spread, what composing costs
cargo xtask fuzz [SECONDS]  each fuzz target for a while (see fuzz/README.md)
cargo xtask crawl    imports the given content (or the demo) and opens every unit and block on both sites
cargo xtask graph    the crate graph, as docs/ARCHITECTURE.md must have it";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match command.as_str() {
        "test" => test::run(&rest),
        "bench" => bench::run(&rest),
        "simulate" => {
            let arguments: Vec<&str> = rest.iter().map(String::as_str).collect();
            let bin = ["run", "--release", "-q", "-p", "benches", "--bin", "bench-draws", "--"];
            run::must("drawing", &mut run::cargo(&[&bin[..], &arguments[..]].concat()))
        }
        "fuzz" => fuzz::run(&rest),
        "crawl" => crawl::run(&rest),
        "graph" => {
            println!("{}", graph::markdown()?);
            Ok(())
        }
        _ => {
            eprintln!("{USAGE}");
            bail!("'{command}' is no task");
        }
    }
}
