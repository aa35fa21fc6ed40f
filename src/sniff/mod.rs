//! `attachrate sniff`: looks at the beginning of a raw file and proposes a `[[feed]]` block for a person to review.
//!
//! Detection never decides in a run: a run reads a feed by its declaration alone. `check` uses the same eyes to say how a file that
//! contradicts its declaration looks instead.

mod columns;
mod delimited;
mod fixed;
mod proposal;
mod text;
mod values;

pub use columns::guess_columns;
pub use fixed::Fixed;
pub use proposal::{Packed, propose};
pub use text::{Container, Sniffed, Table, sniff};
pub use values::{DateGuess, guess_dates, guess_numbers};

/// Bytes of a file that are looked at.
pub const LOOKED_AT: usize = 1 << 20;
