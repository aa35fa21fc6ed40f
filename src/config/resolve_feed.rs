//! One feed's section to a feed.

use regex::Regex;

use super::date_layout::{self, DateLayout};
use super::document::Document;
use super::file::{ColumnsSection, DatesSection, FeedKind, FeedSection, FormatName, NumbersSection, RestatementMode};
use super::plan::{DateFormat, Feed, FeedFile, NumberFormat, Restatement};
use super::resolve::canonical_hash;
use super::resolve_expected;
use super::resolve_layout::{self, LIST_SEPARATOR};
use crate::error::Problems;

/// What a section declares.
pub enum Declared {
    /// A feed of a pipeline.
    Feed {
        /// Its files.
        files: Vec<FeedFile>,
        /// First day of the assessed period, where it is known.
        period_from: Option<i32>,
    },
    /// A partner's own list: every record is the partner's, and no column need say so.
    List,
}

/// Checks a feed's section; `None` where it has a problem without which no feed can be made.
pub fn resolve(
    document: &Document<'_>,
    pointer: &str,
    mut section: FeedSection,
    declared: Declared,
    problems: &mut Problems,
) -> Option<Feed> {
    let (files, period_from, is_list) = match declared {
        Declared::Feed { files, period_from } => (files, period_from, false),
        Declared::List => (Vec::new(), None, true),
    };
    let expected = section
        .expected
        .as_ref()
        .map(|expected| resolve_expected::resolve(document, pointer, &section, expected, period_from, problems));
    let mut checks = Checks { document, pointer, problems };
    if section.format == FormatName::X12 {
        section.columns = resolve_layout::x12_columns(&section);
    }
    checks.columns(&section, is_list);
    let layout = resolve_layout::resolve(&mut checks, &section);
    let numbers = checks.numbers(&section.numbers);
    let dates = checks.dates(&section.dates);
    let restatement = checks.restatement(&section);
    let control = checks.control(&section);
    let declared = section.serial_separator.chars().next();
    let has_lists = matches!(section.format, FormatName::JsonLines | FormatName::X12);
    let serial_separator = if has_lists { declared.or(Some(LIST_SEPARATOR)) } else { declared };
    let mut declaration = document.json.pointer(pointer)?.clone();
    declaration.as_object_mut()?.remove("files");
    Some(Feed {
        id: section.id,
        kind: section.kind,
        layout: layout?,
        priority: section.priority,
        columns: section.columns,
        serial_separator,
        currency: section.currency,
        numbers: numbers?,
        dates: dates?,
        return_types: section.returns.transaction_types,
        restatement,
        control,
        expected: match expected {
            Some(resolved) => Some(resolved?),
            None => None,
        },
        files,
        declaration_hash: canonical_hash(&declaration),
    })
}

/// Tells what a feed's section lacks for its format, where it cannot be read as a whole.
pub fn missing_keys(document: &Document<'_>, pointer: &str, problems: &mut Problems) {
    if let Some(section) = document.json.pointer(pointer) {
        resolve_layout::missing_keys(&mut Checks { document, pointer, problems }, section);
    }
}

/// What is wrong with a feed's section so far.
pub struct Checks<'a> {
    document: &'a Document<'a>,
    pointer: &'a str,
    problems: &'a mut Problems,
}

impl Checks<'_> {
    /// Adds a problem at a key of the section.
    pub fn problem(&mut self, key: &str, message: impl Into<String>, hint: &str) {
        let pointer = format!("{}/{key}", self.pointer);
        self.problems.push(self.document.problem_at_value(&pointer, message).with_hint(hint));
    }

    /// Adds the problem of a key that the feed's format needs.
    pub fn missing(&mut self, key: &str, hint: &str) {
        let problem = self.document.problem_at_key(self.pointer, format!("missing key `{key}` in [[feed]]"));
        self.problems.push(problem.with_hint(hint));
    }

    /// A one-character mark as its byte; `None` where it is empty or not usable.
    pub fn mark(&mut self, key: &str, text: &str) -> Option<u8> {
        match *text.as_bytes() {
            [] => None,
            [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'+' | b'\n' | b'\r') => {
                Some(byte)
            }
            _ => {
                let name = key.rsplit('/').next().unwrap_or(key);
                let message = format!("`{name}` is `{}`, which cannot be a mark", text.escape_debug());
                self.problem(key, message, "one ASCII character that is no letter, digit, sign or line end");
                None
            }
        }
    }

    fn numbers(&mut self, section: &NumbersSection) -> Option<NumberFormat> {
        let decimal = self.mark("numbers/decimal", &section.decimal);
        let thousands = section.thousands.chars().next();
        if thousands.is_some_and(|mark| mark.is_alphanumeric() || mark.is_control() || matches!(mark, '-' | '+' | '(' | ')')) {
            let message = format!("`thousands` is `{}`, which cannot be a mark", section.thousands.escape_debug());
            self.problem("numbers/thousands", message, "one character that is no letter, digit, sign or line end");
        }
        if decimal.is_some() && decimal.map(char::from) == thousands {
            let hint = "leave `thousands` empty where there is no mark";
            self.problem("numbers/thousands", "`thousands` is the same as `decimal`", hint);
        }
        for (sign, currency) in &section.currency_signs {
            let is_sign = |text: &str| {
                text.trim() == text
                    && !text.is_empty()
                    && !text.contains(|mark: char| mark.is_ascii_digit() || "-+.,()".contains(mark))
            };
            if !is_sign(sign) {
                let message = format!("`{}` cannot be a currency sign", sign.escape_debug());
                self.problem(
                    "numbers/currency_signs",
                    message,
                    "a sign has no digits, decimal marks, minus or white space around it",
                );
            }
            if !is_currency(currency) {
                let message = format!("`{currency}` is not an ISO 4217 code");
                self.problem("numbers/currency_signs", message, "three capital letters: `\"€\" = \"EUR\"`");
            }
        }
        let mut currency_signs: Vec<_> = section.currency_signs.clone().into_iter().collect();
        currency_signs.sort_by_key(|(sign, _)| std::cmp::Reverse(sign.len()));
        Some(NumberFormat { decimal: decimal?, thousands, sign: section.sign, currency_signs })
    }

    fn dates(&mut self, section: &DatesSection) -> Option<DateFormat> {
        if !matches!(section.month_names.len(), 0 | 12) {
            let message = format!("`month_names` has {} names", section.month_names.len());
            self.problem("dates/month_names", message, "twelve names, January first");
        }
        if section.month_names.iter().any(|name| name.is_empty() || !name.chars().all(char::is_alphabetic)) {
            let hint = "write the name without its full stop, and the full stop into the `format`: `d. mon. yyyy`";
            self.problem("dates/month_names", "a name of a month is not made of letters", hint);
        }
        match DateLayout::compile(&section.format, section.pivot, &section.month_names) {
            Ok(layout) => Some(DateFormat { text: section.format.clone(), pivot: section.pivot, layout }),
            Err(cause) => {
                self.problem("dates/format", format!("`format` `{}` {cause}", section.format), date_layout::HINT);
                None
            }
        }
    }

    fn columns(&mut self, section: &FeedSection, is_list: bool) {
        let columns = &section.columns;
        let mut require = |key: &str, present: bool| {
            if !present {
                let kind = match section.kind {
                    FeedKind::Sales => "sales",
                    FeedKind::Registrations => "registrations",
                };
                let message = format!("missing key `{key}` in [feed.columns], which a feed of kind `{kind}` needs");
                let problem = self.document.problem_at_key(&format!("{}/columns", self.pointer), message);
                self.problems.push(problem.with_hint(format!("name the sender's column: `{key} = \"…\"`")));
            }
        };
        require("date", columns.date.is_some());
        require("sku", columns.sku.is_some());
        match section.kind {
            FeedKind::Sales => {
                require("quantity", columns.quantity.is_some());
                require("amount", columns.amount.is_some());
                require("location", is_list || columns.location.is_some() || columns.partner_name.is_some());
            }
            FeedKind::Registrations => require("serials", columns.serials.is_some()),
        }
        self.currency(section, columns);
        self.transaction_type(section, columns);
        let empty: Vec<&str> = named(columns).into_iter().filter(|(_, name)| *name == Some("")).map(|(key, _)| key).collect();
        for key in empty {
            self.problem(&format!("columns/{key}"), format!("`{key}` is empty"), "leave out what the feed does not have");
        }
    }

    fn currency(&mut self, section: &FeedSection, columns: &ColumnsSection) {
        if section.kind == FeedKind::Registrations {
            for (key, given) in [("amount", &columns.amount), ("currency", &columns.currency), ("quantity", &columns.quantity)] {
                if given.is_some() {
                    let message = format!("`{key}` in a feed of kind `registrations`");
                    self.problem(
                        &format!("columns/{key}"),
                        message,
                        "a registration is evidence: it has no units and no money of its own",
                    );
                }
            }
            return;
        }
        match (&columns.currency, &section.currency) {
            (None, None) => {
                let message = "the feed has neither a currency column nor a `currency`";
                self.problem("columns", message, "add `currency = \"EUR\"` to the feed, or name the column in [feed.columns]");
            }
            (Some(_), Some(_)) => {
                let message = "the feed has both a currency column and a `currency`";
                self.problem("currency", message, "remove one: a record has one currency");
            }
            (None, Some(code)) if !is_currency(code) => {
                self.problem(
                    "currency",
                    format!("`currency` is `{code}`, which is not an ISO 4217 code"),
                    "three capital letters: `EUR`",
                );
            }
            _ => {}
        }
    }

    fn transaction_type(&mut self, section: &FeedSection, columns: &ColumnsSection) {
        match (&columns.transaction_type, section.returns.transaction_types.is_empty()) {
            (Some(_), true) => {
                let message = "`transaction_type` is named, but no type marks a return";
                self.problem(
                    "columns/transaction_type",
                    message,
                    "add `transaction_types` to [feed.returns], or leave the column out",
                );
            }
            (None, false) => {
                let message = "`transaction_types` is given, but no column holds the type";
                self.problem("returns/transaction_types", message, "name the sender's column: `transaction_type = \"…\"`");
            }
            _ => {}
        }
    }

    fn control(&mut self, section: &FeedSection) -> Option<Regex> {
        let pattern = &section.control.as_ref()?.totals_pattern;
        if section.trailer_lines.is_none() && section.trailer_pattern.is_none() {
            let hint = "add `trailer_lines` or `trailer_pattern`: only lines that are no records have totals";
            self.problem("control", "totals in trailers, but the feed has none", hint);
        }
        match Regex::new(pattern) {
            Ok(regex) if regex.capture_names().flatten().any(|name| matches!(name, "records" | "units" | "amount")) => Some(regex),
            Ok(_) => {
                let message = "`totals_pattern` has none of the groups `records`, `units`, `amount`";
                self.problem(
                    "control/totals_pattern",
                    message,
                    r"for example `totals_pattern = '^T;(?<records>\d+);(?<amount>.*)$'`",
                );
                None
            }
            Err(_) => {
                let message = "`totals_pattern` is not a regular expression";
                self.problem("control/totals_pattern", message, "write it as a literal text, in single quotes");
                None
            }
        }
    }

    fn restatement(&mut self, section: &FeedSection) -> Option<Restatement> {
        let written = &section.restatement;
        let pattern = match (written.mode, &written.file_pattern) {
            (RestatementMode::Add, None) => return None,
            (RestatementMode::Add, Some(_)) => {
                let message = "`file_pattern` is given, but files of mode `add` have no versions";
                self.problem("restatement/file_pattern", message, "set `mode = \"replace\"`, or leave the pattern out");
                return None;
            }
            (RestatementMode::Replace, None) => {
                let hint = r"for example `file_pattern = '_(?<period>\d{6})_v(?<version>\d+)\.'`";
                self.problem("restatement", "mode `replace` without a `file_pattern`", hint);
                return None;
            }
            (RestatementMode::Replace, Some(pattern)) => pattern,
        };
        match file_pattern(pattern, &["period", "version"]) {
            Ok(pattern) => Some(Restatement { pattern }),
            Err(causes) => {
                for (message, hint) in causes {
                    self.problem("restatement/file_pattern", message, &hint);
                }
                None
            }
        }
    }
}

/// A pattern on file names with named groups; else what is wrong with it and a hint for each cause.
pub fn file_pattern(pattern: &str, groups: &[&str]) -> Result<Regex, Vec<(String, String)>> {
    let regex = Regex::new(pattern).map_err(|error| {
        let cause = error.to_string();
        let cause = cause.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let message = format!("`file_pattern` is not a regular expression: {cause}");
        vec![(message, "write it as a literal text, in single quotes".to_owned())]
    })?;
    let missing: Vec<_> = groups
        .iter()
        .filter(|group| !regex.capture_names().flatten().any(|name| name == **group))
        .map(|group| (format!("`file_pattern` has no group `{group}`"), format!("mark that part of the name: `(?<{group}>…)`")))
        .collect();
    if missing.is_empty() { Ok(regex) } else { Err(missing) }
}

fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Our field names with the sender's, in the order of the file format.
pub fn named(columns: &ColumnsSection) -> [(&'static str, Option<&str>); 17] {
    [
        ("location", columns.location.as_deref()),
        ("partner_name", columns.partner_name.as_deref()),
        ("date", columns.date.as_deref()),
        ("invoice", columns.invoice.as_deref()),
        ("sku", columns.sku.as_deref()),
        ("description", columns.description.as_deref()),
        ("label", columns.label.as_deref()),
        ("product_line", columns.product_line.as_deref()),
        ("quantity", columns.quantity.as_deref()),
        ("amount", columns.amount.as_deref()),
        ("currency", columns.currency.as_deref()),
        ("serials", columns.serials.as_deref()),
        ("purchase_order", columns.purchase_order.as_deref()),
        ("sales_order", columns.sales_order.as_deref()),
        ("end_customer", columns.end_customer.as_deref()),
        ("certificate", columns.certificate.as_deref()),
        ("transaction_type", columns.transaction_type.as_deref()),
    ]
}
