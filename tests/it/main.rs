//! One test binary for the whole program; one module per subject.

mod adjustments;
mod case_lists;
mod case_pages;
mod cents;
mod config;
mod generated;
mod golden;
mod program;
mod published;
mod reader;
mod readers;
mod sale_rows;
mod sniff;
mod stages_attach;
mod stages_index;
mod stages_registrations;
mod stages_serial;
mod stages_settle;
mod whole_runs;
mod worklists;
