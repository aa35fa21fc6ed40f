//! Interchanges of random lines, in every way in which senders write the same: what was written is read.

use super::{layout, outcomes, read};
use attachrate::io::readers::layout::X12;
use attachrate::io::readers::{Encoding, Format};
use proptest::collection::vec;
use proptest::prelude::*;

const COLUMNS: [&str; 9] = ["N1*ST", "DTM*003", "REF*IV", "LIN*VP", "PID/05", "quantity", "amount", "CUR/02", "REF*SE[]"];

/// How the sender writes.
#[derive(Debug, Clone)]
struct Writing {
    element: char,
    end: &'static str,
    is_5010: bool,
    is_item_first: bool,
    /// Date and invoice stand in PTD itself.
    is_in_ptd: bool,
    prices: Prices,
    encoding: Encoding,
}

#[derive(Debug, Clone, Copy)]
enum Prices {
    Uit,
    Ctp,
    Sii,
    Amount,
}

/// How a return is told.
#[derive(Debug, Clone, Copy)]
enum Return {
    None,
    Negative,
    Code(&'static str),
    CreditMemo,
}

#[derive(Debug, Clone)]
struct Line {
    sku: String,
    description: String,
    units: u32,
    /// Cents of one unit.
    price: u32,
    returned: Return,
    serials: Vec<String>,
}

#[derive(Debug, Clone)]
struct Loop {
    location: String,
    day: u32,
    invoice: String,
    lines: Vec<Line>,
}

fn any_writing() -> impl Strategy<Value = Writing> {
    (
        prop::sample::select(vec!['*', '|', '\u{1d}', '+']),
        prop::sample::select(vec!["~", "~\n", "~\r\n", "\n", "\r\n", "\u{1c}", "'", "\u{1e}"]),
        any::<[bool; 3]>(),
        prop::sample::select(vec![Prices::Uit, Prices::Ctp, Prices::Sii, Prices::Amount]),
        prop::sample::select(vec![Encoding::Utf8, Encoding::Iso88591, Encoding::Windows1252, Encoding::Cp850]),
    )
        .prop_map(|(element, end, [is_5010, is_item_first, is_in_ptd], prices, encoding)| Writing {
            element,
            end,
            is_5010,
            is_item_first,
            is_in_ptd,
            prices,
            encoding,
        })
}

fn any_line() -> impl Strategy<Value = Line> {
    let returned = prop::sample::select(vec![
        Return::None,
        Return::None,
        Return::Negative,
        Return::Code("61"),
        Return::Code("76"),
        Return::CreditMemo,
    ]);
    // No mark of any writing, no blank at an end.
    let description = "[A-Za-zäöüé][A-Za-zäöüé0-9 .,/-]{0,10}[a-z]";
    (
        "[A-Z]{2}[0-9]{3,5}[A-Z]",
        prop_oneof![Just(String::new()), description.prop_map(|text| text)],
        1..500_u32,
        0..2_000_000_u32,
        returned,
        vec("[A-Z0-9]{6,10}", 0..3),
    )
        .prop_map(|(sku, description, units, price, returned, serials)| Line {
            sku,
            description,
            units,
            price,
            returned,
            serials,
        })
}

fn any_loops() -> impl Strategy<Value = Vec<Loop>> {
    let lines = vec(any_line(), 1..5).prop_map(|lines| {
        // A price by item tells nothing where an item comes twice.
        let numbered = lines.into_iter().enumerate();
        numbered.map(|(number, line)| Line { sku: format!("{}{number}", line.sku), ..line }).collect()
    });
    let one = ("L[0-9]{1,4}", 1..29_u32, "[A-Z]{0,2}[0-9]{1,8}", lines);
    vec(one.prop_map(|(location, day, invoice, lines)| Loop { location, day, invoice, lines }), 1..6)
}

fn decimal(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The segments of a loop, with `*` between elements.
fn segments(of: &Loop, writing: &Writing, out: &mut Vec<String>) {
    let date = format!("202601{:02}", of.day);
    if writing.is_in_ptd {
        out.push(format!("PTD*SS*003*{date}*IV*{}", of.invoice));
    } else {
        out.extend(["PTD*SS".to_owned(), format!("DTM*003*{date}"), format!("REF*IV*{}", of.invoice)]);
    }
    out.push(format!("N1*ST*Partner 0042*91*{}", of.location));
    if matches!(writing.prices, Prices::Sii) {
        out.extend(of.lines.iter().map(|line| format!("SII*VP*{}*{}*EA*{}", line.sku, line.units, decimal(line.price.into()))));
    }
    for line in &of.lines {
        let (code, sign) = match line.returned {
            Return::None | Return::CreditMemo => ("32", ""),
            Return::Negative => ("39", "-"),
            Return::Code(code) => (code, ""),
        };
        let quantity = format!("QTY*{code}*{sign}{}*EA", line.units);
        let mut item = vec![format!("LIN**UP*0001*VP*{}", line.sku)];
        if !line.description.is_empty() {
            item.push(format!("PID*F****{}", line.description));
        }
        if writing.is_item_first {
            out.extend(item);
            out.push(quantity);
        } else {
            out.push(quantity);
            out.extend(item);
        }
        let amount = u64::from(line.price) * u64::from(line.units);
        match writing.prices {
            Prices::Uit => out.push(format!("UIT*EA*{}", decimal(line.price.into()))),
            Prices::Ctp => out.push(format!("CTP**RES*{}", decimal(line.price.into()))),
            Prices::Amount => out.push(format!("AMT*LI*{sign}{}", decimal(amount))),
            Prices::Sii => {}
        }
        out.extend(line.serials.iter().map(|serial| format!("REF*SE*{serial}")));
        if matches!(line.returned, Return::CreditMemo) {
            out.push("REF*CM*CM77".to_owned());
        }
    }
}

/// The interchange, and what must be read of each line.
fn written(sets: &[Vec<Loop>], writing: &Writing) -> (Vec<u8>, Vec<[String; 9]>) {
    let (mark, release, version) = if writing.is_5010 { ('^', "00501", "005010") } else { ('U', "00401", "004010") };
    let mut out = vec![
        format!(
            "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260131*1200*{mark}*{release}*000000007*0*P*>"
        ),
        format!("GS*PT*SENDER*RECEIVER*20260131*1200*1*X*{version}"),
    ];
    let mut expected = Vec::new();
    for (set, number) in sets.iter().zip(1..) {
        let first = out.len();
        out.extend([format!("ST*867*{number:04}"), "BPT*00*R1*20260131*SS".to_owned(), "CUR*SE*USD".to_owned()]);
        for of in set {
            segments(of, writing, &mut out);
            expected.extend(of.lines.iter().map(|line| {
                let sign = if matches!(line.returned, Return::None) { "" } else { "-" };
                let cents = u64::from(line.price) * u64::from(line.units);
                // No money has no sign.
                let of_amount = if cents == 0 { "" } else { sign };
                [
                    of.location.clone(),
                    format!("202601{:02}", of.day),
                    of.invoice.clone(),
                    line.sku.clone(),
                    line.description.clone(),
                    format!("{sign}{}", line.units),
                    format!("{of_amount}{}", decimal(cents)),
                    "USD".to_owned(),
                    line.serials.join("|"),
                ]
            }));
        }
        out.push(format!("SE*{}*{number:04}", out.len() - first + 1));
    }
    out.extend([format!("GE*{}*1", sets.len()), "IEA*1*000000007".to_owned()]);
    let text: String = out.iter().map(|segment| segment.replace('*', &writing.element.to_string()) + writing.end).collect();
    (super::text::encoded(&text, writing.encoding, false), expected)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn what_was_written_is_read(sets in vec(any_loops(), 1..4), writing in any_writing()) {
        let list = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        let declared = X12 {
            encoding: writing.encoding,
            columns: list(&COLUMNS),
            sale_quantities: list(&["32", "39"]),
            return_quantities: list(&["61", "76"]),
            other_quantities: Vec::new(),
            transfer_types: Vec::new(),
            unit_prices: list(&["UIT/02", "CTP/03"]),
            line_amounts: list(&["AMT*LI"]),
        };
        let (bytes, expected) = written(&sets, &writing);
        let found: Vec<Vec<String>> = outcomes(read("sales.edi", &bytes, &layout(Format::X12(declared))).expect("a readable interchange"))
            .into_iter()
            .map(|(_, fields)| fields.expect("a clean line"))
            .collect();
        prop_assert_eq!(found, expected);
    }
}
