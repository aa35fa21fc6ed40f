//! The senders' own totals, by which a feed is checked.

use super::Source;
use super::crosswalk::feed_index;
use super::table::Table;
use crate::config::plan::{Feed, ReferencePath};
use crate::error::Result;

/// What a sender says that it sent for one period. What it says nothing of is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ControlTotal {
    /// Index of the feed in the plan.
    pub feed: u16,
    /// The sender as the file names tell it; else empty.
    pub reporter: String,
    /// The period as the file names write it; empty for all files of the feed.
    pub period: String,
    /// Records.
    pub records: Option<i64>,
    /// Signed units.
    pub units: Option<i64>,
    /// Signed amount in cents, added up whatever the currency.
    pub amount: Option<i64>,
}

/// Reads the table of control totals, sorted.
pub(super) fn control_totals(source: &mut Source, path: &ReferencePath, feeds: &[Feed]) -> Result<Vec<ControlTotal>> {
    let table = Table::read(source, path, ["feed_id", "reporter_code", "period_code", "records", "units", "amount"])?;
    let mut totals: Vec<ControlTotal> = Vec::with_capacity(table.rows.len());
    for (line, [feed_id, reporter, period, records, units, amount]) in &table.rows {
        let mut problem = |message: String| source.problems.push(table.problem(*line, message));
        let feed = feed_index(feeds, feed_id).map_err(&mut problem).ok();
        let mut whole = |column: &str, text: &str| match text {
            "" => None,
            text => {
                let number = text.parse::<i64>().ok();
                if number.is_none() {
                    problem(format!("`{column}` is `{text}`, which is not a whole number"));
                }
                number
            }
        };
        let (records_total, units_total) = (whole("records", records), whole("units", units));
        let amount_total = if amount.is_empty() { None } else { parse_plain_amount(amount) };
        if !amount.is_empty() && amount_total.is_none() {
            problem(format!("`amount` is `{amount}`, which is not an amount like -1234.50"));
        }
        if [records, units, amount].iter().all(|text| text.is_empty()) {
            problem("a control total without any total".to_owned());
        }
        let Some(feed) = feed else { continue };
        if totals.iter().any(|other| (other.feed, &other.reporter, &other.period) == (feed, reporter, period)) {
            problem(format!("the totals of `{feed_id}` for `{reporter}` `{period}` stand here twice"));
        }
        totals.push(ControlTotal {
            feed,
            reporter: reporter.clone(),
            period: period.clone(),
            records: records_total,
            units: units_total,
            amount: amount_total,
        });
    }
    totals.sort();
    Ok(totals)
}

/// An amount as the reference tables write it (`-1234.50`), in cents; of any size that 64 bits hold. `None` for anything else.
fn parse_plain_amount(text: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "00"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || fraction.len() > 2 {
        return None;
    }
    let cents = format!("{whole}{fraction:0<2}").parse::<i64>().ok()?;
    Some(if negative { -cents } else { cents })
}

#[cfg(test)]
mod tests {
    use super::parse_plain_amount;

    #[test]
    fn amounts_of_reference_tables() {
        let right = [("1", 100), ("-1.5", -150), ("1234567890123.45", 123_456_789_012_345), ("0.07", 7)];
        assert!(right.iter().all(|(text, cents)| parse_plain_amount(text) == Some(*cents)));
        for text in ["", "-", "1.", ".5", "1.234", "1,5", "1e3", "99999999999999999999", "1 0", "--1"] {
            assert_eq!(parse_plain_amount(text), None, "{text:?}");
        }
    }
}
