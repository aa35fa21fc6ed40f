//! `trace`: the raw text of every record against the raw files, cut into lines in another way.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{Market, Outcome, copy, layouts, program, rewrite};
use crate::published::Published;

/// The command, started where nothing of the repository is at hand.
fn command(run: &Path, partner: &str, options: &[&str]) -> Command {
    let mut command = program(["trace".as_ref(), run.as_os_str(), partner.as_ref()]);
    command.args(options).current_dir(run.parent().expect("a folder"));
    command
}

fn trace(run: &Path, partner: &str, options: &[&str]) -> Outcome {
    Outcome::of(&command(run, partner, options).output().expect("the program starts"))
}

fn traced(run: &Path, partner: &str, options: &[&str]) -> Value {
    let options: Vec<&str> = options.iter().copied().chain(["--format", "json"]).collect();
    serde_json::from_str(&trace(run, partner, &options).expect_code(0).stdout).expect("JSON")
}

fn text<'v>(record: &'v Value, pointer: &str) -> &'v str {
    record.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no text {pointer} in {record}"))
}

/// The lines of a raw file, unpacked and decoded by its name; none of a workbook or an X12 867, whose lines are no text lines.
fn lines(path: &Path) -> Option<Vec<String>> {
    let mut bytes = fs::read(path).expect("a raw file");
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("xlsx" | "edi") => return None,
        Some("gz") => {
            let packed = std::mem::take(&mut bytes);
            flate2::read::MultiGzDecoder::new(&packed[..]).read_to_end(&mut bytes).expect("gzip");
        }
        Some("zst") => bytes = zstd::decode_all(&bytes[..]).expect("zstd"),
        _ => {}
    }
    let text = if bytes.starts_with(&[0xFF, 0xFE]) {
        encoding_rs::UTF_16LE.decode(&bytes).0.into_owned()
    } else if path.extension().is_some_and(|ending| ending == "txt") && path.iter().any(|folder| folder == "distributor_b") {
        encoding_rs::WINDOWS_1252.decode(&bytes).0.into_owned()
    } else {
        // A quarantined record may hold bytes that are no text.
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Some(text.lines().map(str::to_owned).collect())
}

/// Compares what is traced of all partners with the lines of the raw files; gives the number of records of each partner itself.
fn compare(market: &Market, run: &Path, table: &str) -> BTreeMap<String, usize> {
    let partners = Published::open(&run.join("tables")).table("dim_partner").column("partner_id");
    let mut files: BTreeMap<String, Option<Vec<String>>> = BTreeMap::new();
    let mut counts = BTreeMap::new();
    for partner in partners {
        let answer = traced(run, &partner, &["--table", table]);
        let records = answer["records"].as_array().expect("records");
        for record in records {
            let path = text(record, "/file_path");
            let lines = files.entry(path.to_owned()).or_insert_with(|| lines(&market.root.path().join("pipelines").join(path)));
            let raw = text(record, "/raw_text");
            let line = record["line_number"].as_u64().expect("a number") as usize;
            match lines {
                Some(lines) => assert_eq!(raw, lines[line - 1], "{path} line {line}"),
                // Of a record that was never typed, no product number is known.
                None => {
                    let sku = record.pointer("/facts/sku").and_then(Value::as_str).unwrap_or_default();
                    assert!(!raw.is_empty() && raw.split(['\t', '*']).any(|cell| cell.starts_with(sku)), "{raw}");
                }
            }
        }
        let is_own = |record: &&Value| record.pointer("/facts/partner_id").is_none_or(|own| *own == *partner);
        counts.insert(partner.clone(), records.iter().filter(is_own).count());
    }
    counts
}

/// Rows of a table by partner.
fn rows_by_partner(run: &Path, table: &str) -> BTreeMap<String, usize> {
    let published = Published::open(&run.join("tables"));
    let mut rows: BTreeMap<String, usize> =
        published.table("dim_partner").column("partner_id").into_iter().map(|partner| (partner, 0)).collect();
    for partner in published.table(table).column("partner_id") {
        if let Some(count) = rows.get_mut(&partner) {
            *count += 1;
        }
    }
    rows
}

#[test]
fn every_record_is_shown_as_it_stands_in_each_layout() {
    let fixed = layouts::recast(&[("distributor_b", "fixed_width"), ("registrations", "utf-16le")]);
    let packed = layouts::recast(&[("distributor_b", "excel"), ("vendor_direct", "json_lines"), ("distributor_a", "gzip")]);
    for market in [fixed, packed] {
        let run = market.publishes(&[]);
        for table in ["fact_sale_line", "fact_registration"] {
            let counts = compare(&market, &run, table);
            assert_eq!(counts, rows_by_partner(&run, table), "{table}");
            assert!(counts.values().sum::<usize>() > 50, "{table}");
        }
    }
}

#[test]
fn every_table_leads_to_its_records() {
    let market = Market::sample();
    let run = market.publishes(&[]);
    for table in ["audit_quarantine", "audit_repeat", "fact_open_window"] {
        let counts = compare(&market, &run, table);
        assert_eq!(counts, rows_by_partner(&run, table), "{table}");
        assert!(counts.values().sum::<usize>() > 5, "{table}");
    }
    let published = Published::open(&run.join("tables"));
    // The services and the hardware of each attachment, once for each partner that has a part in it.
    let attachments = published.table("fact_attachment");
    let sides = attachments.column("service_partner_id").into_iter().zip(attachments.column("hardware_partner_id"));
    let expected: usize = sides.map(|(service, hardware)| if service == hardware { 2 } else { 4 }).sum();
    let partners = published.table("dim_partner").column("partner_id");
    let records =
        |partner: &String| traced(&run, partner, &["--table", "fact_attachment"])["records"].as_array().map_or(0, Vec::len);
    assert_eq!(partners.iter().map(records).sum::<usize>(), expected);
    // An added line leads to its row of the adjustments table, a dropped one to its record.
    let mut steps = BTreeMap::new();
    for partner in &partners {
        let answer = traced(&run, partner, &["--table", "audit_adjustment"]);
        for record in answer["records"].as_array().expect("records") {
            let id = text(record, "/facts/adjustment_id");
            let step = text(record, "/facts/step_code");
            let is_row = text(record, "/file_path").ends_with("adjustments.csv");
            assert_eq!(is_row, step == "adds", "{record}");
            assert!(!is_row || text(record, "/raw_text").starts_with(id), "{record}");
            *steps.entry(step.to_owned()).or_insert(0) += 1;
        }
    }
    assert!(steps["adds"] > 0 && steps["drops"] > 0, "{steps:?}");
    let category = traced(&run, "P0042", &["--category", "SWITCH"]);
    let records = category["records"].as_array().expect("records");
    assert!(!records.is_empty() && records.iter().all(|record| text(record, "/facts/category_code") == "SWITCH"));
    assert_eq!(traced(&run, "P0042", &["--category", "Switch"]), category);
}

#[test]
fn files_that_are_gone_moved_or_changed_are_said_to_be_so() {
    let market = Market::sample();
    let run = market.publishes(&[]);
    let answer = traced(&run, "P0042", &[]);
    let paths: Vec<&str> = answer["files"].as_array().expect("files").iter().map(|file| text(file, "/path")).collect();
    let place = |path: &str| market.root.path().join("pipelines").join(path);
    let raw_texts = |answer: &Value| -> Vec<String> {
        answer["records"].as_array().expect("records").iter().map(|record| record["raw_text"].to_string()).collect()
    };

    // Moved: by the folder of the pipeline file, and by any folder that holds the files.
    let moved = market.root.path().join("elsewhere");
    copy(&market.data(), &moved.join("raw"));
    fs::remove_dir_all(market.data().join("2026-11-05")).expect("a removable folder");
    let gone = trace(&run, "P0042", &[]).expect_code(4);
    assert!(gone.stdout.contains("IS GONE") && gone.stderr.contains("--data"), "{}", gone.stderr);
    let moved = moved.to_str().expect("a UTF-8 path");
    assert_eq!(raw_texts(&traced(&run, "P0042", &["--data", &format!("{moved}/raw")])), raw_texts(&answer));

    // Changed: one byte of one file, at the same size.
    let path = paths.iter().find(|path| path.contains("2026-12-15")).expect("such a file");
    rewrite(&place(path), |text| text.replacen('2', "3", 1));
    let changed = trace(&run, "P0042", &["--data", market.pipeline().parent().and_then(Path::to_str).expect("a folder")]);
    let changed = changed.expect_code(4);
    assert!(changed.stdout.contains("HAS CHANGED since the run"), "{}", changed.stdout);
    assert!(changed.stderr.contains(path), "{}", changed.stderr);
    // Its size says nothing, and the answer says that nothing more was asked.
    let quick = trace(&run, "P0042", &["--quick"]);
    assert!(quick.stdout.contains(&format!("{path} of ")) && quick.stdout.contains("not compared with the run but by its size"));
}

#[test]
fn what_is_unknown_is_said() {
    let market = Market::sample();
    let run = market.publishes(&[]);
    let partner = trace(&run, "P042", &[]).expect_code(4);
    assert!(partner.stderr.contains("the run has no partner `P042`") && partner.stderr.contains("`P0042`"), "{}", partner.stderr);
    let category = trace(&run, "P0042", &["--category", "CAKE"]).expect_code(4);
    assert!(category.stderr.contains("no category `CAKE`") && category.stderr.contains("`DESKTOP`"), "{}", category.stderr);
    let table = trace(&run, "P0042", &["--category", "DESKTOP", "--table", "audit_repeat"]).expect_code(4);
    assert!(table.stderr.contains("the rows of audit_repeat have no category"), "{}", table.stderr);
    trace(&run, "P0042", &["--table", "dim_date"]).expect_code(2);
    fs::remove_dir_all(run.join("places")).expect("a removable folder");
    assert!(trace(&run, "P0042", &[]).expect_code(6).stderr.contains("places"));
}
