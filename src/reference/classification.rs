//! The product tree, and where a product stands in it.

use super::table::{Table, boolean};
use super::{SerialFormat, Source};
use crate::config::plan::ReferencePath;
use crate::error::Result;

/// A category: the one product grouping by which the mix is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its code, unique.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Code of the family above.
    pub family_code: String,
    /// Name of the family.
    pub family_name: String,
    /// How the serials of its hardware tell the week of manufacture; `None` where nothing is declared, and then nothing is read from them.
    pub serial_format: Option<SerialFormat>,
}

/// The three kinds of product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Hardware that a service can cover.
    Hardware = 0,
    /// A Care Pack: extended warranty or support.
    Service = 1,
    /// Supplies, software, accessories: counted, never in an index.
    Other = 2,
}

impl Kind {
    /// The code in tables and reference files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Hardware => "hardware",
            Self::Service => "service",
            Self::Other => "other",
        }
    }

    /// The kind of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Hardware, Self::Service, Self::Other].into_iter().find(|kind| kind.code() == code)
    }
}

/// What a product is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Classification {
    /// Its kind.
    pub kind: Kind,
    /// Index of its category: always given for hardware and services, never for the rest.
    pub category: Option<u16>,
    /// Whether it is a post-warranty or renewal service, which never counts as attached.
    pub is_post_warranty: bool,
}

impl Classification {
    /// Reads the three fields of a reference row.
    pub(super) fn parse(
        categories: &[Category],
        kind: &str,
        category_code: &str,
        is_post_warranty: &str,
    ) -> std::result::Result<Self, String> {
        let kind = Kind::from_code(kind).ok_or_else(|| format!("kind `{kind}` is none of `hardware`, `service`, `other`"))?;
        let category = match (kind, category_code) {
            (Kind::Other, "") => None,
            (Kind::Other, code) => return Err(format!("kind `other` with the category `{code}`")),
            (_, "") => return Err(format!("kind `{}` without a category", kind.code())),
            (_, code) => Some(category_index(categories, code)?),
        };
        let is_post_warranty = boolean(is_post_warranty)?;
        if is_post_warranty && kind != Kind::Service {
            return Err(format!("kind `{}` cannot be post-warranty", kind.code()));
        }
        Ok(Self { kind, category, is_post_warranty })
    }
}

/// Index of a category in the sorted list.
pub(super) fn category_index(categories: &[Category], code: &str) -> std::result::Result<u16, String> {
    let index = categories.binary_search_by(|category| category.code.as_str().cmp(code)).ok();
    index.and_then(|index| u16::try_from(index).ok()).ok_or_else(|| format!("unknown category `{code}`"))
}

/// Reads the product tree, sorted by code.
pub(super) fn categories(source: &mut Source, path: &ReferencePath) -> Result<Vec<Category>> {
    let columns = ["category_code", "category_name", "family_code", "family_name", "serial_format"];
    let table = Table::read_with_optional(source, path, columns, &["serial_format"])?;
    if table.rows.len() > usize::from(u16::MAX) {
        source.problems.push(table.problem(1, format!("{} categories, more than {}", table.rows.len(), u16::MAX)));
    }
    let mut categories: Vec<Category> = Vec::with_capacity(table.rows.len());
    for (line, [code, name, family_code, family_name, serial_format]) in &table.rows {
        if [code, name, family_code, family_name].into_iter().any(String::is_empty) {
            source.problems.push(table.problem(*line, "an empty field in the product tree"));
        } else if categories.iter().any(|category| category.code == *code) {
            source.problems.push(table.problem(*line, format!("category `{code}` stands here twice")));
        } else if categories.iter().any(|category| category.family_code == *family_code && category.family_name != *family_name) {
            source.problems.push(table.problem(*line, format!("family `{family_code}` has two names")));
        } else {
            let format = (!serial_format.is_empty()).then(|| SerialFormat::parse(serial_format)).transpose();
            match format {
                Ok(serial_format) => categories.push(Category {
                    code: code.clone(),
                    name: name.clone(),
                    family_code: family_code.clone(),
                    family_name: family_name.clone(),
                    serial_format,
                }),
                Err(message) => source.problems.push(table.problem(*line, message)),
            }
        }
    }
    categories.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(categories)
}
