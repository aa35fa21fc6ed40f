//! Puts sales on record: each becomes one or more lines in the layout of the feed that reports it.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::GenerateError;
use super::calendar::{Calendar, LATE_ARRIVAL_FROM};
use super::catalog::{Catalog, Kind};
use super::defects::{Defect, Defects};
use super::feed::Feed;
use super::layouts::{Registration, SaleLine, write_registration, write_sale};
use super::population::{COUNTRIES, Population};
use super::recast::Recast;
use super::reviewed::Reviewed;
use super::serials::{Numbers, Serial};
use super::sink::{Place, Sink, can_be_known_early};
use super::truth::Truth;

/// Location ids that no crosswalk knows.
const UNKNOWN_LOCATIONS: [&str; 6] = ["R900001", "R900002", "R900003", "49900001", "49900002", "49900003"];

/// What all lines of an invoice share.
#[derive(Clone, Copy)]
pub(super) struct Invoice {
    pub partner: usize,
    pub feed: Feed,
    /// Which of the partner's locations buys.
    pub location: u32,
    pub has_unknown_location: bool,
    /// Whether the vendor reports the distributor's sale too.
    pub is_reported_twice: bool,
    pub day: u16,
    pub number: u64,
    pub purchase_order: Option<u64>,
    pub sales_order: Option<u64>,
    pub customer: Option<u64>,
}

/// Units of one SKU on an invoice.
#[derive(Clone, Copy)]
pub(super) struct Goods<'a> {
    pub product: u32,
    /// US cents.
    pub unit_price: i64,
    pub units: u32,
    /// Of hardware its own, of a pack those that it covers; one for each unit, or none.
    pub serials: &'a [Serial],
    pub is_return: bool,
    pub has_certificate: bool,
    /// Whether its records may be damaged, because no truth rests on them.
    pub may_be_damaged: bool,
}

/// Where a unit is on record.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    pub place: Place,
    pub certificate: Option<u64>,
    /// Whether its record cannot be read.
    pub is_damaged: bool,
}

/// How the records of the market are to be written.
pub(super) struct Requested<'a> {
    pub defects: &'a Defects,
    /// Draws which keys are missing.
    pub missing: ChaCha8Rng,
    /// The layout of each feed.
    pub layouts: &'a [Recast; Feed::ALL.len()],
}

/// The synthetic market: its state while it trades.
pub(super) struct Market<'a> {
    pub catalog: &'a Catalog,
    pub population: &'a Population,
    pub calendar: &'a Calendar,
    pub rng: ChaCha8Rng,
    pub numbers: Numbers,
    pub sink: Sink,
    pub truth: Truth,
    pub reviewed: Reviewed,
    record: Vec<u8>,
    pub defects: &'a Defects,
    defect_turn: usize,
    /// Draws which keys are missing.
    missing: ChaCha8Rng,
    /// The layout of each feed.
    pub layouts: &'a [Recast; Feed::ALL.len()],
}

impl<'a> Market<'a> {
    pub fn new(
        catalog: &'a Catalog,
        population: &'a Population,
        calendar: &'a Calendar,
        rng: ChaCha8Rng,
        sink: Sink,
        truth: Truth,
        Requested { defects, missing, layouts }: Requested<'a>,
    ) -> Self {
        Self {
            catalog,
            population,
            calendar,
            rng,
            numbers: Numbers::default(),
            sink,
            truth,
            reviewed: Reviewed::default(),
            record: Vec::with_capacity(8 * 1024),
            defects,
            defect_turn: 0,
            missing,
            layouts,
        }
    }

    /// True so many times in a thousand.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        self.rng.random_range(0..1000) < per_mille
    }

    /// Puts goods on record and says where each unit is. A sale that two feeds report is placed in the distributor's.
    pub fn report(&mut self, invoice: &Invoice, goods: &Goods) -> Result<Vec<Unit>, GenerateError> {
        let mut units = Vec::with_capacity(goods.units as usize);
        let kind = self.catalog.products[goods.product as usize].kind;
        let is_by_unit = invoice.feed.has_line_for_each_unit()
            && (kind == Kind::Service || (kind == Kind::Hardware && !goods.serials.is_empty()));
        let has_option = self.chance(800);
        if is_by_unit {
            for unit in 0..goods.units as usize {
                let serials = goods.serials.get(unit..=unit).unwrap_or_default();
                let reported = self.report_line(invoice, &Goods { units: 1, serials, ..*goods }, has_option)?;
                units.push(reported);
            }
        } else {
            let reported = self.report_line(invoice, goods, has_option)?;
            units.resize(goods.units as usize, reported);
        }
        if invoice.is_reported_twice {
            let unit_price = goods.unit_price * self.rng.random_range(97..=100) / 100;
            let direct = Invoice { feed: Feed::VendorDirect, is_reported_twice: false, ..*invoice };
            let again = Goods { unit_price, has_certificate: false, may_be_damaged: false, ..*goods };
            self.report_line(&direct, &again, !has_option)?;
        }
        Ok(units)
    }

    fn report_line(&mut self, invoice: &Invoice, goods: &Goods, has_option: bool) -> Result<Unit, GenerateError> {
        let certificate = goods.has_certificate.then(|| self.numbers.certificate());
        let location = if invoice.has_unknown_location {
            let first = if matches!(invoice.feed, Feed::DistributorB | Feed::DistributorC) { 3 } else { 0 };
            UNKNOWN_LOCATIONS[first + self.rng.random_range(0..3)]
        } else {
            &self.population.location(invoice.partner, invoice.feed, invoice.location, invoice.day).id
        };
        let day = &self.calendar.days[invoice.day as usize];
        let [lacks_serials, lacks_invoice, lacks_customer] = [(); 3].map(|()| self.defects.lacks_key(&mut self.missing));
        let layout = &self.layouts[invoice.feed as usize];
        let is_lower_case = invoice.feed == Feed::VendorDirect && self.rng.random_range(0..100) == 0;
        let defect =
            if goods.may_be_damaged { self.defects.draw(&mut self.rng, invoice.feed, layout, &mut self.defect_turn) } else { None };
        let line = SaleLine {
            partner: &self.population.partners[invoice.partner],
            location,
            day,
            invoice: (!lacks_invoice).then_some(invoice.number),
            product: &self.catalog.products[goods.product as usize],
            has_option,
            is_lower_case,
            is_return: goods.is_return,
            units: goods.units,
            amount: goods.unit_price * i64::from(goods.units),
            serials: if lacks_serials { &[] } else { goods.serials },
            purchase_order: invoice.purchase_order,
            sales_order: invoice.sales_order,
            customer: invoice.customer.filter(|_| !lacks_customer),
            certificate,
            defect: defect.filter(|defect| is_written(layout, *defect)),
        };
        self.record.clear();
        write_sale(&mut self.record, invoice.feed, &line);
        let is_known_early = self.arrives_early(invoice.day);
        let place = self.sink.write_sale(invoice.feed, day.month, is_known_early, &self.record)?;
        if let Some(defect) = defect {
            self.truth.damaged(&self.sink, place, defect, defect.reason())?;
        }
        Ok(Unit { place, certificate, is_damaged: defect.is_some() })
    }

    /// Puts a registration of a Care Pack for a serial on record; `pack` and `invoice` are those of its sale.
    pub fn register(
        &mut self,
        serial: Serial,
        pack: u32,
        invoice: &Invoice,
        day: u16,
        certificate: Option<u64>,
        defect: Option<Defect>,
    ) -> Result<Place, GenerateError> {
        let prefix = COUNTRIES[self.population.partners[invoice.partner].country].invoice_prefix();
        let has_invoice = self.chance(500);
        let registration = Registration {
            serial,
            pack: &self.catalog.products[pack as usize].sku,
            day: &self.calendar.days[day as usize],
            certificate,
            invoice: has_invoice.then_some((prefix, invoice.number)),
            defect: defect.filter(|defect| is_written(&self.layouts[Feed::Registrations as usize], *defect)),
        };
        self.record.clear();
        write_registration(&mut self.record, &registration);
        let is_known_early = self.arrives_early(day);
        let place = self.sink.write_registration(self.calendar.days[day as usize].month, is_known_early, &self.record)?;
        if let Some(defect) = defect {
            self.truth.damaged(&self.sink, place, defect, defect.reason())?;
        }
        Ok(place)
    }

    /// Of the last two months before the preliminary drop, 6 % of the records come too late for it.
    fn arrives_early(&mut self, day: u16) -> bool {
        can_be_known_early(day) && (day < LATE_ARRIVAL_FROM || !self.chance(60))
    }
}

/// Whether a fault is in the first writing of a record: one of the text is not, where that text is replaced.
fn is_written(layout: &Recast, defect: Defect) -> bool {
    layout.keeps_text() || !defect.is_of_text()
}
