//! The attachments of one service line: those of its serials, and the money of all.

use super::{Attachment, SerialPair};
use crate::finding::Rung;
use crate::stages::split;

/// Adds the attachments of a service line by its serial pairs, packs of one hardware line together.
pub(super) fn push_serial(pairs: &[(u32, SerialPair)], attachments: &mut Vec<Attachment>) {
    let mut pairs: Vec<&(u32, SerialPair)> = pairs.iter().collect();
    pairs.sort_unstable_by_key(|(_, pair)| (pair.hardware_date, pair.hardware_reseller, pair.hardware_id, pair.is_add_on));
    for of_line in pairs.chunk_by(|(_, one), (_, other)| (one.hardware_id, one.is_add_on) == (other.hardware_id, other.is_add_on)) {
        let (service, pair) = of_line[0];
        let packs = of_line.len() as i64;
        attachments.push(Attachment {
            service: *service,
            hardware_id: pair.hardware_id,
            rung: Rung::Serial,
            packs,
            units: if pair.is_add_on { 0 } else { packs },
            amount: 0,
            hardware_date: pair.hardware_date,
            hardware_partner: pair.hardware_partner,
            traits: pair.traits,
        });
    }
}

/// Splits the money of a service line over its attachments and its left-over packs; gives the packs and the money left over. Without net
/// units all money is left over.
pub(super) fn split_money(net_units: i64, net_amount: i64, attachments: &mut [Attachment]) -> (i64, i64) {
    let left = net_units - attachments.iter().map(|attachment| attachment.packs).sum::<i64>();
    match attachments {
        [] => (left, net_amount),
        _ if net_units <= 0 => (left, net_amount),
        [attachment] if left == 0 => {
            attachment.amount = net_amount;
            (0, 0)
        }
        _ => {
            let weights: Vec<i64> = attachments.iter().map(|attachment| attachment.packs).chain([left]).collect();
            let amounts = split::by_units(net_amount, &weights);
            for (attachment, amount) in attachments.iter_mut().zip(&amounts) {
                attachment.amount = *amount;
            }
            (left, amounts[attachments.len()])
        }
    }
}
