//! Published tables, read back row group by row group: only the columns that are asked for, and only the row groups that can hold the rows.

use crate::error::{Error, Result};
use crate::io::sealed::list;
use crate::tables::published::TableDef;
use arrow::array::{Array, BooleanArray, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ParquetRecordBatchReaderBuilder, RowFilter};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;
use std::any::type_name;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Which rows are read: those where one of the text columns equals the value.
#[derive(Debug, Clone, Copy)]
pub struct AnyEqual<'a> {
    /// Names of text columns.
    pub columns: &'a [&'a str],
    /// The value.
    pub value: &'a str,
}

/// Reads a table of a run, batch by batch, in its order.
///
/// # Errors
/// `Damaged` where a file is missing, cannot be decoded or lacks a column; whatever `each` fails with.
pub fn scan(
    tables: &Path,
    table: &TableDef,
    columns: &[&str],
    only: Option<AnyEqual<'_>>,
    mut each: impl FnMut(&Rows) -> Result<()>,
) -> Result<()> {
    for path in files(tables, table)? {
        scan_file(&path, columns, only, &mut each)?;
    }
    Ok(())
}

/// The files of a table of a run, in its order.
///
/// # Errors
/// Where its folder cannot be read.
pub fn files(tables: &Path, table: &TableDef) -> Result<Vec<PathBuf>> {
    let path = tables.join(table.file_name());
    if path.is_dir() { list(&path) } else { Ok(vec![path]) }
}

/// Reads one file of a table, batch by batch.
///
/// # Errors
/// As [`scan`].
pub fn scan_file(
    path: &Path,
    columns: &[&str],
    only: Option<AnyEqual<'_>>,
    mut each: impl FnMut(&Rows) -> Result<()>,
) -> Result<()> {
    let failed = |cause: String| Error::Damaged { path: path.to_owned(), cause };
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    let mut builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| failed(error.to_string()))?;
    let metadata = builder.metadata().clone();
    let place = |name: &str| {
        let fields = metadata.file_metadata().schema_descr().columns();
        fields.iter().position(|field| field.name() == name).ok_or_else(|| failed(format!("column `{name}` is missing")))
    };
    let wanted = columns.iter().map(|name| place(name)).collect::<Result<Vec<_>>>()?;
    let projection = ProjectionMask::leaves(metadata.file_metadata().schema_descr(), wanted);
    builder = builder.with_projection(projection);
    if let Some(only) = only {
        let compared = only.columns.iter().map(|name| place(name)).collect::<Result<Vec<_>>>()?;
        let groups = groups_with(&metadata, &compared, only.value);
        if groups.is_empty() {
            return Ok(());
        }
        let mask = ProjectionMask::leaves(metadata.file_metadata().schema_descr(), compared);
        let value = only.value.to_owned();
        let predicate = ArrowPredicateFn::new(mask, move |batch| Ok(any_equal(&batch, &value)));
        builder = builder.with_row_groups(groups).with_row_filter(RowFilter::new(vec![Box::new(predicate)]));
    }
    for batch in builder.build().map_err(|error| failed(error.to_string()))? {
        each(&Rows { path: path.to_owned(), batch: batch.map_err(|error| failed(error.to_string()))? })?;
    }
    Ok(())
}

fn any_equal(batch: &RecordBatch, value: &str) -> BooleanArray {
    let columns: Vec<&StringArray> = batch.columns().iter().filter_map(|column| column.as_any().downcast_ref()).collect();
    (0..batch.num_rows()).map(|row| Some(columns.iter().any(|column| !column.is_null(row) && column.value(row) == value))).collect()
}

/// The row groups whose statistics do not rule the value out.
fn groups_with(metadata: &ParquetMetaData, columns: &[usize], value: &str) -> Vec<usize> {
    let may_hold = |group: &RowGroupMetaData| columns.iter().any(|column| range_holds(group.column(*column).statistics(), value));
    (0..metadata.num_row_groups()).filter(|group| may_hold(metadata.row_group(*group))).collect()
}

fn range_holds(statistics: Option<&Statistics>, value: &str) -> bool {
    let Some(statistics) = statistics else { return true };
    let is_low = statistics.min_bytes_opt().is_none_or(|least| least <= value.as_bytes());
    let is_high = statistics.max_bytes_opt().is_none_or(|greatest| greatest >= value.as_bytes());
    is_low && is_high
}

/// Rows of one file, by column.
pub struct Rows {
    path: PathBuf,
    batch: RecordBatch,
}

impl Rows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn column<T: Array + 'static>(&self, name: &str) -> Result<&T> {
        let column = self.batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref());
        column.ok_or_else(|| self.damaged(format!("column `{name}` is not a {}", type_name::<T>())))
    }

    /// That the file is damaged in this way.
    pub fn damaged(&self, cause: String) -> Error {
        Error::Damaged { path: self.path.clone(), cause }
    }

    /// A text column; no value is an empty text.
    ///
    /// # Errors
    /// `Damaged` where there is none of this name and type.
    pub fn texts(&self, name: &str) -> Result<&StringArray> {
        self.column(name)
    }

    /// An integer column.
    ///
    /// # Errors
    /// As [`Rows::texts`].
    pub fn integers(&self, name: &str) -> Result<&Int64Array> {
        self.column(name)
    }

    /// A column of days.
    ///
    /// # Errors
    /// As [`Rows::texts`].
    pub fn days(&self, name: &str) -> Result<&Date32Array> {
        self.column(name)
    }

    /// A column of flags.
    ///
    /// # Errors
    /// As [`Rows::texts`].
    pub fn flags(&self, name: &str) -> Result<&BooleanArray> {
        self.column(name)
    }

    /// A decimal column as integers: cents, or millionths of a unit.
    ///
    /// # Errors
    /// As [`Rows::texts`], and where a value does not fit.
    pub fn scaled(&self, name: &str) -> Result<Vec<i64>> {
        let column: &Decimal128Array = self.column(name)?;
        let fits = |value: &i128| i64::try_from(*value).map_err(|_| self.damaged(format!("a value of `{name}` is too large")));
        column.values().iter().map(fits).collect()
    }
}
