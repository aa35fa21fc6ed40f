//! Records with types of their own: workbooks and Parquet.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray};
use chrono::{Datelike, NaiveDate};
use parquet::arrow::ArrowWriter;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::super::defects::Defect;
use super::super::layouts::ALTERED_ID;
use super::record::{Kind, Row, Value, hundredths};
use super::request::{Recast, Word};
use super::style::excel_day;
use super::{Report, Written};

/// The row of the column names below a title, counted from 1.
pub(super) const ROW_BELOW_TITLE: u32 = 4;
/// The worksheet with the records.
pub(super) const SHEET: &str = "Data";
/// What a spreadsheet makes of an identifier of 18 digits.
const ALTERED: f64 = 1.234_567_890_123_45e17;

/// A workbook of a day with numbers and dates as such.
pub(super) fn workbook(report: &Report, recast: &Recast, written: NaiveDate) -> Result<Written<Vec<u8>>, XlsxError> {
    let mut workbook = Workbook::new();
    // The time of writing would stand in the file.
    let written = ExcelDateTime::from_ymd(written.year() as u16, written.month() as u8, written.day() as u8)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&written));
    let as_date = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = workbook.add_worksheet();
    sheet.set_name(SHEET)?;
    let mut row_number = 0;
    if recast.has(Word::TitleRows) {
        sheet.write_string(0, 0, "Sales report")?;
        sheet.write_string(1, 0, "All amounts are net")?;
        row_number = ROW_BELOW_TITLE - 1;
    }
    for (column, number) in report.columns.iter().zip(0u16..) {
        sheet.write_string(row_number, number, &column.name)?;
    }
    let mut lines = Vec::with_capacity(report.rows.len());
    for row in &report.rows {
        row_number += 1;
        // Rows are counted from 1.
        lines.push(u64::from(row_number) + 1);
        write_row(sheet, row_number, report, row, recast, &as_date)?;
    }
    if recast.has(Word::TitleRows) {
        workbook.add_worksheet().set_name("Notes")?.write_string(0, 0, "Nothing to add")?;
    }
    Ok(Written { content: workbook.save_to_buffer()?, lines })
}

fn write_row(
    sheet: &mut Worksheet,
    number: u32,
    report: &Report,
    row: &Row,
    recast: &Recast,
    as_date: &Format,
) -> Result<(), XlsxError> {
    for (value, place) in row.values.iter().zip(0u16..) {
        match value {
            Value::Day(day) => {
                sheet.write_number_with_format(number, place, f64::from(excel_day(*day)), as_date)?;
            }
            Value::Number(plain) => {
                sheet.write_number(number, place, plain.parse::<f64>().unwrap_or_default())?;
            }
            Value::Text(text) if text.is_empty() => {}
            Value::Text(text) if text == ALTERED_ID => {
                sheet.write_number(number, place, ALTERED)?;
            }
            Value::Text(text) => {
                match text.parse::<u64>() {
                    Ok(digits) if recast.has(Word::NumberIds) && digits.to_string() == *text => {
                        sheet.write_number(number, place, digits as f64)?;
                    }
                    _ => {
                        sheet.write_string(number, place, text)?;
                    }
                };
            }
        }
    }
    if row.defect == Some(Defect::SurplusField) {
        sheet.write_string(number, report.columns.len() as u16, "2m")?;
    }
    Ok(())
}

/// A Parquet file with a date, whole units, exact decimals and texts. An empty text is no value.
pub(super) fn parquet(report: &Report) -> Result<Written<Vec<u8>>, String> {
    let column = |(number, kind): (usize, Kind)| -> Result<ArrayRef, String> {
        let values = report.rows.iter().map(|row| &row.values[number]);
        Ok(match kind {
            Kind::Date => Arc::new(Date32Array::from_iter(values.map(|value| day(value).map(|day| day.to_epoch_days())))),
            Kind::Quantity => Arc::new(Int64Array::from_iter(values.map(|value| value.text().parse::<i64>().ok()))),
            Kind::Amount => Arc::new(
                Decimal128Array::from_iter(values.map(|value| hundredths(value.text()).map(i128::from)))
                    .with_precision_and_scale(18, 2)
                    .map_err(|error| error.to_string())?,
            ),
            Kind::Text => {
                let texts = values.map(|value| Some(value.text()).filter(|text| !text.is_empty()));
                Arc::new(StringArray::from_iter(texts))
            }
        })
    };
    let columns = report.columns.iter().enumerate().map(|(number, of)| Ok((of.name.as_str(), column((number, of.kind))?, true)));
    let columns = columns.collect::<Result<Vec<_>, String>>()?;
    let batch = RecordBatch::try_from_iter_with_nullable(columns).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).map_err(|error| error.to_string())?;
    writer.write(&batch).and_then(|()| writer.close().map(drop)).map_err(|error| error.to_string())?;
    Ok(Written { content: bytes, lines: (1..=report.rows.len() as u64).collect() })
}

fn day(value: &Value) -> Option<NaiveDate> {
    if let Value::Day(day) = value { Some(*day) } else { None }
}
