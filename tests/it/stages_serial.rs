//! The serial rung, bucket by bucket and in one pass over what competes, against one naive sequential pass.

use std::collections::BTreeSet;

use arrow::array::{Int64Array, StringArray, UInt8Array, UInt16Array};
use attachrate::config::plan::AttachPolicy;
use attachrate::finding::FindingCode;
use attachrate::reference::Resellers;
use attachrate::stages::attach::{BucketOutcome, BucketSerials, Contended, SerialPair, Traits, settle_contended};
use attachrate::stages::line_id;
use attachrate::tables::stage::{HardwareSerials, ServiceSerials};
use petgraph::algo::maximum_matching;
use petgraph::graph::{NodeIndex, UnGraph};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::sale_rows::{any_policy, days, u32s};

const SERIALS: [&str; 7] = ["S1", "S2", "S3", "S4", "S5", "S6", "S7"];

/// What the hardware line of an id carries along.
fn traits(id: i64) -> Traits {
    Traits { order: id + 7, band: (id % 3) as u8, exception: (id % 2) as u16 }
}

/// A net line with serials. Lines are in (date, line key) order once they are sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct SerialLine {
    date: i32,
    partner: u32,
    invoice: String,
    sku: String,
    category: u16,
    net_units: i64,
    serials: Vec<&'static str>,
    id: i64,
}

prop_compose! {
    fn any_line(kind: &'static str)(
        (date, partner, invoice, product, net_units) in (0i32..12, 0u32..3, 0u8..3, 0u16..2, 1i64..4),
        serials in subsequence(SERIALS.to_vec(), 1..4),
    ) -> SerialLine {
        let (invoice, sku) = (format!("A{invoice}"), format!("{kind}{product}"));
        SerialLine { date, partner, invoice, sku, category: product, net_units, serials, id: 0 }
    }
}

/// Lines sorted by (date, line key), with ids that are in line-key order within part and category.
fn any_lines(kind: &'static str) -> impl Strategy<Value = Vec<SerialLine>> {
    vec(any_line(kind), 0..9).prop_map(|mut lines| {
        let key = |line: &SerialLine| (line.partner, line.date, line.invoice.clone(), line.sku.clone(), line.serials.clone());
        lines.sort_by_key(key);
        for (line, place) in lines.iter_mut().zip(0..) {
            line.id = line_id(line.partner as u16 / 2, line.category, place);
        }
        lines.sort_by_key(|line| (line.date, key(line)));
        lines
    })
}

fn within(service: &SerialLine, hardware: &SerialLine, policy: &AttachPolicy) -> bool {
    service.date >= hardware.date - policy.lead_days && service.date <= hardware.date + policy.window_days
}

/// Services by (date, line key), then serial: each serial takes the earliest hardware line within the window that has it uncovered and a unit
/// left; else it is an add-on of the earliest on which it is covered. No more packs than the line has.
fn naive(hardware: &[SerialLine], services: &[SerialLine], policy: &AttachPolicy) -> Vec<SerialPair> {
    let mut units: Vec<i64> = hardware.iter().map(|line| line.net_units).collect();
    let mut covered = BTreeSet::new();
    let mut pairs = Vec::new();
    for service in services {
        let mut packs = service.net_units;
        for serial in &service.serials {
            let near: Vec<usize> = (0..hardware.len())
                .filter(|row| hardware[*row].serials.contains(serial) && within(service, &hardware[*row], policy))
                .collect();
            let free = near.iter().find(|row| units[**row] > 0 && !covered.contains(&(**row, *serial)));
            let found = free.map(|row| (*row, false)).or_else(|| {
                let second = near.iter().find(|row| covered.contains(&(**row, *serial)));
                second.map(|row| (*row, true))
            });
            let Some((row, is_add_on)) = found.filter(|_| packs > 0) else { continue };
            packs -= 1;
            if !is_add_on {
                units[row] -= 1;
                covered.insert((row, *serial));
            }
            let (hardware_date, hardware_partner) = (hardware[row].date, hardware[row].partner);
            pairs.push(SerialPair {
                service_id: service.id,
                hardware_id: hardware[row].id,
                hardware_date,
                hardware_partner,
                hardware_reseller: hardware_partner,
                is_add_on,
                traits: traits(hardware[row].id),
            });
        }
    }
    pairs.sort();
    pairs
}

/// The serials of lines that fall into a bucket, in any order.
fn bucket<'a>(lines: &'a [SerialLine], bucket_of: &[usize], wanted: usize) -> Vec<(&'static str, &'a SerialLine)> {
    let pairs = lines.iter().rev().flat_map(|line| line.serials.iter().map(move |serial| (*serial, line)));
    pairs.filter(|(serial, _)| bucket_of[SERIALS.iter().position(|other| other == serial).unwrap_or(0)] == wanted).collect()
}

/// The product over a bucketing of the serials.
fn product(hardware: &[SerialLine], services: &[SerialLine], bucket_of: &[usize], policy: &AttachPolicy) -> BucketOutcome {
    let mut all = BucketOutcome::default();
    let mut contended = Contended::default();
    for number in 0..SERIALS.len() {
        let (h, s) = (bucket(hardware, bucket_of, number), bucket(services, bucket_of, number));
        let texts = |of: &[(&str, &SerialLine)], get: fn(&SerialLine) -> &str| {
            StringArray::from_iter_values(of.iter().map(|(_, line)| get(line)))
        };
        let whole = |of: &[(&str, &SerialLine)], get: fn(&SerialLine) -> i64| {
            Int64Array::from_iter_values(of.iter().map(|(_, line)| get(line)))
        };
        let hardware = HardwareSerials {
            serial: StringArray::from_iter_values(h.iter().map(|(serial, _)| serial)),
            line_id: whole(&h, |line| line.id),
            date: days(h.iter().map(|(_, line)| line.date)),
            partner: u32s(h.iter().map(|(_, line)| line.partner)),
            net_units: whole(&h, |line| line.net_units),
            serials: u32s(h.iter().map(|(_, line)| line.serials.len() as u32)),
            invoice: texts(&h, |line| &line.invoice),
            sku: texts(&h, |line| &line.sku),
            order: whole(&h, |line| line.id + 7),
            band: UInt8Array::from_iter_values(h.iter().map(|(_, line)| (line.id % 3) as u8)),
            exception: UInt16Array::from_iter_values(h.iter().map(|(_, line)| (line.id % 2) as u16)),
        };
        let services = ServiceSerials {
            serial: StringArray::from_iter_values(s.iter().map(|(serial, _)| serial)),
            line_id: whole(&s, |line| line.id),
            date: days(s.iter().map(|(_, line)| line.date)),
            partner: u32s(s.iter().map(|(_, line)| line.partner)),
            net_units: whole(&s, |line| line.net_units),
            serials: u32s(s.iter().map(|(_, line)| line.serials.len() as u32)),
            invoice: texts(&s, |line| &line.invoice),
            sku: texts(&s, |line| &line.sku),
        };
        let outcome = BucketSerials::new(&hardware, &services, &Resellers::default()).join(policy);
        all.pairs.extend(outcome.pairs);
        all.findings.extend(outcome.findings);
        contended.merge(outcome.contended);
    }
    all.pairs.extend(settle_contended(contended, policy));
    all.pairs.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(6000) })]

    /// Whatever the number of buckets, and whichever serials fall together.
    #[test]
    fn buckets_give_what_one_pass_gives(
        hardware in any_lines("H"), services in any_lines("V"), policy in any_policy(), bucket_of in vec(0usize..7, 7),
    ) {
        let expected = naive(&hardware, &services, &policy);
        prop_assert_eq!(&product(&hardware, &services, &bucket_of, &policy).pairs, &expected);
        prop_assert_eq!(&product(&hardware, &services, &[0; 7], &policy).pairs, &expected);
    }

    /// Where no line carries more serials than units, each serial is a group of its own, and as many units are covered as any matching
    /// could cover, found by a general matching algorithm.
    #[test]
    fn each_serial_covers_the_most_units(hardware in any_lines("H"), services in any_lines("V"), policy in any_policy()) {
        let enough = |lines: Vec<SerialLine>| -> Vec<SerialLine> {
            lines.into_iter().map(|line| SerialLine { net_units: line.net_units.max(line.serials.len() as i64), ..line }).collect()
        };
        let (hardware, services) = (enough(hardware), enough(services));
        let mut graph: UnGraph<(), ()> = UnGraph::default();
        let mut nodes = |lines: &[SerialLine]| -> Vec<(usize, &'static str, NodeIndex)> {
            let serials = lines.iter().enumerate().flat_map(|(row, line)| line.serials.iter().map(move |serial| (row, *serial)));
            serials.map(|(row, serial)| (row, serial, graph.add_node(()))).collect()
        };
        let (packs, units) = (nodes(&services), nodes(&hardware));
        for (service, covered, pack) in packs {
            for (line, serial, unit) in &units {
                if covered == *serial && within(&services[service], &hardware[*line], &policy) {
                    graph.add_edge(pack, *unit, ());
                }
            }
        }
        let pairs = product(&hardware, &services, &[0; 7], &policy).pairs;
        prop_assert_eq!(pairs.iter().filter(|pair| !pair.is_add_on).count(), maximum_matching(&graph).len());
    }

    #[test]
    fn serials_sold_twice_are_told(hardware in any_lines("H"), bucket_of in vec(0usize..7, 7), policy in any_policy()) {
        let mut expected = Vec::new();
        for serial in SERIALS {
            let sellers: Vec<i64> = hardware.iter().filter(|line| line.serials.contains(&serial)).map(|line| line.id).collect();
            if sellers.len() > 1 {
                expected.extend(sellers.iter().map(|id| (FindingCode::SerialSoldTwice, *id)));
            }
        }
        let mut findings = product(&hardware, &[], &bucket_of, &policy).findings;
        findings.sort();
        expected.sort();
        prop_assert_eq!(findings, expected);
    }
}
