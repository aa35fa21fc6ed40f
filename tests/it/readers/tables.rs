//! Workbooks and Parquet, through the process that reads them.

use super::{Read, clean, layout, outcomes, read, read_path, refusal};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use attachrate::finding::QuarantineCode;
use attachrate::io::readers::layout::{Excel, Parquet};
use attachrate::io::readers::{FieldKind, FileReader, Format, Layout};
use glob::Pattern;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::Arc;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const PROGRAM: &str = env!("CARGO_BIN_EXE_attachrate");

pub fn excel(sheet: Option<&str>, header_row: u32) -> Layout {
    let sheet = sheet.map(|pattern| Pattern::new(pattern).expect("a pattern"));
    layout(Format::Excel(Excel { sheet, header_row, worker: PROGRAM.into() }))
}

pub fn parquet() -> Layout {
    layout(Format::Parquet(Parquet { worker: PROGRAM.into() }))
}

fn zipped(members: &[(&str, String)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        archive.start_file(*name, options).expect("memory");
        archive.write_all(text.as_bytes()).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

/// A workbook by ECMA-376 with these sheets; each is the XML of its rows. Style 1 is a date.
pub fn xlsx(sheets: &[(&str, &str)], is_1904: bool, strings: &str) -> Vec<u8> {
    let main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let listed = |write: &dyn Fn(usize, &str) -> String| -> String {
        sheets.iter().zip(1..).map(|((name, _), number)| write(number, name)).collect()
    };
    let names = listed(&|number, name| format!("<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"rId{number}\"/>"));
    let targets = listed(&|number, _| {
        format!("<Relationship Id=\"rId{number}\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>")
    });
    let flag = if is_1904 { "<workbookPr date1904=\"1\"/>" } else { "" };
    let mut members = vec![
        ("[Content_Types].xml".to_owned(), format!("<Types xmlns=\"{package}/content-types\"/>")),
        (
            "_rels/.rels".to_owned(),
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" Type=\"{relations}/officeDocument\" \
                 Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml".to_owned(),
            format!("<workbook {main} xmlns:r=\"{relations}\">{flag}<sheets>{names}</sheets></workbook>"),
        ),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!(
                "<Relationships xmlns=\"{package}/relationships\">{targets}<Relationship Id=\"rIdS\" Type=\"{relations}/styles\" \
                 Target=\"styles.xml\"/><Relationship Id=\"rIdT\" Type=\"{relations}/sharedStrings\" \
                 Target=\"sharedStrings.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml".to_owned(),
            format!("<styleSheet {main}><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"),
        ),
        ("xl/sharedStrings.xml".to_owned(), format!("<sst {main} {strings}</sst>")),
    ];
    for ((_, rows), number) in sheets.iter().zip(1..) {
        let text = format!("<worksheet {main}><sheetData>{rows}</sheetData></worksheet>");
        members.push((format!("xl/worksheets/sheet{number}.xml"), text));
    }
    let members: Vec<(&str, String)> = members.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    zipped(&members)
}

pub const STRINGS: &str = "count=\"3\" uniqueCount=\"3\"><si><t>date</t></si><si><t>sku</t></si><si><t>Größe &amp; mehr</t></si>";

/// Row 2 has the names; row 4 is empty.
pub const ROWS: &str = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Report</t></is></c></row>\
    <row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"B2\" t=\"s\"><v>1</v></c><c r=\"D2\" t=\"inlineStr\"><is><t>amount</t></is></c></row>\
    <row r=\"3\"><c r=\"A3\" s=\"1\"><v>46037</v></c><c r=\"B3\" t=\"s\"><v>2</v></c><c r=\"D3\"><v>59.969999999999999</v></c></row>\
    <row r=\"4\"><c r=\"A4\" s=\"1\"/></row>\
    <row r=\"5\"><c r=\"A5\" s=\"1\"><v>46037.5</v></c><c r=\"B5\"><v>123456789012</v></c><c r=\"D5\" t=\"e\"><v>#N/A</v></c></row>\
    <row r=\"6\"><c r=\"B6\"><v>1</v></c><c r=\"C6\"><v>9</v></c></row>\
    <row r=\"7\"><c r=\"B7\" t=\"b\"><v>1</v></c><c r=\"E7\"><v>9</v></c></row>";

pub fn kinds(path: &Path, layout: &Layout) -> Vec<Vec<FieldKind>> {
    let mut reader = FileReader::open(path, layout).expect("a readable file");
    reader.next_section().expect("readable").expect("a section");
    let mut kinds = Vec::new();
    while let Some(record) = reader.next_record().expect("readable") {
        if let Ok(fields) = record.fields {
            kinds.push((0..fields.len()).map(|place| fields.kind(place)).collect());
        }
    }
    kinds
}

#[test]
fn cells_as_they_are_shown() {
    let bytes = xlsx(&[("Sales", ROWS)], false, STRINGS);
    let records = outcomes(read("sales.xlsx", &bytes, &excel(None, 2)).expect("a readable workbook"));
    let count = || Err(QuarantineCode::FieldCount);
    assert_eq!(
        records,
        [
            (3, clean(&["2026-01-15", "Größe & mehr", "", "59.97"])),
            (5, clean(&["2026-01-15 12:00:00", "123456789012", "", "#N/A"])),
            // A value in a column without a name, and one beyond the last column.
            (6, count()),
            (7, count()),
        ]
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.xlsx");
    std::fs::write(&path, &bytes).expect("a file");
    use FieldKind::{Broken, Date, Float, Text};
    assert_eq!(kinds(&path, &excel(None, 2)), [[Date, Text, Text, Float], [Date, Float, Text, Broken]]);
}

#[test]
fn days_from_1904() {
    // 46037 in the system of 1900 is 44575 in that of 1904.
    let rows = ROWS.replace("46037", "44575");
    let bytes = xlsx(&[("Sales", &rows)], true, STRINGS);
    let records = outcomes(read("sales.xlsx", &bytes, &excel(None, 2)).expect("a readable workbook"));
    assert_eq!(records[0], (3, clean(&["2026-01-15", "Größe & mehr", "", "59.97"])));
}

#[test]
fn sheets_by_name_and_pattern() {
    let row = |text: &str| {
        format!(
            "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>{text}</t></is></c></row>"
        )
    };
    let (one, two, three) = (row("x"), row("y"), row("z"));
    let bytes = xlsx(&[("Sales Jan", &one), ("Notes", &two), ("Sales Feb", &three)], false, STRINGS);
    let record = |sheet: &str, text: &str| -> Read { (sheet.to_owned(), 2, clean(&[text])) };
    assert_eq!(
        read("sales.xlsx", &bytes, &excel(Some("Sales *"), 1)).expect("readable"),
        [record("Sales Jan", "x"), record("Sales Feb", "z")]
    );
    assert_eq!(read("sales.xlsx", &bytes, &excel(Some("Notes"), 1)).expect("readable"), [record("Notes", "y")]);
    let message = refusal("sales.xlsx", &bytes, &excel(None, 1));
    assert!(message.contains("3 worksheets") && message.contains("Sales Feb"), "{message}");
    assert!(refusal("sales.xlsx", &bytes, &excel(Some("Total"), 1)).contains("no worksheet"));
    assert!(refusal("sales.xlsx", &bytes, &excel(Some("Notes"), 9)).contains("row 9"));
}

#[test]
fn a_workbook_within_an_archive() {
    let inner = xlsx(&[("Sales", ROWS)], false, STRINGS);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("jan.xlsx", SimpleFileOptions::default().compression_method(CompressionMethod::Stored)).expect("memory");
    archive.write_all(&inner).expect("memory");
    let bytes = archive.finish().expect("memory").into_inner();
    let records = read("sales.zip", &bytes, &excel(None, 2)).expect("a readable archive");
    assert_eq!((records.len(), records[0].0.as_str()), (4, "jan.xlsx/Sales"));
}

/// Written by xlwt 1.3: two rows around an empty one, days counted from 1900 and from 1904.
#[test]
fn binary_workbooks_of_excel_97() {
    for name in ["sales_1900.xls", "sales_1904.xls"] {
        let path = Path::new("tests/it/readers/fixtures").join(name);
        let records = outcomes(read_path(&path, &excel(Some("Sales"), 1)).expect("a readable workbook"));
        assert_eq!(
            records,
            [
                (2, clean(&["2026-01-15", "4711", "J9773A", "2", "199.9"])),
                (4, clean(&["2026-02-28 13:45:00", "123456789012345680", "Größe", "-1", "-0.07"])),
            ]
        );
    }
}

fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\">\
         <office:body><office:spreadsheet><table:table table:name=\"Sales\">{rows}</table:table></office:spreadsheet></office:body>\
         </office:document-content>"
    );
    let mimetype = "application/vnd.oasis.opendocument.spreadsheet";
    let manifest = "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>";
    zipped(&[("mimetype", mimetype.to_owned()), ("content.xml", content), ("META-INF/manifest.xml", manifest.to_owned())])
}

#[test]
fn open_document() {
    let text = |text: &str| format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>");
    let row = |cells: &str| format!("<table:table-row>{cells}</table:table-row>");
    let number = "<table:table-cell office:value-type=\"float\" office:value=\"12.5\"/>";
    let date = "<table:table-cell office:value-type=\"date\" office:date-value=\"2026-01-15\"/>";
    let bytes = ods(&(row(&(text("date") + &text("sku") + &text("amount"))) + &row(&(date.to_owned() + &text("J9773A") + number))));
    let records = outcomes(read("sales.ods", &bytes, &excel(None, 1)).expect("a readable workbook"));
    assert_eq!(records, [(2, clean(&["2026-01-15", "J9773A", "12.5"]))]);
}

/// Workbooks that ask for more than any machine has: each is refused, and this process lives.
#[test]
fn workbooks_that_ask_for_everything() {
    let four_billion = "count=\"4294967295\" uniqueCount=\"4294967295\"><si><t>date</t></si><si><t>sku</t></si>";
    let bytes = xlsx(&[("Sales", ROWS)], false, four_billion);
    assert!(bytes.len() < 6_000);
    refusal("sales.xlsx", &bytes, &excel(None, 2));
    let cell = "<table:table-cell office:value-type=\"float\" office:value=\"1\" table:number-columns-repeated=\"16384\"/>";
    refusal(
        "sales.ods",
        &ods(&format!("<table:table-row table:number-rows-repeated=\"1048576\">{cell}</table:table-row>")),
        &excel(None, 1),
    );
    // Bytes that are no workbook, and workbooks that are cut.
    refusal("sales.xlsx", b"PK\x03\x04 and nothing behind it", &excel(None, 1));
    refusal("sales.xls", &[&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1][..], &[0xFF; 600]].concat(), &excel(None, 1));
    refusal("sales.xlsx", b"date,sku\n", &excel(None, 1));
    let whole = std::fs::read("tests/it/readers/fixtures/sales_1900.xls").expect("a fixture");
    refusal("sales.xls", &whole[..whole.len() / 3], &excel(None, 1));
    let cells_back = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row><row r=\"3\"><c r=\"A3\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\"><v>1</v></c></row>";
    refusal("sales.xlsx", &xlsx(&[("Sales", cells_back)], false, STRINGS), &excel(None, 1));
}

fn batch() -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("sku", Arc::new(StringArray::from(vec![Some("J9773A"), None, Some("UK703E")]))),
        ("quantity", Arc::new(Int64Array::from(vec![Some(2), None, Some(-9_007_199_254_740_993)]))),
        (
            "amount",
            Arc::new(Decimal128Array::from(vec![Some(19_990), None, Some(-7)]).with_precision_and_scale(12, 2).expect("a type")),
        ),
        ("price", Arc::new(Float64Array::from(vec![Some(59.97), None, Some(4711.0)]))),
        ("date", Arc::new(Date32Array::from(vec![Some(20_468), None, Some(0)]))),
        ("time", Arc::new(TimestampMicrosecondArray::from(vec![Some(1_768_483_800_000_000), None, Some(0)]))),
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).expect("a batch")
}

pub fn parquet_bytes() -> Vec<u8> {
    let batch = batch();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("memory");
    writer.write(&batch).expect("memory");
    writer.close().expect("memory");
    bytes
}

#[test]
fn parquet_by_its_types() {
    let records = outcomes(read("sales.parquet", &parquet_bytes(), &parquet()).expect("a readable file"));
    assert_eq!(
        records,
        [
            (1, clean(&["J9773A", "2", "199.90", "59.97", "2026-01-15", "2026-01-15 13:30:00", "true"])),
            (2, clean(&["", "", "", "", "", "", ""])),
            (3, clean(&["UK703E", "-9007199254740993", "-0.07", "4711", "1970-01-01", "1970-01-01 00:00:00", "false"])),
        ]
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.parquet");
    std::fs::write(&path, parquet_bytes()).expect("a file");
    use FieldKind::{Date, Float, Number, Text};
    assert_eq!(kinds(&path, &parquet())[0], [Text, Number, Number, Float, Date, Date, Text]);
}

/// A value that a damaged page without a checksum decodes to is told by the statistics of its row group.
#[test]
fn parquet_that_contradicts_its_statistics() {
    let numbers: Int64Array = (0..2_000).map(|number| Some(number * 7 % 1_999)).collect();
    let texts: StringArray =
        (0..2_000).map(|number| (number % 10 != 0).then(|| format!("SKU{:04}", number * 13 % 2_000))).collect();
    let columns: [(&str, ArrayRef); 2] = [("quantity", Arc::new(numbers)), ("sku", Arc::new(texts))];
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    let properties = WriterProperties::builder().set_dictionary_enabled(false).set_max_row_group_row_count(Some(500)).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).expect("memory");
    writer.write(&batch).expect("memory");
    writer.close().expect("memory");
    assert_eq!(read("sales.parquet", &bytes, &parquet()).expect("a sound file").len(), 2_000);
    // The number 7 as it stands in the first page, and the first text.
    let number = memchr::memmem::find(&bytes, &[7, 0, 0, 0, 0, 0, 0, 0, 14]).expect("a plain page");
    let mut damaged = bytes.clone();
    damaged[number + 6] = 1;
    let message = refusal("sales.parquet", &damaged, &parquet());
    assert!(message.contains("contradicts itself") && message.contains("quantity"), "{message}");
    let text = memchr::memmem::find(&bytes, b"SKU0013").expect("a plain page");
    damaged.clone_from(&bytes);
    damaged[text] = b'Z';
    let message = refusal("sales.parquet", &damaged, &parquet());
    assert!(message.contains("greatest") && message.contains("sku"), "{message}");
}

/// Every eleventh byte flipped or cut off: the same records, or an error; never a dead process.
#[test]
fn damaged_parquet() {
    let bytes = parquet_bytes();
    for place in (0..bytes.len()).step_by(11) {
        let mut flipped = bytes.clone();
        flipped[place] ^= 0xFF;
        // What is not protected by a checksum may change a value; that the reader lives is what counts here.
        let _ = read("sales.parquet", &flipped, &parquet());
        assert!(read("sales.parquet", &bytes[..place], &parquet()).is_err(), "cut at {place}");
    }
}
