//! The bar on pollution, on random files: of a file with one pollution no record is accepted that is not in the clean file, every other
//! record is exact, and nothing but the polluted record is quarantined. Where a reader says otherwise, it must be by another reading of the
//! same bytes: what it quarantines is one pollution away from a record as well.

use super::corpus::{Case, POLLUTIONS};
use attachrate::io::readers::DelimitedReader;
use encoding_rs::WINDOWS_1252;

/// What was read of a file.
#[derive(Debug)]
struct Outcome {
    accepted: Vec<Vec<String>>,
    /// Line and text of what is quarantined, and how many records stand before it.
    quarantined: Vec<(u64, String, usize)>,
}

fn read(case: &Case, text: &str) -> Outcome {
    let bytes = super::text::encoded(text, case.sender.encoding, false);
    let mut reader = DelimitedReader::new(bytes.as_slice(), &case.sender.layout()).expect("a clean header");
    let width = reader.columns().len();
    let mut outcome = Outcome { accepted: Vec::new(), quarantined: Vec::new() };
    while let Some(record) = reader.next_record().expect("memory") {
        match record.fields {
            Ok(fields) if fields.len() == width => outcome.accepted.push(fields.iter().map(str::to_owned).collect()),
            _ => {
                let raw = match std::str::from_utf8(record.raw) {
                    Ok(raw) => raw.to_owned(),
                    Err(_) => WINDOWS_1252.decode_without_bom_handling(record.raw).0.into_owned(),
                };
                outcome.quarantined.push((record.place.line, raw, outcome.accepted.len()));
            }
        }
    }
    outcome
}

/// Whether the outcome is the clean file without the polluted record. What is left of that may be a record by itself: no reader can know.
fn is_exact(case: &Case, outcome: &Outcome) -> bool {
    let left = case.sender.parse(&case.polluted);
    let others: Vec<&Vec<String>> = case.others().collect();
    let accepted: Vec<&Vec<String>> = outcome.accepted.iter().collect();
    let with_left = left.iter().any(|left| {
        let before = case.before();
        let expected = others[..before].iter().copied().chain(left).chain(others[before..].iter().copied());
        expected.eq(accepted.iter().copied())
    });
    let lines = case.lines();
    let is_within = outcome.quarantined.iter().all(|(line, _, _)| lines.contains(line));
    // Of a record that is gone as a whole an empty line is left.
    let is_empty = case.polluted.trim_end_matches(['\r', '\n']).is_empty();
    is_within && (with_left || (accepted == others && (is_empty || !outcome.quarantined.is_empty())))
}

/// Whether the outcome is the reading of another clean file, of which another record was polluted.
fn is_other_reading(case: &Case, text: &str, outcome: &Outcome) -> bool {
    let [(line, raw, before)] = outcome.quarantined.as_slice() else { return false };
    let start: usize = text.split_inclusive('\n').take(*line as usize - 1).map(str::len).sum();
    let Some(behind) = text[start..].strip_prefix(raw) else { return false };
    let end = text.len() - behind.len() + behind.find('\n').map_or(behind.len(), |at| at + 1);
    let parse = |text: &str| case.sender.parse(text);
    parse(&text[case.header().len()..start]).is_some_and(|records| records == outcome.accepted[..*before])
        && parse(&text[end..]).is_some_and(|records| records == outcome.accepted[*before..])
        && case.sender.is_one_pollution_away(&text[start..end])
}

#[test]
fn one_pollution_of_a_random_file_costs_its_record_alone() {
    let (mut tame, mut wild) = ((0, 0), (0, 0));
    for seed in 0..250 {
        for pollution in POLLUTIONS {
            let Some(case) = Case::random(seed, pollution) else { continue };
            let text = case.text();
            let outcome = read(&case, &text);
            let counts = if case.sender.is_wild { &mut wild } else { &mut tame };
            counts.0 += 1;
            if !is_exact(&case, &outcome) {
                counts.1 += 1;
                assert!(
                    is_other_reading(&case, &text, &outcome),
                    "seed {seed} {pollution:?} {:?} lines {:?}\n{text}\n{outcome:?}",
                    case.sender,
                    case.lines()
                );
            }
        }
    }
    // Texts without line ends, delimiters and quotes leave one reading; others seldom leave more.
    assert!(tame.0 > 400 && tame.1 * 500 <= tame.0, "{tame:?}");
    assert!(wild.0 > 900 && wild.1 * 50 <= wild.0, "{wild:?}");
}
