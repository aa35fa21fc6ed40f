//! Rung 1: the pack's covered serial is the hardware's serial. It may cross partners.
//!
//! Serials are joined bucket by bucket, each bucket being all serials of one hash. Nearly every pair stands alone: one hardware line and
//! one service line have the serial, and neither line has more serials than units, so nothing else can take its unit. Such pairs are
//! settled on sight. The others compete, over buckets, for the units of a line or for one serial; they are gathered and settled in one
//! pass in the order of the rule: services by (date, line key), then serial.

use super::Traits;
use crate::config::plan::AttachPolicy;
use crate::finding::FindingCode;
use crate::reference::Resellers;
use crate::stages::category_of;
use crate::tables::stage::{HardwareSerials, ServiceSerials};
use arrow::array::StringArray;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Ordering;

/// One serial of one line, as far as competition needs it. Ordered as (date, line key), then serial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialClaim {
    date: i32,
    reseller: u32,
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
        let key = |claim: &Self| (claim.date, claim.reseller);
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
    /// Its reseller.
    pub hardware_reseller: u32,
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

/// The serials of one bucket in order, to be joined under one policy after the other.
pub struct BucketSerials<'a> {
    hardware: &'a HardwareSerials,
    services: &'a ServiceSerials,
    resellers: &'a Resellers,
    hardware_rows: Vec<SerialRow<'a>>,
    service_rows: Vec<SerialRow<'a>>,
}

impl<'a> BucketSerials<'a> {
    /// Sorts a bucket's serials.
    pub fn new(hardware: &'a HardwareSerials, services: &'a ServiceSerials, resellers: &'a Resellers) -> Self {
        let (hardware_rows, service_rows) = (in_order(&hardware.serial), in_order(&services.serial));
        Self { hardware, services, resellers, hardware_rows, service_rows }
    }

    /// Joins them within the window of a policy.
    pub fn join(&self, policy: &AttachPolicy) -> BucketOutcome {
        let mut outcome = BucketOutcome::default();
        let mut left = self.service_rows.as_slice();
        for sellers in self.hardware_rows.chunk_by(|a, b| a.serial == b.serial) {
            let serial = sellers[0].serial;
            let first = left.iter().position(|row| row.serial >= serial).unwrap_or(left.len());
            let packs = left[first..].iter().take_while(|row| row.serial == serial).count();
            let (packs, later) = left[first..].split_at(packs);
            left = later;
            if sellers.len() > 1 {
                let lines = sellers.iter().map(|seller| self.hardware.line_id.value(seller.row));
                outcome.findings.extend(lines.map(|line| (FindingCode::SerialSoldTwice, line)));
            }
            self.join_serial(sellers, packs, policy, &mut outcome);
        }
        outcome
    }

    /// Joins the lines that have one serial.
    fn join_serial(&self, sellers: &[SerialRow<'_>], packs: &[SerialRow<'_>], policy: &AttachPolicy, outcome: &mut BucketOutcome) {
        let (hardware, services) = (self.hardware, self.services);
        if let ([seller], [pack]) = (sellers, packs)
            && i64::from(hardware.serials.value(seller.row)) <= hardware.net_units.value(seller.row)
            && i64::from(services.serials.value(pack.row)) <= services.net_units.value(pack.row)
        {
            if is_within(services.date.value(pack.row), hardware.date.value(seller.row), policy) {
                let (service_id, hardware_id) = (services.line_id.value(pack.row), hardware.line_id.value(seller.row));
                outcome.pairs.push(SerialPair {
                    service_id,
                    hardware_id,
                    hardware_date: hardware.date.value(seller.row),
                    hardware_partner: hardware.partner.value(seller.row),
                    hardware_reseller: self.resellers.of(hardware.partner.value(seller.row)),
                    is_add_on: false,
                    traits: hardware_traits(hardware, seller.row),
                });
            }
            return;
        }
        if packs.is_empty() {
            return;
        }
        outcome.contended.hardware.extend(sellers.iter().map(|&SerialRow { row, .. }| SerialClaim {
            date: hardware.date.value(row),
            reseller: self.resellers.of(hardware.partner.value(row)),
            partner: hardware.partner.value(row),
            invoice: hardware.invoice.value(row).to_owned(),
            sku: hardware.sku.value(row).to_owned(),
            line_id: hardware.line_id.value(row),
            serial: hardware.serial.value(row).to_owned(),
            net_units: hardware.net_units.value(row),
            is_over_serialised: i64::from(hardware.serials.value(row)) > hardware.net_units.value(row),
            traits: hardware_traits(hardware, row),
        }));
        outcome.contended.services.extend(packs.iter().map(|&SerialRow { row, .. }| SerialClaim {
            date: services.date.value(row),
            reseller: self.resellers.of(services.partner.value(row)),
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
}

/// A serial and its row. Ordered by the serial; its first bytes stand beside it, because most serials differ in them and comparing numbers is quick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct SerialRow<'a> {
    first: u64,
    serial: &'a str,
    row: usize,
}

fn in_order(serials: &StringArray) -> Vec<SerialRow<'_>> {
    let mut rows: Vec<SerialRow<'_>> =
        serials.iter().flatten().zip(0..).map(|(serial, row)| SerialRow { first: first_bytes(serial), serial, row }).collect();
    rows.sort_unstable();
    rows
}

/// The first eight bytes as a number in the order of the bytes; a shorter text is filled with zeros.
fn first_bytes(text: &str) -> u64 {
    let mut bytes = [0; 8];
    let length = text.len().min(8);
    bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
    u64::from_be_bytes(bytes)
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
            hardware_reseller: hardware.reseller,
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
