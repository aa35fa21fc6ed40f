//! The `[[feed]]` section of a pipeline file that declares a layout.

use std::fmt::Write as _;

use super::super::feed::Feed;
use super::encoding;
use super::record::{Column, Dialect};
use super::request::{Recast, Word};
use super::style::{CURRENCY_SIGNS, Sign, Style};
use super::text::{Marks, PREAMBLE, TRAILER};
use super::typed::{ROW_BELOW_TITLE, SHEET};

/// The section, with paths relative to the generated folder.
pub(super) fn section(feed: Feed, columns: &[Column], recast: &Recast, style: &Style, widths: &[usize]) -> String {
    let mut text = String::new();
    let is_sale = feed != Feed::Registrations;
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    line("[[feed]]".to_owned());
    line(format!("id = \"{}\"", feed.id()));
    line(format!("kind = \"{}\"", if is_sale { "sales" } else { "registrations" }));
    let ending = recast.path(&feed.file(super::Drop::Complete, 0));
    let ending = ending.rsplit('/').next().and_then(|name| name.split_once('.')).map_or("", |(_, ending)| ending);
    line(format!("files = [\"*/{}/*.{ending}\"]", feed.id()));
    if is_sale {
        line(format!("priority = {}", if feed == Feed::VendorDirect { 10 } else { 20 }));
    }
    layout(&mut line, columns, feed, recast, widths);
    if recast.format() != Word::X12
        && let Some(separator) = serial_separator(feed)
    {
        line(format!("serial_separator = \"{separator}\""));
    }
    line("\n[feed.columns]".to_owned());
    if recast.format() == Word::X12 {
        for (field, reference) in x12_columns(columns, recast) {
            line(format!("{field} = \"{reference}\""));
        }
        line("\n[feed.x12]\nline_amounts = [\"AMT*LI\"]".to_owned());
    } else {
        for column in columns.iter().filter(|column| column.field != "name") {
            line(format!("{} = \"{}\"", column.field, column.name));
        }
        if feed == Feed::VendorDirect {
            line("\n[feed.returns]\ntransaction_types = [\"RET\"]".to_owned());
        }
        if is_sale && matches!(recast.format(), Word::Delimited | Word::FixedWidth | Word::Excel | Word::JsonLines) {
            numbers(&mut line, style);
        }
    }
    line(format!("\n[feed.dates]\nformat = \"{}\"", style.dates));
    if style.dates == "dd.mm.yy" {
        line("pivot = 70".to_owned());
    }
    if recast.has(Word::Trailer) {
        let totals = if is_sale { r" units=(?<units>\S+) amount=(?<amount>\S+)" } else { "" };
        line(format!("\n[feed.control]\ntotals_pattern = '^{TRAILER}(?<records>\\S+){totals}'"));
    }
    if is_sale {
        let pattern = r"_(?<period>\d{6})_v(?<version>\d+)\.";
        line(format!("\n[feed.restatement]\nmode = \"replace\"\nfile_pattern = '{pattern}'"));
    }
    text
}

fn layout(line: &mut impl FnMut(String), columns: &[Column], feed: Feed, recast: &Recast, widths: &[usize]) {
    let dialect = Dialect::of(feed);
    let format = match recast.format() {
        Word::FixedWidth => "fixed_width",
        Word::JsonLines => "json_lines",
        Word::Excel => "excel",
        Word::Parquet => "parquet",
        Word::X12 => "x12_867",
        _ => "delimited",
    };
    line(format!("format = \"{format}\""));
    if matches!(recast.format(), Word::Delimited | Word::FixedWidth | Word::X12) {
        line(format!("encoding = \"{}\"", encoding(&dialect, recast).name()));
    }
    let list = |names: Vec<String>| format!("[\n    {},\n]", names.join(",\n    "));
    match recast.format() {
        Word::Delimited => {
            let marks = Marks::of(&dialect, recast);
            line(format!("delimiter = \"{}\"", marks.delimiter.escape_default()));
            if !marks.is_quoted {
                line("quote = \"\"".to_owned());
            }
            if marks.is_escaped {
                line("escape = '\\'".to_owned());
            }
            if recast.has(Word::NoHeader) {
                let names = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
                line(format!("header = \"absent\"\ncolumn_names = {}", list(names)));
            } else if recast.has(Word::RepeatedHeader) {
                line("header = \"repeated\"".to_owned());
            }
            if recast.has(Word::TrailingDelimiter) {
                line("trailing_delimiter = true".to_owned());
            }
        }
        Word::FixedWidth => {
            let mut from = 1;
            let mut fixed = Vec::new();
            for (column, width) in columns.iter().zip(widths) {
                fixed.push(format!("{{ name = \"{}\", from = {from}, to = {} }}", column.name, from + width - 1));
                from += width;
            }
            line(format!("fixed_columns = {}", list(fixed)));
            if recast.has(Word::NoLineEnds) {
                line("line_ends = false".to_owned());
            }
        }
        Word::Excel if recast.has(Word::TitleRows) => line(format!("sheet = \"{SHEET}\"\nheader_row = {ROW_BELOW_TITLE}")),
        _ => {}
    }
    if recast.has(Word::Preamble) {
        line(format!("preamble_lines = {}", PREAMBLE.len()));
    }
    if recast.has(Word::Trailer) {
        line(format!("trailer_lines = 1\ntrailer_pattern = '^{TRAILER}'"));
    }
}

fn serial_separator(feed: Feed) -> Option<char> {
    match feed {
        Feed::DistributorB | Feed::DistributorC => Some('|'),
        Feed::VendorDirect => Some(','),
        Feed::DistributorA | Feed::DistributorD | Feed::Registrations => None,
    }
}

/// What is not where the standard puts it.
fn x12_columns<'a>(columns: &'a [Column], recast: &Recast) -> Vec<(&'a str, &'static str)> {
    let has_two = recast.has(Word::TwoShipTo);
    let reference = |field| match field {
        "location" if has_two => Some("N1*ST#2"),
        "label" | "product_line" => Some("REF*PG"),
        "sales_order" => Some("REF*VN"),
        "certificate" => Some("REF*CT"),
        _ => None,
    };
    columns.iter().filter_map(|column| Some((column.field, reference(column.field)?))).collect()
}

fn numbers(line: &mut impl FnMut(String), style: &Style) {
    let thousands = style.thousands.map_or_else(String::new, |mark| mark.to_string());
    let sign = match style.sign {
        Sign::Leading => "leading",
        Sign::Trailing => "trailing",
        Sign::Parentheses => "parentheses",
    };
    line(format!("\n[feed.numbers]\ndecimal = \"{}\"\nthousands = \"{thousands}\"\nsign = \"{sign}\"", style.decimal));
    if style.has_currency_signs {
        let mut signs = String::new();
        for (code, sign) in CURRENCY_SIGNS {
            // Writing to a string cannot fail.
            let _ = write!(signs, "{}\"{sign}\" = \"{code}\"", if signs.is_empty() { "" } else { ", " });
        }
        line(format!("currency_signs = {{ {signs} }}"));
    }
}
