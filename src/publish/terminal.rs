//! Plain text of at most 100 columns: headings, wrapped sentences, aligned tables.

use crate::publish::report::format::count;

/// Columns of the terminal that are used.
const WIDTH: usize = 100;
/// Fewest columns of a table's first column.
const LEAST_LABEL: usize = 8;

/// A text that grows downwards.
#[derive(Debug, Default)]
pub struct Page(String);

/// A row of a table.
pub enum Row {
    /// One text per column.
    Cells(Vec<String>),
    /// A sentence below the row before.
    Note(String),
}

impl Page {
    /// The text.
    pub fn into_text(self) -> String {
        self.0
    }

    /// Starts a section.
    pub fn heading(&mut self, title: &str) {
        self.0.push('\n');
        self.sentence(0, title);
    }

    /// A label and its text.
    pub fn pair(&mut self, label: &str, text: &str) {
        const LABEL: usize = 9;
        let mut below = Self::default();
        below.wrap(0, WIDTH - LABEL - 3, text);
        for (place, line) in below.0.lines().enumerate() {
            let label = if place == 0 { label } else { "" };
            self.line(&format!("  {label:LABEL$} {line}"));
        }
    }

    /// A sentence, wrapped; what follows the first line is indented by two more.
    pub fn sentence(&mut self, indent: usize, text: &str) {
        self.wrap(indent, WIDTH, text);
    }

    fn wrap(&mut self, indent: usize, most: usize, text: &str) {
        let text = printable(text);
        let mut line = " ".repeat(indent);
        let mut is_empty = true;
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            if !is_empty && width(&line) + 1 + width(word) > most {
                self.line(&line);
                line = " ".repeat(indent + 2);
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        self.line(&line);
    }

    /// A table: the first column to the left, the others to the right.
    pub fn table(&mut self, header: &[&str], rows: &[Row]) {
        let header = Row::Cells(header.iter().map(|title| (*title).to_owned()).collect());
        let all = || std::iter::once(&header).chain(rows);
        let mut widths: Vec<usize> = Vec::new();
        for row in all() {
            let Row::Cells(cells) = row else { continue };
            for (place, cell) in cells.iter().enumerate() {
                match widths.get_mut(place) {
                    Some(known) => *known = (*known).max(width(cell)),
                    None => widths.push(width(cell)),
                }
            }
        }
        let taken: usize = 2 + widths.iter().skip(1).map(|width| width + 2).sum::<usize>();
        if let Some(label) = widths.first_mut() {
            *label = (*label).min(WIDTH.saturating_sub(taken).max(LEAST_LABEL));
        }
        for row in all() {
            match row {
                Row::Cells(cells) => self.cells(cells, &widths),
                Row::Note(text) => self.sentence(4, text),
            }
        }
    }

    fn cells(&mut self, cells: &[String], widths: &[usize]) {
        let mut line = "  ".to_owned();
        for (place, (cell, column)) in cells.iter().zip(widths).enumerate() {
            let cell = cut(&printable(cell), *column);
            let blank = " ".repeat(column.saturating_sub(width(&cell)));
            if place == 0 {
                line.push_str(&cell);
                line.push_str(&blank);
            } else {
                line.push_str("  ");
                line.push_str(&blank);
                line.push_str(&cell);
            }
        }
        self.line(&line);
    }

    fn line(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// The text without control characters, which a terminal would obey, and with plain spaces.
fn printable(text: &str) -> String {
    let shown = |letter: char| match letter {
        '\u{a0}' => ' ',
        letter if letter.is_control() => char::REPLACEMENT_CHARACTER,
        letter => letter,
    };
    text.chars().map(shown).collect()
}

fn cut(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// A fixed-point number with thousands separated; zeros after the first `least` decimals are left out.
pub fn decimal(value: i128, places: usize, least: usize) -> String {
    let scale = 10_u128.pow(places as u32);
    let magnitude = value.unsigned_abs();
    let mut fraction = format!("{:0places$}", magnitude % scale);
    while fraction.len() > least && fraction.ends_with('0') {
        fraction.pop();
    }
    let sign = if value < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}.{fraction}", count((magnitude / scale) as i128))
}

#[cfg(test)]
mod tests {
    use super::{Page, Row, decimal};

    #[test]
    fn decimals_keep_what_is_asked_for() {
        let shown = [(391_208_175, 4, 2), (39_120_000, 4, 2), (-5, 6, 6), (-1_234_567, 2, 2)].map(|(a, b, c)| decimal(a, b, c));
        assert_eq!(shown, ["39,120.8175", "3,912.00", "\u{2212}0.000005", "\u{2212}12,345.67"]);
    }

    #[test]
    fn no_line_is_wider_than_the_page() {
        let mut page = Page::default();
        page.sentence(2, &"word ".repeat(60));
        let cells = |label: &str| Row::Cells(vec![label.to_owned(), "1,234.00".to_owned()]);
        page.table(&["category", "amount"], &[cells(&"name ".repeat(40)), cells("a\u{1b}[31m"), Row::Note("note ".repeat(40))]);
        let text = page.into_text();
        assert!(text.lines().all(|line| line.chars().count() <= 100 && !line.contains('\u{1b}')), "{text}");
        assert!(text.contains('…'));
    }
}
