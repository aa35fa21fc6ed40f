//! Workbooks as Office Open XML.

use std::io::{Cursor, Read as _, Write as _};

use chrono::Datelike;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook as Writer, XlsxError};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::{Cell, DAY_FORMAT, Workbook};

pub(super) fn bytes(workbook: &Workbook) -> Result<Vec<u8>, String> {
    let bytes = from_1900(workbook).map_err(|error| error.to_string())?;
    if workbook.is_1904 { said_1904(&bytes).map_err(|error| error.to_string()) } else { Ok(bytes) }
}

fn from_1900(workbook: &Workbook) -> Result<Vec<u8>, XlsxError> {
    let mut writer = Writer::new();
    // The time of writing would stand in the file.
    let day = workbook.written;
    let written = ExcelDateTime::from_ymd(day.year() as u16, day.month() as u8, day.day() as u8)?;
    writer.set_properties(&DocProperties::new().set_creation_datetime(&written));
    let as_day = Format::new().set_num_format(DAY_FORMAT);
    for sheet in &workbook.sheets {
        let to = writer.add_worksheet();
        to.set_name(&sheet.name)?;
        for (row, column, cell) in sheet.cells() {
            let column = column as u16;
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => {
                    to.write_string(row, column, text)?;
                }
                Cell::Number(number) => {
                    to.write_number(row, column, *number)?;
                }
                Cell::Day(day) => {
                    to.write_number_with_format(row, column, workbook.serial(*day), &as_day)?;
                }
            }
        }
    }
    writer.save_to_buffer()
}

/// The workbook with the property that its days are counted from 1904, which the library does not write.
fn said_1904(bytes: &[u8]) -> zip::result::ZipResult<Vec<u8>> {
    const PART: &str = "xl/workbook.xml";
    let mut from = ZipArchive::new(Cursor::new(bytes))?;
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    for place in 0..from.len() {
        let mut part = from.by_index(place)?;
        if part.name() != PART {
            to.raw_copy_file(part)?;
            continue;
        }
        let mut text = String::new();
        part.read_to_string(&mut text)?;
        to.start_file(PART, SimpleFileOptions::default())?;
        to.write_all(text.replacen("<workbookPr ", "<workbookPr date1904=\"1\" ", 1).as_bytes())?;
    }
    Ok(to.finish()?.into_inner())
}
