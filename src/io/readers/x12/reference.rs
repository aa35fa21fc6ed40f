//! References to elements of a transaction set, as [feed.columns] writes them.
//!
//! `PID/05` is an element by its number; `REF*IV` what stands behind the qualifier `IV`; `N1*ST` the identification of a party, `N1*ST/02`
//! its name; `LIN*VP` the id behind a qualifier among the pairs of LIN; `CTP*RES` the price of a kind. `#2` behind it takes the second one,
//! `[]` all of them.

use super::segments::Segment;

/// A reference to an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    segment: String,
    qualifier: Option<String>,
    element: usize,
    pick: Pick,
}

/// Which of several values is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// The only one: several that differ are ambiguous.
    Only,
    /// The one of this number, from 0.
    Nth(usize),
    /// All, as a list.
    All,
}

impl Reference {
    /// Reads a reference; `None` where the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (text, pick) = if let Some(rest) = text.strip_suffix("[]") {
            (rest, Pick::All)
        } else if let Some((rest, number)) = text.split_once('#') {
            (rest, Pick::Nth(number.parse::<usize>().ok()?.checked_sub(1)?))
        } else {
            (text, Pick::Only)
        };
        let (path, element) = match text.split_once('/') {
            Some((path, number)) => (path, Some(number.parse::<usize>().ok().filter(|number| (1..=40).contains(number))?)),
            None => (text, None),
        };
        let (segment, qualifier) = match path.split_once('*') {
            Some((segment, qualifier)) => (segment, Some(qualifier.to_owned())),
            None => (path, None),
        };
        let is_code = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !is_code(segment) || !(2..=3).contains(&segment.len()) || !qualifier.as_deref().is_none_or(is_code) {
            return None;
        }
        let element = match (element, segment, &qualifier) {
            (Some(number), _, _) => number,
            (None, "N1", Some(_)) => 4,
            (None, "CTP", Some(_)) => 3,
            (None, _, Some(_)) => 2,
            (None, _, None) => return None,
        };
        Some(Self { segment: segment.to_owned(), qualifier, element, pick })
    }

    /// Which of several values is taken.
    pub fn pick(&self) -> Pick {
        self.pick
    }

    /// The values in these segments, empty ones left out.
    pub fn values<'s>(&self, segments: &'s [Segment]) -> Vec<&'s str> {
        segments.iter().filter_map(|segment| self.value(segment)).filter(|value| !value.is_empty()).collect()
    }

    fn value<'s>(&self, segment: &'s Segment) -> Option<&'s str> {
        let id = segment.id();
        let Some(qualifier) = self.qualifier.as_deref() else {
            return (id == self.segment).then(|| segment.element(self.element));
        };
        // PTD carries a date and a reference with their qualifiers itself; N9 is the REF of SII.
        let own = match (id, self.segment.as_str()) {
            ("PTD", "DTM") => Some((2, 3)),
            ("PTD", "REF") => Some((4, 5)),
            ("N9", "REF") => Some((1, 2)),
            _ => None,
        };
        if let Some((at, value)) = own {
            return (segment.element(at) == qualifier).then(|| segment.element(value));
        }
        if id != self.segment {
            return None;
        }
        if id == "LIN" {
            let ids: Vec<&str> = segment.elements().skip(1).collect();
            return ids.chunks_exact(2).find(|pair| pair[0] == qualifier).map(|pair| pair[1]);
        }
        // CTP has the class of trade before the kind of price.
        let place = if id == "CTP" { 2 } else { 1 };
        (segment.element(place) == qualifier).then(|| segment.element(self.element))
    }
}

#[cfg(test)]
mod tests {
    use super::{Pick, Reference};

    #[test]
    fn what_is_a_reference() {
        for (text, element, pick) in
            [("N1*ST", 4, Pick::Only), ("N1*ST/02#2", 2, Pick::Nth(1)), ("REF*SE[]", 2, Pick::All), ("PID/05", 5, Pick::Only)]
        {
            let reference = Reference::parse(text).expect("a reference");
            assert_eq!((reference.element, reference.pick), (element, pick), "{text}");
        }
        for text in ["", "PID", "pid/05", "REF*", "REF*iv", "N1*ST#0", "N1*ST/0", "N1*ST/x", "TOOLONG/01", "N1*ST/02#", "*/01"] {
            assert_eq!(Reference::parse(text), None, "{text}");
        }
    }
}
