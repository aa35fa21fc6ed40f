//! Counts by size class, their table, and the aims that they are held against.

use std::fmt::Write;

/// One simulated partner.
pub struct Case {
    pub orders: usize,
    /// Effective expected count.
    pub expected: f64,
    /// At benchmark, its interval lies wholly above the truth.
    pub is_too_high: bool,
    /// At benchmark, its interval lies wholly below the truth.
    pub is_too_low: bool,
    /// At benchmark, it is called conclusively below.
    pub is_below: bool,
    /// At benchmark, the linearised interval of its own orders lies below the near line.
    pub is_below_by_own_orders: bool,
    /// Selling at the rate behind the market's average, its interval holds 1.
    pub covers_hidden: bool,
    /// Selling at the rate behind the market's average, it is called conclusively below.
    pub is_below_at_hidden: bool,
    /// Selling at 0.5, it is called conclusively below.
    pub is_found_at_half: bool,
    /// Selling at 0.6, it is called conclusively below.
    pub is_found_at_low: bool,
}

/// What a row of the table holds.
#[derive(Clone, Copy)]
enum Class {
    Expected(f64, f64),
    Orders(usize),
}

const CLASSES: [Class; 13] = [
    Class::Expected(0.0, 1.0),
    Class::Expected(1.0, 2.0),
    Class::Expected(2.0, 5.0),
    Class::Expected(5.0, 10.0),
    Class::Expected(10.0, 20.0),
    Class::Expected(20.0, 50.0),
    Class::Expected(50.0, 100.0),
    Class::Expected(100.0, f64::INFINITY),
    Class::Orders(2),
    Class::Orders(3),
    Class::Orders(5),
    Class::Orders(8),
    Class::Orders(12),
];

impl Class {
    fn holds(self, case: &Case) -> bool {
        match self {
            Self::Expected(from, to) => (from..to).contains(&case.expected),
            Self::Orders(orders) => case.orders == orders,
        }
    }

    fn words(self) -> String {
        match self {
            Self::Expected(from, f64::INFINITY) => format!("E* from {from}"),
            Self::Expected(from, to) => format!("E* {from} to {to}"),
            Self::Orders(orders) => format!("{orders} orders"),
        }
    }

    /// Whether coverage is to stay below its upper aim: in small classes exact limits cannot but be wide.
    fn is_large(self) -> bool {
        matches!(self, Self::Expected(from, _) if from >= 10.0)
    }
}

/// A class with fewer partners says too little about shares of 1 % and is left out.
const MIN_PARTNERS: u64 = 1_000;

#[derive(Clone, Copy, Default)]
struct Row {
    partners: u64,
    too_high: u64,
    too_low: u64,
    below: u64,
    below_by_own_orders: u64,
    covers_hidden: u64,
    below_at_hidden: u64,
    found_at_half: u64,
    found_at_low: u64,
}

impl Row {
    fn share(&self, count: u64) -> f64 {
        count as f64 / self.partners as f64
    }

    fn covered(&self) -> f64 {
        1.0 - self.share(self.too_high + self.too_low)
    }
}

/// Counts of one scenario.
#[derive(Clone, Copy, Default)]
pub struct Tallies {
    rows: [Row; CLASSES.len()],
}

impl Tallies {
    pub fn add(&mut self, case: &Case) {
        for (row, class) in self.rows.iter_mut().zip(CLASSES) {
            if class.holds(case) {
                *row = row.plus(&Row {
                    partners: 1,
                    too_high: u64::from(case.is_too_high),
                    too_low: u64::from(case.is_too_low),
                    below: u64::from(case.is_below),
                    below_by_own_orders: u64::from(case.is_below_by_own_orders),
                    covers_hidden: u64::from(case.covers_hidden),
                    below_at_hidden: u64::from(case.is_below_at_hidden),
                    found_at_half: u64::from(case.is_found_at_half),
                    found_at_low: u64::from(case.is_found_at_low),
                });
            }
        }
    }

    pub fn merged(mut self, other: Self) -> Self {
        self.rows.iter_mut().zip(&other.rows).for_each(|(row, other)| *row = row.plus(other));
        self
    }

    fn rows(&self) -> impl Iterator<Item = (&Row, Class)> {
        self.rows.iter().zip(CLASSES).filter(|(row, _)| row.partners >= MIN_PARTNERS)
    }

    pub fn table(&self) -> String {
        let mut text = String::from(
            "| size | partners | covered | too high | too low | below at benchmark | (by own orders) | found at 0.5 | found at 0.6 | \
             hidden rate: covered | below |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
        );
        for (row, class) in self.rows() {
            let shares = [
                row.covered(),
                row.share(row.too_high),
                row.share(row.too_low),
                row.share(row.below),
                row.share(row.below_by_own_orders),
                row.share(row.found_at_half),
                row.share(row.found_at_low),
                row.share(row.covers_hidden),
                row.share(row.below_at_hidden),
            ];
            let cells: Vec<String> = shares.iter().map(|share| format!("{:.2} %", 100.0 * share)).collect();
            writeln!(text, "| {} | {} | {} |", class.words(), row.partners, cells.join(" | ")).expect("a string");
        }
        text
    }
}

impl Row {
    fn plus(&self, other: &Self) -> Self {
        Self {
            partners: self.partners + other.partners,
            too_high: self.too_high + other.too_high,
            too_low: self.too_low + other.too_low,
            below: self.below + other.below,
            below_by_own_orders: self.below_by_own_orders + other.below_by_own_orders,
            covers_hidden: self.covers_hidden + other.covers_hidden,
            below_at_hidden: self.below_at_hidden + other.below_at_hidden,
            found_at_half: self.found_at_half + other.found_at_half,
            found_at_low: self.found_at_low + other.found_at_low,
        }
    }
}

/// A figure that should not pass a limit, in any class of any scenario to which it applies.
struct Aim {
    words: &'static str,
    limit: f64,
    is_at_least: bool,
    applies: fn(Class) -> bool,
    figure: fn(&Row) -> f64,
}

const AIMS: [Aim; 5] = [
    Aim { words: "covered, at least 94 %", limit: 0.94, is_at_least: true, applies: |_| true, figure: Row::covered },
    Aim {
        words: "covered, at most 98.5 % where E* ≥ 10",
        limit: 0.985,
        is_at_least: false,
        applies: Class::is_large,
        figure: Row::covered,
    },
    Aim {
        words: "too high, at most 3.5 %",
        limit: 0.035,
        is_at_least: false,
        applies: |_| true,
        figure: |row| row.share(row.too_high),
    },
    Aim {
        words: "too low, at most 3.5 %",
        limit: 0.035,
        is_at_least: false,
        applies: |_| true,
        figure: |row| row.share(row.too_low),
    },
    Aim {
        words: "below at benchmark, at most 1 %",
        limit: 0.01,
        is_at_least: false,
        applies: |_| true,
        figure: |row| row.share(row.below),
    },
];

/// Each aim with the figure that comes nearest to its limit or passes it farthest.
pub fn aims(scenarios: &[(String, Tallies)]) -> String {
    let mut text = String::from("| aim | worst figure | where | classes that miss it |\n|---|---|---|---|\n");
    for aim in AIMS {
        let mut figures: Vec<(f64, String)> = scenarios
            .iter()
            .flat_map(|(scenario, tallies)| tallies.rows().map(move |row| (scenario, row)))
            .filter(|(_, (_, class))| (aim.applies)(*class))
            .map(|(scenario, (row, class))| ((aim.figure)(row), format!("{}, {scenario}", class.words())))
            .collect();
        figures.sort_by(|left, right| if aim.is_at_least { left.0.total_cmp(&right.0) } else { right.0.total_cmp(&left.0) });
        let misses = figures.iter().filter(|(figure, _)| (*figure < aim.limit) == aim.is_at_least && *figure != aim.limit).count();
        if let Some((figure, place)) = figures.first() {
            writeln!(text, "| {} | {:.2} % | {place} | {misses} of {} |", aim.words, 100.0 * figure, figures.len())
                .expect("a string");
        }
    }
    text
}
