//! Outputs: tables as Parquet, their description for other programs, pages as HTML.

pub mod calibration;
pub mod case;
pub mod contract;
pub mod dictionary;
pub mod diff;
pub mod explain;
pub mod facts;
pub mod outreach;
pub mod page_name;
pub mod parquet;
pub mod reconcile;
pub mod report;
pub mod terminal;
pub mod trace;
pub mod whatif;
