//! The places of a raw file's records: a sidecar by which the raw text of any record is found again without a look at the others.
//!
//! It has a row for each record in the order of the file: first byte and length in the unpacked member, as differences of neighbours, which
//! takes about two bytes a record. What holds for the file as a whole stands in its metadata. It is a Parquet file, so that other programs
//! read it too, but no table of the published schema.

use super::readers::{Encoding, Extent, Packing};
use crate::error::{Error, Result};
use arrow::array::{Array, ArrayRef, Int64Array, Int64Builder, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection};
use parquet::basic;
use parquet::file::metadata::{KeyValue, PageIndexPolicy};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Records that are handed to the library at a time.
const WRITTEN_RECORDS: usize = 32_768;
/// Records of a page: what is decoded to find one.
const PAGE_RECORDS: usize = 4_096;
/// Records of a row group.
const GROUP_RECORDS: usize = 1 << 20;
/// Name of the metadata.
const METADATA: &str = "attachrate.places";

/// What holds for all places of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedFile {
    /// The format as in a pipeline file.
    pub format: String,
    /// How the file is packed, resolved from its name.
    pub packing: Packing,
    /// Encoding of text; none of workbooks and Parquet.
    pub encoding: Option<Encoding>,
    /// Its members and sheets in the order of their records; one without names where it has no parts.
    pub sections: Vec<PlacedSection>,
}

/// A member of an archive or a sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedSection {
    /// Number of its first record, from 1 over the whole file.
    pub first_record: u64,
    /// Member of the archive, or empty.
    pub member: String,
    /// Worksheet of the workbook, or empty.
    pub sheet: String,
}

impl PlacedFile {
    /// The section of a record.
    pub fn section_of(&self, record: u64) -> Option<&PlacedSection> {
        // Sections without records share their first record with the next one, which is the record's.
        self.sections.iter().rev().find(|section| section.first_record <= record)
    }
}

fn schema() -> SchemaRef {
    let column = |name: &str| Field::new(name, DataType::Int64, true);
    Arc::new(Schema::new(vec![column("byte_offset"), column("byte_length")]))
}

/// Writes the places of one file.
pub struct PlacesWriter {
    path: PathBuf,
    inner: ArrowWriter<BufWriter<File>>,
    file: PlacedFile,
    records: u64,
    offsets: Int64Builder,
    lengths: Int64Builder,
}

impl PlacesWriter {
    /// Creates the sidecar. The file's sections are told by [`Self::section`].
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn create(path: &Path, file: PlacedFile) -> Result<Self> {
        let out = File::create(path).map_err(Error::io("create", path))?;
        let properties = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_encoding(basic::Encoding::DELTA_BINARY_PACKED)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_data_page_row_count_limit(PAGE_RECORDS)
            .set_write_batch_size(PAGE_RECORDS)
            .set_max_row_group_row_count(Some(GROUP_RECORDS))
            .set_created_by(concat!("attachrate ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let inner = ArrowWriter::try_new(BufWriter::new(out), schema(), Some(properties)).map_err(|error| failed(path, &error))?;
        let builder = || Int64Builder::with_capacity(WRITTEN_RECORDS);
        Ok(Self { path: path.to_owned(), inner, file, records: 0, offsets: builder(), lengths: builder() })
    }

    /// The records that come next belong to this member and sheet.
    pub fn section(&mut self, member: &str, sheet: &str) {
        let section = PlacedSection { first_record: self.records + 1, member: member.to_owned(), sheet: sheet.to_owned() };
        self.file.sections.push(section);
    }

    /// Adds the next record.
    ///
    /// # Errors
    /// Where the sidecar cannot be written.
    pub fn push(&mut self, extent: Option<Extent>) -> Result<()> {
        self.records += 1;
        self.offsets.append_option(extent.map(|extent| extent.offset as i64));
        self.lengths.append_option(extent.map(|extent| i64::from(extent.length)));
        if self.records.is_multiple_of(WRITTEN_RECORDS as u64) { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        let columns: Vec<ArrayRef> = vec![Arc::new(self.offsets.finish()), Arc::new(self.lengths.finish())];
        let batch = RecordBatch::try_new(schema(), columns).map_err(|error| Error::Internal(error.to_string()))?;
        self.inner.write(&batch).map_err(|error| failed(&self.path, &error))
    }

    /// Completes the sidecar.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        let text = serde_json::to_string(&self.file).map_err(|error| Error::Internal(error.to_string()))?;
        self.inner.append_key_value_metadata(KeyValue::new(METADATA.to_owned(), text));
        self.inner.close().map(|_| ()).map_err(|error| failed(&self.path, &error))
    }
}

fn failed(path: &Path, error: &parquet::errors::ParquetError) -> Error {
    Error::Io { operation: "write", path: path.to_owned(), source: std::io::Error::other(error.to_string()) }
}

/// The places of one file.
pub struct Places {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    file: PlacedFile,
}

impl Places {
    /// Opens a sidecar.
    ///
    /// # Errors
    /// `Damaged` where it is missing or cannot be read.
    pub fn open(path: &Path) -> Result<Self> {
        let damaged = |cause: String| Error::Damaged { path: path.to_owned(), cause };
        let source = File::open(path).map_err(|error| damaged(error.to_string()))?;
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load(&source, options).map_err(|error| damaged(error.to_string()))?;
        let entries = metadata.metadata().file_metadata().key_value_metadata();
        let text = entries.and_then(|entries| entries.iter().find(|entry| entry.key == METADATA)?.value.as_deref());
        let text = text.ok_or_else(|| damaged(format!("it has no metadata `{METADATA}`")))?;
        let file = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
        Ok(Self { path: path.to_owned(), metadata, file })
    }

    /// What holds for all places.
    pub fn file(&self) -> &PlacedFile {
        &self.file
    }

    /// Number of records.
    pub fn records(&self) -> u64 {
        u64::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or_default()
    }

    /// Where these records stand, in their order; none of a record whose format keeps no text together. Only their pages are read.
    ///
    /// # Errors
    /// `Damaged` where the sidecar cannot be read or has no such record.
    pub fn extents(&self, records: &BTreeSet<u64>) -> Result<Vec<Option<Extent>>> {
        let damaged = |cause: String| Error::Damaged { path: self.path.clone(), cause };
        let count = self.records();
        if let Some(record) = records.iter().find(|record| !(1..=count).contains(*record)) {
            return Err(damaged(format!("it has {count} records, and no record {record}")));
        }
        let rows = records.iter().map(|record| (record - 1) as usize..*record as usize);
        let selection = RowSelection::from_consecutive_ranges(rows, count as usize);
        let source = File::open(&self.path).map_err(|error| damaged(error.to_string()))?;
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(source, self.metadata.clone())
            .with_row_selection(selection)
            .build()
            .map_err(|error| damaged(error.to_string()))?;
        let mut extents = Vec::with_capacity(records.len());
        for batch in reader {
            let batch = batch.map_err(|error| damaged(error.to_string()))?;
            let column = |place: usize| batch.column(place).as_any().downcast_ref::<Int64Array>().cloned();
            let (Some(offsets), Some(lengths)) = (column(0), column(1)) else {
                return Err(damaged("its columns are no integers".into()));
            };
            for row in 0..batch.num_rows() {
                let extent = Extent { offset: offsets.value(row) as u64, length: lengths.value(row) as u32 };
                extents.push(offsets.is_valid(row).then_some(extent));
            }
        }
        if extents.len() == records.len() { Ok(extents) } else { Err(damaged("it is shorter than its metadata say".into())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file() -> PlacedFile {
        PlacedFile { format: "delimited".into(), packing: Packing::Zip, encoding: Some(Encoding::Cp850), sections: Vec::new() }
    }

    #[test]
    fn a_record_belongs_to_the_last_section_that_begins_at_it_or_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("places.parquet");
        let mut writer = PlacesWriter::create(&path, file()).expect("a writable folder");
        for (member, records) in [("empty", 0), ("a", 2), ("none", 0), ("b", 1)] {
            writer.section(member, "");
            for _ in 0..records {
                writer.push(None).expect("a writable folder");
            }
        }
        writer.finish().expect("a writable folder");
        let places = Places::open(&path).expect("a whole file");
        let member = |record| places.file().section_of(record).map(|section| section.member.clone());
        assert_eq!([1, 2, 3].map(|record| member(record).expect("a section")), ["a", "a", "b"]);
        assert_eq!(places.extents(&BTreeSet::from([1, 3])).expect("readable"), [None, None]);
        assert!(places.extents(&BTreeSet::from([4])).is_err());
        assert!(places.extents(&BTreeSet::from([0])).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_records_are_found(
            gaps in prop::collection::vec((0u64..400, 0u32..90_000), 1..60),
            repeats in 1usize..3_000,
            wanted in prop::collection::vec(any::<prop::sample::Index>(), 1..20),
        ) {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("places.parquet");
            let mut writer = PlacesWriter::create(&path, file()).expect("a writable folder");
            let mut extents = Vec::new();
            let mut offset = 0;
            for (gap, length) in gaps.iter().cycle().take(gaps.len() * repeats) {
                extents.push(Extent { offset: offset + gap, length: *length });
                offset += gap + u64::from(*length);
            }
            for extent in &extents {
                writer.push(Some(*extent)).expect("a writable folder");
            }
            writer.finish().expect("a writable folder");
            let places = Places::open(&path).expect("a whole file");
            prop_assert_eq!(places.records(), extents.len() as u64);
            let records: BTreeSet<u64> = wanted.iter().map(|index| index.index(extents.len()) as u64 + 1).collect();
            let expected: Vec<_> = records.iter().map(|record| Some(extents[*record as usize - 1])).collect();
            prop_assert_eq!(places.extents(&records).expect("readable"), expected);
        }
    }
}
