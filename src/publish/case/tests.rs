//! The page as a partner gets it.

use super::lines::Fate;
use super::model::{Case, CaseCell, Run};
use super::render;
use super::summary::{CategoryLines, LineSummary, Sums, UncoveredLine};
use super::words::Words;
use crate::config::case_policy::{CasePolicy, Style};
use crate::config::file::MeasureName;
use crate::config::language::Language;
use crate::publish::report::model::{AdjustedLineRow, AdjustmentRow, ExceptionRow, Reviewed};
use crate::stages::assess::{Figures, NotAssessed, OpenUnits, Plan, PlannedPacks, Verdict};
use crate::stages::attach::{HARDWARE, SERVICE};
use crate::stages::disclosure::{Disclosure, Shown};
use std::collections::BTreeMap;

const HOSTILE: &str = "</title></style><script>alert(1)</script><img src=x onerror=alert(2)>\"'&--><!--\u{2028}\u{202e}=1+1";

fn run(text: &str, categories: usize) -> Run {
    Run {
        run_id: "2026-12-15-000000000000".into(),
        title: text.into(),
        days: [20_393, 20_757, 20_802],
        currency: "USD".into(),
        is_synthetic: true,
        measure: MeasureName::Revenue,
        lines: ["0.75".into(), "1.00".into()],
        categories: vec![text.into(); categories],
        confidence: "95".into(),
        quarters: vec![20_393, 20_485, 20_574, 20_666],
    }
}

/// The partner of DESIGN part 1: expected $66,500, sold $41,200.
fn case(text: &str, categories: u16) -> Case {
    let share = |whole: i64, place: u16| whole / i64::from(categories) + if place == 0 { whole % i64::from(categories) } else { 0 };
    let figures = |place| Figures {
        hardware: share(100_000_000, place),
        services: share(4_120_000, place),
        expected: share(6_650_000, place),
    };
    let sums = Sums { lines: 3, units: 4, amount: 4_120_000 };
    let line = AdjustedLineRow { partner_id: text.into(), units: 1, amount: 100 };
    let exception = ExceptionRow {
        id: text.into(),
        scope: format!("deal {text}"),
        partner_id: text.into(),
        partner_name: text.into(),
        valid_from: Some("2025-11-01".into()),
        valid_to: None,
        reason: text.into(),
        approver: text.into(),
        status: text.into(),
        lines: 1,
        hardware_units: 1,
        hardware_amount: 100,
        packs: 0,
        services_amount: 0,
    };
    let adjustment = AdjustmentRow {
        id: text.into(),
        action: "recode",
        approver: text.into(),
        reason: text.into(),
        evidence: text.into(),
        dropped: Some(line.clone()),
        added: Some(line),
    };
    let uncovered = UncoveredLine {
        amount: 100,
        id: 1,
        date: 20_400,
        invoice: text.into(),
        sku: text.into(),
        description: text.into(),
        units: 2,
    };
    let planned = PlannedPacks { category: 0, packs: 29, worth_amount: 867_500, sell_by: 20_810 };
    let plan = Plan { packs: vec![planned], missing: 0, possible_until: Some(20_810) };
    Case {
        partner_id: text.into(),
        name: text.into(),
        country: text.into(),
        stem: "P0042".into(),
        verdict: Verdict::Below,
        not_assessed: None,
        totals: Figures { hardware: 100_000_000, services: 4_120_000, expected: 6_650_000 },
        index: Some("0.62".into()),
        gaps: [867_500, 2_530_000],
        packs: BTreeMap::from([(0, [29, 84])]),
        recovery_due: Some(20_900),
        is_on_hold: true,
        open: (3, 1_000),
        disclosure: Disclosure {
            shown: (0..categories).map(|category| Shown { category, has_cells: true }).collect(),
            ..Disclosure::default()
        },
        cells: (0..categories)
            .map(|category| CaseCell {
                category,
                place: "US".into(),
                is_open: Some(category == 0),
                is_wider: true,
                figures: figures(category),
            })
            .collect(),
        is_conclusive: true,
        interval: Some(["0.50".into(), "0.74".into()]),
        orders: 120,
        readings: vec![("leave_one_out".into(), Verdict::Below), (text.into(), Verdict::Near)],
        reviewed: Reviewed { exceptions: vec![exception], adjustments: vec![adjustment] },
        summary: LineSummary {
            lines: 12,
            fates: BTreeMap::from([
                ((HARDWARE, Fate::Hardware), sums),
                ((SERVICE, Fate::Attached(3)), sums),
                ((SERVICE, Fate::Left(3)), sums),
            ]),
            categories: (0..categories).map(|category| (category, CategoryLines::default())).collect(),
            largest: vec![uncovered; 8],
        },
        others_packs: (1, 500),
        open_units: vec![OpenUnits { category: 0, last_day: 20_810, units: 40 }],
        plans: Some([plan.clone(), plan]),
        quarters: vec![(0..categories).map(|place| (place, (share(25_000_000, place), share(1_030_000, place)))).collect(); 4],
    }
}

fn policy() -> CasePolicy {
    let style = Style {
        currency: ["$".into(), String::new()],
        decimal_mark: ".".into(),
        thousands_mark: ",".into(),
        date_format: "{day} {month} {year}".into(),
    };
    CasePolicy { verdicts: Vec::new(), language: Language::english().expect("the built-in language"), language_file: None, style }
}

fn page(run: &Run, case: &Case) -> String {
    render(run, case, &Words::new(&policy(), "USD")).expect("a page")
}

/// The markup without its text: every tag with its attributes' names.
fn elements(html: &str) -> Vec<String> {
    let name = |rest: &str| {
        let tag = rest.split('>').next().unwrap_or_default();
        tag.split_whitespace().map(|word| word.split('=').next().unwrap_or_default().to_owned()).collect::<Vec<_>>().join(" ")
    };
    html.split('<').skip(1).map(name).collect()
}

#[test]
fn a_case_is_told_in_one_sentence_and_can_be_worked_out_again() {
    let html = page(&run("Fiscal year 2026", 1), &case("Partner 0042", 1));
    for text in [
        "With your mix, an average partner would have sold $66,500 of Care Packs; you sold $41,200: 62 cents for every dollar.",
        "41,200.00 ÷ 66,500.00 = 0.6195.",
        "0.75 × 66,500.00 − 41,200.00 = 8,675.00, up to the next cent.",
        "causes $25,300 of the $25,300 missing to the average",
        "With 95\u{a0}% confidence the index lies between 0.50 and 0.74.",
        "1 of 2 other reasonable rules would give another result",
        "29 packs reach 0.75",
        "Below the average in each of 4 quarters",
        "P0042.csv",
        "Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"",
    ] {
        assert!(html.contains(text), "{text}");
    }
    assert!(!html.contains("<script") && !html.contains("src=\"") && !html.contains("href=\""));
}

#[test]
fn hostile_text_changes_no_element() {
    for not_assessed in [None, Some(NotAssessed::BelowFloor)] {
        let made = |text: &str| page(&run(text, 2), &Case { not_assessed, ..case(text, 2) });
        assert_eq!(elements(&made("Partner 0042")), elements(&made(HOSTILE)));
        assert!(made(HOSTILE).matches("<title>").count() == 1 && made(HOSTILE).matches("</style>").count() == 1);
    }
    let long = "x".repeat(300);
    assert_eq!(elements(&page(&run(&long, 2), &case(&long, 2))), elements(&page(&run("Partner", 2), &case("Partner", 2))));
}

#[test]
fn a_case_stays_small() {
    let name = "Large-format printers and plotters";
    let html = page(&run(name, 30), &case(name, 30));
    assert!(html.len() <= 60_000, "{} bytes", html.len());
}

/// Nothing that rests on rates is left where they are withheld, and nothing of prices where these may not be shown.
#[test]
fn what_is_withheld_stands_nowhere() {
    let withheld = Disclosure { is_withheld: true, ..Disclosure::default() };
    let html = page(&run("Fiscal year 2026", 2), &Case { disclosure: withheld, ..case("Partner 0042", 2) });
    for text in ["66,500", "25,300", "8,675", "0.62", "62 cents", "0.50 and 0.74", "29 packs", "Quarter by quarter"] {
        assert!(!html.contains(text), "{text}");
    }
    assert!(html.contains("You sold $41,200 of Care Packs that count."));
    let html = page(&run("Fiscal year 2026", 2), &Case { plans: None, ..case("Partner 0042", 2) });
    assert!(!html.contains("29 packs") && !html.contains(">29<") && html.contains("their prices would show"));
}

/// Products that stand together have one row in every table of rates, and no packs of their own.
#[test]
fn products_that_stand_together_have_no_figures_of_their_own() {
    let together = Disclosure { shown: vec![Shown { category: 2, has_cells: false }], together: vec![0, 1], is_withheld: false };
    let mut own = case("Partner 0042", 3);
    for (cell, expected) in own.cells.iter_mut().zip([1_111_111, 2_222_222, 3_316_667]) {
        cell.figures.expected = expected;
    }
    let html = page(&run("Fiscal year 2026", 3), &Case { disclosure: together, ..own });
    for hidden in ["11,111.11", "22,222.22", "Packs to"] {
        assert!(!html.contains(hidden), "{hidden}");
    }
    assert!(html.contains("33,333.33") && html.contains("33,166.67") && html.contains("Other products together"));
}
