//! The first page: the answer, who must be called, and the chart.

use askama::Template;

use super::filters;
use super::format::{self, long_date, spoken};
use super::funnel::{self, Funnel};
use super::model::{Overview, PartnerRow, RunInfo, Site, Standing, Thresholds, Verdict, VerdictCount};
use super::shell::{Section, Shell};
use crate::publish::diff::Diff;

const CALLS_SHOWN: usize = 25;

/// `index.html`
#[derive(Template)]
#[template(config = "src/publish/report/askama.toml", path = "index.html")]
pub struct OverviewPage<'a> {
    shell: Shell<'a>,
    currency: &'a str,
    thresholds: &'a Thresholds,
    overview: &'a Overview,
    headline: String,
    lede: String,
    tiles: Vec<Tile>,
    total: VerdictCount,
    calls: Vec<&'a PartnerRow>,
    calls_total: usize,
    conclusive: usize,
    funnel: Funnel<'a>,
    /// How many verdicts changed since an earlier run, where one was named.
    changed: Option<String>,
    gates_failed: usize,
    gates: usize,
    quarantined: i128,
    records: i128,
}

struct Tile {
    count: VerdictCount,
    meaning: String,
}

/// Lays the page out.
pub fn page(site: &Site) -> OverviewPage<'_> {
    let thresholds = &site.method.thresholds;
    let calls = calls(&site.partners);
    let tiles = Verdict::ALL.map(|verdict| tile(verdict, &site.overview, thresholds));
    let files = &site.quality.files;
    OverviewPage {
        shell: Shell::top(&site.run, Section::Overview),
        currency: &site.run.currency,
        thresholds,
        overview: &site.overview,
        headline: headline(&site.overview, thresholds),
        lede: lede(&site.overview, &site.run, thresholds),
        total: total(&tiles),
        tiles: tiles.into(),
        calls_total: calls.len(),
        conclusive: calls.iter().filter(|row| row.standing == Standing::Conclusive).count(),
        calls: calls.into_iter().take(CALLS_SHOWN).collect(),
        funnel: funnel::funnel(&site.partners, &site.funnel, thresholds),
        changed: site.changes.as_ref().map(changed),
        gates_failed: site.quality.gates.iter().filter(|gate| !gate.passed).count(),
        gates: site.quality.gates.len(),
        quarantined: files.iter().map(|file| i128::from(file.accounts[4].records)).sum(),
        records: files.iter().map(|file| i128::from(file.accounts[0].records)).sum(),
    }
}

/// Partners below the near line: the conclusive ones first, which need a call, each group by gap, the largest first.
pub fn calls(partners: &[PartnerRow]) -> Vec<&PartnerRow> {
    let mut calls = partners.iter().filter(|row| row.verdict == Verdict::Below).collect::<Vec<_>>();
    calls.sort_by(|a, b| {
        let by_gap = || b.gap_near_amount.cmp(&a.gap_near_amount).then_with(|| a.partner_id.cmp(&b.partner_id));
        a.standing.cmp(&b.standing).then_with(by_gap)
    });
    calls
}

fn count(overview: &Overview, verdict: Verdict) -> VerdictCount {
    let none = VerdictCount { verdict, partners: 0, hardware_amount: 0, services_amount: 0, expected_amount: 0, gap_amount: 0 };
    overview.verdicts.iter().find(|count| count.verdict == verdict).cloned().unwrap_or(none)
}

fn assessed(overview: &Overview) -> u64 {
    [Verdict::At, Verdict::Near, Verdict::Below]
        .iter()
        .map(|verdict| count(overview, *verdict).partners)
        .fold(0, u64::saturating_add)
}

fn headline(overview: &Overview, thresholds: &Thresholds) -> String {
    let assessed = assessed(overview);
    let below = count(overview, Verdict::Below).partners;
    let unassessed = count(overview, Verdict::NotAssessed).partners;
    let average = format!("{} of what an average partner would have sold with the same mix", thresholds.near);
    match (assessed, below) {
        (0, _) if unassessed == 0 => "No partner is in this run".into(),
        (0, _) => format!("None of the {} partners could be assessed", format::count(unassessed)),
        (_, 0) => format!("No assessed partner sold less than {average}"),
        _ => format!("{} of {} assessed partners sold less than {average}", format::count(below), format::count(assessed)),
    }
}

fn lede(overview: &Overview, run: &RunInfo, thresholds: &Thresholds) -> String {
    let gap = count(overview, Verdict::Below);
    let period = format!("{} to {}", long_date(&run.period_from), long_date(&run.period_to));
    match (assessed(overview), gap.partners) {
        (0, _) => format!("The period is {period}. The data quality page says what came in and what did not."),
        (_, 0) => {
            format!("In the fiscal period {period} every assessed partner reaches at least the near line of {}.", thresholds.near)
        }
        (_, partners) => format!(
            "In the fiscal period {period} {} {} of Care Packs to reach that line.",
            if partners == 1 { "it misses" } else { "together they miss" },
            spoken(gap.gap_amount, &run.currency)
        ),
    }
}

fn changed(diff: &Diff) -> String {
    let count = diff.partners.iter().filter(|partner| partner.is_changed()).count();
    match count {
        0 => "No verdict has changed.".into(),
        1 => "1 verdict has changed.".into(),
        _ => format!("{} verdicts have changed.", format::count(count as u64)),
    }
}

fn tile(verdict: Verdict, overview: &Overview, thresholds: &Thresholds) -> Tile {
    let meaning = match verdict {
        Verdict::At => format!("Index of {} or more", thresholds.at),
        Verdict::Near => format!("Index from {} to under {}", thresholds.near, thresholds.at),
        Verdict::Below => format!("Index under {}", thresholds.near),
        Verdict::NotAssessed => "Too little hardware, or outside the program".into(),
    };
    Tile { count: count(overview, verdict), meaning }
}

fn total(tiles: &[Tile]) -> VerdictCount {
    let sum = |amount: fn(&VerdictCount) -> i64| tiles.iter().map(|tile| amount(&tile.count)).fold(0, i64::saturating_add);
    VerdictCount {
        verdict: Verdict::NotAssessed,
        partners: tiles.iter().map(|tile| tile.count.partners).fold(0, u64::saturating_add),
        hardware_amount: sum(|count| count.hardware_amount),
        services_amount: sum(|count| count.services_amount),
        expected_amount: sum(|count| count.expected_amount),
        gap_amount: sum(|count| count.gap_amount),
    }
}
