//! `plan` tells what a run would do, and a run does no more than that.

use std::fs;

use attachrate::io::sectioned::read_index;

use super::{Market, names, rewrite};

fn told(market: &Market) -> String {
    market.does("plan", &[]).expect_code(0).stdout
}

/// Lines of a plan that name a file to be extracted, by their cause.
fn extracts<'p>(plan: &'p str, cause: &str) -> Vec<&'p str> {
    plan.lines()
        .filter_map(|line| line.strip_prefix("extract "))
        .filter_map(|line| line.strip_suffix(&format!(": {cause}")))
        .collect()
}

fn units(market: &Market, stage: &str) -> Vec<String> {
    names(&market.out().join("cache").join(stage))
}

#[test]
fn before_the_first_run_everything_is_to_be_done() {
    let market = Market::generated(3_000, 12, 3);
    let plan = told(&market);
    let files = extracts(&plan, "no earlier run").len();
    assert!(files > 100, "{plan}");
    assert!(plan.contains(&format!("\nextract: {files} files again, 0 taken over\n")), "{plan}");
    assert!(!market.out().exists(), "a plan writes nothing");
    let published = market.publishes(&[]);
    let id = published.file_name().expect("a run has a name").to_string_lossy();
    assert!(plan.starts_with(&format!("run {id}\n")), "the plan and the run have one id: {plan}");
    assert_eq!(told(&market), format!("run {id}\npublished already: a run would verify it and do nothing else\n"));
}

#[test]
fn what_is_cached_is_taken_over() {
    let market = Market::generated(3_000, 12, 3);
    market.publishes(&[]);
    market.unpublish();
    let plan = told(&market);
    let files = units(&market, "extract").len();
    for line in [
        &format!("extract: 0 files again, {files} taken over") as &str,
        "settle: 0 parts again, 3 taken over",
        "serials: taken over",
        "attach: 0 parts again, 3 taken over",
        "collect: 0 parts again, 3 taken over",
        "benchmark, assess, publish: again",
    ] {
        assert!(plan.lines().any(|other| other == line), "{line}\n{plan}");
    }
    let attached = units(&market, "attach").remove(0);
    fs::remove_dir_all(market.out().join("cache/attach").join(attached)).expect("a removable folder");
    assert!(told(&market).contains("\nattach: 1 parts again, 2 taken over\n"));
}

/// A month of one partner more: its file is read again, its part is settled again, and no other.
#[test]
fn a_changed_file_costs_its_own_work() {
    let market = Market::generated(3_000, 12, 3);
    let before = market.publishes(&[]);
    let extracted = units(&market, "extract");
    let settled = units(&market, "settle");
    let attached = units(&market, "attach");
    let file = market.data().join("2026-11-05/distributor_a/DISTA_202603_v1.csv");
    rewrite(&file, |text| {
        let last = text.lines().rfind(|line| line.contains(",CB") || line.contains(",NB")).or(text.lines().last());
        format!("{text}{}\n", last.expect("a line"))
    });
    let plan = told(&market);
    assert_eq!(extracts(&plan, "its content changed"), ["../sample_data/2026-11-05/distributor_a/DISTA_202603_v1.csv"], "{plan}");
    assert!(plan.contains(&format!("\nextract: 1 files again, {} taken over\n", extracted.len() - 1)), "{plan}");
    let after = market.publishes(&[]);
    assert_ne!(before, after);
    assert!(before.exists(), "the earlier run stays");
    let added = |stage: &str, earlier: &[String]| units(&market, stage).iter().filter(|unit| !earlier.contains(unit)).count();
    assert_eq!(added("extract", &extracted), 1);
    // The changed file has an id of its own, which its lines carry into every part that they stand in.
    let touched = added("settle", &settled);
    let index = units(&market, "extract").into_iter().find(|unit| !extracted.contains(unit)).expect("a new extract");
    let index = read_index(&market.out().join("cache/extract").join(index), "lines").expect("a readable index");
    assert_eq!(touched, index.rows.iter().filter(|rows| **rows > 0).count());
    assert!(added("attach", &attached) >= touched);
}

#[test]
fn a_changed_reference_or_date_is_told() {
    let cause = "its declaration, role, a reference table or the tool changed";
    let market = Market::generated(3_000, 12, 3);
    market.publishes(&[]);
    let files = units(&market, "extract").len();
    let products = market.data().join("reference/products.csv");
    let text = fs::read_to_string(&products).expect("a readable table");
    rewrite(&products, |text| format!("{text}ZZ9999,Spare part,other,,false\n"));
    let plan = told(&market);
    let again = |plan: &str| extracts(plan, cause).len() + extracts(plan, &format!("(duplicate): {cause}")).len();
    assert_eq!(again(&plan), files, "records of superseded files too are tied to partners, for trace:\n{plan}");
    assert!(extracts(&plan, "its content changed").is_empty(), "{plan}");
    fs::write(&products, text).expect("a writable table");
    assert!(told(&market).contains("published already"));
    market.edit_pipeline(|text| text.replace("as_of = 2026-12-15", "as_of = 2026-12-16"));
    let plan = told(&market);
    assert_eq!(again(&plan), files, "{plan}");
    assert!(plan.starts_with("run 2026-12-16-"), "{plan}");
    let published = market.publishes(&[]);
    assert!(published.to_string_lossy().contains("2026-12-16-"), "`current` points to the last run");
    assert_eq!(market.runs().len(), 3, "two runs and `current`: {:?}", market.runs());
}
