//! What the synthetic market knows of each category: words, prices, order sizes and how often a service goes with it.

/// One category of the tree in `pipelines/reference/categories.csv`.
pub(super) struct CategorySpec {
    pub code: &'static str,
    /// First letters of its hardware SKUs.
    pub prefix: &'static str,
    /// The English and the German word for its hardware.
    pub words: [&'static str; 2],
    /// Configurations, English and German.
    pub models: [[&'static str; 2]; 3],
    /// Middle list price in US cents.
    pub price: i64,
    /// Weight in the mix of an average partner.
    pub weight: f64,
    /// Mean of the logarithm of units per line.
    pub units_log_mean: f64,
    /// Share of hardware units that the average partner sells with a service, in basis points.
    pub attach_basis_points: u32,
}

/// Number of categories.
pub(super) const CATEGORY_COUNT: usize = 12;

/// All categories, in the order of the category table.
pub(super) const CATEGORIES: [CategorySpec; CATEGORY_COUNT] = [
    CategorySpec {
        code: "NOTEBOOK",
        prefix: "NB",
        words: ["Notebook", "Notebook"],
        models: [
            ["15.6\" 16GB/512GB, silver", "15,6\" 16GB/512GB, weiß"],
            ["14.0\" 8GB/256GB", "14,0\" 8GB/256GB für Büro"],
            ["17.3\" 32GB/1TB, black", "17,3\" 32GB/1TB – größer"],
        ],
        price: 90_000,
        weight: 24.0,
        units_log_mean: 0.9,
        attach_basis_points: 3000,
    },
    CategorySpec {
        code: "DESKTOP",
        prefix: "DT",
        words: ["Desktop", "Desktop-PC"],
        models: [
            ["SFF 16GB/512GB", "SFF 16GB/512GB"],
            ["mini 8GB/256GB, VESA mount", "mini 8GB/256GB für VESA"],
            ["tower 32GB/1TB", "32GB/1TB Gehäuse groß"],
        ],
        price: 70_000,
        weight: 17.0,
        units_log_mean: 0.9,
        attach_basis_points: 2000,
    },
    CategorySpec {
        code: "WORKSTATION",
        prefix: "WS",
        words: ["Workstation", "Arbeitsstation"],
        models: [
            ["8C 64GB/1TB", "8K 64GB/1TB"],
            ["16C 128GB, dual GPU", "16K 128GB; zwei Grafikkarten"],
            ["mobile 16\" 64GB", "mobil 16\" 64GB"],
        ],
        price: 240_000,
        weight: 6.0,
        units_log_mean: 0.2,
        attach_basis_points: 3800,
    },
    CategorySpec {
        code: "X86-TOWER",
        prefix: "ST",
        words: ["Tower server", "Tower-Server"],
        models: [
            ["4C 16GB entry", "4K 16GB Einstieg"],
            ["8C 32GB, RAID", "8K 32GB mit RAID"],
            ["2x12C 64GB", "2x12K 64GB; geräuscharm"],
        ],
        price: 220_000,
        weight: 8.0,
        units_log_mean: -0.4,
        attach_basis_points: 4500,
    },
    CategorySpec {
        code: "X86-RACK",
        prefix: "SR",
        words: ["Rack server", "Rack-Server"],
        models: [
            ["1U 16C 64GB", "1HE 16K 64GB"],
            ["2U 2x16C 128GB, 8x2.5\"", "2HE 2x16K 128GB, 8x2,5\""],
            ["4U 4x24C 512GB", "4HE 4x24K 512GB – Höchstausbau"],
        ],
        price: 600_000,
        weight: 9.0,
        units_log_mean: 0.1,
        attach_basis_points: 5500,
    },
    CategorySpec {
        code: "BLADE",
        prefix: "SB",
        words: ["Blade server", "Blade-Server"],
        models: [
            ["half height 16C 64GB", "halbe Höhe 16K 64GB"],
            ["full height 2x24C 256GB", "volle Höhe 2x24K 256GB"],
            ["2x16C 128GB, diskless", "2x16K 128GB ohne Platten"],
        ],
        price: 750_000,
        weight: 3.0,
        units_log_mean: 0.6,
        attach_basis_points: 5800,
    },
    CategorySpec {
        code: "ARRAY",
        prefix: "AR",
        words: ["Storage array", "Speichersystem"],
        models: [
            ["24x2.5\" SAS, dual controller", "24x2,5\" SAS, zwei Steuereinheiten"],
            ["12x3.5\" 96TB", "12x3,5\" 96TB"],
            ["all-flash 48TB", "Flash 48TB für Datenbanken"],
        ],
        price: 4_000_000,
        weight: 2.5,
        units_log_mean: -2.0,
        attach_basis_points: 6000,
    },
    CategorySpec {
        code: "TAPE",
        prefix: "TP",
        words: ["Tape library", "Bandbibliothek"],
        models: [
            ["1 drive, 24 slots", "1 Laufwerk, 24 Plätze"],
            ["2 drives, 48 slots", "2 Laufwerke, 48 Plätze"],
            ["4 drives, 96 slots", "4 Laufwerke; 96 Plätze"],
        ],
        price: 1_200_000,
        weight: 1.5,
        units_log_mean: -2.0,
        attach_basis_points: 5000,
    },
    CategorySpec {
        code: "SWITCH",
        prefix: "SW",
        words: ["Network switch", "Netzwerk-Switch"],
        models: [
            ["24-port PoE+", "24 Anschlüsse PoE+"],
            ["48-port 10G, stackable", "48 Anschlüsse 10G"],
            ["8-port fanless", "8 Anschlüsse lüfterlos"],
        ],
        price: 150_000,
        weight: 9.0,
        units_log_mean: 0.5,
        attach_basis_points: 2500,
    },
    CategorySpec {
        code: "WLAN",
        prefix: "WL",
        words: ["Access point", "WLAN-Zugangspunkt"],
        models: [
            ["indoor 2x2", "Innenbereich 2x2"],
            ["indoor 4x4, bracket included", "Innenbereich 4x4 mit Halter"],
            ["outdoor 4x4", "Außenbereich 4x4"],
        ],
        price: 45_000,
        weight: 6.0,
        units_log_mean: 1.0,
        attach_basis_points: 1500,
    },
    CategorySpec {
        code: "LASER",
        prefix: "LJ",
        words: ["Laser printer", "Laserdrucker"],
        models: [
            ["mono A4 40ppm", "S/W A4 40 S./Min."],
            ["colour A4 33ppm, duplex", "Farbe A4 33 S./Min., beidseitig"],
            ["colour A3 MFP", "Farbe A3 Multifunktionsgerät"],
        ],
        price: 60_000,
        weight: 10.0,
        units_log_mean: 0.3,
        attach_basis_points: 3200,
    },
    CategorySpec {
        code: "LARGE-FORMAT",
        prefix: "LF",
        words: ["Large-format printer", "Großformatdrucker"],
        models: [
            ["24\" 6 inks", "24\" 6 Farben"],
            ["36\" roll, stand", "36\" Rolle, Ständer"],
            ["44\" 12 inks", "44\" 12 Farben für Museen"],
        ],
        price: 450_000,
        weight: 2.0,
        units_log_mean: -1.5,
        attach_basis_points: 4800,
    },
];
