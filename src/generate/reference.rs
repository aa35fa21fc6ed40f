//! The reference tables that belong to the generated population: products, partners, locations and exchange rates.

use std::path::Path;

use rand::RngExt;

use super::GenerateError;
use super::calendar::{Calendar, MONTH_COUNT};
use super::catalog::Catalog;
use super::categories::CATEGORIES;
use super::population::{COUNTRIES, Population, stream};
use super::sink::OutputFile;
use super::text::quoted;

/// Writes all tables below `reference/`.
pub(super) fn write(
    out: &Path,
    seed: u64,
    catalog: &Catalog,
    population: &Population,
    calendar: &Calendar,
) -> Result<(), GenerateError> {
    write_products(out, catalog)?;
    write_partners(out, population)?;
    write_locations(out, population, calendar)?;
    write_rates(out, seed)
}

fn write_products(out: &Path, catalog: &Catalog) -> Result<(), GenerateError> {
    let mut file = OutputFile::create(out, "reference/products.csv")?;
    file.write(b"sku,description,kind,category_code,is_post_warranty\n")?;
    for product in catalog.products.iter().filter(|product| product.in_master) {
        let category = product.category.map_or("", |category| CATEGORIES[category].code);
        let description = quoted(&product.description, ',');
        let kind = product.kind.code();
        file.write(format!("{},{description},{kind},{category},{}\n", product.sku, product.is_post_warranty).as_bytes())?;
    }
    file.finish()
}

fn write_partners(out: &Path, population: &Population) -> Result<(), GenerateError> {
    let mut file = OutputFile::create(out, "reference/partners.csv")?;
    file.write(b"partner_id,partner_name,hq_id,country_code,region_code,is_program,manager_name\n")?;
    for partner in &population.partners {
        let country = &COUNTRIES[partner.country];
        let name = quoted(&partner.name, ',');
        let row = format!(
            "{},{name},{},{},{},{},Manager {:02}\n",
            partner.id, partner.hq_id, country.code, country.region, partner.is_program, partner.manager
        );
        file.write(row.as_bytes())?;
    }
    file.finish()
}

fn write_locations(out: &Path, population: &Population, calendar: &Calendar) -> Result<(), GenerateError> {
    let mut file = OutputFile::create(out, "reference/locations.csv")?;
    file.write(b"feed_id,location_id,partner_id,valid_from,valid_to\n")?;
    let date = |day: Option<u16>| day.map_or("", |day| calendar.days[day as usize].iso.as_str());
    for location in &population.locations {
        let partner = &population.partners[location.partner as usize].id;
        let (from, to) = (date(location.first_day), date(location.last_day));
        file.write(format!("{},{},{partner},{from},{to}\n", location.feed.id(), location.id).as_bytes())?;
    }
    file.finish()
}

/// Exchange rates walk a little from month to month.
fn write_rates(out: &Path, seed: u64) -> Result<(), GenerateError> {
    let mut rng = stream(seed, 4);
    let mut file = OutputFile::create(out, "reference/fx.csv")?;
    file.write(b"month,currency_code,rate\n")?;
    let (mut euro, mut pound) = (10_800, 12_700);
    for month in 0..MONTH_COUNT {
        let (year, month_of_year) = Calendar::year_month(month);
        euro += rng.random_range(-120..=120);
        pound += rng.random_range(-140..=140);
        for (currency, rate) in [("EUR", euro), ("GBP", pound)] {
            let row = format!("{year}-{month_of_year:02},{currency},{}.{:04}\n", rate / 10_000, rate % 10_000);
            file.write(row.as_bytes())?;
        }
        file.write(format!("{year}-{month_of_year:02},USD,1\n").as_bytes())?;
    }
    file.finish()
}
