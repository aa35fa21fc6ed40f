//! The one writer of every published table, with the settings that BI readers were measured to accept: Parquet 1.0 pages, dictionary and
//! plain encoding only, fixed row groups, required columns marked, sorting columns declared, checksums.

use crate::config::file::Compatibility;
use crate::error::{Error, Result};
use crate::io::fingerprint;
use crate::tables::published::{ColumnKind, TableDef};
use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::file::metadata::SortingColumn;
use ::parquet::file::properties::{WriterProperties, WriterVersion};
use ::parquet::schema::types::ColumnPath;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, RecordBatch,
    StringBuilder,
};
use arrow::compute::BatchCoalescer;
use arrow::datatypes::{Decimal128Type, Int64Type};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a row group.
const ROW_GROUP_ROWS: usize = 122_880;
/// Rows that are handed to the library at a time.
const WRITTEN_ROWS: usize = 32_768;
/// Rows that the small tables' writer holds.
const HELD_ROWS: usize = 65_536;

/// Writes one Parquet file of a table.
pub struct TableWriter {
    path: PathBuf,
    table: &'static TableDef,
    inner: ArrowWriter<BufWriter<File>>,
    coalescer: BatchCoalescer,
    rows: u64,
    totals: BTreeMap<String, i128>,
}

/// A finished Parquet file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenTable {
    /// Its rows.
    pub rows: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Sums of the columns that have one, by name: units, or cents or millionths of a unit where the column is a decimal.
    pub totals: BTreeMap<String, i128>,
}

/// The sum of a column; none where it is of another type than its kind has.
fn total(column: &dyn Array, kind: ColumnKind) -> Option<i128> {
    Some(match kind {
        ColumnKind::Integer => column.as_primitive_opt::<Int64Type>()?.iter().flatten().map(i128::from).sum(),
        _ => column.as_primitive_opt::<Decimal128Type>()?.iter().flatten().sum(),
    })
}

impl TableWriter {
    /// Creates the file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn create(path: &Path, table: &'static TableDef, compatibility: Compatibility) -> Result<Self> {
        let file = File::create(path).map_err(Error::io("create", path))?;
        let compression = match compatibility {
            Compatibility::Standard => Compression::ZSTD(ZstdLevel::default()),
            Compatibility::Wide => Compression::SNAPPY,
        };
        let sorting = table
            .key
            .iter()
            .filter_map(|key| table.place(key))
            .map(|place| SortingColumn { column_idx: place as i32, descending: false, nulls_first: false })
            .collect();
        let mut properties = WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_compression(compression)
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_sorting_columns(Some(sorting))
            .set_created_by(concat!("attachrate ", env!("CARGO_PKG_VERSION")).to_owned());
        for column in table.columns.iter().filter(|column| column.is_distinct) {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(column.name), false);
        }
        let inner = ArrowWriter::try_new(BufWriter::new(file), table.schema(), Some(properties.build()))
            .map_err(|error| failed(path, &error))?;
        let coalescer = BatchCoalescer::new(table.schema(), WRITTEN_ROWS);
        let totals = table.columns.iter().filter(|column| column.has_total()).map(|column| (column.name.to_owned(), 0)).collect();
        Ok(Self { path: path.to_owned(), table, inner, coalescer, rows: 0, totals })
    }

    /// Appends columns in the order of the definition.
    ///
    /// # Errors
    /// Where they do not fit the definition, or the file cannot be written.
    pub fn write(&mut self, columns: Vec<ArrayRef>) -> Result<()> {
        let batch = RecordBatch::try_new(self.table.schema(), columns)
            .map_err(|error| Error::Internal(format!("{}: {error}", self.table.name)))?;
        self.rows += batch.num_rows() as u64;
        for (definition, column) in self.table.columns.iter().zip(batch.columns()) {
            if let (Some(sum), Some(more)) = (self.totals.get_mut(definition.name), total(column, definition.kind)) {
                *sum += more;
            }
        }
        self.coalescer.push_batch(batch).map_err(|error| Error::Internal(error.to_string()))?;
        self.drain()
    }

    /// Writes what is complete. The library ends pages where its batches end, so every batch but the last has the same number of rows:
    /// how many lines a worker held at a time does not show in the bytes.
    fn drain(&mut self) -> Result<()> {
        while let Some(batch) = self.coalescer.next_completed_batch() {
            self.inner.write(&batch).map_err(|error| failed(&self.path, &error))?;
        }
        Ok(())
    }

    /// Completes the file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> Result<WrittenTable> {
        self.coalescer.finish_buffered_batch().map_err(|error| Error::Internal(error.to_string()))?;
        self.drain()?;
        self.inner.close().map_err(|error| failed(&self.path, &error))?;
        let (hash, bytes) = fingerprint::of_file(&self.path).map_err(Error::io("read", &self.path))?;
        Ok(WrittenTable { rows: self.rows, sha256: fingerprint::hex(&hash), bytes, totals: self.totals })
    }
}

fn failed(path: &Path, error: &::parquet::errors::ParquetError) -> Error {
    Error::Io { operation: "write", path: path.to_owned(), source: std::io::Error::other(error.to_string()) }
}

/// A value of a small table.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// No value.
    None,
    /// Text.
    Text(&'a str),
    /// Integer, cents, millionths of a unit, or a day, as the column says.
    Whole(i64),
    /// True or false.
    Flag(bool),
    /// A ratio.
    Rate(f64),
}

impl<'a> Value<'a> {
    /// Text, or none where it is empty.
    pub fn text_or_none(text: &'a str) -> Self {
        if text.is_empty() { Self::None } else { Self::Text(text) }
    }

    /// A whole number, or none.
    pub fn whole_or_none(number: Option<i64>) -> Self {
        number.map_or(Self::None, Self::Whole)
    }

    /// A ratio or another real number, or none.
    pub fn rate_or_none(number: Option<f64>) -> Self {
        number.map_or(Self::None, Self::Rate)
    }

    /// A ratio, or none where the denominator is not positive.
    pub fn ratio(numerator: f64, denominator: f64) -> Self {
        if denominator > 0.0 { Self::Rate(numerator / denominator) } else { Self::None }
    }
}

enum ColumnBuilder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Decimal(Decimal128Builder),
    Date(Date32Builder),
    Flag(BooleanBuilder),
    Rate(Float64Builder),
}

impl ColumnBuilder {
    fn new(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Text => Self::Text(StringBuilder::new()),
            ColumnKind::Integer => Self::Integer(Int64Builder::new()),
            ColumnKind::Money | ColumnKind::MicroUnits => Self::Decimal(Decimal128Builder::new().with_data_type(kind.data_type())),
            ColumnKind::Date => Self::Date(Date32Builder::new()),
            ColumnKind::Flag => Self::Flag(BooleanBuilder::new()),
            ColumnKind::Rate | ColumnKind::Real => Self::Rate(Float64Builder::new()),
        }
    }

    /// Appends a value; gives back whether it is of the column's kind.
    fn append(&mut self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Text(builder), Value::Text(text)) => builder.append_value(text),
            (Self::Text(builder), Value::None) => builder.append_null(),
            (Self::Integer(builder), Value::Whole(number)) => builder.append_value(number),
            (Self::Integer(builder), Value::None) => builder.append_null(),
            (Self::Decimal(builder), Value::Whole(number)) => builder.append_value(i128::from(number)),
            (Self::Decimal(builder), Value::None) => builder.append_null(),
            (Self::Date(builder), Value::Whole(number)) => builder.append_value(number as i32),
            (Self::Date(builder), Value::None) => builder.append_null(),
            (Self::Flag(builder), Value::Flag(flag)) => builder.append_value(flag),
            (Self::Rate(builder), Value::Rate(rate)) => builder.append_value(rate),
            (Self::Rate(builder), Value::None) => builder.append_null(),
            _ => return false,
        }
        true
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Flag(builder) => Arc::new(builder.finish()),
            Self::Rate(builder) => Arc::new(builder.finish()),
        }
    }
}

/// Writes a table row by row.
pub struct RowWriter {
    writer: TableWriter,
    builders: Vec<ColumnBuilder>,
    held: usize,
}

impl RowWriter {
    /// Creates the file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn create(path: &Path, table: &'static TableDef, compatibility: Compatibility) -> Result<Self> {
        let builders = table.columns.iter().map(|column| ColumnBuilder::new(column.kind)).collect();
        Ok(Self { writer: TableWriter::create(path, table, compatibility)?, builders, held: 0 })
    }

    /// Appends a row, one value per column in the order of the definition.
    ///
    /// # Errors
    /// Where a value is not of its column's kind, or the file cannot be written.
    pub fn row(&mut self, values: &[Value<'_>]) -> Result<()> {
        let table = self.writer.table;
        if values.len() != self.builders.len() {
            return Err(Error::Internal(format!("{}: a row of {} values", table.name, values.len())));
        }
        for ((builder, value), column) in self.builders.iter_mut().zip(values).zip(table.columns) {
            if !builder.append(*value) {
                return Err(Error::Internal(format!("{}.{}: {value:?} does not fit", table.name, column.name)));
            }
        }
        self.held += 1;
        if self.held == HELD_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.held = 0;
        let columns = self.builders.iter_mut().map(ColumnBuilder::finish).collect();
        self.writer.write(columns)
    }

    /// Completes the file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> Result<WrittenTable> {
        self.flush()?;
        self.writer.finish()
    }
}
