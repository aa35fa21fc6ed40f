//! How feeds write numbers and dates, as the pipeline file declares it.

#[path = "../../src/config/date_layout.rs"]
pub mod date_layout;
#[path = "../../src/config/number_format.rs"]
pub mod number_format;
