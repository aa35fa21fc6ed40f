//! A partner's own list against the lines of a run: which row is which line, one to one, and where the two differ.
//!
//! Rows and lines are paired pass by pass, each on what the passes before left: everything equal; invoice, SKU and serials; invoice and SKU; a
//! serial; date, SKU and quantity. An empty invoice or serial pairs nothing. Within a key both sides are taken in the order of their content, so
//! that neither the order of the file nor that of the run matters. Nothing is ever paired by likeness. Of serials both sides are taken to tell no
//! more than the one that tells least.

use chrono::NaiveDate;
use std::collections::BTreeMap;

/// A sale as one of the sides has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sale {
    /// Days since 1970-01-01.
    pub date: i32,
    /// Invoice number or empty.
    pub invoice: String,
    /// Normalised base SKU.
    pub sku: String,
    /// Serials, as far as the side tells them.
    pub serials: Serials,
    /// Signed quantity.
    pub quantity: i64,
    /// Signed amount, cents of the currency.
    pub amount: i64,
    /// Currency code.
    pub currency: String,
    /// Category; empty where the side does not tell it.
    pub category: String,
}

/// The serials of a sale, as far as a side tells them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Serials {
    /// Nothing.
    Untold,
    /// How many they are.
    Count(usize),
    /// Each, sorted.
    Each(Vec<String>),
}

impl Serials {
    /// Those that are told.
    pub fn each(&self) -> &[String] {
        match self {
            Self::Each(serials) => serials,
            Self::Untold | Self::Count(_) => &[],
        }
    }

    /// How many they are, where that is told.
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::Untold => None,
            Self::Count(count) => Some(*count),
            Self::Each(serials) => Some(serials.len()),
        }
    }

    /// Whether two sides contradict each other.
    fn differ(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Each(own), Self::Each(others)) => own != others,
            _ => self.count().zip(other.count()).is_some_and(|(own, others)| own != others),
        }
    }

    /// No more than what another sale tells.
    fn no_more_than(&self, other: &Self) -> Self {
        match (other, self.count()) {
            (Self::Untold, _) | (_, None) => Self::Untold,
            (Self::Count(_), Some(count)) => Self::Count(count),
            (Self::Each(_), _) => self.clone(),
        }
    }
}

/// What can differ between a line and its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Signed quantity.
    Quantity,
    /// Signed amount, or its currency.
    Amount,
    /// Invoice date.
    Date,
    /// Invoice number.
    Invoice,
    /// SKU.
    Sku,
    /// Serials.
    Serials,
    /// Category.
    Category,
}

impl Field {
    /// Its code in CSV and JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Quantity => "quantity",
            Self::Amount => "amount",
            Self::Date => "date",
            Self::Invoice => "invoice",
            Self::Sku => "sku",
            Self::Serials => "serials",
            Self::Category => "category",
        }
    }
}

/// Which row is which line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairing {
    /// Line and row, in the order of the lines.
    pub pairs: Vec<(usize, usize)>,
    /// Lines that the list lacks.
    pub lines_alone: Vec<usize>,
    /// Rows that the run lacks.
    pub rows_alone: Vec<usize>,
}

/// Pairs the lines of a run with the rows of a list.
pub fn pair(lines: &[Sale], rows: &[Sale]) -> Pairing {
    let (lines, rows) = (alike(lines, rows), alike(rows, lines));
    let mut open = Open { lines: &lines, rows: &rows, row_of: vec![None; lines.len()], is_taken: vec![false; rows.len()] };
    let texts = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<String>>();
    open.pass(|sale| {
        Some((texts(&[&sale.invoice, &sale.sku, &sale.currency]), sale.serials.clone(), sale.date, sale.quantity, sale.amount))
    });
    open.pass(|sale| {
        let is_telling = !sale.invoice.is_empty() && !sale.serials.each().is_empty();
        is_telling.then(|| (texts(&[&sale.invoice, &sale.sku]), sale.serials.clone()))
    });
    open.pass(|sale| (!sale.invoice.is_empty()).then(|| texts(&[&sale.invoice, &sale.sku])));
    open.serial_pass();
    open.pass(|sale| Some((sale.date, texts(&[&sale.sku]), sale.quantity)));
    Pairing {
        pairs: open.row_of.iter().enumerate().filter_map(|(line, row)| Some((line, (*row)?))).collect(),
        lines_alone: (0..lines.len()).filter(|line| open.row_of[*line].is_none()).collect(),
        rows_alone: (0..rows.len()).filter(|row| !open.is_taken[*row]).collect(),
    }
}

/// Sales that tell no more of their serials than those of the other side, each of which tells as much as the next.
fn alike(sales: &[Sale], others: &[Sale]) -> Vec<Sale> {
    let serials = |sale: &Sale| others.first().map_or(sale.serials.clone(), |other| sale.serials.no_more_than(&other.serials));
    sales.iter().map(|sale| Sale { serials: serials(sale), ..sale.clone() }).collect()
}

/// Where a row says something else than its line. What one of them does not tell is no difference.
pub fn differences(line: &Sale, row: &Sale) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut note = |field, differs: bool| fields.extend(differs.then_some(field));
    note(Field::Quantity, line.quantity != row.quantity);
    note(Field::Amount, (line.amount, &line.currency) != (row.amount, &row.currency));
    note(Field::Date, line.date != row.date);
    note(Field::Invoice, line.invoice != row.invoice);
    note(Field::Sku, line.sku != row.sku);
    note(Field::Serials, line.serials.differ(&row.serials));
    note(Field::Category, !line.category.is_empty() && !row.category.is_empty() && line.category != row.category);
    fields
}

impl Sale {
    /// The date as `2026-10-31`.
    pub fn iso_date(&self) -> String {
        NaiveDate::from_epoch_days(self.date).unwrap_or_default().to_string()
    }
}

/// What is not paired yet.
struct Open<'a> {
    lines: &'a [Sale],
    rows: &'a [Sale],
    row_of: Vec<Option<usize>>,
    is_taken: Vec<bool>,
}

impl Open<'_> {
    /// Pairs what is left by a key.
    fn pass<K: Ord>(&mut self, key: impl Fn(&Sale) -> Option<K>) {
        let mut groups: BTreeMap<K, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for line in (0..self.lines.len()).filter(|line| self.row_of[*line].is_none()) {
            if let Some(key) = key(&self.lines[line]) {
                groups.entry(key).or_default().0.push(line);
            }
        }
        for row in (0..self.rows.len()).filter(|row| !self.is_taken[*row]) {
            if let Some(key) = key(&self.rows[row]) {
                groups.entry(key).or_default().1.push(row);
            }
        }
        for (mut lines, mut rows) in groups.into_values() {
            lines.sort_by(|a, b| self.lines[*a].cmp(&self.lines[*b]));
            rows.sort_by(|a, b| self.rows[*a].cmp(&self.rows[*b]));
            for (line, row) in lines.into_iter().zip(rows) {
                self.take(line, row);
            }
        }
    }

    /// Pairs what is left and has a serial in common, in the order of the serials.
    fn serial_pass(&mut self) {
        let mut sold: BTreeMap<&str, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (line, sale) in self.lines.iter().enumerate() {
            for serial in sale.serials.each() {
                sold.entry(serial).or_default().0.push(line);
            }
        }
        for (row, sale) in self.rows.iter().enumerate() {
            for serial in sale.serials.each() {
                sold.entry(serial).or_default().1.push(row);
            }
        }
        for (mut lines, mut rows) in sold.into_values() {
            lines.retain(|line| self.row_of[*line].is_none());
            rows.retain(|row| !self.is_taken[*row]);
            lines.sort_by(|a, b| self.lines[*a].cmp(&self.lines[*b]));
            rows.sort_by(|a, b| self.rows[*a].cmp(&self.rows[*b]));
            for (line, row) in lines.into_iter().zip(rows) {
                self.take(line, row);
            }
        }
    }

    fn take(&mut self, line: usize, row: usize) {
        self.row_of[line] = Some(row);
        self.is_taken[row] = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sale(invoice: &str, serials: &[&str], quantity: i64, amount: i64) -> Sale {
        Sale {
            date: 1,
            invoice: invoice.into(),
            sku: "NB1".into(),
            serials: Serials::Each(serials.iter().map(|serial| (*serial).to_owned()).collect()),
            quantity,
            amount,
            currency: "USD".into(),
            category: "NOTEBOOK".into(),
        }
    }

    #[test]
    fn what_is_equal_is_paired_before_what_is_alike() {
        // Of two lines of an invoice the row is the one with its serial, although the other comes first.
        let lines = [sale("A1", &["S1"], 1, 100), sale("A1", &["S2"], 1, 100)];
        let rows = [sale("A1", &["S2"], 1, 90)];
        let pairing = pair(&lines, &rows);
        assert_eq!((pairing.pairs, pairing.lines_alone), (vec![(1, 0)], vec![0]));
        assert_eq!(differences(&lines[1], &rows[0]), [Field::Amount]);
        // Another invoice: by its serial, else by date, SKU and quantity, else not at all.
        let lines = [sale("A1", &["S1"], 1, 100), sale("", &[], 2, 100), sale("", &[], 3, 100)];
        let rows = [sale("B9", &["S1"], 4, 100), sale("B9", &[], 2, 100), sale("", &[], 5, 100)];
        let pairing = pair(&lines, &rows);
        assert_eq!(pairing.pairs, [(0, 0), (1, 1)]);
        assert_eq!((pairing.lines_alone, pairing.rows_alone), (vec![2], vec![2]));
        assert_eq!(differences(&lines[0], &rows[0]), [Field::Quantity, Field::Invoice]);
    }

    #[test]
    fn a_side_that_counts_serials_or_leaves_them_out_is_paired_by_the_rest() {
        let lines = [sale("A1", &[], 1, 100), sale("A1", &[], 1, 90)];
        let rows = [sale("A1", &["S1"], 1, 90), sale("A1", &["S2"], 1, 100)];
        let telling = |serials: Serials| lines.clone().map(|line| Sale { serials: serials.clone(), ..line });
        for (serials, differs) in [(Serials::Untold, false), (Serials::Count(1), false), (Serials::Count(2), true)] {
            let lines = telling(serials);
            let pairing = pair(&lines, &rows);
            assert_eq!(pairing.pairs, [(0, 1), (1, 0)], "{lines:?}");
            let expected: &[Field] = if differs { &[Field::Serials] } else { &[] };
            assert_eq!(differences(&lines[0], &rows[1]), expected);
        }
    }

    fn any_sale() -> impl Strategy<Value = Sale> {
        let serials = prop::collection::btree_set("S[0-3]", 0..3);
        (0i32..3, "(A[0-2])?", "K[0-1]", serials, 1i64..3, 1i64..3).prop_map(|(date, invoice, sku, serials, quantity, amount)| {
            Sale {
                date,
                invoice,
                sku,
                serials: Serials::Each(serials.into_iter().collect()),
                quantity,
                amount,
                currency: "USD".into(),
                category: String::new(),
            }
        })
    }

    /// The contents of the pairs and of what is alone.
    fn contents(lines: &[Sale], rows: &[Sale]) -> (Vec<(Sale, Sale)>, Vec<Sale>, Vec<Sale>) {
        let pairing = pair(lines, rows);
        let mut pairs: Vec<_> = pairing.pairs.iter().map(|(line, row)| (lines[*line].clone(), rows[*row].clone())).collect();
        let mut lines_alone: Vec<_> = pairing.lines_alone.iter().map(|line| lines[*line].clone()).collect();
        let mut rows_alone: Vec<_> = pairing.rows_alone.iter().map(|row| rows[*row].clone()).collect();
        pairs.sort();
        lines_alone.sort();
        rows_alone.sort();
        (pairs, lines_alone, rows_alone)
    }

    proptest! {
        #[test]
        fn each_line_and_each_row_has_one_place_whatever_the_order(
            lines in prop::collection::vec(any_sale(), 0..9),
            rows in prop::collection::vec(any_sale(), 0..9),
        ) {
            let found = pair(&lines, &rows);
            let mut seen: Vec<usize> = found.pairs.iter().map(|(line, _)| *line).chain(found.lines_alone.clone()).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..lines.len()).collect::<Vec<_>>());
            let mut seen: Vec<usize> = found.pairs.iter().map(|(_, row)| *row).chain(found.rows_alone.clone()).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..rows.len()).collect::<Vec<_>>());
            // No pair is left whose invoice and SKU are equal.
            for line in &found.lines_alone {
                for row in &found.rows_alone {
                    let (line, row) = (&lines[*line], &rows[*row]);
                    prop_assert!(line.invoice.is_empty() || (&line.invoice, &line.sku) != (&row.invoice, &row.sku));
                }
            }
            let (mut other_lines, mut other_rows) = (lines.clone(), rows.clone());
            other_lines.reverse();
            other_rows.reverse();
            prop_assert_eq!(contents(&lines, &rows), contents(&other_lines, &other_rows));
            let own = pair(&lines, &lines);
            prop_assert!(own.pairs.iter().all(|(line, row)| differences(&lines[*line], &lines[*row]).is_empty()));
            prop_assert_eq!(own.pairs.len(), lines.len());
        }
    }
}
