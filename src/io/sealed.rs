//! Sealed folders: work that is either wholly there, with its own hashes, or not at all.
//!
//! A unit is written into a temporary folder beside its place, a seal with the hash of every file is added, and the folder is renamed.
//! Before it is taken over, every file is compared with the seal; a unit that does not match counts as absent and is made again. So a
//! unit that a power cut tore needs no sync to be found out.

use super::fingerprint::{self, Hash};
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::Xxh3;

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

/// Writes the seal of a folder: a fast hash of every file, which finds damage and is no proof against forgery.
///
/// # Errors
/// Where a file cannot be read or written.
pub fn seal(folder: &Path) -> Result<()> {
    let mut hashes = BTreeMap::new();
    for file in list(folder)? {
        if file.file_name().is_some_and(|name| name == SEAL) {
            continue;
        }
        let checksum = checksum(&file).map_err(Error::io("read", &file))?;
        hashes.insert(file.file_name().unwrap_or_default().to_string_lossy().into_owned(), checksum);
    }
    let path = folder.join(SEAL);
    let text = serde_json::to_vec_pretty(&hashes).map_err(|error| Error::Internal(error.to_string()))?;
    fs::write(&path, text).map_err(Error::io("write", &path))
}

/// The checksum of a file's bytes.
fn checksum(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Xxh3::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(format!("{:032x}", hasher.digest128()));
        }
        hasher.update(&buffer[..read]);
    }
}

/// Compares every file of a unit with its seal.
fn verify(folder: &Path) -> Result<()> {
    let path = folder.join(SEAL);
    let text = fs::read(&path).map_err(Error::io("read", &path))?;
    let damaged = |cause: String| Error::Damaged { path: folder.to_owned(), cause };
    let hashes: BTreeMap<String, String> = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    for (name, expected) in hashes {
        let found = checksum(&folder.join(&name)).map_err(|error| damaged(format!("{name}: {error}")))?;
        if found != expected {
            return Err(damaged(format!("{name} does not match its seal")));
        }
    }
    Ok(())
}

/// Flushes everything that was written to a folder's file system: one call for any number of files.
///
/// # Errors
/// Where the folder cannot be opened or flushed.
pub fn sync_file_system(folder: &Path) -> Result<()> {
    let flush = |file: File| rustix::fs::syncfs(file).map_err(io::Error::from);
    File::open(folder).and_then(flush).map_err(Error::io("sync", folder))
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
