//! The page: the one sentence, what follows from it, and the sections.

use super::document::{Document, GaugeChart, Section};
use super::model::{Case, Run, scale};
use super::words::Words;
use super::{counts, lines_behind, plan, sure, trend, worked};
use crate::config::file::MeasureName;
use crate::publish::report::bars;
use crate::publish::report::format::{scaled, ten_thousandths};
use crate::stages::assess::{NotAssessed, Verdict};

/// Lays a partner's case out.
pub fn document(run: &Run, case: &Case, words: &Words<'_>) -> Document {
    let say = words.say;
    let [from, to, as_of] = run.days.map(|day| words.day(day));
    let mut sections: Vec<Section> = Vec::new();
    if case.shows_market() {
        sections.push(worked::section(run, case, words));
        sections.push(worked::shortfall(run, case, words));
        sections.push(sure::section(run, case, words));
    }
    sections.push(counts::section(run, case, words));
    sections.push(counts::reviewed(run, case, words));
    if case.not_assessed.is_none() {
        sections.push(plan::section(run, case, words));
    }
    sections.extend(trend::section(run, case, words));
    sections.push(lines_behind::section(run, case, words));
    sections.push(lines_behind::objection(case, words));
    Document {
        language: say.language_tag(),
        direction: say.text_direction(),
        title: say.case_title(&case.name),
        eyebrow: run.title.clone(),
        heading: case.name.clone(),
        synthetic: run.is_synthetic.then(|| say.synthetic()),
        meta: vec![
            (say.partner_number(), case.partner_id.clone()),
            (say.country(), case.country.clone()),
            (say.period(), say.period_days(from, to)),
            (say.as_of(), as_of),
        ],
        lede: lede(run, case, words),
        notes: notes(run, case, words),
        gauge: gauge(run, case, words),
        facts: facts(run, case, words),
        sections,
        footer: vec![(say.run(), run.run_id.clone())],
    }
}

/// Sold, in the words of the measure.
pub fn sold(run: &Run, value: i64, words: &Words<'_>) -> String {
    match run.measure {
        MeasureName::Revenue => words.whole(value),
        MeasureName::Units => words.count(value),
    }
}

/// Expected, or what is missing to it, in the words of the measure.
pub fn expected(run: &Run, value: i64, words: &Words<'_>) -> String {
    match run.measure {
        MeasureName::Revenue => words.whole(value),
        MeasureName::Units => words.micro(value),
    }
}

fn lede(run: &Run, case: &Case, words: &Words<'_>) -> String {
    let say = words.say;
    if let Some(reason) = case.not_assessed {
        return say.lede_not_assessed(match reason {
            NotAssessed::NotInProgram => say.not_in_program(),
            NotAssessed::NoHardware => say.no_hardware(),
            NotAssessed::BelowFloor => say.below_floor(),
            NotAssessed::NothingExpected => say.nothing_expected(),
        });
    }
    let own = sold(run, case.totals.services, words);
    if !case.shows_market() {
        return say.lede_withheld(own);
    }
    let market = expected(run, case.totals.expected, words);
    let rate = case.index.as_deref().and_then(|index| words.for_every(index));
    match (run.measure, rate) {
        (MeasureName::Revenue, Some(rate)) => say.lede_money(market, own, rate),
        _ => say.lede_units(market, own),
    }
}

fn notes(run: &Run, case: &Case, words: &Words<'_>) -> Vec<String> {
    let say = words.say;
    let [near, at] = run.lines.each_ref().map(|line| words.decimal(line));
    let mut notes = Vec::new();
    if case.not_assessed.is_none() {
        let mut verdict = vec![match case.verdict {
            Verdict::At => say.verdict_at(&at),
            Verdict::Near => say.verdict_near(&near, &at),
            Verdict::Below | Verdict::NotAssessed => say.verdict_below(&near),
        }];
        if case.shows_market() {
            let lines = [&near, &at].into_iter().zip(case.gaps).filter(|(_, gap)| *gap > 0);
            verdict.extend(lines.map(|(line, gap)| match run.measure {
                MeasureName::Revenue => say.missing_to_line(line, words.whole(gap)),
                MeasureName::Units => say.missing_units_to_line(line, words.count(gap)),
            }));
        }
        verdict.extend(case.recovery_due.map(|day| say.recovery_due(words.day(day))));
        notes.push(verdict.join(" "));
        if !case.shows_market() {
            notes.push(say.withheld());
        }
    }
    if case.is_on_hold {
        notes.push(say.on_hold());
    }
    notes
}

fn gauge(run: &Run, case: &Case, words: &Words<'_>) -> Option<GaugeChart> {
    let index = case.index.as_deref().filter(|_| case.shows_market())?;
    let [near, at] = &run.lines;
    let services = i128::from(case.totals.services) * i128::from(scale(run.measure));
    let bar = bars::gauge(scaled(services, 10_000, case.totals.expected)?, ten_thousandths(near)?, ten_thousandths(at)?)?;
    let [index, near, at] = [index, near, at].map(|text| words.decimal(text));
    Some(GaugeChart {
        title: words.say.gauge_title(&index, &near, &at),
        bar,
        is_short: case.verdict == Verdict::Below,
        value: index,
        labels: [words.say.gauge_near(near), words.say.gauge_at(at)],
    })
}

fn facts(run: &Run, case: &Case, words: &Words<'_>) -> Vec<(String, String)> {
    let say = words.say;
    let Some(index) = case.index.as_deref().filter(|_| case.shows_market()) else { return Vec::new() };
    let mut facts = vec![
        (say.index(), words.decimal(index)),
        (say.expected(), expected(run, case.totals.expected, words)),
        (say.sold(), sold(run, case.totals.services, words)),
    ];
    let gaps = run.lines.iter().zip(case.gaps).find(|(_, gap)| *gap > 0);
    facts.extend(gaps.map(|(line, gap)| (say.gap_to(words.decimal(line)), sold(run, gap, words))));
    facts
}
