//! The language of the case files: every sentence stands in a language file, with named placeholders. English is built in, and is itself such a
//! file; another language is a file with the same keys and the same placeholders.

use super::document::Document;
use super::schema::suggestion;
use crate::error::{Error, Problem, Problems, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Write as _};
use std::path::Path;

/// The built-in language file.
pub const ENGLISH: &str = include_str!("languages/en.toml");

/// Declares the texts with their placeholders: a method for each, so that a page cannot ask for a text that no language file has.
macro_rules! texts {
    ($($key:ident($($placeholder:ident),*);)+) => {
        /// Every key of a language file with its placeholders.
        const KEYS: &[(&str, &[&str])] = &[$((stringify!($key), &[$(stringify!($placeholder)),*])),+];

        impl Language {
            $(
                #[doc = concat!("The text `", stringify!($key), "` of the language file.")]
                pub fn $key(&self, $($placeholder: impl Display),*) -> String {
                    self.fill(stringify!($key), &[$((stringify!($placeholder), &$placeholder)),*])
                }
            )+
        }
    };
}

texts! {
    language_tag();
    text_direction();
    case_title(partner);
    synthetic();
    partner_number();
    country();
    period();
    period_days(from, to);
    as_of();
    rate_in_money(amount, one);
    lede_money(expected, sold, rate);
    lede_units(expected, sold);
    lede_not_assessed(reason);
    lede_withheld(sold);
    withheld();
    not_in_program();
    no_hardware();
    below_floor();
    nothing_expected();
    verdict_at(at);
    verdict_near(near, at);
    verdict_below(near);
    missing_to_line(line, money);
    missing_units_to_line(line, units);
    recovery_due(day);
    on_hold();
    gauge_title(index, near, at);
    gauge_near(near);
    gauge_at(at);
    index();
    expected();
    sold();
    gap_to(line);
    worked_heading();
    worked_hardware();
    worked_rate();
    worked_expected();
    worked_index(sold, expected, index);
    worked_gap(line, expected, sold, gap);
    worked_caption(currency);
    worked_caption_units();
    worked_cents();
    worked_windows();
    worked_wider();
    worked_together(categories);
    product();
    hardware();
    average_rate();
    difference();
    all_rows();
    together();
    window_ended();
    window_open();
    shortfall_heading();
    shortfall_none();
    shortfall_finding(category, money, total);
    shortfall_finding_units(category, units, total);
    missing();
    over();
    packs_to(line);
    mean_pack();
    sure_heading();
    sure_conclusive(near);
    sure_inconclusive(near);
    sure_orders(orders);
    sure_interval(confidence, lower, upper);
    readings_heading();
    readings_same();
    readings_differ(different, count);
    reading();
    result();
    reading_leave_one_out();
    reading_measure_units();
    reading_measure_revenue();
    reading_services_all();
    reading_services_attached();
    reading_windows_closed();
    reading_windows_all();
    reading_without_exceptions();
    reading_serial_invoice();
    reading_window(days);
    result_at();
    result_near();
    result_below();
    result_not_assessed();
    counts_heading();
    counts_finding(counted, sold);
    counts_hardware_caption();
    counts_packs_caption(currency);
    what();
    lines();
    units();
    packs();
    amount();
    counts_others_packs();
    counts_sum();
    not_counted();
    counted();
    reason_hardware(units, covered);
    reason_hardware_short();
    reason_returned();
    reason_return_unmatched();
    reason_excepted(exception);
    reason_excepted_short();
    reason_dropped();
    reason_outside_period();
    reason_window_open();
    reason_attached(packs, how);
    reason_attached_short(how);
    reason_left(packs, reason);
    reason_other_seller();
    reason_other_seller_own();
    reason_hardware_outside();
    reason_hardware_excepted();
    reason_hardware_open();
    reason_in_scope();
    reason_other_product();
    reason_unmapped();
    reason_added();
    how_serial();
    how_invoice();
    how_order();
    how_customer();
    how_pool();
    left_no_units();
    left_unmatched_return();
    left_post_warranty();
    left_no_hardware();
    left_out_of_window();
    left_surplus();
    left_no_key();
    reviewed_heading();
    reviewed_none();
    exceptions_caption();
    exception();
    exception_scope_deal(value);
    exception_scope_invoice(value);
    exception_scope_customer(value);
    exception_scope_category(value);
    exception_scope_partner();
    exception_why();
    days();
    days_always();
    days_from(from);
    days_to(to);
    adjustments_caption();
    adjustment();
    adjustment_add();
    adjustment_drop();
    adjustment_recode();
    removed();
    added();
    plan_heading();
    plan_reached(at);
    plan_open(units);
    plan_open_none();
    plan_intro(line, possible_until);
    plan_short(line, missing);
    plan_unknown(line);
    plan_caption(line);
    plan_finding(packs, line);
    sell_by();
    worth();
    open_caption();
    open_units();
    last_day();
    trend_heading();
    trend_finding_all(quarters);
    trend_finding_some(short, quarters);
    trend_finding_none();
    trend_caption(currency);
    trend_caption_units();
    trend_band(near, at);
    trend_note();
    quarter();
    quarter_from(month, year);
    lines_heading();
    lines_intro(count, file);
    lines_caption(currency);
    covered();
    largest_caption(currency);
    date();
    invoice();
    description();
    uncovered();
    largest_none();
    object_heading();
    object_intro();
    object_lines(file);
    object_own_list();
    object_columns();
    object_serials();
    object_exceptions();
    object_open(count, money);
    object_privacy();
    run();
    month_1();
    month_2();
    month_3();
    month_4();
    month_5();
    month_6();
    month_7();
    month_8();
    month_9();
    month_10();
    month_11();
    month_12();
}

/// The sentences of what was sold for every unit of money, in one currency. Texts of their own, because only some currencies have a word for the
/// hundredth part.
const CURRENCY_KEYS: &[(&str, &[&str])] = &[("one_cent", &[]), ("cents", &["cents"]), ("more", &["amount"])];

/// Key of the tables by currency.
const CURRENCIES: &str = "currency";

/// The texts of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language {
    texts: BTreeMap<String, Text>,
    currencies: BTreeMap<String, BTreeMap<String, Text>>,
}

/// A text with its placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Text(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Placeholder(String),
}

impl Language {
    /// The built-in language.
    ///
    /// # Errors
    /// None but an internal one.
    pub fn english() -> Result<Self> {
        let path = Path::new("en.toml");
        let document = Document::parse(path, ENGLISH).map_err(|error| Error::Internal(error.to_string()))?;
        let mut problems = Problems::default();
        let language = Self::of(&document, &mut problems);
        problems.into_result(Error::Config).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(language)
    }

    /// Reads a language file; every key and placeholder that is missing or not known is a problem.
    pub fn parse(path: &Path, text: &str, problems: &mut Problems) -> Option<Self> {
        match Document::parse(path, text) {
            Ok(document) => Some(Self::of(&document, problems)),
            Err(Error::Config(syntax)) => {
                syntax.0.into_iter().for_each(|problem| problems.push(problem));
                None
            }
            Err(_) => None,
        }
    }

    fn of(document: &Document<'_>, problems: &mut Problems) -> Self {
        let mut currencies = BTreeMap::new();
        if let Some(tables) = document.json.get(CURRENCIES).and_then(Value::as_object) {
            for (code, table) in tables {
                let pointer = format!("/{CURRENCIES}/{code}");
                currencies.insert(code.clone(), texts(document, table, &pointer, CURRENCY_KEYS, problems));
            }
        }
        let texts = texts(document, &document.json, "", KEYS, problems);
        Self { texts, currencies }
    }

    /// `62 cents for every dollar`, from an index in hundredths. `amount` writes hundredths of the currency's unit as money.
    pub fn for_every(&self, hundredths: i64, currency: &str, amount: impl Fn(i64) -> String) -> String {
        match self.currencies.get(currency) {
            None => self.rate_in_money(amount(hundredths), amount(100)),
            Some(own) => {
                let (key, value) = match hundredths {
                    1 => ("one_cent", String::new()),
                    0..100 => ("cents", hundredths.to_string()),
                    _ => ("more", amount(hundredths)),
                };
                own.get(key).map(|text| text.fill(&[("cents", &value), ("amount", &value)])).unwrap_or_default()
            }
        }
    }

    /// The name of a month, from 1.
    pub fn month(&self, number: u32) -> String {
        self.fill(&format!("month_{number}"), &[])
    }

    fn fill(&self, key: &str, values: &[(&str, &dyn Display)]) -> String {
        self.texts.get(key).map(|text| text.fill(values)).unwrap_or_default()
    }
}

/// The texts of a table. Each declared key must stand there with exactly its placeholders, and no other.
fn texts(
    document: &Document<'_>,
    table: &Value,
    pointer: &str,
    declared: &[(&str, &[&str])],
    problems: &mut Problems,
) -> BTreeMap<String, Text> {
    let known: Vec<&str> = declared.iter().map(|(key, _)| *key).collect();
    let empty = serde_json::Map::new();
    let written = table.as_object().unwrap_or(&empty);
    let is_known = |key: &str| known.contains(&key) || (pointer.is_empty() && key == CURRENCIES);
    for key in written.keys().filter(|key| !is_known(key)) {
        let problem = document.problem_at_key(&format!("{pointer}/{key}"), format!("unknown text `{key}`"));
        problems.push(problem.with_hint(suggestion(key, &known)));
    }
    let mut texts = BTreeMap::new();
    for (key, placeholders) in declared {
        let at = format!("{pointer}/{key}");
        let Some(value) = written.get(*key) else {
            let place = if pointer.is_empty() { String::new() } else { format!(" in [{}]", pointer[1..].replace('/', ".")) };
            let problem = match pointer {
                "" => Problem::new(&document.path, format!("the text `{key}` is missing")),
                _ => document.problem_at_key(pointer, format!("the text `{key}` is missing{place}")),
            };
            problems.push(problem.with_hint("`attachrate init --language` writes the English file with every text"));
            continue;
        };
        let text = value.as_str().ok_or_else(|| "is not a text".to_owned()).and_then(Text::parse);
        match text.and_then(|text| text.check(placeholders).map(|()| text)) {
            Ok(text) => {
                texts.insert((*key).to_owned(), text);
            }
            Err(cause) => {
                let hint = match placeholders {
                    [] => "this text has no placeholders".to_owned(),
                    own => {
                        format!("its placeholders: {}", own.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(", "))
                    }
                };
                problems.push(document.problem_at_value(&at, format!("the text `{key}` {cause}")).with_hint(hint));
            }
        }
    }
    texts
}

impl Text {
    /// Takes a text apart. A brace opens a placeholder.
    fn parse(text: &str) -> std::result::Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find(['{', '}']) {
            let (literal, from) = rest.split_at(open);
            pieces.push(Piece::Literal(literal.to_owned()));
            let name = from.strip_prefix('{').and_then(|after| after.split_once('}'));
            let Some((name, after)) = name.filter(|(name, _)| !name.contains('{')) else {
                return Err("has a brace without its counterpart".to_owned());
            };
            pieces.push(Piece::Placeholder(name.to_owned()));
            rest = after;
        }
        pieces.push(Piece::Literal(rest.to_owned()));
        Ok(Self(pieces))
    }

    fn check(&self, placeholders: &[&str]) -> std::result::Result<(), String> {
        let used: BTreeSet<&str> = self
            .0
            .iter()
            .filter_map(|piece| match piece {
                Piece::Placeholder(name) => Some(name.as_str()),
                Piece::Literal(_) => None,
            })
            .collect();
        if let Some(unknown) = used.iter().find(|name| !placeholders.contains(name)) {
            return Err(format!("has the unknown placeholder {{{unknown}}}"));
        }
        match placeholders.iter().find(|name| !used.contains(*name)) {
            Some(missing) => Err(format!("does not use {{{missing}}}")),
            None => Ok(()),
        }
    }

    fn fill(&self, values: &[(&str, &dyn Display)]) -> String {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => filled.push_str(text),
                Piece::Placeholder(name) => {
                    if let Some((_, value)) = values.iter().find(|(known, _)| known == name) {
                        // Writing to a String does not fail.
                        let _: fmt::Result = write!(filled, "{value}");
                    }
                }
            }
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(text: &str) -> Vec<String> {
        let mut problems = Problems::default();
        Language::parse(Path::new("xx.toml"), text, &mut problems);
        problems.0.iter().map(|problem| problem.message.clone()).collect()
    }

    #[test]
    fn english_has_every_text() {
        let english = Language::english().expect("the built-in language file");
        assert_eq!(english.language_tag(), "en");
        let amount = |hundredths: i64| format!("${}.{:02}", hundredths / 100, hundredths % 100);
        let rates = [62, 1, 0, 130].map(|hundredths| english.for_every(hundredths, "USD", amount));
        assert_eq!(
            rates,
            ["62 cents for every dollar", "1 cent for every dollar", "0 cents for every dollar", "$1.30 for every dollar"]
        );
        assert_eq!(english.for_every(62, "XXX", amount), "$0.62 for every $1.00");
        assert_eq!(
            english.lede_money("$66,500", "$41,200", "62 cents for every dollar"),
            "With your mix, an average partner would have sold $66,500 of Care Packs; you sold $41,200: 62 cents for every dollar."
        );
    }

    #[test]
    fn every_mistake_of_a_language_file_is_told() {
        let changed = ENGLISH
            .replace("\nsold = ", "\nsould = ")
            .replace("sold {expected} of Care Packs", "sold {expectation} of Care Packs")
            .replace("{cents} cents for every dollar", "some cents for every dollar")
            .replace("\nmonth_1 = \"January\"", "\nmonth_1 = \"January {\"")
            .replace("\nmonth_2 = \"February\"", "\nmonth_2 = 2");
        let mut told = problems_of(&changed);
        told.sort();
        assert_eq!(
            told,
            [
                "the text `cents` does not use {cents}",
                "the text `lede_money` has the unknown placeholder {expectation}",
                "the text `month_1` has a brace without its counterpart",
                "the text `month_2` is not a text",
                "the text `sold` is missing",
                "unknown text `sould`",
            ]
        );
        assert_eq!(problems_of("a = ").len(), 1);
    }
}
