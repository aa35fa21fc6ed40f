//! The data dictionary, from the definitions of the published tables.

use crate::tables::published::{ALL, ColumnKind, TableDef};

const INTRODUCTION: &str = "\
# Tables

What a run publishes below `tables/`: this is what `attachrate dictionary` prints. A table is one Parquet file, `<table>.parquet`; the
large facts are folders of part files, `<table>/part-0000.parquet` and on, which follow one another. A table is sorted by its key.
Amounts are in the reporting currency, which stands in `currency_code`, unless their name says otherwise.
";

/// The dictionary as Markdown: grain, key, order and columns of every table.
pub fn markdown() -> String {
    let mut text = INTRODUCTION.to_owned();
    for table in ALL {
        text.push_str(&section(table));
    }
    text
}

fn section(table: &TableDef) -> String {
    let key: Vec<String> = table.key.iter().map(|column| format!("`{column}`")).collect();
    let key = key.join(", ");
    let mut text = format!("\n## {}\n\n- One row per {}\n- Key, and order of the rows: {key}\n\n", table.name, cell(table.grain));
    text.push_str("| column | type | unit | required | meaning |\n|---|---|---|---|---|\n");
    for column in table.columns {
        let required = if column.is_required { "yes" } else { "no" };
        let unit = unit(column.name, column.kind);
        let (name, kind, meaning) = (column.name, type_name(column.kind), cell(column.meaning));
        text.push_str(&format!("| `{name}` | {kind} | {unit} | {required} | {meaning} |\n"));
    }
    text
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn type_name(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text => "string",
        ColumnKind::Integer => "int64",
        ColumnKind::Money => "decimal(18, 2)",
        ColumnKind::MicroUnits => "decimal(18, 6)",
        ColumnKind::Date => "date",
        ColumnKind::Flag => "boolean",
        ColumnKind::Rate | ColumnKind::Real => "double",
    }
}

/// The unit that a column's name and kind say.
fn unit(name: &str, kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Money if name.starts_with("source_") => "source currency",
        ColumnKind::Money => "reporting currency",
        ColumnKind::MicroUnits => "units",
        ColumnKind::Rate => "ratio",
        ColumnKind::Real => "count",
        ColumnKind::Integer => ["_units", "_packs", "_days", "_bytes", "_records", "_count"]
            .into_iter()
            .find(|suffix| name.ends_with(suffix))
            .map_or("", |suffix| match suffix {
                "_units" => "units",
                "_packs" => "packs",
                "_days" => "days",
                "_bytes" => "bytes",
                "_records" => "records",
                _ => "count",
            }),
        ColumnKind::Text | ColumnKind::Date | ColumnKind::Flag => "",
    }
}
