//! Damaged files: cached work is made again, a published run is reported and left as it is.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Market, attachrate, contents, differences, names};

/// Flips a bit in the middle of a file, in place.
fn flip(path: &Path) {
    let mut bytes = fs::read(path).expect("a readable file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).expect("a writable file");
}

fn cut(path: &Path) {
    let bytes = fs::read(path).expect("a readable file");
    fs::write(path, &bytes[..bytes.len() / 2]).expect("a writable file");
}

fn remove(path: &Path) {
    fs::remove_file(path).expect("a removable file");
}

#[test]
fn damaged_work_is_made_again() {
    let market = Market::generated(3_000, 12, 3);
    let published = market.publishes(&[]);
    let expected = contents(&published);
    let damages: [fn(&Path); 3] = [flip, cut, remove];
    for (stage, file) in [
        ("extract", "lines.arrow"),
        ("extract", "report.json"),
        ("settle", "packs.index.json"),
        ("serial", "pairs_by_service-90.arrow"),
        ("serial", "report.json"),
        ("attach", "attachments.parquet"),
        ("attach", "contributions.arrow"),
        ("attach", "seal.json"),
        ("collect", "cells.arrow"),
        ("collect", "orders.arrow"),
        ("collect", "report.json"),
    ] {
        for damage in damages {
            market.unpublish();
            let units = market.out().join("cache").join(stage);
            let unit = names(&units).into_iter().next().expect("a unit");
            damage(&units.join(unit).join(file));
            let outcome = market.does("run", &[]).expect_code(0);
            if file != "seal.json" {
                assert!(
                    outcome.stderr.contains("a cached unit is damaged and is made again"),
                    "{stage} {file}: {}",
                    outcome.stderr
                );
            }
            let differ = differences(&expected, &contents(&published));
            assert!(differ.is_empty(), "{stage} {file}: {differ:?}");
        }
    }
}

#[test]
fn an_equal_second_run_verifies_the_first() {
    let market = Market::generated(3_000, 12, 3);
    let published = market.publishes(&[]);
    let expected = contents(&published);
    let id = published.file_name().expect("a run has a name").to_string_lossy().into_owned();
    fs::remove_file(market.out().join("current")).expect("a removable link");
    let second = market.does("run", &[]).expect_code(0);
    assert!(second.stdout.starts_with(&format!("run {id} was published already and matches its manifest\n")), "{}", second.stdout);
    assert_eq!(market.published().as_ref(), Some(&published), "`current` points to the run again");
    assert!(differences(&expected, &contents(&published)).is_empty());
    let verified = attachrate(["verify".as_ref(), published.as_os_str()]).expect_code(0);
    assert_eq!(verified.stdout, format!("{id}: {} files match the manifest\n", expected.len() - 1));
}

/// What is done to a published folder, and the file that the message must name.
type Tampering = (&'static str, fn(&Path) -> PathBuf);

fn part(folder: &Path) -> PathBuf {
    folder.join("tables/fact_attachment.parquet/part-0001.parquet")
}

const TAMPERINGS: [Tampering; 6] = [
    ("a table altered", |folder| {
        flip(&part(folder));
        part(folder)
    }),
    ("a page altered", |folder| {
        let page = folder.join("report/index.html");
        flip(&page);
        page
    }),
    ("a table missing", |folder| {
        remove(&part(folder));
        part(folder)
    }),
    ("a file added", |folder| {
        let note = folder.join("tables/fact_attachment.parquet/note.txt");
        fs::write(&note, "one more").expect("a writable folder");
        note
    }),
    ("the manifest cut", |folder| {
        let manifest = folder.join("manifest.json");
        cut(&manifest);
        manifest
    }),
    ("the manifest missing", |folder| {
        let manifest = folder.join("manifest.json");
        remove(&manifest);
        manifest
    }),
];

#[test]
fn a_tampered_run_is_damaged() {
    let market = Market::generated(3_000, 12, 3);
    let mut expected = None;
    for (tampering, tamper) in TAMPERINGS {
        let published = market.publishes(&[]);
        let expected = expected.get_or_insert_with(|| contents(&published));
        assert!(differences(expected, &contents(&published)).is_empty(), "before: {tampering}");
        let file = tamper(&published);
        let tampered = contents(&published);
        let verified = attachrate(["verify".as_ref(), published.as_os_str()]);
        for outcome in [verified, market.does("run", &[])] {
            let outcome = outcome.expect_code(6);
            assert!(outcome.stderr.contains(&format!("error: {} is damaged: ", file.display())), "{tampering}: {}", outcome.stderr);
            assert!(outcome.stderr.contains("hint: "), "{tampering}: {}", outcome.stderr);
            assert!(outcome.stdout.is_empty(), "{tampering}");
        }
        assert!(differences(&tampered, &contents(&published)).is_empty(), "a damaged run is left as it is: {tampering}");
        market.unpublish();
    }
    let published = market.publishes(&[]);
    assert!(differences(&expected.expect("there are tamperings"), &contents(&published)).is_empty());
}
