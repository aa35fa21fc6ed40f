//! The synthetic product master: hardware, the Care Packs that cover it, supplies, and a few SKUs that no reference knows.

use encoding_rs::WINDOWS_1252;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal};

use super::categories::{CATEGORIES, CATEGORY_COUNT};
use super::text::quoted;

const HARDWARE_PER_CATEGORY: u32 = 150;
const TIERS: usize = 4;
const PACKS_PER_TIER: usize = 6;
const SUPPLY_COUNT: u32 = 196;
const UNMAPPED_COUNT: u32 = 12;
/// Every so many hardware SKUs of a category the master misses one.
const MASTER_GAP: u32 = 40;

/// What the Care Packs of a price tier promise, with their price in percent of the tier's hardware.
const SERVICE_LEVELS: [([&str; 2], i64); PACKS_PER_TIER] = [
    (["3 years next business day", "3 Jahre nächster Werktag"], 11),
    (["3 years 4h 24x7", "3 Jahre 4h 24x7"], 16),
    (["4 years next business day", "4 Jahre nächster Werktag"], 14),
    (["5 years next business day", "5 Jahre nächster Werktag"], 18),
    (["3 years return to depot", "3 Jahre Einsendung"], 8),
    (["2 years accidental damage", "2 Jahre Unfallschutz"], 9),
];

/// Supplies and accessories, with their middle price in cents.
const SUPPLIES: [([&str; 2], i64); 7] = [
    (["Toner, black, high yield", "Tonerkartusche schwarz; groß"], 9_500),
    (["Ink cartridge cyan 130ml", "Tintenpatrone cyan 130ml"], 7_000),
    (["Tape cartridge LTO-9", "Datenband LTO-9"], 11_000),
    (["Carrying case 15.6\"", "Tragetasche 15,6\""], 4_000),
    (["Docking station USB-C", "Dockingstation USB-C"], 19_000),
    (["Power cord C13, 2m", "Netzkabel C13, 2m"], 1_500),
    (["Mounting kit, universal", "Montagesatz für Wand"], 3_500),
];

/// The three kinds of product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Hardware,
    Service,
    Other,
}

impl Kind {
    /// As the product master writes it.
    pub fn code(self) -> &'static str {
        match self {
            Kind::Hardware => "hardware",
            Kind::Service => "service",
            Kind::Other => "other",
        }
    }
}

/// One SKU.
pub(super) struct Product {
    pub sku: String,
    pub kind: Kind,
    pub category: Option<usize>,
    pub is_post_warranty: bool,
    pub in_master: bool,
    /// List price in US cents.
    pub price: i64,
    pub product_line: String,
    pub description: String,
    /// The sender's own category label, as distributor B writes it.
    pub label: Vec<u8>,
    /// The description as a field of distributor A, distributor B and vendor direct.
    pub fields: [Vec<u8>; 3],
    tier: usize,
}

/// All SKUs, and where those of a purpose stand.
pub(super) struct Catalog {
    pub products: Vec<Product>,
    /// Running weights of a category's hardware SKUs, most popular first.
    popularity: Vec<u32>,
    first_pack: u32,
    first_supply: u32,
    first_unmapped: u32,
}

impl Catalog {
    pub fn new(rng: &mut ChaCha8Rng) -> Self {
        let lines = ProductLines::read(include_str!("../../pipelines/reference/product_lines.csv"));
        let mut products = Vec::new();
        let medians = (0..CATEGORY_COUNT).map(|category| add_hardware(&mut products, rng, &lines, category)).collect::<Vec<_>>();
        let first_pack = products.len() as u32;
        for (category, tiers) in medians.iter().enumerate() {
            add_packs(&mut products, &lines, category, tiers);
        }
        let first_supply = products.len() as u32;
        for number in 0..SUPPLY_COUNT {
            let (words, price) = SUPPLIES[number as usize % SUPPLIES.len()];
            let sku = format!("SU{:04}A", 1000 + 37 * number);
            let price = price * rng.random_range(70..=140) / 100;
            let line = lines.of(Kind::Other, "", number as usize);
            products.push(product(sku, Kind::Other, None, price, line, words.map(str::to_owned), "Zubehör"));
        }
        let first_unmapped = products.len() as u32;
        for number in 0..UNMAPPED_COUNT {
            let code = 7001 + 83 * number;
            let words = [format!("Special build {code}"), format!("Sonderposten {code}")];
            let mut unknown =
                product(format!("ZQ{code}X"), Kind::Other, None, rng.random_range(20_000..300_000), "77Z", words, "Sonstiges");
            unknown.in_master = false;
            products.push(unknown);
        }
        let popularity = (0..HARDWARE_PER_CATEGORY)
            .scan(0, |total, rank| {
                *total += 1_000_000 / (rank + 3);
                Some(*total)
            })
            .collect();
        Self { products, popularity, first_pack, first_supply, first_unmapped }
    }

    /// Draws a hardware SKU of a category.
    pub fn draw_hardware(&self, rng: &mut ChaCha8Rng, category: usize) -> u32 {
        let total = self.popularity.last().copied().unwrap_or(1);
        let ticket = rng.random_range(0..total);
        category as u32 * HARDWARE_PER_CATEGORY + self.popularity.partition_point(|&below| below <= ticket) as u32
    }

    /// Draws a Care Pack that covers the given hardware.
    pub fn draw_pack(&self, rng: &mut ChaCha8Rng, hardware: u32) -> u32 {
        let level = rng.random_range(0..PACKS_PER_TIER as u32 - 1);
        self.first_pack_of(hardware) + level
    }

    /// The accidental-damage pack that is sold on top of another for the given hardware.
    pub fn add_on_pack(&self, hardware: u32) -> u32 {
        self.first_pack_of(hardware) + PACKS_PER_TIER as u32 - 1
    }

    /// The post-warranty pack for the given hardware.
    pub fn renewal_pack(&self, hardware: u32) -> u32 {
        self.first_pack_of(hardware) + PACKS_PER_TIER as u32
    }

    /// Draws a supply or accessory.
    pub fn draw_supply(&self, rng: &mut ChaCha8Rng) -> u32 {
        self.first_supply + rng.random_range(0..SUPPLY_COUNT)
    }

    /// Draws a SKU that no reference knows.
    pub fn draw_unmapped(&self, rng: &mut ChaCha8Rng) -> u32 {
        self.first_unmapped + rng.random_range(0..UNMAPPED_COUNT)
    }

    fn first_pack_of(&self, hardware: u32) -> u32 {
        let category = hardware / HARDWARE_PER_CATEGORY;
        let tier = self.products[hardware as usize].tier as u32;
        self.first_pack + (category * TIERS as u32 + tier) * (PACKS_PER_TIER as u32 + 1)
    }
}

/// Adds the hardware of a category in the order of popularity; returns the middle price of each price tier.
fn add_hardware(products: &mut Vec<Product>, rng: &mut ChaCha8Rng, lines: &ProductLines, category: usize) -> [i64; TIERS] {
    let spec = &CATEGORIES[category];
    let mut prices = match LogNormal::new((spec.price as f64).ln(), 0.45) {
        Ok(spread) => (0..HARDWARE_PER_CATEGORY).map(|_| spread.sample(rng) as i64 / 100 * 100 + 99).collect::<Vec<_>>(),
        Err(_) => vec![spec.price; HARDWARE_PER_CATEGORY as usize],
    };
    prices.sort_unstable();
    let per_tier = prices.len().div_ceil(TIERS);
    let medians = std::array::from_fn(|tier| prices[(tier * per_tier + per_tier / 2).min(prices.len() - 1)]);
    let mut ranks = (0..prices.len()).collect::<Vec<_>>();
    for last in (1..ranks.len()).rev() {
        ranks.swap(last, rng.random_range(0..=last));
    }
    for (number, rank) in ranks.into_iter().enumerate() {
        let sku = format!("{}{:04}{}", spec.prefix, 1000 + 59 * number, char::from(b'A' + rng.random_range(0..11)));
        let model = spec.models[number % spec.models.len()];
        let words = [0, 1].map(|language| format!("{} {} {}", spec.words[language], number + 100, model[language]));
        let line = lines.of(Kind::Hardware, spec.code, number);
        let mut hardware = product(sku, Kind::Hardware, Some(category), prices[rank], line, words, spec.words[1]);
        hardware.tier = rank / per_tier;
        hardware.in_master = (number as u32) % MASTER_GAP != MASTER_GAP - 1;
        if !hardware.in_master && number as u32 > MASTER_GAP {
            hardware.product_line.clear();
        }
        products.push(hardware);
    }
    medians
}

/// Adds the Care Packs of a category: per tier one of each service level, then its post-warranty pack.
fn add_packs(products: &mut Vec<Product>, lines: &ProductLines, category: usize, medians: &[i64; TIERS]) {
    let spec = &CATEGORIES[category];
    let line = lines.of(Kind::Service, spec.code, 0);
    for (tier, median) in medians.iter().enumerate() {
        for (level, (terms, percent)) in SERVICE_LEVELS.iter().enumerate() {
            let number = (category * TIERS + tier) * PACKS_PER_TIER + level;
            let sku = format!("U{}{:03}E", char::from(b'A' + (number * 7 % 26) as u8), 100 + 3 * number);
            let words = [0, 1].map(|language| format!("Care Pack {}, {}", terms[language], spec.words[language]));
            let mut pack = product(sku, Kind::Service, Some(category), median * percent / 100, line, words, "Care Pack");
            pack.in_master = (tier, level) != (TIERS - 1, 2);
            products.push(pack);
        }
        let number = category * TIERS + tier;
        let words = [
            format!("Care Pack 1 year post-warranty, {}", spec.words[0]),
            format!("Care Pack 1 Jahr Nachgarantie, {}", spec.words[1]),
        ];
        let sku = format!("U{:04}PE", 4000 + 17 * number);
        let mut renewal = product(sku, Kind::Service, Some(category), median * 10 / 100, line, words, "Care Pack");
        renewal.is_post_warranty = true;
        products.push(renewal);
    }
}

fn product(
    sku: String,
    kind: Kind,
    category: Option<usize>,
    price: i64,
    product_line: &str,
    words: [String; 2],
    label: &str,
) -> Product {
    let [english, german] = words;
    let fields = [
        quoted(&english, ',').into_bytes(),
        WINDOWS_1252.encode(&quoted(&german, ';')).0.into_owned(),
        english.clone().into_bytes(),
    ];
    let label = WINDOWS_1252.encode(&quoted(label, ';')).0.into_owned();
    Product {
        sku,
        kind,
        category,
        is_post_warranty: false,
        in_master: true,
        price,
        product_line: product_line.to_owned(),
        description: english,
        label,
        fields,
        tier: 0,
    }
}

/// Product-line codes of the product's own table, by kind and category.
struct ProductLines<'a> {
    rows: Vec<[&'a str; 3]>,
}

impl<'a> ProductLines<'a> {
    fn read(table: &'a str) -> Self {
        let rows = table.lines().skip(1).filter_map(|row| {
            let mut fields = row.split(',');
            Some([fields.next()?, fields.next()?, fields.next()?])
        });
        Self { rows: rows.collect() }
    }

    /// One of the codes of a kind and category; empty if there is none.
    fn of(&self, kind: Kind, category: &str, pick: usize) -> &'a str {
        let matching = |row: &&[&str; 3]| row[1] == kind.code() && row[2] == category;
        let count = self.rows.iter().filter(matching).count();
        if count == 0 {
            return "";
        }
        self.rows.iter().filter(matching).nth(pick % count).map_or("", |row| row[0])
    }
}
