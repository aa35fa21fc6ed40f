//! What came in, what happened to it, and what a person has to mend.

use std::collections::BTreeMap;

use askama::Template;

use super::filters;
use super::format::{Fixed, cents, count};
use super::model::{Account, FileRow, Quality, Site};
use super::shell::{Section, Shell};

/// `quality.html`
#[derive(Template)]
#[template(config = "src/publish/report/askama.toml", path = "quality.html")]
pub struct QualityPage<'a> {
    shell: Shell<'a>,
    currency: &'a str,
    quality: &'a Quality,
    feeds: Vec<FeedAccount<'a>>,
    total: Vec<Balance>,
    is_balanced: bool,
    failed: usize,
}

/// A feed: its totals and its files.
struct FeedAccount<'a> {
    feed: &'a str,
    kind: &'a str,
    unvalued: i128,
    total: Vec<Balance>,
    files: Vec<FileAccount<'a>>,
}

struct FileAccount<'a> {
    file: &'a FileRow,
    balances: Vec<Balance>,
}

/// One measure of the identity: in = accepted + duplicate + superseded + quarantined.
struct Balance {
    measure: String,
    figures: [Fixed; 5],
    difference: i128,
}

impl Balance {
    fn new(measure: String, values: [i128; 5], shown: fn(i128) -> Fixed) -> Self {
        Self { measure, figures: values.map(shown), difference: values[0] - values[1..].iter().sum::<i128>() }
    }
}

/// Sums of accounts, wide enough for any number of files.
#[derive(Default)]
struct Tally {
    records: [i128; 5],
    units: [i128; 5],
    amounts: BTreeMap<String, [i128; 5]>,
}

impl Tally {
    fn add(&mut self, accounts: &[Account; 5]) {
        for (outcome, account) in accounts.iter().enumerate() {
            self.records[outcome] += i128::from(account.records);
            self.units[outcome] += i128::from(account.units);
            for (currency, amount) in &account.amounts {
                self.amounts.entry(currency.clone()).or_default()[outcome] += i128::from(*amount);
            }
        }
    }

    fn of<'a>(files: impl IntoIterator<Item = &'a FileRow>) -> Self {
        files.into_iter().fold(Self::default(), |mut tally, file| {
            tally.add(&file.accounts);
            tally
        })
    }

    fn balances(self) -> Vec<Balance> {
        let counts = [("Records", self.records), ("Units", self.units)];
        let counts = counts.into_iter().map(|(measure, values)| Balance::new(measure.into(), values, count));
        counts.chain(self.amounts.into_iter().map(|(currency, values)| Balance::new(currency, values, cents))).collect()
    }
}

/// Lays the page out.
pub fn page(site: &Site) -> QualityPage<'_> {
    let quality = &site.quality;
    let mut files = quality.files.iter().collect::<Vec<_>>();
    files.sort_by(|a, b| (&a.feed, &a.path).cmp(&(&b.feed, &b.path)));
    let feeds = files.chunk_by(|a, b| a.feed == b.feed).map(feed_account).collect::<Vec<_>>();
    let total = Tally::of(files).balances();
    let is_balanced =
        feeds.iter().flat_map(|feed| &feed.files).flat_map(|file| &file.balances).all(|balance| balance.difference == 0);
    QualityPage {
        shell: Shell::top(&site.run, Section::Quality),
        currency: &site.run.currency,
        quality,
        feeds,
        total,
        is_balanced,
        failed: quality.gates.iter().filter(|gate| !gate.passed).count(),
    }
}

fn feed_account<'a>(files: &[&'a FileRow]) -> FeedAccount<'a> {
    FeedAccount {
        feed: files.first().map_or("", |file| &file.feed),
        kind: files.first().map_or("", |file| &file.kind),
        unvalued: files.iter().map(|file| i128::from(file.unvalued_records)).sum(),
        total: Tally::of(files.iter().copied()).balances(),
        files: files.iter().map(|file| FileAccount { file, balances: Tally::of([*file]).balances() }).collect(),
    }
}
