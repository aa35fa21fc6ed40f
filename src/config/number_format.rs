//! How a feed writes its numbers.

use schemars::JsonSchema;
use serde::Deserialize;

/// Where the sign of a number stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignPosition {
    /// `-100.00`
    #[default]
    Leading,
    /// `100.00-`
    Trailing,
    /// `(100.00)`
    Parentheses,
}

/// How numbers are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberFormat {
    /// Decimal mark, an ASCII byte.
    pub decimal: u8,
    /// Thousands mark.
    pub thousands: Option<char>,
    /// Where a minus stands.
    pub sign: SignPosition,
    /// Signs with the currency of each, longer ones first.
    pub currency_signs: Vec<(String, String)>,
}
