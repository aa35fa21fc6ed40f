//! Which column refers to which: the foreign keys that hold in every run.
//!
//! A column that has the name of a key but may hold what its table lacks is left out: a SKU that the product master does not know, a date
//! before or after the days of `dim_date`, an `exception_id` of the aggregates, which is `none` where there is none.

use super::{
    AGG_PARTNER_CELL, AGG_PARTNER_MATCHING, AUDIT_ADJUSTMENT, AUDIT_FILE, AUDIT_FINDING, AUDIT_OPEN_RECORD, AUDIT_QUARANTINE,
    AUDIT_REPEAT, DIM_CATEGORY, DIM_DATE, DIM_EXCEPTION, DIM_PARTNER, DIM_PRODUCT, FACT_ATTACHMENT, FACT_BENCHMARK_CELL,
    FACT_OPEN_WINDOW, FACT_PARTNER_CATEGORY, FACT_PARTNER_CELL, FACT_PARTNER_FUNNEL, FACT_PARTNER_INDEX, FACT_PARTNER_READING,
    FACT_REGISTRATION, FACT_SALE_LINE, TableDef,
};

/// A foreign key: where the column has a value, one row of the target has it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relation {
    /// Table that refers.
    pub table: &'static TableDef,
    /// Its column.
    pub column: &'static str,
    /// Table that is referred to.
    pub target: &'static TableDef,
    /// The column that identifies its rows.
    pub target_column: &'static str,
}

const fn partner(table: &'static TableDef, column: &'static str) -> Relation {
    Relation { table, column, target: &DIM_PARTNER, target_column: "partner_id" }
}

const fn category(table: &'static TableDef) -> Relation {
    Relation { table, column: "category_code", target: &DIM_CATEGORY, target_column: "category_code" }
}

const fn day(table: &'static TableDef, column: &'static str) -> Relation {
    Relation { table, column, target: &DIM_DATE, target_column: "calendar_date" }
}

const fn exception(table: &'static TableDef) -> Relation {
    Relation { table, column: "exception_id", target: &DIM_EXCEPTION, target_column: "exception_id" }
}

const fn sale_line(table: &'static TableDef, column: &'static str) -> Relation {
    Relation { table, column, target: &FACT_SALE_LINE, target_column: "sale_line_id" }
}

const fn file(table: &'static TableDef, column: &'static str) -> Relation {
    Relation { table, column, target: &AUDIT_FILE, target_column: "file_id" }
}

/// Every foreign key, by table in the order of the tables.
pub const RELATIONS: [Relation; 50] = [
    partner(&DIM_EXCEPTION, "partner_id"),
    category(&DIM_PRODUCT),
    partner(&FACT_SALE_LINE, "partner_id"),
    file(&FACT_SALE_LINE, "file_id"),
    Relation { table: &FACT_SALE_LINE, column: "adjustment_id", target: &AUDIT_ADJUSTMENT, target_column: "adjustment_id" },
    category(&FACT_SALE_LINE),
    exception(&FACT_SALE_LINE),
    sale_line(&FACT_ATTACHMENT, "service_sale_line_id"),
    sale_line(&FACT_ATTACHMENT, "hardware_sale_line_id"),
    partner(&FACT_ATTACHMENT, "service_partner_id"),
    partner(&FACT_ATTACHMENT, "hardware_partner_id"),
    partner(&FACT_ATTACHMENT, "credited_partner_id"),
    category(&FACT_ATTACHMENT),
    day(&FACT_ATTACHMENT, "service_date"),
    day(&FACT_ATTACHMENT, "hardware_date"),
    exception(&FACT_ATTACHMENT),
    file(&FACT_REGISTRATION, "file_id"),
    partner(&FACT_REGISTRATION, "partner_id"),
    sale_line(&FACT_REGISTRATION, "service_sale_line_id"),
    partner(&FACT_PARTNER_CELL, "partner_id"),
    category(&FACT_PARTNER_CELL),
    partner(&FACT_PARTNER_INDEX, "partner_id"),
    partner(&FACT_PARTNER_CATEGORY, "partner_id"),
    category(&FACT_PARTNER_CATEGORY),
    partner(&FACT_PARTNER_READING, "partner_id"),
    category(&FACT_BENCHMARK_CELL),
    partner(&FACT_PARTNER_FUNNEL, "partner_id"),
    sale_line(&FACT_OPEN_WINDOW, "sale_line_id"),
    partner(&FACT_OPEN_WINDOW, "partner_id"),
    category(&FACT_OPEN_WINDOW),
    day(&FACT_OPEN_WINDOW, "hardware_date"),
    partner(&AGG_PARTNER_CELL, "partner_id"),
    partner(&AGG_PARTNER_CELL, "hardware_partner_id"),
    category(&AGG_PARTNER_CELL),
    partner(&AGG_PARTNER_MATCHING, "partner_id"),
    partner(&AGG_PARTNER_MATCHING, "hardware_partner_id"),
    category(&AGG_PARTNER_MATCHING),
    sale_line(&AUDIT_ADJUSTMENT, "dropped_sale_line_id"),
    partner(&AUDIT_ADJUSTMENT, "dropped_partner_id"),
    sale_line(&AUDIT_ADJUSTMENT, "added_sale_line_id"),
    partner(&AUDIT_ADJUSTMENT, "added_partner_id"),
    partner(&AUDIT_QUARANTINE, "partner_id"),
    file(&AUDIT_QUARANTINE, "file_id"),
    partner(&AUDIT_OPEN_RECORD, "partner_id"),
    file(&AUDIT_OPEN_RECORD, "file_id"),
    partner(&AUDIT_REPEAT, "partner_id"),
    file(&AUDIT_REPEAT, "file_id"),
    file(&AUDIT_REPEAT, "kept_file_id"),
    sale_line(&AUDIT_FINDING, "sale_line_id"),
    file(&AUDIT_FINDING, "file_id"),
];

#[cfg(test)]
mod tests {
    use super::super::ALL;
    use super::*;

    #[test]
    fn both_ends_are_columns_of_one_kind_and_the_target_identifies_a_row() {
        for relation in RELATIONS {
            let kind = |table: &TableDef, name| table.place(name).map(|place| table.columns[place].kind);
            let label = format!("{}.{}", relation.table.name, relation.column);
            assert!(kind(relation.table, relation.column).is_some(), "{label}");
            assert_eq!(kind(relation.table, relation.column), kind(relation.target, relation.target_column), "{label}");
            let is_key = relation.target.key == [relation.target_column];
            assert!(is_key || (relation.target.name, relation.target_column) == ("audit_file", "file_id"), "{label}");
        }
    }

    #[test]
    fn no_relation_stands_twice_and_no_reference_to_a_partner_is_forgotten() {
        let mut pairs: Vec<_> = RELATIONS.iter().map(|relation| (relation.table.name, relation.column)).collect();
        pairs.sort_unstable();
        assert!(pairs.windows(2).all(|pair| pair[0] != pair[1]));
        for table in ALL.into_iter().filter(|table| table.name != "dim_partner") {
            for column in table.columns.iter().filter(|column| column.name.ends_with("partner_id")) {
                assert!(pairs.contains(&(table.name, column.name)), "{}.{}", table.name, column.name);
            }
        }
    }
}
