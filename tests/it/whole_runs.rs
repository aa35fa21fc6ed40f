//! Properties of whole runs, from raw files to published tables, over random small markets.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use attachrate::config;
use attachrate::run::{RunOptions, execute};
use attachrate::telemetry::Progress;
use chrono::NaiveDate;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::published::Published;
use crate::sale_rows::{Row, any_row};

/// Markets of one run; the partners of one share serials, those of two share nothing.
const MARKETS: u32 = 24;
const PARTNERS_OF_A_MARKET: u32 = 3;
/// A partner that has nothing to do with the others.
const STRANGER: u32 = 900;
const FILES: usize = 3;

/// Every value of a sale as its sender writes it: two equal sales cannot be told apart.
fn content(row: &Row) -> String {
    let cents = format!("{}{}.{:02}", if row.amount < 0 { "-" } else { "" }, row.amount.abs() / 100, row.amount.abs() % 100);
    let day = NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day") + chrono::Days::new(row.date as u64);
    let keys = [&row.invoice, &row.purchase_order, &row.sales_order, &row.end_customer, &row.certificate].map(String::as_str);
    format!(
        "L{}-{},{day},{},{},{cents},{},{}",
        row.partner,
        row.location,
        row.sku,
        row.quantity,
        row.serials.join(" "),
        keys.join(",")
    )
}

prop_compose! {
    /// Sales of all markets.
    fn all_markets()(markets in vec(vec(any_row(), 6..30), MARKETS as usize)) -> Vec<Row> {
        (0..).zip(markets).flat_map(|(market, rows)| rows.into_iter().map(move |row| of_market(market, row))).collect()
    }
}

fn of_market(market: u32, row: Row) -> Row {
    let serials = row.serials.iter().map(|serial| format!("{serial}M{market}")).collect();
    Row { partner: row.partner + PARTNERS_OF_A_MARKET * market, serials, ..row }
}

/// A run over sales: its tables, and the content of every line by its place.
struct Run {
    tables: Published,
    contents: BTreeMap<String, String>,
    _folder: tempfile::TempDir,
}

impl Run {
    /// Runs sales, each in the file that is named with it.
    fn of(sales: &[(usize, Row)]) -> Self {
        Self::with(sales, "")
    }

    /// The same, with more in the pipeline file.
    fn with(sales: &[(usize, Row)], rules: &str) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let root = folder.path();
        fs::create_dir_all(root.join("in/reference")).expect("a scratch folder");
        write_reference(&root.join("in/reference"));
        fs::write(root.join("pipeline.toml"), format!("{PIPELINE}{rules}")).expect("a scratch file");
        let mut contents = BTreeMap::new();
        for file in 0..FILES {
            let mut text = "dealer,day,part,pieces,value,serials,invoice,po,so,customer,certificate\n".to_owned();
            for (line, (_, row)) in (2..).zip(sales.iter().filter(|(own, _)| *own == file)) {
                let content = content(row);
                writeln!(text, "{content}").expect("text");
                contents.insert(format!("sales_{file}.csv:{line}"), content);
            }
            fs::write(root.join(format!("in/sales_{file}.csv")), text).expect("a scratch file");
        }
        let plan = config::load(&root.join("pipeline.toml")).expect("a valid pipeline");
        let options = RunOptions { out: root.join("out"), threads: 2, memory_bytes: 1 << 30, progress: Progress::hidden() };
        let tables = Published::open(&execute(&plan, &options).expect("a run").folder.join("tables"));
        Self { tables, contents, _folder: folder }
    }

    /// Rows of a table with contents of lines in the stead of their places, in the order of their text.
    fn rows(&self, table: &str, columns: &[&str]) -> Vec<Vec<String>> {
        let mut rows = self.tables.table(table).select(&columns.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).rows;
        for value in rows.iter_mut().flatten() {
            if let Some(content) = self.contents.get(value) {
                value.clone_from(content);
            }
        }
        rows.sort();
        rows
    }

    fn attachments(&self) -> Vec<Vec<String>> {
        let columns =
            ["service_place", "hardware_place", "rung_code", "is_add_on", "packs_units", "attached_units", "attached_amount"];
        self.rows("fact_attachment", &columns)
    }

    fn lines(&self) -> Vec<Vec<String>> {
        let columns =
            ["place", "net_units", "net_amount", "attached_units", "attached_amount", "left_over_units", "left_over_code"];
        self.rows("fact_sale_line", &columns)
    }

    /// Hardware, services and attached units by the reseller and by the whole of its assessed ones.
    fn sums(&self) -> BTreeMap<String, [i64; 3]> {
        let resellers: BTreeMap<String, String> = self
            .rows("dim_partner", &["partner_id", "reseller_id"])
            .into_iter()
            .map(|row| (row[0].clone(), row[1].clone()))
            .collect();
        let mut sums: BTreeMap<String, [i64; 3]> = BTreeMap::new();
        for row in self.rows("fact_partner_index", &["partner_id", "hardware_amount", "services_amount", "attached_units"]) {
            let own = sums.entry(resellers[&row[0]].clone()).or_default();
            for (sum, text) in own.iter_mut().zip(&row[1..]) {
                *sum += text.replace('.', "").parse::<i64>().expect("an amount");
            }
        }
        sums
    }

    /// Every column of the tables of the index.
    fn index(&self) -> Vec<(&'static str, Vec<Vec<String>>)> {
        let tables = ["fact_partner_index", "fact_partner_cell", "fact_benchmark_cell", "fact_partner_reading", "fact_dispersion"];
        tables.map(|name| (name, self.tables.table(name).sorted_rows())).into()
    }
}

fn write_reference(folder: &Path) {
    let partners: Vec<u32> = (0..MARKETS * PARTNERS_OF_A_MARKET).chain([STRANGER]).collect();
    let of_partners = |header: &str, row: &dyn Fn(u32) -> String| {
        partners.iter().fold(format!("{header}\n"), |text, partner| text + &row(*partner) + "\n")
    };
    let mut products = "sku,description,kind,category_code,is_post_warranty\n".to_owned();
    for product in 0..8 {
        let (kind, category) = (if product < 4 { "hardware" } else { "service" }, ["NB", "SV"][product % 2]);
        writeln!(products, "SKU{product},Product {product},{kind},{category},{}", product == 7).expect("text");
    }
    for (sku, kind) in [("GONE-H", "hardware"), ("GONE-V", "service")] {
        writeln!(products, "{sku},Product {sku},{kind},NB,false").expect("text");
    }
    let partner = |number| format!("P{number:03},Partner {number:03},P{number:03},US,AMER,true,");
    let files = [
        (
            "categories",
            "category_code,category_name,family_code,family_name\nNB,Notebook,PC,PC\nSV,Server,SRV,Servers\n".to_owned(),
        ),
        ("products", products),
        ("partners", of_partners("partner_id,partner_name,hq_id,country_code,region_code,is_program,manager_name", &partner)),
        (
            "locations",
            of_partners("feed_id,location_id,partner_id,valid_from,valid_to", &|n| {
                format!("sales,L{n}-0,P{n:03},,\nsales,L{n}-1,P{n:03},,")
            }),
        ),
        ("fx", "month,currency_code,rate\n2026-03,USD,1\n".to_owned()),
    ];
    for (name, text) in files {
        fs::write(folder.join(format!("{name}.csv")), text).expect("a scratch file");
    }
}

const PIPELINE: &str = r#"version = 1
title = "Random markets"

[period]
from = 2025-11-01
to = 2026-10-31
as_of = 2026-12-15

[money]
reporting_currency = "USD"

[[feed]]
id = "sales"
kind = "sales"
files = ["in/sales_*.csv"]
encoding = "utf-8"
delimiter = ","
currency = "USD"
serial_separator = " "
dates = { format = "yyyy-mm-dd" }

[feed.columns]
location = "dealer"
date = "day"
invoice = "invoice"
sku = "part"
quantity = "pieces"
amount = "value"
serials = "serials"
purchase_order = "po"
sales_order = "so"
end_customer = "customer"
certificate = "certificate"

[reference]
categories = "in/reference/categories.csv"
products = "in/reference/products.csv"
partners = "in/reference/partners.csv"
locations = "in/reference/locations.csv"
fx = "in/reference/fx.csv"

[attach]
window_days = 6
lead_days = 3

[publish]
customers = "full"
parts = 4
"#;

type Rows = Vec<Vec<String>>;

/// The rows that only one side has, so many times as it has them more often.
fn differing(left: &Rows, right: &Rows) -> (Rows, Rows) {
    let without = |rows: &Rows, others: &Rows| -> Rows {
        let mut others = others.clone();
        let mut alone = rows.clone();
        alone.retain(|row| match others.iter().position(|other| other == row) {
            Some(place) => {
                others.swap_remove(place);
                false
            }
            None => true,
        });
        alone
    };
    (without(left, right), without(right, left))
}

fn none() -> (Rows, Rows) {
    Default::default()
}

/// The sales, each in a file.
fn in_files(rows: Vec<Row>, files: &[Index]) -> Vec<(usize, Row)> {
    rows.into_iter().zip(files.iter().cycle()).map(|(row, file)| (file.index(FILES), row)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 20, ..ProptestConfig::with_cases(2) })]

    #[test]
    fn the_order_of_files_and_lines_does_not_matter(
        rows in all_markets(), files in vec(any::<Index>(), 50), others in vec(any::<Index>(), 47), first in any::<Index>(),
    ) {
        let run = Run::of(&in_files(rows.clone(), &files));
        let mut shuffled = rows;
        shuffled.reverse();
        let places = shuffled.len();
        shuffled.rotate_left(first.index(places));
        let again = Run::of(&in_files(shuffled, &others));
        prop_assert!(!run.attachments().is_empty());
        prop_assert_eq!(differing(&run.attachments(), &again.attachments()), none());
        prop_assert_eq!(differing(&run.lines(), &again.lines()), none());
        for ((name, rows), (_, again)) in run.index().iter().zip(&again.index()) {
            prop_assert_eq!(differing(rows, again), none(), "{}", name);
        }
    }

    /// Where locations are assessed, lines are matched as before, and what counts for a partner is what counts for its locations together.
    #[test]
    fn locations_share_what_their_partner_has(rows in all_markets(), files in vec(any::<Index>(), 50)) {
        let sales = in_files(rows, &files);
        let partners = Run::of(&sales);
        let locations = Run::with(&sales, "[benchmark]\nassess = \"location\"\n");
        prop_assert!(!partners.attachments().is_empty());
        prop_assert_eq!(differing(&partners.attachments(), &locations.attachments()), none());
        prop_assert_eq!(differing(&partners.lines(), &locations.lines()), none());
        prop_assert_eq!(partners.sums(), locations.sums());
    }

    #[test]
    fn a_stranger_changes_no_attachment(
        rows in all_markets(), strange in vec(any_row(), 1..30), files in vec(any::<Index>(), 50),
    ) {
        let run = Run::of(&in_files(rows.clone(), &files));
        let mut together = in_files(rows, &files);
        together.extend(strange.into_iter().map(|row| of_market(MARKETS, row)).map(|row| (0, Row { partner: STRANGER, ..row })));
        let again = Run::of(&together);
        let of_others = |rows: Vec<Vec<String>>| -> Vec<Vec<String>> {
            rows.into_iter().filter(|row| !row[0].starts_with(&format!("L{STRANGER}-"))).collect()
        };
        prop_assert_eq!(differing(&run.attachments(), &of_others(again.attachments())), none());
        prop_assert_eq!(differing(&run.lines(), &of_others(again.lines())), none());
    }

    /// Sales of hardware and packs that are wholly returned, on the keys of other lines, at dates and units of their own.
    #[test]
    fn a_returned_sale_leaves_no_trace_in_the_index(
        rows in all_markets(), gone in vec((any::<Index>(), 0u64..6, 1i64..5, 1i64..90_000, any::<bool>()), 1..12),
        files in vec(any::<Index>(), 50),
    ) {
        let run = Run::of(&in_files(rows.clone(), &files));
        let mut together = in_files(rows.clone(), &files);
        for (like, days, quantity, amount, is_hardware) in gone {
            let like = &rows[like.index(rows.len())];
            let sku = if is_hardware { "GONE-H" } else { "GONE-V" };
            let sale = Row { sku: sku.to_owned(), quantity, amount, ..like.clone() };
            let back = Row { date: sale.date + days as i32, quantity: -quantity, amount: -amount, ..sale.clone() };
            together.extend([(0, back), (1, sale)]);
        }
        let again = Run::of(&together);
        prop_assert_eq!(differing(&run.attachments(), &again.attachments()), none());
        for ((name, rows), (_, again)) in run.index().iter().zip(&again.index()) {
            prop_assert_eq!(differing(rows, again), none(), "{}", name);
        }
    }
}
