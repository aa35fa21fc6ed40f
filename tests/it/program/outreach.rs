//! The call list: who stands on it, and what managers filled in before.

use super::Market;
use calamine::{Reader, Xlsx, open_workbook};
use rust_xlsxwriter::Workbook;
use std::collections::BTreeMap;
use std::path::Path;

/// Rows of `outreach.csv` by partner: heading to value.
fn listed(run: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(run.join("outreach.csv")).expect("a list");
    let headings: Vec<String> =
        reader.headers().expect("headings").iter().map(|heading| heading.trim_start_matches('\u{feff}').to_owned()).collect();
    let rows = reader.records().map(|row| {
        let row = row.expect("a row");
        let cells: BTreeMap<String, String> = headings.iter().cloned().zip(row.iter().map(str::to_owned)).collect();
        (cells["partner_id"].clone(), cells)
    });
    rows.collect()
}

/// A workbook as a manager sends it back: rows of a sheet with partner id, date of contact and notes.
fn sent_back(path: &Path, sheets: &[(&str, &[[&str; 3]])]) {
    let mut workbook = Workbook::new();
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(*name).expect("a name");
        let headings = [["Partner id", "Contacted on", "Notes"]];
        for (row, number) in headings.iter().chain(*rows).zip(0u32..) {
            for (cell, column) in row.iter().zip(0u16..) {
                sheet.write_string(number, column, *cell).expect("a cell");
            }
        }
    }
    workbook.save(path).expect("a workbook");
}

#[test]
fn what_managers_filled_in_is_carried_on() {
    let market = Market::generated(3_000, 12, 3);
    let first = listed(&market.publishes(&[]));
    let partner = first.keys().next().expect("a listed partner").clone();
    assert_eq!(first[&partner]["notes"], "");
    let back = market.data().join("outreach.xlsx");
    let rows = [[partner.as_str(), "2026-12-18", "=1+1 \"agreed\""], ["P9999", "next week", "moved away"]];
    sent_back(&back, &[("Call", &rows), ("How to read", &[])]);
    market.edit_pipeline(|text| text.replacen("[publish]", "[publish]\noutreach_from = \"../sample_data/outreach.xlsx\"", 1));
    let run = market.publishes(&[]);
    let second = listed(&run);
    assert_eq!(second[&partner]["contacted_on"], "2026-12-18");
    assert_eq!(second[&partner]["notes"], "'=1+1 \"agreed\"", "a note is no formula");
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());

    let mut workbook: Xlsx<_> = open_workbook(run.join("outreach.xlsx")).expect("a workbook");
    let gone = workbook.worksheet_range("No longer listed").expect("a sheet");
    let row: Vec<String> = gone.rows().nth(1).expect("a row").iter().map(ToString::to_string).collect();
    assert_eq!(row[..3], ["P9999", "", "no partner of this run"]);
    assert_eq!((row[3].as_str(), row[8].as_str()), ("next week", "moved away"), "what is no date is carried on as it stands");
    for name in workbook.sheet_names() {
        let formulas = workbook.worksheet_formula(&name).expect("a sheet");
        assert!(formulas.used_cells().all(|(_, _, formula)| formula.is_empty()), "a formula on {name}");
    }
    let on_sheets: usize = ["Call", "Show the plan", "Mend data", "Watch"]
        .iter()
        .map(|name| {
            let sheet = workbook.worksheet_range(name).expect("a sheet");
            sheet.rows().skip(1).filter(|row| !row[0].to_string().is_empty()).count()
        })
        .sum();
    assert_eq!(on_sheets, second.len());
}

#[test]
fn a_partner_that_is_filled_in_twice_stops_the_run() {
    let market = Market::generated(3_000, 12, 3);
    let back = market.data().join("outreach.xlsx");
    let (one, other) = ([["P0001", "2026-12-18", "a"]], [["P0001", "", "b"], ["", "", "whose?"]]);
    sent_back(&back, &[("Call", &one), ("Watch", &other)]);
    market.edit_pipeline(|text| text.replacen("[publish]", "[publish]\noutreach_from = \"../sample_data/outreach.xlsx\"", 1));
    let outcome = market.does("run", &[]);
    assert_eq!(outcome.code, Some(4), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("`P0001` is filled in twice"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("row 3 of the sheet \"Watch\" is filled in, but has no partner id"), "{}", outcome.stderr);
}
