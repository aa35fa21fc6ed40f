//! What counts and what does not, and what persons decided about single lines.

use super::document::{Block, Cell, Section, Table};
use super::model::{Case, Run};
use super::summary::Sums;
use super::words::Words;
use crate::publish::report::model::{AdjustedLineRow, AdjustmentRow, ExceptionRow};
use crate::stages::attach::SERVICE;

/// What counts, and what does not.
pub fn section(run: &Run, case: &Case, words: &Words<'_>) -> Section {
    let say = words.say;
    let of_packs = |(kind, _): &(u8, super::lines::Fate)| *kind == SERVICE;
    let packs = || case.summary.fates.iter().filter(move |(key, _)| of_packs(key));
    let sold: i64 = packs().map(|(_, sums)| sums.amount).sum();
    let own: Sums = packs().filter(|((_, fate), _)| fate.counts()).fold(Sums::default(), |sum, (_, sums)| Sums {
        lines: sum.lines + sums.lines,
        units: sum.units + sums.units,
        amount: sum.amount + sums.amount,
    });
    let table = |caption: String, amounts: String, is_wanted: &dyn Fn(&(u8, super::lines::Fate)) -> bool| {
        let mut table = Table::new(caption, vec![say.what(), say.counted()], vec![say.lines(), amounts, say.amount()]);
        table.rows = case
            .summary
            .fates
            .iter()
            .filter(|(key, _)| is_wanted(key))
            .map(|((_, fate), sums)| {
                let counts = if fate.counts() { say.counted() } else { say.not_counted() };
                let mut row = vec![Cell::text(capitalised(&fate.label(say))), Cell::text(counts)];
                row.extend(numbers(sums, words));
                row
            })
            .collect();
        table
    };
    let hardware = table(say.counts_hardware_caption(), say.units(), &|key| !of_packs(key));
    let mut services = table(say.counts_packs_caption(&run.currency), say.packs(), &of_packs);
    let others = Sums { lines: 0, units: case.others_packs.0, amount: case.others_packs.1 };
    if others.units != 0 || others.amount != 0 {
        let mut row = vec![Cell::text(say.counts_others_packs()), Cell::text(say.counted()), Cell::Number("–".to_owned())];
        row.extend([Cell::Number(words.count(others.units)), Cell::Number(words.cents(others.amount))]);
        services.rows.push(row);
    }
    if !services.rows.is_empty() {
        let sum = Sums { units: own.units + others.units, amount: own.amount + others.amount, ..own };
        services.foot = vec![Cell::text(say.counts_sum()), Cell::text("")];
        services.foot.extend(numbers(&sum, words));
    }
    let mut blocks = vec![Block::Text(format!("{}.", say.counts_finding(words.whole(own.amount), words.whole(sold))))];
    blocks.extend([services, hardware].into_iter().filter(|table| !table.rows.is_empty()).map(Block::Table));
    Section { heading: say.counts_heading(), blocks }
}

fn numbers(sums: &Sums, words: &Words<'_>) -> [Cell; 3] {
    let lines = i64::try_from(sums.lines).unwrap_or(i64::MAX);
    [words.count(lines), words.count(sums.units), words.cents(sums.amount)].map(Cell::Number)
}

/// A text that begins a cell.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Exceptions and corrections. Of a correction that moves a line between partners only the partner's own side is known here; its reason and
/// evidence are notes of the vendor, which may name others, and are not shown.
pub fn reviewed(run: &Run, case: &Case, words: &Words<'_>) -> Section {
    let say = words.say;
    let mut blocks = Vec::new();
    if !case.reviewed.exceptions.is_empty() {
        let texts = vec![say.exception(), say.days(), say.exception_why()];
        let mut table = Table::new(say.exceptions_caption(), texts, vec![say.hardware(), say.packs(), say.amount()]);
        table.rows = case.reviewed.exceptions.iter().map(|row| exception(run, row, words)).collect();
        blocks.push(Block::Table(table));
    }
    if !case.reviewed.adjustments.is_empty() {
        let texts = vec![say.adjustment(), say.what()];
        let mut table = Table::new(say.adjustments_caption(), texts, vec![say.removed(), say.added()]);
        table.rows = case.reviewed.adjustments.iter().map(|row| adjustment(row, words)).collect();
        blocks.push(Block::Table(table));
    }
    if blocks.is_empty() {
        blocks.push(Block::Text(say.reviewed_none()));
    }
    Section { heading: say.reviewed_heading(), blocks }
}

fn exception(run: &Run, row: &ExceptionRow, words: &Words<'_>) -> Vec<Cell> {
    let say = words.say;
    let (scope, value) = row.scope.split_once(' ').unwrap_or((&row.scope, ""));
    let scope = match scope {
        "deal" => say.exception_scope_deal(value),
        "invoice" => say.exception_scope_invoice(value),
        "customer" => say.exception_scope_customer(value),
        "category" => say.exception_scope_category(value),
        _ => say.exception_scope_partner(),
    };
    let day = |day: &Option<String>| day.as_deref().map(|day| words.iso_day(day));
    let days = match (day(&row.valid_from), day(&row.valid_to)) {
        (None, None) => say.days_always(),
        (Some(from), None) => say.days_from(from),
        (None, Some(to)) => say.days_to(to),
        (Some(from), Some(to)) => say.period_days(from, to),
    };
    vec![
        Cell::Text(scope, row.id.clone()),
        Cell::text(days),
        Cell::text(row.reason.clone()),
        Cell::Number(format!("{} {}", words.cents(row.hardware_amount), run.currency)),
        Cell::Number(words.count(row.packs)),
        Cell::Number(words.cents(row.services_amount)),
    ]
}

fn adjustment(row: &AdjustmentRow, words: &Words<'_>) -> Vec<Cell> {
    let say = words.say;
    let what = match row.action {
        "add" => say.adjustment_add(),
        "drop" => say.adjustment_drop(),
        _ => say.adjustment_recode(),
    };
    let side = |line: &Option<AdjustedLineRow>| {
        Cell::Number(line.as_ref().map_or_else(|| "–".to_owned(), |line| words.cents(line.amount)))
    };
    vec![Cell::text(row.id.clone()), Cell::text(what), side(&row.dropped), side(&row.added)]
}
