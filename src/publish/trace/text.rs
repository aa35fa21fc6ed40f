//! The records for a person.

use super::{FileState, Trace, TracedFile, TracedRecord};
use crate::publish::report::format::count;
use crate::publish::terminal::Page;
use std::fmt::Write;

/// One block for each file that comes next in the order of the records.
pub fn text(trace: &Trace) -> String {
    let mut page = Page::default();
    let category = trace.category.as_ref().map_or(String::new(), |category| format!(", category {category}"));
    let behind = if trace.left_out() == 0 {
        records(trace.total)
    } else {
        format!("the first {} of {}", count(trace.records.len() as u64), records(trace.total))
    };
    let title = format!(
        "{} {} in run {}: {behind} behind {}{category}",
        trace.partner_id,
        trace.partner_name,
        trace.run_id,
        trace.table.name()
    );
    page.sentence(0, &title);
    let mut text = page.into_text();
    let mut last = None;
    for record in &trace.records {
        let Some(file) = trace.files.get(record.file) else { continue };
        if last != Some(record.file) {
            let _ = writeln!(text, "\n{}", printable(&heading(file)));
            last = Some(record.file);
        }
        let _ = writeln!(text, "  {}: {}", printable(&place(record)), printable(&record.meaning));
        if let Some(raw) = &record.raw {
            for line in raw.text.split('\n') {
                let _ = writeln!(text, "    | {}", printable(line.strip_suffix('\r').unwrap_or(line)));
            }
        }
    }
    if trace.left_out() > 0 {
        let _ = writeln!(text, "\n{} not shown: `--limit` says how many are", records(trace.left_out()));
    }
    text
}

fn records(number: u64) -> String {
    if number == 1 { "1 record".to_owned() } else { format!("{} records", count(number)) }
}

fn heading(file: &TracedFile) -> String {
    let state = match file.state {
        FileState::Unchanged => String::new(),
        FileState::SameSize => ", not compared with the run but by its size".to_owned(),
        FileState::Changed => {
            format!(" HAS CHANGED since the run, which read sha256 {}: its records are not shown", &file.sha256[..12])
        }
        FileState::Gone => " IS GONE: its records are not shown".to_owned(),
    };
    format!("{} of {}{state}", file.path, file.feed_id)
}

fn place(record: &TracedRecord) -> String {
    let section = if record.section.is_empty() { String::new() } else { format!("{}, ", record.section) };
    match record.extent {
        None => format!("{section}row {}", record.line),
        Some(extent) => format!("{section}line {}, {} bytes from {}", record.line, extent.length, extent.offset),
    }
}

/// Text in which nothing moves the cursor of a terminal.
fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|letter| if letter.is_control() && letter != '\t' { letter.escape_default().collect() } else { vec![letter] })
        .collect()
}
