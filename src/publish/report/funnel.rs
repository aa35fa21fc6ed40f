//! The chart of the overview: every assessed partner's index against its expected services.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::format::{self, scaled};
use super::model::{PartnerRow, Thresholds, Verdict};
use super::scale::LogScale;

const LEFT: i64 = 56;
const RIGHT: i64 = 840;
const TOP: i64 = 28;
const BOTTOM: i64 = 452;
const CALLOUTS: usize = 8;
/// With more partners than this the marks are smaller.
const DENSE: usize = 1_000;
const NAME_CHARS: usize = 28;

/// Geometry of the chart, in pixels of its view box, and the table of its numbers.
#[derive(Debug)]
pub struct Funnel<'a> {
    /// One path per verdict.
    pub series: Vec<Series>,
    /// Place and label along the bottom.
    pub x_ticks: Vec<(i64, String)>,
    /// Place and label along the left.
    pub y_ticks: Vec<(i64, String)>,
    /// The two lines: place, value and name.
    pub lines: Vec<(i64, &'a str, &'static str)>,
    /// Labelled partners, largest gap first.
    pub callouts: Vec<Callout<'a>>,
    /// Partners by size of expected services.
    pub bands: Vec<Band>,
    /// Partners drawn.
    pub plotted: usize,
    /// Whether the marks are the small ones.
    pub is_dense: bool,
    /// Partners that stand on the upper edge, because their index is higher.
    pub above: usize,
    /// The index of the upper edge.
    pub ceiling: String,
    /// Whether units decide.
    pub by_units: bool,
}

/// The marks of one verdict.
#[derive(Debug)]
pub struct Series {
    /// The verdict.
    pub verdict: Verdict,
    /// Path data.
    pub path: String,
}

/// A labelled partner.
#[derive(Debug)]
pub struct Callout<'a> {
    /// The partner.
    pub row: &'a PartnerRow,
    /// Centre of its mark.
    pub x: i64,
    /// Centre of its mark.
    pub y: i64,
    /// Anchor of the text.
    pub text_x: i64,
    /// Base line of the text.
    pub text_y: i64,
    /// `start` or `end`.
    pub anchor: &'static str,
    /// The name, cut to fit.
    pub label: String,
}

/// Partners whose expected services lie between two powers of ten.
#[derive(Debug)]
pub struct Band {
    /// `$10,000 to $100,000`
    pub range: String,
    /// Partners at, near and below.
    pub counts: [u64; 3],
    /// Smallest, median and largest index.
    pub indices: [String; 3],
}

struct Point<'a> {
    row: &'a PartnerRow,
    expected: u64,
    index: i64,
}

/// Lays the chart out.
pub fn funnel<'a>(partners: &'a [PartnerRow], thresholds: &'a Thresholds, currency: &str) -> Funnel<'a> {
    let by_units = thresholds.by_units();
    let mut points = partners.iter().filter_map(|row| point(row, thresholds)).collect::<Vec<_>>();
    points.sort_by(|a, b| (a.expected, &a.row.partner_id).cmp(&(b.expected, &b.row.partner_id)));
    let bounds = (points.first().map_or(100, |point| point.expected), points.last().map_or(100, |point| point.expected));
    let x_axis = LogScale::around(bounds.0, bounds.1, LEFT, RIGHT - LEFT);
    let at = threshold(&thresholds.at);
    let highest = points.iter().map(|point| point.index).max().unwrap_or(0);
    let ceiling =
        highest.saturating_add(4_999).clamp(15_000, 30_000).max(at.unwrap_or(0).saturating_add(5_000)).div_euclid(5_000) * 5_000;
    let y = |index: i64| BOTTOM - index.clamp(0, ceiling) * (BOTTOM - TOP) / ceiling;

    let amount = |value: u64| if by_units { format::count(value / 1_000_000).to_string() } else { short(value, currency) };
    let lines = [(&thresholds.at, "at average"), (&thresholds.near, "near average")];
    Funnel {
        series: [Verdict::At, Verdict::Near, Verdict::Below].map(|verdict| series(verdict, &points, &x_axis, y)).into(),
        x_ticks: x_axis.ticks().into_iter().map(|tick| (x_axis.place(tick), amount(tick))).collect(),
        y_ticks: (0..=ceiling / 5_000).map(|step| (y(step * 5_000), format!("{}.{}", step / 2, step % 2 * 5))).collect(),
        lines: lines.iter().filter_map(|(text, name)| Some((y(threshold(text)?), text.as_str(), *name))).collect(),
        callouts: callouts(&points, &x_axis, y),
        bands: bands(&points, by_units, currency),
        plotted: points.len(),
        is_dense: points.len() > DENSE,
        above: points.iter().filter(|point| point.index > ceiling).count(),
        ceiling: format!("{}.{}", ceiling / 10_000, ceiling % 10_000 / 1_000),
        by_units,
    }
}

fn point<'a>(row: &'a PartnerRow, thresholds: &Thresholds) -> Option<Point<'a>> {
    if row.verdict == Verdict::NotAssessed {
        return None;
    }
    let figures = row.deciding(thresholds);
    let factor = if thresholds.by_units() { 10_000_000_000 } else { 10_000 };
    let index = scaled(figures.services, factor, figures.expected)?;
    // Far outside the chart in either case.
    let index = i64::try_from(index.clamp(-1_000_000_000, 1_000_000_000)).ok()?;
    let smallest = if thresholds.by_units() { 1_000_000 } else { 100 };
    Some(Point { row, expected: u64::try_from(figures.expected).ok()?.max(smallest), index })
}

fn threshold(text: &str) -> Option<i64> {
    format::ten_thousandths(text).and_then(|value| i64::try_from(value).ok()).filter(|value| *value <= 1_000_000)
}

/// Marks of one verdict: a dot, a hollow diamond or a triangle that points down. Marks on the same pixel are drawn once.
fn series(verdict: Verdict, points: &[Point], x_axis: &LogScale, y: impl Fn(i64) -> i64) -> Series {
    let mark = match (verdict, points.len() > DENSE) {
        (Verdict::At, _) => "h0",
        (Verdict::Near, false) => "m0-4l4 4-4 4-4-4z",
        (Verdict::Near, true) => "m0-2l2 2-2 2-2-2z",
        (Verdict::Below | Verdict::NotAssessed, false) => "m-4-3h8l-4 7z",
        (Verdict::Below | Verdict::NotAssessed, true) => "m-2-1h4l-2 3z",
    };
    let mut drawn = HashSet::new();
    let mut path = String::new();
    for point in points.iter().filter(|point| point.row.verdict == verdict) {
        let place = (x_axis.place(point.expected), y(point.index));
        if drawn.insert(place) {
            // Writing to a String cannot fail.
            let _ = write!(path, "M{} {}{mark}", place.0, place.1);
        }
    }
    Series { verdict, path }
}

/// Labels for the partners below the near line with the largest gaps, where they find room and hide the fewest marks.
fn callouts<'a>(points: &[Point<'a>], x_axis: &LogScale, y: impl Fn(i64) -> i64) -> Vec<Callout<'a>> {
    let mark = |point: &Point| (x_axis.place(point.expected), y(point.index));
    let marks = points.iter().map(mark).collect::<Vec<_>>();
    let mut worst = points.iter().filter(|point| point.row.verdict == Verdict::Below).collect::<Vec<_>>();
    worst.sort_by(|a, b| b.row.gap_near_amount.cmp(&a.row.gap_near_amount).then_with(|| a.row.partner_id.cmp(&b.row.partner_id)));
    worst.truncate(CALLOUTS);
    let rings = worst.iter().map(|point| mark(point)).map(|(x, y)| Area { left: x - 8, top: y - 8, right: x + 8, bottom: y + 8 });
    let mut taken = rings.collect::<Vec<_>>();
    let mut labelled = Vec::new();
    for point in worst {
        let (x, y) = mark(point);
        let label = cut(&point.row.name);
        let width = 8 * i64::try_from(label.chars().count()).unwrap_or(0);
        let places = [(11, 5), (-11, 5), (9, -9), (-9, -9), (9, 21), (-9, 21)].map(|(dx, dy)| {
            let left = if dx > 0 { x + dx } else { x + dx - width };
            (dx, dy, Area { left, top: y + dy - 12, right: left + width, bottom: y + dy + 3 })
        });
        let free = places.into_iter().filter(|(.., area)| area.is_in_chart() && !taken.iter().any(|other| area.meets(other)));
        if let Some((dx, dy, area)) = free.min_by_key(|(.., area)| marks.iter().filter(|mark| area.holds(**mark)).count()) {
            taken.push(area);
            let anchor = if dx > 0 { "start" } else { "end" };
            labelled.push(Callout { row: point.row, x, y, text_x: x + dx, text_y: y + dy, anchor, label });
        }
    }
    labelled
}

/// A box that a label or a ring takes.
struct Area {
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
}

impl Area {
    fn is_in_chart(&self) -> bool {
        self.left >= LEFT && self.right <= RIGHT && self.top >= TOP && self.bottom <= BOTTOM
    }

    fn meets(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    fn holds(&self, (x, y): (i64, i64)) -> bool {
        (self.left..self.right).contains(&x) && (self.top..self.bottom).contains(&y)
    }
}

fn cut(name: &str) -> String {
    if name.chars().count() <= NAME_CHARS {
        return name.to_owned();
    }
    name.chars().take(NAME_CHARS - 1).chain(['…']).collect()
}

fn bands(points: &[Point], by_units: bool, currency: &str) -> Vec<Band> {
    let label = |value: u64| {
        if by_units { format::count(value / 1_000_000).to_string() } else { format::whole(value, currency).to_string() }
    };
    points
        .chunk_by(|a, b| a.expected.ilog10() == b.expected.ilog10())
        .map(|chunk| {
            let mut sorted = chunk.iter().collect::<Vec<_>>();
            sorted.sort_by(|a, b| (a.index, &a.row.partner_id).cmp(&(b.index, &b.row.partner_id)));
            let count = |verdict| chunk.iter().filter(|point| point.row.verdict == verdict).map(|_| 1u64).sum();
            let index = |place: usize| format::ratio(sorted[place].index, 10_000i64).to_string();
            let low = 10u64.saturating_pow(chunk[0].expected.ilog10());
            Band {
                range: format!("{} to under {}", label(low), label(low.saturating_mul(10))),
                counts: [Verdict::At, Verdict::Near, Verdict::Below].map(count),
                indices: [0, (sorted.len() - 1) / 2, sorted.len() - 1].map(index),
            }
        })
        .collect()
}

/// `$10k`, for the axis: its ticks are round numbers.
fn short(cents: u64, currency: &str) -> String {
    let symbol = format::symbol(currency);
    match cents / 100 {
        amount if amount >= 1_000_000_000 => format!("{symbol}{}bn", amount / 1_000_000_000),
        amount if amount >= 1_000_000 => format!("{symbol}{}m", amount / 1_000_000),
        amount if amount >= 1_000 => format!("{symbol}{}k", amount / 1_000),
        amount => format!("{symbol}{amount}"),
    }
}
