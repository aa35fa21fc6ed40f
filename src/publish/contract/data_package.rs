//! The data package: Data Package 2, <https://datapackage.org/standard/data-package/>.

use super::{DescribedTable, Description, purpose, usage};
use crate::publish::parquet::WrittenTable;
use crate::tables::published::{ColumnDef, ColumnKind};
use serde::Serialize;

#[derive(Serialize)]
pub struct Package {
    #[serde(rename = "$schema")]
    profile: &'static str,
    name: String,
    id: String,
    title: String,
    description: String,
    version: String,
    resources: Vec<Resource>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    name: &'static str,
    r#type: &'static str,
    path: String,
    scheme: &'static str,
    format: &'static str,
    mediatype: &'static str,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    row_count: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Part>,
    schema: Schema,
}

/// A file of a resource that is a folder.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    path: String,
    bytes: u64,
    hash: String,
    row_count: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Schema {
    fields: Vec<Field>,
    primary_key: &'static [&'static str],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    foreign_keys: Vec<ForeignKey>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Field {
    name: &'static str,
    r#type: &'static str,
    description: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    constraints: Option<Constraints>,
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    missing_values: &'static [&'static str],
}

#[derive(Serialize)]
struct Constraints {
    required: bool,
}

#[derive(Serialize)]
struct ForeignKey {
    fields: [&'static str; 1],
    reference: Reference,
}

#[derive(Serialize)]
struct Reference {
    resource: &'static str,
    fields: [&'static str; 1],
}

/// The package of a run's tables.
pub fn package(description: &Description) -> Package {
    Package {
        profile: "https://datapackage.org/profiles/2.0/datapackage.json",
        name: format!("attachrate-{}", description.run_id),
        id: description.run_id.clone(),
        title: description.title.clone(),
        description: format!("{} {}", purpose(description), usage(description)),
        version: description.tool_version.clone(),
        resources: description.tables.iter().map(resource).collect(),
    }
}

fn resource(table: &DescribedTable) -> Resource {
    let hash = |sha256: &str| format!("sha256:{sha256}");
    let own = table.files.first().filter(|_| !table.is_folder());
    let part = |(path, file): &(String, WrittenTable)| Part {
        path: path.clone(),
        bytes: file.bytes,
        hash: hash(&file.sha256),
        row_count: file.rows,
    };
    Resource {
        name: table.definition.name,
        r#type: "table",
        path: table.path(),
        scheme: "file",
        format: "parquet",
        mediatype: "application/vnd.apache.parquet",
        description: format!("One row per {}", table.definition.grain),
        bytes: own.map(|(_, file)| file.bytes),
        hash: own.map(|(_, file)| hash(&file.sha256)),
        row_count: table.rows(),
        parts: if table.is_folder() { table.files.iter().map(part).collect() } else { Vec::new() },
        schema: schema(table),
    }
}

fn schema(table: &DescribedTable) -> Schema {
    let foreign_keys = table.definition.relations().map(|relation| ForeignKey {
        fields: [relation.column],
        reference: Reference { resource: relation.target.name, fields: [relation.target_column] },
    });
    Schema {
        fields: table.definition.columns.iter().map(field).collect(),
        primary_key: table.definition.key,
        foreign_keys: foreign_keys.collect(),
    }
}

fn field(column: &ColumnDef) -> Field {
    let (r#type, missing_values): (_, &[&str]) = match column.kind {
        ColumnKind::Text => ("string", &[]),
        ColumnKind::Date => ("date", &[]),
        ColumnKind::Flag => ("boolean", &[]),
        // A reader that goes through pandas hands a missing number over as one of these texts.
        ColumnKind::Integer => ("integer", &["", "nan", "<NA>"]),
        _ => ("number", &["", "nan", "<NA>"]),
    };
    Field {
        name: column.name,
        r#type,
        description: column.meaning,
        unit: column.unit(),
        constraints: column.is_required.then_some(Constraints { required: true }),
        missing_values: if column.is_required { &[] } else { missing_values },
    }
}
