//! Exceptions (DESIGN part 5): which approved exception takes a line out of partner and benchmark.
//!
//! The answer depends on the line alone, so every stage that needs it finds the same one.

use crate::config::plan::Period;
use crate::finding::ExceptionStatus;
use crate::reference::{Exception, ExceptionScope};
use crate::tables::stage::Lines;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// The number of a line without an exception; the others are the index into the exceptions, sorted by id, and one.
pub const NO_EXCEPTION: u16 = 0;

/// What an exception takes out of the index of a period. Money in cents of the reporting currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionSums {
    /// Hardware lines.
    pub lines: u64,
    /// Their net units.
    pub hardware_units: i64,
    /// Their net money.
    pub hardware_amount: i64,
    /// Packs attached to them.
    pub packs: i64,
    /// Units of them that are covered.
    pub attached_units: i64,
    /// Services money attached to them.
    pub services_amount: i64,
}

impl ExceptionSums {
    /// Adds the sums of another part.
    pub fn merge(&mut self, other: &Self) {
        self.lines += other.lines;
        self.hardware_units += other.hardware_units;
        self.hardware_amount += other.hardware_amount;
        self.packs += other.packs;
        self.attached_units += other.attached_units;
        self.services_amount += other.services_amount;
    }
}

/// What became of an exception in a period.
pub fn status(exception: &Exception, sums: &ExceptionSums, period: &Period) -> ExceptionStatus {
    if sums.lines > 0 {
        ExceptionStatus::Applied
    } else if exception.valid_to.is_some_and(|to| to < period.from) {
        ExceptionStatus::Expired
    } else if exception.valid_from.is_some_and(|from| from > period.to) {
        ExceptionStatus::NotYet
    } else {
        ExceptionStatus::Unused
    }
}

/// The exceptions, arranged so that a line of a partner without any costs one look-up.
#[derive(Debug, Clone, Default)]
pub struct ExceptionRules {
    partners: FxHashMap<u32, PartnerRules>,
}

/// The exceptions of one partner; each list in the order of ids.
#[derive(Debug, Clone, Default)]
struct PartnerRules {
    by_deal: FxHashMap<String, Vec<Rule>>,
    by_invoice: FxHashMap<String, Vec<Rule>>,
    by_customer: FxHashMap<String, Vec<Rule>>,
    by_category: FxHashMap<u16, Vec<Rule>>,
    whole: Vec<Rule>,
}

/// An exception's number and its days, ends included.
#[derive(Debug, Clone, Copy)]
struct Rule {
    number: u16,
    from: i32,
    to: i32,
}

impl ExceptionRules {
    /// Arranges exceptions that are sorted by id.
    pub fn of(exceptions: &[Exception]) -> Self {
        let mut rules = Self::default();
        for (exception, number) in exceptions.iter().zip(1..=u16::MAX) {
            let (from, to) = (exception.valid_from.unwrap_or(i32::MIN), exception.valid_to.unwrap_or(i32::MAX));
            let partner = rules.partners.entry(exception.partner).or_default();
            let list = match &exception.scope {
                ExceptionScope::Deal(value) => partner.by_deal.entry(value.clone()).or_default(),
                ExceptionScope::Invoice(value) => partner.by_invoice.entry(value.clone()).or_default(),
                ExceptionScope::Customer(value) => partner.by_customer.entry(value.clone()).or_default(),
                ExceptionScope::Category(category) => partner.by_category.entry(*category).or_default(),
                ExceptionScope::Partner => &mut partner.whole,
            };
            list.push(Rule { number, from, to });
        }
        rules
    }

    /// The number of the exception that takes a line out, the first by id where several do; [`NO_EXCEPTION`] where none does.
    ///
    /// Of hardware that is the exception for it and for what is attached to it. Of a service it counts only for what is left over of it,
    /// in the reading `all`.
    pub fn find(&self, lines: &Lines, row: usize) -> u16 {
        let Some(rules) = self.partners.get(&lines.partner.value(row)) else { return NO_EXCEPTION };
        let date = lines.date.value(row);
        let texts = [
            (&rules.by_deal, &lines.purchase_order),
            (&rules.by_deal, &lines.sales_order),
            (&rules.by_invoice, &lines.invoice),
            (&rules.by_customer, &lines.end_customer),
        ];
        let by_text = texts.into_iter().filter_map(|(lists, column)| lists.get(column.value(row)));
        let by_category = rules.by_category.get(&lines.category.value(row));
        let lists = by_text.chain(by_category).chain([&rules.whole]);
        lists.filter_map(|list| first_on(list, date)).min().unwrap_or(NO_EXCEPTION)
    }
}

/// The first of a list whose days hold the date.
fn first_on(list: &[Rule], date: i32) -> Option<u16> {
    list.iter().find(|rule| rule.from <= date && date <= rule.to).map(|rule| rule.number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::stage::LinesBuilder;
    use proptest::prelude::*;

    /// What the rules read of a line.
    #[derive(Debug, Clone)]
    struct Line {
        partner: u32,
        date: i32,
        category: u16,
        invoice: String,
        purchase_order: String,
        sales_order: String,
        end_customer: String,
    }

    impl Line {
        fn plain() -> Self {
            let [invoice, purchase_order, sales_order, end_customer] = [(); 4].map(|()| String::new());
            Self { partner: 0, date: 100, category: 0, invoice, purchase_order, sales_order, end_customer }
        }
    }

    fn lines(rows: &[Line]) -> Lines {
        let mut builder = LinesBuilder::default();
        for (row, record) in rows.iter().zip(1..) {
            builder.partner.append_value(row.partner);
            builder.reseller.append_value(row.partner);
            builder.date.append_value(row.date);
            builder.category.append_value(row.category);
            builder.kind.append_value(0);
            builder.method.append_value(0);
            builder.flags.append_value(0);
            builder.quantity.append_value(1);
            builder.amount.append_value(100);
            builder.source_amount.append_value(100);
            builder.currency.append_value(0);
            builder.record.append_value(record);
            builder.line.append_value(record + 1);
            builder.invoice.append_value(&row.invoice);
            builder.sku.append_value("NB1");
            builder.sku_option.append_value("");
            builder.serials.append_value("");
            builder.purchase_order.append_value(&row.purchase_order);
            builder.sales_order.append_value(&row.sales_order);
            builder.end_customer.append_value(&row.end_customer);
            builder.certificate.append_value("");
        }
        builder.finish().expect("columns of one length")
    }

    fn exception(id: &str, partner: u32, scope: ExceptionScope) -> Exception {
        let [reason, approver] = ["a tender without services", "Approver 1"].map(str::to_owned);
        Exception { id: id.to_owned(), partner, scope, reason, approver, valid_from: None, valid_to: None }
    }

    fn found(exceptions: &[Exception], row: Line) -> u16 {
        ExceptionRules::of(exceptions).find(&lines(&[row]), 0)
    }

    #[test]
    fn a_deal_is_a_purchase_order_or_a_sales_order_of_its_partner() {
        let deal = [exception("E1", 0, ExceptionScope::Deal("D1".into()))];
        assert_eq!(found(&deal, Line { purchase_order: "D1".into(), ..Line::plain() }), 1);
        assert_eq!(found(&deal, Line { sales_order: "D1".into(), ..Line::plain() }), 1);
        assert_eq!(found(&deal, Line { invoice: "D1".into(), end_customer: "D1".into(), ..Line::plain() }), NO_EXCEPTION);
        assert_eq!(found(&deal, Line { purchase_order: "D1".into(), partner: 1, ..Line::plain() }), NO_EXCEPTION);
    }

    #[test]
    fn both_days_are_valid() {
        let mut some = exception("E1", 0, ExceptionScope::Partner);
        (some.valid_from, some.valid_to) = (Some(100), Some(101));
        let on = |date| found(std::slice::from_ref(&some), Line { date, ..Line::plain() });
        assert_eq!([99, 100, 101, 102].map(on), [0, 1, 1, 0]);
    }

    #[test]
    fn the_first_by_id_counts_among_those_that_are_valid() {
        let mut early = exception("E1", 0, ExceptionScope::Category(0));
        early.valid_to = Some(99);
        let all = [early, exception("E2", 0, ExceptionScope::Partner), exception("E3", 0, ExceptionScope::Invoice("A1".into()))];
        assert_eq!(found(&all, Line { invoice: "A1".into(), ..Line::plain() }), 2);
        assert_eq!(found(&all, Line { date: 99, ..Line::plain() }), 1);
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![Just(String::new()), "[AB]"]
    }

    fn any_line() -> impl Strategy<Value = Line> {
        (0u32..3, 0i32..6, 0u16..3, text(), text(), text(), text()).prop_map(
            |(partner, date, category, invoice, purchase_order, sales_order, end_customer)| Line {
                partner,
                date,
                category,
                invoice,
                purchase_order,
                sales_order,
                end_customer,
            },
        )
    }

    fn any_scope() -> impl Strategy<Value = ExceptionScope> {
        prop_oneof![
            "[AB]".prop_map(ExceptionScope::Deal),
            "[AB]".prop_map(ExceptionScope::Invoice),
            "[AB]".prop_map(ExceptionScope::Customer),
            (0u16..3).prop_map(ExceptionScope::Category),
            Just(ExceptionScope::Partner),
        ]
    }

    fn any_exceptions() -> impl Strategy<Value = Vec<Exception>> {
        let day = || proptest::option::of(0i32..6);
        proptest::collection::vec((0u32..3, any_scope(), day(), day()), 0..8).prop_map(|rows| {
            let numbered = rows.into_iter().enumerate();
            let each = |(place, (partner, scope, valid_from, valid_to)): (usize, (u32, _, _, _))| Exception {
                valid_from,
                valid_to,
                ..exception(&format!("E{place}"), partner, scope)
            };
            numbered.map(each).collect()
        })
    }

    /// The rule, said once more in plain words over every exception.
    fn by_hand(exceptions: &[Exception], line: &Line) -> u16 {
        let is_hit = |exception: &Exception| {
            let same = match &exception.scope {
                ExceptionScope::Deal(value) => line.purchase_order == *value || line.sales_order == *value,
                ExceptionScope::Invoice(value) => line.invoice == *value,
                ExceptionScope::Customer(value) => line.end_customer == *value,
                ExceptionScope::Category(category) => line.category == *category,
                ExceptionScope::Partner => true,
            };
            same && exception.partner == line.partner && exception.covers(line.date)
        };
        exceptions.iter().position(is_hit).map_or(NO_EXCEPTION, |place| place as u16 + 1)
    }

    proptest! {
        #[test]
        fn the_rules_agree_with_a_search_through_all(
            exceptions in any_exceptions(),
            rows in proptest::collection::vec(any_line(), 1..20),
        ) {
            let rules = ExceptionRules::of(&exceptions);
            let table = lines(&rows);
            for (place, row) in rows.iter().enumerate() {
                prop_assert_eq!(rules.find(&table, place), by_hand(&exceptions, row));
            }
        }
    }
}
