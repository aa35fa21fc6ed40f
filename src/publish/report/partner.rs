//! One partner's page: the case in plain words, and everything that is needed to work it out again.

use askama::Template;

use super::bars::{self, DivergingBar, Gauge, IntervalBar, diverging};
use super::filters;
use super::format::{Fixed, cents, count, for_every, micro, ratio, scaled, spoken, ten_thousandths, whole};
use super::mix::{self, MixRow};
use super::model::{
    AdjustmentRow, ExceptionRow, IntervalRow, MeasureFigures, PartnerCategoryRow, PartnerCellRow, PartnerPage, PartnerRow, RunInfo,
    Thresholds, Verdict,
};
use super::shell::{Section, Shell};

/// More cells than this are summed up in one row, so that a page stays small.
const CELLS_SHOWN: usize = 10;
/// More exceptions and more adjustments than this stand in the tables only.
const REVIEWED_SHOWN: usize = 3;
/// More categories than this are summed up in one row.
const CATEGORIES_SHOWN: usize = 9;

/// `partners/<id>.html`
#[derive(Template)]
#[template(config = "src/publish/report/askama.toml", path = "partner.html")]
pub struct PartnerTemplate<'a> {
    shell: Shell<'a>,
    currency: &'a str,
    thresholds: &'a Thresholds,
    page: &'a PartnerPage,
    partner: &'a PartnerRow,
    deciding: &'a MeasureFigures,
    lede: String,
    verdict_text: String,
    cells: Vec<&'a PartnerCellRow>,
    other_cells: Sums,
    all_cells: Sums,
    is_backed_off: bool,
    index: Fixed,
    gauge: Option<Gauge>,
    lines: Vec<LineStep<'a>>,
    categories: Vec<CategoryBar<'a>>,
    other_categories: Sums,
    all_categories: Sums,
    finding: String,
    intervals: Vec<Option<IntervalBar>>,
    sureness: String,
    mix: Vec<MixRow<'a>>,
    mix_finding: String,
    attached: (i128, i128),
    left_over: (i128, i128),
    exceptions: &'a [ExceptionRow],
    other_exceptions: usize,
    adjustments: &'a [AdjustmentRow],
    other_adjustments: usize,
}

/// Sums of rows; `rows` says of how many.
#[derive(Default)]
struct Sums {
    rows: usize,
    hardware: i128,
    services: i128,
    expected: i128,
    shortfall: i128,
    hardware_units: i128,
    attached_units: i128,
    expected_units_micro: i128,
    packs_to_near: i128,
    packs_to_at: i128,
}

struct CategoryBar<'a> {
    row: &'a PartnerCategoryRow,
    bar: DivergingBar,
}

/// The gap to one line, worked out.
struct LineStep<'a> {
    name: &'static str,
    line: &'a str,
    product: String,
    /// Whether the product has parts of a cent, so that the gap is the next whole cent.
    is_rounded: bool,
    gap: i64,
    packs: i64,
}

/// Lays the page out.
pub fn page<'a>(run: &'a RunInfo, thresholds: &'a Thresholds, page: &'a PartnerPage) -> PartnerTemplate<'a> {
    let partner = &page.partner;
    let deciding = partner.deciding(thresholds);
    let is_assessed = partner.verdict != Verdict::NotAssessed;
    let comparison = comparison(partner, thresholds, &run.currency);
    let mut cells = page.cells.iter().collect::<Vec<_>>();
    let all_cells = sum_cells(&cells);
    if cells.len() > CELLS_SHOWN {
        // Largest effect first, so that what is summed up matters least; the rows that stay keep their order.
        let mut order = (0..cells.len()).collect::<Vec<_>>();
        order.sort_by_key(|place| (std::cmp::Reverse(cells[*place].expected_amount.unsigned_abs()), *place));
        order.truncate(CELLS_SHOWN);
        order.sort_unstable();
        cells = order.into_iter().map(|place| cells[place]).collect();
    }
    let mut categories = page.categories.iter().collect::<Vec<_>>();
    categories.sort_by(|a, b| b.shortfall_amount.cmp(&a.shortfall_amount).then_with(|| a.category.cmp(&b.category)));
    let all_categories = sum_categories(&categories);
    let largest = categories.iter().map(|row| row.shortfall_amount.unsigned_abs()).max().unwrap_or(0);
    let finding = finding(&categories, partner, &run.currency);
    categories.truncate(CATEGORIES_SHOWN);
    let mix = mix::mix(page);
    let exceptions = &page.reviewed.exceptions[..page.reviewed.exceptions.len().min(REVIEWED_SHOWN)];
    let adjustments = &page.reviewed.adjustments[..page.reviewed.adjustments.len().min(REVIEWED_SHOWN)];
    PartnerTemplate {
        shell: Shell::below(run, Section::Partners, &partner.name),
        currency: &run.currency,
        thresholds,
        page,
        partner,
        deciding,
        lede: if is_assessed { comparison.clone() } else { not_assessed(partner) },
        verdict_text: if is_assessed { verdict_text(partner, thresholds, &run.currency) } else { comparison },
        other_cells: all_cells.minus(&sum_cells(&cells)),
        is_backed_off: page.cells.iter().any(|cell| cell.level != "cell"),
        cells,
        all_cells,
        index: index(deciding, thresholds),
        gauge: gauge(deciding, thresholds),
        lines: line_steps(partner, thresholds),
        other_categories: all_categories.minus(&sum_categories(&categories)),
        all_categories,
        categories: categories.into_iter().map(|row| CategoryBar { row, bar: diverging(row.shortfall_amount, largest) }).collect(),
        finding,
        intervals: page.judgement.intervals.iter().map(|row| interval_bar(row, thresholds)).collect(),
        sureness: sureness(&page.judgement.intervals, thresholds),
        mix_finding: mix::finding(&mix),
        mix: mix.into_iter().take(mix::SHOWN).collect(),
        attached: sum_pairs(page.rungs.iter().map(|row| (row.units, row.amount))),
        left_over: sum_pairs(page.left_over.iter().map(|row| (row.units, row.amount))),
        exceptions,
        other_exceptions: page.reviewed.exceptions.len() - exceptions.len(),
        adjustments,
        other_adjustments: page.reviewed.adjustments.len() - adjustments.len(),
    }
}

fn index(figures: &MeasureFigures, thresholds: &Thresholds) -> Fixed {
    ratio(numerator(figures, thresholds), figures.expected)
}

/// Services in the unit of the expected services.
fn numerator(figures: &MeasureFigures, thresholds: &Thresholds) -> i128 {
    i128::from(figures.services) * if thresholds.by_units() { 1_000_000 } else { 1 }
}

fn gauge(figures: &MeasureFigures, thresholds: &Thresholds) -> Option<Gauge> {
    let index = scaled(numerator(figures, thresholds), 10_000, figures.expected)?;
    bars::gauge(index, ten_thousandths(&thresholds.near)?, ten_thousandths(&thresholds.at)?)
}

/// What an average partner would have sold, and what this one did.
fn comparison(partner: &PartnerRow, thresholds: &Thresholds, currency: &str) -> String {
    let name = &partner.name;
    if partner.deciding(thresholds).expected <= 0 {
        return format!("{name} has no expected services in this period, so there is nothing to compare with.");
    }
    if thresholds.by_units() {
        let PartnerRow { units, .. } = partner;
        let (expected, sold) = (micro(units.expected), count(units.services));
        return format!(
            "With its mix, an average partner would have sold Care Packs for {expected} units; {name} sold them for {sold}."
        );
    }
    let PartnerRow { revenue, .. } = partner;
    let (expected, sold) = (whole(revenue.expected, currency), whole(revenue.services, currency));
    let rate = revenue
        .pri_display
        .as_deref()
        .and_then(|index| for_every(index, currency))
        .map(|rate| format!(": {rate}"))
        .unwrap_or_default();
    format!("With its mix, an average partner would have sold {expected} of Care Packs; {name} sold {sold}{rate}.")
}

fn verdict_text(partner: &PartnerRow, thresholds: &Thresholds, currency: &str) -> String {
    let Thresholds { at, near, .. } = thresholds;
    let gap = |amount: i64, packs: i64| {
        let noun = if packs == 1 { "pack" } else { "packs" };
        format!("{} more, about {} {noun},", spoken(amount, currency), count(packs))
    };
    let to_at = gap(partner.gap_at_amount, partner.gap_at_packs);
    match partner.verdict {
        Verdict::At => format!("Its index is at or above {at}: in line with the market or better."),
        Verdict::Near => format!("Its index is near average, from {near} to under {at}. {to_at} would have brought it to {at}."),
        Verdict::Below => format!(
            "Its index is under the near line of {near}. {} would have brought it near, at {near}; {to_at} to {at}.",
            gap(partner.gap_near_amount, partner.gap_near_packs)
        ),
        Verdict::NotAssessed => String::new(),
    }
}

fn not_assessed(partner: &PartnerRow) -> String {
    match &partner.not_assessed_reason {
        Some(reason) => format!("{} is not assessed: {}.", partner.name, reason.trim_end_matches('.')),
        None => format!("{} is not assessed.", partner.name),
    }
}

fn line_steps<'a>(partner: &PartnerRow, thresholds: &'a Thresholds) -> Vec<LineStep<'a>> {
    if thresholds.by_units() || partner.revenue.expected <= 0 {
        return Vec::new();
    }
    let lines = [
        ("near", &thresholds.near, partner.gap_near_amount, partner.gap_near_packs),
        ("at", &thresholds.at, partner.gap_at_amount, partner.gap_at_packs),
    ];
    let step = |(name, line, gap, packs): (&'static str, &'a String, i64, i64)| {
        // Four more decimals than the cents have, so that the product is shown exactly.
        let product = ten_thousandths(line)?.checked_mul(i128::from(partner.revenue.expected))?;
        let exact = if product % 10_000 == 0 { String::new() } else { format!("{:04}", product.rem_euclid(10_000)) };
        let product = format!("{}{}", cents(product.div_euclid(10_000)), exact.trim_end_matches('0'));
        Some(LineStep { name, line, product, is_rounded: !exact.is_empty(), gap, packs })
    };
    lines.into_iter().filter_map(step).collect()
}

fn finding(categories: &[&PartnerCategoryRow], partner: &PartnerRow, currency: &str) -> String {
    let short = categories.iter().filter(|row| row.shortfall_amount > 0).collect::<Vec<_>>();
    let total = short.iter().map(|row| i128::from(row.shortfall_amount)).sum::<i128>();
    match short.first() {
        None if categories.is_empty() => "No category with hardware or services".into(),
        None => format!("{} meets the expectation in every category", partner.name),
        Some(first) => format!(
            "{} is the largest of {} {} with a shortfall: {} of {}",
            first.category_name,
            short.len(),
            if short.len() == 1 { "category" } else { "categories" },
            whole(first.shortfall_amount, currency),
            whole(total, currency)
        ),
    }
}

fn interval_bar(row: &IntervalRow, thresholds: &Thresholds) -> Option<IntervalBar> {
    let [index, lower, upper] = [&row.index, &row.lower, &row.upper].map(|text| ten_thousandths(&text.replace(',', "")));
    bars::interval(index?, [lower?, upper?], ten_thousandths(&thresholds.near)?, ten_thousandths(&thresholds.at)?)
}

/// What the intervals that decide say about the near line. The limits are shown on their side of it, so the shown ones tell.
fn sureness(intervals: &[IntervalRow], thresholds: &Thresholds) -> String {
    let Some(near) = ten_thousandths(&thresholds.near) else { return String::new() };
    let value = |text: &str| ten_thousandths(&text.replace(',', ""));
    let deciding: Vec<&IntervalRow> = intervals.iter().filter(|row| row.decides).collect();
    let is_below = |row: &&IntervalRow| value(&row.upper).is_some_and(|upper| upper < near);
    let is_above = |row: &&IntervalRow| value(&row.lower).is_some_and(|lower| lower >= near);
    if deciding.is_empty() {
        String::new()
    } else if deciding.iter().all(is_below) {
        format!("both intervals that decide lie below {}", thresholds.near)
    } else if deciding.iter().all(is_above) {
        format!("both intervals that decide lie at or above {}", thresholds.near)
    } else {
        format!("an interval that decides reaches across {}", thresholds.near)
    }
}

fn sum_cells(cells: &[&PartnerCellRow]) -> Sums {
    cells.iter().fold(Sums::default(), |sums, cell| Sums {
        rows: sums.rows + 1,
        hardware: sums.hardware + i128::from(cell.hardware_amount),
        services: sums.services + i128::from(cell.services_amount),
        expected: sums.expected + i128::from(cell.expected_amount),
        shortfall: sums.shortfall + i128::from(cell.shortfall_amount),
        hardware_units: sums.hardware_units + i128::from(cell.hardware_units),
        attached_units: sums.attached_units + i128::from(cell.attached_units),
        expected_units_micro: sums.expected_units_micro + i128::from(cell.expected_units_micro),
        ..sums
    })
}

fn sum_categories(categories: &[&PartnerCategoryRow]) -> Sums {
    categories.iter().fold(Sums::default(), |sums, row| Sums {
        rows: sums.rows + 1,
        hardware: sums.hardware + i128::from(row.hardware_amount),
        services: sums.services + i128::from(row.services_amount),
        expected: sums.expected + i128::from(row.expected_amount),
        shortfall: sums.shortfall + i128::from(row.shortfall_amount),
        packs_to_near: sums.packs_to_near + i128::from(row.packs_to_near),
        packs_to_at: sums.packs_to_at + i128::from(row.packs_to_at),
        ..sums
    })
}

impl Sums {
    fn minus(&self, other: &Self) -> Self {
        Self {
            rows: self.rows - other.rows,
            hardware: self.hardware - other.hardware,
            services: self.services - other.services,
            expected: self.expected - other.expected,
            shortfall: self.shortfall - other.shortfall,
            hardware_units: self.hardware_units - other.hardware_units,
            attached_units: self.attached_units - other.attached_units,
            expected_units_micro: self.expected_units_micro - other.expected_units_micro,
            packs_to_near: self.packs_to_near - other.packs_to_near,
            packs_to_at: self.packs_to_at - other.packs_to_at,
        }
    }
}

fn sum_pairs(pairs: impl Iterator<Item = (i64, i64)>) -> (i128, i128) {
    pairs.fold((0, 0), |(units, amount), (a, b)| (units + i128::from(a), amount + i128::from(b)))
}
