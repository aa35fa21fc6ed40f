//! How sure the result is, and under which other rules it would differ. Other rules are told by their result alone: their figures would be further
//! equations on the same market.

use super::document::{Block, Cell, Section, Table};
use super::model::{Case, Run};
use super::words::Words;
use crate::config::language::Language;
use crate::stages::assess::Verdict;

/// How sure it is.
pub fn section(run: &Run, case: &Case, words: &Words<'_>) -> Section {
    let say = words.say;
    let near = words.decimal(&run.lines[0]);
    let mut texts = vec![if case.is_conclusive { say.sure_conclusive(near) } else { say.sure_inconclusive(near) }];
    if let Some([lower, upper]) = &case.interval {
        let confidence = format!("{}\u{a0}%", words.decimal(&run.confidence));
        texts.push(say.sure_interval(confidence, words.decimal(lower), words.decimal(upper)));
    }
    texts.push(say.sure_orders(words.count(i64::try_from(case.orders).unwrap_or(i64::MAX))));
    let mut blocks = vec![Block::Text(texts.join(" "))];
    if !case.readings.is_empty() {
        let differing = case.readings.iter().filter(|(_, verdict)| *verdict != case.verdict).count();
        let caption = if differing == 0 { say.readings_same() } else { say.readings_differ(differing, case.readings.len()) };
        let mut table = Table::new(caption, vec![say.reading(), say.result()], Vec::new());
        let row = |(code, verdict): &(String, Verdict)| vec![Cell::text(reading(code, say)), Cell::text(result(*verdict, say))];
        table.rows = case.readings.iter().map(row).collect();
        blocks.push(Block::Table(table));
    }
    Section { heading: say.sure_heading(), blocks }
}

fn result(verdict: Verdict, say: &Language) -> String {
    match verdict {
        Verdict::At => say.result_at(),
        Verdict::Near => say.result_near(),
        Verdict::Below => say.result_below(),
        Verdict::NotAssessed => say.result_not_assessed(),
    }
}

/// A reading in words; one that has none is shown by its code.
fn reading(code: &str, say: &Language) -> String {
    match code {
        "leave_one_out" => say.reading_leave_one_out(),
        "measure_units" => say.reading_measure_units(),
        "measure_revenue" => say.reading_measure_revenue(),
        "services_all" => say.reading_services_all(),
        "services_attached" => say.reading_services_attached(),
        "windows_closed" => say.reading_windows_closed(),
        "windows_all" => say.reading_windows_all(),
        "without_exceptions" => say.reading_without_exceptions(),
        "serial_invoice" => say.reading_serial_invoice(),
        other => match other.strip_prefix("window_") {
            Some(days) => say.reading_window(days),
            None => other.to_owned(),
        },
    }
}
