//! Where records go: one open, buffered file per drop, feed and month, so that memory does not depend on the number of records.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::GenerateError;
use super::calendar::{Calendar, FIRST_RESTATED_MONTH, LAST_PRELIMINARY_MONTH, MONTH_COUNT, PRELIMINARY_DAY};
use super::feed::{Drop, Feed, file_number};

const BUFFER_BYTES: usize = 64 * 1024;

/// The physical line of a record: number of the file, and line counted from 1, the header being line 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub file: usize,
    pub line: u64,
}

/// A text file with its path for messages.
pub(super) struct OutputFile {
    path: PathBuf,
    writer: BufWriter<File>,
}

impl OutputFile {
    /// Creates the file and its folder.
    pub fn create(out: &Path, relative: &str) -> Result<Self, GenerateError> {
        let path = out.join(relative);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(GenerateError::io("create", folder))?;
        }
        let file = File::create(&path).map_err(GenerateError::io("create", &path))?;
        Ok(Self { writer: BufWriter::with_capacity(BUFFER_BYTES, file), path })
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<(), GenerateError> {
        self.writer.write_all(bytes).map_err(GenerateError::io("write", &self.path))
    }

    pub fn finish(mut self) -> Result<(), GenerateError> {
        self.writer.flush().map_err(GenerateError::io("write", &self.path))
    }
}

/// The raw files of both drops.
pub(super) struct Sink {
    out: PathBuf,
    paths: Vec<String>,
    files: Vec<Option<OutputFile>>,
    /// Physical lines of each file, headers included.
    lines: Vec<u64>,
    records: [u64; Feed::ALL.len()],
}

impl Sink {
    pub fn new(out: &Path) -> Self {
        let mut paths = Vec::with_capacity(Drop::ALL.len() * Feed::ALL.len() * MONTH_COUNT);
        for drop in Drop::ALL {
            for feed in Feed::ALL {
                paths.extend((0..MONTH_COUNT).map(|month| feed.file(drop, month)));
            }
        }
        let files = paths.iter().map(|_| None).collect();
        Self { out: out.to_owned(), lines: vec![0; paths.len()], paths, files, records: [0; Feed::ALL.len()] }
    }

    /// Writes a sale record to the file that a complete run keeps and, where it was known by then, to the preliminary one as well.
    /// Returns the place that is kept.
    pub fn write_sale(&mut self, feed: Feed, month: usize, is_known_early: bool, record: &[u8]) -> Result<Place, GenerateError> {
        if (FIRST_RESTATED_MONTH..=LAST_PRELIMINARY_MONTH).contains(&month) && is_known_early {
            self.append(Drop::Preliminary, feed, month, record)?;
        }
        self.append(Drop::kept(month), feed, month, record)
    }

    /// Writes a registration to the drop with which it came.
    pub fn write_registration(&mut self, month: usize, is_known_early: bool, record: &[u8]) -> Result<Place, GenerateError> {
        let drop = if is_known_early { Drop::Preliminary } else { Drop::Complete };
        self.append(drop, Feed::Registrations, month, record)
    }

    fn append(&mut self, drop: Drop, feed: Feed, month: usize, record: &[u8]) -> Result<Place, GenerateError> {
        let number = file_number(drop, feed, month);
        let file = match &mut self.files[number] {
            Some(file) => file,
            empty => {
                let file = empty.insert(OutputFile::create(&self.out, &self.paths[number])?);
                file.write(feed.header())?;
                self.lines[number] = 1;
                file
            }
        };
        file.write(record)?;
        self.lines[number] += 1;
        self.records[feed as usize] += 1;
        Ok(Place { file: number, line: self.lines[number] })
    }

    /// The paths of all files below the generated folder, by number.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// Path of a file below the generated folder.
    pub fn path(&self, file: usize) -> &str {
        &self.paths[file]
    }

    /// Records written so far to the sales feeds.
    pub fn sale_records(&self) -> u64 {
        self.records[..Feed::Registrations as usize].iter().sum()
    }

    /// Closes all files and sends one of them a second time under another name. Returns files and records of each feed.
    pub fn finish(mut self) -> Result<(u64, [u64; Feed::ALL.len()]), GenerateError> {
        let mut count = 0;
        for file in self.files.iter_mut().filter_map(Option::take) {
            file.finish()?;
            count += 1;
        }
        Ok((count + self.resend()?, self.records))
    }

    /// Copies a month of distributor B: the sender sent it twice.
    fn resend(&self) -> Result<u64, GenerateError> {
        let month = (0..MONTH_COUNT).find(|&month| Calendar::year_month(month) == (2026, 3)).unwrap_or(0);
        let number = file_number(Drop::Preliminary, Feed::DistributorB, month);
        if self.lines[number] == 0 {
            return Ok(0);
        }
        let from = self.out.join(&self.paths[number]);
        let to = self.out.join(self.paths[number].replace("VK_", "resent_VK_"));
        fs::copy(&from, &to).map_err(GenerateError::io("copy", &from))?;
        Ok(1)
    }
}

/// Whether a record of a day is dated before the preliminary drop at all.
pub(super) fn can_be_known_early(day: u16) -> bool {
    day <= PRELIMINARY_DAY
}
