//! Stage files in sections: rows scattered by part or by hash bucket, so that a reader takes its section without the rest.

use super::arrow_file::{StageFileReader, StageFileWriter};
use super::json_file;
use crate::error::{Error, Result};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::Xxh3;

/// A builder of stage batches.
pub trait BatchBuilder: Default {
    /// Schema of its batches.
    fn schema() -> SchemaRef;
    /// Rows built so far.
    fn rows(&self) -> usize;
    /// The rows as a batch; the builder is empty afterwards.
    ///
    /// # Errors
    /// Where columns differ in length.
    fn take(&mut self) -> Result<RecordBatch>;
}

/// The index of a sectioned file: the numbers of each section's batches, and its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionIndex {
    /// Batch numbers by section.
    pub batches: Vec<Vec<usize>>,
    /// Rows by section.
    pub rows: Vec<u64>,
    /// Checksum of the content of each batch, by batch number: what one stage wrote is what the next reads, whatever happened in between.
    pub checksums: Vec<u64>,
}

/// Records what the sectioned files of a folder hold, as the last step of the stage that made them. A reader of a later stage compares.
///
/// # Errors
/// Where the folder cannot be read or written.
pub fn record_contents(folder: &Path) -> Result<()> {
    let mut contents = BTreeMap::new();
    for path in super::sealed::list(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(stem) = name.strip_suffix(INDEX) {
            contents.insert(stem.to_owned(), read_index(folder, stem)?.checksum());
        }
    }
    json_file::write(&folder.join(CONTENTS), &contents)
}

/// Ending of an index file.
const INDEX: &str = ".index.json";
/// The record of what the sectioned files of a unit hold.
const CONTENTS: &str = "contents.json";

impl SectionIndex {
    /// A checksum over the content of one section: equal rows in equal batches have equal ones.
    pub fn section_checksum(&self, section: usize) -> u64 {
        let mut hasher = Xxh3::new();
        for number in self.batches.get(section).into_iter().flatten() {
            hasher.update(&self.checksums.get(*number).copied().unwrap_or_default().to_le_bytes());
        }
        hasher.digest()
    }

    /// A checksum over the content of every batch, and where it stands.
    fn checksum(&self) -> u64 {
        let mut hasher = Xxh3::new();
        for (section, batches) in self.batches.iter().enumerate() {
            for number in batches {
                hasher.update(&(section as u64).to_le_bytes());
                hasher.update(&self.checksums.get(*number).copied().unwrap_or_default().to_le_bytes());
            }
        }
        for rows in &self.rows {
            hasher.update(&rows.to_le_bytes());
        }
        hasher.digest()
    }
}

/// Writes batches to sections.
pub struct SectionedWriter {
    file: StageFileWriter,
    index_path: PathBuf,
    index: SectionIndex,
}

impl SectionedWriter {
    /// Creates `<stem>.arrow` and, at the end, `<stem>.index.json` with this many sections.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn create(folder: &Path, stem: &str, sections: usize, schema: &SchemaRef) -> Result<Self> {
        Ok(Self {
            file: StageFileWriter::create(&folder.join(format!("{stem}.arrow")), schema)?,
            index_path: folder.join(format!("{stem}{INDEX}")),
            index: SectionIndex { batches: vec![Vec::new(); sections], rows: vec![0; sections], checksums: Vec::new() },
        })
    }

    /// Writes a batch to a section.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&mut self, section: usize, batch: &RecordBatch) -> Result<()> {
        let number = self.file.write(batch)?;
        self.index.checksums.push(content_checksum(batch));
        self.index.batches[section].push(number);
        self.index.rows[section] += batch.num_rows() as u64;
        Ok(())
    }

    /// Completes file and index.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn finish(self) -> Result<SectionIndex> {
        self.file.finish()?;
        json_file::write(&self.index_path, &self.index)?;
        Ok(self.index)
    }
}

/// Scatters rows over the sections of a file, holding a bounded number of them.
pub struct Scatter<B> {
    builders: Vec<B>,
    buffered: usize,
    limit: usize,
    writer: SectionedWriter,
}

impl<B: BatchBuilder> Scatter<B> {
    /// Creates the file with this many sections. At most `limit` rows are held.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn create(folder: &Path, stem: &str, sections: usize, limit: usize) -> Result<Self> {
        let writer = SectionedWriter::create(folder, stem, sections, &B::schema())?;
        Ok(Self { builders: (0..sections).map(|_| B::default()).collect(), buffered: 0, limit: limit.max(1), writer })
    }

    /// The builder of a section, to append exactly one row.
    ///
    /// # Errors
    /// Where held rows must be written and cannot be.
    pub fn row(&mut self, section: usize) -> Result<&mut B> {
        if self.buffered >= self.limit {
            self.flush()?;
        }
        self.buffered += 1;
        Ok(&mut self.builders[section])
    }

    fn flush(&mut self) -> Result<()> {
        for (section, builder) in self.builders.iter_mut().enumerate() {
            if builder.rows() > 0 {
                self.writer.write(section, &builder.take()?)?;
            }
        }
        self.buffered = 0;
        Ok(())
    }

    /// Writes the rows held and completes the file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> Result<SectionIndex> {
        self.flush()?;
        self.writer.finish()
    }
}

/// Reads a sectioned file.
pub struct SectionedReader {
    file: StageFileReader,
    index: SectionIndex,
}

impl SectionedReader {
    /// Opens `<stem>.arrow` of a finished unit by its index.
    ///
    /// # Errors
    /// Where either is missing, damaged, or not what the stage recorded.
    pub fn open(folder: &Path, stem: &str) -> Result<Self> {
        let index = read_index(folder, stem)?;
        let contents: BTreeMap<String, u64> = json_file::read(&folder.join(CONTENTS))?;
        if contents.get(stem) != Some(&index.checksum()) {
            let path = folder.join(format!("{stem}.arrow"));
            return Err(Error::Damaged { path, cause: "its rows are not those that the stage recorded".into() });
        }
        Self::open_unfinished(folder, stem, index)
    }

    /// Opens a file of a unit that is still being made.
    fn open_unfinished(folder: &Path, stem: &str, index: SectionIndex) -> Result<Self> {
        Ok(Self { file: StageFileReader::open(&folder.join(format!("{stem}.arrow")))?, index })
    }

    /// The batches of a section, read one after the other. Each is an error where it is not the one that was written.
    pub fn section(&mut self, section: usize) -> impl Iterator<Item = Result<RecordBatch>> + '_ {
        let Self { file, index } = self;
        index.batches[section].iter().map(|number| read_checked(file, index, *number))
    }

    /// One batch of a section by its place in it; `None` past the last.
    ///
    /// # Errors
    /// Where it is not the one that was written.
    pub fn batch(&mut self, section: usize, place: usize) -> Result<Option<RecordBatch>> {
        let Self { file, index } = self;
        index.batches[section].get(place).map(|number| read_checked(file, index, *number)).transpose()
    }

    /// Rows of a section.
    pub fn rows(&self, section: usize) -> u64 {
        self.index.rows[section]
    }
}

fn read_checked(file: &mut StageFileReader, index: &SectionIndex, number: usize) -> Result<RecordBatch> {
    let batch = file.read(number)?;
    if index.checksums.get(number) == Some(&content_checksum(&batch)) {
        Ok(batch)
    } else {
        Err(file.damaged(format!("batch {number} is not the one that was written")))
    }
}

/// The index of a sectioned file alone.
///
/// # Errors
/// Where it is missing or damaged.
pub fn read_index(folder: &Path, stem: &str) -> Result<SectionIndex> {
    json_file::read(&folder.join(format!("{stem}{INDEX}")))
}

/// The checksum of what a batch holds: every column's values, whatever its buffers' layout.
fn content_checksum(batch: &RecordBatch) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(&(batch.num_rows() as u64).to_le_bytes());
    for column in batch.columns() {
        let data = column.to_data();
        if let Some(texts) = column.as_string_opt::<i32>() {
            let offsets = texts.value_offsets();
            let first = offsets[0];
            let moved: Vec<u8> = offsets.iter().flat_map(|offset| (offset - first).to_le_bytes()).collect();
            hasher.update(&moved);
            hasher.update(&texts.value_data()[first as usize..offsets[offsets.len() - 1] as usize]);
        } else if let Some(width) = column.data_type().primitive_width() {
            let start = data.offset() * width;
            hasher.update(&data.buffers()[0].as_slice()[start..start + column.len() * width]);
        }
    }
    hasher.digest()
}

/// Writes several files of a unit in the making as one, section by section, so that a reader of a section opens one file.
///
/// # Errors
/// Where a file is missing, damaged or cannot be written.
pub fn merge<B: BatchBuilder>(folder: &Path, stems: &[String], into: &str, sections: usize) -> Result<()> {
    let open = |stem: &String| SectionedReader::open_unfinished(folder, stem, read_index(folder, stem)?);
    let mut readers: Vec<SectionedReader> = stems.iter().map(open).collect::<Result<_>>()?;
    let mut writer = SectionedWriter::create(folder, into, sections, &B::schema())?;
    for section in 0..sections {
        let batches: Vec<RecordBatch> = readers.iter_mut().flat_map(|reader| reader.section(section)).collect::<Result<_>>()?;
        let batch = concat_batches(&B::schema(), &batches).map_err(|error| Error::Internal(error.to_string()))?;
        if batch.num_rows() > 0 {
            writer.write(section, &batch)?;
        }
    }
    writer.finish().map(|_| ())
}

/// Whether the files that are gathered belong to a finished unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// They do: their contents were recorded.
    Finished,
    /// The unit is still being made.
    InTheMaking,
}

/// One section of several files as one batch.
///
/// # Errors
/// Where a file is missing or damaged.
pub fn gather<B: BatchBuilder>(files: &[(PathBuf, &str)], section: usize, unit: Unit) -> Result<RecordBatch> {
    let mut batches = Vec::new();
    for (folder, stem) in files {
        let mut reader = match unit {
            Unit::Finished => SectionedReader::open(folder, stem)?,
            Unit::InTheMaking => SectionedReader::open_unfinished(folder, stem, read_index(folder, stem)?)?,
        };
        for batch in reader.section(section) {
            batches.push(batch?);
        }
    }
    concat_batches(&B::schema(), &batches).map_err(|error| Error::Internal(error.to_string()))
}
