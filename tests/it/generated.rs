//! The generator's layouts: what is declared of each is what is written, every fault of the truth is where the truth says, and every other record is
//! exactly the one of the sender's own layout.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use attachrate::config::{self, plan};
use attachrate::generate::{Defect, Defects, Feed, FileDefect, GenerateError, GenerateOptions, Recast, generate};
use attachrate::io::readers::{FileReader, Format, ReadError};
use attachrate::stages::extract::Contract;
use chrono::NaiveDate;
use proptest::prelude::*;
use tempfile::TempDir;

/// One word of each decision, or none, by format.
const TEXT: [&[&str]; 5] = [
    &["", "preamble"],
    &["", "trailer"],
    &["", "utf-8", "utf-16le", "utf-16be", "windows-1252", "iso-8859-1", "cp437", "cp850"],
    &["", "us_dates", "short_years", "month_names", "excel_days"],
    &["", "trailing_minus", "parentheses"],
];
const NUMBERS: [&[&str]; 2] = [&["", "decimal_comma"], &["", "thousands"]];
const DELIMITED: [&[&str]; 4] =
    [&["", "semicolon", "tab", "bar"], &["", "backslash"], &["", "no_header", "repeated_header"], &["", "trailing_delimiter"]];
const X12: [&[&str]; 8] = [
    &["", "5010"],
    &["", "item_first"],
    &["", "odd_marks"],
    &["", "line_ends"],
    &["", "constants"],
    &["", "sii_prices"],
    &["", "two_ship_to"],
    &["", "iso-8859-1", "windows-1252", "cp850", "utf-8"],
];
const EXCEL: [&[&str]; 4] = [&["", "xls", "xlsb", "ods"], &["", "1904"], &["", "title_rows"], &["", "number_ids"]];
const PACKING: &[&str] = &["", "", "gzip", "gzip_members", "zstd", "zip"];
const FORMATS: [&str; 6] = ["delimited", "fixed_width", "json_lines", "excel", "parquet", "x12_867"];

/// The words of a layout by a number for each decision.
fn words(format: &str, draws: &[usize]) -> String {
    let mut decisions: Vec<&[&str]> = match format {
        "delimited" => [&TEXT[..], &NUMBERS, &DELIMITED].concat(),
        "fixed_width" => [&TEXT[..], &NUMBERS, &[&["", "no_line_ends"]]].concat(),
        "json_lines" => vec![TEXT[3]],
        "excel" => EXCEL.to_vec(),
        "x12_867" => X12.to_vec(),
        _ => Vec::new(),
    };
    decisions.push(PACKING);
    let chosen = decisions.iter().zip(draws).map(|(words, draw)| words[draw % words.len()]);
    let mut words: Vec<&str> = [format].into_iter().chain(chosen).filter(|word| !word.is_empty()).collect();
    if words.contains(&"ods") {
        words.retain(|word| *word != "1904");
    }
    if words.contains(&"no_line_ends") {
        words.retain(|word| !word.starts_with("utf"));
    }
    words.join("+")
}

/// What a run takes from a record: its typed values as text.
type Values = Vec<String>;

/// The records of a file in their order: line, and values or the reason why there are none.
type Records = Vec<(u64, Result<Values, String>)>;

fn generated(seed: u64, layout: Option<(Feed, &str)>, defects: &[Defect]) -> TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let defects = Defects { kinds: defects.to_vec(), one_in: 12, missing_keys_percent: 5, files: Vec::new() };
    generate(&options(folder.path(), seed, layout, defects)).expect("a market");
    folder
}

pub fn options(out: &Path, seed: u64, layout: Option<(Feed, &str)>, defects: Defects) -> GenerateOptions {
    let layouts = layout.map(|(feed, words)| (feed, Recast::parse(feed, words).unwrap_or_else(|cause| panic!("{words}: {cause}"))));
    GenerateOptions { lines: 600, partners: 6, seed, out: out.to_owned(), layouts: layouts.into_iter().collect(), defects }
}

/// The feed as the sample's pipeline or the generator's own declaration says.
pub fn declared(folder: &Path, feed: Feed, is_own: bool) -> plan::Feed {
    let sample = fs::read_to_string("pipelines/sample.toml").expect("the sample");
    let mut pipeline = sample.replace("\"reference/", "\"program/").replace("\"../sample_data/", "\"");
    if !is_own {
        pipeline = super::program::declared(&pipeline, folder, feed.id(), "");
    }
    // A small market may have no file of the other distributor; a pipeline has a sales feed.
    let (feeds, reference) = pipeline.split_at(pipeline.find("\n[reference]").expect("reference tables"));
    let is_kept =
        |section: &&str| [feed, Feed::VendorDirect].iter().any(|kept| section.contains(&format!("id = \"{}\"", kept.id())));
    let mut sections = feeds.split("\n[[feed]]\n");
    let head = sections.next().expect("a head");
    let kept = sections.filter(is_kept).map(|section| format!("\n[[feed]]\n{section}")).collect::<String>();
    pipeline = format!("{head}{kept}{reference}");
    super::program::copy(Path::new("pipelines/reference"), &folder.join("program"));
    let path = folder.join("pipeline.toml");
    fs::write(&path, pipeline).expect("a scratch file");
    let plan = config::load(&path).unwrap_or_else(|error| panic!("{error}"));
    let mut feed = plan.feeds.into_iter().find(|other| other.id == feed.id()).expect("the feed");
    // This binary is not the program that reads workbooks.
    match &mut feed.layout.format {
        Format::Excel(layout) => layout.worker = env!("CARGO_BIN_EXE_attachrate").into(),
        Format::Parquet(layout) => layout.worker = env!("CARGO_BIN_EXE_attachrate").into(),
        _ => {}
    }
    feed
}

fn as_of() -> i32 {
    NaiveDate::from_ymd_opt(2026, 12, 15).expect("a day").to_epoch_days()
}

/// Every file of the feed, without ending, with its records.
fn read(feed: &plan::Feed) -> BTreeMap<String, (String, Records)> {
    let as_of = as_of();
    let mut files = BTreeMap::new();
    for file in &feed.files {
        let mut reader = FileReader::open(&file.path, &feed.layout).unwrap_or_else(|error| panic!("{}: {error:?}", file.relative));
        let section = reader.next_section().expect("readable").expect("a section");
        let contract = Contract::bind(feed, as_of, &section.columns).expect("every column");
        let mut records = Records::new();
        while let Some(record) = reader.next_record().expect("a readable file") {
            let line = record.place.line;
            let values = record.fields.map_err(|code| code.code().to_owned()).and_then(|fields| {
                let valuation = contract.valuation(&fields).map_err(|rejection| rejection.code.code().to_owned())?;
                let typed = contract.typed(&fields, valuation).map_err(|rejection| rejection.code.code().to_owned())?;
                let texts = [
                    typed.location,
                    valuation.currency,
                    typed.invoice,
                    typed.sku,
                    typed.description,
                    typed.label,
                    typed.product_line,
                    typed.purchase_order,
                    typed.sales_order,
                    typed.end_customer,
                    typed.certificate,
                ];
                let numbers = [i64::from(typed.date), valuation.units, valuation.amount].map(|number| number.to_string());
                let serials = contract.serials(typed.serials).join(" ");
                // Where the encoding has no dash, the sender writes a hyphen.
                Ok(texts.map(|text| text.replace('–', "-")).into_iter().chain(numbers).chain([serials]).collect())
            });
            records.push((line, values));
        }
        let relative = file.relative.clone();
        let stem = relative.split_once('.').map_or(relative.clone(), |(stem, _)| stem.to_owned());
        files.insert(stem, (relative, records));
    }
    files
}

/// The truth's faults of a feed by file and line.
fn faults(folder: &Path, feed: Feed) -> BTreeMap<(String, u64), (String, String)> {
    let mut table = csv::Reader::from_path(folder.join("truth/defects.csv")).expect("the truth");
    let rows = table.records().map(|row| row.expect("a row"));
    rows.filter(|row| row[0].contains(&format!("/{}/", feed.id())))
        .map(|row| ((row[0].to_owned(), row[1].parse().expect("a line")), (row[2].to_owned(), row[3].to_owned())))
        .collect()
}

/// Compares a layout with the sender's own: the kinds of fault that were found.
fn compare(seed: u64, feed: Feed, words: &str) -> Vec<String> {
    let own = generated(seed, None, &[]);
    let other = generated(seed, Some((feed, words)), &Defect::ALL);
    if !own.path().join("2026-12-15").join(feed.id()).exists() {
        return Vec::new();
    }
    let expected = read(&declared(own.path(), feed, true));
    let found = read(&declared(other.path(), feed, false));
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>(), "{words}");
    let mut faults = faults(other.path(), feed);
    let mut kinds = Vec::new();
    for (stem, (path, records)) in &found {
        let own = &expected[stem].1;
        assert_eq!(records.len(), own.len(), "{words}: {path}");
        // A file that was sent twice is no place of the truth; a preliminary file has the faults of the one that replaces it.
        let is_in_truth =
            !path.contains("resent_") && !["202609", "202610", "202611"].iter().any(|month| path.contains(&format!("{month}_v1")));
        for ((line, values), (_, own)) in records.iter().zip(own) {
            match (values, faults.remove(&(path.clone(), *line))) {
                (Ok(values), None) => assert_eq!(values, own.as_ref().expect("a whole record"), "{words}: {path}:{line}"),
                (Err(code), Some((kind, reason))) => {
                    assert_eq!(*code, reason, "{words}: {path}:{line} {kind}");
                    kinds.push(kind);
                }
                (Err(_), None) if !is_in_truth => {}
                (values, fault) => panic!("{words}: {path}:{line} has {values:?}, the truth {fault:?}"),
            }
        }
    }
    assert!(faults.is_empty(), "{words}: {faults:?} are in no file");
    kinds.sort();
    kinds.dedup();
    kinds
}

/// Each layout with each fault that it can have; each fault is in one of them.
#[test]
fn every_fault_is_where_the_truth_says() {
    let mut kinds: Vec<String> = Vec::new();
    for (feed, words) in [
        (Feed::DistributorA, "delimited"),
        (Feed::DistributorA, "fixed_width+preamble"),
        (Feed::DistributorB, "fixed_width+no_line_ends+preamble+trailer"),
        (Feed::Registrations, "fixed_width+no_line_ends+preamble+trailer"),
        (Feed::DistributorA, "json_lines"),
        (Feed::DistributorA, "excel"),
        (Feed::DistributorA, "excel+xls+1904"),
        (Feed::DistributorA, "excel+xlsb+1904"),
        (Feed::DistributorA, "excel+ods"),
        (Feed::DistributorA, "parquet"),
        (Feed::DistributorA, "x12_867"),
        (Feed::DistributorA, "semicolon+utf-16be"),
        (Feed::VendorDirect, "delimited"),
        (Feed::VendorDirect, "x12_867+item_first+constants"),
        (Feed::DistributorD, "x12_867+sii_prices"),
        (Feed::Registrations, "delimited"),
        (Feed::Registrations, "excel+1904"),
        (Feed::Registrations, "parquet"),
    ] {
        kinds.extend(compare(7, feed, words));
    }
    let mut all: Vec<&str> = Defect::ALL.map(Defect::name).to_vec();
    all.retain(|name| !kinds.iter().any(|kind| kind == name));
    assert!(all.is_empty(), "{all:?} were never written");
}

/// How a file is told: refused, or by the code of its last record.
fn told(feed: &plan::Feed, path: &Path) -> Result<String, ReadError> {
    let mut reader = FileReader::open(path, &feed.layout)?;
    let Some(section) = reader.next_section()? else { return Ok("no section".to_owned()) };
    if Contract::bind(feed, as_of(), &section.columns).is_err() {
        return Err(ReadError::file("another column than declared", "none"));
    }
    let mut last = "a whole record".to_owned();
    while let Some(record) = reader.next_record()? {
        last = record.fields.err().map_or_else(|| "a whole record".to_owned(), |code| code.code().to_owned());
    }
    Ok(last)
}

/// Each layout with each fault that its files can have.
#[test]
fn every_damaged_file_is_told_as_the_truth_says() {
    let feed = Feed::DistributorA;
    let mut kinds = BTreeSet::new();
    for words in [
        "delimited",
        "semicolon+utf-16be",
        "no_header+trailer",
        "gzip_members",
        "zstd",
        "zip",
        "fixed_width",
        "fixed_width+no_line_ends+preamble",
        "json_lines",
        "x12_867",
        "x12_867+line_ends+gzip",
        "excel+title_rows",
        "excel+xls",
        "excel+xlsb",
        "excel+ods",
        "excel+zip",
        "parquet",
    ] {
        let recast = Recast::parse(feed, words).expect(words);
        let possible: Vec<FileDefect> = FileDefect::ALL.into_iter().filter(|defect| defect.can_be_in(&recast)).collect();
        // A drop has a file for each of three months at least.
        for defects in possible.chunks(3) {
            let folder = tempfile::tempdir().expect("a scratch folder");
            let files = defects.iter().map(|defect| (feed, *defect)).collect();
            let defects = Defects { kinds: Vec::new(), files, ..Defects::default() };
            generate(&options(folder.path(), 7, Some((feed, words)), defects)).expect("a market");
            let feed = declared(folder.path(), feed, false);
            let mut table = csv::Reader::from_path(folder.path().join("truth/file_defects.csv")).expect("the truth");
            let mut damaged = BTreeMap::new();
            for row in table.records().map(|row| row.expect("a row")) {
                kinds.insert(row[1].to_owned());
                damaged.insert(row[0].to_owned(), row[2].to_owned());
            }
            for file in &feed.files {
                let expected = damaged.remove(&file.relative).unwrap_or_else(|| "a whole record".to_owned());
                let told = told(&feed, &file.path).unwrap_or_else(|error| match error {
                    ReadError::File(_) => "refused".to_owned(),
                    ReadError::Io(error) => panic!("{words}: {}: {error}", file.relative),
                });
                assert_eq!(told, expected, "{words}: {}", file.relative);
            }
            assert!(damaged.is_empty(), "{words}: {damaged:?}");
        }
    }
    assert_eq!(kinds.len(), FileDefect::ALL.len(), "{kinds:?}");
    let folder = tempfile::tempdir().expect("a scratch folder");
    let defects = Defects { files: vec![(feed, FileDefect::Encrypted)], ..Defects::default() };
    let outcome = generate(&options(folder.path(), 7, None, defects));
    assert!(matches!(outcome, Err(GenerateError::NoSuchFile { defect: "encrypted", .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 20, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn a_layout_holds_the_senders_records(
        seed in 0..1_000_000_u64,
        feed in prop::sample::select(Feed::ALL.to_vec()),
        format in prop::sample::select(FORMATS.to_vec()),
        draws in prop::collection::vec(0..240_usize, 12),
    ) {
        let format = if feed == Feed::Registrations && format == "x12_867" { "delimited" } else { format };
        compare(seed, feed, &words(format, &draws));
    }
}
