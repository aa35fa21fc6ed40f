//! The answer as text of at most 100 columns.

use super::{Answer, PartnerAnswer};
use crate::config::plan::Threshold;
use crate::publish::report::format::{count, whole};
use crate::publish::terminal::{Page, Row};
use crate::stages::assess::{Verdict, pri_display};
use std::cmp::Reverse;

/// Partners that are listed; the other formats list them all.
const LISTED: usize = 40;

/// Lays the answer out.
pub fn text(answer: &Answer) -> String {
    let mut page = Page::default();
    page.sentence(0, &format!("{}, {}", answer.run_id, answer.title));
    rules(&mut page, answer);
    verdicts(&mut page, answer);
    moves(&mut page, answer);
    changes(&mut page, answer);
    page.into_text()
}

fn rules(page: &mut Page, answer: &Answer) {
    page.heading("Rules that differ from the run's");
    let differing: Vec<Row> = answer
        .rules
        .iter()
        .filter(|rule| rule.now != rule.then)
        .map(|rule| Row::Cells(vec![rule.key.to_owned(), rule.now.clone(), rule.then.clone()]))
        .collect();
    if differing.is_empty() {
        page.sentence(2, "none");
    } else {
        page.table(&["rule", "now", "then"], &differing);
    }
}

fn verdicts(page: &mut Page, answer: &Answer) {
    page.heading("Partners and money by verdict, now and then");
    let money = |cents: i128| whole(cents, &answer.currency).to_string();
    let rows: Vec<Row> = Verdict::ALL
        .iter()
        .flat_map(|verdict| {
            let sums = answer.sums(*verdict);
            ["now", "then"].into_iter().zip(sums).map(|(when, sums)| {
                let label = if when == "now" { verdict.code() } else { "" };
                Row::Cells(vec![
                    label.to_owned(),
                    when.to_owned(),
                    count(sums.partners).to_string(),
                    money(sums.hardware_amount),
                    money(sums.services_amount),
                    money(sums.gap_near_amount),
                ])
            })
        })
        .collect();
    page.table(&["verdict", "", "partners", "hardware", "services", "missing to near"], &rows);
}

fn moves(page: &mut Page, answer: &Answer) {
    let changed = answer.changed().count();
    page.heading(&format!("{} of {} partners change their verdict", count(changed), count(answer.partners.len())));
    let mut rows = Vec::new();
    for from in Verdict::ALL {
        for to in Verdict::ALL {
            let moved = answer.changed().filter(|partner| partner.now.verdict == from && partner.then.verdict == to).count();
            if moved > 0 {
                rows.push(Row::Cells(vec![from.code().to_owned(), to.code().to_owned(), count(moved).to_string()]));
            }
        }
    }
    if !rows.is_empty() {
        page.table(&["from", "to", "partners"], &rows);
    }
}

fn changes(page: &mut Page, answer: &Answer) {
    let mut changed: Vec<&PartnerAnswer> = answer.changed().collect();
    if changed.is_empty() {
        return;
    }
    changed.sort_by_key(|partner| (Reverse(partner.now.totals.revenue.hardware), &partner.id));
    let listed = changed.len().min(LISTED);
    let which = if listed < changed.len() { format!("The {listed} with most hardware") } else { "Who they are".to_owned() };
    page.heading(&which);
    let rows: Vec<Row> = changed[..listed]
        .iter()
        .map(|partner| {
            let [now, then] = answer.indices(partner);
            let [from, to] = [(now, &answer.lines[0]), (then, &answer.lines[1])].map(|(index, lines)| shown(index, lines));
            Row::Cells(vec![
                partner.name.clone(),
                partner.id.clone(),
                partner.now.verdict.code().to_owned(),
                partner.then.verdict.code().to_owned(),
                from,
                to,
                whole(partner.now.totals.revenue.hardware, &answer.currency).to_string(),
            ])
        })
        .collect();
    page.table(&["partner", "id", "from", "to", "index", "then", "hardware"], &rows);
    if listed < changed.len() {
        page.sentence(2, &format!("and {} more: --format csv lists them all", count(changed.len() - listed)));
    }
}

/// An index as pages show it.
fn shown(index: Option<(i128, i128)>, lines: &[Threshold; 2]) -> String {
    let display = index.and_then(|(services, expected)| pri_display(services, expected, lines.each_ref()));
    display.unwrap_or_else(|| "–".to_owned())
}
