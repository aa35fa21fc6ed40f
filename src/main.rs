//! The `attachrate` command.

fn main() -> std::process::ExitCode {
    attachrate::cli::main()
}
