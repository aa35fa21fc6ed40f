//! Readers of raw feeds: bytes of any declared format and packing become records of text fields, each with its place or its defect.
//!
//! A reader never guesses. What a file is stands in its [`Layout`]; where the file contradicts it, the file is refused with a
//! [`ReadError`] that names both. A record that does not fit comes out with a [`crate::finding::QuarantineCode`] instead of fields, so
//! that every record of a file is counted. Memory is bounded whatever the file says of itself.
//!
//! Nothing here depends on the other parts of the crate but for the list of codes, so that these files can be built and fuzzed by
//! themselves.

mod ahead;
mod archive;
mod block;
mod damage;
mod delimited;
mod encoding;
mod file;
mod fixed_length;
mod fixed_width;
mod grammar;
mod json_lines;
pub mod layout;
mod lines;
mod looks;
mod packing;
mod raw;
mod record;
mod repair;
pub mod worker;
pub mod x12;

pub use archive::{Member, members};
pub use block::RecordBlock;
pub use delimited::DelimitedReader;
pub use encoding::Encoding;
pub use file::{FileReader, Section};
pub use fixed_width::FixedWidthReader;
pub use json_lines::JsonLinesReader;
pub use layout::{Format, Layout};
pub use packing::{Packing, Unpacked};
pub use raw::{RawReader, raw_rows};
pub use record::{Extent, FieldKind, Fields, FileDefect, Place, ReadError, Record, Remark, Trailer};
pub use worker::{RowWanted, TableReader};
pub use x12::X12Reader;
