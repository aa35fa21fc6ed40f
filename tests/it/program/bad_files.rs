//! Malformed, encrypted, truncated, lying and hostile files of every format, several at once: each is told with its path and its cause, by `check`
//! and by `run`, with the exit code of bad input.

use std::fs;
use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Market, copy};
use crate::readers::tables::{ROWS, STRINGS, parquet_bytes, xlsx};

const TEXT: &str = "dealer,day,invoice,part,pieces,value,cur\nL1,2026-03-10,A1,NB1,2,2000.00,USD\n";
const DELIMITED: &str = "encoding = \"utf-8\"\ndelimiter = \",\"";

/// A raw file, how its feed declares it, and what is told of it.
struct Bad {
    name: &'static str,
    bytes: Vec<u8>,
    declared: &'static str,
    told: &'static str,
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
}

fn archive(names: &[&str], bytes: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        archive.start_file(*name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)).expect("memory");
        archive.write_all(bytes).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

fn bad_files() -> Vec<Bad> {
    let text = TEXT.as_bytes();
    let whole = gzip(text);
    let mut wrong_sum = whole.clone();
    let sum = wrong_sum.len() - 8;
    wrong_sum[sum] ^= 1;
    let zstd = zstd::encode_all(text, 3).expect("memory");
    let mut encrypted = archive(&["a.csv"], text);
    let directory = memchr::memmem::find(&encrypted, b"PK\x01\x02").expect("a directory");
    encrypted[6] |= 1;
    encrypted[directory + 8] |= 1;
    // The second entry of the directory points to the first.
    let mut overlapping = archive(&["a.csv", "b.csv"], text);
    let second = memchr::memmem::rfind(&overlapping, b"PK\x01\x02").expect("a directory");
    overlapping[second + 42..second + 46].copy_from_slice(&[0; 4]);
    let bomb = archive(&["a.csv"], &[text, &b"x".repeat(80 << 20)].concat());
    let utf_16: Vec<u8> = std::iter::once(0xFEFF).chain(TEXT.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let parquet = parquet_bytes();
    let mut absurd = parquet.clone();
    let length = absurd.len() - 8;
    absurd[length..length + 4].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0x7F]);
    let four_billion = "count=\"4294967295\" uniqueCount=\"4294967295\"><si><t>dealer</t></si>";
    let office = [&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1][..], &[0xFF; 600]].concat();
    let encrypted_name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encrypted_office = [&office[..8], &[0; 600], &encrypted_name, &[0; 600]].concat();
    // A name of a column 321 million columns to the right.
    let far = "<row r=\"1\"><c r=\"ZZZZZZ1\" t=\"inlineStr\"><is><t>dealer</t></is></c></row>";
    let sales = xlsx(&[("Sales", ROWS)], false, STRINGS);
    let bad = |name, bytes: Vec<u8>, declared, told| Bad { name, bytes, declared, told };
    let (excel, table) = ("format = \"excel\"", "format = \"parquet\"");
    vec![
        bad("empty.csv", Vec::new(), DELIMITED, "the file is empty"),
        bad("wide.csv", utf_16.clone(), DELIMITED, "`utf-16le`"),
        bad("zeros.csv", vec![0; 4_096], DELIMITED, "the header cannot be read"),
        bad("packed.csv", whole.clone(), DELIMITED, "`gzip`"),
        bad("cut.csv.gz", whole[..whole.len() / 2].to_vec(), DELIMITED, "gzip"),
        bad("sum.csv.gz", wrong_sum, DELIMITED, "gzip"),
        bad("cut.csv.zst", zstd[..zstd.len() - 4].to_vec(), DELIMITED, "zstd"),
        bad("text.csv.zst", text.to_vec(), DELIMITED, "zstd"),
        bad("encrypted.zip", encrypted, DELIMITED, "is encrypted"),
        bad("overlapping.zip", overlapping, DELIMITED, "archive"),
        bad("outside.zip", archive(&["../a.csv"], text), DELIMITED, "leads out of its folder"),
        bad("bomb.zip", bomb, DELIMITED, "unpack to more than"),
        bad("cut.zip", archive(&["a.csv"], text)[..60].to_vec(), DELIMITED, "zip archive cannot be read"),
        bad("none.zip", archive(&[], text), DELIMITED, "no member"),
        bad("wide.dat", utf_16.clone(), "format = \"fixed_width\"\nencoding = \"utf-8\"", "`utf-16le`"),
        bad("wide.jsonl", utf_16, "format = \"json_lines\"", "utf-16le"),
        bad("text.x12", text.to_vec(), "format = \"x12_867\"\nencoding = \"utf-8\"", "ISA"),
        bad("strings.xlsx", xlsx(&[("Sales", ROWS)], false, four_billion), excel, "GiB of memory"),
        bad("far.xlsx", xlsx(&[("Sales", far)], false, STRINGS), excel, "where no worksheet has any"),
        bad("encrypted.xlsx", encrypted_office, excel, "encrypted with a password"),
        bad("cut.xlsx", sales[..sales.len() / 2].to_vec(), excel, "the workbook cannot be read"),
        bad("random.xls", office, excel, "the workbook cannot be read"),
        bad("text.xlsx", text.to_vec(), excel, "no workbook by its first bytes"),
        bad("cut.parquet", parquet[..parquet.len() / 2].to_vec(), table, "Parquet"),
        bad("absurd.parquet", absurd, table, "Parquet"),
        bad("text.parquet", text.to_vec(), table, "Parquet"),
        // Found by fuzzing: one parser takes a declared size at its word, another panics, each in the process of its own.
        bad("declared_sizes.xls", include_bytes!("hostile/declared_sizes.xls").to_vec(), excel, "GiB of memory"),
        bad("embedded_schema.parquet", include_bytes!("hostile/embedded_schema.parquet").to_vec(), table, "the parser gave up"),
    ]
}

#[test]
fn bad_files_of_every_format_are_told_together() {
    let market = Market { root: tempfile::TempDir::new().expect("a temporary folder") };
    copy("tests/golden/control/in/reference".as_ref(), &market.root.path().join("pipelines/in/reference"));
    let folder = market.root.path().join("pipelines/in/bad");
    fs::create_dir_all(&folder).expect("a writable folder");
    let golden = fs::read_to_string("tests/golden/control/pipeline.toml").expect("part of the repository");
    let (head, _) = golden.split_once("[[feed]]").expect("a feed");
    let (_, tail) = golden.split_once("[reference]").expect("reference tables");
    let tail = tail.replace("control_totals = \"in/reference/control_totals.csv\"\n", "");
    let files = bad_files();
    let mut pipeline = head.to_owned();
    for (file, number) in files.iter().zip(0..) {
        fs::write(folder.join(file.name), &file.bytes).expect("a writable file");
        let columns = match file.name {
            "text.x12" => "currency = \"USD\"".to_owned(),
            "wide.dat" => {
                let widths = ["dealer", "day", "part", "pieces", "value", "cur"].iter().zip(0..);
                let column =
                    |(name, at): (&&str, u32)| format!("{{ name = \"{name}\", from = {}, to = {} }}", at * 10 + 1, at * 10 + 10);
                format!("fixed_columns = [{}]", widths.map(column).collect::<Vec<_>>().join(", "))
            }
            _ => String::new(),
        };
        let mapping = "columns = { location = \"dealer\", date = \"day\", sku = \"part\", quantity = \"pieces\", amount = \"value\", currency = \"cur\" }";
        let mapping = if file.name == "text.x12" { "columns = {}" } else { mapping };
        // The reference tables speak of two feeds.
        let id = ["sales", "trailed"].get(number).map_or_else(|| format!("bad_{number}"), |id| (*id).to_owned());
        pipeline += &format!(
            "[[feed]]\nid = \"{id}\"\nkind = \"sales\"\nfiles = [\"in/bad/{}\"]\n{}\n{columns}\n{mapping}\ndates = {{ format = \"yyyy-mm-dd\" }}\n\n",
            file.name, file.declared
        );
    }
    fs::write(market.pipeline(), format!("{pipeline}[reference]{tail}")).expect("a writable file");
    for command in ["check", "run"] {
        let outcome = market.does(command, &[]);
        assert_eq!(outcome.code, Some(4), "{command}: {}", outcome.stderr);
        assert!(outcome.stdout.is_empty(), "{}", outcome.stdout);
        for file in &files {
            let path = format!("in/bad/{}", file.name);
            let is_told = outcome.stderr.lines().any(|line| line.contains(&path) && line.contains(file.told));
            assert!(is_told, "{command}: {path} with `{}` is not told:\n{}", file.told, outcome.stderr);
        }
    }
    assert_eq!(market.runs(), [""; 0], "nothing is published");
}
