//! The proposed block, with a comment at whatever a person must look at.

use super::columns::{dates_of, guess_columns};
use super::text::Interchange;
use super::values::{PIVOT, guess_readings};
use super::{Container, Sniffed, Table};
use crate::config::file::SignPosition;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Marks between several serials in one cell.
const SERIAL_SEPARATORS: [char; 5] = ['|', ',', ';', '/', ' '];

/// How a file is packed.
#[derive(Debug, Clone, Default)]
pub struct Packed {
    /// Name of the packing as in a pipeline file.
    pub packing: &'static str,
    /// A pattern of the members of an archive that are read, where not all are.
    pub members: Option<String>,
    /// What else a person must know of it, a sentence each.
    pub notes: Vec<String>,
}

/// A `[[feed]]` block for a file of this name that looks like this, within a packing where it is packed. Empty where it has no columns.
pub fn propose(sniffed: &Sniffed, name: &str, packed: Option<&Packed>) -> String {
    let mut block = String::new();
    // Writing to a string cannot fail.
    let _ = propose_into(&mut block, sniffed, name, packed);
    block
}

fn propose_into(block: &mut String, sniffed: &Sniffed, name: &str, packed: Option<&Packed>) -> std::fmt::Result {
    writeln!(
        block,
        "# Proposed by attachrate sniff from the beginning of one file: review every line. A run reads by declaration alone."
    )?;
    writeln!(block, "[[feed]]")?;
    writeln!(block, "id = {}", quoted(&id_of(name)))?;
    if let Some(table) = &sniffed.table {
        return described(block, sniffed, table, name, packed);
    }
    if let Some(found) = &sniffed.interchange {
        writeln!(block, "kind = \"sales\"")?;
        files(block, name, packed)?;
        return interchange(block, sniffed, found);
    }
    Ok(())
}

fn files(block: &mut String, name: &str, packed: Option<&Packed>) -> std::fmt::Result {
    writeln!(block, "files = [{}]", quoted(name))?;
    let Some(packed) = packed else { return Ok(()) };
    writeln!(block, "packing = {}", quoted(packed.packing))?;
    if let Some(members) = &packed.members {
        writeln!(block, "members = {}", quoted(members))?;
    }
    packed.notes.iter().try_for_each(|note| writeln!(block, "# {note}"))
}

/// An X12 feed. What its columns are by default stands in the description of feeds.
fn interchange(block: &mut String, sniffed: &Sniffed, found: &Interchange) -> std::fmt::Result {
    let listed = |codes: &BTreeSet<String>| codes.iter().map(|code| quoted(code)).collect::<Vec<_>>().join(", ");
    writeln!(block, "format = \"x12_867\"")?;
    writeln!(block, "encoding = {}", quoted(sniffed.encoding))?;
    let marks = [found.element, found.terminator].map(|mark| quoted(&mark.to_string()));
    writeln!(block, "# {} stands between elements, {} behind segments; release {}", marks[0], marks[1], quoted(&found.release))?;
    if !found.has_currency {
        writeln!(block, "currency = \"???\"  # no CUR segment was seen: declare the sender's")?;
    }
    writeln!(
        block,
        "columns = {{}}  # what is not named is where the standard puts it: `location = \"N1*ST\"`, `sku = \"LIN*VP\"` …"
    )?;
    writeln!(block, "\n[feed.x12]")?;
    let [sales, returns] = [&["32", "39"][..], &["61", "76"]]
        .map(|codes| found.quantities.iter().filter(|code| codes.contains(&code.as_str())).cloned().collect::<BTreeSet<String>>());
    writeln!(block, "sale_quantities = [{}]  # seen: {}", listed(&sales), listed(&found.quantities))?;
    writeln!(block, "return_quantities = [{}]", listed(&returns))?;
    if !found.line_amounts.is_empty() {
        writeln!(block, "line_amounts = [{}]  # of a line; without them it is quantity times price", listed(&found.line_amounts))?;
    }
    writeln!(
        block,
        "# transfer_types = [{}]  # those that were seen; without the key all are sales",
        listed(&found.transfer_types)
    )?;
    writeln!(block, "\n[feed.dates]\nformat = \"yyyymmdd\"")
}

/// The keys of the format: what stands around the records and between fields.
fn layout(block: &mut String, sniffed: &Sniffed, table: &Table) -> std::fmt::Result {
    match sniffed.container {
        Container::Excel => {
            writeln!(block, "format = \"excel\"")?;
            writeln!(block, "sheet = {}  # the first of the workbook", quoted(&table.sheet))?;
            writeln!(block, "header_row = {}", table.preamble + 1)
        }
        Container::Parquet => writeln!(block, "format = \"parquet\""),
        Container::JsonLines => writeln!(block, "format = \"json_lines\""),
        _ if table.fixed.is_some() => fixed_width(block, sniffed, table),
        _ => delimited(block, sniffed, table),
    }
}

fn delimited(block: &mut String, sniffed: &Sniffed, table: &Table) -> std::fmt::Result {
    writeln!(block, "encoding = {}", quoted(sniffed.encoding))?;
    writeln!(block, "delimiter = {}", quoted(&table.delimiter.to_string()))?;
    match table.is_quoted {
        Some(true) => {}
        Some(false) => writeln!(block, "quote = \"\"  # quotes stand inside of fields only")?,
        None => writeln!(block, "# quote = \"\"  # no quote was seen: declare this if the sender never quotes")?,
    }
    if table.is_escaped {
        writeln!(block, "escape = {}", quoted("\\"))?;
    }
    if table.preamble > 0 {
        writeln!(block, "preamble_lines = {}", table.preamble)?;
    }
    if table.repeats_header {
        writeln!(block, "header = \"repeated\"")?;
    }
    if !table.has_header {
        writeln!(block, "header = \"absent\"  # the first line looks like a record")?;
        let names: Vec<String> = table.columns.iter().map(|name| quoted(name)).collect();
        writeln!(block, "column_names = [{}]", names.join(", "))?;
    }
    if table.has_trailing_delimiter {
        writeln!(block, "trailing_delimiter = true")?;
    }
    trailer(block, table)
}

fn trailer(block: &mut String, table: &Table) -> std::fmt::Result {
    let Some(last) = table.trailer.last() else { return Ok(()) };
    writeln!(block, "trailer_lines = {}  # the last is {}", table.trailer.len(), quoted(last))
}

fn fixed_width(block: &mut String, sniffed: &Sniffed, table: &Table) -> std::fmt::Result {
    let Some(fixed) = &table.fixed else { return Ok(()) };
    writeln!(block, "format = \"fixed_width\"")?;
    writeln!(block, "encoding = {}", quoted(sniffed.encoding))?;
    writeln!(block, "# Where columns begin is seen by blanks and dates: compare it with the sender's description of the record.")?;
    writeln!(block, "fixed_columns = [")?;
    for (name, (start, end)) in table.columns.iter().zip(&fixed.spans) {
        writeln!(block, "    {{ name = {}, from = {}, to = {end} }},", quoted(name), start + 1)?;
    }
    writeln!(block, "]")?;
    if fixed.is_trimmed {
        writeln!(block, "trimmed_lines = true")?;
    }
    if table.preamble > 0 {
        let names = if table.has_header { "  # the last of them names the columns" } else { "" };
        writeln!(block, "preamble_lines = {}{names}", table.preamble)?;
    }
    trailer(block, table)
}

/// The block of records whose columns are known.
fn described(block: &mut String, sniffed: &Sniffed, table: &Table, name: &str, packed: Option<&Packed>) -> std::fmt::Result {
    let columns = guess_columns(table);
    let place_of = |field: &str| columns.iter().find(|(own, _)| *own == field).map(|(_, place)| *place);
    // Columns without names say nothing of their kind.
    let is_sales = place_of("amount").is_some() || place_of("quantity").is_some() || columns.is_empty();
    let open = if columns.is_empty() { "  # or \"registrations\"" } else { "" };
    writeln!(block, "kind = {}{open}", quoted(if is_sales { "sales" } else { "registrations" }))?;
    files(block, name, packed)?;
    layout(block, sniffed, table)?;
    if let Some(separator) = place_of("serials").and_then(|place| serial_separator(&table.values(place))) {
        writeln!(block, "serial_separator = {}", quoted(&separator.to_string()))?;
    }
    if is_sales && place_of("currency").is_none() {
        writeln!(block, "currency = \"???\"  # no column holds it: declare the sender's")?;
    }
    writeln!(block, "\n[feed.columns]")?;
    for (place, column) in table.columns.iter().enumerate() {
        let value = table.values(place).first().map(|value| quoted(value)).unwrap_or_else(|| "always empty".to_owned());
        match columns.iter().find(|(_, own)| *own == place) {
            // Beside location ids the name serves a work list only, and is fine.
            Some((field, _)) => writeln!(block, "{field} = {}  # {value}", quoted(column))?,
            None => writeln!(block, "# ? = {}  # {value}", quoted(column))?,
        }
    }
    for (field, is_needed) in [("date", true), ("sku", true), ("quantity", is_sales), ("amount", is_sales), ("serials", !is_sales)]
    {
        if is_needed && place_of(field).is_none() {
            writeln!(block, "{field} = \"?\"  # no column was recognised")?;
        }
    }
    if is_sales && place_of("location").is_none() && place_of("partner_name").is_none() {
        writeln!(block, "location = \"?\"  # no column was recognised")?;
    }
    values(block, table, place_of)
}

/// The sections on numbers, dates and returns.
fn values(block: &mut String, table: &Table, place_of: impl Fn(&str) -> Option<usize>) -> std::fmt::Result {
    let numbers: Vec<&str> =
        ["quantity", "amount"].iter().filter_map(|field| place_of(field)).flat_map(|place| table.values(place)).collect();
    if let Some((format, is_open)) = guess_readings(&numbers) {
        let open = if is_open { "  # the decimal mark may be the other one: ask the sender" } else { "" };
        writeln!(block, "\n[feed.numbers]")?;
        writeln!(block, "decimal = {}{open}", quoted(&char::from(format.decimal).to_string()))?;
        writeln!(block, "thousands = {}", quoted(&format.thousands.map(String::from).unwrap_or_default()))?;
        let sign = match format.sign {
            SignPosition::Leading => "leading",
            SignPosition::Trailing => "trailing",
            SignPosition::Parentheses => "parentheses",
        };
        let has_negative = numbers.iter().any(|number| number.contains(['-', '(']));
        writeln!(block, "sign = {}{}", quoted(sign), if has_negative { "" } else { "  # no negative number was seen" })?;
        if !format.currency_signs.is_empty() {
            let signs: Vec<String> =
                format.currency_signs.iter().map(|(sign, code)| format!("{} = {}", quoted(sign), quoted(code))).collect();
            writeln!(block, "currency_signs = {{ {} }}", signs.join(", "))?;
        }
    }
    writeln!(block, "\n[feed.dates]")?;
    match place_of("date").and_then(|place| dates_of(table, place)) {
        Some(guess) => {
            let open = if guess.others.is_empty() {
                String::new()
            } else {
                format!("  # every value is also {}: ask the sender", guess.others.join(", "))
            };
            writeln!(block, "format = {}{open}", quoted(guess.format))?;
            if guess.needs_pivot {
                writeln!(block, "pivot = {PIVOT}")?;
            }
        }
        None => writeln!(block, "format = \"yyyy-mm-dd\"  # no layout fits")?,
    }
    if let Some(place) = place_of("transaction_type") {
        let mut types = table.values(place);
        types.sort_unstable();
        types.dedup();
        types.truncate(12);
        let is_return = |text: &str| ["RET", "CR", "RMA", "GUT", "STORNO"].iter().any(|mark| text.to_uppercase().contains(mark));
        let returns: Vec<String> = types.iter().filter(|text| is_return(text)).map(|text| quoted(text)).collect();
        let all: Vec<String> = types.iter().map(|text| quoted(text)).collect();
        writeln!(block, "\n[feed.returns]")?;
        writeln!(block, "transaction_types = [{}]  # of {}", returns.join(", "), all.join(", "))?;
    }
    Ok(())
}

/// The mark that parts serials in some cells.
fn serial_separator(values: &[&str]) -> Option<char> {
    SERIAL_SEPARATORS.into_iter().find(|mark| values.iter().any(|value| value.contains(*mark)))
}

/// A feed id from a file's name: its letters up to the first digit.
fn id_of(name: &str) -> String {
    let stem = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let letters: String = stem
        .to_ascii_lowercase()
        .chars()
        .take_while(|letter| !letter.is_ascii_digit() && *letter != '.')
        .map(|letter| if letter.is_ascii_lowercase() { letter } else { '_' })
        .collect();
    let id = letters.trim_matches('_');
    if id.is_empty() { "feed".to_owned() } else { id.to_owned() }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string().replace('\n', "\\n")
}
