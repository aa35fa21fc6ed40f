//! What a Parquet file says of its own values, compared with the values: least and greatest value and nulls of each column and row group.
//!
//! Page checksums are optional, and many writers leave them out. Then a damaged page may still decode, to other values; where the statistics
//! contradict these, the file is refused.

use arrow::array::{Array, ArrayRef, RecordBatch, Scalar};
use arrow::compute::kernels::cmp::{gt, lt};
use arrow::datatypes::Schema;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::file::metadata::ParquetMetaData;

/// The statistics of one row group.
pub struct Statistics {
    /// By column; `None` where there are none to compare.
    columns: Vec<Option<Column>>,
    rows: u64,
    rows_found: u64,
}

/// What is declared of a column, and the nulls that were found.
struct Column {
    name: String,
    least: ArrayRef,
    greatest: ArrayRef,
    nulls: Option<u64>,
    nulls_found: u64,
}

impl Statistics {
    /// Those of a row group. A column has none where the file has none, where their order is not known (statistics of old writers), and where
    /// values have no order (floating-point numbers, nested columns).
    pub fn of(metadata: &ParquetMetaData, group: usize, schema: &Schema) -> Self {
        let column = |name: &String| column(metadata, group, schema, name);
        Self {
            columns: schema.fields().iter().map(|field| column(field.name())).collect(),
            rows: u64::try_from(metadata.row_group(group).num_rows()).unwrap_or_default(),
            rows_found: 0,
        }
    }

    /// Compares the next rows of the group.
    ///
    /// # Errors
    /// What contradicts what, as a sentence.
    pub fn compare(&mut self, batch: &RecordBatch) -> Result<(), String> {
        self.rows_found += batch.num_rows() as u64;
        for (column, values) in self.columns.iter_mut().zip(batch.columns()) {
            let Some(column) = column else { continue };
            column.nulls_found += values.null_count() as u64;
            let bounds = [(&column.least, true), (&column.greatest, false)];
            for (bound, is_least) in bounds {
                if bound.is_null(0) || bound.data_type() != values.data_type() {
                    continue;
                }
                let bound = Scalar::new(bound);
                let beyond = if is_least { lt(values, &bound) } else { gt(values, &bound) };
                if beyond.is_ok_and(|beyond| beyond.true_count() > 0) {
                    let side = if is_least { "least" } else { "greatest" };
                    return Err(format!("column {:?} has a value beyond the {side} one that the file declares", column.name));
                }
            }
        }
        Ok(())
    }

    /// Compares the counts at the end of the group.
    ///
    /// # Errors
    /// What contradicts what, as a sentence.
    pub fn finish(self) -> Result<(), String> {
        if self.rows != self.rows_found {
            return Err(format!("a row group declares {} rows and has {}", self.rows, self.rows_found));
        }
        for column in self.columns.into_iter().flatten() {
            if let Some(nulls) = column.nulls.filter(|nulls| *nulls != column.nulls_found) {
                return Err(format!("column {:?} declares {nulls} empty values and has {}", column.name, column.nulls_found));
            }
        }
        Ok(())
    }
}

fn column(metadata: &ParquetMetaData, group: usize, schema: &Schema, name: &str) -> Option<Column> {
    let parquet_schema = metadata.file_metadata().schema_descr();
    let converter = StatisticsConverter::try_new(name, schema, parquet_schema).ok()?.with_missing_null_counts_as_zero(false);
    let row_group = metadata.row_group(group);
    let statistics = row_group.column(converter.parquet_column_index()?).statistics()?;
    if statistics.is_min_max_deprecated() || converter.arrow_field().data_type().is_floating() {
        return None;
    }
    let nulls = converter.row_group_null_counts([row_group]).ok()?;
    Some(Column {
        name: name.to_owned(),
        least: converter.row_group_mins([row_group]).ok()?,
        greatest: converter.row_group_maxes([row_group]).ok()?,
        nulls: (!nulls.is_empty() && nulls.is_valid(0)).then(|| nulls.value(0)),
        nulls_found: 0,
    })
}
