//! `diff`: who changed verdict between two runs, and what moved each.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Market, Outcome, attachrate, copy, rewrite};
use crate::published::Published;

fn diff(earlier: &Path, later: &Path, options: &[&str]) -> Outcome {
    let arguments = ["diff", earlier.to_str().expect("UTF-8"), later.to_str().expect("UTF-8")];
    attachrate(arguments.iter().chain(options))
}

fn answer(earlier: &Path, later: &Path) -> Value {
    let text = diff(earlier, later, &["--format", "json", "--all", "--rows", "50"]).expect_code(0).stdout;
    serde_json::from_str(&text).expect("JSON")
}

/// Partners by id.
fn partners(answer: &Value) -> BTreeMap<&str, &Value> {
    let list = answer["partners"].as_array().expect("partners");
    list.iter().map(|partner| (partner["partner_id"].as_str().expect("an id"), partner)).collect()
}

/// A column of the index by partner.
fn column(run: &Path, name: &str) -> BTreeMap<String, String> {
    let index = Published::open(&run.join("tables")).table("fact_partner_index");
    index.column("partner_id").into_iter().zip(index.column(name)).collect()
}

/// Ten-thousandths.
fn scaled(value: &Value) -> i64 {
    (value.as_f64().expect("a number") * 10_000.0).round() as i64
}

fn part(partner: &Value, name: &str) -> i64 {
    scaled(&partner["parts"][name])
}

/// Rows by cause.
fn rows(partner: &Value) -> BTreeMap<&str, u64> {
    let causes = partner["causes"].as_array().expect("causes");
    causes
        .iter()
        .map(|cause| (cause["cause_code"].as_str().expect("a code"), cause["rows_count"].as_u64().expect("a count")))
        .collect()
}

/// The parts sum to the change, and verdicts and indices are the published ones.
fn assert_sums(answer: &Value, earlier: &Path, later: &Path) {
    let verdicts = [earlier, later].map(|run| column(run, "verdict_code"));
    let indices = [earlier, later].map(|run| column(run, "revenue_pri_rate"));
    let partners = partners(answer);
    assert_eq!(partners.len(), verdicts[1].len());
    let mut changed = 0;
    for (id, partner) in partners {
        let codes = ["verdict_from_code", "verdict_to_code"].map(|name| partner[name].as_str().expect("a code"));
        assert_eq!(codes, [&verdicts[0][id], &verdicts[1][id]].map(String::as_str), "{id}");
        changed += u64::from(codes[0] != codes[1]);
        assert_eq!(partner["decided_by_code"].is_null(), codes[0] == codes[1], "{id}");
        let both = ["index_from_rate", "index_to_rate"].map(|name| partner[name].as_f64());
        for (shown, published) in both.iter().zip(&indices) {
            if let Some(shown) = shown {
                assert_eq!(format!("{shown:.4}"), published[id], "{id}");
            }
        }
        if !partner["parts"].is_null() {
            let sum: i64 = ["own_services", "own_hardware", "market_rates", "rules"].iter().map(|name| part(partner, name)).sum();
            assert_eq!(sum, scaled(&partner["index_to_rate"]) - scaled(&partner["index_from_rate"]), "{id}");
        }
    }
    assert_eq!(answer["changed_count"].as_u64(), Some(changed));
}

/// A second market in which something is different, run; the folders of both runs.
fn changed(market: &Market, change: impl FnOnce(&Market)) -> [PathBuf; 2] {
    let earlier = market.root.path().join("earlier");
    copy(&market.publishes(&[]), &earlier);
    change(market);
    [earlier, market.publishes(&[])]
}

#[test]
fn the_two_drops_of_the_sample() {
    let market = Market::sample();
    let later = market.publishes(&[]);
    rewrite(&market.pipeline(), |_| fs::read_to_string("pipelines/sample-preliminary.toml").expect("the first drop"));
    let earlier = market.publishes(&[]);
    let all = answer(&earlier, &later);
    assert_sums(&all, &earlier, &later);
    let keys: Vec<&str> = all["parameters"].as_array().expect("a list").iter().filter_map(|one| one["key"].as_str()).collect();
    assert!(keys.contains(&"period.as_of") && keys.contains(&"title"), "{keys:?}");
    // Rows in restated files are the same rows: most of a partner's stay what they were.
    let lines = Published::open(&later.join("tables")).table("fact_sale_line").rows.len() as u64;
    let new: u64 = partners(&all).values().map(|partner| rows(partner).get("new_row").copied().unwrap_or(0)).sum();
    assert!(new > 0 && new < lines / 3, "{new} of {lines}");
    let text = diff(&earlier, &later, &[]).expect_code(0).stdout;
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let csv = diff(&earlier, &later, &["--format", "csv"]).expect_code(0).stdout;
    assert_eq!(csv.lines().count() as u64, all["changed_count"].as_u64().expect("a count") + 1);
    let none = answer(&later, &later);
    assert_eq!(none["changed_count"], 0);
    assert!(partners(&none).values().all(|partner| rows(partner).is_empty()));
}

#[test]
fn a_threshold_moves_by_rules_alone() {
    let market = Market::generated(2_000, 40, 2);
    let [earlier, later] =
        changed(&market, |market| market.edit_pipeline(|text| text.replace("near = \"0.75\"", "near = \"0.95\"")));
    let all = answer(&earlier, &later);
    assert_sums(&all, &earlier, &later);
    assert!(all["changed_count"].as_u64() > Some(0));
    for partner in partners(&all).values().filter(|partner| partner["verdict_from_code"] != partner["verdict_to_code"]) {
        assert_eq!(partner["decided_by_code"], "rules");
        assert!(rows(partner).is_empty());
    }
}

#[test]
fn a_remapped_location_takes_its_rows_along() {
    let market = Market::generated(2_000, 40, 2);
    // The partner that has one location gives it to another partner.
    let locations = market.data().join("reference/locations.csv");
    let text = fs::read_to_string(&locations).expect("locations");
    let header: Vec<&str> = text.lines().next().expect("a header").split(',').collect();
    let place = header.iter().position(|name| *name == "partner_id").expect("a column of partners");
    let line = text.lines().nth(1).expect("a location");
    let partner = line.split(',').nth(place).expect("a partner").to_owned();
    let other = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(place))
        .find(|other| *other != partner)
        .expect("another")
        .to_owned();
    let moved = line.replace(&partner, &other);
    let [earlier, later] = changed(&market, |_| rewrite(&locations, |text| text.replacen(line, &moved, 1)));
    let all = answer(&earlier, &later);
    assert_sums(&all, &earlier, &later);
    let partners = partners(&all);
    let (gave, took) = (rows(partners[partner.as_str()]), rows(partners[other.as_str()]));
    assert!(gave["to_other_partner"] > 0);
    assert_eq!(gave["to_other_partner"], took["from_other_partner"]);
    let row = partners[partner.as_str()]["largest_rows"]
        .as_array()
        .expect("rows")
        .iter()
        .find(|row| row["cause_code"] == "to_other_partner");
    assert_eq!(row.expect("a row that moved")["other_partner_id"], other.as_str());
    // Everybody else has its rows; what moves others is the market.
    for (id, other_partner) in partners.iter().filter(|(id, _)| **id != partner && **id != other) {
        assert!(!rows(other_partner).contains_key("new_row"), "{id}");
        if rows(other_partner).is_empty() && !other_partner["parts"].is_null() {
            assert_eq!([part(other_partner, "own_services"), part(other_partner, "rules")], [0, 0], "{id}");
            // At unchanged rates unchanged hardware expects the same, to the rounding of shares.
            assert!(part(other_partner, "own_hardware").abs() <= 5, "{id}");
        }
    }
}

#[test]
fn an_added_row_and_an_exchange_rate_are_named() {
    let market = Market::generated(2_000, 40, 2);
    let mut added = String::new();
    let [earlier, later] = changed(&market, |market| {
        let published = Published::open(&market.published().expect("a run").join("tables"));
        let lines = published.table("fact_sale_line");
        let (kinds, partners) = (lines.column("kind_code"), lines.column("partner_id"));
        let (skus, flags) = (lines.column("sku"), lines.column("is_in_period"));
        let row = (0..kinds.len()).find(|row| kinds[*row] == "hardware" && flags[*row] == "true").expect("hardware");
        added.clone_from(&partners[row]);
        let row = format!(
            "A900,add,Approver 01,A sale that no feed has,Invoice copy,,,,,{added},2026-03-02,INV-NEW,{},5,9000.00,USD,,,,,\n",
            skus[row]
        );
        rewrite(&market.data().join("reference/adjustments.csv"), |text| text + &row);
    });
    let all = answer(&earlier, &later);
    assert_sums(&all, &earlier, &later);
    let partner = partners(&all)[added.as_str()];
    assert_eq!(rows(partner)["new_row"], 1);
    let new = partner["largest_rows"].as_array().expect("rows").iter().find(|row| row["cause_code"] == "new_row").expect("the row");
    assert_eq!((new["file_path"].as_str(), new["hardware_change_amount"].as_f64()), (Some("adjustments"), Some(9_000.0)));
    assert!(part(partner, "own_hardware") < 0, "more hardware expects more");

    let fx = market.data().join("reference/fx.csv");
    let before = market.root.path().join("before");
    copy(&later, &before);
    rewrite(&fx, |text| {
        let doubled = |line: &str| match line.rsplit_once(',') {
            Some((head, rate)) if head.contains("EUR") => format!("{head},{}", rate.parse::<f64>().expect("a rate") * 2.0),
            _ => line.to_owned(),
        };
        text.lines().map(doubled).collect::<Vec<_>>().join("\n") + "\n"
    });
    let after = market.publishes(&[]);
    let all = answer(&before, &after);
    assert_sums(&all, &before, &after);
    let references = all["references"].as_array().expect("a list");
    assert!(references.iter().any(|one| one["key"].as_str().is_some_and(|key| key.ends_with("fx.csv"))), "{references:?}");
    assert!(partners(&all).values().any(|partner| rows(partner).contains_key("other_amount")));
}
