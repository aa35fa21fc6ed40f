//! What `sniff` proposes for the sample's files is what the sample's pipeline declares.

use std::path::Path;

use attachrate::config::{self, file::FeedSection, plan::Feed};
use attachrate::run::sniff_file;
use serde::Deserialize;

#[derive(Deserialize)]
struct Block {
    feed: Vec<FeedSection>,
}

/// The proposed section for a file.
fn proposed(path: &Path) -> FeedSection {
    let block = sniff_file(path).expect("a readable file");
    let mut parsed: Block = toml::from_str(&block).unwrap_or_else(|error| panic!("{error}\n{block}"));
    parsed.feed.remove(0)
}

fn declared(feeds: &[Feed], id: &str) -> Feed {
    feeds.iter().find(|feed| feed.id == id).expect("a feed of the sample").clone()
}

#[test]
fn the_samples_files_are_proposed_as_they_are_declared() {
    let plan = config::load(Path::new("pipelines/sample.toml")).expect("the sample");
    for id in ["distributor_a", "distributor_b", "vendor_direct", "registrations"] {
        let feed = declared(&plan.feeds, id);
        // Each file by itself has all that is needed.
        for file in feed.files.iter().take(6) {
            let section = proposed(&file.path);
            let name = &file.relative;
            assert_eq!(section.kind, feed.kind, "{name}");
            assert_eq!(section.dates.format, feed.dates.text, "{name}");
            assert_eq!(section.numbers.decimal, char::from(feed.numbers.decimal).to_string(), "{name}");
            let columns = attachrate::config::resolve_feed::named(&section.columns);
            for (field, column) in attachrate::config::resolve_feed::named(&feed.columns) {
                let found = columns.iter().find(|(own, _)| *own == field).and_then(|(_, column)| *column);
                if column.is_some() {
                    assert_eq!(found, column, "{name}: {field}");
                }
            }
        }
    }
}

#[test]
fn what_a_proposal_cannot_know_it_leaves_to_a_person() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("sell_out_2026.csv");
    std::fs::write(&path, "Kunde;Tag;Material;Menge;Betrag\nK1;01/02/2026;NB1;1;2.000\nK2;03/04/2026;NB2;2;3.000\n")
        .expect("a scratch file");
    let block = sniff_file(&path).expect("a readable file");
    for line in [
        "id = \"sell_out\"",
        "currency = \"???\"  # no column holds it: declare the sender's",
        "location = \"?\"  # no column was recognised",
        "# ? = \"Kunde\"  # \"K1\"",
        "format = \"mm/dd/yyyy\"  # every value is also dd/mm/yyyy, d/m/yyyy: ask the sender",
        "decimal = \".\"  # the decimal mark may be the other one: ask the sender",
    ] {
        assert!(block.contains(line), "{line}\nis not in\n{block}");
    }
}

/// The same records packed, as JSON Lines, in a workbook and as Parquet: the proposal looks inside, and is a block that a pipeline file can have.
#[test]
fn packed_files_and_tables_are_looked_into() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let text = "dealer id;invoice date;sku;qty;net amount\nK1;31.01.2026;NB1;1;1.100,50\nK2;28.02.2026;NB2;2;41,66\n";
    let zip = {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        archive.start_file("a.csv", zip::write::SimpleFileOptions::default()).expect("memory");
        std::io::Write::write_all(&mut archive, text.as_bytes()).expect("memory");
        archive.finish().expect("memory").into_inner()
    };
    let json = "{\"dealer id\": \"K1\", \"invoice date\": \"2026-01-31\", \"item\": {\"sku\": \"NB1\"}, \"qty\": 2, \"net amount\": 7.5}\n";
    for (name, bytes, lines) in [
        (
            "sales.csv.zst",
            zstd::encode_all(text.as_bytes(), 3).expect("memory"),
            ["packing = \"zstd\"", "delimiter = \";\"", "decimal = \",\""],
        ),
        ("sales.zip", zip, ["packing = \"zip\"", "delimiter = \";\"", "format = \"dd.mm.yyyy\""]),
        (
            "sales.edi",
            std::fs::read("fuzz/kept/x12/set").expect("part of the repository"),
            ["format = \"x12_867\"", "sale_quantities = [\"32\"", "format = \"yyyymmdd\""],
        ),
        ("sales.jsonl", json.as_bytes().to_vec(), ["format = \"json_lines\"", "sku = \"item.sku\"", "quantity = \"qty\""]),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a scratch file");
        let block = sniff_file(&path).expect("a readable file");
        toml::from_str::<Block>(&block).unwrap_or_else(|error| panic!("{error}\n{block}"));
        for line in lines {
            assert!(block.contains(line), "{line}\nis not in\n{block}");
        }
    }
    // Tables are read by a process of its own: the program itself.
    let rows = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Report</t></is></c></row><row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>sku</t></is></c>\
        <c r=\"B2\" t=\"inlineStr\"><is><t>qty</t></is></c></row><row r=\"3\"><c r=\"A3\" t=\"inlineStr\"><is><t>NB1</t></is></c><c r=\"B3\"><v>2</v></c></row>";
    let tables = [
        (
            "sales.xlsx",
            crate::readers::tables::xlsx(&[("Sales", rows)], false, crate::readers::tables::STRINGS),
            ["sheet = \"Sales\"", "header_row = 2"],
        ),
        ("sales.parquet", crate::readers::tables::parquet_bytes(), ["format = \"parquet\"", "amount = \"amount\""]),
    ];
    for (name, bytes, lines) in tables {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a scratch file");
        let output =
            std::process::Command::new(env!("CARGO_BIN_EXE_attachrate")).arg("sniff").arg(&path).output().expect("it starts");
        let block = String::from_utf8(output.stdout).expect("text");
        toml::from_str::<Block>(&block).unwrap_or_else(|error| panic!("{error}\n{block}"));
        for line in lines {
            assert!(block.contains(line), "{line}\nis not in\n{block}");
        }
    }
}

/// A copy of a golden scenario whose pipeline file is changed.
fn changed(scenario: &str, from: &str, to: &str) -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).expect("a scratch folder");
        for entry in std::fs::read_dir(from).expect("part of the repository") {
            let path = entry.expect("a readable folder").path();
            let target = to.join(path.file_name().expect("a name"));
            if path.is_dir() {
                copy(&path, &target);
            } else {
                std::fs::copy(&path, &target).expect("a scratch file");
            }
        }
    }
    let folder = tempfile::tempdir().expect("a scratch folder");
    copy(&Path::new("tests/golden").join(scenario), folder.path());
    let pipeline = folder.path().join("pipeline.toml");
    let text = std::fs::read_to_string(&pipeline).expect("a scenario");
    assert!(text.contains(from), "{scenario} has no {from}");
    std::fs::write(&pipeline, text.replacen(from, to, 1)).expect("a scratch file");
    folder
}

fn check(folder: &tempfile::TempDir) -> Result<String, String> {
    let plan = config::load(&folder.path().join("pipeline.toml")).map_err(|error| error.to_string())?;
    attachrate::run::check(&plan).map_err(|error| error.to_string())
}

#[test]
fn a_file_that_contradicts_its_declaration_fails_with_both_named() {
    let right = changed("control", "title", "title");
    assert!(check(&right).is_ok(), "{:?}", check(&right));
    let dates =
        check(&changed("control", "format = \"yyyy-mm-dd\"", "format = \"dd.mm.yyyy\"")).expect_err("dates in another layout");
    assert!(
        dates.contains("`day` holds `2026-03-10`, which is not `dd.mm.yyyy` as declared, in 2 of the first 3 records"),
        "{dates}"
    );
    assert!(dates.contains("its dates look like `yyyy-mm-dd`; correct the declaration of feed `sales`"), "{dates}");
    let comma = "numbers = { decimal = \",\" }\ndates = ";
    let numbers = check(&changed("control", "dates = ", comma)).expect_err("numbers in another format");
    assert!(
        numbers.contains("`value` holds `1000.00`, which is not a number with the decimal mark `,`, no thousands mark"),
        "{numbers}"
    );
    assert!(numbers.contains("its numbers look like those with the decimal mark `.`"), "{numbers}");
}
