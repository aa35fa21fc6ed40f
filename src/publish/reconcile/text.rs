//! The answer for a person.

use super::{Class, Entry, Reconciliation, SerialsCompared};
use crate::io::csv_export::plain_amount;
use crate::publish::report::format::count;
use crate::publish::terminal::{Page, Row};
use crate::stages::reconcile::{Field, Sale, Serials};

/// The sums by class, then everything that is not equal.
pub fn text(answer: &Reconciliation) -> String {
    let mut page = Page::default();
    let title = format!("{} {} in run {} against {}", answer.partner_id, answer.partner_name, answer.run_id, answer.list);
    page.sentence(0, &title);
    page.heading("Lines and rows");
    let row = |class: Class| {
        let (number, run, list) = answer.sums(class);
        Row::Cells(vec![class.label().to_owned(), count(number).to_string(), count(run).to_string(), count(list).to_string()])
    };
    page.table(&["", "number", "units in the run", "units in the list"], &Class::ALL.map(row));
    match answer.serials {
        SerialsCompared::Each => {}
        SerialsCompared::Counts => {
            page.sentence(2, "the run has no list of this partner's lines: serials are compared by their number alone");
        }
        SerialsCompared::Nothing => page.sentence(2, "the list's declaration names no column of serials: they are not compared"),
    }
    if answer.passed_over > 0 {
        let are = if answer.passed_over == 1 { "line of the list is no row" } else { "lines of the list are no rows" };
        page.sentence(2, &format!("{} {are}, as declared", count(answer.passed_over as i64)));
    }
    for class in [Class::Different, Class::NotInList, Class::NotInRun] {
        let entries: Vec<&Entry> = answer.entries.iter().filter(|entry| entry.class == class).collect();
        if !entries.is_empty() {
            page.heading(class.label());
        }
        for entry in entries {
            let alone = entry.alone.as_ref().map(|alone| format!("; the index by this alone: {}", alone.index()));
            page.sentence(2, &format!("{}{}", sentence(entry), alone.unwrap_or_default()));
        }
    }
    if !answer.quarantined.is_empty() {
        page.heading(&format!("{} of the list cannot be read", rows(answer.quarantined.len())));
        for row in &answer.quarantined {
            page.sentence(2, &format!("{}: {}", place(&row.section, row.line), row.reason));
        }
    }
    if let Some(effect) = &answer.effect {
        page.heading("If the list were right");
        let (before, after) = (&effect.before, &effect.after);
        let change = format!(
            "the index would be {} and not {}, the verdict {} and not {}",
            after.index(),
            before.index(),
            after.verdict,
            before.verdict
        );
        page.sentence(2, if before == after { "nothing of the index would change" } else { &change });
        if effect.left_out > 0 {
            page.sentence(2, &format!("without {} that no adjustment can mend", differences(effect.left_out)));
        }
    }
    if let Some(proposed) = answer.proposed {
        page.heading(&format!("{} proposed as adjustments, none of them approved", rows(proposed)));
    }
    page.into_text()
}

fn rows(number: usize) -> String {
    if number == 1 { "1 row".to_owned() } else { format!("{} rows", count(number)) }
}

fn differences(number: usize) -> String {
    if number == 1 { "1 difference".to_owned() } else { format!("{} differences", count(number)) }
}

/// Where a row of the list stands.
fn place(section: &str, line: u64) -> String {
    if section.is_empty() { format!("line {line}") } else { format!("{section:?} line {line}") }
}

fn sentence(entry: &Entry) -> String {
    let run = entry.line.as_ref().map(|line| (format!("{} line {}", line.path, line.line), &line.sale));
    let list = entry.row.as_ref().map(|row| (format!("list {}", place(&row.section, row.line)), &row.sale));
    match (run, list) {
        (Some((run, line)), Some((list, row))) => {
            let fields = entry
                .differences
                .iter()
                .map(|field| format!("{} {} in the run, {} in the list", field.code(), value(line, *field), value(row, *field)));
            let fields: Vec<String> = fields.collect();
            format!("{run}, {list}: {}: {}", in_words(line), fields.join("; "))
        }
        (Some((place, sale)), None) | (None, Some((place, sale))) => format!("{place}: {}", in_words(sale)),
        (None, None) => String::new(),
    }
}

fn in_words(sale: &Sale) -> String {
    let invoice = if sale.invoice.is_empty() { String::new() } else { format!(", invoice {}", sale.invoice) };
    let amount = plain_amount(sale.amount);
    format!("{}, {}{invoice}, {} at {amount} {}", sale.sku, sale.iso_date(), count(sale.quantity), sale.currency)
}

/// A field as text.
pub(super) fn value(sale: &Sale, field: Field) -> String {
    match field {
        Field::Quantity => sale.quantity.to_string(),
        Field::Amount => format!("{} {}", plain_amount(sale.amount), sale.currency),
        Field::Date => sale.iso_date(),
        Field::Invoice if sale.invoice.is_empty() => "none".to_owned(),
        Field::Invoice => sale.invoice.clone(),
        Field::Sku => sale.sku.clone(),
        Field::Serials => match &sale.serials {
            Serials::Count(count) if *count > 0 => count.to_string(),
            serials if serials.each().is_empty() => "none".to_owned(),
            serials => serials.each().join(";"),
        },
        Field::Category => sale.category.clone(),
    }
}
