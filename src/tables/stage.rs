//! The tables between stages. Grain, key and meaning stand on each.

use crate::stage_table;

/// Separator of several serials in one text: it cannot stand in a field of a text feed that is read line by line and trimmed.
pub const SERIAL_SEPARATOR: char = '\u{1f}';
/// Category of a line that has none.
pub const NO_CATEGORY: u16 = u16::MAX;
/// Feed of a line that an adjustment adds.
pub const ADJUSTED_FEED: u16 = u16::MAX;
/// Partner of a registration that has none.
pub const NO_PARTNER: u32 = u32::MAX;
/// Kind of a line whose product is not classified; the classified kinds are those of [`crate::reference::Kind`].
pub const KIND_UNMAPPED: u8 = 3;
/// Flag of a line: post-warranty or renewal pack.
pub const FLAG_POST_WARRANTY: u8 = 1;
/// Flag of a line: a Care Pack number whose form contradicts the product master.
pub const FLAG_CATEGORY_CONFLICT: u8 = 2;

stage_table! {
    /// One accepted sale line as extracted and normalised. Grain: raw record. Written per file and part.
    Lines, LinesBuilder {
        /// Index into the partners, which are sorted by id.
        partner: U32,
        /// The reseller within which the line is matched, see [`crate::reference::Resellers`].
        reseller: U32,
        /// Invoice date.
        date: I32,
        /// Index into the categories, or [`NO_CATEGORY`].
        category: U16,
        /// [`crate::reference::Kind`] as a number, or [`KIND_UNMAPPED`].
        kind: U8,
        /// [`crate::finding::Method`] as a number.
        method: U8,
        /// Sum of `FLAG_*`.
        flags: U8,
        /// Signed quantity.
        quantity: I64,
        /// Signed net amount, cents of the reporting currency.
        amount: I64,
        /// Signed net amount, cents of the source currency.
        source_amount: I64,
        /// Source currency, three ASCII letters packed.
        currency: U32,
        /// Number of the record in its file.
        record: U32,
        /// Physical line of the record in its file.
        line: U32,
        /// Invoice number or empty.
        invoice: Text,
        /// Normalised base SKU.
        sku: Text,
        /// Localisation option or empty.
        sku_option: Text,
        /// Sorted serials, joined by [`SERIAL_SEPARATOR`].
        serials: Text,
        /// Customer's purchase order or empty.
        purchase_order: Text,
        /// Sales order or empty.
        sales_order: Text,
        /// End customer or empty.
        end_customer: Text,
        /// Care Pack certificate or empty.
        certificate: Text,
    }
}

stage_table! {
    /// One registered serial as extracted. Grain: raw record × serial.
    Registrations, RegistrationsBuilder {
        /// Index into the partners, or [`NO_PARTNER`].
        partner: U32,
        /// Id of the file.
        file: I64,
        /// Registration date.
        date: I32,
        /// Number of the record in its file.
        record: U32,
        /// Physical line of the record in its file.
        line: U32,
        /// Normalised base Care Pack number.
        sku: Text,
        /// The registered serial.
        serial: Text,
        /// Certificate or empty.
        certificate: Text,
        /// Invoice number or empty.
        invoice: Text,
    }
}

stage_table! {
    /// One quarantined record. Grain: raw record.
    Quarantined, QuarantinedBuilder {
        /// Number of the record in its file.
        record: U32,
        /// Physical line of the record in its file.
        line: U32,
        /// Member of the archive, worksheet of the workbook, or both; empty where the file has no parts.
        section: Text,
        /// [`crate::finding::QuarantineCode`] as a number.
        code: U8,
        /// Our name of the field at fault, or empty where the whole record is.
        field: Text,
        /// The value as it stood, or the record where the whole record is at fault.
        value: Text,
        /// Location id or partner name, where readable.
        location: Text,
        /// Whether units and amount are readable: 1 or 0.
        is_valued: U8,
        /// Signed quantity, 0 where not valued.
        units: I64,
        /// Signed amount in cents of the source currency, 0 where not valued.
        amount: I64,
        /// Currency, empty where not valued.
        currency: Text,
        /// Whether the quantity alone is readable: 1 or 0.
        has_quantity: U8,
        /// The readable quantity, else 0.
        quantity: I64,
        /// Normalised base SKU, or empty where it is not readable.
        sku: Text,
    }
}

stage_table! {
    /// One record of a file that is duplicate or superseded as a whole. Grain: raw record, in the order of the file.
    SetAside, SetAsideBuilder {
        /// Index into the partners, or [`NO_PARTNER`] where the record names none.
        partner: U32,
        /// Number of the record in its file.
        record: U32,
        /// Physical line of the record in its file.
        line: U32,
    }
}

stage_table! {
    /// One sale line that repeats one of a feed of higher priority. Grain: duplicate sale line; sorted by (file, record) within a section.
    Repeats, RepeatsBuilder {
        /// Index into the partners.
        partner: U32,
        /// Id of the file.
        file: I64,
        /// Number of the record in its file.
        record: U32,
        /// Physical line of the record in its file.
        line: U32,
        /// Id of the file of the line that is kept.
        kept_file: I64,
        /// Number of that record in its file.
        kept_record: U32,
        /// Physical line of that record in its file.
        kept_line: U32,
    }
}

stage_table! {
    /// One sale line after repeats and returns. Grain: accepted or duplicate sale line; sorted by (category, line key) within a part.
    /// The columns of [`Lines`] stand in the same file.
    Settlement, SettlementBuilder {
        /// Index of the feed in the plan, or [`ADJUSTED_FEED`].
        feed: U16,
        /// Id of the file.
        file: I64,
        /// 1 where the line repeats one of another feed.
        is_duplicate: U8,
        /// Number of the approved adjustment that adds the line, or else drops it; 0 where none does.
        adjustment: U32,
        /// Units after returns; of a return what stayed unmatched.
        net_units: I64,
        /// Amount after returns, cents of the reporting currency.
        net_amount: I64,
    }
}

stage_table! {
    /// One serial of a net hardware line. Grain: hardware line × serial; partitioned by the serial's hash.
    HardwareSerials, HardwareSerialsBuilder {
        /// The serial.
        serial: Text,
        /// The line: see [`crate::stages::line_id`].
        line_id: I64,
        /// The hardware's date.
        date: I32,
        /// The selling partner.
        partner: U32,
        /// Net units of the line.
        net_units: I64,
        /// Number of net serials of the line.
        serials: U32,
        /// Invoice: with the SKU it orders lines of one partner and day across categories.
        invoice: Text,
        /// Base SKU.
        sku: Text,
        /// Order of the line: see [`crate::stages::attach::Traits`].
        order: I64,
        /// Price band of the line.
        band: U8,
        /// Exception that takes the line out, or 0.
        exception: U16,
    }
}

stage_table! {
    /// One serial that a service line covers, from its own line or a registration. Grain: service line × serial.
    ServiceSerials, ServiceSerialsBuilder {
        /// The serial.
        serial: Text,
        /// The line: see [`crate::stages::line_id`].
        line_id: I64,
        /// The service's date.
        date: I32,
        /// The selling partner.
        partner: U32,
        /// Net packs of the line.
        net_units: I64,
        /// Number of serials that the line covers in all.
        serials: U32,
        /// Invoice.
        invoice: Text,
        /// Base SKU.
        sku: Text,
    }
}

stage_table! {
    /// One net pack sale that a registration may join. Grain: service line; partitioned by the SKU's hash.
    PackSales, PackSalesBuilder {
        /// The line: see [`crate::stages::line_id`].
        line_id: I64,
        /// The sale's date.
        date: I32,
        /// The selling partner.
        partner: U32,
        /// Net packs of the line.
        net_units: I64,
        /// 1 where the pack can be attached, 0 for post-warranty packs.
        is_attachable: U8,
        /// The serials that stand on the line itself, joined by [`SERIAL_SEPARATOR`].
        serials: Text,
        /// Base SKU.
        sku: Text,
        /// Certificate or empty.
        certificate: Text,
        /// Invoice or empty.
        invoice: Text,
    }
}

stage_table! {
    /// One pack allotted by a serial. Grain: service line × serial; stored with the service's part and with the hardware's.
    SerialPairs, SerialPairsBuilder {
        /// The service line.
        service_id: I64,
        /// The hardware line.
        hardware_id: I64,
        /// The hardware's date.
        hardware_date: I32,
        /// The hardware's partner.
        hardware_partner: U32,
        /// Its reseller.
        hardware_reseller: U32,
        /// 1 where the pack is a second one on a covered serial.
        is_add_on: U8,
        /// Order of the hardware line: see [`crate::stages::attach::Traits`].
        order: I64,
        /// Price band of the hardware line.
        band: U8,
        /// Exception that takes the hardware line out, or 0.
        exception: U16,
    }
}

stage_table! {
    /// What one part gives to a partner's cells. Grain: reading × partner × category × maturity × price band × exception, and for the
    /// deciding reading × quarter × rung × days to attach. Scattered by the partner's part; a key may come from several parts.
    Contributions, ContributionsBuilder {
        /// Number of the matching among the plan's.
        matching: U8,
        /// The credited partner; of hardware and of an unattached service its own.
        partner: U32,
        /// The hardware's partner where it is another than the credited one, else [`NO_PARTNER`].
        elsewhere: U32,
        /// The hardware's category; of an unattached service its own.
        category: U16,
        /// Price band of the hardware line, or 0.
        band: U8,
        /// 1 where the hardware's window had not ended.
        is_open: U8,
        /// Exception that takes the lines out, or 0.
        exception: U16,
        /// Quarter of the period, from 1; 0 where quarters are not told apart.
        quarter: U8,
        /// [`crate::finding::Rung`] as a number plus 1; 0 of hardware and of what is unattached.
        rung: U8,
        /// [`crate::finding::DaysToAttach`] as a number plus 1; 0 of hardware and of what is unattached.
        days: U8,
        /// Net hardware money, cents.
        hardware_amount: I64,
        /// Net hardware units.
        hardware_units: I64,
        /// Attached services money, cents.
        services_amount: I64,
        /// Attached hardware units.
        attached_units: I64,
        /// Attached packs.
        packs: I64,
        /// Money of in-scope services that are attached to nothing, cents.
        left_amount: I64,
        /// Packs of in-scope services that are attached to nothing.
        left_units: I64,
    }
}

stage_table! {
    /// What one order has in one cell, under the deciding reading, without excepted lines. Grain: partner × order × category × maturity ×
    /// price band. Scattered by the partner's part; a key may come from several parts.
    OrderCells, OrderCellsBuilder {
        /// The hardware's partner.
        partner: U32,
        /// The order: see [`crate::stages::attach::Traits`].
        order: I64,
        /// The hardware's category.
        category: U16,
        /// Price band of the hardware line.
        band: U8,
        /// 1 where the hardware's window had not ended.
        is_open: U8,
        /// Net hardware money, cents.
        hardware_amount: I64,
        /// Net hardware units.
        hardware_units: I64,
        /// Services money attached to the order's hardware, cents.
        services_amount: I64,
        /// Attached units of the order's hardware.
        attached_units: I64,
    }
}

stage_table! {
    /// What of each settled line counts for its own seller, under the deciding rules. Grain: settled line, duplicates included; row by row
    /// that of the settled lines. See [`crate::stages::attach::LineCount`].
    LineCounts, LineCountsBuilder {
        /// Hardware: units covered. Service: packs that count.
        units: I64,
        /// Service: money that counts, cents.
        amount: I64,
        /// Bit of each rung by which the counted packs are attached.
        rungs: U8,
        /// Bits of why attached packs do not count for their seller.
        elsewhere: U8,
        /// Service: packs that are attached to nothing.
        left_units: I64,
        /// Service: money that is attached to nothing, cents.
        left_amount: I64,
        /// [`crate::finding::LeftOver`] as a number plus 1; 0 where nothing is left over.
        left_reason: U8,
        /// Exception that takes the line out, or 0.
        exception: U16,
    }
}

stage_table! {
    /// Hardware that can still be covered. Grain: hardware line of the period whose window is open, with uncovered units. In line order.
    OpenLines, OpenLinesBuilder {
        /// The line.
        line_id: I64,
        /// The selling partner.
        partner: U32,
        /// The hardware's date.
        date: I32,
        /// The hardware's category.
        category: U16,
        /// Price band of the line.
        band: U8,
        /// Units that nothing covers.
        units: I64,
        /// Base SKU.
        sku: Text,
        /// Invoice or empty.
        invoice: Text,
    }
}

stage_table! {
    /// Something noticed about a line or a registration. Grain: finding.
    Findings, FindingsBuilder {
        /// [`crate::finding::FindingCode`] as a number.
        code: U8,
        /// The line, or -1.
        line_id: I64,
        /// Id of the file, or 0 where only the line is known.
        file: I64,
        /// Physical line, or 0 where only the sale line is known.
        line: U32,
    }
}
