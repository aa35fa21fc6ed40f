//! Keys of cached work: each stage's key holds everything that its result depends on, and nothing else.

use super::adjust_lines::Adjusted;
use super::classes::Reclassification;
use super::extract_files::part_of_partner;
use super::inputs::{FileRole, InputFile};
use crate::config::plan::Plan;
use crate::io::fingerprint::{self, Hash};
use crate::reference::{Exception, References};

/// Raise with every change to what extraction or normalisation gives.
const EXTRACT_VERSION: u32 = 18;
/// Raise with every change to what adjustments give.
const ADJUST_VERSION: u32 = 3;
/// Raise with every change to what settling gives.
const SETTLE_VERSION: u32 = 6;
/// Raise with every change to what the serial pass gives.
const SERIAL_VERSION: u32 = 5;
/// Raise with every change to what attachment gives, tables included.
const ATTACH_VERSION: u32 = 8;
/// Raise with every change to what collecting gives.
const COLLECT_VERSION: u32 = 3;

/// Key of one file's extract.
pub fn extract(plan: &Plan, references: &References, file: &InputFile) -> Hash {
    let feed = &plan.feeds[usize::from(file.feed)];
    let counted_only = u8::from(file.role != FileRole::Kept);
    let mut parts: Vec<Vec<u8>> = vec![
        EXTRACT_VERSION.to_le_bytes().to_vec(),
        file.hash.to_vec(),
        file.file_id.to_le_bytes().to_vec(),
        feed.declaration_hash.to_vec(),
        file.feed.to_le_bytes().to_vec(),
        vec![counted_only],
        plan.period.as_of.to_le_bytes().to_vec(),
        plan.reporting_currency.clone().into_bytes(),
        plan.publish.parts.to_le_bytes().to_vec(),
    ];
    parts.extend(read_by_normalisation(plan, references));
    fingerprint::of_parts(parts.iter().map(Vec::as_slice))
}

/// The hashes of the reference tables that normalisation reads: all but exceptions and adjustments.
fn read_by_normalisation(plan: &Plan, references: &References) -> Vec<Vec<u8>> {
    let others = [&plan.reference.exceptions, &plan.reference.adjustments];
    let is_read = |name: &String| others.iter().all(|table| table.as_ref().is_none_or(|table| table.relative != *name));
    let tables = references.files.iter().filter(|file| is_read(&file.relative)).map(|file| file.sha256.to_vec());
    tables.chain([plan.assess.code().as_bytes().to_vec()]).collect()
}

/// Key of the lines that adjustments add, from the table and the extracts of the files whose records they drop.
pub fn adjust(plan: &Plan, references: &References, table: &InputFile, extracts: &[Hash]) -> Hash {
    let mut parts: Vec<Vec<u8>> = vec![
        ADJUST_VERSION.to_le_bytes().to_vec(),
        table.hash.to_vec(),
        table.file_id.to_le_bytes().to_vec(),
        plan.period.as_of.to_le_bytes().to_vec(),
        plan.reporting_currency.clone().into_bytes(),
        plan.publish.parts.to_le_bytes().to_vec(),
    ];
    parts.extend(read_by_normalisation(plan, references));
    parts.extend(extracts.iter().map(|hash| hash.to_vec()));
    fingerprint::of_parts(parts.iter().map(Vec::as_slice))
}

/// Key of one part's settled lines, from the digest of each file's lines in the part.
pub fn settle(
    plan: &Plan,
    references: &References,
    part: u16,
    extracts: &[(i64, u128)],
    classes: &Reclassification,
    adjusted: &Adjusted,
) -> Hash {
    let mut parts: Vec<Vec<u8>> =
        vec![SETTLE_VERSION.to_le_bytes().to_vec(), part.to_le_bytes().to_vec(), plan.horizon().to_le_bytes().to_vec()];
    parts.push(plan.publish.parts.to_le_bytes().to_vec());
    parts.extend(plan.feeds.iter().map(|feed| [feed.id.as_bytes(), &feed.priority.to_le_bytes()[..]].concat()));
    parts.push((references.categories.len() as u64).to_le_bytes().to_vec());
    let formats =
        references.categories.iter().map(|category| category.serial_format.as_ref().map(|format| format.pattern.as_str()));
    parts.push(format!("{:?} {}", formats.collect::<Vec<_>>(), plan.period.as_of).into_bytes());
    parts.extend(extracts.iter().map(|(file, digest)| [&file.to_le_bytes()[..], &digest.to_le_bytes()[..]].concat()));
    parts.push(classes.hash().to_vec());
    parts.push(exceptions(plan, references, part).into_bytes());
    parts.push(adjusted.of_part(references, part).into_bytes());
    parts.push(format!("{:?}", plan.benchmark.price_bands).into_bytes());
    fingerprint::of_parts(parts.iter().map(Vec::as_slice))
}

/// Key of the serial pass over all parts.
pub fn serial(plan: &Plan, settled: &[Hash], registrations: &[Hash]) -> Hash {
    let policy = attach_policy(plan);
    let version = SERIAL_VERSION.to_le_bytes();
    let published = published(plan);
    let heads = [&version[..], policy.as_bytes(), published.as_bytes()];
    fingerprint::of_parts(heads.into_iter().chain(settled.iter().chain(registrations).map(|hash| &hash[..])))
}

/// Key of one part's attachments, from its settled lines and the digest of its serial pairs.
pub fn attach(plan: &Plan, references: &References, settled: &Hash, pairs: u128) -> Hash {
    let policy = attach_policy(plan);
    let published = published(plan);
    let version = ATTACH_VERSION.to_le_bytes();
    let pairs = pairs.to_le_bytes();
    let files = references.files.iter().map(|reference| &reference.sha256[..]);
    fingerprint::of_parts(
        [&version[..], &settled[..], &pairs[..], policy.as_bytes(), published.as_bytes()].into_iter().chain(files),
    )
}

/// The exceptions of a part's partners with their numbers: all that a part's lines can meet of them.
fn exceptions(plan: &Plan, references: &References, part: u16) -> String {
    let numbered = references.exceptions.iter().zip(1..=u16::MAX);
    let part_of = |exception: &Exception| part_of_partner(references, exception.partner, usize::from(plan.publish.parts));
    let of_part = numbered.filter(|(exception, _)| part_of(exception) == usize::from(part));
    of_part
        .map(|(exception, number)| {
            format!("{number} {} {:?} {:?} {:?};", exception.partner, exception.scope, exception.valid_from, exception.valid_to)
        })
        .collect()
}

/// Key of one part's collected cells and orders, from the checksums of what every part gave to it.
pub fn collect(plan: &Plan, references: &References, part: u16, given: &[u64]) -> Hash {
    let published = published(plan);
    let mut parts: Vec<Vec<u8>> = vec![
        COLLECT_VERSION.to_le_bytes().to_vec(),
        part.to_le_bytes().to_vec(),
        attach_policy(plan).into_bytes(),
        published.into_bytes(),
    ];
    parts.extend(references.files.iter().map(|reference| reference.sha256.to_vec()));
    parts.push(given.iter().flat_map(|checksum| checksum.to_le_bytes()).collect());
    fingerprint::of_parts(parts.iter().map(Vec::as_slice))
}

fn attach_policy(plan: &Plan) -> String {
    format!("{:?} {:?} {:?} {:?}", plan.attach, plan.reading_windows, plan.benchmark.price_bands, plan.benchmark.windows)
}

fn published(plan: &Plan) -> String {
    let publish = &plan.publish;
    format!("{:?} {:?} {:?} {} {:?}", publish.customers, publish.compatibility, plan.period, plan.reporting_currency, plan.assess)
}
