//! Whether the records of a file contradict its feed's declaration: `check` looks at the first of them and names both.

use super::sniff::beginning;
use crate::config::file::SignPosition;
use crate::config::plan::{Feed, NumberFormat};
use crate::config::resolve_feed::named;
use crate::error::{Problem, Result};
use crate::finding::QuarantineCode;
use crate::sniff::{guess_dates, guess_numbers, sniff};
use crate::stages::extract::Rejection;
use std::collections::BTreeMap;
use std::path::Path;

/// Records of a file that are looked at.
pub const RECORDS: u64 = 2_000;

/// What the first records of a file came to.
#[derive(Debug, Default)]
pub struct Contradictions {
    records: u64,
    rejected: BTreeMap<(QuarantineCode, &'static str), Vec<String>>,
}

impl Contradictions {
    /// Notes what became of a record.
    pub fn note(&mut self, outcome: std::result::Result<(), Rejection>) {
        self.records += 1;
        if let Err(Rejection { code, field, value }) = outcome {
            self.rejected.entry((code, field)).or_default().push(value);
        }
    }

    /// A problem for each cause for which more than half of the records would be quarantined: no sender's slip, but another layout.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn problems(&self, feed: &Feed, path: &Path) -> Result<Vec<Problem>> {
        let mut problems = Vec::new();
        for ((code, field), values) in &self.rejected {
            if values.len() as u64 * 2 <= self.records {
                continue;
            }
            let column = named(&feed.columns).into_iter().find(|(name, _)| name == field).and_then(|(_, column)| column);
            let (column, value) = (column.unwrap_or(field), values[0].escape_debug());
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let count = format!("{} of the first {} records", values.len(), self.records);
            let (message, looks) = match code {
                QuarantineCode::BadDate => (
                    format!("`{column}` holds `{value}`, which is not `{}` as declared, in {count}", feed.dates.text),
                    guess_dates(&values).map(|guess| format!("its dates look like `{}`", guess.format)),
                ),
                QuarantineCode::BadAmount | QuarantineCode::BadQuantity | QuarantineCode::AmbiguousNumber => (
                    format!(
                        "`{column}` holds `{value}`, which is not a number with {} as declared, in {count}",
                        shown(&feed.numbers)
                    ),
                    guess_numbers(&values).map(|guess| format!("its numbers look like those with {}", shown(&guess))),
                ),
                QuarantineCode::Undecodable => {
                    let name = path.to_string_lossy();
                    let found = sniff(&beginning(path)?, &name);
                    let message = format!("{count} are no text in the declared encoding");
                    (message, Some(format!("its bytes look like `{}`", found.encoding)))
                }
                QuarantineCode::FieldCount
                | QuarantineCode::StrayQuote
                | QuarantineCode::BadCurrency
                | QuarantineCode::MissingValue => {
                    let of = if column.is_empty() { String::new() } else { format!(" (`{column}`)") };
                    (format!("{count} contradict the declaration{of}: {}", code.meaning()), None)
                }
                // Not a matter of layout.
                _ => continue,
            };
            let hint = match looks {
                Some(looks) => format!("{looks}; correct the declaration of feed `{}`, or ask the sender", feed.id),
                None => {
                    format!("compare with `attachrate sniff`; correct the declaration of feed `{}`, or ask the sender", feed.id)
                }
            };
            problems.push(Problem::new(path, message).with_hint(hint));
        }
        Ok(problems)
    }
}

/// How numbers are written, in words.
fn shown(numbers: &NumberFormat) -> String {
    let decimal = char::from(numbers.decimal);
    let thousands = match numbers.thousands {
        Some(mark) => format!("the thousands mark `{}`", mark.escape_debug()),
        None => "no thousands mark".to_owned(),
    };
    let sign = match numbers.sign {
        SignPosition::Leading => "a leading minus",
        SignPosition::Trailing => "a trailing minus",
        SignPosition::Parentheses => "parentheses for a minus",
    };
    format!("the decimal mark `{decimal}`, {thousands} and {sign}")
}
