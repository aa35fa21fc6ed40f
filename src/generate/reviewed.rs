//! The reviewed decisions that go with the generated population: a few exceptions and adjustments, about records that carry no truth.

use std::path::Path;

use super::GenerateError;
use super::calendar::{Calendar, FIRST_RESTATED_MONTH, PERIOD_START};
use super::catalog::{Catalog, Kind};
use super::categories::CATEGORIES;
use super::feed::Feed;
use super::market::{Invoice, Unit};
use super::population::Population;
use super::sink::{OutputFile, Place};
use crate::io::fingerprint;

/// From this day on the window of hardware may still be open.
const FIRST_OPEN_DAY: u16 = PERIOD_START + 270;
/// Records that adjustments speak of.
const RECORDS: usize = 3;

/// What the decisions are made of, noted while the market trades.
#[derive(Default)]
pub(super) struct Reviewed {
    records: Vec<(Place, i64, usize)>,
    deal: Option<(usize, u64)>,
    category: Option<(usize, usize)>,
}

impl Reviewed {
    /// Notes a hardware line without services and returns, if it will do: of a distributor in the Americas, of the period, in a month that is not
    /// restated, readable, and not of the largest partner. The records that adjustments speak of are all of one feed.
    pub fn note(&mut self, calendar: &Calendar, invoice: &Invoice, unit_price: i64, units: &[Unit]) {
        let month = calendar.days[invoice.day as usize].month;
        let will_do = invoice.feed.has_line_for_each_unit()
            && (PERIOD_START..).contains(&invoice.day)
            && month < FIRST_RESTATED_MONTH
            && invoice.partner > 0
            && !invoice.has_unknown_location
            && !invoice.is_reported_twice;
        let Some(first) = units.first().filter(|first| will_do && !first.is_damaged) else { return };
        if self.deal.is_none()
            && units.len() > 2
            && let Some(order) = invoice.purchase_order
        {
            self.deal = Some((invoice.partner, order));
        } else if self.records.len() < RECORDS
            && invoice.feed == Feed::DistributorA
            && units.len() == 1
            && self.records.last().is_none_or(|(.., partner)| *partner != invoice.partner)
        {
            self.records.push((first.place, unit_price, invoice.partner));
        }
    }

    /// Notes the category of the first hardware of the period that is sold with services by another partner than the deal's.
    pub fn note_covered(&mut self, invoice: &Invoice, category: usize) {
        let is_of_another = self.deal.is_some_and(|(partner, _)| partner != invoice.partner);
        if self.category.is_none() && is_of_another && (PERIOD_START..FIRST_OPEN_DAY).contains(&invoice.day) {
            self.category = Some((invoice.partner, category));
        }
    }

    /// Writes `reference/exceptions.csv` and `reference/adjustments.csv`; `path` gives a file's path below the generated folder.
    pub fn write(
        &self,
        out: &Path,
        catalog: &Catalog,
        population: &Population,
        path: impl Fn(usize) -> String,
    ) -> Result<(), GenerateError> {
        self.write_exceptions(out, population)?;
        self.write_adjustments(out, catalog, population, path)
    }

    fn write_exceptions(&self, out: &Path, population: &Population) -> Result<(), GenerateError> {
        let mut file = OutputFile::create(out, "reference/exceptions.csv")?;
        file.write(b"exception_id,scope,partner_id,value,reason,approver,valid_from,valid_to\n")?;
        if let Some((partner, order)) = self.deal {
            let partner = &population.partners[partner].id;
            let reason = "Tender: the customer's own technicians do the service";
            file.write(format!("E001,deal,{partner},PO-{order:06},{reason},Approver 01,,\n").as_bytes())?;
        }
        if let Some((partner, category)) = self.category {
            let (partner, category) = (&population.partners[partner].id, CATEGORIES[category].code);
            let reason = "Sold to a reseller that adds its own service";
            file.write(format!("E002,category,{partner},{category},{reason},Approver 02,2025-11-01,2026-10-31\n").as_bytes())?;
        }
        let last = &population.partners[population.partners.len() - 1].id;
        let row = format!("E003,partner,{last},,First year in the program,Approver 02,2024-11-01,2025-10-31\n");
        file.write(row.as_bytes())?;
        file.finish()
    }

    fn write_adjustments(
        &self,
        out: &Path,
        catalog: &Catalog,
        population: &Population,
        path: impl Fn(usize) -> String,
    ) -> Result<(), GenerateError> {
        let mut file = OutputFile::create(out, "reference/adjustments.csv")?;
        file.write(
            b"adjustment_id,action,approver,reason,evidence,feed_id,file_path,file_sha256,record_number,partner_id,date,invoice,sku,\
              quantity,amount,currency,serials,purchase_order,sales_order,end_customer,certificate\n",
        )?;
        let is_pack =
            |product: &&super::catalog::Product| product.in_master && product.kind == Kind::Service && !product.is_post_warranty;
        let partner = &population.partners[population.partners.len() / 2].id;
        if let Some(pack) = catalog.products.iter().find(is_pack) {
            let amount = format!("{}.{:02}", 2 * pack.price / 100, 2 * pack.price % 100);
            let reason = "The pack is missing from the distributor's report";
            let values = format!("{partner},2026-03-16,X0000001,{},2,{amount},USD,,,,,", pack.sku);
            file.write(format!("A001,add,Approver 01,{reason},Copy of invoice X0000001,,,,,{values}\n").as_bytes())?;
        }
        for ((place, unit_price, _), number) in self.records.iter().zip(2..) {
            let name = path(place.file);
            let full = out.join(&name);
            let (hash, _) = fingerprint::of_file(&full).map_err(GenerateError::io("read", &full))?;
            // Every record stands on one line, and the header is line 1.
            let record = format!("{},{name},{},{}", Feed::DistributorA.id(), fingerprint::hex(&hash), place.line - 1);
            let price = unit_price * 9 / 10;
            let row = match number {
                2 => format!("A002,drop,Approver 02,A demonstration unit that was never sold,Ticket 0017,{record},,,,,,,,,,,,\n"),
                3 => format!(
                    "A003,recode,Approver 01,Price corrected by a credit note,Credit note 0031,{record},,,,,,{}.{:02},,,,,,\n",
                    price / 100,
                    price % 100
                ),
                _ => format!("A004,drop,,The partner says that it sold no such unit,,{record},,,,,,,,,,,,\n"),
            };
            file.write(row.as_bytes())?;
        }
        file.finish()
    }
}
