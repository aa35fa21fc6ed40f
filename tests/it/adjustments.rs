//! Approved adjustments that do not apply: each stops the run in words that name it. The scenario is the golden one, its adjustments replaced.

use std::fs;
use std::path::Path;

use attachrate::config;
use attachrate::io::fingerprint::{hex, of_file};
use attachrate::run::{RunOptions, execute};
use attachrate::telemetry::Progress;

use crate::golden::copy_into;

const HEADER: &str = "adjustment_id,action,approver,reason,evidence,feed_id,file_path,file_sha256,record_number,partner_id,date,invoice,\
    sku,quantity,amount,currency,serials,purchase_order,sales_order,end_customer,certificate\n";

/// The exit code and the error of a run with these adjustments instead; `HASH` stands for the hash of `second.csv`.
fn refused(rows: &[&str]) -> (u8, String) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    copy_into(Path::new("tests/golden/adjustments"), folder.path());
    let (hash, _) = of_file(&folder.path().join("in/second.csv")).expect("a file of the scenario");
    let table = format!("{HEADER}{}\n", rows.join("\n")).replace("HASH", &hex(&hash));
    fs::write(folder.path().join("in/reference/adjustments.csv"), table).expect("a scratch file");
    let plan = config::load(&folder.path().join("pipeline.toml")).expect("a valid pipeline");
    let options = RunOptions { out: folder.path().join("out"), threads: 2, memory_bytes: 1 << 30, progress: Progress::hidden() };
    let error = execute(&plan, &options).expect_err("a run that stops");
    assert!(!folder.path().join("out/current").exists(), "nothing is published");
    (error.exit_code(), error.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

/// The first line of each problem: place and message.
fn messages(text: &str) -> Vec<&str> {
    text.lines().skip(1).map(str::trim).filter(|line| !line.starts_with("hint: ")).collect()
}

#[test]
fn values_are_cast_as_strictly_as_a_feeds() {
    let (code, text) = refused(&[
        "A1,add,Approver 1,Why,Ticket,,,,,P0001,2026-02-30,A1,PKN,1.5,1e3,usd,,,,,",
        "A2,add,,A proposal may be wrong,,,,,,P0001,2026-02-30,A1,PKN,1.5,1e3,usd,,,,,",
    ]);
    assert_eq!(code, 4);
    let place = "in/reference/adjustments.csv:2: adjustment `A1`:";
    let expected = [
        format!("{place} `amount` is `1e3`: the amount is not a number of at most two decimals in the declared format"),
        format!("{place} `currency` is `usd`, which is not a three-letter code"),
        format!("{place} `date` is `2026-02-30`, which is not a day of the calendar"),
        format!("{place} `quantity` is `1.5`: the quantity is not a whole number in the declared format"),
    ];
    assert_eq!(messages(&text), expected);
}

#[test]
fn a_record_that_is_not_accepted_is_named() {
    let (code, text) = refused(&[
        "A1,drop,Approver 1,Why,Ticket,second,in/second.csv,HASH,3,,,,,,,,,,,,",
        "A2,recode,Approver 1,Why,Ticket,second,in/second.csv,HASH,9,P0001,,,,,,,,,,,",
        "A3,add,Approver 1,Why,Ticket,,,,,P0001,2026-06-01,A1,PKN,1,100.00,EUR,,,,,",
        "A4,add,Approver 1,Why,Ticket,,,,,P0001,2026-12-16,A1,PKN,1,100.00,USD,,,,,",
    ]);
    assert_eq!(code, 4);
    let expected = [
        "in/reference/adjustments.csv:2: adjustment `A1`: record 3 of `in/second.csv` is not accepted: it is quarantined (BAD_DATE)",
        "in/reference/adjustments.csv:3: adjustment `A2`: `in/second.csv` has 3 records, and no record 9",
        "in/reference/adjustments.csv:4: adjustment `A3`: there is no exchange rate for `EUR` in the month of the line",
        "in/reference/adjustments.csv:5: adjustment `A4`: the line is dated after the day the data was cut",
    ];
    assert_eq!(messages(&text), expected);
}

#[test]
fn a_file_that_changed_after_the_review_is_named() {
    let (code, text) = refused(&["A1,drop,Approver 1,Why,Ticket,second,in/second.csv,0123456789ab,1,,,,,,,,,,,,"]);
    assert_eq!(code, 4);
    let expected =
        "in/reference/adjustments.csv:2: adjustment `A1`: `in/second.csv` is not the file that was reviewed: its hash is ";
    assert!(messages(&text)[0].starts_with(expected), "{text}");
}

#[test]
fn an_added_product_that_nothing_knows_is_named() {
    let (code, text) = refused(&["A1,add,Approver 1,Why,Ticket,,,,,P0001,2026-03-03,A1,PKX#ABU,1,100.00,USD,,,,,"]);
    assert_eq!(code, 4);
    assert_eq!(messages(&text), ["in/reference/adjustments.csv:2: adjustment `A1`: no table or rule knows the SKU `PKX`"]);
}

#[test]
fn a_repeat_cannot_be_dropped() {
    let (code, text) = refused(&["A1,drop,Approver 1,Why,Ticket,second,in/second.csv,HASH,1,,,,,,,,,,,,"]);
    assert_eq!(code, 5);
    let expected = [
        "ADJUSTMENTS: 0 of 1 approved adjustments applied, not `A1`: its record is a repeat of another feed's (allowed: all, with the \
         units and money that were approved)",
    ];
    assert_eq!(messages(&text), expected);
}
