//! What the values of a column look like, where nearly all of them look alike: a sign of where a damaged record begins.
//!
//! Looks never judge a record that fits. They choose between two readings of damaged lines.

/// A record that is looked at.
#[derive(Debug)]
pub struct Seen<'a> {
    /// Whether it begins with a quote.
    pub is_quoted: bool,
    /// Its fields without their quotes.
    pub fields: Vec<&'a [u8]>,
}

/// So many records say what columns look like; of few columns, too little tells a record from a piece of a text, and it takes more.
const LEAST_RECORDS: usize = 3;
const MANY_RECORDS: usize = 9;
const MANY_COLUMNS: usize = 6;

/// What the records of a file look like.
#[derive(Debug, Default)]
pub struct Looks {
    columns: Vec<Option<Look>>,
    /// Whether records begin with a quote: one alone on a line is then rather the beginning of a record than the end of a text.
    begins_with_quote: bool,
    /// Whether enough records were seen to say anything.
    is_known: bool,
    /// Whether they are enough, and none spans lines.
    is_single_lined: bool,
    quote: Option<u8>,
}

/// What most values of a column look like.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    /// Their kinds of characters.
    kinds: Vec<u8>,
    /// Their bytes, where all have as many.
    length: Option<usize>,
}

impl Looks {
    /// The looks of columns by some records.
    pub fn of(records: &[Seen<'_>], quote: Option<u8>) -> Self {
        let width = records.first().map_or(0, |record| record.fields.len());
        let is_known = records.len() >= if width < MANY_COLUMNS { MANY_RECORDS } else { LEAST_RECORDS };
        let known = if is_known { width } else { 0 };
        let spans_lines = records.iter().flat_map(|record| &record.fields).any(|field| field.contains(&b'\n'));
        Self {
            columns: (0..known).map(|column| Look::common(records, column, quote)).collect(),
            begins_with_quote: is_most(records.iter().filter(|record| record.is_quoted).count(), records.len()),
            is_known,
            is_single_lined: records.len() >= MANY_RECORDS && !spans_lines,
            quote,
        }
    }

    /// Whether enough records were seen to doubt one that fits.
    pub fn is_known(&self) -> bool {
        self.is_known
    }

    /// Whether the beginning of a record can be told from a line of a text: first fields have a look, or no text has lines.
    pub fn tell_beginnings(&self) -> bool {
        self.is_single_lined || matches!(self.columns.first(), Some(Some(_)))
    }

    /// Whether last fields have a look.
    pub fn knows_last(&self) -> bool {
        matches!(self.columns.last(), Some(Some(_)))
    }

    /// Whether two fields or more have a look, and each of these looks like its column.
    pub fn are_all(&self, fields: &[&[u8]]) -> bool {
        let known = || self.columns.iter().zip(fields).filter_map(|(known, field)| Some((known.as_ref()?, field)));
        known().count() >= 2 && known().all(|(known, field)| known.is_of(field, self.quote))
    }

    /// Whether a first field, perhaps only its beginning, looks like its column; `None` where that has no look.
    pub fn is_like_first(&self, field: &[u8], is_beginning: bool) -> Option<bool> {
        let known = self.columns.first()?.as_ref()?;
        let kinds = kinds(field, self.quote);
        Some(match is_beginning {
            true if kinds.is_empty() => self.begins_with_quote && field.len() == 1,
            true => known.begins_with(field, &kinds, self.quote),
            false => known.is_of(field, self.quote),
        })
    }

    /// Whether most of the fields that can be compared look like their columns.
    pub fn is_alike<'a>(&self, fields: impl Iterator<Item = &'a [u8]>) -> bool {
        let mut alike = 0;
        let mut different = 0;
        for (known, field) in self.columns.iter().zip(fields) {
            match known {
                Some(known) if known.is_of(field, self.quote) => alike += 1,
                Some(_) => different += 1,
                None => {}
            }
        }
        different == 0 || alike > different
    }
}

impl Look {
    /// The look of four fifths of a column's values. Empty ones look like nothing.
    fn common(records: &[Seen<'_>], column: usize, quote: Option<u8>) -> Option<Self> {
        let fields: Vec<&[u8]> = records.iter().filter_map(|record| record.fields.get(column).copied()).collect();
        let mut looks: Vec<Vec<u8>> = fields.iter().map(|field| kinds(field, quote)).collect();
        looks.sort_unstable();
        let most = looks.chunk_by(PartialEq::eq).max_by_key(|same| same.len())?;
        if most[0].is_empty() || !is_most(most.len(), records.len()) {
            return None;
        }
        let length = length(fields[0], quote);
        let is_fixed = fields.iter().all(|field| self::length(field, quote) == length);
        Some(Self { kinds: most[0].clone(), length: is_fixed.then_some(length) })
    }

    /// Whether a field that was cut can be the beginning of a value: a quote stands before it at most.
    fn begins_with(&self, field: &[u8], kinds: &[u8], quote: Option<u8>) -> bool {
        let has_quote_within = field.iter().skip(1).any(|byte| Some(*byte) == quote);
        let is_short = self.length.is_none_or(|known| length(field, quote) < known);
        !has_quote_within && is_short && self.kinds.starts_with(kinds)
    }

    fn is_of(&self, field: &[u8], quote: Option<u8>) -> bool {
        self.length.is_none_or(|known| known == length(field, quote)) && self.kinds == kinds(field, quote)
    }
}

/// Whether these are four fifths of all.
fn is_most(count: usize, all: usize) -> bool {
    count * 5 >= all * 4
}

/// Bytes without quotes.
fn length(field: &[u8], quote: Option<u8>) -> usize {
    field.iter().filter(|byte| Some(**byte) != quote).count()
}

/// Each run of capital letters, of other letters and of digits once, without quotes and a sign.
fn kinds(field: &[u8], quote: Option<u8>) -> Vec<u8> {
    let kind = |byte: &u8| match byte {
        b'0'..=b'9' => b'0',
        b'A'..=b'Z' => b'A',
        b'a'..=b'z' | 0x80.. => b'a',
        other => *other,
    };
    let mut kinds: Vec<u8> = field.iter().filter(|byte| Some(**byte) != quote).map(kind).collect();
    kinds.dedup();
    if kinds.len() > 1 && kinds.first() == Some(&b'-') {
        kinds.remove(0);
    }
    kinds
}
