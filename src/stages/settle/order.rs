//! The order of lines (DESIGN part 3, rule 5): by content, so that the order of files and records never matters.

use super::PartLines;
use crate::tables::stage::Lines;
use rayon::slice::ParallelSliceMut;
use std::cmp::Ordering;

/// The permutation that sorts lines by category, then by line key: partner, date, invoice, SKU, serials, quantity, amount, purchase
/// order, sales order, end customer, certificate, the assessed location where there is one, feed; file and record break ties between equal
/// contents.
pub fn line_order(part: &PartLines) -> Vec<u32> {
    let lines = &part.lines;
    let mut keys: Vec<(u128, u32)> = (0..part.len()).map(|row| (leading_key(lines, row), row as u32)).collect();
    keys.par_sort_unstable_by(|(a_key, a), (b_key, b)| a_key.cmp(b_key).then_with(|| by_content(part, *a as usize, *b as usize)));
    keys.into_iter().map(|(_, row)| row).collect()
}

/// Category, reseller, date and the first bytes of the invoice in one integer: it decides most comparisons without touching text.
fn leading_key(lines: &Lines, row: usize) -> u128 {
    let date = (lines.date.value(row) as u32) ^ (1 << 31);
    let mut invoice = [0u8; 8];
    let bytes = lines.invoice.value(row).as_bytes();
    let taken = bytes.len().min(6);
    invoice[2..2 + taken].copy_from_slice(&bytes[..taken]);
    (u128::from(lines.category.value(row)) << 112)
        | (u128::from(lines.reseller.value(row)) << 80)
        | (u128::from(date) << 48)
        | u128::from(u64::from_be_bytes(invoice))
}

fn by_content(part: &PartLines, a: usize, b: usize) -> Ordering {
    let lines = &part.lines;
    lines
        .invoice
        .value(a)
        .cmp(lines.invoice.value(b))
        .then_with(|| lines.sku.value(a).cmp(lines.sku.value(b)))
        .then_with(|| lines.serials.value(a).cmp(lines.serials.value(b)))
        .then_with(|| lines.quantity.value(a).cmp(&lines.quantity.value(b)))
        .then_with(|| lines.amount.value(a).cmp(&lines.amount.value(b)))
        .then_with(|| lines.purchase_order.value(a).cmp(lines.purchase_order.value(b)))
        .then_with(|| lines.sales_order.value(a).cmp(lines.sales_order.value(b)))
        .then_with(|| lines.end_customer.value(a).cmp(lines.end_customer.value(b)))
        .then_with(|| lines.certificate.value(a).cmp(lines.certificate.value(b)))
        .then_with(|| lines.partner.value(a).cmp(&lines.partner.value(b)))
        .then_with(|| part.feed.value(a).cmp(&part.feed.value(b)))
        .then_with(|| part.file.value(a).cmp(&part.file.value(b)))
        .then_with(|| lines.record.value(a).cmp(&lines.record.value(b)))
}
