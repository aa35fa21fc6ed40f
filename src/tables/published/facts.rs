//! The large facts: folders of one file per part.

use super::ColumnKind::{Date, Flag, Integer, Money, Text};
use super::{TableDef, distinct, optional, required};

/// One row per accepted sale line.
pub const FACT_SALE_LINE: TableDef = TableDef {
    name: "fact_sale_line",
    grain: "accepted sale line",
    key: &["sale_line_id"],
    columns: &[
        distinct("sale_line_id", Integer, "Id of the line within the run; ordered by part, category and line key"),
        required("partner_id", Text, "Selling partner"),
        required("feed_id", Text, "Feed of the raw record; adjustments for a line of the adjustments table"),
        required("file_id", Integer, "File of the raw record: see audit_file"),
        distinct("record_number", Integer, "Number of the record in its file, from 1"),
        distinct("line_number", Integer, "Physical line on which the record begins, from 1"),
        required("origin_code", Text, "feed, or adjustment for a line that an approved adjustment adds"),
        optional("adjustment_id", Text, "The approved adjustment that adds the line, or drops it: see audit_adjustment"),
        required("invoice_date", Date, "Invoice date"),
        optional("invoice_number", Text, "Invoice number"),
        required("sku", Text, "Normalised base SKU"),
        optional("sku_option", Text, "Localisation option after #"),
        required("kind_code", Text, "hardware, service, other or unmapped"),
        optional("category_code", Text, "Category"),
        required("classification_code", Text, "How kind and category were found: product_master, product_line, rule or unmapped"),
        required("is_post_warranty", Flag, "Post-warranty or renewal pack: never attached"),
        required("quantity_units", Integer, "Signed quantity of the record"),
        required("sale_amount", Money, "Signed net amount in the reporting currency, by the rate of the month of the invoice date"),
        required("source_amount", Money, "Signed net amount in the source currency"),
        required("source_currency_code", Text, "Source currency"),
        required("net_units", Integer, "Units after returns; of a return what found no sale; 0 of a dropped line"),
        required("net_amount", Money, "Amount after returns"),
        required("attached_units", Integer, "Hardware: units covered. Service: packs attached"),
        required("attached_amount", Money, "Service: money attached"),
        required("left_over_units", Integer, "Service: packs not attached"),
        required("left_over_amount", Money, "Service: money not attached"),
        optional("left_over_code", Text, "Why packs or money of a service are not attached"),
        required("is_in_period", Flag, "Whether the invoice date lies in the assessed period"),
        required("is_before_horizon", Flag, "Older than what is read for returns and lead: the line takes no part"),
        optional("maturity_code", Text, "Hardware: closed when its window ended by the as-of date, else open"),
        optional("order_id", Integer, "Hardware: the order within the partner, by purchase order, else sales order, else invoice"),
        optional("price_band_number", Integer, "Hardware: bounds of [benchmark] price_bands that the unit price reaches"),
        optional("exception_id", Text, "The approved exception that takes the line out of partner and benchmark"),
        optional("purchase_order_number", Text, "Customer's purchase order"),
        optional("sales_order_number", Text, "Sender's sales order"),
        optional("end_customer_id", Text, "End customer: full, hashed or left out by [publish] customers"),
        optional("certificate_number", Text, "Care Pack certificate"),
        required("serial_count", Integer, "Serials on the record"),
        required("currency_code", Text, "Reporting currency of the amounts"),
    ],
};

/// One row per service line × hardware line × rung.
pub const FACT_ATTACHMENT: TableDef = TableDef {
    name: "fact_attachment",
    grain: "service line × hardware line × rung × add-on or not",
    key: &["service_sale_line_id", "rung_code", "hardware_sale_line_id", "is_add_on"],
    columns: &[
        distinct("service_sale_line_id", Integer, "The service line"),
        required("rung_code", Text, "What joined the lines: serial, invoice, order, customer or pool"),
        distinct("hardware_sale_line_id", Integer, "The hardware line"),
        required("is_add_on", Flag, "A second pack on a covered serial: money without a unit"),
        required("packs_units", Integer, "Packs of the service line used"),
        required("attached_units", Integer, "Hardware units covered"),
        required("attached_amount", Money, "Money of the packs"),
        required("service_partner_id", Text, "Partner that sold the service"),
        required("hardware_partner_id", Text, "Partner that sold the hardware"),
        required("credited_partner_id", Text, "Partner that is credited: one of the two, by [attach] credit"),
        required("category_code", Text, "Category of the hardware"),
        required("service_date", Date, "Date of the service"),
        required("hardware_date", Date, "Date of the hardware"),
        required("days_to_attach_days", Integer, "Days from the hardware to the service"),
        required("is_in_period", Flag, "Whether the hardware lies in the assessed period"),
        optional("exception_id", Text, "The exception that takes the hardware out of the index, and the attachment with it"),
        required("currency_code", Text, "Reporting currency of the amounts"),
    ],
};

/// One row per registered serial.
pub const FACT_REGISTRATION: TableDef = TableDef {
    name: "fact_registration",
    grain: "registration record × serial; part files by hash of the Care Pack number, each sorted by itself",
    key: &["file_id", "record_number", "serial_place_number"],
    columns: &[
        required("file_id", Integer, "File of the raw record: see audit_file"),
        distinct("record_number", Integer, "Number of the record in its file, from 1"),
        required("serial_place_number", Integer, "Place of the serial among the record's sorted serials, from 1"),
        distinct("line_number", Integer, "Physical line on which the record begins, from 1"),
        required("registration_date", Date, "Registration date"),
        required("sku", Text, "Care Pack number"),
        optional("partner_id", Text, "Partner: the record's own, else the one that sold the serial's hardware first"),
        required(
            "outcome_code",
            Text,
            "given (its serial went to a pack sale), confirmed (it stood there already) or REGISTERED_ONLY",
        ),
        optional("evidence_code", Text, "What joined it: certificate, invoice or partner"),
        optional("service_sale_line_id", Integer, "The pack sale"),
    ],
};
