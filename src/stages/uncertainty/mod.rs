//! Uncertainty (DESIGN part 5): how far chance alone could move an index or a rate.
//!
//! The noise is the order's, because the units of one order are one decision. [`dispersion`] measures it in the market, [`intervals`] turns it into the
//! interval that decides, [`by_order`] gives the intervals that take a sample's own orders, [`funnel`] the limits of the funnel plot. No function here
//! knows of partners' names, files or tables: numbers in, numbers out.

pub mod by_order;
mod deciles;
pub mod dispersion;
pub mod funnel;
pub mod intervals;

#[cfg(test)]
mod tests;
