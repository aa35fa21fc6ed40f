//! The sale lines of one 867 transaction set.
//!
//! A set has a heading, detail loops (PTD) and a summary. In a loop, quantities (QTY) and items (LIN) stand in either order; whichever comes
//! first begins a line. What a line does not say itself is looked up in its loop, then in the heading. A loop without QTY has its lines in SII.

use super::super::layout::X12;
use super::super::record::{FieldBuffer, FieldKind};
use super::money::Decimal;
use super::reference::{Pick, Reference};
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
        let own: Vec<usize> = quantities.iter().copied().filter(|quantity| block.contains(quantity)).collect();
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

/// The fields of a line in the order of the declared columns.
///
/// # Errors
/// Why it has none.
pub fn fields(
    segments: &[Segment],
    line: &Line,
    layout: &X12,
    references: &[Option<Reference>],
    list_separator: char,
    out: &mut FieldBuffer,
) -> Result<(), QuarantineCode> {
    out.clear();
    let scopes = line.scopes();
    if scopes.iter().any(|scope| segments[scope.clone()].iter().any(|segment| segment.is_undecodable)) {
        return Err(QuarantineCode::Undecodable);
    }
    let money = money(segments, line, layout)?;
    for (column, reference) in layout.columns.iter().zip(references) {
        match (column.as_str(), reference) {
            (QUANTITY_COLUMN, _) => out.push(&money.quantity, FieldKind::Number),
            (AMOUNT_COLUMN, _) => out.push(&money.amount, FieldKind::Number),
            (_, None) => out.push("", FieldKind::Text),
            (_, Some(reference)) => {
                let values = if line.is_sii && column.starts_with("LIN*") {
                    sii_item(&segments[line.first], column)
                } else {
                    nearest(segments, &scopes, reference)
                };
                out.push(&picked(&values, reference.pick(), list_separator)?, FieldKind::Text);
            }
        }
    }
    Ok(())
}

/// The values of the nearest scope that has any. The serials of a line stand with its quantity or with its item.
fn nearest<'s>(segments: &'s [Segment], scopes: &[Range<usize>; 4], reference: &Reference) -> Vec<&'s str> {
    scopes.iter().map(|scope| reference.values(&segments[scope.clone()])).find(|values| !values.is_empty()).unwrap_or_default()
}

/// SII names its item with a qualifier, as LIN does.
fn sii_item<'s>(sii: &'s Segment, column: &str) -> Vec<&'s str> {
    if column.strip_prefix("LIN*") == Some(sii.element(1)) { vec![sii.element(2)] } else { Vec::new() }
}

fn picked(values: &[&str], pick: Pick, list_separator: char) -> Result<String, QuarantineCode> {
    match pick {
        Pick::All if values.iter().any(|value| value.contains(list_separator)) => Err(QuarantineCode::Ambiguous),
        Pick::All => Ok(values.join(&list_separator.to_string())),
        Pick::Nth(number) => Ok(values.get(number).copied().unwrap_or_default().to_owned()),
        Pick::Only => only(values).map(str::to_owned),
    }
}

/// The one value, empty where there is none. Several that differ are ambiguous.
fn only<'s>(values: &[&'s str]) -> Result<&'s str, QuarantineCode> {
    match values.split_first() {
        None => Ok(""),
        Some((first, rest)) if rest.iter().all(|other| other == first) => Ok(first),
        Some(_) => Err(QuarantineCode::Ambiguous),
    }
}

/// Signed quantity and amount as text; where a number cannot be read, the text as it stood.
struct Money {
    quantity: String,
    amount: String,
}

fn money(segments: &[Segment], line: &Line, layout: &X12) -> Result<Money, QuarantineCode> {
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
    let amount_text = first_value(segments, line, &layout.line_amounts)?;
    let price_text = match first_value(segments, line, &layout.unit_prices)? {
        "" if amount_text.is_empty() => sii_price(segments, line)?,
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
    // A credit memo is a return whichever sign its quantity was given.
    let is_return = has_return_code || (has_credit_memo(segments, line) && !quantity.is_negative());
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

/// The value of the first of these references that has one in the line itself.
fn first_value<'s>(segments: &'s [Segment], line: &Line, references: &[String]) -> Result<&'s str, QuarantineCode> {
    let scopes = [&segments[line.quantity.clone()], &segments[line.item.clone()]];
    for reference in references.iter().filter_map(|text| Reference::parse(text)) {
        for values in scopes.map(|scope| reference.values(scope)) {
            let value = match reference.pick() {
                Pick::Nth(number) => values.get(number).copied().unwrap_or_default(),
                Pick::Only | Pick::All => only(&values)?,
            };
            if !value.is_empty() {
                return Ok(value);
            }
        }
    }
    Ok("")
}

/// The unit price by the SII of the same item in the line's loop.
fn sii_price<'s>(segments: &'s [Segment], line: &Line) -> Result<&'s str, QuarantineCode> {
    if line.is_sii {
        return Ok(segments[line.first].element(5));
    }
    let own = [&segments[line.quantity.clone()], &segments[line.item.clone()]];
    let Some(item) = own.iter().copied().flatten().find(|segment| segment.id() == "LIN") else { return Ok("") };
    let ids: Vec<&str> = item.elements().skip(1).collect();
    let is_same =
        |sii: &Segment| sii.id() == "SII" && ids.chunks_exact(2).any(|pair| pair[0] == sii.element(1) && pair[1] == sii.element(2));
    let of_item = segments[line.detail.clone()].iter().filter(|sii| is_same(sii));
    only(&of_item.map(|sii| sii.element(5)).collect::<Vec<_>>())
}

fn has_credit_memo(segments: &[Segment], line: &Line) -> bool {
    let is_memo = |segment: &Segment| {
        (segment.id() == "REF" && segment.element(1) == "CM" && !segment.element(2).is_empty())
            || (segment.id() == "PTD" && segment.element(4) == "CM" && !segment.element(5).is_empty())
    };
    line.scopes()[..3].iter().any(|scope| segments[scope.clone()].iter().any(is_memo))
}
