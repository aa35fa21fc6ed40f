//! Extraction: raw records of one file become typed records by the feed's declared contract, or are quarantined.
//!
//! Nothing is inferred. Every value is cast by the declaration, and a record with one value that does not cast is set aside whole, with
//! the code, the field and the value.

mod contract;
mod date;
mod identifier;
mod number;

pub use contract::{Contract, Rejection, TypedRecord, Valuation};
pub use date::parse_date;
pub use number::{MAX_AMOUNT_CENTS, MAX_QUANTITY, parse_amount, parse_quantity, parse_total};
