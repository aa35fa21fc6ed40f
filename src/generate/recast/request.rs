//! The layout that is asked for, in words: a format, and the habits of its sender.

use super::super::feed::Feed;
use super::super::workbook::Kind;
use crate::io::readers::Encoding;

/// One property of a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::generate) enum Word {
    /// Text with a delimiter between fields.
    Delimited,
    /// Text with fields at fixed places.
    FixedWidth,
    /// One JSON object a line, numbers as numbers.
    JsonLines,
    /// A workbook with numbers and dates as such, .xlsx unless another kind is asked for.
    Excel,
    /// Typed columns.
    Parquet,
    /// ANSI X12 867.
    X12,
    /// The text in this encoding.
    Encoded(Encoding),
    Semicolon,
    Tab,
    Bar,
    /// A backslash before a delimiter in a text; no quotes.
    Backslash,
    NoHeader,
    /// The column names again behind every twenty records.
    RepeatedHeader,
    /// A delimiter behind the last field.
    TrailingDelimiter,
    /// Records at fixed places back to back.
    NoLineEnds,
    /// Two lines before the header.
    Preamble,
    /// A last line with the sender's totals.
    Trailer,
    DecimalComma,
    Thousands,
    TrailingMinus,
    Parentheses,
    CurrencySign,
    /// `10/31/2026`
    UsDates,
    /// `31.10.26`
    ShortYears,
    /// `31-Oct-2026`
    MonthNames,
    /// Days counted as Excel counts them.
    ExcelDays,
    /// A workbook of Excel 97.
    Xls,
    /// A binary workbook within an archive.
    Xlsb,
    /// A workbook of OpenDocument.
    Ods,
    /// Days counted from 1904.
    Dates1904,
    /// Three rows above the column names, and a second worksheet.
    TitleRows,
    /// Identifiers of digits as numbers.
    NumberIds,
    Release5010,
    /// LIN before its QTY.
    ItemFirst,
    /// Control characters between elements and behind segments.
    OddMarks,
    /// A line end behind each terminator.
    LineEnds,
    /// Unit prices in SII alone.
    SiiPrices,
    /// Control numbers and counts that are always 1.
    Constants,
    /// The distributor's branch as a party of the partner's kind before the partner.
    TwoShipTo,
    Gzip,
    /// Gzip in two members.
    GzipMembers,
    Zstd,
    Zip,
}

use Word::{Delimited, Encoded, Excel, FixedWidth, JsonLines, Parquet, X12};

const ANY: &[Word] = &[Delimited, FixedWidth, JsonLines, Excel, Parquet, X12];
const TEXT: &[Word] = &[Delimited, FixedWidth];
const ENCODED: &[Word] = &[Delimited, FixedWidth, X12];
const DATED: &[Word] = &[Delimited, FixedWidth, JsonLines];

/// Every word with its text, what it decides, and the formats that it belongs to. A layout has one word for each decision at most.
const WORDS: [(Word, &str, &str, &[Word]); 49] = [
    (Delimited, "delimited", "format", ANY),
    (FixedWidth, "fixed_width", "format", ANY),
    (JsonLines, "json_lines", "format", ANY),
    (Excel, "excel", "format", ANY),
    (Parquet, "parquet", "format", ANY),
    (X12, "x12_867", "format", ANY),
    (Encoded(Encoding::Utf8), "utf-8", "encoding", ENCODED),
    (Encoded(Encoding::Utf16Le), "utf-16le", "encoding", ENCODED),
    (Encoded(Encoding::Utf16Be), "utf-16be", "encoding", ENCODED),
    (Encoded(Encoding::Windows1252), "windows-1252", "encoding", ENCODED),
    (Encoded(Encoding::Iso88591), "iso-8859-1", "encoding", ENCODED),
    (Encoded(Encoding::Cp437), "cp437", "encoding", ENCODED),
    (Encoded(Encoding::Cp850), "cp850", "encoding", ENCODED),
    (Word::Semicolon, "semicolon", "delimiter", &[Delimited]),
    (Word::Tab, "tab", "delimiter", &[Delimited]),
    (Word::Bar, "bar", "delimiter", &[Delimited]),
    (Word::Backslash, "backslash", "escape", &[Delimited]),
    (Word::NoHeader, "no_header", "header", &[Delimited]),
    (Word::RepeatedHeader, "repeated_header", "header", &[Delimited]),
    (Word::TrailingDelimiter, "trailing_delimiter", "record end", &[Delimited]),
    (Word::NoLineEnds, "no_line_ends", "line ends", &[FixedWidth]),
    (Word::Preamble, "preamble", "preamble", TEXT),
    (Word::Trailer, "trailer", "trailer", TEXT),
    (Word::DecimalComma, "decimal_comma", "decimal mark", TEXT),
    (Word::Thousands, "thousands", "thousands mark", TEXT),
    (Word::TrailingMinus, "trailing_minus", "sign", TEXT),
    (Word::Parentheses, "parentheses", "sign", TEXT),
    (Word::CurrencySign, "currency_sign", "currency", TEXT),
    (Word::UsDates, "us_dates", "dates", DATED),
    (Word::ShortYears, "short_years", "dates", DATED),
    (Word::MonthNames, "month_names", "dates", DATED),
    (Word::ExcelDays, "excel_days", "dates", DATED),
    (Word::Xls, "xls", "kind of workbook", &[Excel]),
    (Word::Xlsb, "xlsb", "kind of workbook", &[Excel]),
    (Word::Ods, "ods", "kind of workbook", &[Excel]),
    (Word::Dates1904, "1904", "first day", &[Excel]),
    (Word::TitleRows, "title_rows", "header", &[Excel]),
    (Word::NumberIds, "number_ids", "identifiers", &[Excel]),
    (Word::Release5010, "5010", "release", &[X12]),
    (Word::ItemFirst, "item_first", "order", &[X12]),
    (Word::OddMarks, "odd_marks", "marks", &[X12]),
    (Word::LineEnds, "line_ends", "line ends", &[X12]),
    (Word::SiiPrices, "sii_prices", "prices", &[X12]),
    (Word::Constants, "constants", "counts", &[X12]),
    (Word::TwoShipTo, "two_ship_to", "parties", &[X12]),
    (Word::Gzip, "gzip", "packing", ANY),
    (Word::GzipMembers, "gzip_members", "packing", ANY),
    (Word::Zstd, "zstd", "packing", ANY),
    (Word::Zip, "zip", "packing", ANY),
];

/// A layout that a feed can be written in instead of its sender's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recast {
    words: Vec<Word>,
}

impl Recast {
    /// The layout with these words, which belong together.
    pub(in crate::generate) fn of<const N: usize>(words: [Word; N]) -> Self {
        Self { words: words.to_vec() }
    }

    /// Reads words with `+` between: `excel`, `x12_867+5010+gzip`, `semicolon+parentheses`. Without a format the text stays delimited.
    ///
    /// # Errors
    /// Why a feed cannot be written so, as a sentence without its beginning.
    pub fn parse(feed: Feed, text: &str) -> Result<Self, String> {
        let mut recast = Self::default();
        for name in text.split('+') {
            let Some((word, _, decision, _)) = WORDS.iter().find(|(_, known, ..)| *known == name) else {
                return Err(format!("unknown layout `{name}`; known: {}", Self::names().join(", ")));
            };
            if let Some(other) = recast.words.iter().find(|other| entry(**other).2 == *decision) {
                return Err(format!("`{}` and `{name}` both decide the {decision}", entry(*other).1));
            }
            recast.words.push(*word);
        }
        let format = recast.format();
        if let Some(word) = recast.words.iter().find(|word| !entry(**word).3.contains(&format)) {
            return Err(format!("`{}` has no use in the format `{}`", entry(*word).1, entry(format).1));
        }
        if format == X12 && feed == Feed::Registrations {
            return Err("an X12 867 holds sales, and `registrations` are none".to_owned());
        }
        let has_euro = |encoding| matches!(encoding, Encoding::Iso88591 | Encoding::Cp437 | Encoding::Cp850);
        if recast.has(Word::CurrencySign) && recast.encoding().is_some_and(has_euro) {
            return Err("the euro sign does not exist in this encoding".to_owned());
        }
        if recast.has(Word::Ods) && recast.has(Word::Dates1904) {
            return Err("an .ods writes its days out and counts from no year".to_owned());
        }
        if recast.has(Word::NoLineEnds)
            && let Some(encoding) = recast.encoding().filter(|encoding| !encoding.has_one_byte_characters())
        {
            return Err(format!("without line ends a character is one byte, and in `{}` it is not", encoding.name()));
        }
        Ok(recast)
    }

    /// Every word.
    pub fn names() -> Vec<&'static str> {
        WORDS.iter().map(|(_, name, ..)| *name).collect()
    }

    pub(in crate::generate) fn has(&self, word: Word) -> bool {
        self.words.contains(&word)
    }

    pub(in crate::generate) fn format(&self) -> Word {
        self.words.iter().copied().find(|word| entry(*word).2 == "format").unwrap_or(Delimited)
    }

    /// The kind of its workbook.
    pub(in crate::generate) fn workbook(&self) -> Kind {
        let asked = [(Word::Xls, Kind::Xls), (Word::Xlsb, Kind::Xlsb), (Word::Ods, Kind::Ods)];
        asked.into_iter().find(|(word, _)| self.has(*word)).map_or(Kind::Xlsx, |(_, kind)| kind)
    }

    /// The encoding that is asked for.
    pub(in crate::generate) fn encoding(&self) -> Option<Encoding> {
        self.words.iter().find_map(|word| if let Encoded(encoding) = word { Some(*encoding) } else { None })
    }

    pub(in crate::generate) fn packing(&self) -> Option<Word> {
        self.words.iter().copied().find(|word| entry(*word).2 == "packing")
    }

    /// Whether the sender's own bytes are kept, packed or not.
    pub(in crate::generate) fn keeps_text(&self) -> bool {
        self.words.iter().all(|word| *word == Delimited || entry(*word).2 == "packing")
    }

    /// The path of a file in this layout.
    pub(in crate::generate) fn path(&self, path: &str) -> String {
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        let path = match self.format() {
            Excel => format!("{stem}.{}", self.workbook().ending()),
            JsonLines => format!("{stem}.jsonl"),
            FixedWidth => format!("{stem}.dat"),
            Parquet => format!("{stem}.parquet"),
            X12 => format!("{stem}.edi"),
            _ => path.to_owned(),
        };
        match self.packing() {
            Some(Word::Gzip | Word::GzipMembers) => format!("{path}.gz"),
            Some(Word::Zstd) => format!("{path}.zst"),
            Some(_) => format!("{path}.zip"),
            None => path,
        }
    }
}

fn entry(word: Word) -> &'static (Word, &'static str, &'static str, &'static [Word]) {
    // Every word stands in the table.
    WORDS.iter().find(|(known, ..)| *known == word).unwrap_or(&WORDS[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_asked_for() {
        let cause = |feed, text| Recast::parse(feed, text).expect_err(text);
        assert!(cause(Feed::VendorDirect, "word").contains("unknown layout `word`"));
        assert!(cause(Feed::VendorDirect, "excel+parquet").contains("both decide the format"));
        assert!(cause(Feed::VendorDirect, "gzip+excel+zip").contains("both decide the packing"));
        assert!(cause(Feed::VendorDirect, "parquet+cp850").contains("`cp850` has no use in the format `parquet`"));
        assert!(cause(Feed::VendorDirect, "item_first").contains("has no use in the format `delimited`"));
        assert!(cause(Feed::Registrations, "x12_867").contains("holds sales"));
        assert!(cause(Feed::DistributorB, "currency_sign+cp437").contains("euro"));
        assert!(cause(Feed::DistributorB, "fixed_width+no_line_ends+utf-16le").contains("one byte"));
        assert!(cause(Feed::DistributorB, "excel+1904+ods").contains("counts from no year"));
    }

    #[test]
    fn paths_tell_format_and_packing() {
        let path = |text| Recast::parse(Feed::DistributorB, text).expect(text).path("drop/VK_202603_v1.txt");
        assert_eq!(path("parentheses"), "drop/VK_202603_v1.txt");
        assert_eq!(path("x12_867+zip"), "drop/VK_202603_v1.edi.zip");
        assert_eq!(path("excel"), "drop/VK_202603_v1.xlsx");
        assert_eq!(path("xlsb+excel"), "drop/VK_202603_v1.xlsb");
        assert_eq!(path("gzip_members+json_lines"), "drop/VK_202603_v1.jsonl.gz");
    }
}
