//! The data contract: Open Data Contract Standard 3.1, <https://bitol-io.github.io/open-data-contract-standard/v3.1.0/>.

use super::{DescribedTable, Description, decimal, purpose, usage};
use crate::tables::published::{ColumnDef, ColumnKind};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contract {
    api_version: &'static str,
    kind: &'static str,
    id: String,
    name: String,
    version: String,
    status: &'static str,
    description: Purpose,
    servers: [Server; 1],
    schema: Vec<SchemaObject>,
    custom_properties: Vec<CustomProperty>,
}

#[derive(Serialize)]
struct Purpose {
    purpose: String,
    usage: String,
}

#[derive(Serialize)]
struct Server {
    server: &'static str,
    r#type: &'static str,
    description: &'static str,
    path: &'static str,
    format: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SchemaObject {
    name: &'static str,
    physical_type: &'static str,
    description: String,
    data_granularity_description: String,
    tags: Vec<&'static str>,
    properties: Vec<Property>,
    quality: Vec<Quality>,
    custom_properties: Vec<CustomProperty>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Property {
    name: &'static str,
    logical_type: &'static str,
    physical_type: &'static str,
    description: &'static str,
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_key: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_key_position: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    relationships: Vec<Relationship>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    custom_properties: Vec<CustomProperty>,
}

#[derive(Serialize)]
struct Relationship {
    r#type: &'static str,
    to: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Quality {
    name: String,
    description: String,
    #[serde(flatten)]
    rule: Rule,
    must_be: i128,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Rule {
    Library { metric: &'static str },
    Sql { query: String },
}

#[derive(Serialize)]
struct CustomProperty {
    property: &'static str,
    value: String,
}

fn custom(property: &'static str, value: impl Into<String>) -> CustomProperty {
    CustomProperty { property, value: value.into() }
}

/// The contract of a run's tables.
pub fn contract(description: &Description) -> Contract {
    Contract {
        api_version: "v3.1.0",
        kind: "DataContract",
        id: format!("attachrate-{}", description.run_id),
        name: description.title.clone(),
        version: description.tool_version.clone(),
        status: "active",
        description: Purpose { purpose: purpose(description), usage: usage(description) },
        servers: [Server {
            server: "tables",
            r#type: "local",
            description: "Read from the run's folder; a table of part files is a folder that reads as one table",
            path: "tables/{model}.parquet",
            format: "parquet",
        }],
        schema: description.tables.iter().map(schema_object).collect(),
        custom_properties: vec![
            custom("runId", &description.run_id),
            custom("asOfDate", &description.as_of),
            custom("periodFrom", &description.period_from),
            custom("periodTo", &description.period_to),
            custom("currency", &description.currency),
        ],
    }
}

fn schema_object(table: &DescribedTable) -> SchemaObject {
    let definition = table.definition;
    SchemaObject {
        name: definition.name,
        physical_type: "table",
        description: format!("One row per {}", definition.grain),
        data_granularity_description: definition.grain.to_owned(),
        tags: definition.name.split('_').take(1).collect(),
        properties: definition.columns.iter().map(|column| property(table, column)).collect(),
        quality: quality(table),
        custom_properties: vec![custom("path", table.path()), custom("sortedBy", definition.key.join(", "))],
    }
}

fn property(table: &DescribedTable, column: &ColumnDef) -> Property {
    let position = table.definition.key.iter().position(|key| *key == column.name);
    let of_column = table.definition.relations().filter(|relation| relation.column == column.name);
    let (logical_type, physical_type) = types(column.kind);
    Property {
        name: column.name,
        logical_type,
        physical_type,
        description: column.meaning,
        required: column.is_required,
        primary_key: position.map(|_| true),
        primary_key_position: position.map(|position| position + 1),
        relationships: of_column
            .map(|relation| Relationship {
                r#type: "foreignKey",
                to: format!("{}.{}", relation.target.name, relation.target_column),
            })
            .collect(),
        custom_properties: Some(column.unit())
            .filter(|unit| !unit.is_empty())
            .map(|unit| custom("unit", unit))
            .into_iter()
            .collect(),
    }
}

/// The logical type of the standard, and the type in DuckDB's words.
fn types(kind: ColumnKind) -> (&'static str, &'static str) {
    match kind {
        ColumnKind::Text => ("string", "VARCHAR"),
        ColumnKind::Integer => ("integer", "BIGINT"),
        ColumnKind::Money => ("number", "DECIMAL(18,2)"),
        ColumnKind::MicroUnits => ("number", "DECIMAL(18,6)"),
        ColumnKind::Date => ("date", "DATE"),
        ColumnKind::Flag => ("boolean", "BOOLEAN"),
        ColumnKind::Rate | ColumnKind::Real => ("number", "DOUBLE"),
    }
}

/// The rows and totals that the run wrote. A total is compared as a whole number of the column's smallest unit, so that no rounding decides.
fn quality(table: &DescribedTable) -> Vec<Quality> {
    let name = table.definition.name;
    let rows = Quality {
        name: format!("{name} rows"),
        description: "Rows that the run wrote".into(),
        rule: Rule::Library { metric: "rowCount" },
        must_be: i128::from(table.rows()),
    };
    let totals = table.totals().map(|(column, total)| Quality {
        name: format!("{name} {} total", column.name),
        description: format!("Sum of {} over all rows: {}", column.name, decimal(total, column)),
        rule: Rule::Sql {
            query: format!(
                "SELECT CAST(COALESCE(SUM({}), 0) * {} AS DECIMAL(38,0)) FROM {name}",
                column.name,
                10_i128.pow(column.kind.decimals() as u32)
            ),
        },
        must_be: total,
    });
    std::iter::once(rows).chain(totals).collect()
}
