//! Who sells as one: sales are matched within a reseller, also where its locations are assessed one by one.

/// The reseller of each assessed partner.
///
/// A reseller's number is that of the first of its assessed locations, which follow each other. Where partners or headquarters are assessed each is a reseller by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resellers {
    /// By the partner's number; empty where each has its own.
    of_partner: Vec<u32>,
}

impl Resellers {
    /// Resellers of several assessed locations each.
    pub fn new(of_partner: Vec<u32>) -> Self {
        Self { of_partner }
    }

    /// The reseller of a partner. What is no partner is its own.
    pub fn of(&self, partner: u32) -> u32 {
        self.of_partner.get(partner as usize).copied().unwrap_or(partner)
    }
}
