//! The lines behind the numbers, and how to object to them.

use super::document::{Block, Cell, Section, Table};
use super::model::{Case, Run};
use super::words::Words;

/// The sales behind it.
pub fn section(run: &Run, case: &Case, words: &Words<'_>) -> Section {
    let say = words.say;
    let lines = i64::try_from(case.summary.lines).unwrap_or(i64::MAX);
    let mut blocks = vec![Block::Text(say.lines_intro(words.count(lines), list(case)))];
    if !case.summary.categories.is_empty() {
        let numbers = vec![say.lines(), say.units(), say.covered(), say.hardware(), say.packs(), say.counted(), say.not_counted()];
        let mut table = Table::new(say.lines_caption(&run.currency), vec![say.product()], numbers);
        table.rows = case
            .summary
            .categories
            .iter()
            .map(|(category, own)| {
                let lines = own.hardware.lines + own.counted.lines + own.not_counted.lines;
                let numbers = [
                    words.count(i64::try_from(lines).unwrap_or(i64::MAX)),
                    words.count(own.hardware.units),
                    words.count(own.covered),
                    words.cents(own.hardware.amount),
                    words.count(own.counted.units + own.not_counted.units),
                    words.cents(own.counted.amount),
                    words.cents(own.not_counted.amount),
                ];
                let name = run.categories.get(usize::from(*category)).cloned().unwrap_or_default();
                std::iter::once(Cell::text(name)).chain(numbers.map(Cell::Number)).collect()
            })
            .collect();
        blocks.push(Block::Table(table));
    }
    if case.summary.largest.is_empty() {
        blocks.push(Block::Text(say.largest_none()));
    } else {
        let texts = vec![say.description(), say.date(), say.invoice()];
        let mut table = Table::new(say.largest_caption(&run.currency), texts, vec![say.uncovered(), say.amount()]);
        table.rows = case
            .summary
            .largest
            .iter()
            .map(|line| {
                vec![
                    Cell::Text(line.description.clone(), line.sku.clone()),
                    Cell::text(words.day(line.date)),
                    Cell::text(line.invoice.clone()),
                    Cell::Number(words.count(line.units)),
                    Cell::Number(words.cents(line.amount)),
                ]
            })
            .collect();
        blocks.push(Block::Table(table));
    }
    Section { heading: say.lines_heading(), blocks }
}

/// If the partner sees it differently: what to send.
pub fn objection(case: &Case, words: &Words<'_>) -> Section {
    let say = words.say;
    let mut blocks = vec![
        Block::Text(say.object_intro()),
        Block::Text(say.object_lines(list(case))),
        Block::Text(say.object_own_list()),
        Block::Code(say.object_columns()),
        Block::Text(say.object_serials()),
        Block::Text(say.object_exceptions()),
    ];
    if case.open.0 > 0 {
        let count = i64::try_from(case.open.0).unwrap_or(i64::MAX);
        blocks.push(Block::Text(say.object_open(words.count(count), words.whole(case.open.1))));
    }
    blocks.push(Block::Text(say.object_privacy()));
    Section { heading: say.object_heading(), blocks }
}

/// Name of the list of lines beside the page.
fn list(case: &Case) -> String {
    format!("{}.csv", case.stem)
}
