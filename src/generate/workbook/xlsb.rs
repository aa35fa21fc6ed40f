//! Workbooks in the binary format within a zip archive (BIFF12).

use zip::CompressionMethod::Deflated;

use super::{Cell, DAY_FORMAT, Sheet, Texts, Workbook, archive, rk, xml};

/// Types of records.
const ROW: u16 = 0;
const CELL_RK: u16 = 2;
const CELL_REAL: u16 = 5;
const CELL_TEXT: u16 = 7;
const SHARED_TEXT: u16 = 19;
const FONT: u16 = 43;
const NUMBER_FORMAT: u16 = 44;
const FILL: u16 = 45;
const BORDER: u16 = 46;
const CELL_FORMAT: u16 = 47;
const BEGIN_SHEET: u16 = 129;
const END_SHEET: u16 = 130;
const BEGIN_BOOK: u16 = 131;
const END_BOOK: u16 = 132;
const BEGIN_SHEETS: u16 = 143;
const END_SHEETS: u16 = 144;
const BEGIN_DATA: u16 = 145;
const END_DATA: u16 = 146;
const DIMENSION: u16 = 148;
const BOOK_PROPERTIES: u16 = 153;
const BOOK_SHEET: u16 = 156;
const BEGIN_TEXTS: u16 = 159;
const END_TEXTS: u16 = 160;
const BEGIN_STYLES: u16 = 278;
const END_STYLES: u16 = 279;
const BEGIN_FILLS: u16 = 603;
const END_FILLS: u16 = 604;
const BEGIN_FONTS: u16 = 611;
const END_FONTS: u16 = 612;
const BEGIN_BORDERS: u16 = 613;
const END_BORDERS: u16 = 614;
const BEGIN_NUMBER_FORMATS: u16 = 615;
const END_NUMBER_FORMATS: u16 = 616;
const BEGIN_CELL_FORMATS: u16 = 617;
const END_CELL_FORMATS: u16 = 618;
const BEGIN_STYLE_FORMATS: u16 = 626;
const END_STYLE_FORMATS: u16 = 627;

/// Formats of cells.
const PLAIN: u32 = 0;
const DAY: u32 = 1;
/// The first number of a format of one's own.
const DAY_NUMBER_FORMAT: u16 = 164;
/// Automatic.
const COLOUR: [u8; 8] = [1, 0, 0, 0, 0, 0, 0, 0xFF];

const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const DOCUMENT: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

pub(super) fn bytes(workbook: &Workbook) -> Result<Vec<u8>, String> {
    let texts = Texts::of(workbook);
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), content_types(workbook).into_bytes()),
        ("_rels/.rels".to_owned(), relationships(&[("rId1".to_owned(), "officeDocument", "xl/workbook.bin".to_owned())])),
        ("xl/workbook.bin".to_owned(), book(workbook)),
        ("xl/_rels/workbook.bin.rels".to_owned(), relationships(&book_parts(workbook))),
        ("xl/styles.bin".to_owned(), styles()),
        ("xl/sharedStrings.bin".to_owned(), shared(&texts)),
    ];
    for (number, sheet) in (1..).zip(&workbook.sheets) {
        parts.push((format!("xl/worksheets/sheet{number}.bin"), worksheet(workbook, sheet, &texts)));
    }
    let parts: Vec<_> = parts.iter().map(|(name, content)| (name.as_str(), content.as_slice(), Deflated)).collect();
    archive(&parts)
}

fn content_types(workbook: &Workbook) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><Types xmlns=\"{PACKAGE}/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"bin\" ContentType=\"application/vnd.ms-excel.sheet.binary.macroEnabled.main\"/>"
    );
    let mut part = |name: &str, kind: &str| {
        text.push_str(&format!("<Override PartName=\"/xl/{name}.bin\" ContentType=\"application/vnd.ms-excel.{kind}\"/>"));
    };
    for number in 1..=workbook.sheets.len() {
        part(&format!("worksheets/sheet{number}"), "worksheet");
    }
    part("styles", "styles");
    part("sharedStrings", "sharedStrings");
    text + "</Types>"
}

/// The parts of the workbook with their ids and types.
fn book_parts(workbook: &Workbook) -> Vec<(String, &'static str, String)> {
    let sheet = |number| (format!("rId{number}"), "worksheet", format!("worksheets/sheet{number}.bin"));
    let mut parts: Vec<_> = (1..=workbook.sheets.len()).map(sheet).collect();
    for (kind, name) in [("styles", "styles.bin"), ("sharedStrings", "sharedStrings.bin")] {
        parts.push((format!("rId{}", parts.len() + 1), kind, name.to_owned()));
    }
    parts
}

fn relationships(parts: &[(String, &str, String)]) -> Vec<u8> {
    let each = parts
        .iter()
        .map(|(id, kind, target)| format!("<Relationship Id=\"{id}\" Type=\"{DOCUMENT}/{kind}\" Target=\"{}\"/>", xml(target)));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><Relationships xmlns=\"{PACKAGE}/relationships\">{}</Relationships>",
        each.collect::<String>()
    )
    .into_bytes()
}

/// A record: its type and its length, seven bits a byte.
fn push(part: &mut Vec<u8>, kind: u16, content: &[u8]) {
    let mut numbers = |mut number: usize| {
        while number >= 0x80 {
            part.push(number as u8 | 0x80);
            number >>= 7;
        }
        part.push(number as u8);
    };
    numbers(usize::from(kind));
    numbers(content.len());
    part.extend(content);
}

fn push_numbers(part: &mut Vec<u8>, kind: u16, numbers: &[u32]) {
    push(part, kind, &of_numbers(numbers));
}

fn of_numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn of_words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A text behind the number of its letters.
fn of_text(text: &str) -> Vec<u8> {
    let letters: Vec<u16> = text.encode_utf16().collect();
    [of_numbers(&[letters.len() as u32]), of_words(&letters)].concat()
}

fn book(workbook: &Workbook) -> Vec<u8> {
    let mut part = Vec::new();
    push(&mut part, BEGIN_BOOK, &[]);
    push(&mut part, BOOK_PROPERTIES, &[of_numbers(&[u32::from(workbook.is_1904), 0]), of_text("")].concat());
    push(&mut part, BEGIN_SHEETS, &[]);
    for (number, sheet) in (1..).zip(&workbook.sheets) {
        let content = [of_numbers(&[0, number]), of_text(&format!("rId{number}")), of_text(&sheet.name)].concat();
        push(&mut part, BOOK_SHEET, &content);
    }
    push(&mut part, END_SHEETS, &[]);
    push(&mut part, END_BOOK, &[]);
    part
}

/// One font, one border, the two fills that are always there, and the formats of cells.
fn styles() -> Vec<u8> {
    let mut part = Vec::new();
    let mut list = |begin: u16, end: u16, kind: u16, contents: &[Vec<u8>]| {
        push_numbers(&mut part, begin, &[contents.len() as u32]);
        contents.iter().for_each(|content| push(&mut part, kind, content));
        push(&mut part, end, &[]);
    };
    let format = [of_words(&[DAY_NUMBER_FORMAT]), of_text(DAY_FORMAT)].concat();
    // Eleven points, not bold.
    let font = [of_words(&[220, 0, 400, 0]), vec![0, 2, 0, 0], COLOUR.to_vec(), vec![0], of_text("Calibri")].concat();
    let fill = |pattern: u32| [of_numbers(&[pattern]), COLOUR.to_vec(), COLOUR.to_vec(), vec![0; 48]].concat();
    let border = [vec![0], [[0, 0].as_slice(), &COLOUR].concat().repeat(5)].concat();
    // Font, fill and border are the first; locked.
    let cell = |parent: u16, format: u16, used: u16| of_words(&[parent, format, 0, 0, 0, 0, 0x1010, used]);
    list(BEGIN_NUMBER_FORMATS, END_NUMBER_FORMATS, NUMBER_FORMAT, &[format]);
    list(BEGIN_FONTS, END_FONTS, FONT, &[font]);
    list(BEGIN_FILLS, END_FILLS, FILL, &[fill(0), fill(17)]);
    list(BEGIN_BORDERS, END_BORDERS, BORDER, &[border]);
    list(BEGIN_STYLE_FORMATS, END_STYLE_FORMATS, CELL_FORMAT, &[cell(0xFFFF, 0, 0)]);
    list(BEGIN_CELL_FORMATS, END_CELL_FORMATS, CELL_FORMAT, &[cell(0, 0, 0), cell(0, DAY_NUMBER_FORMAT, 1)]);
    let mut whole = Vec::new();
    push(&mut whole, BEGIN_STYLES, &[]);
    whole.extend(part);
    push(&mut whole, END_STYLES, &[]);
    whole
}

fn shared(texts: &Texts<'_>) -> Vec<u8> {
    let mut part = Vec::new();
    push_numbers(&mut part, BEGIN_TEXTS, &[texts.uses, texts.all.len() as u32]);
    for text in &texts.all {
        push(&mut part, SHARED_TEXT, &[vec![0], of_text(text)].concat());
    }
    push(&mut part, END_TEXTS, &[]);
    part
}

fn worksheet(workbook: &Workbook, sheet: &Sheet, texts: &Texts<'_>) -> Vec<u8> {
    let mut part = Vec::new();
    let (rows, columns) = sheet.size();
    push(&mut part, BEGIN_SHEET, &[]);
    push_numbers(&mut part, DIMENSION, &[0, rows.saturating_sub(1), 0, columns.saturating_sub(1)]);
    push(&mut part, BEGIN_DATA, &[]);
    let mut current = None;
    for (row, column, cell) in sheet.cells() {
        if current != Some(row) {
            current = Some(row);
            // The usual format and height, and one span of columns.
            let content = [of_numbers(&[row, PLAIN]), of_words(&[300]), vec![0; 3], of_numbers(&[1, 0, columns - 1])].concat();
            push(&mut part, ROW, &content);
        }
        match cell {
            Cell::Empty => {}
            Cell::Text(text) => push_numbers(&mut part, CELL_TEXT, &[column, PLAIN, texts.number(text)]),
            Cell::Number(number) => push_number(&mut part, [column, PLAIN], *number),
            Cell::Day(day) => push_number(&mut part, [column, DAY], workbook.serial(*day)),
        }
    }
    push(&mut part, END_DATA, &[]);
    push(&mut part, END_SHEET, &[]);
    part
}

fn push_number(part: &mut Vec<u8>, place: [u32; 2], number: f64) {
    match rk::encoded(number) {
        Some(bits) => push(part, CELL_RK, &[of_numbers(&place), bits.to_le_bytes().to_vec()].concat()),
        None => push(part, CELL_REAL, &[of_numbers(&place), number.to_le_bytes().to_vec()].concat()),
    }
}
