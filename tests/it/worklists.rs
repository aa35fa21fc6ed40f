//! Work lists: what they hold, and that a filled-in one is read back and nothing else changes.

use crate::published::Published;
use attachrate::config;
use attachrate::error::Error;
use attachrate::run::{RunOptions, execute};
use attachrate::telemetry::Progress;
use std::fs;
use std::path::{Path, PathBuf};

const PIPELINE: &str = r#"
version = 1
title = "Work lists"
period = { from = 2025-11-01, to = 2026-10-31, as_of = 2026-12-15 }
money = { reporting_currency = "USD" }
gates = { max_quarantined_percent = 100, max_unmapped_percent = 100 }
benchmark = { min_partners = 1 }
publish = { parts = 2 }

[[feed]]
id = "located"
kind = "sales"
files = ["located.csv"]
encoding = "utf-8"
delimiter = ","
columns = { location = "id", partner_name = "name", date = "day", sku = "part", description = "text", quantity = "pieces", amount = "value", currency = "cur" }
dates = { format = "yyyy-mm-dd" }

[[feed]]
id = "named"
kind = "sales"
files = ["named.csv"]
encoding = "utf-8"
delimiter = ","
currency = "USD"
columns = { partner_name = "name", date = "day", sku = "part", quantity = "pieces", amount = "value" }
dates = { format = "yyyy-mm-dd" }

[reference]
categories = "categories.csv"
products = "products.csv"
partners = "partners.csv"
locations = "locations.csv"
aliases = "aliases.csv"
fx = "fx.csv"
"#;

const FILES: [(&str, &str); 8] = [
    (
        "located.csv",
        "id,name,day,part,text,pieces,value,cur\n\
         L1,Partner 0001 Ltd,2026-03-01,NB1001,Synthetic notebook 14,1,1000.00,USD\n\
         =9,\"PARTNER, 0002\",2026-03-01,NB1001,Synthetic notebook 14,2,2000.00,EUR\n\
         =9,Partner 0002,2026-03-02,NB1001,Synthetic notebook 14,-1,-1000.00,EUR\n\
         L1,Partner 0001 Ltd,2026-03-03,-NB1002,Synthetic notebook 15,1,700.00,USD\n\
         L1,Partner 0001 Ltd,2026-03-03,QQ77,,1,9.00,USD\n",
    ),
    (
        "named.csv",
        "name,day,part,pieces,value\nPartner 0003 Limited,2026-03-01,NB1001,1,4000.00\nPartner 0001 Ltd,2026-03-01,NB1001,1,1.00\n",
    ),
    (
        "categories.csv",
        "category_code,category_name,family_code,family_name\nNOTEBOOK,Notebook,PC,Computers\nSERVER,Server,SRV,Servers\n",
    ),
    (
        "products.csv",
        "sku,description,kind,category_code,is_post_warranty\nNB1001,Synthetic notebook 14,hardware,NOTEBOOK,false\n\
         SV2001,Synthetic server,hardware,SERVER,false\n",
    ),
    (
        "partners.csv",
        "partner_id,partner_name,hq_id,country_code,region_code,is_program,manager_name\nP0001,Partner 0001 Ltd,P0001,US,AMER,true,\n\
         P0002,Partner 0002 Ltd,P0002,US,AMER,true,\nP0003,Partner 0003 Ltd,P0003,US,AMER,true,\n",
    ),
    ("locations.csv", "feed_id,location_id,partner_id,valid_from,valid_to\nlocated,L1,P0001,,\n"),
    ("aliases.csv", "feed_id,partner_name,partner_id\nnamed,Partner 0001 Ltd,P0001\n"),
    ("fx.csv", "month,currency_code,rate\n2026-03,EUR,1.5\n"),
];

struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        for (name, text) in FILES {
            fs::write(folder.path().join(name), text).expect("a scratch file");
        }
        Self { folder }
    }

    fn run(&self, more: &str) -> Result<PathBuf, Error> {
        let pipeline = self.folder.path().join("pipeline.toml");
        fs::write(&pipeline, format!("{PIPELINE}{more}")).expect("a scratch file");
        let plan = config::load(&pipeline)?;
        let out = self.folder.path().join("out");
        let options = RunOptions { out, threads: 2, memory_bytes: 1 << 30, progress: Progress::hidden() };
        execute(&plan, &options).map(|summary| summary.folder)
    }

    /// Fills decision columns of rows, told by a cell of theirs, into a copy of a work list.
    fn decide(&self, list: &Path, name: &str, decisions: &[(&str, &[(&str, &str)])]) {
        let (header, rows) = cells(list);
        let mut writer = csv::Writer::from_path(self.folder.path().join(name)).expect("a scratch file");
        writer.write_record(&header).expect("a header");
        for mut row in rows {
            for (cell, filled) in decisions {
                if !row.iter().any(|own| own == cell) {
                    continue;
                }
                for (column, value) in *filled {
                    let place =
                        header.iter().position(|own| own == column).unwrap_or_else(|| panic!("no column {column} beside {cell}"));
                    (*value).clone_into(&mut row[place]);
                }
            }
            writer.write_record(&row).expect("a row");
        }
        writer.flush().expect("a scratch file");
    }
}

fn cells(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let text = fs::read_to_string(path).expect("a work list");
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark, by which spreadsheets know the encoding");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let texts = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let header = texts(reader.headers().expect("a header"));
    (header, reader.records().map(|record| texts(&record.expect("a row"))).collect())
}

/// Some columns of a work list.
fn shown(path: &Path, columns: &[&str]) -> Vec<Vec<String>> {
    let (header, rows) = cells(path);
    let places: Vec<usize> = columns.iter().map(|name| header.iter().position(|own| own == name).expect("a column")).collect();
    rows.iter().map(|row| places.iter().map(|place| row[*place].clone()).collect()).collect()
}

#[test]
fn what_is_unknown_is_listed_by_money_with_candidates() {
    let scratch = Scratch::new();
    let run = scratch.run("").expect("a run");
    let columns = [
        "feed_id",
        "location_id",
        "partner_name",
        "quarantined_records",
        "quantity_units",
        "net_amount",
        "currency_code",
        "candidate_1_partner_id",
        "decision_partner_id",
    ];
    // 2,000 − 1,000 EUR are 1,500 USD. The name that comes first in order of text stands for the location.
    let expected = [
        ["named", "", "Partner 0003 Limited", "1", "1", "4000.00", "USD", "P0003", ""],
        ["located", "'=9", "PARTNER, 0002", "2", "1", "1500.00", "USD", "P0002", ""],
    ];
    assert_eq!(shown(&run.join("worklists/unknown_partners.csv"), &columns), expected.map(|row| row.map(str::to_owned).to_vec()));
    let columns = [
        "sku",
        "product_description",
        "sale_lines",
        "selling_partners",
        "net_amount",
        "candidate_1_category_code",
        "candidate_1_like_sku",
        "candidate_2_category_code",
        "decision_kind",
    ];
    let expected = [
        ["'-NB1002", "Synthetic notebook 15", "1", "1", "700.00", "NOTEBOOK", "NB1001", "SERVER", ""],
        ["QQ77", "", "1", "1", "9.00", "", "", "", ""],
    ];
    assert_eq!(shown(&run.join("worklists/unmapped_products.csv"), &columns), expected.map(|row| row.map(str::to_owned).to_vec()));
}

#[test]
fn a_decided_list_is_read_back_and_rows_without_a_decision_change_nothing() {
    let scratch = Scratch::new();
    let lists = scratch.run("").expect("a run").join("worklists");
    scratch.decide(
        &lists.join("unknown_partners.csv"),
        "partners_decided.csv",
        &[("'=9", &[("decision_partner_id", "P0002"), ("decision_valid_to", "2026-03-01")])],
    );
    let decided: &[(&str, &str)] =
        &[("decision_kind", "hardware"), ("decision_category_code", "NOTEBOOK"), ("decision_is_post_warranty", "FALSE")];
    scratch.decide(&lists.join("unmapped_products.csv"), "products_decided.csv", &[("'-NB1002", decided)]);
    let run = scratch
        .run("partner_decisions = [\"partners_decided.csv\"]\nproduct_decisions = [\"products_decided.csv\"]\n")
        .expect("a run with decisions");
    let lines = Published::open(&run.join("tables")).table("fact_sale_line");
    let columns = ["place", "partner_id", "kind_code", "sale_amount"].map(str::to_owned);
    let expected = [
        ["located.csv:2", "P0001", "hardware", "1000.00"],
        ["located.csv:3", "P0002", "hardware", "3000.00"],
        ["located.csv:5", "P0001", "hardware", "700.00"],
        ["located.csv:6", "P0001", "unmapped", "9.00"],
        ["named.csv:3", "P0001", "hardware", "1.00"],
    ];
    assert_eq!(lines.select(&columns).sorted_rows(), expected.map(|row| row.map(str::to_owned).to_vec()));
    // What stays undecided stays on the lists; the location's second day is outside of the decided days.
    let columns = ["partner_name", "quarantined_records", "net_amount"];
    let expected = [["Partner 0003 Limited", "1", "4000.00"], ["Partner 0002", "1", "-1500.00"]];
    assert_eq!(shown(&run.join("worklists/unknown_partners.csv"), &columns), expected.map(|row| row.map(str::to_owned).to_vec()));
    assert_eq!(shown(&run.join("worklists/unmapped_products.csv"), &["sku"]), [["QQ77"]]);
}

#[test]
fn a_wrong_decision_stops_the_run_with_its_line() {
    let scratch = Scratch::new();
    let lists = scratch.run("").expect("a run").join("worklists");
    let wrong: [(&str, &[(&str, &str)]); 2] =
        [("'=9", &[("decision_partner_id", "P9999")]), ("Partner 0003 Limited", &[("decision_valid_from", "2026-01-01")])];
    scratch.decide(&lists.join("unknown_partners.csv"), "partners_decided.csv", &wrong);
    scratch.decide(&lists.join("unmapped_products.csv"), "products_decided.csv", &[("QQ77", &[("decision_kind", "service")])]);
    let error = scratch
        .run("partner_decisions = [\"partners_decided.csv\"]\nproduct_decisions = [\"products_decided.csv\"]\n")
        .expect_err("three wrong decisions");
    let Error::Input(problems) = error else { panic!("bad input, not {error}") };
    let found: Vec<(usize, String)> =
        problems.0.iter().map(|problem| (problem.line.unwrap_or_default(), problem.message.clone())).collect();
    let expected = [
        (2, "days are decided, but no `decision_partner_id`"),
        (3, "unknown partner `P9999`"),
        (3, "kind `service` without a category"),
    ];
    assert_eq!(found, expected.map(|(line, message)| (line, message.to_owned())));
}
