//! Which column may be which of our fields, by its name and by its values.

use super::values::{guess_dates, guess_numbers};
use super::{DateGuess, Table};
use crate::reference::normalise_name;

/// What a column's values must be like to be the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Text,
    Date,
    Number,
    Currency,
}

/// Our fields, with the names by which senders call them: those that say most first. A name matches whole, or as words within.
const FIELDS: [(&str, Content, &[&str]); 17] = [
    ("currency", Content::Currency, &["currency", "cur", "curr", "währung", "devise", "waers"]),
    (
        "date",
        Content::Date,
        &["invoice date", "rechnungsdatum", "registration date", "billing date", "sale date", "date", "day", "datum", "tag"],
    ),
    ("end_customer", Content::Text, &["end customer", "end user", "endkunde", "enduser", "customer id", "customer name"]),
    (
        "purchase_order",
        Content::Text,
        &["customer po", "purchase order", "po number", "po no", "kundenbestellung", "bestellnummer", "po"],
    ),
    ("sales_order", Content::Text, &["sales order", "order no", "order number", "auftrag", "order"]),
    (
        "amount",
        Content::Number,
        &[
            "ext amount",
            "net amount",
            "net value",
            "extended price",
            "nettobetrag",
            "nettowert",
            "amount",
            "value",
            "betrag",
            "total",
            "umsatz",
            "revenue",
        ],
    ),
    ("quantity", Content::Number, &["qty", "quantity", "menge", "units", "pieces", "stück", "anzahl"]),
    ("invoice", Content::Text, &["invoice no", "invoice number", "rechnungsnummer", "rechnung", "invoice", "beleg", "document"]),
    ("certificate", Content::Text, &["certificate", "zertifikat", "contract no"]),
    ("serials", Content::Text, &["serial", "seriennummer", "seriennummern", "serials", "serial numbers", "sn"]),
    ("product_line", Content::Text, &["product line", "pl", "produktlinie"]),
    ("label", Content::Text, &["category", "warengruppe", "product group", "kategorie"]),
    ("description", Content::Text, &["description", "bezeichnung", "product name", "text"]),
    (
        "sku",
        Content::Text,
        &[
            "sku",
            "product no",
            "product number",
            "part number",
            "part no",
            "pack number",
            "pack",
            "part",
            "artikelnummer",
            "artikel",
            "material",
            "item",
        ],
    ),
    (
        "location",
        Content::Text,
        &[
            "reseller id",
            "sold to",
            "ship to",
            "partner id",
            "dealer id",
            "händler nr",
            "händlernummer",
            "location",
            "customer no",
            "dealer",
            "reseller",
            "kundennummer",
        ],
    ),
    ("partner_name", Content::Text, &["reseller name", "partner name", "dealer name", "händler", "reseller", "partner", "company"]),
    ("transaction_type", Content::Text, &["txn type", "transaction type", "vorgangsart", "order type", "type", "belegart"]),
];

/// The columns that may be our fields: field and place of the column, each column once, in the order of the file format.
pub fn guess_columns(table: &Table) -> Vec<(&'static str, usize)> {
    let names: Vec<String> = table.columns.iter().map(|name| normalise_name(name)).collect();
    let mut taken = vec![false; names.len()];
    let mut found = Vec::new();
    for (field, content, synonyms) in FIELDS {
        let place = synonyms.iter().find_map(|synonym| {
            let is_match =
                |name: &str| name == *synonym || synonym.len() > 3 && format!(" {name} ").contains(&format!(" {synonym} "));
            (0..names.len()).find(|place| !taken[*place] && is_match(&names[*place]) && fits(table, *place, content))
        });
        if let Some(place) = place {
            taken[place] = true;
            found.push((field, place));
        }
    }
    found
}

/// Whether the values of a column are like those of a field. A column without values fits.
fn fits(table: &Table, place: usize, content: Content) -> bool {
    let values = table.values(place);
    match content {
        _ if values.is_empty() => true,
        Content::Text => true,
        Content::Date => guess_dates(&values).is_some(),
        Content::Number => guess_numbers(&values).is_some(),
        Content::Currency => values.iter().all(|value| value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_uppercase())),
    }
}

/// The layout of a column's dates.
pub fn dates_of(table: &Table, place: usize) -> Option<DateGuess> {
    guess_dates(&table.values(place))
}
