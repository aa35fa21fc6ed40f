//! What consecutive records of one file become: typed lines by part, registrations by serial hash, quarantined records, and the accounting.

use super::calendar;
use super::classes::FoundClass;
use super::extract_files::{bucket, part_of_partner};
use super::extract_report::ExtractReport;
use super::inputs::{FileRole, InputFile};
use crate::config::plan::{Feed, Plan};
use crate::error::{Error, Result};
use crate::finding::{Method, QuarantineCode};
use crate::io::readers::Record;
use crate::reference::{References, normalise_sku};
use crate::stages::extract::{Contract, Rejection, TypedRecord, Valuation};
use crate::stages::normalize::{Normalised, Normaliser, month_of};
use crate::stages::tally::pack_currency;
use crate::tables::digest::RowDigest;
use crate::tables::stage::{
    KIND_UNMAPPED, LinesBuilder, NO_PARTNER, QuarantinedBuilder, RegistrationsBuilder, SERIAL_SEPARATOR, SetAsideBuilder,
};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The rows of consecutive records of one file.
pub struct Rows<'r> {
    references: &'r References,
    file_id: i64,
    /// Lines by part.
    pub lines: Vec<LinesBuilder>,
    /// Registrations by hash of their serial, in as many buckets as there are parts.
    pub registrations: Vec<RegistrationsBuilder>,
    /// Quarantined records.
    pub quarantined: QuarantinedBuilder,
    /// Records of a file that does not count as a whole.
    pub set_aside: SetAsideBuilder,
    digests: Vec<RowDigest>,
    registration_digest: RowDigest,
    report: ExtractReport,
    found_classes: FxHashMap<String, BTreeSet<FoundClass>>,
    joined_serials: String,
    recent: RecentPartners,
}

/// Which partners the file has shown lately.
struct RecentPartners {
    after: i32,
    is_seen: Vec<bool>,
}

impl RecentPartners {
    fn new(plan: &Plan, feed: &Feed, partners: usize) -> Self {
        let partners = if feed.expected.is_some() { partners } else { 0 };
        Self { after: calendar::year_before(plan.period.as_of), is_seen: vec![false; partners] }
    }

    fn note(&mut self, partner: u32, date: i32) {
        if date > self.after
            && let Some(is_seen) = self.is_seen.get_mut(partner as usize)
        {
            *is_seen = true;
        }
    }

    fn partners(&self) -> BTreeSet<u32> {
        self.is_seen.iter().zip(0..).filter(|(is_seen, _)| **is_seen).map(|(_, partner)| partner).collect()
    }
}

impl<'r> Rows<'r> {
    /// No rows yet, with room for those of so many records.
    pub fn new(plan: &Plan, references: &'r References, input: &InputFile, records: usize) -> Self {
        let parts = usize::from(plan.publish.parts);
        let mut lines: Vec<LinesBuilder> = (0..parts).map(|_| LinesBuilder::default()).collect();
        let mut registrations: Vec<RegistrationsBuilder> = (0..parts).map(|_| RegistrationsBuilder::default()).collect();
        // Parts are not of one size.
        let room = records / parts * 5 / 4;
        if super::inputs::is_sales(plan, input) {
            lines.iter_mut().for_each(|rows| rows.reserve(room));
        } else {
            registrations.iter_mut().for_each(|rows| rows.reserve(room));
        }
        Self {
            references,
            file_id: input.file_id,
            lines,
            registrations,
            quarantined: QuarantinedBuilder::default(),
            set_aside: SetAsideBuilder::default(),
            digests: vec![RowDigest::default(); parts],
            registration_digest: RowDigest::default(),
            report: ExtractReport { lines: vec![0; parts], ..ExtractReport::default() },
            found_classes: FxHashMap::default(),
            joined_serials: String::new(),
            recent: RecentPartners::new(plan, &plan.feeds[usize::from(input.feed)], references.partners.len()),
        }
    }

    /// Takes one record: counts it, and sends it to where it ends.
    ///
    /// # Errors
    /// Where the file has more records than can be numbered.
    pub fn take(
        &mut self,
        plan: &Plan,
        input: &InputFile,
        contract: &Contract<'_>,
        normaliser: &mut Normaliser<'_>,
        record: &Record<'_>,
        section: &str,
    ) -> Result<()> {
        let valuation = record.fields.as_ref().map_err(|code| whole(*code)).and_then(|fields| contract.valuation(fields));
        self.count(valuation.as_ref().ok());
        if input.role != FileRole::Kept {
            let (record_number, line) = place(record)?;
            let typed = record
                .fields
                .as_ref()
                .ok()
                .zip(valuation.ok())
                .and_then(|(fields, valuation)| contract.typed(fields, valuation).ok());
            let normalised = typed.and_then(|typed| normaliser.normalise(&typed).ok().map(|normalised| normalised.partner));
            let row = &mut self.set_aside;
            row.partner.append_value(normalised.unwrap_or(NO_PARTNER));
            row.record.append_value(record_number);
            row.line.append_value(line);
            return Ok(());
        }
        let typed = match (&record.fields, valuation.clone()) {
            (Ok(fields), Ok(valuation)) => contract.typed(fields, valuation),
            (_, Err(rejection)) => Err(rejection),
            (Err(code), _) => Err(whole(*code)),
        };
        let normalised = typed.and_then(|typed| match normaliser.normalise(&typed) {
            Ok(normalised) => Ok((typed, normalised)),
            Err(rejection) => {
                if rejection.code == QuarantineCode::UnknownPartner {
                    self.note_unknown(&typed, normaliser.money_or_nothing(&typed));
                }
                Err(rejection)
            }
        });
        match normalised {
            Ok((typed, normalised)) => {
                let serials = contract.serials(typed.serials);
                if super::inputs::is_sales(plan, input) {
                    self.line(record, &typed, &normalised, &serials)
                } else {
                    self.registration(record, &typed, &normalised, &serials)
                }
            }
            Err(rejection) => self.quarantine(record, section, rejection, valuation.ok(), contract),
        }
    }

    fn count(&mut self, valuation: Option<&Valuation<'_>>) {
        match valuation {
            Some(valuation) => self.report.incoming.add_valued(valuation.units, valuation.amount, valuation.currency),
            None => self.report.incoming.add_unvalued(),
        }
    }

    fn line(
        &mut self,
        record: &Record<'_>,
        typed: &TypedRecord<'_>,
        normalised: &Normalised<'_>,
        serials: &[Cow<'_, str>],
    ) -> Result<()> {
        let part = part_of_partner(self.references, normalised.partner, self.lines.len());
        let reseller = self.references.resellers.of(normalised.partner);
        self.joined_serials.clear();
        for (place, serial) in serials.iter().enumerate() {
            if place > 0 {
                self.joined_serials.push(SERIAL_SEPARATOR);
            }
            self.joined_serials.push_str(serial);
        }
        self.recent.note(normalised.partner, typed.date);
        let class = normalised.class;
        let (record_number, line) = place(record)?;
        let currency = pack_currency(normalised.currency);
        let integers = [
            self.file_id,
            i64::from(normalised.partner),
            i64::from(reseller),
            i64::from(typed.date),
            i64::from(class.category),
            i64::from(class.kind),
            i64::from(class.method as u8),
            i64::from(class.flags),
            typed.valuation.units,
            normalised.amount,
            typed.valuation.amount,
            i64::from(currency),
            i64::from(record_number),
            i64::from(line),
        ];
        let texts = [
            typed.invoice,
            &normalised.sku,
            normalised.sku_option,
            &self.joined_serials,
            typed.purchase_order,
            typed.sales_order,
            typed.end_customer,
            typed.certificate,
        ];
        self.digests[part].add(&integers, &texts);
        self.report.lines[part] += 1;
        let row = &mut self.lines[part];
        row.partner.append_value(normalised.partner);
        row.reseller.append_value(reseller);
        row.date.append_value(typed.date);
        row.category.append_value(class.category);
        row.kind.append_value(class.kind);
        row.method.append_value(class.method as u8);
        row.flags.append_value(class.flags);
        row.quantity.append_value(typed.valuation.units);
        row.amount.append_value(normalised.amount);
        row.source_amount.append_value(typed.valuation.amount);
        row.currency.append_value(currency);
        row.record.append_value(record_number);
        row.line.append_value(line);
        row.invoice.append_value(typed.invoice);
        row.sku.append_value(&normalised.sku);
        row.sku_option.append_value(normalised.sku_option);
        row.serials.append_value(&self.joined_serials);
        row.purchase_order.append_value(typed.purchase_order);
        row.sales_order.append_value(typed.sales_order);
        row.end_customer.append_value(typed.end_customer);
        row.certificate.append_value(typed.certificate);
        if class.method != Method::ProductMaster {
            let found = FoundClass::of(&class);
            match self.found_classes.get_mut(normalised.sku.as_ref()) {
                Some(classes) => {
                    classes.insert(found);
                }
                None => {
                    self.found_classes.insert(normalised.sku.clone().into_owned(), BTreeSet::from([found]));
                }
            }
        }
        if class.kind == KIND_UNMAPPED {
            self.report.note_unmapped(&normalised.sku, typed.description);
        }
        Ok(())
    }

    fn registration(
        &mut self,
        record: &Record<'_>,
        typed: &TypedRecord<'_>,
        normalised: &Normalised<'_>,
        serials: &[Cow<'_, str>],
    ) -> Result<()> {
        let (record_number, line) = place(record)?;
        self.report.registrations += 1;
        self.recent.note(normalised.partner, typed.date);
        *self.report.registrations_by_month.entry(month_of(typed.date)).or_default() += serials.len() as u64;
        for serial in serials {
            let integers = [self.file_id, i64::from(typed.date), i64::from(record_number), i64::from(line)];
            self.registration_digest.add(&integers, &[&normalised.sku, serial, typed.certificate, typed.invoice]);
            let bucket = bucket(serial, self.registrations.len());
            let row = &mut self.registrations[bucket];
            row.partner.append_value(normalised.partner);
            row.file.append_value(self.file_id);
            row.date.append_value(typed.date);
            row.record.append_value(record_number);
            row.line.append_value(line);
            row.sku.append_value(&normalised.sku);
            row.serial.append_value(serial);
            row.certificate.append_value(typed.certificate);
            row.invoice.append_value(typed.invoice);
        }
        Ok(())
    }

    fn note_unknown(&mut self, typed: &TypedRecord<'_>, amount: i64) {
        let unknown = self.report.unknown_partners.entry(typed.location.to_owned()).or_default();
        unknown.records += 1;
        unknown.units += typed.valuation.units;
        unknown.amount += amount;
        unknown.note_name(typed.partner_name);
    }

    fn quarantine<'a>(
        &mut self,
        record: &Record<'a>,
        section: &str,
        rejection: Rejection,
        valuation: Option<Valuation<'_>>,
        contract: &Contract<'_>,
    ) -> Result<()> {
        let location = record.fields.as_ref().map_or("", |fields| contract.location(fields));
        let (quantity, sku) = record.fields.as_ref().map_or((None, ""), |fields| contract.quantity_and_sku(fields));
        let code = rejection.code.code();
        let (record_number, line) = place(record)?;
        let by_code = self.report.quarantined_by_code.entry(code.to_owned()).or_insert((0, record.place.line));
        by_code.0 += 1;
        match valuation {
            Some(valuation) => self.report.quarantined.add_valued(valuation.units, valuation.amount, valuation.currency),
            None => self.report.quarantined.add_unvalued(),
        }
        let value = if rejection.field.is_empty() { contract.raw_text(record.raw) } else { rejection.value.into() };
        let row = &mut self.quarantined;
        row.record.append_value(record_number);
        row.line.append_value(line);
        row.section.append_value(section);
        row.code.append_value(rejection.code as u8);
        row.field.append_value(rejection.field);
        row.value.append_value(&value);
        row.location.append_value(location);
        row.is_valued.append_value(u8::from(valuation.is_some()));
        row.units.append_value(valuation.map_or(0, |valuation| valuation.units));
        row.amount.append_value(valuation.map_or(0, |valuation| valuation.amount));
        row.currency.append_value(valuation.map_or("", |valuation| valuation.currency));
        row.has_quantity.append_value(u8::from(quantity.is_some()));
        row.quantity.append_value(quantity.unwrap_or(0));
        row.sku.append_value(&normalise_sku(sku).0);
        Ok(())
    }

    /// What extraction says of these records.
    pub fn into_report(self) -> ExtractReport {
        let mut report = self.report;
        report.found_classes = self.found_classes.into_iter().collect();
        report.recent_partners = self.recent.partners();
        report.line_digests = self.digests.iter().map(RowDigest::value).collect();
        report.registration_digest = self.registration_digest.value();
        report
    }
}

fn place(record: &Record<'_>) -> Result<(u32, u32)> {
    let narrow =
        |number: u64| u32::try_from(number).map_err(|_| Error::Internal("a file has more than 4,294,967,295 lines".into()));
    Ok((narrow(record.place.record)?, narrow(record.place.line)?))
}

fn whole(code: QuarantineCode) -> Rejection {
    Rejection { code, field: "", value: String::new() }
}
