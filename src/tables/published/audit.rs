//! The audit: files and their accounting, quarantined records, findings, gates.

use super::ColumnKind::{Date, Flag, Integer, Money, Text};
use super::{TableDef, optional, required};

/// One row per raw file.
pub const AUDIT_FILE: TableDef = TableDef {
    name: "audit_file",
    grain: "raw file",
    key: &["feed_id", "file_path"],
    columns: &[
        required("feed_id", Text, "Feed"),
        required("file_path", Text, "Path relative to the pipeline file"),
        required("file_id", Integer, "Id of the file: the same in every run that reads the same file"),
        required("file_sha256", Text, "SHA-256 of the file"),
        required("file_bytes", Integer, "Size of the file"),
        required(
            "disposition_code",
            Text,
            "accepted where its records are extracted; duplicate or superseded where the file as a whole is",
        ),
        optional("kept_file_path", Text, "The file that is kept instead of a duplicate or superseded one"),
        optional("reporter_code", Text, "Sender as the file's name tells it, where the feed has an expected calendar"),
        required("incoming_records", Integer, "Records as the reader counted them"),
        required("accepted_records", Integer, "Records in the tables"),
        required("duplicate_records", Integer, "Records that repeat one that is kept"),
        required("superseded_records", Integer, "Records of a file that a later one replaces"),
        required("quarantined_records", Integer, "Records set aside: see audit_quarantine"),
        required("unvalued_records", Integer, "Records without a readable quantity or amount"),
        required(
            "passed_over_lines",
            Integer,
            "Lines that are no records by the feed's declaration: trailers, repeated headers, X12 quantities that are neither sale nor return",
        ),
        required("incoming_units", Integer, "Signed units as the reader summed them"),
        required("accepted_units", Integer, "Units in the tables"),
        required("duplicate_units", Integer, "Units of repeats"),
        required("superseded_units", Integer, "Units of superseded records"),
        required("quarantined_units", Integer, "Units of quarantined records that have readable units and money"),
    ],
};

/// One row per adjustment.
pub const AUDIT_ADJUSTMENT: TableDef = TableDef {
    name: "audit_adjustment",
    grain: "row of the adjustments table",
    key: &["adjustment_id"],
    columns: &[
        required("adjustment_id", Text, "The adjustment"),
        required("action_code", Text, "add, drop or recode"),
        required("status_code", Text, "applied; or proposed, where nobody has approved it: it changes nothing"),
        optional("approver_name", Text, "Who approved it"),
        required("reason_text", Text, "Why"),
        optional("evidence_text", Text, "On which evidence"),
        optional("dropped_sale_line_id", Integer, "The feed's line that it drops"),
        optional("dropped_partner_id", Text, "Partner of the dropped line"),
        optional("dropped_units", Integer, "Signed quantity of the dropped line"),
        optional("dropped_amount", Money, "Signed net amount of the dropped line in the reporting currency"),
        optional("added_sale_line_id", Integer, "The line that it adds"),
        optional("added_partner_id", Text, "Partner of the added line"),
        optional("added_units", Integer, "Signed quantity of the added line"),
        optional("added_amount", Money, "Signed net amount of the added line in the reporting currency"),
        required("currency_code", Text, "Reporting currency of the amounts"),
    ],
};

/// One row per quarantined record.
pub const AUDIT_QUARANTINE: TableDef = TableDef {
    name: "audit_quarantine",
    grain: "quarantined record",
    key: &["feed_id", "file_id", "record_number"],
    columns: &[
        required("feed_id", Text, "Feed"),
        required("file_id", Integer, "File: see audit_file"),
        required("record_number", Integer, "Number of the record in its file, from 1"),
        required("line_number", Integer, "Physical line on which the record begins, from 1"),
        optional("partner_id", Text, "Partner that has the record's location or name, or had it last; none where no partner does"),
        optional("section_name", Text, "Member of the archive, worksheet of the workbook, or both"),
        required("reason_code", Text, "Why it is set aside"),
        optional("field_name", Text, "The field at fault; none where the record as a whole is"),
        optional("raw_value", Text, "The value as it stood; a whole record only where [publish] customers is full"),
        optional("location_id", Text, "Location id or partner name of the record, where readable"),
        optional("sku", Text, "Normalised base SKU of the record, where readable"),
        required("is_valued", Flag, "Whether quantity and amount are readable"),
        required("quantity_units", Integer, "Signed quantity, 0 where not valued"),
        required("source_amount", Money, "Signed amount in the source currency, 0 where not valued"),
        optional("source_currency_code", Text, "Source currency"),
    ],
};

/// One row per partner and quarantined record at one of its locations.
pub const AUDIT_OPEN_RECORD: TableDef = TableDef {
    name: "audit_open_record",
    grain: "partner × quarantined record at one of its locations",
    key: &["partner_id", "file_id", "record_number"],
    columns: &[
        required("partner_id", Text, "Partner that has or had the location"),
        required("file_id", Integer, "File: see audit_file"),
        required("record_number", Integer, "Number of the record in its file: see audit_quarantine"),
        required("line_number", Integer, "Physical line on which the record begins, from 1"),
        required("reason_code", Text, "Why it is set aside"),
        required(
            "valuation_code",
            Text,
            "record: its own money by the latest rate of exchange; sku_mean: its quantity at the mean price of its SKU's accepted sales; large_line: \
             the 99th percentile of the feed's accepted lines",
        ),
        required("open_units", Integer, "Signed units in a worst case"),
        required("open_amount", Money, "Signed money in a worst case"),
        required("currency_code", Text, "Reporting currency of the amounts"),
    ],
};

/// One row per duplicate or superseded record.
pub const AUDIT_REPEAT: TableDef = TableDef {
    name: "audit_repeat",
    grain: "duplicate or superseded record",
    key: &["file_id", "record_number"],
    columns: &[
        required("file_id", Integer, "File: see audit_file"),
        required("record_number", Integer, "Number of the record in its file, from 1"),
        required("line_number", Integer, "Physical line on which the record begins, from 1"),
        optional("partner_id", Text, "Partner of the record; none where it would be quarantined, or is a registration without one"),
        required("disposition_code", Text, "duplicate or superseded"),
        required("reason_code", Text, "DUP_FILE, DUP_FEED or RESTATED"),
        required("kept_file_id", Integer, "The file that is kept instead, or that has the line that is kept"),
        optional("kept_record_number", Integer, "The record that is kept instead; none where a whole file is superseded"),
        optional("kept_line_number", Integer, "Physical line of the record that is kept instead"),
    ],
};

/// One row per finding.
pub const AUDIT_FINDING: TableDef = TableDef {
    name: "audit_finding",
    grain: "finding",
    key: &["finding_number"],
    columns: &[
        required("finding_number", Integer, "Number within the run, from 1"),
        required("finding_code", Text, "What was noticed"),
        optional("feed_id", Text, "The feed, where the finding is about a feed as a whole"),
        optional("sale_line_id", Integer, "The sale line that it is about"),
        optional("file_id", Integer, "The file, where the finding is about a record"),
        optional("line_number", Integer, "Physical line of the record"),
        optional("detail_text", Text, "What was noticed about a feed, in words"),
    ],
};

/// One row per period in which a feed's sender should have delivered a file.
pub const AUDIT_CALENDAR: TableDef = TableDef {
    name: "audit_calendar",
    grain: "expected period of a feed's sender",
    key: &["feed_id", "reporter_code", "from_date"],
    columns: &[
        required("feed_id", Text, "Feed with an expected calendar"),
        required("reporter_code", Text, "Sender as the file names tell it; empty where they tell none"),
        required("from_date", Date, "First day of the week or month"),
        required("to_date", Date, "Last day of the week or month"),
        required("kept_files", Integer, "Files of the period, copies and superseded ones left out"),
        required("is_missing", Flag, "Whether no file came"),
        required(
            "concerned_partners",
            Integer,
            "Where it is missing, partners with a line from this sender in the last 12 months; else 0",
        ),
    ],
};

/// One row per comparison of totals.
pub const AUDIT_CONTROL: TableDef = TableDef {
    name: "audit_control",
    grain: "comparison of totals",
    key: &["control_number"],
    columns: &[
        required("control_number", Integer, "Number within the run, from 1"),
        required(
            "control_code",
            Text,
            "TRAILER: the totals in a file's trailers against its records; TOTALS_TABLE: the sender's totals for a period against the kept files; REGISTRATIONS: packs sold in a month against packs registered",
        ),
        optional("feed_id", Text, "Feed; none where all feeds are meant"),
        required("subject_text", Text, "File, sender and period, or month"),
        required("measure_code", Text, "records, units or amount"),
        optional(
            "declared_units",
            Integer,
            "Records or units that the sender declares, or packs sold; none where a file has no trailer with them",
        ),
        optional("found_units", Integer, "Records or units that were read, or packs registered; none where no file was kept"),
        optional("declared_amount", Money, "Amount that the sender declares, added up whatever the currency"),
        optional("found_amount", Money, "Amount that was read, likewise"),
        required("is_within_limit", Flag, "Whether the difference is at most what the gate allows"),
    ],
};

/// One row per gate.
pub const AUDIT_GATE: TableDef = TableDef {
    name: "audit_gate",
    grain: "gate",
    key: &["gate_code"],
    columns: &[
        required("gate_code", Text, "The condition"),
        required("is_passed", Flag, "Whether it holds; a run that fails one is not published"),
        required("measured_text", Text, "What was measured"),
        required("limit_text", Text, "What is allowed"),
        required("meaning_text", Text, "What the condition protects"),
    ],
};
