//! How the index is worked out, and which products cause the shortfall. Only figures that may be shown, and sums of them.

use super::document::{Block, Cell, Column, ColumnKind, Section, Table};
use super::model::{Case, CaseCell, MarketLine, Run, scale};
use super::words::Words;
use crate::config::file::MeasureName;
use crate::publish::report::bars::diverging;
use crate::stages::assess::Figures;

/// How the number is worked out.
pub fn section(run: &Run, case: &Case, words: &Words<'_>) -> Section {
    let say = words.say;
    let services = i128::from(case.totals.services) * i128::from(scale(run.measure));
    let (sold, expected) = (exact_sold(run, case.totals.services, words), exact(run, case.totals.expected, words));
    let index = words.ratio(services, i128::from(case.totals.expected));
    let mut steps =
        vec![say.worked_hardware(), say.worked_rate(), say.worked_expected(), say.worked_index(&sold, &expected, index)];
    if run.measure == MeasureName::Revenue {
        let gaps = run.lines.iter().zip(case.gaps).filter(|(_, gap)| *gap > 0);
        steps.extend(gaps.map(|(line, gap)| say.worked_gap(words.decimal(line), &expected, &sold, words.cents(gap))));
    }
    let mut blocks = vec![Block::Steps(steps), Block::Table(table(run, case, words)), Block::Text(say.worked_cents())];
    if case.cells.iter().any(|cell| cell.is_open == Some(true)) {
        blocks.push(Block::Text(say.worked_windows()));
    }
    if case.cells.iter().any(|cell| cell.is_wider) {
        blocks.push(Block::Text(say.worked_wider()));
    }
    if !case.disclosure.together.is_empty() {
        blocks.push(Block::Text(say.worked_together(names(run, &case.disclosure.together))));
    }
    Section { heading: say.worked_heading(), blocks }
}

fn table(run: &Run, case: &Case, words: &Words<'_>) -> Table {
    let say = words.say;
    let caption = match run.measure {
        MeasureName::Revenue => say.worked_caption(&run.currency),
        MeasureName::Units => say.worked_caption_units(),
    };
    let numbers = vec![say.hardware(), say.average_rate(), say.expected(), say.sold(), say.difference()];
    let mut table = Table::new(caption, vec![say.product()], numbers);
    for line in case.lines() {
        if line.has_cells {
            let own = case.cells.iter().filter(|cell| line.categories.contains(&cell.category));
            table.rows.extend(own.map(|cell| row(run, cell_name(run, cell, words), &cell.figures, words)));
        } else {
            table.rows.push(row(run, Cell::text(line_name(run, &line, words)), &line.figures, words));
        }
    }
    table.foot = row(run, Cell::text(say.all_rows()), &case.totals, words);
    table
}

fn row(run: &Run, name: Cell, figures: &Figures, words: &Words<'_>) -> Vec<Cell> {
    let rate = match run.measure {
        MeasureName::Revenue => words.percent(figures.expected, figures.hardware),
        // Millionths of a unit: hundredths of a percent are what is left of them.
        MeasureName::Units => words.percent(figures.expected, figures.hardware.saturating_mul(scale(run.measure))),
    };
    let shortfall = figures.expected - figures.services * scale(run.measure);
    vec![
        name,
        Cell::Number(exact_sold(run, figures.hardware, words)),
        Cell::Number(rate),
        Cell::Number(exact(run, figures.expected, words)),
        Cell::Number(exact_sold(run, figures.services, words)),
        Cell::Number(exact(run, shortfall, words)),
    ]
}

/// Which products cause the shortfall.
pub fn shortfall(run: &Run, case: &Case, words: &Words<'_>) -> Section {
    let say = words.say;
    let mut lines = case.lines();
    lines.sort_by_key(|line| (std::cmp::Reverse(line.shortfall(run.measure)), line.categories.clone()));
    let short = || lines.iter().map(|line| line.shortfall(run.measure)).filter(|shortfall| *shortfall > 0);
    let total: i64 = short().sum();
    let caption = match (lines.first(), short().next()) {
        (Some(first), Some(largest)) => {
            let name = line_name(run, first, words);
            match run.measure {
                MeasureName::Revenue => say.shortfall_finding(name, words.whole(largest), words.whole(total)),
                MeasureName::Units => say.shortfall_finding_units(name, words.micro(largest), words.micro(total)),
            }
        }
        _ => say.shortfall_none(),
    };
    // Packs by product follow from each product's shortfall, so they stand only where every product does.
    let has_packs = run.measure == MeasureName::Revenue && case.disclosure.together.is_empty() && case.plans.is_some();
    let mut table = Table::new(caption, vec![say.product()], Vec::new());
    table.columns.push(Column { label: String::new(), kind: ColumnKind::Bar });
    let number = |label| Column { label, kind: ColumnKind::Number };
    table.columns.push(number(say.difference()));
    if has_packs {
        table.columns.extend(run.lines.iter().map(|line| number(say.packs_to(words.decimal(line)))));
    }
    let largest = lines.iter().map(|line| line.shortfall(run.measure).unsigned_abs()).max().unwrap_or(0);
    for line in &lines {
        let shortfall = line.shortfall(run.measure);
        let mut row = vec![Cell::text(line_name(run, line, words)), Cell::Bar(diverging(shortfall, largest))];
        row.push(Cell::Number(exact(run, shortfall, words)));
        if has_packs {
            let packs = line.categories.first().and_then(|category| case.packs.get(category)).copied().unwrap_or_default();
            row.extend(packs.map(|packs| Cell::Number(words.count(packs))));
        }
        table.rows.push(row);
    }
    Section { heading: say.shortfall_heading(), blocks: vec![Block::Table(table)] }
}

/// Names of categories, one after the other.
fn names(run: &Run, categories: &[u16]) -> String {
    let name = |category: &u16| run.categories.get(usize::from(*category)).map_or("", String::as_str);
    categories.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn line_name(run: &Run, line: &MarketLine, words: &Words<'_>) -> String {
    match line.categories[..] {
        [_] => names(run, &line.categories),
        _ => words.say.together(),
    }
}

fn cell_name(run: &Run, cell: &CaseCell, words: &Words<'_>) -> Cell {
    let window = match cell.is_open {
        Some(true) => Some(words.say.window_open()),
        Some(false) => Some(words.say.window_ended()),
        None => None,
    };
    let notes: Vec<String> = Some(cell.place.clone()).filter(|place| !place.is_empty()).into_iter().chain(window).collect();
    Cell::Text(names(run, &[cell.category]), notes.join(", "))
}

/// Hardware or services for working out again: cents, or units.
fn exact_sold(run: &Run, value: i64, words: &Words<'_>) -> String {
    match run.measure {
        MeasureName::Revenue => words.cents(value),
        MeasureName::Units => words.count(value),
    }
}

/// Expected services for working out again: cents, or hundredths of a unit.
pub fn exact(run: &Run, value: i64, words: &Words<'_>) -> String {
    match run.measure {
        MeasureName::Revenue => words.cents(value),
        MeasureName::Units => words.micro(value),
    }
}
