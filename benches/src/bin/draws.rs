//! `bench-draws [LEARNERS]`: how the blocks of a pool spread over learners, and what composing costs on a store
//! with the draws of so many (100,000 unless told).
#![expect(clippy::disallowed_macros, reason = "a command for people prints")]

use anyhow::{Context as _, Result};
use benches::{
    Fixture,
    content::POOL,
    draws::{Frequencies, Recording, Stress, Times, chi_square_bound},
};

/// Learners for whom is drawn to see how blocks spread.
const DRAWING: u32 = 20_000;
/// Units of the large course.
const LARGE: usize = 2_000;

fn main() -> Result<()> {
    let learners = std::env::args().nth(1).map_or(Ok(100_000), |n| n.parse());
    let learners: u32 = learners.context("the number of learners is no number")?;

    println!("| drawn | learners | least | most | expected | chi-square | 99.9 % below | one draw |");
    println!("|---|---|---|---|---|---|---|---|");
    for count in [5, 30] {
        let drawn = Frequencies::of(DRAWING, POOL, count);
        println!(
            "| {count} of {POOL} | {DRAWING} | {} | {} | {} | {:.1} | {:.1} | {:.1} µs |",
            drawn.drawn.iter().min().copied().unwrap_or_default(),
            drawn.drawn.iter().max().copied().unwrap_or_default(),
            i64::from(DRAWING) * count / POOL as i64,
            drawn.chi_square(),
            chi_square_bound(POOL - 1),
            drawn.one.as_secs_f64() * 1e6,
        );
    }

    let folder = tempfile::tempdir()?;
    let fixture = Fixture::open(folder.path())?;
    let (stress, one) = Stress::new(&fixture, learners)?;
    println!("\n{learners} draws stored, {:.2} ms each\n", one.as_secs_f64() * 1e3);
    println!("| the stress unit, composed | median | 5 % below | 95 % below | SQL statements |");
    println!("|---|---|---|---|---|");
    print("plan in memory", &stress.warm(5_000)?);
    print("course and library in memory", &stress.after_change(500)?);
    print("nothing in memory, from its record", &stress.from_record(500)?);
    print("nothing in memory, from the course", &stress.from_structure(200)?);
    let large = Recording::of(&fixture, &folder.path().join("large"), LARGE)?;
    println!(
        "\n{} of {} units of a large course recorded in {:.2} s, with {} SQL statements",
        large.done.recorded,
        large.done.pages,
        large.time.as_secs_f64(),
        large.statements
    );
    Ok(())
}

fn print(what: &str, times: &Times) {
    let [low, median, high] = [0.05, 0.5, 0.95].map(|part| times.quantile(part).as_secs_f64() * 1e6);
    println!("| {what} | {median:.0} µs | {low:.0} µs | {high:.0} µs | {} |", times.statements);
}
