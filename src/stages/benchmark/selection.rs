//! Which of a partner's contributions count, under a policy or a reading of it.

use crate::config::file::{CellDimension, ServicesScope, WindowScope};
use crate::config::plan::BenchmarkPolicy;
use crate::stages::attach::{CellKey, CellSums};

/// What counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Which services count.
    pub services: ServicesScope,
    /// Whose windows count.
    pub windows: WindowScope,
    /// Whether approved exceptions take their lines out.
    pub with_exceptions: bool,
}

/// A partner's sums in what counts. Money in cents of the reporting currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PartnerSums {
    /// Hardware money.
    pub hardware_amount: i64,
    /// Hardware units.
    pub hardware_units: i64,
    /// Services money that counts.
    pub services_amount: i64,
    /// Services units that count.
    pub services_units: i64,
    /// Attached packs, add-ons included: with `packs_amount` they give the mean pack price.
    pub packs: i64,
    /// Money of the attached packs.
    pub packs_amount: i64,
}

impl PartnerSums {
    /// Adds other sums.
    pub fn add(&mut self, other: &Self) {
        self.hardware_amount += other.hardware_amount;
        self.hardware_units += other.hardware_units;
        self.services_amount += other.services_amount;
        self.services_units += other.services_units;
        self.packs += other.packs;
        self.packs_amount += other.packs_amount;
    }
}

impl Selection {
    /// The selection of a policy, exceptions applied.
    pub fn of(policy: &BenchmarkPolicy) -> Self {
        Self { services: policy.services, windows: policy.windows, with_exceptions: true }
    }

    /// The dimensions of cells under this selection: where unattached services count, cells leave out what only a hardware line has.
    pub fn cells(&self, cells: &[CellDimension]) -> Vec<CellDimension> {
        let is_of_lines = |dimension: &CellDimension| matches!(dimension, CellDimension::Maturity | CellDimension::PriceBand);
        cells.iter().copied().filter(|dimension| self.services == ServicesScope::Attached || !is_of_lines(dimension)).collect()
    }
}

/// The contributions that count, one entry per partner, category, price band and maturity, in that order.
pub fn select(cells: &[(CellKey, CellSums)], selection: &Selection) -> Vec<(CellKey, PartnerSums)> {
    let mut selected: Vec<(CellKey, PartnerSums)> = Vec::with_capacity(cells.len());
    for (key, sums) in cells {
        if selection.with_exceptions && key.exception != 0 {
            continue;
        }
        let (left_amount, left_units) = match selection.services {
            ServicesScope::All => (sums.left_amount, sums.left_units),
            ServicesScope::Attached => (0, 0),
        };
        let is_hardware_left_out = selection.windows == WindowScope::Closed && key.is_open;
        let hardware = if is_hardware_left_out { &CellSums::default() } else { sums };
        let own = PartnerSums {
            hardware_amount: hardware.hardware_amount,
            hardware_units: hardware.hardware_units,
            services_amount: hardware.services_amount + left_amount,
            services_units: hardware.attached_units + left_units,
            packs: hardware.packs,
            packs_amount: hardware.services_amount,
        };
        let counts = CellKey { exception: 0, ..*key };
        if own != PartnerSums::default() {
            selected.push((counts, own));
        }
    }
    selected.sort_unstable_by_key(|(key, _)| *key);
    selected.dedup_by(|later, first| {
        let is_same = later.0 == first.0;
        if is_same {
            first.1.add(&later.1);
        }
        is_same
    });
    selected
}
