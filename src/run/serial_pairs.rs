//! The files of the serial rung's pairs: written bucket by bucket, merged into one file of each side and window, and read part by part.

use super::workers;
use crate::config::plan::AttachPolicy;
use crate::error::Result;
use crate::io::sectioned::{self, Scatter, Unit, gather};
use crate::stages::attach::{SerialPair, Traits};
use crate::stages::part_of;
use crate::tables::digest::RowDigest;
use crate::tables::stage::{SerialPairs, SerialPairsBuilder};
use std::path::{Path, PathBuf};

/// A side of a serial pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The part of the service line.
    Service,
    /// The part of the hardware line.
    Hardware,
}

impl Side {
    const BOTH: [Self; 2] = [Self::Service, Self::Hardware];

    fn stem(self) -> &'static str {
        match self {
            Self::Service => "pairs_by_service",
            Self::Hardware => "pairs_by_hardware",
        }
    }

    /// The line of a pair on this side.
    fn line(self, pair: &SerialPair) -> i64 {
        match self {
            Self::Service => pair.service_id,
            Self::Hardware => pair.hardware_id,
        }
    }
}

/// Name of the file of pairs, by their window.
fn stem(side: Side, policy: &AttachPolicy) -> String {
    format!("{}-{}", side.stem(), policy.window_days)
}

/// Name of the file of pairs that one bucket found.
fn found_stem(side: Side, policy: &AttachPolicy, bucket: usize) -> String {
    format!("{}-{bucket:04}", stem(side, policy))
}

/// Names of the files that [`write`] leaves and [`merge`] reads. What competed over buckets stands behind the last bucket.
pub fn found_stems(windows: &[AttachPolicy], buckets: usize) -> impl Iterator<Item = String> + '_ {
    windows
        .iter()
        .flat_map(move |policy| (0..=buckets).flat_map(move |bucket| Side::BOTH.map(|side| found_stem(side, policy, bucket))))
}

/// Writes the pairs that one bucket found within the window of a policy, by part on both sides. `(parts, rows)`: at most so many rows are held.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(
    folder: &Path,
    bucket: usize,
    pairs: &[SerialPair],
    policy: &AttachPolicy,
    (parts, rows): (usize, usize),
) -> Result<()> {
    for side in Side::BOTH {
        let mut out: Scatter<SerialPairsBuilder> = Scatter::create(folder, &found_stem(side, policy, bucket), parts, rows)?;
        for pair in pairs {
            let row = out.row(usize::from(part_of(side.line(pair))))?;
            row.service_id.append_value(pair.service_id);
            row.hardware_id.append_value(pair.hardware_id);
            row.hardware_date.append_value(pair.hardware_date);
            row.hardware_partner.append_value(pair.hardware_partner);
            row.hardware_reseller.append_value(pair.hardware_reseller);
            row.is_add_on.append_value(u8::from(pair.is_add_on));
            row.order.append_value(pair.traits.order);
            row.band.append_value(pair.traits.band);
            row.exception.append_value(pair.traits.exception);
        }
        out.finish()?;
    }
    Ok(())
}

/// Makes one file of each side and window, so that a part opens one file for its pairs and not one of every bucket.
///
/// # Errors
/// Where a file is damaged or cannot be written.
pub fn merge(folder: &Path, windows: &[AttachPolicy], buckets: usize, threads: usize) -> Result<()> {
    let files: Vec<(Side, &AttachPolicy)> = windows.iter().flat_map(|policy| Side::BOTH.map(|side| (side, policy))).collect();
    workers::map(
        threads,
        &files,
        |_| 0,
        |(side, policy)| {
            let found: Vec<String> = (0..=buckets).map(|bucket| found_stem(*side, policy, bucket)).collect();
            sectioned::merge::<SerialPairsBuilder>(folder, &found, &stem(*side, policy), buckets)
        },
    )?;
    Ok(())
}

/// The pairs within the window of a policy of which a part holds the line on this side, sorted.
///
/// # Errors
/// Where the unit is damaged.
pub fn read(folder: &Path, part: u16, side: Side, policy: &AttachPolicy) -> Result<Vec<SerialPair>> {
    let stem = stem(side, policy);
    let files: [(PathBuf, &str); 1] = [(folder.to_owned(), stem.as_str())];
    let pairs = SerialPairs::from_batch(&gather::<SerialPairsBuilder>(&files, usize::from(part), Unit::Finished)?)?;
    let pair = |row: usize| SerialPair {
        service_id: pairs.service_id.value(row),
        hardware_id: pairs.hardware_id.value(row),
        hardware_date: pairs.hardware_date.value(row),
        hardware_partner: pairs.hardware_partner.value(row),
        hardware_reseller: pairs.hardware_reseller.value(row),
        is_add_on: pairs.is_add_on.value(row) != 0,
        traits: Traits { order: pairs.order.value(row), band: pairs.band.value(row), exception: pairs.exception.value(row) },
    };
    let mut list: Vec<SerialPair> = (0..pairs.service_id.len()).map(pair).collect();
    list.sort_unstable();
    Ok(list)
}

/// Adds a pair to the digests of the two parts that it concerns.
pub fn add_to_digests(digests: &mut [RowDigest], pair: &SerialPair, policy: &AttachPolicy) {
    let integers = [
        i64::from(policy.window_days),
        pair.service_id,
        pair.hardware_id,
        i64::from(pair.hardware_date),
        i64::from(pair.hardware_partner),
        i64::from(pair.hardware_reseller),
        i64::from(pair.is_add_on),
        pair.traits.order,
        i64::from(pair.traits.band),
        i64::from(pair.traits.exception),
    ];
    digests[usize::from(part_of(pair.service_id))].add(&integers, &["service"]);
    digests[usize::from(part_of(pair.hardware_id))].add(&integers, &["hardware"]);
}
