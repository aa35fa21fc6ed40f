//! The data dictionary, from the definitions of the published tables.

use crate::tables::published::{ALL, TableDef};

const INTRODUCTION: &str = "\
# Tables

What a run publishes below `tables/`: this is what `attachrate dictionary` prints. A table is `<table>.parquet`: one Parquet file, or, of
the large facts, a folder of part files that follow one another, which most programs read under the folder's name as one table. A table
is sorted by its key. A reference is a foreign key that holds in every run. [Loading the tables](bi.md) says how to read and sum them.
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
    let mut text = format!("\n## {}\n\n- One row per {}\n- Key, and order of the rows: {key}\n", table.name, cell(table.grain));
    for relation in table.relations() {
        text.push_str(&format!("- `{}` refers to `{}.{}`\n", relation.column, relation.target.name, relation.target_column));
    }
    text.push('\n');
    text.push_str("| column | type | unit | required | meaning |\n|---|---|---|---|---|\n");
    for column in table.columns {
        let required = if column.is_required { "yes" } else { "no" };
        let unit = column.unit();
        let (name, kind, meaning) = (column.name, column.kind.type_name(), cell(column.meaning));
        text.push_str(&format!("| `{name}` | {kind} | {unit} | {required} | {meaning} |\n"));
    }
    text
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
