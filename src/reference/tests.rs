//! Reference tables, right and wrong, behind the smallest pipeline file.

use std::path::Path;

use super::{AdjustmentAction, ExceptionScope, Kind, RuleField, load, normalise_name};
use crate::config;
use crate::error::Error;

const PIPELINE: &str = r#"
version = 1
title = "References"
period = { from = 2025-11-01, to = 2026-10-31, as_of = 2026-12-15 }
money = { reporting_currency = "USD" }

[[feed]]
id = "sales"
kind = "sales"
files = ["sales.csv"]
encoding = "utf-8"
delimiter = ","
currency = "USD"
columns = { location = "dealer", date = "day", sku = "part", quantity = "pieces", amount = "value" }
dates = { format = "yyyy-mm-dd" }

[reference]
categories = "categories.csv"
products = "products.csv"
product_lines = "product_lines.csv"
category_rules = "rules.csv"
partners = "partners.csv"
locations = "locations.csv"
aliases = "aliases.csv"
fx = "fx.csv"
exceptions = "exceptions.csv"
adjustments = "adjustments.csv"
"#;

const TABLES: [(&str, &str); 11] = [
    ("sales.csv", "dealer,day,part,pieces,value\n"),
    (
        "categories.csv",
        "category_code,category_name,family_code,family_name\nNOTEBOOK,Notebook,PC,Personal computers\nDESKTOP,Desktop,PC,Personal computers\n",
    ),
    (
        "products.csv",
        "is_post_warranty,sku,description,kind,category_code\nfalse,nb1#ABU,\"Notebook, 15.6\"\"\",hardware,NOTEBOOK\n\
         true,UK1PE,Pack,service,NOTEBOOK\nfalse,INK1,Ink,other,\n",
    ),
    ("product_lines.csv", "product_line_code,kind,category_code\n2g,hardware,DESKTOP\n"),
    ("rules.csv", "field,pattern,kind,category_code,is_post_warranty\nsku,^NB,hardware,NOTEBOOK,false\nlabel,ink,other,,false\n"),
    (
        "partners.csv",
        "partner_id,partner_name,hq_id,country_code,region_code,is_program,manager_name\nP0002,Partner 0002 Ltd,P0001,GB,EMEA,false,\n\
         P0001,Partner 0001 Ltd,P0001,US,AMER,true,Manager 01\n",
    ),
    (
        "locations.csv",
        "feed_id,location_id,partner_id,valid_from,valid_to\nsales,L1,P0002,2026-04-01,\nsales,L1,P0001,,2026-03-31\n\
         sales,L2,P0001,2026-01-01,2026-01-31\n",
    ),
    ("aliases.csv", "feed_id,partner_name,partner_id\nsales,\"Partner 0002, LTD.\",P0002\n"),
    ("fx.csv", "\u{feff}month,currency_code,rate\n2026-01,EUR,1.0785\n2026-01,USD,1\n"),
    (
        "exceptions.csv",
        "exception_id,scope,partner_id,value,reason,approver,valid_from,valid_to\nE2,partner,P0002,,\"Moved, late\",Approver 1,,\n\
         E1,category,P0001,NOTEBOOK,Tender,Approver 2,2026-04-01,2026-04-01\n",
    ),
    (
        "adjustments.csv",
        "adjustment_id,action,approver,reason,evidence,feed_id,file_path,file_sha256,record_number,partner_id,date,invoice,sku,quantity,\
         amount,currency,serials,purchase_order,sales_order,end_customer,certificate\n\
         A2,recode,Approver 1,Wrong dealer,Ticket 1,sales,sales.csv,0123456789AB,7,P0002,,,,,,,,,,,\n\
         A1,add,,Missing,,,,,,P0001,2026-01-31,A7,NB1,1,100.00,USD,S1|S2,PO1,SO1,C1,X1\n",
    ),
];

/// The day 2026-04-01.
const FIRST_OF_APRIL: i32 = 20_544;

fn write(folder: &Path, replaced: &[(&str, &str)]) -> std::path::PathBuf {
    for (name, text) in TABLES.iter().chain(replaced) {
        std::fs::write(folder.join(name), text).expect("a scratch file");
    }
    let pipeline = folder.join("pipeline.toml");
    std::fs::write(&pipeline, PIPELINE).expect("a scratch file");
    pipeline
}

/// The problems of tables in which some are replaced, as `file:line: message`.
fn problems(replaced: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let plan = config::load(&write(folder.path(), replaced)).expect("a valid pipeline");
    match load(&plan) {
        Err(Error::Input(problems)) => {
            let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let shown = |problem: &crate::error::Problem| {
                format!("{}:{}: {}", name(&problem.file), problem.line.unwrap_or_default(), problem.message)
            };
            problems.0.iter().map(shown).collect()
        }
        other => panic!("expected problems of the input, got {:?}", other.map(|references| references.files)),
    }
}

/// Tables of a pipeline that assesses locations.
fn by_location(folder: &Path, partners: &str) -> crate::error::Result<super::References> {
    let headers = TABLES.map(|(name, text)| (name, text.split_inclusive('\n').next().unwrap_or_default()));
    let locations = "feed_id,location_id,partner_id,valid_from,valid_to,site_id\nsales,L1,P0002,2026-04-01,,\nsales,L1,P0001,,2026-03-31,\n\
                     sales,L2,P0001,,,North\nsales,L3,P0001,,,North\n";
    let of_people = headers.into_iter().filter(|(name, _)| ["exceptions.csv", "adjustments.csv"].contains(name));
    let replaced: Vec<_> = of_people.chain([("locations.csv", locations), ("partners.csv", partners)]).collect();
    let pipeline = write(folder, &replaced);
    std::fs::write(&pipeline, format!("{PIPELINE}[benchmark]\nassess = \"location\"\n")).expect("a scratch file");
    load(&config::load(&pipeline).expect("a valid pipeline"))
}

const THREE_PARTNERS: &str = "partner_id,partner_name,hq_id,country_code,region_code,is_program,manager_name\nP0001,Partner 0001,P0001,US,AMER,true,\n\
                              P0002,Partner 0002,P0001,GB,EMEA,false,\nP0001-B,Partner 0001-B,P0001,US,AMER,true,\n";

#[test]
fn locations_are_assessed_by_site_and_day() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let references = by_location(folder.path(), THREE_PARTNERS).expect("right tables");
    let ids: Vec<&str> = references.partners.iter().map(|partner| partner.id.as_str()).collect();
    assert_eq!(ids, ["P0001-B/-", "P0001/L1", "P0001/North", "P0002/-", "P0002/L1"]);
    let resellers: Vec<u32> = (0..5).map(|partner| references.resellers.of(partner)).collect();
    assert_eq!(resellers, [0, 1, 1, 3, 3]);
    let id_at = |location, date| references.partner_at(0, location, date).map(|partner| ids[partner as usize]);
    assert_eq!([id_at("L1", FIRST_OF_APRIL - 1), id_at("L1", FIRST_OF_APRIL)], [Some("P0001/L1"), Some("P0002/L1")]);
    assert_eq!([id_at("L2", 0), id_at("L3", 0), id_at("L4", 0)], [Some("P0001/North"), Some("P0001/North"), None]);
    assert_eq!(references.partner_named(0, "partner 0002 ltd", 0), Some(3));
    assert_eq!(references.last_partner_at(0, "L1", FIRST_OF_APRIL), Some(4));
    // Whom decisions name.
    assert_eq!(references.listed_at(0).collect::<Vec<_>>(), [("L1", 0), ("L1", 2), ("L2", 0), ("L3", 0)]);
    assert_eq!(references.partners[4].country_code, "GB");
}

#[test]
fn ids_of_partners_and_locations_are_told_apart() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let partners = THREE_PARTNERS.replace("P0001-B,", "P0001/B,");
    let Err(Error::Input(problems)) = by_location(folder.path(), &partners) else { panic!("a problem") };
    assert_eq!(problems.0[0].message, "partner `P0001/B` has a `/` in its id");
}

#[test]
fn right_tables_are_read() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let plan = config::load(&write(folder.path(), &[])).expect("a valid pipeline");
    let references = load(&plan).expect("right tables");
    let codes: Vec<&str> = references.categories.iter().map(|category| category.code.as_str()).collect();
    assert_eq!(codes, ["DESKTOP", "NOTEBOOK"]);
    let notebook = &references.products["NB1"];
    assert_eq!((notebook.classification.kind, notebook.classification.category), (Kind::Hardware, Some(1)));
    assert_eq!(notebook.description, "Notebook, 15.6\"");
    assert!(references.products["UK1PE"].classification.is_post_warranty);
    assert_eq!(references.products["INK1"].classification.category, None);
    assert_eq!(references.product_lines["2G"].category, Some(0));
    assert_eq!((references.rules[0].field, references.rules[1].field), (RuleField::Sku, RuleField::Label));
    assert!(references.rules[0].pattern.is_match("nb99") && references.rules[1].pattern.is_match("Pink"));
    assert_eq!((references.partners[0].id.as_str(), references.partners[1].is_program), ("P0001", false));
    let at = |date| references.crosswalk.partner(0, "L1", date);
    assert_eq!((at(0), at(FIRST_OF_APRIL - 1), at(FIRST_OF_APRIL), at(i32::MAX)), (Some(0), Some(0), Some(1), Some(1)));
    assert_eq!(references.crosswalk.partner(0, "L2", FIRST_OF_APRIL), None);
    assert_eq!(references.crosswalk.partner(0, "L3", 0), None);
    assert_eq!(references.crosswalk.partner(7, "L1", 0), None);
    assert_eq!(references.aliases.get(&(0, normalise_name("PARTNER 0002 ltd"))), Some(&1));
    let january = 2026 * 12;
    assert_eq!(references.fx.rate("EUR", january).and_then(|rate| rate.convert(10_000)), Some(10_785));
    assert_eq!(references.fx.rate("EUR", january + 1), None);
    assert_eq!(references.fx.rate("USD", 0).and_then(|rate| rate.convert(-7)), Some(-7));
    let [first, second] = references.exceptions.as_slice() else { panic!("two exceptions") };
    assert_eq!((first.id.as_str(), first.partner, &first.scope), ("E1", 0, &ExceptionScope::Category(1)));
    assert_eq!((first.reason.as_str(), first.approver.as_str()), ("Tender", "Approver 2"));
    assert_eq!([-1, 0, 1].map(|day| first.covers(FIRST_OF_APRIL + day)), [false, true, false]);
    assert_eq!((second.id.as_str(), second.partner, &second.scope), ("E2", 1, &ExceptionScope::Partner));
    assert_eq!((second.reason.as_str(), second.covers(i32::MIN), second.covers(i32::MAX)), ("Moved, late", true, true));
    let [proposal, recode] = references.adjustments.as_slice() else { panic!("two adjustments") };
    assert_eq!((proposal.id.as_str(), proposal.action, proposal.is_approved()), ("A1", AdjustmentAction::Add, false));
    assert_eq!((proposal.partner, &proposal.record, proposal.row, proposal.line), (Some(0), &None, 2, 3));
    assert_eq!((proposal.values.date.as_str(), proposal.values.certificate.as_str()), ("2026-01-31", "X1"));
    assert_eq!((recode.action, recode.is_approved(), recode.partner), (AdjustmentAction::Recode, true, Some(1)));
    let record = recode.record.as_ref().expect("the record of a recode");
    assert_eq!((record.feed, record.path.as_str()), (0, "sales.csv"));
    assert_eq!((record.sha256.as_str(), record.record), ("0123456789ab", 7));
    let files: Vec<&str> = references.files.iter().map(|file| file.relative.as_str()).collect();
    let sorted = [
        "adjustments.csv",
        "aliases.csv",
        "categories.csv",
        "exceptions.csv",
        "fx.csv",
        "locations.csv",
        "partners.csv",
        "product_lines.csv",
        "products.csv",
        "rules.csv",
    ];
    assert_eq!(files, sorted);
}

#[test]
fn every_wrong_row_is_named() {
    let found = problems(&[
        (
            "products.csv",
            "sku,description,kind,category_code,is_post_warranty\nNB1,a,hardware,NOTEBOOK,false\nnb1#X,b,hardware,NOTEBOOK,false\n\
             NB2,c,gadget,NOTEBOOK,false\nNB3,d,hardware,LAPTOP,false\nNB4,e,hardware,,false\nNB5,f,other,NOTEBOOK,false\n\
             NB6,g,hardware,NOTEBOOK,yes\nNB7,h,hardware,NOTEBOOK,true\n,i,other,,false\nNB8,j,other\n",
        ),
        (
            "rules.csv",
            "field,pattern,kind,category_code,is_post_warranty\nname,x,other,,false\nsku,(x,other,,false\nsku,,other,,false\n",
        ),
        (
            "locations.csv",
            "feed_id,location_id,partner_id,valid_from,valid_to\nsales,L1,P0001,,2026-04-01\nsales,L1,P0002,2026-04-01,\n\
             shop,L2,P0009,,\nsales,L3,P0001,2026-02-30,\nsales,L4,P0001,2026-02-02,2026-02-01\n",
        ),
        ("aliases.csv", "feed_id,partner_name,partner_id\nsales,A,P0001\nsales,a.,P0002\nsales,--,P0001\n"),
    ]);
    let expected = [
        "aliases.csv:3: the name `a.` of `sales` stands here twice",
        "aliases.csv:4: `partner_name` is `--`, which has no letter or digit",
        "locations.csv:3: the days of location `L1` of `sales` overlap those of another line",
        "locations.csv:4: unknown feed `shop`",
        "locations.csv:4: unknown partner `P0009`",
        "locations.csv:5: `2026-02-30` is not a date like 2026-10-31",
        "locations.csv:6: `valid_to` (2026-02-01) is before `valid_from` (2026-02-02)",
        "products.csv:3: SKU `NB1` stands here twice",
        "products.csv:4: kind `gadget` is none of `hardware`, `service`, `other`",
        "products.csv:5: unknown category `LAPTOP`",
        "products.csv:6: kind `hardware` without a category",
        "products.csv:7: kind `other` with the category `NOTEBOOK`",
        "products.csv:8: `yes` is neither `true` nor `false`",
        "products.csv:9: kind `hardware` cannot be post-warranty",
        "products.csv:10: a product without a SKU",
        "products.csv:11: 3 fields, expected 5",
        "rules.csv:2: field `name` is none of `sku`, `description`, `label`",
        "rules.csv:3: `(x` is not a regular expression: unclosed group",
        "rules.csv:4: a rule without a pattern",
    ];
    assert_eq!(found, expected);
}

#[test]
fn every_wrong_exception_is_named() {
    let header = "exception_id,scope,partner_id,value,reason,approver,valid_from,valid_to";
    let rows = [
        "E1,deal,P0001,,Tender,Approver 1,,",
        "E1,deal,P0001,D1,Tender,Approver 1,,",
        "E3,order,P0001,D1,Tender,Approver 1,,",
        "E4,customer,P0009,C1,Tender,Approver 1,,",
        "E5,category,P0001,LAPTOP,Tender,Approver 1,,",
        "E6,partner,P0001,D1,Tender,Approver 1,,",
        "E7,invoice,P0001,A1,,,,",
        ",invoice,P0001,A1,Tender,Approver 1,,",
        "E9,invoice,P0001,A1,Tender,Approver 1,2026-02-02,2026-02-01",
        "E10,invoice,P0001,A1,Tender,Approver 1,2026-02-30,1 May",
        "E11,invoice,P0001,A1,Tender",
    ];
    let found = problems(&[("exceptions.csv", &format!("{header}\n{}\n", rows.join("\n")))]);
    let expected = [
        "exceptions.csv:2: scope `deal` without a value",
        "exceptions.csv:3: exception `E1` stands here twice",
        "exceptions.csv:4: scope `order` is none of `deal`, `invoice`, `customer`, `category`, `partner`",
        "exceptions.csv:5: unknown partner `P0009`",
        "exceptions.csv:6: unknown category `LAPTOP`",
        "exceptions.csv:7: scope `partner` with the value `D1`",
        "exceptions.csv:8: `approver` is empty",
        "exceptions.csv:8: `reason` is empty",
        "exceptions.csv:9: `exception_id` is empty",
        "exceptions.csv:10: `valid_to` is before `valid_from`",
        "exceptions.csv:11: `1 May` is not a date like 2026-10-31",
        "exceptions.csv:11: `2026-02-30` is not a date like 2026-10-31",
        "exceptions.csv:12: 5 fields, expected 8",
    ];
    assert_eq!(found, expected);
}

#[test]
fn every_wrong_adjustment_is_named() {
    let header = TABLES[10].1.lines().next().expect("a header");
    let rows = [
        "A1,remove,Approver 1,Why,Ticket,sales,sales.csv,0123456789ab,1,,,,,,,,,,,,",
        "A2,add,Approver 1,Why,,,,,,P0001,2026-01-31,,NB1,1,100.00,USD,,,,,",
        "A3,add,Approver 1,Why,Ticket,sales,,,,P0009,2026-01-31,,NB1,1,,USD,,,,,",
        "A4,drop,Approver 1,Why,Ticket,sales,sales.csv,0123456789ab,,,,A1,,,,,,,,,",
        "A5,recode,Approver 1,Why,Ticket,sales,sales.csv,0123456789ab,1,,,,,,,,,,,,",
        "A6,drop,Approver 1,Why,Ticket,sales,other.csv,0123,0,,,,,,,,,,,,",
        "A7,drop,Approver 1,Why,Ticket,shop,sales.csv,0123456789ab,+1,,,,,,,,,,,,",
        "A8,drop,Approver 1,Why,Ticket,sales,sales.csv,0123456789ab,8,,,,,,,,,,,,",
        "A9,drop,Approver 1,Why,Ticket,sales,sales.csv,0123456789ab,8,,,,,,,,,,,,",
        "A9,drop,,Why,Ticket,sales,sales.csv,0123456789ab,8,,,,,,,,,,,,",
        ",drop,,,,sales,gone.csv,0123456789ab,8,,,,,,,,,,,,",
    ];
    let found = problems(&[("adjustments.csv", &format!("{header}\n{}\n", rows.join("\n")))]);
    let expected = [
        "adjustments.csv:2: action `remove` is none of `add`, `drop`, `recode`",
        "adjustments.csv:3: an approved adjustment without `evidence`",
        "adjustments.csv:4: action `add` with `feed_id`",
        "adjustments.csv:4: action `add` without `amount`",
        "adjustments.csv:4: unknown partner `P0009`",
        "adjustments.csv:5: action `drop` with `invoice`",
        "adjustments.csv:5: action `drop` without `record_number`",
        "adjustments.csv:6: action `recode` without a new value",
        "adjustments.csv:7: `file_sha256` is `0123`, which is no hash",
        "adjustments.csv:7: `other.csv` is no file of feed `sales`",
        "adjustments.csv:7: `record_number` is `0`, which is no number of a record",
        "adjustments.csv:8: `record_number` is `+1`, which is no number of a record",
        "adjustments.csv:8: unknown feed `shop`",
        "adjustments.csv:10: record 8 of `sales.csv` is dropped by `A8` too",
        "adjustments.csv:11: adjustment `A9` stands here twice",
        "adjustments.csv:12: `adjustment_id` is empty",
        "adjustments.csv:12: `reason` is empty",
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_open_quote_swallows_no_rows() {
    let header = "partner_id,partner_name,hq_id,country_code,region_code,is_program,manager_name";
    let table = format!("{header}\nP1,x,P1,US,AMER,true,\"Manager 01\nP2,y,P1,US,AMER,true,Manager 02\n");
    assert_eq!(problems(&[("partners.csv", &table)]), ["partners.csv:2: a field goes on over the end of its line"]);
}

#[test]
fn wrong_columns_are_named() {
    let found = problems(&[("fx.csv", "month,currency,rate,rate\n2026-01,EUR,1,1\n"), ("partners.csv", "")]);
    let expected = [
        "fx.csv:1: missing column `currency_code`",
        "fx.csv:1: repeated column `rate`",
        "fx.csv:1: unknown column `currency`",
        "partners.csv:1: missing column `country_code`",
        "partners.csv:1: missing column `hq_id`",
        "partners.csv:1: missing column `is_program`",
        "partners.csv:1: missing column `manager_name`",
        "partners.csv:1: missing column `partner_id`",
        "partners.csv:1: missing column `partner_name`",
        "partners.csv:1: missing column `region_code`",
    ];
    assert_eq!(found, expected);
}

#[test]
fn wrong_serial_formats_are_named() {
    let header = "category_code,category_name,family_code,family_name,serial_format\n";
    let found = problems(&[("categories.csv", &format!("{header}A,a,F,f,CCSYWWZZZZ\nB,b,F,f,CCSWWZZZZ\nNOTEBOOK,n,F,f,\n"))]);
    let problem = "serial format `CCSWWZZZZ` has no year of one, two or four `Y` in a row, expected a pattern like `CCSYWWZZZZ`";
    assert!(found.contains(&format!("categories.csv:3: {problem}")), "{found:?}");
}

#[test]
fn wrong_categories_partners_and_rates_are_named() {
    let found = problems(&[
        ("categories.csv", "category_code,category_name,family_code,family_name\nA,a,F,f\nA,a,F,f\nB,b,F,g\nC,,F,f\n"),
        (
            "partners.csv",
            "partner_id,partner_name,hq_id,country_code,region_code,is_program,manager_name\nP1,x,P1,US,AMER,true,\nP1,x,P1,US,AMER,true,\n\
             P2,,P1,usa,AMER,1,\n",
        ),
        ("fx.csv", "month,currency_code,rate\n2026-1,EUR,1\n2026-01,eur,0\n2026-01,USD,2\n2026-02,GBP,1.27\n2026-02,GBP,1.28\n"),
    ]);
    let expected = [
        "categories.csv:3: category `A` stands here twice",
        "categories.csv:4: family `F` has two names",
        "categories.csv:5: an empty field in the product tree",
        "fx.csv:2: `2026-1` is not a month like 2026-10",
        "fx.csv:3: currency `eur` is not a code of three capital letters",
        "fx.csv:3: rate `0` is not a positive decimal with at most eight decimals",
        "fx.csv:4: the rate of the reporting currency `USD` is `2`, not 1",
        "fx.csv:6: the rate of `GBP` in 2026-02 stands here twice",
        "partners.csv:3: partner `P1` stands here twice",
        "partners.csv:4: `is_program`: `1` is neither `true` nor `false`",
        "partners.csv:4: `partner_name` is empty",
        "partners.csv:4: country `usa` is not a code of two capital letters",
    ];
    assert_eq!(found, expected);
}
