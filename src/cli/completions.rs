//! `attachrate completions`

use clap::CommandFactory;

use super::output;
use crate::error::Result;

/// Prints a script that completes commands and options in a shell.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The shell.
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

pub fn execute(arguments: &Arguments) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::Arguments::command(), "attachrate", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
