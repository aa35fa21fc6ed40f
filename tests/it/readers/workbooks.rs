//! Workbooks of every kind: what was written is read.

use super::tables::{excel, kinds};
use super::{outcomes, read_path, refusal};
use attachrate::generate::workbook::{Cell, Kind, Sheet, Workbook};
use attachrate::io::readers::FieldKind;
use chrono::NaiveDate;
use proptest::collection::vec;
use proptest::prelude::*;

fn workbook(sheets: Vec<Sheet>, is_1904: bool) -> Workbook {
    Workbook { sheets, is_1904, written: NaiveDate::from_ymd_opt(2026, 11, 5).expect("a day") }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// Below the column names, whose row has this many rows above it.
fn sheet(name: &str, above: usize, rows: Vec<Vec<Cell>>) -> Sheet {
    let mut all = vec![Vec::new(); above];
    all.push(["id", "name", "amount", "day"].map(text).to_vec());
    all.extend(rows);
    Sheet { name: name.to_owned(), rows: all }
}

/// A cell with what must be read of it.
#[derive(Debug, Clone)]
struct Sample {
    cell: Cell,
    text: String,
    kind: FieldKind,
}

fn of_text(sample: String) -> Sample {
    Sample { cell: Cell::Text(sample.clone()), text: sample, kind: FieldKind::Text }
}

/// A number by its digits.
fn of_number(digits: &str) -> Sample {
    Sample { cell: Cell::Number(digits.parse().expect("a number")), text: digits.to_owned(), kind: FieldKind::Float }
}

fn any_text(kind: Kind) -> impl Strategy<Value = Sample> {
    let plain = "[A-Za-z0-9#._/-]{1,18}";
    // Whatever has a meaning in XML or none in one byte, blanks at the ends, several lines.
    let odd = "[ \n&<>\"';äß€語𝄞_x=+-]{0,12}[a-z0]";
    let tab = if kind == Kind::Ods { "x" } else { "[a-z]\t[a-z]" };
    prop_oneof![4 => plain, 4 => odd, 1 => tab, 1 => Just("_x0041_".to_owned()), 1 => "[a-zü]{300,400}"].prop_map(of_text)
}

fn any_number() -> impl Strategy<Value = Sample> {
    prop_oneof![
        (-100_000_000_000_i64..100_000_000_000).prop_map(|cents| {
            let sign = if cents < 0 { "-" } else { "" };
            let digits = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
            // A number has no zeros at its end.
            of_number(digits.trim_end_matches('0').trim_end_matches('.'))
        }),
        (-999_999_999_999_999_i64..=999_999_999_999_999).prop_map(|whole| of_number(&whole.to_string())),
        (-3000_i64..3000).prop_map(|whole| of_number(&whole.to_string())),
    ]
    .prop_filter("a zero has no sign", |sample| sample.text != "-0")
}

fn any_day() -> impl Strategy<Value = Sample> {
    // From 1904 to 2199.
    (-24_000_i32..84_000).prop_map(|number| {
        let day = NaiveDate::from_epoch_days(number).expect("a day");
        Sample { cell: Cell::Day(day), text: day.format("%Y-%m-%d").to_string(), kind: FieldKind::Date }
    })
}

fn any_cell(kind: Kind) -> impl Strategy<Value = Sample> {
    let empty = Just(Sample { cell: Cell::Empty, text: String::new(), kind: FieldKind::Text });
    prop_oneof![4 => any_text(kind), 3 => any_number(), 2 => any_day(), 1 => empty]
}

fn any_workbook() -> impl Strategy<Value = (Kind, Vec<Vec<Sample>>)> {
    prop::sample::select(Kind::ALL.to_vec()).prop_flat_map(|kind| (Just(kind), vec(vec(any_cell(kind), 4), 0..12)))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn what_was_written_is_read(
        (kind, rows) in any_workbook(), is_1904 in any::<bool>(), above in 0..4_usize, gap in 0..4_usize, has_notes in any::<bool>(),
    ) {
        let cells = |row: &Vec<Sample>| row.iter().map(|sample| sample.cell.clone()).collect::<Vec<Cell>>();
        let mut written: Vec<Vec<Cell>> = rows.iter().map(cells).collect();
        // Rows without a value are none, wherever they stand.
        let gap = gap.min(written.len());
        written.splice(gap..gap, vec![Vec::new(); gap]);
        let mut sheets = vec![sheet("Sales & more", above, written.clone())];
        if has_notes {
            sheets.push(Sheet { name: "Notes".to_owned(), rows: vec![vec![text("nothing")]] });
        }
        let bytes = workbook(sheets, is_1904).bytes(kind).expect("a workbook of this kind");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(format!("sales.{}", kind.ending()));
        std::fs::write(&path, bytes).expect("a file");
        let layout = excel(Some("Sales*"), above as u32 + 1);
        let records = outcomes(read_path(&path, &layout).expect("a readable workbook"));
        let is_row = |row: &Vec<Sample>| row.iter().any(|sample| sample.cell != Cell::Empty);
        let expected: Vec<Vec<String>> =
            rows.iter().filter(|row| is_row(row)).map(|row| row.iter().map(|sample| sample.text.clone()).collect()).collect();
        let found: Vec<Vec<String>> = records.iter().map(|(_, fields)| fields.clone().expect("a clean record")).collect();
        prop_assert_eq!(found, expected);
        let lines: Vec<u64> = (above as u64 + 2..).zip(&written).filter(|(_, row)| row.iter().any(|cell| *cell != Cell::Empty))
            .map(|(line, _)| line).collect();
        prop_assert_eq!(records.iter().map(|(line, _)| *line).collect::<Vec<_>>(), lines);
        let expected: Vec<Vec<FieldKind>> =
            rows.iter().filter(|row| is_row(row)).map(|row| row.iter().map(|sample| sample.kind).collect()).collect();
        prop_assert_eq!(kinds(&path, &layout), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(12) })]

    /// A number that stands for an identifier is read digit by digit while a spreadsheet holds all its digits; beyond, by its length and its
    /// kind, it can be told as altered.
    #[test]
    fn identifiers_as_numbers(kind in prop::sample::select(Kind::ALL.to_vec()), ids in vec("[1-9][0-9]{0,17}", 1..30)) {
        let rows = ids.iter().map(|id| vec![Cell::Number(id.parse().expect("digits"))]).collect();
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(format!("sales.{}", kind.ending()));
        std::fs::write(&path, workbook(vec![sheet("Sales", 0, rows)], false).bytes(kind).expect("a workbook")).expect("a file");
        let layout = excel(None, 1);
        let records = outcomes(read_path(&path, &layout).expect("a readable workbook"));
        let found: Vec<String> = records.into_iter().map(|(_, fields)| fields.expect("a clean record")[0].clone()).collect();
        let kinds = kinds(&path, &layout);
        prop_assert_eq!(found.len(), ids.len());
        for ((id, found), kinds) in ids.iter().zip(&found).zip(kinds) {
            prop_assert_eq!(kinds[0], FieldKind::Float);
            prop_assert!(if id.len() > 15 { found.len() > 15 } else { found == id }, "{} as {}", id, found);
        }
    }
}

/// A workbook of more texts and cells than one part of its file holds.
#[test]
fn a_large_workbook_of_each_kind() {
    let day = NaiveDate::from_ymd_opt(2026, 10, 31).expect("a day");
    let row = |number: u32| {
        vec![Cell::Number(f64::from(number)), text(&format!("SKU {number:05} ü€")), Cell::Number(0.1), Cell::Day(day)]
    };
    let sheets = vec![sheet("Sales", 0, (0..65_000).map(row).collect())];
    for kind in Kind::ALL {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(format!("sales.{}", kind.ending()));
        std::fs::write(&path, workbook(sheets.clone(), false).bytes(kind).expect("a workbook")).expect("a file");
        let layout = excel(None, 1);
        let mut reader = attachrate::io::readers::FileReader::open(&path, &layout).expect("a readable file");
        reader.next_section().expect("readable").expect("a section");
        let mut number = 0;
        while let Some(record) = reader.next_record().expect("readable") {
            let fields = record.fields.expect("a clean record");
            let expected = [number.to_string(), format!("SKU {number:05} ü€"), "0.1".to_owned(), "2026-10-31".to_owned()];
            assert!(fields.iter().eq(expected.iter().map(String::as_str)), "{kind:?}: row {number}");
            number += 1;
        }
        assert_eq!(number, 65_000, "{kind:?}");
    }
    let rows = vec![vec![text("x")]; 65_537];
    assert!(workbook(vec![Sheet { name: "Sales".to_owned(), rows }], false).bytes(Kind::Xls).is_err());
}

/// Cut anywhere: refused, never read in part.
#[test]
fn a_workbook_that_is_cut_is_refused() {
    let day = NaiveDate::from_ymd_opt(2026, 10, 31).expect("a day");
    let rows = (0..200)
        .map(|number| vec![Cell::Number(f64::from(number)), text(&format!("SKU {number}")), Cell::Number(0.1), Cell::Day(day)]);
    let whole = workbook(vec![sheet("Sales", 0, rows.collect())], false);
    for kind in Kind::ALL {
        let bytes = whole.bytes(kind).expect("a workbook");
        // The last sector of an .xls need not be whole for its stream to be.
        for cut in (0..bytes.len() - 512).step_by(bytes.len() / 23) {
            refusal(&format!("sales.{}", kind.ending()), &bytes[..cut], &excel(None, 1));
        }
    }
}
