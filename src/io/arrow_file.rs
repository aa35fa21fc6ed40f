//! Stage files: typed batches between stages, as Arrow IPC files that are read batch by batch. They are not compressed: the many small
//! batches of scattered rows cost more to compress than to write and read.

use crate::error::{Error, Result};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

/// Writes batches to one stage file.
pub struct StageFileWriter {
    path: PathBuf,
    inner: FileWriter<BufWriter<File>>,
    batches: usize,
}

impl StageFileWriter {
    /// Creates the file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn create(path: &Path, schema: &SchemaRef) -> Result<Self> {
        let file = File::create(path).map_err(Error::io("create", path))?;
        let inner =
            FileWriter::try_new(BufWriter::with_capacity(1 << 17, file), schema).map_err(|error| stage_error(path, &error))?;
        Ok(Self { path: path.to_owned(), inner, batches: 0 })
    }

    /// Appends a batch; gives its number.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<usize> {
        self.inner.write(batch).map_err(|error| stage_error(&self.path, &error))?;
        self.batches += 1;
        Ok(self.batches - 1)
    }

    /// Completes the file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> Result<()> {
        self.inner.finish().map_err(|error| stage_error(&self.path, &error))
    }
}

/// Reads batches of one stage file by number.
pub struct StageFileReader {
    path: PathBuf,
    inner: FileReader<BufReader<File>>,
}

impl StageFileReader {
    /// Opens the file.
    ///
    /// # Errors
    /// Where it is missing or no stage file.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        let inner =
            FileReader::try_new(BufReader::with_capacity(1 << 16, file), None).map_err(|error| stage_error(path, &error))?;
        Ok(Self { path: path.to_owned(), inner })
    }

    /// An error that says what is wrong with the file.
    pub fn damaged(&self, cause: String) -> Error {
        Error::Damaged { path: self.path.clone(), cause }
    }

    /// The batch with this number.
    ///
    /// # Errors
    /// Where the file is damaged.
    pub fn read(&mut self, index: usize) -> Result<RecordBatch> {
        self.inner.set_index(index).map_err(|error| stage_error(&self.path, &error))?;
        match self.inner.next() {
            Some(batch) => batch.map_err(|error| stage_error(&self.path, &error)),
            None => Err(self.damaged(format!("batch {index} is missing"))),
        }
    }
}

fn stage_error(path: &Path, error: &arrow::error::ArrowError) -> Error {
    Error::Damaged { path: path.to_owned(), cause: error.to_string() }
}
