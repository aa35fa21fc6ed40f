//! `trace` to the byte: files of every format, packing and encoding, put together here, so that every record's bytes are known beforehand.

use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Market, Outcome, copy, program};

/// A file: the bytes of its records of P0001 in order, and what a reader that looks at nothing else may find in place of the rest.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    declared: &'static str,
    records: Vec<Vec<u8>>,
    /// The same file with other bytes wherever nothing of the records stands; none where the packing asks for the whole.
    others_away: Option<Vec<u8>>,
}

const UTF_8: &str = "encoding = \"utf-8\"\ndelimiter = \",\"";

/// Text with the records of two partners, and those of P0001 by themselves. A record of two lines has quotes and a delimiter in them.
fn delimited(number: usize) -> (String, [String; 2]) {
    let own = [
        format!("L1,2026-03-10,A{number}-1,NB1,2,2000.00,USD,\"two\r\nlines, \"\"Größe\"\"\""),
        format!("L1,2026-03-12,A{number}-2,NB1,1,1000.00,USD,Größe"),
    ];
    let other = |invoice: &str| format!("L2,2026-03-11,B{number}-{invoice},NB1,1,10.00,USD,other");
    let header = "dealer,day,invoice,part,pieces,value,cur,note";
    let text = [header, &own[0], &other("1"), &own[1], &other("2"), ""].join("\r\n");
    (text, own)
}

fn bytes(records: &[String], encode: impl Fn(&str) -> Vec<u8>) -> Vec<Vec<u8>> {
    records.iter().map(|record| encode(record)).collect()
}

/// Everything but the records, and what `kept` names, is an `x`.
fn without_others(content: &[u8], records: &[Vec<u8>], kept: &[std::ops::Range<usize>]) -> Vec<u8> {
    let mut blank = vec![b'x'; content.len()];
    let places = records.iter().map(|record| {
        let start = memchr::memmem::find(content, record).expect("the record stands in the file");
        start..start + record.len()
    });
    for range in places.chain(kept.iter().cloned()) {
        blank[range.clone()].copy_from_slice(&content[range]);
    }
    blank
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).and_then(|()| encoder.finish()).expect("memory")
}

/// Lines of the other partner that do not compress well: as many as no buffer reads ahead.
fn many_others(number: usize) -> String {
    let mut state = 1u64;
    let mut text = String::new();
    for line in 0..20_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let _ = write!(text, "L2,2026-03-11,B{number}-{line}-{state:x},NB1,1,10.00,USD,{:x}\r\n", state.rotate_left(17));
    }
    text
}

/// The last quarter of a stream, zeroed.
fn cut_off(stream: &[u8]) -> Vec<u8> {
    let mut bytes = stream.to_vec();
    let from = bytes.len() / 4 * 3;
    bytes[from..].fill(0);
    bytes
}

fn plain() -> Case {
    let (text, own) = delimited(1);
    let records = bytes(&own, |text| text.as_bytes().to_vec());
    let others_away = Some(without_others(text.as_bytes(), &records, &[]));
    Case { name: "plain.csv", bytes: text.into_bytes(), declared: UTF_8, records, others_away }
}

fn latin() -> Case {
    let (text, own) = delimited(2);
    let encode = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let (content, records) = (encode(&text), bytes(&own, encode));
    let others_away = Some(without_others(&content, &records, &[]));
    Case { name: "latin.csv", bytes: content, declared: "encoding = \"windows-1252\"\ndelimiter = \",\"", records, others_away }
}

fn wide() -> Case {
    let (text, own) = delimited(3);
    let encode = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let (content, records) = (encode(&format!("\u{feff}{text}")), bytes(&own, encode));
    let others_away = Some(without_others(&content, &records, &[]));
    Case { name: "wide.csv", bytes: content, declared: "encoding = \"utf-16le\"\ndelimiter = \",\"", records, others_away }
}

fn stream(name: &'static str, number: usize, pack: fn(&[u8]) -> Vec<u8>) -> Case {
    let (text, own) = delimited(number);
    let packed = pack((text + &many_others(number)).as_bytes());
    let others_away = Some(cut_off(&packed));
    Case { name, bytes: packed, declared: UTF_8, records: bytes(&own, |text| text.as_bytes().to_vec()), others_away }
}

/// Two members with records: one stored, whose other bytes may be anything, one compressed.
fn archive() -> Case {
    let ((first, own), (second, others)) = (delimited(6), delimited(7));
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text, method) in [("a.csv", &first, CompressionMethod::Stored), ("b.csv", &second, CompressionMethod::Deflated)] {
        archive.start_file(name, SimpleFileOptions::default().compression_method(method)).expect("memory");
        archive.write_all(text.as_bytes()).expect("memory");
    }
    let packed = archive.finish().expect("memory").into_inner();
    let records = bytes(&own, |text| text.as_bytes().to_vec());
    let stored = memchr::memmem::find(&packed, first.as_bytes()).expect("a stored member");
    let others_away = without_others(&packed, &records, &[0..stored, stored + first.len()..packed.len()]);
    // In the order of the table, which is that of their dates.
    let all = [&own[0], &others[0], &own[1], &others[1]].map(|text| text.as_bytes().to_vec()).to_vec();
    Case { name: "packed.zip", bytes: packed, declared: UTF_8, records: all, others_away: Some(others_away) }
}

fn fixed_width() -> Case {
    let line =
        |dealer, day, invoice, pieces, value| format!("{dealer:<4}{day:<12}{invoice:<8}{:<6}{pieces:>4}{value:>10} Größe", "NB1");
    let own = [line("L1", "2026-03-10", "A8-1", "2", "2000.00"), line("L1", "2026-03-12", "A8-2", "1", "1000.00")];
    let text = [&own[0], &line("L2", "2026-03-11", "B8-1", "1", "10.00"), &own[1], ""].join("\n");
    let declared = "format = \"fixed_width\"\nencoding = \"utf-8\"\ncurrency = \"USD\"\nfixed_columns = [\
                    { name = \"dealer\", from = 1, to = 4 }, { name = \"day\", from = 5, to = 16 }, { name = \"invoice\", from = 17, to = 24 }, \
                    { name = \"part\", from = 25, to = 30 }, { name = \"pieces\", from = 31, to = 34 }, { name = \"value\", from = 35, to = 44 }, \
                    { name = \"note\", from = 45, to = 50 }]";
    let records = bytes(&own, |text| text.as_bytes().to_vec());
    let others_away = Some(without_others(text.as_bytes(), &records, &[]));
    Case { name: "fixed.dat", bytes: text.into_bytes(), declared, records, others_away }
}

/// Records of one length, with nothing between them.
fn fixed_length() -> Case {
    let line =
        |dealer, day, invoice, pieces, value| format!("{dealer:<4}{day:<12}{invoice:<8}{:<6}{pieces:>4}{value:>10} Größe", "NB1");
    let encode = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let own = [line("L1", "2026-03-10", "A13-1", "2", "2000.00"), line("L1", "2026-03-12", "A13-2", "1", "1000.00")];
    let content = encode(&[&own[0], &line("L2", "2026-03-11", "B13-1", "1", "10.00"), &own[1]].map(String::as_str).concat());
    let declared = "format = \"fixed_width\"\nencoding = \"windows-1252\"\nline_ends = false\nline_width = 50\ncurrency = \"USD\"\nfixed_columns = [\
                    { name = \"dealer\", from = 1, to = 4 }, { name = \"day\", from = 5, to = 16 }, { name = \"invoice\", from = 17, to = 24 }, \
                    { name = \"part\", from = 25, to = 30 }, { name = \"pieces\", from = 31, to = 34 }, { name = \"value\", from = 35, to = 44 }]";
    let records = bytes(&own, encode);
    let others_away = Some(without_others(&content, &records, &[]));
    Case { name: "unbroken.dat", bytes: content, declared, records, others_away }
}

fn json_lines() -> Case {
    let line = |dealer: &str, day: &str, invoice: &str, pieces: u32| {
        format!(
            r#"{{"dealer":"{dealer}" , "day":"{day}","invoice":"{invoice}","part":"NB1","pieces":{pieces},"value":{pieces}000.00,"cur":"USD","note":"Gr\u00f6ße"}}"#
        )
    };
    let own = [line("L1", "2026-03-10", "A9-1", 2), line("L1", "2026-03-12", "A9-2", 1)];
    let text = [&own[0], &line("L2", "2026-03-11", "B9-1", 1), &own[1], ""].join("\n");
    let records = bytes(&own, |text| text.as_bytes().to_vec());
    let others_away = Some(without_others(text.as_bytes(), &records, &[]));
    Case { name: "lines.jsonl", bytes: text.into_bytes(), declared: "format = \"json_lines\"", records, others_away }
}

/// A line of an 867 is its QTY loop up to its last terminator: what stands between its segments is as it was sent.
fn x12() -> Case {
    let own = ["QTY*32*2~\r\nLIN**VP*NB1~\r\nUIT*EA*1000.00", "QTY*32*1~\r\nLIN**VP*NB1~\r\nUIT*EA*1000.00~\r\nREF*SE*SERIAL1"];
    let head = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*1200*U*00401*000000001*0*P*>~\r\n\
                GS*PT*SENDER*RECEIVER*20260301*1200*1*X*004010~\r\nST*867*0001~\r\nBPT*00*R1*20260301*SS~\r\n";
    let sale = |day: &str, invoice: &str, dealer: &str, loops: &str| {
        format!("PTD*SS~\r\nDTM*003*{day}~\r\nREF*IV*{invoice}~\r\nN1*ST*Partner*91*{dealer}~\r\n{loops}~\r\n")
    };
    let other = "QTY*32*1~\r\nLIN**VP*NB1~\r\nUIT*EA*10.00";
    let body =
        [sale("20260310", "A10-1", "L1", own[0]), sale("20260311", "B10-1", "L2", other), sale("20260312", "A10-2", "L1", own[1])];
    let segments = 3 + body.iter().map(|sale| sale.matches('~').count()).sum::<usize>();
    let text = format!("{head}{}SE*{segments}*0001~\r\nGE*1*1~\r\nIEA*1*000000001~\r\n", body.concat());
    let records: Vec<Vec<u8>> = own.iter().map(|text| text.as_bytes().to_vec()).collect();
    let others_away = Some(without_others(text.as_bytes(), &records, &[]));
    let declared = "format = \"x12_867\"\nencoding = \"utf-8\"\ncurrency = \"USD\"";
    Case { name: "report.edi", bytes: text.into_bytes(), declared, records, others_away }
}

const CELLS: [[&str; 8]; 3] = [
    ["L1", "2026-03-10", "A11-1", "NB1", "2", "2000.00", "USD", "two\nlines"],
    ["L2", "2026-03-11", "B11-1", "NB1", "1", "10.00", "USD", "other"],
    ["L1", "2026-03-12", "A11-2", "NB1", "1", "1000.00", "USD", "Größe"],
];
const NAMES: [&str; 8] = ["dealer", "day", "invoice", "part", "pieces", "value", "cur", "note"];

/// What is shown of a row: its cells with tabs between them.
fn rows_of_p0001(invoices: &str) -> Vec<Vec<u8>> {
    [CELLS[0], CELLS[2]].map(|cells| cells.join("\t").replace("A11", invoices).into_bytes()).to_vec()
}

fn workbook() -> Case {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().set_name("Cover").and_then(|sheet| sheet.write_string(0, 0, "nothing")).expect("a sheet");
    let sheet = workbook.add_worksheet().set_name("Sales").expect("a name");
    for (row, cells) in (0..).zip([&NAMES].into_iter().chain(&CELLS)) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, *cell).expect("a cell");
        }
    }
    let bytes = workbook.save_to_buffer().expect("memory");
    let declared = "format = \"excel\"\nsheet = \"Sales\"";
    Case { name: "book.xlsx", bytes, declared, records: rows_of_p0001("A11"), others_away: None }
}

fn parquet() -> Case {
    let column = |place: usize| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(CELLS.iter().map(|cells| cells[place].replace("11-", "12-"))))
    };
    let batch = RecordBatch::try_from_iter(NAMES.iter().zip(0..).map(|(name, place)| (*name, column(place)))).expect("columns");
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("memory");
    writer.write(&batch).expect("memory");
    let bytes = writer.into_inner().expect("memory");
    Case { name: "table.parquet", bytes, declared: "format = \"parquet\"", records: rows_of_p0001("A12"), others_away: None }
}

/// A market of one feed for each file.
fn market(cases: &[Case]) -> Market {
    let market = Market { root: tempfile::TempDir::new().expect("a temporary folder") };
    let folder = market.root.path().join("pipelines/in");
    copy("tests/golden/bad_records/in/reference".as_ref(), &folder.join("reference"));
    let golden = fs::read_to_string("tests/golden/bad_records/pipeline.toml").expect("part of the repository");
    let (head, _) = golden.split_once("[[feed]]").expect("a feed");
    let (_, tail) = golden.split_once("[reference]").expect("reference tables");
    let mut pipeline = head.to_owned();
    let mut locations = "feed_id,location_id,partner_id,valid_from,valid_to\n".to_owned();
    for (number, case) in cases.iter().enumerate() {
        fs::write(folder.join(case.name), &case.bytes).expect("a writable file");
        let names = if case.declared.contains("x12") { &[][..] } else { &NAMES[..7] };
        let fields = ["location", "date", "invoice", "sku", "quantity", "amount", "currency"];
        let is_declared = |field: &&str| *field != "currency" || !case.declared.contains("currency =");
        let columns =
            fields.iter().zip(names).filter(|(field, _)| is_declared(field)).map(|(field, name)| format!("{field} = \"{name}\""));
        let dates = if names.is_empty() { "yyyymmdd" } else { "yyyy-mm-dd" };
        let _ = write!(
            pipeline,
            "[[feed]]\nid = \"feed_{number}\"\nkind = \"sales\"\nfiles = [\"in/{}\"]\n{}\ncolumns = {{ {} }}\ndates = {{ format = \"{dates}\" }}\n\n",
            case.name,
            case.declared,
            columns.collect::<Vec<_>>().join(", ")
        );
        let _ = write!(locations, "feed_{number},L1,P0001,,\nfeed_{number},L2,P0002,,\n");
    }
    fs::write(folder.join("reference/locations.csv"), locations).expect("a writable file");
    fs::write(market.pipeline(), format!("{pipeline}[reference]{tail}")).expect("a writable file");
    market
}

fn traced(run: &Path, options: &[&str]) -> std::process::Output {
    let mut command = program(["trace".as_ref(), run.as_os_str(), "P0001".as_ref()]);
    command.args(options).current_dir(run).output().expect("the program starts")
}

/// What `--raw` writes of these records: a line feed as the file would store it behind each.
fn written(case: &Case) -> Vec<u8> {
    let line_feed: &[u8] = if case.declared.contains("utf-16le") { b"\n\0" } else { b"\n" };
    case.records.iter().flat_map(|record| [record, line_feed].concat()).collect()
}

#[test]
fn every_record_is_shown_to_the_byte_in_every_format() {
    let gzipped = stream("stream.csv.gz", 4, gzip);
    let zstd = stream("stream.csv.zst", 5, |content| zstd::encode_all(content, 3).expect("memory"));
    let text = [plain(), latin(), wide(), gzipped, zstd, archive(), fixed_width(), fixed_length(), json_lines()];
    let cases: Vec<Case> = text.into_iter().chain([x12(), workbook(), parquet()]).collect();
    let market = market(&cases);
    let run = market.publishes(&[]);
    let data = market.pipeline().parent().and_then(Path::to_str).expect("a folder").to_owned();
    let shown = |case: &Case, options: &[&str]| -> Vec<u8> {
        let output = traced(&run, &[&["--file", case.name, "--data", &data, "--raw"], options].concat());
        assert!(output.status.success(), "{}: {}", case.name, String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    for case in &cases {
        let (shown, expected) = (shown(case, &[]), written(case));
        assert!(shown == expected, "{}:\n{}\n{}", case.name, String::from_utf8_lossy(&shown), String::from_utf8_lossy(&expected));
    }

    // Where it is printed for programs the text is whole too, and stands where its place says.
    let answer = traced(&run, &["--data", &data, "--format", "json"]);
    let answer: Value = serde_json::from_slice(&answer.stdout).expect("JSON");
    let records = answer["records"].as_array().expect("records");
    assert_eq!(records.len(), cases.iter().map(|case| case.records.len()).sum::<usize>());
    for case in &cases {
        let is_own = |record: &&Value| record["file_path"].as_str().is_some_and(|path| path.ends_with(case.name));
        for (record, stored) in records.iter().filter(is_own).zip(&case.records) {
            let text = record["raw_text"].as_str().expect("a text");
            let length = record["byte_length"].as_u64().map(|length| length as usize);
            assert!(length.is_none_or(|length| length == stored.len()), "{record}");
            let offset = record["byte_offset"].as_u64().map(|offset| offset as usize);
            if matches!(
                case.name,
                "plain.csv" | "latin.csv" | "wide.csv" | "fixed.dat" | "unbroken.dat" | "lines.jsonl" | "report.edi"
            ) {
                assert_eq!(offset, memchr::memmem::find(&case.bytes, stored), "{record}");
            }
            if !matches!(case.name, "latin.csv" | "wide.csv" | "unbroken.dat") {
                assert_eq!(text.as_bytes(), stored, "{}", case.name);
            }
        }
    }

    // Nothing else of the file is read: other bytes there change nothing, where only the size is compared.
    for case in &cases {
        let Some(others_away) = &case.others_away else { continue };
        assert_eq!(others_away.len(), case.bytes.len(), "{}", case.name);
        assert!(*others_away != case.bytes, "{}", case.name);
        fs::write(Path::new(&data).join("in").join(case.name), others_away).expect("a writable file");
        assert!(shown(case, &["--quick"]) == written(case), "{} is read beyond its records", case.name);
        let whole = Outcome::of(&traced(&run, &["--file", case.name, "--data", &data]));
        assert!(whole.expect_code(4).stdout.contains("HAS CHANGED"), "{}", case.name);
    }
}

#[test]
fn a_limit_is_said_and_raw_records_of_several_encodings_are_refused() {
    let cases = [plain(), latin(), json_lines()];
    let market = market(&cases);
    let run = market.publishes(&[]);
    let data = market.pipeline().parent().and_then(Path::to_str).expect("a folder").to_owned();
    let of = |options: &[&str]| Outcome::of(&traced(&run, &[&["--data", &data], options].concat()));
    let text = of(&["--limit", "2"]).expect_code(0).stdout;
    assert!(text.contains("the first 2 of 6 records") && text.contains("4 records not shown"), "{text}");
    assert_eq!(text.matches(" bytes from ").count(), 2, "{text}");
    let answer: Value = serde_json::from_str(&of(&["--limit", "5", "--format", "json"]).expect_code(0).stdout).expect("JSON");
    assert_eq!((&answer["records_total"], &answer["records_left_out"]), (&Value::from(6), &Value::from(1)));
    assert_eq!(answer["records"].as_array().map(Vec::len), Some(5));
    let table = of(&["--limit", "5", "--format", "csv"]).expect_code(0);
    assert_eq!(table.stdout.lines().count(), 6, "{}", table.stdout);
    assert!(table.stderr.contains("records are left out"), "{}", table.stderr);
    // With a file it is the file's records that are counted.
    let answer: Value =
        serde_json::from_str(&of(&["--limit", "1", "--file", "in/latin.csv", "--format", "json"]).expect_code(0).stdout)
            .expect("JSON");
    assert_eq!((&answer["records_total"], &answer["files"][0]["encoding"]), (&Value::from(2), &Value::from("windows-1252")));

    let refused = of(&["--raw"]).expect_code(4);
    assert!(refused.stdout.is_empty());
    for told in ["latin.csv", "windows-1252", "plain.csv", "utf-8", "--file"] {
        assert!(refused.stderr.contains(told), "{}", refused.stderr);
    }
    assert!(of(&["--file", "none.csv"]).expect_code(4).stderr.contains("the run has read no file `none.csv`"));
}

/// A record that does not fit is set aside with its text, which is read in its feed's encoding.
#[test]
fn what_is_set_aside_is_told_in_its_encoding() {
    let bad = "L1,2026-03-10,Größe, für den Händler\r\n";
    let with_bad = |case: Case, encoded: Vec<u8>| Case { bytes: [case.bytes, encoded].concat(), ..case };
    let western = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let unbroken = fixed_length();
    // As long as the others, without a day.
    let short = format!("{:<50}", "L1  Größe, für den Händler");
    let set = "ST*867*0002~QTY*32*1~LIN**VP*NB1~PID*F****Größe für den Händler~GE*1*1~";
    let cases = [
        with_bad(plain(), bad.as_bytes().to_vec()),
        with_bad(latin(), western(bad)),
        with_bad(wide(), bad.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Case { bytes: [&unbroken.bytes[..], &western(&short)[..49]].concat(), ..unbroken },
        with_bad(Case { declared: "format = \"x12_867\"\nencoding = \"iso-8859-1\"\ncurrency = \"USD\"", ..x12() }, western(set)),
    ];
    let market = market(&cases);
    let run = market.publishes(&[]);
    let table = crate::published::Published::open(&run.join("tables")).table("audit_quarantine");
    let mut told: Vec<(String, String)> = table.column("place").into_iter().zip(table.column("raw_value")).collect();
    told.sort();
    assert_eq!(told.len(), cases.len(), "{told:?}");
    for (place, text) in told {
        assert!(text.contains("Größe") && text.contains("für den Händler"), "{place}: {text}");
    }
}
