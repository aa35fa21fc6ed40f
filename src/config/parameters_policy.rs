//! The policies of attachment, benchmark and verdict as parameters.

use super::file::{EvidenceName, MeasureName, WhenSection};
use super::parameters::{List, percent};
use super::plan::Plan;

/// Adds them in the order of the file format.
pub(super) fn add(plan: &Plan, list: &mut List) {
    attach(plan, list);
    benchmark(plan, list);
    verdict(plan, list);
    let windows: Vec<String> = plan.reading_windows.iter().map(i32::to_string).collect();
    list.add("readings.windows_days", windows.join(", "));
    // Keys are sorted where they are published, and the first rule that fits counts.
    let order: Vec<&str> = plan.actions.iter().map(|action| action.id.as_str()).collect();
    list.add("action.order", order.join(", "));
    for action in &plan.actions {
        list.add(format!("action.{}.text", action.id), &action.text);
        list.add(format!("action.{}.when", action.id), conditions(&action.when));
        let days = action.recovery_days.map(|days| days.to_string()).unwrap_or_default();
        list.add(format!("action.{}.recovery_days", action.id), days);
    }
}

fn attach(plan: &Plan, list: &mut List) {
    let attach = &plan.attach;
    list.add("attach.window_days", attach.window_days.to_string());
    list.add("attach.lead_days", attach.lead_days.to_string());
    let rungs = [
        (attach.serial, "serial"),
        (attach.invoice, "invoice"),
        (attach.order, "order"),
        (attach.customer, "customer"),
        (attach.pool, "pool"),
    ];
    let rungs: Vec<&str> = rungs.into_iter().filter(|(in_use, _)| *in_use).map(|(_, name)| name).collect();
    list.add("attach.rungs", rungs.join(", "));
    list.add("attach.credit", attach.credit.code());
}

fn benchmark(plan: &Plan, list: &mut List) {
    let benchmark = &plan.benchmark;
    list.add("benchmark.assess", plan.assess.code());
    list.add("benchmark.population", benchmark.population.code());
    list.add("benchmark.min_partners", benchmark.min_partners.to_string());
    list.add("benchmark.services", benchmark.services.code());
    list.add("benchmark.windows", benchmark.windows.code());
    let cells: Vec<&str> = benchmark.cells.iter().map(|dimension| dimension.code()).collect();
    list.add("benchmark.cells", cells.join(", "));
    let bands: Vec<String> = benchmark.price_bands.iter().map(|bound| (bound / 100).to_string()).collect();
    list.add("benchmark.price_bands", bands.join(", "));
}

fn verdict(plan: &Plan, list: &mut List) {
    let verdict = &plan.verdict;
    list.add(
        "verdict.measure",
        match verdict.measure {
            MeasureName::Revenue => "revenue",
            MeasureName::Units => "units",
        },
    );
    list.add("verdict.at", &verdict.at.text);
    list.add("verdict.near", &verdict.near.text);
    list.add("verdict.min_hardware_units", verdict.min_hardware_units.to_string());
    list.add("verdict.min_hardware_amount", (verdict.min_hardware_amount / 100).to_string());
    list.add("verdict.confidence", verdict.confidence().to_string());
    list.add("verdict.max_open_percent", percent(verdict.max_open_ppm));
    let tiers: Vec<String> = verdict.tiers.iter().map(|tier| format!("{} from {}", tier.id, tier.from.text)).collect();
    list.add("verdict.tiers", tiers.join(", "));
    if let Some(floors) = verdict.safe_harbor {
        list.add("verdict.safe_harbor.min_hardware_amount", (floors.min_hardware_amount / 100).to_string());
        list.add("verdict.safe_harbor.min_services_amount", (floors.min_services_amount / 100).to_string());
    }
}

/// The conditions of an action in words: `verdict below, evidence conclusive`.
fn conditions(when: &WhenSection) -> String {
    let verdicts = when.verdict.as_ref().map(|verdicts| {
        let names = verdicts.iter().map(|verdict| verdict.code());
        format!("verdict {}", names.collect::<Vec<_>>().join(" or "))
    });
    let evidence = when.evidence.map(|evidence| {
        let name = match evidence {
            EvidenceName::Conclusive => "conclusive",
            EvidenceName::Inconclusive => "inconclusive",
        };
        format!("evidence {name}")
    });
    let flags = [
        (when.is_robust, "is_robust"),
        (when.is_safe_harbor, "is_safe_harbor"),
        (when.has_exception, "has_exception"),
        (when.has_data_hold, "has_data_hold"),
    ];
    let flags = flags.into_iter().filter_map(|(wanted, name)| wanted.map(|wanted| format!("{name} {wanted}")));
    let parts: Vec<String> = verdicts.into_iter().chain(evidence).chain(flags).collect();
    if parts.is_empty() { "always".to_owned() } else { parts.join(", ") }
}
