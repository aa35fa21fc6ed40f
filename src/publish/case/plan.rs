//! What can still be done: the hardware for which it is not too late, and the fewest packs that reach the lines.

use super::document::{Block, Cell, Section, Table};
use super::model::{Case, Run};
use super::page::sold;
use super::words::Words;
use crate::stages::assess::{OpenUnits, Plan};
use std::collections::BTreeMap;

/// What can still be done.
pub fn section(run: &Run, case: &Case, words: &Words<'_>) -> Section {
    let say = words.say;
    let [near, at] = run.lines.each_ref().map(|line| words.decimal(line));
    let mut blocks = Vec::new();
    if case.gaps[1] == 0 && case.shows_market() {
        blocks.push(Block::Text(say.plan_reached(&at)));
    }
    if case.open_units.is_empty() {
        blocks.push(Block::Text(say.plan_open_none()));
        return Section { heading: say.plan_heading(), blocks };
    }
    let units: i64 = case.open_units.iter().map(|open| open.units).sum();
    blocks.push(Block::Text(say.plan_open(words.count(units))));
    if case.shows_market() {
        for (place, line) in [near, at].iter().enumerate().filter(|(place, _)| case.gaps[*place] > 0) {
            match &case.plans {
                Some(plans) => blocks.extend(plan(run, &plans[place], line, words)),
                None => blocks.push(Block::Text(say.plan_unknown(line))),
            }
        }
    }
    blocks.push(Block::Table(open(run, &case.open_units, words)));
    Section { heading: say.plan_heading(), blocks }
}

/// The fewest packs that reach a line.
fn plan(run: &Run, plan: &Plan, line: &str, words: &Words<'_>) -> Vec<Block> {
    let say = words.say;
    let (text, caption) = match plan.possible_until {
        Some(day) => {
            let packs: i64 = plan.packs.iter().map(|packs| packs.packs).sum();
            (say.plan_intro(line, words.day(day)), say.plan_finding(words.count(packs), line))
        }
        None => (say.plan_short(line, sold(run, plan.missing, words)), say.plan_caption(line)),
    };
    if plan.packs.is_empty() {
        return vec![Block::Text(text)];
    }
    let mut table = Table::new(caption, vec![say.product()], vec![say.packs(), say.worth(), say.mean_pack(), say.sell_by()]);
    table.rows = plan
        .packs
        .iter()
        .map(|packs| {
            let mean = if packs.packs > 0 { packs.worth_amount / packs.packs } else { 0 };
            vec![
                Cell::text(category(run, packs.category)),
                Cell::Number(words.count(packs.packs)),
                Cell::Number(words.whole(packs.worth_amount)),
                Cell::Number(words.whole(mean)),
                Cell::Number(words.day(packs.sell_by)),
            ]
        })
        .collect();
    vec![Block::Text(text), Block::Table(table)]
}

/// Open units by category, the first and the last day on which a pack still counts for some of them.
fn open(run: &Run, open: &[OpenUnits], words: &Words<'_>) -> Table {
    let say = words.say;
    let mut by_category: BTreeMap<u16, Vec<OpenUnits>> = BTreeMap::new();
    for units in open {
        by_category.entry(units.category).or_default().push(*units);
    }
    let mut table = Table::new(say.open_caption(), vec![say.product()], vec![say.open_units(), say.last_day()]);
    table.rows = by_category
        .iter()
        .map(|(number, own)| {
            let units = own.iter().map(|open| open.units).sum();
            let first = own.iter().map(|open| open.last_day).min().unwrap_or_default();
            let last = own.iter().map(|open| open.last_day).max().unwrap_or_default();
            let days = if first == last { words.day(last) } else { say.period_days(words.day(first), words.day(last)) };
            vec![Cell::text(category(run, *number)), Cell::Number(words.count(units)), Cell::Number(days)]
        })
        .collect();
    table
}

fn category(run: &Run, category: u16) -> String {
    run.categories.get(usize::from(category)).cloned().unwrap_or_default()
}
