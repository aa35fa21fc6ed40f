//! Tables that cross a boundary: between stages as Arrow batches, and to readers as Parquet.

pub mod digest;
pub mod published;
pub mod stage;
pub mod stage_table;
