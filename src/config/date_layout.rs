//! The layout of a feed's dates, from its text in the pipeline file.

/// How a feed writes its dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateLayout {
    /// Fields and marks in a fixed order.
    Pattern(Vec<DatePart>),
    /// Days counted as Excel counts them, perhaps with a fraction for the time of day.
    Serial(DateSystem),
}

/// Excel's two ways to count days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateSystem {
    /// Day 1 is 1900-01-01 and day 60 is a 29 February 1900 that never was.
    From1900,
    /// Day 0 is 1904-01-01.
    From1904,
}

/// One piece of a date pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatePart {
    /// `yyyy`: four digits.
    Year,
    /// `yy`: two digits; those from the pivot on are years of 19xx, those below it of 20xx.
    ShortYear {
        /// First two-digit year of 19xx.
        pivot: u32,
    },
    /// `mm`: two digits, or `m`: one or two.
    Month {
        /// Whether there are always two digits.
        is_padded: bool,
    },
    /// `mon`: the name of the month, in any case of letters; January first.
    MonthName(Vec<String>),
    /// `dd`: two digits, or `d`: one or two.
    Day {
        /// Whether there are always two digits.
        is_padded: bool,
    },
    /// `hh`, `mi`, `ss`: two digits up to this number. The time of day is checked and not kept.
    TimeOfDay {
        /// 23 for hours, 59 for minutes and seconds.
        largest: u32,
    },
    /// What stands between.
    Mark(char),
}

const ENGLISH_MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// What a layout looks like, for hints.
pub const HINT: &str = "made of `yyyy` or `yy`, `mm`, `m` or `mon`, `dd` or `d`, perhaps `hh`, `mi`, `ss`, and marks, as in `dd.mm.yyyy`; \
                        or `excel-1900`, `excel-1904`";

impl DateLayout {
    /// Reads a layout's text.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence.
    pub fn compile(text: &str, pivot: Option<u32>, month_names: &[String]) -> Result<Self, String> {
        let layout = match text {
            "excel-1900" => Self::Serial(DateSystem::From1900),
            "excel-1904" => Self::Serial(DateSystem::From1904),
            _ => Self::Pattern(parts(text, pivot, month_names)?),
        };
        if pivot.is_some() && !layout.has(|part| matches!(part, DatePart::ShortYear { .. })) {
            return Err("has no two-digit year, but `pivot` is given".into());
        }
        if !month_names.is_empty() && !layout.has(|part| matches!(part, DatePart::MonthName(_))) {
            return Err("has no month by name, but `month_names` are given".into());
        }
        Ok(layout)
    }

    fn has(&self, is: fn(&DatePart) -> bool) -> bool {
        matches!(self, Self::Pattern(parts) if parts.iter().any(is))
    }
}

fn parts(text: &str, pivot: Option<u32>, month_names: &[String]) -> Result<Vec<DatePart>, String> {
    let names = match month_names {
        [] => ENGLISH_MONTHS.map(str::to_owned).to_vec(),
        given => given.iter().map(|name| name.to_lowercase()).collect(),
    };
    let known = [
        ("yyyy", DatePart::Year),
        ("yy", DatePart::ShortYear { pivot: pivot.unwrap_or(u32::MAX) }),
        ("mon", DatePart::MonthName(names)),
        ("mm", DatePart::Month { is_padded: true }),
        ("mi", DatePart::TimeOfDay { largest: 59 }),
        ("m", DatePart::Month { is_padded: false }),
        ("dd", DatePart::Day { is_padded: true }),
        ("d", DatePart::Day { is_padded: false }),
        ("hh", DatePart::TimeOfDay { largest: 23 }),
        ("ss", DatePart::TimeOfDay { largest: 59 }),
    ];
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match known.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, part)) => {
                parts.push(part.clone());
                rest = &rest[name.len()..];
            }
            // `T` and `Z` are the marks of ISO 8601.
            None if !first.is_ascii_digit() && (!first.is_alphabetic() || matches!(first, 'T' | 'Z')) => {
                parts.push(DatePart::Mark(first));
                rest = &rest[first.len_utf8()..];
            }
            None => return Err(format!("is no layout of dates: `{rest}` is no part of one")),
        }
    }
    let count = |is: fn(&DatePart) -> bool| parts.iter().filter(|part| is(part)).count();
    for (name, found) in [
        ("year", count(|part| matches!(part, DatePart::Year | DatePart::ShortYear { .. }))),
        ("month", count(|part| matches!(part, DatePart::Month { .. } | DatePart::MonthName(_)))),
        ("day", count(|part| matches!(part, DatePart::Day { .. }))),
    ] {
        if found != 1 {
            return Err(format!("is no layout of dates: it has {} {name}", if found == 0 { "no" } else { "more than one" }));
        }
    }
    if pivot.is_none() && parts.iter().any(|part| matches!(part, DatePart::ShortYear { .. })) {
        return Err("has a two-digit year, which needs a `pivot`".into());
    }
    // A name ends where digits begin, and digits where a name begins.
    let is_open = |part: &DatePart| matches!(part, DatePart::Month { is_padded: false } | DatePart::Day { is_padded: false });
    if parts.windows(2).any(|pair| is_open(&pair[0]) && !matches!(pair[1], DatePart::Mark(_) | DatePart::MonthName(_))) {
        return Err("is ambiguous: a part of no fixed length needs a mark after it".into());
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_layout_is_refused_with_the_cause() {
        let refused = |text: &str, pivot| DateLayout::compile(text, pivot, &[]).expect_err("no layout");
        assert_eq!(refused("dd.mm", None), "is no layout of dates: it has no year");
        assert_eq!(refused("yyyy-mm-mm-dd", None), "is no layout of dates: it has more than one month");
        assert_eq!(refused("dd/mm/jjjj", None), "is no layout of dates: `jjjj` is no part of one");
        assert_eq!(refused("dd.mm.yy", None), "has a two-digit year, which needs a `pivot`");
        assert_eq!(refused("dd.mm.yyyy", Some(70)), "has no two-digit year, but `pivot` is given");
        assert_eq!(refused("excel-1900", Some(70)), "has no two-digit year, but `pivot` is given");
        assert!(DateLayout::compile("dmonyyyy", None, &[]).is_ok());
        assert_eq!(refused("dmyyyy", None), "is ambiguous: a part of no fixed length needs a mark after it");
        assert_eq!(refused("", None), "is no layout of dates: it has no year");
        assert!(DateLayout::compile("yyyy-mm-dd", None, &["Jänner".to_owned()]).is_err());
    }
}
