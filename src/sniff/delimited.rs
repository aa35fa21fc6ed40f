//! Delimited text: the delimiter, the quotes, and what stands around the records.

use super::Table;
use super::text::LINES;
use std::collections::BTreeMap;

/// What stands between fields at real senders, the most telling first.
const DELIMITERS: [char; 6] = ['\t', ';', '|', ',', '~', '^'];

/// The records under the delimiter by which most lines have the same number of fields.
pub fn table(text: &str, is_whole: bool) -> Option<Table> {
    let mut lines: Vec<&str> = text.lines().take(LINES + 1).collect();
    let is_at_end = is_whole && lines.len() <= LINES;
    if !is_at_end {
        // The last line may be cut.
        lines.pop();
    }
    let best = DELIMITERS
        .into_iter()
        .filter_map(|delimiter| {
            let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
            for line in &lines {
                *counts.entry(split(line, delimiter).len()).or_default() += 1;
            }
            let (fields, agreeing) = counts.into_iter().filter(|(fields, _)| *fields > 1).max_by_key(|(_, lines)| *lines)?;
            (agreeing * 2 >= lines.len()).then_some((agreeing, fields, delimiter))
        })
        .max_by_key(|(agreeing, fields, _)| (*agreeing, *fields));
    let (_, width, delimiter) = best?;
    let preamble = lines.iter().position(|line| split(line, delimiter).len() == width)?;
    let last = lines.iter().rposition(|line| split(line, delimiter).len() == width)?;
    let mut rows: Vec<Vec<String>> =
        lines[preamble..=last].iter().map(|line| split(line, delimiter)).filter(|row| row.len() == width).collect();
    let trailer = lines[last + 1..].iter().filter(|line| is_at_end && !line.is_empty()).map(|line| (*line).to_owned()).collect();
    let has_trailing_delimiter = rows.len() > 1 && rows.iter().all(|row| row.last().is_some_and(String::is_empty));
    if has_trailing_delimiter {
        for row in &mut rows {
            row.pop();
        }
    }
    let has_header = is_header(&rows);
    let mut repeats_header = false;
    let columns = if has_header {
        let names = rows.remove(0);
        let records = rows.len();
        rows.retain(|row| *row != names);
        repeats_header = rows.len() < records;
        names.into_iter().map(|name| name.trim().to_owned()).collect()
    } else {
        (1..=rows.first().map_or(0, Vec::len)).map(|number| format!("column_{number}")).collect()
    };
    Some(Table {
        delimiter,
        is_quoted: quoting(&lines, delimiter),
        preamble,
        sheet: String::new(),
        columns,
        has_header,
        has_trailing_delimiter,
        is_escaped: lines.iter().any(|line| line.contains(&format!("\\{delimiter}"))),
        repeats_header,
        fixed: None,
        rows,
        trailer,
    })
}

/// Whether the first row names the columns: no field of it is a number or a date, all differ, and none is empty.
fn is_header(rows: &[Vec<String>]) -> bool {
    let Some(first) = rows.first() else { return false };
    let is_value = |field: &String| field.chars().filter(char::is_ascii_digit).count() * 2 > field.chars().count();
    let mut names: Vec<&str> = first.iter().map(|name| name.trim()).collect();
    names.sort_unstable();
    names.dedup();
    names.len() == first.len() && !first.iter().any(|field| field.trim().is_empty() || is_value(field))
}

/// Whether fields stand in quotes. None where no quote is to be seen; false where quotes stand only inside of fields.
fn quoting(lines: &[&str], delimiter: char) -> Option<bool> {
    if !lines.iter().any(|line| line.contains('"')) {
        return None;
    }
    let opens = |line: &&str| line.starts_with('"') || line.contains(&format!("{delimiter}\""));
    Some(lines.iter().any(opens))
}

/// The fields of a line. A quote opens only at the beginning of a field, and counts only where it is closed before a delimiter.
fn split(line: &str, delimiter: char) -> Vec<String> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = match rest.strip_prefix('"').and_then(|inner| quoted(inner, delimiter)) {
            Some((field, after)) => (field, after),
            None => match plain_end(rest, delimiter) {
                Some(end) => (plain(&rest[..end], delimiter), Some(&rest[end + delimiter.len_utf8()..])),
                None => (plain(rest, delimiter), None),
            },
        };
        fields.push(field);
        match after {
            Some(after) => rest = after,
            None => return fields,
        }
    }
}

/// Where a field without quotes ends: at a delimiter with no backslash before it.
fn plain_end(rest: &str, delimiter: char) -> Option<usize> {
    let is_escaped = |at: usize| (rest[..at].len() - rest[..at].trim_end_matches('\\').len()) % 2 == 1;
    rest.match_indices(delimiter).map(|(at, _)| at).find(|at| !is_escaped(*at))
}

/// A field without the backslashes before its delimiters.
fn plain(field: &str, delimiter: char) -> String {
    field.replace(&format!("\\{delimiter}"), &delimiter.to_string())
}

/// A field behind its opening quote, and what follows its delimiter.
fn quoted(inner: &str, delimiter: char) -> Option<(String, Option<&str>)> {
    let mut from = 0;
    loop {
        let at = from + inner.get(from..)?.find('"')?;
        let after = &inner[at + 1..];
        if after.starts_with('"') {
            from = at + 2;
        } else if after.is_empty() || after.starts_with(delimiter) {
            return Some((inner[..at].replace("\"\"", "\""), after.strip_prefix(delimiter)));
        } else {
            return None;
        }
    }
}
