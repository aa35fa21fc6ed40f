//! The chart of the overview: every assessed partner's index against its size, among the limits of what chance explains.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::format::{self, scaled};
use super::model::{self, FunnelLimits, PartnerRow, Thresholds, Verdict};
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
    /// The area within the outer limits, and that within the inner ones.
    pub areas: [String; 2],
    /// The two curves of the limits that allow for the spread between partners; none where it cannot be estimated.
    pub spread: Option<String>,
    /// Confidence of the inner and of the outer limits, in percent.
    pub confidence: [&'a str; 2],
    /// Partners by size.
    pub bands: Vec<Band>,
    /// The limits at round sizes.
    pub limits: Vec<LimitRow>,
    /// Partners drawn.
    pub plotted: usize,
    /// Assessed partners without a size: nothing varies in what they sell.
    pub unplotted: usize,
    /// Whether the marks are the small ones.
    pub is_dense: bool,
    /// Partners that stand on the upper edge, because their index is higher.
    pub above: usize,
    /// The index of the upper edge.
    pub ceiling: String,
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

/// The limits at one size.
#[derive(Debug)]
pub struct LimitRow {
    /// The size, `20`.
    pub size: String,
    /// Inner limits, outer limits, limits with the spread between partners, as `0.62 to 1.51`.
    pub ranges: [String; 3],
}

/// Partners whose sizes lie between two powers of ten.
#[derive(Debug)]
pub struct Band {
    /// `10 to under 100`
    pub range: String,
    /// Partners at, near and below.
    pub counts: [u64; 3],
    /// Smallest, median and largest index.
    pub indices: [String; 3],
}

struct Point<'a> {
    row: &'a PartnerRow,
    /// Effective expected count, hundredths.
    size: u64,
    index: i64,
}

/// Lays the chart out.
pub fn funnel<'a>(partners: &'a [PartnerRow], limits: &'a model::Funnel, thresholds: &'a Thresholds) -> Funnel<'a> {
    let mut points = partners.iter().filter_map(|row| point(row, thresholds)).collect::<Vec<_>>();
    points.sort_by(|a, b| (a.size, &a.row.partner_id).cmp(&(b.size, &b.row.partner_id)));
    let bounds = (points.first().map_or(100, |point| point.size), points.last().map_or(100, |point| point.size));
    let x_axis = LogScale::around(bounds.0, bounds.1, LEFT, RIGHT - LEFT);
    let at = threshold(&thresholds.at);
    let highest = points.iter().map(|point| point.index).max().unwrap_or(0);
    let ceiling =
        highest.saturating_add(4_999).clamp(15_000, 30_000).max(at.unwrap_or(0).saturating_add(5_000)).div_euclid(5_000) * 5_000;
    let y = |index: i64| BOTTOM - index.clamp(0, ceiling) * (BOTTOM - TOP) / ceiling;
    let assessed = partners.iter().filter(|row| row.verdict != Verdict::NotAssessed).count();
    let lines = [(&thresholds.at, "at average"), (&thresholds.near, "near average")];
    let curve = |side: fn(&FunnelLimits) -> f64| curve(&limits.limits, &x_axis, y, side);
    let area = |low: fn(&FunnelLimits) -> f64, high: fn(&FunnelLimits) -> f64| {
        let mut back = curve(low);
        back.reverse();
        format!("M{}Z", [curve(high), back].concat().join("L"))
    };
    let spread = || format!("M{}M{}", curve(|at| at.spread[1]).join("L"), curve(|at| at.spread[0]).join("L"));
    Funnel {
        series: [Verdict::At, Verdict::Near, Verdict::Below].map(|verdict| series(verdict, &points, &x_axis, y)).into(),
        x_ticks: x_axis.ticks().into_iter().map(|tick| (x_axis.place(tick), size(tick))).collect(),
        y_ticks: (0..=ceiling / 5_000).map(|step| (y(step * 5_000), format!("{}.{}", step / 2, step % 2 * 5))).collect(),
        lines: lines.iter().filter_map(|(text, name)| Some((y(threshold(text)?), text.as_str(), *name))).collect(),
        callouts: callouts(&points, &x_axis, y),
        areas: [area(|at| at.outer[0], |at| at.outer[1]), area(|at| at.exact[0], |at| at.exact[1])],
        spread: (limits.spread_partners >= 2).then(spread),
        confidence: [&limits.confidence, &limits.outer_confidence],
        bands: bands(&points),
        limits: limit_rows(&limits.limits),
        plotted: points.len(),
        unplotted: assessed - points.len(),
        is_dense: points.len() > DENSE,
        above: points.iter().filter(|point| point.index > ceiling).count(),
        ceiling: format!("{}.{}", ceiling / 10_000, ceiling % 10_000 / 1_000),
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
    Some(Point { row, size: hundredths(row.effective_count?), index })
}

/// A size in hundredths, at least one of them, because the axis is logarithmic.
fn hundredths(size: f64) -> u64 {
    ((size * 100.0).round() as u64).max(1)
}

/// A size as text, from hundredths of a round number.
fn size(hundredths: u64) -> String {
    match hundredths % 100 {
        0 => format::count(hundredths / 100).to_string(),
        rest => format!("0.{rest:02}").trim_end_matches('0').to_owned(),
    }
}

/// The points of one curve, `448 120`.
fn curve(limits: &[FunnelLimits], x_axis: &LogScale, y: impl Fn(i64) -> i64, side: impl Fn(&FunnelLimits) -> f64) -> Vec<String> {
    let place = |at: &FunnelLimits| (x_axis.place(hundredths(at.expected)), y((side(at).min(1_000.0) * 10_000.0).round() as i64));
    let mut places: Vec<(i64, i64)> = limits.iter().map(place).collect();
    places.dedup();
    places.into_iter().map(|(x, y)| format!("{x} {y}")).collect()
}

/// The limits at 1, 10, 100 …, as far as the curves go.
fn limit_rows(limits: &[FunnelLimits]) -> Vec<LimitRow> {
    let range = |[low, high]: [f64; 2]| format!("{low:.2} to {high:.2}");
    let is_round = |at: &&FunnelLimits| (at.expected.log10() - at.expected.log10().round()).abs() < 1e-9;
    let row =
        |at: &FunnelLimits| LimitRow { size: size(hundredths(at.expected)), ranges: [at.exact, at.outer, at.spread].map(range) };
    limits.iter().filter(is_round).map(row).collect()
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
        let place = (x_axis.place(point.size), y(point.index));
        if drawn.insert(place) {
            // Writing to a String cannot fail.
            let _ = write!(path, "M{} {}{mark}", place.0, place.1);
        }
    }
    Series { verdict, path }
}

/// Labels for the partners below the near line with the largest gaps, where they find room and hide the fewest marks.
fn callouts<'a>(points: &[Point<'a>], x_axis: &LogScale, y: impl Fn(i64) -> i64) -> Vec<Callout<'a>> {
    let mark = |point: &Point| (x_axis.place(point.size), y(point.index));
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

fn bands(points: &[Point]) -> Vec<Band> {
    points
        .chunk_by(|a, b| a.size.ilog10() == b.size.ilog10())
        .map(|chunk| {
            let mut sorted = chunk.iter().collect::<Vec<_>>();
            sorted.sort_by(|a, b| (a.index, &a.row.partner_id).cmp(&(b.index, &b.row.partner_id)));
            let count = |verdict| chunk.iter().filter(|point| point.row.verdict == verdict).map(|_| 1u64).sum();
            let index = |place: usize| format::ratio(sorted[place].index, 10_000i64).to_string();
            let low = 10u64.saturating_pow(chunk[0].size.ilog10());
            Band {
                range: format!("{} to under {}", size(low), size(low.saturating_mul(10))),
                counts: [Verdict::At, Verdict::Near, Verdict::Below].map(count),
                indices: [0, (sorted.len() - 1) / 2, sorted.len() - 1].map(index),
            }
        })
        .collect()
}
