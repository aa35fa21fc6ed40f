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

/// The same market with feeds in other layouts, as the generator declares them.
pub fn recast(layouts: &[(&str, &str)]) -> Market {
    let options: Vec<String> =
        layouts.iter().flat_map(|(feed, words)| ["--layout".to_owned(), format!("{feed}={words}")]).collect();
    let market = market(&options.iter().map(String::as_str).collect::<Vec<_>>(), |text| text);
    let data = market.data();
    market
        .edit_pipeline(|text| layouts.iter().fold(text, |text, (feed, _)| super::declared(&text, &data, feed, "../sample_data/")));
    market
}

#[test]
fn what_is_found_does_not_depend_on_the_layout() {
    let (index, lines) = found(&market(&[], |text| text));
    assert!(lines.len() > 2_000);
    for layouts in [
        [
            ("distributor_a", "gzip_members"),
            ("distributor_b", "excel+title_rows"),
            ("vendor_direct", "json_lines+us_dates"),
            ("registrations", "zstd"),
        ],
        [
            ("distributor_a", "x12_867+item_first+two_ship_to+line_ends+zip"),
            ("distributor_b", "fixed_width+cp850+preamble+trailer"),
            ("vendor_direct", "x12_867+5010+odd_marks+constants"),
            ("registrations", "utf-16le+no_header"),
        ],
        [
            ("distributor_a", "semicolon+decimal_comma+thousands+parentheses+short_years+repeated_header+trailer"),
            ("distributor_b", "parquet"),
            ("vendor_direct", "backslash+iso-8859-1+month_names+trailing_delimiter"),
            ("registrations", "excel+gzip"),
        ],
        [
            ("distributor_a", "excel+xls"),
            ("distributor_b", "fixed_width+no_line_ends+cp850+preamble+trailer"),
            ("vendor_direct", "excel+xlsb+1904+title_rows"),
            ("registrations", "excel+ods+gzip"),
        ],
    ] {
        let (other_index, other_lines) = found(&recast(&layouts));
        assert_eq!(index.rows, other_index.rows, "{layouts:?}");
        assert!(lines == other_lines, "{layouts:?}");
    }
}
