//! The `exedra` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::commands::main()
}
