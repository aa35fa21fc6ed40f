//! The pipeline file: what is accepted, what is refused, and in which words.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use attachrate::config;
use attachrate::config::file::{
    CellDimension, Compatibility, Credit, CustomerDisclosure, Encoding, FeedKind, MeasureName, Population, ServicesScope,
    SignPosition, VerdictName, WindowScope,
};
use attachrate::config::plan::{AttachPolicy, BenchmarkPolicy, GatePolicy, NumberFormat, Period, PublishPolicy, SafeHarbor};
use attachrate::config::schema::pipeline_schema;
use attachrate::error::{Error, Problems};
use attachrate::io::readers::Format;
use attachrate::io::readers::layout::Header;
use proptest::prelude::*;
use serde_json::Value;

fn invalid_files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("tests/configs/invalid").expect("the folder is part of the repository");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files
}

#[test]
fn each_wrong_file_is_refused_in_the_expected_words() {
    let files = invalid_files();
    assert!(files.len() >= 10);
    let mut differences = Vec::new();
    for path in files {
        let Err(error) = config::load(&path) else { panic!("{} is accepted", path.display()) };
        let actual = format!("error: {error}\n");
        let expected = std::fs::read_to_string(path.with_extension("stderr")).unwrap_or_default();
        if actual != expected {
            differences.push(format!("{}\n--- expected\n{expected}--- actual\n{actual}", path.display()));
        }
        let code = if path.ends_with("missing-files.toml") { 4 } else { 3 };
        assert_eq!(error.exit_code(), code, "{}", path.display());
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn a_file_that_is_not_there_is_bad_input() {
    let error = config::load(Path::new("tests/configs/none.toml")).expect_err("there is no such file");
    assert_eq!(error.exit_code(), 4);
    assert!(error.to_string().starts_with("cannot read tests/configs/none.toml: "), "{error}");
}

#[test]
fn what_is_left_out_has_its_default() {
    let plan = config::load(Path::new("tests/configs/valid/minimal.toml")).expect("a valid file");
    assert_eq!(plan.title, "Only what is required");
    assert_eq!(plan.period, Period { from: 20_393, to: 20_757, as_of: 20_802 });
    assert_eq!(plan.reporting_currency, "USD");
    let [feed] = plan.feeds.as_slice() else { panic!("one feed") };
    assert_eq!((feed.kind, feed.dates.text.as_str(), feed.priority), (FeedKind::Sales, "yyyy-mm-dd", 0));
    let Format::Delimited(text) = &feed.layout.format else { panic!("delimited by default") };
    assert_eq!((text.frame.encoding, text.delimiter.as_slice(), text.quote), (Encoding::Utf8, &b","[..], Some(b'"')));
    assert_eq!((text.escape, &text.header, text.has_trailing_delimiter), (None, &Header::First, false));
    assert_eq!((text.frame.preamble_lines, text.frame.trailer_lines, text.frame.has_last_line_end), (0, 0, true));
    assert_eq!((feed.serial_separator, feed.currency.as_deref()), (None, Some("USD")));
    assert_eq!(
        feed.numbers,
        NumberFormat { decimal: b'.', thousands: None, sign: SignPosition::Leading, currency_signs: Vec::new() }
    );
    assert!(feed.return_types.is_empty() && feed.restatement.is_none());
    let rungs = AttachPolicy {
        window_days: 90,
        lead_days: 30,
        serial: true,
        invoice: true,
        order: true,
        customer: true,
        pool: false,
        credit: Credit::HardwareSeller,
    };
    assert_eq!(plan.attach, rungs);
    let benchmark = BenchmarkPolicy {
        population: Population::Program,
        min_partners: 5,
        services: ServicesScope::Attached,
        windows: WindowScope::All,
        cells: vec![CellDimension::Category, CellDimension::Country, CellDimension::Maturity],
        price_bands: Vec::new(),
    };
    assert_eq!(plan.benchmark, benchmark);
    assert_eq!((plan.verdict.confidence_ppm, plan.verdict.max_open_ppm), (950_000, 50_000));
    assert!(plan.verdict.tiers.is_empty() && plan.verdict.safe_harbor.is_none() && plan.reading_windows.is_empty());
    let actions: Vec<&str> = plan.actions.iter().map(|action| action.id.as_str()).collect();
    assert_eq!(actions, ["mend_data", "none_safe_harbor", "call", "advise", "watch", "none"]);
    assert_eq!((plan.verdict.measure, plan.verdict.at.text.as_str()), (MeasureName::Revenue, "1.00"));
    assert_eq!((plan.verdict.near.numerator, plan.verdict.near.denominator), (3, 4));
    assert_eq!((plan.verdict.min_hardware_units, plan.verdict.min_hardware_amount), (1, 0));
    let gates = GatePolicy {
        max_quarantined_ppm: 20_000,
        max_unmapped_ppm: 20_000,
        max_control_difference_ppm: 0,
        max_registration_difference_ppm: 1_000_000,
    };
    assert_eq!(plan.gates, gates);
    let publish = PublishPolicy {
        customers: CustomerDisclosure::Hashed,
        compatibility: Compatibility::Standard,
        parts: 64,
        is_synthetic: false,
    };
    assert_eq!(plan.publish, publish);
}

#[test]
fn what_is_written_is_taken() {
    let plan = config::load(Path::new("tests/configs/valid/full.toml")).expect("a valid file");
    let [packs, sales] = plan.feeds.as_slice() else { panic!("two feeds, sorted by id") };
    assert_eq!((packs.id.as_str(), packs.kind, packs.dates.text.as_str()), ("packs", FeedKind::Registrations, "yyyymmdd"));
    assert_eq!((sales.id.as_str(), sales.priority, sales.serial_separator), ("sales", -3, Some('|')));
    let Format::Delimited(text) = &sales.layout.format else { panic!("delimited by default") };
    assert_eq!((text.frame.encoding, text.delimiter.as_slice(), text.quote), (Encoding::Windows1252, &b"\t"[..], None));
    let signs = [("EUR", "EUR"), ("€", "EUR"), ("$", "USD")].map(|(sign, code)| (sign.to_owned(), code.to_owned()));
    let numbers =
        NumberFormat { decimal: b',', thousands: Some('.'), sign: SignPosition::Trailing, currency_signs: signs.to_vec() };
    assert_eq!(sales.numbers, numbers);
    assert_eq!((sales.dates.text.as_str(), sales.dates.pivot), ("dd.mm.yy", Some(70)));
    assert_eq!(sales.return_types, ["RET", "ZRE"]);
    let restatement = sales.restatement.as_ref().expect("mode replace");
    let groups = restatement.pattern.captures("sales_202601_v12.csv").expect("a match");
    assert_eq!((&groups["period"], &groups["version"]), ("202601", "12"));
    // Both patterns match the one file.
    let [file] = sales.files.as_slice() else { panic!("one file") };
    assert_eq!(file.relative, "../data/sales_202601_v1.csv");
    assert!(file.path.is_file());
    assert_eq!(plan.reference.fx.relative, "../data/reference/fx.csv");
    let rungs = AttachPolicy {
        window_days: 60,
        lead_days: 0,
        serial: true,
        invoice: false,
        order: true,
        customer: false,
        pool: true,
        credit: Credit::ServiceSeller,
    };
    assert_eq!(plan.attach, rungs);
    let benchmark = BenchmarkPolicy {
        population: Population::All,
        min_partners: 1,
        services: ServicesScope::All,
        windows: WindowScope::Closed,
        cells: vec![
            CellDimension::Category,
            CellDimension::Region,
            CellDimension::Segment,
            CellDimension::PriceBand,
            CellDimension::Maturity,
        ],
        price_bands: vec![50_000, 150_000],
    };
    assert_eq!(plan.benchmark, benchmark);
    // Without the deciding window of 60 days; the horizon is the longest window plus a year before the period.
    assert_eq!(plan.reading_windows, [30, 90]);
    assert_eq!(plan.horizon(), plan.period.from - 90 - 365);
    assert_eq!((plan.verdict.confidence_ppm, plan.verdict.max_open_ppm), (998_000, 25_000));
    assert_eq!(plan.verdict.safe_harbor, Some(SafeHarbor { min_hardware_amount: 10_000_000, min_services_amount: 400_000 }));
    let tiers: Vec<(&str, &str)> = plan.verdict.tiers.iter().map(|tier| (tier.id.as_str(), tier.from.text.as_str())).collect();
    assert_eq!(tiers, [("bronze", "0.75"), ("gold", "1.3")]);
    let [call, none] = plan.actions.as_slice() else { panic!("two actions") };
    assert_eq!((call.id.as_str(), call.recovery_days, none.recovery_days), ("call", Some(60), None));
    assert_eq!(call.when.verdict, Some(vec![VerdictName::Below, VerdictName::Near]));
    assert_eq!((plan.verdict.measure, plan.verdict.at.numerator, plan.verdict.at.denominator), (MeasureName::Units, 6, 5));
    assert_eq!((plan.verdict.min_hardware_units, plan.verdict.min_hardware_amount), (10, 500_000));
    let gates = GatePolicy {
        max_quarantined_ppm: 2_500,
        max_unmapped_ppm: 1_000_000,
        max_control_difference_ppm: 10_000,
        max_registration_difference_ppm: 500_000,
    };
    assert_eq!(plan.gates, gates);
    let publish =
        PublishPolicy { customers: CustomerDisclosure::Omitted, compatibility: Compatibility::Wide, parts: 8, is_synthetic: false };
    assert_eq!(plan.publish, publish);
}

#[test]
fn parameters_list_every_key_once() {
    let plan = config::load(Path::new("tests/configs/valid/full.toml")).expect("a valid file");
    let keys: BTreeSet<&str> = plan.parameters.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys.len(), plan.parameters.len());
    let written = |key: &str| {
        let found = plan.parameters.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str()).unwrap_or_else(|| panic!("no parameter {key}"))
    };
    assert_eq!(written("attach.rungs"), "serial, order, pool");
    assert_eq!(written("verdict.near"), "0.80");
    assert_eq!(written("gates.max_quarantined_percent"), "0.25");
    assert_eq!(written("feed.sales.delimiter"), "\\t");
    assert_eq!(written("period.as_of"), "2026-10-31");
}

#[test]
fn hashes_follow_the_content_and_not_the_layout() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let text = std::fs::read_to_string("tests/configs/valid/minimal.toml").expect("part of the repository");
    let data = std::path::absolute("tests/configs/data").expect("a path");
    copy_folder(&data, &folder.path().join("data"));
    std::fs::create_dir(folder.path().join("pipelines")).expect("a scratch folder");
    let load = |text: String| {
        let path = folder.path().join("pipelines/p.toml");
        std::fs::write(&path, text).expect("a scratch file");
        config::load(&path).expect("a valid file")
    };
    let plain = load(text.clone());
    let commented = load(format!("# a comment\n{}", text.replace(" = ", "   =   ")));
    assert_eq!(plain.policy_hash, commented.policy_hash);
    let other_files = load(text.replace("../data/*.csv", "../data/sales_*.csv"));
    assert_ne!(plain.policy_hash, other_files.policy_hash);
    assert_eq!(plain.feeds[0].declaration_hash, other_files.feeds[0].declaration_hash);
    let other_column = load(text.replace("\"pieces\"", "\"units\""));
    assert_ne!(plain.feeds[0].declaration_hash, other_column.feeds[0].declaration_hash);
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a scratch folder");
    for entry in std::fs::read_dir(from).expect("part of the repository") {
        let path = entry.expect("a readable folder").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("a scratch file");
        }
    }
}

#[test]
fn the_default_pipeline_lacks_nothing_but_its_data() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("december.toml");
    std::fs::copy("pipelines/december.toml", &path).expect("part of the repository");
    match config::load(&path) {
        Err(Error::Input(Problems(problems))) => {
            for problem in problems {
                let is_missing = problem.message.starts_with("no file matches") || problem.message.ends_with("is not a file");
                assert!(is_missing, "{problem}");
            }
        }
        other => panic!("expected missing files alone, got {:?}", other.map(|plan| plan.title)),
    }
}

#[test]
fn the_default_pipeline_shows_every_key() {
    let text = std::fs::read_to_string("pipelines/december.toml").expect("part of the repository");
    let mut keys = BTreeSet::new();
    property_names(&pipeline_schema(), &mut keys);
    assert!(keys.len() > 40);
    let shown: BTreeSet<&str> = text
        .lines()
        .map(|line| line.trim_start_matches("# "))
        .filter_map(|line| match line.strip_prefix('[') {
            Some(section) => section.trim_matches(['[', ']']).rsplit('.').next(),
            None => line.split_once(" = ").map(|(key, _)| key),
        })
        .collect();
    let hidden: Vec<&String> = keys.iter().filter(|key| !shown.contains(key.as_str())).collect();
    assert!(hidden.is_empty(), "not in pipelines/december.toml: {hidden:?}");
}

fn property_names(schema: &Value, keys: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                keys.extend(properties.keys().cloned());
            }
            object.values().for_each(|value| property_names(value, keys));
        }
        Value::Array(items) => items.iter().for_each(|item| property_names(item, keys)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is cut out of a file or put into it, the answer is a plan or an error.
    #[test]
    fn damage_never_panics(from in 0_usize..12_000, length in 0_usize..40, put in r#"[\[\]="'#.,a0\n -]{0,6}"#) {
        let text = std::fs::read_to_string("pipelines/december.toml").expect("part of the repository");
        let mut letters: Vec<char> = text.chars().collect();
        let from = from.min(letters.len());
        let to = (from + length).min(letters.len());
        letters.splice(from..to, put.chars());
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("damaged.toml");
        std::fs::write(&path, letters.into_iter().collect::<String>()).expect("a scratch file");
        let error = config::load(&path).expect_err("its data is not there");
        prop_assert!(matches!(error.exit_code(), 3 | 4), "{}", error);
    }
}
