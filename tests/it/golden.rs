//! Golden scenarios: small raw files, run whole, and tables that were worked out by hand from the rules. `NOTES.md` of each scenario says
//! how.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use attachrate::config;
use attachrate::finding::QuarantineCode;
use attachrate::run::{Changes, RunOptions, execute, explain, whatif};
use attachrate::telemetry::Progress;

use crate::published::{Published, Table};

pub const SCENARIOS: &str = "tests/golden";

#[test]
fn attachment_worked_case() {
    agrees("attachment");
}

#[test]
fn index_worked_case() {
    agrees("index");
}

#[test]
fn repeats() {
    agrees("repeats");
}

#[test]
fn returns() {
    agrees("returns");
}

#[test]
fn adjustments() {
    agrees("adjustments");
}

#[test]
fn back_off() {
    agrees("back_off");
    let cells = expected_table(&Path::new(SCENARIOS).join("back_off/expected/fact_benchmark_cell.csv"));
    let cents = |column: &str| -> i64 {
        cells.column(column).iter().map(|amount| amount.replace('.', "").parse::<i64>().expect("an amount")).sum()
    };
    assert_eq!(cents("expected_amount") - cents("services_amount"), -10_350);
}

#[test]
fn exceptions() {
    let scenario = Scenario::copy("exceptions");
    let published = scenario.run();
    scenario.compare(&published);
    let columns =
        ["reading_code", "partner_id", "hardware_amount", "services_amount", "expected_amount", "pri_rate", "verdict_code"];
    let readings = published.table("fact_partner_reading").select(&columns.map(str::to_owned));
    let without: Vec<String> =
        readings.sorted_rows().into_iter().filter(|row| row[0] == "without_exceptions").map(|row| row[1..].join(",")).collect();
    let expected = [
        "P0001,6000.00,320.00,196.00,1.6327,at",
        "P0002,4000.00,170.00,130.67,1.3010,at",
        "P0003,5000.00,0.00,163.33,0.0000,below",
    ];
    assert_eq!(without, expected);
}

/// A partner that is credited elsewhere is explained and answered by `whatif` like any other.
#[test]
fn credit() {
    let scenario = Scenario::copy("credit");
    let published = scenario.run();
    scenario.compare(&published);
    let run = scenario.folder.path().join("out/current");
    let elsewhere = explain(&run, "P0003").expect("an explanation that agrees with the tables");
    assert!(elsewhere.contains("Notebook, CH"), "{elsewhere}");
    let answer = whatif(&run, &Changes::default(), 2).expect("an answer");
    assert_eq!(answer.changed().count(), 0, "{answer:?}");
}

#[test]
fn headquarters() {
    agrees("headquarters");
}

/// A location is explained and answered by `whatif` like a partner.
#[test]
fn locations() {
    let scenario = Scenario::copy("locations");
    let published = scenario.run();
    scenario.compare(&published);
    let run = scenario.folder.path().join("out/current");
    let south = explain(&run, "P0001/South").expect("an explanation that agrees with the tables");
    assert!(south.contains("OTHER_PARTNER"), "{south}");
    let answer = whatif(&run, &Changes::default(), 2).expect("an answer");
    assert_eq!(answer.changed().count(), 0, "{answer:?}");
}

#[test]
fn serials() {
    agrees("serials");
}

#[test]
fn sku_class() {
    agrees("sku_class");
}

#[test]
fn takeover() {
    agrees("takeover");
}

#[test]
fn bad_records() {
    let scenario = Scenario::copy("bad_records");
    let long = format!(
        "dealer,day,invoice,part,pieces,value,currency,kind\nL1,2026-03-01,A40,NB1,1,100.00,USD,\n{}\n\
         L1,2026-03-01,A41,NB1,1,100.00,USD,\n",
        "x".repeat(70_000)
    );
    fs::write(scenario.folder.path().join("in/long.csv"), long).expect("a scratch file");
    let published = scenario.run();
    scenario.compare(&published);
    let codes: BTreeSet<String> = published.table("audit_quarantine").column("reason_code").into_iter().collect();
    let all: BTreeSet<String> = QuarantineCode::ALL.iter().map(|code| code.code().to_owned()).collect();
    assert_eq!(codes, all, "the scenario has a record for every code");
}

#[test]
fn calendar() {
    agrees("calendar");
}

#[test]
fn control() {
    agrees("control");
}

/// Every folder of a scenario is run by a test of this file.
#[test]
fn every_scenario_is_run() {
    let names: BTreeSet<String> = fs::read_dir(SCENARIOS)
        .expect("part of the repository")
        .map(|entry| entry.expect("a readable folder").file_name().into_string().expect("UTF-8"))
        .collect();
    let run = [
        "adjustments",
        "attachment",
        "back_off",
        "bad_records",
        "calendar",
        "control",
        "credit",
        "exceptions",
        "headquarters",
        "index",
        "locations",
        "repeats",
        "returns",
        "serials",
        "sku_class",
        "takeover",
    ];
    assert_eq!(names, run.map(str::to_owned).into());
}

fn agrees(name: &str) {
    let scenario = Scenario::copy(name);
    scenario.compare(&scenario.run());
}

/// A scenario in a scratch folder.
pub struct Scenario {
    folder: tempfile::TempDir,
}

impl Scenario {
    pub fn copy(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        copy_into(&Path::new(SCENARIOS).join(name), folder.path());
        Self { folder }
    }

    fn run(&self) -> Published {
        Published::open(&self.run_folder().join("tables"))
    }

    fn run_folder(&self) -> PathBuf {
        let plan = config::load(&self.folder.path().join("pipeline.toml")).expect("a valid pipeline");
        let out = self.folder.path().join("out");
        let options = RunOptions { out, threads: 2, memory_bytes: 1 << 30, progress: Progress::hidden() };
        execute(&plan, &options).expect("a run").folder
    }

    /// The scratch folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs it; gives the scratch folder, in which the run stands as `out/current`.
    pub fn run_and_keep(self) -> tempfile::TempDir {
        self.run_folder();
        self.folder
    }

    /// Compares every expected table, in the columns that it names, rows in any order.
    fn compare(&self, published: &Published) {
        let mut differences = Vec::new();
        for path in files_of(&self.folder.path().join("expected")) {
            let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
            let expected = expected_table(&path);
            let actual = published.table(name).select(&expected.header);
            let (expected, actual) = (expected.sorted_rows(), actual.sorted_rows());
            let missing = expected.iter().filter(|row| !actual.contains(row)).map(|row| format!("  expected  {}", row.join(",")));
            let surplus = actual.iter().filter(|row| !expected.contains(row)).map(|row| format!("  published {}", row.join(",")));
            let rows: Vec<String> = missing.chain(surplus).collect();
            if expected != actual {
                differences.push(format!("{name}\n{}", rows.join("\n")));
            }
        }
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}

fn expected_table(path: &Path) -> Table {
    let mut reader = csv::Reader::from_path(path).expect("part of the repository");
    let texts = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let header = texts(reader.headers().expect("a header"));
    let rows = reader.records().map(|record| texts(&record.expect("a whole row"))).collect();
    Table { header, rows }
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    files.sort();
    files
}

/// Copies a folder with all that is in it.
pub fn copy_into(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a scratch folder");
    for path in files_of(from) {
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_into(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a scratch file");
        }
    }
}
