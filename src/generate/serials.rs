//! Numbers that are given out once: hardware serials, invoices, orders, certificates.

use super::calendar::Day;

/// A hardware serial: site (3 letters), year (1 digit), week (2 digits), unit (4 of base 36).
pub(super) type Serial = [u8; 10];

/// Distinct endings of a serial.
const UNITS_PER_SITE: u64 = 36 * 36 * 36 * 36;
/// Prime to 36, so that consecutive numbers are spread over all endings.
const UNIT_STRIDE: u64 = 480_011;
/// Prime to 26, so that every pair of letters is reached.
const SITE_STRIDE: u64 = 101;

/// Counters of everything that carries a number of its own.
#[derive(Default)]
pub(super) struct Numbers {
    serial: u64,
    invoice: u64,
    order: u64,
    certificate: u64,
}

impl Numbers {
    /// The next serial of hardware that is sold on a day. Unique, because block and unit are.
    pub fn serial(&mut self, day: &Day) -> Serial {
        let (block, unit) = (self.serial / UNITS_PER_SITE, self.serial % UNITS_PER_SITE * UNIT_STRIDE % UNITS_PER_SITE);
        // Eight sites work at a time; the third letter tells the block.
        let site = ((block / 26 * 8 + unit % 8) * SITE_STRIDE + 57) % (26 * 26);
        self.serial += 1;
        let letter = |number: u64| b'A' + (number % 26) as u8;
        let month = day.iso.as_bytes();
        let week = (u32::from(month[5] - b'0') * 10 + u32::from(month[6] - b'0')) * 4;
        let digits: [u8; 4] = std::array::from_fn(|place| {
            let digit = (unit / 36_u64.pow(3 - place as u32) % 36) as u8;
            if digit < 10 { b'0' + digit } else { b'A' + digit - 10 }
        });
        let [d0, d1, d2, d3] = digits;
        let (tens, ones) = (b'0' + (week / 10) as u8, b'0' + (week % 10) as u8);
        [letter(site / 26), letter(site), letter(block), month[3], tens, ones, d0, d1, d2, d3]
    }

    /// The next invoice number.
    pub fn invoice(&mut self) -> u64 {
        self.invoice += 1;
        10_000_000 + self.invoice
    }

    /// The next number of a purchase or sales order.
    pub fn order(&mut self) -> u64 {
        self.order += 1;
        300_000 + self.order
    }

    /// The next Care Pack certificate.
    pub fn certificate(&mut self) -> u64 {
        self.certificate += 1;
        700_000_000 + self.certificate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn serials_are_unique_and_well_formed() {
        let day = Day { iso: "2026-10-31".into(), dotted: "31.10.2026".into(), month: 23 };
        let mut numbers = Numbers::default();
        let serials = (0..200_000).map(|_| numbers.serial(&day)).collect::<HashSet<_>>();
        assert_eq!(serials.len(), 200_000);
        assert!(serials.iter().all(|serial| serial[..3].iter().all(u8::is_ascii_uppercase) && &serial[3..6] == b"640"));
    }
}
