//! Registrations against a naive statement of DESIGN part 3, rule 9.

use arrow::array::{Int64Array, StringArray, UInt8Array};
use attachrate::reference::Resellers;
use attachrate::stages::line_id;
use attachrate::stages::registrations::{Evidence, Joined, join};
use attachrate::tables::stage::{NO_PARTNER, PackSales, Registrations};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::sale_rows::{days, joined, u32s};

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pack {
    id: i64,
    date: i32,
    partner: u32,
    net_units: i64,
    serials: Vec<String>,
    sku: String,
    certificate: String,
    invoice: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Registration {
    partner: u32,
    date: i32,
    sku: String,
    serial: String,
    certificate: String,
    invoice: String,
}

fn text(name: &'static str, most: u32) -> impl Strategy<Value = String> {
    prop_oneof![1 => Just(String::new()), 2 => (0..most).prop_map(move |number| format!("{name}{number}"))]
}

prop_compose! {
    fn any_pack()(
        (date, partner, net_units, sku) in (0i32..10, 0u32..3, 1i64..4, 0u8..2),
        serials in subsequence(vec!["S0", "S1", "S2", "S3"], 0..3),
        certificate in text("K", 3),
        invoice in text("A", 3),
    ) -> Pack {
        let serials = serials.into_iter().map(str::to_owned).collect();
        Pack { id: 0, date, partner, net_units, serials, sku: format!("PK{sku}"), certificate, invoice }
    }
}

prop_compose! {
    fn any_registration()(
        (date, partner, sku, serial) in (0i32..10, prop_oneof![3 => 0u32..3, 1 => Just(NO_PARTNER)], 0u8..2, 0u8..9),
        certificate in text("K", 3),
        invoice in text("A", 3),
    ) -> Registration {
        Registration { partner, date, sku: format!("PK{sku}"), serial: format!("S{serial}"), certificate, invoice }
    }
}

/// Packs with ids in line-key order: (partner, date, invoice, SKU …).
fn any_packs() -> impl Strategy<Value = Vec<Pack>> {
    vec(any_pack(), 0..9).prop_map(|mut packs| {
        packs.sort_by_key(|pack| (pack.partner, pack.date, pack.invoice.clone(), pack.sku.clone(), pack.serials.clone()));
        for (pack, place) in packs.iter_mut().zip(0..) {
            pack.id = line_id(pack.partner as u16 / 2, 0, place);
        }
        packs
    })
}

/// By (date, line key) each registration takes one unit of a sale of its Care Pack number that has a unit without serial left: by certificate,
/// else invoice, else partner; among several the nearest date, then line key. A serial that stands on a sale already confirms it.
fn naive(registrations: &[Registration], packs: &[Pack]) -> Vec<Joined> {
    let mut order: Vec<usize> = (0..registrations.len()).collect();
    order.sort_by_key(|row| {
        let r = registrations[*row].clone();
        (r.date, r.partner, r.invoice, r.sku, r.serial, r.certificate, *row)
    });
    let mut given: Vec<Vec<String>> = packs.iter().map(|pack| pack.serials.clone()).collect();
    let mut joined = vec![Joined::RegisteredOnly; registrations.len()];
    for row in order {
        let registration = &registrations[row];
        let same_number: Vec<usize> = (0..packs.len()).filter(|pack| packs[*pack].sku == registration.sku).collect();
        if let Some(pack) = same_number.iter().find(|pack| given[**pack].contains(&registration.serial)) {
            joined[row] = Joined::Confirmed { line_id: packs[*pack].id };
            continue;
        }
        for by in [Evidence::Certificate, Evidence::Invoice, Evidence::Partner] {
            let shares = |pack: &Pack| match by {
                Evidence::Certificate => !pack.certificate.is_empty() && pack.certificate == registration.certificate,
                Evidence::Invoice => !pack.invoice.is_empty() && pack.invoice == registration.invoice,
                Evidence::Partner => pack.partner == registration.partner,
            };
            let open = same_number.iter().copied().filter(|pack| given[*pack].len() < packs[*pack].net_units as usize);
            let nearest =
                open.filter(|pack| shares(&packs[*pack])).min_by_key(|pack| ((packs[*pack].date - registration.date).abs(), *pack));
            if let Some(pack) = nearest {
                given[pack].push(registration.serial.clone());
                joined[row] = Joined::Gave { line_id: packs[pack].id, by };
                break;
            }
        }
    }
    joined
}

fn product(registrations: &[Registration], packs: &[Pack]) -> Vec<Joined> {
    let texts = |get: fn(&Registration) -> &str| StringArray::from_iter_values(registrations.iter().map(get));
    let records: Vec<u32> = (1..=registrations.len() as u32).collect();
    let table = Registrations {
        partner: u32s(registrations.iter().map(|registration| registration.partner)),
        file: Int64Array::from_iter_values(records.iter().map(|_| 1)),
        date: days(registrations.iter().map(|registration| registration.date)),
        record: u32s(records.clone()),
        line: u32s(records),
        sku: texts(|registration| &registration.sku),
        serial: texts(|registration| &registration.serial),
        certificate: texts(|registration| &registration.certificate),
        invoice: texts(|registration| &registration.invoice),
    };
    let pack_texts = |get: fn(&Pack) -> String| StringArray::from_iter_values(packs.iter().map(get));
    let packs = PackSales {
        line_id: Int64Array::from_iter_values(packs.iter().map(|pack| pack.id)),
        date: days(packs.iter().map(|pack| pack.date)),
        partner: u32s(packs.iter().map(|pack| pack.partner)),
        net_units: Int64Array::from_iter_values(packs.iter().map(|pack| pack.net_units)),
        is_attachable: UInt8Array::from_iter_values(packs.iter().map(|_| 1)),
        serials: pack_texts(|pack| joined(&pack.serials)),
        sku: pack_texts(|pack| pack.sku.clone()),
        certificate: pack_texts(|pack| pack.certificate.clone()),
        invoice: pack_texts(|pack| pack.invoice.clone()),
    };
    join(&table, &packs, &Resellers::default())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(6000) })]

    #[test]
    fn registrations_follow_the_rule(registrations in vec(any_registration(), 0..14), packs in any_packs()) {
        prop_assert_eq!(product(&registrations, &packs), naive(&registrations, &packs));
    }

    /// Care Pack numbers are independent of each other: working them through apart gives the same.
    #[test]
    fn buckets_of_numbers_do_not_matter(registrations in vec(any_registration(), 0..14), packs in any_packs()) {
        let whole = product(&registrations, &packs);
        for number in ["PK0", "PK1"] {
            let rows: Vec<usize> = (0..registrations.len()).filter(|row| registrations[*row].sku == number).collect();
            let own: Vec<Registration> = rows.iter().map(|row| registrations[*row].clone()).collect();
            let own_packs: Vec<Pack> = packs.iter().rev().filter(|pack| pack.sku == number).cloned().collect();
            prop_assert_eq!(product(&own, &own_packs), rows.iter().map(|row| whole[*row]).collect::<Vec<Joined>>());
        }
    }
}
