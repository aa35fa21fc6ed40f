//! The catalogue: a DuckDB script that makes a view of every table, with comments on tables and columns.

use super::{DescribedTable, Description, purpose, usage};
use crate::tables::published::ColumnDef;

/// The script. Its paths are relative: it is read in the run's folder.
pub fn sql(description: &Description) -> String {
    let mut text = String::new();
    let heading = [
        format!("Run {} of attachrate {}, in {}.", description.run_id, description.tool_version, description.currency),
        purpose(description),
        usage(description),
        "Paths are relative: start DuckDB in the folder of this file, `duckdb -init catalog.sql`, or `.read catalog.sql` within."
            .into(),
    ];
    for line in heading {
        text.push_str(&format!("-- {line}\n"));
    }
    for table in &description.tables {
        text.push_str(&view(table));
    }
    text
}

fn view(table: &DescribedTable) -> String {
    let name = table.definition.name;
    let path = if table.is_folder() { format!("{}/*.parquet", table.path()) } else { table.path() };
    let columns: Vec<&str> = table.definition.columns.iter().map(|column| column.name).collect();
    let mut text = format!(
        "\nCREATE OR REPLACE VIEW {name} AS\n    SELECT {}\n    FROM read_parquet({});\n",
        columns.join(", "),
        quoted(&path)
    );
    let about = format!("One row per {}. Key: {}.", table.definition.grain, table.definition.key.join(", "));
    text.push_str(&format!("COMMENT ON VIEW {name} IS {};\n", quoted(&about)));
    for column in table.definition.columns {
        text.push_str(&format!("COMMENT ON COLUMN {name}.{} IS {};\n", column.name, quoted(&comment(table, column))));
    }
    text
}

/// Meaning, unit and reference of a column.
fn comment(table: &DescribedTable, column: &ColumnDef) -> String {
    let mut text = column.meaning.to_owned();
    if !column.unit().is_empty() {
        text.push_str(&format!(" [{}]", column.unit()));
    }
    for relation in table.definition.relations().filter(|relation| relation.column == column.name) {
        text.push_str(&format!(" (refers to {}.{})", relation.target.name, relation.target_column));
    }
    text
}

/// A text literal of SQL.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
