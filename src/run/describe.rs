//! What a run would do: which files and parts would be worked on again, and why.

use super::adjust_lines::{self, Adjusted};
use super::classes::Reclassification;
use super::execute::CACHE;
use super::extract_files::{self, ExtractedFile};
use super::inputs::FileRole;
use super::manifest::run_id;
use super::{RunOptions, attach_parts, collect_parts, inputs, keys, serial_pass, settle_parts};
use crate::config::plan::Plan;
use crate::error::Result;
use crate::io::sealed::Store;
use crate::telemetry::Progress;
use crate::{reference, run::manifest};
use std::fmt::Write;
use std::path::Path;

/// Describes what `run` would do with the outputs in `out`.
///
/// # Errors
/// Where files or reference tables cannot be read.
pub fn describe_plan(plan: &Plan, out: &Path) -> Result<String> {
    let options = RunOptions { out: out.to_owned(), threads: 1, memory_bytes: 1 << 30, progress: Progress::hidden() };
    let references = reference::load(plan)?;
    let files = inputs::list(plan, &options)?;
    let id = run_id(plan, &references, &files);
    let mut text = format!("run {id}\n");
    if out.join(&id).join(manifest::MANIFEST).exists() {
        text.push_str("published already: a run would verify it and do nothing else");
        return Ok(text);
    }
    let store = Store::read_only(&out.join(CACHE));
    let known = previous_inputs(out);
    let mut cached = Vec::new();
    let mut again = 0;
    for file in files {
        let key = keys::extract(plan, &references, &file);
        let role = match &file.role {
            FileRole::Kept => String::new(),
            FileRole::Duplicate { of } => format!(" (duplicate of {of}: counted only)"),
            FileRole::Superseded { by } => format!(" (superseded by {by}: counted only)"),
        };
        if let Some(folder) = store.find("extract", &key) {
            cached.push(extract_files::load(file, key, folder)?);
        } else {
            again += 1;
            let cause = match known.as_ref().and_then(|known| known.get(&file.relative)) {
                None if known.is_none() => "no earlier run",
                None => "new file",
                Some(hash) if *hash != crate::io::fingerprint::hex(&file.hash) => "its content changed",
                Some(_) => "its declaration, role, a reference table or the tool changed",
            };
            let _ = writeln!(text, "extract {}{role}: {cause}", file.relative);
        }
    }
    let _ = writeln!(text, "extract: {again} files again, {} taken over", cached.len());
    if again > 0 {
        text.push_str("settle, serials, attach, collect: the parts whose lines change; known after extraction");
        return Ok(text);
    }
    let mut adjusted = Adjusted::default();
    if let Some(table) = &plan.reference.adjustments {
        let Some((found, file)) = adjust_lines::find(plan, &references, table, &cached, &store)? else {
            text.push_str(
                "adjustments: again\nsettle, serials, attach, collect: the parts whose lines change; known after the adjustments",
            );
            return Ok(text);
        };
        text.push_str("adjustments: taken over\n");
        (adjusted, cached) = (found, cached.into_iter().chain([file]).collect());
    }
    describe_parts(plan, &references, &cached, &adjusted, &store, &mut text)?;
    Ok(text)
}

fn describe_parts(
    plan: &Plan,
    references: &reference::References,
    files: &[ExtractedFile],
    adjusted: &Adjusted,
    store: &Store,
    text: &mut String,
) -> Result<()> {
    let classes = Reclassification::of(files);
    let mut settled = Vec::new();
    let mut missing = 0;
    for part in 0..plan.publish.parts {
        let key = settle_parts::key(plan, references, files, &classes, adjusted, part);
        match store.find("settle", &key) {
            Some(folder) => settled.push(settle_parts::open(part, key, folder)?),
            None => missing += 1,
        }
    }
    let _ = writeln!(text, "settle: {missing} parts again, {} taken over", settled.len());
    if missing > 0 {
        text.push_str("serials, attach, collect: again where lines change; known after settling");
        return Ok(());
    }
    let Some(folder) = store.find("serial", &serial_pass::key(plan, files, &settled)) else {
        text.push_str("serials: again\nattach, collect: the parts whose lines or serial pairs change; known after the serial pass");
        return Ok(());
    };
    let serial = serial_pass::load(folder)?;
    let mut attached = Vec::new();
    for part in &settled {
        if let Some(folder) = store.find("attach", &attach_parts::key(plan, references, part, &serial)) {
            attached.push(attach_parts::open(part.part, folder)?);
        }
    }
    let again = settled.len() - attached.len();
    let _ = writeln!(text, "serials: taken over\nattach: {again} parts again, {} taken over", attached.len());
    if again > 0 {
        text.push_str("collect: the parts to which they give other sums; known after attachment\n");
    } else {
        let keys = collect_parts::keys_of(plan, references, &attached)?;
        let found = keys.iter().filter(|key| store.find("collect", key).is_some()).count();
        let _ = writeln!(text, "collect: {} parts again, {found} taken over", keys.len() - found);
    }
    text.push_str("benchmark, assess, publish: again");
    Ok(())
}

/// The hashes of the inputs of the run that `current` points to, if there is one.
fn previous_inputs(out: &Path) -> Option<std::collections::BTreeMap<String, String>> {
    let manifest = manifest::read(&out.join(super::execute::CURRENT)).ok()?;
    Some(manifest.inputs.into_iter().map(|input| (input.path, input.sha256)).collect())
}
