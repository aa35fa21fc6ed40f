//! Rung 1: the pack's covered serial is the hardware's serial. It may cross partners.
//!
//! Serials are joined bucket by bucket, each bucket being all serials of one hash. Nearly every pair stands alone: one hardware line and
//! one service line have the serial, and neither line has more serials than units, so nothing else can take its unit. Such pairs are
//! settled on sight. The others compete, over buckets, for the units of a line or for one serial; they are gathered and settled in one
//! pass in the order of the rule: services by (date, line key), then serial.

use super::Traits;
use crate::config::plan::AttachPolicy;
use crate::finding::FindingCode;
use crate::stages::category_of;
use crate::tables::stage::{HardwareSerials, ServiceSerials};
use arrow::array::StringArray;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Ordering;
use std::ops::Range;

/// One serial of one line, as far as competition needs it. Ordered as (date, line key), then serial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialClaim {
    date: i32,
    partner: u32,
    invoice: String,
    sku: String,
    line_id: i64,
    serial: String,
    net_units: i64,
    is_over_serialised: bool,
    /// Of hardware; services have none that matter.
    traits: Traits,
}

impl Ord for SerialClaim {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |claim: &Self| (claim.date, claim.partner);
        key(self)
            .cmp(&key(other))
            .then_with(|| self.invoice.cmp(&other.invoice))
            .then_with(|| self.sku.cmp(&other.sku))
            .then_with(|| self.line_id.cmp(&other.line_id))
            .then_with(|| self.serial.cmp(&other.serial))
    }
}

impl PartialOrd for SerialClaim {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A pack allotted to a hardware line by a serial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SerialPair {
    /// The service line.
    pub service_id: i64,
    /// The hardware line.
    pub hardware_id: i64,
    /// The hardware's date.
    pub hardware_date: i32,
    /// The hardware's partner.
    pub hardware_partner: u32,
    /// The pack is a second one on a covered serial: money without a unit.
    pub is_add_on: bool,
    /// What the index reads of the hardware line.
    pub traits: Traits,
}

/// Claims that compete.
#[derive(Debug, Default)]
pub struct Contended {
    hardware: Vec<SerialClaim>,
    services: Vec<SerialClaim>,
}

impl Contended {
    /// Adds the claims of another bucket.
    pub fn merge(&mut self, other: Contended) {
        self.hardware.extend(other.hardware);
        self.services.extend(other.services);
    }

    /// Number of claims.
    pub fn len(&self) -> usize {
        self.hardware.len() + self.services.len()
    }

    /// Whether nothing competes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What one bucket gives.
#[derive(Debug, Default)]
pub struct BucketOutcome {
    /// Pairs that stand alone, within the window.
    pub pairs: Vec<SerialPair>,
    /// Claims for [`settle_contended`].
    pub contended: Contended,
    /// Findings with the line that they are about.
    pub findings: Vec<(FindingCode, i64)>,
}

/// Joins one bucket of serials.
pub fn join_bucket(hardware: &HardwareSerials, services: &ServiceSerials, policy: &AttachPolicy) -> BucketOutcome {
    let mut outcome = BucketOutcome::default();
    let hardware_rows = by_serial(&hardware.serial);
    let service_rows = by_serial(&services.serial);
    let mut at = 0;
    for group in groups(&hardware_rows) {
        let serial = hardware_rows[group.start].0;
        while at < service_rows.len() && service_rows[at].0 < serial {
            at += 1;
        }
        let first = at;
        while at < service_rows.len() && service_rows[at].0 == serial {
            at += 1;
        }
        let sellers: Vec<usize> = hardware_rows[group].iter().map(|(_, row)| *row).collect();
        let packs: Vec<usize> = service_rows[first..at].iter().map(|(_, row)| *row).collect();
        if sellers.len() > 1 {
            outcome.findings.extend(sellers.iter().map(|row| (FindingCode::SerialSoldTwice, hardware.line_id.value(*row))));
        }
        join_serial(hardware, services, &sellers, &packs, policy, &mut outcome);
    }
    outcome
}

fn by_serial(serials: &StringArray) -> Vec<(&str, usize)> {
    let mut rows: Vec<(&str, usize)> = serials.iter().flatten().zip(0..).collect();
    rows.sort_unstable();
    rows
}

fn groups(rows: &[(&str, usize)]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    rows.chunk_by(|a, b| a.0 == b.0).map(move |chunk| {
        let range = start..start + chunk.len();
        start = range.end;
        range
    })
}

fn join_serial(
    hardware: &HardwareSerials,
    services: &ServiceSerials,
    sellers: &[usize],
    packs: &[usize],
    policy: &AttachPolicy,
    outcome: &mut BucketOutcome,
) {
    if let ([seller], [pack]) = (sellers, packs)
        && i64::from(hardware.serials.value(*seller)) <= hardware.net_units.value(*seller)
        && i64::from(services.serials.value(*pack)) <= services.net_units.value(*pack)
    {
        if is_within(services.date.value(*pack), hardware.date.value(*seller), policy) {
            let (service_id, hardware_id) = (services.line_id.value(*pack), hardware.line_id.value(*seller));
            outcome.pairs.push(SerialPair {
                service_id,
                hardware_id,
                hardware_date: hardware.date.value(*seller),
                hardware_partner: hardware.partner.value(*seller),
                is_add_on: false,
                traits: hardware_traits(hardware, *seller),
            });
        }
        return;
    }
    if packs.is_empty() {
        return;
    }
    outcome.contended.hardware.extend(sellers.iter().map(|&row| SerialClaim {
        date: hardware.date.value(row),
        partner: hardware.partner.value(row),
        invoice: hardware.invoice.value(row).to_owned(),
        sku: hardware.sku.value(row).to_owned(),
        line_id: hardware.line_id.value(row),
        serial: hardware.serial.value(row).to_owned(),
        net_units: hardware.net_units.value(row),
        is_over_serialised: i64::from(hardware.serials.value(row)) > hardware.net_units.value(row),
        traits: hardware_traits(hardware, row),
    }));
    outcome.contended.services.extend(packs.iter().map(|&row| SerialClaim {
        date: services.date.value(row),
        partner: services.partner.value(row),
        invoice: services.invoice.value(row).to_owned(),
        sku: services.sku.value(row).to_owned(),
        line_id: services.line_id.value(row),
        serial: services.serial.value(row).to_owned(),
        net_units: services.net_units.value(row),
        is_over_serialised: i64::from(services.serials.value(row)) > services.net_units.value(row),
        traits: Traits::default(),
    }));
}

fn hardware_traits(hardware: &HardwareSerials, row: usize) -> Traits {
    Traits { order: hardware.order.value(row), band: hardware.band.value(row), exception: hardware.exception.value(row) }
}

/// Whether a service's date lies in the hardware's window.
pub fn is_within(service_date: i32, hardware_date: i32, policy: &AttachPolicy) -> bool {
    (hardware_date - policy.lead_days..=hardware_date + policy.window_days).contains(&service_date)
}

/// Settles competing claims: each service serial takes the earliest hardware line that has the serial uncovered and a unit left; else it
/// is an add-on of the earliest that is covered; else the ladder goes on without it. A line without more serials than units has a unit
/// for each of its serials, so only the others are counted down.
pub fn settle_contended(mut contended: Contended, policy: &AttachPolicy) -> Vec<SerialPair> {
    contended.hardware.sort_unstable();
    contended.services.sort_unstable();
    let mut by_serial: FxHashMap<&str, Vec<&SerialClaim>> = FxHashMap::default();
    let mut units_left: FxHashMap<i64, i64> = FxHashMap::default();
    for claim in &contended.hardware {
        by_serial.entry(&claim.serial).or_default().push(claim);
        if claim.is_over_serialised {
            units_left.insert(claim.line_id, claim.net_units);
        }
    }
    let mut packs_left: FxHashMap<i64, i64> = FxHashMap::default();
    let mut covered: FxHashSet<(i64, &str)> = FxHashSet::default();
    let mut pairs = Vec::new();
    for service in &contended.services {
        let packs =
            if service.is_over_serialised { Some(packs_left.entry(service.line_id).or_insert(service.net_units)) } else { None };
        if packs.as_ref().is_some_and(|packs| **packs == 0) {
            continue;
        }
        let candidates = by_serial.get(service.serial.as_str()).map_or(&[][..], Vec::as_slice);
        let eligible = || candidates.iter().filter(|hardware| is_within(service.date, hardware.date, policy));
        let uncovered = eligible().find(|hardware| {
            !covered.contains(&(hardware.line_id, hardware.serial.as_str())) && units_left.get(&hardware.line_id) != Some(&0)
        });
        let add_on = || eligible().find(|hardware| covered.contains(&(hardware.line_id, hardware.serial.as_str())));
        let Some((hardware, is_add_on)) = uncovered.map(|hardware| (hardware, false)).or_else(|| add_on().map(|h| (h, true)))
        else {
            continue;
        };
        if !is_add_on {
            covered.insert((hardware.line_id, &hardware.serial));
            if let Some(left) = units_left.get_mut(&hardware.line_id) {
                *left -= 1;
            }
        }
        if let Some(packs) = packs {
            *packs -= 1;
        }
        pairs.push(SerialPair {
            service_id: service.line_id,
            hardware_id: hardware.line_id,
            hardware_date: hardware.date,
            hardware_partner: hardware.partner,
            is_add_on,
            traits: hardware.traits,
        });
    }
    pairs
}

/// Findings about pairs: a pack that covers hardware of another category.
pub fn category_findings(pairs: &[SerialPair]) -> Vec<(FindingCode, i64)> {
    let differs = |pair: &&SerialPair| category_of(pair.service_id) != category_of(pair.hardware_id);
    pairs.iter().filter(differs).map(|pair| (FindingCode::TakeoverCategory, pair.service_id)).collect()
}
