//! The lists of partners' own lines below `cases/`, against the tables of the same run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use attachrate::publish::page_name::file_stem;

use crate::golden::{SCENARIOS, Scenario};
use crate::published::{Published, Table};

const HEADER: &str = "line_id,kind,category,date,invoice,sku,description,quantity,amount,currency,serials,purchase_order,sales_order,end_customer,\
                      certificate,counted,reason,attached_units,attached_amount,source";

/// In every scenario each partner's list has its sale lines, no other, in order of date; and what counts of its packs is what the attachments
/// credit it with in the period, but for exceptions.
#[test]
fn lists_hold_every_line_of_their_partner() {
    let mut names: Vec<PathBuf> =
        fs::read_dir(SCENARIOS).expect("part of the repository").map(|entry| entry.expect("a readable folder").path()).collect();
    names.sort();
    for name in names.iter().filter_map(|path| path.file_name()?.to_str()).filter(|name| *name != "bad_records") {
        let folder = Scenario::copy(name).run_and_keep();
        compare(folder.path(), name);
    }
}

fn compare(run: &Path, name: &str) {
    let run = &run.join("out/current");
    let published = Published::open(&run.join("tables"));
    let sales = published.table("fact_sale_line");
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (partner, id) in sales.column("partner_id").into_iter().zip(sales.column("sale_line_id")) {
        ids.entry(partner).or_default().insert(id);
    }
    let counted = counted_by_partner(&published.table("fact_attachment"));
    for partner in published.table("dim_partner").column("partner_id") {
        let list = list(run, &partner);
        let own = ids.remove(&partner).unwrap_or_default();
        assert_eq!(list.column("line_id").into_iter().collect::<BTreeSet<_>>(), own, "{name} {partner}");
        assert_eq!(list.rows.len(), own.len(), "{name} {partner}");
        assert!(list.column("date").is_sorted(), "{name} {partner}");
        let rows = || list.rows.iter().filter(|row| row[1] == "service" && row[15] == "yes");
        let units: i64 = rows().map(|row| row[17].parse::<i64>().expect("units")).sum();
        let amount: i64 = rows().map(|row| cents(&row[18])).sum();
        assert_eq!((units, amount), counted.get(&partner).copied().unwrap_or_default(), "{name} {partner}");
        assert!(list.rows.iter().all(|row| !row[16].is_empty() && !row[19].is_empty()), "{name} {partner}");
    }
    assert_eq!(ids, BTreeMap::new(), "{name}: lines of partners without a list");
}

/// Packs and cents of a partner's own packs with which it is credited in the period.
fn counted_by_partner(attachments: &Table) -> BTreeMap<String, (i64, i64)> {
    let columns = ["service_partner_id", "credited_partner_id", "is_in_period", "exception_id", "packs_units", "attached_amount"];
    let mut counted: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for row in attachments.select(&columns.map(str::to_owned)).rows {
        if row[0] == row[1] && row[2] == "true" && row[3].is_empty() {
            let own = counted.entry(row[0].clone()).or_default();
            own.0 += row[4].parse::<i64>().expect("packs");
            own.1 += cents(&row[5]);
        }
    }
    counted
}

fn cents(amount: &str) -> i64 {
    let sign = if amount.starts_with('-') { -1 } else { 1 };
    let (whole, fraction) = amount.trim_start_matches('-').split_once('.').expect("two decimals");
    sign * (whole.parse::<i64>().expect("an amount") * 100 + fraction.parse::<i64>().expect("an amount"))
}

fn list(run: &Path, partner: &str) -> Table {
    let text = fs::read_to_string(run.join(format!("cases/{}.csv", file_stem(partner)))).expect("a list for every partner");
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark, for spreadsheets");
    assert_eq!(text.lines().next(), Some(HEADER));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let texts = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let header = texts(reader.headers().expect("a header"));
    Table { header, rows: reader.records().map(|record| texts(&record.expect("a whole row"))).collect() }
}

/// The worked case of DESIGN part 4, as its partner reads it. The reasons follow the notes of the scenario.
#[test]
fn the_worked_case_in_words() {
    let folder = Scenario::copy("attachment").run_and_keep();
    let list = list(&folder.path().join("out/current"), "P0001");
    let columns = ["date", "kind", "counted", "attached_units", "attached_amount", "reason", "source"];
    let rows: Vec<String> = list.select(&columns.map(str::to_owned)).rows.iter().map(|row| row.join(" | ")).collect();
    let expected = [
        "2026-03-01 | hardware | yes | 3 | 0.00 | hardware that counts; units: 3, of these with a Care Pack: 3 | sales sales.csv line 2",
        "2026-03-01 | service | yes | 3 | 300.00 | attached on the same invoice, for the same end customer; packs: 3 | sales sales.csv line 7",
        "2026-03-05 | service | yes | 1 | 100.00 | attached by serial number; packs: 1 | sales sales.csv line 6",
        "2026-03-20 | hardware | yes | 1 | 0.00 | hardware that counts; units: 1, of these with a Care Pack: 1 | sales sales.csv line 3",
        "2026-04-02 | service | no | 0 | 0.00 | not attached: a post-warranty or renewal pack, for hardware whose warranty has ended; packs: 1 \
         | sales sales.csv line 9",
        "2026-04-10 | hardware | no | 0 | 0.00 | returned: taken off the sale it belongs to, or wholly returned | sales sales.csv line 5",
        "2026-05-01 | hardware | yes | 0 | 0.00 | hardware that counts; units: 1, of these with a Care Pack: 0 | sales sales.csv line 4",
        "2026-08-15 | service | no | 0 | 0.00 | not attached: no hardware of this product was sold close enough in time; packs: 1 \
         | sales sales.csv line 8",
    ];
    assert_eq!(rows, expected);
}
