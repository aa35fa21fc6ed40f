//! Services that go with hardware: which units are covered, and on what way the Care Pack comes to them.

use rand::RngExt;

use super::GenerateError;
use super::calendar::{LAST_DAY, PERIOD_START};
use super::feed::Feed;
use super::market::{Goods, Invoice, Market, Unit};
use super::orders::{Item, Return};
use super::population::COUNTRIES;
use super::truth::{Relation, ReturnKind};

/// How often packs come on each way, in a thousand; the rest is on the hardware's invoice.
const WAYS: [(Relation, u32); 7] = [
    (Relation::OtherInvoice, 100),
    (Relation::OtherInvoiceNoCustomer, 45),
    (Relation::Late, 75),
    (Relation::TooLate, 35),
    (Relation::Takeover, 30),
    (Relation::SplitDelivery, 45),
    (Relation::RegistrationOnly, 30),
];

impl Market<'_> {
    /// Decides how many units are covered, on what way, and whether the customer renews.
    pub fn plan_services(&mut self, invoice: &Invoice, item: &mut Item) {
        let gone = item.returned.map_or(0, |returned| returned.units);
        let sold = if gone == item.units { item.units } else { item.units - gone };
        item.covered = self.draw_covered(invoice.partner, item.category, sold);
        if item.returned.is_some() || invoice.is_reported_twice {
            return;
        }
        let mut ticket = self.rng.random_range(0..1000);
        for (relation, share) in WAYS {
            if ticket < share {
                if item.covered > 0 && is_possible(relation, invoice, item) {
                    item.relation = relation;
                }
                break;
            }
            ticket -= share;
        }
        let renewal_day = invoice.day + self.rng.random_range(330..=400);
        if renewal_day <= LAST_DAY && self.chance(120) {
            item.renewal_day = Some(renewal_day);
        }
    }

    /// Half of the decisions are made for the line as a whole, half for each unit; both have the same mean.
    fn draw_covered(&mut self, partner: usize, category: usize, units: u32) -> u32 {
        let propensity = self.population.partners[partner].propensity[category];
        if self.chance(500) {
            return if self.rng.random_range(0..10_000) < propensity { units } else { 0 };
        }
        (0..units).map(|_| u32::from(self.rng.random_range(0..10_000) < propensity)).sum()
    }

    /// Sells the packs of an item. Where the hardware is not kept they go back with it.
    pub fn sell_services(&mut self, invoice: &Invoice, item: &Item, hardware: &[Unit], is_kept: bool) -> Result<(), GenerateError> {
        let pack = self.catalog.draw_pack(&mut self.rng, item.hardware);
        if item.relation == Relation::RegistrationOnly {
            return self.register_only(invoice, item, hardware, pack);
        }
        let Some(pack_invoice) = self.pack_invoice(invoice, item.relation) else { return Ok(()) };
        let is_takeover = item.relation == Relation::Takeover;
        let shows_serials = self.chance(if is_takeover { 600 } else { 333 });
        let must_register = is_takeover && !shows_serials;
        let has_certificate = must_register || self.chance(500);
        let serials = &item.serials[..item.covered as usize];
        let unit_price = self.catalog.products[pack as usize].price * self.rng.random_range(85..=100) / 100;
        let goods = Goods {
            product: pack,
            unit_price,
            units: item.covered,
            serials: if shows_serials { serials } else { &[] },
            is_return: false,
            has_certificate,
            may_be_damaged: false,
        };
        let packs = self.report(&pack_invoice, &goods)?;
        if is_kept && !self.pack_goes_back(&pack_invoice, item, &goods)? {
            self.note(&packs, hardware, item.relation)?;
            self.register_packs(&pack_invoice, item, &goods, &packs, must_register)?;
            if shows_serials && item.shows_serials && self.chance(60) {
                self.sell_add_on(&pack_invoice, item, hardware)?;
            }
        }
        if let (false, Some(returned)) = (is_kept, item.returned) {
            self.take_back(&pack_invoice, pack, unit_price, goods.serials, Return { units: item.covered, ..returned })?;
        }
        Ok(())
    }

    /// The invoice on which the packs are sold; none where that day is still to come.
    fn pack_invoice(&mut self, invoice: &Invoice, relation: Relation) -> Option<Invoice> {
        let days = match relation {
            Relation::OtherInvoice => self.rng.random_range(-20..=30),
            Relation::OtherInvoiceNoCustomer => self.rng.random_range(0..=30),
            Relation::Late => self.rng.random_range(31..=90),
            Relation::TooLate => self.rng.random_range(91..=200),
            Relation::Takeover => self.rng.random_range(0..=60),
            _ => return Some(*invoice),
        };
        let day = invoice.day.saturating_add_signed(days);
        let mut other = Invoice { day, number: self.numbers.invoice(), sales_order: Some(self.numbers.order()), ..*invoice };
        if !self.chance(300) {
            other.purchase_order = None;
        }
        if relation == Relation::OtherInvoiceNoCustomer {
            other.customer = None;
        }
        if relation == Relation::Takeover {
            other.partner = self.draw_other_partner(invoice.partner)?;
            other.feed = COUNTRIES[self.population.partners[other.partner].country].distributor;
            other.purchase_order = None;
            other.location = self.rng.random_range(0..8);
        }
        (day <= LAST_DAY).then_some(other)
    }

    fn draw_other_partner(&mut self, partner: usize) -> Option<usize> {
        let count = self.population.partners.len();
        let step = if count > 1 { self.rng.random_range(1..count) } else { return None };
        Some((partner + step) % count)
    }

    /// A few packs go back although the hardware stays.
    fn pack_goes_back(&mut self, invoice: &Invoice, item: &Item, goods: &Goods) -> Result<bool, GenerateError> {
        let day = invoice.day + self.rng.random_range(3..=30);
        let is_plain = item.relation == Relation::SameInvoice && item.returned.is_none() && !invoice.is_reported_twice;
        if !self.chance(12) || !is_plain || day > LAST_DAY || item.covered > 100 {
            return Ok(false);
        }
        let is_across = invoice.day < PERIOD_START && day >= PERIOD_START;
        let kind = if is_across { ReturnKind::CrossPeriod } else { ReturnKind::Full };
        self.take_back(invoice, goods.product, goods.unit_price, goods.serials, Return { units: item.covered, day, kind })?;
        Ok(true)
    }

    /// About a third of the packs are registered, less often where the sale tells the serials already.
    fn register_packs(
        &mut self,
        invoice: &Invoice,
        item: &Item,
        goods: &Goods,
        packs: &[Unit],
        is_certain: bool,
    ) -> Result<(), GenerateError> {
        let is_registered = is_certain || self.chance(if goods.serials.is_empty() { 450 } else { 150 });
        if is_registered {
            for (pack, &serial) in packs.iter().zip(&item.serials) {
                let day = invoice.day + self.rng.random_range(0..=25);
                let names_certificate = is_certain || self.chance(700);
                let certificate = pack.certificate.filter(|_| names_certificate);
                if day <= LAST_DAY {
                    self.register(serial, goods.product, invoice, day, certificate, None)?;
                }
            }
        }
        if self.chance(10) {
            self.register_stranger(invoice, goods.product)?;
        }
        Ok(())
    }

    /// A registration for hardware that nobody reported; here records may be damaged.
    fn register_stranger(&mut self, invoice: &Invoice, pack: u32) -> Result<(), GenerateError> {
        let serial = self.numbers.serial(&self.calendar.days[invoice.day as usize]);
        let certificate = self.numbers.certificate();
        let is_damaged = self.chance(200);
        let layout = &self.layouts[Feed::Registrations as usize];
        let possible = self.defects.possible(Feed::Registrations, layout);
        let turn = usize::try_from(certificate).unwrap_or_default().checked_rem(possible.len());
        let defect = turn.filter(|_| is_damaged).map(|turn| possible[turn]);
        let stranger = Invoice { number: self.numbers.invoice(), ..*invoice };
        self.register(serial, pack, &stranger, invoice.day, Some(certificate), defect)?;
        Ok(())
    }

    /// Packs that were registered without a sale on record.
    fn register_only(&mut self, invoice: &Invoice, item: &Item, hardware: &[Unit], pack: u32) -> Result<(), GenerateError> {
        let stranger = Invoice { number: self.numbers.invoice(), ..*invoice };
        for (unit, &serial) in hardware.iter().zip(&item.serials).take(item.covered as usize) {
            let day = invoice.day + self.rng.random_range(0..=25);
            if day <= LAST_DAY {
                let names_certificate = self.chance(500);
                let certificate = names_certificate.then(|| self.numbers.certificate());
                let place = self.register(serial, pack, &stranger, day, certificate, None)?;
                self.truth.attachment(&self.sink, place, unit.place, 1, Relation::RegistrationOnly)?;
            }
        }
        Ok(())
    }

    fn sell_add_on(&mut self, invoice: &Invoice, item: &Item, hardware: &[Unit]) -> Result<(), GenerateError> {
        let product = self.catalog.add_on_pack(item.hardware);
        let goods = Goods {
            product,
            unit_price: self.catalog.products[product as usize].price,
            units: 1,
            serials: &item.serials[..1],
            is_return: false,
            has_certificate: false,
            may_be_damaged: false,
        };
        let packs = self.report(invoice, &goods)?;
        self.note(&packs, hardware, Relation::AddOn)
    }

    /// Sells a post-warranty pack about a year later.
    pub fn sell_renewal(&mut self, invoice: &Invoice, item: &Item, hardware: &[Unit], day: u16) -> Result<(), GenerateError> {
        let product = self.catalog.renewal_pack(item.hardware);
        let units = item.units.min(3);
        let shows_serials = self.chance(500);
        let renewal = Invoice { day, number: self.numbers.invoice(), is_reported_twice: false, purchase_order: None, ..*invoice };
        let goods = Goods {
            product,
            unit_price: self.catalog.products[product as usize].price,
            units,
            serials: if shows_serials { &item.serials[..units as usize] } else { &[] },
            is_return: false,
            has_certificate: false,
            may_be_damaged: false,
        };
        let packs = self.report(&renewal, &goods)?;
        self.note(&packs, hardware, Relation::Renewal)
    }

    /// Notes in the truth which pack unit belongs to which hardware unit.
    fn note(&mut self, packs: &[Unit], hardware: &[Unit], relation: Relation) -> Result<(), GenerateError> {
        let pairs = packs.iter().zip(hardware).map(|(pack, unit)| (pack.place, unit.place)).collect::<Vec<_>>();
        for group in pairs.chunk_by(|a, b| a == b) {
            let (service, unit) = group[0];
            self.truth.attachment(&self.sink, service, unit, group.len() as u64, relation)?;
        }
        Ok(())
    }
}

/// Whether packs can come on this way to the item: a takeover and a bare registration need a serial to point at.
fn is_possible(relation: Relation, invoice: &Invoice, item: &Item) -> bool {
    match relation {
        Relation::Takeover | Relation::RegistrationOnly => item.shows_serials,
        Relation::SplitDelivery => item.units > 1 && invoice.day + 20 <= LAST_DAY,
        _ => true,
    }
}
