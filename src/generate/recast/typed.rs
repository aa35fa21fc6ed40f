//! Records with types of their own: workbooks and Parquet.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray};
use chrono::NaiveDate;
use parquet::arrow::ArrowWriter;

use super::super::defects::Defect;
use super::super::layouts::ALTERED_ID;
use super::super::workbook::{Cell, Sheet, Workbook};
use super::record::{Kind, Value, hundredths};
use super::request::{Recast, Word};
use super::{Report, Written};

/// The row of the column names below a title, counted from 1.
pub(super) const ROW_BELOW_TITLE: u32 = 4;
/// The worksheet with the records.
pub(in crate::generate) const SHEET: &str = "Data";
/// What a spreadsheet makes of an identifier of 18 digits.
const ALTERED: f64 = 1.234_567_890_123_45e17;

/// A workbook of a day with numbers and dates as such.
pub(super) fn workbook(report: &Report, recast: &Recast, written: NaiveDate) -> Result<Written<Vec<u8>>, String> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let mut rows = Vec::with_capacity(report.rows.len() + 4);
    if recast.has(Word::TitleRows) {
        rows.extend([vec![text("Sales report")], vec![text("All amounts are net")], Vec::new()]);
    }
    rows.push(report.columns.iter().map(|column| text(&column.name)).collect());
    let mut lines = Vec::with_capacity(report.rows.len());
    for row in &report.rows {
        let mut cells: Vec<Cell> = row.values.iter().map(|value| cell(value, recast)).collect();
        if row.defect == Some(Defect::SurplusField) {
            cells.push(text("2m"));
        }
        rows.push(cells);
        lines.push(rows.len() as u64);
    }
    let mut sheets = vec![Sheet { name: SHEET.to_owned(), rows }];
    if recast.has(Word::TitleRows) {
        sheets.push(Sheet { name: "Notes".to_owned(), rows: vec![vec![text("Nothing to add")]] });
    }
    let workbook = Workbook { sheets, is_1904: recast.has(Word::Dates1904), written };
    Ok(Written { content: workbook.bytes(recast.workbook())?, lines })
}

fn cell(value: &Value, recast: &Recast) -> Cell {
    match value {
        Value::Day(day) => Cell::Day(*day),
        Value::Number(plain) => Cell::Number(plain.parse().unwrap_or_default()),
        Value::Text(text) if text.is_empty() => Cell::Empty,
        Value::Text(text) if text == ALTERED_ID => Cell::Number(ALTERED),
        Value::Text(text) => match text.parse::<u64>() {
            Ok(digits) if recast.has(Word::NumberIds) && digits.to_string() == *text => Cell::Number(digits as f64),
            _ => Cell::Text(text.clone()),
        },
    }
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
