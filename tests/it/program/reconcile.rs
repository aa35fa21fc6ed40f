//! `reconcile`: a partner's list against the run that made it, edited, and against the run that took its edits over.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Market, Outcome, attachrate, rewrite};
use crate::published::Published;

fn reconcile(run: &Path, partner: &str, list: &Path, options: &[&str]) -> Outcome {
    let arguments = ["reconcile".as_ref(), run.as_os_str(), partner.as_ref(), list.as_os_str()];
    attachrate(arguments.into_iter().chain(options.iter().map(AsRef::as_ref)).collect::<Vec<_>>())
}

fn reconciled(run: &Path, partner: &str, list: &Path, options: &[&str]) -> Value {
    let options: Vec<&str> = options.iter().copied().chain(["--format", "json"]).collect();
    serde_json::from_str(&reconcile(run, partner, list, &options).expect_code(0).stdout).expect("JSON")
}

/// Number of entries by class; those without any are left out.
fn classes(answer: &Value) -> BTreeMap<String, u64> {
    let sums = answer["sums"].as_object().expect("sums").iter();
    sums.map(|(class, sums)| (class.clone(), sums["number"].as_u64().expect("a number")))
        .filter(|(_, number)| *number > 0)
        .collect()
}

/// A number that stands as text.
fn number(value: &Value) -> f64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no number: {value}"))
}

fn of(classes: &[(&str, u64)]) -> BTreeMap<String, u64> {
    classes.iter().map(|(class, number)| ((*class).to_owned(), *number)).collect()
}

#[test]
fn a_partner_s_own_list_differs_in_nothing() {
    let market = Market::sample();
    let run = market.publishes(&[]);
    let published = Published::open(&run.join("tables"));
    let sellers = published.table("fact_sale_line").column("partner_id");
    let proposals = market.root.path().join("proposals.csv");
    let mut compared = 0;
    for partner in published.table("dim_partner").column("partner_id") {
        let list = run.join(format!("cases/{partner}.csv"));
        let lines = sellers.iter().filter(|seller| **seller == partner).count() as u64;
        if !list.exists() || lines == 0 {
            continue;
        }
        let answer = reconciled(&run, &partner, &list, &["--propose", proposals.to_str().expect("a UTF-8 path")]);
        assert_eq!(classes(&answer), of(&[("matched", lines)]), "{partner}");
        assert_eq!((&answer["quarantined"], &answer["proposed"]), (&Value::Array(Vec::new()), &Value::from(0)));
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
    let header = fs::read_to_string(&proposals).expect("proposals");
    assert_eq!(
        header.lines().collect::<Vec<_>>(),
        [fs::read_to_string(market.data().join("reference/adjustments.csv")).expect("a table").lines().next().expect("a header")]
    );
}

/// The list of P0042 with one row of another quantity, one of another amount, one away, one added and two that cannot be read.
fn edited(run: &Path, to: &Path) -> (u64, u64) {
    let text = fs::read_to_string(run.join("cases/P0042.csv")).expect("a list");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let own = lines.len() as u64 - 1;
    // Rows whose invoice and SKU no other row of the partner has.
    let key = |line: &str| line.split(',').skip(4).take(2).collect::<Vec<_>>().join(",");
    let is_single = |place: &usize| lines.iter().filter(|other| key(other) == key(&lines[*place])).count() == 1;
    let singles: Vec<usize> = (1..lines.len()).filter(|place| is_single(place) && lines[*place].contains(",hardware,")).collect();
    let [a, b, c] = singles[..3] else { panic!("three such rows") };
    let mut edit = |place: usize, column: &str, value: &str| {
        let header: Vec<String> = lines[0].trim_start_matches('\u{feff}').split(',').map(str::to_owned).collect();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(lines[place].as_bytes());
        let record = reader.records().next().expect("a row").expect("a row");
        let cells = header.iter().zip(&record).map(|(name, cell)| if name == column { value } else { cell });
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(cells).expect("memory");
        lines[place] = String::from_utf8(writer.into_inner().expect("memory")).expect("UTF-8").trim_end().to_owned();
    };
    edit(a, "quantity", "7");
    edit(b, "amount", "123.45");
    lines.remove(c);
    lines.push(",hardware,,2026-03-04,Z0000001,SW1472E,,2,900.00,USD,ZZZ1;ZZZ2,,,,,,,,,".to_owned());
    let rows = lines.len() as u64 - 1;
    lines.push(",hardware,,04.03.2026,Z0000002,SW1472E,,2,900.00,USD,,,,,,,,,,".to_owned());
    lines.push("too,few".to_owned());
    fs::write(to, lines.join("\n") + "\n").expect("a writable file");
    (own, rows)
}

#[test]
fn what_differs_is_told_and_the_run_takes_it_over_once_somebody_approves_it() {
    let market = Market::sample();
    let run = market.publishes(&[]);
    let list = market.root.path().join("their list.csv");
    let proposals = market.root.path().join("proposals.csv");
    let (own, rows) = edited(&run, &list);
    let answer = reconciled(&run, "P0042", &list, &["--propose", proposals.to_str().expect("a UTF-8 path")]);
    assert_eq!(classes(&answer), of(&[("matched", own - 3), ("different", 2), ("not_in_list", 1), ("not_in_run", 1)]));
    assert_eq!(rows, own);
    let entries = answer["entries"].as_array().expect("entries");
    let mut differences: Vec<String> =
        entries.iter().filter(|entry| entry["class"] == "different").map(|entry| entry["differences"].to_string()).collect();
    differences.sort();
    assert_eq!(differences, ["[\"amount\"]", "[\"quantity\"]"]);
    // Each line and each row stands in one entry.
    for (side, number, count) in [("run", "sale_line_id", own), ("list", "line_number", rows)] {
        let mut numbers: Vec<u64> = entries.iter().filter_map(|entry| entry[side][number].as_u64()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len() as u64, count);
    }
    let quarantined = answer["quarantined"].as_array().expect("rows");
    assert_eq!(quarantined.len(), 2);
    assert!(
        quarantined[0]["reason"].to_string().contains("04.03.2026") && quarantined[1]["reason"].to_string().contains("2 fields")
    );
    let text = reconcile(&run, "P0042", &list, &[]).expect_code(0).stdout;
    assert!(text.contains("2 rows of the list cannot be read") && text.contains("invoice Z0000001"), "{text}");
    let table = reconcile(&run, "P0042", &list, &["--format", "csv"]).expect_code(0).stdout;
    assert_eq!(table.lines().count() as u64, 1 + own + 1 + 2);

    // What it would do to the index, all together and each alone, is told without a trace in the folder of runs.
    let (pipeline, out) = (market.pipeline(), market.out());
    let kept = market.runs();
    let trial = ["--effect", pipeline.to_str().expect("a path"), "--out", out.to_str().expect("a path")];
    let told = reconciled(&run, "P0042", &list, &[&trial[..], &["--each"]].concat());
    assert_eq!(market.runs(), kept);
    let effect = &told["effect"];
    let alone: Vec<f64> = told["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .filter(|entry| entry["class"] != "matched")
        .map(|entry| number(&entry["alone"]["index"]))
        .collect();
    assert_eq!((alone.len(), &effect["left_out"]), (4, &Value::from(0)));
    assert!(alone.iter().any(|index| (index - number(&effect["before"]["index"])).abs() > 0.000_1), "{alone:?}");
    let text = reconcile(&run, "P0042", &list, &trial).expect_code(0).stdout;
    assert!(
        text.contains("If the list were right") && text.contains(effect["after"]["index"].as_str().expect("an index")),
        "{text}"
    );

    // As proposed: without a reason the run refuses; with one and nobody's approval nothing changes; approved, the run says what the list says.
    let proposed = fs::read_to_string(&proposals).expect("proposals");
    assert_eq!((answer["proposed"].as_u64(), proposed.lines().count()), (Some(4), 5));
    let adjustments = market.data().join("reference/adjustments.csv");
    let before = fs::read_to_string(&adjustments).expect("a table");
    let with = |decision: &str| {
        let rows = proposed.lines().skip(1).map(|row| row.replacen(",,,,", decision, 1));
        format!("{before}{}\n", rows.collect::<Vec<_>>().join("\n"))
    };
    let index = |run: &Path| {
        let table = Published::open(&run.join("tables")).table("fact_partner_index");
        let columns = ["partner_id", "hardware_amount", "services_amount", "verdict_code"].map(str::to_owned);
        table.select(&columns).sorted_rows()
    };
    rewrite(&adjustments, |_| with(",,,,"));
    assert!(market.does("run", &[]).expect_code(4).stderr.contains("`reason` is empty"));
    rewrite(&adjustments, |_| with(",,The partner's list,,"));
    assert_eq!(index(&market.publishes(&[])), index(&run));
    rewrite(&adjustments, |_| with(",Approver 09,The partner's list,Ticket 0042,"));
    let approved = market.publishes(&[]);
    assert_ne!(index(&approved), index(&run));
    // To the last digit what was told: attachments and rates of the market included.
    for (side, run) in [("before", &run), ("after", &approved)] {
        let row = Published::open(&run.join("tables")).table("fact_partner_index");
        let place = row.column("partner_id").iter().position(|partner| partner == "P0042").expect("the partner");
        let cents = |column: &str| row.column(column)[place].replace('.', "").parse::<f64>().expect("cents");
        let published = cents("services_amount") / cents("expected_amount");
        assert!((number(&effect[side]["index"]) - published).abs() < 0.000_051, "{side}: {effect}, published {published}");
        assert_eq!(effect[side]["verdict"], Value::from(row.column("verdict_code")[place].clone()));
    }
    let outdated = reconcile(&run, "P0042", &list, &trial).expect_code(4);
    assert!(outdated.stderr.contains("the pipeline gives run"), "{}", outdated.stderr);
    let agreed = reconciled(&approved, "P0042", &list, &[]);
    assert_eq!(classes(&agreed), of(&[("matched", own), ("dropped", 3)]));
}

#[test]
fn another_layout_and_an_unknown_partner_are_refused() {
    let market = Market::sample();
    let run = market.publishes(&[]);
    let list = market.root.path().join("list.csv");
    fs::write(&list, "invoice,sku\nA1,NB1\n").expect("a writable file");
    let layout = reconcile(&run, "P0042", &list, &[]).expect_code(4);
    assert!(
        layout.stderr.contains("the header is not that") && layout.stderr.contains("line_id,kind,category"),
        "{}",
        layout.stderr
    );
    assert!(reconcile(&run, "P0042", &market.root.path().join("none.csv"), &[]).expect_code(4).stderr.contains("none.csv"));
    assert!(reconcile(&run, "P042", &list, &[]).expect_code(4).stderr.contains("the run has no partner `P042`"));
}
