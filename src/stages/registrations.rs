//! Registrations (DESIGN part 3, rule 9): evidence that ties a pack sale to a serial.
//!
//! Taken by (date, line key), each gives its serial to one net unit of a pack sale of its Care Pack number that has a unit without serial
//! left: by certificate, else by invoice, else by partner; among several the nearest date, then line key. Because every way of joining
//! keeps the Care Pack number, the numbers are independent of each other and are worked through bucket by bucket. A serial that already
//! stands on a pack sale of the number is the same evidence once more: it confirms that sale and takes no other unit.

use crate::reference::Resellers;
use crate::tables::stage::{NO_PARTNER, PackSales, Registrations, SERIAL_SEPARATOR};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// What became of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// Its serial was given to a unit of this pack sale.
    Gave {
        /// The pack sale.
        line_id: i64,
        /// By which evidence.
        by: Evidence,
    },
    /// Its serial stood on this pack sale already.
    Confirmed {
        /// The pack sale.
        line_id: i64,
    },
    /// No pack sale was found.
    RegisteredOnly,
}

/// What a registration and a pack sale share beside the Care Pack number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The certificate number.
    Certificate,
    /// The invoice number.
    Invoice,
    /// The partner.
    Partner,
}

impl Evidence {
    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Invoice => "invoice",
            Self::Partner => "partner",
        }
    }
}

/// Sales with a free unit under one key, by date and line.
type Open = FxHashMap<(String, String), BTreeSet<(i32, i64)>>;

/// Joins the registrations of one bucket of Care Pack numbers to its pack sales.
///
/// Shape: one result per registration, in the order of the input.
pub fn join(registrations: &Registrations, packs: &PackSales, resellers: &Resellers) -> Vec<Joined> {
    let mut order: Vec<usize> = (0..registrations.date.len()).collect();
    order.sort_unstable_by(|&a, &b| {
        let key = |row: usize| {
            (
                registrations.date.value(row),
                resellers.of(registrations.partner.value(row)),
                registrations.invoice.value(row),
                registrations.sku.value(row),
                registrations.serial.value(row),
                registrations.certificate.value(row),
            )
        };
        key(a).cmp(&key(b)).then(a.cmp(&b))
    });
    let mut shelf = Shelf::of(packs, resellers);
    let mut joined = vec![Joined::RegisteredOnly; order.len()];
    for row in order {
        joined[row] = shelf.join(registrations, row);
    }
    joined
}

/// The pack sales of one bucket with what is left of each.
struct Shelf<'a> {
    packs: &'a PackSales,
    resellers: &'a Resellers,
    row_of: FxHashMap<i64, usize>,
    free_units: Vec<i64>,
    by_certificate: Open,
    by_invoice: Open,
    by_partner: Open,
    with_serial: FxHashMap<(String, String), i64>,
}

impl<'a> Shelf<'a> {
    fn of(packs: &'a PackSales, resellers: &'a Resellers) -> Self {
        let mut shelf = Self {
            packs,
            resellers,
            row_of: FxHashMap::default(),
            free_units: Vec::with_capacity(packs.date.len()),
            by_certificate: Open::default(),
            by_invoice: Open::default(),
            by_partner: Open::default(),
            with_serial: FxHashMap::default(),
        };
        for row in 0..packs.date.len() {
            let (sku, line_id) = (packs.sku.value(row), packs.line_id.value(row));
            let mut free = packs.net_units.value(row);
            for serial in packs.serials.value(row).split(SERIAL_SEPARATOR).filter(|serial| !serial.is_empty()) {
                free -= 1;
                let known = shelf.with_serial.entry((sku.to_owned(), serial.to_owned())).or_insert(line_id);
                *known = line_id.min(*known);
            }
            shelf.row_of.insert(line_id, row);
            shelf.free_units.push(free);
            if free > 0 {
                for (open, key) in shelf.keys(row) {
                    if !key.is_empty() {
                        shelf.open(open).entry((sku.to_owned(), key)).or_default().insert((packs.date.value(row), line_id));
                    }
                }
            }
        }
        shelf
    }

    fn keys(&self, row: usize) -> [(Evidence, String); 3] {
        [
            (Evidence::Certificate, self.packs.certificate.value(row).to_owned()),
            (Evidence::Invoice, self.packs.invoice.value(row).to_owned()),
            (Evidence::Partner, self.resellers.of(self.packs.partner.value(row)).to_string()),
        ]
    }

    fn open(&mut self, evidence: Evidence) -> &mut Open {
        match evidence {
            Evidence::Certificate => &mut self.by_certificate,
            Evidence::Invoice => &mut self.by_invoice,
            Evidence::Partner => &mut self.by_partner,
        }
    }

    fn join(&mut self, registrations: &Registrations, row: usize) -> Joined {
        let sku = registrations.sku.value(row).to_owned();
        let serial = registrations.serial.value(row).to_owned();
        let date = registrations.date.value(row);
        if let Some(&line_id) = self.with_serial.get(&(sku.clone(), serial.clone())) {
            return Joined::Confirmed { line_id };
        }
        let partner = registrations.partner.value(row);
        let partner_key = if partner == NO_PARTNER { String::new() } else { self.resellers.of(partner).to_string() };
        let ways = [
            (Evidence::Certificate, registrations.certificate.value(row).to_owned()),
            (Evidence::Invoice, registrations.invoice.value(row).to_owned()),
            (Evidence::Partner, partner_key),
        ];
        for (by, key) in ways {
            if key.is_empty() {
                continue;
            }
            let found = self.open(by).get(&(sku.clone(), key)).and_then(|sales| nearest(sales, date));
            if let Some(line_id) = found {
                self.take_unit(line_id, &sku);
                self.with_serial.insert((sku, serial), line_id);
                return Joined::Gave { line_id, by };
            }
        }
        Joined::RegisteredOnly
    }

    /// Gives one unit of a sale away; a sale without a free unit leaves every list.
    fn take_unit(&mut self, line_id: i64, sku: &str) {
        let row = self.row_of[&line_id];
        self.free_units[row] -= 1;
        if self.free_units[row] == 0 {
            let date = self.packs.date.value(row);
            for (evidence, key) in self.keys(row) {
                if let Some(sales) = self.open(evidence).get_mut(&(sku.to_owned(), key)) {
                    sales.remove(&(date, line_id));
                }
            }
        }
    }
}

/// The sale nearest in date; at equal distance the one first by line key, which is the order of line ids within a category.
fn nearest(sales: &BTreeSet<(i32, i64)>, date: i32) -> Option<i64> {
    let first_of = |day: i32| sales.range((day, i64::MIN)..).next().copied();
    let later = first_of(date);
    let earlier = sales.range(..(date, i64::MIN)).next_back().and_then(|(day, _)| first_of(*day));
    match (earlier, later) {
        (Some((before, a)), Some((after, b))) => match (date - before).cmp(&(after - date)) {
            std::cmp::Ordering::Less => Some(a),
            std::cmp::Ordering::Greater => Some(b),
            std::cmp::Ordering::Equal => Some(a.min(b)),
        },
        (one, other) => one.or(other).map(|(_, line_id)| line_id),
    }
}
