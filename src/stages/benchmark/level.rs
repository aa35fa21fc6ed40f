//! The levels of the back-off, and where a cell stands in each.

use crate::config::file::CellDimension;

/// A cell's place in every dimension. Country, region, segment and family are places in the sorted lists of [`super::Codes`]. A dimension
/// that is not one of the cells' holds [`NONE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellPlace {
    /// Index into the categories.
    pub category: u16,
    /// Index into the countries.
    pub country: u32,
    /// Index into the regions.
    pub region: u32,
    /// Index into the segments.
    pub segment: u32,
    /// Price band of the hardware line.
    pub band: u32,
    /// 1 where the hardware's window was open on the as-of date.
    pub is_open: u32,
    /// Index into the families; follows from the category.
    pub family: u32,
}

/// What stands for a dimension that cells do not have.
pub const NONE: u32 = u32::MAX;

/// One level of the back-off: the dimensions that make its groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// The code in tables: `cell`, else the dimensions joined by `_`, or `all`.
    pub code: String,
    /// What is told apart beside the place: the category, the family, or neither.
    pub product: Product,
    /// The other dimensions.
    pub dimensions: Vec<CellDimension>,
}

/// The grouping of products of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// By category.
    Category,
    /// By family.
    Family,
    /// All together.
    All,
}

/// The group of a level in which a cell stands.
pub type GroupKey = [u32; 6];

impl Level {
    /// The levels for cells of these dimensions, finest first (DESIGN part 5): maturity is dropped first, then the price band, then the segment;
    /// the country gives way to the region; then category, family, all.
    pub fn ladder(cells: &[CellDimension]) -> Vec<Self> {
        let own: Vec<CellDimension> = cells.iter().copied().filter(|dimension| *dimension != CellDimension::Category).collect();
        let mut sets = vec![own.clone()];
        let mut left = own;
        for dropped in [CellDimension::Maturity, CellDimension::PriceBand, CellDimension::Segment] {
            left.retain(|dimension| *dimension != dropped);
            sets.push(left.clone());
        }
        if left.contains(&CellDimension::Country) {
            sets.push(vec![CellDimension::Region]);
        }
        sets.push(Vec::new());
        sets.dedup();
        let mut levels: Vec<Self> = sets.into_iter().map(|dimensions| Self::new(Product::Category, dimensions)).collect();
        levels.extend([Product::Family, Product::All].map(|product| Self::new(product, Vec::new())));
        "cell".clone_into(&mut levels[0].code);
        levels
    }

    fn new(product: Product, dimensions: Vec<CellDimension>) -> Self {
        let product_name = match product {
            Product::Category => "category",
            Product::Family => "family",
            Product::All => "all",
        };
        let names: Vec<&str> = std::iter::once(product_name).chain(dimensions.iter().map(|dimension| dimension.code())).collect();
        Self { code: names.join("_"), product, dimensions }
    }

    /// The columns that make this level's groups.
    pub fn columns(&self) -> Vec<&'static str> {
        let product = match self.product {
            Product::Category => "category",
            Product::Family => "family",
            Product::All => "all",
        };
        std::iter::once(product).chain(self.dimensions.iter().map(|dimension| dimension.code())).collect()
    }

    /// The group of a cell: the values of [`Self::columns`], in their order.
    pub fn group(&self, place: &CellPlace) -> GroupKey {
        let mut key = [NONE; 6];
        key[0] = match self.product {
            Product::Category => u32::from(place.category),
            Product::Family => place.family,
            Product::All => 0,
        };
        for (value, dimension) in key[1..].iter_mut().zip(&self.dimensions) {
            *value = place.value(*dimension);
        }
        key
    }
}

impl CellPlace {
    /// The value in a dimension.
    pub fn value(&self, dimension: CellDimension) -> u32 {
        match dimension {
            CellDimension::Category => u32::from(self.category),
            CellDimension::Country => self.country,
            CellDimension::Region => self.region,
            CellDimension::Segment => self.segment,
            CellDimension::PriceBand => self.band,
            CellDimension::Maturity => self.is_open,
        }
    }

    /// The place of the cell: dimensions that cells do not have are left out. The region stays with the country, because a country's cells may take
    /// the region's rate.
    pub fn of_cell(mut self, cells: &[CellDimension]) -> Self {
        let has = |dimension: CellDimension| {
            let needs_region = dimension == CellDimension::Region && cells.contains(&CellDimension::Country);
            needs_region || cells.contains(&dimension)
        };
        let places = [
            (CellDimension::Country, &mut self.country),
            (CellDimension::Region, &mut self.region),
            (CellDimension::Segment, &mut self.segment),
            (CellDimension::PriceBand, &mut self.band),
            (CellDimension::Maturity, &mut self.is_open),
        ];
        for (dimension, value) in places {
            if !has(dimension) {
                *value = NONE;
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CellDimension::{Category, Country, Maturity, PriceBand, Region, Segment};

    fn codes(cells: &[CellDimension]) -> Vec<String> {
        Level::ladder(cells).into_iter().map(|level| level.code).collect()
    }

    #[test]
    fn the_ladder_drops_one_dimension_after_the_other() {
        let default = ["cell", "category_country", "category_region", "category", "family", "all"];
        assert_eq!(codes(&[Category, Country, Maturity]), default);
        assert_eq!(codes(&[Category]), ["cell", "family", "all"]);
        assert_eq!(codes(&[Category, Region]), ["cell", "category", "family", "all"]);
        let all = [
            "cell",
            "category_country_region_segment_price_band",
            "category_country_region_segment",
            "category_country_region",
            "category_region",
            "category",
            "family",
            "all",
        ];
        assert_eq!(codes(&[Category, Country, Region, Segment, PriceBand, Maturity]), all);
    }
}
