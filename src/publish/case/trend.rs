//! The trend over the quarters: sold beside expected. Expected is made of the rates that are shown and the partner's own hardware alone, so a quarter
//! tells nothing of the market that the page does not tell.

use super::document::{Block, Cell, Section, TREND_HEIGHT, TREND_WIDTH, Table, Trend, TrendColumn};
use super::model::{Case, Run, scale};
use super::page::{expected, sold};
use super::words::Words;
use super::worked::exact;
use crate::config::file::MeasureName;
use crate::publish::report::bars::length;
use crate::publish::report::format::ten_thousandths;
use crate::stages::split::by_largest_remainder;

/// Quarter by quarter; none where there is nothing to compare, or only one quarter.
pub fn section(run: &Run, case: &Case, words: &Words<'_>) -> Option<Section> {
    if !case.shows_market() || case.quarters.len() < 2 {
        return None;
    }
    let say = words.say;
    let expected_of = expected_by_quarter(case)?;
    let sold_of: Vec<i64> = case.quarters.iter().map(|quarter| quarter.values().map(|(_, services)| services).sum()).collect();
    let pairs: Vec<(i64, i64)> = sold_of.into_iter().zip(expected_of).collect();
    let is_short = |(services, expected): &(i64, i64)| services * scale(run.measure) < *expected;
    let short = pairs.iter().filter(|pair| is_short(pair)).count();
    let title = match short {
        0 => say.trend_finding_none(),
        all if all == pairs.len() => say.trend_finding_all(all),
        some => say.trend_finding_some(some, pairs.len()),
    };
    let lines = run.lines.each_ref().map(|line| ten_thousandths(line).unwrap_or(0));
    // So much of expected services as a line asks for.
    let asked = |expected: i64, line: i128| i64::try_from(i128::from(expected) * line / 10_000).unwrap_or(i64::MAX);
    let highest =
        |(services, expected): &(i64, i64)| (services * scale(run.measure)).max(*expected).max(asked(*expected, lines[1]));
    let largest = pairs.iter().map(highest).max().unwrap_or(0);
    let height = |value: i64| length(value.max(0).unsigned_abs(), largest.max(0).unsigned_abs(), TREND_HEIGHT);
    let step = TREND_WIDTH / pairs.len() as i64;
    let columns = pairs.iter().zip(0..).map(|(pair, place)| TrendColumn {
        x: place * step + step / 4,
        width: step / 2,
        sold: height(pair.0 * scale(run.measure)),
        expected: height(pair.1),
        band: lines.map(|line| height(asked(pair.1, line))),
        is_short: is_short(pair),
        label: (place + 1).to_string(),
    });
    let [near, at] = run.lines.each_ref().map(|line| words.decimal(line));
    let band = say.trend_band(&near, &at);
    let trend = Trend { title, columns: columns.collect(), legend: [say.sold(), say.expected(), band] };
    let caption = match run.measure {
        MeasureName::Revenue => say.trend_caption(&run.currency),
        MeasureName::Units => say.trend_caption_units(),
    };
    let mut table = Table::new(caption, vec![say.quarter()], vec![say.sold(), say.expected(), say.difference()]);
    for ((services, due), (number, first)) in pairs.iter().zip((1..).zip(&run.quarters)) {
        let difference = due - services * scale(run.measure);
        table.rows.push(vec![
            Cell::Text(number.to_string(), words.quarter(*first)),
            Cell::Number(sold(run, *services, words)),
            Cell::Number(expected(run, *due, words)),
            Cell::Number(exact(run, difference, words)),
        ]);
    }
    let blocks = vec![Block::Trend(trend), Block::Table(table), Block::Text(say.trend_note())];
    Some(Section { heading: say.trend_heading(), blocks })
}

/// Expected by quarter: each shown line's expected services in proportion to its hardware, so that the quarters add up to it. None where a line's
/// hardware over the period is not positive, which returns of earlier sales alone can do.
fn expected_by_quarter(case: &Case) -> Option<Vec<i64>> {
    let mut by_quarter = vec![0; case.quarters.len()];
    for line in case.lines() {
        let of_quarter = |quarter: &std::collections::BTreeMap<u16, (i64, i64)>| {
            line.categories.iter().filter_map(|category| quarter.get(category)).map(|(hardware, _)| hardware).sum::<i64>()
        };
        let hardware: Vec<i64> = case.quarters.iter().map(of_quarter).collect();
        let total: i64 = hardware.iter().sum();
        if total <= 0 {
            if line.figures.expected != 0 {
                return None;
            }
            continue;
        }
        let shares = by_largest_remainder(&hardware, line.figures.expected, total, line.figures.expected);
        for (sum, share) in by_quarter.iter_mut().zip(shares) {
            *sum += share;
        }
    }
    Some(by_quarter)
}
