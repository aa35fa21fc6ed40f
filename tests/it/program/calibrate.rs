//! `calibrate`: the size classes that it finds from lines and cells against the effective counts that the run published.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::{Market, attachrate};
use crate::published::Published;

const CLASS_STARTS: [f64; 8] = [0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];

/// Orders of the assessed partners by size class, by the effective counts that the run published.
fn classes(tables: &Published) -> BTreeMap<usize, Vec<u64>> {
    let mut classes: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    let table = tables.table("fact_partner_index");
    let columns =
        ["verdict_code", "measure_code", "revenue_expected_effective_count", "orders_count"].map(|name| table.column(name));
    let [verdicts, measures, sizes, orders] = columns;
    for (((verdict, measure), size), orders) in verdicts.iter().zip(measures).zip(sizes).zip(orders) {
        assert_eq!(measure, "revenue");
        if verdict != "not_assessed" && !size.is_empty() {
            let size: f64 = size.parse().expect("a number");
            let class = CLASS_STARTS.iter().rposition(|start| *start <= size).expect("a class");
            classes.entry(class).or_default().push(orders.parse().expect("a count"));
        }
    }
    classes.values_mut().for_each(|orders| orders.sort_unstable());
    classes
}

#[test]
fn size_classes_are_those_of_the_tables() {
    let market = Market::sample();
    let run = market.publishes(&[]);
    let calibrate = |options: &[&str]| {
        let mut arguments = vec!["calibrate", run.to_str().expect("a plain path"), "--replications", "500"];
        arguments.extend(options);
        attachrate(arguments).expect_code(0).stdout
    };
    let json = calibrate(&["--format", "json"]);
    let found: Value = serde_json::from_str(&json).expect("JSON");
    let classes_found = found["classes"].as_array().expect("classes");
    let expected = classes(&Published::open(&run.join("tables")));
    assert!(expected.len() >= 3, "the sample has partners of several sizes");
    assert_eq!(classes_found.len(), expected.len());
    for (class, (place, orders)) in classes_found.iter().zip(&expected) {
        assert_eq!(class["least_effective_count"], CLASS_STARTS[*place]);
        assert_eq!(class["partners_count"], orders.len());
        assert_eq!(class["median_orders_count"], orders[(orders.len() - 1) / 2]);
        let counts = ["sound_below_count", "sound_below_conclusive_count"].map(|name| class[name].as_u64().expect("a count"));
        assert!(counts[1] <= counts[0] && counts[0] <= 500);
    }
    assert_eq!(calibrate(&["--format", "json"]), json);
    assert_ne!(calibrate(&["--format", "json", "--seed", "2"]), json);

    let csv = calibrate(&["--format", "csv"]);
    assert_eq!(csv.lines().count(), 1 + expected.len());
    let text = calibrate(&[]);
    assert!(text.lines().all(|line| line.chars().count() <= 100) && text.contains("500 simulated partners"), "{text}");
}

#[test]
fn a_folder_that_is_no_run_is_damaged() {
    let market = Market::sample();
    let folder = market.out();
    fs::create_dir_all(&folder).expect("a writable folder");
    attachrate(["calibrate".as_ref(), folder.as_os_str()]).expect_code(6);
    attachrate(["calibrate".as_ref(), folder.as_os_str(), "--replications".as_ref(), "0".as_ref()]).expect_code(2);
}
