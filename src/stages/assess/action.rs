//! What to do: the first rule of the configuration that fits.

use super::{Evidence, Verdict};
use crate::config::file::{EvidenceName, WhenSection};
use crate::config::plan::ActionRule;

/// What the rules look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// The verdict.
    pub verdict: Verdict,
    /// How sure it is; `None` where there is none.
    pub evidence: Option<Evidence>,
    /// Whether it holds under every reading.
    pub is_robust: bool,
    /// Whether the partner is in the safe harbour.
    pub is_safe_harbor: bool,
    /// Whether an exception took lines of the partner out.
    pub has_exception: bool,
    /// Whether open records could move the verdict.
    pub has_data_hold: bool,
}

/// Place of the first rule that fits; the last one always does, as the configuration is checked.
pub fn action(rules: &[ActionRule], situation: &Situation) -> usize {
    rules.iter().position(|rule| fits(&rule.when, situation)).unwrap_or(rules.len().saturating_sub(1))
}

fn fits(when: &WhenSection, situation: &Situation) -> bool {
    let evidence = situation.evidence.map(|evidence| match evidence {
        Evidence::Conclusive => EvidenceName::Conclusive,
        Evidence::Inconclusive => EvidenceName::Inconclusive,
    });
    let verdict = situation.verdict.name();
    let is = |wanted: Option<bool>, value: bool| wanted.is_none_or(|wanted| wanted == value);
    when.verdict.as_ref().is_none_or(|verdicts| verdicts.contains(&verdict))
        && when.evidence.is_none_or(|wanted| evidence == Some(wanted))
        && is(when.is_robust, situation.is_robust)
        && is(when.is_safe_harbor, situation.is_safe_harbor)
        && is(when.has_exception, situation.has_exception)
        && is(when.has_data_hold, situation.has_data_hold)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::file::VerdictName;

    #[test]
    fn the_first_rule_that_fits_counts() {
        let rule = |id: &str, when| ActionRule { id: id.to_owned(), text: id.to_owned(), when, recovery_days: None };
        let below = WhenSection {
            verdict: Some(vec![VerdictName::Below]),
            evidence: Some(EvidenceName::Conclusive),
            ..WhenSection::default()
        };
        let held = WhenSection { has_data_hold: Some(true), ..WhenSection::default() };
        let rules = [rule("held", held), rule("call", below), rule("none", WhenSection::default())];
        let situation = Situation {
            verdict: Verdict::Below,
            evidence: Some(Evidence::Conclusive),
            is_robust: true,
            is_safe_harbor: false,
            has_exception: false,
            has_data_hold: false,
        };
        let id = |situation: Situation| rules[action(&rules, &situation)].id.as_str();
        assert_eq!(id(situation), "call");
        assert_eq!(id(Situation { has_data_hold: true, ..situation }), "held");
        assert_eq!(id(Situation { evidence: Some(Evidence::Inconclusive), ..situation }), "none");
        assert_eq!(id(Situation { verdict: Verdict::NotAssessed, evidence: None, ..situation }), "none");
    }
}
