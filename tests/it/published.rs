//! Published tables as text, with the places of raw records in the stead of ids.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow::array::{Array, Float64Array};
use arrow::util::display::array_value_to_string;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// Characters of a value that are compared; only a record that is too long has more.
const SHOWN_CHARACTERS: usize = 80;

/// A table as text. Rates have four decimals.
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// The values of a column.
    pub fn column(&self, name: &str) -> Vec<String> {
        let place = self.header.iter().position(|column| column == name).unwrap_or_else(|| panic!("no column {name}"));
        self.rows.iter().map(|row| row[place].clone()).collect()
    }

    /// Some columns, in this order.
    pub fn select(&self, columns: &[String]) -> Self {
        let values: Vec<Vec<String>> = columns.iter().map(|name| self.column(name)).collect();
        let rows = (0..self.rows.len()).map(|row| values.iter().map(|column| column[row].clone()).collect()).collect();
        Self { header: columns.to_vec(), rows }
    }

    /// The rows in the order of their text.
    pub fn sorted_rows(mut self) -> Vec<Vec<String>> {
        self.rows.sort();
        self.rows
    }

    fn read(path: &Path) -> Self {
        let mut table = Self { header: Vec::new(), rows: Vec::new() };
        for file in parts(path) {
            let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(&file).expect("a table")).expect("Parquet");
            table.header = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
            for batch in builder.build().expect("a reader") {
                let batch = batch.expect("a batch");
                let row_of = |row| batch.columns().iter().map(|column| text(column, row)).collect();
                table.rows.extend((0..batch.num_rows()).map(row_of));
            }
        }
        table
    }

    /// Adds a column made from another; a table without that column stays as it is.
    fn add(&mut self, name: &str, from: &[&str], make: impl Fn(&[String]) -> String) {
        if from.iter().any(|column| !self.header.iter().any(|own| own == column)) {
            return;
        }
        let values: Vec<Vec<String>> = from.iter().map(|column| self.column(column)).collect();
        for (index, row) in self.rows.iter_mut().enumerate() {
            let inputs: Vec<String> = values.iter().map(|column| column[index].clone()).collect();
            row.push(make(&inputs));
        }
        self.header.push(name.to_owned());
    }
}

/// The files of a table: one, or a folder of parts.
fn parts(path: &Path) -> Vec<PathBuf> {
    let path = path.with_extension("parquet");
    if !path.is_dir() {
        return vec![path];
    }
    let mut files: Vec<PathBuf> =
        fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("a readable folder").path()).collect();
    files.sort();
    files
}

fn text(column: &dyn Array, row: usize) -> String {
    if column.is_null(row) {
        return String::new();
    }
    let shown = match column.as_any().downcast_ref::<Float64Array>() {
        Some(rates) => format!("{:.4}", rates.value(row)),
        None => array_value_to_string(column, row).expect("a value"),
    };
    shown.chars().take(SHOWN_CHARACTERS).collect()
}

/// The tables of a run.
pub struct Published {
    folder: PathBuf,
    files: BTreeMap<String, String>,
    lines: BTreeMap<String, String>,
}

impl Published {
    pub fn open(folder: &Path) -> Self {
        let audit = Table::read(&folder.join("audit_file"));
        let short = |path: String| path.trim_start_matches("in/").to_owned();
        let files = audit.column("file_id").into_iter().zip(audit.column("file_path").into_iter().map(short)).collect();
        let mut published = Self { folder: folder.to_owned(), files, lines: BTreeMap::new() };
        let sales = published.table("fact_sale_line");
        published.lines = sales.column("sale_line_id").into_iter().zip(sales.column("place")).collect();
        published
    }

    /// A table with columns `place`, `service_place` and `hardware_place` (`file:line`) where it has the ids that they are made from.
    pub fn table(&self, name: &str) -> Table {
        let mut table = Table::read(&self.folder.join(name));
        let line = |id: &String| self.lines.get(id).cloned().unwrap_or_default();
        if name == "audit_finding" {
            table.add("place", &["sale_line_id", "file_id", "line_number"], |ids| match line(&ids[0]) {
                none if none.is_empty() => self.place(&ids[1], &ids[2]),
                place => place,
            });
        } else {
            table.add("place", &["file_id", "line_number"], |ids| self.place(&ids[0], &ids[1]));
        }
        table.add("kept_place", &["kept_file_id", "kept_line_number"], |ids| self.place(&ids[0], &ids[1]));
        table.add("service_place", &["service_sale_line_id"], |ids| line(&ids[0]));
        table.add("hardware_place", &["hardware_sale_line_id"], |ids| line(&ids[0]));
        table
    }

    fn place(&self, file: &str, line: &str) -> String {
        self.files.get(file).map_or(String::new(), |path| format!("{path}:{line}"))
    }
}
