//! Case files: what is sent to a partner. The list of the partner's own lines shows nothing of another partner.

pub mod lines;
pub mod summary;
pub mod words;
