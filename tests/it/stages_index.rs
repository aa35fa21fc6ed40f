//! The benchmark and the verdicts: a naive statement of DESIGN part 5, and what must not change them.

use std::collections::BTreeMap;

use attachrate::config::file::{CellDimension, MeasureName, Population, ServicesScope, WindowScope};
use attachrate::config::plan::{BenchmarkPolicy, Threshold, VerdictPolicy};
use attachrate::reference::{Category, Crosswalk, FxRates, Partner, References, Resellers};
use attachrate::stages::assess::{PartnerIndex, assess};
use attachrate::stages::attach::{CellKey, CellSums};
use attachrate::stages::benchmark::{Benchmark, Selection, benchmark, select};
use proptest::collection::btree_map;
use proptest::prelude::*;

/// Two countries of one region, one of another; three categories in two families.
const COUNTRIES: [(&str, &str); 3] = [("DE", "EMEA"), ("GB", "EMEA"), ("US", "AMER")];
const CATEGORIES: [(&str, &str); 3] = [("DESKTOP", "PC"), ("NOTEBOOK", "PC"), ("SERVER", "SRV")];
const PARTNERS: u32 = 8;

type Cells = Vec<(CellKey, CellSums)>;

fn references(partners: u32) -> References {
    let partner = |number: u32| {
        let (country, region) = COUNTRIES[number as usize % PARTNERS as usize % COUNTRIES.len()];
        Partner {
            id: format!("P{number:04}"),
            name: format!("Partner {number:04} Ltd"),
            reseller_id: format!("P{number:04}"),
            hq_id: format!("P{number:04}"),
            country_code: country.to_owned(),
            region_code: region.to_owned(),
            segment_code: String::new(),
            is_program: number % PARTNERS != 7,
            manager_name: String::new(),
        }
    };
    let category = |(code, family): (&str, &str)| Category {
        code: code.to_owned(),
        name: code.to_owned(),
        family_code: family.to_owned(),
        family_name: family.to_owned(),
        serial_format: None,
    };
    References {
        categories: CATEGORIES.into_iter().map(category).collect(),
        products: Default::default(),
        product_lines: Default::default(),
        rules: Vec::new(),
        listed: Vec::new(),
        partners: (0..partners).map(partner).collect(),
        resellers: Resellers::default(),
        crosswalk: Crosswalk::default(),
        aliases: Default::default(),
        headquarters: None,
        fx: FxRates::default(),
        exceptions: Vec::new(),
        adjustments: Vec::new(),
        control_totals: Vec::new(),
        files: Vec::new(),
    }
}

fn run(cells: &Cells, partners: u32, min_partners: u32) -> (Benchmark, Vec<PartnerIndex>) {
    let references = references(partners);
    let policy = BenchmarkPolicy {
        population: Population::Program,
        min_partners,
        services: ServicesScope::Attached,
        windows: WindowScope::All,
        cells: vec![CellDimension::Category, CellDimension::Country, CellDimension::Maturity],
        price_bands: Vec::new(),
    };
    let threshold = |text: &str| Threshold::parse(text).expect("a threshold");
    let verdict = VerdictPolicy {
        measure: MeasureName::Revenue,
        at: threshold("1.00"),
        near: threshold("0.75"),
        min_hardware_units: 1,
        min_hardware_amount: 0,
        confidence_ppm: 950_000,
        max_open_ppm: 50_000,
        tiers: Vec::new(),
        safe_harbor: None,
    };
    let selection = Selection::of(&policy);
    let benchmark = benchmark(&select(cells, &selection), &selection, &references, &policy).expect("sums that fit");
    let indices = assess(&benchmark, &references.partners, &policy, &verdict);
    (benchmark, indices)
}

prop_compose! {
    fn any_sums(least: i64)(
        (hardware_amount, hardware_units) in (least * 10_000..2_000_000i64, least..40i64),
        (services_amount, attached_units, packs) in (least.min(0) * 5_000..90_000i64, 0i64..30, 0i64..30),
    ) -> CellSums {
        CellSums { hardware_amount, hardware_units, services_amount, attached_units, packs, ..CellSums::default() }
    }
}

/// Cells in order of their keys; hardware from `least` units up, so that a negative one brings negative
/// sums, of services money too.
fn any_cells(least: i64) -> impl Strategy<Value = Cells> {
    let key = (0..PARTNERS, 0u16..3, any::<bool>());
    btree_map(key, any_sums(least), 1..30).prop_map(|cells| {
        let key = |(partner, category, is_open)| CellKey { partner, category, is_open, ..CellKey::default() };
        cells.into_iter().map(|(place, sums)| (key(place), sums)).collect()
    })
}

/// The groups of the levels, finest first: cell, category × country, category × region, category, family, all.
fn group(level: usize, key: &CellKey) -> String {
    let (country, region) = COUNTRIES[key.partner as usize % COUNTRIES.len()];
    let (category, family) = CATEGORIES[usize::from(key.category)];
    match level {
        0 => format!("{category} {country} {}", key.is_open),
        1 => format!("{category} {country}"),
        2 => format!("{category} {region}"),
        3 => category.to_owned(),
        4 => family.to_owned(),
        _ => String::new(),
    }
}

/// Hardware and services of a cell in one measure; services in the unit in which expected is published.
fn measured(sums: &CellSums, is_units: bool) -> (i128, i128) {
    if is_units {
        (sums.hardware_units.into(), i128::from(sums.attached_units) * 1_000_000)
    } else {
        (sums.hardware_amount.into(), sums.services_amount.into())
    }
}

/// Expected by partner and cell: the rate of the first usable level; the cell's total by largest remainder, ties by partner.
fn naive_expected(cells: &Cells, min_partners: usize, is_units: bool) -> BTreeMap<CellKey, i128> {
    let population: Vec<&(CellKey, CellSums)> = cells.iter().filter(|(key, _)| key.partner != 7).collect();
    let mut expected = BTreeMap::new();
    for (first, _) in &population {
        let members: Vec<(CellKey, i128)> = population
            .iter()
            .filter(|(key, _)| group(0, key) == group(0, first))
            .map(|(key, sums)| (*key, measured(sums, is_units).0))
            .collect();
        let usable = (0..6).find_map(|level| {
            let mut by_partner: BTreeMap<u32, i128> = BTreeMap::new();
            let mut services = 0;
            for (key, sums) in population.iter().filter(|(key, _)| group(level, key) == group(level, first)) {
                *by_partner.entry(key.partner).or_default() += measured(sums, is_units).0;
                services += measured(sums, is_units).1;
            }
            let hardware: i128 = by_partner.values().sum();
            let contributors = by_partner.values().filter(|hardware| **hardware > 0).count();
            (contributors >= min_partners && hardware > 0 && services >= 0).then_some((level, services, hardware))
        });
        let Some((level, services, hardware)) = usable else {
            expected.extend(members.iter().map(|(key, _)| (*key, 0)));
            continue;
        };
        let own: i128 = members.iter().map(|(_, hardware)| hardware).sum();
        let (floor, rest) = ((own * services).div_euclid(hardware), (own * services).rem_euclid(hardware));
        let is_up = 2 * rest > hardware || (2 * rest == hardware && floor % 2 != 0);
        let total = if level == 0 { services } else { floor + i128::from(is_up) };
        let mut shares: Vec<(CellKey, i128, i128)> = members
            .iter()
            .map(|(key, h)| (*key, (h * services).div_euclid(hardware), (h * services).rem_euclid(hardware)))
            .collect();
        let missing = total - shares.iter().map(|(_, floor, _)| floor).sum::<i128>();
        shares.sort_by_key(|(key, _, remainder)| (-remainder, key.partner));
        for (rank, (key, floor, _)) in (0..).zip(shares) {
            expected.insert(key, floor + i128::from(rank < missing));
        }
    }
    expected
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    /// Returns may bring negative hardware; cells back off as contributors are few.
    #[test]
    fn expected_follows_the_rules(cells in any_cells(-4), min_partners in 1u32..5) {
        let (benchmark, _) = run(&cells, PARTNERS, min_partners);
        for is_units in [false, true] {
            let naive = naive_expected(&cells, min_partners as usize, is_units);
            for row in benchmark.partner_cells.iter().filter(|row| row.partner != 7) {
                let key = CellKey {
                    partner: row.partner,
                    category: row.place.category,
                    is_open: row.place.is_open == 1,
                    ..CellKey::default()
                };
                let actual = if is_units { row.expected_units } else { row.expected_amount };
                prop_assert_eq!(i128::from(actual), naive[&key], "{:?} units {}", key, is_units);
            }
        }
    }

    /// Without back-off the market's PRI is 1: ΣE = ΣS, in cents and in millionths of a unit.
    #[test]
    fn the_market_is_one(cells in any_cells(1)) {
        let (benchmark, indices) = run(&cells, PARTNERS, 1);
        prop_assert_eq!(benchmark.expected_minus_actual(), (0, 0));
        let population = || indices.iter().filter(|index| index.partner != 7);
        prop_assert_eq!(
            population().map(|index| index.totals.revenue.expected).sum::<i64>(),
            population().map(|index| index.totals.revenue.services).sum::<i64>()
        );
        prop_assert_eq!(
            population().map(|index| index.totals.units.expected).sum::<i64>(),
            population().map(|index| index.totals.units.services * 1_000_000).sum::<i64>()
        );
    }

    /// All money in another unit: the verdicts stay. Left out are partners within the cents of rounding of a line.
    #[test]
    fn scaled_money_changes_no_verdict(cells in any_cells(-1), scale in 2i64..200, min_partners in 1u32..4) {
        let scaled: Cells = cells
            .iter()
            .map(|(key, sums)| {
                let (hardware_amount, services_amount) = (sums.hardware_amount * scale, sums.services_amount * scale);
                (*key, CellSums { hardware_amount, services_amount, ..*sums })
            })
            .collect();
        let (one, other) = (run(&cells, PARTNERS, min_partners).1, run(&scaled, PARTNERS, min_partners).1);
        for (one, other) in one.iter().zip(&other) {
            let rounding = 2 * cells.len() as i64;
            let (s, e) = (one.totals.revenue.services, one.totals.revenue.expected);
            let is_at_a_line = (s - e).abs() <= rounding || (4 * s - 3 * e).abs() <= 4 * rounding || e.abs() <= rounding;
            prop_assert!(is_at_a_line || one.verdict == other.verdict, "{:?} {:?}", one, other);
        }
    }

    /// Every partner once more, with the same sales: what is expected moves by no more than the cents of rounding.
    #[test]
    fn a_doubled_population_changes_no_index(cells in any_cells(1)) {
        let copies = cells.iter().map(|(key, sums)| (CellKey { partner: key.partner + PARTNERS, ..*key }, *sums));
        let doubled: Cells = cells.iter().copied().chain(copies).collect();
        let (one, other) = (run(&cells, PARTNERS, 1).1, run(&doubled, 2 * PARTNERS, 1).1);
        let halves = other.split_at(PARTNERS as usize);
        for half in [halves.0, halves.1] {
            for (before, after) in one.iter().zip(half) {
                prop_assert_eq!(before.totals.revenue.services, after.totals.revenue.services);
                prop_assert_eq!(before.totals.units.services, after.totals.units.services);
                let cells_of_partner = cells.iter().filter(|(key, _)| key.partner == before.partner).count() as i64;
                prop_assert!((before.totals.revenue.expected - after.totals.revenue.expected).abs() <= cells_of_partner);
                prop_assert!((before.totals.units.expected - after.totals.units.expected).abs() <= cells_of_partner);
            }
        }
    }

    /// Sales of a partner outside the program change nothing for the others.
    #[test]
    fn outsiders_change_nothing(cells in any_cells(1), more in any_sums(1), min_partners in 1u32..4) {
        let others: Cells = cells.iter().filter(|(key, _)| key.partner != 7).copied().collect();
        let mut with_outsider = others.clone();
        with_outsider.push((CellKey { partner: 7, ..CellKey::default() }, more));
        let (one, other) = (run(&others, PARTNERS, min_partners).1, run(&with_outsider, PARTNERS, min_partners).1);
        prop_assert_eq!(&one[..7], &other[..7]);
    }

    /// A partner's cell without hardware and services, and a cell whose lines are given one by one, change nothing at all.
    #[test]
    fn empty_cells_and_split_lines_change_nothing(cells in any_cells(1), min_partners in 1u32..4, at in 0usize..30, part in 1i64..9) {
        let mut changed = cells.clone();
        let free = (0..PARTNERS).flat_map(|partner| (0u16..3).map(move |category| CellKey { partner, category, ..CellKey::default() }));
        let free: Vec<CellKey> = free.filter(|key| cells.iter().all(|(taken, _)| taken != key)).collect();
        changed.extend(free.into_iter().map(|key| (key, CellSums::default())));
        let (key, sums) = cells[at % cells.len()];
        let first = CellSums {
            hardware_amount: sums.hardware_amount / part,
            hardware_units: sums.hardware_units / part,
            services_amount: sums.services_amount / part,
            ..CellSums::default()
        };
        let rest = CellSums {
            hardware_amount: sums.hardware_amount - first.hardware_amount,
            hardware_units: sums.hardware_units - first.hardware_units,
            services_amount: sums.services_amount - first.services_amount,
            ..sums
        };
        changed.retain(|(other, _)| *other != key);
        changed.extend([(key, rest), (key, first)]);
        changed.sort_by_key(|(key, _)| *key);
        prop_assert_eq!(run(&cells, PARTNERS, min_partners).1, run(&changed, PARTNERS, min_partners).1);
    }

    /// E − S of a partner is the sum over its categories, to the cent and to the millionth of a unit.
    #[test]
    fn shortfalls_by_category_sum_to_the_partners(cells in any_cells(-1), min_partners in 1u32..4) {
        for index in run(&cells, PARTNERS, min_partners).1 {
            let money: i64 = index.categories.iter().map(|own| own.revenue.expected - own.revenue.services).sum();
            let units: i64 = index.categories.iter().map(|own| own.units.expected - own.units.services * 1_000_000).sum();
            prop_assert_eq!(money, index.totals.revenue.expected - index.totals.revenue.services);
            prop_assert_eq!(units, index.totals.units.expected - index.totals.units.services * 1_000_000);
        }
    }
}
