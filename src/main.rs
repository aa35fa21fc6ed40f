//! The `attachrate` command.

/// Stages allocate many short-lived columns from several threads, which the system's allocator serves at three quarters of the speed.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    attachrate::cli::main()
}
