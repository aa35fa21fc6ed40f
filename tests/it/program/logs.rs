//! What a run tells about itself: progress on standard error, the result on standard output, and never a value of a record.

use std::collections::BTreeSet;
use std::fs;

use super::{Market, names};

/// Every value of the raw records that is long enough not to occur by chance: numbers of invoices and orders, serials, customers, names.
fn values(market: &Market) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    for drop in ["2026-11-05", "2026-12-15"] {
        for feed in names(&market.data().join(drop)) {
            let separator = match feed.as_str() {
                "distributor_a" => ',',
                "distributor_b" => ';',
                "distributor_d" => '*',
                "vendor_direct" => '\t',
                _ => '|',
            };
            let folder = market.data().join(drop).join(feed);
            // A workbook is no text.
            for name in names(&folder).into_iter().filter(|name| !name.ends_with(".xlsx")) {
                let bytes = fs::read(folder.join(name)).expect("a readable file");
                let text = String::from_utf8_lossy(&bytes);
                for line in text.lines().skip(1) {
                    let fields = line.split(separator).flat_map(|field| field.split('|')).map(|field| field.trim_matches('"'));
                    let telling =
                        |field: &&str| field.chars().count() >= 8 && field.chars().any(|letter| letter.is_ascii_uppercase());
                    values.extend(fields.filter(telling).map(str::to_owned));
                }
            }
        }
    }
    values
}

#[test]
fn logs_hold_no_values_of_records() {
    let market = Market::generated(3_000, 12, 3);
    // A location that no partner has, and a record that cannot be cast: what a careless message would quote.
    super::rewrite(&market.data().join("2026-11-05/distributor_a/DISTA_202603_v1.csv"), |text| {
        let line =
            "R999999,\"Nobody 0001, Inc.\",ZZSECRET1,2026-03-05,UK703E,Care Pack,21J,1,10.00,USD,ZZSECRET2,,SO1,ZZSECRET3,\n";
        format!("{text}{line}{}", line.replace("2026-03-05", "ZZSECRET4"))
    });
    let values = values(&market);
    assert!(values.len() > 1_000 && values.contains("ZZSECRET3"), "{}", values.len());
    let outcome = market.does("run", &["--log-level", "trace"]).expect_code(0);
    let log = fs::read_to_string(market.out().join("logs/sample.jsonl")).expect("a run leaves a log");
    assert!(log.lines().count() > 100);
    for line in log.lines() {
        let record: serde_json::Value = serde_json::from_str(line).expect("each line of the log is JSON");
        assert!(record["timestamp"].is_string() && record["level"].is_string(), "{line}");
    }
    for (place, text) in [("log", &log), ("standard error", &outcome.stderr), ("standard output", &outcome.stdout)] {
        let leaked = values.iter().filter(|value| text.contains(value.as_str())).count();
        assert_eq!(leaked, 0, "{place}");
        assert!(!text.contains("ZZSECRET"), "{place}");
    }
}

#[test]
fn progress_and_results_do_not_mix() {
    let market = Market::generated(3_000, 12, 3);
    let outcome = market.does("run", &["--threads", "2"]).expect_code(0);
    let published = market.published().expect("a run that ends well has published");
    let id = published.file_name().expect("a run has a name").to_string_lossy();
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{}", outcome.stdout);
    assert_eq!(lines[0], format!("run {id}"));
    assert_eq!(lines[3], format!("  report    {}", published.join("report/index.html").display()));
    for stage in ["extract", "settle", "serials", "attach", "publish", "partner pages"] {
        let ends =
            outcome.stderr.lines().filter(|line| line.strip_prefix(stage).is_some_and(|rest| rest.starts_with(": "))).count();
        assert_eq!(ends, 2, "{stage}: a line when it starts and one when it ends\n{}", outcome.stderr);
        assert!(!outcome.stdout.contains(stage), "{}", outcome.stdout);
    }
    assert!(!outcome.stderr.contains('\u{1b}'), "no escape sequences where standard error is no terminal");
}
