//! Which single pollution makes a record of bytes that are none: every reading of them that one edit allows, in one walk.
//!
//! The walk is the grammar's automaton with a budget. Each of its states holds the numbers of fields with which it can be reached, as bits.

use super::grammar::Grammar;

/// What happened to a record, from the likeliest to the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repair {
    /// One delimiter or one quote too many or too few.
    Mark,
    /// Bytes of a line are lost, as by a cut.
    Loss,
    /// Something else.
    Other,
}

/// The most columns that are told apart.
const MAX_WIDTH: usize = 120;

/// Budgets: nothing is changed yet, a mark was, bytes were lost.
const INTACT: usize = 0;
const MARK: usize = 1;
const LOSS: usize = 2;

/// States within a record; a bit for each number of fields.
#[derive(Debug, Clone, Copy, Default)]
struct States {
    /// At the start of a field.
    start: u128,
    /// Within a field without quotes.
    plain: u128,
    /// Inside of quotes.
    quoted: u128,
    /// Behind a quote inside of quotes: it closes the field, or is the first of two.
    closed: u128,
    /// Behind an escape, outside and inside of quotes.
    escaped: u128,
    quoted_escaped: u128,
}

impl States {
    /// Where a field may end.
    fn ends(self) -> u128 {
        self.start | self.plain | self.closed
    }

    fn any(self) -> u128 {
        self.ends() | self.quoted | self.escaped | self.quoted_escaped
    }

    fn add(&mut self, other: Self) {
        self.start |= other.start;
        self.plain |= other.plain;
        self.quoted |= other.quoted;
        self.closed |= other.closed;
        self.escaped |= other.escaped;
        self.quoted_escaped |= other.quoted_escaped;
    }

    /// Behind a byte that is no mark.
    fn behind_plain(self) -> Self {
        Self { plain: self.start | self.plain | self.escaped, quoted: self.quoted | self.quoted_escaped, ..Self::default() }
    }

    fn behind_quote(self) -> Self {
        Self { plain: self.escaped, quoted: self.start | self.closed | self.quoted_escaped, closed: self.quoted, ..Self::default() }
    }

    fn behind_escape(self) -> Self {
        Self {
            plain: self.escaped,
            quoted: self.quoted_escaped,
            escaped: self.start | self.plain,
            quoted_escaped: self.quoted,
            ..Self::default()
        }
    }

    /// Behind the first byte of a delimiter, as far as it is text.
    fn within_delimiter(self) -> Self {
        Self { plain: self.escaped, quoted: self.quoted | self.quoted_escaped, ..Self::default() }
    }

    /// Behind a line end that does not end the record.
    fn behind_line_end(self) -> Self {
        Self { plain: self.escaped, quoted: self.quoted | self.quoted_escaped, ..Self::default() }
    }
}

/// A walk over the lines of a record that is damaged.
pub struct Walk<'a> {
    grammar: &'a Grammar,
    width: usize,
    states: [States; 3],
    /// Where states go on that are within a delimiter, by the bytes that are left of it.
    pending: Vec<[States; 3]>,
    is_at_first: bool,
}

impl<'a> Walk<'a> {
    /// A walk that begins at the start of a record of this many fields.
    pub fn new(grammar: &'a Grammar, width: usize) -> Self {
        let states = [States { start: 1 << 1, ..States::default() }, States::default(), States::default()];
        Self { grammar, width, states, pending: vec![[States::default(); 3]; grammar.delimiter.len() + 2], is_at_first: true }
    }

    /// Goes over the next line, and says what made the record of all lines so far.
    pub fn line(&mut self, line: &[u8]) -> Repair {
        if self.width > MAX_WIDTH {
            return Repair::Other;
        }
        let (content, has_carriage_return) = match line {
            [content @ .., b'\r', b'\n'] => (content, true),
            [content @ .., b'\n'] => (content, false),
            content => (content, false),
        };
        for at in 0..content.len() {
            self.edit();
            self.step(content, at);
        }
        self.edit();
        if has_carriage_return {
            for states in &mut self.states {
                let behind = States { plain: states.escaped, quoted: states.quoted_escaped, ..States::default() };
                states.add(behind);
                (states.escaped, states.quoted_escaped) = (0, 0);
            }
        }
        let is_record = |budget: usize| self.states[budget].ends() & (1 << self.width) != 0;
        let repair = match () {
            () if is_record(MARK) => Repair::Mark,
            () if is_record(LOSS) => Repair::Loss,
            () => Repair::Other,
        };
        if line.ends_with(b"\n") {
            for states in &mut self.states {
                *states = states.behind_line_end();
            }
        }
        repair
    }

    /// Whether the lines so far are the beginning of a record as they stand.
    pub fn is_beginning(&self) -> bool {
        self.states[INTACT].any() != 0
    }

    /// Readings in which something is missing here.
    fn edit(&mut self) {
        let intact = self.states[INTACT];
        let marked = States {
            start: intact.ends() << 1,
            plain: intact.escaped,
            quoted: intact.start | intact.closed | intact.quoted_escaped,
            closed: intact.quoted,
            ..States::default()
        };
        self.states[MARK].add(marked);
        if intact.any() != 0 && !self.is_at_first {
            let fields = (1_u128 << (self.width + 1)) - (1 << intact.any().trailing_zeros().min(self.width as u32 + 1));
            self.states[LOSS].add(States { start: fields, plain: fields, quoted: fields, closed: fields, ..States::default() });
        }
    }

    /// Whether bytes are a delimiter but for a quote within it.
    fn is_delimiter_with_quote(&self, bytes: &[u8]) -> bool {
        let Some(quote) = self.grammar.quote else { return false };
        let delimiter = &self.grammar.delimiter;
        (1..delimiter.len()).any(|at| {
            let rest = bytes.strip_prefix(&delimiter[..at]).and_then(|rest| rest.strip_prefix(&[quote]));
            rest.is_some_and(|rest| rest.starts_with(&delimiter[at..]))
        })
    }

    /// Goes over one byte.
    fn step(&mut self, content: &[u8], at: usize) {
        self.is_at_first = false;
        let byte = content[at];
        let is_delimiter = content[at..].starts_with(&self.grammar.delimiter);
        let before = self.states;
        let behind = self.grammar.delimiter.len();
        for budget in [INTACT, MARK, LOSS] {
            let states = before[budget];
            self.states[budget] = if is_delimiter {
                self.pending[behind][budget].start |= states.ends() << 1;
                states.within_delimiter()
            } else if Some(byte) == self.grammar.quote {
                states.behind_quote()
            } else if Some(byte) == self.grammar.escape {
                states.behind_escape()
            } else {
                states.behind_plain()
            };
        }
        // One too many: it changes nothing.
        let intact = before[INTACT];
        if is_delimiter {
            let skipped = States { start: intact.start, plain: intact.plain, closed: intact.closed, ..States::default() };
            self.pending[behind][MARK].add(skipped);
        } else if Some(byte) == self.grammar.quote {
            self.states[MARK].add(intact);
        } else if self.is_delimiter_with_quote(&content[at..]) {
            self.pending[behind + 1][MARK].start |= intact.ends() << 1;
        }
        self.pending.rotate_left(1);
        let arrived = std::mem::take(&mut self.pending[0]);
        for (states, arrived) in self.states.iter_mut().zip(arrived) {
            states.add(arrived);
        }
    }
}
