//! Candidates for a text that is not known: the known texts that are most like it. Suggestions for a person, never applied.

use rustc_hash::FxHashMap;
use std::cmp::Reverse;

/// Similarity below which a known text is no candidate.
const LEAST_SIMILARITY: f64 = 0.7;
/// Known texts that share most with the query and are compared with it letter by letter.
const COMPARED: usize = 200;

/// A known text's owner that is like the query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// What the known text stands for.
    pub target: u32,
    /// The known text's place among those that were given.
    pub text: usize,
    /// Jaro-Winkler similarity, 0 to 1; of the words in their own order or in the order of letters, whichever is higher.
    pub similarity: f64,
}

/// Known texts, found by the three-letter pieces that they share with a query.
#[derive(Debug, Default)]
pub struct KnownTexts {
    texts: Vec<Known>,
    pieces: FxHashMap<[char; 3], Vec<u32>>,
}

#[derive(Debug)]
struct Known {
    text: String,
    sorted: String,
    target: u32,
}

impl KnownTexts {
    /// From texts, normalised by the caller, with what each stands for.
    pub fn new(texts: impl IntoIterator<Item = (String, u32)>) -> Self {
        let mut known = Self::default();
        for ((text, target), index) in texts.into_iter().zip(0u32..) {
            for piece in pieces(&text) {
                let found = known.pieces.entry(piece).or_default();
                if found.last() != Some(&index) {
                    found.push(index);
                }
            }
            known.texts.push(Known { sorted: in_order(&text), text, target });
        }
        known
    }

    /// The targets most like a query, normalised as the known texts are: the most alike first, ties by target; at most `limit`.
    pub fn like(&self, query: &str, limit: usize) -> Vec<Candidate> {
        let mut shared: FxHashMap<u32, u32> = FxHashMap::default();
        for piece in pieces(query) {
            for index in self.pieces.get(&piece).into_iter().flatten() {
                *shared.entry(*index).or_default() += 1;
            }
        }
        let mut nearest: Vec<(Reverse<u32>, u32)> = shared.into_iter().map(|(index, count)| (Reverse(count), index)).collect();
        nearest.sort_unstable();
        nearest.truncate(COMPARED);
        let sorted = in_order(query);
        let mut best: FxHashMap<u32, Candidate> = FxHashMap::default();
        for (_, index) in nearest {
            let known = &self.texts[index as usize];
            let similarity = strsim::jaro_winkler(query, &known.text).max(strsim::jaro_winkler(&sorted, &known.sorted));
            let candidate = Candidate { target: known.target, text: index as usize, similarity };
            let entry = best.entry(known.target).or_insert(candidate);
            if (similarity, Reverse(candidate.text)) > (entry.similarity, Reverse(entry.text)) {
                *entry = candidate;
            }
        }
        let mut ranked: Vec<Candidate> = best.into_values().filter(|candidate| candidate.similarity >= LEAST_SIMILARITY).collect();
        ranked.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.target.cmp(&b.target)));
        ranked.truncate(limit);
        ranked
    }
}

/// The pieces of three letters of a text, with a space before and after it.
fn pieces(text: &str) -> impl Iterator<Item = [char; 3]> {
    let letters: Vec<char> = std::iter::once(' ').chain(text.chars()).chain([' ']).collect();
    (0..letters.len().saturating_sub(2)).map(move |at| [letters[at], letters[at + 1], letters[at + 2]])
}

/// The words of a text in the order of their letters, so that `Ltd Partner` meets `Partner Ltd`.
fn in_order(text: &str) -> String {
    let mut words: Vec<&str> = text.split(' ').collect();
    words.sort_unstable();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_alike_come_first_and_strangers_not_at_all() {
        let names = ["partner 0041 ltd", "partner 0042 ltd", "zebra trading"];
        let known = KnownTexts::new(names.iter().zip(0..).map(|(name, target)| ((*name).to_owned(), target)));
        let found = known.like("partner 0042 limited", 3);
        assert_eq!(found.iter().map(|candidate| candidate.target).collect::<Vec<_>>(), [1, 0]);
        assert!(found.iter().all(|candidate| candidate.similarity >= LEAST_SIMILARITY && candidate.similarity < 1.0));
        assert_eq!(known.like("ltd partner 0041", 1), [Candidate { target: 0, text: 0, similarity: 1.0 }]);
        assert!(known.like("quux", 3).is_empty() && known.like("", 3).is_empty());
    }

    #[test]
    fn a_target_with_several_texts_is_named_once() {
        let known = KnownTexts::new([("nb1001".to_owned(), 7), ("nb1002".to_owned(), 7), ("nb1003".to_owned(), 8)]);
        let found = known.like("nb1002", 3);
        assert_eq!(found.iter().map(|candidate| (candidate.target, candidate.text)).collect::<Vec<_>>(), [(7, 1), (8, 2)]);
    }
}
