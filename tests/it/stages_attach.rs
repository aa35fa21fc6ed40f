//! The ladder, the split of money and the reasons of left-overs against a naive statement of DESIGN part 4: plain loops, unit by unit.

use std::collections::BTreeMap;

use attachrate::config::file::Credit;
use attachrate::config::plan::AttachPolicy;
use attachrate::finding::{LeftOver, Rung};
use attachrate::stages::attach::{Outcome, SerialPair, SerialUse, SettledLines, Traits, attach_services};
use petgraph::algo::maximum_matching;
use petgraph::graph::{NodeIndex, UnGraph};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::cents::split;
use crate::sale_rows::{DAYS, LOCATIONS, Row, any_policy, ids, lines, settled_rows, settlement, sort};

/// Units by (service, hardware, rung).
type Units = BTreeMap<(usize, usize, Rung), i64>;

/// The field that hardware and service must share; `None` is the pool, which needs none.
type Key = Option<fn(&Row) -> &str>;

/// The rungs below the serial, in the order of their passes.
fn passes(policy: &AttachPolicy) -> Vec<(Rung, Key)> {
    let passes: [(bool, Rung, Key); 5] = [
        (policy.invoice, Rung::Invoice, Some(|row| &row.invoice)),
        (policy.order, Rung::Order, Some(|row| &row.purchase_order)),
        (policy.order, Rung::Order, Some(|row| &row.sales_order)),
        (policy.customer, Rung::Customer, Some(|row| &row.end_customer)),
        (policy.pool, Rung::Pool, None),
    ];
    passes.into_iter().filter(|(enabled, _, _)| *enabled).map(|(_, rung, key)| (rung, key)).collect()
}

fn counts(row: &Row, horizon: i32) -> bool {
    !row.is_duplicate && row.date >= horizon
}

fn is_attachable(row: &Row) -> bool {
    row.is_service() && !row.is_post_warranty
}

/// Date in `[hardware date − lead, hardware date + window]`.
fn within(service: &Row, hardware: &Row, policy: &AttachPolicy) -> bool {
    service.date >= hardware.date - policy.lead_days && service.date <= hardware.date + policy.window_days
}

/// On every rung, services by (date, line key): each unit goes to the eligible hardware line with units left that has the earliest (date,
/// line key). Gives the allotments and the units left of every line that takes part.
fn naive_climb(rows: &[Row], used: &[i64], horizon: i32, policy: &AttachPolicy) -> (Units, Vec<i64>) {
    let takes_part = |row: &Row| counts(row, horizon) && (row.is_hardware() || is_attachable(row));
    let mut left: Vec<i64> =
        rows.iter().zip(used).map(|(row, used)| if takes_part(row) { (row.net_units - used).max(0) } else { 0 }).collect();
    let mut by_date: Vec<usize> = (0..rows.len()).collect();
    by_date.sort_by(|a, b| rows[*a].date_and_key(&rows[*b]));
    let mut units = Units::new();
    for (rung, key) in passes(policy) {
        for &service in by_date.iter().filter(|row| rows[**row].is_service()) {
            while left[service] > 0 {
                let eligible = |hardware: &Row| {
                    let service = &rows[service];
                    hardware.is_hardware()
                        && (hardware.partner, hardware.category) == (service.partner, service.category)
                        && key.is_none_or(|key| !key(service).is_empty() && key(service) == key(hardware))
                        && within(service, hardware, policy)
                };
                let Some(&hardware) = by_date.iter().find(|row| left[**row] > 0 && eligible(&rows[**row])) else { break };
                left[service] -= 1;
                left[hardware] -= 1;
                *units.entry((service, hardware, rung)).or_default() += 1;
            }
        }
    }
    (units, left)
}

/// Pairs that the serial rung may have given: (service, hardware, add-on), never more than net units.
fn serial_pairs(rows: &[Row], picks: &[(Index, Index, bool)], horizon: i32) -> Vec<(usize, usize, bool)> {
    let mut packs: Vec<i64> = rows.iter().map(|row| row.net_units).collect();
    let mut pairs = Vec::new();
    for (service, hardware, is_add_on) in picks {
        let (service, hardware) = (service.index(rows.len()), hardware.index(rows.len()));
        let fits = is_attachable(&rows[service])
            && rows[hardware].is_hardware()
            && rows[service].category == rows[hardware].category
            && counts(&rows[service], horizon)
            && counts(&rows[hardware], horizon)
            && packs[service] > 0
            && (*is_add_on || packs[hardware] > 0);
        if fits {
            packs[service] -= 1;
            packs[hardware] -= i64::from(!is_add_on);
            pairs.push((service, hardware, *is_add_on));
        }
    }
    pairs
}

fn used(rows: &[Row], pairs: &[(usize, usize, bool)]) -> Vec<i64> {
    let mut used = vec![0; rows.len()];
    for (service, hardware, is_add_on) in pairs {
        used[*service] += 1;
        used[*hardware] += i64::from(!is_add_on);
    }
    used
}

/// The reason of what is left over, in the order of the design's list.
fn naive_reason(rows: &[Row], row: usize, left: &[i64], horizon: i32, policy: &AttachPolicy) -> LeftOver {
    let service = &rows[row];
    let of_group = |other: &Row| {
        other.is_hardware()
            && (other.partner, other.category) == (service.partner, service.category)
            && counts(other, horizon)
            && other.net_units > 0
    };
    let stock: Vec<usize> = (0..rows.len()).filter(|other| of_group(&rows[*other])).collect();
    let near: Vec<usize> = stock.iter().copied().filter(|other| within(service, &rows[*other], policy)).collect();
    if service.net_units == 0 {
        LeftOver::NoUnits
    } else if service.net_units < 0 {
        LeftOver::UnmatchedReturn
    } else if service.is_post_warranty {
        LeftOver::PostWarranty
    } else if stock.is_empty() {
        LeftOver::NoHardware
    } else if near.is_empty() {
        LeftOver::OutOfWindow
    } else if near.iter().all(|other| left[*other] == 0) {
        LeftOver::Surplus
    } else {
        LeftOver::NoKey
    }
}

/// One attachment in plain terms: service, rung, hardware, add-on, packs, units, cents.
type Share = (usize, Rung, usize, bool, i64, i64, i64);
/// What is left of a service line: packs, cents, reason.
type Rest = (i64, i64, Option<LeftOver>);

/// Money by packs over attachments and left-over packs: ties by rung, then the hardware's (date, line key), left-over last.
fn naive_decide(
    rows: &[Row],
    pairs: &[(usize, usize, bool)],
    units: &Units,
    left: &[i64],
    horizon: i32,
    policy: &AttachPolicy,
) -> (Vec<Share>, Vec<Rest>) {
    let mut packs: BTreeMap<(usize, Rung, usize, bool), i64> = BTreeMap::new();
    for (service, hardware, is_add_on) in pairs {
        *packs.entry((*service, Rung::Serial, *hardware, *is_add_on)).or_default() += 1;
    }
    for ((service, hardware, rung), units) in units {
        *packs.entry((*service, *rung, *hardware, false)).or_default() += units;
    }
    let (mut shares, mut rests) = (Vec::new(), Vec::new());
    for (row, line) in rows.iter().enumerate() {
        if !line.is_service() || !counts(line, horizon) {
            rests.push((0, 0, None));
            continue;
        }
        let mut own: Vec<_> = packs.iter().filter(|((service, ..), _)| *service == row).collect();
        own.sort_by(|((_, a_rung, a, a_add), _), ((_, b_rung, b, b_add), _)| {
            a_rung.cmp(b_rung).then_with(|| rows[*a].date_and_key(&rows[*b])).then(a_add.cmp(b_add))
        });
        let rest = line.net_units - own.iter().map(|(_, packs)| **packs).sum::<i64>();
        let rest_cents = if line.net_units > 0 {
            let weights: Vec<i64> = own.iter().map(|(_, packs)| **packs).chain([rest]).collect();
            let cents = split(line.net_amount, &weights);
            for (((service, rung, hardware, is_add_on), packs), cents) in own.iter().zip(&cents) {
                shares.push((*service, *rung, *hardware, *is_add_on, **packs, if *is_add_on { 0 } else { **packs }, *cents));
            }
            cents[weights.len() - 1]
        } else {
            line.net_amount
        };
        let reason = (rest != 0 || rest_cents != 0).then(|| naive_reason(rows, row, left, horizon, policy));
        rests.push((rest, rest_cents, reason));
    }
    shares.sort();
    (shares, rests)
}

/// The product's outcome for rows in line order.
fn product(rows: &[Row], pairs: &[(usize, usize, bool)], horizon: i32, policy: &AttachPolicy) -> (Units, Vec<i64>, Outcome) {
    let (lines, settlement) = (lines(rows), settlement(rows));
    let settled = SettledLines { lines: &lines, settlement: &settlement };
    let ids = ids(rows);
    let pair = |&(service, hardware, is_add_on): &(usize, usize, bool)| {
        let pair = SerialPair {
            service_id: ids[service],
            hardware_id: ids[hardware],
            hardware_date: rows[hardware].date,
            hardware_partner: rows[hardware].assessed(),
            hardware_reseller: rows[hardware].partner * LOCATIONS,
            is_add_on,
            traits: Traits::default(),
        };
        (service as u32, pair)
    };
    let mut serial = SerialUse {
        pairs: pairs.iter().map(pair).collect(),
        covered: pairs.iter().filter(|pair| !pair.2).map(|pair| pair.1 as u32).collect(),
    };
    serial.pairs.sort_unstable();
    let outcome = attach_services(settled, &serial, (&vec![Traits::default(); rows.len()], |row| ids[row]), horizon, policy);
    let row_of = |id: i64| ids.iter().position(|other| *other == id).expect("a known line");
    let mut units = Units::new();
    for one in outcome.attachments.iter().filter(|one| one.rung != Rung::Serial) {
        *units.entry((one.service as usize, row_of(one.hardware_id), one.rung)).or_default() += one.units;
    }
    let left = rows.iter().zip(&outcome.attached_units).map(|(row, attached)| {
        let takes_part = counts(row, horizon) && (row.is_hardware() || is_attachable(row));
        if takes_part { (row.net_units - attached).max(0) } else { 0 }
    });
    (units, left.collect(), outcome)
}

fn plain(rows: &[Row], outcome: &Outcome) -> (Vec<Share>, Vec<Rest>) {
    let ids = ids(rows);
    let row_of = |id: i64| ids.iter().position(|other| *other == id).expect("a known line");
    let mut shares: Vec<Share> = outcome
        .attachments
        .iter()
        .map(|a| (a.service as usize, a.rung, row_of(a.hardware_id), a.units == 0, a.packs, a.units, a.amount))
        .collect();
    shares.sort();
    let rests = outcome
        .of_lines(0..rows.len())
        .map(|line| line.rest.map_or((0, 0, None), |rest| (rest.units, rest.amount, Some(rest.reason))));
    (shares, rests.collect())
}

/// A policy and the rows that it climbs.
type Climbed<'a> = (&'a AttachPolicy, &'a [Row]);

fn picks() -> impl Strategy<Value = Vec<(Index, Index, bool)>> {
    prop::collection::vec((any::<Index>(), any::<Index>(), prop::bool::weighted(0.25)), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

    #[test]
    fn every_unit_cent_and_reason_follows_the_rules(
        rows in settled_rows(40), picks in picks(), policy in any_policy(), horizon in 0..DAYS / 2,
    ) {
        let pairs = serial_pairs(&rows, &picks, horizon);
        let (units, left) = naive_climb(&rows, &used(&rows, &pairs), horizon, &policy);
        let (actual_units, actual_left, outcome) = product(&rows, &pairs, horizon, &policy);
        prop_assert_eq!(&actual_units, &units);
        prop_assert_eq!(&actual_left, &left);
        let (shares, rests) = plain(&rows, &outcome);
        let (expected_shares, expected_rests) = naive_decide(&rows, &pairs, &units, &left, horizon, &policy);
        prop_assert_eq!(shares, expected_shares);
        prop_assert_eq!(rests, expected_rests);
    }

    /// Every pass allots as many units as any matching of what the passes above left could, found by a general matching algorithm.
    #[test]
    fn every_pass_is_a_maximum_matching(
        rows in settled_rows(28), picks in picks(), (window_days, lead_days) in (0i32..8, 0i32..5), horizon in 0..DAYS / 2,
    ) {
        let none = AttachPolicy {
            window_days,
            lead_days,
            serial: false,
            invoice: false,
            order: false,
            customer: false,
            pool: false,
            credit: Credit::HardwareSeller,
        };
        let pairs = serial_pairs(&rows, &picks, horizon);
        let allotted = |policy: &AttachPolicy, rows: &[Row]| product(rows, &pairs, horizon, policy).0.values().sum::<i64>();
        let left_by = |policy: &AttachPolicy, rows: &[Row]| product(rows, &pairs, horizon, policy).1;
        let without_sales_orders: Vec<Row> = rows.iter().map(|row| Row { sales_order: String::new(), ..row.clone() }).collect();
        let invoice = AttachPolicy { invoice: true, ..none };
        let order = AttachPolicy { order: true, ..invoice };
        let customer = AttachPolicy { customer: true, ..order };
        let pool = AttachPolicy { pool: true, ..customer };
        let passes: [(Key, Climbed<'_>, Climbed<'_>); 5] = [
            (Some(|row| &row.invoice), (&none, &rows), (&invoice, &rows)),
            (Some(|row| &row.purchase_order), (&invoice, &rows), (&order, &without_sales_orders)),
            (Some(|row| &row.sales_order), (&order, &without_sales_orders), (&order, &rows)),
            (Some(|row| &row.end_customer), (&order, &rows), (&customer, &rows)),
            (None, (&customer, &rows), (&pool, &rows)),
        ];
        for (number, (key, before, after)) in passes.into_iter().enumerate() {
            let joins = |service: &Row, hardware: &Row| {
                (service.partner, service.category) == (hardware.partner, hardware.category)
                    && key.is_none_or(|key| !key(service).is_empty() && key(service) == key(hardware))
                    && within(service, hardware, &none)
            };
            let most = most_units(&rows, &left_by(before.0, before.1), joins);
            prop_assert_eq!(allotted(after.0, after.1) - allotted(before.0, before.1), most, "pass {}", number);
        }
    }

    #[test]
    fn nothing_is_lost_or_used_twice(rows in settled_rows(60), picks in picks(), policy in any_policy(), horizon in 0..DAYS / 2) {
        let pairs = serial_pairs(&rows, &picks, horizon);
        let (_, _, outcome) = product(&rows, &pairs, horizon, &policy);
        for ((row, line), became) in rows.iter().enumerate().zip(outcome.of_lines(0..rows.len())) {
            if line.is_hardware() {
                prop_assert!(outcome.attached_units[row] <= line.net_units.max(0));
            } else if line.is_service() && counts(line, horizon) {
                let (left_units, left_amount) = became.rest.map_or((0, 0), |rest| (rest.units, rest.amount));
                prop_assert_eq!(outcome.attached_units[row] + left_units, line.net_units);
                let packs: i64 = outcome.attachments.iter().filter(|share| share.service as usize == row).map(|share| share.packs).sum();
                prop_assert_eq!(outcome.attached_units[row], packs);
                let cents: i64 = outcome.attachments.iter().filter(|share| share.service as usize == row).map(|share| share.amount).sum();
                prop_assert_eq!(cents + left_amount, line.net_amount);
                prop_assert_eq!(became.attachments.iter().map(|share| share.amount).sum::<i64>(), cents);
            }
        }
    }

    /// Lines of another partner change nothing.
    #[test]
    fn partners_are_independent(rows in settled_rows(30), others in settled_rows(20), policy in any_policy()) {
        let (shares, rests) = plain(&rows, &product(&rows, &[], 0, &policy).2);
        let mut together = rows.clone();
        together.extend(others.into_iter().map(|row| Row { partner: 9, ..row }));
        sort(&mut together);
        let (shares_together, rests_together) = plain(&together, &product(&together, &[], 0, &policy).2);
        let own: Vec<usize> = (0..together.len()).filter(|row| together[*row].partner != 9).collect();
        let place = |row: usize| own.iter().position(|other| *other == row);
        let kept: Vec<Share> = shares_together
            .into_iter()
            .filter_map(|share| Some((place(share.0)?, share.1, place(share.2)?, share.3, share.4, share.5, share.6)))
            .collect();
        prop_assert_eq!(shares, kept);
        prop_assert_eq!(rests, own.iter().map(|row| rests_together[*row]).collect::<Vec<Rest>>());
    }
}

/// The most units that can be joined, one to one, of what is left of services and hardware.
fn most_units(rows: &[Row], left: &[i64], joins: impl Fn(&Row, &Row) -> bool) -> i64 {
    let mut graph: UnGraph<(), ()> = UnGraph::default();
    let mut units = |wanted: fn(&Row) -> bool| -> Vec<(usize, NodeIndex)> {
        let lines = (0..rows.len()).filter(|row| wanted(&rows[*row]));
        lines.flat_map(|row| std::iter::repeat_n(row, left[row] as usize)).map(|row| (row, graph.add_node(()))).collect()
    };
    let (packs, hardware) = (units(is_attachable), units(Row::is_hardware));
    for (service, pack) in packs {
        for (_, unit) in hardware.iter().filter(|(line, _)| joins(&rows[service], &rows[*line])) {
            graph.add_edge(pack, *unit, ());
        }
    }
    maximum_matching(&graph).len() as i64
}
