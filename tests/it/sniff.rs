//! What `sniff` proposes for the sample's files is what the sample's pipeline declares.

use std::path::Path;

use super::generated::{declared as declared_by_generator, options};
use attachrate::config::{self, file::FeedSection, plan::Feed};
use attachrate::generate;
use attachrate::io::readers::{FileReader, Format};
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

/// An archive of members by name.
fn zipped(members: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("memory");
        std::io::Write::write_all(&mut archive, text.as_bytes()).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

/// The same records packed, as JSON Lines, in a workbook and as Parquet: the proposal looks inside, and is a block that a pipeline file can have.
#[test]
fn packed_files_and_tables_are_looked_into() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let text = "dealer id;invoice date;sku;qty;net amount\nK1;31.01.2026;NB1;1;1.100,50\nK2;28.02.2026;NB2;2;41,66\n";
    let zip = zipped(&[("a.csv", text)]);
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

fn sniffed(folder: &Path, name: &str) -> std::process::Output {
    let program = env!("CARGO_BIN_EXE_attachrate");
    std::process::Command::new(program).arg("sniff").arg(name).current_dir(folder).output().expect("it starts")
}

/// Of each record of a file its line, and its defect or its values: of all columns without blanks, or of the columns that both declarations have.
type Read = Vec<(u64, Result<String, String>)>;

fn read(feed: &Feed, path: &Path, columns: Option<&[String]>) -> Read {
    let mut reader = FileReader::open(path, &feed.layout).unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
    let section = reader.next_section().expect("readable").expect("a section");
    let mut records = Vec::new();
    while let Some(record) = reader.next_record().expect("readable") {
        let values = record.fields.map_err(|code| code.code().to_owned()).map(|fields| match columns {
            None => fields.iter().flat_map(str::split_whitespace).collect(),
            Some(columns) => {
                let value = |column: &String| section.columns.iter().position(|own| own == column).map(|place| fields.get(place));
                columns.iter().filter_map(value).collect::<Vec<_>>().join("|")
            }
        });
        records.push((record.place.line, values));
    }
    records
}

/// What is proposed for each layout that the generator writes is a configuration, and reads the records that the true declaration reads.
#[test]
fn what_is_proposed_reads_the_records_that_the_declaration_reads() {
    for (id, words) in [
        (generate::Feed::DistributorA, "delimited"),
        (generate::Feed::DistributorA, "semicolon+utf-16be+gzip"),
        (generate::Feed::DistributorA, "tab+utf-16le+trailing_delimiter"),
        (generate::Feed::DistributorB, "bar+cp850+preamble+trailer+zip"),
        (generate::Feed::DistributorB, "windows-1252+no_header+zstd"),
        (generate::Feed::VendorDirect, "backslash+month_names+repeated_header"),
        (generate::Feed::DistributorA, "fixed_width"),
        (generate::Feed::DistributorA, "fixed_width+preamble+trailer+gzip_members"),
        (generate::Feed::VendorDirect, "fixed_width+us_dates"),
        (generate::Feed::Registrations, "fixed_width"),
        (generate::Feed::DistributorA, "json_lines+zip"),
        (generate::Feed::DistributorA, "excel+title_rows"),
        (generate::Feed::DistributorA, "excel+xls"),
        (generate::Feed::DistributorA, "excel+xlsb+gzip"),
        (generate::Feed::DistributorA, "excel+ods"),
        (generate::Feed::DistributorA, "parquet"),
        (generate::Feed::DistributorA, "x12_867+item_first+odd_marks"),
        (generate::Feed::VendorDirect, "x12_867+5010+line_ends+zip"),
    ] {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let market =
            options(folder.path(), 7, Some((id, words)), generate::Defects { kinds: Vec::new(), ..generate::Defects::default() });
        let market = generate::GenerateOptions { lines: 3_000, partners: 12, ..market };
        generate::generate(&market).expect("a market");
        let truth = declared_by_generator(folder.path(), id, false);
        let file = truth.files.iter().max_by_key(|file| std::fs::metadata(&file.path).expect("a file").len()).expect("a file");
        let output = sniffed(folder.path(), &file.relative);
        let block = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
        // What only a person knows.
        let own = block.lines().find(|line| line.starts_with("id = ")).expect("an id");
        let block = block.replacen(own, &format!("id = \"{}\"", id.id()), 1).replace("\"???\"", "\"USD\"");
        std::fs::write(folder.path().join(format!("declaration_{}.toml", id.id())), &block).expect("a scratch file");
        let proposed = declared_by_generator(folder.path(), id, false);
        let of = |feed: &Feed| {
            attachrate::config::resolve_feed::named(&feed.columns)
                .into_iter()
                .filter_map(|(_, column)| column.map(str::to_owned))
                .collect::<Vec<_>>()
        };
        let shared: Option<Vec<String>> = match truth.layout.format {
            Format::JsonLines(_) | Format::X12(_) => {
                Some(of(&truth).into_iter().filter(|column| of(&proposed).contains(column)).collect())
            }
            _ => None,
        };
        let expected = read(&truth, &file.path, shared.as_deref());
        assert!(expected.len() > 10, "{words}");
        assert_eq!(read(&proposed, &file.path, shared.as_deref()), expected, "{words}\n{block}");
    }
}

/// An archive of several members: one block for those of one kind, and the others by their names.
#[test]
fn each_member_of_an_archive_is_told() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let sales =
        |dealer: &str| format!("dealer;day;sku;qty;amount\n{dealer};31.01.2026;NB1;1;1.100,50\n{dealer};28.02.2026;NB2;2;41,66\n");
    let zip = zipped(&[
        ("north.csv", &sales("N1")),
        ("south.csv", &sales("S1")),
        ("stock.csv", "sku,stock\nNB1,7\nNB2,9\n"),
        ("readme.pdf", "%PDF-1.7"),
    ]);
    std::fs::write(folder.path().join("sales.zip"), zip).expect("a scratch file");
    let output = sniffed(folder.path(), "sales.zip");
    let block = String::from_utf8(output.stdout).expect("text");
    toml::from_str::<Block>(&block).unwrap_or_else(|error| panic!("{error}\n{block}"));
    for line in [
        "delimiter = \";\"",
        "# `stock.csv` is of another kind: delimited with 2 columns",
        "# `readme.pdf` is not proposed: the file is a PDF document, and not read",
        "# No pattern for `members` fits these alone: north.csv, south.csv",
    ] {
        assert!(block.contains(line), "{line}\nis not in\n{block}");
    }
}

/// A file that no run could read is told by its reason, with the exit code of bad input.
#[test]
fn a_file_that_cannot_be_read_is_told_by_its_reason() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let text = "dealer,day\nL1,2026-03-10\n";
    let zip = zipped(&[("a.csv", text)]);
    let mut encrypted = zip.clone();
    let directory = memchr::memmem::find(&encrypted, b"PK\x01\x02").expect("a directory");
    encrypted[6] |= 1;
    encrypted[directory + 8] |= 1;
    let zstd = zstd::encode_all(text.as_bytes(), 3).expect("memory");
    for (name, bytes, reason) in [
        ("empty.csv", Vec::new(), "the file is empty"),
        ("encrypted.zip", encrypted, "is encrypted"),
        ("cut.zip", zip[..40].to_vec(), "zip archive cannot be read"),
        ("cut.csv.zst", zstd[..zstd.len() - 2].to_vec(), "the zstd data is damaged"),
        ("twice.csv.zst", zstd::encode_all(zstd.as_slice(), 3).expect("memory"), "packed once more"),
        ("report.pdf", b"%PDF-1.7".to_vec(), "the file is a PDF document"),
        ("cut.xlsx", zip[..40].to_vec(), "the workbook cannot be read"),
        ("cut.parquet", b"PAR1 and so on".to_vec(), "the Parquet file cannot be read"),
        (
            "words.txt",
            b"Dear partner\nthe report is late\nand comes tomorrow\n".to_vec(),
            "no delimiter and no columns at fixed places",
        ),
        ("sales.pgp", b"-----BEGIN PGP MESSAGE-----\n".to_vec(), "the file is encrypted by PGP"),
    ] {
        std::fs::write(folder.path().join(name), bytes).expect("a scratch file");
        let output = sniffed(folder.path(), name);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{name}: {error}");
        assert!(output.stdout.is_empty() && error.contains(name) && error.contains(reason), "{name}: {error}");
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
