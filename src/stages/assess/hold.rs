//! Open data and the verdict (DESIGN part 5): where records that are set aside or not mapped could move a verdict, no decision rests on it.

use super::{NotAssessed, Totals, Verdict, ceiling, judge};
use crate::config::plan::VerdictPolicy;
use crate::stages::benchmark::UNIT_SCALE;
use serde::{Deserialize, Serialize};

/// Money and units of a partner's records that are quarantined or of unmapped products: what is added to sales, and what is taken away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenData {
    /// Records.
    pub records: u64,
    /// Money of sales, cents.
    pub added_amount: i64,
    /// Units of sales.
    pub added_units: i64,
    /// Money of returns, cents, not negative.
    pub taken_amount: i64,
    /// Units of returns, not negative.
    pub taken_units: i64,
}

impl OpenData {
    /// Adds a record by the sign of its money.
    pub fn add_record(&mut self, units: i64, amount: i64) {
        self.records += 1;
        if amount >= 0 {
            self.added_amount += amount;
            self.added_units += units.abs();
        } else {
            self.taken_amount -= amount;
            self.taken_units += units.abs();
        }
    }

    /// Adds other records.
    pub fn merge(&mut self, other: &Self) {
        self.records += other.records;
        self.added_amount += other.added_amount;
        self.added_units += other.added_units;
        self.taken_amount += other.taken_amount;
        self.taken_units += other.taken_units;
    }

    /// Money of all records, whatever its sign.
    pub fn amount(&self) -> i64 {
        self.added_amount + self.taken_amount
    }
}

/// Why no decision may rest on a verdict, in the order in which the reasons are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataHold {
    /// All open money as services, or all as hardware, would change the verdict.
    WorstCase,
    /// Too much of the partner's money is open.
    Share,
    /// A feed in which the partner had lines in the last 12 months has not delivered.
    MissingFeed,
}

impl DataHold {
    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::WorstCase => "WORST_CASE",
            Self::Share => "SHARE",
            Self::MissingFeed => "MISSING_FEED",
        }
    }

    /// The reason in plain words, to follow "no decision rests on this index:".
    pub fn meaning(self) -> &'static str {
        match self {
            Self::WorstCase => "records that are set aside or of unknown product could move the verdict across a line",
            Self::Share => "too much of the partner’s money is on records that are set aside or of unknown product",
            Self::MissingFeed => "a feed in which the partner had sales in the last 12 months has not delivered",
        }
    }
}

/// The highest rates at which open money could be expected to bring services, as numerator and denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorstRates {
    /// Services over hardware money; the denominator is positive.
    pub revenue: (i64, i64),
    /// Attached over hardware units; the denominator is positive.
    pub units: (i64, i64),
}

/// What a partner's open data is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Exposure<'a> {
    /// Its figures.
    pub totals: &'a Totals,
    /// Its verdict.
    pub verdict: Verdict,
    /// Why it is not assessed.
    pub not_assessed: Option<NotAssessed>,
    /// Its open records.
    pub open: &'a OpenData,
    /// The rates of the worst case.
    pub rates: WorstRates,
    /// Money of all its mapped and unmapped sales of the period, whatever its sign.
    pub total_amount: i64,
    /// Whether a feed in which it had lines has not delivered.
    pub misses_feed: bool,
}

/// The first reason for which no decision may rest on a partner's verdict. A partner outside the program has no verdict to hold.
pub fn data_hold(exposure: &Exposure<'_>, policy: &VerdictPolicy) -> Option<DataHold> {
    if exposure.not_assessed == Some(NotAssessed::NotInProgram) {
        return None;
    }
    let open = exposure.open;
    if worst_cases(exposure).iter().any(|totals| judge(totals, true, policy).0 != exposure.verdict) {
        return Some(DataHold::WorstCase);
    }
    let all = i128::from(exposure.total_amount.abs().max(open.amount()));
    if i128::from(open.amount()) * 1_000_000 > all * i128::from(policy.max_open_ppm) {
        return Some(DataHold::Share);
    }
    exposure.misses_feed.then_some(DataHold::MissingFeed)
}

/// The partner's figures with all its open money as services, and with all of it as hardware; sales and returns each for themselves.
fn worst_cases(exposure: &Exposure<'_>) -> Vec<Totals> {
    let open = exposure.open;
    let changes = [(open.added_amount, open.added_units), (-open.taken_amount, -open.taken_units)];
    let mut cases = Vec::new();
    for (amount, units) in changes.into_iter().filter(|change| *change != (0, 0)) {
        let mut as_services = *exposure.totals;
        as_services.revenue.services += amount;
        as_services.units.services += units;
        let mut as_hardware = *exposure.totals;
        as_hardware.revenue.hardware += amount;
        as_hardware.revenue.expected += expected(amount, exposure.rates.revenue, 1);
        as_hardware.units.hardware += units;
        as_hardware.units.expected += expected(units, exposure.rates.units, UNIT_SCALE);
        cases.extend([as_services, as_hardware]);
    }
    cases
}

/// What so much hardware would bring at a rate, away from zero.
fn expected(hardware: i64, (services, per): (i64, i64), scale: i64) -> i64 {
    let product = i128::from(hardware.abs()) * i128::from(services) * i128::from(scale);
    ceiling(product, i128::from(per)) as i64 * hardware.signum()
}

#[cfg(test)]
mod tests {
    use super::super::Figures;
    use super::*;
    use crate::config::file::MeasureName;
    use crate::config::plan::Threshold;

    fn policy() -> VerdictPolicy {
        let line = |text| Threshold::parse(text).expect("a threshold");
        VerdictPolicy {
            measure: MeasureName::Revenue,
            at: line("1.00"),
            near: line("0.75"),
            min_hardware_units: 1,
            min_hardware_amount: 0,
            confidence_ppm: 950_000,
            max_open_ppm: 50_000,
            tiers: Vec::new(),
            safe_harbor: None,
        }
    }

    fn held(services: i64, open: OpenData, misses_feed: bool) -> Option<DataHold> {
        let totals = Totals {
            revenue: Figures { hardware: 1_000_000, services, expected: 100_000 },
            units: Figures { hardware: 10, services: 1, expected: 1_000_000 },
        };
        let exposure = Exposure {
            totals: &totals,
            verdict: judge(&totals, true, &policy()).0,
            not_assessed: None,
            open: &open,
            rates: WorstRates { revenue: (1, 5), units: (1, 5) },
            total_amount: 1_100_000,
            misses_feed,
        };
        data_hold(&exposure, &policy())
    }

    fn records(amounts: &[i64]) -> OpenData {
        let mut open = OpenData::default();
        amounts.iter().for_each(|amount| open.add_record(1, *amount));
        open
    }

    /// Index 0.70: 5,000 more services are exactly the near line of 75,000.
    #[test]
    fn money_that_could_move_the_verdict_holds_it() {
        assert_eq!(held(70_000, records(&[4_999]), false), None);
        assert_eq!(held(70_000, records(&[5_000]), false), Some(DataHold::WorstCase));
    }

    /// Index 0.779: at a fifth, hardware of 19,331 expects 3,867 more (rounded up), and 77,900 is less than 0.75 of 103,867; 19,330 expects 3,866. As
    /// services either stays below 1.00.
    #[test]
    fn hardware_that_could_move_the_verdict_holds_it() {
        assert_eq!(held(77_900, records(&[19_330]), false), None);
        assert_eq!(held(77_900, records(&[19_331]), false), Some(DataHold::WorstCase));
        assert_eq!(held(77_900, records(&[-2_900]), false), None, "returned services leave exactly the near line");
        assert_eq!(held(77_900, records(&[-2_901]), false), Some(DataHold::WorstCase));
    }

    #[test]
    fn too_much_open_money_and_missing_feeds_hold_too() {
        assert_eq!(held(300_000, records(&[60_000]), false), Some(DataHold::Share));
        assert_eq!(held(300_000, records(&[50_000]), true), Some(DataHold::MissingFeed));
        assert_eq!(held(300_000, records(&[]), false), None);
    }
}
