//! Injuries to the files of a sealed unit: a row dropped, a row repeated, one value altered.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, RecordBatch, StringArray, UInt32Array,
};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type};
use attachrate::io::sectioned::{SectionIndex, SectionedReader, SectionedWriter, read_index};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use regex::Regex;

/// What is done to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Injury {
    /// The row in the middle is gone.
    Drop,
    /// The row in the middle stands twice.
    Repeat,
    /// One value of this column, or of this entry of a report, is another.
    Alter(String),
}

impl fmt::Display for Injury {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop => f.write_str("dropped"),
            Self::Repeat => f.write_str("repeated"),
            Self::Alter(name) => write!(f, "altered {name}"),
        }
    }
}

/// What can be done to a batch: to every column of which a value is there.
fn injuries(batch: &RecordBatch) -> Vec<Injury> {
    if batch.num_rows() == 0 {
        return Vec::new();
    }
    let schema = batch.schema();
    let filled = batch.columns().iter().zip(schema.fields()).filter(|(column, _)| column.null_count() < column.len());
    [Injury::Drop, Injury::Repeat].into_iter().chain(filled.map(|(_, field)| Injury::Alter(field.name().clone()))).collect()
}

fn injured(batch: &RecordBatch, injury: &Injury) -> RecordBatch {
    let middle = batch.num_rows() / 2;
    let rows = 0..batch.num_rows() as u32;
    let take = |rows: Vec<u32>| take_record_batch(batch, &UInt32Array::from(rows)).expect("rows of the batch");
    match injury {
        Injury::Drop => take(rows.filter(|row| *row as usize != middle).collect()),
        Injury::Repeat => take(rows.flat_map(|row| vec![row; if row as usize == middle { 2 } else { 1 }]).collect()),
        Injury::Alter(name) => {
            let index = batch.schema().index_of(name).expect("a column of the batch");
            let column = batch.column(index);
            let row = (middle..column.len()).chain(0..middle).find(|row| column.is_valid(*row)).expect("a value to alter");
            let mut columns = batch.columns().to_vec();
            columns[index] = altered(column, row);
            RecordBatch::try_new(batch.schema(), columns).expect("the same schema")
        }
    }
}

fn altered(column: &ArrayRef, row: usize) -> ArrayRef {
    match column.data_type() {
        DataType::UInt8 => number::<UInt8Type>(column, row, |value| value ^ 1),
        DataType::UInt16 => number::<UInt16Type>(column, row, |value| value ^ 1),
        DataType::UInt32 => number::<UInt32Type>(column, row, |value| value ^ 1),
        DataType::Int32 => number::<Int32Type>(column, row, |value| value + 1),
        DataType::Int64 => number::<Int64Type>(column, row, |value| value + 1),
        DataType::Date32 => number::<Date32Type>(column, row, |value| value + 1),
        DataType::Decimal128(..) => number::<Decimal128Type>(column, row, |value| value + 1),
        DataType::Boolean => {
            let values = column.as_boolean().iter().enumerate();
            Arc::new(
                values.map(|(place, value)| if place == row { value.map(|value| !value) } else { value }).collect::<BooleanArray>(),
            )
        }
        DataType::Utf8 => {
            let values = column.as_string::<i32>().iter().enumerate();
            let text = |(place, value): (usize, Option<&str>)| {
                value.map(|value| if place == row { format!("{value}0") } else { value.to_owned() })
            };
            Arc::new(values.map(text).collect::<StringArray>())
        }
        other => panic!("no injury for a column of {other}"),
    }
}

fn number<T: ArrowPrimitiveType>(column: &ArrayRef, row: usize, change: impl Fn(T::Native) -> T::Native) -> ArrayRef {
    let values = column.as_primitive::<T>().iter().enumerate();
    let array: PrimitiveArray<T> = values.map(|(place, value)| if place == row { value.map(&change) } else { value }).collect();
    Arc::new(array.with_data_type(column.data_type().clone()))
}

/// The sections of a stage file, and the number of the first that has rows.
fn sections(path: &Path) -> (SectionIndex, Option<usize>) {
    let (folder, stem) = (path.parent().expect("a folder"), path.file_stem().expect("a name").to_string_lossy());
    let index = read_index(folder, &stem).expect("a readable index");
    let first = index.rows.iter().position(|rows| *rows > 0);
    (index, first)
}

fn open(path: &Path) -> SectionedReader {
    SectionedReader::open(path.parent().expect("a folder"), &path.file_stem().expect("a name").to_string_lossy())
        .expect("a readable stage file")
}

/// What can be done to a sectioned stage file.
pub fn stage_file_injuries(path: &Path) -> Vec<Injury> {
    let (_, first) = sections(path);
    first
        .map_or_else(Vec::new, |section| injuries(&open(path).section(section).next().expect("a batch").expect("a readable batch")))
}

/// Does it, and writes the index anew.
pub fn injure_stage_file(path: &Path, injury: &Injury) {
    let (index, first) = sections(path);
    let mut reader = open(path);
    let sections: Vec<Vec<RecordBatch>> = (0..index.rows.len())
        .map(|section| reader.section(section).collect::<Result<Vec<_>, _>>().expect("a readable section"))
        .collect();
    let first = first.expect("a row");
    let schema = sections[first][0].schema();
    let (folder, stem) = (path.parent().expect("a folder"), path.file_stem().expect("a name").to_string_lossy());
    let mut writer = SectionedWriter::create(folder, &stem, sections.len(), &schema).expect("a writable file");
    for (section, batches) in sections.iter().enumerate() {
        for (number, batch) in batches.iter().enumerate() {
            if section == first && number == 0 {
                writer.write(section, &injured(batch, injury)).expect("a writable file");
            } else {
                writer.write(section, batch).expect("a writable file");
            }
        }
    }
    writer.finish().expect("a writable file");
}

fn parquet(path: &Path) -> RecordBatch {
    let file = File::open(path).expect("a readable file");
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
    let schema = builder.schema().clone();
    let batches: Vec<RecordBatch> = builder.build().expect("a Parquet file").collect::<Result<_, _>>().expect("readable batches");
    concat_batches(&schema, &batches).expect("one schema")
}

/// What can be done to a table.
pub fn parquet_injuries(path: &Path) -> Vec<Injury> {
    injuries(&parquet(path))
}

/// Does it.
pub fn injure_parquet(path: &Path, injury: &Injury) {
    let batch = injured(&parquet(path), injury);
    let file = File::create(path).expect("a writable file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("a writable file");
    writer.close().expect("a writable file");
}

/// The numbers of a report: for each name of an entry the place of the first, and of the second in the same list.
fn numbers(text: &str) -> Vec<(String, std::ops::Range<usize>)> {
    let token = Regex::new(r#""(?<key>[A-Za-z_]+)"|[:\[,](?<number>-?\d+)"#).expect("a pattern");
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let (mut keys, mut place) = ((String::new(), String::new()), 0);
    for captures in token.captures_iter(text) {
        if let Some(key) = captures.name("key") {
            keys = (keys.1, key.as_str().to_owned());
            place = 0;
        } else if let Some(number) = captures.name("number") {
            let name = format!("{}.{}.{place}", keys.0, keys.1);
            place += 1;
            if place <= 2 && seen.insert(name.clone()) {
                found.push((name, number.range()));
            }
        }
    }
    found
}

/// What can be done to a report.
pub fn report_injuries(path: &Path) -> Vec<Injury> {
    let text = fs::read_to_string(path).expect("a readable report");
    numbers(&text).into_iter().map(|(name, _)| Injury::Alter(name)).collect()
}

/// Does it: the last digit is another.
pub fn injure_report(path: &Path, injury: &Injury) {
    let mut text = fs::read_to_string(path).expect("a readable report");
    let Injury::Alter(name) = injury else { panic!("a report has no rows") };
    let (_, range) = numbers(&text).into_iter().find(|(other, _)| other == name).expect("an entry of the report");
    let last = range.end - 1;
    let digit = if &text[last..range.end] == "9" { "8".to_owned() } else { format!("{}", text.as_bytes()[last] - b'0' + 1) };
    text.replace_range(last..range.end, &digit);
    fs::write(path, text).expect("a writable report");
}
