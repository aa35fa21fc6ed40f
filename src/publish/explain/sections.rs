//! The sections of the text, in the order in which a person works.

use super::{Explanation, Figures, Gap, Rate, Sum};
use crate::publish::report::format::{cents, count, divide, long_date, ten_thousandths};
use crate::publish::report::words;
use crate::publish::terminal::{Page, Row, decimal};
use crate::stages::assess::{NotAssessed, Verdict, pri_display};
use crate::stages::benchmark::UNIT_SCALE;

/// Who this is, and of which run.
pub fn who(page: &mut Page, explanation: &Explanation) {
    let partner = &explanation.partner;
    let [from, to, as_of] = explanation.days.each_ref().map(|day| long_date(day));
    page.sentence(0, &partner.name);
    page.pair("partner", &format!("{}, headquarters {}", partner.id, partner.hq_id));
    page.pair("country", &format!("{}, region {}", partner.country_code, partner.region_code));
    page.pair("manager", &partner.manager_name);
    page.pair("period", &format!("{from} to {to}, data as of {as_of}"));
    page.pair("run", &format!("{}, {}", explanation.run.0, explanation.run.1));
    let (decides, beside) = if explanation.by_units { ("units", "money") } else { ("money", "units") };
    page.pair("measure", &format!("{decides} decides, {beside} stand beside it; amounts in {}", explanation.currency));
}

/// Hardware × market rate = expected, by cell and measure.
pub fn cells(page: &mut Page, explanation: &Explanation) {
    page.heading("1. Hardware × market rate = expected, in money");
    if explanation.cells.is_empty() {
        page.sentence(2, "No hardware in the period, so there is no mix from which services could be expected.");
        return;
    }
    let money = |figures: &Figures| {
        let shortfall = figures.expected - figures.services;
        [figures.hardware, figures.expected, figures.services, shortfall].map(|value| cents(value).to_string())
    };
    measure(page, explanation, "sold", |cell| &cell.revenue, money, 0);
    page.sentence(
        2,
        "The rate is what the market sold in Care Packs for such hardware, divided by that hardware. Expected amounts are cents \
         shared among the partners of a cell so that they add up, hence at most a cent from the quotient.",
    );
    page.heading("2. The same in units");
    let units = |figures: &Figures| {
        let shortfall = figures.expected - figures.services * i128::from(UNIT_SCALE);
        let [hardware, services] = [figures.hardware, figures.services].map(|value| count(value).to_string());
        [hardware, micro(figures.expected), services, micro(shortfall)]
    };
    measure(page, explanation, "covered", |cell| &cell.units, units, 1);
}

fn measure(
    page: &mut Page,
    explanation: &Explanation,
    sold: &str,
    figures: impl Fn(&super::Cell) -> &Figures,
    shown: impl Fn(&Figures) -> [String; 4],
    place: usize,
) {
    let row = |label: String, figures: &Figures| Row::Cells(std::iter::once(label).chain(shown(figures)).collect());
    let mut rows = Vec::new();
    for cell in &explanation.cells {
        rows.push(row(format!("{}, {}", cell.category_name, cell.maturity), figures(cell)));
        rows.push(Row::Note(match &cell.rates {
            Some(rates) => rate(&rates[place], figures(cell).hardware, place == 1),
            None => "the partner is outside the population: nothing is expected".to_owned(),
        }));
    }
    rows.push(row("all".to_owned(), if place == 0 { &explanation.revenue } else { &explanation.units }));
    page.table(&["category, maturity", "hardware", "expected", sold, "expected − sold"], &rows);
}

fn rate(rate: &Rate, hardware: i128, by_units: bool) -> String {
    if rate.hardware <= 0 {
        return "no level has enough partners: nothing is expected".to_owned();
    }
    let (shown, scale, places): (fn(i64) -> String, _, _) = if by_units {
        (|value| count(value).to_string(), i128::from(UNIT_SCALE), 6)
    } else {
        (|value| cents(value).to_string(), 100, 4)
    };
    let exact = hardware.checked_mul(i128::from(rate.services)).and_then(|product| product.checked_mul(scale));
    let quotient = exact.and_then(|product| divide(product, i128::from(rate.hardware)));
    format!(
        "× {} ÷ {} ≈ {}; {}, {} partners",
        shown(rate.services),
        shown(rate.hardware),
        quotient.map_or("–".to_owned(), |value| decimal(value, places, places)),
        words::level(rate.level),
        count(rate.contributors)
    )
}

fn micro(value: i128) -> String {
    decimal(value, 6, 6)
}

/// PRI in both measures.
pub fn index(page: &mut Page, explanation: &Explanation) {
    page.heading("3. Index (PRI) = sold ÷ expected, rounded to two decimals, never across a line");
    let [near, at] = &explanation.lines;
    let lines = [near, at];
    let line = |services: i128, shown: String, expected: i128, shown_expected: String| match pri_display(services, expected, lines)
    {
        Some(index) => format!("{shown} ÷ {shown_expected} = {index}"),
        None => format!("{shown} ÷ {shown_expected}: none, as nothing is expected"),
    };
    let Explanation { revenue, units, .. } = explanation;
    let money = line(revenue.services, cents(revenue.services).to_string(), revenue.expected, cents(revenue.expected).to_string());
    let scaled = units.services * i128::from(UNIT_SCALE);
    let covered = line(scaled, count(units.services).to_string(), units.expected, micro(units.expected));
    page.pair("money", &money);
    page.pair("units", &covered);
}

/// Each line by multiplication.
pub fn verdict(page: &mut Page, explanation: &Explanation) {
    page.heading("4. Verdict");
    let Explanation { revenue, units, floors, .. } = explanation;
    if let Some(reason) = explanation.not_assessed {
        page.sentence(2, &format!("not assessed: {}", reason.meaning()));
        if reason == NotAssessed::BelowFloor {
            let (least_units, least_money) = *floors;
            page.sentence(2, &format!("hardware units  {}, floor {}", count(units.hardware), count(least_units)));
            page.sentence(2, &format!("hardware money  {}, floor {}", cents(revenue.hardware), cents(least_money)));
        }
        return;
    }
    let (services, expected, places) = deciding(explanation);
    for (name, line) in ["near", "at"].iter().zip(&explanation.lines) {
        let left = services * i128::from(line.denominator);
        let right = expected * i128::from(line.numerator);
        let [sold, wanted, left_shown, right_shown] = [services, expected, left, right].map(|value| decimal(value, places, places));
        let (sign, outcome) = if line.reached_by(services, expected) { ("≥", "reached") } else { ("<", "below") };
        page.sentence(
            2,
            &format!(
                "{name}, {} = {}/{}: {} × {sold} = {left_shown} {sign} {} × {wanted} = {right_shown}: {outcome}",
                line.text, line.numerator, line.denominator, line.denominator, line.numerator
            ),
        );
    }
    let words = match explanation.verdict {
        Verdict::At => "at or above the market",
        Verdict::Near => "near the market",
        Verdict::Below => "below the near line",
        Verdict::NotAssessed => "not assessed",
    };
    page.sentence(2, &format!("verdict: {} ({words})", explanation.verdict.code()));
}

/// Services and expected of the measure that decides, in one unit, and its decimals.
fn deciding(explanation: &Explanation) -> (i128, i128, usize) {
    let Explanation { revenue, units, .. } = explanation;
    if explanation.by_units {
        (units.services * i128::from(UNIT_SCALE), units.expected, 6)
    } else {
        (revenue.services, revenue.expected, 2)
    }
}

/// What is missing to each line, and in packs.
pub fn gaps(page: &mut Page, explanation: &Explanation) {
    page.heading("5. What is missing");
    if explanation.not_assessed.is_some() {
        page.sentence(2, "Nothing is worked out for a partner that is not assessed.");
        return;
    }
    let (services, expected, places) = deciding(explanation);
    for ((name, line), gap) in ["near", "at"].iter().zip(&explanation.lines).zip(&explanation.gaps) {
        // The line has at most four decimals, so the product is exact with four more.
        let exact = ten_thousandths(&line.text).and_then(|factor| expected.checked_mul(factor));
        let product = exact.map_or("–".to_owned(), |value| decimal(value, places + 4, places));
        let steps = format!(
            "to {name}: {} × {} − {} = {product} − {}",
            line.text,
            decimal(expected, places, places),
            decimal(services, places, places),
            decimal(services, places, places)
        );
        if gap.shared == 0 {
            page.sentence(2, &format!("{steps}: no gap"));
        } else {
            let end = match exact {
                Some(value) if value % 10_000 == 0 => " =",
                _ if explanation.by_units => ", up to the next millionth",
                _ => ", up to the next cent",
            };
            page.sentence(2, &format!("{steps}{end} {}", decimal(gap.shared, places, places)));
            shares(page, gap, places);
        }
    }
}

fn shares(page: &mut Page, gap: &Gap, places: usize) {
    let mut rows: Vec<Row> = Vec::new();
    for share in &gap.shares {
        let exact = gap.shared.checked_mul(share.shortfall).and_then(|product| divide(product, gap.shortfall));
        rows.push(Row::Cells(vec![
            share.category_name.clone(),
            decimal(share.shortfall, places, places),
            exact.map_or("–".to_owned(), |value| decimal(value, places, places)),
            share.price.map_or("–".to_owned(), |(amount, packs)| format!("{} ÷ {}", cents(amount), count(packs))),
            count(share.packs).to_string(),
        ]));
    }
    rows.push(Row::Cells(vec![
        "all".to_owned(),
        decimal(gap.shortfall, places, places),
        decimal(gap.shared, places, places),
        String::new(),
        count(gap.packs).to_string(),
    ]));
    page.table(&["category that is short", "expected − sold", "share of gap", "pack price (money ÷ packs)", "packs"], &rows);
    let how = if places == 2 { "share ÷ pack price" } else { "share" };
    page.sentence(
        2,
        &format!("share = gap × shortfall ÷ {}; packs = {how}, rounded up per category", decimal(gap.shortfall, places, places)),
    );
    if places != 2 {
        page.sentence(2, &format!("the packs at their prices, up to the next cent each: {}", cents(gap.amount)));
    }
}

/// Which packs counted, and which did not.
pub fn packs(page: &mut Page, explanation: &Explanation) {
    page.heading("6. Care Packs that counted, by what ties them to hardware of the period");
    sums(page, &explanation.rungs, words::rung);
    page.heading("7. Care Packs of the period that did not count here, and other sales");
    let mut rows: Vec<Sum> = explanation.left_over.clone();
    let others = [&explanation.elsewhere, &explanation.excepted];
    rows.extend(others.into_iter().filter(|sum| sum.packs != 0 || sum.amount != 0).cloned());
    sums(page, &rows, |code| match code {
        "OTHER_PARTNER" => "Pack and hardware were sold by two partners, and it counts for the other",
        "EXCEPTION" => "Covers hardware that an approved exception takes out, and leaves with it",
        code => words::left_over(code),
    });
    let (lines, amount) = explanation.unmapped;
    page.sentence(2, &format!("lines of unknown products, in no figure above: {}, {}", count(lines), cents(amount)));
    page.sentence(2, &format!("supplies, software, accessories, never in an index: {}", cents(explanation.other_amount)));
}

fn sums(page: &mut Page, sums: &[Sum], meaning: impl Fn(&'static str) -> &'static str) {
    if sums.is_empty() {
        page.sentence(2, "none");
        return;
    }
    let cells = |code: &str, packs: i128, amount: i128| {
        Row::Cells(vec![code.to_owned(), count(packs).to_string(), cents(amount).to_string()])
    };
    let mut rows: Vec<Row> = Vec::new();
    for sum in sums {
        rows.push(cells(sum.code, sum.packs, sum.amount));
        rows.push(Row::Note(meaning(sum.code).to_owned()));
    }
    let total = |get: fn(&Sum) -> i128| sums.iter().map(get).sum();
    rows.push(cells("all", total(|sum| sum.packs), total(|sum| sum.amount)));
    page.table(&["code", "packs", "amount"], &rows);
}
