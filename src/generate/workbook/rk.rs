//! Numbers in 32 bits, as the binary kinds of workbook store those that fit (MS-XLS 2.5.217 RkNumber).

/// The number is to be divided by 100.
const HUNDREDTHS: u32 = 1;
/// The upper 30 bits are a whole number; else they are the upper bits of a floating-point number.
const WHOLE: u32 = 2;
/// A whole number of 30 bits.
const LEAST: f64 = -536_870_912.0;
const GREATEST: f64 = 536_870_911.0;

/// The number in 32 bits, if it has such a form: the first that fits, as Excel chooses it.
pub(super) fn encoded(number: f64) -> Option<u32> {
    float(number)
        .or_else(|| whole(number))
        .or_else(|| float(number * 100.0).map(|bits| bits | HUNDREDTHS))
        .or_else(|| whole((number * 100.0).round()).map(|bits| bits | HUNDREDTHS))
        .filter(|bits| decoded(*bits).to_bits() == number.to_bits())
}

fn float(number: f64) -> Option<u32> {
    let bits = number.to_bits();
    (bits.trailing_zeros() >= 34).then_some((bits >> 32) as u32)
}

fn whole(number: f64) -> Option<u32> {
    let fits = number.fract() == 0.0 && (LEAST..=GREATEST).contains(&number);
    fits.then_some(((number as i32) << 2) as u32 | WHOLE)
}

fn decoded(bits: u32) -> f64 {
    let number = match bits & WHOLE {
        0 => f64::from_bits(u64::from(bits & !3) << 32),
        _ => f64::from(bits as i32 >> 2),
    };
    if bits & HUNDREDTHS == 0 { number } else { number / 100.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the OpenOffice documentation of the format, section 2.5.5.
    #[test]
    fn numbers_as_excel_stores_them() {
        for (number, bits) in [
            (1.0, Some(0x3FF0_0000)),
            (0.01, Some(0x3FF0_0001)),
            (1_234_321.0, Some(0x004B_5646)),
            (12_343.21, Some(0x004B_5647)),
            (0.1 + 0.2, None),
            (1e300, None),
            (-0.0, Some(0x8000_0000)),
        ] {
            assert_eq!(encoded(number), bits, "{number}");
        }
    }
}
