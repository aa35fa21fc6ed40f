//! The stages: pure functions from typed tables to typed tables.

pub mod adjust;
pub mod assess;
pub mod attach;
pub mod benchmark;
pub mod calibration;
pub mod candidates;
pub mod classify;
pub mod disclosure;
pub mod exact;
pub mod exceptions;
pub mod extract;
pub mod line_sizes;
pub mod matchings;
pub mod normalize;
pub mod reconcile;
pub mod registrations;
pub mod settle;
pub mod split;
pub mod tally;
pub mod uncertainty;

/// The id of a sale line: part, category and place within both, so that ids of one category are ordered as (partner, line key).
///
/// Shape: 10 bits part, 16 bits category, 32 bits place; never negative.
pub fn line_id(part: u16, category: u16, place: u32) -> i64 {
    (i64::from(part) << 48) | (i64::from(category) << 32) | i64::from(place)
}

/// The part of a line id.
pub fn part_of(line_id: i64) -> u16 {
    (line_id >> 48) as u16
}

/// The category of a line id.
pub fn category_of(line_id: i64) -> u16 {
    (line_id >> 32) as u16
}

/// The place of a line within its part and category.
pub fn place_of(line_id: i64) -> u32 {
    line_id as u32
}
