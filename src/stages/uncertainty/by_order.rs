//! Intervals from a sample's own orders: orders are the sampling units, a ratio of sums is linearised (Taylor).
//!
//! Source: Cochran, Sampling Techniques, 3rd ed. (1977), 6.3 and 9A; Särndal, Swensson and Wretman, Model Assisted Survey Sampling (1992), 5.5.

use super::intervals::{Interval, student_quantile, wilson};

/// The linearised interval of an index from the partner's own orders: a diagnostic that never decides, because a partner that sold nothing shows no noise
/// of its own.
///
/// `orders` gives each order's services and expected services (one unit, any). `d = s − PRI·e`, variance `m/(m−1)·Σd²/E²`, Student's t with `m − 1`
/// degrees of freedom; the lower limit is cut at 0. `None` with fewer than two orders, or where nothing is expected.
pub fn linearised_index<I>(orders: I, confidence: f64) -> Option<Interval>
where
    I: Iterator<Item = (f64, f64)> + Clone,
{
    let (count, services, expected) =
        orders.clone().fold((0u64, 0.0, 0.0), |(count, services, expected), (s, e)| (count + 1, services + s, expected + e));
    if count < 2 || expected <= 0.0 {
        return None;
    }
    let index = services / expected;
    let squares: f64 = orders.map(|(s, e)| (s - index * e) * (s - index * e)).sum();
    let error = (count as f64 / (count - 1) as f64 * squares).sqrt() / expected;
    Some(around(index, student_quantile(count - 1, confidence) * error))
}

/// Sums over the orders of a benchmark cell, from which its rates' intervals follow. Integers, so that orders may be added and sums merged in any sequence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OrderSums {
    orders: u64,
    hardware: i128,
    services: i128,
    hardware_squares: i128,
    services_squares: i128,
    products: i128,
}

impl OrderSums {
    /// Adds an order's hardware and services in the cell: both cents, or both units.
    pub fn add(&mut self, hardware: i64, services: i64) {
        let (hardware, services) = (i128::from(hardware), i128::from(services));
        self.merge(&Self {
            orders: 1,
            hardware,
            services,
            hardware_squares: hardware * hardware,
            services_squares: services * services,
            products: hardware * services,
        });
    }

    /// Adds the sums of other orders.
    pub fn merge(&mut self, other: &Self) {
        self.orders += other.orders;
        self.hardware += other.hardware;
        self.services += other.services;
        self.hardware_squares += other.hardware_squares;
        self.services_squares += other.services_squares;
        self.products += other.products;
    }

    /// The linearised interval of services ÷ hardware by order, for a rate of money; cut at 0 below. `None` with fewer than two orders or without hardware.
    pub fn linearised_rate(&self, confidence: f64) -> Option<Interval> {
        let variance = self.rate_variance()?;
        Some(around(self.rate(), student_quantile(self.orders - 1, confidence) * variance.sqrt()))
    }

    /// Wilson's interval of attached ÷ hardware units, with the units divided by the [design effect](Self::design_effect). `None` without hardware, or
    /// where services exceed it or are negative.
    pub fn wilson_rate(&self, confidence: f64) -> Option<Interval> {
        wilson(self.rate(), self.hardware as f64 / self.design_effect()?, confidence)
    }

    /// How many times the variance of the units' rate exceeds that of as many independent units; at least 1, so that a sample never counts for more than its
    /// units (Parker et al., NCHS Vital and Health Statistics 2(175), 2017).
    ///
    /// With one order, or where none or all of the units are covered, the orders do not show how alike their units are; they then count as wholly
    /// alike: `Σh²/H`.
    pub fn design_effect(&self) -> Option<f64> {
        if self.hardware <= 0 || self.services < 0 || self.services > self.hardware {
            return None;
        }
        let (hardware, rate) = (self.hardware as f64, self.rate());
        let independent = rate * (1.0 - rate) / hardware;
        let effect = match self.rate_variance() {
            Some(variance) if independent > 0.0 => variance / independent,
            _ => self.hardware_squares as f64 / hardware,
        };
        Some(effect.max(1.0))
    }

    fn rate(&self) -> f64 {
        self.services as f64 / self.hardware as f64
    }

    /// `m/(m−1)·Σ(s − ρh)²/H²`.
    fn rate_variance(&self) -> Option<f64> {
        if self.orders < 2 || self.hardware <= 0 {
            return None;
        }
        let (rate, hardware, orders) = (self.rate(), self.hardware as f64, self.orders as f64);
        let squares = self.services_squares as f64 - 2.0 * rate * self.products as f64 + rate * rate * self.hardware_squares as f64;
        Some(orders / (orders - 1.0) * squares.max(0.0) / (hardware * hardware))
    }
}

fn around(centre: f64, half: f64) -> Interval {
    Interval { lower: (centre - half).max(0.0), upper: (centre + half).max(0.0) }
}
