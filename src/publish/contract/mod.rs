//! The published tables as other programs read about them: `contract.odcs.yaml` (Open Data Contract Standard 3.1), `datapackage.json`
//! (Data Package 2) and `catalog.sql` (DuckDB), all made from the table definitions and from what the run wrote.

mod catalog;
mod data_package;
mod odcs;
#[cfg(test)]
mod tests;

use crate::error::{Error, Result};
use crate::publish::parquet::WrittenTable;
use crate::tables::published::{ColumnDef, TableDef};

/// File name of the data contract.
pub const CONTRACT: &str = "contract.odcs.yaml";
/// File name of the data package.
pub const DATA_PACKAGE: &str = "datapackage.json";
/// File name of the catalogue.
pub const CATALOG: &str = "catalog.sql";

/// What the three files describe.
#[derive(Debug, Clone, Default)]
pub struct Description {
    /// Title of the pipeline.
    pub title: String,
    /// Id of the run.
    pub run_id: String,
    /// Version of the tool.
    pub tool_version: String,
    /// Day the data was cut.
    pub as_of: String,
    /// First day of the period.
    pub period_from: String,
    /// Last day of the period.
    pub period_to: String,
    /// Reporting currency.
    pub currency: String,
    /// Whether the data is invented.
    pub is_synthetic: bool,
    /// The tables in the order of the definitions.
    pub tables: Vec<DescribedTable>,
}

/// A published table and its files.
#[derive(Debug, Clone)]
pub struct DescribedTable {
    /// Its definition.
    pub definition: &'static TableDef,
    /// Its files in order, with their paths in the run's folder: one, or the parts of a folder.
    pub files: Vec<(String, WrittenTable)>,
}

impl DescribedTable {
    /// Path in the run's folder: of the file, or of the folder of part files.
    pub fn path(&self) -> String {
        format!("tables/{}", self.definition.file_name())
    }

    /// Whether it is a folder of part files.
    pub fn is_folder(&self) -> bool {
        self.files.iter().any(|(path, _)| *path != self.path())
    }

    /// Rows of all files.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|(_, file)| file.rows).sum()
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|(_, file)| file.bytes).sum()
    }

    /// The columns that have a total, with it: a whole count of the column's smallest unit.
    pub fn totals(&self) -> impl Iterator<Item = (&'static ColumnDef, i128)> {
        let columns = self.definition.columns.iter().filter(|column| column.has_total());
        columns.map(|column| (column, self.files.iter().filter_map(|(_, file)| file.totals.get(column.name)).sum()))
    }
}

/// A whole count of a column's smallest unit as a decimal number: 123456 cents as `1234.56`.
pub fn decimal(value: i128, column: &ColumnDef) -> String {
    let decimals = column.kind.decimals();
    if decimals == 0 {
        return value.to_string();
    }
    let sign = if value < 0 { "-" } else { "" };
    let scale = 10_u128.pow(decimals as u32);
    let (whole, rest) = (value.unsigned_abs() / scale, value.unsigned_abs() % scale);
    format!("{sign}{whole}.{rest:0decimals$}")
}

/// The files by name.
///
/// # Errors
/// Where one cannot be encoded.
pub fn files(description: &Description) -> Result<[(&'static str, String); 3]> {
    let internal = |error: String| Error::Internal(error);
    let contract = serde_saphyr::to_string(&odcs::contract(description)).map_err(|error| internal(error.to_string()))?;
    let package = serde_json::to_string_pretty(&data_package::package(description)).map_err(|error| internal(error.to_string()))?;
    Ok([(CONTRACT, contract), (DATA_PACKAGE, package + "\n"), (CATALOG, catalog::sql(description))])
}

/// What every reader of the tables has to know, in a few sentences.
fn usage(description: &Description) -> String {
    format!(
        "Amounts are in {} unless the name says otherwise. A rate is the sum of its numerators over the sum of its denominators: never \
         average a column that ends in _rate. Sums over tables of different grain count rows twice: aggregate each table before joining.",
        description.currency
    )
}

/// What the run answers, in one sentence.
fn purpose(description: &Description) -> String {
    let invented = if description.is_synthetic { " Partners, people and figures are invented." } else { "" };
    format!(
        "Care Packs that partners sold with their hardware from {} to {}, compared with what an average partner would have sold with the \
         same mix, by the data as of {}.{invented}",
        description.period_from, description.period_to, description.as_of
    )
}
