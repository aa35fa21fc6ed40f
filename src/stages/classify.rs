//! What a product is: product master, then product-line code, then the ordered rules, else unmapped (DESIGN part 3, rule 7).

use crate::finding::Method;
use crate::reference::{Classification, Kind, References, RuleField};
use crate::tables::stage::{FLAG_CATEGORY_CONFLICT, FLAG_POST_WARRANTY, KIND_UNMAPPED, NO_CATEGORY};
use rustc_hash::FxHashMap;

/// What a product is, and how that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductClass {
    /// [`Kind`] as a number, or [`KIND_UNMAPPED`].
    pub kind: u8,
    /// Index into the categories, or [`NO_CATEGORY`].
    pub category: u16,
    /// How it was found.
    pub method: Method,
    /// Sum of `FLAG_*`.
    pub flags: u8,
}

/// What a sender says of a product beside its SKU; empty where it says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProductTexts<'a> {
    /// Product-line code.
    pub product_line: &'a str,
    /// Description.
    pub description: &'a str,
    /// The sender's own category label.
    pub label: &'a str,
}

/// Classifies products, and remembers what it found.
pub struct Classifier<'r> {
    references: &'r References,
    master_classes: FxHashMap<String, ProductClass>,
    rule_classes: FxHashMap<String, ProductClass>,
    rule_key: String,
}

/// Rule results that are remembered; a feed with more different descriptions is matched afresh beyond them.
const REMEMBERED_RULE_RESULTS: usize = 50_000;

impl<'r> Classifier<'r> {
    /// A classifier by the reference tables.
    pub fn new(references: &'r References) -> Self {
        Self { references, master_classes: FxHashMap::default(), rule_classes: FxHashMap::default(), rule_key: String::new() }
    }

    /// The class of a base SKU and what a sender says of it.
    pub fn classify(&mut self, sku: &str, texts: &ProductTexts<'_>) -> ProductClass {
        if let Some(class) = self.master_classes.get(sku) {
            return *class;
        }
        if let Some(product) = self.references.products.get(sku) {
            let class = self.with_hint(sku, product.classification, Method::ProductMaster);
            self.master_classes.insert(sku.to_owned(), class);
            return class;
        }
        if let Some(classification) = self.references.product_lines.get(texts.product_line.to_ascii_uppercase().as_str()) {
            return self.with_hint(sku, *classification, Method::ProductLine);
        }
        self.rule_key.clear();
        for text in [sku, texts.description, texts.label] {
            self.rule_key.push_str(text);
            self.rule_key.push('\u{1f}');
        }
        if let Some(class) = self.rule_classes.get(&self.rule_key) {
            return *class;
        }
        let class = self.by_rule(sku, texts);
        if self.rule_classes.len() < REMEMBERED_RULE_RESULTS {
            self.rule_classes.insert(self.rule_key.clone(), class);
        }
        class
    }

    /// The first rule that matches, else unmapped.
    fn by_rule(&self, sku: &str, texts: &ProductTexts<'_>) -> ProductClass {
        for rule in &self.references.rules {
            let subject = match rule.field {
                RuleField::Sku => sku,
                RuleField::Description => texts.description,
                RuleField::Label => texts.label,
            };
            if !subject.is_empty() && rule.pattern.is_match(subject) {
                return self.with_hint(sku, rule.classification, Method::Rule);
            }
        }
        ProductClass { kind: KIND_UNMAPPED, category: NO_CATEGORY, method: Method::Unmapped, flags: 0 }
    }

    /// A class with its flags. The form of a Care Pack number is a hint only: where the master says otherwise, it is a finding.
    fn with_hint(&self, sku: &str, classification: Classification, method: Method) -> ProductClass {
        let mut flags = 0;
        if classification.is_post_warranty {
            flags |= FLAG_POST_WARRANTY;
        }
        if let Some(post_warranty) = care_pack_form(sku)
            && (classification.kind != Kind::Service || classification.is_post_warranty != post_warranty)
        {
            flags |= FLAG_CATEGORY_CONFLICT;
        }
        ProductClass { kind: classification.kind as u8, category: classification.category.unwrap_or(NO_CATEGORY), method, flags }
    }
}

/// Whether a SKU has the form of a Care Pack number (`U`, four or three characters, `E`), and then whether of a post-warranty one (`PE`).
fn care_pack_form(sku: &str) -> Option<bool> {
    let bytes = sku.as_bytes();
    let inner = bytes.strip_prefix(b"U")?.strip_suffix(b"E")?;
    let (stem, post_warranty) = match inner.strip_suffix(b"P") {
        Some(stem) => (stem, true),
        None => (inner, false),
    };
    let has_form = (3..=5).contains(&stem.len())
        && stem.iter().all(u8::is_ascii_alphanumeric)
        && stem.iter().filter(|byte| byte.is_ascii_digit()).count() >= 2;
    has_form.then_some(post_warranty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn care_pack_numbers_are_told_by_their_form() {
        assert_eq!(care_pack_form("UK703E"), Some(false));
        assert_eq!(care_pack_form("U4391PE"), Some(true));
        assert_eq!(care_pack_form("U4391E"), Some(false));
        for other in ["NB4512A", "UE", "USBCABLE", "U4391PX", "K703E"] {
            assert_eq!(care_pack_form(other), None, "{other}");
        }
    }
}
