//! What the system says of a process (Linux).

use std::{fs, process::Command};

use anyhow::{Context as _, Result};

/// Returns the CPU time of a process so far, user and system together.
pub(super) fn cpu_seconds(id: u32) -> Result<f64> {
    let stat =
        fs::read_to_string(format!("/proc/{id}/stat")).context("only Linux tells a process's CPU time")?;
    // The name, in parentheses, may hold anything; the times are the 14th and 15th field of all.
    let fields: Vec<&str> =
        stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok()).context("/proc has no times");
    Ok((ticks(11)? + ticks(12)?) / ticks_per_second()?)
}

fn ticks_per_second() -> Result<f64> {
    let output = Command::new("getconf").arg("CLK_TCK").output()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().context("getconf CLK_TCK")
}

/// Returns a line of memory use, `VmRSS` or `VmHWM`, in MB.
pub(super) fn memory(id: u32, line: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let kilobytes: f64 = status
        .lines()
        .find_map(|l| l.strip_prefix(line)?.strip_prefix(':')?.trim().strip_suffix(" kB")?.parse().ok())
        .with_context(|| format!("/proc has no {line}"))?;
    Ok(kilobytes * 1024.0 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_time() {
        let id = std::process::id();
        assert!(memory(id, "VmRSS").unwrap() > 0.1);
        assert!(memory(id, "VmHWM").unwrap() >= memory(id, "VmRSS").unwrap() / 2.0);
        assert!(cpu_seconds(id).unwrap() >= 0.0);
        assert!(memory(id, "VmNone").is_err());
    }
}
