//! Stage files in sections: rows scattered by part or by hash bucket, so that a reader takes its section without the rest.

use super::arrow_file::{StageFileReader, StageFileWriter};
use crate::error::{Error, Result};
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

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
            index_path: folder.join(format!("{stem}.index.json")),
            index: SectionIndex { batches: vec![Vec::new(); sections], rows: vec![0; sections] },
        })
    }

    /// Writes a batch to a section.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&mut self, section: usize, batch: &RecordBatch) -> Result<()> {
        let number = self.file.write(batch)?;
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
        let text = serde_json::to_vec(&self.index).map_err(|error| Error::Internal(error.to_string()))?;
        fs::write(&self.index_path, text).map_err(Error::io("write", &self.index_path))?;
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
    /// Opens `<stem>.arrow` by its index.
    ///
    /// # Errors
    /// Where either is missing or damaged.
    pub fn open(folder: &Path, stem: &str) -> Result<Self> {
        let index = read_index(folder, stem)?;
        Ok(Self { file: StageFileReader::open(&folder.join(format!("{stem}.arrow")))?, index })
    }

    /// The batches of a section.
    ///
    /// # Errors
    /// Where the file is damaged.
    pub fn section(&mut self, section: usize) -> Result<Vec<RecordBatch>> {
        let Self { file, index } = self;
        index.batches[section].iter().map(|batch| file.read(*batch)).collect()
    }

    /// Rows of a section.
    pub fn rows(&self, section: usize) -> u64 {
        self.index.rows[section]
    }
}

/// The index of a sectioned file alone.
///
/// # Errors
/// Where it is missing or damaged.
pub fn read_index(folder: &Path, stem: &str) -> Result<SectionIndex> {
    let path = folder.join(format!("{stem}.index.json"));
    let text = fs::read(&path).map_err(Error::io("read", &path))?;
    serde_json::from_slice(&text).map_err(|error| Error::Damaged { path, cause: error.to_string() })
}

/// One section of several files as one batch.
///
/// # Errors
/// Where a file is missing or damaged.
pub fn gather<B: BatchBuilder>(files: &[(PathBuf, &str)], section: usize) -> Result<RecordBatch> {
    let mut batches = Vec::new();
    for (folder, stem) in files {
        let index = read_index(folder, stem)?;
        if index.batches[section].is_empty() {
            continue;
        }
        let mut file = StageFileReader::open(&folder.join(format!("{stem}.arrow")))?;
        for batch in &index.batches[section] {
            batches.push(file.read(*batch)?);
        }
    }
    concat_batches(&B::schema(), &batches).map_err(|error| Error::Internal(error.to_string()))
}
