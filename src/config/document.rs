//! A TOML document with the place of every key and value, so that each problem can name its line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::error::{Error, Problem, Problems, Result};

/// A parsed pipeline file.
pub struct Document<'t> {
    /// The file as the user named it.
    pub path: PathBuf,
    /// The content as JSON, dates as texts; what the schema is checked against and the hashes are made of.
    pub json: Value,
    text: &'t str,
    toml: Spanned<DeValue<'t>>,
    spans: BTreeMap<String, Span>,
}

/// Byte offsets of an entry.
struct Span {
    key: usize,
    value: usize,
}

/// Reads the text of a pipeline file.
pub fn read(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    String::from_utf8(bytes).map_err(|error| {
        let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        Error::Config(Problems(vec![Problem::new(path, "not valid UTF-8").at_line(line).with_hint("save the file as UTF-8")]))
    })
}

impl<'t> Document<'t> {
    /// Parses the text of a file. Every syntax error is reported.
    pub fn parse(path: &Path, text: &'t str) -> Result<Self> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut problems = Problems::default();
        for error in errors {
            let (line, column) = line_and_column(text, error.span().map_or(0, |span| span.start));
            problems.push(Problem::new(path, one_line(error.message())).at(line, column));
        }
        problems.into_result(Error::Config)?;
        let toml = Spanned::new(table.span(), DeValue::Table(table.into_inner()));
        let mut spans = BTreeMap::new();
        let json = json_of(toml.get_ref(), "", &mut spans);
        Ok(Self { path: path.to_owned(), json, text, toml, spans })
    }

    /// The section at a JSON pointer as its type, or `None` where it is absent.
    pub fn section<T: DeserializeOwned>(&self, pointer: &str) -> Option<std::result::Result<T, toml::de::Error>> {
        let mut value = &self.toml;
        for step in pointer.split('/').skip(1) {
            value = match value.get_ref() {
                DeValue::Table(table) => table.get(step)?,
                DeValue::Array(array) => array.get(step.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(T::deserialize(ValueDeserializer::from(value.clone())))
    }

    /// A problem at the key of a JSON pointer, or at the nearest table around it that is written in the file.
    pub fn problem_at_key(&self, pointer: &str, message: impl Into<String>) -> Problem {
        self.problem(pointer, message, |span| span.key)
    }

    /// A problem at the value of a JSON pointer, or at the nearest table around it that is written in the file.
    pub fn problem_at_value(&self, pointer: &str, message: impl Into<String>) -> Problem {
        self.problem(pointer, message, |span| span.value)
    }

    /// A problem at a byte offset.
    pub fn problem_at_offset(&self, offset: usize, message: impl Into<String>) -> Problem {
        let (line, column) = line_and_column(self.text, offset);
        Problem::new(&self.path, message).at(line, column)
    }

    fn problem(&self, pointer: &str, message: impl Into<String>, offset: fn(&Span) -> usize) -> Problem {
        let mut exact = pointer;
        loop {
            if let Some(span) = self.spans.get(exact) {
                let offset = if exact == pointer { offset(span) } else { span.key };
                return self.problem_at_offset(offset, message);
            }
            match exact.rsplit_once('/') {
                Some((parent, _)) => exact = parent,
                None => return Problem::new(&self.path, message),
            }
        }
    }
}

/// A step of a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn json_of(value: &DeValue<'_>, pointer: &str, spans: &mut BTreeMap<String, Span>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        // A number outside of its range has no JSON counterpart; the schema then reports a value of the wrong type.
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Null, Value::from),
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(datetime) => Value::String(datetime.to_string()),
        DeValue::Array(array) => {
            let items = array.iter().enumerate().map(|(index, item)| {
                let pointer = format!("{pointer}/{index}");
                let start = item.span().start;
                spans.insert(pointer.clone(), Span { key: start, value: start });
                json_of(item.get_ref(), &pointer, spans)
            });
            Value::Array(items.collect())
        }
        DeValue::Table(table) => {
            let mut object = Map::new();
            for (key, item) in table.iter() {
                let pointer = format!("{pointer}/{}", escaped(key.get_ref()));
                spans.insert(pointer.clone(), Span { key: key.span().start, value: item.span().start });
                object.insert(key.get_ref().to_string(), json_of(item.get_ref(), &pointer, spans));
            }
            Value::Object(object)
        }
    }
}

/// Line and column from 1, the column in characters.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line = 1 + before.matches('\n').count();
    let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
    (line, column)
}

/// A parser's message as one sentence.
pub fn one_line(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join(", ")
}
