//! The manifest of a published run: inputs with their hashes, configuration, counts, gates, and the hash of every output.

use super::extract_files::ExtractedFile;
use super::gates::Gate;
use super::inputs::{FileRole, InputFile};
use crate::config::plan::Plan;
use crate::error::{Error, Result};
use crate::io::fingerprint::{self, Hash, hex};
use crate::reference::{Adjustment, References};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// File name of the manifest.
pub const MANIFEST: &str = "manifest.json";
/// Version of the tool, part of every run's identity.
pub const TOOL_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// Id of the run.
    pub run_id: String,
    /// Version of the tool.
    pub tool_version: String,
    /// Title of the pipeline.
    pub title: String,
    /// Hash of the configuration.
    pub configuration_sha256: String,
    /// Every parameter as resolved.
    pub parameters: BTreeMap<String, String>,
    /// The raw files.
    pub inputs: Vec<InputEntry>,
    /// The reference tables, and the language file of the case files.
    pub references: BTreeMap<String, String>,
    /// The adjustments, proposals included.
    #[serde(default)]
    pub adjustments: Vec<DecisionEntry>,
    /// The approved exceptions.
    #[serde(default)]
    pub exceptions: Vec<DecisionEntry>,
    /// How much more the indexes of partners differ than chance explains, by measure.
    #[serde(default)]
    pub funnel: BTreeMap<String, FunnelEntry>,
    /// Counts by stage.
    pub counts: BTreeMap<String, u64>,
    /// Sums over all rows of a table, by table and column, as decimal numbers.
    #[serde(default)]
    pub totals: BTreeMap<String, BTreeMap<String, String>>,
    /// The gates.
    pub gates: Vec<GateEntry>,
    /// Every output with its hash and size, by path.
    pub outputs: BTreeMap<String, OutputEntry>,
}

/// A raw file of the manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InputEntry {
    /// Feed.
    pub feed_id: String,
    /// Path relative to the pipeline file.
    pub path: String,
    /// Content hash.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// accepted, duplicate or superseded as a whole.
    pub disposition: String,
    /// Records.
    pub records: u64,
}

/// A reviewed decision of the manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DecisionEntry {
    /// Its id.
    pub id: String,
    /// What it does: an adjustment's action, an exception's scope.
    pub code: String,
    /// What became of it.
    pub status: String,
    /// Who approved it; empty of a proposal.
    pub approver: String,
    /// Why.
    pub reason: String,
    /// On which evidence.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub evidence: String,
}

/// The over-dispersion of one measure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FunnelEntry {
    /// Partners that it rests on.
    pub partners: u64,
    /// `φ`, the mean square of their winsorised scores.
    pub phi: f64,
    /// `τ²`, the variance between partners of the square root of the index, beyond chance.
    pub tau_squared: f64,
}

/// A gate of the manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GateEntry {
    /// Code.
    pub code: String,
    /// Whether it holds.
    pub is_passed: bool,
    /// What was measured.
    pub measured: String,
    /// What is allowed.
    pub limit: String,
}

/// An output of the manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OutputEntry {
    /// Content hash.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// Rows of a table.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rows: Option<u64>,
}

/// The id of a run: as-of date and 12 hexadecimal digits of the hash of configuration, inputs and tool version.
pub fn run_id(plan: &Plan, references: &References, files: &[InputFile]) -> String {
    let mut parts: Vec<Vec<u8>> = vec![TOOL_VERSION.as_bytes().to_vec(), plan.policy_hash.to_vec()];
    for reference in &references.files {
        parts.push(reference.relative.clone().into_bytes());
        parts.push(reference.sha256.to_vec());
    }
    for file in files {
        parts.push(plan.feeds[usize::from(file.feed)].id.clone().into_bytes());
        parts.push(file.relative.clone().into_bytes());
        parts.push(file.hash.to_vec());
    }
    if let Some(language) = &plan.cases.language_file {
        parts.push(language.relative.clone().into_bytes());
        parts.push(language.sha256.to_vec());
    }
    if let Some(earlier) = &plan.earlier_run {
        parts.push(earlier.sha256.to_vec());
    }
    if let Some(earlier) = &plan.earlier_outreach {
        parts.push(earlier.sha256.to_vec());
    }
    let hash: Hash = fingerprint::of_parts(parts.iter().map(Vec::as_slice));
    format!("{}-{}", iso_date(plan.period.as_of), &hex(&hash)[..12])
}

/// A day as `2026-10-31`.
pub fn iso_date(days: i32) -> String {
    NaiveDate::from_epoch_days(days).unwrap_or_default().to_string()
}

/// The manifest without its outputs.
pub fn begin(
    plan: &Plan,
    references: &References,
    files: &[ExtractedFile],
    run_id: &str,
    counts: BTreeMap<String, u64>,
    gates: &[Gate],
) -> Manifest {
    Manifest {
        run_id: run_id.to_owned(),
        tool_version: TOOL_VERSION.to_owned(),
        title: plan.title.clone(),
        configuration_sha256: hex(&plan.policy_hash),
        parameters: plan.parameters.iter().cloned().collect(),
        inputs: files
            .iter()
            .map(|file| InputEntry {
                feed_id: plan.feed_id(file.input.feed).to_owned(),
                path: file.input.relative.clone(),
                sha256: hex(&file.input.hash),
                bytes: file.input.bytes,
                disposition: role_code(&file.input.role).to_owned(),
                records: file.report.incoming.records,
            })
            .collect(),
        references: references
            .files
            .iter()
            .map(|file| (file.relative.clone(), hex(&file.sha256)))
            .chain(plan.cases.language_file.iter().map(|file| (file.relative.clone(), hex(&file.sha256))))
            .collect(),
        adjustments: references.adjustments.iter().map(adjustment_entry).collect(),
        exceptions: Vec::new(),
        funnel: BTreeMap::new(),
        counts,
        totals: BTreeMap::new(),
        gates: gates
            .iter()
            .map(|gate| GateEntry {
                code: gate.code.to_owned(),
                is_passed: gate.is_passed,
                measured: gate.measured.clone(),
                limit: gate.limit.clone(),
            })
            .collect(),
        outputs: BTreeMap::new(),
    }
}

/// An adjustment as the manifest lists it.
pub fn adjustment_entry(adjustment: &Adjustment) -> DecisionEntry {
    DecisionEntry {
        id: adjustment.id.clone(),
        code: adjustment.action.code().to_owned(),
        status: adjustment.status_code().to_owned(),
        approver: adjustment.approver.clone(),
        reason: adjustment.reason.clone(),
        evidence: adjustment.evidence.clone(),
    }
}

/// The code of what became of a file as a whole.
pub fn role_code(role: &FileRole) -> &'static str {
    match role {
        FileRole::Kept => "accepted",
        FileRole::Duplicate { .. } => "duplicate",
        FileRole::Superseded { .. } => "superseded",
    }
}

/// Reads the manifest of a published run.
///
/// # Errors
/// `Damaged` where there is none or it cannot be read.
pub fn read(folder: &Path) -> Result<Manifest> {
    let path = folder.join(MANIFEST);
    let damaged = |cause: String| Error::Damaged { path: path.clone(), cause };
    let text = std::fs::read(&path).map_err(|error| damaged(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))
}
