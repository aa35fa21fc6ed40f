//! The casts of the contract.

#[path = "../../src/stages/extract/date.rs"]
mod date;
#[path = "../../src/stages/extract/number.rs"]
mod number;

pub use super::config::date_layout::DateLayout;
pub use super::config::number_format::{NumberFormat, SignPosition};
pub use date::parse_date;
pub use number::{MAX_AMOUNT_CENTS, MAX_QUANTITY, parse_amount, parse_quantity, parse_total};
