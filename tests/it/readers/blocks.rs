//! Records taken out in blocks are those that are read one by one.

use attachrate::finding::QuarantineCode;
use attachrate::io::readers::{FieldKind, FileReader, Layout, Place, ReadError, Record, RecordBlock};
use std::path::Path;

/// All that a record says.
type Whole = (Place, Result<Vec<(String, FieldKind)>, QuarantineCode>, Vec<u8>);

fn whole(record: &Record<'_>) -> Whole {
    let fields = record.fields.as_ref().map_err(|code| *code);
    let fields = fields.map(|fields| (0..fields.len()).map(|place| (fields.get(place).to_owned(), fields.kind(place))).collect());
    (record.place, fields, record.raw.to_vec())
}

/// Reads a readable file in blocks of few records, and of few bytes, and compares.
pub fn check(path: &Path, layout: &Layout) -> Result<(), ReadError> {
    let mut alone = FileReader::open(path, layout)?;
    let mut in_blocks = [(3, usize::MAX), (usize::MAX, 40)].map(|limits| (limits, FileReader::open(path, layout)));
    while alone.next_section()?.is_some() {
        let mut records = Vec::new();
        while let Some(record) = alone.next_record()? {
            records.push(whole(&record));
        }
        for ((most, bytes), reader) in &mut in_blocks {
            let reader = reader.as_mut().expect("the same file");
            reader.next_section().expect("the same section");
            let (mut block, mut taken) = (RecordBlock::default(), Vec::new());
            loop {
                block.refill(reader, *most, *bytes).expect("the same records");
                if block.is_empty() {
                    break;
                }
                let before = taken.len();
                taken.extend(block.records().map(|record| whole(&record)));
                assert!(taken.len() - before <= *most);
                // No record begins behind the bytes that are enough.
                let held: usize = taken[before..taken.len() - 1].iter().map(|(_, _, raw)| raw.len()).sum();
                assert!(held < *bytes || taken.len() == before + 1);
            }
            assert_eq!(taken, records, "{}", path.display());
        }
    }
    Ok(())
}
