//! Codes in plain words. A code that is not known is shown as it is.

/// Where a rate is taken from.
pub fn level(code: &str) -> &str {
    match code {
        "cell" => "this cell",
        "category_country" => "category and country",
        "category_region" => "category in the region",
        "category" => "category in all countries",
        "family" => "product family",
        "all" => "all products",
        other => other,
    }
}

/// How a pack was tied to hardware.
pub fn rung(code: &str) -> &str {
    match code {
        "serial" => "By the serial number that the pack covers",
        "invoice" => "On the same invoice, in the same category",
        "order" => "On the same order, in the same category",
        "customer" => "For the same end customer, in the same category",
        "pool" => "In the same category, within the window",
        other => other,
    }
}

/// Why a service did not count.
pub fn left_over(code: &str) -> &str {
    match code {
        "NO_UNITS" => "Money without units: everything on the line was returned",
        "UNMATCHED_RETURN" => "A return whose sale is not in the data",
        "POST_WARRANTY" => "Post-warranty or renewal pack: sold for hardware whose warranty has ended",
        "NO_HARDWARE" => "The partner sold no hardware of this category",
        "OUT_OF_WINDOW" => "No hardware of this category was sold close enough in time",
        "SURPLUS" => "All hardware of this category within the window is already covered",
        "NO_KEY" => "Hardware is free, but no serial, invoice or customer ties the pack to it",
        "REGISTERED_ONLY" => "Registered without a sale in the data",
        other => other,
    }
}
