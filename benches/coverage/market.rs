//! Invented markets: partners of very different sizes, their orders, and what they sell with them.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Binomial, Distribution, LogNormal, Pareto};

/// How the units of orders are distributed.
#[derive(Debug, Clone, Copy)]
pub enum Sizes {
    Equal,
    Lognormal,
    Pareto,
    HeavyPareto,
}

impl Sizes {
    pub const ALL: [Self; 4] = [Self::Equal, Self::Lognormal, Self::Pareto, Self::HeavyPareto];

    pub fn words(self) -> &'static str {
        match self {
            Self::Equal => "of equal size",
            Self::Lognormal => "lognormal (σ 1.2)",
            Self::Pareto => "Pareto (shape 1.5)",
            Self::HeavyPareto => "Pareto (shape 1.2, the largest up to a third of the market)",
        }
    }

    fn draw(self, rng: &mut ChaCha8Rng) -> u64 {
        let units: f64 = match self {
            Self::Equal => return 5,
            Self::Lognormal => LogNormal::new(1.1, 1.2).expect("valid parameters").sample(rng),
            Self::Pareto => Pareto::new(1.0, 1.5).expect("valid parameters").sample(rng),
            Self::HeavyPareto => Pareto::new(1.0, 1.2).expect("valid parameters").sample(rng),
        };
        units.ceil().min(100_000.0) as u64
    }
}

/// How services come with an order's units.
#[derive(Debug, Clone, Copy)]
pub enum Attaching {
    /// To all units of an order or to none; to half of the orders.
    Often,
    /// To all units of an order or to none; to 30 % of the orders.
    AllOrNone,
    /// To each unit with the order's own chance, 30 % on average (beta, correlation 0.2 within an order).
    Mixed,
    /// To all units of an order or to none; to 8 % of the orders.
    Rare,
}

/// Money for packs per money of hardware, where every unit is covered.
const PACK_SHARE: f64 = 0.15;

impl Attaching {
    pub const ALL: [Self; 4] = [Self::Often, Self::AllOrNone, Self::Mixed, Self::Rare];

    pub fn words(self) -> &'static str {
        match self {
            Self::Often => "with all or none of an order (50 % of orders)",
            Self::AllOrNone => "with all or none of an order (30 % of orders)",
            Self::Mixed => "mixed within orders (30 % of units)",
            Self::Rare => "with all or none of an order (8 % of orders)",
        }
    }

    /// The market's true rate: services per hardware money.
    pub fn rate(self) -> f64 {
        PACK_SHARE * self.chance()
    }

    fn chance(self) -> f64 {
        match self {
            Self::Often => 0.5,
            Self::AllOrNone | Self::Mixed => 0.3,
            Self::Rare => 0.08,
        }
    }

    /// Covered units of an order of a partner that sells at `index` of the market's rate.
    fn covered(self, rng: &mut ChaCha8Rng, units: u64, index: f64) -> u64 {
        match self {
            Self::Often | Self::AllOrNone | Self::Rare if rng.random_bool((self.chance() * index).min(1.0)) => units,
            Self::Often | Self::AllOrNone | Self::Rare => 0,
            Self::Mixed => {
                // A beta distribution with a + b = 4 has the correlation 1/(a + b + 1) = 0.2 between two units of an order.
                let beta = Beta::new(4.0 * self.chance(), 4.0 * (1.0 - self.chance())).expect("valid parameters");
                let chance = (beta.sample(rng) * index).min(1.0);
                Binomial::new(units, chance).expect("a chance").sample(rng)
            }
        }
    }
}

/// An order: so many units of one price.
pub struct Order {
    units: u64,
    /// Money for hardware.
    pub hardware: f64,
}

pub struct Partner {
    pub orders: Vec<Order>,
}

pub struct Market {
    pub partners: Vec<Partner>,
}

/// The fewest and most orders of a partner; as many partners have 2 to 4 as 50 to 100.
const ORDERS: (f64, f64) = (2.0, 600.0);

impl Market {
    pub fn draw(rng: &mut ChaCha8Rng, partners: usize, sizes: Sizes) -> Self {
        let price = LogNormal::new(1_000f64.ln(), 0.5).expect("valid parameters");
        let draw_order = |rng: &mut ChaCha8Rng| {
            let units = sizes.draw(rng);
            // Orders of equal size are equal in money too, so that every tenth is cut by ties.
            let price = if matches!(sizes, Sizes::Equal) { 1_000.0 } else { price.sample(rng) };
            Order { units, hardware: units as f64 * price }
        };
        let draw_partner = |rng: &mut ChaCha8Rng| {
            let count = rng.random_range(ORDERS.0.ln()..ORDERS.1.ln()).exp() as usize;
            Partner { orders: (0..count).map(|_| draw_order(rng)).collect() }
        };
        Self { partners: (0..partners).map(|_| draw_partner(rng)).collect() }
    }
}

impl Partner {
    pub fn hardware(&self) -> f64 {
        self.orders.iter().map(|order| order.hardware).sum()
    }

    /// Services with each order, for a partner that sells at `index` of the market's rate.
    pub fn sell(&self, rng: &mut ChaCha8Rng, attaching: Attaching, index: f64) -> Vec<f64> {
        let sell =
            |order: &Order| PACK_SHARE * order.hardware * attaching.covered(rng, order.units, index) as f64 / order.units as f64;
        self.orders.iter().map(sell).collect()
    }
}
