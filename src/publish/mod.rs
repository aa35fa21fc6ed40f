//! Outputs: tables as Parquet, pages as HTML.

pub mod facts;
pub mod parquet;
pub mod report;
