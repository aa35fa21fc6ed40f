//! Publishing: a folder that is there whole or not at all.

use super::diff::{self, DiffOptions};
use super::execute::{CURRENT, Results};
use super::extract_files::PLACES;
use super::manifest::{self, MANIFEST, Manifest, OutputEntry};
use super::{RunOptions, case_files, funnel, outreach, reviewed, site, small_tables, workers, worklists};
use crate::error::{Error, Result};
use crate::io::{fingerprint, sealed};
use crate::publish::contract::{self, DescribedTable, Description};
use crate::publish::diff::Diff;
use crate::publish::parquet::WrittenTable;
use crate::tables::published::{
    AGG_PARTNER_CELL, AGG_PARTNER_MATCHING, ALL, FACT_ATTACHMENT, FACT_REGISTRATION, FACT_SALE_LINE, TableDef,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Folder of the places of all records, one file for each raw file.
pub const PLACES_FOLDER: &str = "places";

/// Writes everything beside the final folder, syncs it, and moves it into place; `current` moves last.
///
/// # Errors
/// Where something cannot be written.
pub fn publish(results: &Results<'_>, folder: &Path, options: &RunOptions) -> Result<()> {
    let staging = options.out.join(format!(".{}.partial", results.run_id));
    if staging.exists() {
        fs::remove_dir_all(&staging).map_err(Error::io("remove", &staging))?;
    }
    let tables = staging.join("tables");
    for table in [FACT_SALE_LINE, FACT_ATTACHMENT, FACT_REGISTRATION, AGG_PARTNER_CELL, AGG_PARTNER_MATCHING] {
        let path = tables.join(table.file_name());
        fs::create_dir_all(&path).map_err(Error::io("create", &path))?;
    }
    let stage = options.progress.stage("publish", 3);
    let mut written = place_facts(results, &tables)?;
    for (table, file) in small_tables::write(&tables, results)? {
        written.insert(format!("tables/{}", table.file_name()), (table, file));
    }
    let described = describe_tables(results, &written);
    for (name, text) in contract::files(&described)? {
        let path = staging.join(name);
        fs::write(&path, text).map_err(Error::io("write", &path))?;
    }
    place_places(results, &staging.join(PLACES_FOLDER))?;
    stage.advance(1);
    worklists::write(&staging, results)?;
    let mut manifest = manifest::begin(
        results.plan,
        results.references,
        &results.files,
        &results.run_id,
        counts(results, &written),
        &results.gates,
    );
    manifest.exceptions = reviewed::exception_entries(results);
    manifest.funnel = funnel::manifest_entries(results);
    let changes = changes(results, &staging, &manifest, options)?;
    site::write(&staging.join("report"), results, changes, options)?;
    outreach::write(&staging, results)?;
    case_files::write(&staging.join(case_files::FOLDER), results, options)?;
    stage.advance(1);
    manifest.totals = described.tables.iter().map(totals).collect();
    manifest.outputs = fingerprints(&staging, &written, options)?;
    let text = serde_json::to_vec_pretty(&manifest).map_err(|error| Error::Internal(error.to_string()))?;
    let path = staging.join(MANIFEST);
    fs::write(&path, text).map_err(Error::io("write", &path))?;
    sealed::sync_file_system(&staging)?;
    fs::rename(&staging, folder).map_err(Error::io("rename", &staging))?;
    point_current(&options.out, &results.run_id)?;
    sealed::sync_file_system(&options.out)?;
    stage.advance(1);
    Ok(())
}

/// Rows behind each change that the report shows.
const CHANGED_ROWS: usize = 2;

/// What has changed since the earlier run that the configuration names.
fn changes(results: &Results<'_>, staging: &Path, manifest: &Manifest, options: &RunOptions) -> Result<Option<Diff>> {
    let Some(earlier) = &results.plan.earlier_run else { return Ok(None) };
    let shown = DiffOptions { with_all: false, rows: CHANGED_ROWS, threads: options.threads };
    diff::since(&earlier.folder, staging, manifest.clone(), shown).map(Some)
}

/// Written tables by their path in the run's folder, with the table's definition.
type WrittenTables = BTreeMap<String, (&'static TableDef, WrittenTable)>;

/// What other programs are told about the tables.
fn describe_tables(results: &Results<'_>, written: &WrittenTables) -> Description {
    let run = site::run_info(results);
    let files = |table: &TableDef| {
        let own = written.iter().filter(|(_, (definition, _))| definition.name == table.name);
        own.map(|(path, (_, file))| (path.clone(), file.clone())).collect()
    };
    Description {
        title: run.title,
        run_id: run.run_id,
        tool_version: run.tool_version,
        as_of: run.as_of,
        period_from: run.period_from,
        period_to: run.period_to,
        currency: run.currency,
        is_synthetic: run.is_synthetic,
        tables: ALL.into_iter().map(|definition| DescribedTable { definition, files: files(definition) }).collect(),
    }
}

/// Takes the parts' facts over from their sealed units.
fn place_facts(results: &Results<'_>, tables: &Path) -> Result<WrittenTables> {
    let mut written = WrittenTables::new();
    let mut take = |from: PathBuf, table: &'static TableDef, number: usize, file: &WrittenTable| {
        let relative = format!("{}/part-{number:04}.parquet", table.file_name());
        place(&from, &tables.join(&relative))?;
        written.insert(format!("tables/{relative}"), (table, file.clone()));
        Ok::<(), Error>(())
    };
    for part in &results.parts {
        let number = usize::from(part.part);
        take(part.folder.join("sale_lines.parquet"), &FACT_SALE_LINE, number, &part.report.sale_lines)?;
        take(part.folder.join("attachments.parquet"), &FACT_ATTACHMENT, number, &part.report.attachments)?;
    }
    for part in &results.collected {
        let number = usize::from(part.part);
        take(part.folder.join("partner_cells.parquet"), &AGG_PARTNER_CELL, number, &part.report.partner_cells)?;
        take(part.folder.join("matchings.parquet"), &AGG_PARTNER_MATCHING, number, &part.report.matchings)?;
    }
    for (bucket, file) in &results.serial.report.registration_tables {
        take(results.serial.folder.join(format!("registrations-{bucket:04}.parquet")), &FACT_REGISTRATION, *bucket, file)?;
    }
    Ok(written)
}

/// Takes the places of every file's records over from its sealed extract, so that a run is traced without the cache.
fn place_places(results: &Results<'_>, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    for file in &results.files {
        place(&file.folder.join(PLACES), &folder.join(places_name(file.input.file_id)))?;
    }
    Ok(())
}

/// Name of the places of a file's records in [`PLACES_FOLDER`].
pub fn places_name(file_id: i64) -> String {
    format!("{file_id}.parquet")
}

/// Rows by table, and what else the manifest counts.
fn counts(results: &Results<'_>, written: &WrittenTables) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::from([
        ("records".to_owned(), results.accounts.iter().map(|account| account.incoming.records).sum()),
        ("registered_only".to_owned(), results.serial.report.registered_only),
    ]);
    for (table, file) in written.values() {
        *counts.entry(table.name.to_owned()).or_default() += file.rows;
    }
    counts
}

/// The totals of a table's columns, by its name.
fn totals(table: &DescribedTable) -> (String, BTreeMap<String, String>) {
    let columns = table.totals().map(|(column, total)| (column.name.to_owned(), contract::decimal(total, column)));
    (table.definition.name.to_owned(), columns.collect())
}

/// Links a finished file into the staging folder; where links are not to be had, copies it.
fn place(from: &Path, to: &Path) -> Result<()> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(|_| ())).map_err(Error::io("place", to))
}

/// Hashes every file of the staging folder. A table must be the file that its writer finished.
fn fingerprints(staging: &Path, written: &WrittenTables, options: &RunOptions) -> Result<BTreeMap<String, OutputEntry>> {
    let mut files = Vec::new();
    collect(staging, &mut PathBuf::new(), &mut files)?;
    let entries = workers::map(
        options.threads,
        &files,
        |_| 0,
        |relative| {
            let path = staging.join(relative);
            let (hash, bytes) = fingerprint::of_file(&path).map_err(Error::io("read", &path))?;
            let sha256 = fingerprint::hex(&hash);
            let table = written.get(relative).map(|(_, file)| file);
            if table.is_some_and(|file| file.sha256 != sha256) {
                return Err(Error::Damaged { path, cause: "it is not the file that was written".into() });
            }
            Ok(OutputEntry { sha256, bytes, rows: table.map(|file| file.rows) })
        },
    )?;
    Ok(files.into_iter().zip(entries).collect())
}

fn collect(root: &Path, relative: &mut PathBuf, found: &mut Vec<String>) -> Result<()> {
    for entry in sealed::list(&root.join(&*relative))? {
        relative.push(entry.file_name().unwrap_or_default());
        if entry.is_dir() {
            collect(root, relative, found)?;
        } else {
            found.push(relative.to_string_lossy().into_owned());
        }
        relative.pop();
    }
    Ok(())
}

/// Points `current` to a run, in one step.
///
/// # Errors
/// Where the link cannot be made.
pub fn point_current(out: &Path, run_id: &str) -> Result<()> {
    let temporary = out.join(".current.partial");
    if temporary.symlink_metadata().is_ok() {
        fs::remove_file(&temporary).map_err(Error::io("remove", &temporary))?;
    }
    std::os::unix::fs::symlink(run_id, &temporary).map_err(Error::io("link", &temporary))?;
    let current = out.join(CURRENT);
    fs::rename(&temporary, &current).map_err(Error::io("rename", &temporary))
}
