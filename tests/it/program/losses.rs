//! One record dropped, repeated or altered after a stage must stop the run before it publishes.
//!
//! The injury is done to the sealed unit that a stage left, and the unit is sealed again, as if the stage itself had lost the record. What
//! later stages had cached is taken away, so that the loss reaches them.

mod injury;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use attachrate::io::sealed;

use self::injury::{
    Injury, injure_parquet, injure_report, injure_stage_file, parquet_injuries, report_injuries, stage_file_injuries,
};
use super::{Contents, Market, attachrate, contents, copy, differences, names, rewrite};

/// The stages in their order, with the files of a unit that hold records; `*` stands for the number of a bucket.
const STAGES: [(&str, &[&str]); 5] = [
    ("extract", &["lines.arrow", "registrations.arrow", "quarantined.arrow", "report.json"]),
    ("adjust", &["lines.arrow", "report.json"]),
    ("settle", &["lines.arrow", "hardware_serials.arrow", "packs.arrow", "findings.arrow"]),
    (
        "serial",
        &[
            "pairs_by_service-*.arrow",
            "pairs_by_hardware-*.arrow",
            "registration_findings-*.arrow",
            "serial_findings-*.arrow",
            "registrations-*.parquet",
            "report.json",
        ],
    ),
    ("attach", &["sale_lines.parquet", "attachments.parquet", "report.json"]),
];

/// One way to lose something.
struct Loss {
    stage: usize,
    unit: String,
    file: String,
    injury: Injury,
}

/// Every injury to one file of each kind: the first that holds rows.
fn losses(cache: &Path) -> Vec<Loss> {
    let mut losses = Vec::new();
    for (stage, (folder, patterns)) in STAGES.iter().enumerate() {
        for pattern in *patterns {
            let candidates = names(&cache.join(folder)).into_iter().flat_map(|unit| {
                let files = names(&cache.join(folder).join(&unit)).into_iter().filter(|file| matches(pattern, file));
                files.map(move |file| (unit.clone(), file)).collect::<Vec<_>>()
            });
            let mut possible = candidates.map(|(unit, file)| {
                let path = cache.join(folder).join(&unit).join(&file);
                let injuries = match kind(&file) {
                    Kind::Stage => stage_file_injuries(&path),
                    Kind::Table => parquet_injuries(&path),
                    Kind::Report => report_injuries(&path),
                };
                (unit, file, injuries)
            });
            let found = possible.find(|(_, _, injuries)| !injuries.is_empty());
            let (unit, file, injuries) = found.unwrap_or_else(|| panic!("no unit of {folder} has a row in {pattern}"));
            losses.extend(injuries.into_iter().map(|injury| Loss { stage, unit: unit.clone(), file: file.clone(), injury }));
        }
    }
    losses
}

fn matches(pattern: &str, file: &str) -> bool {
    pattern.split_once('*').map_or(pattern == file, |(stem, ending)| file.starts_with(stem) && file.ends_with(ending))
}

enum Kind {
    Stage,
    Table,
    Report,
}

fn kind(file: &str) -> Kind {
    match file.rsplit('.').next() {
        Some("arrow") => Kind::Stage,
        Some("parquet") => Kind::Table,
        _ => Kind::Report,
    }
}

/// Runs with the loss; gives what stopped it, or else what happened.
fn suffer(loss: &Loss, market: &Market, expected: &Contents, scratch: &Path) -> Result<String, String> {
    let out = scratch.join("out");
    if out.exists() {
        fs::remove_dir_all(&out).expect("a removable folder");
    }
    for (stage, _) in &STAGES[..=loss.stage] {
        let folder = Path::new("cache").join(stage);
        copy(&market.out().join(&folder), &out.join(&folder));
    }
    let unit = out.join("cache").join(STAGES[loss.stage].0).join(&loss.unit);
    let path = unit.join(&loss.file);
    match kind(&loss.file) {
        Kind::Stage => injure_stage_file(&path, &loss.injury),
        Kind::Table => injure_parquet(&path, &loss.injury),
        Kind::Report => injure_report(&path, &loss.injury),
    }
    sealed::seal(&unit).expect("the unit is sealed again");
    let outcome = attachrate(["run".as_ref(), market.pipeline().as_os_str(), "--out".as_ref(), out.as_os_str()]);
    let error: Vec<&str> = outcome.stderr.lines().skip_while(|line| !line.starts_with("error: ")).collect();
    let is_published = names(&out).iter().any(|name| name.starts_with("2026") || name == "current");
    match outcome.code {
        Some(5 | 6) if !is_published && outcome.stdout.is_empty() => Ok(error.join(" ")),
        Some(0) => {
            let published = out.join(fs::read_link(out.join("current")).expect("a run that ends well has published"));
            let differ = differences(expected, &contents(&published));
            Err(format!("published, {} files differ: {}", differ.len(), differ.first().map_or("", String::as_str)))
        }
        code => Err(format!("exit code {code:?}, published: {is_published}: {}", outcome.stderr.replace('\n', " "))),
    }
}

#[test]
fn every_loss_stops_the_run() {
    let market = Market::generated(3_000, 12, 3);
    market.edit_pipeline(|text| text.replace("/sample_data/*/", "/sample_data/2026-12-15/"));
    rewrite(&market.data().join("2026-12-15/distributor_a/DISTA_202610_v2.csv"), |text| {
        let quarantined = "R100000,\"Partner 0001, Inc.\",A1,2026-02-30,UK703E,Care Pack,21J,1,10.00,USD,,,,,\n";
        let sale = text.lines().find(|line| line.contains(",1,")).expect("a sale of one unit");
        let mismatch = sale.replacen(",1,", ",1,-", 1);
        format!("{text}{quarantined}{}{mismatch}\n", quarantined.replace("2026-02-30", "2026-10-32"))
    });
    // The other adjustments speak of files of the first drop.
    rewrite(&market.data().join("reference/adjustments.csv"), |text| text.split_inclusive('\n').take(2).collect());
    let expected = contents(&market.publishes(&[]));
    let losses = losses(&market.out().join("cache"));
    let open = Mutex::new(losses.iter().enumerate());
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for worker in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            let scratch: PathBuf = market.root.path().join(format!("worker {worker}"));
            let (market, expected, open, found) = (&market, &expected, &open, &found);
            scope.spawn(move || {
                loop {
                    let next = open.lock().expect("no worker panics").next();
                    let Some((number, loss)) = next else { return };
                    let outcome = suffer(loss, market, expected, &scratch);
                    found.lock().expect("no worker panics").push((number, outcome));
                }
            });
        }
    });
    let mut found = found.into_inner().expect("no worker panics");
    found.sort();
    assert_eq!(found.len(), losses.len());
    let mut unnoticed = Vec::new();
    for (number, outcome) in found {
        let loss = &losses[number];
        let name = format!("{} {} {}", STAGES[loss.stage].0, loss.file, loss.injury);
        match outcome {
            Ok(gate) => println!("{name}: {gate}"),
            Err(happened) => unnoticed.push(format!("{name}: {happened}")),
        }
    }
    assert!(unnoticed.is_empty(), "{} of {} losses:\n{}", unnoticed.len(), losses.len(), unnoticed.join("\n"));
}
