//! The tables that fit into memory: dimensions, index, benchmark, audit.

use super::calendar;
use super::control::Measure;
use super::execute::Results;
use super::gates::FileAccount;
use super::index_tables;
use super::inputs::FileRole;
use super::manifest::role_code;
use super::{repeats, reviewed};
use crate::config::file::CustomerDisclosure;
use crate::error::Result;
use crate::finding::{FindingCode, QuarantineCode};
use crate::io::fingerprint::hex;
use crate::io::sectioned::SectionedReader;
use crate::publish::facts::hashed;
use crate::publish::parquet::{RowWriter, Value, WrittenTable};
use crate::reference::Kind;
use crate::tables::published::{
    AUDIT_ADJUSTMENT, AUDIT_CALENDAR, AUDIT_CONTROL, AUDIT_FILE, AUDIT_FINDING, AUDIT_GATE, AUDIT_OPEN_RECORD, AUDIT_QUARANTINE,
    AUDIT_REPEAT, DIM_CATEGORY, DIM_DATE, DIM_EXCEPTION, DIM_PARTNER, DIM_PRODUCT, TableDef,
};
use crate::tables::stage::{Findings, Quarantined};
use chrono::{Datelike, NaiveDate};
use std::path::Path;

/// Writes every small table into a folder; gives each with its finished file.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(folder: &Path, results: &Results<'_>) -> Result<Vec<(&'static TableDef, WrittenTable)>> {
    let mut written = Vec::new();
    let mut table = |definition: &'static TableDef, fill: &dyn Fn(&mut RowWriter, &Results<'_>) -> Result<()>| -> Result<()> {
        let path = folder.join(definition.file_name());
        let mut writer = RowWriter::create(&path, definition, results.plan.publish.compatibility)?;
        fill(&mut writer, results)?;
        written.push((definition, writer.finish()?));
        Ok(())
    };
    table(&DIM_CATEGORY, &dim_category)?;
    table(&DIM_DATE, &dim_date)?;
    table(&DIM_EXCEPTION, &reviewed::dim_exception)?;
    table(&DIM_PARTNER, &dim_partner)?;
    table(&DIM_PRODUCT, &dim_product)?;
    for (definition, fill) in index_tables::TABLES {
        table(definition, &fill)?;
    }
    table(&AUDIT_FILE, &audit_file)?;
    table(&AUDIT_ADJUSTMENT, &reviewed::audit_adjustment)?;
    table(&AUDIT_QUARANTINE, &audit_quarantine)?;
    table(&AUDIT_OPEN_RECORD, &audit_open_record)?;
    table(&AUDIT_REPEAT, &repeats::audit_repeat)?;
    table(&AUDIT_FINDING, &audit_finding)?;
    table(&AUDIT_CALENDAR, &audit_calendar)?;
    table(&AUDIT_CONTROL, &audit_control)?;
    table(&AUDIT_GATE, &audit_gate)?;
    Ok(written)
}

fn dim_category(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    for category in &results.references.categories {
        writer.row(&[
            Value::Text(&category.code),
            Value::Text(&category.name),
            Value::Text(&category.family_code),
            Value::Text(&category.family_name),
        ])?;
    }
    Ok(())
}

fn dim_date(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    let period = &results.plan.period;
    let day_of = |days: i32| NaiveDate::from_epoch_days(days).unwrap_or_default();
    let months = |day: NaiveDate| day.year() * 12 + day.month0() as i32;
    let first_month = months(day_of(period.from));
    for days in results.plan.horizon()..=period.as_of {
        let day = day_of(days);
        let is_in_period = (period.from..=period.to).contains(&days);
        let quarter = if is_in_period { (months(day) - first_month) / 3 + 1 } else { 0 };
        writer.row(&[
            Value::Whole(i64::from(days)),
            Value::Whole(i64::from(day.year())),
            Value::Whole(i64::from(day.month())),
            Value::Whole(i64::from(quarter)),
            Value::Flag(is_in_period),
        ])?;
    }
    Ok(())
}

fn dim_partner(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    for partner in &results.references.partners {
        writer.row(&[
            Value::Text(&partner.id),
            Value::Text(&partner.name),
            Value::Text(&partner.reseller_id),
            Value::Text(&partner.hq_id),
            Value::Text(&partner.country_code),
            Value::Text(&partner.region_code),
            Value::text_or_none(&partner.segment_code),
            Value::Flag(partner.is_program),
            Value::Text(&partner.manager_name),
        ])?;
    }
    Ok(())
}

fn dim_product(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    let mut products: Vec<_> = results.references.products.iter().collect();
    products.sort_by_key(|(sku, _)| sku.as_str());
    for (sku, product) in products {
        let class = product.classification;
        let category =
            class.category.map_or(Value::None, |index| Value::Text(&results.references.categories[usize::from(index)].code));
        writer.row(&[
            Value::Text(sku),
            Value::Text(&product.description),
            Value::Text(Kind::code(class.kind)),
            category,
            Value::Flag(class.is_post_warranty),
        ])?;
    }
    Ok(())
}

fn audit_file(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    for (file, account) in results.files.iter().zip(&results.accounts) {
        let kept = match &file.input.role {
            FileRole::Kept => Value::None,
            FileRole::Duplicate { of: kept } | FileRole::Superseded { by: kept } => Value::Text(kept),
        };
        let hash = hex(&file.input.hash);
        let reporter = calendar::reporter(results.plan, &file.input);
        let mut values = vec![
            Value::Text(results.plan.feed_id(file.input.feed)),
            Value::Text(&file.input.relative),
            Value::Whole(file.input.file_id),
            Value::Text(&hash),
            Value::Whole(file.input.bytes as i64),
            Value::Text(role_code(&file.input.role)),
            kept,
            reporter.as_deref().map_or(Value::None, Value::Text),
        ];
        let FileAccount { incoming, accepted, duplicate, superseded, quarantined } = account;
        let tallies = [incoming, accepted, duplicate, superseded, quarantined];
        values.extend(tallies.iter().map(|tally| Value::Whole(tally.records as i64)));
        values.push(Value::Whole(incoming.unvalued as i64));
        values.push(Value::Whole(file.report.passed_over as i64));
        values.extend(tallies.iter().map(|tally| Value::Whole(tally.units)));
        writer.row(&values)?;
    }
    Ok(())
}

fn audit_quarantine(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    let mut files: Vec<_> = results.files.iter().filter(|file| file.report.quarantined.records > 0).collect();
    files.sort_by_key(|file| (file.input.feed, file.input.file_id));
    for file in files {
        let feed = results.plan.feed_id(file.input.feed);
        for batch in SectionedReader::open(&file.folder, "quarantined")?.section(0) {
            let batch = batch?;
            let rows = Quarantined::from_batch(&batch)?;
            for row in 0..batch.num_rows() {
                let value = rows.value.value(row);
                let is_whole_record = rows.field.value(row).is_empty();
                let shown = match results.plan.publish.customers {
                    CustomerDisclosure::Hashed if is_whole_record => hashed(value),
                    CustomerDisclosure::Omitted if is_whole_record => String::new(),
                    _ => value.to_owned(),
                };
                let code = QuarantineCode::from_index(rows.code.value(row)).map_or("", QuarantineCode::code);
                writer.row(&[
                    Value::Text(feed),
                    Value::Whole(file.input.file_id),
                    Value::Whole(i64::from(rows.record.value(row))),
                    Value::Whole(i64::from(rows.line.value(row))),
                    last_partner(results, file.input.feed, rows.location.value(row)),
                    Value::text_or_none(rows.section.value(row)),
                    Value::Text(code),
                    Value::text_or_none(rows.field.value(row)),
                    Value::text_or_none(&shown),
                    Value::text_or_none(rows.location.value(row)),
                    Value::text_or_none(rows.sku.value(row)),
                    Value::Flag(rows.is_valued.value(row) != 0),
                    Value::Whole(rows.units.value(row)),
                    Value::Whole(rows.amount.value(row)),
                    Value::text_or_none(rows.currency.value(row)),
                ])?;
            }
        }
    }
    Ok(())
}

fn audit_open_record(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    for (partner, records) in results.references.partners.iter().zip(&results.open_records.records) {
        let mut records: Vec<_> = records.iter().map(|record| (results.files[record.file].input.file_id, record)).collect();
        records.sort_by_key(|(file_id, record)| (*file_id, record.record));
        for (file_id, record) in records {
            writer.row(&[
                Value::Text(&partner.id),
                Value::Whole(file_id),
                Value::Whole(i64::from(record.record)),
                Value::Whole(i64::from(record.line)),
                Value::Text(record.code.code()),
                Value::Text(record.source.code()),
                Value::Whole(record.units),
                Value::Whole(record.amount),
                Value::Text(&results.plan.reporting_currency),
            ])?;
        }
    }
    Ok(())
}

/// The id of the partner that has a location or name of a feed, or had it last.
fn last_partner<'a>(results: &'a Results<'_>, feed: u16, location: &str) -> Value<'a> {
    let (references, as_of) = (results.references, results.plan.period.as_of);
    let has_locations = results.plan.feeds[usize::from(feed)].columns.location.is_some();
    let partner = match has_locations {
        true => references.last_partner_at(feed, location, as_of),
        false => references.partner_named(feed, location, as_of),
    };
    partner.and_then(|partner| references.partners.get(partner as usize)).map_or(Value::None, |partner| Value::Text(&partner.id))
}

fn audit_finding(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    let mut number = 0;
    for (folder, stem) in results.finding_files() {
        for batch in SectionedReader::open(&folder, &stem)?.section(0) {
            let batch = batch?;
            let rows = Findings::from_batch(&batch)?;
            for row in 0..batch.num_rows() {
                number += 1;
                let some = |value: i64, is_there: bool| if is_there { Value::Whole(value) } else { Value::None };
                let file = rows.file.value(row);
                writer.row(&[
                    Value::Whole(number),
                    Value::Text(FindingCode::from_index(rows.code.value(row)).map_or("", FindingCode::code)),
                    Value::None,
                    some(rows.line_id.value(row), rows.line_id.value(row) >= 0),
                    some(file, file != 0),
                    some(i64::from(rows.line.value(row)), file != 0),
                    Value::None,
                ])?;
            }
        }
    }
    for finding in results.feed_findings() {
        number += 1;
        writer.row(&[
            Value::Whole(number),
            Value::Text(finding.code.code()),
            finding.feed.as_deref().map_or(Value::None, Value::Text),
            Value::None,
            finding.place.map_or(Value::None, |(file, _)| Value::Whole(file)),
            finding.place.map_or(Value::None, |(_, line)| Value::Whole(line.try_into().unwrap_or(i64::MAX))),
            Value::Text(&finding.detail),
        ])?;
    }
    Ok(())
}

fn audit_control(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    for (control, number) in results.controls.iter().zip(1..) {
        let is_money = control.measure == Measure::Amount;
        let count = |value: Option<i64>| value.filter(|_| !is_money).map_or(Value::None, Value::Whole);
        let money = |value: Option<i64>| value.filter(|_| is_money).map_or(Value::None, Value::Whole);
        let feed = control.feed.map(|feed| results.plan.feeds[usize::from(feed)].id.as_str());
        writer.row(&[
            Value::Whole(number),
            Value::Text(control.kind.code()),
            feed.map_or(Value::None, Value::Text),
            Value::Text(&control.subject),
            Value::Text(control.measure.code()),
            count(control.declared),
            count(control.found),
            money(control.declared),
            money(control.found),
            Value::Flag(control.difference_ppm() <= control.limit_ppm(results.plan)),
        ])?;
    }
    Ok(())
}

fn audit_calendar(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    for period in &results.calendar.periods {
        let concerned = if period.is_missing() { results.calendar.concerned(period).count() } else { 0 };
        writer.row(&[
            Value::Text(&results.plan.feeds[usize::from(period.feed)].id),
            Value::Text(&period.reporter),
            Value::Whole(i64::from(period.period.from.to_epoch_days())),
            Value::Whole(i64::from(period.period.to.to_epoch_days())),
            Value::Whole(period.files as i64),
            Value::Flag(period.is_missing()),
            Value::Whole(concerned as i64),
        ])?;
    }
    Ok(())
}

fn audit_gate(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    let mut gates: Vec<_> = results.gates.iter().collect();
    gates.sort_by_key(|gate| gate.code);
    for gate in gates {
        writer.row(&[
            Value::Text(gate.code),
            Value::Flag(gate.is_passed),
            Value::Text(&gate.measured),
            Value::Text(&gate.limit),
            Value::Text(gate.meaning),
        ])?;
    }
    Ok(())
}
