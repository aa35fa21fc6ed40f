//! Bytes in and out: strict readers, sealed writes, fingerprints. The only modules, with [`crate::run`] and [`crate::cli`], that touch files.

pub mod arrow_file;
pub mod csv_export;
pub mod fingerprint;
pub mod json_file;
pub mod parquet_table;
pub mod places;
pub mod readers;
pub mod sealed;
pub mod sectioned;
