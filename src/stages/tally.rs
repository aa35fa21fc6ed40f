//! The accounting of records: what came in equals what is accepted, duplicate, superseded and quarantined.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Counted records with their units and money in source currencies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Raw records.
    pub records: u64,
    /// Records without a readable quantity or amount; they add neither units nor money.
    pub unvalued: u64,
    /// Sum of signed quantities.
    pub units: i64,
    /// Sum of signed amounts by source currency, in cents; a currency that sums to zero stays.
    pub amounts: BTreeMap<String, i64>,
}

impl Tally {
    /// Counts a record with readable units and money.
    pub fn add_valued(&mut self, units: i64, amount: i64, currency: &str) {
        self.records += 1;
        self.units += units;
        match self.amounts.get_mut(currency) {
            Some(sum) => *sum += amount,
            None if currency.is_empty() => {}
            None => {
                self.amounts.insert(currency.to_owned(), amount);
            }
        }
    }

    /// Counts a record without readable units or money.
    pub fn add_unvalued(&mut self) {
        self.records += 1;
        self.unvalued += 1;
    }

    /// Adds another tally.
    pub fn merge(&mut self, other: &Tally) {
        self.records += other.records;
        self.unvalued += other.unvalued;
        self.units += other.units;
        for (currency, amount) in &other.amounts {
            *self.amounts.entry(currency.clone()).or_default() += amount;
        }
    }
}

/// Packs a three-letter currency code.
pub fn pack_currency(code: &str) -> u32 {
    code.bytes().take(3).fold(0, |packed, byte| (packed << 8) | u32::from(byte))
}

/// The three-letter code of a packed currency.
pub fn unpack_currency(packed: u32) -> String {
    packed.to_be_bytes()[1..].iter().filter(|byte| **byte != 0).map(|byte| char::from(*byte)).collect()
}
