//! `attachrate generate`

use std::fmt::Write;
use std::path::PathBuf;

use super::output;
use crate::error::{Error, Problem, Problems, Result};
use crate::generate::{Defect, Defects, Feed, FileDefect, GenerateError, GenerateOptions, GenerateSummary, Recast, generate};

/// Writes a synthetic market: raw feeds in their senders' layouts, reference tables, and the known truth.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Sale lines over all feeds.
    #[arg(long, default_value_t = 20_000)]
    lines: u64,
    /// Partners.
    #[arg(long, default_value_t = 150)]
    partners: u32,
    /// Seed of all randomness: the same options give the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write to; empty or absent.
    #[arg(long)]
    out: PathBuf,
    /// Writes a feed in another layout than its sender's own, in words with `+` between: `distributor_b=excel`, `vendor_direct=x12_867+5010+zip`. Its
    /// declaration stands in `declaration_<feed>.toml`. May be given for several feeds; a word that is unknown lists all.
    #[arg(long = "layout", value_name = "FEED=LAYOUT", value_parser = layout)]
    layouts: Vec<(Feed, Recast)>,
    /// Faults that damage a few records, in turn: all, none, or names with commas between.
    #[arg(long, default_value = "all", value_parser = defects)]
    defects: Vec<Vec<Defect>>,
    /// One damaged record in so many of those that carry no truth.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
    defect_every: u32,
    /// Of a hundred sale records, how many lack their serials, how many their invoice number, and how many their end customer, each for itself. The
    /// truth stays whole.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=100))]
    missing_keys: u32,
    /// Damages the latest file of a feed as a whole: `distributor_a=cut`. Given again for the same feed it damages the file before. A fault that is unknown
    /// lists all.
    #[arg(long = "file-defect", value_name = "FEED=FAULT", value_parser = file_defect)]
    file_defects: Vec<(Feed, FileDefect)>,
}

/// The faults that are asked for.
fn defects(text: &str) -> std::result::Result<Vec<Defect>, String> {
    match text {
        "all" => Ok(Defect::ALL.to_vec()),
        "none" => Ok(Vec::new()),
        names => names
            .split(',')
            .map(|name| {
                let known = Defect::ALL.map(Defect::name).join(", ");
                let found = Defect::ALL.into_iter().find(|defect| defect.name() == name);
                found.ok_or_else(|| format!("unknown fault `{name}`; known: all, none, {known}"))
            })
            .collect(),
    }
}

/// A feed by its id.
fn feed(id: &str) -> std::result::Result<Feed, String> {
    let known = || Feed::ALL.map(Feed::id).join(", ");
    let found = Feed::ALL.into_iter().find(|known| known.id() == id);
    found.ok_or_else(|| format!("unknown feed `{id}`; known: {}", known()))
}

/// A feed and the layout that is asked for.
fn layout(text: &str) -> std::result::Result<(Feed, Recast), String> {
    let (id, layout) = text.split_once('=').ok_or("a feed and a layout, with `=` between")?;
    let feed = feed(id)?;
    Ok((feed, Recast::parse(feed, layout)?))
}

/// A feed and the fault that one of its files is to have.
fn file_defect(text: &str) -> std::result::Result<(Feed, FileDefect), String> {
    let (id, name) = text.split_once('=').ok_or("a feed and a fault, with `=` between")?;
    let found = FileDefect::ALL.into_iter().find(|defect| defect.name() == name);
    let known = || FileDefect::ALL.map(FileDefect::name).join(", ");
    Ok((feed(id)?, found.ok_or_else(|| format!("unknown fault `{name}`; known: {}", known()))?))
}

pub fn execute(arguments: &Arguments) -> Result<()> {
    let options = GenerateOptions {
        lines: arguments.lines,
        partners: arguments.partners,
        seed: arguments.seed,
        out: arguments.out.clone(),
        layouts: arguments.layouts.clone(),
        defects: Defects {
            kinds: arguments.defects.concat(),
            one_in: arguments.defect_every,
            missing_keys_percent: arguments.missing_keys,
            files: arguments.file_defects.clone(),
        },
    };
    let refused = |message: String| Error::Input(Problems(vec![Problem::new(&arguments.out, message)]));
    let summary = generate(&options).map_err(|error| match error {
        GenerateError::Io { operation, path, source } => Error::Io { operation, path, source },
        GenerateError::NotEmpty { .. } => refused("the folder is not empty, so nothing is generated into it".to_owned()),
        GenerateError::TooFewLines { .. } | GenerateError::TwoLayouts { .. } | GenerateError::NoSuchFile { .. } => {
            refused(error.to_string())
        }
    })?;
    output::print(&describe(&summary))
}

fn describe(summary: &GenerateSummary) -> String {
    let mut text = String::new();
    let mut count = |name: &str, number: u64| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<32} {number:>12}");
    };
    count("raw files", summary.files);
    for (feed, lines) in &summary.lines {
        count(&format!("sale lines, {}", feed.id()), *lines);
    }
    count("registrations", summary.registrations);
    for (relation, units) in &summary.units {
        count(&format!("service units, {}", relation.code()), *units);
    }
    count("rows of truth/attachments.csv", summary.truth_rows);
    count("rows of truth/returns.csv", summary.return_rows);
    text
}
