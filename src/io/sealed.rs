//! Sealed folders: work that is either wholly there, with its own hashes, or not at all.
//!
//! A unit is written into a temporary folder beside its place, every file is synced, a seal with the hash of every file is added, and
//! the folder is renamed. A unit whose files do not match their seal counts as absent and is made again.

use super::fingerprint::{self, Hash};
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Name of the seal inside a unit.
pub const SEAL: &str = "seal.json";
const TEMPORARY: &str = ".partial";

/// A folder of sealed units, by stage and key.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// Opens the folder and clears what an earlier run left unfinished.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn open(root: &Path) -> Result<Self> {
        fs::create_dir_all(root).map_err(Error::io("create", root))?;
        for stage in list(root)? {
            if stage.is_dir() {
                for unit in list(&stage)? {
                    if unit.extension().is_some_and(|extension| extension == &TEMPORARY[1..]) {
                        fs::remove_dir_all(&unit).map_err(Error::io("remove", &unit))?;
                    }
                }
            }
        }
        Ok(Self { root: root.to_owned() })
    }

    /// A store that is only asked whether units are there; nothing is created or cleared.
    pub fn read_only(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Where the unit of a key stands or would stand.
    pub fn place(&self, stage: &str, key: &Hash) -> PathBuf {
        self.root.join(stage).join(&fingerprint::hex(key)[..32])
    }

    /// The unit of a key, if it is there and whole.
    pub fn find(&self, stage: &str, key: &Hash) -> Option<PathBuf> {
        let place = self.place(stage, key);
        match verify(&place) {
            Ok(()) => Some(place),
            Err(Error::Damaged { path, cause }) => {
                tracing::warn!(path = %path.display(), cause, "a cached unit is damaged and is made again");
                None
            }
            Err(_) => None,
        }
    }

    /// The unit of a key: found, or made by `work` in an empty folder.
    ///
    /// # Errors
    /// What `work` gives, or where the unit cannot be written.
    pub fn get_or_make(&self, stage: &str, key: &Hash, work: impl FnOnce(&Path) -> Result<()>) -> Result<(PathBuf, Reuse)> {
        if let Some(found) = self.find(stage, key) {
            return Ok((found, Reuse::Found));
        }
        let place = self.place(stage, key);
        let temporary = place.with_extension(&TEMPORARY[1..]);
        for folder in [&place, &temporary] {
            if folder.exists() {
                fs::remove_dir_all(folder).map_err(Error::io("remove", folder))?;
            }
        }
        fs::create_dir_all(&temporary).map_err(Error::io("create", &temporary))?;
        work(&temporary)?;
        seal(&temporary)?;
        fs::rename(&temporary, &place).map_err(Error::io("rename", &temporary))?;
        Ok((place, Reuse::Made))
    }
}

/// Whether a unit was there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// Taken over from an earlier run.
    Found,
    /// Made now.
    Made,
}

/// Syncs every file of a folder and writes its seal.
///
/// # Errors
/// Where a file cannot be read or written.
pub fn seal(folder: &Path) -> Result<()> {
    let mut hashes = BTreeMap::new();
    for file in list(folder)? {
        if file.file_name().is_some_and(|name| name == SEAL) {
            continue;
        }
        let (hash, _) = fingerprint::of_file(&file).map_err(Error::io("read", &file))?;
        sync(&file)?;
        hashes.insert(file.file_name().unwrap_or_default().to_string_lossy().into_owned(), fingerprint::hex(&hash));
    }
    let path = folder.join(SEAL);
    let text = serde_json::to_vec_pretty(&hashes).map_err(|error| Error::Internal(error.to_string()))?;
    fs::write(&path, text).map_err(Error::io("write", &path))?;
    sync(&path)
}

/// Compares every file of a unit with its seal.
fn verify(folder: &Path) -> Result<()> {
    let path = folder.join(SEAL);
    let text = fs::read(&path).map_err(Error::io("read", &path))?;
    let damaged = |cause: String| Error::Damaged { path: folder.to_owned(), cause };
    let hashes: BTreeMap<String, String> = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    for (name, expected) in hashes {
        let (hash, _) = fingerprint::of_file(&folder.join(&name)).map_err(|error| damaged(format!("{name}: {error}")))?;
        if fingerprint::hex(&hash) != expected {
            return Err(damaged(format!("{name} does not match its seal")));
        }
    }
    Ok(())
}

/// Flushes a file or folder to the disk.
///
/// # Errors
/// Where it cannot be opened or synced.
pub fn sync(path: &Path) -> Result<()> {
    File::open(path).and_then(|file| file.sync_all()).map_err(Error::io("sync", path))
}

/// The entries of a folder, sorted by name.
///
/// # Errors
/// Where the folder cannot be read.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(Error::io("list", folder))?;
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path()).map_err(Error::io("list", folder))).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
