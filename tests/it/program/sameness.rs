//! The same inputs give the same bytes, whatever the machine does meanwhile.

use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use attachrate::io::sectioned::read_index;
use tempfile::TempDir;

use super::{Contents, Market, Outcome, contents, differences, names};

/// Options of the command, and variables of its environment.
type Variation = (&'static [&'static str], &'static [(&'static str, &'static str)]);

#[test]
fn threads_memory_time_zone_and_language_do_not_matter() {
    let market = Market::sample();
    let published = market.publishes(&["--threads", "1"]);
    let expected = contents(&published);
    let variations: [Variation; 4] = [
        (&["--threads", "4"], &[]),
        (&["--memory", "64MiB"], &[]),
        (&["--memory", "1MiB", "--threads", "8"], &[]),
        (&[], &[("TZ", "Pacific/Kiritimati"), ("LANG", "tr_TR.UTF-8"), ("LC_ALL", "de_DE.UTF-8")]),
    ];
    for (options, environment) in variations {
        fs::remove_dir_all(market.out()).expect("a removable folder");
        let mut command = market.command("run", options);
        command.envs(environment.iter().copied());
        Outcome::of(&command.output().expect("the program starts")).expect_code(0);
        assert_eq!(market.published().as_ref(), Some(&published), "{options:?} {environment:?}");
        let differ = differences(&expected, &contents(&published));
        assert!(differ.is_empty(), "{options:?} {environment:?}: {differ:?}");
    }
}

/// The same files in another folder, created in the reverse order, run from within that folder by a relative path.
#[test]
fn another_folder_does_not_matter() {
    let here = Market::sample();
    let expected = here.publishes(&[]);
    let there = Market { root: TempDir::with_prefix("a folder, with ümlauts ").expect("a temporary folder") };
    for (folder, files) in [("sample_data", contents(Path::new("sample_data"))), ("pipelines", contents(Path::new("pipelines")))] {
        for (name, bytes) in files.iter().rev() {
            let path = there.root.path().join(folder).join(name);
            fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a writable folder");
            fs::write(path, bytes).expect("a writable file");
        }
    }
    let mut command = super::program(["run", "sample.toml", "--out", "../out"]);
    command.current_dir(there.root.path().join("pipelines"));
    Outcome::of(&command.output().expect("the program starts")).expect_code(0);
    let published = there.published().expect("a run that ends well has published");
    assert_eq!(published.file_name(), expected.file_name());
    let differ = differences(&contents(&expected), &contents(&published));
    assert!(differ.is_empty(), "{differ:?}");
}

/// The configuration's text is part of a run's identity, so the id and what hashes pages with the id may differ; nothing else.
#[test]
fn the_order_in_which_files_are_named_does_not_matter() {
    let market = Market::sample();
    let published = market.publishes(&[]);
    let mut expected = without_identity(&published);
    market.edit_pipeline(|text| reversed_lists(&text, &market.data()));
    let reordered = market.publishes(&[]);
    let mut actual = without_identity(&reordered);
    let manifests = [&mut expected, &mut actual].map(|files| {
        let text = files.remove("manifest.json").expect("a run has a manifest");
        let mut manifest: serde_json::Value = serde_json::from_slice(&text).expect("the manifest is JSON");
        let fields = manifest.as_object_mut().expect("the manifest is an object");
        for own in ["configuration_sha256", "outputs", "parameters"] {
            assert!(fields.remove(own).is_some(), "{own}");
        }
        manifest
    });
    assert_eq!(manifests[0], manifests[1]);
    let differ = differences(&expected, &actual);
    assert!(differ.is_empty(), "{differ:?}");
}

/// Replaces each feed's pattern by its files, last first.
fn reversed_lists(text: &str, data: &Path) -> String {
    let mut lists = 0;
    let lines = text.lines().map(|line| {
        let Some(pattern) = line.strip_prefix("files = [\"../sample_data/*/") else { return line.to_owned() };
        let (feed, ending) = pattern.trim_end_matches("\"]").split_once("/*").expect("the sample names files by pattern");
        let mut files = Vec::new();
        for drop in names(data).into_iter().rev() {
            for name in names(&data.join(&drop).join(feed)).into_iter().rev().filter(|name| name.ends_with(ending)) {
                files.push(format!("\"../sample_data/{drop}/{feed}/{name}\""));
            }
        }
        assert!(files.len() > 20, "{feed}");
        lists += 1;
        format!("files = [{}]", files.join(", "))
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    assert_eq!(lists, 6);
    text
}

/// The files of a run with its id blotted out.
fn without_identity(published: &Path) -> Contents {
    let id = published.file_name().expect("a run has a name").to_string_lossy().into_owned();
    let mut files = contents(published);
    for (name, bytes) in &mut files {
        if name.ends_with(".xlsx") {
            *bytes = unpacked(bytes);
        }
        if !name.ends_with(".parquet")
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            *bytes = text.replace(&id, "RUN").into_bytes();
        }
    }
    files
}

/// Names and texts of a workbook's members.
fn unpacked(workbook: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).expect("a workbook is an archive");
    let mut all = Vec::new();
    for place in 0..archive.len() {
        let mut member = archive.by_index(place).expect("a member");
        all.extend(member.name().as_bytes());
        member.read_to_end(&mut all).expect("a whole member");
    }
    all
}

/// With little memory a part of many lines is worked on category by category.
#[test]
fn cutting_parts_by_category_does_not_matter() {
    /// Lines that are always held together, however little memory there is.
    const LEAST_GROUP: u64 = 10_000;
    let market = Market::generated(60_000, 40, 2);
    let published = market.publishes(&["--memory", "4GiB", "--threads", "4"]);
    let expected = contents(&published);
    let settled = market.out().join("cache/settle");
    let largest = names(&settled).into_iter().map(|unit| {
        let index = read_index(&settled.join(unit), "lines").expect("a settled part has lines");
        assert!(index.rows.iter().filter(|rows| **rows > 0).count() > 3, "several categories");
        index.rows.iter().sum::<u64>()
    });
    assert!(largest.max() > Some(2 * LEAST_GROUP), "no part is large enough to be cut");
    for options in [["--memory", "64MiB", "--threads", "8"], ["--memory", "1MiB", "--threads", "1"]] {
        fs::remove_dir_all(market.out()).expect("a removable folder");
        let again = market.publishes(&options);
        assert_eq!(again, published);
        let differ = differences(&expected, &contents(&again));
        assert!(differ.is_empty(), "{options:?}: {differ:?}");
    }
}
