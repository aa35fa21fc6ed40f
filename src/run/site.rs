//! What the report shows, from the results of a run.

use super::execute::Results;
use super::funnel;
use super::gates::FileAccount;
use super::manifest::{TOOL_VERSION, iso_date, role_code};
use super::{RunOptions, reviewed, site_judgement, workers, worklists};
use crate::error::{Error, Result};
use crate::finding::{FindingCode, LeftOver, QuarantineCode, Rung};
use crate::io::fingerprint::hex;
use crate::io::sectioned::SectionedReader;
use crate::publish::diff::Diff;
use crate::publish::page_name::file_stem;
use crate::publish::report::{self, model};
use crate::stages::assess::{Evidence, Figures, PartnerIndex, Verdict, pri_display};
use crate::stages::attach::PartnerSums;
use crate::stages::benchmark::{BenchmarkCell, PartnerCell, UNIT_SCALE};
use crate::stages::tally::Tally;
use crate::tables::stage::Findings;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Entries of a work list on the quality page; the tables have all.
const WORK_LIST_ENTRIES: usize = 200;

/// Writes the site into a folder: its pages first, then one page per partner, in parallel.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(folder: &Path, results: &Results<'_>, changes: Option<Diff>, options: &RunOptions) -> Result<()> {
    let run = run_info(results);
    let thresholds = thresholds(results);
    let partners: Vec<model::PartnerRow> = results.indices.iter().map(|index| partner_row(results, index)).collect();
    let site = model::Site {
        run: run.clone(),
        overview: overview(results),
        funnel: funnel::chart(results),
        changes,
        partners: partners.clone(),
        cells: cell_rows(results, &partners),
        quality: quality(results)?,
        method: method(results, thresholds.clone()),
    };
    let written = report::write_site_pages(&site, &mut |path, bytes| {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)
    });
    written.map_err(|error| Error::Internal(format!("report: {error}")))?;
    let pages = folder.join("partners");
    fs::create_dir_all(&pages).map_err(Error::io("create", &pages))?;
    let stage = options.progress.stage("partner pages", partners.len() as u64);
    let reviewed = reviewed::by_partner(results);
    let market = hardware_by_category(results);
    let indexed: Vec<(usize, model::PartnerRow)> = partners.into_iter().enumerate().collect();
    workers::map(
        options.threads,
        &indexed,
        |_| 0,
        |(index, row)| {
            let own = results.benchmark.cells_of(*index as u32);
            let mut page = partner_page(results, &results.indices[*index], row.clone(), own, &market);
            page.reviewed = reviewed.get(&(*index as u32)).cloned().unwrap_or_default();
            let html =
                report::partner_page(&run, &thresholds, &page).map_err(|error| Error::Internal(format!("report: {error}")))?;
            let path = folder.join(&row.page);
            fs::write(&path, html).map_err(Error::io("write", &path))?;
            stage.advance(1);
            Ok(())
        },
    )?;
    Ok(())
}

/// What every page says of the run.
pub fn run_info(results: &Results<'_>) -> model::RunInfo {
    let period = &results.plan.period;
    model::RunInfo {
        run_id: results.run_id.clone(),
        title: results.plan.title.clone(),
        tool_version: TOOL_VERSION.to_owned(),
        as_of: iso_date(period.as_of),
        period_from: iso_date(period.from),
        period_to: iso_date(period.to),
        currency: results.plan.reporting_currency.clone(),
        is_synthetic: results.plan.publish.is_synthetic,
    }
}

fn thresholds(results: &Results<'_>) -> model::Thresholds {
    let verdict = &results.plan.verdict;
    model::Thresholds {
        at: verdict.at.text.clone(),
        near: verdict.near.text.clone(),
        min_hardware_units: verdict.min_hardware_units,
        min_hardware_amount: verdict.min_hardware_amount,
        measure: results.measure_code().to_owned(),
    }
}

fn overview(results: &Results<'_>) -> model::Overview {
    let count = |verdict: Verdict| {
        let own = || results.indices.iter().filter(move |index| index.verdict == verdict);
        model::VerdictCount {
            verdict,
            partners: own().count() as u64,
            hardware_amount: own().map(|index| index.totals.revenue.hardware).sum(),
            services_amount: own().map(|index| index.totals.revenue.services).sum(),
            expected_amount: own().map(|index| index.totals.revenue.expected).sum(),
            gap_amount: own().map(|index| index.gap_near.amount).sum(),
        }
    };
    let total = |get: fn(&PartnerIndex) -> i64| results.indices.iter().map(get).sum();
    model::Overview {
        verdicts: Verdict::ALL.map(count).to_vec(),
        hardware_amount: total(|index| index.totals.revenue.hardware),
        services_amount: total(|index| index.totals.revenue.services),
        unattached_services_amount: results
            .sums
            .partners
            .values()
            .flat_map(|sums| sums.left_over.values())
            .map(|(_, amount)| amount)
            .sum(),
        expected_amount: total(|index| index.totals.revenue.expected),
        expected_minus_actual: results.benchmark.expected_minus_actual().0 as i64,
        hardware_units: total(|index| index.totals.units.hardware),
        attached_units: total(|index| index.totals.units.services),
        chance: site_judgement::chance(results),
    }
}

fn figures(results: &Results<'_>, figures: Figures, scale: i64) -> model::MeasureFigures {
    let verdict = &results.plan.verdict;
    let services = i128::from(figures.services) * i128::from(scale);
    model::MeasureFigures {
        hardware: figures.hardware,
        services: figures.services,
        expected: figures.expected,
        pri_display: pri_display(services, i128::from(figures.expected), [&verdict.near, &verdict.at]),
    }
}

/// A partner as the site and the call list show it.
pub fn partner_row(results: &Results<'_>, index: &PartnerIndex) -> model::PartnerRow {
    let partner = &results.references.partners[index.partner as usize];
    let case = &results.cases[index.partner as usize];
    model::PartnerRow {
        partner_id: partner.id.clone(),
        name: partner.name.clone(),
        hq_id: partner.hq_id.clone(),
        country: partner.country_code.clone(),
        region: partner.region_code.clone(),
        manager: partner.manager_name.clone(),
        is_program: partner.is_program,
        verdict: index.verdict,
        standing: site_judgement::standing(results, index),
        is_conclusive: case.evidence.map(|evidence| evidence == Evidence::Conclusive),
        flags: model::Flags {
            has_data_hold: results.open_records.holds[index.partner as usize].is_some(),
            is_safe_harbor: index.is_safe_harbor,
            has_exception: case.has_exception,
            is_robust: case.is_robust,
        },
        action: case.rule(results.plan).text.trim_end_matches('.').to_owned(),
        not_assessed_reason: index.not_assessed.map(|reason| reason.meaning().to_owned()),
        effective_count: funnel::effective_count(results, &results.uncertainty.partners[index.partner as usize]),
        revenue: figures(results, index.totals.revenue, 1),
        units: figures(results, index.totals.units, UNIT_SCALE),
        gap_near_amount: index.gap_near.amount,
        gap_near_packs: index.gap_near.packs,
        gap_at_amount: index.gap_at.amount,
        gap_at_packs: index.gap_at.packs,
        page: format!("partners/{}.html", file_stem(&partner.id)),
    }
}

/// Contributors of a cell that are named.
const NAMED: usize = 3;

/// The cells, each with its largest contributors.
fn cell_rows(results: &Results<'_>, partners: &[model::PartnerRow]) -> Vec<model::CellRow> {
    let mut contributors: Vec<Vec<(i64, u32)>> = vec![Vec::new(); results.benchmark.cells.len()];
    for own in results.benchmark.partner_cells.iter().filter(|own| own.sums.hardware_amount > 0) {
        if let Some(cell) = own.cell {
            contributors[cell as usize].push((own.sums.hardware_amount, own.partner));
        }
    }
    let named = |mut own: Vec<(i64, u32)>| {
        own.sort_unstable_by_key(|(hardware, partner)| (Reverse(*hardware), *partner));
        own.truncate(NAMED);
        let contributor = |(hardware_amount, partner): (i64, u32)| {
            let row = &partners[partner as usize];
            model::Contributor { name: row.name.clone(), page: row.page.clone(), hardware_amount }
        };
        own.into_iter().map(contributor).collect()
    };
    let cells = results.benchmark.cells.iter().zip(contributors);
    cells.map(|(cell, own)| cell_row(results, cell, named(own))).collect()
}

fn cell_row(results: &Results<'_>, cell: &BenchmarkCell, largest: Vec<model::Contributor>) -> model::CellRow {
    let category = &results.references.categories[usize::from(cell.place.category)];
    let codes = results.benchmark.codes.codes(&cell.place);
    model::CellRow {
        category: category.code.clone(),
        category_name: category.name.clone(),
        country: codes.country.to_owned(),
        maturity: codes.maturity.to_owned(),
        hardware_amount: cell.revenue.hardware,
        services_amount: cell.revenue.services,
        contributors: u64::from(cell.revenue.contributors),
        level: results.benchmark.level_code(cell.revenue.level).to_owned(),
        rate_services: cell.revenue.rate_services,
        rate_hardware: cell.revenue.rate_hardware,
        hardware_units: cell.units.hardware,
        attached_units: cell.units.services,
        largest,
    }
}

/// Hardware of the population by category.
fn hardware_by_category(results: &Results<'_>) -> BTreeMap<u16, i64> {
    let mut market: BTreeMap<u16, i64> = BTreeMap::new();
    for cell in &results.benchmark.cells {
        *market.entry(cell.place.category).or_default() += cell.revenue.hardware;
    }
    market
}

fn partner_page(
    results: &Results<'_>,
    index: &PartnerIndex,
    row: model::PartnerRow,
    cells: &[PartnerCell],
    market: &BTreeMap<u16, i64>,
) -> model::PartnerPage {
    let none = PartnerSums::default();
    let sums = results.sums.partners.get(&index.partner).unwrap_or(&none);
    let category = |index: u16| &results.references.categories[usize::from(index)];
    model::PartnerPage {
        cells: cells.iter().map(|cell| partner_cell_row(results, cell)).collect(),
        categories: index
            .categories
            .iter()
            .map(|own| model::PartnerCategoryRow {
                category: category(own.category).code.clone(),
                category_name: category(own.category).name.clone(),
                hardware_amount: own.revenue.hardware,
                services_amount: own.revenue.services,
                expected_amount: own.revenue.expected,
                shortfall_amount: own.revenue.expected - own.revenue.services,
                packs_to_near: own.packs_to_near,
                packs_to_at: own.packs_to_at,
                mean_pack_amount: own
                    .pack_price
                    .map(|price| crate::stages::split::scale_half_even(price.amount, 1, price.packs) as i64),
                market_hardware_amount: market.get(&own.category).copied().unwrap_or_default(),
            })
            .collect(),
        market_hardware_amount: market.values().sum(),
        left_over: LeftOver::ALL
            .iter()
            .filter_map(|reason| {
                let (units, amount) = sums.left_over.get(&(*reason as u8))?;
                Some(model::LeftOverRow { reason: reason.code().to_owned(), units: *units, amount: *amount })
            })
            .collect(),
        rungs: Rung::ALL
            .iter()
            .filter_map(|rung| {
                let (units, amount) = sums.by_rung.get(&(*rung as u8))?;
                Some(model::RungRow { rung: rung.code().to_owned(), units: *units, amount: *amount })
            })
            .collect(),
        data: model::PartnerData {
            accepted_lines: sums.accepted_lines,
            unmapped_lines: sums.unmapped_lines,
            unmapped_amount: sums.unmapped_amount,
            other_amount: sums.other_amount,
        },
        judgement: site_judgement::judgement(results, index),
        reviewed: model::Reviewed::default(),
        case: results.plan.cases.verdicts.contains(&index.verdict.name()).then(|| file_stem(&row.partner_id)),
        partner: row,
    }
}

fn partner_cell_row(results: &Results<'_>, cell: &PartnerCell) -> model::PartnerCellRow {
    let category = &results.references.categories[usize::from(cell.place.category)];
    let rate = cell.cell.map(|index| results.benchmark.cells[index as usize].revenue);
    let codes = results.benchmark.codes.codes(&cell.place);
    model::PartnerCellRow {
        category: category.code.clone(),
        category_name: category.name.clone(),
        country: codes.country.to_owned(),
        maturity: codes.maturity.to_owned(),
        hardware_amount: cell.sums.hardware_amount,
        services_amount: cell.sums.services_amount,
        rate_services: rate.map_or(0, |rate| rate.rate_services),
        rate_hardware: rate.map_or(0, |rate| rate.rate_hardware),
        level: results.benchmark.level_code(rate.and_then(|rate| rate.level)).to_owned(),
        contributors: rate.map_or(0, |rate| u64::from(rate.rate_contributors)),
        expected_amount: cell.expected_amount,
        shortfall_amount: cell.expected_amount - cell.sums.services_amount,
        hardware_units: cell.sums.hardware_units,
        attached_units: cell.sums.services_units,
        expected_units_micro: cell.expected_units,
    }
}

fn account(tally: &Tally) -> model::Account {
    let amounts = tally.amounts.iter().map(|(currency, amount)| (currency.clone(), *amount)).collect();
    model::Account { records: tally.records, units: tally.units, amounts }
}

fn quality(results: &Results<'_>) -> Result<model::Quality> {
    let files = results.files.iter().zip(&results.accounts).map(|(file, own)| {
        let FileAccount { incoming, accepted, duplicate, superseded, quarantined } = own;
        model::FileRow {
            feed: results.plan.feed_id(file.input.feed).to_owned(),
            path: file.input.relative.clone(),
            kind: role_code(&file.input.role).to_owned(),
            accounts: [account(incoming), account(accepted), account(duplicate), account(superseded), account(quarantined)],
            unvalued_records: incoming.unvalued,
        }
    });
    let gates = results.gates.iter().map(|gate| model::GateRow {
        gate: gate.code.to_owned(),
        passed: gate.is_passed,
        measured: gate.measured.clone(),
        limit: gate.limit.clone(),
        meaning: gate.meaning.to_owned(),
    });
    Ok(model::Quality {
        files: files.collect(),
        quarantine: quarantine_counts(results),
        findings: finding_counts(results)?,
        gates: gates.collect(),
        reviewed: reviewed::all(results),
        missing_files: missing_files(results),
        unmapped: unmapped(results),
        unknown_partners: unknown_partners(results),
    })
}

fn quarantine_counts(results: &Results<'_>) -> Vec<model::ReasonCount> {
    let count = |code: &QuarantineCode| {
        let found = || results.files.iter().filter_map(|file| Some((file, file.report.quarantined_by_code.get(code.code())?)));
        let (first, (_, line)) = found().next()?;
        let name = first.input.relative.rsplit('/').next().unwrap_or_default();
        Some(model::ReasonCount {
            code: code.code().to_owned(),
            meaning: code.meaning().to_owned(),
            records: found().map(|(_, (records, _))| records).sum(),
            example: format!("{name} line {line}"),
        })
    };
    QuarantineCode::ALL.iter().filter_map(count).collect()
}

fn finding_counts(results: &Results<'_>) -> Result<Vec<model::ReasonCount>> {
    let mut counts: BTreeMap<u8, (u64, String)> = BTreeMap::new();
    let name_of = |id: i64| results.files.iter().find(|file| file.input.file_id == id).map(|file| file.input.relative.as_str());
    for (folder, stem) in results.finding_files() {
        for batch in SectionedReader::open(&folder, &stem)?.section(0) {
            let batch = batch?;
            let rows = Findings::from_batch(&batch)?;
            for row in 0..batch.num_rows() {
                let entry = counts.entry(rows.code.value(row)).or_insert_with(|| {
                    let place = match name_of(rows.file.value(row)) {
                        Some(path) => format!("{} line {}", path.rsplit('/').next().unwrap_or_default(), rows.line.value(row)),
                        None => format!("sale line {}", rows.line_id.value(row)),
                    };
                    (0, place)
                });
                entry.0 += 1;
            }
        }
    }
    for finding in results.feed_findings() {
        let example = || [finding.feed.as_deref().unwrap_or_default(), &finding.detail].join(" ").trim().to_owned();
        counts.entry(finding.code as u8).or_insert_with(|| (0, example())).0 += 1;
    }
    let shown = |(code, (records, example)): (u8, (u64, String))| {
        let code = FindingCode::from_index(code)?;
        Some(model::ReasonCount { code: code.code().to_owned(), meaning: code.meaning().to_owned(), records, example })
    };
    Ok(counts.into_iter().filter_map(shown).collect())
}

fn missing_files(results: &Results<'_>) -> Option<Vec<model::MissingFileRow>> {
    let rows = results.calendar.missing().map(|period| model::MissingFileRow {
        feed: results.plan.feeds[usize::from(period.feed)].id.clone(),
        sender: period.reporter.clone(),
        from: period.period.from.to_string(),
        to: period.period.to.to_string(),
        partners: results.calendar.concerned(period).count() as u64,
    });
    (!results.calendar.periods.is_empty()).then(|| rows.collect())
}

fn unmapped(results: &Results<'_>) -> Vec<model::UnmappedRow> {
    let description = |sku: &str| {
        results.files.iter().filter_map(|file| file.report.unmapped_descriptions.get(sku)).min().cloned().unwrap_or_default()
    };
    let mut largest: Vec<_> = results.sums.unmapped.iter().collect();
    largest.sort_by_key(|(sku, sums)| (std::cmp::Reverse(sums.amount.abs()), sku.as_str()));
    largest
        .into_iter()
        .take(WORK_LIST_ENTRIES)
        .map(|(sku, sums)| model::UnmappedRow {
            sku: sku.clone(),
            description: description(sku),
            lines: sums.lines,
            amount: sums.amount,
            partners: sums.partners,
        })
        .collect()
}

fn unknown_partners(results: &Results<'_>) -> Vec<model::UnknownPartnerRow> {
    worklists::unknown_by_money(results)
        .into_iter()
        .take(WORK_LIST_ENTRIES)
        .map(|((feed, location), unknown)| model::UnknownPartnerRow {
            feed: results.plan.feed_id(feed).to_owned(),
            location: location.to_owned(),
            lines: unknown.records,
            units: unknown.units,
            amount: unknown.amount,
        })
        .collect()
}

fn method(results: &Results<'_>, thresholds: model::Thresholds) -> model::Method {
    model::Method {
        parameters: results.plan.parameters.iter().map(|(key, value)| (key.clone(), value.clone(), meaning_of(key))).collect(),
        references: results.references.files.iter().map(|file| (file.relative.clone(), hex(&file.sha256))).collect(),
        thresholds,
        calibration: site_judgement::calibration(results),
    }
}

/// What a parameter means: the description of its key in the pipeline file's schema.
fn meaning_of(key: &str) -> String {
    crate::config::schema::meaning(key).unwrap_or_default()
}
