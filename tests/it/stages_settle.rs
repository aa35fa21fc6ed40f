//! Line order, repeats and returns against naive statements of DESIGN part 3, rules 5, 6 and 10.

use std::collections::{BTreeMap, BTreeSet};

use attachrate::stages::settle::{find_repeats, line_order, settle_returns};
use proptest::prelude::*;

use crate::cents::split;
use crate::sale_rows::{Row, any_rows, part_lines, sort};

/// Rule 6 across feeds: for each (partner, invoice, SKU, date) the feed of the highest priority is kept, then by feed. Gives the repeats
/// and the lines of lower feeds that stay.
fn naive_repeats(rows: &[Row], priorities: &[i64]) -> (Vec<bool>, BTreeSet<usize>) {
    let mut is_duplicate = vec![false; rows.len()];
    let mut disagreeing = BTreeSet::new();
    for first in 0..rows.len() {
        let key = |row: &Row| (row.partner, row.invoice.clone(), row.sku.clone(), row.date);
        let group: Vec<usize> = (0..rows.len()).filter(|row| key(&rows[*row]) == key(&rows[first])).collect();
        if rows[first].invoice.is_empty() || group[0] != first {
            continue;
        }
        let mut feeds: Vec<u16> = group.iter().map(|row| rows[*row].feed).collect();
        feeds.sort_by_key(|feed| (-priorities[usize::from(*feed)], *feed));
        feeds.dedup();
        let mut kept: Vec<usize> = group.iter().copied().filter(|row| rows[*row].feed == feeds[0]).collect();
        for feed in &feeds[1..] {
            let lower: Vec<usize> = group.iter().copied().filter(|row| rows[*row].feed == *feed).collect();
            let units = |lines: &[usize]| lines.iter().map(|row| rows[*row].quantity).sum::<i64>();
            let have_serials = kept.iter().chain(&lower).all(|row| !rows[*row].serials.is_empty());
            let mut staying = Vec::new();
            for row in &lower {
                let is_known = |serial: &String| kept.iter().any(|other| rows[*other].serials.contains(serial));
                let repeats = if have_serials { rows[*row].serials.iter().all(is_known) } else { units(&lower) == units(&kept) };
                is_duplicate[*row] = repeats;
                if !repeats {
                    staying.push(*row);
                }
            }
            disagreeing.extend(&staying);
            kept.extend(staying);
        }
    }
    (is_duplicate, disagreeing)
}

/// What is left of lines after returns.
#[derive(Debug, PartialEq, Eq)]
struct Net {
    units: Vec<i64>,
    amounts: Vec<i64>,
    returned: BTreeMap<usize, BTreeSet<String>>,
}

/// Rule 10, unit by unit. A unit of a return looks for a sale of the partner and SKU of the same day or before: by serial, else on the same
/// invoice, else the latest.
fn naive_returns(rows: &[Row], is_duplicate: &[bool]) -> Net {
    let mut net = Net {
        units: rows.iter().map(|row| row.quantity).collect(),
        amounts: rows.iter().map(|row| row.amount).collect(),
        returned: BTreeMap::new(),
    };
    let mut by_date: Vec<usize> = (0..rows.len()).filter(|row| !is_duplicate[*row]).collect();
    by_date.sort_by(|a, b| rows[*a].date_and_key(&rows[*b]));
    for &back in by_date.iter().filter(|row| rows[**row].quantity < 0) {
        let sales: Vec<usize> = by_date
            .iter()
            .copied()
            .rev()
            .filter(|row| rows[*row].quantity > 0 && rows[*row].date <= rows[back].date)
            .filter(|row| (rows[*row].partner, &rows[*row].sku) == (rows[back].partner, &rows[back].sku))
            .collect();
        let mut taken: BTreeMap<(u8, usize), i64> = BTreeMap::new();
        let mut left = -rows[back].quantity;
        for serial in &rows[back].serials {
            let holds = |row: usize, net: &Net| {
                rows[row].serials.contains(serial) && !net.returned.get(&row).is_some_and(|gone| gone.contains(serial))
            };
            if let Some(&sale) = sales.iter().find(|row| left > 0 && net.units[**row] > 0 && holds(**row, &net)) {
                net.returned.entry(sale).or_default().insert(serial.clone());
                net.units[sale] -= 1;
                left -= 1;
                *taken.entry((1, sale)).or_default() += 1;
            }
        }
        for step in [2, 3] {
            let has_key = |row: usize| step == 3 || (!rows[row].invoice.is_empty() && rows[row].invoice == rows[back].invoice);
            while let Some(&sale) = sales.iter().find(|row| left > 0 && net.units[**row] > 0 && has_key(**row)) {
                net.units[sale] -= 1;
                left -= 1;
                *taken.entry((step, sale)).or_default() += 1;
            }
        }
        // Rows are sorted, so that within a category their numbers are in (date, line key) order for one partner.
        let units: Vec<i64> = taken.values().copied().chain([left]).collect();
        let cents = split(rows[back].amount, &units);
        for ((_, sale), cents) in taken.keys().zip(&cents) {
            net.amounts[*sale] += cents;
        }
        net.units[back] = -left;
        net.amounts[back] = cents[units.len() - 1];
    }
    net
}

/// The product's settling in the terms of the naive one.
fn settle(rows: &[Row], priorities: &[i64]) -> (Vec<bool>, BTreeSet<usize>, Net) {
    let part = part_lines(rows);
    let repeats = find_repeats(&part, priorities);
    let returns = settle_returns(&part, &repeats.is_duplicate);
    let returned = returns.returned_serials.into_iter().map(|(row, gone)| (row as usize, gone.into_iter().collect())).collect();
    let net = Net { units: returns.net_units, amounts: returns.net_amount, returned };
    (repeats.is_duplicate, repeats.disagreeing.into_iter().map(|row| row as usize).collect(), net)
}

/// Few partners, products and days, so that feeds and returns meet.
fn crowded(mut rows: Vec<Row>) -> Vec<Row> {
    for row in &mut rows {
        row.partner %= 2;
        row.date %= 4;
        row.sku = format!("SKU{}", row.category);
    }
    sort(&mut rows);
    rows
}

/// A line like `first` but for one field, which is that of `other`, and the record number; or `other` itself.
fn differing(first: &Row, other: &Row, field: u8) -> Row {
    let mut row = Row { record: other.record, ..first.clone() };
    match field {
        0 => row.partner = other.partner,
        1 => row.date = other.date,
        2 => row.category = other.category,
        3 => row.invoice.clone_from(&other.invoice),
        4 => row.sku.clone_from(&other.sku),
        5 => row.serials.clone_from(&other.serials),
        6 => row.quantity = other.quantity,
        7 => row.amount = other.amount,
        8 => row.purchase_order.clone_from(&other.purchase_order),
        9 => row.sales_order.clone_from(&other.sales_order),
        10 => row.end_customer.clone_from(&other.end_customer),
        11 => row.certificate.clone_from(&other.certificate),
        12 => (row.feed, row.file) = (other.feed, other.file),
        _ => row = other.clone(),
    }
    row
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

    #[test]
    fn repeats_and_returns_follow_the_rules(rows in any_rows(26), priorities in prop::collection::vec(0i64..3, 3)) {
        let rows = crowded(rows);
        let (is_duplicate, disagreeing, net) = settle(&rows, &priorities);
        prop_assert_eq!((&is_duplicate, &disagreeing), (&naive_repeats(&rows, &priorities).0, &naive_repeats(&rows, &priorities).1));
        prop_assert_eq!(net, naive_returns(&rows, &is_duplicate));
    }

    /// Also lines that differ in one field only.
    #[test]
    fn lines_are_ordered_by_content(rows in any_rows(40), fields in prop::collection::vec(0u8..14, 40)) {
        let rows: Vec<Row> = rows.iter().zip(fields).map(|(row, field)| differing(&rows[0], row, field)).collect();
        let order = line_order(&part_lines(&rows));
        let actual: Vec<Row> = order.iter().map(|row| rows[*row as usize].clone()).collect();
        let mut expected = rows;
        sort(&mut expected);
        prop_assert_eq!(actual, expected);
    }

    #[test]
    fn settling_keeps_units_and_cents(rows in any_rows(40)) {
        let rows = crowded(rows);
        let (is_duplicate, _, net) = settle(&rows, &[1, 2, 3]);
        let kept = |values: Vec<i64>| values.iter().zip(&is_duplicate).filter(|(_, gone)| !**gone).map(|(value, _)| value).sum::<i64>();
        prop_assert_eq!(kept(rows.iter().map(|row| row.quantity).collect()), kept(net.units.clone()));
        prop_assert_eq!(kept(rows.iter().map(|row| row.amount).collect()), kept(net.amounts.clone()));
        for (row, net_units) in rows.iter().zip(&net.units) {
            prop_assert!((row.quantity.min(0)..=row.quantity.max(0)).contains(net_units));
        }
    }

    /// Any order of the input gives the same settled lines.
    #[test]
    fn the_order_of_input_does_not_matter(rows in any_rows(30), shuffled in any::<prop::sample::Index>()) {
        let mut one = crowded(rows);
        let mut other = one.clone();
        other.reverse();
        other.rotate_left(shuffled.index(one.len()));
        for rows in [&mut one, &mut other] {
            let order = line_order(&part_lines(rows));
            *rows = order.iter().map(|row| rows[*row as usize].clone()).collect();
        }
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(settle(&one, &[1, 2, 3]), settle(&other, &[1, 2, 3]));
    }

    /// Lines of another partner change nothing.
    #[test]
    fn partners_are_independent(rows in any_rows(30), others in any_rows(12)) {
        let rows = crowded(rows);
        let alone = settle(&rows, &[1, 2, 3]);
        let mut together = rows.clone();
        together.extend(others.into_iter().map(|row| Row { partner: 9, ..row }));
        sort(&mut together);
        let with_others = settle(&together, &[1, 2, 3]);
        let own: Vec<usize> = (0..together.len()).filter(|row| together[*row].partner != 9).collect();
        let pick = |values: &[i64]| own.iter().map(|row| values[*row]).collect::<Vec<i64>>();
        prop_assert_eq!(alone.0, own.iter().map(|row| with_others.0[*row]).collect::<Vec<bool>>());
        prop_assert_eq!(alone.2.units, pick(&with_others.2.units));
        prop_assert_eq!(alone.2.amounts, pick(&with_others.2.amounts));
    }
}
