//! A partner's own list of sales against a published run.

mod declared;
mod effect;
mod list;
mod proposals;

use super::RunOptions;
use super::directory::Directory;
use super::explain::known_partner;
use super::explain::policy::Policy;
use super::manifest;
use super::published_lines::{LineRow, lines_of};
use super::trace::inputs;
use crate::config::plan::{Feed, Plan};
use crate::error::{Error, Result};
use crate::publish::page_name::file_stem;
use crate::publish::reconcile::{Class, Effect, Entry, ListRow, Reconciliation, RunLine, SerialsCompared};
use crate::stages::reconcile::{Pairing, Sale, Serials, differences, pair};
use std::collections::BTreeMap;
use std::path::Path;

/// What is done with the differences.
#[derive(Debug, Clone, Copy)]
pub struct ReconcileOptions<'a> {
    /// How the list is written, where it has not the layout of the run's own lists.
    pub declaration: Option<&'a Feed>,
    /// The file to which they are written as adjustments.
    pub propose: Option<&'a Path>,
    /// The run's pipeline, and how it is run again to tell their effect on the index.
    pub trial: Option<(&'a Plan, &'a RunOptions)>,
    /// Tell the effect of each difference by itself too.
    pub with_each: bool,
}

/// Compares a partner's list with the run's lines.
///
/// # Errors
/// `Damaged` where the folder is no whole run; `Input` where the partner is unknown or the list has another header; where a file cannot be read
/// or written.
pub fn reconcile(folder: &Path, partner_id: &str, list: &Path, options: &ReconcileOptions<'_>) -> Result<Reconciliation> {
    let manifest = manifest::read(folder)?;
    let tables = folder.join("tables");
    let directory = Directory::read(&tables)?;
    let partner = known_partner(folder, partner_id, &directory)?;
    let lines = lines_of(&tables, partner_id)?;
    let files = inputs(&tables)?;
    let serials = own_serials(&folder.join(super::case_files::FOLDER).join(format!("{}.csv", file_stem(partner_id))))?;
    let their = match options.declaration {
        Some(feed) => declared::read(list, feed, Policy::read(&manifest, folder)?.as_of)?,
        None => list::read(list)?,
    };
    let list::List { rows, quarantined, passed_over } = their;
    let run_sales: Vec<Sale> = lines.iter().map(|line| sale_of(line, serials.as_ref())).collect();
    let list_sales: Vec<Sale> = rows.iter().map(|row| row.sale.clone()).collect();
    let pairing = paired(&lines, &run_sales, &list_sales);
    let path = |line: &LineRow| files.get(&line.file_id).map_or(String::new(), |file| file.path.clone());
    let run_line = |place: usize| {
        let line = &lines[place];
        RunLine { id: line.id, sale: run_sales[place].clone(), path: path(line), line: line.line }
    };
    let list_row =
        |place: usize| ListRow { section: rows[place].section.clone(), line: rows[place].line, sale: rows[place].sale.clone() };
    let mut entries = Vec::new();
    for (line, row) in &pairing.pairs {
        let differences = differences(&run_sales[*line], &list_sales[*row]);
        let class = if differences.is_empty() { Class::Matched } else { Class::Different };
        entries.push(Entry { class, line: Some(run_line(*line)), row: Some(list_row(*row)), differences, alone: None });
    }
    let alone = |class| move |line| Entry { class, line, row: None, differences: Vec::new(), alone: None };
    entries.extend(pairing.lines_alone.iter().map(|line| {
        let class = if lines[*line].is_dropped() { Class::Dropped } else { Class::NotInList };
        alone(class)(Some(run_line(*line)))
    }));
    entries.extend(pairing.rows_alone.iter().map(|row| Entry { row: Some(list_row(*row)), ..alone(Class::NotInRun)(None) }));
    entries.sort_by_key(|entry| entry.class);
    let proposals = proposals::of(partner_id, &entries, &lines, &files);
    if let Some(path) = options.propose {
        proposals::write(path, &proposals)?;
    }
    let effect = match options.trial {
        None => None,
        Some((plan, run_options)) => {
            let trial = effect::Trial { plan, options: run_options };
            let standing = |proposals: &[proposals::Proposal]| trial.standing(&manifest.run_id, partner_id, proposals);
            let before = effect::standing(folder, partner_id)?;
            let after = if proposals.is_empty() { before.clone() } else { standing(&proposals)? };
            for proposal in proposals.iter().filter(|_| options.with_each) {
                entries[proposal.entry].alone = Some(standing(std::slice::from_ref(proposal))?);
            }
            Some(Effect { before, after, left_out: entries.iter().filter(|entry| entry.differs()).count() - proposals.len() })
        }
    };
    let proposed = options.propose.map(|_| proposals.len());
    Ok(Reconciliation {
        run_id: manifest.run_id,
        partner_id: partner.id.clone(),
        partner_name: partner.name.clone(),
        list: list.display().to_string(),
        serials: match (&serials, options.declaration) {
            (_, Some(feed)) if feed.columns.serials.is_none() => SerialsCompared::Nothing,
            (Some(_), _) => SerialsCompared::Each,
            (None, _) => SerialsCompared::Counts,
        },
        entries,
        quarantined,
        passed_over,
        proposed,
        effect,
    })
}

/// Lines that take part are paired first; those that adjustments drop with what is left of the list.
fn paired(lines: &[LineRow], run: &[Sale], list: &[Sale]) -> Pairing {
    let (dropped, live): (Vec<usize>, Vec<usize>) = (0..lines.len()).partition(|line| lines[*line].is_dropped());
    let mut pairing = Pairing { rows_alone: (0..list.len()).collect(), ..Pairing::default() };
    for side in [live, dropped] {
        let rows = std::mem::take(&mut pairing.rows_alone);
        let sales = |all: &[Sale], chosen: &[usize]| chosen.iter().map(|place| all[*place].clone()).collect::<Vec<Sale>>();
        let found = pair(&sales(run, &side), &sales(list, &rows));
        pairing.pairs.extend(found.pairs.iter().map(|(line, row)| (side[*line], rows[*row])));
        pairing.lines_alone.extend(found.lines_alone.iter().map(|line| side[*line]));
        pairing.rows_alone = found.rows_alone.iter().map(|row| rows[*row]).collect();
    }
    pairing.pairs.sort_unstable();
    pairing.lines_alone.sort_unstable();
    pairing
}

/// The serials of a partner's lines, from the run's list of them; none where the run has no such list.
fn own_serials(path: &Path) -> Result<Option<BTreeMap<i64, Vec<String>>>> {
    if !path.exists() {
        return Ok(None);
    }
    let list = list::read(path)?;
    if let Some(row) = list.quarantined.first() {
        return Err(Error::Damaged { path: path.to_owned(), cause: format!("line {}: {}", row.line, row.reason) });
    }
    let of_line = |row: list::Row| Some((row.line_id?, row.sale.serials.each().to_vec()));
    Ok(Some(list.rows.into_iter().filter_map(of_line).collect()))
}

fn sale_of(line: &LineRow, serials: Option<&BTreeMap<i64, Vec<String>>>) -> Sale {
    Sale {
        date: line.date,
        invoice: line.invoice.clone(),
        sku: line.sku.clone(),
        serials: match serials {
            Some(serials) => Serials::Each(serials.get(&line.id).cloned().unwrap_or_default()),
            None => Serials::Count(usize::try_from(line.serial_count).unwrap_or_default()),
        },
        quantity: line.quantity,
        amount: line.source_amount,
        currency: line.currency.clone(),
        category: line.category.clone(),
    }
}
