//! The records behind a partner's figures, from the published folder of a run and its raw files alone.

mod files;
mod found;
mod records;

use super::directory::Directory;
use super::explain::known_partner;
use super::manifest;
use crate::error::{Error, Problem, Problems, Result};
use crate::publish::trace::{Trace, TraceTable, TracedFile, TracedRecord};
pub use files::{Input, inputs};
use found::Found;
use records::Selection;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is traced, and how.
#[derive(Debug, Clone)]
pub struct TraceOptions {
    /// The table whose rows are traced.
    pub table: TraceTable,
    /// Only what belongs to this category.
    pub category: Option<String>,
    /// Only what stands in this raw file: its path as the run knows it, or the end of it.
    pub file: Option<String>,
    /// Most records that are shown; the others are counted.
    pub limit: usize,
    /// Where the raw files are, if not where they were.
    pub data: Option<PathBuf>,
    /// Compare sizes instead of hashes.
    pub is_quick: bool,
    /// Threads.
    pub threads: usize,
}

/// Finds a partner's rows of a table, and reads the raw text of each from its file.
///
/// # Errors
/// `Damaged` where the folder is no whole run; `Input` where partner, category or file are unknown, or an unchanged file cannot be read.
pub fn trace(folder: &Path, partner_id: &str, options: &TraceOptions) -> Result<Trace> {
    let manifest = manifest::read(folder)?;
    let tables = folder.join("tables");
    let directory = Directory::read(&tables)?;
    let partner = known_partner(folder, partner_id, &directory)?;
    let category = options.category.as_deref().map(|name| category_of(folder, name, options.table, &directory)).transpose()?;
    let inputs = files::inputs(&tables)?;
    let file_id = options.file.as_deref().map(|name| file_of(folder, name, &inputs)).transpose()?;
    let selection = Selection { tables: &tables, partner_id, category, file_id, limit: options.limit };
    let records = selection.of(options.table)?;
    let (found, total) = (records.shown, records.total);
    let mut wanted: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (place, record) in found.iter().enumerate() {
        wanted.entry(record.file_id).or_default().push(place);
    }
    let mut work = Vec::new();
    for (file_id, places) in wanted {
        let input = inputs
            .get(&file_id)
            .ok_or_else(|| Error::Damaged { path: tables.clone(), cause: format!("audit_file has no file {file_id}") })?;
        let records = places.iter().map(|place| (found[*place].record, found[*place].line)).collect();
        work.push(files::Work { input, records, places });
    }
    work.sort_by_key(|work| (&work.input.feed_id, &work.input.path));
    let read = super::workers::map(options.threads, &work, |work| work.input.bytes, |work| work.read(folder, options))?;
    let mut rows: Vec<Option<TracedRecord>> = vec![None; found.len()];
    let mut files = Vec::new();
    for ((number, work), outcome) in (0..).zip(&work).zip(read) {
        let files::Input { feed_id, path, sha256, .. } = work.input.clone();
        files.push(TracedFile { feed_id, path, sha256, state: outcome.state, encoding: outcome.encoding });
        for (place, text) in work.places.iter().zip(outcome.records) {
            let Found { record, line, facts, meaning, .. } = found[*place].clone();
            let (section, extent, raw) = (text.section, text.extent, text.raw);
            rows[*place] = Some(TracedRecord { file: number, section, record, line, extent, facts, meaning, raw });
        }
    }
    Ok(Trace {
        run_id: manifest.run_id,
        partner_id: partner.id.clone(),
        partner_name: partner.name.clone(),
        table: options.table,
        category: category.map(str::to_owned),
        files,
        records: rows.into_iter().flatten().collect(),
        total,
    })
}

/// The raw file that a path names: the whole path, or the end of exactly one.
fn file_of(folder: &Path, name: &str, inputs: &BTreeMap<i64, Input>) -> Result<i64> {
    let ends = |input: &&Input| Path::new(&input.path).ends_with(name);
    let whole = inputs.values().find(|input| input.path == name);
    let named: Vec<&Input> = whole.map_or_else(|| inputs.values().filter(ends).collect(), |input| vec![input]);
    let refuse = |message: String, hint: &str| Err(Error::Input(Problems(vec![Problem::new(folder, message).with_hint(hint)])));
    match named[..] {
        [input] => Ok(input.file_id),
        [] => {
            refuse(format!("the run has read no file `{name}`"), "`--file` takes a path as the answer shows it, or the end of one")
        }
        _ => {
            let paths: Vec<String> = named.iter().map(|input| format!("`{}`", input.path)).collect();
            refuse(format!("`{name}` is the end of {}", paths.join(", ")), "name more of the path")
        }
    }
}

/// The code of a category as the run writes it, in whatever case it is asked for: the exact one, else the only one of these letters.
fn category_of<'a>(folder: &Path, name: &str, table: TraceTable, directory: &'a Directory) -> Result<&'a str> {
    let refuse = |message: String, hint: String| Err(Error::Input(Problems(vec![Problem::new(folder, message).with_hint(hint)])));
    if !table.has_category() {
        return refuse(format!("the rows of {} have no category", table.name()), "leave `--category` out".to_owned());
    }
    let codes = directory.categories.keys().map(String::as_str);
    let alike: Vec<&str> = codes.clone().filter(|code| code.eq_ignore_ascii_case(name)).collect();
    match (alike.iter().find(|code| **code == name), &alike[..]) {
        (Some(code), _) | (None, [code]) => Ok(code),
        _ => {
            let codes: Vec<String> = codes.map(|code| format!("`{code}`")).collect();
            refuse(format!("the run has no category `{name}`"), format!("the categories are {}", codes.join(", ")))
        }
    }
}
