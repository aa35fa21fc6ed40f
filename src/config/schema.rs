//! The JSON Schema of the pipeline file, and the problems of a document against it.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use super::document::Document;
use super::file::{ListFile, PipelineFile};
use crate::error::{Error, Problem, Result};

/// The JSON Schema of the pipeline file, made from its types.
pub fn pipeline_schema() -> Value {
    schemars::schema_for!(PipelineFile).to_value()
}

/// The JSON Schema of the declaration of a partner's list, made from its types. The list is named on the command line: `files` may be left out.
pub fn list_schema() -> Value {
    let mut schema = schemars::schema_for!(ListFile).to_value();
    if let Some(required) = schema.pointer_mut("/$defs/FeedSection/required").and_then(Value::as_array_mut) {
        required.retain(|key| key != "files");
    }
    schema
}

/// What a key means, by its dotted name as in [`super::Plan`]'s parameters, from the schema. The id that follows `feed` is skipped.
pub fn meaning(key: &str) -> Option<String> {
    let schema = pipeline_schema();
    let is_feed = key.starts_with("feed.");
    let segments: Vec<&str> =
        key.split('.').enumerate().filter(|(place, _)| !(is_feed && *place == 1)).map(|(_, name)| name).collect();
    let (last, sections) = segments.split_last()?;
    let mut rule = &schema;
    for section in sections {
        rule = followed(&schema, &rule["properties"][*section]);
    }
    description(&rule["properties"][*last])
}

/// The rule of a section: a reference is followed, of a list the rule of its entries is taken.
fn followed<'a>(schema: &'a Value, rule: &'a Value) -> &'a Value {
    let rule = if rule["items"].is_object() { &rule["items"] } else { rule };
    match rule["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => schema.pointer(pointer).unwrap_or(&Value::Null),
        None => rule,
    }
}

/// Every deviation of a document from a schema, each with the JSON pointer of the value that has it.
pub fn problems(document: &Document<'_>, schema: &Value) -> Result<Vec<(String, Problem)>> {
    let validator =
        jsonschema::validator_for(schema).map_err(|error| Error::Internal(format!("the schema of the pipeline file: {error}")))?;
    let mut problems = Vec::new();
    for error in validator.iter_errors(&document.json) {
        let pointer = error.instance_path().as_str().to_owned();
        problems.extend(describe(document, schema, &error).into_iter().map(|problem| (pointer.clone(), problem)));
    }
    Ok(problems)
}

fn describe(document: &Document<'_>, schema: &Value, error: &ValidationError<'_>) -> Vec<Problem> {
    let pointer = error.instance_path().as_str();
    let key = name(pointer);
    // The schema of the value that is wrong: the failed keyword's parent.
    let rule = error.schema_path().as_str().rsplit_once('/').and_then(|(parent, _)| schema.pointer(parent)).unwrap_or(&Value::Null);
    let value = |message: String| {
        let problem = document.problem_at_value(pointer, message);
        vec![match description(rule) {
            Some(text) => problem.with_hint(text),
            None => problem,
        }]
    };
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|unknown| {
                let problem = document
                    .problem_at_key(&format!("{pointer}/{unknown}"), format!("unknown key `{unknown}` {}", section(pointer)));
                let known: Vec<&str> =
                    rule["properties"].as_object().into_iter().flat_map(|keys| keys.keys().map(String::as_str)).collect();
                problem.with_hint(suggestion(unknown, &known))
            })
            .collect(),
        ValidationErrorKind::Required { property } => {
            let missing = property.as_str().unwrap_or_default();
            let problem = document.problem_at_key(pointer, format!("missing key `{missing}` {}", section(pointer)));
            vec![match description(&rule["properties"][missing]) {
                Some(text) => problem.with_hint(text),
                None => problem,
            }]
        }
        ValidationErrorKind::Type { kind } => {
            let expected = match kind {
                TypeKind::Single(expected) => json_type(*expected),
                TypeKind::Multiple(several) => {
                    several.iter().find(|&expected| expected != JsonType::Null).map_or("a value", json_type)
                }
            };
            value(format!("{key} is {}, expected {expected}", written(error.instance())))
        }
        ValidationErrorKind::OneOfNotValid { context } => {
            let options: Vec<&str> = context
                .iter()
                .flatten()
                .filter_map(|inner| match inner.kind() {
                    ValidationErrorKind::Constant { expected_value } => expected_value.as_str(),
                    _ => None,
                })
                .collect();
            let actual = error.instance();
            let problem = document.problem_at_value(pointer, format!("{key} is {}, which is not a choice", written(actual)));
            vec![problem.with_hint(suggestion(actual.as_str().unwrap_or_default(), &options))]
        }
        ValidationErrorKind::Enum { options } => {
            let options: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let actual = error.instance();
            let problem = document.problem_at_value(pointer, format!("{key} is {}, which is not a choice", written(actual)));
            vec![problem.with_hint(suggestion(actual.as_str().unwrap_or_default(), &options))]
        }
        ValidationErrorKind::Pattern { pattern } => {
            value(format!("{key} is {}, which does not match `{pattern}`", written(error.instance())))
        }
        ValidationErrorKind::Minimum { limit } => value(format!("{key} is {}, less than {limit}", error.instance())),
        ValidationErrorKind::Maximum { limit } => value(format!("{key} is {}, more than {limit}", error.instance())),
        ValidationErrorKind::MinItems { .. } => value(format!("{key} is an empty list")),
        ValidationErrorKind::MinLength { .. } => value(format!("{key} is empty, expected one character")),
        ValidationErrorKind::MaxLength { limit } => {
            value(format!("{key} is {}, longer than {limit} character", written(error.instance())))
        }
        _ => value(format!("{key}: {}", error.masked())),
    }
}

/// The key that a JSON pointer ends in; items of a list go by the list's key.
fn name(pointer: &str) -> String {
    let key = pointer.rsplit('/').find(|step| step.parse::<usize>().is_err()).unwrap_or_default();
    format!("`{key}`")
}

/// Where a key stands: `in [period]`, `in [[feed]]`, `in [feed.columns]`.
fn section(pointer: &str) -> String {
    let steps: Vec<&str> = pointer.split('/').filter(|step| !step.is_empty()).collect();
    let keys: Vec<&str> = steps.iter().copied().filter(|step| step.parse::<usize>().is_err()).collect();
    match steps.last() {
        None => "at the top level".to_owned(),
        Some(last) if last.parse::<usize>().is_ok() => format!("in [[{}]]", keys.join(".")),
        Some(_) => format!("in [{}]", keys.join(".")),
    }
}

/// The schema's description in the style of a hint: one line, in lower case where it starts with a plain word.
fn description(rule: &Value) -> Option<String> {
    let text = rule["description"].as_str()?.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.strip_suffix('.').unwrap_or(&text);
    let mut letters = text.chars();
    Some(match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => format!("{}{}", first.to_lowercase(), &text[first.len_utf8()..]),
        _ => text.to_owned(),
    })
}

fn json_type(expected: JsonType) -> &'static str {
    match expected {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "nothing",
        JsonType::Number => "a number",
        JsonType::Object => "a table",
        JsonType::String => "a text",
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::Null => "a number out of range".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a table".to_owned(),
        scalar => format!("`{}`", scalar.as_str().map_or_else(|| scalar.to_string(), str::to_owned)),
    }
}

/// A hint for a word that is not one of those known: the nearest, else all of them.
pub fn suggestion(unknown: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|word| (strsim::jaro_winkler(unknown, word), *word))
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
    match nearest {
        Some((score, word)) if score >= 0.8 => format!("did you mean `{word}`?"),
        _ => format!("known: {}", known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
    }
}
