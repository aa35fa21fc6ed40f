//! How often the deciding interval is right, by simulation: `cargo bench --bench coverage`, to standard output as Markdown.
//!
//! Every market is drawn, measured and judged as a run does it: the rate from all partners' sales, κ from all orders, pooled and leave-one-out intervals for
//! every partner, conclusive where both lie on one side of the near line. All partners of a market sell at one hidden rate. Then one partner at a time sells
//! again, all others as they were: at the average that the others came to (its index is 1 in truth), at 0.6 and at 0.5 of it. After `--`: `--markets N` and `--seed S`, how many markets are drawn and which; and two other
//! methods to compare with, `--confidence C` and `--market-noise` (the market's own relative variance added to the partner's).

mod market;
mod tally;

use attachrate::stages::uncertainty::by_order::linearised_index;
use attachrate::stages::uncertainty::dispersion::{Dispersion, Slice};
use attachrate::stages::uncertainty::intervals::{EffectiveCounts, Interval};
use market::{Attaching, Market, Partner, Sizes};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use tally::{Case, Tallies};

const NEAR: f64 = 0.75;
const PARTNERS: usize = 1_500;

/// What is asked for on the command line.
struct Settings {
    markets: u64,
    seed: u64,
    confidence: f64,
    adds_market_noise: bool,
}

fn main() {
    let settings = Settings::of_arguments();
    println!(
        "{} markets of {PARTNERS} partners in each scenario, seed {}, confidence {}, near line {NEAR}{}.",
        settings.markets,
        settings.seed,
        settings.confidence,
        if settings.adds_market_noise { ", with the market's own noise" } else { "" },
    );
    let mut scenarios = Vec::new();
    for sizes in Sizes::ALL {
        for attaching in Attaching::ALL {
            let tallies = (0..settings.markets)
                .into_par_iter()
                .map(|market| {
                    // No two markets share a stream of the generator.
                    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
                    rng.set_stream((market << 8) | ((sizes as u64) << 4) | attaching as u64);
                    judge_market(&mut rng, sizes, attaching, &settings)
                })
                .reduce(Tallies::default, Tallies::merged);
            let name = format!("orders {}, services {}", sizes.words(), attaching.words());
            println!("\n### O{}\n\n{}", &name[1..], tallies.table());
            scenarios.push((name, tallies));
        }
    }
    println!("\n### Aims\n\n{}", tally::aims(&scenarios));
}

impl Settings {
    fn of_arguments() -> Self {
        let arguments: Vec<String> = std::env::args().collect();
        let value = |name: &str| arguments.iter().position(|argument| argument == name).and_then(|place| arguments.get(place + 1));
        let whole = |name: &str, default: u64| value(name).map_or(default, |text| text.parse().expect("a whole number"));
        Self {
            markets: whole("--markets", 100),
            seed: whole("--seed", 1),
            confidence: value("--confidence").map_or(0.95, |text| text.parse().expect("a number")),
            adds_market_noise: arguments.iter().any(|argument| argument == "--market-noise"),
        }
    }
}

fn judge_market(rng: &mut ChaCha8Rng, sizes: Sizes, attaching: Attaching, settings: &Settings) -> Tallies {
    let market = Market::draw(rng, PARTNERS, sizes);
    let services: Vec<Vec<f64>> = market.partners.iter().map(|partner| partner.sell(rng, attaching, 1.0)).collect();
    let hardware: f64 = market.partners.iter().map(Partner::hardware).sum();
    let sold: f64 = services.iter().flatten().sum();
    let slices = slices(&market, &services, sold / hardware);
    let dispersion = Dispersion::of(&slices);
    let kappas: Vec<f64> = slices.iter().map(|slice| dispersion.kappa(slice)).collect();
    let market_variance: f64 = slices.iter().zip(&kappas).map(|(slice, kappa)| kappa * slice.expected * slice.expected).sum();
    let noise = if settings.adds_market_noise { market_variance / (sold * sold) } else { 0.0 };

    let mut tallies = Tallies::default();
    let mut rest = kappas.as_slice();
    for (partner, own) in market.partners.iter().zip(&services) {
        let (kappas, others) = rest.split_at(partner.orders.len());
        rest = others;
        let bench = Bench {
            hardware: hardware - partner.hardware(),
            services: sold - own.iter().sum::<f64>(),
            noise,
            confidence: settings.confidence,
        };
        // The market's average as it came out, by the rate behind it.
        let average = bench.services / bench.hardware / attaching.rate();
        let mut judge_at = |index: f64| bench.judge(partner, &partner.sell(rng, attaching, index * average), kappas);
        let (at_benchmark, low, half) = (judge_at(1.0), judge_at(0.6), judge_at(0.5));
        let (Some(found), Some(hidden)) = (at_benchmark, bench.judge(partner, own, kappas)) else { continue };
        tallies.add(&Case {
            orders: partner.orders.len(),
            expected: found.expected,
            is_too_high: found.pooled.lower > 1.0,
            is_too_low: found.pooled.upper < 1.0,
            is_below: found.is_below(),
            is_below_by_own_orders: found.own_orders.is_some_and(|interval| interval.upper < NEAR),
            covers_hidden: (hidden.pooled.lower..=hidden.pooled.upper).contains(&1.0),
            is_below_at_hidden: hidden.is_below(),
            is_found_at_half: half.is_some_and(|half| half.is_below()),
            is_found_at_low: low.is_some_and(|low| low.is_below()),
        });
    }
    tallies
}

fn slices(market: &Market, services: &[Vec<f64>], rate: f64) -> Vec<Slice> {
    let mut slices = Vec::new();
    for ((partner, services), id) in market.partners.iter().zip(services).zip(0u32..) {
        for ((order, services), number) in partner.orders.iter().zip(services).zip(0u64..) {
            let expected = order.hardware * rate;
            slices.push(Slice { partner: id, order: number, family: 0, expected, services: *services });
        }
    }
    slices
}

/// What a partner is measured by: all other partners.
struct Bench {
    hardware: f64,
    services: f64,
    /// Relative variance of the market's services.
    noise: f64,
    confidence: f64,
}

/// A partner's intervals.
struct Judgement {
    expected: f64,
    pooled: Interval,
    leave_one_out: Interval,
    own_orders: Option<Interval>,
}

impl Bench {
    fn judge(&self, partner: &Partner, services: &[f64], kappas: &[f64]) -> Option<Judgement> {
        let sold: f64 = services.iter().sum();
        let counts_at = |rate: f64| {
            let expected = partner.hardware() * rate;
            let orders = partner.orders.iter().zip(kappas);
            let variance: f64 = orders.map(|(order, kappa)| kappa * (order.hardware * rate).powi(2)).sum();
            EffectiveCounts::new(sold, expected, variance + self.noise * expected * expected)
        };
        let rate = (self.services + sold) / (self.hardware + partner.hardware());
        let (pooled, leave_one_out) = (counts_at(rate)?, counts_at(self.services / self.hardware)?);
        let orders = services.iter().zip(&partner.orders).map(|(services, order)| (*services, order.hardware * rate));
        Some(Judgement {
            expected: pooled.expected,
            pooled: pooled.interval(self.confidence),
            leave_one_out: leave_one_out.interval(self.confidence),
            own_orders: linearised_index(orders, self.confidence),
        })
    }
}

impl Judgement {
    /// Conclusively below the near line.
    fn is_below(&self) -> bool {
        self.pooled.upper < NEAR && self.leave_one_out.upper < NEAR
    }
}
