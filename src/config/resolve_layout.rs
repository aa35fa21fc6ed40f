//! The keys of a feed's section that say how its files are read, to a layout. A key that has no use in the feed's format is a problem.

use super::file::{ColumnsSection, FeedKind, FeedSection, FixedColumnSection, FormatName, HeaderPlace};
use super::resolve_feed::{Checks, named};
use crate::io::readers::layout::{Delimited, Excel, FixedColumn, FixedWidth, Frame, Header, JsonLines, Parquet, X12};
use crate::io::readers::x12::{AMOUNT_COLUMN, QUANTITY_COLUMN, Reference};
use crate::io::readers::{Encoding, Format, Layout, Packing};
use glob::Pattern;
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;
use std::path::PathBuf;

/// Between several values of one field, where the format has lists and the feed declares nothing: no text holds it.
pub const LIST_SEPARATOR: char = '\u{1e}';

/// Checks the keys; `None` where a problem keeps a layout from being made.
pub fn resolve(checks: &mut Checks<'_>, section: &FeedSection) -> Option<Layout> {
    useless_keys(checks, section);
    let members = section.members.as_deref().and_then(|pattern| members(checks, pattern));
    if section.members.is_some() && !matches!(section.packing, Packing::Zip | Packing::ByName) {
        checks.problem(
            "members",
            "`members` is given, but the files are no zip archives",
            "leave it out, or set `packing = \"zip\"`",
        );
    }
    let format = match section.format {
        FormatName::Delimited => delimited(checks, section).map(Format::Delimited),
        FormatName::FixedWidth => fixed_width(checks, section).map(Format::FixedWidth),
        FormatName::JsonLines => Some(Format::JsonLines(JsonLines { paths: paths(section) })),
        FormatName::X12 => x12(checks, section).map(Format::X12),
        FormatName::Excel => excel(checks, section).map(Format::Excel),
        FormatName::Parquet => worker(checks).map(|worker| Format::Parquet(Parquet { worker })),
    };
    let list_separator = section.serial_separator.chars().next().unwrap_or(LIST_SEPARATOR);
    Some(Layout { packing: section.packing, members, format: format?, list_separator })
}

const ENCODING_HINT: &str = "nothing is found out from the files: `encoding = \"utf-8\"`, `\"windows-1252\"` …";
const DELIMITER_HINT: &str = "the characters between fields: `delimiter = \",\"`; `\"\\t\"` is the tab";
const FIXED_COLUMNS_HINT: &str = "for example `fixed_columns = [{ name = \"sku\", from = 1, to = 18 }, …]`";

/// Tells of the keys that the format needs and that a section lacks which cannot be read as a whole.
pub fn missing_keys(checks: &mut Checks<'_>, section: &Value) {
    let format = section.get("format").map_or(Ok(FormatName::default()), FormatName::deserialize);
    let needed: &[(&str, &str)] = match format {
        Ok(FormatName::Delimited) => &[("encoding", ENCODING_HINT), ("delimiter", DELIMITER_HINT)],
        Ok(FormatName::FixedWidth) => &[("encoding", ENCODING_HINT), ("fixed_columns", FIXED_COLUMNS_HINT)],
        Ok(FormatName::X12) => &[("encoding", ENCODING_HINT)],
        Ok(FormatName::JsonLines | FormatName::Excel | FormatName::Parquet) | Err(_) => &[],
    };
    for (key, hint) in needed.iter().filter(|(key, _)| section.get(key).is_none()) {
        checks.missing(key, hint);
    }
}

/// Each layout key that is given, with the formats that it belongs to.
fn useless_keys(checks: &mut Checks<'_>, section: &FeedSection) {
    use FormatName::{Delimited, Excel, FixedWidth, X12};
    const TEXT: &[FormatName] = &[Delimited, FixedWidth];
    let keys: [(&str, bool, &[FormatName]); 18] = [
        ("sheet", section.sheet.is_some(), &[Excel]),
        ("header_row", section.header_row.is_some(), &[Excel]),
        ("encoding", section.encoding.is_some(), &[Delimited, FixedWidth, X12]),
        ("x12", section.x12.is_some(), &[X12]),
        ("delimiter", section.delimiter.is_some(), &[Delimited]),
        ("quote", section.quote.is_some(), &[Delimited]),
        ("escape", section.escape.is_some(), &[Delimited]),
        ("header", section.header.is_some(), &[Delimited]),
        ("column_names", section.column_names.is_some(), &[Delimited]),
        ("trailing_delimiter", section.trailing_delimiter.is_some(), &[Delimited]),
        ("fixed_columns", section.fixed_columns.is_some(), &[FixedWidth]),
        ("line_width", section.line_width.is_some(), &[FixedWidth]),
        ("trimmed_lines", section.trimmed_lines.is_some(), &[FixedWidth]),
        ("line_ends", section.line_ends.is_some(), &[FixedWidth]),
        ("preamble_lines", section.preamble_lines.is_some(), TEXT),
        ("trailer_lines", section.trailer_lines.is_some(), TEXT),
        ("trailer_pattern", section.trailer_pattern.is_some(), TEXT),
        ("last_line_end", section.last_line_end.is_some(), TEXT),
    ];
    for (key, is_given, formats) in keys {
        if is_given && !formats.contains(&section.format) {
            let message = format!("`{key}` has no use in a feed of format `{}`", section.format.name());
            checks.problem(key, message, "remove it, or correct `format`");
        }
    }
}

fn members(checks: &mut Checks<'_>, pattern: &str) -> Option<Pattern> {
    Pattern::new(pattern)
        .map_err(|error| {
            let message = format!("`members` is `{pattern}`, which is not a pattern: {}", error.msg);
            checks.problem("members", message, "for example `members = \"*.csv\"`");
        })
        .ok()
}

fn frame(checks: &mut Checks<'_>, section: &FeedSection) -> Option<Frame> {
    let trailer_pattern = section.trailer_pattern.as_deref().and_then(|pattern| {
        Regex::new(pattern)
            .map_err(|_| {
                let message = format!("`trailer_pattern` is `{pattern}`, which is not a regular expression");
                checks.problem("trailer_pattern", message, "for example `trailer_pattern = '^TOTAL;'`");
            })
            .ok()
    });
    Some(Frame {
        encoding: encoding(checks, section)?,
        preamble_lines: section.preamble_lines.unwrap_or(0),
        trailer_lines: section.trailer_lines.unwrap_or(0),
        trailer_pattern,
        has_last_line_end: section.last_line_end.unwrap_or(true),
    })
}

fn encoding(checks: &mut Checks<'_>, section: &FeedSection) -> Option<Encoding> {
    if section.encoding.is_none() {
        checks.missing("encoding", ENCODING_HINT);
    }
    section.encoding
}

fn delimited(checks: &mut Checks<'_>, section: &FeedSection) -> Option<Delimited> {
    let frame = frame(checks, section);
    let delimiter = match &section.delimiter {
        Some(text) => delimiter(checks, text, frame.as_ref().map(|frame| frame.encoding)),
        None => {
            checks.missing("delimiter", DELIMITER_HINT);
            None
        }
    };
    let quote = checks.mark("quote", section.quote.as_deref().unwrap_or("\""));
    let escape = checks.mark("escape", section.escape.as_deref().unwrap_or(""));
    if let (Some(quote), Some(delimiter)) = (quote, &delimiter)
        && delimiter.contains(&quote)
    {
        checks.problem("quote", "`quote` is the same as `delimiter`", "leave `quote` empty where the sender never quotes");
    }
    if let (Some(escape), Some(delimiter)) = (escape, &delimiter)
        && (quote == Some(escape) || delimiter.contains(&escape))
    {
        let hint = "a doubled quote inside of quotes needs no `escape`";
        checks.problem("escape", "`escape` is the same as `quote` or `delimiter`", hint);
    }
    let header = header(checks, section);
    Some(Delimited {
        frame: frame?,
        delimiter: delimiter?,
        quote,
        escape,
        header: header?,
        has_trailing_delimiter: section.trailing_delimiter.unwrap_or(false),
    })
}

/// The delimiter's bytes in the feed's encoding.
fn delimiter(checks: &mut Checks<'_>, text: &str, encoding: Option<Encoding>) -> Option<Vec<u8>> {
    let is_mark = |mark: char| !mark.is_alphanumeric() && !matches!(mark, '-' | '+' | '\n' | '\r' | '\0');
    if !text.chars().all(is_mark) {
        let message = format!("`delimiter` is `{}`, which cannot be a mark", text.escape_debug());
        checks.problem("delimiter", message, "characters that are no letters, digits, signs or line ends");
        return None;
    }
    let encoding = encoding?;
    let bytes: Option<Vec<Vec<u8>>> = text.chars().map(|mark| encoding.encode_mark(mark)).collect();
    if bytes.is_none() {
        let message = format!("`delimiter` is `{text}`, which does not exist in `{}`", encoding.name());
        checks.problem("delimiter", message, "correct `encoding` or `delimiter`");
    }
    bytes.map(|bytes| bytes.concat())
}

fn header(checks: &mut Checks<'_>, section: &FeedSection) -> Option<Header> {
    match (section.header.unwrap_or_default(), &section.column_names) {
        (HeaderPlace::First, None) => Some(Header::First),
        (HeaderPlace::Repeated, None) => Some(Header::Repeated),
        (HeaderPlace::Absent, Some(names)) if !names.is_empty() => Some(Header::Absent(names.clone())),
        (HeaderPlace::Absent, _) => {
            let message = "`header` is `absent`, but `column_names` has no names";
            checks.problem("header", message, "name all columns in their order: `column_names = [\"date\", \"sku\", …]`");
            None
        }
        (_, Some(_)) => {
            let message = "`column_names` is given, but the files have a header";
            checks.problem("column_names", message, "leave it out, or set `header = \"absent\"`");
            None
        }
    }
}

fn fixed_width(checks: &mut Checks<'_>, section: &FeedSection) -> Option<FixedWidth> {
    let frame = frame(checks, section);
    let Some(declared) = section.fixed_columns.as_deref().filter(|columns| !columns.is_empty()) else {
        checks.missing("fixed_columns", FIXED_COLUMNS_HINT);
        return None;
    };
    let mut columns: Vec<FixedColumn> = Vec::with_capacity(declared.len());
    for (index, FixedColumnSection { name, from, to }) in declared.iter().enumerate() {
        let key = format!("fixed_columns/{index}");
        let column = FixedColumn { name: name.clone(), start: (from - 1) as usize, end: *to as usize };
        if column.end <= column.start {
            checks.problem(
                &key,
                format!("column `{name}` ends before it begins"),
                "`from` and `to` are its first and last character",
            );
        }
        if let Some(other) = columns.iter().find(|other| other.start < column.end && column.start < other.end) {
            let message = format!("column `{name}` overlaps column `{}`", other.name);
            checks.problem(&key, message, "`from` and `to` are its first and last character");
        }
        columns.push(column);
    }
    let last = columns.iter().map(|column| column.end).max().unwrap_or(0);
    let width = section.line_width.map_or(last, |width| width as usize);
    if width < last {
        let message = format!("`line_width` is {width}, but a column ends at {last}");
        checks.problem("line_width", message, "characters of a whole line");
    }
    let has_line_ends = section.line_ends.unwrap_or(true);
    if !has_line_ends {
        without_line_ends(checks, section);
    }
    Some(FixedWidth { frame: frame?, columns, width, is_trimmed: section.trimmed_lines.unwrap_or(false), has_line_ends })
}

/// What cannot be declared of records that stand back to back.
fn without_line_ends(checks: &mut Checks<'_>, section: &FeedSection) {
    if let Some(encoding) = section.encoding.filter(|encoding| !encoding.has_one_byte_characters()) {
        let message = format!("the records have no line ends, and characters of `{}` have several bytes", encoding.name());
        checks.problem(
            "encoding",
            message,
            "without line ends a character is one byte: `windows-1252`, `iso-8859-1`, `cp437`, `cp850`",
        );
    }
    if section.trimmed_lines == Some(true) {
        let message = "`trimmed_lines` is set, but without line ends nothing tells a shorter record";
        checks.problem("trimmed_lines", message, "remove it, or `line_ends`");
    }
    if section.last_line_end.is_some() {
        checks.problem("last_line_end", "`last_line_end` has no use without line ends", "remove it, or `line_ends`");
    }
}

fn excel(checks: &mut Checks<'_>, section: &FeedSection) -> Option<Excel> {
    let sheet = section.sheet.as_deref().map(|pattern| {
        Pattern::new(pattern).map_err(|error| {
            let message = format!("`sheet` is `{pattern}`, which is not a pattern: {}", error.msg);
            checks.problem("sheet", message, "a name, or for example `sheet = \"Sales*\"`");
        })
    });
    Some(Excel { sheet: sheet.transpose().ok()?, header_row: section.header_row.unwrap_or(1), worker: worker(checks)? })
}

/// The program that is running: it reads workbooks and Parquet in a process of its own.
fn worker(checks: &mut Checks<'_>) -> Option<PathBuf> {
    std::env::current_exe()
        .map_err(|error| {
            let message = format!("this format is read by a process of its own, but the running program is not found: {error}");
            checks.problem("format", message, "run the program by its full path");
        })
        .ok()
}

/// The columns of an X12 feed: those that are named, and where the standard puts the others.
pub fn x12_columns(section: &FeedSection) -> ColumnsSection {
    let named = section.columns.clone();
    let or = |named: Option<String>, usual: &str| named.or_else(|| Some(usual.to_owned()));
    let has_partner_name = named.partner_name.is_some();
    let has_currency = section.currency.is_some();
    ColumnsSection {
        location: if has_partner_name { named.location } else { or(named.location, "N1*ST") },
        date: or(named.date, "DTM*003"),
        invoice: or(named.invoice, "REF*IV"),
        sku: or(named.sku, "LIN*VP"),
        description: or(named.description, "PID/05"),
        quantity: or(named.quantity, QUANTITY_COLUMN),
        amount: or(named.amount, AMOUNT_COLUMN),
        currency: if has_currency { named.currency } else { or(named.currency, "CUR/02") },
        serials: or(named.serials, "REF*SE[]"),
        purchase_order: or(named.purchase_order, "PRF/01"),
        end_customer: or(named.end_customer, "N1*EN"),
        ..named
    }
}

fn x12(checks: &mut Checks<'_>, section: &FeedSection) -> Option<X12> {
    if section.kind != FeedKind::Sales {
        checks.problem("format", "an X12 867 holds sales, but the feed is of another kind", "set `kind = \"sales\"`");
    }
    let encoding = encoding(checks, section);
    let declared = section.x12.clone().unwrap_or_default();
    for (key, column) in named(&section.columns) {
        let Some(column) = column else { continue };
        let computed = match key {
            "quantity" => Some(QUANTITY_COLUMN),
            "amount" => Some(AMOUNT_COLUMN),
            _ => None,
        };
        match computed {
            Some(computed) if column != computed => {
                let message = format!("`{key}` is `{column}`, but an X12 feed works it out by [feed.x12]");
                checks.problem(&format!("columns/{key}"), message, "leave it out");
            }
            None if Reference::parse(column).is_none() => reference_problem(checks, &format!("columns/{key}"), column),
            _ => {}
        }
    }
    for (key, references) in [("unit_prices", &declared.unit_prices), ("line_amounts", &declared.line_amounts)] {
        for reference in references.iter().filter(|reference| Reference::parse(reference).is_none()) {
            reference_problem(checks, &format!("x12/{key}"), reference);
        }
    }
    let mut seen: Vec<&String> = Vec::new();
    for code in [&declared.sale_quantities, &declared.return_quantities, &declared.other_quantities].into_iter().flatten() {
        if seen.contains(&code) {
            checks.problem("x12", format!("the quantity `{code}` is declared twice"), "a qualifier means one thing");
        }
        seen.push(code);
    }
    Some(X12 {
        encoding: encoding?,
        columns: paths(section),
        sale_quantities: declared.sale_quantities,
        return_quantities: declared.return_quantities,
        other_quantities: declared.other_quantities,
        transfer_types: declared.transfer_types,
        unit_prices: declared.unit_prices,
        line_amounts: declared.line_amounts,
    })
}

fn reference_problem(checks: &mut Checks<'_>, key: &str, text: &str) {
    let message = format!("`{text}` refers to no X12 element");
    checks.problem(key, message, "for example `REF*IV`, `N1*ST/02`, `LIN*VP`, `PID/05`, `N1*ST#2` or `REF*SE[]`");
}

/// Every path that [feed.columns] names, each once, in the order of the file format.
fn paths(section: &FeedSection) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for path in named(&section.columns).into_iter().filter_map(|(_, path)| path) {
        if !paths.iter().any(|other| other == path) {
            paths.push(path.to_owned());
        }
    }
    paths
}
