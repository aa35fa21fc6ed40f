//! The market rates: what the population sold with each category of hardware.

use askama::Template;

use super::bars;
use super::filters;
use super::format::divide;
use super::model::{CellRow, Site};
use super::shell::{Section, Shell};

/// Parts of a million, the resolution of the bars.
const MILLION: i128 = 1_000_000;

/// `benchmarks.html`
#[derive(Template)]
#[template(config = "src/publish/report/askama.toml", path = "benchmarks.html")]
pub struct BenchmarksPage<'a> {
    shell: Shell<'a>,
    currency: &'a str,
    groups: Vec<Group<'a>>,
    cells: usize,
    backed_off: usize,
    hardware: i128,
    services: i128,
    hardware_units: i128,
    attached_units: i128,
}

/// The cells of one category.
struct Group<'a> {
    name: &'a str,
    anchor: usize,
    cells: Vec<&'a CellRow>,
    backed_off: usize,
    hardware: i128,
    services: i128,
    hardware_units: i128,
    attached_units: i128,
    bar: i64,
}

/// Lays the page out.
pub fn page(site: &Site) -> BenchmarksPage<'_> {
    let mut cells = site.cells.iter().collect::<Vec<_>>();
    cells.sort_by(|a, b| (&a.category, &a.country, &a.maturity).cmp(&(&b.category, &b.country, &b.maturity)));
    let mut groups = cells.chunk_by(|a, b| a.category == b.category).enumerate().map(group).collect::<Vec<_>>();
    let largest = groups.iter().map(rate).max().unwrap_or(0);
    for group in &mut groups {
        group.bar = bars::length(rate(group), largest, 2 * bars::HALF);
    }
    groups.sort_by(|a, b| b.hardware.cmp(&a.hardware).then_with(|| a.anchor.cmp(&b.anchor)));
    let sum = |figure: fn(&Group) -> i128| groups.iter().map(figure).sum();
    BenchmarksPage {
        shell: Shell::top(&site.run, Section::Benchmarks),
        currency: &site.run.currency,
        cells: cells.len(),
        backed_off: groups.iter().map(|group| group.backed_off).sum(),
        hardware: sum(|group| group.hardware),
        services: sum(|group| group.services),
        hardware_units: sum(|group| group.hardware_units),
        attached_units: sum(|group| group.attached_units),
        groups,
    }
}

fn group<'a>((anchor, cells): (usize, &[&'a CellRow])) -> Group<'a> {
    let sum = |figure: fn(&CellRow) -> i64| cells.iter().map(|cell| i128::from(figure(cell))).sum();
    Group {
        name: cells.first().map_or("", |cell| &cell.category_name),
        anchor,
        cells: cells.to_vec(),
        backed_off: cells.iter().filter(|cell| cell.level != "cell").count(),
        hardware: sum(|cell| cell.hardware_amount),
        services: sum(|cell| cell.services_amount),
        hardware_units: sum(|cell| cell.hardware_units),
        attached_units: sum(|cell| cell.attached_units),
        bar: 0,
    }
}

fn rate(group: &Group) -> u64 {
    let rate = group.services.checked_mul(MILLION).and_then(|scaled| divide(scaled, group.hardware));
    rate.and_then(|rate| u64::try_from(rate).ok()).unwrap_or(0)
}
