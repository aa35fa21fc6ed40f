//! The whole population's verdicts under another policy, beside those of the run: as text, CSV or JSON.

mod export;
mod text;

pub use export::{csv, json};
pub use text::text;

use crate::config::file::MeasureName;
use crate::config::plan::Threshold;
use crate::stages::assess::{Totals, Verdict, deciding};

/// What the other policy answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Id of the run.
    pub run_id: String,
    /// Title of its pipeline.
    pub title: String,
    /// Reporting currency.
    pub currency: String,
    /// The measures that decide, now and then.
    pub measures: [MeasureName; 2],
    /// The lines, near first, now and then.
    pub lines: [[Threshold; 2]; 2],
    /// The rules, in the order of the pipeline file.
    pub rules: Vec<Rule>,
    /// Every partner, sorted by id.
    pub partners: Vec<PartnerAnswer>,
}

/// A rule, now and then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its key in the pipeline file, or what it is about.
    pub key: &'static str,
    /// Its value in the run.
    pub now: String,
    /// Its value under the other policy.
    pub then: String,
}

/// A partner, now and then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerAnswer {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// As published.
    pub now: Standing,
    /// Under the other policy.
    pub then: Standing,
}

/// Where a partner stands under a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The verdict.
    pub verdict: Verdict,
    /// Hardware, services and expected services in both measures.
    pub totals: Totals,
    /// What is missing to the near line, cents.
    pub gap_near_amount: i64,
}

/// Sums over the partners of one verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerdictSums {
    /// Partners.
    pub partners: i64,
    /// Their hardware, cents.
    pub hardware_amount: i128,
    /// Their services that count, cents.
    pub services_amount: i128,
    /// What they miss to the near line, cents.
    pub gap_near_amount: i128,
}

impl PartnerAnswer {
    /// Whether the verdict is another.
    pub fn is_changed(&self) -> bool {
        self.now.verdict != self.then.verdict
    }
}

impl Standing {
    /// Services and expected services of a measure, in one unit; none where nothing is expected.
    fn index(&self, measure: MeasureName) -> Option<(i128, i128)> {
        let (services, expected) = deciding(&self.totals, measure);
        (expected > 0).then_some((services, expected))
    }
}

impl Answer {
    /// The partners whose verdict is another.
    pub fn changed(&self) -> impl Iterator<Item = &PartnerAnswer> {
        self.partners.iter().filter(|partner| partner.is_changed())
    }

    /// Sums of a verdict, now and then.
    pub fn sums(&self, verdict: Verdict) -> [VerdictSums; 2] {
        let mut sums = [VerdictSums::default(); 2];
        for partner in &self.partners {
            for (sums, standing) in sums.iter_mut().zip([&partner.now, &partner.then]) {
                if standing.verdict == verdict {
                    sums.partners += 1;
                    sums.hardware_amount += i128::from(standing.totals.revenue.hardware);
                    sums.services_amount += i128::from(standing.totals.revenue.services);
                    sums.gap_near_amount += i128::from(standing.gap_near_amount);
                }
            }
        }
        sums
    }

    /// The index of a partner, now and then, as services and expected services.
    fn indices(&self, partner: &PartnerAnswer) -> [Option<(i128, i128)>; 2] {
        [partner.now.index(self.measures[0]), partner.then.index(self.measures[1])]
    }
}
