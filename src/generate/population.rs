//! The synthetic partners: where they are, how large, what mix they sell, and how readily each attaches a service.

use encoding_rs::WINDOWS_1252;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::GenerateOptions;
use super::calendar::{LAST_DAY, PERIOD_START};
use super::categories::{CATEGORIES, CATEGORY_COUNT};
use super::feed::Feed;
use super::text::quoted;

/// A country: region, legal form, localisation option, and services compared with the United States.
pub(super) struct Country {
    pub code: &'static str,
    pub region: &'static str,
    pub legal_form: &'static str,
    pub option: &'static str,
    pub distributor: Feed,
    share: u32,
    attach_percent: u32,
}

impl Country {
    /// What stands before the number of an invoice. The vendor writes it as the country's distributor does, so that a sale that both
    /// report has one invoice number.
    pub fn invoice_prefix(&self) -> &'static [u8] {
        if self.distributor == Feed::DistributorA { b"A" } else { b"RE" }
    }
}

const fn country(
    code: &'static str,
    region: &'static str,
    legal_form: &'static str,
    option: &'static str,
    share: u32,
    attach_percent: u32,
) -> Country {
    let distributor = if matches!(region.as_bytes(), b"AMER") { Feed::DistributorA } else { Feed::DistributorB };
    Country { code, region, legal_form, option, distributor, share, attach_percent }
}

/// Countries with their share of partners in percent.
pub(super) const COUNTRIES: [Country; 8] = [
    country("US", "AMER", ", Inc.", "ABA", 32, 100),
    country("CA", "AMER", " Ltd", "ABC", 9, 95),
    country("MX", "AMER", ", S.A.", "ABM", 7, 80),
    country("GB", "EMEA", " Ltd", "ABU", 16, 105),
    country("DE", "EMEA", " GmbH München", "ABD", 17, 110),
    country("FR", "EMEA", " SARL", "ABF", 8, 90),
    country("NL", "EMEA", " B.V.", "ABH", 5, 100),
    country("CH", "EMEA", " AG Zürich", "UUZ", 6, 115),
];

/// A partner's location in a feed, with the days on which it is the partner's.
pub(super) struct Location {
    pub feed: Feed,
    pub id: String,
    pub partner: u32,
    pub first_day: Option<u16>,
    pub last_day: Option<u16>,
}

/// One partner.
pub(super) struct Partner {
    pub id: String,
    pub name: String,
    /// The name as a field of distributor A and of distributor B.
    pub name_fields: [Vec<u8>; 2],
    pub hq_id: String,
    pub country: usize,
    pub is_program: bool,
    pub manager: u32,
    /// Feed lines that it gets.
    pub quota: u64,
    /// Share of its orders that go to the vendor directly, in percent.
    pub direct_percent: u32,
    /// Probability that a hardware unit is sold with a service, by category, in basis points.
    pub propensity: [u32; CATEGORY_COUNT],
    /// Running weights of its mix over the categories.
    pub mix: [u32; CATEGORY_COUNT],
    /// Its locations in each sales feed, as positions in [`Population::locations`]; the first is always valid.
    pub locations: [Vec<u32>; Feed::Registrations as usize],
}

/// All partners and locations.
pub(super) struct Population {
    pub partners: Vec<Partner>,
    pub locations: Vec<Location>,
    /// The partner that places the order of 500 units.
    pub giant_order_partner: usize,
}

impl Population {
    pub fn new(options: &GenerateOptions) -> Self {
        let count = options.partners as usize;
        let quotas = quotas(options, &mut stream(options.seed, 1));
        let width = options.partners.to_string().len().max(4);
        let mut partners = Vec::with_capacity(count);
        let mut locations = Vec::new();
        for (index, quota) in quotas.into_iter().enumerate() {
            let mut rng = stream(options.seed, 2 * index as u64 + 10);
            let mut partner = draw_partner(&mut rng, index, quota, width);
            for feed in [COUNTRIES[partner.country].distributor, Feed::VendorDirect] {
                for number in 0..rng.random_range(1..=4u32) {
                    partner.locations[feed as usize].push(locations.len() as u32);
                    let id = location_id(feed, index as u32 * 4 + number);
                    locations.push(Location { feed, id, partner: index as u32, first_day: None, last_day: None });
                }
            }
            partners.push(partner);
        }
        let mut population = Self { partners, locations, giant_order_partner: 0 };
        population.move_locations(&mut stream(options.seed, 3));
        population.locate_at_small_distributors();
        population.giant_order_partner = population.largest_in_emea();
        population
    }

    /// Hands about one location in forty, never a partner's first, to another partner of the same distributor.
    fn move_locations(&mut self, rng: &mut ChaCha8Rng) {
        for old in 0..self.locations.len() {
            let Location { feed, partner, .. } = self.locations[old];
            let heir = rng.random_range(0..self.partners.len());
            let is_first = self.partners[partner as usize].locations[feed as usize].first() == Some(&(old as u32));
            let is_possible = !is_first && heir != partner as usize && !self.partners[heir].locations[feed as usize].is_empty();
            if !rng.random_bool(0.05) || !is_possible {
                continue;
            }
            let last_day = rng.random_range(PERIOD_START - 120..LAST_DAY - 120);
            self.locations[old].last_day = Some(last_day);
            self.partners[heir].locations[feed as usize].push(self.locations.len() as u32);
            let id = self.locations[old].id.clone();
            self.locations.push(Location { feed, id, partner: heir as u32, first_day: Some(last_day + 1), last_day: None });
        }
    }

    /// Gives every partner one location with the small distributor of its region.
    fn locate_at_small_distributors(&mut self) {
        for (index, partner) in self.partners.iter_mut().enumerate() {
            let feed = COUNTRIES[partner.country].distributor.small_sender();
            partner.locations[feed as usize].push(self.locations.len() as u32);
            let id = location_id(feed, index as u32);
            self.locations.push(Location { feed, id, partner: index as u32, first_day: None, last_day: None });
        }
    }

    fn largest_in_emea(&self) -> usize {
        let emea = self
            .partners
            .iter()
            .enumerate()
            .filter(|(_, partner)| COUNTRIES[partner.country].region == "EMEA" && partner.is_program);
        emea.max_by_key(|(_, partner)| partner.quota).map_or(0, |(index, _)| index)
    }

    /// The location of a partner under which a record of that day is reported: the preferred one where it is the partner's.
    pub fn location(&self, partner: usize, feed: Feed, preferred: u32, day: u16) -> &Location {
        let own = &self.partners[partner].locations[feed as usize];
        let wanted = &self.locations[own[preferred as usize % own.len()] as usize];
        let is_valid = wanted.first_day.is_none_or(|first| first <= day) && wanted.last_day.is_none_or(|last| day <= last);
        if is_valid { wanted } else { &self.locations[own[0] as usize] }
    }
}

/// An independent stream of random numbers of the same seed.
pub(super) fn stream(seed: u64, number: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    rng
}

fn draw_partner(rng: &mut ChaCha8Rng, index: usize, quota: u64, width: usize) -> Partner {
    let number = index + 1;
    let ticket = rng.random_range(0..100);
    let drawn = COUNTRIES.iter().scan(0, |total, country| {
        *total += country.share;
        Some(*total)
    });
    let country = if index == 0 { 0 } else { drawn.take_while(|&total| total <= ticket).count() };
    let normal = |rng: &mut ChaCha8Rng| -> f64 { StandardNormal.sample(rng) };
    let factor = match rng.random_range(0..100) {
        _ if index == 0 => 0.95,
        0..2 => 0.0,
        2..10 => 0.3,
        _ => (normal(rng) * 0.35).exp(),
    };
    let mut propensity = [0; CATEGORY_COUNT];
    let mut mix = [0; CATEGORY_COUNT];
    let mut total = 0;
    for (category, spec) in CATEGORIES.iter().enumerate() {
        let market = spec.attach_basis_points * COUNTRIES[country].attach_percent / 100;
        let own = (normal(rng) * 0.15).exp();
        propensity[category] = ((f64::from(market) * factor * own) as u32).min(9500);
        let spread = if index == 0 { 0.3 } else { 0.9 };
        total += (spec.weight * (normal(rng) * spread).exp() * 1000.0) as u32 + 1;
        mix[category] = total;
    }
    let name = format!("Partner {number:0width$}{}", COUNTRIES[country].legal_form);
    Partner {
        id: format!("P{number:0width$}"),
        name_fields: [quoted(&name, ',').into_bytes(), WINDOWS_1252.encode(&quoted(&name, ';')).0.into_owned()],
        name,
        hq_id: format!("HQ{:0width$}", number / 5 * 4 + (number % 5).min(3)),
        country,
        is_program: index == 0 || rng.random_bool(0.9),
        manager: rng.random_range(1..=12),
        quota,
        direct_percent: rng.random_range(10..45),
        propensity,
        mix,
        locations: Default::default(),
    }
}

/// Lines of each partner: 15 % for the first, a floor for everyone, and the rest by a shuffled Zipf law.
fn quotas(options: &GenerateOptions, rng: &mut ChaCha8Rng) -> Vec<u64> {
    let count = options.partners as usize;
    if count == 1 {
        return vec![options.lines];
    }
    let large = options.lines * 15 / 100;
    let others = options.lines - large;
    let floor = (others * 4 / 10 / (count as u64 - 1)).min(24);
    let shared = others - floor * (count as u64 - 1);
    let mut weights = (0..count - 1).map(|rank| (rank as f64 + 8.0).powf(-0.95)).collect::<Vec<_>>();
    for last in (1..weights.len()).rev() {
        weights.swap(last, rng.random_range(0..=last));
    }
    let sum = weights.iter().sum::<f64>();
    std::iter::once(large).chain(weights.iter().map(|weight| floor + (shared as f64 * weight / sum) as u64)).collect()
}

fn location_id(feed: Feed, number: u32) -> String {
    match feed {
        Feed::DistributorA => format!("R{:06}", 100_000 + number * 3),
        Feed::DistributorB => format!("{:08}", 40_000_000 + number * 7),
        Feed::DistributorC => format!("KD{:05}", 10_000 + number * 3),
        Feed::DistributorD => format!("{:07}", 5_000_000 + number * 11),
        _ => format!("{:010}", 1_200_000 + number * 5),
    }
}
