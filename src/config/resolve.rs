//! From a document to a plan. Problems are collected, not returned at the first: a section that has none is still checked when another has.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use glob::Pattern;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::document::{Document, one_line};
use super::file::{
    ActionSection, AttachSection, BenchmarkSection, FeedKind, FeedSection, GatesSection, MoneySection, PeriodSection,
    PublishSection, ReadingsSection, ReferenceSection, RestatementSection, VerdictSection,
};
use super::plan::{
    ADJUSTMENTS, EarlierOutreach, EarlierRun, Feed, GatePolicy, Period, Plan, PublishPolicy, ReferencePath, ReferencePaths,
};
use super::resolve_feed::Declared;
use super::{files, parameters, resolve_feed, resolve_policy, schema};
use crate::error::{Error, Problems, Result};
use crate::io::fingerprint;
use crate::io::readers::layout::Excel;
use crate::io::readers::{Format, Layout, Packing};

/// File name of the manifest of a published run.
const MANIFEST: &str = "manifest.json";

/// Checks everything that the pipeline file alone and the presence of files can tell.
pub fn resolve(document: &Document<'_>) -> Result<Plan> {
    let mut sections = Sections::new(document, &schema::pipeline_schema())?;
    let base = document.path.parent().unwrap_or(Path::new("")).to_owned();

    let title = sections.required::<String>("/title");
    let period = sections.required::<PeriodSection>("/period").and_then(|section| sections.period(&section));
    let money = sections.required::<MoneySection>("/money");
    let feeds = sections.feeds(&base, period);
    let reference = sections.required::<ReferenceSection>("/reference").and_then(|section| sections.reference(&base, &section));
    let attach = sections.optional::<AttachSection>("/attach").and_then(|section| sections.attach(&section));
    let benchmark = sections.optional::<BenchmarkSection>("/benchmark");
    let assess = benchmark.as_ref().map(|section| section.assess).unwrap_or_default();
    let benchmark = benchmark.and_then(|section| sections.benchmark(&section));
    let verdict = sections.optional::<VerdictSection>("/verdict").and_then(|section| sections.verdict(&section));
    let readings = sections.optional::<ReadingsSection>("/readings");
    let actions = sections.optional::<Vec<ActionSection>>("/action").map(|actions| sections.actions(actions));
    let gates = sections.optional::<GatesSection>("/gates");
    let publish = sections.optional::<PublishSection>("/publish");
    let changes_since = publish.as_ref().and_then(|publish| publish.changes_since.as_deref());
    let earlier_run = match changes_since {
        Some(name) => sections.earlier_run(&base, name)?,
        None => None,
    };
    let outreach_from = publish.as_ref().and_then(|publish| publish.outreach_from.as_deref());
    let earlier_outreach = match outreach_from {
        Some(name) => sections.earlier_outreach(&base, name)?,
        None => None,
    };
    let cases = match (&publish, &money) {
        (Some(publish), Some(money)) => sections.cases(&base, publish, &money.reporting_currency)?,
        _ => None,
    };

    if !sections.problems.is_empty() {
        sections.problems.0.append(&mut sections.missing.0);
    }
    sections.problems.into_result(Error::Config)?;
    sections.missing.into_result(Error::Input)?;
    let (Some(title), Some(period), Some(money), Some(reference)) = (title, period, money, reference) else {
        return Err(Error::Internal("a required section is missing without a problem".into()));
    };
    let (Some(attach), Some(benchmark), Some(verdict), Some(readings)) = (attach, benchmark, verdict, readings) else {
        return Err(Error::Internal("a section is unreadable without a problem".into()));
    };
    let (Some(actions), Some(gates), Some(publish), Some(cases)) = (actions, gates, publish, cases) else {
        return Err(Error::Internal("a section is unreadable without a problem".into()));
    };
    let mut plan = Plan {
        title,
        pipeline_file: document.path.clone(),
        base,
        period,
        reporting_currency: money.reporting_currency,
        feeds,
        reference,
        reading_windows: resolve_policy::reading_windows(&readings, &attach),
        assess,
        benchmark,
        verdict,
        actions,
        attach,
        gates: GatePolicy {
            max_quarantined_ppm: parts_per_million(gates.max_quarantined_percent),
            max_unmapped_ppm: parts_per_million(gates.max_unmapped_percent),
            max_control_difference_ppm: parts_per_million(gates.max_control_difference_percent),
            max_registration_difference_ppm: parts_per_million(gates.max_registration_difference_percent),
        },
        publish: PublishPolicy {
            customers: publish.customers,
            compatibility: publish.compatibility,
            parts: publish.parts,
            is_synthetic: publish.is_synthetic,
        },
        earlier_run,
        earlier_outreach,
        cases,
        policy_hash: canonical_hash(&document.json),
        parameters: Vec::new(),
    };
    plan.parameters = parameters::list(&plan);
    Ok(plan)
}

/// Checks the declaration of a partner's list. What tells files, senders and partners of a feed apart decides nothing of a list.
pub fn resolve_list(document: &Document<'_>) -> Result<Feed> {
    let mut sections = Sections::new(document, &schema::list_schema())?;
    let section = sections.required::<FeedSection>("/feed/0");
    let feed = section.and_then(|mut section| {
        if section.kind != FeedKind::Sales {
            let message = "`kind` is `registrations`, but a partner's list has sales";
            sections.value_problem("/feed/0/kind", message, "set `kind = \"sales\"`");
            return None;
        }
        (section.restatement, section.expected, section.control) = (RestatementSection::default(), None, None);
        (section.columns.location, section.columns.partner_name) = (None, None);
        resolve_feed::resolve(document, "/feed/0", section, Declared::List, &mut sections.problems)
    });
    sections.problems.into_result(Error::Config)?;
    feed.ok_or_else(|| Error::Internal("a section is unreadable without a problem".into()))
}

/// SHA-256 of a JSON value with sorted keys and no white space.
pub fn canonical_hash(value: &Value) -> [u8; 32] {
    Sha256::digest(canonical(value).to_string().as_bytes()).into()
}

/// Sorts the keys whether or not some crate of the build makes `serde_json` keep their order.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let sorted: BTreeMap<&String, Value> = object.iter().map(|(key, item)| (key, canonical(item))).collect();
            Value::Object(sorted.into_iter().map(|(key, item)| (key.clone(), item)).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        scalar => scalar.clone(),
    }
}

/// The schema holds the percentage between 0 and 100, so the conversion neither saturates nor meets NaN.
pub(super) fn parts_per_million(percent: f64) -> i64 {
    (percent * 10_000.0).round() as i64
}

/// A document being resolved: what is wrong with it so far, and where its schema is already known to be broken.
pub(super) struct Sections<'a> {
    document: &'a Document<'a>,
    pub(super) problems: Problems,
    /// Files that are not there: problems of the input, unless the configuration itself has some.
    missing: Problems,
    broken: Vec<String>,
}

impl<'a> Sections<'a> {
    fn new(document: &'a Document<'a>, schema: &Value) -> Result<Self> {
        let (broken, problems) = schema::problems(document, schema)?.into_iter().unzip();
        Ok(Self { document, problems: Problems(problems), missing: Problems::default(), broken })
    }

    /// A section that the schema requires; where it is absent the schema has said so.
    fn required<T: DeserializeOwned>(&mut self, pointer: &str) -> Option<T> {
        match self.document.section(pointer)? {
            Ok(section) => Some(section),
            Err(error) => {
                // What the schema already reports inside of the section is not told twice.
                let inside =
                    |broken: &String| broken.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                if !self.broken.iter().any(inside) {
                    let message = one_line(error.message());
                    let problem = match error.span() {
                        Some(span) => self.document.problem_at_offset(span.start, message),
                        None => self.document.problem_at_key(pointer, message),
                    };
                    self.problems.push(match pointer {
                        "/period" => problem.with_hint("a date is written without quotes: 2026-10-31"),
                        _ => problem,
                    });
                }
                None
            }
        }
    }

    fn optional<T: DeserializeOwned + Default>(&mut self, pointer: &str) -> Option<T> {
        if self.document.json.pointer(pointer).is_none() { Some(T::default()) } else { self.required(pointer) }
    }

    pub(super) fn value_problem(&mut self, pointer: &str, message: impl Into<String>, hint: &str) {
        self.problems.push(self.document.problem_at_value(pointer, message).with_hint(hint));
    }

    fn period(&mut self, section: &PeriodSection) -> Option<Period> {
        let mut day = |key: &str, value: &toml::value::Datetime| {
            let date = calendar_day(value);
            if date.is_none() {
                self.value_problem(
                    &format!("/period/{key}"),
                    format!("`{key}` is `{value}`, which is not a calendar date"),
                    "a date is written without a time: 2026-10-31",
                );
            }
            date
        };
        let (from, to, as_of) = (day("from", &section.from), day("to", &section.to), day("as_of", &section.as_of));
        let (from, to, as_of) = (from?, to?, as_of?);
        if to < from {
            self.value_problem(
                "/period/to",
                format!("`to` ({}) is before `from` ({})", section.to, section.from),
                "swap the two dates",
            );
        }
        if as_of < to {
            self.value_problem(
                "/period/as_of",
                format!("`as_of` ({}) is before `to` ({})", section.as_of, section.to),
                "a period is assessed after its end",
            );
        }
        Some(Period { from, to, as_of })
    }

    fn feeds(&mut self, base: &Path, period: Option<Period>) -> Vec<Feed> {
        let period_from = period.map(|period| period.from);
        let count = self.document.json["feed"].as_array().map_or(0, Vec::len);
        let mut feeds: Vec<Feed> = Vec::with_capacity(count);
        let mut files_of: BTreeMap<String, String> = BTreeMap::new();
        let mut sales = false;
        for index in 0..count {
            let pointer = format!("/feed/{index}");
            let Some(section) = self.required::<FeedSection>(&pointer) else {
                // A feed that cannot be read may be the one of kind sales.
                sales = true;
                resolve_feed::missing_keys(self.document, &pointer, &mut self.problems);
                continue;
            };
            sales |= section.kind == FeedKind::Sales;
            if section.id == ADJUSTMENTS {
                let message = format!("`id` is `{ADJUSTMENTS}`, which stands for lines of the adjustments table");
                self.value_problem(&format!("{pointer}/id"), message, "give the feed another id");
            }
            if feeds.iter().any(|feed| feed.id == section.id) {
                self.value_problem(
                    &format!("{pointer}/id"),
                    format!("`id` `{}` is used by two feeds", section.id),
                    "give each feed its own id",
                );
            }
            let files = files::expand(self.document, base, &pointer, &section.files, &mut self.problems, &mut self.missing);
            for file in &files {
                if let Some(other) = files_of.insert(file.relative.clone(), section.id.clone()) {
                    self.value_problem(
                        &format!("{pointer}/files"),
                        format!("`{}` belongs to the feed `{other}` too", file.relative),
                        "a file is read by one feed only",
                    );
                }
            }
            feeds.extend(resolve_feed::resolve(
                self.document,
                &pointer,
                section,
                Declared::Feed { files, period_from },
                &mut self.problems,
            ));
        }
        if count > 0 && !sales {
            self.value_problem("/feed/0/kind", "no feed is of kind `sales`", "registrations alone make no index");
        }
        feeds.sort_by(|a, b| a.id.cmp(&b.id));
        feeds
    }

    /// The file that the value at a JSON pointer names.
    pub(super) fn file(&mut self, base: &Path, pointer: &str, name: &str) -> Option<ReferencePath> {
        files::named(self.document, base, pointer, name, &mut self.problems, &mut self.missing)
    }

    /// The run in a folder, by its manifest.
    fn earlier_run(&mut self, base: &Path, name: &str) -> Result<Option<EarlierRun>> {
        let manifest = format!("{}/{MANIFEST}", name.trim_end_matches('/'));
        let Some(ReferencePath { relative, path }) = self.file(base, "/publish/changes_since", &manifest) else { return Ok(None) };
        let (sha256, _) = fingerprint::of_file(&path).map_err(Error::io("read", &path))?;
        let folder = path.parent().unwrap_or(base).to_owned();
        Ok(Some(EarlierRun { relative, folder, sha256 }))
    }

    /// An earlier call list: every sheet, with the headings in its first row.
    fn earlier_outreach(&mut self, base: &Path, name: &str) -> Result<Option<EarlierOutreach>> {
        let Some(ReferencePath { relative, path }) = self.file(base, "/publish/outreach_from", name) else { return Ok(None) };
        let (sha256, _) = fingerprint::of_file(&path).map_err(Error::io("read", &path))?;
        let worker =
            std::env::current_exe().map_err(|error| Error::Internal(format!("the running program is not found: {error}")))?;
        let every_sheet = Pattern::new("*").map_err(|error| Error::Internal(error.to_string()))?;
        let format = Format::Excel(Excel { sheet: Some(every_sheet), header_row: 1, worker });
        let layout = Layout { packing: Packing::Plain, members: None, format, list_separator: ',' };
        Ok(Some(EarlierOutreach { relative, path, sha256, layout }))
    }

    fn reference(&mut self, base: &Path, section: &ReferenceSection) -> Option<ReferencePaths> {
        let mut file = |key: &str, name: &str| self.file(base, &format!("/reference/{key}"), name);
        let categories = file("categories", &section.categories);
        let products = file("products", &section.products);
        let product_lines = section.product_lines.as_deref().map(|name| file("product_lines", name));
        let category_rules = section.category_rules.as_deref().map(|name| file("category_rules", name));
        let partners = file("partners", &section.partners);
        let locations = file("locations", &section.locations);
        let headquarters = section.headquarters.as_deref().map(|name| file("headquarters", name));
        let aliases = section.aliases.as_deref().map(|name| file("aliases", name));
        let partner_decisions: Vec<_> = section
            .partner_decisions
            .iter()
            .enumerate()
            .filter_map(|(place, name)| file(&format!("partner_decisions/{place}"), name))
            .collect();
        let product_decisions: Vec<_> = section
            .product_decisions
            .iter()
            .enumerate()
            .filter_map(|(place, name)| file(&format!("product_decisions/{place}"), name))
            .collect();
        let control_totals = section.control_totals.as_deref().map(|name| file("control_totals", name));
        let fx = file("fx", &section.fx);
        let exceptions = section.exceptions.as_deref().map(|name| file("exceptions", name));
        let adjustments = section.adjustments.as_deref().map(|name| file("adjustments", name));
        Some(ReferencePaths {
            categories: categories?,
            products: products?,
            product_lines: product_lines.flatten(),
            category_rules: category_rules.flatten(),
            partners: partners?,
            locations: locations?,
            headquarters: headquarters.flatten(),
            aliases: aliases.flatten(),
            partner_decisions,
            product_decisions,
            control_totals: control_totals.flatten(),
            fx: fx?,
            exceptions: exceptions.flatten(),
            adjustments: adjustments.flatten(),
        })
    }
}

/// A TOML date without a time as days since 1970-01-01.
pub fn calendar_day(value: &toml::value::Datetime) -> Option<i32> {
    match (value.date, value.time, value.offset) {
        (Some(date), None, None) => {
            NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into()).map(days_since_epoch)
        }
        _ => None,
    }
}

fn days_since_epoch(date: NaiveDate) -> i32 {
    date.signed_duration_since(NaiveDate::default()).num_days().try_into().unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::{canonical_hash, days_since_epoch, parts_per_million};

    #[test]
    fn days_count_from_1970() {
        assert_eq!(NaiveDate::from_ymd_opt(1970, 1, 2).map(days_since_epoch), Some(1));
        assert_eq!(NaiveDate::from_ymd_opt(2026, 10, 31).map(days_since_epoch), Some(20_757));
    }

    #[test]
    fn the_order_of_keys_does_not_change_the_hash() {
        let hash = |text: &str| serde_json::from_str(text).map(|value| canonical_hash(&value)).ok();
        assert_eq!(hash(r#"{"a":1,"b":{"c":2,"d":3}}"#), hash(r#"{"b":{"d":3,"c":2},"a":1}"#));
        assert_ne!(hash(r#"{"a":1}"#), hash(r#"{"a":2}"#));
    }

    #[test]
    fn percent_becomes_parts_per_million() {
        assert_eq!((parts_per_million(2.0), parts_per_million(0.29), parts_per_million(100.0)), (20_000, 2_900, 1_000_000));
    }
}
