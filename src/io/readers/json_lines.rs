//! A strict reader of JSON Lines: one object a line, fields by their paths.
//!
//! A name that stands twice in an object is ambiguous and quarantines the record, wherever in the line it is. Numbers are taken as they
//! are written, digit by digit. A list gives its values joined by the feed's separator.

use super::layout::{Frame, JsonLines};
use super::lines::{LineDefect, Lines};
use super::record::{FieldBuffer, FieldKind, Place, Record};
use super::{Encoding, ReadError};
use crate::finding::QuarantineCode;
use json_event_parser::{JsonEvent, JsonSyntaxError, SliceJsonParser};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// Objects and lists within one another.
const MAX_DEPTH: usize = 64;

/// Names that are wanted below a value.
#[derive(Debug, Default, Clone)]
struct Node {
    /// Place of the value itself among the fields.
    field: Option<usize>,
    below: BTreeMap<String, Node>,
}

/// Reads records from a source in bounded memory.
pub struct JsonLinesReader<R> {
    lines: Lines<R>,
    paths: Vec<String>,
    wanted: Node,
    list_separator: char,
    record: u64,
    values: Vec<Option<(String, FieldKind)>>,
    fields: FieldBuffer,
}

impl<R: Read> JsonLinesReader<R> {
    /// A reader that has consumed a byte order mark.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn new(source: R, layout: &JsonLines, list_separator: char) -> Result<Self, ReadError> {
        let frame = Frame {
            encoding: Encoding::Utf8,
            preamble_lines: 0,
            trailer_lines: 0,
            trailer_pattern: None,
            // An object says itself where it ends.
            has_last_line_end: false,
        };
        let mut wanted = Node::default();
        for (field, path) in layout.paths.iter().enumerate() {
            let mut node = &mut wanted;
            for step in path.split('.') {
                node = node.below.entry(step.to_owned()).or_default();
            }
            node.field = Some(field);
        }
        Ok(Self {
            lines: Lines::new(source, &frame)?,
            paths: layout.paths.clone(),
            wanted,
            list_separator,
            record: 0,
            values: Vec::new(),
            fields: FieldBuffer::default(),
        })
    }

    /// The paths of the fields.
    pub fn columns(&self) -> &[String] {
        &self.paths
    }

    /// The next record. Empty lines are no records.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        let Some(line) = self.lines.next_line()? else { return Ok(None) };
        self.record += 1;
        let place = Place { record: self.record, line: self.lines.number(), extent: Some(self.lines.extent(line.content)) };
        let outcome = match line.defect {
            Some(LineDefect::TooLong) => Err(QuarantineCode::TooLong),
            Some(LineDefect::Unterminated) => Err(QuarantineCode::Unterminated),
            None => self.parse(line.content),
        };
        self.lines.consume(line.consumed, 1);
        let from = self.lines.start() - line.consumed;
        let raw = &self.lines.bytes()[from..from + line.content];
        Ok(Some(Record { place, fields: outcome.map(|()| self.fields.fields()), raw }))
    }

    fn parse(&mut self, content: usize) -> Result<(), QuarantineCode> {
        let raw = &self.lines.bytes()[self.lines.start()..][..content];
        let text = std::str::from_utf8(raw).map_err(|_| QuarantineCode::Undecodable)?;
        if text.contains('\0') {
            return Err(QuarantineCode::Undecodable);
        }
        self.values.clear();
        self.values.resize(self.paths.len(), None);
        let mut walk = Walk { levels: Vec::new(), values: &mut self.values, separator: self.list_separator };
        walk.run(raw, &self.wanted).map_err(|NotAnObject| QuarantineCode::BadJson)?;
        self.fields.clear();
        for value in &self.values {
            let (text, kind) = value.as_ref().map_or(("", FieldKind::Text), |(text, kind)| (text, *kind));
            self.fields.push(text, kind);
        }
        Ok(())
    }
}

/// The line is not one object whose wanted values are scalars or lists of scalars.
struct NotAnObject;

impl From<JsonSyntaxError> for NotAnObject {
    fn from(_: JsonSyntaxError) -> Self {
        Self
    }
}

/// An object or a list that is open.
enum Level<'a> {
    Object { node: Option<&'a Node>, names: BTreeSet<String>, member: Option<&'a Node> },
    List { node: Option<&'a Node>, place: usize },
}

/// Walks over one line, keeps what is wanted, and refuses names that stand twice.
struct Walk<'a> {
    levels: Vec<Level<'a>>,
    values: &'a mut [Option<(String, FieldKind)>],
    separator: char,
}

impl<'a> Walk<'a> {
    fn run(&mut self, line: &[u8], wanted: &'a Node) -> Result<(), NotAnObject> {
        let mut parser = SliceJsonParser::new(line);
        if !matches!(parser.parse_next()?, JsonEvent::StartObject) {
            return Err(NotAnObject);
        }
        self.open_object(Some(wanted))?;
        loop {
            match parser.parse_next()? {
                JsonEvent::StartObject => {
                    let node = self.target();
                    self.open_object(node)?;
                }
                JsonEvent::StartArray => {
                    let node = self.target();
                    self.open_list(node)?;
                }
                JsonEvent::EndObject | JsonEvent::EndArray => {
                    self.levels.pop();
                    self.step();
                }
                JsonEvent::ObjectKey(name) => self.name(name.into_owned())?,
                JsonEvent::String(text) => self.scalar(&text, FieldKind::Text)?,
                JsonEvent::Number(text) => self.scalar(&text, FieldKind::Number)?,
                JsonEvent::Boolean(true) => self.scalar("true", FieldKind::Text)?,
                JsonEvent::Boolean(false) => self.scalar("false", FieldKind::Text)?,
                JsonEvent::Null => self.scalar("", FieldKind::Text)?,
                JsonEvent::Eof => return Ok(()),
            }
        }
    }

    /// What is wanted of the value that comes next.
    fn target(&self) -> Option<&'a Node> {
        match self.levels.last()? {
            Level::Object { member, .. } => *member,
            Level::List { node, place } => node.and_then(|node| node.below.get(&place.to_string())),
        }
    }

    fn open_object(&mut self, node: Option<&'a Node>) -> Result<(), NotAnObject> {
        let is_field = node.is_some_and(|node| node.field.is_some()) || self.list_field().is_some();
        if is_field || self.levels.len() >= MAX_DEPTH {
            return Err(NotAnObject);
        }
        self.levels.push(Level::Object { node, names: BTreeSet::new(), member: None });
        Ok(())
    }

    fn open_list(&mut self, node: Option<&'a Node>) -> Result<(), NotAnObject> {
        if self.list_field().is_some() || self.levels.len() >= MAX_DEPTH {
            return Err(NotAnObject);
        }
        if let Some(field) = node.and_then(|node| node.field) {
            self.values[field] = Some((String::new(), FieldKind::Text));
        }
        self.levels.push(Level::List { node, place: 0 });
        Ok(())
    }

    fn name(&mut self, name: String) -> Result<(), NotAnObject> {
        let Some(Level::Object { node, names, member }) = self.levels.last_mut() else { return Err(NotAnObject) };
        *member = node.and_then(|node| node.below.get(&name));
        if names.insert(name) { Ok(()) } else { Err(NotAnObject) }
    }

    /// The field that takes the values of the open list.
    fn list_field(&self) -> Option<usize> {
        match self.levels.last() {
            Some(Level::List { node, .. }) => node.and_then(|node| node.field),
            _ => None,
        }
    }

    fn scalar(&mut self, text: &str, kind: FieldKind) -> Result<(), NotAnObject> {
        if let Some(field) = self.list_field() {
            if text.contains(self.separator) {
                return Err(NotAnObject);
            }
            let is_first = matches!(self.levels.last(), Some(Level::List { place: 0, .. }));
            if let Some((joined, _)) = &mut self.values[field] {
                if !is_first {
                    joined.push(self.separator);
                }
                joined.push_str(text);
            }
        } else if let Some(field) = self.target().and_then(|node| node.field) {
            self.values[field] = Some((text.to_owned(), kind));
        }
        self.step();
        Ok(())
    }

    /// Counts a value of the open list.
    fn step(&mut self) {
        if let Some(Level::List { place, .. }) = self.levels.last_mut() {
            *place += 1;
        }
    }
}
