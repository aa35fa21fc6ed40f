//! A record that stands behind a row of a table, and what is said of a sale line.

use crate::publish::report::format::{cents, count};
use crate::run::published_lines::LineRow;

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

/// A sale line, with what stands before its own facts.
pub fn of_line(line: &LineRow, why: &str, mut facts: Vec<(&'static str, String)>) -> Found {
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

/// So many units, in words.
pub fn units(number: i64) -> String {
    format!("{} unit{}", count(number), if number == 1 { "" } else { "s" })
}

/// Cents as a decimal number.
pub fn cents_plain(amount: i64) -> String {
    crate::io::csv_export::plain_amount(amount)
}
