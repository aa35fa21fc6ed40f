//! Which partners get a case file, in which language, and how its numbers, money and dates are written.

use super::file::{PublishSection, VerdictName};
use super::language::Language;
use super::resolve::Sections;
use crate::error::{Error, Problem, Result};
use crate::io::fingerprint::{self, Hash};
use std::path::Path;

/// How case files are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CasePolicy {
    /// The verdicts whose partners get a case file.
    pub verdicts: Vec<VerdictName>,
    /// The texts.
    pub language: Language,
    /// The language file, where it is not the built-in one.
    pub language_file: Option<LanguageFile>,
    /// How numbers, money and dates are written.
    pub style: Style,
}

/// A language file with its content's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageFile {
    /// Path relative to the pipeline file.
    pub relative: String,
    /// SHA-256 of its content.
    pub sha256: Hash,
}

/// How numbers, money and dates are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// What stands before and after an amount.
    pub currency: [String; 2],
    /// Between units and decimals.
    pub decimal_mark: String,
    /// Between groups of three digits; may be empty.
    pub thousands_mark: String,
    /// `{day}`, `{dd}`, `{month}` (its name), `{mm}`, `{year}`.
    pub date_format: String,
}

/// Placeholders of a date.
const DATE_PARTS: [&str; 5] = ["{day}", "{dd}", "{month}", "{mm}", "{year}"];
/// The placeholder of a currency format.
const AMOUNT: &str = "{amount}";

impl Sections<'_> {
    /// Checks the keys of `[publish]` that shape the case files. `None` where one has a problem.
    pub(super) fn cases(&mut self, base: &Path, section: &PublishSection, reporting_currency: &str) -> Result<Option<CasePolicy>> {
        let written = section.currency_format.clone().unwrap_or_else(|| usual_currency_format(reporting_currency));
        let currency = written.split_once(AMOUNT).filter(|(_, after)| !after.contains(AMOUNT));
        if currency.is_none() {
            let message = format!("`currency_format` is `{written}`, without exactly one {AMOUNT}");
            self.value_problem("/publish/currency_format", message, "for example `${amount}` or `{amount} €`");
        }
        let is_mark = |mark: &str| {
            mark.chars().count() <= 1 && !mark.contains(|letter: char| letter.is_ascii_alphanumeric() || letter.is_control())
        };
        for (key, mark, may_be_empty) in
            [("decimal_mark", &section.decimal_mark, false), ("thousands_mark", &section.thousands_mark, true)]
        {
            if !is_mark(mark) || (mark.is_empty() && !may_be_empty) {
                let message = format!("`{key}` is `{mark}`, which is not one mark");
                self.value_problem(&format!("/publish/{key}"), message, "one character, neither a letter nor a digit");
            }
        }
        if section.decimal_mark == section.thousands_mark {
            self.value_problem("/publish/thousands_mark", "`thousands_mark` is also the `decimal_mark`", "choose two marks");
        }
        let without_parts = DATE_PARTS.iter().fold(section.date_format.clone(), |text, part| text.replace(part, ""));
        if without_parts.contains(['{', '}']) || !section.date_format.contains("{year}") {
            let message = format!("`date_format` is `{}`, which is not a date", section.date_format);
            let hint = format!("its parts: {}; {{year}} must stand in it", DATE_PARTS.join(", "));
            self.value_problem("/publish/date_format", message, &hint);
        }
        let (language, language_file) = self.language(base, section.language.as_deref())?;
        let (Some((before, after)), Some(language)) = (currency, language) else { return Ok(None) };
        let mut verdicts = section.cases.clone();
        verdicts.sort_unstable();
        verdicts.dedup();
        let style = Style {
            currency: [before.to_owned(), after.to_owned()],
            decimal_mark: section.decimal_mark.clone(),
            thousands_mark: section.thousands_mark.clone(),
            date_format: section.date_format.clone(),
        };
        Ok(Some(CasePolicy { verdicts, language, language_file, style }))
    }

    /// The built-in language, or the one of a file. Problems of the file are told with those of the pipeline file.
    fn language(&mut self, base: &Path, name: Option<&str>) -> Result<(Option<Language>, Option<LanguageFile>)> {
        let Some(name) = name else { return Ok((Some(Language::english()?), None)) };
        let Some(file) = self.file(base, "/publish/language", name) else { return Ok((None, None)) };
        let bytes = std::fs::read(&file.path).map_err(Error::io("read", &file.path))?;
        let (sha256, _) = fingerprint::of_file(&file.path).map_err(Error::io("read", &file.path))?;
        let Ok(text) = String::from_utf8(bytes) else {
            self.problems.push(Problem::new(&file.path, "not valid UTF-8").with_hint("save the file as UTF-8"));
            return Ok((None, None));
        };
        let language = Language::parse(&file.path, &text, &mut self.problems);
        Ok((language, Some(LanguageFile { relative: file.relative, sha256 })))
    }
}

/// What usually stands at an amount of a currency.
fn usual_currency_format(currency: &str) -> String {
    match currency {
        "USD" => "${amount}".to_owned(),
        "EUR" => "€{amount}".to_owned(),
        "GBP" => "£{amount}".to_owned(),
        "JPY" => "¥{amount}".to_owned(),
        other => format!("{other}\u{a0}{AMOUNT}"),
    }
}
