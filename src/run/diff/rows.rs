//! The sale rows behind a change: each row of one run beside the same row of the other.
//!
//! The same row is the same record of the same file; else, where a file was restated, a row of equal content.

use super::market::PublishedRun;
use crate::error::Result;
use crate::io::parquet_table::{Rows, files, scan, scan_file};
use crate::publish::diff::{Cause, CauseSums, RowChange};
use crate::run::workers;
use crate::tables::published::{AUDIT_FILE, FACT_ATTACHMENT, FACT_SALE_LINE};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const COLUMNS: [&str; 22] = [
    "partner_id",
    "file_id",
    "record_number",
    "line_number",
    "sale_line_id",
    "origin_code",
    "invoice_date",
    "invoice_number",
    "sku",
    "kind_code",
    "category_code",
    "quantity_units",
    "sale_amount",
    "source_amount",
    "source_currency_code",
    "net_units",
    "net_amount",
    "attached_units",
    "attached_amount",
    "is_in_period",
    "maturity_code",
    "exception_id",
];

/// A record of a file.
type Place = (i64, i64);
/// What a sender wrote, without the place: date, invoice, SKU, quantity, amount, currency.
type Content = (i32, String, String, i64, i64, String);

/// A row as far as it bears on an index.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SaleRow {
    partner: String,
    place: Place,
    line: i64,
    content: Content,
    kind: String,
    category: String,
    amount: i64,
    net: (i64, i64),
    attached: (i64, i64),
    /// Attached money that counts for the partner: on hardware of the period, where the partner is credited.
    credited: i64,
    is_in_period: bool,
    maturity: String,
    exception: String,
}

impl SaleRow {
    /// Net hardware money that counts, and attached money that does.
    fn weights(&self) -> (i64, i64) {
        let counts = self.is_in_period && self.exception.is_empty();
        match self.kind.as_str() {
            "hardware" if counts => (self.net.1, 0),
            "service" => (0, self.credited),
            _ => (0, 0),
        }
    }
}

/// What happened to a row, for one partner.
struct Change<'a> {
    row: &'a SaleRow,
    cause: Cause,
    /// Changes of hardware and attached money.
    weights: (i64, i64),
    /// The row under the other partner.
    other: Option<&'a SaleRow>,
}

/// The changed rows of the partners that are asked for.
pub struct RowChanges {
    by_partner: BTreeMap<String, Vec<RowChange>>,
}

impl RowChanges {
    /// Compares the rows of some partners in both runs.
    ///
    /// # Errors
    /// `Damaged` where a table is.
    pub fn between(runs: &[PublishedRun; 2], wanted: &BTreeSet<&str>, threads: usize) -> Result<Self> {
        let mut changes = Self { by_partner: BTreeMap::new() };
        if wanted.is_empty() {
            return Ok(changes);
        }
        let tables = runs.each_ref().map(PublishedRun::tables);
        let paths = [file_paths(&tables[0])?, file_paths(&tables[1])?];
        let own = |tables: &Path| read(tables, threads, &|row| wanted.contains(row.partner.as_str()));
        let mut pairs = Pairs::of(own(&tables[0])?, own(&tables[1])?);
        for side in [0, 1] {
            let (places, contents) = pairs.sought(side);
            if !places.is_empty() {
                let elsewhere = |row: &SaleRow| {
                    let is_same = places.contains(&row.place) || (!row.content.1.is_empty() && contents.contains(&row.content));
                    is_same && !wanted.contains(row.partner.as_str())
                };
                let found = read(&tables[1 - side], threads, &elsewhere)?;
                pairs.add_elsewhere(1 - side, found);
            }
        }
        for [before, after] in pairs.done() {
            changes.add(wanted, &paths, before.as_ref(), after.as_ref());
        }
        Ok(changes)
    }

    /// A partner's rows by cause, and those with the largest effect.
    pub fn of(&self, partner: &str, most: usize) -> (Vec<CauseSums>, Vec<RowChange>) {
        let Some(rows) = self.by_partner.get(partner) else { return (Vec::new(), Vec::new()) };
        let mut causes: BTreeMap<Cause, CauseSums> = BTreeMap::new();
        for row in rows {
            let empty = CauseSums { cause: row.cause, rows: 0, hardware_amount: 0, services_amount: 0 };
            let sums = causes.entry(row.cause).or_insert(empty);
            sums.rows += 1;
            sums.hardware_amount += i128::from(row.hardware_amount);
            sums.services_amount += i128::from(row.services_amount);
        }
        let mut largest: Vec<&RowChange> = rows.iter().filter(|row| row.services_amount != 0 || row.hardware_amount != 0).collect();
        largest.sort_by_key(|row| {
            let size = row.services_amount.unsigned_abs().max(row.hardware_amount.unsigned_abs());
            (Reverse(size), &row.file, row.line, row.cause)
        });
        (causes.into_values().collect(), largest.into_iter().take(most).cloned().collect())
    }

    fn add(
        &mut self,
        wanted: &BTreeSet<&str>,
        paths: &[FxHashMap<i64, String>; 2],
        before: Option<&SaleRow>,
        after: Option<&SaleRow>,
    ) {
        let is_moved = before.zip(after).is_some_and(|(before, after)| before.partner != after.partner);
        let (from, to) = (before.map_or((0, 0), SaleRow::weights), after.map_or((0, 0), SaleRow::weights));
        let change = |row, cause, weights, other| Change { row, cause, weights, other };
        let list = match (before, after) {
            (Some(before), Some(after)) if is_moved => vec![
                change(before, Cause::ToOtherPartner, (-from.0, -from.1), Some(after)),
                change(after, Cause::FromOtherPartner, to, Some(before)),
            ],
            (Some(before), Some(after)) => {
                let Some(cause) = cause(before, after) else { return };
                vec![change(after, cause, (to.0 - from.0, to.1 - from.1), None)]
            }
            (Some(before), None) => vec![change(before, Cause::VanishedRow, (-from.0, -from.1), None)],
            (None, Some(after)) => vec![change(after, Cause::NewRow, to, None)],
            (None, None) => Vec::new(),
        };
        // Of a row that both runs have, the later run's file is named.
        let (shown, run) = match (before, after) {
            (_, Some(after)) => (after, 1),
            (Some(before), None) => (before, 0),
            (None, None) => return,
        };
        for Change { row, cause, weights: (hardware_amount, services_amount), other } in list {
            if !wanted.contains(row.partner.as_str()) {
                continue;
            }
            self.by_partner.entry(row.partner.clone()).or_default().push(RowChange {
                cause,
                file: paths[run].get(&shown.place.0).cloned().unwrap_or_else(|| "adjustments".to_owned()),
                line: shown.line,
                sku: row.content.2.clone(),
                invoice: row.content.1.clone(),
                other_partner: other.map(|other| other.partner.clone()),
                hardware_amount,
                services_amount,
            });
        }
    }
}

/// What differs in a row of the same partner, the first that applies.
fn cause(before: &SaleRow, after: &SaleRow) -> Option<Cause> {
    if (&before.kind, &before.category) != (&after.kind, &after.category) {
        return Some(Cause::OtherCategory);
    }
    if (before.amount, &before.content) != (after.amount, &after.content) || before.is_in_period != after.is_in_period {
        return Some(Cause::OtherAmount);
    }
    if before.exception != after.exception {
        return Some(Cause::OtherException);
    }
    if before.net != after.net {
        return Some(Cause::OtherReturns);
    }
    if (before.attached, before.credited) != (after.attached, after.credited) {
        return Some(Cause::OtherAttachment);
    }
    (before.maturity != after.maturity).then_some(Cause::OtherMaturity)
}

/// Rows of both runs, paired.
struct Pairs {
    paired: Vec<[Option<SaleRow>; 2]>,
    /// Rows of each run without a counterpart so far.
    single: [Vec<SaleRow>; 2],
}

impl Pairs {
    /// Pairs by place, then by content within a partner, then by content.
    fn of(before: Vec<SaleRow>, after: Vec<SaleRow>) -> Self {
        let mut pairs = Self { paired: Vec::new(), single: [before, after] };
        pairs.pair(|row| Some(row.place));
        pairs.pair(|row| Some((row.partner.clone(), row.kind.clone(), row.content.clone())));
        pairs.pair(|row| (!row.content.1.is_empty()).then(|| row.content.clone()));
        pairs
    }

    /// Pairs single rows with equal keys, each once, in their order.
    fn pair<K: std::hash::Hash + Eq>(&mut self, key: impl Fn(&SaleRow) -> Option<K>) {
        let [before, after] = std::mem::take(&mut self.single);
        let mut waiting: FxHashMap<K, Vec<SaleRow>> = FxHashMap::default();
        // From the back, so that the first row is the last of its list.
        for row in after.into_iter().rev() {
            match key(&row) {
                Some(key) => waiting.entry(key).or_default().push(row),
                None => self.single[1].push(row),
            }
        }
        for row in before {
            match key(&row).and_then(|key| waiting.get_mut(&key)).and_then(Vec::pop) {
                Some(other) => self.paired.push([Some(row), Some(other)]),
                None => self.single[0].push(row),
            }
        }
        self.single[1].extend(waiting.into_values().flatten());
        self.single[1].sort_by_key(|row| row.place);
    }

    /// Places and contents of one run's single rows.
    fn sought(&self, side: usize) -> (FxHashSet<Place>, FxHashSet<Content>) {
        let rows = &self.single[side];
        (rows.iter().map(|row| row.place).collect(), rows.iter().map(|row| row.content.clone()).collect())
    }

    /// Pairs the other side's single rows with rows of partners that were not asked for; the rest of these are no change of anybody asked for.
    fn add_elsewhere(&mut self, side: usize, found: Vec<SaleRow>) {
        let mut only = Self { paired: Vec::new(), single: [Vec::new(), Vec::new()] };
        only.single[1 - side] = std::mem::take(&mut self.single[1 - side]);
        let own = std::mem::replace(&mut only.single[side], found);
        debug_assert!(own.is_empty());
        only.pair(|row| Some(row.place));
        only.pair(|row| (!row.content.1.is_empty()).then(|| row.content.clone()));
        self.paired.append(&mut only.paired);
        self.single[1 - side] = std::mem::take(&mut only.single[1 - side]);
    }

    /// Every pair, single rows included.
    fn done(mut self) -> Vec<[Option<SaleRow>; 2]> {
        let [before, after] = self.single;
        self.paired.extend(before.into_iter().map(|row| [Some(row), None]));
        self.paired.extend(after.into_iter().map(|row| [None, Some(row)]));
        self.paired
    }
}

/// The hardware and service rows of a run that are asked for, sorted by place.
fn read(tables: &Path, threads: usize, is_wanted: &(dyn Fn(&SaleRow) -> bool + Sync)) -> Result<Vec<SaleRow>> {
    let credits = credits(tables, threads)?;
    let parts = files(tables, &FACT_SALE_LINE)?;
    let mut rows = workers::map(
        threads,
        &parts,
        |_| 0,
        |path| {
            let mut kept = Vec::new();
            scan_file(path, &COLUMNS, None, |rows| {
                for row in sale_rows(rows, &credits)? {
                    if row.kind != "other" && is_wanted(&row) {
                        kept.push(row);
                    }
                }
                Ok(())
            })?;
            Ok(kept)
        },
    )?
    .concat();
    rows.sort_by_key(|row| row.place);
    Ok(rows)
}

fn sale_rows(rows: &Rows, credits: &FxHashMap<i64, i64>) -> Result<Vec<SaleRow>> {
    let (partners, invoices, skus) = (rows.texts("partner_id")?, rows.texts("invoice_number")?, rows.texts("sku")?);
    let (kinds, categories) = (rows.texts("kind_code")?, rows.texts("category_code")?);
    let (currencies, origins) = (rows.texts("source_currency_code")?, rows.texts("origin_code")?);
    let (maturities, exceptions) = (rows.texts("maturity_code")?, rows.texts("exception_id")?);
    let (file_ids, records, lines) = (rows.integers("file_id")?, rows.integers("record_number")?, rows.integers("line_number")?);
    let (ids, dates, quantities) = (rows.integers("sale_line_id")?, rows.days("invoice_date")?, rows.integers("quantity_units")?);
    let (amounts, sources) = (rows.scaled("sale_amount")?, rows.scaled("source_amount")?);
    let (net_units, net_amounts) = (rows.integers("net_units")?, rows.scaled("net_amount")?);
    let (attached_units, attached_amounts) = (rows.integers("attached_units")?, rows.scaled("attached_amount")?);
    let in_period = rows.flags("is_in_period")?;
    let row_of = |row: usize| {
        // Lines that an adjustment adds have no record: their id stands for it, and only content pairs them.
        let is_of_file = origins.value(row) == "feed";
        SaleRow {
            partner: partners.value(row).to_owned(),
            place: if is_of_file { (file_ids.value(row), records.value(row)) } else { (0, ids.value(row)) },
            line: lines.value(row),
            content: (
                dates.value(row),
                invoices.value(row).to_owned(),
                skus.value(row).to_owned(),
                quantities.value(row),
                sources[row],
                currencies.value(row).to_owned(),
            ),
            kind: kinds.value(row).to_owned(),
            category: categories.value(row).to_owned(),
            amount: amounts[row],
            net: (net_units.value(row), net_amounts[row]),
            attached: (attached_units.value(row), attached_amounts[row]),
            credited: credits.get(&ids.value(row)).copied().unwrap_or(0),
            is_in_period: in_period.value(row),
            maturity: maturities.value(row).to_owned(),
            exception: exceptions.value(row).to_owned(),
        }
    };
    Ok((0..rows.len()).map(row_of).collect())
}

/// By service line, the money attached to hardware of the period that the same partner sold.
fn credits(tables: &Path, threads: usize) -> Result<FxHashMap<i64, i64>> {
    const COLUMNS: [&str; 5] =
        ["service_sale_line_id", "service_partner_id", "credited_partner_id", "attached_amount", "is_in_period"];
    let parts = files(tables, &FACT_ATTACHMENT)?;
    let found = workers::map(
        threads,
        &parts,
        |_| 0,
        |path| {
            let mut found: Vec<(i64, i64)> = Vec::new();
            scan_file(path, &COLUMNS, None, |rows| {
                let (sellers, credited) = (rows.texts("service_partner_id")?, rows.texts("credited_partner_id")?);
                let (lines, amounts) = (rows.integers("service_sale_line_id")?, rows.scaled("attached_amount")?);
                let in_period = rows.flags("is_in_period")?;
                let counts = |row: &usize| in_period.value(*row) && sellers.value(*row) == credited.value(*row);
                found.extend((0..rows.len()).filter(counts).map(|row| (lines.value(row), amounts[row])));
                Ok(())
            })?;
            Ok(found)
        },
    )?;
    let mut credits = FxHashMap::default();
    for (line, amount) in found.into_iter().flatten() {
        *credits.entry(line).or_insert(0) += amount;
    }
    Ok(credits)
}

/// Paths of the raw files by id.
fn file_paths(tables: &Path) -> Result<FxHashMap<i64, String>> {
    let mut paths = FxHashMap::default();
    scan(tables, &AUDIT_FILE, &["file_id", "file_path"], None, |rows| {
        let (ids, names) = (rows.integers("file_id")?, rows.texts("file_path")?);
        paths.extend((0..rows.len()).map(|row| (ids.value(row), names.value(row).to_owned())));
        Ok(())
    })?;
    Ok(paths)
}
