//! Workbooks in the binary format of Excel 97 (BIFF8).

use super::{Cell, DAY_FORMAT, Sheet, Texts, Workbook, compound, rk};

/// The longest content of a record; what is longer goes on in CONTINUE.
const MAX_RECORD: usize = 8_224;
/// Rows and columns of a worksheet.
const MAX_ROWS: u32 = 65_536;
const MAX_COLUMNS: u32 = 256;

/// Types of records.
const BOF: u16 = 0x0809;
const EOF: u16 = 0x000A;
const DATE_MODE: u16 = 0x0022;
const FONT: u16 = 0x0031;
const CONTINUE: u16 = 0x003C;
const WINDOW_1: u16 = 0x003D;
const CODE_PAGE: u16 = 0x0042;
const BOUND_SHEET: u16 = 0x0085;
const XF: u16 = 0x00E0;
const SST: u16 = 0x00FC;
const LABEL_SST: u16 = 0x00FD;
const DIMENSIONS: u16 = 0x0200;
const NUMBER: u16 = 0x0203;
const WINDOW_2: u16 = 0x023E;
const RK: u16 = 0x027E;
const STYLE: u16 = 0x0293;
const FORMAT: u16 = 0x041E;

/// Formats of cells: so many of styles come first.
const STYLES: u16 = 15;
const PLAIN: u16 = STYLES;
const DAY: u16 = STYLES + 1;
/// The first number of a format of one's own.
const DAY_NUMBER_FORMAT: u16 = 164;

pub(super) fn bytes(workbook: &Workbook) -> Result<Vec<u8>, String> {
    let texts = Texts::of(workbook);
    let mut stream = Vec::new();
    globals(&mut stream, workbook);
    // The place of each worksheet is known once everything before it is written.
    let mut places = Vec::new();
    for sheet in &workbook.sheets {
        let mut content = vec![0; 4];
        // Visible, a worksheet.
        content.extend([0, 0]);
        content.push(sheet.name.encode_utf16().count() as u8);
        push_letters(&mut content, &sheet.name);
        places.push(stream.len() + 4);
        push(&mut stream, BOUND_SHEET, &content);
    }
    shared(&mut stream, &texts)?;
    push(&mut stream, EOF, &[]);
    for (number, (place, sheet)) in places.into_iter().zip(&workbook.sheets).enumerate() {
        let start = stream.len() as u32;
        stream[place..place + 4].copy_from_slice(&start.to_le_bytes());
        worksheet(&mut stream, workbook, sheet, &texts)?;
        // The first is the one that is shown.
        let shown = if number == 0 { 0x06B6 } else { 0x00B6 };
        push_words(&mut stream, WINDOW_2, &[shown, 0, 0, 0x0040, 0, 0, 0, 0, 0]);
        push(&mut stream, EOF, &[]);
    }
    Ok(compound::file("Workbook", &stream))
}

/// A record.
fn push(stream: &mut Vec<u8>, kind: u16, content: &[u8]) {
    stream.extend(kind.to_le_bytes());
    stream.extend((content.len() as u16).to_le_bytes());
    stream.extend(content);
}

/// A record of 16-bit numbers.
fn push_words(stream: &mut Vec<u8>, kind: u16, words: &[u16]) {
    let content: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    push(stream, kind, &content);
}

/// The letters of a text behind the byte that says whether each has two bytes. Their number stands before.
fn push_letters(content: &mut Vec<u8>, text: &str) {
    let units: Vec<u16> = text.encode_utf16().collect();
    match units.iter().map(|unit| u8::try_from(*unit)).collect::<Result<Vec<u8>, _>>() {
        Ok(bytes) => {
            content.push(0);
            content.extend(bytes);
        }
        Err(_) => {
            content.push(1);
            content.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        }
    }
}

fn push_begin(stream: &mut Vec<u8>, kind: u16) {
    // BIFF8, written by Excel 97.
    push_words(stream, BOF, &[0x0600, kind, 0x0DBB, 0x07CC, 0x0041, 0, 0x0006, 0]);
}

/// What comes before the list of worksheets: fonts, formats, the first day.
fn globals(stream: &mut Vec<u8>, workbook: &Workbook) {
    push_begin(stream, 0x0005);
    push_words(stream, CODE_PAGE, &[1200]);
    push_words(stream, WINDOW_1, &[0, 0, 0x4000, 0x2000, 0x0038, 0, 0, 1, 0x0258]);
    push_words(stream, DATE_MODE, &[u16::from(workbook.is_1904)]);
    // Ten points, automatic colour, not bold.
    let mut font: Vec<u8> = [200_u16, 0, 0x7FFF, 400, 0, 0, 0].iter().flat_map(|word| word.to_le_bytes()).collect();
    font.push(5);
    push_letters(&mut font, "Arial");
    // The fifth font has the number 5: four must be there.
    for _ in 0..4 {
        push(stream, FONT, &font);
    }
    let mut format = DAY_NUMBER_FORMAT.to_le_bytes().to_vec();
    format.extend((DAY_FORMAT.len() as u16).to_le_bytes());
    push_letters(&mut format, DAY_FORMAT);
    push(stream, FORMAT, &format);
    // Bottom aligned, no border, no fill.
    let formatted = |number_format: u16, parent: u16, used: u16| [0, number_format, parent, 0x0020, used << 8, 0, 0, 0, 0, 0x20C0];
    for _ in 0..STYLES {
        push_words(stream, XF, &formatted(0, 0xFFF5, 0));
    }
    push_words(stream, XF, &formatted(0, 0x0001, 0));
    push_words(stream, XF, &formatted(DAY_NUMBER_FORMAT, 0x0001, 0x04));
    // The first style is the usual one.
    push_words(stream, STYLE, &[0x8000, 0xFF00]);
}

/// The texts of all worksheets. None is cut between two records.
fn shared(stream: &mut Vec<u8>, texts: &Texts<'_>) -> Result<(), String> {
    let mut kind = SST;
    let mut content = texts.uses.to_le_bytes().to_vec();
    content.extend((texts.all.len() as u32).to_le_bytes());
    for text in &texts.all {
        let mut own = (text.encode_utf16().count() as u16).to_le_bytes().to_vec();
        push_letters(&mut own, text);
        if own.len() > MAX_RECORD {
            return Err(format!("a text of {} characters is too long for an .xls here", text.chars().count()));
        }
        if content.len() + own.len() > MAX_RECORD {
            push(stream, kind, &content);
            kind = CONTINUE;
            content.clear();
        }
        content.extend(own);
    }
    push(stream, kind, &content);
    Ok(())
}

/// A worksheet up to its cells.
fn worksheet(stream: &mut Vec<u8>, workbook: &Workbook, sheet: &Sheet, texts: &Texts<'_>) -> Result<(), String> {
    let (rows, columns) = sheet.size();
    if rows > MAX_ROWS || columns > MAX_COLUMNS {
        return Err(format!("an .xls has at most {MAX_ROWS} rows and {MAX_COLUMNS} columns, not {rows} and {columns}"));
    }
    push_begin(stream, 0x0010);
    let mut dimensions = [0_u32, rows].iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    dimensions.extend([0, columns as u16, 0].iter().flat_map(|number| number.to_le_bytes()));
    push(stream, DIMENSIONS, &dimensions);
    for (row, column, cell) in sheet.cells() {
        let place =
            |format: u16| [row as u16, column as u16, format].iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
        match cell {
            Cell::Empty => {}
            Cell::Text(text) => {
                let mut content = place(PLAIN);
                content.extend(texts.number(text).to_le_bytes());
                push(stream, LABEL_SST, &content);
            }
            Cell::Number(number) => push_number(stream, place(PLAIN), *number),
            Cell::Day(day) => push_number(stream, place(DAY), workbook.serial(*day)),
        }
    }
    Ok(())
}

fn push_number(stream: &mut Vec<u8>, mut content: Vec<u8>, number: f64) {
    match rk::encoded(number) {
        Some(bits) => {
            content.extend(bits.to_le_bytes());
            push(stream, RK, &content);
        }
        None => {
            content.extend(number.to_le_bytes());
            push(stream, NUMBER, &content);
        }
    }
}
