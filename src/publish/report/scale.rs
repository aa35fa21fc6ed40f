//! Axes of charts, in integers, so that a chart has the same bytes on every machine.

/// A logarithmic axis over positive integers, from one round number to another.
#[derive(Debug, Clone)]
pub struct LogScale {
    low: u64,
    high: u64,
    start: i64,
    length: i64,
}

impl LogScale {
    /// An axis that holds `min` to `max`, drawn from `start` over `length` pixels. Bounds are 1, 2 or 5 times a power of ten.
    pub fn around(min: u64, max: u64, start: i64, length: i64) -> Self {
        let bounds = || steps();
        let low = bounds().take_while(|step| *step <= min.max(1)).last().unwrap_or(1);
        let high = bounds().find(|step| *step >= max && *step > low).unwrap_or(u64::MAX);
        Self { low, high, start, length }
    }

    /// Pixel of a value; values outside the axis stand on its ends.
    pub fn place(&self, value: u64) -> i64 {
        let origin = log2(self.low);
        let span = (log2(self.high) - origin).max(1);
        self.start + (log2(value.clamp(self.low, self.high)) - origin) * self.length / span
    }

    /// Round values of the axis: powers of ten, with 2 and 5 between them where the axis is short.
    pub fn ticks(&self) -> Vec<u64> {
        let is_long = self.high / self.low > 1_000;
        steps()
            .filter(|step| (self.low..=self.high).contains(step))
            .filter(|step| !is_long || step.to_string().trim_end_matches('0') == "1")
            .collect()
    }
}

/// 1, 2, 5, 10, 20, 50 … as far as the type goes.
fn steps() -> impl Iterator<Item = u64> {
    (0..19).flat_map(|power| [1, 2, 5].map(|digit| digit * 10u64.pow(power)))
}

/// Binary logarithm with 16 fractional bits, by repeated squaring; of zero, zero.
fn log2(value: u64) -> i64 {
    let Some(whole) = value.checked_ilog2() else { return 0 };
    let mut mantissa = (value << (63 - whole)) >> 32;
    let mut fraction = 0;
    for _ in 0..16 {
        mantissa = (mantissa * mantissa) >> 31;
        fraction <<= 1;
        if mantissa >= 1 << 32 {
            mantissa >>= 1;
            fraction |= 1;
        }
    }
    (i64::from(whole) << 16) | fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decades_are_equally_far_apart() {
        let axis = LogScale::around(150, 9_000_000, 0, 1_000);
        let places = axis.ticks().into_iter().map(|tick| axis.place(tick)).collect::<Vec<_>>();
        assert_eq!(axis.place(100), 0);
        assert_eq!(axis.place(u64::MAX), 1_000);
        assert!(places.windows(2).all(|pair| (pair[1] - pair[0] - 200).abs() <= 1), "{places:?}");
    }

    #[test]
    fn one_value_makes_an_axis() {
        let axis = LogScale::around(0, 0, 10, 100);
        assert_eq!(axis.place(0), 10);
        assert!(axis.ticks().len() > 1);
    }
}
