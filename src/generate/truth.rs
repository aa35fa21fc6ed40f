//! What is true of the synthetic population, in files that the pipeline never reads.

use std::path::Path;

use super::GenerateError;
use super::categories::CATEGORIES;
use super::defects::Defect;
use super::population::Population;
use super::sink::{OutputFile, Place, Sink};
use super::text::push_number;
use crate::finding::QuarantineCode;

/// How a service unit came to its hardware unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// On the hardware's invoice.
    SameInvoice,
    /// On another invoice to the same end customer.
    OtherInvoice,
    /// On another invoice that names no end customer.
    OtherInvoiceNoCustomer,
    /// 31 to 90 days after the hardware.
    Late,
    /// More than 90 days after the hardware: not an attachment under the rules.
    TooLate,
    /// Sold by another partner, for the hardware's serial.
    Takeover,
    /// On the first of the two invoices over which the hardware was delivered.
    SplitDelivery,
    /// Registered, but the sale was never reported.
    RegistrationOnly,
    /// A post-warranty pack: not an attachment under the rules.
    Renewal,
    /// A second pack on a serial that has one already.
    AddOn,
}

impl Relation {
    /// All relations.
    pub const ALL: [Relation; 10] = [
        Relation::SameInvoice,
        Relation::OtherInvoice,
        Relation::OtherInvoiceNoCustomer,
        Relation::Late,
        Relation::TooLate,
        Relation::Takeover,
        Relation::SplitDelivery,
        Relation::RegistrationOnly,
        Relation::Renewal,
        Relation::AddOn,
    ];

    /// As the truth file writes it.
    pub fn code(self) -> &'static str {
        match self {
            Relation::SameInvoice => "same_invoice",
            Relation::OtherInvoice => "other_invoice",
            Relation::OtherInvoiceNoCustomer => "other_invoice_no_customer",
            Relation::Late => "late",
            Relation::TooLate => "too_late",
            Relation::Takeover => "takeover",
            Relation::SplitDelivery => "split_delivery",
            Relation::RegistrationOnly => "registration_only",
            Relation::Renewal => "renewal",
            Relation::AddOn => "add_on",
        }
    }
}

/// What a return takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReturnKind {
    Partial,
    Full,
    CrossPeriod,
}

impl ReturnKind {
    fn code(self) -> &'static str {
        match self {
            ReturnKind::Partial => "partial",
            ReturnKind::Full => "full",
            ReturnKind::CrossPeriod => "cross_period",
        }
    }
}

/// The truth files, written as the records are.
pub(super) struct Truth {
    attachments: OutputFile,
    returns: OutputFile,
    defects: OutputFile,
    row: Vec<u8>,
    /// Units of each relation.
    pub units: [u64; Relation::ALL.len()],
    /// Rows of `attachments.csv`.
    pub rows: u64,
    /// Rows of `returns.csv`.
    pub return_rows: u64,
}

impl Truth {
    pub fn create(out: &Path) -> Result<Self, GenerateError> {
        let mut attachments = OutputFile::create(out, "truth/attachments.csv")?;
        attachments.write(b"service_file,service_line,hardware_file,hardware_line,units,relation\n")?;
        let mut returns = OutputFile::create(out, "truth/returns.csv")?;
        returns.write(b"file,line,kind,units\n")?;
        let mut defects = OutputFile::create(out, "truth/defects.csv")?;
        defects.write(b"file,line,defect,reason_code\n")?;
        Ok(Self { attachments, returns, defects, row: Vec::new(), units: [0; Relation::ALL.len()], rows: 0, return_rows: 0 })
    }

    /// So many units of the service record belong to the hardware record.
    pub fn attachment(
        &mut self,
        sink: &Sink,
        service: Place,
        hardware: Place,
        units: u64,
        relation: Relation,
    ) -> Result<(), GenerateError> {
        self.row.clear();
        self.push_place(sink, service);
        self.push_place(sink, hardware);
        push_number(&mut self.row, units, 1);
        self.row.push(b',');
        self.row.extend_from_slice(relation.code().as_bytes());
        self.row.push(b'\n');
        self.units[relation as usize] += units;
        self.rows += 1;
        self.attachments.write(&self.row)
    }

    /// The record takes back so many units.
    pub fn returned(&mut self, sink: &Sink, place: Place, kind: ReturnKind, units: u64) -> Result<(), GenerateError> {
        self.row.clear();
        self.push_place(sink, place);
        self.row.extend_from_slice(kind.code().as_bytes());
        self.row.push(b',');
        push_number(&mut self.row, units, 1);
        self.row.push(b'\n');
        self.return_rows += 1;
        self.returns.write(&self.row)
    }

    /// The record is damaged, and must be set aside for this reason.
    pub fn damaged(&mut self, sink: &Sink, place: Place, defect: Defect, reason: QuarantineCode) -> Result<(), GenerateError> {
        self.row.clear();
        self.push_place(sink, place);
        self.row.extend_from_slice(format!("{},{}\n", defect.name(), reason.code()).as_bytes());
        self.defects.write(&self.row)
    }

    fn push_place(&mut self, sink: &Sink, place: Place) {
        self.row.extend_from_slice(sink.path(place.file).as_bytes());
        self.row.push(b',');
        push_number(&mut self.row, place.line, 1);
        self.row.push(b',');
    }

    pub fn finish(self) -> Result<(), GenerateError> {
        self.attachments.finish()?;
        self.defects.finish()?;
        self.returns.finish()
    }
}

/// Writes each partner's propensity to sell a hardware unit with a service, as a decimal fraction.
pub(super) fn write_propensities(out: &Path, population: &Population) -> Result<(), GenerateError> {
    let mut file = OutputFile::create(out, "truth/propensity.csv")?;
    file.write(b"partner_id,category_code,propensity\n")?;
    for partner in &population.partners {
        for (spec, basis_points) in CATEGORIES.iter().zip(partner.propensity) {
            file.write(format!("{},{},0.{basis_points:04}\n", partner.id, spec.code).as_bytes())?;
        }
    }
    file.finish()
}
