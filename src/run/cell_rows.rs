//! Contributions and orders as rows of stage files.

use crate::stages::attach::{CellKey, CellSums, ContributionKey, OrderKey};
use crate::tables::stage::{Contributions, ContributionsBuilder, NO_PARTNER, OrderCells, OrderCellsBuilder};

/// Appends a contribution.
pub fn push_contribution(row: &mut ContributionsBuilder, key: &ContributionKey, sums: &CellSums) {
    row.matching.append_value(key.matching);
    row.partner.append_value(key.cell.partner);
    row.elsewhere.append_value(key.cell.elsewhere.unwrap_or(NO_PARTNER));
    row.category.append_value(key.cell.category);
    row.band.append_value(key.cell.band);
    row.is_open.append_value(u8::from(key.cell.is_open));
    row.exception.append_value(key.cell.exception);
    row.quarter.append_value(key.quarter);
    row.rung.append_value(key.rung);
    row.days.append_value(key.days);
    row.hardware_amount.append_value(sums.hardware_amount);
    row.hardware_units.append_value(sums.hardware_units);
    row.services_amount.append_value(sums.services_amount);
    row.attached_units.append_value(sums.attached_units);
    row.packs.append_value(sums.packs);
    row.left_amount.append_value(sums.left_amount);
    row.left_units.append_value(sums.left_units);
}

/// Every contribution of a batch, in its order.
pub fn contributions(rows: &Contributions) -> impl Iterator<Item = (ContributionKey, CellSums)> + '_ {
    (0..rows.partner.len()).map(|row| {
        let cell = CellKey {
            partner: rows.partner.value(row),
            elsewhere: Some(rows.elsewhere.value(row)).filter(|seller| *seller != NO_PARTNER),
            category: rows.category.value(row),
            band: rows.band.value(row),
            is_open: rows.is_open.value(row) != 0,
            exception: rows.exception.value(row),
        };
        let key = ContributionKey {
            matching: rows.matching.value(row),
            cell,
            quarter: rows.quarter.value(row),
            rung: rows.rung.value(row),
            days: rows.days.value(row),
        };
        let sums = CellSums {
            hardware_amount: rows.hardware_amount.value(row),
            hardware_units: rows.hardware_units.value(row),
            services_amount: rows.services_amount.value(row),
            attached_units: rows.attached_units.value(row),
            packs: rows.packs.value(row),
            left_amount: rows.left_amount.value(row),
            left_units: rows.left_units.value(row),
        };
        (key, sums)
    })
}

/// Appends what an order has in a cell.
pub fn push_order(row: &mut OrderCellsBuilder, key: &OrderKey, sums: &CellSums) {
    row.partner.append_value(key.partner);
    row.order.append_value(key.order);
    row.category.append_value(key.cell.category);
    row.band.append_value(key.cell.band);
    row.is_open.append_value(u8::from(key.cell.is_open));
    row.hardware_amount.append_value(sums.hardware_amount);
    row.hardware_units.append_value(sums.hardware_units);
    row.services_amount.append_value(sums.services_amount);
    row.attached_units.append_value(sums.attached_units);
}

/// What every order of a batch has in cells, in its order.
pub fn orders(rows: &OrderCells) -> impl Iterator<Item = (OrderKey, CellSums)> + '_ {
    (0..rows.partner.len()).map(|row| {
        let cell = CellKey {
            partner: rows.partner.value(row),
            category: rows.category.value(row),
            band: rows.band.value(row),
            is_open: rows.is_open.value(row) != 0,
            ..CellKey::default()
        };
        let sums = CellSums {
            hardware_amount: rows.hardware_amount.value(row),
            hardware_units: rows.hardware_units.value(row),
            services_amount: rows.services_amount.value(row),
            attached_units: rows.attached_units.value(row),
            ..CellSums::default()
        };
        (OrderKey { partner: cell.partner, order: rows.order.value(row), cell }, sums)
    })
}
