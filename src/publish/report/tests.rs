//! The site as a reader's browser gets it.

use super::*;
use crate::publish::diff::{Cause, CauseSums, Diff, Difference, PartnerDiff, RowChange};
use crate::stages::assess::Moves;

const HOSTILE: &str = "</title></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&--><!--\u{2028}\u{202e}";

fn figures(hardware: i64, services: i64, expected: i64) -> MeasureFigures {
    MeasureFigures { hardware, services, expected, pri_display: Some("0.62".into()) }
}

fn partner(id: &str, text: &str, verdict: Verdict) -> PartnerRow {
    PartnerRow {
        partner_id: id.into(),
        name: text.into(),
        hq_id: text.into(),
        country: "US".into(),
        region: text.into(),
        manager: text.into(),
        is_program: true,
        verdict,
        standing: Standing::Conclusive,
        is_conclusive: Some(true),
        flags: Flags { is_robust: true, ..Flags::default() },
        action: text.into(),
        not_assessed_reason: (verdict == Verdict::NotAssessed).then(|| text.into()),
        effective_count: Some(12.5),
        revenue: figures(100_000_000, 4_120_000, 6_650_000),
        units: figures(900, 44, 70_900_000),
        gap_near_amount: 867_500,
        gap_near_packs: 29,
        gap_at_amount: 2_530_000,
        gap_at_packs: 84,
        page: format!("partners/{id}.html"),
    }
}

fn cell(category: usize, text: &str) -> PartnerCellRow {
    PartnerCellRow {
        category: format!("C{category:02}"),
        category_name: text.into(),
        country: "US".into(),
        maturity: "closed".into(),
        hardware_amount: 123_456_789_012,
        services_amount: -12_345_678_901,
        rate_services: 123_456_789_012_345,
        rate_hardware: 923_456_789_012_345,
        level: "category_country".into(),
        contributors: 12_345,
        expected_amount: 12_345_678_901,
        shortfall_amount: 24_691_357_802,
        hardware_units: 123_456,
        attached_units: 12_345,
        expected_units_micro: 12_345_000_000,
    }
}

fn partner_with(text: &str, cells: usize, verdict: Verdict) -> PartnerPage {
    let category = |place: usize| PartnerCategoryRow {
        category: format!("C{place:02}"),
        category_name: text.into(),
        hardware_amount: 1,
        services_amount: 2,
        expected_amount: 3,
        shortfall_amount: 12_345_678_901,
        packs_to_near: 12_345,
        packs_to_at: 12_345,
        mean_pack_amount: Some(123_456),
        market_hardware_amount: 12_345_678_901,
    };
    PartnerPage {
        market_hardware_amount: 123_456_789_012,
        partner: partner("P0042", text, verdict),
        cells: (0..cells).map(|place| cell(place, text)).collect(),
        categories: (0..cells).map(category).collect(),
        left_over: vec![LeftOverRow { reason: text.into(), units: 1, amount: 1 }],
        rungs: vec![RungRow { rung: text.into(), units: 1, amount: 1 }],
        data: PartnerData { accepted_lines: 1, unmapped_lines: 1, unmapped_amount: 1, other_amount: 1 },
        judgement: judgement_with(text, cells, verdict),
        reviewed: reviewed_with(text, cells),
        case: Some("P0042".into()),
    }
}

fn reviewed_with(text: &str, rows: usize) -> Reviewed {
    let exception = ExceptionRow {
        id: text.into(),
        scope: text.into(),
        partner_id: "P0042".into(),
        partner_name: text.into(),
        valid_from: Some("2025-11-01".into()),
        valid_to: None,
        reason: text.into(),
        approver: text.into(),
        status: text.into(),
        lines: 12,
        hardware_units: 345,
        hardware_amount: 12_345_678_901,
        packs: 12,
        services_amount: 1_234_567,
    };
    let line = |units| Some(AdjustedLineRow { partner_id: "P0042".into(), units, amount: 12_345_678_901 });
    let adjustment = AdjustmentRow {
        id: text.into(),
        action: "recode",
        approver: text.into(),
        reason: text.into(),
        evidence: text.into(),
        dropped: line(1),
        added: line(-2),
    };
    Reviewed { exceptions: vec![exception; rows], adjustments: vec![adjustment; rows] }
}

fn judgement_with(text: &str, rows: usize, verdict: Verdict) -> Judgement {
    let interval = |name| IntervalRow { name, index: text.into(), lower: text.into(), upper: text.into(), decides: true };
    let reading = |place: usize| ReadingRow { code: format!("{text}{place}"), pri_display: None, verdict, is_same: false };
    let packs =
        |_| PlannedRow { category_name: text.into(), packs: 12_345, worth_amount: 12_345_678_901, sell_by: "2026-12-15".into() };
    Judgement {
        action: text.into(),
        recovery_due: Some("2027-03-15".into()),
        data_hold: Some("a feed is missing"),
        open: (12_345, 12_345_678_901),
        to_mend: vec![(text.into(), 1, "a reason"); rows.min(10)],
        is_conclusive: Some(true),
        tier: Some(text.into()),
        is_safe_harbor: true,
        confidence: "95".into(),
        orders: 12_345,
        intervals: vec![interval("all partners"), interval("the other partners alone"), interval("own orders")],
        readings: (0..rows.min(12)).map(reading).collect(),
        is_robust: false,
        effects: Some(Effects { own: text.into(), market: text.into(), mix: text.into(), selling: text.into() }),
        open_units: 12_345,
        plans: ["near", "at"]
            .map(|line| PlanTable {
                line,
                threshold: "0.75".into(),
                packs: (0..rows.min(20)).map(packs).collect(),
                missing: 1,
                possible_until: None,
            })
            .into(),
    }
}

fn diff(text: &str) -> Diff {
    let difference = Difference { key: text.into(), earlier: Some(text.into()), later: None };
    let row = RowChange {
        cause: Cause::FromOtherPartner,
        file: text.into(),
        line: 7,
        sku: text.into(),
        invoice: text.into(),
        other_partner: Some(text.into()),
        hardware_amount: 1,
        services_amount: 1,
    };
    let partner = PartnerDiff {
        id: "P0042".into(),
        name: text.into(),
        hardware_amount: 1,
        verdicts: [Some(Verdict::At), Some(Verdict::Below)],
        moves: Moves { indices: [Some(10_000), Some(9_000), Some(9_000), Some(7_000), None], decided_by: None },
        causes: vec![CauseSums { cause: Cause::NewRow, rows: 2, hardware_amount: 1, services_amount: 1 }],
        largest: vec![row],
    };
    Diff {
        runs: [(text.into(), text.into()), (text.into(), text.into())],
        currency: "USD".into(),
        parameters: vec![difference.clone()],
        references: vec![difference],
        files: [1, 2, 3],
        partners_count: 2,
        partners: vec![partner],
    }
}

fn site_with(text: &str, partners: Vec<PartnerRow>) -> Site {
    let verdicts = Verdict::ALL.map(|verdict| VerdictCount {
        verdict,
        partners: partners.iter().filter(|row| row.verdict == verdict).map(|_| 1u64).sum(),
        hardware_amount: 0,
        services_amount: 0,
        expected_amount: 0,
        gap_amount: 124_000_000,
    });
    Site {
        run: run(text),
        overview: Overview {
            verdicts: verdicts.into(),
            hardware_amount: 0,
            services_amount: 0,
            unattached_services_amount: 0,
            expected_amount: 0,
            expected_minus_actual: 0,
            hardware_units: 0,
            attached_units: 0,
            chance: Chance::default(),
        },
        funnel: super::model::Funnel {
            confidence: "95".into(),
            outer_confidence: "99.8".into(),
            limits: [1.0, 10.0, 100.0]
                .map(|expected| FunnelLimits { expected, exact: [0.6, 1.5], outer: [0.4, 2.1], spread: [0.2, 2.9] })
                .into(),
            spread_partners: 40,
        },
        changes: Some(diff(text)),
        partners,
        cells: Vec::new(),
        quality: Quality {
            files: vec![FileRow {
                feed: text.into(),
                path: text.into(),
                kind: text.into(),
                accounts: Default::default(),
                unvalued_records: 1,
            }],
            quarantine: vec![ReasonCount { code: text.into(), meaning: text.into(), records: 1, example: text.into() }],
            findings: Vec::new(),
            gates: Vec::new(),
            reviewed: reviewed_with(text, 2),
            missing_files: Some(vec![MissingFileRow {
                feed: text.into(),
                sender: text.into(),
                from: text.into(),
                to: text.into(),
                partners: 1,
            }]),
            unmapped: vec![UnmappedRow { sku: text.into(), description: text.into(), lines: 1, amount: 1, partners: 1 }],
            unknown_partners: vec![UnknownPartnerRow { feed: text.into(), location: text.into(), lines: 1, units: 1, amount: 1 }],
        },
        method: Method {
            parameters: vec![(text.into(), text.into(), text.into())],
            references: Vec::new(),
            thresholds: thresholds(),
            calibration: CalibrationTable {
                sound_index: text.into(),
                poor_index: text.into(),
                replications: (2_000, 1),
                rows: vec![(text.into(), 1, [const { String::new() }; 4].map(|_| text.into()))],
            },
        },
    }
}

fn run(text: &str) -> RunInfo {
    RunInfo {
        run_id: "2026-12-15-000000000000".into(),
        title: text.into(),
        tool_version: "0.1.0".into(),
        as_of: "2026-12-15".into(),
        period_from: "2025-11-01".into(),
        period_to: "2026-10-31".into(),
        currency: "USD".into(),
        is_synthetic: false,
    }
}

fn thresholds() -> Thresholds {
    let [at, near] = ["1.00", "0.75"].map(String::from);
    Thresholds { at, near, min_hardware_units: 1, min_hardware_amount: 0, measure: "revenue".into() }
}

fn pages(site: &Site) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let written = write_site_pages(site, &mut |path, content| {
        pages.push((path.to_owned(), String::from_utf8_lossy(content).into_owned()));
        Ok(())
    });
    assert!(written.is_ok(), "{written:?}");
    pages
}

/// The markup without its text: every tag, with attributes' values left out.
fn elements(html: &str) -> Vec<&str> {
    html.split('<').skip(1).filter_map(|rest| rest.split(|c: char| c == '>' || c.is_whitespace()).next()).collect()
}

#[test]
fn hostile_text_changes_no_element() {
    let row = |text| vec![partner("P0042", text, Verdict::Below), partner("P0043", text, Verdict::NotAssessed)];
    let plain = pages(&site_with("Partner 0042", row("Partner 0042")));
    let hostile = pages(&site_with(HOSTILE, row(HOSTILE)));
    for ((path, plain), (_, hostile)) in plain.iter().zip(&hostile).filter(|((path, _), _)| path.ends_with(".html")) {
        assert_eq!(elements(plain), elements(hostile), "{path}");
    }
    let (_, script) = hostile.iter().find(|(path, _)| path.ends_with("partners-data.js")).unwrap();
    assert!(!script.contains(['<', '\u{2028}']));

    for verdict in [Verdict::Below, Verdict::NotAssessed] {
        let page = |text| partner_page(&run(text), &thresholds(), &partner_with(text, 3, verdict)).unwrap();
        assert_eq!(elements(&page("Partner 0042")), elements(&page(HOSTILE)));
    }
}

#[test]
fn a_partner_page_stays_small() {
    let page = partner_page(&run("Fiscal year 2026"), &thresholds(), &partner_with("Large-format printers", 500, Verdict::Below));
    let page = page.unwrap();
    assert!(page.len() <= 30_000, "{} bytes", page.len());
    assert!(page.contains("smaller rows"));
}

#[test]
fn a_partner_page_can_be_worked_out_again() {
    let page = partner_page(&run("Fiscal year 2026"), &thresholds(), &partner_with("Partner 0042", 1, Verdict::Below)).unwrap();
    for text in [
        "would have sold $66,500 of Care Packs; Partner 0042 sold $41,200: 62 cents for every dollar.",
        "41,200.00 ÷ 66,500.00 = <strong>0.6195</strong>",
        "<a href=\"../../cases/P0042.html\">",
        "0.75 × 66,500.00 − 41,200.00 = 49,875.00 − 41,200.00 = <strong>8,675.00</strong> or 29 packs",
    ] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn every_run_has_a_sensible_first_page() {
    let first = |verdicts: &[Verdict]| {
        let partners = verdicts.iter().map(|verdict| partner("P0042", "Partner 0042", *verdict)).collect();
        pages(&site_with("Fiscal year 2026", partners)).into_iter().find(|(path, _)| path == "index.html").unwrap().1
    };
    assert!(first(&[]).contains("No partner is in this run"));
    assert!(first(&[Verdict::NotAssessed]).contains("None of the 1 partners could be assessed"));
    assert!(first(&[Verdict::At]).contains("No assessed partner sold less than 0.75"));
    let below = first(&[Verdict::At, Verdict::Below]);
    assert!(below.contains("1 of 2 assessed partners sold less than 0.75") && below.contains("it misses $1.2\u{a0}million"));
}
