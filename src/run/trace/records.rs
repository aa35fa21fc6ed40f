//! Which records stand behind a partner's rows of a table, and what the table says of each.

use crate::error::Result;
use crate::io::parquet_table::{AnyEqual, Rows, scan};
use crate::publish::report::format::{cents, count};
use crate::publish::trace::TraceTable;
use crate::run::manifest::iso_date;
use crate::run::published_lines::{LineRow, lines_of};
use crate::tables::published::{
    AUDIT_ADJUSTMENT, AUDIT_FILE, AUDIT_FINDING, AUDIT_OPEN_RECORD, AUDIT_QUARANTINE, AUDIT_REPEAT, FACT_ATTACHMENT,
    FACT_OPEN_WINDOW, FACT_REGISTRATION,
};
use arrow::array::Array;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A record that stands behind a row.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its file.
    pub file_id: i64,
    /// Its number.
    pub record: u64,
    /// Its physical line.
    pub line: u64,
    /// Columns with their values.
    pub facts: Vec<(&'static str, String)>,
    /// The same in words.
    pub meaning: String,
}

/// What is asked for.
pub struct Selection<'a> {
    /// The published tables.
    pub tables: &'a Path,
    /// The partner.
    pub partner_id: &'a str,
    /// The category, or all.
    pub category: Option<&'a str>,
}

impl Selection<'_> {
    /// The records behind the partner's rows of a table, in its order.
    pub fn of(&self, table: TraceTable) -> Result<Vec<Found>> {
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

    fn own_lines(&self) -> Result<BTreeMap<i64, LineRow>> {
        Ok(lines_of(self.tables, self.partner_id)?.into_iter().map(|line| (line.id, line)).collect())
    }

    /// The lines of some partners by id.
    fn lines_of_all<'p>(&self, partners: impl Iterator<Item = &'p str>) -> Result<BTreeMap<i64, LineRow>> {
        let mut lines = BTreeMap::new();
        for partner in partners.collect::<BTreeSet<&str>>() {
            lines.extend(lines_of(self.tables, partner)?.into_iter().map(|line| (line.id, line)));
        }
        Ok(lines)
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
    fn sale_lines(&self) -> Result<Vec<Found>> {
        let own = self.own_lines()?;
        let mut found: Vec<Found> =
            own.values().filter(|line| self.is_asked(&line.category)).map(|line| of_line(line, "", Vec::new())).collect();
        let pairs = self.pairs()?;
        let others: Vec<&Pair> =
            pairs.iter().filter(|pair| pair.service_partner != self.partner_id && self.is_asked(&pair.category)).collect();
        let lines = self.lines_of_all(others.iter().map(|pair| pair.service_partner.as_str()))?;
        let ids: BTreeSet<i64> = others.iter().map(|pair| pair.service).collect();
        for line in ids.iter().filter_map(|id| lines.get(id)) {
            let why = format!("sold by {}, attached to this partner's hardware; ", line.partner_id);
            found.push(of_line(line, &why, Vec::new()));
        }
        Ok(found)
    }

    /// The attachments in which the partner has a part.
    fn pairs(&self) -> Result<Vec<Pair>> {
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
        let mut pairs = Vec::new();
        scan(self.tables, &FACT_ATTACHMENT, &columns, Some(only), |rows| {
            let amounts = rows.scaled("attached_amount")?;
            for (row, amount) in amounts.into_iter().enumerate() {
                let text = |name| text_of(rows, name, row);
                let whole = |name| rows.integers(name).map(|column| column.value(row));
                pairs.push(Pair {
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
                });
            }
            Ok(())
        })?;
        Ok(pairs)
    }

    fn attachments(&self) -> Result<Vec<Found>> {
        let pairs: Vec<Pair> = self.pairs()?.into_iter().filter(|pair| self.is_asked(&pair.category)).collect();
        let partners = pairs.iter().flat_map(|pair| [pair.service_partner.as_str(), pair.hardware_partner.as_str()]);
        let lines = self.lines_of_all(partners)?;
        let mut found = Vec::new();
        for pair in &pairs {
            let packs = format!("{} pack{}", count(pair.packs), if pair.packs == 1 { "" } else { "s" });
            let (covered, money) = (units(pair.units), cents(pair.amount));
            let joined = format!("by {}: {packs}, {covered}, {money} {}; ", pair.rung, pair.currency);
            for (side, id) in [("service", pair.service), ("hardware", pair.hardware)] {
                let Some(line) = lines.get(&id) else { continue };
                let facts = vec![
                    ("side_code", side.to_owned()),
                    ("rung_code", pair.rung.clone()),
                    ("service_sale_line_id", pair.service.to_string()),
                    ("hardware_sale_line_id", pair.hardware.to_string()),
                    ("packs_units", pair.packs.to_string()),
                    ("pair_attached_units", pair.units.to_string()),
                    ("pair_attached_amount", cents_plain(pair.amount)),
                ];
                found.push(of_line(line, if side == "service" { &joined } else { "to " }, facts));
            }
        }
        Ok(found)
    }

    fn open_windows(&self) -> Result<Vec<Found>> {
        let own = self.own_lines()?;
        let mut found = Vec::new();
        self.scan_own(&FACT_OPEN_WINDOW, &["sale_line_id", "category_code", "uncovered_units", "last_date"], |rows| {
            for row in 0..rows.len() {
                if !self.is_asked(&text_of(rows, "category_code", row)?) {
                    continue;
                }
                let (id, uncovered) = (rows.integers("sale_line_id")?.value(row), rows.integers("uncovered_units")?.value(row));
                let last = iso_date(rows.days("last_date")?.value(row));
                let Some(line) = own.get(&id) else { continue };
                let why = format!("{} uncovered until {last}; ", units(uncovered));
                let facts = vec![("uncovered_units", uncovered.to_string()), ("last_date", last)];
                found.push(of_line(line, &why, facts));
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn registrations(&self) -> Result<Vec<Found>> {
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
        let mut found = Vec::new();
        self.scan_own(&FACT_REGISTRATION, &columns, |rows| {
            for row in 0..rows.len() {
                let text = |name| text_of(rows, name, row);
                let sales = rows.integers("service_sale_line_id")?;
                let sale = if sales.is_valid(row) { sales.value(row).to_string() } else { String::new() };
                let date = iso_date(rows.days("registration_date")?.value(row));
                let (sku, outcome, evidence) = (text("sku")?, text("outcome_code")?, text("evidence_code")?);
                let joined = if sale.is_empty() { String::new() } else { format!(", pack sale {sale}") };
                found.push(Found {
                    meaning: format!("registration of {sku}, {date}: {outcome}{joined}"),
                    facts: vec![
                        ("serial_place_number", rows.integers("serial_place_number")?.value(row).to_string()),
                        ("registration_date", date),
                        ("sku", sku),
                        ("outcome_code", outcome),
                        ("evidence_code", evidence),
                        ("service_sale_line_id", sale),
                    ],
                    ..place_of(rows, row)?
                });
            }
            Ok(())
        })?;
        // The table is in parts by the hash of the pack's number.
        found.sort_by_key(|found| (found.file_id, found.record));
        Ok(found)
    }

    fn quarantined(&self) -> Result<Vec<Found>> {
        // Records of locations that have belonged to several partners concern each of them.
        let mut open = BTreeSet::new();
        self.scan_own(&AUDIT_OPEN_RECORD, &["file_id", "record_number"], |rows| {
            let (files, records) = (rows.integers("file_id")?, rows.integers("record_number")?);
            open.extend((0..rows.len()).map(|row| (files.value(row), records.value(row))));
            Ok(())
        })?;
        let columns = ["file_id", "record_number", "line_number", "partner_id", "reason_code", "field_name", "location_id"];
        let mut found = Vec::new();
        scan(self.tables, &AUDIT_QUARANTINE, &columns, None, |rows| {
            for row in 0..rows.len() {
                let text = |name| text_of(rows, name, row);
                let place = (rows.integers("file_id")?.value(row), rows.integers("record_number")?.value(row));
                if text("partner_id")? != self.partner_id && !open.contains(&place) {
                    continue;
                }
                let (reason, field, location) = (text("reason_code")?, text("field_name")?, text("location_id")?);
                let at = if field.is_empty() { String::new() } else { format!(" in field {field}") };
                found.push(Found {
                    meaning: format!("quarantined: {reason}{at}"),
                    facts: vec![("reason_code", reason), ("field_name", field), ("location_id", location)],
                    ..place_of(rows, row)?
                });
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn repeats(&self) -> Result<Vec<Found>> {
        let mut paths = BTreeMap::new();
        scan(self.tables, &AUDIT_FILE, &["file_id", "file_path"], None, |rows| {
            for row in 0..rows.len() {
                paths.insert(rows.integers("file_id")?.value(row), text_of(rows, "file_path", row)?);
            }
            Ok(())
        })?;
        let columns =
            ["file_id", "record_number", "line_number", "disposition_code", "reason_code", "kept_file_id", "kept_line_number"];
        let mut found = Vec::new();
        self.scan_own(&AUDIT_REPEAT, &columns, |rows| {
            for row in 0..rows.len() {
                let text = |name| text_of(rows, name, row);
                let kept = paths.get(&rows.integers("kept_file_id")?.value(row)).cloned().unwrap_or_default();
                let lines = rows.integers("kept_line_number")?;
                let line = if lines.is_valid(row) { lines.value(row).to_string() } else { String::new() };
                let (disposition, reason) = (text("disposition_code")?, text("reason_code")?);
                let at = if line.is_empty() { String::new() } else { format!(" line {line}") };
                found.push(Found {
                    meaning: format!("{disposition} ({reason}): {kept}{at} is kept"),
                    facts: vec![
                        ("disposition_code", disposition),
                        ("reason_code", reason),
                        ("kept_file_path", kept),
                        ("kept_line_number", line),
                    ],
                    ..place_of(rows, row)?
                });
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The lines that adjustments drop and add, by adjustment.
    fn adjustments(&self) -> Result<Vec<Found>> {
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
        let lines = self.lines_of_all(steps.iter().map(|(_, partner, ..)| partner.as_str()))?;
        let mut found = Vec::new();
        for (id, _, side, [adjustment, action, approver, reason]) in steps {
            let Some(line) = lines.get(&id) else { continue };
            let why = format!("{adjustment} {side} it, approved by {approver}: {reason}; ");
            let facts =
                vec![("step_code", side.to_owned()), ("action_code", action), ("approver_name", approver), ("reason_text", reason)];
            found.push(of_line(line, &why, facts));
        }
        Ok(found)
    }

    fn findings(&self) -> Result<Vec<Found>> {
        let own = self.own_lines()?;
        let mut found = Vec::new();
        scan(self.tables, &AUDIT_FINDING, &["finding_code", "sale_line_id"], None, |rows| {
            let ids = rows.integers("sale_line_id")?;
            for row in (0..rows.len()).filter(|row| ids.is_valid(*row)) {
                let Some(line) = own.get(&ids.value(row)).filter(|line| self.is_asked(&line.category)) else { continue };
                let code = text_of(rows, "finding_code", row)?;
                found.push(of_line(line, &format!("{code}; "), vec![("finding_code", code.clone())]));
            }
            Ok(())
        })?;
        Ok(found)
    }
}

/// An attachment.
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

/// A sale line, with what stands before its own facts.
fn of_line(line: &LineRow, why: &str, mut facts: Vec<(&'static str, String)>) -> Found {
    facts.extend([
        ("sale_line_id", line.id.to_string()),
        ("partner_id", line.partner_id.clone()),
        ("invoice_date", line.iso_date()),
        ("invoice_number", line.invoice.clone()),
        ("sku", line.sku.clone()),
        ("kind_code", line.kind.clone()),
        ("category_code", line.category.clone()),
        ("quantity_units", line.quantity.to_string()),
        ("source_amount", cents_plain(line.source_amount)),
        ("source_currency_code", line.currency.clone()),
        ("net_units", line.net_units.to_string()),
        ("net_amount", cents_plain(line.net_amount)),
        ("attached_units", line.attached_units.to_string()),
        ("attached_amount", cents_plain(line.attached_amount)),
        ("left_over_code", line.left_over.clone()),
        ("adjustment_id", line.adjustment_id.clone()),
        ("exception_id", line.exception_id.clone()),
    ]);
    Found { file_id: line.file_id, record: line.record, line: line.line, facts, meaning: format!("{why}{}", in_words(line)) }
}

fn in_words(line: &LineRow) -> String {
    let category = if line.category.is_empty() { String::new() } else { format!(" {}", line.category) };
    let invoice = if line.invoice.is_empty() { String::new() } else { format!(", invoice {}", line.invoice) };
    let mut words = format!(
        "{}{category} {}, {}{invoice}, {}, {} {}",
        line.kind,
        line.sku,
        line.iso_date(),
        units(line.quantity),
        cents(line.source_amount),
        line.currency
    );
    let mut add = |text: String| {
        words.push_str("; ");
        words.push_str(&text);
    };
    if line.is_added {
        add(format!("added by adjustment {}", line.adjustment_id));
    }
    if line.is_dropped() {
        add(format!("dropped by adjustment {}", line.adjustment_id));
        return words;
    }
    if line.is_before_horizon {
        add("too old to take part".to_owned());
        return words;
    }
    if (line.net_units, line.net_amount) != (line.quantity, line.amount) {
        add(format!("{} after returns", units(line.net_units)));
    }
    match line.kind.as_str() {
        "hardware" => add(format!("{} covered", count(line.attached_units))),
        "service" => {
            add(format!("{} attached", count(line.attached_units)));
            if !line.left_over.is_empty() {
                add(format!("{} left over: {}", count(line.left_over_units), line.left_over));
            }
        }
        _ => {}
    }
    if !line.exception_id.is_empty() {
        add(format!("taken out by exception {}", line.exception_id));
    }
    if !line.is_in_period {
        add("not in the period".to_owned());
    }
    words
}

fn units(number: i64) -> String {
    format!("{} unit{}", count(number), if number == 1 { "" } else { "s" })
}

fn cents_plain(amount: i64) -> String {
    crate::io::csv_export::plain_amount(amount)
}
