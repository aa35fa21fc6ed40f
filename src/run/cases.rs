//! The case of every partner: how sure its verdict is, its flags, and what follows.

use super::open_data::OpenRecords;
use super::readings::Readings;
use super::uncertainty::MarketUncertainty;
use crate::config::plan::{ActionRule, Plan};
use crate::reference::References;
use crate::stages::assess::{Evidence, PartnerIndex, Situation, action, evidence};
use crate::stages::attach::{CellKey, CellSums};

/// Evidence, flags and action of one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// How sure the verdict is; `None` where there is none.
    pub evidence: Option<Evidence>,
    /// Whether the verdict holds under every reading.
    pub is_robust: bool,
    /// Whether an exception took lines of the period out.
    pub has_exception: bool,
    /// Place of the action among the plan's.
    pub action: usize,
    /// The day by which the partner is to have recovered, where the action sets one.
    pub recovery_due: Option<i32>,
}

impl Case {
    /// The rule of the action.
    pub fn rule<'a>(&self, plan: &'a Plan) -> &'a ActionRule {
        &plan.actions[self.action]
    }
}

/// Closes every case, in the order of the partners. `cells` are those of the deciding matching, excepted lines included.
pub fn close(
    plan: &Plan,
    references: &References,
    cells: &[(CellKey, CellSums)],
    indices: &[PartnerIndex],
    uncertainty: &MarketUncertainty,
    (readings, open_records): (&Readings, &OpenRecords),
) -> Vec<Case> {
    let mut has_exception = vec![false; references.partners.len()];
    for (key, _) in cells.iter().filter(|(key, _)| key.exception != 0) {
        has_exception[key.partner as usize] = true;
    }
    let close_one = |(index, has_exception): (&PartnerIndex, bool)| {
        let partner = index.partner as usize;
        let own = uncertainty.partners[partner].deciding(plan.verdict.measure);
        let evidence = index.not_assessed.is_none().then(|| evidence(own, &plan.verdict.near));
        let is_robust = readings.agree(partner, index.verdict);
        let situation = Situation {
            verdict: index.verdict,
            evidence,
            is_robust,
            is_safe_harbor: index.is_safe_harbor,
            has_exception,
            has_data_hold: open_records.holds[partner].is_some(),
        };
        let action = action(&plan.actions, &situation);
        let recovery_due = plan.actions[action].recovery_days.map(|days| plan.period.as_of + days as i32);
        Case { evidence, is_robust, has_exception, action, recovery_due }
    };
    indices.iter().zip(has_exception).map(close_one).collect()
}
