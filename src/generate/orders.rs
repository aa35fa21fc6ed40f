//! Orders of a partner: what hardware, how many units, which of it goes back.

use rand::RngExt;
use rand_distr::{Distribution, LogNormal};

use super::GenerateError;
use super::calendar::{LAST_DAY, PERIOD_START};
use super::categories::CATEGORIES;
use super::feed::Feed;
use super::market::{Goods, Invoice, Market, Unit};
use super::population::{COUNTRIES, stream};
use super::serials::Serial;
use super::truth::{Relation, ReturnKind};

/// Units of the one giant order.
const GIANT_ORDER_UNITS: u32 = 500;
/// Most units of any other line.
const MOST_UNITS: u32 = 160;
/// One invoice in so many of a large distributor is the small one's of its region.
const SMALL_SENDER_EVERY: u64 = 16;
/// Every partner has at least so many orders.
const FEWEST_ORDERS: u64 = 3;

/// Units of a hardware line that go back.
#[derive(Clone, Copy)]
pub(super) struct Return {
    pub units: u32,
    pub day: u16,
    pub kind: ReturnKind,
}

/// One hardware line of an order, and what becomes of it.
pub(super) struct Item {
    pub hardware: u32,
    pub category: usize,
    pub units: u32,
    pub unit_price: i64,
    /// One for each unit, or none where the goods carry no serials.
    pub serials: Vec<Serial>,
    /// Whether the feed says the serials.
    pub shows_serials: bool,
    pub returned: Option<Return>,
    /// Units that are sold with a service.
    pub covered: u32,
    /// How the service comes to it.
    pub relation: Relation,
    pub renewal_day: Option<u16>,
}

impl Market<'_> {
    /// Trades until the partner has about the lines of its quota.
    pub fn trade(&mut self, seed: u64, partner: usize) -> Result<(), GenerateError> {
        self.rng = stream(seed, 2 * partner as u64 + 11);
        let quota = self.population.partners[partner].quota;
        let mut is_giant = partner == self.population.giant_order_partner;
        let (mut orders, mut written, mut squares) = (0, 0_u64, 0_u64);
        loop {
            // Where it stops, an order overshoots by half its size on average, large orders being met in proportion to their size.
            let overshoot = squares.checked_div(2 * written).unwrap_or(0);
            if orders >= FEWEST_ORDERS && written + overshoot >= quota {
                return Ok(());
            }
            let before = self.sink.sale_records();
            if is_giant {
                self.giant_order(partner)?
            } else {
                self.order(partner)?
            }
            is_giant = false;
            let size = self.sink.sale_records() - before;
            (orders, written, squares) = (orders + 1, written + size, squares + size * size);
        }
    }

    fn order(&mut self, partner: usize) -> Result<(), GenerateError> {
        let day = self.calendar.draw(&mut self.rng);
        let invoice = self.draw_invoice(partner, day);
        let mut items = 1;
        while items < 6 && self.chance(420) {
            items += 1;
        }
        for _ in 0..items {
            let category = self.draw_category(partner);
            let units = self.draw_units(&invoice, category);
            self.sell_item(&invoice, category, units, false)?;
        }
        if self.chance(250) {
            let product = self.catalog.draw_supply(&mut self.rng);
            self.sell_supplies(&invoice, product)?;
        }
        if self.chance(12) {
            let product = self.catalog.draw_unmapped(&mut self.rng);
            self.sell_supplies(&invoice, product)?;
        }
        Ok(())
    }

    /// One order of 500 notebooks in the middle of the period, most of them with a service.
    fn giant_order(&mut self, partner: usize) -> Result<(), GenerateError> {
        let mut invoice = self.draw_invoice(partner, PERIOD_START + 200);
        invoice.feed = COUNTRIES[self.population.partners[partner].country].distributor;
        invoice.is_reported_twice = false;
        invoice.has_unknown_location = false;
        self.sell_item(&invoice, 0, GIANT_ORDER_UNITS, true)
    }

    fn draw_invoice(&mut self, partner: usize, day: u16) -> Invoice {
        let seller = &self.population.partners[partner];
        let is_direct = self.rng.random_range(0..100) < seller.direct_percent;
        let distributor = COUNTRIES[seller.country].distributor;
        let has_purchase_order = self.chance(600);
        let has_sales_order = is_direct || self.chance(800);
        let has_customer = self.chance(800);
        let has_unknown_location = self.chance(2);
        let customers = (seller.quota / 20).max(4);
        let number = self.numbers.invoice();
        let feed = if is_direct {
            Feed::VendorDirect
        } else if number.is_multiple_of(SMALL_SENDER_EVERY) {
            distributor.small_sender()
        } else {
            distributor
        };
        Invoice {
            partner,
            feed,
            location: self.rng.random_range(0..8),
            has_unknown_location,
            is_reported_twice: !is_direct && !has_unknown_location && self.chance(9),
            day,
            number,
            purchase_order: has_purchase_order.then(|| self.numbers.order()),
            sales_order: has_sales_order.then(|| self.numbers.order()),
            customer: has_customer.then(|| self.draw_customer(partner, customers)),
        }
    }

    /// One of the partner's own end customers.
    pub fn draw_customer(&mut self, partner: usize, customers: u64) -> u64 {
        partner as u64 * 100_000 % 9_000_000 + 10_000 + self.rng.random_range(0..customers.min(80_000))
    }

    fn draw_category(&mut self, partner: usize) -> usize {
        let mix = &self.population.partners[partner].mix;
        let ticket = self.rng.random_range(0..mix[mix.len() - 1]);
        mix.partition_point(|&below| below <= ticket)
    }

    fn draw_units(&mut self, invoice: &Invoice, category: usize) -> u32 {
        let drawn = LogNormal::new(CATEGORIES[category].units_log_mean, 1.1).map_or(1.0, |units| units.sample(&mut self.rng));
        let boost = if self.chance(10) { 8.0 } else { 1.0 };
        let quota = self.population.partners[invoice.partner].quota;
        // Where every unit is a line, one order must not use up a small partner.
        let most = if invoice.feed.has_line_for_each_unit() { (quota / 8).clamp(2, MOST_UNITS.into()) as u32 } else { MOST_UNITS };
        ((drawn * boost) as u32 + 1).min(most)
    }

    fn sell_supplies(&mut self, invoice: &Invoice, product: u32) -> Result<(), GenerateError> {
        let unit_price = self.catalog.products[product as usize].price;
        let units = if unit_price < 20_000 { self.rng.random_range(1..=12) } else { 1 };
        let may_be_damaged = !invoice.is_reported_twice;
        self.report(
            invoice,
            &Goods { product, unit_price, units, serials: &[], is_return: false, has_certificate: false, may_be_damaged },
        )?;
        Ok(())
    }

    /// Sells one hardware line with all that belongs to it.
    fn sell_item(&mut self, invoice: &Invoice, category: usize, units: u32, is_giant: bool) -> Result<(), GenerateError> {
        let hardware = self.catalog.draw_hardware(&mut self.rng, category);
        let list_price = self.catalog.products[hardware as usize].price;
        let unit_price = list_price * self.rng.random_range(80..=100) / 100;
        let shows_serials = if invoice.feed.has_line_for_each_unit() { !self.chance(20) } else { !self.chance(100) };
        let returned = if is_giant || invoice.is_reported_twice { None } else { self.draw_return(invoice.day, units) };
        let mut serials = Vec::with_capacity(units as usize);
        for _ in 0..units {
            serials.push(self.numbers.serial(&self.calendar.days[invoice.day as usize]));
        }
        let mut item = Item {
            hardware,
            category,
            units,
            unit_price,
            serials,
            shows_serials,
            returned,
            covered: 0,
            relation: Relation::SameInvoice,
            renewal_day: None,
        };
        if is_giant {
            item.covered = GIANT_ORDER_UNITS * 7 / 10;
        } else if !invoice.has_unknown_location {
            self.plan_services(invoice, &mut item);
        }
        let mut invoice = *invoice;
        if matches!(item.relation, Relation::OtherInvoice | Relation::Late | Relation::TooLate) && invoice.customer.is_none() {
            invoice.customer = Some(self.draw_customer(invoice.partner, 40));
        }
        let hardware_units = self.deliver(&invoice, &item)?;
        if item.covered == 0 && item.returned.is_none() && item.renewal_day.is_none() {
            self.reviewed.note(self.calendar, &invoice, item.unit_price, &hardware_units);
        } else if item.covered > 0 && !invoice.has_unknown_location {
            self.reviewed.note_covered(&invoice, item.category);
        }
        let is_kept = item.returned.is_none_or(|returned| returned.units < item.units);
        if item.covered > 0 {
            self.sell_services(&invoice, &item, &hardware_units, is_kept)?;
        }
        if let Some(day) = item.renewal_day {
            self.sell_renewal(&invoice, &item, &hardware_units, day)?;
        }
        if let Some(returned) = item.returned {
            let kept = (item.units - returned.units) as usize;
            let serials = if item.shows_serials { &item.serials[kept..] } else { &[] };
            self.take_back(&invoice, item.hardware, item.unit_price, serials, returned)?;
        }
        Ok(())
    }

    /// Reports the hardware, on two invoices where the delivery is split.
    fn deliver(&mut self, invoice: &Invoice, item: &Item) -> Result<Vec<Unit>, GenerateError> {
        let may_be_damaged =
            item.covered == 0 && item.returned.is_none() && item.renewal_day.is_none() && !invoice.is_reported_twice;
        let goods = Goods {
            product: item.hardware,
            unit_price: item.unit_price,
            units: item.units,
            serials: if item.shows_serials { &item.serials } else { &[] },
            is_return: false,
            has_certificate: false,
            may_be_damaged,
        };
        if item.relation != Relation::SplitDelivery {
            return self.report(invoice, &goods);
        }
        let first = item.units.div_ceil(2);
        let (now, then) = goods.serials.split_at(goods.serials.len().min(first as usize));
        let mut units = self.report(invoice, &Goods { units: first, serials: now, ..goods })?;
        let second = Invoice { day: invoice.day + self.rng.random_range(3..=20), number: self.numbers.invoice(), ..*invoice };
        units.extend(self.report(&second, &Goods { units: item.units - first, serials: then, ..goods })?);
        Ok(units)
    }

    fn draw_return(&mut self, day: u16, units: u32) -> Option<Return> {
        let is_across = (PERIOD_START - 120..PERIOD_START).contains(&day) && self.chance(120);
        if !is_across && !self.chance(35) {
            return None;
        }
        let is_partial = units > 1 && self.chance(500);
        let returned_units = if is_partial { self.rng.random_range(1..units) } else { units };
        let return_day =
            if is_across { self.rng.random_range(PERIOD_START..day + 125) } else { day + self.rng.random_range(3..=45) };
        let kind = match (day < PERIOD_START && return_day >= PERIOD_START, is_partial) {
            (true, _) => ReturnKind::CrossPeriod,
            (false, true) => ReturnKind::Partial,
            (false, false) => ReturnKind::Full,
        };
        (return_day <= LAST_DAY).then_some(Return { units: returned_units, day: return_day, kind })
    }

    /// Reports a return and notes it in the truth. Most name the serials and the invoice of the sale, some neither.
    pub fn take_back(
        &mut self,
        invoice: &Invoice,
        product: u32,
        unit_price: i64,
        serials: &[Serial],
        returned: Return,
    ) -> Result<(), GenerateError> {
        let names_invoice = self.chance(700);
        let names_serials = self.chance(800);
        let number = if names_invoice { invoice.number } else { self.numbers.invoice() };
        let credit = Invoice { day: returned.day, number, is_reported_twice: false, ..*invoice };
        let goods = Goods {
            product,
            unit_price,
            units: returned.units,
            serials: if names_serials { serials } else { &[] },
            is_return: true,
            has_certificate: false,
            may_be_damaged: false,
        };
        let units = self.report(&credit, &goods)?;
        for group in units.chunk_by(|a, b| a.place == b.place) {
            self.truth.returned(&self.sink, group[0].place, returned.kind, group.len() as u64)?;
        }
        Ok(())
    }
}
