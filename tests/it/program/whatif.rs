//! `whatif`: its answer against a full run under the changed policy.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Market, Outcome, attachrate};
use crate::published::Published;

/// Verdict, services and expected services in money and in units, by partner.
type Figures = BTreeMap<String, [String; 5]>;

/// Options, and what they are in the pipeline file: texts and what stands in their stead.
type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);

fn whatif(run: &Path, options: &[&str]) -> Outcome {
    let arguments = ["whatif", run.to_str().expect("a path in UTF-8")];
    attachrate(arguments.iter().chain(options))
}

/// What a run publishes.
fn published(run: &Path) -> Figures {
    let index = Published::open(&run.join("tables")).table("fact_partner_index");
    let columns =
        ["verdict_code", "services_amount", "expected_amount", "attached_units", "expected_units"].map(|name| index.column(name));
    let figures = |row: usize| columns.each_ref().map(|column| column[row].clone());
    index.column("partner_id").into_iter().enumerate().map(|(row, id)| (id, figures(row))).collect()
}

/// What `whatif` answers.
fn answered(run: &Path, options: &[&str]) -> Figures {
    let text = whatif(run, &[options, &["--format", "json", "--all"]].concat()).expect_code(0).stdout;
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    let partners = answer["partners"].as_array().expect("partners");
    let figures = |partner: &Value| {
        let then = &partner["then"];
        let number = |name: &str| then[name].as_f64().expect("a number");
        [
            then["verdict_code"].as_str().expect("a code").to_owned(),
            format!("{:.2}", number("services_amount")),
            format!("{:.2}", number("expected_amount")),
            then["attached_units"].to_string(),
            format!("{:.6}", number("expected_units")),
        ]
    };
    partners.iter().map(|partner| (partner["partner_id"].as_str().expect("an id").to_owned(), figures(partner))).collect()
}

/// A market with exceptions, price bands, and partners outside the program.
fn market() -> Market {
    let market = Market::generated(2_500, 40, 2);
    let exceptions = "exception_id,scope,partner_id,value,reason,approver,valid_from,valid_to\n\
        X1,partner,P0003,,A tender without services,Approver 01,2025-11-01,2026-10-31\n\
        X2,category,P0007,NOTEBOOK,A fleet with its own contract,Approver 02,2025-11-01,2026-03-31\n";
    fs::write(market.data().join("reference/exceptions.csv"), exceptions).expect("a writable folder");
    market.edit_pipeline(|text| {
        format!(
            "{text}\n[benchmark]\ncells = [\"category\", \"country\", \"price_band\", \"maturity\"]\nprice_bands = [500, 2000]\n"
        )
    });
    market
}

#[test]
fn the_answer_is_that_of_a_full_run_under_the_changed_policy() {
    let market = market();
    let original = fs::read_to_string(market.pipeline()).expect("a pipeline");
    let run = market.publishes(&[]);
    let base = published(&run);
    assert_eq!(answered(&run, &[]), base, "without changes");
    let bands = "cells = [\"category\", \"country\", \"price_band\", \"maturity\"]\nprice_bands = [500, 2000]\n";
    let policies: [Case<'_>; 7] = [
        (&["--near", "0.9", "--at", "1.2"], &[("at = \"1.00\"", "at = \"1.2\""), ("near = \"0.75\"", "near = \"0.9\"")]),
        (
            &["--min-hardware-units", "30", "--min-hardware-amount", "150000", "--measure", "units"],
            &[("min_hardware_units = 10", "min_hardware_units = 30\nmin_hardware_amount = 150000\nmeasure = \"units\"")],
        ),
        (
            &["--services", "all", "--min-partners", "3"],
            &[("\n[benchmark]\n", "\n[benchmark]\nservices = \"all\"\nmin_partners = 3\n")],
        ),
        (
            &["--windows", "closed", "--population", "all"],
            &[("\n[benchmark]\n", "\n[benchmark]\nwindows = \"closed\"\npopulation = \"all\"\n")],
        ),
        (&["--cells", "region,category"], &[(bands, "cells = [\"category\", \"region\"]\n")]),
        (&["--matching", "serial_invoice"], &[("\n[readings]\n", "\n[attach]\nrungs = [\"serial\", \"invoice\"]\n\n[readings]\n")]),
        (&["--without-exceptions", "--near", "0.8"], &[("\nexceptions = ", "\n#"), ("near = \"0.75\"", "near = \"0.8\"")]),
    ];
    for (options, edits) in policies {
        market.edit_pipeline(|_| {
            edits.iter().fold(original.clone(), |text, (from, to)| {
                assert!(text.contains(from), "the pipeline has no {from:?}");
                text.replace(from, to)
            })
        });
        let expected = published(&market.publishes(&[]));
        assert_ne!(expected, base, "{options:?} changes something");
        assert_eq!(answered(&run, options), expected, "{options:?}");
    }
    let text = whatif(&run, &["--matching", "window_61"]).expect_code(3).stderr;
    for code in ["window_61", "`base`", "`serial_invoice`", "`window_60`"] {
        assert!(text.contains(code), "{text}");
    }
    assert!(answered(&run, &["--matching", "window_60"]) != base);
}

#[test]
fn who_changes_is_counted_and_listed_alike_in_every_format() {
    let market = Market::sample();
    let run = market.publishes(&[]);
    let options = ["--near", "0.9"];
    let (now, then) = (published(&run), answered(&run, &options));
    let changed: Vec<&String> = now.keys().filter(|id| now[*id][0] != then[*id][0]).collect();
    assert!(!changed.is_empty());
    let text = whatif(&run, &options).expect_code(0).stdout;
    assert!(text.contains(&format!("{} of {} partners change their verdict", changed.len(), now.len())), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let csv = whatif(&run, &[&options[..], &["--format", "csv"]].concat()).expect_code(0).stdout;
    let ids: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(ids, changed);
    assert!(csv.lines().skip(1).all(|line| line.split(',').all(|cell| !cell.starts_with(['=', '+', '@', '\t']))), "{csv}");
    let refused = whatif(&run, &["--near", "1.1"]).expect_code(3).stderr;
    assert!(refused.contains("`near` (1.1) would be above `at` (1.00)"), "{refused}");
    whatif(&run, &["--measure", "money"]).expect_code(2);
}
