//! Warranty attachment and the Penetration Rate Index, from raw sales feeds to a case per partner.
//!
//! Data flows one way: [`io`] reads bytes, [`stages`] turn typed lines into outcomes and indices as pure functions, [`run`] drives
//! them over files and partner parts, [`publish`] writes tables and pages.

pub mod cli;
pub mod config;
pub mod error;
pub mod finding;
pub mod generate;
pub mod io;
pub mod publish;
pub mod reference;
pub mod run;
pub mod sniff;
pub mod stages;
pub mod tables;
pub mod telemetry;
