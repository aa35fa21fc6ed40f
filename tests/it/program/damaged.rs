//! Damaged records: exactly they are set aside, each for its own reason, beside those of unknown partners.

use std::collections::BTreeSet;

use super::Market;
use crate::published::Published;

#[test]
fn exactly_the_damaged_records_are_set_aside_each_for_its_reason() {
    let market = Market::sample();
    market.does("run", &[]).expect_code(0);
    let mut truth = csv::Reader::from_path(market.data().join("truth/defects.csv")).expect("the truth");
    let damaged: BTreeSet<(String, String)> = truth
        .records()
        .map(|row| {
            let row = row.expect("a row");
            (format!("../sample_data/{}:{}", &row[0], &row[1]), row[3].to_owned())
        })
        .collect();
    let table = Published::open(&market.out().join("current/tables")).table("audit_quarantine");
    let set_aside: BTreeSet<(String, String)> = table
        .column("place")
        .into_iter()
        .zip(table.column("reason_code"))
        .filter(|(_, reason)| reason != "UNKNOWN_PARTNER")
        .collect();
    assert!(damaged.len() >= 8, "{damaged:?}");
    assert_eq!(set_aside, damaged);
}
