//! A digest of whole rows, summed without order: it changes when a row is lost, repeated or altered anywhere between two stages.

use xxhash_rust::xxh3::xxh3_128;

/// A sum of row digests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowDigest {
    sum: u128,
    buffer: Vec<u8>,
}

impl RowDigest {
    /// Adds a row of integers and texts.
    pub fn add(&mut self, integers: &[i64], texts: &[&str]) {
        self.buffer.clear();
        for integer in integers {
            self.buffer.extend_from_slice(&integer.to_le_bytes());
        }
        for text in texts {
            self.buffer.extend_from_slice(&(text.len() as u32).to_le_bytes());
            self.buffer.extend_from_slice(text.as_bytes());
        }
        self.sum = self.sum.wrapping_add(xxh3_128(&self.buffer));
    }

    /// Adds all rows of another sum.
    pub fn merge(&mut self, other: u128) {
        self.sum = self.sum.wrapping_add(other);
    }

    /// The sum.
    pub fn value(&self) -> u128 {
        self.sum
    }
}

impl super::stage::Lines {
    /// Adds the row of a sale line, with the file that it came from.
    pub fn add_to_digest(&self, row: usize, file: i64, digest: &mut RowDigest) {
        let integers = [
            file,
            i64::from(self.partner.value(row)),
            i64::from(self.reseller.value(row)),
            i64::from(self.date.value(row)),
            i64::from(self.category.value(row)),
            i64::from(self.kind.value(row)),
            i64::from(self.method.value(row)),
            i64::from(self.flags.value(row)),
            self.quantity.value(row),
            self.amount.value(row),
            self.source_amount.value(row),
            i64::from(self.currency.value(row)),
            i64::from(self.record.value(row)),
            i64::from(self.line.value(row)),
        ];
        let texts = [
            self.invoice.value(row),
            self.sku.value(row),
            self.sku_option.value(row),
            self.serials.value(row),
            self.purchase_order.value(row),
            self.sales_order.value(row),
            self.end_customer.value(row),
            self.certificate.value(row),
        ];
        digest.add(&integers, &texts);
    }
}

impl super::stage::Registrations {
    /// Adds the row of a registration. Its partner may still change, so it does not enter.
    pub fn add_to_digest(&self, row: usize, digest: &mut RowDigest) {
        let integers = [
            self.file.value(row),
            i64::from(self.date.value(row)),
            i64::from(self.record.value(row)),
            i64::from(self.line.value(row)),
        ];
        let texts = [self.sku.value(row), self.serial.value(row), self.certificate.value(row), self.invoice.value(row)];
        digest.add(&integers, &texts);
    }
}
