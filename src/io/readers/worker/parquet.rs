//! Parquet files to frames, in the process that reads them. Page checksums are verified where a file has them, and values are compared with
//! the statistics of their row group.

use super::super::record::FieldKind;
use super::frames::{self, Cell, Frame};
use super::statistics::Statistics;
use super::workbook::number_text;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float32Type, Float64Type, Schema};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection};
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};

/// Rows decoded at a time.
const BATCH_ROWS: usize = 4_096;

/// Why a file gives no more frames.
enum Stop {
    Io(io::Error),
    Refused(String),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ParquetError> for Stop {
    fn from(error: ParquetError) -> Self {
        Self::Refused(format!("the Parquet file cannot be read: {error}"))
    }
}

impl From<ArrowError> for Stop {
    fn from(error: ArrowError) -> Self {
        Self::Refused(format!("the Parquet file cannot be read: {error}"))
    }
}

/// Writes the column names as row 0 and every row behind it, or the wanted rows alone, or why there are none, as frames.
///
/// # Errors
/// Where the frames cannot be written.
pub fn copy(source: File, wanted: Option<&BTreeSet<u32>>, to: &mut impl Write) -> io::Result<()> {
    match rows_to(source, wanted, to) {
        Ok(()) => frames::write(&Frame::End, to)?,
        Err(Stop::Refused(cause)) => frames::write(&Frame::Refused(cause.replace('\n', " ")), to)?,
        Err(Stop::Io(error)) => return Err(error),
    }
    to.flush()
}

fn rows_to(source: File, wanted: Option<&BTreeSet<u32>>, to: &mut impl Write) -> Result<(), Stop> {
    if let Some(wanted) = wanted {
        return wanted_rows_to(source, wanted, to);
    }
    let loaded = ArrowReaderMetadata::load(&source, ArrowReaderOptions::new())?;
    frames::write(&Frame::Sheet(String::new()), to)?;
    frames::write(&Frame::Row(0, names(loaded.schema())), to)?;
    let metadata = loaded.metadata();
    let mut row = 0;
    for group in 0..metadata.num_row_groups() {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(source.try_clone()?, loaded.clone());
        let mut statistics = Statistics::of(metadata, group, loaded.schema());
        for batch in builder.with_row_groups(vec![group]).with_batch_size(BATCH_ROWS).build()? {
            let batch = batch?;
            statistics.compare(&batch).map_err(contradicted)?;
            row = batch_to(&batch, row, to)?;
        }
        statistics.finish().map_err(contradicted)?;
    }
    if i64::from(row) != metadata.file_metadata().num_rows() {
        return Err(contradicted(format!("the file declares {} rows and has {row}", metadata.file_metadata().num_rows())));
    }
    Ok(())
}

/// Reads the pages of the wanted rows alone.
fn wanted_rows_to(source: File, wanted: &BTreeSet<u32>, to: &mut impl Write) -> Result<(), Stop> {
    let with_index = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let builder = match ParquetRecordBatchReaderBuilder::try_new_with_options(source.try_clone()?, with_index) {
        Ok(builder) => builder,
        // A damaged index of pages hides no row: the row groups are read whole.
        Err(_) => ParquetRecordBatchReaderBuilder::try_new(source)?,
    };
    let count = usize::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or_default();
    let present: Vec<u32> = wanted.iter().copied().filter(|row| (1..=count).contains(&(*row as usize))).collect();
    let selection = RowSelection::from_consecutive_ranges(present.iter().map(|row| *row as usize - 1..*row as usize), count);
    let mut rows = present.iter();
    for batch in builder.with_batch_size(BATCH_ROWS).with_row_selection(selection).build()? {
        let batch = batch?;
        for (place, row) in (0..batch.num_rows()).zip(&mut rows) {
            batch_to(&batch.slice(place, 1), row - 1, to)?;
        }
    }
    Ok(())
}

fn contradicted(cause: String) -> Stop {
    Stop::Refused(format!("the Parquet file contradicts itself: {cause}"))
}

fn names(schema: &Schema) -> Vec<Cell> {
    let cell = |(column, name): (u32, &String)| Cell { column, kind: FieldKind::Text, text: name.clone() };
    (0..).zip(schema.fields().iter().map(|field| field.name())).map(cell).collect()
}

/// Writes the rows of a batch behind row `last`; the number of its last row.
fn batch_to(batch: &RecordBatch, mut last: u32, to: &mut impl Write) -> Result<u32, Stop> {
    let options = FormatOptions::default();
    let columns = batch
        .columns()
        .iter()
        .map(|column| Ok((column.as_ref(), kind(column.data_type()), ArrayFormatter::try_new(column.as_ref(), &options)?)))
        .collect::<Result<Vec<_>, ArrowError>>()?;
    for place in 0..batch.num_rows() {
        last = last.checked_add(1).ok_or_else(|| Stop::Refused("the Parquet file has more than 4,294,967,295 rows".into()))?;
        let mut cells = Vec::with_capacity(columns.len());
        for (column, (array, kind, formatter)) in (0..).zip(&columns) {
            if array.is_null(place) {
                continue;
            }
            let text = match array.data_type() {
                DataType::Float64 => number_text(array.as_primitive::<Float64Type>().value(place)),
                DataType::Float32 => single_text(array.as_primitive::<Float32Type>().value(place)),
                _ => formatter.value(place).try_to_string()?.replacen('T', if *kind == FieldKind::Date { " " } else { "T" }, 1),
            };
            cells.push(Cell { column, kind: *kind, text });
        }
        frames::write(&Frame::Row(last, cells), to)?;
    }
    Ok(last)
}

fn single_text(number: f32) -> String {
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}

fn kind(data_type: &DataType) -> FieldKind {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Boolean => FieldKind::Text,
        DataType::Dictionary(_, values) => kind(values),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _) => FieldKind::Date,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => FieldKind::Float,
        other if other.is_integer() => FieldKind::Number,
        DataType::Decimal32(_, _) | DataType::Decimal64(_, _) | DataType::Decimal128(_, _) | DataType::Decimal256(_, _) => {
            FieldKind::Number
        }
        _ => FieldKind::Broken,
    }
}
