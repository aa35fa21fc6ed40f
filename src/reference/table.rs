//! A strict reader of one reference table: UTF-8, comma, header with exactly the documented columns in any order.

use std::path::PathBuf;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::{ReferenceFile, Source};
use crate::config::plan::ReferencePath;
use crate::error::{Error, Problem, Result};

/// The rows of a table, fields trimmed and in the order in which the columns were asked for.
pub struct Table<const N: usize> {
    /// The file, to name in problems.
    pub file: PathBuf,
    /// Line in the file, from 1, and fields.
    pub rows: Vec<(usize, [String; N])>,
}

impl<const N: usize> Table<N> {
    /// Reads a table. Problems of its layout are recorded, and the rows that can be read are returned.
    pub fn read(source: &mut Source, path: &ReferencePath, columns: [&str; N]) -> Result<Self> {
        Self::read_with_optional(source, path, columns, &[])
    }

    /// Reads a table that may lack some of its columns: their fields are then empty.
    pub fn read_with_optional(source: &mut Source, path: &ReferencePath, columns: [&str; N], optional: &[&str]) -> Result<Self> {
        let bytes = std::fs::read(&path.path).map_err(Error::io("read", &path.path))?;
        source.files.push(ReferenceFile { relative: path.relative.clone(), sha256: Sha256::digest(&bytes).into() });
        let mut table = Self { file: path.path.clone(), rows: Vec::new() };
        table.fill(source, &bytes, columns, optional);
        Ok(table)
    }

    fn fill(&mut self, source: &mut Source, bytes: &[u8], columns: [&str; N], optional: &[&str]) {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(error) => return source.problems.push(self.problem(1, sentence(&error))),
        };
        let Some(order) = self.order(source, &header, columns, optional) else { return };
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let line = error.position().map_or(1, |position| line(position.line()));
                    source.problems.push(self.problem(line, sentence(&error)));
                    continue;
                }
            };
            let line = record.position().map_or(1, |position| line(position.line()));
            if record.iter().any(|field| field.contains(['\n', '\r'])) {
                // Else a quote that is never closed would swallow the rest of the table.
                let problem = self.problem(line, "a field goes on over the end of its line");
                source.problems.push(problem.with_hint("close the quote; fields of reference tables stand on one line"));
            } else if record.len() == header.len() {
                let field = |index: Option<usize>| index.and_then(|index| record.get(index)).unwrap_or_default().to_owned();
                self.rows.push((line, order.map(field)));
            } else {
                source.problems.push(self.problem(line, format!("{} fields, expected {}", record.len(), header.len())));
            }
        }
    }

    /// Where each column stands in the header; `None` for an optional one that is not there.
    fn order(
        &self,
        source: &mut Source,
        header: &csv::StringRecord,
        columns: [&str; N],
        optional: &[&str],
    ) -> Option<[Option<usize>; N]> {
        let expected = format!("the columns are {}", columns.map(|column| format!("`{column}`")).join(", "));
        let mut is_right = true;
        for (index, name) in header.iter().enumerate() {
            let is_repeated = header.iter().take(index).any(|earlier| earlier == name);
            if is_repeated || !columns.contains(&name) {
                let what = if is_repeated { "repeated" } else { "unknown" };
                source.problems.push(self.problem(1, format!("{what} column `{name}`")).with_hint(expected.clone()));
                is_right = false;
            }
        }
        let order = columns.map(|column| {
            let index = header.iter().position(|name| name == column);
            if index.is_none() && !optional.contains(&column) {
                source.problems.push(self.problem(1, format!("missing column `{column}`")).with_hint(expected.clone()));
                is_right = false;
            }
            index
        });
        is_right.then_some(order)
    }

    /// A problem at a line of this table.
    pub fn problem(&self, line: usize, message: impl Into<String>) -> Problem {
        Problem::new(&self.file, message).at_line(line)
    }
}

fn line(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn sentence(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "not valid UTF-8".to_owned(),
        _ => format!("cannot be read as CSV: {error}"),
    }
}

/// An ISO date in days since 1970-01-01; an empty one is none.
pub fn iso_day(text: &str) -> std::result::Result<Option<i32>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|date| date.to_string() == text);
    let days = date.map(|date| date.signed_duration_since(NaiveDate::default()).num_days());
    let days = days.and_then(|days| i32::try_from(days).ok());
    days.map(Some).ok_or_else(|| format!("`{text}` is not a date like 2026-10-31"))
}

/// `true` or `false`.
pub fn boolean(text: &str) -> std::result::Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(format!("`{other}` is neither `true` nor `false`")),
    }
}
