//! What the differences would do to the partner's index: the run once more, with all of them approved, in a folder that is thrown away. Nothing is
//! held fixed: attachments, market rates and the gates follow.

use super::proposals::Proposal;
use crate::config::plan::{Plan, ReferencePath};
use crate::error::{Error, Problem, Problems, Result};
use crate::publish::reconcile::Standing;
use crate::reference::{self, ADJUSTMENT_COLUMNS};
use crate::run::execute::{CACHE, execute, lock};
use crate::run::explain::policy::Policy;
use crate::run::explain::published::IndexRow;
use crate::run::manifest::{self, run_id};
use crate::run::{RunOptions, inputs};
use crate::stages::benchmark::UNIT_SCALE;
use std::collections::BTreeMap;
use std::path::Path;

/// How the run is done again.
pub struct Trial<'a> {
    /// The pipeline of the run.
    pub plan: &'a Plan,
    /// Folder of runs and cached work, threads, memory.
    pub options: &'a RunOptions,
}

impl Trial<'_> {
    /// Where the partner stands once these proposals are applied.
    ///
    /// # Errors
    /// `Input` where the pipeline would no longer give this run; what a run gives.
    pub fn standing(&self, run: &str, partner_id: &str, proposals: &[Proposal]) -> Result<Standing> {
        let out = &self.options.out;
        let _lock = lock(out)?;
        self.check(run)?;
        let folder = tempfile::Builder::new().prefix(".reconcile-").tempdir_in(out).map_err(Error::io("create", out))?;
        let cache = std::path::absolute(out.join(CACHE)).map_err(Error::io("find", out))?;
        let link = folder.path().join(CACHE);
        std::os::unix::fs::symlink(&cache, &link).map_err(Error::io("link", &link))?;
        let mut plan = self.plan.clone();
        plan.reference.adjustments = Some(self.table(folder.path(), proposals)?);
        // Only the index is asked for.
        plan.cases.verdicts.clear();
        let options = RunOptions { out: folder.path().to_owned(), ..self.options.clone() };
        let summary = execute(&plan, &options)?;
        standing(&summary.folder, partner_id)
    }

    /// That the pipeline gives the run still.
    fn check(&self, run: &str) -> Result<()> {
        let references = reference::load(self.plan)?;
        let files = inputs::list(self.plan, self.options)?;
        let now = run_id(self.plan, &references, &files);
        if now == run {
            return Ok(());
        }
        let message = format!("the pipeline gives run {now} now, and not {run}");
        let hint = "files, reference tables or configuration have changed: run it again, and compare the list with that run";
        Err(Error::Input(Problems(vec![Problem::new(&self.plan.pipeline_file, message).with_hint(hint)])))
    }

    /// The adjustments table with the proposals, all approved.
    fn table(&self, folder: &Path, proposals: &[Proposal]) -> Result<ReferencePath> {
        let failed = |error: csv::Error| Error::Internal(format!("the adjustments table: {error}"));
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(ADJUSTMENT_COLUMNS).map_err(failed)?;
        let known = &self.plan.reference.adjustments;
        if let Some(known) = known {
            let bytes = std::fs::read(&known.path).map_err(Error::io("read", &known.path))?;
            let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
            let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
            for row in reader.deserialize::<BTreeMap<String, String>>() {
                let row = row.map_err(failed)?;
                writer.write_record(ADJUSTMENT_COLUMNS.map(|column| row.get(column).map_or("", String::as_str))).map_err(failed)?;
            }
        }
        for proposal in proposals {
            let mut row = proposal.cells.clone();
            for column in ["approver", "reason", "evidence"] {
                row.insert(column, "if the list were right".to_owned());
            }
            row.insert("adjustment_id", format!("reconcile {}", proposal.id()));
            writer.write_record(ADJUSTMENT_COLUMNS.map(|column| row.get(column).map_or("", String::as_str))).map_err(failed)?;
        }
        let path = folder.join("adjustments.csv");
        let bytes = writer.into_inner().map_err(|error| Error::Internal(format!("the adjustments table: {error}")))?;
        std::fs::write(&path, bytes).map_err(Error::io("write", &path))?;
        let relative = known.as_ref().map_or_else(|| "adjustments.csv".to_owned(), |known| known.relative.clone());
        Ok(ReferencePath { relative, path })
    }
}

/// Where a partner stands in a published run, by the measure that decides.
pub fn standing(folder: &Path, partner_id: &str) -> Result<Standing> {
    let policy = Policy::read(&manifest::read(folder)?, folder)?;
    let index = IndexRow::read(&folder.join("tables"), partner_id)?;
    let figures = if policy.by_units { index.units } else { index.revenue };
    // Attached units are whole, expected ones millionths.
    let services = if policy.by_units { figures.services * i128::from(UNIT_SCALE) } else { figures.services };
    Ok(Standing { verdict: index.verdict, services, expected: figures.expected })
}
