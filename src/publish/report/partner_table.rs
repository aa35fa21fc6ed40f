//! The table of all partners: its page, and its columns as a classic script, because pages from disk may not fetch.

use std::collections::BTreeMap;

use askama::Template;
use serde::Serialize;

use super::ReportError;
use super::filters;
use super::format::{hundredths, scaled, symbol};
use super::model::{Flags, MeasureFigures, PartnerRow, Site, Standing, Thresholds, Verdict};
use super::overview::calls;
use super::shell::{Section, Shell};

/// `partners.html`
#[derive(Template)]
#[template(config = "src/publish/report/askama.toml", path = "partners.html")]
pub struct PartnersPage<'a> {
    shell: Shell<'a>,
    currency: &'a str,
    thresholds: &'a Thresholds,
    partners: usize,
    /// Partners that are conclusively under the near line.
    calls: Vec<&'a PartnerRow>,
}

/// Lays the page out.
pub fn page(site: &Site) -> PartnersPage<'_> {
    PartnersPage {
        shell: Shell::top(&site.run, Section::Partners),
        currency: &site.run.currency,
        thresholds: &site.method.thresholds,
        partners: site.partners.len(),
        calls: calls(&site.partners).into_iter().filter(|row| row.standing == Standing::Conclusive).collect(),
    }
}

/// Columns of the table, in the order of partner ids. Amounts are rounded to whole units of the currency.
#[derive(Serialize)]
struct Columns<'a> {
    /// What stands before figures of the measure, and before money.
    symbols: [&'static str; 2],
    id: Vec<&'a str>,
    name: Vec<&'a str>,
    /// Empty where the partner is its own headquarters.
    hq: Vec<&'a str>,
    managers: Vec<&'a str>,
    manager: Vec<usize>,
    regions: Vec<&'a str>,
    region: Vec<usize>,
    countries: Vec<&'a str>,
    country: Vec<usize>,
    actions: Vec<&'a str>,
    action: Vec<usize>,
    verdicts: [[&'static str; 2]; 4],
    /// A digit for each row, its place in `verdicts`; so too the next two.
    verdict: String,
    evidences: [[&'static str; 2]; 3],
    evidence: String,
    /// Code and words of the flags; in `flag` a hexadecimal digit for each row, the first flag its lowest bit.
    flags: [[&'static str; 2]; 4],
    flag: String,
    /// Hundredths; null without an index.
    index: Vec<Option<i64>>,
    hardware: Vec<i64>,
    expected: Vec<i64>,
    services: Vec<i64>,
    gap: Vec<i64>,
    packs: Vec<i64>,
    /// Pages that are not `partners/<id>.html`, by row.
    pages: BTreeMap<usize, &'a str>,
}

/// `assets/partners-data.js`: sets the one global that `partners.js` reads.
pub fn data_script(site: &Site) -> Result<String, ReportError> {
    let thresholds = &site.method.thresholds;
    let mut rows = site.partners.iter().collect::<Vec<_>>();
    rows.sort_by(|a, b| a.partner_id.cmp(&b.partner_id));
    let (managers, manager) = dictionary(&rows, |row| &row.manager);
    let (regions, region) = dictionary(&rows, |row| &row.region);
    let (countries, country) = dictionary(&rows, |row| &row.country);
    let (actions, action) = dictionary(&rows, |row| &row.action);
    let by_units = thresholds.by_units();
    let money = symbol(&site.run.currency);
    let deciding = |figure: fn(&MeasureFigures) -> i64, unit: i64| {
        rows.iter().map(|row| rounded(figure(row.deciding(thresholds)), unit)).collect()
    };
    let columns = Columns {
        symbols: [if by_units { "" } else { money }, money],
        id: rows.iter().map(|row| row.partner_id.as_str()).collect(),
        name: rows.iter().map(|row| row.name.as_str()).collect(),
        hq: rows.iter().map(|row| if row.hq_id == row.partner_id { "" } else { row.hq_id.as_str() }).collect(),
        managers,
        manager,
        regions,
        region,
        countries,
        country,
        actions,
        action,
        verdicts: Verdict::ALL.map(|verdict| [verdict.code(), verdict.label()]),
        verdict: rows.iter().filter_map(|row| char::from_digit(row.verdict as u32, 10)).collect(),
        evidences: [["conclusive", "conclusive"], ["inconclusive", "may be chance"], ["none", "no verdict"]],
        evidence: rows
            .iter()
            .map(|row| match row.is_conclusive {
                Some(true) => '0',
                Some(false) => '1',
                None => '2',
            })
            .collect(),
        flags: Flags::ALL,
        flag: rows.iter().filter_map(|row| char::from_digit(u32::from(row.flags.bits()), 16)).collect(),
        index: rows.iter().map(|row| row.deciding(thresholds).pri_display.as_deref().and_then(hundredths)).collect(),
        hardware: deciding(|figures| figures.hardware, if by_units { 1 } else { 100 }),
        expected: deciding(|figures| figures.expected, if by_units { 1_000_000 } else { 100 }),
        services: deciding(|figures| figures.services, if by_units { 1 } else { 100 }),
        gap: rows.iter().map(|row| rounded(row.gap_near_amount, 100)).collect(),
        packs: rows.iter().map(|row| row.gap_near_packs).collect(),
        pages: rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.page != format!("partners/{}.html", row.partner_id))
            .map(|(place, row)| (place, row.page.as_str()))
            .collect(),
    };
    let json = serde_json::to_string(&columns)?;
    // Safe wherever a script's text may end up: no tag can open, no old parser sees a line end inside a text.
    let json = json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    Ok(format!("window.attachratePartners = {json};\n"))
}

fn dictionary<'a>(rows: &[&'a PartnerRow], value: impl Fn(&'a PartnerRow) -> &'a String) -> (Vec<&'a str>, Vec<usize>) {
    let mut places = rows.iter().map(|row| (value(row).as_str(), 0)).collect::<BTreeMap<_, _>>();
    for (place, entry) in places.values_mut().enumerate() {
        *entry = place;
    }
    let column = rows.iter().filter_map(|row| places.get(value(row).as_str()).copied()).collect();
    (places.into_keys().collect(), column)
}

fn rounded(value: i64, unit: i64) -> i64 {
    scaled(value, 1, unit).and_then(|value| i64::try_from(value).ok()).unwrap_or(value)
}
