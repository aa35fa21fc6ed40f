//! The feeds, their folders and file names.

use super::calendar::{Calendar, FIRST_RESTATED_MONTH, LAST_PRELIMINARY_MONTH, MONTH_COUNT};
use super::recast::{Recast, Word};

/// A stream of files from one sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// Sell-through of a distributor in the Americas, one line per unit.
    DistributorA,
    /// Sell-through of a distributor in Europe, several units per line.
    DistributorB,
    /// Sell-through of a small distributor in Europe that sends workbooks.
    DistributorC,
    /// Sell-through of a small distributor in the Americas that sends X12 867.
    DistributorD,
    /// The vendor's own orders.
    VendorDirect,
    /// Care Pack registrations.
    Registrations,
}

impl Feed {
    /// All feeds.
    pub const ALL: [Feed; 6] =
        [Feed::DistributorA, Feed::DistributorB, Feed::DistributorC, Feed::DistributorD, Feed::VendorDirect, Feed::Registrations];

    /// Identifier of the feed, which is also its folder.
    pub fn id(self) -> &'static str {
        match self {
            Feed::DistributorA => "distributor_a",
            Feed::DistributorB => "distributor_b",
            Feed::DistributorC => "distributor_c",
            Feed::DistributorD => "distributor_d",
            Feed::VendorDirect => "vendor_direct",
            Feed::Registrations => "registrations",
        }
    }

    /// The small distributor of the region in which this one is the large one.
    pub(super) fn small_sender(self) -> Self {
        if self == Feed::DistributorA { Feed::DistributorD } else { Feed::DistributorC }
    }

    /// The layout in which its sender sends it.
    pub(super) fn own_layout(self) -> Recast {
        match self {
            Feed::DistributorC => Recast::of([Word::Excel]),
            Feed::DistributorD => Recast::of([Word::X12, Word::LineEnds]),
            _ => Recast::default(),
        }
    }

    /// Whether serialised goods and packs stand in it one line for each unit.
    pub(super) fn has_line_for_each_unit(self) -> bool {
        matches!(self, Feed::DistributorA | Feed::DistributorD)
    }

    /// First line of each of its files where they are text, in the sender's encoding.
    pub(super) fn header(self) -> &'static [u8] {
        match self {
            Feed::DistributorA | Feed::DistributorD => {
                b"reseller_id,reseller_name,invoice_no,invoice_date,product_no,description,product_line,qty,ext_amount,currency,\
                  serial_no,customer_po,sales_order,end_customer,certificate_no\n"
            }
            Feed::DistributorB | Feed::DistributorC => {
                b"H\xE4ndler-Nr;H\xE4ndler;Rechnung;Rechnungsdatum;Artikel;Bezeichnung;Warengruppe;Menge;Nettobetrag;W\xE4hrung;\
                  Seriennummern;Kundenbestellung;Auftrag;Endkunde;Zertifikat\r\n"
            }
            Feed::VendorDirect => {
                b"\xEF\xBB\xBFsold_to\torder_no\tinvoice\tinvoice_date\tproduct_no\tdescription\tpl\ttxn_type\tquantity\tnet_value\t\
                  currency\tserials\tcustomer_po\tend_customer\tcertificate\n"
            }
            Feed::Registrations => b"serial|pack_number|registration_date|certificate|invoice\n",
        }
    }

    /// Path of a file below the generated folder, where it is text.
    pub(super) fn file(self, drop: Drop, month: usize) -> String {
        let (year, month_of_year) = Calendar::year_month(month);
        let version = if drop == Drop::Complete && month <= LAST_PRELIMINARY_MONTH { 2 } else { 1 };
        let folder = format!("{}/{}", drop.folder(), self.id());
        match self {
            Feed::DistributorA => format!("{folder}/DISTA_{year}{month_of_year:02}_v{version}.csv"),
            Feed::DistributorB => format!("{folder}/VK_{year}{month_of_year:02}_v{version}.txt"),
            Feed::DistributorC => format!("{folder}/Absatz_{year}{month_of_year:02}_v{version}.txt"),
            Feed::DistributorD => format!("{folder}/POS867_{year}{month_of_year:02}_v{version}.txt"),
            Feed::VendorDirect => format!("{folder}/orders_{year}{month_of_year:02}_v{version}.tsv"),
            Feed::Registrations => format!("{folder}/reg_{year}{month_of_year:02}.txt"),
        }
    }
}

/// A delivery of files to the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drop {
    /// 2026-11-05, as known soon after the end of the fiscal year.
    Preliminary,
    /// 2026-12-15: the last months again, and what came since.
    Complete,
}

impl Drop {
    pub const ALL: [Drop; 2] = [Drop::Preliminary, Drop::Complete];

    pub fn folder(self) -> &'static str {
        match self {
            Drop::Preliminary => "2026-11-05",
            Drop::Complete => "2026-12-15",
        }
    }

    /// The drop whose file of a month a complete run keeps.
    pub fn kept(month: usize) -> Drop {
        if month >= FIRST_RESTATED_MONTH { Drop::Complete } else { Drop::Preliminary }
    }
}

/// Position of a file among all that can be written.
pub(super) fn file_number(drop: Drop, feed: Feed, month: usize) -> usize {
    (drop as usize * Feed::ALL.len() + feed as usize) * MONTH_COUNT + month
}
