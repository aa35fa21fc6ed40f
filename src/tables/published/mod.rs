//! The published tables: grain, key, columns, units and meaning of each stand in one definition, from which the Parquet schema is made.

mod aggregates;
mod audit;
mod dimensions;
mod facts;
mod index;
mod judgement;
mod relations;

pub use aggregates::{AGG_PARTNER_CELL, AGG_PARTNER_MATCHING};
pub use audit::{
    AUDIT_ADJUSTMENT, AUDIT_CALENDAR, AUDIT_CONTROL, AUDIT_FILE, AUDIT_FINDING, AUDIT_GATE, AUDIT_OPEN_RECORD, AUDIT_QUARANTINE,
    AUDIT_REPEAT,
};
pub use dimensions::{DIM_CATEGORY, DIM_DATE, DIM_EXCEPTION, DIM_PARTNER, DIM_PRODUCT};
pub use facts::{FACT_ATTACHMENT, FACT_REGISTRATION, FACT_SALE_LINE};
pub use index::{FACT_BENCHMARK_CELL, FACT_PARTNER_CELL};
pub use judgement::{
    FACT_DISPERSION, FACT_OPEN_WINDOW, FACT_PARTNER_CATEGORY, FACT_PARTNER_FUNNEL, FACT_PARTNER_INDEX, FACT_PARTNER_READING,
};
pub use relations::{RELATIONS, Relation};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// UTF-8 text.
    Text,
    /// 64-bit signed integer.
    Integer,
    /// Money, two decimals.
    Money,
    /// Units in millionths, six decimals.
    MicroUnits,
    /// A day.
    Date,
    /// True or false.
    Flag,
    /// A ratio; its numerator and denominator stand beside it.
    Rate,
    /// A number that need not be whole, e.g. an effective count.
    Real,
}

impl ColumnKind {
    /// The Arrow type.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Integer => DataType::Int64,
            Self::Money => DataType::Decimal128(18, 2),
            Self::MicroUnits => DataType::Decimal128(18, 6),
            Self::Date => DataType::Date32,
            Self::Flag => DataType::Boolean,
            Self::Rate | Self::Real => DataType::Float64,
        }
    }

    /// Name of the type in the dictionary.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Integer => "int64",
            Self::Money => "decimal(18, 2)",
            Self::MicroUnits => "decimal(18, 6)",
            Self::Date => "date",
            Self::Flag => "boolean",
            Self::Rate | Self::Real => "double",
        }
    }

    /// Decimals of a number that is stored as a whole count of its smallest unit.
    pub fn decimals(self) -> usize {
        match self {
            Self::Money => 2,
            Self::MicroUnits => 6,
            _ => 0,
        }
    }
}

/// One column of a published table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnDef {
    /// Name, with its unit.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether every row has a value.
    pub is_required: bool,
    /// Whether nearly every row has a value of its own, so that a dictionary would only cost time and space.
    pub is_distinct: bool,
    /// Meaning in plain words.
    pub meaning: &'static str,
}

impl ColumnDef {
    /// The unit of the values, as name and kind say it; empty where they are no quantity.
    pub fn unit(&self) -> &'static str {
        match self.kind {
            ColumnKind::Money if self.name.starts_with("source_") => "source currency",
            ColumnKind::Money => "reporting currency",
            ColumnKind::MicroUnits => "units",
            ColumnKind::Rate => "ratio",
            ColumnKind::Real => "count",
            ColumnKind::Integer => ["units", "packs", "days", "bytes", "records", "count"]
                .into_iter()
                .find(|unit| self.name.strip_suffix(unit).is_some_and(|rest| rest.ends_with('_')))
                .unwrap_or_default(),
            ColumnKind::Text | ColumnKind::Date | ColumnKind::Flag => "",
        }
    }

    /// Whether the sum over all rows is published beside the table, so that a reader can tell that it read all of them.
    pub fn has_total(&self) -> bool {
        match self.kind {
            ColumnKind::Money | ColumnKind::MicroUnits => true,
            ColumnKind::Integer => !self.unit().is_empty(),
            _ => false,
        }
    }
}

const fn required(name: &'static str, kind: ColumnKind, meaning: &'static str) -> ColumnDef {
    ColumnDef { name, kind, is_required: true, is_distinct: false, meaning }
}

const fn distinct(name: &'static str, kind: ColumnKind, meaning: &'static str) -> ColumnDef {
    ColumnDef { name, kind, is_required: true, is_distinct: true, meaning }
}

const fn optional(name: &'static str, kind: ColumnKind, meaning: &'static str) -> ColumnDef {
    ColumnDef { name, kind, is_required: false, is_distinct: false, meaning }
}

/// A published table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableDef {
    /// Name, without the ending that its file or folder has.
    pub name: &'static str,
    /// What one row is.
    pub grain: &'static str,
    /// Columns that identify a row; the table is sorted by them.
    pub key: &'static [&'static str],
    /// Columns in order.
    pub columns: &'static [ColumnDef],
}

/// Every published table.
pub const ALL: [&TableDef; 27] = [
    &DIM_CATEGORY,
    &DIM_DATE,
    &DIM_EXCEPTION,
    &DIM_PARTNER,
    &DIM_PRODUCT,
    &FACT_SALE_LINE,
    &FACT_ATTACHMENT,
    &FACT_REGISTRATION,
    &FACT_PARTNER_CELL,
    &FACT_PARTNER_INDEX,
    &FACT_PARTNER_CATEGORY,
    &FACT_PARTNER_READING,
    &FACT_BENCHMARK_CELL,
    &FACT_DISPERSION,
    &FACT_PARTNER_FUNNEL,
    &FACT_OPEN_WINDOW,
    &AGG_PARTNER_CELL,
    &AGG_PARTNER_MATCHING,
    &AUDIT_FILE,
    &AUDIT_ADJUSTMENT,
    &AUDIT_QUARANTINE,
    &AUDIT_OPEN_RECORD,
    &AUDIT_REPEAT,
    &AUDIT_FINDING,
    &AUDIT_CALENDAR,
    &AUDIT_CONTROL,
    &AUDIT_GATE,
];

impl TableDef {
    /// Name below `tables/`: of the file, or of the folder whose part files follow one another.
    pub fn file_name(&self) -> String {
        format!("{}.parquet", self.name)
    }

    /// The table's foreign keys.
    pub fn relations(&self) -> impl Iterator<Item = &'static Relation> {
        RELATIONS.iter().filter(|relation| relation.table.name == self.name)
    }

    /// The Arrow schema, with the columns' meanings as field metadata.
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<Field> = self
            .columns
            .iter()
            .map(|column| {
                Field::new(column.name, column.kind.data_type(), !column.is_required)
                    .with_metadata(HashMap::from([("description".to_owned(), column.meaning.to_owned())]))
            })
            .collect();
        Arc::new(Schema::new_with_metadata(fields, self.pandas_metadata()))
    }

    /// pandas makes floats of integers with gaps, which cuts ids of more than 15 digits, unless the file names its integer type with gaps.
    fn pandas_metadata(&self) -> HashMap<String, String> {
        let with_gaps = self.columns.iter().filter(|column| column.kind == ColumnKind::Integer && !column.is_required);
        let columns: Vec<_> = with_gaps
            .map(|column| {
                let name = column.name;
                json!({"name": name, "field_name": name, "pandas_type": "int64", "numpy_type": "Int64", "metadata": null})
            })
            .collect();
        if columns.is_empty() {
            return HashMap::new();
        }
        let creator = json!({"library": "attachrate", "version": env!("CARGO_PKG_VERSION")});
        let about =
            json!({"columns": columns, "index_columns": [], "column_indexes": [], "creator": creator, "pandas_version": "1.0.0"});
        HashMap::from([("pandas".to_owned(), about.to_string())])
    }

    /// Place of a column.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_consistent() {
        for table in ALL {
            let mut names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{} has a column twice", table.name);
            for key in table.key {
                let column = table.place(key).map(|place| table.columns[place]);
                assert!(column.is_some_and(|column| column.is_required), "{}: key {key} is missing or optional", table.name);
            }
            for column in table.columns {
                let suffix = match column.kind {
                    ColumnKind::Money => "_amount",
                    ColumnKind::MicroUnits => "_units",
                    ColumnKind::Date => "_date",
                    ColumnKind::Rate => "_rate",
                    ColumnKind::Real => "_count",
                    ColumnKind::Flag => "",
                    ColumnKind::Text | ColumnKind::Integer => continue,
                };
                let is_flag =
                    column.kind == ColumnKind::Flag && (column.name.starts_with("is_") || column.name.starts_with("has_"));
                assert!(is_flag || !suffix.is_empty() && column.name.ends_with(suffix), "{}.{}", table.name, column.name);
            }
        }
    }
}
