//! Verification of a published run: every hash of its manifest, and nothing beside what it lists.

use super::manifest::{self, MANIFEST};
use crate::error::{Error, Result};
use crate::io::fingerprint;
use crate::io::sealed::list;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Compares a published run with its manifest; gives a line that says so.
///
/// # Errors
/// `Damaged` with the first file that is missing, altered or not of the run.
pub fn verify(folder: &Path) -> Result<String> {
    let manifest = manifest::read(folder)?;
    let mut present = BTreeSet::new();
    collect(folder, &mut PathBuf::new(), &mut present)?;
    present.remove(MANIFEST);
    let damaged = |path: &str, cause: &str| Error::Damaged { path: folder.join(path), cause: cause.to_owned() };
    for (path, entry) in &manifest.outputs {
        if !present.remove(path.as_str()) {
            return Err(damaged(path, "the file is missing"));
        }
        let full = folder.join(path);
        let (hash, _) = fingerprint::of_file(&full).map_err(Error::io("read", &full))?;
        if fingerprint::hex(&hash) != entry.sha256 {
            return Err(damaged(path, "the file does not match the manifest's hash"));
        }
    }
    if let Some(extra) = present.first() {
        return Err(damaged(extra, "the file is not in the manifest"));
    }
    Ok(format!("{}: {} files match the manifest", manifest.run_id, manifest.outputs.len()))
}

fn collect(root: &Path, relative: &mut PathBuf, found: &mut BTreeSet<String>) -> Result<()> {
    for entry in list(&root.join(&*relative))? {
        relative.push(entry.file_name().unwrap_or_default());
        if entry.is_dir() {
            collect(root, relative, found)?;
        } else {
            found.insert(relative.to_string_lossy().into_owned());
        }
        relative.pop();
    }
    Ok(())
}
