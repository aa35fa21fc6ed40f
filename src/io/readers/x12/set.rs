//! The sale lines of one 867 transaction set.
//!
//! A set has a heading, detail loops (PTD) and a summary. In a loop, quantities (QTY) and items (LIN) stand in either order; whichever comes
//! first begins a line. What a line does not say itself is looked up in its loop, then in the heading. A loop without QTY has its lines in SII.

use super::super::layout::X12;
use super::super::record::{FieldBuffer, FieldKind};
use super::money::Decimal;
use super::scope::{Scope, Value, Wanted};
use super::segments::Segment;
use super::{AMOUNT_COLUMN, QUANTITY_COLUMN};
use crate::finding::QuarantineCode;
use std::ops::Range;

/// Where a line's segments stand in its set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The segment that begins it.
    pub first: usize,
    /// Its quantity with what belongs to it.
    quantity: Range<usize>,
    /// The item that it shares with other quantities.
    item: Range<usize>,
    /// Its loop, up to the loop's first line.
    detail: Range<usize>,
    heading: Range<usize>,
    /// Whether it is a line of SII.
    is_sii: bool,
}

impl Line {
    /// The segments of the line itself.
    pub fn own(&self) -> Range<usize> {
        self.item.start.min(self.quantity.start)..self.quantity.end.max(self.item.end)
    }

    /// Where values are looked up, the nearest first.
    fn scopes(&self) -> [Range<usize>; 4] {
        [self.quantity.clone(), self.item.clone(), self.detail.clone(), self.heading.clone()]
    }
}

/// The lines of a set, from ST up to where its summary or its end begins, and the loops that are no sales by declaration.
pub fn lines(segments: &[Segment], layout: &X12) -> (Vec<Line>, u64) {
    let end = segments.iter().position(|segment| matches!(segment.id(), "CTT" | "SE")).unwrap_or(segments.len());
    let starts: Vec<usize> = (0..end).filter(|place| segments[*place].id() == "PTD").collect();
    let first_line = (0..end).find(|place| matches!(segments[*place].id(), "QTY" | "LIN")).unwrap_or(end);
    let heading = 0..starts.first().copied().unwrap_or(end).min(first_line);
    let mut lines = Vec::new();
    let mut other_loops = 0;
    if heading.end < starts.first().copied().unwrap_or(end) {
        // Lines without a loop around them.
        loop_lines(segments, heading.end..starts.first().copied().unwrap_or(end), &heading, &mut lines);
    }
    for (place, start) in starts.iter().enumerate() {
        let stop = starts.get(place + 1).copied().unwrap_or(end);
        let kind = segments[*start].element(1);
        if layout.transfer_types.is_empty() || layout.transfer_types.iter().any(|declared| declared == kind) {
            loop_lines(segments, *start..stop, &heading, &mut lines);
        } else {
            other_loops += 1;
        }
    }
    (lines, other_loops)
}

fn loop_lines(segments: &[Segment], whole: Range<usize>, heading: &Range<usize>, lines: &mut Vec<Line>) {
    let places = |id: &str| -> Vec<usize> { whole.clone().filter(|place| segments[*place].id() == id).collect() };
    let (quantities, items) = (places("QTY"), places("LIN"));
    let leads = match (quantities.first(), items.first()) {
        (None, None) => {
            sii_lines(segments, &whole, &places("SII"), heading, lines);
            return;
        }
        (Some(quantity), Some(item)) if item < quantity => &items,
        (None, Some(_)) => &items,
        (Some(_), _) => &quantities,
    };
    let detail = whole.start..leads[0];
    for (place, lead) in leads.iter().enumerate() {
        let block = *lead..leads.get(place + 1).copied().unwrap_or(whole.end);
        if segments[*lead].id() == "QTY" {
            lines.push(Line {
                first: *lead,
                quantity: block.clone(),
                item: block.end..block.end,
                detail: detail.clone(),
                heading: heading.clone(),
                is_sii: false,
            });
            continue;
        }
        let place_of = |end: usize| quantities.partition_point(|quantity| *quantity < end);
        let own = &quantities[place_of(block.start)..place_of(block.end)];
        let item = block.start..own.first().copied().unwrap_or(block.end);
        if own.is_empty() {
            let quantity = block.end..block.end;
            lines.push(Line { first: *lead, quantity, item, detail: detail.clone(), heading: heading.clone(), is_sii: false });
            continue;
        }
        for (number, quantity) in own.iter().enumerate() {
            let stop = own.get(number + 1).copied().unwrap_or(block.end);
            lines.push(Line {
                first: *quantity,
                quantity: *quantity..stop,
                item: item.clone(),
                detail: detail.clone(),
                heading: heading.clone(),
                is_sii: false,
            });
        }
    }
}

/// Lines that stand in SII, each with the N9 behind it.
fn sii_lines(segments: &[Segment], whole: &Range<usize>, places: &[usize], heading: &Range<usize>, lines: &mut Vec<Line>) {
    for place in places {
        let stop = (place + 1..whole.end).find(|next| segments[*next].id() != "N9").unwrap_or(whole.end);
        lines.push(Line {
            first: *place,
            quantity: *place..stop,
            item: stop..stop,
            detail: whole.start..places[0],
            heading: heading.clone(),
            is_sii: true,
        });
    }
}

/// Whether a line's quantity is a sale, a return, or none of these by declaration.
pub fn is_passed_over(segments: &[Segment], line: &Line, layout: &X12) -> bool {
    let code = segments.get(line.quantity.start).map_or("", |segment| segment.element(1));
    !line.is_sii && !line.quantity.is_empty() && layout.other_quantities.iter().any(|other| other == code)
}

/// What is known of a line from where it stands, the nearest first: its quantity, its item, its loop, the heading. Lines share all but the first.
#[derive(Debug, Default)]
pub struct Scopes {
    scopes: [Scope; 4],
}

impl Scopes {
    /// Looks through the scopes of a line, but for those that it shares with the last one.
    fn look(&mut self, segments: &[Segment], line: &Line, wanted: &Wanted) {
        for (scope, range) in self.scopes.iter_mut().zip(line.scopes()) {
            scope.look(segments, range, wanted);
        }
    }

    /// The value of a column in the nearest scope that has any. The serials of a line stand with its quantity or with its item.
    fn nearest(&self, column: usize) -> Result<&str, QuarantineCode> {
        told(self.scopes.iter().find_map(|scope| scope.values[column].as_ref()))
    }

    /// The first amount or price of the line itself, by the references in their order.
    fn first_own<'s>(&'s self, of: impl Fn(&'s Scope) -> &'s [Option<Value>]) -> Result<&'s str, QuarantineCode> {
        let [quantity, item, ..] = &self.scopes;
        told(of(quantity).iter().zip(of(item)).find_map(|(near, far)| near.as_ref().or(far.as_ref())))
    }

    /// The unit price by the SII of the same item in the line's loop. Several that differ are ambiguous.
    fn sii_price(&self) -> Result<&str, QuarantineCode> {
        let [quantity, item, detail, _] = &self.scopes;
        let ids = quantity.item_ids.as_ref().or(item.item_ids.as_ref());
        let mut prices = ids.into_iter().flatten().filter_map(|id| detail.sii_prices.get(id));
        let first = told(prices.next())?;
        if prices.all(|other| other.as_deref() == Ok(first)) { Ok(first) } else { Err(QuarantineCode::Ambiguous) }
    }
}

/// What a scope tells, empty where none does.
fn told(value: Option<&Value>) -> Result<&str, QuarantineCode> {
    value.map_or(Ok(""), |value| value.as_deref().map_err(|code| *code))
}

/// The fields of a line in the order of the declared columns.
///
/// # Errors
/// Why it has none.
pub fn fields(
    segments: &[Segment],
    line: &Line,
    layout: &X12,
    wanted: &Wanted,
    scopes: &mut Scopes,
    out: &mut FieldBuffer,
) -> Result<(), QuarantineCode> {
    out.clear();
    scopes.look(segments, line, wanted);
    if scopes.scopes.iter().any(|scope| scope.is_undecodable) {
        return Err(QuarantineCode::Undecodable);
    }
    let money = money(segments, line, layout, scopes)?;
    for (place, (column, reference)) in layout.columns.iter().zip(&wanted.columns).enumerate() {
        match (column.as_str(), reference) {
            (QUANTITY_COLUMN, _) => out.push(&money.quantity, FieldKind::Number),
            (AMOUNT_COLUMN, _) => out.push(&money.amount, FieldKind::Number),
            (_, None) => out.push("", FieldKind::Text),
            (_, Some(_)) if line.is_sii && column.starts_with("LIN*") => {
                out.push(sii_item(&segments[line.first], column), FieldKind::Text);
            }
            (_, Some(_)) => out.push(scopes.nearest(place)?, FieldKind::Text),
        }
    }
    Ok(())
}

/// SII names its item with a qualifier, as LIN does.
fn sii_item<'s>(sii: &'s Segment, column: &str) -> &'s str {
    if column.strip_prefix("LIN*") == Some(sii.element(1)) { sii.element(2) } else { "" }
}

/// Signed quantity and amount as text; where a number cannot be read, the text as it stood.
struct Money {
    quantity: String,
    amount: String,
}

fn money(segments: &[Segment], line: &Line, layout: &X12, scopes: &Scopes) -> Result<Money, QuarantineCode> {
    let lead = &segments[line.first];
    let quantity_text = match (line.is_sii, line.quantity.is_empty()) {
        (true, _) => lead.element(3),
        (false, true) => "",
        (false, false) => lead.element(2),
    };
    let is_among = |codes: &[String]| codes.iter().any(|code| code == lead.element(1));
    let has_quantity = !line.is_sii && !line.quantity.is_empty();
    if has_quantity && !is_among(&layout.sale_quantities) && !is_among(&layout.return_quantities) {
        return Err(QuarantineCode::QuantityCode);
    }
    let amount_text = scopes.first_own(|scope| &scope.amounts)?;
    let price_text = match scopes.first_own(|scope| &scope.prices)? {
        "" if amount_text.is_empty() && line.is_sii => lead.element(5),
        "" if amount_text.is_empty() => scopes.sii_price()?,
        price => price,
    };
    let Some(quantity) = Decimal::parse(quantity_text) else {
        return Ok(Money {
            quantity: quantity_text.to_owned(),
            amount: if amount_text.is_empty() { price_text } else { amount_text }.to_owned(),
        });
    };
    let has_return_code = has_quantity && is_among(&layout.return_quantities);
    if has_return_code && quantity.is_negative() {
        return Err(QuarantineCode::ReturnSign);
    }
    // A credit memo is a return whichever sign its quantity was given. One in the heading says nothing of a line.
    let has_credit_memo = scopes.scopes[..3].iter().any(|scope| scope.has_credit_memo);
    let is_return = has_return_code || (has_credit_memo && !quantity.is_negative());
    let signed = |number: Decimal| if is_return { number.negated() } else { number };
    let amount = if amount_text.is_empty() {
        match Decimal::parse(price_text) {
            Some(price) => signed(price.times(quantity).to_cents()).text(),
            None => price_text.to_owned(),
        }
    } else {
        match Decimal::parse(amount_text) {
            Some(amount) if is_return && amount.is_negative() => return Err(QuarantineCode::ReturnSign),
            Some(amount) => signed(amount).text(),
            None => amount_text.to_owned(),
        }
    };
    Ok(Money { quantity: signed(quantity).text(), amount })
}
