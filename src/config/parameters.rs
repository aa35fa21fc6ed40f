//! The plan as a flat list of parameters, for the method page and the manifest.

use std::fmt::Write as _;

use chrono::{Days, NaiveDate};

use super::file::{Compatibility, CustomerDisclosure, FeedKind, Interval, SignPosition};
use super::plan::{Feed, Plan, ReferencePath};
use super::resolve_feed::named;
use crate::io::readers::layout::{Frame, Header};
use crate::io::readers::{Format, Layout};

/// Every parameter as resolved, defaults included, in the order of the file format; feeds by id.
pub fn list(plan: &Plan) -> Vec<(String, String)> {
    let mut list = List(Vec::new());
    list.add("version", "1");
    list.add("title", &plan.title);
    list.add("period.from", date(plan.period.from));
    list.add("period.to", date(plan.period.to));
    list.add("period.as_of", date(plan.period.as_of));
    list.add("money.reporting_currency", &plan.reporting_currency);
    for feed in &plan.feeds {
        list.feed(feed);
    }
    let reference = &plan.reference;
    for (key, file) in [
        ("categories", Some(&reference.categories)),
        ("products", Some(&reference.products)),
        ("product_lines", reference.product_lines.as_ref()),
        ("category_rules", reference.category_rules.as_ref()),
        ("partners", Some(&reference.partners)),
        ("headquarters", reference.headquarters.as_ref()),
        ("locations", Some(&reference.locations)),
        ("aliases", reference.aliases.as_ref()),
        ("fx", Some(&reference.fx)),
        ("control_totals", reference.control_totals.as_ref()),
        ("exceptions", reference.exceptions.as_ref()),
        ("adjustments", reference.adjustments.as_ref()),
    ] {
        list.add(format!("reference.{key}"), file.map_or("", |file| &file.relative));
    }
    let joined = |files: &[ReferencePath]| files.iter().map(|file| file.relative.as_str()).collect::<Vec<_>>().join(", ");
    list.add("reference.partner_decisions", joined(&reference.partner_decisions));
    list.add("reference.product_decisions", joined(&reference.product_decisions));
    super::parameters_policy::add(plan, &mut list);
    list.add("gates.max_quarantined_percent", percent(plan.gates.max_quarantined_ppm));
    list.add("gates.max_unmapped_percent", percent(plan.gates.max_unmapped_ppm));
    list.add("gates.max_control_difference_percent", percent(plan.gates.max_control_difference_ppm));
    list.add("gates.max_registration_difference_percent", percent(plan.gates.max_registration_difference_ppm));
    list.add(
        "publish.customers",
        match plan.publish.customers {
            CustomerDisclosure::Full => "full",
            CustomerDisclosure::Hashed => "hashed",
            CustomerDisclosure::Omitted => "omitted",
        },
    );
    list.add(
        "publish.compatibility",
        match plan.publish.compatibility {
            Compatibility::Standard => "standard",
            Compatibility::Wide => "wide",
        },
    );
    list.add("publish.parts", plan.publish.parts.to_string());
    list.add("publish.is_synthetic", plan.publish.is_synthetic.to_string());
    list.add("publish.changes_since", plan.earlier_run.as_ref().map_or("", |run| &run.relative));
    list.add("publish.outreach_from", plan.earlier_outreach.as_ref().map_or("", |earlier| &earlier.relative));
    let cases = &plan.cases;
    list.add("publish.cases", cases.verdicts.iter().map(|verdict| verdict.code()).collect::<Vec<_>>().join(", "));
    list.add("publish.language", cases.language_file.as_ref().map_or("", |file| &file.relative));
    list.add("publish.currency_format", cases.style.currency.join("{amount}"));
    list.add("publish.decimal_mark", &cases.style.decimal_mark);
    list.add("publish.thousands_mark", &cases.style.thousands_mark);
    list.add("publish.date_format", &cases.style.date_format);
    list.0
}

pub(super) struct List(Vec<(String, String)>);

impl List {
    pub(super) fn add(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.0.push((key.into(), value.into()));
    }

    fn feed(&mut self, feed: &Feed) {
        let mut add = |key: &str, value: String| self.0.push((format!("feed.{}.{key}", feed.id), value));
        add(
            "kind",
            match feed.kind {
                FeedKind::Sales => "sales",
                FeedKind::Registrations => "registrations",
            }
            .into(),
        );
        add("files", feed.files.len().to_string());
        layout(&feed.layout, &mut add);
        add("priority", feed.priority.to_string());
        for (field, column) in named(&feed.columns) {
            if let Some(column) = column {
                add(&format!("columns.{field}"), column.to_owned());
            }
        }
        add("serial_separator", feed.serial_separator.map(|mark| mark.escape_default().to_string()).unwrap_or_default());
        add("currency", feed.currency.clone().unwrap_or_default());
        add("numbers.decimal", mark(Some(feed.numbers.decimal)));
        add("numbers.thousands", feed.numbers.thousands.map(String::from).unwrap_or_default());
        add(
            "numbers.sign",
            match feed.numbers.sign {
                SignPosition::Leading => "leading",
                SignPosition::Trailing => "trailing",
                SignPosition::Parentheses => "parentheses",
            }
            .into(),
        );
        let signs = feed.numbers.currency_signs.iter().map(|(sign, currency)| format!("{sign} = {currency}"));
        add("numbers.currency_signs", signs.collect::<Vec<_>>().join(", "));
        add("dates.format", feed.dates.text.clone());
        add("dates.pivot", feed.dates.pivot.map(|pivot| pivot.to_string()).unwrap_or_default());
        add("returns.transaction_types", feed.return_types.join(", "));
        add("restatement.mode", if feed.restatement.is_some() { "replace" } else { "add" }.into());
        if let Some(restatement) = &feed.restatement {
            add("restatement.file_pattern", restatement.pattern.as_str().to_owned());
        }
        if let Some(control) = &feed.control {
            add("control.totals_pattern", control.as_str().to_owned());
        }
        if let Some(expected) = &feed.expected {
            add(
                "expected.every",
                match expected.every {
                    Interval::Week => "week",
                    Interval::Month => "month",
                }
                .into(),
            );
            add("expected.file_pattern", expected.pattern.as_str().to_owned());
            add("expected.period_format", expected.period_format.clone());
            add("expected.from", date(expected.from));
            add("expected.due_days", expected.due_days.to_string());
            add("expected.reporters", expected.reporters.join(", "));
        }
    }
}

/// The keys of a layout that its format uses.
fn layout(layout: &Layout, add: &mut impl FnMut(&str, String)) {
    add("packing", layout.packing.name().into());
    if let Some(members) = &layout.members {
        add("members", members.as_str().into());
    }
    add("format", layout.format.name().into());
    match &layout.format {
        Format::Delimited(text) => {
            add("encoding", text.frame.encoding.name().into());
            let mut delimiter = String::new();
            if text.frame.encoding.decode(&text.delimiter, &mut delimiter).is_ok() {
                add("delimiter", delimiter.escape_debug().to_string());
            }
            add("quote", mark(text.quote));
            add("escape", mark(text.escape));
            match &text.header {
                Header::First => add("header", "first".into()),
                Header::Repeated => add("header", "repeated".into()),
                Header::Absent(names) => {
                    add("header", "absent".into());
                    add("column_names", names.join(", "));
                }
            }
            add("trailing_delimiter", text.has_trailing_delimiter.to_string());
            frame(&text.frame, add);
        }
        Format::FixedWidth(text) => {
            add("encoding", text.frame.encoding.name().into());
            let columns = text.columns.iter().map(|column| format!("{} {}-{}", column.name, column.start + 1, column.end));
            add("fixed_columns", columns.collect::<Vec<_>>().join(", "));
            add("line_width", text.width.to_string());
            add("trimmed_lines", text.is_trimmed.to_string());
            add("line_ends", text.has_line_ends.to_string());
            frame(&text.frame, add);
        }
        Format::JsonLines(_) | Format::Parquet(_) => {}
        Format::Excel(excel) => {
            add("sheet", excel.sheet.as_ref().map_or("", |sheet| sheet.as_str()).into());
            add("header_row", excel.header_row.to_string());
        }
        Format::X12(x12) => {
            add("encoding", x12.encoding.name().into());
            for (key, codes) in [
                ("sale_quantities", &x12.sale_quantities),
                ("return_quantities", &x12.return_quantities),
                ("other_quantities", &x12.other_quantities),
                ("transfer_types", &x12.transfer_types),
                ("unit_prices", &x12.unit_prices),
                ("line_amounts", &x12.line_amounts),
            ] {
                add(&format!("x12.{key}"), codes.join(", "));
            }
        }
    }
}

fn frame(frame: &Frame, add: &mut impl FnMut(&str, String)) {
    add("preamble_lines", frame.preamble_lines.to_string());
    add("trailer_lines", frame.trailer_lines.to_string());
    if let Some(pattern) = &frame.trailer_pattern {
        add("trailer_pattern", pattern.as_str().into());
    }
    add("last_line_end", frame.has_last_line_end.to_string());
}

fn mark(byte: Option<u8>) -> String {
    byte.map(|byte| char::from(byte).to_string().replace('\t', "\\t")).unwrap_or_default()
}

/// A day number as `2026-10-31`.
fn date(days: i32) -> String {
    let shift = Days::new(u64::from(days.unsigned_abs()));
    let epoch = NaiveDate::default();
    let date = if days < 0 { epoch.checked_sub_days(shift) } else { epoch.checked_add_days(shift) };
    date.map(|date| date.to_string()).unwrap_or_default()
}

/// Parts per million as percent, without trailing zeros: 2500 is `0.25`.
pub(super) fn percent(parts_per_million: i64) -> String {
    let mut text = (parts_per_million / 10_000).to_string();
    let fraction = parts_per_million % 10_000;
    if fraction != 0 {
        // Writing to a string cannot fail.
        let _ = write!(text, ".{fraction:04}");
        text.truncate(text.trim_end_matches('0').len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{date, percent};

    #[test]
    fn numbers_are_written_as_in_the_file() {
        assert_eq!([percent(20_000), percent(2_500), percent(0), percent(1)], ["2", "0.25", "0", "0.0001"]);
        assert_eq!([date(20_757), date(-1)], ["2026-10-31", "1969-12-31"]);
    }
}
