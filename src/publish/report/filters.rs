//! The formats of [`super::format`] under the names that templates use.

use askama::{Result, Values, filter_fn};

use super::format::{self, Fixed, Integer};
use super::words;

/// `1,234`
#[filter_fn]
pub fn count(value: impl Integer, _: &dyn Values) -> Result<Fixed> {
    Ok(format::count(value))
}

/// `12,345.67`
#[filter_fn]
pub fn cents(value: impl Integer, _: &dyn Values) -> Result<Fixed> {
    Ok(format::cents(value))
}

/// `$1,235`
#[filter_fn]
pub fn whole(value: impl Integer, _: &dyn Values, currency: &str) -> Result<Fixed> {
    Ok(format::whole(value, currency))
}

/// `66.50` from millionths
#[filter_fn]
pub fn micro(value: impl Integer, _: &dyn Values) -> Result<Fixed> {
    Ok(format::micro(value))
}

/// `4.00 %`
#[filter_fn]
pub fn percent_of<D: Integer>(value: impl Integer, _: &dyn Values, denominator: D) -> Result<Fixed> {
    Ok(format::percent(value, denominator))
}

/// `31 October 2026`
#[filter_fn]
pub fn long_date(value: &str, _: &dyn Values) -> Result<String> {
    Ok(format::long_date(value))
}

/// The level of a rate in words
#[filter_fn]
pub fn level<'a>(value: &'a str, _: &dyn Values) -> Result<&'a str> {
    Ok(words::level(value))
}

/// A rung in words
#[filter_fn]
pub fn rung<'a>(value: &'a str, _: &dyn Values) -> Result<&'a str> {
    Ok(words::rung(value))
}

/// A reading in words
#[filter_fn]
pub fn reading(value: &str, _: &dyn Values) -> Result<String> {
    Ok(words::reading(value))
}

/// Why a service did not count, in words
#[filter_fn]
pub fn left_over<'a>(value: &'a str, _: &dyn Values) -> Result<&'a str> {
    Ok(words::left_over(value))
}
