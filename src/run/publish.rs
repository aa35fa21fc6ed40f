//! Publishing: a folder that is there whole or not at all.

use super::execute::{CURRENT, Results};
use super::manifest::{self, MANIFEST, OutputEntry};
use super::{RunOptions, site, small_tables, workers};
use crate::error::{Error, Result};
use crate::io::{fingerprint, sealed};
use crate::tables::published::{FACT_ATTACHMENT, FACT_REGISTRATION, FACT_SALE_LINE};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

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
    for table in [FACT_SALE_LINE, FACT_ATTACHMENT, FACT_REGISTRATION] {
        let path = tables.join(table.name);
        fs::create_dir_all(&path).map_err(Error::io("create", &path))?;
    }
    let stage = options.progress.stage("publish", 3);
    place_facts(results, &tables)?;
    let mut rows = small_tables::write(&tables, results)?;
    rows.insert(FACT_SALE_LINE.name, results.parts.iter().map(|part| part.report.sale_line_rows).sum());
    rows.insert(FACT_ATTACHMENT.name, results.parts.iter().map(|part| part.report.attachment_rows).sum());
    stage.advance(1);
    site::write(&staging.join("report"), results, options)?;
    stage.advance(1);
    let mut counts: BTreeMap<String, u64> = rows.iter().map(|(table, rows)| ((*table).to_owned(), *rows)).collect();
    counts.insert("records".into(), results.accounts.iter().map(|account| account.incoming.records).sum());
    counts.insert("registered_only".into(), results.serial.report.registered_only);
    let mut manifest = manifest::begin(results.plan, results.references, &results.files, &results.run_id, counts, &results.gates);
    manifest.outputs = fingerprints(&staging, &rows, options)?;
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

/// Takes the parts' facts over from their sealed units.
fn place_facts(results: &Results<'_>, tables: &Path) -> Result<()> {
    for part in &results.parts {
        let name = format!("part-{:04}.parquet", part.part);
        place(&part.folder.join("sale_lines.parquet"), &tables.join(FACT_SALE_LINE.name).join(&name))?;
        place(&part.folder.join("attachments.parquet"), &tables.join(FACT_ATTACHMENT.name).join(&name))?;
    }
    for bucket in 0..results.parts.len() {
        let from = results.serial.folder.join(format!("registrations-{bucket:04}.parquet"));
        place(&from, &tables.join(FACT_REGISTRATION.name).join(format!("part-{bucket:04}.parquet")))?;
    }
    Ok(())
}

/// Links a finished file into the staging folder; where links are not to be had, copies it.
fn place(from: &Path, to: &Path) -> Result<()> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(|_| ())).map_err(Error::io("place", to))
}

/// Hashes every file of the staging folder.
fn fingerprints(staging: &Path, rows: &small_tables::Rows, options: &RunOptions) -> Result<BTreeMap<String, OutputEntry>> {
    let mut files = Vec::new();
    collect(staging, &mut PathBuf::new(), &mut files)?;
    let entries = workers::map(
        options.threads,
        &files,
        |_| 0,
        |relative| {
            let path = staging.join(relative);
            let (hash, bytes) = fingerprint::of_file(&path).map_err(Error::io("read", &path))?;
            let table = Path::new(relative).file_stem().and_then(|stem| rows.get(stem.to_string_lossy().as_ref())).copied();
            Ok(OutputEntry { sha256: fingerprint::hex(&hash), bytes, rows: table })
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
