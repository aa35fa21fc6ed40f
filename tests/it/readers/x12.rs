//! ANSI X12 867 as senders write it.

use super::{layout, read, refusal};
use attachrate::finding::QuarantineCode;
use attachrate::io::readers::layout::X12;
use attachrate::io::readers::{Encoding, FileReader, Format, Layout};

const COLUMNS: [&str; 10] =
    ["N1*ST", "DTM*003", "REF*IV", "LIN*VP", "PID/05", "quantity", "amount", "CUR/02", "REF*SE[]", "PRF/01"];

fn x12() -> X12 {
    let list = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
    X12 {
        encoding: Encoding::Iso88591,
        columns: list(&COLUMNS),
        sale_quantities: list(&["32", "39"]),
        return_quantities: list(&["61", "76"]),
        other_quantities: list(&["17"]),
        transfer_types: Vec::new(),
        unit_prices: list(&["UIT/02", "CTP/03"]),
        line_amounts: list(&["AMT*LI"]),
    }
}

fn edi(x12: X12) -> Layout {
    layout(Format::X12(x12))
}

/// An interchange around the segments of one set, with counts that hold.
fn interchange(body: &[&str], release: &str) -> Vec<String> {
    let isa = format!(
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260131*1200*U*{}*000000007*0*P*>",
        if release == "005010" { "00501" } else { "00401" }
    );
    let mut segments = vec![isa, format!("GS*PT*SENDER*RECEIVER*20260131*1200*1*X*{release}"), "ST*867*0001".to_owned()];
    segments.extend(body.iter().map(|segment| (*segment).to_owned()));
    segments.push(format!("SE*{}*0001", body.len() + 2));
    segments.extend(["GE*1*1".to_owned(), "IEA*1*000000007".to_owned()]);
    segments
}

fn bytes(segments: &[String], end: &str) -> Vec<u8> {
    segments.iter().flat_map(|segment| format!("{segment}{end}").into_bytes()).collect()
}

const HEADING: [&str; 5] =
    ["BPT*00*R1*20260131*SS", "CUR*SE*USD", "DTM*090*20260101", "N1*DB*Distributor*91*D1", "N1*SU*Vendor*91*V1"];

/// Fields of the lines of a set with this detail.
fn lines(detail: &[&str]) -> Vec<Result<Vec<String>, QuarantineCode>> {
    let body: Vec<&str> = HEADING.iter().chain(detail).copied().collect();
    let file = bytes(&interchange(&body, "004010"), "~");
    read("sales.edi", &file, &edi(x12())).expect("a readable interchange").into_iter().map(|(_, _, fields)| fields).collect()
}

fn line(fields: [&str; 10]) -> Result<Vec<String>, QuarantineCode> {
    super::clean(&fields)
}

const DETAIL: [&str; 14] = [
    "PTD*SS",
    "DTM*003*20260115",
    "REF*IV*INV1",
    "PRF*PO9",
    "N1*ST*Partner 0042*91*L42",
    "QTY*32*2*EA",
    "LIN**VP*J9773A*UP*123",
    "PID*F****Switch 24 ports",
    "UIT*EA*99.95",
    "REF*SE*S1",
    "REF*SE*S2",
    "QTY*39*-1*EA",
    "LIN*2*VP*UK703E",
    "CTP**RES*120.5",
];

fn expected() -> [Result<Vec<String>, QuarantineCode>; 2] {
    [
        line(["L42", "20260115", "INV1", "J9773A", "Switch 24 ports", "2", "199.90", "USD", "S1|S2", "PO9"]),
        line(["L42", "20260115", "INV1", "UK703E", "", "-1", "-120.5", "USD", "", "PO9"]),
    ]
}

#[test]
fn the_usual_order() {
    assert_eq!(lines(&DETAIL), expected());
}

#[test]
fn the_item_before_its_quantity() {
    let swapped = [
        "PTD*SS",
        "DTM*003*20260115",
        "REF*IV*INV1",
        "PRF*PO9",
        "N1*ST*Partner 0042*91*L42",
        "LIN**VP*J9773A*UP*123",
        "PID*F****Switch 24 ports",
        "QTY*32*2*EA",
        "UIT*EA*99.95",
        "REF*SE*S1",
        "REF*SE*S2",
        "LIN*2*VP*UK703E",
        "QTY*39*-1*EA",
        "CTP**RES*120.5",
    ];
    assert_eq!(lines(&swapped), expected());
}

#[test]
fn date_and_invoice_within_ptd() {
    let mut detail = vec!["PTD*SS*003*20260115*IV*INV1"];
    detail.extend(&DETAIL[3..]);
    assert_eq!(lines(&detail), expected());
}

#[test]
fn marks_are_those_of_isa() {
    let body: Vec<&str> = HEADING.iter().chain(&DETAIL).copied().collect();
    for release in ["004010", "005010"] {
        let segments = interchange(&body, release);
        for end in ["~", "~\n", "~\r\n", "\n", "\r\n", "\u{1c}", "'"] {
            for element in ["*", "|", "\u{1d}", "+"] {
                let mut file = bytes(&segments, end);
                file.iter_mut().filter(|byte| **byte == b'*').for_each(|byte| *byte = element.as_bytes()[0]);
                let records = read("sales.edi", &file, &edi(x12())).expect("a readable interchange");
                let fields: Vec<_> = records.into_iter().map(|(_, _, fields)| fields).collect();
                assert_eq!(fields, expected(), "{end:?} {element:?}");
            }
        }
    }
}

/// A return by a negative quantity, by its qualifier, by a credit memo.
#[test]
fn returns_become_signed() {
    let of = |segments: &[&'static str]| {
        let mut detail: Vec<&str> = DETAIL[..5].to_vec();
        detail.extend(segments);
        lines(&detail)
    };
    let signed =
        |outcome: &Result<Vec<String>, QuarantineCode>| outcome.clone().map(|fields| (fields[5].clone(), fields[6].clone()));
    let minus = Ok(("-3".to_owned(), "-30.00".to_owned()));
    assert_eq!(signed(&of(&["QTY*39*-3", "LIN**VP*X", "UIT**10.00"])[0]), minus);
    assert_eq!(signed(&of(&["QTY*61*3", "LIN**VP*X", "UIT**10.00"])[0]), minus);
    assert_eq!(signed(&of(&["QTY*32*3", "LIN**VP*X", "UIT**10.00", "REF*CM*CM77"])[0]), minus);
    assert_eq!(signed(&of(&["QTY*32*-3", "LIN**VP*X", "UIT**10.00", "REF*CM*CM77"])[0]), minus);
    assert_eq!(signed(&of(&["QTY*61*3", "LIN**VP*X", "AMT*LI*30.00"])[0]), minus);
    assert_eq!(of(&["QTY*61*-3", "LIN**VP*X", "UIT**10.00"]), [Err(QuarantineCode::ReturnSign)]);
    assert_eq!(of(&["QTY*61*3", "LIN**VP*X", "AMT*LI*-30.00"]), [Err(QuarantineCode::ReturnSign)]);
}

#[test]
fn quantities_that_are_no_sales() {
    let detail =
        ["PTD*SS", "N1*ST*P*91*L1", "QTY*17*900", "LIN**VP*X", "QTY*32*1", "LIN**VP*Y", "UIT**1.00", "QTY*QS*5", "LIN**VP*Z"];
    let found = lines(&detail);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].as_ref().map(|fields| fields[3].as_str()), Ok("Y"));
    assert_eq!(found[1], Err(QuarantineCode::QuantityCode));
}

#[test]
fn transfers_that_are_no_sales() {
    let x12 = X12 { transfer_types: vec!["SS".into()], ..x12() };
    let body: Vec<&str> = HEADING.iter().chain(&DETAIL).chain(&["PTD*TR", "QTY*32*9", "LIN**VP*T"]).copied().collect();
    let records = read("sales.edi", &bytes(&interchange(&body, "004010"), "~"), &edi(x12)).expect("a readable interchange");
    assert_eq!(records.len(), 2);
}

/// Two parties of one kind are ambiguous until the feed says which is meant.
#[test]
fn two_ship_to_parties() {
    let mut detail = DETAIL[..5].to_vec();
    detail.extend(["N1*ST*Partner 0099*91*L99", "QTY*32*1", "LIN**VP*X", "UIT**5.00"]);
    assert_eq!(lines(&detail), [Err(QuarantineCode::Ambiguous)]);
    let body: Vec<&str> = HEADING.iter().chain(&detail).copied().collect();
    let file = bytes(&interchange(&body, "004010"), "~");
    for (reference, location) in [("N1*ST#1", "L42"), ("N1*ST#2", "L99"), ("N1*ST/02#2", "Partner 0099")] {
        let mut declared = x12();
        declared.columns[0] = reference.to_owned();
        let records = read("sales.edi", &file, &edi(declared)).expect("a readable interchange");
        assert_eq!(records[0].2.as_ref().map(|fields| fields[0].as_str()), Ok(location));
    }
    // One in the heading and one in the loop: the nearer counts.
    let body: Vec<&str> = HEADING.iter().chain(&["N1*ST*Branch*91*B1"]).chain(&DETAIL).copied().collect();
    let records = read("sales.edi", &bytes(&interchange(&body, "004010"), "~"), &edi(x12())).expect("a readable interchange");
    assert_eq!(records[0].2.as_ref().map(|fields| fields[0].as_str()), Ok("L42"));
}

#[test]
fn prices_and_lines_in_sii() {
    let priced = ["PTD*SS", "DTM*003*20260115", "N1*ST*P*91*L1", "SII*VP*X*3*EA*4.50", "QTY*32*3", "LIN**VP*X"];
    assert_eq!(lines(&priced), [line(["L1", "20260115", "", "X", "", "3", "13.50", "USD", "", ""])]);
    let alone = ["PTD*SS", "DTM*003*20260115", "N1*ST*P*91*L1", "SII*VP*X*3*EA*4.50", "N9*IV*I7", "SII*VP*Y*-1*EA*2"];
    assert_eq!(
        lines(&alone),
        [
            line(["L1", "20260115", "I7", "X", "", "3", "13.50", "USD", "", ""]),
            line(["L1", "20260115", "", "Y", "", "-1", "-2", "USD", "", ""]),
        ]
    );
}

/// A line with several prices has an amount only where the feed says which price is meant.
#[test]
fn several_prices() {
    let amounts = |unit_prices: &[&str], detail: &[&str]| -> Vec<Result<String, QuarantineCode>> {
        let head = ["PTD*SS", "DTM*003*20260115", "N1*ST*P*91*L1"];
        let body: Vec<&str> = HEADING.iter().chain(&head).chain(detail).copied().collect();
        let declared = X12 { unit_prices: unit_prices.iter().map(|text| (*text).to_owned()).collect(), ..x12() };
        let file = bytes(&interchange(&body, "004010"), "~");
        let records = read("sales.edi", &file, &edi(declared)).expect("a readable interchange");
        records.into_iter().map(|(_, _, fields)| fields.map(|fields| fields[6].clone())).collect()
    };
    let usual = ["UIT/02", "CTP/03"];
    let list_and_net = ["QTY*32*3", "LIN**VP*X", "CTP*RS*MSR*12.50", "CTP*RS*RES*4.50"];
    assert_eq!(amounts(&usual, &list_and_net), [Err(QuarantineCode::Ambiguous)]);
    assert_eq!(amounts(&["CTP*RES"], &list_and_net), [Ok("13.50".to_owned())]);
    assert_eq!(amounts(&["CTP*NET", "CTP*MSR/03"], &list_and_net), [Ok("37.50".to_owned())]);
    assert_eq!(amounts(&["CTP/03#2"], &list_and_net), [Ok("13.50".to_owned())]);
    assert_eq!(amounts(&["CTP/03#3"], &list_and_net), [Ok(String::new())]);
    // The same price twice is one price.
    assert_eq!(amounts(&usual, &["QTY*32*3", "LIN**VP*X", "UIT*EA*4.50", "UIT*EA*4.50"]), [Ok("13.50".to_owned())]);
    assert_eq!(amounts(&usual, &["QTY*32*3", "LIN**VP*X", "UIT*EA*4.50", "UIT*EA*5"]), [Err(QuarantineCode::Ambiguous)]);
    assert_eq!(amounts(&usual, &["QTY*32*3", "LIN**VP*X", "AMT*LI*9.00", "AMT*LI*8.00"]), [Err(QuarantineCode::Ambiguous)]);
    // Two prices of one item in SII; the amount of the line itself settles it.
    let sii = ["SII*VP*X*3*EA*4.50", "SII*VP*X*2*EA*5", "SII*VP*Y*1*EA*7", "QTY*32*3", "LIN**VP*X", "QTY*32*1", "LIN**VP*Y"];
    assert_eq!(amounts(&usual, &sii), [Err(QuarantineCode::Ambiguous), Ok("7".to_owned())]);
    let settled = ["SII*VP*X*3*EA*4.50", "SII*VP*X*2*EA*5", "QTY*32*3", "LIN**VP*X", "AMT*LI*13.50"];
    assert_eq!(amounts(&usual, &settled), [Ok("13.50".to_owned())]);
}

fn remarks(segments: &[String]) -> (usize, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.edi");
    std::fs::write(&path, bytes(segments, "~")).expect("a file");
    let layout = edi(x12());
    let mut reader = FileReader::open(&path, &layout).expect("a readable file");
    reader.next_section().expect("readable").expect("a section");
    let mut accepted = 0;
    while let Some(record) = reader.next_record().expect("readable") {
        accepted += usize::from(record.fields.is_ok());
    }
    (accepted, reader.remarks().iter().map(|remark| remark.text.clone()).collect())
}

/// Many senders fill in constants: told, and no reason to reject.
#[test]
fn counts_that_do_not_hold_are_told() {
    let body: Vec<&str> = HEADING.iter().chain(&DETAIL).chain(&["CTT*2"]).copied().collect();
    let whole = interchange(&body, "004010");
    assert_eq!(remarks(&whole), (2, Vec::new()));
    for (segment, lie, told) in [
        ("SE*", "SE*99*0001", "SE counts"),
        ("SE*", "SE*22*0009", "SE names"),
        ("GE*", "GE*5*1", "GE counts"),
        ("GE*", "GE*1*8", "GE names"),
        ("IEA*", "IEA*3*000000007", "IEA counts"),
        ("IEA*", "IEA*1*000000001", "IEA names"),
        ("CTT*", "CTT*1", "CTT counts"),
        ("BPT*", "BPT*05*R1", "BPT says"),
    ] {
        let changed: Vec<String> =
            whole.iter().map(|text| if text.starts_with(segment) { lie.to_owned() } else { text.clone() }).collect();
        let (accepted, remarks) = remarks(&changed);
        assert_eq!(accepted, 2, "{lie}");
        assert!(matches!(remarks.as_slice(), [one] if one.starts_with(told)), "{lie}: {remarks:?}");
    }
}

/// Cut at any byte: the lines of the set that is cut are quarantined at their places, or everything is whole but the envelope.
#[test]
fn a_set_that_is_cut_gives_no_line() {
    let body: Vec<&str> = HEADING.iter().chain(&DETAIL).copied().collect();
    let segments = interchange(&body, "004010");
    let whole = bytes(&segments, "~");
    let set_start = memchr::memmem::find(&whole, b"ST*867").expect("a set");
    let set_end = memchr::memmem::find(&whole, b"GE*1").expect("a group's end");
    for cut in 0..whole.len() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sales.edi");
        std::fs::write(&path, &whole[..cut]).expect("a file");
        let layout = edi(x12());
        let Ok(records) = super::read_path(&path, &layout) else {
            assert!(cut < 106, "refused when cut at {cut}");
            continue;
        };
        let accepted = records.iter().filter(|(_, _, fields)| fields.is_ok()).count();
        assert_eq!(accepted, if cut >= set_end { 2 } else { 0 }, "cut at {cut}");
        if cut > set_start + 6 && cut < set_end {
            assert!(
                !records.is_empty() && records.iter().all(|(_, _, fields)| *fields == Err(QuarantineCode::SetCut)),
                "cut at {cut}"
            );
        }
        let mut reader = FileReader::open(&path, &layout).expect("a readable file");
        reader.next_section().expect("readable");
        while reader.next_record().expect("readable").is_some() {}
        // The last terminator alone is no loss.
        assert_eq!(reader.remarks().is_empty(), cut + 1 >= whole.len(), "cut at {cut}");
    }
}

#[test]
fn a_set_that_is_cut_does_not_take_the_next_one_with_it() {
    let body: Vec<&str> = HEADING.iter().chain(&DETAIL).copied().collect();
    let mut segments = interchange(&body, "004010");
    let second: Vec<String> = segments[2..segments.len() - 2].to_vec();
    let end = segments.iter().position(|segment| segment.starts_with("SE*")).expect("an end");
    segments.splice(end..=end, second);
    let records = read("sales.edi", &bytes(&segments, "~"), &edi(x12())).expect("a readable interchange");
    let fields: Vec<_> = records.iter().map(|(_, _, fields)| fields.clone()).collect();
    assert_eq!(fields[..2], [Err(QuarantineCode::SetCut), Err(QuarantineCode::SetCut)]);
    assert_eq!(fields[2..], expected());
    // The place of a line is its first segment.
    assert_eq!(records[0].1, 14);
}

#[test]
fn what_is_no_interchange() {
    for file in [&b"hello"[..], b"", b"ISA", b"ISA*00*", b"UNA:+.? '", b"ISA*00*a*b*c*d*e*f*g*h*i*j*k*l*m*n*o*p"] {
        refusal("sales.edi", file, &edi(x12()));
    }
    let endless = [bytes(&interchange(&[], "004010"), "~"), b"X".repeat(200_000)].concat();
    assert!(refusal("sales.edi", &endless, &edi(x12())).contains("no terminator"));
}

/// An interchange that is cut at any byte: it is refused, or its last set is quarantined, or its missing end is told; never another line.
#[test]
fn an_interchange_cut_at_any_byte_is_told() {
    let body: Vec<&str> = HEADING.iter().chain(&DETAIL).copied().collect();
    let mut segments = interchange(&body, "004010");
    // Two sets.
    let set: Vec<String> = segments[2..segments.len() - 2].to_vec();
    segments.splice(2..2, set);
    for end in ["~", "~\r\n"] {
        let file = bytes(&segments, end);
        let layout = edi(x12());
        let whole = read("sales.edi", &file, &layout).expect("a readable interchange");
        assert_eq!(whole.len(), 4);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sales.edi");
        for cut in 0..file.len() - (end.len() - 1) {
            std::fs::write(&path, &file[..cut]).expect("a file");
            let Ok(mut reader) = FileReader::open(&path, &layout) else { continue };
            if !reader.next_section().is_ok_and(|section| section.is_some()) {
                continue;
            }
            let (mut accepted, mut defects) = (Vec::new(), 0);
            while let Some(record) = reader.next_record().expect("a readable interchange") {
                match record.fields {
                    Ok(fields) => accepted.push(fields.iter().map(str::to_owned).collect::<Vec<_>>()),
                    Err(_) => defects += 1,
                }
            }
            let before: Vec<Vec<String>> = whole.iter().flat_map(|(_, _, fields)| fields.clone()).take(accepted.len()).collect();
            assert_eq!(accepted, before, "cut at {cut}");
            assert!(defects > 0 || !reader.remarks().is_empty(), "cut at {cut} is not told");
        }
    }
}

/// A set of so many lines that each shares its item, its loop and the heading with all others: each scope is looked through once, or this takes hours.
#[test]
fn a_set_whose_lines_share_much_is_read_in_one_walk() {
    const COUNT: usize = 50_000;
    let mut body = HEADING.to_vec();
    body.extend(vec!["PER*IC*Nobody"; COUNT]);
    body.extend(&DETAIL[..5]);
    body.extend(vec!["REF*ZZ*x"; COUNT]);
    body.extend(vec!["QTY*32*1*EA"; COUNT]);
    let file = bytes(&interchange(&body, "004010"), "~");
    let records = read("sales.edi", &file, &edi(x12())).expect("a readable interchange");
    let expected = line(["L42", "20260115", "INV1", "", "", "1", "", "USD", "", "PO9"]);
    assert_eq!(records.len(), COUNT);
    assert!(records.iter().all(|(.., fields)| *fields == expected));
}

/// Quantities behind one item: a line that has grown too long is set aside with its own segment, and what it keeps stays small.
#[test]
fn a_line_longer_than_any_record_is_set_aside() {
    const COUNT: usize = 20_000;
    let mut body = [&HEADING[..], &DETAIL[..5], &["LIN**VP*J9773A"]].concat();
    body.extend(vec!["QTY*32*1*EA"; COUNT]);
    let file = bytes(&interchange(&body, "004010"), "~");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.edi");
    std::fs::write(&path, file).expect("a file");
    let layout = edi(x12());
    let mut reader = FileReader::open(&path, &layout).expect("a readable file");
    reader.next_section().expect("readable").expect("a section");
    let (mut whole, mut too_long) = (0, 0);
    while let Some(record) = reader.next_record().expect("readable") {
        match record.fields {
            Ok(fields) if too_long == 0 => {
                assert_eq!(fields.get(3), "J9773A");
                whole += 1;
            }
            outcome => {
                assert_eq!(outcome.err(), Some(QuarantineCode::TooLong));
                assert_eq!(record.raw, b"QTY*32*1*EA");
                too_long += 1;
            }
        }
    }
    // 15 bytes of the item and 12 of each quantity, the last terminator left out: 5,460 fit into 64 KiB.
    assert_eq!((whole, too_long), (5_460, COUNT - 5_460));
}

/// Segments of nothing take memory, too: a set has no more of them than of others.
#[test]
fn a_set_of_empty_segments_is_refused() {
    let mut body = HEADING.to_vec();
    body.extend(vec![""; 1_100_000]);
    let message = refusal("sales.edi", &bytes(&interchange(&body, "004010"), "~"), &edi(x12()));
    assert!(message.contains("more than 64 MiB of segments"), "{message}");
}
