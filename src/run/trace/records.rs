//! Which records stand behind a partner's rows of a table, and what the table says of each.

use super::found::{Found, cents_plain, of_line, units};
use crate::error::Result;
use crate::io::parquet_table::{AnyEqual, Rows, scan};
use crate::publish::report::format::{cents, count};
use crate::publish::trace::TraceTable;
use crate::run::manifest::iso_date;
use crate::run::published_lines::{LineRow, each_line_of};
use crate::tables::published::{
    AUDIT_ADJUSTMENT, AUDIT_FILE, AUDIT_FINDING, AUDIT_OPEN_RECORD, AUDIT_QUARANTINE, AUDIT_REPEAT, FACT_ATTACHMENT,
    FACT_OPEN_WINDOW, FACT_REGISTRATION,
};
use arrow::array::Array;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The first of the records, as many as may be shown, and how many there are.
#[derive(Debug)]
pub struct Records<T> {
    /// As many as the limit allows.
    pub shown: Vec<T>,
    /// All.
    pub total: u64,
    limit: usize,
}

impl<T> Records<T> {
    fn up_to(limit: usize) -> Self {
        Self { shown: Vec::new(), total: 0, limit }
    }

    /// Counts a record, and makes it where it may still be shown.
    fn add(&mut self, make: impl FnOnce() -> Result<T>) -> Result<()> {
        self.total += 1;
        if self.shown.len() < self.limit {
            self.shown.push(make()?);
        }
        Ok(())
    }

    /// The same records with what is to be said of them.
    fn into_found(self, say: impl Fn(T) -> Option<Found>) -> Records<Found> {
        Records { shown: self.shown.into_iter().filter_map(say).collect(), total: self.total, limit: self.limit }
    }
}

/// What is asked for.
pub struct Selection<'a> {
    /// The published tables.
    pub tables: &'a Path,
    /// The partner.
    pub partner_id: &'a str,
    /// The category, or all.
    pub category: Option<&'a str>,
    /// The raw file, or all.
    pub file_id: Option<i64>,
    /// Most records that are held and shown. Beyond them memory grows by an id for each line, at most.
    pub limit: usize,
}

impl Selection<'_> {
    /// The records behind the partner's rows of a table, in its order.
    pub fn of(&self, table: TraceTable) -> Result<Records<Found>> {
        match table {
            TraceTable::SaleLine => self.sale_lines(),
            TraceTable::Attachment => self.attachments(),
            TraceTable::Registration => self.registrations(),
            TraceTable::OpenWindow => self.open_windows(),
            TraceTable::Quarantine => self.quarantined(),
            TraceTable::Repeat => self.repeats(),
            TraceTable::Adjustment => self.adjustments(),
            TraceTable::Finding => self.findings(),
        }
    }

    fn is_asked(&self, category: &str) -> bool {
        self.category.is_none_or(|asked| asked == category)
    }

    fn is_asked_file(&self, file_id: i64) -> bool {
        self.file_id.is_none_or(|asked| asked == file_id)
    }

    /// The lines of some partners that have one of these ids.
    fn lines<'p>(&self, partners: impl Iterator<Item = &'p str>, ids: &BTreeSet<i64>) -> Result<BTreeMap<i64, LineRow>> {
        let mut lines = BTreeMap::new();
        for partner in partners.collect::<BTreeSet<&str>>() {
            each_line_of(self.tables, partner, |line| {
                if ids.contains(&line.id) {
                    lines.insert(line.id, line);
                }
                Ok(())
            })?;
        }
        Ok(lines)
    }

    /// The ids of the partners' lines that stand in the file that is asked for; none where no file is.
    fn lines_in_file<'p>(&self, partners: impl Iterator<Item = &'p str>) -> Result<Option<BTreeSet<i64>>> {
        let Some(asked) = self.file_id else { return Ok(None) };
        let mut ids = BTreeSet::new();
        for partner in partners.collect::<BTreeSet<&str>>() {
            each_line_of(self.tables, partner, |line| {
                ids.extend((line.file_id == asked).then_some(line.id));
                Ok(())
            })?;
        }
        Ok(Some(ids))
    }

    fn scan_own(
        &self,
        table: &'static crate::tables::published::TableDef,
        columns: &[&str],
        each: impl FnMut(&Rows) -> Result<()>,
    ) -> Result<()> {
        scan(self.tables, table, columns, Some(AnyEqual { columns: &["partner_id"], value: self.partner_id }), each)
    }

    /// The partner's lines, then the services of others that are attached to its hardware.
    fn sale_lines(&self) -> Result<Records<Found>> {
        let mut records = Records::up_to(self.limit);
        each_line_of(self.tables, self.partner_id, |line| {
            if !self.is_asked(&line.category) || !self.is_asked_file(line.file_id) {
                return Ok(());
            }
            records.add(|| Ok(of_line(&line, "", Vec::new())))
        })?;
        let (mut sellers, mut ids) = (BTreeSet::new(), BTreeSet::new());
        self.each_pair(|pair| {
            if pair.service_partner != self.partner_id && self.is_asked(&pair.category) {
                ids.insert(pair.service);
                sellers.insert(pair.service_partner);
            }
            Ok(())
        })?;
        for line in self.lines(sellers.iter().map(String::as_str), &ids)?.values().filter(|line| self.is_asked_file(line.file_id)) {
            let why = format!("sold by {}, attached to this partner's hardware; ", line.partner_id);
            records.add(|| Ok(of_line(line, &why, Vec::new())))?;
        }
        Ok(records)
    }

    /// Goes over the attachments in which the partner has a part.
    fn each_pair(&self, mut each: impl FnMut(Pair) -> Result<()>) -> Result<()> {
        let columns = [
            "service_sale_line_id",
            "rung_code",
            "hardware_sale_line_id",
            "packs_units",
            "attached_units",
            "attached_amount",
            "service_partner_id",
            "hardware_partner_id",
            "category_code",
            "currency_code",
        ];
        let only = AnyEqual { columns: &["service_partner_id", "hardware_partner_id"], value: self.partner_id };
        scan(self.tables, &FACT_ATTACHMENT, &columns, Some(only), |rows| {
            let amounts = rows.scaled("attached_amount")?;
            for (row, amount) in amounts.into_iter().enumerate() {
                let text = |name| text_of(rows, name, row);
                let whole = |name| rows.integers(name).map(|column| column.value(row));
                each(Pair {
                    service: whole("service_sale_line_id")?,
                    rung: text("rung_code")?,
                    hardware: whole("hardware_sale_line_id")?,
                    packs: whole("packs_units")?,
                    units: whole("attached_units")?,
                    amount,
                    service_partner: text("service_partner_id")?,
                    hardware_partner: text("hardware_partner_id")?,
                    category: text("category_code")?,
                    currency: text("currency_code")?,
                })?;
            }
            Ok(())
        })
    }

    fn attachments(&self) -> Result<Records<Found>> {
        let in_file = match self.file_id {
            None => None,
            Some(_) => {
                let mut partners = BTreeSet::new();
                self.each_pair(|pair| {
                    partners.extend([pair.service_partner, pair.hardware_partner]);
                    Ok(())
                })?;
                self.lines_in_file(partners.iter().map(String::as_str))?
            }
        };
        let mut sides = Records::up_to(self.limit);
        self.each_pair(|pair| {
            for (side, id) in [("service", pair.service), ("hardware", pair.hardware)] {
                if self.is_asked(&pair.category) && in_file.as_ref().is_none_or(|ids| ids.contains(&id)) {
                    sides.add(|| Ok((side, id, pair.clone())))?;
                }
            }
            Ok(())
        })?;
        let partners = sides.shown.iter().flat_map(|(.., pair)| [pair.service_partner.as_str(), pair.hardware_partner.as_str()]);
        let lines = self.lines(partners, &sides.shown.iter().map(|(_, id, _)| *id).collect())?;
        Ok(sides.into_found(|(side, id, pair)| {
            let packs = format!("{} pack{}", count(pair.packs), if pair.packs == 1 { "" } else { "s" });
            let (covered, money) = (units(pair.units), cents(pair.amount));
            let joined = format!("by {}: {packs}, {covered}, {money} {}; ", pair.rung, pair.currency);
            let facts = vec![
                ("side_code", side.to_owned()),
                ("rung_code", pair.rung.clone()),
                ("service_sale_line_id", pair.service.to_string()),
                ("hardware_sale_line_id", pair.hardware.to_string()),
                ("packs_units", pair.packs.to_string()),
                ("pair_attached_units", pair.units.to_string()),
                ("pair_attached_amount", cents_plain(pair.amount)),
            ];
            Some(of_line(lines.get(&id)?, if side == "service" { &joined } else { "to " }, facts))
        }))
    }

    fn open_windows(&self) -> Result<Records<Found>> {
        let in_file = self.lines_in_file([self.partner_id].into_iter())?;
        let mut open = Records::up_to(self.limit);
        self.scan_own(&FACT_OPEN_WINDOW, &["sale_line_id", "category_code", "uncovered_units", "last_date"], |rows| {
            for row in 0..rows.len() {
                let id = rows.integers("sale_line_id")?.value(row);
                if self.is_asked(&text_of(rows, "category_code", row)?) && in_file.as_ref().is_none_or(|ids| ids.contains(&id)) {
                    let last = || Ok(iso_date(rows.days("last_date")?.value(row)));
                    open.add(|| Ok((id, rows.integers("uncovered_units")?.value(row), last()?)))?;
                }
            }
            Ok(())
        })?;
        let ids = open.shown.iter().map(|(id, ..)| *id).collect();
        let lines = self.lines([self.partner_id].into_iter(), &ids)?;
        Ok(open.into_found(|(id, uncovered, last)| {
            let why = format!("{} uncovered until {last}; ", units(uncovered));
            let facts = vec![("uncovered_units", uncovered.to_string()), ("last_date", last)];
            Some(of_line(lines.get(&id)?, &why, facts))
        }))
    }

    fn registrations(&self) -> Result<Records<Found>> {
        let columns = [
            "file_id",
            "record_number",
            "line_number",
            "serial_place_number",
            "registration_date",
            "sku",
            "outcome_code",
            "evidence_code",
            "service_sale_line_id",
        ];
        // The table is in parts by the hash of the pack's number, so the first in the order of the files are known at its end.
        let mut first: BTreeMap<(i64, u64, i64), Found> = BTreeMap::new();
        let mut total = 0;
        self.scan_own(&FACT_REGISTRATION, &columns, |rows| {
            for row in 0..rows.len() {
                let place = place_of(rows, row)?;
                if !self.is_asked_file(place.file_id) {
                    continue;
                }
                total += 1;
                let serial = rows.integers("serial_place_number")?.value(row);
                let key = (place.file_id, place.record, serial);
                if first.len() == self.limit && first.last_key_value().is_none_or(|(last, _)| *last < key) {
                    continue;
                }
                let text = |name| text_of(rows, name, row);
                let sales = rows.integers("service_sale_line_id")?;
                let sale = if sales.is_valid(row) { sales.value(row).to_string() } else { String::new() };
                let date = iso_date(rows.days("registration_date")?.value(row));
                let (sku, outcome, evidence) = (text("sku")?, text("outcome_code")?, text("evidence_code")?);
                let joined = if sale.is_empty() { String::new() } else { format!(", pack sale {sale}") };
                let found = Found {
                    meaning: format!("registration of {sku}, {date}: {outcome}{joined}"),
                    facts: vec![
                        ("serial_place_number", serial.to_string()),
                        ("registration_date", date),
                        ("sku", sku),
                        ("outcome_code", outcome),
                        ("evidence_code", evidence),
                        ("service_sale_line_id", sale),
                    ],
                    ..place
                };
                first.insert(key, found);
                if first.len() > self.limit {
                    first.pop_last();
                }
            }
            Ok(())
        })?;
        Ok(Records { shown: first.into_values().collect(), total, limit: self.limit })
    }

    fn quarantined(&self) -> Result<Records<Found>> {
        // Records of locations that have belonged to several partners concern each of them.
        let mut open = BTreeSet::new();
        self.scan_own(&AUDIT_OPEN_RECORD, &["file_id", "record_number"], |rows| {
            let (files, records) = (rows.integers("file_id")?, rows.integers("record_number")?);
            open.extend((0..rows.len()).map(|row| (files.value(row), records.value(row))));
            Ok(())
        })?;
        let columns = ["file_id", "record_number", "line_number", "partner_id", "reason_code", "field_name", "location_id"];
        let mut records = Records::up_to(self.limit);
        scan(self.tables, &AUDIT_QUARANTINE, &columns, None, |rows| {
            for row in 0..rows.len() {
                let text = |name| text_of(rows, name, row);
                let place = (rows.integers("file_id")?.value(row), rows.integers("record_number")?.value(row));
                if !self.is_asked_file(place.0) || (text("partner_id")? != self.partner_id && !open.contains(&place)) {
                    continue;
                }
                records.add(|| {
                    let (reason, field, location) = (text("reason_code")?, text("field_name")?, text("location_id")?);
                    let at = if field.is_empty() { String::new() } else { format!(" in field {field}") };
                    Ok(Found {
                        meaning: format!("quarantined: {reason}{at}"),
                        facts: vec![("reason_code", reason), ("field_name", field), ("location_id", location)],
                        ..place_of(rows, row)?
                    })
                })?;
            }
            Ok(())
        })?;
        Ok(records)
    }

    fn repeats(&self) -> Result<Records<Found>> {
        let mut paths = BTreeMap::new();
        scan(self.tables, &AUDIT_FILE, &["file_id", "file_path"], None, |rows| {
            for row in 0..rows.len() {
                paths.insert(rows.integers("file_id")?.value(row), text_of(rows, "file_path", row)?);
            }
            Ok(())
        })?;
        let columns =
            ["file_id", "record_number", "line_number", "disposition_code", "reason_code", "kept_file_id", "kept_line_number"];
        let mut records = Records::up_to(self.limit);
        self.scan_own(&AUDIT_REPEAT, &columns, |rows| {
            let file_ids = rows.integers("file_id")?;
            for row in (0..rows.len()).filter(|row| self.is_asked_file(file_ids.value(*row))) {
                records.add(|| repeat(rows, row, &paths))?;
            }
            Ok(())
        })?;
        Ok(records)
    }

    /// The lines that adjustments drop and add, by adjustment.
    fn adjustments(&self) -> Result<Records<Found>> {
        let columns = [
            "adjustment_id",
            "action_code",
            "reason_text",
            "approver_name",
            "dropped_sale_line_id",
            "dropped_partner_id",
            "added_sale_line_id",
            "added_partner_id",
        ];
        let mut steps = Vec::new();
        let only = AnyEqual { columns: &["dropped_partner_id", "added_partner_id"], value: self.partner_id };
        scan(self.tables, &AUDIT_ADJUSTMENT, &columns, Some(only), |rows| {
            for row in 0..rows.len() {
                let text = |name| text_of(rows, name, row);
                for (side, line, partner) in
                    [("drops", "dropped_sale_line_id", "dropped_partner_id"), ("adds", "added_sale_line_id", "added_partner_id")]
                {
                    let ids = rows.integers(line)?;
                    if ids.is_valid(row) {
                        let decided = [text("adjustment_id")?, text("action_code")?, text("approver_name")?, text("reason_text")?];
                        steps.push((ids.value(row), text(partner)?, side, decided));
                    }
                }
            }
            Ok(())
        })?;
        let ids = steps.iter().map(|(id, ..)| *id).collect();
        let lines = self.lines(steps.iter().map(|(_, partner, ..)| partner.as_str()), &ids)?;
        let mut records = Records::up_to(self.limit);
        for (id, _, side, [adjustment, action, approver, reason]) in steps {
            let Some(line) = lines.get(&id).filter(|line| self.is_asked_file(line.file_id)) else { continue };
            let why = format!("{adjustment} {side} it, approved by {approver}: {reason}; ");
            let facts =
                vec![("step_code", side.to_owned()), ("action_code", action), ("approver_name", approver), ("reason_text", reason)];
            records.add(|| Ok(of_line(line, &why, facts)))?;
        }
        Ok(records)
    }

    fn findings(&self) -> Result<Records<Found>> {
        let mut own = BTreeSet::new();
        each_line_of(self.tables, self.partner_id, |line| {
            own.extend((self.is_asked(&line.category) && self.is_asked_file(line.file_id)).then_some(line.id));
            Ok(())
        })?;
        let mut findings = Records::up_to(self.limit);
        scan(self.tables, &AUDIT_FINDING, &["finding_code", "sale_line_id"], None, |rows| {
            let ids = rows.integers("sale_line_id")?;
            for row in (0..rows.len()).filter(|row| ids.is_valid(*row) && own.contains(&ids.value(*row))) {
                findings.add(|| Ok((ids.value(row), text_of(rows, "finding_code", row)?)))?;
            }
            Ok(())
        })?;
        let ids = findings.shown.iter().map(|(id, _)| *id).collect();
        let lines = self.lines([self.partner_id].into_iter(), &ids)?;
        Ok(findings.into_found(|(id, code)| {
            let why = format!("{code}; ");
            Some(of_line(lines.get(&id)?, &why, vec![("finding_code", code)]))
        }))
    }
}

/// A row of `audit_repeat`.
fn repeat(rows: &Rows, row: usize, paths: &BTreeMap<i64, String>) -> Result<Found> {
    let text = |name| text_of(rows, name, row);
    let kept = paths.get(&rows.integers("kept_file_id")?.value(row)).cloned().unwrap_or_default();
    let lines = rows.integers("kept_line_number")?;
    let line = if lines.is_valid(row) { lines.value(row).to_string() } else { String::new() };
    let (disposition, reason) = (text("disposition_code")?, text("reason_code")?);
    let at = if line.is_empty() { String::new() } else { format!(" line {line}") };
    Ok(Found {
        meaning: format!("{disposition} ({reason}): {kept}{at} is kept"),
        facts: vec![
            ("disposition_code", disposition),
            ("reason_code", reason),
            ("kept_file_path", kept),
            ("kept_line_number", line),
        ],
        ..place_of(rows, row)?
    })
}

/// An attachment.
#[derive(Debug, Clone)]
struct Pair {
    service: i64,
    rung: String,
    hardware: i64,
    packs: i64,
    units: i64,
    amount: i64,
    service_partner: String,
    hardware_partner: String,
    category: String,
    currency: String,
}

fn text_of(rows: &Rows, name: &str, row: usize) -> Result<String> {
    let column = rows.texts(name)?;
    Ok(if column.is_valid(row) { column.value(row).to_owned() } else { String::new() })
}

/// The place of a row that names its record, without anything said of it.
fn place_of(rows: &Rows, row: usize) -> Result<Found> {
    let whole = |name| rows.integers(name).map(|column| column.value(row));
    Ok(Found {
        file_id: whole("file_id")?,
        record: whole("record_number")?.unsigned_abs(),
        line: whole("line_number")?.unsigned_abs(),
        facts: Vec::new(),
        meaning: String::new(),
    })
}
