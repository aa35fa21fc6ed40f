//! The three files of a small run, worked by hand.

use super::*;
use crate::tables::published::{DIM_CATEGORY, DIM_PARTNER, FACT_ATTACHMENT, FACT_SALE_LINE};
use serde_json::Value;

/// A file whose columns with totals each sum to `total`.
fn file(definition: &TableDef, path: &str, rows: u64, total: i128) -> (String, WrittenTable) {
    let totals = definition.columns.iter().filter(|column| column.has_total()).map(|column| (column.name.to_owned(), total));
    (path.to_owned(), WrittenTable { rows, sha256: format!("{rows:064x}"), bytes: 100 * rows, totals: totals.collect() })
}

fn description(title: &str) -> Description {
    let part = |definition: &TableDef, number: u64, total| {
        file(definition, &format!("tables/{}/part-{number:04}.parquet", definition.file_name()), number + 1, total)
    };
    let single = |definition: &'static TableDef| DescribedTable {
        definition,
        files: vec![file(definition, &format!("tables/{}", definition.file_name()), 3, 0)],
    };
    let folder = |definition: &'static TableDef| DescribedTable {
        definition,
        files: vec![part(definition, 0, -1_234_567), part(definition, 1, 1_234_500)],
    };
    Description {
        title: title.to_owned(),
        run_id: "2026-12-15-0123456789ab".into(),
        currency: "USD".into(),
        tables: vec![single(&DIM_CATEGORY), single(&DIM_PARTNER), folder(&FACT_SALE_LINE), folder(&FACT_ATTACHMENT)],
        ..Description::default()
    }
}

fn text_of(title: &str, name: &str) -> String {
    let files = files(&description(title)).expect("files");
    files.into_iter().find(|(file, _)| *file == name).expect("the file").1
}

#[test]
fn a_folder_of_parts_is_one_resource_with_the_hash_of_every_part() {
    let package: Value = serde_json::from_str(&text_of("A title", DATA_PACKAGE)).expect("JSON");
    let resource = |name: &str| {
        package["resources"].as_array().expect("resources").iter().find(|resource| resource["name"] == name).expect("one").clone()
    };
    let lines = resource("fact_sale_line");
    assert_eq!(lines["path"], "tables/fact_sale_line.parquet");
    assert_eq!(lines["rowCount"], 3);
    assert_eq!(lines.get("hash"), None);
    assert_eq!(lines["parts"][1]["path"], "tables/fact_sale_line.parquet/part-0001.parquet");
    assert_eq!(lines["parts"][1]["hash"], format!("sha256:{:064x}", 2));
    assert_eq!(lines["parts"][1]["bytes"], 200);
    let partners = resource("dim_partner");
    assert_eq!(partners["bytes"], 300);
    assert_eq!(partners["hash"], format!("sha256:{:064x}", 3));
    assert_eq!(partners["schema"]["primaryKey"], serde_json::json!(["partner_id"]));
    let keys = lines["schema"]["foreignKeys"].as_array().expect("foreign keys");
    assert!(keys.contains(&serde_json::json!({
        "fields": ["partner_id"], "reference": {"resource": "dim_partner", "fields": ["partner_id"]}
    })));
}

#[test]
fn the_contract_states_rows_and_totals_of_all_parts_in_the_smallest_unit() {
    let contract = text_of("A title", CONTRACT);
    let of_lines = contract.split("- name: fact_sale_line\n").nth(1).expect("the table");
    let rule = |name: &str| {
        let from = of_lines.find(&format!("name: fact_sale_line {name}\n")).expect("the rule");
        of_lines[from..].split("mustBe: ").nth(1).and_then(|rest| rest.lines().next()).expect("a value").to_owned()
    };
    assert_eq!(rule("rows"), "3");
    assert_eq!(rule("sale_amount total"), "-67");
    // Long texts are folded over lines.
    let flat = of_lines.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("Sum of sale_amount over all rows: -0.67"), "{flat}");
    assert!(flat.contains("SELECT CAST(COALESCE(SUM(sale_amount), 0) * 100 AS DECIMAL(38,0)) FROM fact_sale_line"));
    assert!(contract.contains("to: fact_sale_line.sale_line_id"));
}

#[test]
fn the_catalogue_reads_a_folder_by_its_files_and_quotes_what_it_says() {
    let catalog = text_of("A title", CATALOG);
    assert!(catalog.contains("FROM read_parquet('tables/fact_sale_line.parquet/*.parquet');"));
    assert!(catalog.contains("FROM read_parquet('tables/dim_partner.parquet');"));
    assert!(catalog.contains("COMMENT ON COLUMN fact_sale_line.purchase_order_number IS 'Customer''s purchase order';"));
    assert!(catalog.contains("COMMENT ON COLUMN fact_attachment.attached_amount IS 'Money of the packs [reporting currency]';"));
}

#[test]
fn a_title_stays_text_in_every_file() {
    for title in ["yes", "2026-10-31", "a: b # c", "- x", "'\"\n-- x\nDROP TABLE y;", "null", "*a", "\u{2028}\u{85}"] {
        let contract = text_of(title, CONTRACT);
        assert_eq!(contract.matches("\nname: ").count(), 1, "{title:?}");
        let package: Value = serde_json::from_str(&text_of(title, DATA_PACKAGE)).expect("JSON");
        assert_eq!(package["title"], title);
        assert!(!text_of(title, CATALOG).contains("DROP TABLE"));
    }
}

#[test]
fn decimals_keep_sign_and_places() {
    let column = |name: &str| FACT_SALE_LINE.columns.iter().find(|column| column.name == name).expect("a column");
    assert_eq!(decimal(-5, column("sale_amount")), "-0.05");
    assert_eq!(decimal(123_456, column("sale_amount")), "1234.56");
    assert_eq!(decimal(-7, column("quantity_units")), "-7");
    assert_eq!(decimal(i128::MIN, column("quantity_units")), i128::MIN.to_string());
}
