//! The difference as text of at most 100 columns.

use super::{Diff, Difference, PartnerDiff, verdict_code};
use crate::publish::report::format::{cents, count};
use crate::publish::terminal::{Page, Row, decimal};
use crate::stages::assess::Part;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Partners that are shown; the other formats list them all.
const SHOWN: usize = 20;

/// Lays the difference out.
pub fn text(diff: &Diff) -> String {
    let mut page = Page::default();
    for (label, (id, title)) in ["earlier", "later"].iter().zip(&diff.runs) {
        page.pair(label, &format!("{id}, {title}"));
    }
    parameters(&mut page, &diff.parameters);
    references(&mut page, &diff.references);
    page.heading("Raw files");
    let [gone, new, both] = diff.files.map(|files| count(files).to_string());
    page.sentence(2, &format!("{new} new, {gone} no longer read, {both} in both runs"));
    moved(&mut page, diff);
    let mut partners: Vec<&PartnerDiff> = diff.partners.iter().collect();
    partners.sort_by_key(|partner| (Reverse(partner.hardware_amount), &partner.id));
    for partner in partners.iter().take(SHOWN) {
        one(&mut page, partner);
    }
    if partners.len() > SHOWN {
        let more = count(partners.len() - SHOWN);
        page.heading(&format!("And {more} more with less hardware: --format csv lists them all"));
    }
    page.into_text()
}

fn references(page: &mut Page, list: &[Difference]) {
    page.heading("Reference tables that differ");
    if list.is_empty() {
        page.sentence(2, "none");
    }
    for Difference { key, earlier, later } in list {
        let what = match (earlier, later) {
            (None, _) => "new",
            (_, None) => "no longer read",
            _ => "another content",
        };
        page.sentence(2, &format!("{key}: {what}"));
    }
}

fn parameters(page: &mut Page, list: &[Difference]) {
    page.heading("Parameters that differ");
    if list.is_empty() {
        page.sentence(2, "none");
    }
    for Difference { key, earlier, later } in list {
        let shown = |value: &Option<String>| value.as_ref().map_or("–".to_owned(), |value| format!("\"{value}\""));
        page.sentence(2, &format!("{key}: {} → {}", shown(earlier), shown(later)));
    }
}

fn moved(page: &mut Page, diff: &Diff) {
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for partner in diff.partners.iter().filter(|partner| partner.is_changed()) {
        let decided_by = partner.moves.decided_by.map_or("–", Part::label);
        *counts.entry((partner.verdicts, decided_by)).or_default() += 1;
    }
    let changed: usize = counts.values().sum();
    page.heading(&format!("{} of {} partners changed their verdict", count(changed), count(diff.partners_count)));
    let rows: Vec<Row> = counts
        .into_iter()
        .map(|(([from, to], decided_by), partners)| {
            let cells = [verdict_code(from), verdict_code(to), decided_by].map(str::to_owned);
            Row::Cells(cells.into_iter().chain([count(partners).to_string()]).collect())
        })
        .collect();
    if !rows.is_empty() {
        page.table(&["from", "to", "decided by", "partners"], &rows);
    }
}

fn one(page: &mut Page, partner: &PartnerDiff) {
    let [from, to] = partner.verdicts.map(verdict_code);
    page.heading(&format!("{} {}: {from} → {to}", partner.id, partner.name));
    let shown = |value: Option<i128>| value.map_or("–".to_owned(), |value| decimal(value, 4, 4));
    let [before, .., after] = partner.moves.indices;
    let parts: Vec<String> = match partner.moves.parts() {
        None => vec!["–".to_owned(); Part::ALL.len()],
        Some(parts) => parts.iter().map(|part| format!("{}{}", if *part > 0 { "+" } else { "" }, decimal(*part, 4, 4))).collect(),
    };
    let mut cells = vec![shown(before)];
    cells.extend(parts);
    cells.push(shown(after));
    let header: Vec<&str> =
        std::iter::once("index before").chain(Part::ALL.map(Part::label)).chain(std::iter::once("after")).collect();
    page.table(&header, &[Row::Cells(cells)]);
    if let Some(part) = partner.moves.decided_by {
        page.sentence(2, &format!("the verdict became what it is by: {}", part.label()));
    }
    if partner.causes.is_empty() {
        page.sentence(2, "no row of its own differs");
        return;
    }
    let causes: Vec<Row> = partner
        .causes
        .iter()
        .map(|sums| {
            Row::Cells(vec![
                sums.cause.code().to_owned(),
                count(sums.rows).to_string(),
                cents(sums.hardware_amount).to_string(),
                cents(sums.services_amount).to_string(),
            ])
        })
        .collect();
    page.table(&["its rows", "rows", "hardware", "attached"], &causes);
    for row in &partner.largest {
        let other = row.other_partner.as_ref().map_or(String::new(), |other| format!(" {other}"));
        let money = if row.services_amount != 0 {
            format!("attached {}", cents(row.services_amount))
        } else {
            format!("hardware {}", cents(row.hardware_amount))
        };
        let what = format!("{}{other}, {}, invoice {}, {money}", row.cause.code(), row.sku, row.invoice);
        page.sentence(4, &format!("{}:{} {what}", row.file, row.line));
    }
}
