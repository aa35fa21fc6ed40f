//! One raw file: its members one after the other, and their records under one count.

use super::layout::{Format, Layout};
use super::record::{Record, Remark, Trailer};
use super::{
    DelimitedReader, FixedWidthReader, JsonLinesReader, Member, Packing, ReadError, TableReader, Unpacked, X12Reader, members,
};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

type Source = Unpacked<File>;

/// A part of a file with a header of its own: the file itself, a zip member, a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Name of the member or sheet, or both; empty where the file has no parts.
    pub name: String,
    /// Member of the archive, or empty.
    pub member: String,
    /// Worksheet of the workbook, or empty.
    pub sheet: String,
    /// Its column names.
    pub columns: Vec<String>,
}

/// The reader of a section.
enum Records {
    Delimited(Box<DelimitedReader<Source>>),
    FixedWidth(FixedWidthReader<Source>),
    JsonLines(JsonLinesReader<Source>),
    X12(Box<X12Reader<Source>>),
    Table(Box<TableReader>),
}

/// Reads the records of one file. Call [`Self::next_section`], then [`Self::next_record`] until there is none, and so on.
pub struct FileReader<'l> {
    file: File,
    packing: Packing,
    layout: &'l Layout,
    /// Sections that were not begun yet, the next one last.
    waiting: Vec<Part>,
    current: Option<Records>,
    /// Name of the current member, empty for a file by itself.
    member: String,
    /// Records of the sections before the current one.
    before: u64,
    records: u64,
    passed_over: u64,
    trailers: Vec<Trailer>,
    remarks: Vec<Remark>,
}

/// A section before it is read.
enum Part {
    /// The file as a whole.
    Whole(Packing),
    /// A member of the archive.
    Member(Member),
}

impl<'l> FileReader<'l> {
    /// Opens a file and looks at its packing.
    ///
    /// # Errors
    /// Where it cannot be read, is packed in another way than declared, or is an archive without a member to read.
    pub fn open(path: &Path, layout: &'l Layout) -> Result<Self, ReadError> {
        let mut file = File::open(path)?;
        let packing = layout.packing.of(path.file_name().and_then(|name| name.to_str()).unwrap_or_default());
        let mut start = Vec::with_capacity(4);
        (&mut file).take(4).read_to_end(&mut start)?;
        packing.confirm(&start, matches!(layout.format, Format::Excel(_)))?;
        let waiting = match packing {
            Packing::Zip => chosen(members(&mut file)?, layout)?,
            other => vec![Part::Whole(other)],
        };
        Ok(Self {
            file,
            packing,
            layout,
            waiting,
            current: None,
            member: String::new(),
            before: 0,
            records: 0,
            passed_over: 0,
            trailers: Vec::new(),
            remarks: Vec::new(),
        })
    }

    /// How the file is packed, resolved from its name where the layout says so.
    pub fn packing(&self) -> Packing {
        self.packing
    }

    /// Goes on to the next section. `None` behind the last.
    ///
    /// # Errors
    /// Where it cannot be read, or its header contradicts the declaration.
    pub fn next_section(&mut self) -> Result<Option<Section>, ReadError> {
        // A workbook may have a further sheet.
        if let Some(sheet) = self.next_sheet()? {
            return Ok(Some(self.section(&sheet)));
        }
        self.close();
        let Some(part) = self.waiting.pop() else { return Ok(None) };
        let (member, unpacked) = self.unpacked(part)?;
        self.current = Some(self.records(unpacked)?);
        self.member = member;
        let sheet = self.next_sheet()?.unwrap_or_default();
        Ok(Some(self.section(&sheet)))
    }

    fn next_sheet(&mut self) -> Result<Option<String>, ReadError> {
        match &mut self.current {
            Some(Records::Table(reader)) => reader.next_sheet(),
            _ => Ok(None),
        }
    }

    fn section(&self, sheet: &str) -> Section {
        let columns = match &self.current {
            None => &[],
            Some(Records::Delimited(reader)) => reader.columns(),
            Some(Records::FixedWidth(reader)) => reader.columns(),
            Some(Records::JsonLines(reader)) => reader.columns(),
            Some(Records::X12(reader)) => reader.columns(),
            Some(Records::Table(reader)) => reader.columns(),
        };
        let mark = if self.member.is_empty() || sheet.is_empty() { "" } else { "/" };
        Section {
            name: format!("{}{mark}{sheet}", self.member),
            member: self.member.clone(),
            sheet: sheet.to_owned(),
            columns: columns.to_vec(),
        }
    }

    /// The bytes of a part, and its member's name.
    fn unpacked(&self, part: Part) -> Result<(String, Source), ReadError> {
        let mut source = self.file.try_clone()?;
        Ok(match part {
            Part::Whole(packing) => {
                source.seek(SeekFrom::Start(0))?;
                let unpacked = match packing {
                    Packing::Gzip => Unpacked::gzip(source),
                    Packing::Zstd => Unpacked::zstd(source)?,
                    Packing::Plain | Packing::ByName | Packing::Zip => Unpacked::plain(source),
                };
                (String::new(), unpacked)
            }
            Part::Member(member) => {
                source.seek(SeekFrom::Start(member.start))?;
                (member.name.clone(), Unpacked::member(source, &member))
            }
        })
    }

    fn records(&self, unpacked: Source) -> Result<Records, ReadError> {
        Ok(match &self.layout.format {
            Format::Delimited(layout) => Records::Delimited(Box::new(DelimitedReader::new(unpacked, layout)?)),
            Format::FixedWidth(layout) => Records::FixedWidth(FixedWidthReader::new(unpacked, layout)?),
            Format::JsonLines(layout) => Records::JsonLines(JsonLinesReader::new(unpacked, layout, self.layout.list_separator)?),
            Format::X12(layout) => Records::X12(Box::new(X12Reader::new(unpacked, layout, self.layout.list_separator)?)),
            Format::Excel(layout) => Records::Table(Box::new(TableReader::excel(seekable(unpacked)?, layout)?)),
            Format::Parquet(layout) => Records::Table(Box::new(TableReader::parquet(seekable(unpacked)?, layout)?)),
        })
    }

    /// The next record of the section, counted over the whole file.
    ///
    /// # Errors
    /// Where the file cannot be read further.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        let record = match &mut self.current {
            None => None,
            Some(Records::Delimited(reader)) => reader.next_record()?,
            Some(Records::FixedWidth(reader)) => reader.next_record()?,
            Some(Records::JsonLines(reader)) => reader.next_record()?,
            Some(Records::X12(reader)) => reader.next_record()?,
            Some(Records::Table(reader)) => reader.next_record()?,
        };
        Ok(record.map(|mut record| {
            record.place.record += self.before;
            self.records = record.place.record;
            record
        }))
    }

    /// The sender's trailers of the sections read so far, the first thousand of each.
    pub fn trailers(&mut self) -> &[Trailer] {
        self.close();
        &self.trailers
    }

    /// Lines that were passed over by declaration: trailers and repeated headers.
    pub fn passed_over(&mut self) -> u64 {
        self.close();
        self.passed_over
    }

    /// What the file says of itself and what does not hold.
    pub fn remarks(&mut self) -> &[Remark] {
        self.close();
        &self.remarks
    }

    /// Takes over what the current section has to say, and leaves it.
    fn close(&mut self) {
        let Some(records) = self.current.take() else { return };
        let (passed_over, trailers, remarks) = match &records {
            Records::Delimited(reader) => (reader.passed_over(), reader.trailers(), &[][..]),
            Records::FixedWidth(reader) => (reader.passed_over(), reader.trailers(), &[][..]),
            Records::JsonLines(_) | Records::Table(_) => (0, &[][..], &[][..]),
            Records::X12(reader) => (reader.passed_over(), &[][..], reader.remarks()),
        };
        self.remarks.extend_from_slice(remarks);
        self.passed_over += passed_over;
        self.trailers.extend_from_slice(trailers);
        self.before = self.records;
    }
}

/// The members that are read, the first by name last.
fn chosen(members: Vec<Member>, layout: &Layout) -> Result<Vec<Part>, ReadError> {
    let names: Vec<String> = members.iter().take(10).map(|member| format!("{:?}", member.name)).collect();
    let is_wanted = |member: &Member| layout.members.as_ref().is_none_or(|pattern| pattern.matches(&member.name));
    let parts: Vec<Part> = members.into_iter().filter(is_wanted).rev().map(Part::Member).collect();
    if parts.is_empty() {
        let hint = format!("the archive has {}", if names.is_empty() { "none".to_owned() } else { names.join(", ") });
        return Err(ReadError::file("no member of the archive is to be read", hint));
    }
    Ok(parts)
}

/// A file that holds all that a source gives, for formats that are not read from front to back.
pub(super) fn seekable(unpacked: Source) -> Result<File, ReadError> {
    /// The largest workbook or Parquet file that is unpacked.
    const MAX_BYTES: u64 = 64 << 30;
    let unpacked = match unpacked.into_plain() {
        Ok(file) => return Ok(file),
        Err(unpacked) => unpacked,
    };
    let mut file = tempfile::tempfile()?;
    if io::copy(&mut unpacked.take(MAX_BYTES + 1), &mut file)? > MAX_BYTES {
        return Err(ReadError::file(format!("the file unpacks to more than {} GiB", MAX_BYTES >> 30), "send it in parts"));
    }
    Ok(file)
}
