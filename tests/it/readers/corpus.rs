//! Random clean files of delimited text, and what one pollution makes of them.

use attachrate::io::readers::Encoding;
use attachrate::io::readers::layout::{Delimited, Header};
use std::ops::Range;

/// A small generator of numbers, so that a file is known by its seed.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x1234_5678_9ABC_DEF1))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// True once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Id,
    Date,
    Sku,
    Quantity,
    Amount,
    Text,
}

/// How a sender writes.
#[derive(Debug, Clone)]
pub struct Sender {
    kinds: Vec<Kind>,
    delimiter: char,
    quote: char,
    escape: Option<char>,
    quotes_all: bool,
    line_end: &'static str,
    pub encoding: Encoding,
    /// Whether texts hold line ends, quotes and the like.
    pub is_wild: bool,
}

/// The kinds of pollution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pollution {
    DelimiterTooMany,
    DelimiterTooFew,
    QuoteTooMany,
    QuoteTooFew,
    /// The rest of a line is gone, its end stands.
    Cut,
    /// The rest of a line is gone with its end.
    CutWithEnd,
    /// Some bytes are gone within a line.
    Gap,
}

pub const POLLUTIONS: [Pollution; 7] = [
    Pollution::DelimiterTooMany,
    Pollution::DelimiterTooFew,
    Pollution::QuoteTooMany,
    Pollution::QuoteTooFew,
    Pollution::Cut,
    Pollution::CutWithEnd,
    Pollution::Gap,
];

impl Sender {
    pub fn layout(&self) -> Delimited {
        Delimited {
            frame: super::frame(self.encoding),
            delimiter: self.delimiter.to_string().into_bytes(),
            quote: Some(self.quote as u8),
            escape: self.escape.map(|escape| escape as u8),
            header: Header::First,
            has_trailing_delimiter: false,
        }
    }

    fn random(dice: &mut Dice) -> Self {
        let width = 2 + dice.below(11);
        let kinds = [Kind::Id, Kind::Date, Kind::Sku, Kind::Quantity, Kind::Amount, Kind::Text, Kind::Text];
        let mut kinds: Vec<Kind> = (0..width).map(|_| dice.of(&kinds)).collect();
        if !dice.once_in(4) {
            kinds[0] = dice.of(&[Kind::Id, Kind::Date, Kind::Sku]);
        }
        Self {
            kinds,
            delimiter: dice.of(&[',', ';', '|', '\t']),
            quote: '"',
            escape: dice.once_in(6).then_some('\\'),
            quotes_all: dice.once_in(3),
            line_end: dice.of(&["\n", "\r\n"]),
            encoding: dice.of(&[Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Windows1252]),
            is_wild: !dice.once_in(3),
        }
    }

    fn text(&self, dice: &mut Dice) -> String {
        let words = ["rack", "server", "8 GB", "Größe", "with", "café", "x", "2026-01-05", "15"];
        if !self.is_wild {
            return (0..dice.below(4)).map(|_| dice.of(&words)).collect::<Vec<_>>().join(" ");
        }
        let (delimiter, quote) = (self.delimiter, self.quote);
        let mut text = String::new();
        for _ in 0..dice.below(6) {
            match dice.below(16) {
                0..=6 => text.push_str(dice.of(&words)),
                7 | 8 => text.push(' '),
                9 => text.push(delimiter),
                10 => text.push(quote),
                11 => text.push_str(self.line_end),
                12 => text.push('\n'),
                13 => text.extend([delimiter, quote, delimiter]),
                14 => text.extend([quote, delimiter, '\n', quote]),
                _ => text.extend(self.escape),
            }
        }
        text
    }

    fn field(&self, kind: Kind, dice: &mut Dice) -> String {
        match kind {
            Kind::Id => format!("R{:05}", dice.below(100_000)),
            Kind::Date => format!("2026-{:02}-{:02}", 1 + dice.below(12), 1 + dice.below(28)),
            Kind::Sku => {
                let letter = |dice: &mut Dice| char::from(b'A' + dice.below(26) as u8);
                format!("{}{}{:03}{}", letter(dice), letter(dice), dice.below(1_000), letter(dice))
            }
            Kind::Quantity => format!("{}{}", if dice.once_in(8) { "-" } else { "" }, 1 + dice.below(20)),
            Kind::Amount => format!("{}{}.{:02}", if dice.once_in(8) { "-" } else { "" }, dice.below(5_000), dice.below(100)),
            Kind::Text => self.text(dice),
        }
    }

    fn fields(&self, dice: &mut Dice) -> Vec<String> {
        let mut fields: Vec<String> = self.kinds.iter().map(|kind| self.field(*kind, dice)).collect();
        // A record is not an empty line.
        if fields.iter().all(String::is_empty) {
            fields[0] = "x".to_owned();
        }
        fields
    }

    fn written(&self, field: &str) -> String {
        let quote = self.quote;
        let must = field.contains([quote, '\n', '\r', self.delimiter]) || self.escape.is_some_and(|escape| field.contains(escape));
        if !self.quotes_all && !must {
            return field.to_owned();
        }
        let inner = match self.escape {
            Some(escape) => field.replace(escape, &format!("{escape}{escape}")).replace(quote, &format!("{escape}{quote}")),
            None => field.replace(quote, &format!("{quote}{quote}")),
        };
        format!("{quote}{inner}{quote}")
    }

    fn record(&self, fields: &[String]) -> String {
        fields.iter().map(|field| self.written(field)).collect::<Vec<_>>().join(&self.delimiter.to_string())
    }

    /// The records of a text that is nothing but whole records with their line ends, character by character.
    pub fn parse(&self, text: &str) -> Option<Vec<Vec<String>>> {
        #[derive(PartialEq)]
        enum At {
            Start,
            Plain,
            Quoted,
            Closed,
        }
        let mut records = Vec::new();
        let mut fields = vec![String::new()];
        let mut at = At::Start;
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            let field = fields.last_mut()?;
            if at == At::Quoted {
                match letter {
                    _ if Some(letter) == self.escape => field.push(letters.next()?),
                    _ if letter == self.quote && letters.peek() == Some(&self.quote) => field.extend(letters.next()),
                    _ if letter == self.quote => at = At::Closed,
                    _ => field.push(letter),
                }
                continue;
            }
            let is_end = letter == '\n' || (letter == '\r' && letters.peek() == Some(&'\n'));
            if letter == self.delimiter {
                fields.push(String::new());
                at = At::Start;
            } else if is_end {
                if letter == '\r' {
                    letters.next();
                }
                let is_empty = fields.len() == 1 && fields[0].is_empty() && at == At::Start;
                let record = std::mem::replace(&mut fields, vec![String::new()]);
                if !is_empty {
                    if record.len() != self.kinds.len() {
                        return None;
                    }
                    records.push(record);
                }
                at = At::Start;
            } else if at == At::Closed {
                return None;
            } else if letter == self.quote {
                if at != At::Start {
                    return None;
                }
                at = At::Quoted;
            } else if Some(letter) == self.escape {
                field.push(letters.next()?);
                at = At::Plain;
            } else {
                field.push(letter);
                at = At::Plain;
            }
        }
        (at == At::Start && fields.len() == 1 && fields[0].is_empty()).then_some(records)
    }
}

impl Sender {
    /// Whether a text with its line end is one clean record with one pollution: tried out, mark by mark and place by place.
    pub fn is_one_pollution_away(&self, text: &str) -> bool {
        let is_record = |text: &str| self.parse(text).is_some_and(|records| records.len() == 1);
        let (quote, delimiter) = (self.quote.to_string(), self.delimiter.to_string());
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let mut fillings = vec![quote.clone(), delimiter.clone()];
        for missing in 0..self.kinds.len() {
            // What stood between is any number of fields, with or without the quotes of those at its ends.
            let between = delimiter.repeat(missing);
            for (before, behind) in [("", ""), (quote.as_str(), ""), ("", quote.as_str()), (quote.as_str(), quote.as_str())] {
                fillings.push(format!("{before}{between}{behind}"));
            }
        }
        places.iter().any(|&at| {
            let (before, behind) = text.split_at(at);
            let is_without = |mark: &str| behind.strip_prefix(mark).is_some_and(|behind| is_record(&format!("{before}{behind}")));
            is_without(&quote)
                || is_without(&delimiter)
                || fillings.iter().any(|filling| is_record(&format!("{before}{filling}{behind}")))
        })
    }
}

/// A clean file, and the same file with one pollution.
pub struct Case {
    pub sender: Sender,
    records: Vec<Vec<String>>,
    header: String,
    /// Records written, with their line ends.
    written: Vec<String>,
    /// The polluted records: the victim, and with its line end gone the one behind it.
    victims: Range<usize>,
    /// Their text as it became.
    pub polluted: String,
}

impl Case {
    /// The case of a seed; `None` where the pollution changes nothing.
    pub fn random(seed: u64, pollution: Pollution) -> Option<Self> {
        let mut dice = Dice::new(seed);
        let sender = Sender::random(&mut dice);
        let count = 3 + dice.below(30);
        let records: Vec<Vec<String>> = (0..count).map(|_| sender.fields(&mut dice)).collect();
        let written: Vec<String> = records.iter().map(|fields| sender.record(fields) + sender.line_end).collect();
        let names: Vec<String> = (0..sender.kinds.len()).map(|column| format!("c{column}")).collect();
        let header = sender.record(&names) + sender.line_end;
        let victim = dice.below(count);
        let text = written[victim].strip_suffix(sender.line_end)?;
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let marks = |mark: char| text.char_indices().filter(|(_, c)| *c == mark).map(|(at, _)| at).collect::<Vec<_>>();
        let at = dice.of(&places);
        let insert = |mark: char| format!("{}{mark}{}{}", &text[..at], &text[at..], sender.line_end);
        let mut remove = |mark: char| {
            let marks = marks(mark);
            if marks.is_empty() {
                return None;
            }
            let at = dice.of(&marks);
            Some(format!("{}{}{}", &text[..at], &text[at + 1..], sender.line_end))
        };
        let line_end = text[at..].find('\n').map(|end| at + end);
        let mut victims = victim..victim + 1;
        let polluted = match pollution {
            Pollution::DelimiterTooMany => insert(sender.delimiter),
            Pollution::QuoteTooMany => insert(sender.quote),
            Pollution::DelimiterTooFew => remove(sender.delimiter)?,
            Pollution::QuoteTooFew => remove(sender.quote)?,
            Pollution::Cut => {
                let end = line_end.map_or(text.len(), |end| end - usize::from(text[..end].ends_with('\r') && end > at));
                format!("{}{}{}", &text[..at], &text[end..], sender.line_end)
            }
            Pollution::CutWithEnd => match line_end {
                Some(end) => format!("{}{}{}", &text[..at], &text[end + 1..], sender.line_end),
                None => {
                    let next = written.get(victim + 1)?;
                    victims.end += 1;
                    format!("{}{next}", &text[..at])
                }
            },
            Pollution::Gap => {
                let end = line_end.unwrap_or(text.len());
                let behind: Vec<usize> = places.iter().copied().filter(|place| *place > at && *place <= end).collect();
                if behind.is_empty() {
                    return None;
                }
                format!("{}{}{}", &text[..at], &text[dice.of(&behind)..], sender.line_end)
            }
        };
        let clean: String = written[victims.clone()].concat();
        (polluted != clean).then_some(Self { sender, records, header, written, victims, polluted })
    }

    pub fn text(&self) -> String {
        let before = self.written[..self.victims.start].concat();
        format!("{}{before}{}{}", self.header, self.polluted, self.written[self.victims.end..].concat())
    }

    /// The header line.
    pub fn header(&self) -> &str {
        &self.header
    }

    /// Number of records before the polluted ones.
    pub fn before(&self) -> usize {
        self.victims.start
    }

    /// The records that are not polluted, in their order.
    pub fn others(&self) -> impl Iterator<Item = &Vec<String>> {
        self.records[..self.victims.start].iter().chain(&self.records[self.victims.end..])
    }

    /// The lines of the polluted records, from 1.
    pub fn lines(&self) -> Range<u64> {
        let lines = |text: &str| text.matches('\n').count() as u64;
        let first = 1 + lines(&self.header) + self.written[..self.victims.start].iter().map(|text| lines(text)).sum::<u64>();
        first..first + lines(&self.polluted)
    }
}
