//! The closed lists of reasons: why a record was set aside, what was noticed about a line, why a service unit was left over.
//!
//! Bad data is never an `Err`: it is one of these, stored with its place.

/// Defines a fieldless enum whose variants have a published code and a meaning in plain words.
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal : $meaning:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $(#[doc = $meaning] $(#[$vmeta])* $variant,)+ }

        impl $name {
            /// Every value, in published order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code in tables and files.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The meaning in plain words.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }

            /// The value of a published code.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// The value of its number in stage files.
            pub fn from_index(index: u8) -> Option<Self> {
                Self::ALL.get(usize::from(index)).copied()
            }
        }
    };
}

codes! {
    /// Why a raw record is quarantined.
    QuarantineCode {
        StrayQuote = "STRAY_QUOTE": "a quote stands where the layout has none, or is never closed",
        Undecodable = "UNDECODABLE": "a byte is not text in the declared encoding",
        Unterminated = "UNTERMINATED": "the file ends inside this record: it may have been cut",
        TooLong = "TOO_LONG": "the record is longer than any record can be",
        BadJson = "BAD_JSON": "the line is not one JSON object, or a name stands in it twice",
        SetCut = "SET_CUT": "the X12 transaction set was cut short: none of its lines is taken",
        QuantityCode = "QUANTITY_CODE": "the X12 quantity is neither a sale nor a return by the feed's declaration",
        Ambiguous = "AMBIGUOUS": "the record has several values for one field, and nothing declares which is meant",
        FieldCount = "FIELD_COUNT": "the record has more or fewer fields than the header",
        AlteredId = "ALTERED_ID": "a spreadsheet made a number or a date of the identifier, and its text cannot be told",
        MissingValue = "MISSING_VALUE": "a required field is empty",
        BadQuantity = "BAD_QUANTITY": "the quantity is not a whole number in the declared format",
        BadAmount = "BAD_AMOUNT": "the amount is not a number of at most two decimals in the declared format",
        BadDate = "BAD_DATE": "the date is not a day of the calendar in the declared layout",
        BadCurrency = "BAD_CURRENCY": "the currency is not a three-letter code",
        OutOfRange = "OUT_OF_RANGE": "the quantity or amount is larger than any real line",
        ReturnSign = "RETURN_SIGN": "a record with a return code has a negative quantity",
        AfterAsOf = "AFTER_AS_OF": "the record is dated after the day the data was cut",
        UnknownPartner = "UNKNOWN_PARTNER": "no partner has this location or name on that date",
        NoFxRate = "NO_FX_RATE": "no exchange rate for the currency in the month of the record",
        AmbiguousNumber = "AMBIGUOUS_NUMBER": "the number has two readings: three decimals, or thousands; the feed declares no thousands mark",
        CurrencyConflict = "CURRENCY_CONFLICT": "the sign at the amount is of another currency than the record",
    }
}

codes! {
    /// What was noticed about an accepted line, a registration or a feed.
    FindingCode {
        SignMismatch = "SIGN_MISMATCH": "quantity and amount have opposite signs",
        FeedsDisagree = "FEEDS_DISAGREE": "two feeds report the same invoice, product and day with different units; both are kept",
        SerialSoldTwice = "SERIAL_SOLD_TWICE": "one serial stands on several hardware sales that were not returned",
        TakeoverCategory = "SERIAL_OTHER_CATEGORY": "a pack covers a serial of hardware of another category",
        RegisteredOnly = "REGISTERED_ONLY": "a registration for which no pack sale was found",
        CategoryConflict = "CATEGORY_CONFLICT": "the Care Pack number's form contradicts the product master",
        Envelope = "ENVELOPE": "a count or number in a file's envelope does not agree with what the file holds",
        MoreSerialsThanUnits = "MORE_SERIALS_THAN_UNITS": "a line carries more serials than net units",
        MissingPeriod = "MISSING_PERIOD": "a file that the feed's calendar expects has not come",
        ControlTotal = "CONTROL_TOTAL": "the sender's own total is not what was read, or a file has none",
        RegisteredAboveSold = "REGISTERED_ABOVE_SOLD": "more packs were registered in a month than sold",
        SoldBeforeMade = "SOLD_BEFORE_MADE": "the week of manufacture in a hardware serial begins after the sale",
        FewerSerialsThanUnits = "FEWER_SERIALS_THAN_UNITS": "a hardware line carries serials, but fewer than net units",
    }
}

codes! {
    /// Why units or money of a service line are not attached, in the order in which the reasons are judged.
    LeftOver {
        NoUnits = "NO_UNITS": "money without net units",
        UnmatchedReturn = "UNMATCHED_RETURN": "a return for which no sale was found",
        PostWarranty = "POST_WARRANTY": "post-warranty or renewal pack, never attached",
        NoHardware = "NO_HARDWARE": "the partner has no hardware of the category",
        OutOfWindow = "OUT_OF_WINDOW": "no hardware of the category within the window",
        Surplus = "SURPLUS": "all units of the category within the window are already covered",
        NoKey = "NO_KEY": "uncovered units exist, but nothing in the data joins them",
    }
}

codes! {
    /// How an accepted line's product was classified.
    Method {
        ProductMaster = "product_master": "the SKU stands in the product master",
        ProductLine = "product_line": "by the product-line code",
        Rule = "rule": "by a pattern rule",
        Unmapped = "unmapped": "not classified",
    }
}

codes! {
    /// A rung of the attachment ladder.
    Rung {
        Serial = "serial": "the pack's covered serial is the hardware's serial",
        Invoice = "invoice": "same partner, invoice and category",
        Order = "order": "same partner, purchase order or sales order, and category",
        Customer = "customer": "same partner, end customer and category",
        Pool = "pool": "same partner and category",
    }
}

codes! {
    /// Why a record is duplicate or superseded.
    RepeatCode {
        DupFile = "DUP_FILE": "the file has the content of another file of the feed",
        DupFeed = "DUP_FEED": "a feed of higher priority reports the same sale",
        Restated = "RESTATED": "a later version of the file replaces it",
    }
}

codes! {
    /// What became of an approved exception in the period.
    ExceptionStatus {
        Applied = "applied": "takes hardware of the period out",
        Unused = "unused": "no hardware of the period has it",
        Expired = "expired": "ended before the period",
        NotYet = "not_yet": "begins after the period",
    }
}

codes! {
    /// Where a raw record ended.
    Disposition {
        Accepted = "accepted": "in the tables",
        Duplicate = "duplicate": "a repeat of a record that is kept",
        Superseded = "superseded": "replaced by a later file",
        Quarantined = "quarantined": "set aside, with a reason",
    }
}

codes! {
    /// Days from the hardware to an attached service, in buckets.
    DaysToAttach {
        Before = "before": "before the hardware",
        SameDay = "same_day": "on the hardware's day",
        UpTo30 = "1_to_30": "1 to 30 days after the hardware",
        UpTo60 = "31_to_60": "31 to 60 days after the hardware",
        UpTo90 = "61_to_90": "61 to 90 days after the hardware",
        Later = "over_90": "more than 90 days after the hardware",
    }
}

impl DaysToAttach {
    /// The bucket of so many days from the hardware to the service.
    pub fn of(days: i32) -> Self {
        match days {
            ..0 => Self::Before,
            0 => Self::SameDay,
            1..=30 => Self::UpTo30,
            31..=60 => Self::UpTo60,
            61..=90 => Self::UpTo90,
            _ => Self::Later,
        }
    }
}
