//! Inputs that cannot be used: the exit code, the place, the hint, and nothing published.

use std::fs;

use super::{Market, Outcome, names, rewrite};

const FILE: &str = "2026-11-05/distributor_a/DISTA_202603_v1.csv";

/// Runs the market, which must fail with the code, at the place, in these words, and publish nothing.
#[track_caller]
fn refused(market: &Market, code: i32, place: &str, words: &str) {
    said(&market.does("run", &[]), code, place, words);
    assert_eq!(market.runs(), [""; 0], "nothing is published");
}

/// The same from `check`, before any work.
#[track_caller]
fn found_by_check(market: &Market, code: i32, place: &str, words: &str) {
    said(&market.does("check", &[]), code, place, words);
    assert!(!market.out().exists(), "a check writes nothing");
}

#[track_caller]
fn said(outcome: &Outcome, code: i32, place: &str, words: &str) {
    assert_eq!(outcome.code, Some(code), "{}", outcome.stderr);
    assert!(outcome.stdout.is_empty(), "{}", outcome.stdout);
    let error: Vec<&str> = outcome.stderr.lines().skip_while(|line| !line.starts_with("error: ")).collect();
    let at = error.iter().position(|line| line.contains(place) && line.contains(words));
    let at = at.unwrap_or_else(|| panic!("`{place}` and `{words}` are not told together:\n{}", outcome.stderr));
    assert!(error.get(at + 1).is_some_and(|line| line.starts_with("    hint: ")), "{}", outcome.stderr);
}

fn market() -> Market {
    Market::generated(3_000, 12, 3)
}

#[test]
fn a_sound_market_passes_the_check() {
    let market = market();
    let outcome = market.does("check", &[]).expect_code(0);
    assert!(
        outcome.stdout.ends_with("every header has the declared columns, and the first records are written as declared\n"),
        "{}",
        outcome.stdout
    );
    assert!(!market.out().exists());
}

#[test]
fn a_missing_file() {
    let market = market();
    fs::remove_file(market.data().join("reference/fx.csv")).expect("a removable file");
    for name in names(&market.data()) {
        let feed = market.data().join(name).join("registrations");
        if feed.exists() {
            fs::remove_dir_all(feed).expect("a removable folder");
        }
    }
    for words in ["`fx` names `../sample_data/reference/fx.csv`", "no file matches `../sample_data/*/registrations/*.txt`"] {
        found_by_check(&market, 4, "sample.toml:", words);
        refused(&market, 4, "sample.toml:", words);
    }
}

#[test]
fn an_unknown_key() {
    let market = market();
    market.edit_pipeline(|text| text.replace("min_hardware_units = 10", "min_hardware_unit = 10"));
    found_by_check(&market, 3, "sample.toml:", "unknown key `min_hardware_unit`");
    refused(&market, 3, "sample.toml:", "unknown key `min_hardware_unit`");
    assert!(!market.out().exists(), "a wrong configuration starts nothing");
}

#[test]
fn a_missing_column() {
    let market = market();
    rewrite(&market.data().join(FILE), |text| text.replacen(",qty,", ",count,", 1));
    found_by_check(&market, 4, &format!("{FILE}:1: "), "qty");
    refused(&market, 4, &format!("{FILE}:1: "), "qty");
}

#[test]
fn columns_missing_in_two_files_are_told_together() {
    let market = market();
    let other = "2026-11-05/registrations/reg_202603.txt";
    rewrite(&market.data().join(FILE), |text| text.replacen(",qty,", ",count,", 1));
    rewrite(&market.data().join(other), |text| text.replacen("serial|", "number|", 1));
    for outcome in [market.does("check", &[]), market.does("run", &[])] {
        said(&outcome, 4, &format!("{FILE}:1: "), "qty");
        said(&outcome, 4, &format!("{other}:1: "), "serial");
    }
    assert_eq!(market.runs(), [""; 0]);
}

#[test]
fn another_encoding() {
    for mark in [&[0xff, 0xfe][..], &[]] {
        let market = market();
        let path = market.data().join(FILE);
        let text = fs::read_to_string(&path).expect("a readable file");
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        fs::write(&path, mark.iter().copied().chain(units).collect::<Vec<u8>>()).expect("a writable file");
        found_by_check(&market, 4, &format!("{FILE}:1: "), "");
        refused(&market, 4, &format!("{FILE}:1: "), "");
        let told = market.does("check", &[]).stderr;
        assert!(told.contains("encoding"), "{told}");
        assert!(!told.contains(|letter: char| letter.is_control() && letter != '\n'), "no control characters reach the terminal");
    }
}

#[test]
fn an_empty_file() {
    let market = market();
    fs::write(market.data().join(FILE), "").expect("a writable file");
    found_by_check(&market, 4, &format!("{FILE}:1: "), "the file is empty");
    refused(&market, 4, &format!("{FILE}:1: "), "the file is empty");
}

#[test]
fn an_empty_feed() {
    let market = market();
    for drop in ["2026-11-05", "2026-12-15"] {
        let feed = market.data().join(drop).join("vendor_direct");
        for name in names(&feed) {
            rewrite(&feed.join(name), |text| text.lines().take(1).map(|header| format!("{header}\n")).collect());
        }
    }
    refused(&market, 4, "sample.toml: ", "feed `vendor_direct` has no records");
}

#[test]
fn a_period_without_data() {
    let market = market();
    market.edit_pipeline(|text| {
        text.replace("from = 2025-11-01", "from = 2031-11-01")
            .replace("to = 2026-10-31", "to = 2032-10-31")
            .replace("as_of = 2026-12-15", "as_of = 2032-12-15")
    });
    refused(&market, 4, "sample.toml: ", "no sale lies in the period");
}

#[test]
fn a_wrong_reference_table() {
    let market = market();
    rewrite(&market.data().join("reference/fx.csv"), |text| text.replacen("2026-03,EUR,", "2026-03,EUR,much", 1));
    found_by_check(&market, 4, "fx.csv:", "");
    refused(&market, 4, "fx.csv:", "");
}

#[test]
fn too_much_quarantined() {
    let market = market();
    rewrite(&market.data().join("reference/locations.csv"), |text| {
        let kept = text.lines().enumerate().filter(|(number, line)| *number == 0 || !line.starts_with("distributor_b"));
        kept.map(|(_, line)| format!("{line}\n")).collect()
    });
    let outcome = market.does("run", &[]).expect_code(5);
    assert!(outcome.stdout.is_empty());
    // The packs that the feed sold are missing beside their registrations, too.
    assert!(outcome.stderr.contains("error: 2 gates failed, nothing was published"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("REGISTRATIONS: "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("QUARANTINED_SHARE: ") && outcome.stderr.contains("distributor_b"), "{}", outcome.stderr);
    assert_eq!(market.runs(), [""; 0]);
}
