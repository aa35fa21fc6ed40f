//! Open records by partner: what is quarantined at a partner's locations, and what it sold of unmapped products.

use super::attach_parts::AttachedPart;
use super::calendar::Calendar;
use super::extract_files::ExtractedFile;
use crate::config::file::FeedKind;
use crate::config::plan::Plan;
use crate::error::Result;
use crate::finding::QuarantineCode;
use crate::io::sectioned::SectionedReader;
use crate::reference::References;
use crate::stages::assess::{DataHold, Exposure, OpenData, PartnerIndex, WorstRates, data_hold};
use crate::stages::attach::{PartSums, PartnerSums};
use crate::stages::benchmark::Benchmark;
use crate::stages::line_sizes::LineSizes;
use crate::stages::split::scale_half_even;
use crate::tables::stage::Quarantined;
use chrono::{Datelike, NaiveDate};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// A quarantined record of a partner, and what it is taken for in a worst case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenRecord {
    /// Place of the file among the run's.
    pub file: usize,
    /// Number in the file.
    pub record: u32,
    /// Physical line.
    pub line: u32,
    /// Why it is set aside.
    pub code: QuarantineCode,
    /// Where its money comes from.
    pub source: MoneySource,
    /// Units.
    pub units: i64,
    /// Money in the reporting currency, cents.
    pub amount: i64,
}

/// Where the money of an open record comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneySource {
    /// Its own readable money.
    Record,
    /// Its readable quantity at the mean price of its SKU.
    SkuMean,
    /// One of the feed's larger lines.
    LargeLine,
}

impl MoneySource {
    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::SkuMean => "sku_mean",
            Self::LargeLine => "large_line",
        }
    }
}

/// The open data of every partner, in their order.
pub struct OpenRecords {
    /// Quarantined and unmapped money and units.
    pub sums: Vec<OpenData>,
    /// The quarantined records, to mend.
    pub records: Vec<Vec<OpenRecord>>,
    /// Why no decision may rest on the verdict.
    pub holds: Vec<Option<DataHold>>,
}

impl OpenRecords {
    /// Ties quarantined records to partners by their location and judges what open data could change.
    ///
    /// # Errors
    /// Where cached files are damaged.
    pub fn gather(
        plan: &Plan,
        references: &References,
        (files, parts): (&[ExtractedFile], &[AttachedPart]),
        sums: &PartSums,
        (benchmark, indices): (&Benchmark, &[PartnerIndex]),
        calendar: &Calendar,
    ) -> Result<Self> {
        let count = references.partners.len();
        let mut open = Self { sums: vec![OpenData::default(); count], records: vec![Vec::new(); count], holds: vec![None; count] };
        let sizes = largest_usual_lines(parts);
        let owners = Owners::new(plan, references);
        let prices = mean_prices(parts);
        for (place, file) in files.iter().enumerate() {
            let feed = file.input.feed;
            if file.report.quarantined.records == 0 || plan.feeds[usize::from(feed)].kind != FeedKind::Sales {
                continue;
            }
            let large = sizes.get(&feed).copied().unwrap_or_default();
            for batch in SectionedReader::open(&file.folder, "quarantined")?.section(0) {
                let rows = Quarantined::from_batch(&batch?)?;
                for row in 0..rows.record.len() {
                    open.add(plan, references, &owners, &rows, (row, place, feed), (large, &prices));
                }
            }
        }
        for (partner, own) in &sums.partners {
            open.sums[*partner as usize].merge(&own.unmapped);
        }
        let missing = calendar.missing_by_partner();
        for index in indices {
            let number = index.partner as usize;
            let none = PartnerSums::default();
            let exposure = Exposure {
                totals: &index.totals,
                verdict: index.verdict,
                not_assessed: index.not_assessed,
                open: &open.sums[number],
                rates: worst_rates(benchmark, index.partner),
                total_amount: sums.partners.get(&index.partner).unwrap_or(&none).total_amount,
                misses_feed: missing.contains_key(&index.partner),
            };
            open.holds[number] = data_hold(&exposure, &plan.verdict);
        }
        Ok(open)
    }

    /// Adds a quarantined record to every partner that had its location. What is dated after the as-of date is no sale of the period.
    fn add(
        &mut self,
        plan: &Plan,
        references: &References,
        owners: &Owners<'_>,
        rows: &Quarantined,
        (row, file, feed): (usize, usize, u16),
        (large, prices): (i64, &BTreeMap<&str, (i64, i64)>),
    ) {
        let Some(code) = QuarantineCode::from_index(rows.code.value(row)).filter(|code| *code != QuarantineCode::AfterAsOf) else {
            return;
        };
        let readable = (rows.is_valued.value(row) != 0)
            .then(|| in_reporting_currency(plan, references, rows.amount.value(row), rows.currency.value(row)))
            .flatten();
        let price = prices.get(rows.sku.value(row)).filter(|_| rows.has_quantity.value(row) != 0);
        let (source, units, amount) = match (readable, price) {
            (Some(amount), _) => (MoneySource::Record, rows.units.value(row), amount),
            (None, Some((units, money))) => {
                let quantity = rows.quantity.value(row);
                (MoneySource::SkuMean, quantity, scale_half_even(quantity, *money, *units) as i64)
            }
            (None, None) => (MoneySource::LargeLine, 1, large),
        };
        let (record, line) = (rows.record.value(row), rows.line.value(row));
        for partner in owners.of(feed, rows.location.value(row)) {
            self.sums[partner as usize].add_record(units, amount);
            self.records[partner as usize].push(OpenRecord { file, record, line, code, source, units, amount });
        }
    }
}

/// Who has or had a location.
struct Owners<'a> {
    references: &'a References,
    locations: Vec<FxHashMap<&'a str, Vec<u32>>>,
    has_names: Vec<bool>,
}

impl<'a> Owners<'a> {
    fn new(plan: &Plan, references: &'a References) -> Self {
        let of_feed = |feed: usize| {
            let mut owners: FxHashMap<&str, Vec<u32>> = FxHashMap::default();
            for (location, partner) in references.locations(feed as u16) {
                owners.entry(location).or_default().push(partner);
            }
            owners
        };
        Self {
            references,
            locations: (0..plan.feeds.len()).map(of_feed).collect(),
            has_names: plan.feeds.iter().map(|feed| feed.columns.location.is_none()).collect(),
        }
    }

    /// The partners that have or had a location of a feed, or the one that has this name in it.
    fn of(&self, feed: u16, location: &str) -> Vec<u32> {
        if self.has_names[usize::from(feed)] {
            return self.references.partners_named(feed, location);
        }
        self.locations[usize::from(feed)].get(location).cloned().unwrap_or_default()
    }
}

/// Units and money of the sales of each SKU.
fn mean_prices(parts: &[AttachedPart]) -> BTreeMap<&str, (i64, i64)> {
    let mut prices: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for (sku, (units, money)) in parts.iter().flat_map(|part| &part.report.prices) {
        let sums = prices.entry(sku).or_default();
        *sums = (sums.0 + units, sums.1 + money);
    }
    prices
}

/// By feed, an amount that 99 % of its lines do not exceed.
fn largest_usual_lines(parts: &[AttachedPart]) -> BTreeMap<u16, i64> {
    let mut sizes: BTreeMap<u16, LineSizes> = BTreeMap::new();
    for (feed, own) in parts.iter().flat_map(|part| &part.report.line_sizes) {
        sizes.entry(*feed).or_default().merge(own);
    }
    sizes.into_iter().map(|(feed, sizes)| (feed, sizes.percentile_99())).collect()
}

/// Money by the latest rate of its currency up to the as-of date; a quarantined record need not have a readable date. `None` without a rate.
fn in_reporting_currency(plan: &Plan, references: &References, cents: i64, currency: &str) -> Option<i64> {
    /// Months that are looked back for a rate.
    const MONTHS: i32 = 36;
    let day = NaiveDate::from_epoch_days(plan.period.as_of)?;
    let month = day.year() * 12 + day.month0() as i32;
    let rate = (month - MONTHS..=month).rev().find_map(|month| references.fx.rate(currency, month))?;
    rate.convert(cents)
}

/// The highest rates among a partner's cells, else the market's.
fn worst_rates(benchmark: &Benchmark, partner: u32) -> WorstRates {
    let market = benchmark.market();
    let mut rates = WorstRates {
        revenue: (market.services_amount.max(0), market.hardware_amount.max(1)),
        units: (market.services_units.max(0), market.hardware_units.max(1)),
    };
    let higher = |best: (i64, i64), services: i64, hardware: i64| {
        let is_higher = hardware > 0 && i128::from(services) * i128::from(best.1) > i128::from(best.0) * i128::from(hardware);
        if is_higher { (services, hardware) } else { best }
    };
    let own_cells = benchmark.cells_of(partner).iter().filter(|cell| cell.is_own);
    for cell in own_cells.filter_map(|own| benchmark.cells.get(own.cell? as usize)) {
        rates.revenue = higher(rates.revenue, cell.revenue.rate_services, cell.revenue.rate_hardware);
        rates.units = higher(rates.units, cell.units.rate_services, cell.units.rate_hardware);
    }
    rates
}
