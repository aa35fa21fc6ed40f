//! Parquet of every type that a field can have: what was written is read, however it is written.

use std::sync::Arc;

use super::tables::{kinds, parquet};
use super::{outcomes, read_path};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, LargeStringArray, RecordBatch,
    StringArray, StringViewArray, TimestampMicrosecondArray, TimestampMillisecondArray, UInt64Array,
};
use attachrate::io::readers::FieldKind;
use chrono::{DateTime, NaiveDate};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use proptest::collection::vec;
use proptest::prelude::*;

/// A column with the text and the kind of each of its values; empty where there is none.
#[derive(Debug, Clone)]
struct Column {
    array: ArrayRef,
    texts: Vec<String>,
    kind: FieldKind,
}

/// What is drawn for each row of a column.
type Draws = Vec<Option<i64>>;

fn column(kind: usize, draws: &Draws, words: &[String]) -> Column {
    let texts = |text: &dyn Fn(i64) -> String| draws.iter().map(|draw| draw.map(text).unwrap_or_default()).collect::<Vec<String>>();
    let word = |draw: i64| words[draw.unsigned_abs() as usize % words.len()].clone();
    let drawn = |draw: &Option<i64>| draw.map(word);
    let cents = |draw: i64| draw % 10_000_000_000;
    let decimal = |cents: i64| format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100);
    // A thousand years around 1970.
    let day = |draw: i64| (draw % 180_000) as i32;
    let second = |draw: i64| draw % 15_000_000_000;
    let date = |draw: i64| NaiveDate::from_epoch_days(day(draw)).expect("a day").format("%Y-%m-%d").to_string();
    let time = |draw: i64| DateTime::from_timestamp(second(draw), 0).expect("a time").format("%Y-%m-%d %H:%M:%S").to_string();
    let plain = |text: String| if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    match kind {
        0 => {
            Column { array: Arc::new(StringArray::from_iter(draws.iter().map(drawn))), texts: texts(&word), kind: FieldKind::Text }
        }
        1 => Column {
            array: Arc::new(LargeStringArray::from_iter(draws.iter().map(drawn))),
            texts: texts(&word),
            kind: FieldKind::Text,
        },
        2 => Column {
            array: Arc::new(StringViewArray::from_iter(draws.iter().map(drawn))),
            texts: texts(&word),
            kind: FieldKind::Text,
        },
        3 => Column {
            array: Arc::new(Int32Array::from_iter(draws.iter().map(|draw| draw.map(|draw| draw as i32)))),
            texts: texts(&|draw| (draw as i32).to_string()),
            kind: FieldKind::Number,
        },
        4 => Column {
            array: Arc::new(Int64Array::from_iter(draws.iter().copied())),
            texts: texts(&|draw| draw.to_string()),
            kind: FieldKind::Number,
        },
        5 => Column {
            array: Arc::new(UInt64Array::from_iter(draws.iter().map(|draw| draw.map(|draw| draw as u64)))),
            texts: texts(&|draw| (draw as u64).to_string()),
            kind: FieldKind::Number,
        },
        6 => {
            let values = Decimal128Array::from_iter(draws.iter().map(|draw| draw.map(|draw| i128::from(cents(draw)))));
            Column {
                array: Arc::new(values.with_precision_and_scale(12, 2).expect("a type")),
                texts: texts(&|draw| decimal(cents(draw))),
                kind: FieldKind::Number,
            }
        }
        7 => Column {
            array: Arc::new(Float64Array::from_iter(draws.iter().map(|draw| draw.map(|draw| cents(draw) as f64 / 100.0)))),
            texts: texts(&|draw| plain(decimal(cents(draw))).replace("-0", if cents(draw) == 0 { "0" } else { "-0" })),
            kind: FieldKind::Float,
        },
        8 => Column {
            array: Arc::new(Date32Array::from_iter(draws.iter().map(|draw| draw.map(day)))),
            texts: texts(&date),
            kind: FieldKind::Date,
        },
        9 => Column {
            array: Arc::new(TimestampMicrosecondArray::from_iter(
                draws.iter().map(|draw| draw.map(|draw| second(draw) * 1_000_000)),
            )),
            texts: texts(&time),
            kind: FieldKind::Date,
        },
        10 => Column {
            array: Arc::new(TimestampMillisecondArray::from_iter(draws.iter().map(|draw| draw.map(|draw| second(draw) * 1_000)))),
            texts: texts(&time),
            kind: FieldKind::Date,
        },
        _ => Column {
            array: Arc::new(BooleanArray::from_iter(draws.iter().map(|draw| draw.map(|draw| draw % 2 == 0)))),
            texts: texts(&|draw| (draw % 2 == 0).to_string()),
            kind: FieldKind::Text,
        },
    }
}

/// Columns of the same number of rows.
fn any_columns() -> impl Strategy<Value = Vec<Column>> {
    let word = "[A-Za-z0-9 ,;\"'#äß€語T_-]{1,9}";
    (0..40_usize, vec(word, 1..6)).prop_flat_map(|(rows, words)| {
        let draws = vec(prop::option::weighted(0.85, any::<i64>()), rows);
        vec((0..12_usize, draws), 1..8)
            .prop_map(move |columns| columns.iter().map(|(kind, draws)| column(*kind, draws, &words)).collect())
    })
}

fn any_properties() -> impl Strategy<Value = WriterProperties> {
    let compressions = vec![Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::ZSTD(ZstdLevel::default())];
    let statistics = vec![EnabledStatistics::None, EnabledStatistics::Chunk, EnabledStatistics::Page];
    let versions = vec![WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0];
    let select = prop::sample::select::<Compression>;
    (
        select(compressions),
        prop::sample::select(statistics),
        prop::sample::select(versions),
        any::<bool>(),
        1..20_usize,
        any::<bool>(),
    )
        .prop_map(|(compression, statistics, version, has_dictionary, group, has_truncated)| {
            WriterProperties::builder()
                .set_compression(compression)
                .set_statistics_enabled(statistics)
                .set_writer_version(version)
                .set_dictionary_enabled(has_dictionary)
                .set_max_row_group_row_count(Some(group))
                .set_statistics_truncate_length(has_truncated.then_some(2))
                .build()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn what_was_written_is_read(columns in any_columns(), properties in any_properties()) {
        let named = columns.iter().enumerate().map(|(number, column)| (format!("c{number}"), column.array.clone(), true));
        let batch = RecordBatch::try_from_iter_with_nullable(named).expect("columns of one length");
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).expect("memory");
        writer.write(&batch).expect("memory");
        writer.close().expect("memory");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sales.parquet");
        std::fs::write(&path, bytes).expect("a file");
        let found: Vec<(u64, Vec<String>)> = outcomes(read_path(&path, &parquet()).expect("a readable file"))
            .into_iter()
            .map(|(line, fields)| (line, fields.expect("a clean record")))
            .collect();
        let row = |place: usize| columns.iter().map(|column| column.texts[place].clone()).collect::<Vec<_>>();
        let expected: Vec<(u64, Vec<String>)> = (0..batch.num_rows()).map(|place| (place as u64 + 1, row(place))).collect();
        prop_assert_eq!(found, expected);
        for (place, kinds) in kinds(&path, &parquet()).into_iter().enumerate() {
            for (column, kind) in columns.iter().zip(kinds) {
                let expected = if column.texts[place].is_empty() { FieldKind::Text } else { column.kind };
                prop_assert_eq!(kind, expected);
            }
        }
    }
}
