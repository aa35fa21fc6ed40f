//! The policies of attachment, benchmark and verdict, from their sections.

use super::file::{
    ActionSection, AttachSection, BenchmarkSection, CellDimension, EvidenceName, ReadingsSection, RungName, SafeHarborSection,
    TierSection, VerdictName, VerdictSection, WhenSection,
};
use super::plan::{ActionRule, AttachPolicy, BenchmarkPolicy, SafeHarbor, Threshold, Tier, VerdictPolicy};
use super::resolve::{Sections, parts_per_million};

impl Sections<'_> {
    pub(super) fn attach(&mut self, section: &AttachSection) -> Option<AttachPolicy> {
        if section.rungs.is_empty() {
            self.value_problem("/attach/rungs", "`rungs` is an empty list", "without a rung nothing is ever attached");
        }
        if !section.rungs.is_sorted_by(|a, b| a < b) {
            let hint = "the ladder is `serial`, `invoice`, `order`, `customer`, `pool`: leave rungs out, but keep the order";
            self.value_problem("/attach/rungs", "`rungs` repeats a rung or leaves the order of the ladder", hint);
        }
        Some(AttachPolicy {
            window_days: i32::try_from(section.window_days).ok()?,
            lead_days: i32::try_from(section.lead_days).ok()?,
            serial: section.rungs.contains(&RungName::Serial),
            invoice: section.rungs.contains(&RungName::Invoice),
            order: section.rungs.contains(&RungName::Order),
            customer: section.rungs.contains(&RungName::Customer),
            pool: section.rungs.contains(&RungName::Pool),
            credit: section.credit,
        })
    }

    pub(super) fn verdict(&mut self, section: &VerdictSection) -> Option<VerdictPolicy> {
        // The schema has reported a threshold that is not a decimal.
        let (at, near) = (Threshold::parse(&section.at)?, Threshold::parse(&section.near)?);
        if !at.at_least(&near) {
            let message = format!("`near` ({}) is above `at` ({})", near.text, at.text);
            self.value_problem("/verdict/near", message, "a partner that is `at` is also at or above the near line");
        }
        if section.min_hardware_units < 0 {
            self.value_problem("/verdict/min_hardware_units", "`min_hardware_units` is negative", "0 switches the floor off");
        }
        let amount = section.min_hardware_amount.checked_mul(100).filter(|amount| *amount >= 0);
        if amount.is_none() {
            let message = format!("`min_hardware_amount` is {}, which is out of range", section.min_hardware_amount);
            self.value_problem(
                "/verdict/min_hardware_amount",
                message,
                "whole units of the reporting currency; 0 switches the floor off",
            );
        }
        let tiers = self.tiers(&section.tiers);
        let safe_harbor = section.safe_harbor.as_ref().map(|floors| self.safe_harbor(floors));
        Some(VerdictPolicy {
            measure: section.measure,
            at,
            near,
            min_hardware_units: section.min_hardware_units,
            min_hardware_amount: amount.unwrap_or_default(),
            confidence_ppm: parts_per_million(section.confidence * 100.0),
            max_open_ppm: parts_per_million(section.max_open_percent),
            tiers,
            safe_harbor,
        })
    }

    pub(super) fn benchmark(&mut self, section: &BenchmarkSection) -> Option<BenchmarkPolicy> {
        if section.cells.first() != Some(&CellDimension::Category) || !section.cells.is_sorted_by(|a, b| a < b) {
            let hint = "the dimensions are `category`, `country`, `region`, `segment`, `price_band`, `maturity`: leave out what you do \
                        not want, but keep `category` and the order";
            self.value_problem("/benchmark/cells", "`cells` lacks `category`, repeats a dimension or leaves their order", hint);
        }
        let has_bands = section.cells.contains(&CellDimension::PriceBand);
        if has_bands == section.price_bands.is_empty() {
            let message = "`price_bands` and the dimension `price_band` go together";
            self.value_problem("/benchmark/cells", message, "give both, or neither");
        }
        let bands: Option<Vec<i64>> = section.price_bands.iter().map(|bound| bound.checked_mul(100)).collect();
        let is_rising =
            section.price_bands.first().is_none_or(|first| *first > 0) && section.price_bands.is_sorted_by(|a, b| a < b);
        if bands.is_none() || !is_rising || section.price_bands.len() > 20 {
            let hint = "at most 20 positive whole amounts, each higher than the one before";
            self.value_problem("/benchmark/price_bands", "`price_bands` does not rise from above 0, or is out of range", hint);
        }
        Some(BenchmarkPolicy {
            population: section.population,
            min_partners: section.min_partners,
            services: section.services,
            windows: section.windows,
            cells: section.cells.clone(),
            price_bands: bands.unwrap_or_default(),
        })
    }

    fn tiers(&mut self, sections: &[TierSection]) -> Vec<Tier> {
        let tiers: Vec<Tier> = sections
            .iter()
            .filter_map(|section| Some(Tier { id: section.id.clone(), from: Threshold::parse(&section.from)? }))
            .collect();
        let is_rising = |pair: &[Tier]| !pair[0].from.at_least(&pair[1].from) && pair[0].id != pair[1].id;
        if !tiers.windows(2).all(is_rising) {
            self.value_problem(
                "/verdict/tiers",
                "`tiers` do not rise, or repeat an id",
                "write them from the lowest to the highest",
            );
        }
        tiers
    }

    fn safe_harbor(&mut self, section: &SafeHarborSection) -> SafeHarbor {
        let mut cents = |key: &str, whole: i64| {
            whole.checked_mul(100).unwrap_or_else(|| {
                let pointer = format!("/verdict/safe_harbor/{key}");
                self.value_problem(&pointer, format!("`{key}` is {whole}, which is out of range"), "whole units of the currency");
                0
            })
        };
        SafeHarbor {
            min_hardware_amount: cents("min_hardware_amount", section.min_hardware_amount),
            min_services_amount: cents("min_services_amount", section.min_services_amount),
        }
    }

    /// The rules of the file, or where it has none those that `attachrate init` shows. The last one must always fit, so that no partner is
    /// left without an action.
    pub(super) fn actions(&mut self, sections: Vec<ActionSection>) -> Vec<ActionRule> {
        if sections.is_empty() {
            return default_actions();
        }
        let rules: Vec<ActionRule> = sections
            .into_iter()
            .map(|section| ActionRule {
                id: section.id,
                text: section.text,
                when: section.when,
                recovery_days: section.recovery_days,
            })
            .collect();
        let last = rules.len() - 1;
        if rules[last].when != WhenSection::default() {
            let message = "the last `[[action]]` has conditions, so some partners would have no action";
            self.value_problem(&format!("/action/{last}"), message, "end with an action without `when`");
        }
        rules
    }
}

/// The windows of the readings, rising, each once, without the deciding one.
pub fn reading_windows(section: &ReadingsSection, attach: &AttachPolicy) -> Vec<i32> {
    let mut windows: Vec<i32> = section.windows_days.iter().filter_map(|days| i32::try_from(*days).ok()).collect();
    windows.sort_unstable();
    windows.dedup();
    windows.retain(|days| *days != attach.window_days);
    windows
}

fn default_actions() -> Vec<ActionRule> {
    let rule = |id: &str, text: &str, when: WhenSection, recovery_days| ActionRule {
        id: id.to_owned(),
        text: text.to_owned(),
        when,
        recovery_days,
    };
    let below =
        |evidence| WhenSection { verdict: Some(vec![VerdictName::Below]), evidence: Some(evidence), ..WhenSection::default() };
    let near = WhenSection { verdict: Some(vec![VerdictName::Near]), ..WhenSection::default() };
    let held = WhenSection { has_data_hold: Some(true), ..WhenSection::default() };
    let safe = WhenSection { verdict: Some(vec![VerdictName::Below]), is_safe_harbor: Some(true), ..WhenSection::default() };
    vec![
        rule("mend_data", "Mend the open records first; until then no decision rests on this index", held, None),
        rule("none_safe_harbor", "Nothing: the partner is in the safe harbour", safe, None),
        rule("call", "Call the partner, make the case and agree on the plan", below(EvidenceName::Conclusive), Some(90)),
        rule(
            "advise",
            "Show the partner its plan; chance alone could explain the index, so nothing is decided",
            below(EvidenceName::Inconclusive),
            None,
        ),
        rule("watch", "Keep watch: the partner is near the average", near, None),
        rule("none", "Nothing to do", WhenSection::default(), None),
    ]
}
