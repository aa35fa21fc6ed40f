//! The case files: for every partner a page and the list of its own lines. They are written part by part, partner by partner, so that no more than
//! some batches of lines are held.

use super::case_model::{CaseModel, QuarterSums};
use super::execute::Results;
use super::extract_files::part_of_partner;
use super::manifest::iso_date;
use super::memory::MemoryBudget;
use super::part_merge::{MergedLine, PartMerge};
use super::settle_parts::{BATCH_ROWS, SettledPart};
use super::{LINE_BYTES, RunOptions, workers};
use crate::config::file::{ServicesScope, WindowScope};
use crate::error::{Error, Result};
use crate::io::csv_export::{Cell, CsvFile};
use crate::io::sectioned::read_index;
use crate::publish::case;
use crate::publish::case::lines::{HEADER, LineFacts, fates, reason};
use crate::publish::case::summary::{LineSummary, LineTexts};
use crate::publish::case::words::Words;
use crate::publish::facts::kind_code;
use crate::publish::page_name::file_stem;
use crate::stages::attach::SettledLines;
use crate::stages::attach::{HARDWARE, is_in_scope, is_open};
use crate::stages::tally::unpack_currency;
use crate::tables::stage::{NO_CATEGORY, SERIAL_SEPARATOR};
use rustc_hash::FxHashMap;
use std::fs;
use std::path::Path;

/// Folder of the case files in a run.
pub const FOLDER: &str = "cases";

/// Lists that are written at a time. Where locations are assessed, all those of a reseller are written while its lines are read.
const OPEN_LISTS: usize = 128;

/// Writes the case files of the partners whose verdicts get one.
///
/// # Errors
/// Where cached files are damaged, or a file cannot be written.
pub fn write(folder: &Path, results: &Results<'_>, options: &RunOptions) -> Result<()> {
    if results.plan.cases.verdicts.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let cases = Cases::new(results, folder);
    let chosen = results.indices.iter().filter(|index| cases.is_chosen(index.partner)).count();
    let stage = options.progress.stage("case files", chosen as u64);
    let memory = MemoryBudget::new(options.line_bytes());
    let rows = |part: &SettledPart| read_index(&part.folder, "lines").map_or(0, |index| index.rows.iter().sum());
    workers::map(options.threads, &results.settled, rows, |part| {
        // One batch of every category at most.
        let held = rows(part).min((results.references.categories.len() + 1) as u64 * BATCH_ROWS as u64);
        let _lease = memory.lease(held * LINE_BYTES)?;
        let attached = &results.parts[usize::from(part.part)];
        let open = || PartMerge::open(part, attached, results.references.categories.len());
        let mut merge = open()?;
        let quarters = cases.model.quarters_of(&results.collected[usize::from(part.part)])?;
        let chosen: Vec<u32> = cases.partners_of(part.part).filter(|partner| cases.is_chosen(*partner)).collect();
        let reseller = |partner: u32| results.references.resellers.of(partner);
        for own in chosen.chunk_by(|a, b| reseller(*a) == reseller(*b)) {
            for (reading, partners) in own.chunks(OPEN_LISTS).enumerate() {
                // Lines are read from front to back.
                if reading > 0 {
                    merge = open()?;
                }
                for (partner, summary) in cases.lists(partners, reseller(partners[0]), &mut merge)? {
                    cases.page(partner, summary, quarters.get(&partner).cloned().unwrap_or_default())?;
                    stage.advance(1);
                }
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// What all case files look up.
struct Cases<'a> {
    results: &'a Results<'a>,
    folder: &'a Path,
    words: Words<'a>,
    model: CaseModel<'a>,
    /// Feed and file name by file id.
    files: FxHashMap<i64, (String, &'a str)>,
    /// What the senders call products that the master does not know.
    descriptions: FxHashMap<&'a str, &'a str>,
}

impl<'a> Cases<'a> {
    fn new(results: &'a Results<'a>, folder: &'a Path) -> Self {
        let files = results.files.iter().map(|file| {
            let name = file.input.relative.rsplit('/').next().unwrap_or_default();
            (file.input.file_id, (results.plan.feed_id(file.input.feed).to_owned(), name))
        });
        let mut descriptions: FxHashMap<&str, &str> = FxHashMap::default();
        for (sku, description) in results.files.iter().flat_map(|file| &file.report.unmapped_descriptions) {
            let first = descriptions.entry(sku).or_insert(description);
            if description.as_str() < *first {
                *first = description;
            }
        }
        Self {
            results,
            folder,
            words: Words::new(&results.plan.cases, &results.plan.reporting_currency),
            model: CaseModel::new(results),
            files: files.collect(),
            descriptions,
        }
    }

    fn is_chosen(&self, partner: u32) -> bool {
        let verdict = self.results.indices[partner as usize].verdict;
        self.results.plan.cases.verdicts.contains(&verdict.name())
    }

    /// The partners of a part.
    fn partners_of(&self, part: u16) -> impl Iterator<Item = u32> {
        let (references, parts) = (self.results.references, usize::from(self.results.plan.publish.parts));
        (0..references.partners.len() as u32)
            .filter(move |partner| part_of_partner(references, *partner, parts) == usize::from(part))
    }

    /// Writes the lines of each of a reseller's partners and sums them up. The partners stand in their order.
    fn lists(&self, partners: &[u32], reseller: u32, merge: &mut PartMerge) -> Result<Vec<(u32, LineSummary)>> {
        let create = |partner: &u32| {
            let stem = file_stem(&self.results.references.partners[*partner as usize].id);
            Ok((CsvFile::create(&self.folder.join(format!("{stem}.csv")), &HEADER)?, LineSummary::default()))
        };
        let mut lists: Vec<(CsvFile, LineSummary)> = partners.iter().map(create).collect::<Result<_>>()?;
        merge.reseller(reseller, &mut |line| match partners.binary_search(&line.lines.partner.value(line.row)) {
            Ok(place) => {
                let (file, summary) = &mut lists[place];
                self.line(line, file, summary)
            }
            Err(_) => Ok(()),
        })?;
        let finish = |(partner, (file, summary)): (&u32, (CsvFile, LineSummary))| file.finish().map(|()| (*partner, summary));
        partners.iter().zip(lists).map(finish).collect()
    }

    /// Writes a partner's page.
    fn page(&self, partner: u32, summary: LineSummary, quarters: Vec<QuarterSums>) -> Result<()> {
        let case = self.model.case(partner, summary, quarters);
        let html = case::render(&self.model.run, &case, &self.words);
        let html = html.map_err(|error| Error::Internal(format!("the case file of {}: {error}", case.partner_id)))?;
        let path = self.folder.join(format!("{}.html", case.stem));
        fs::write(&path, html).map_err(Error::io("write", &path))
    }

    fn line(&self, line: &MergedLine<'_>, file: &mut CsvFile, summary: &mut LineSummary) -> Result<()> {
        let (lines, row) = (line.lines, line.row);
        let references = self.results.references;
        let facts = self.facts(line);
        let parts = fates(&facts);
        let category = Some(lines.category.value(row)).filter(|category| *category != NO_CATEGORY);
        let sku = lines.sku.value(row);
        let description = match references.products.get(sku) {
            Some(product) => product.description.as_str(),
            None => self.descriptions.get(sku).copied().unwrap_or_default(),
        };
        let texts =
            LineTexts { id: line.id, category, date: lines.date.value(row), invoice: lines.invoice.value(row), sku, description };
        summary.add(&facts, &parts, &texts);
        let (feed, name) = self.files.get(&line.settlement.file.value(row)).map_or(("", ""), |(feed, name)| (feed.as_str(), *name));
        file.row(&[
            Cell::Whole(line.id),
            Cell::Text(kind_code(facts.kind)),
            Cell::Text(category.map_or("", |category| &references.categories[usize::from(category)].code)),
            Cell::Text(&iso_date(texts.date)),
            Cell::Text(texts.invoice),
            Cell::Text(sku),
            Cell::Text(description),
            Cell::Whole(facts.quantity),
            Cell::Amount(lines.source_amount.value(row)),
            Cell::Text(&unpack_currency(lines.currency.value(row))),
            Cell::Text(&lines.serials.value(row).replace(SERIAL_SEPARATOR, ";")),
            Cell::Text(lines.purchase_order.value(row)),
            Cell::Text(lines.sales_order.value(row)),
            Cell::Text(lines.end_customer.value(row)),
            Cell::Text(lines.certificate.value(row)),
            Cell::Text(if parts.iter().any(|part| part.fate.counts()) { "yes" } else { "no" }),
            Cell::Text(&reason(&facts, &parts, &self.words)),
            Cell::Whole(line.count.units),
            Cell::Amount(line.count.amount),
            Cell::Text(&format!("{feed} {name} line {}", lines.line.value(row))),
        ])
    }

    fn facts(&self, line: &MergedLine<'_>) -> LineFacts<'a> {
        let (plan, row) = (self.results.plan, line.row);
        let settled = SettledLines { lines: line.lines, settlement: line.settlement };
        let (date, kind) = (line.lines.date.value(row), line.lines.kind.value(row));
        let is_in_period = (plan.period.from..=plan.period.to).contains(&date);
        let only_ended = plan.benchmark.windows == WindowScope::Closed;
        let counts_all = plan.benchmark.services == ServicesScope::All;
        LineFacts {
            kind,
            is_in_period,
            is_window_left_out: kind == HARDWARE && only_ended && is_open(date, &plan.period, &plan.attach),
            is_dropped: settled.is_dropped(row),
            is_added: settled.is_added(row),
            counts_unattached: counts_all && is_in_period && line.count.exception == 0 && is_in_scope(settled, row),
            quantity: line.lines.quantity.value(row),
            net_units: line.settlement.net_units.value(row),
            net_amount: line.settlement.net_amount.value(row),
            count: line.count,
            exception: self.results.references.exception_id(line.count.exception),
        }
    }
}
