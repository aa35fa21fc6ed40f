//! The records for programs.

use super::{Trace, TracedFile, TracedRecord};
use crate::error::{Error, Problem, Problems, Result};
use crate::io::csv_export::{Cell, CsvExport};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// One row per record. Line ends within a record become spaces, as in every CSV file of a run; JSON keeps them.
///
/// # Errors
/// None but an internal one.
pub fn csv(trace: &Trace) -> Result<String> {
    let facts = trace.records.first().map_or(&[][..], |record| &record.facts);
    let mut header = vec![
        "feed_id",
        "file_path",
        "file_state_code",
        "section_name",
        "record_number",
        "line_number",
        "byte_offset",
        "byte_length",
    ];
    header.extend(facts.iter().map(|(name, _)| *name));
    header.push("raw_text");
    let mut export = CsvExport::new(&header)?;
    for record in &trace.records {
        let Some(file) = trace.files.get(record.file) else { continue };
        let number = |number: Option<u64>| number.map_or(Cell::None, |number| Cell::Whole(number as i64));
        let mut cells = vec![
            Cell::Text(&file.feed_id),
            Cell::Text(&file.path),
            Cell::Text(file.state.code()),
            Cell::Text(&record.section),
            number(Some(record.record)),
            number(Some(record.line)),
            number(record.extent.map(|extent| extent.offset)),
            number(record.extent.map(|extent| u64::from(extent.length))),
        ];
        cells.extend(record.facts.iter().map(|(_, value)| Cell::Text(value)));
        cells.push(record.raw.as_ref().map_or(Cell::None, |raw| Cell::Text(&raw.text)));
        export.row(&cells)?;
    }
    export.into_text()
}

/// The files and the records.
///
/// # Errors
/// None but an internal one.
pub fn json(trace: &Trace) -> Result<String> {
    let files: Vec<Value> = trace
        .files
        .iter()
        .map(|file| {
            json!({
                "feed_id": file.feed_id,
                "path": file.path,
                "sha256": file.sha256,
                "state": file.state.code(),
                "encoding": file.encoding.name(),
            })
        })
        .collect();
    let answer = json!({
        "run_id": trace.run_id,
        "partner_id": trace.partner_id,
        "partner_name": trace.partner_name,
        "table": trace.table.name(),
        "category_code": trace.category,
        "files": files,
        "records_total": trace.total,
        "records_left_out": trace.left_out(),
        "records": trace.records.iter().map(|record| record_json(trace, record)).collect::<Vec<Value>>(),
    });
    serde_json::to_string_pretty(&answer).map_err(|error| Error::Internal(error.to_string()))
}

fn record_json(trace: &Trace, record: &TracedRecord) -> Value {
    let facts: Map<String, Value> =
        record.facts.iter().map(|(name, value)| ((*name).to_owned(), Value::String(value.clone()))).collect();
    json!({
        "file_path": trace.files.get(record.file).map(|file| &file.path),
        "section": record.section,
        "record_number": record.record,
        "line_number": record.line,
        "byte_offset": record.extent.map(|extent| extent.offset),
        "byte_length": record.extent.map(|extent| extent.length),
        "facts": facts,
        "raw_text": record.raw.as_ref().map(|raw| &raw.text),
    })
}

/// The records as they are stored, a line feed behind each.
///
/// # Errors
/// `Input` where they stand in several encodings: no program could read them.
pub fn raw(trace: &Trace) -> Result<Vec<u8>> {
    let encodings: BTreeSet<&str> = trace.files.iter().map(|file| file.encoding.name()).collect();
    if encodings.len() > 1 {
        let hint = "`--file` with one of these paths writes the records of that file";
        let problem = |file: &TracedFile| {
            let message = format!("its records are stored in {}, those of other files are not", file.encoding.name());
            Problem::new(&file.path, message).with_hint(hint)
        };
        return Err(Error::Input(Problems(trace.files.iter().map(problem).collect())));
    }
    let stored = trace.records.iter().filter_map(|record| record.raw.as_ref());
    Ok(stored.flat_map(|raw| [&raw.stored[..], &raw.line_feed].concat()).collect())
}
