//! The generated folder as a whole: repeatable, of the size asked for, and true to its own truth.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;

use regex::RegexBuilder;

use super::catalog::{Catalog, Kind};
use super::categories::CATEGORIES;
use super::population::stream;
use super::*;

fn generated(lines: u64, partners: u32, seed: u64) -> (tempfile::TempDir, GenerateSummary) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_owned();
    let layouts = as_text();
    let summary = generate(&GenerateOptions { lines, partners, seed, out, layouts, defects: Defects::default() }).unwrap();
    (folder, summary)
}

/// The feeds that are sent in other formats, as text.
fn as_text() -> Vec<(Feed, Recast)> {
    [Feed::DistributorC, Feed::DistributorD].map(|feed| (feed, Recast::parse(feed, "delimited").unwrap())).to_vec()
}

/// Every file below a folder with its bytes, by its path.
fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let relative = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(relative, fs::read(path).unwrap());
            }
        }
    }
    files
}

fn rows(files: &BTreeMap<String, Vec<u8>>, path: &str) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(&files[path]).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn equal_options_give_equal_bytes() {
    let (first, summary) = generated(3000, 30, 7);
    let (second, again) = generated(3000, 30, 7);
    let (other, _) = generated(3000, 30, 8);
    assert_eq!(summary, again);
    assert!(tree(first.path()) == tree(second.path()));
    assert!(tree(first.path()) != tree(other.path()));
}

#[test]
fn lines_are_as_many_as_asked_and_the_first_partner_has_15_percent() {
    let (folder, summary) = generated(20_000, 150, 20_261_031);
    let lines = summary.lines.iter().map(|(_, lines)| lines).sum::<u64>();
    assert!((19_600..=20_400).contains(&lines), "{lines} lines");
    let files = tree(folder.path());
    let records =
        |prefix: &str| files.iter().filter(|(path, _)| path.contains(prefix)).map(|(_, bytes)| lines_of(bytes) - 1).sum::<u64>();
    assert_eq!(lines, ["/DISTA_", "/VK_", "/Absatz_", "/POS867_", "/orders_"].map(records).into_iter().sum::<u64>());
    assert_eq!(summary.registrations, records("/reg_"));
    assert_eq!(summary.files, files.keys().filter(|path| path.starts_with("2026-")).count() as u64);
    let of_the_first = rows(&files, "reference/locations.csv").into_iter().filter(|row| row[2] == "P0001").collect::<Vec<_>>();
    let mut large = 0;
    for (path, bytes) in files.iter().filter(|(path, _)| path.starts_with("2026-") && !path.contains("/reg_")) {
        let ids = of_the_first
            .iter()
            .filter(|row| path.contains(&format!("/{}/", row[0])))
            .map(|row| row[1].as_bytes())
            .collect::<HashSet<_>>();
        large += bytes.split(|&byte| byte == b'\n').filter(|line| ids.iter().any(|id| line.starts_with(id))).count() as u64;
    }
    assert!((14 * lines..=16 * lines).contains(&(100 * large)), "{large} of {lines} lines are the first partner's");
}

fn lines_of(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte == b'\n').count() as u64
}

#[test]
fn truth_points_at_the_records_that_a_complete_run_keeps() {
    let (folder, summary) = generated(8000, 60, 5);
    let files = tree(folder.path());
    let catalog = Catalog::new(&mut stream(5, 0));
    let kinds = catalog
        .products
        .iter()
        .map(|product| (product.sku.as_bytes(), (product.kind, product.category)))
        .collect::<HashMap<_, _>>();
    let product_of = |path: &str, line: &str| {
        let number = line.parse::<usize>().unwrap();
        let record = files[path].split(|&byte| byte == b'\n').nth(number - 1).unwrap();
        let sku = record.split(|byte| b",;\t|#".contains(byte)).find_map(|field| kinds.get(field.to_ascii_uppercase().as_slice()));
        *sku.unwrap_or_else(|| panic!("{path}:{line} has no SKU"))
    };
    let attachments = rows(&files, "truth/attachments.csv");
    assert_eq!(attachments.len() as u64, summary.truth_rows);
    for row in &attachments {
        let (service, hardware) = (product_of(&row[0], &row[1]), product_of(&row[2], &row[3]));
        assert_eq!((service.0, hardware.0), (Kind::Service, Kind::Hardware), "{row:?}");
        assert_eq!(service.1, hardware.1, "{row:?}");
        assert!(!["202609", "202610", "202611"].iter().any(|month| row[2].contains(&format!("{month}_v1"))), "{row:?}");
    }
    for (relation, _) in &summary.units {
        assert!(attachments.iter().any(|row| row[5] == relation.code()), "no {}", relation.code());
    }
    let returns = rows(&files, "truth/returns.csv");
    assert!(["partial", "full", "cross_period"].iter().all(|kind| returns.iter().any(|row| row[2] == *kind)));
}

#[test]
fn the_second_drop_holds_all_of_the_first_drops_last_months() {
    let (folder, _) = generated(8000, 60, 5);
    let files = tree(folder.path());
    for month in ["202609", "202610", "202611"] {
        let records = |path: String| files[&path].split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect::<HashSet<_>>();
        let early = records(format!("2026-11-05/distributor_a/DISTA_{month}_v1.csv"));
        let late = records(format!("2026-12-15/distributor_a/DISTA_{month}_v2.csv"));
        assert!(early.is_subset(&late) && early.len() < late.len(), "{month}");
    }
    assert!(files["2026-11-05/distributor_b/VK_202603_v1.txt"] == files["2026-11-05/distributor_b/resent_VK_202603_v1.txt"]);
}

#[test]
fn products_outside_the_master_are_found_by_product_line_or_rule_unless_meant_to_be_unknown() {
    let categories = include_str!("../../pipelines/reference/categories.csv");
    let codes = categories.lines().skip(1).map(|row| row.split(',').next().unwrap()).collect::<Vec<_>>();
    assert_eq!(codes, CATEGORIES.iter().map(|spec| spec.code).collect::<Vec<_>>());
    let lines = include_str!("../../pipelines/reference/product_lines.csv");
    let known = lines.lines().skip(1).map(|row| row.split(',').next().unwrap()).collect::<HashSet<_>>();
    let rules = include_str!("../../pipelines/reference/category_rules.csv").lines().skip(1).map(|row| {
        let (head, is_post_warranty) = row.rsplit_once(',').unwrap();
        let (head, category) = head.rsplit_once(',').unwrap();
        let (head, kind) = head.rsplit_once(',').unwrap();
        let (field, pattern) = head.split_once(',').unwrap();
        let pattern = RegexBuilder::new(pattern.trim_matches('"')).case_insensitive(true).build().unwrap();
        (field, pattern, kind, category, is_post_warranty)
    });
    let rules = rules.collect::<Vec<_>>();
    for product in Catalog::new(&mut stream(1, 0)).products {
        let category = product.category.map_or("", |category| CATEGORIES[category].code);
        let text = |bytes: &[u8]| encoding_rs::WINDOWS_1252.decode(bytes).0.trim_matches('"').replace("\"\"", "\"");
        let (german, label) = (text(&product.fields[1]), text(&product.label));
        for (description, label) in [(product.description.as_str(), ""), (german.as_str(), label.as_str())] {
            let found = rules.iter().find(|(field, pattern, ..)| match *field {
                "description" => pattern.is_match(description),
                "label" => pattern.is_match(label),
                _ => pattern.is_match(&product.sku),
            });
            if product.sku.starts_with("ZQ") {
                assert!(found.is_none() && !known.contains(product.product_line.as_str()), "{description}");
            } else {
                let (.., kind, code, is_post_warranty) = found.unwrap_or_else(|| panic!("no rule finds {description}"));
                assert_eq!((*kind, *code), (product.kind.code(), category), "{description}");
                assert_eq!(*is_post_warranty, product.is_post_warranty.to_string(), "{description}");
            }
        }
    }
}

/// The same market without faults, with feeds in other layouts.
fn recast_as(layouts: &[(Feed, &str)]) -> BTreeMap<String, Vec<u8>> {
    market_of(3000, layouts)
}

/// A market of so many lines without faults, with feeds in other layouts.
fn market_of(lines: u64, layouts: &[(Feed, &str)]) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let options = GenerateOptions {
        lines,
        partners: (lines / 100) as u32,
        seed: 7,
        out: folder.path().to_owned(),
        layouts: layouts.iter().map(|(feed, layout)| (*feed, Recast::parse(*feed, layout).unwrap())).collect(),
        defects: Defects { kinds: Vec::new(), ..Defects::default() },
    };
    generate(&options).unwrap();
    tree(folder.path())
}

#[test]
fn another_layout_holds_the_same_records_and_the_truth_follows() {
    let plain = recast_as(&[]);
    let own = |path: &&String| path.contains("/vendor_direct/");
    let recast = recast_as(&[(Feed::VendorDirect, "json_lines")]);
    assert_eq!(plain.keys().filter(own).count(), recast.keys().filter(own).count());
    for path in plain.keys().filter(own) {
        let text = std::str::from_utf8(&plain[path]).unwrap().trim_start_matches('\u{feff}');
        let objects = std::str::from_utf8(&recast[&path.replace(".tsv", ".jsonl")]).unwrap();
        let mut lines = text.lines();
        let names = lines.next().unwrap().split('\t').collect::<Vec<_>>();
        let rows = lines.map(|line| line.split('\t').collect::<Vec<_>>()).collect::<Vec<_>>();
        assert_eq!(rows.len(), objects.lines().count());
        for (row, object) in rows.iter().zip(objects.lines()) {
            let object = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(object).unwrap();
            assert_eq!(object.len(), row.len(), "{path}");
            for (field, name) in row.iter().zip(&names) {
                let value = &object[*name];
                assert!(
                    value.as_str() == Some(field) || value.to_string().parse::<f64>().ok() == field.parse::<f64>().ok(),
                    "{path}: {value}"
                );
            }
        }
    }
    let places = |files: &BTreeMap<String, Vec<u8>>| {
        let rows = rows(files, "truth/attachments.csv").into_iter();
        let as_plain = rows.map(|mut row| {
            for place in [0, 2] {
                if row[place].ends_with(".jsonl") {
                    row[place] = row[place].replace(".jsonl", ".tsv");
                    row[place + 1] = (row[place + 1].parse::<u64>().unwrap() + 1).to_string();
                }
            }
            row
        });
        as_plain.collect::<Vec<_>>()
    };
    assert!(places(&plain) == places(&recast));
    assert!(plain.iter().filter(|(path, _)| !own(path) && !path.starts_with("truth/")).all(|(path, bytes)| recast[path] == *bytes));
}

#[test]
fn packings_and_encodings_hold_the_senders_text() {
    let plain = recast_as(&[]);
    let path = "2026-11-05/distributor_b/VK_202603_v1.txt";
    let recast = |layout| recast_as(&[(Feed::DistributorB, layout)]);
    for (layout, members) in [("gzip", 1), ("gzip_members", 2)] {
        let packed = &recast(layout)[&format!("{path}.gz")];
        let mut unpacked = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(&packed[..]), &mut unpacked).unwrap();
        assert!(unpacked == plain[path]);
        assert_eq!(packed.windows(3).filter(|bytes| *bytes == [0x1F, 0x8B, 8]).count(), members);
    }
    assert!(zstd::decode_all(&recast("zstd")[&format!("{path}.zst")][..]).unwrap() == plain[path]);
    let packed = recast("zip");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&packed[&format!("{path}.zip")])).unwrap();
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name("VK_202603_v1.txt").unwrap(), &mut unpacked).unwrap();
    assert!(unpacked == plain[path]);
    let text = encoding_rs::WINDOWS_1252.decode(&plain[path]).0;
    assert!(encoding_rs::UTF_16LE.decode(&recast("utf-16le")[path]).0 == text);
    assert!(encoding_rs::UTF_16BE.decode(&recast("utf-16be")[path]).0 == text);
    // Code page 437 has the letters of the sender's language elsewhere.
    let letter = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..12]).into_owned();
    assert_eq!(letter(&recast("cp437")[path]), letter(b"H\x84ndler-Nr;H"));
}

#[test]
fn every_layout_is_repeatable() {
    let mut layouts = Recast::names();
    let formats = ["delimited", "fixed_width", "json_lines", "excel", "parquet", "x12_867"];
    layouts.retain(|word| !formats.contains(word));
    for word in layouts {
        let format = formats.iter().find(|format| Recast::parse(Feed::DistributorB, &format!("{format}+{word}")).is_ok()).unwrap();
        let layout = format!("{format}+{word}");
        assert!(market_of(400, &[(Feed::DistributorB, &layout)]) == market_of(400, &[(Feed::DistributorB, &layout)]), "{layout}");
    }
    let files = recast_as(&[(Feed::DistributorB, "fixed_width+windows-1252")]);
    let bytes = &files["2026-11-05/distributor_b/VK_202603_v1.dat"];
    let mut widths = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::len).collect::<Vec<_>>();
    widths.dedup();
    assert_eq!(widths.len(), 1);
    assert!(files.contains_key("declaration_distributor_b.toml"));
}

#[test]
fn what_cannot_be_generated_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new");
    let few = generate(&GenerateOptions {
        lines: 9,
        partners: 1,
        seed: 1,
        out: out.clone(),
        layouts: Vec::new(),
        defects: Defects::default(),
    });
    assert!(matches!(few, Err(GenerateError::TooFewLines { .. })));
    let gzip = || (Feed::DistributorA, Recast::parse(Feed::DistributorA, "gzip").unwrap());
    let twice = generate(&GenerateOptions {
        lines: 100,
        partners: 1,
        seed: 1,
        out: out.clone(),
        layouts: vec![gzip(), gzip()],
        defects: Defects::default(),
    });
    assert!(matches!(twice, Err(GenerateError::TwoLayouts { feed: Feed::DistributorA })));
    generate(&GenerateOptions {
        lines: 100,
        partners: 1,
        seed: 1,
        out: out.clone(),
        layouts: Vec::new(),
        defects: Defects::default(),
    })
    .unwrap();
    let again =
        generate(&GenerateOptions { lines: 100, partners: 1, seed: 1, out, layouts: Vec::new(), defects: Defects::default() });
    assert!(matches!(again, Err(GenerateError::NotEmpty { .. })));
}

#[test]
fn missing_keys_change_nothing_but_these_keys() {
    let (whole, _) = generated(3000, 30, 7);
    let whole = tree(whole.path());
    let folder = tempfile::tempdir().unwrap();
    generate(&GenerateOptions {
        lines: 3000,
        partners: 30,
        seed: 7,
        out: folder.path().to_owned(),
        layouts: as_text(),
        defects: Defects { missing_keys_percent: 20, ..Defects::default() },
    })
    .unwrap();
    let lacking = tree(folder.path());
    let truth = |files: &BTreeMap<String, Vec<u8>>| files.iter().filter(|(path, _)| path.starts_with("truth/")).count();
    assert_eq!((whole.len(), truth(&whole)), (lacking.len(), 4));
    let mut missing: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for (path, bytes) in &whole {
        if !path.contains("/distributor_b/") {
            assert!(!path.starts_with("truth/") || bytes == &lacking[path], "{path}");
            continue;
        }
        let lines = |bytes: &[u8]| {
            bytes
                .split(|byte| *byte == b'\n')
                .map(|line| line.split(|byte| *byte == b';').map(<[u8]>::to_vec).collect::<Vec<_>>())
                .collect::<Vec<_>>()
        };
        let (before, after) = (lines(bytes), lines(&lacking[path]));
        let names: Vec<String> = before[0].iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        assert_eq!(before.len(), after.len());
        // A damaged record can have a field more or less.
        let is_whole = |(before, _): &(&Vec<Vec<u8>>, &Vec<Vec<u8>>)| before.len() == names.len();
        for (before, after) in before.iter().zip(&after).skip(1).filter(is_whole) {
            assert_eq!(before.len(), after.len());
            for (name, (before, after)) in names.iter().zip(before.iter().zip(after)).filter(|(_, (before, _))| !before.is_empty())
            {
                let count = missing.entry(name.clone()).or_default();
                count.0 += 1;
                count.1 += u32::from(before != after);
                assert!(before == after || after.is_empty(), "{name}");
            }
        }
    }
    let changed: Vec<(&String, u32)> =
        missing.iter().filter(|(_, (_, gone))| *gone > 0).map(|(name, (all, gone))| (name, 100 * gone / all)).collect();
    assert_eq!(changed.len(), 3, "{changed:?}");
    assert!(changed.iter().all(|(_, percent)| (14..=26).contains(percent)), "{changed:?}");
}
