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

/// A reading, to complete "the verdict …".
pub fn reading(code: &str) -> String {
    match code {
        "leave_one_out" => "by the rates of the other partners alone".to_owned(),
        "measure_units" => "by units instead of money".to_owned(),
        "measure_revenue" => "by money instead of units".to_owned(),
        "services_all" => "counting every Care Pack sold in the period, attached or not".to_owned(),
        "services_attached" => "counting attached Care Packs alone".to_owned(),
        "windows_closed" => "only on hardware whose window has ended".to_owned(),
        "windows_all" => "on all hardware, also where the window has not ended".to_owned(),
        "without_exceptions" => "without the approved exceptions".to_owned(),
        "serial_invoice" => "counting only packs tied by serial or invoice".to_owned(),
        other => match other.strip_prefix("window_") {
            Some(days) => format!("with a window of {days} days"),
            None => other.to_owned(),
        },
    }
}
