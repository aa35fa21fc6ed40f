//! Text with fields at fixed places: where columns begin, by the blanks and values that stand at the same places in all lines.

use super::Table;
use super::text::LINES;
use super::values::guess_dates;
use std::collections::BTreeMap;

/// Columns at fixed places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// First character of each column from 0, and the first one behind it. They stand back to back.
    pub spans: Vec<(usize, usize)>,
    /// Whether blanks at the end of a line are left out.
    pub is_trimmed: bool,
}

/// Records that must agree on where columns are.
const LEAST_RECORDS: usize = 3;
/// Currencies of reports.
const CURRENCIES: [&str; 12] = ["USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "CZK"];
/// Characters of the layouts of dates.
const DATE_LENGTHS: [usize; 3] = [10, 8, 11];

/// The records of lines of one length; `None` where lines have none, or no columns are seen.
pub fn table(text: &str, is_whole: bool) -> Option<Table> {
    let mut lines: Vec<Vec<char>> = text.lines().take(LINES + 1).map(|line| line.chars().collect()).collect();
    let is_at_end = is_whole && lines.len() <= LINES;
    if !is_at_end {
        // The last line may be cut.
        lines.pop();
    }
    let (length, is_trimmed) = length(&lines)?;
    let is_record = |line: &Vec<char>| line.len() == length || (is_trimmed && !line.is_empty() && line.len() < length);
    let first = lines.iter().position(is_record)?;
    let last = lines.iter().rposition(is_record)?;
    let padded = |line: &Vec<char>| line.iter().copied().chain(std::iter::repeat(' ')).take(length).collect();
    let mut rows: Vec<Vec<char>> = lines[first..=last].iter().filter(|line| is_record(line)).map(padded).collect();
    let has_header = rows.len() > LEAST_RECORDS && is_header(&rows);
    let header = has_header.then(|| rows.remove(0));
    if rows.len() < LEAST_RECORDS {
        return None;
    }
    let mut starts = starts(&rows, length);
    if let Some(header) = &header {
        add_named(&mut starts, header, &rows);
    }
    let ends = starts.iter().skip(1).copied().chain([length]);
    let spans: Vec<(usize, usize)> = starts.iter().copied().zip(ends).collect();
    let cut = |row: &Vec<char>| -> Vec<String> {
        spans.iter().map(|span| row[span.0..span.1].iter().collect::<String>().trim().to_owned()).collect()
    };
    let mut columns = header.as_ref().map(cut).unwrap_or_default();
    columns.resize(spans.len(), String::new());
    let mut known = std::collections::BTreeSet::new();
    for (name, number) in columns.iter_mut().zip(1..) {
        if name.is_empty() || !known.insert(name.clone()) {
            *name = format!("column_{number}");
        }
    }
    let values = rows.iter().map(cut).collect();
    let trailer = lines[last + 1..].iter().filter(|line| is_at_end && !line.is_empty()).map(|line| line.iter().collect()).collect();
    let fixed = Some(Fixed { spans, is_trimmed });
    // Names are lines before the records: the format has no header of its own.
    let preamble = first + usize::from(has_header);
    (columns.len() > 1).then(|| Table { preamble, has_header, trailer, fixed, ..Table::named(columns, values) })
}

/// The length that nine lines of ten have; else that of the longest, if nine of ten are shorter by blanks that were left out.
fn length(lines: &[Vec<char>]) -> Option<(usize, bool)> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        *counts.entry(line.len()).or_default() += 1;
    }
    let all: usize = counts.values().sum();
    let (length, count) = counts.iter().map(|(length, count)| (*length, *count)).max_by_key(|(_, count)| *count)?;
    // Lines around the records are few, whatever their share of a short file.
    if count >= LEAST_RECORDS && (count * 10 >= all * 9 || count + 4 >= all) {
        return Some((length, false));
    }
    let has_blanks = |line: &&Vec<char>| line.windows(3).any(|three| three == [' '; 3]) && line.last() != Some(&' ');
    let padded = lines.iter().filter(has_blanks).count();
    let longest = *counts.keys().next_back()?;
    (padded >= LEAST_RECORDS && padded * 10 >= all * 9).then_some((longest, true))
}

/// Whether the first line has no digits where nearly all others have some.
fn is_header(rows: &[Vec<char>]) -> bool {
    let has_digits = |row: &Vec<char>| row.iter().any(char::is_ascii_digit);
    !has_digits(&rows[0]) && rows[1..].iter().filter(|row| has_digits(row)).count() * 10 >= (rows.len() - 1) * 9
}

/// Where columns begin, from the left.
fn starts(rows: &[Vec<char>], length: usize) -> Vec<usize> {
    let mut starts = vec![0];
    let mut place = 1;
    while place < length {
        let begun = starts[starts.len() - 1];
        if is_start(rows, begun, place) {
            starts.push(blank_from(rows, begun, place));
        } else if let Some(end) = number_end(rows, begun, place) {
            starts.push(place);
            place = end;
            continue;
        }
        place += 1;
    }
    let mut found = starts.clone();
    for (place, start) in starts.iter().enumerate() {
        let end = starts.get(place + 1).copied().unwrap_or(length);
        found.extend(dates(rows, *start, end));
        found.extend(words(rows, *start, end));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether a column begins at a place behind one that has begun: nearly all lines with a value there have a blank before it, and the blank is no space
/// between two words.
fn is_start(rows: &[Vec<char>], begun: usize, place: usize) -> bool {
    let filled: Vec<&Vec<char>> = rows.iter().filter(|row| row[place] != ' ').collect();
    let fresh: Vec<&&Vec<char>> = filled.iter().filter(|row| row[place - 1] == ' ').collect();
    if fresh.is_empty() || fresh.len() * 10 < filled.len() * 9 {
        return false;
    }
    // A value that touches the one before it is no sign against, if that fills its column.
    let is_full = |row: &&&Vec<char>| row[place - 1] == ' ' || !row[begun..place].windows(2).any(|two| two == [' '; 2]);
    if !filled.iter().all(|row| is_full(&row)) {
        return false;
    }
    let is_wide = place - begun > 1 && fresh.iter().filter(|row| row[place - 2] == ' ').count() * 20 >= fresh.len();
    // Codes, numbers and dates; a space behind another word stands within a text.
    let word = |row: &&&&Vec<char>| {
        let before = &row[begun..place - 1];
        before.iter().any(char::is_ascii_digit) && !before.iter().any(|letter| letter.is_lowercase() || *letter == ' ')
    };
    let is_single = filled.len() * 10 >= rows.len() * 9 && fresh.iter().filter(word).count() * 10 >= fresh.len() * 8;
    is_wide || is_single
}

/// Where numbers end that end together and begin apart: before the place no line has anything, and behind what stands before it.
fn number_end(rows: &[Vec<char>], begun: usize, place: usize) -> Option<usize> {
    let is_gap = place > begun + 1
        && rows.iter().all(|row| row[place - 1] == ' ')
        && rows.iter().any(|row| row[begun..place - 1] != [' '].repeat(place - 1 - begun));
    let number = |row: &Vec<char>| -> String {
        row[place..].iter().skip_while(|letter| **letter == ' ').take_while(|letter| **letter != ' ').collect()
    };
    let is_number = |text: &String| {
        text.chars().all(|letter| letter.is_ascii_digit() || ".,-+()".contains(letter))
            && text.contains(|letter: char| letter.is_ascii_digit())
    };
    let end =
        |row: &Vec<char>| row[place..].iter().position(|letter| *letter != ' ').map(|skipped| place + skipped + number(row).len());
    let begin = |row: &Vec<char>| row[place..].iter().position(|letter| *letter != ' ');
    let are_alike = |of: &dyn Fn(&Vec<char>) -> Option<usize>| rows.iter().map(of).all(|place| place == of(&rows[0]));
    let is_found = is_gap && are_alike(&end) && !are_alike(&begin) && rows.iter().map(number).all(|text| is_number(&text));
    end(&rows[0]).filter(|_| is_found)
}

/// The place from which on no line has anything before a number: what is longer than those that were seen stands there. Texts begin where they begin.
fn blank_from(rows: &[Vec<char>], begun: usize, place: usize) -> usize {
    let is_digit = |row: &Vec<char>| matches!(row[place], ' ' | '0'..='9' | '-' | '(');
    let is_blank = |at: &usize| rows.iter().all(|row| row[*at] == ' ');
    // Quantities have few digits, and the last of them may be all that was seen.
    let is_short = |row: &Vec<char>| row[place..].iter().take_while(|letter| **letter != ' ').count() <= 2;
    if !rows.iter().all(|row| is_digit(row) && is_short(row)) {
        return place;
    }
    let first = (begun + 1..place).rev().take_while(is_blank).last().unwrap_or(place);
    // One blank stays with what stands before it.
    if first < place { first + 1 } else { place }
}

/// Where a date begins and ends within what has no blanks around it.
fn dates(rows: &[Vec<char>], start: usize, end: usize) -> Vec<usize> {
    for length in DATE_LENGTHS {
        for from in start..(end + 1).saturating_sub(length) {
            let texts: Vec<String> = rows.iter().map(|row| row[from..from + length].iter().collect()).collect();
            let values: Vec<&str> = texts
                .iter()
                .map(String::as_str)
                .filter(|text| text.contains(['-', '.', '/']) && text.trim().len() == text.len())
                .collect();
            if values.len() == rows.len() && guess_dates(&values).is_some() {
                let has_value =
                    |range: std::ops::Range<usize>| rows.iter().any(|row| row[range.clone()].iter().any(|letter| *letter != ' '));
                let before = has_value(start..from).then_some(from);
                let behind = has_value(from + length..end).then_some(from + length);
                return before.into_iter().chain(behind).collect();
            }
        }
    }
    Vec::new()
}

/// Where a name stands behind a number in all lines, and where a currency begins and ends.
fn words(rows: &[Vec<char>], start: usize, end: usize) -> Vec<usize> {
    let is_name = |row: &Vec<char>, place: usize| {
        row[place - 1].is_ascii_digit()
            && row[place].is_uppercase()
            && row.get(place + 1).is_some_and(|letter| letter.is_lowercase())
    };
    let is_currency = |row: &Vec<char>, place: usize| {
        row.get(place..place + 3).is_some_and(|code| CURRENCIES.contains(&code.iter().collect::<String>().as_str()))
    };
    let in_all = |is: &dyn Fn(&Vec<char>, usize) -> bool, place: usize| rows.iter().all(|row| is(row, place));
    let names = (start + 1..end).filter(|place| in_all(&is_name, *place));
    let currencies = (start..end).filter(|place| in_all(&is_currency, *place)).flat_map(|place| [place, place + 3]);
    names.chain(currencies).filter(|place| (start + 1..end).contains(place)).collect()
}

/// Columns that are named and empty in all lines seen: a name that begins behind two blanks where no value stands.
fn add_named(starts: &mut Vec<usize>, header: &[char], rows: &[Vec<char>]) {
    for place in 2..header.len() {
        let begins = header[place] != ' ' && header[place - 1] == ' ' && header[place - 2] == ' ';
        let is_free = rows.iter().all(|row| row[place - 1] == ' ');
        let end = starts.iter().copied().find(|start| *start > place).unwrap_or(header.len());
        let is_empty = rows.iter().all(|row| row[place..end].iter().all(|letter| *letter == ' '));
        if begins && is_free && is_empty {
            starts.push(place);
            starts.sort_unstable();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names, places, and lines before the records.
    type Seen = (Vec<String>, Vec<(usize, usize)>, usize);

    fn columns(text: &str) -> Option<Seen> {
        let table = table(text, true)?;
        Some((table.columns.clone(), table.fixed.as_ref()?.spans.clone(), table.preamble))
    }

    #[test]
    fn columns_with_names_above_them() {
        let text = "dealer  day        item     qty    value\n\
                    L1      2026-03-10 NB1        2  2000.00\n\
                    L22     2026-03-11 UL127E    12   100.50\n\
                    L333    2026-03-12 DT1236J    1    99.00\n\
                    L1      2026-03-13 NB1        7     5.00\n";
        let (names, spans, preamble) = columns(text).expect("columns");
        assert_eq!(names, ["dealer", "day", "item", "qty", "value"]);
        assert_eq!((spans[0], spans[1], spans[2].0, preamble), ((0, 8), (8, 19), 19, 1));
        assert_eq!(table(text, true).expect("columns").values(3), ["2", "12", "1", "7"]);
        assert_eq!(table(text, true).expect("columns").values(4), ["2000.00", "100.50", "99.00", "5.00"]);
    }

    #[test]
    fn columns_without_blanks_between_are_told_by_dates() {
        let text = "4000Partner 0042 Ltd  RE1031.01.2026NB1    1\n\
                    4001Partner 7         RE1128.02.2026UL127E 2\n\
                    4002Partner 0043 GmbH RE1201.03.2026DT1    3\n\
                    4003Partner 0044 Inc. RE1301.03.2026DT1    4\n";
        let (_, spans, _) = columns(text).expect("columns");
        for start in [0, 22, 26, 36, 43] {
            assert!(spans.iter().any(|span| span.0 == start), "{start} of {spans:?}");
        }
        // The words of a name are no columns.
        assert!(!spans.iter().any(|span| (5..22).contains(&span.0)), "{spans:?}");
    }

    #[test]
    fn lines_of_any_length_are_no_columns() {
        for text in ["", "a\n", "one word\nand some more\nof a letter\nthat is none\n", "a,b,c\n10,2,3\n4,50,6\n7,8,900\n"] {
            assert_eq!(columns(text), None, "{text:?}");
        }
    }
}
