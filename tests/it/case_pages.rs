//! Case files and report pages of a run whose partners, products and invoices have hostile names, against the same run with plain ones; and that no
//! case file names another partner.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use calamine::{Reader, Xlsx, open_workbook};

use crate::golden::Scenario;

/// Ids in the order of the plain ones `P0001` to `P0003`, so that the pages of both runs stand in the same order.
const HOSTILE_IDS: [&str; 3] = ["../../x", "CON", "a/b"];
const HOSTILE: &str = "</title><script>alert(1)</script><img src=x onerror=alert(2)>'&--><!--\u{2028}\u{202e}";

/// The takeover scenario with other texts; `long` is put where any text may stand.
fn scenario(ids: [&str; 3], long: &str, formula: &str) -> tempfile::TempDir {
    let scenario = Scenario::copy("takeover");
    let folder = scenario.folder().to_owned();
    let edit = |name: &str, change: &dyn Fn(String) -> String| {
        let path = folder.join("in").join(name);
        fs::write(&path, change(fs::read_to_string(&path).expect("part of the scenario"))).expect("a scratch file");
    };
    let with_ids = |text: String| {
        let plain = ["P0001", "P0002", "P0003"];
        plain.iter().zip(ids).fold(text, |text, (plain, id)| text.replace(plain, id))
    };
    edit("reference/partners.csv", &|text| with_ids(text).replace(" Ltd", long).replace("Manager 01", long));
    edit("reference/locations.csv", &with_ids);
    let sku = if formula.is_empty() { "NB1".to_owned() } else { "=CMD|'<B>\u{202e}'!A1".to_owned() };
    edit("reference/products.csv", &|text| {
        text.replace("NB1,", &format!("{sku},")).replace("Synthetic notebook", &format!("{formula}{long}"))
    });
    edit("reference/categories.csv", &|text| text.replace(",Notebook,", &format!(",{long},")));
    // Every line has an end customer, of the same text.
    edit("sales.csv", &|text| {
        let text = text.replace(",A", &format!(",{formula}A")).replace("NB1,", &format!("{sku},"));
        let lines = text
            .lines()
            .enumerate()
            .map(|(place, line)| if place == 0 { format!("{line},customer\n") } else { format!("{line},{formula}{long}\n") });
        lines.collect()
    });
    let pipeline = folder.join("pipeline.toml");
    let text = fs::read_to_string(&pipeline).expect("part of the scenario");
    fs::write(&pipeline, text.replace("serials = \"serials\"", "serials = \"serials\", end_customer = \"customer\""))
        .expect("a scratch file");
    scenario.run_and_keep()
}

/// Every file below a folder, by its path from there.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.strip_prefix(root).expect("below it").to_owned(), fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// The markup without its text: every tag with the names of its attributes.
fn elements(html: &[u8]) -> Vec<String> {
    let html = String::from_utf8_lossy(html);
    let name = |rest: &str| {
        let tag = rest.split('>').next().unwrap_or_default();
        let words = tag.split_whitespace().filter(|word| word.contains('=') || tag.starts_with(word));
        words.map(|word| word.split('=').next().unwrap_or_default().to_owned()).collect::<Vec<_>>().join(" ")
    };
    html.split('<').skip(1).map(name).collect()
}

#[test]
fn hostile_names_change_no_page_and_leave_no_folder() {
    let long = format!("{HOSTILE}{}", "x".repeat(300));
    let plain = scenario(["P0001", "P0002", "P0003"], " Ltd", "");
    let hostile = scenario(HOSTILE_IDS, &long, "=1+1");
    let top = |folder: &tempfile::TempDir| {
        let mut names: Vec<String> = fs::read_dir(folder.path().join("out"))
            .expect("a folder")
            .map(|entry| entry.expect("a readable folder").file_name().into_string().expect("UTF-8"))
            .filter(|name| !name.starts_with("2026-12-15-"))
            .collect();
        names.sort();
        names
    };
    assert_eq!(top(&plain), top(&hostile), "no file beside the run");
    let pages = |folder: &tempfile::TempDir, below: &str, ending: &str| -> Vec<(PathBuf, Vec<u8>)> {
        let all = files(&folder.path().join("out/current").join(below));
        all.into_iter().filter(|(path, _)| path.extension().is_some_and(|found| found == ending)).collect()
    };
    for below in ["cases", "report"] {
        let (plain, hostile) = (pages(&plain, below, "html"), pages(&hostile, below, "html"));
        assert_eq!(plain.len(), hostile.len(), "{below}");
        // Names of hostile ids sort before those of plain ones in no other order: `~2E.…`, `~43.ON`, `a~2F.b~` stand for the first to third.
        let order = |mut pages: Vec<(PathBuf, Vec<u8>)>| {
            pages.sort_by_key(|(path, _)| {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let place = ["P0001", "P0002", "P0003"].iter().position(|id| stem == *id);
                let own = ["~2E.~2E.~2F.~2E.~2E.~2F.x~", "~43.ON", "a~2F.b~"].iter().position(|name| stem == *name);
                (path.parent().map(Path::to_owned), place.or(own), if place.or(own).is_some() { String::new() } else { stem })
            });
            pages
        };
        for ((path, plain), (other, hostile)) in order(plain).iter().zip(&order(hostile)) {
            assert_eq!(elements(plain), elements(hostile), "{} and {}", path.display(), other.display());
        }
    }
    let mut workbook: Xlsx<_> = open_workbook(hostile.path().join("out/current/outreach.xlsx")).expect("a call list");
    for name in workbook.sheet_names() {
        let formulas = workbook.worksheet_formula(&name).expect("a sheet");
        assert!(formulas.used_cells().all(|(_, _, formula)| formula.is_empty()), "a formula on {name}");
    }
    // Case files, work lists and the call list.
    for (path, list) in pages(&hostile, "", "csv") {
        let mut reader = csv::Reader::from_reader(list.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark"));
        for cell in reader.records().flat_map(|row| row.expect("a whole row").iter().map(str::to_owned).collect::<Vec<_>>()) {
            let is_number = cell.parse::<f64>().is_ok();
            assert!(is_number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{}: {cell}", path.display());
        }
    }
}

/// Packs of one partner cover another's hardware here: neither's case file or list says whose.
#[test]
fn no_case_file_names_another_partner() {
    for name in ["takeover", "credit", "adjustments", "exceptions", "index", "back_off"] {
        let folder = Scenario::copy(name).run_and_keep();
        let cases = folder.path().join("out/current/cases");
        let partners = fs::read_to_string(folder.path().join("in/reference/partners.csv")).expect("part of the scenario");
        let partners: Vec<(&str, &str)> = partners
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(','))
            .map(|(id, rest)| (id, rest.split(',').next().unwrap_or("")))
            .collect();
        for (own, _) in &partners {
            for ending in ["html", "csv"] {
                let text = fs::read_to_string(cases.join(format!("{own}.{ending}"))).expect("a case of every partner");
                for (id, other) in partners.iter().filter(|(id, _)| id != own) {
                    assert!(!text.contains(id) && !text.contains(other), "{name}: {own}.{ending} names {id} or {other}");
                }
            }
        }
    }
}
