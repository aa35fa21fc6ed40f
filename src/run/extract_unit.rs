//! The sealed unit of one file: its rows as sectioned stage files, and what extraction says of them.

use super::REPORT;
use super::extract_report::ExtractReport;
use super::extract_rows::Rows;
use crate::error::Result;
use crate::io::json_file;
use crate::io::sectioned::{BatchBuilder, SectionedWriter, record_contents};
use crate::tables::stage::{LinesBuilder, QuarantinedBuilder, RegistrationsBuilder, SetAsideBuilder};
use std::path::{Path, PathBuf};

/// Writes the unit of one file.
pub struct Unit {
    folder: PathBuf,
    lines: SectionedWriter,
    registrations: SectionedWriter,
    quarantined: SectionedWriter,
    set_aside: SectionedWriter,
    /// What extraction says of the file.
    pub report: ExtractReport,
}

impl Unit {
    /// Creates its files in an empty folder.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn create(folder: &Path, parts: usize) -> Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            lines: create::<LinesBuilder>(folder, "lines", parts)?,
            registrations: create::<RegistrationsBuilder>(folder, "registrations", parts)?,
            quarantined: create::<QuarantinedBuilder>(folder, "quarantined", 1)?,
            set_aside: create::<SetAsideBuilder>(folder, "set_aside", 1)?,
            report: ExtractReport { line_digests: vec![0; parts], lines: vec![0; parts], ..ExtractReport::default() },
        })
    }

    /// Adds the rows of the next records of the file.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn add(&mut self, mut rows: Rows<'_>) -> Result<()> {
        write(&mut self.lines, &mut rows.lines)?;
        write(&mut self.registrations, &mut rows.registrations)?;
        write(&mut self.quarantined, std::slice::from_mut(&mut rows.quarantined))?;
        write(&mut self.set_aside, std::slice::from_mut(&mut rows.set_aside))?;
        self.report.merge(rows.into_report());
        Ok(())
    }

    /// Completes the unit.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(self) -> Result<()> {
        for writer in [self.lines, self.registrations, self.quarantined, self.set_aside] {
            writer.finish()?;
        }
        record_contents(&self.folder)?;
        json_file::write(&self.folder.join(REPORT), &self.report)
    }
}

fn create<B: BatchBuilder>(folder: &Path, stem: &str, sections: usize) -> Result<SectionedWriter> {
    SectionedWriter::create(folder, stem, sections, &B::schema())
}

/// Writes what stands in the builder of each section.
fn write<B: BatchBuilder>(writer: &mut SectionedWriter, builders: &mut [B]) -> Result<()> {
    for (section, builder) in builders.iter_mut().enumerate() {
        if builder.rows() > 0 {
            writer.write(section, &builder.take()?)?;
        }
    }
    Ok(())
}
