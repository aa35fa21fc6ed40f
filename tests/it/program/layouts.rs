//! The same market in other layouts: what a run finds does not depend on them.

use std::ffi::OsStr;
use std::path::Path;

use super::{Market, attachrate};
use crate::published::{Published, Table};

/// A market generated with options; its pipeline is edited.
pub fn market(options: &[&str], edit: impl FnOnce(String) -> String) -> Market {
    let market = Market { root: tempfile::TempDir::new().expect("a temporary folder") };
    let data = market.data();
    let fixed = ["generate", "--lines", "3000", "--partners", "12", "--defects", "none", "--out"];
    let arguments = fixed.iter().map(OsStr::new).chain([data.as_os_str()]).chain(options.iter().map(OsStr::new));
    attachrate(arguments.collect::<Vec<_>>()).expect_code(0);
    super::copy(Path::new("pipelines"), &market.root.path().join("pipelines"));
    market.edit_pipeline(edit);
    market
}

/// Everything of the index and of the accepted lines but their places.
fn found(market: &Market) -> (Table, Vec<Vec<String>>) {
    market.does("run", &[]).expect_code(0);
    let published = Published::open(&market.out().join("current/tables"));
    let columns =
        ["partner_id", "invoice_date", "invoice_number", "sku", "quantity_units", "sale_amount", "net_units", "attached_units"];
    let lines = published.table("fact_sale_line").select(&columns.map(str::to_owned)).sorted_rows();
    (published.table("fact_partner_index"), lines)
}

#[test]
fn what_is_found_does_not_depend_on_the_layout() {
    let (index, lines) = found(&market(&[], |text| text));
    assert!(lines.len() > 2_000);
    let excel = |text: String| {
        text.replace("distributor_b/*.txt", "distributor_b/*.xlsx")
            .replace("encoding = \"windows-1252\"\ndelimiter = \";\"\n", "format = \"excel\"\n")
            .replace("vendor_direct/*.tsv", "vendor_direct/*.jsonl")
            .replace("encoding = \"utf-8\"\ndelimiter = \"\\t\"\nquote = \"\"\n", "format = \"json_lines\"\n")
            .replace("registrations/*.txt", "registrations/*.txt.zst")
            .replace("distributor_a/*.csv", "distributor_a/*.csv.gz")
    };
    let layouts = [
        "--layout",
        "distributor_b=excel",
        "--layout",
        "vendor_direct=json_lines",
        "--layout",
        "registrations=zstd",
        "--layout",
        "distributor_a=gzip",
    ];
    let (other_index, other_lines) = found(&market(&layouts, excel));
    assert_eq!(index.rows, other_index.rows);
    assert!(lines == other_lines);
}

#[test]
fn fixed_width_and_wide_letters_are_read_as_declared() {
    let (index, lines) = found(&market(&[], |text| text));
    let layouts = ["--layout", "distributor_b=fixed_width", "--layout", "registrations=utf-16"];
    let market = market(&layouts, |text| text);
    let columns = std::fs::read_to_string(market.data().join("declaration_distributor_b.toml")).expect("a declaration");
    market.edit_pipeline(|text| {
        text.replace("distributor_b/*.txt", "distributor_b/*.dat")
            .replace("encoding = \"windows-1252\"\ndelimiter = \";\"\n", &columns)
            .replace("encoding = \"utf-8\"\ndelimiter = \"|\"", "encoding = \"utf-16le\"\ndelimiter = \"|\"")
    });
    let (other_index, other_lines) = found(&market);
    assert_eq!(index.rows, other_index.rows);
    assert!(lines == other_lines);
}
