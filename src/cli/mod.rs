//! The command line: arguments, one file per command, exit codes. The only place that prints errors.

mod calibrate;
mod check;
mod completions;
mod dictionary;
mod diff;
mod explain;
mod generate;
mod init;
mod memory;
mod output;
mod plan;
mod read_table;
mod reconcile;
mod run;
mod schema;
mod sniff;
mod trace;
mod verify;
mod whatif;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use tracing::level_filters::LevelFilter;

use crate::error::{Error, Result};

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 internal error, 2 wrong usage, 3 bad configuration, 4 bad input, 5 a gate failed (nothing was published), \
6 a damaged run.";

/// Works out which partners sell too little warranty for the hardware they sell, and why.
#[derive(Debug, Parser)]
#[command(name = "attachrate", version, about, after_help = EXIT_CODES, arg_required_else_help = true)]
struct Arguments {
    /// The least severe log records shown on standard error.
    #[arg(long, global = true, value_enum, default_value_t = LogLevel::Warn)]
    log_level: LogLevel,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Arguments),
    Check(check::Arguments),
    Plan(plan::Arguments),
    Explain(explain::Arguments),
    Trace(trace::Arguments),
    Reconcile(reconcile::Arguments),
    Calibrate(calibrate::Arguments),
    Whatif(whatif::Arguments),
    Diff(diff::Arguments),
    Verify(verify::Arguments),
    Sniff(sniff::Arguments),
    Dictionary(dictionary::Arguments),
    Generate(generate::Arguments),
    Init(init::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    #[command(hide = true)]
    ReadTable(read_table::Arguments),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Off => Self::OFF,
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

/// Runs the command of the process's arguments.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // What panicked has said so on standard error; for the caller it is an internal error like any other.
    match std::panic::catch_unwind(|| execute(&arguments)) {
        Err(_) => ExitCode::from(Error::Internal(String::new()).exit_code()),
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            // Where standard error is closed the exit code still tells.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn execute(arguments: &Arguments) -> Result<()> {
    let level = arguments.log_level.into();
    match &arguments.command {
        Command::Run(arguments) => run::execute(arguments, level),
        Command::Check(arguments) => check::execute(arguments, level),
        Command::Plan(arguments) => plan::execute(arguments, level),
        Command::Explain(arguments) => explain::execute(arguments, level),
        Command::Trace(arguments) => trace::execute(arguments, level),
        Command::Reconcile(arguments) => reconcile::execute(arguments, level),
        Command::Calibrate(arguments) => calibrate::execute(arguments, level),
        Command::Whatif(arguments) => whatif::execute(arguments, level),
        Command::Diff(arguments) => diff::execute(arguments, level),
        Command::Verify(arguments) => verify::execute(arguments, level),
        Command::Sniff(arguments) => sniff::execute(arguments),
        Command::Dictionary(_) => dictionary::execute(),
        Command::Generate(arguments) => generate::execute(arguments),
        Command::Init(arguments) => init::execute(arguments),
        Command::Schema(_) => schema::execute(),
        Command::Completions(arguments) => completions::execute(arguments),
        Command::ReadTable(arguments) => read_table::execute(arguments),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        super::Arguments::command().debug_assert();
    }
}
