//! A partner's list as a declaration says that it is written: read and cast as the records of a feed are.

use super::list::{List, Row};
use crate::config::plan::Feed;
use crate::error::Result;
use crate::publish::reconcile::QuarantinedRow;
use crate::reference::normalise_sku;
use crate::run::extract_files::{next_section, open, unreadable};
use crate::stages::extract::{Contract, Rejection, TypedRecord};
use crate::stages::reconcile::{Sale, Serials};
use std::path::Path;

/// The rows of a list, and those that cannot be read with the reason. `as_of` is the day the run's data was cut.
///
/// # Errors
/// Where the file cannot be read, or contradicts its declaration as a whole.
pub fn read(path: &Path, feed: &Feed, as_of: i32) -> Result<List> {
    let mut list = List::default();
    let mut reader = open(feed, path)?;
    while let Some((section, contract)) = next_section(feed, as_of, &mut reader, path)? {
        while let Some(record) = reader.next_record().map_err(unreadable(path, &section.name))? {
            let (section, line) = (section.name.clone(), record.place.line);
            match contract.cast(&record.fields) {
                Ok(typed) => list.rows.push(Row { section, line, line_id: None, sale: sale(feed, &contract, &typed) }),
                Err(rejection) => list.quarantined.push(QuarantinedRow { section, line, reason: in_words(&rejection) }),
            }
        }
    }
    list.passed_over = reader.passed_over();
    Ok(list)
}

/// What a record says. A declaration has no column for the run's categories, and perhaps none for serials.
fn sale(feed: &Feed, contract: &Contract<'_>, typed: &TypedRecord<'_>) -> Sale {
    let serials = || contract.serials(typed.serials).into_iter().map(|serial| serial.into_owned()).collect();
    Sale {
        date: typed.date,
        invoice: typed.invoice.to_owned(),
        sku: normalise_sku(typed.sku).0.into_owned(),
        serials: if feed.columns.serials.is_some() { Serials::Each(serials()) } else { Serials::Untold },
        quantity: typed.valuation.units,
        amount: typed.valuation.amount,
        currency: typed.valuation.currency.to_owned(),
        category: String::new(),
    }
}

fn in_words(rejection: &Rejection) -> String {
    let Rejection { code, field, value } = rejection;
    let (code, meaning) = (code.code(), code.meaning());
    match (field.is_empty(), value.is_empty()) {
        (true, _) => format!("{meaning} ({code})"),
        (false, true) => format!("`{field}`: {meaning} ({code})"),
        (false, false) => format!("`{field}` is `{value}`: {meaning} ({code})"),
    }
}
