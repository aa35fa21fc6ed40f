//! Approved exceptions: which hardware of a partner leaves the index, why, and who approved it.

use rustc_hash::FxHashSet;

use super::Source;
use super::classification::{Category, category_index};
use super::partners::{Partner, partner_index};
use super::table::{Table, iso_day};
use crate::config::plan::ReferencePath;
use crate::error::Result;

/// An approved exception: hardware of one partner that counts neither for the partner nor for the benchmark, together with the services
/// attached to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Its id, unique.
    pub id: String,
    /// Index of the partner, within which it always stays.
    pub partner: u32,
    /// Which of the partner's lines it takes out.
    pub scope: ExceptionScope,
    /// Why; shown on the partner's page.
    pub reason: String,
    /// Who approved it.
    pub approver: String,
    /// First valid day, in days since 1970-01-01; none is open.
    pub valid_from: Option<i32>,
    /// Last valid day; none is open.
    pub valid_to: Option<i32>,
}

impl Exception {
    /// Whether a line's date lies in its days.
    pub fn covers(&self, date: i32) -> bool {
        self.valid_from.is_none_or(|from| from <= date) && self.valid_to.is_none_or(|to| date <= to)
    }
}

/// Which lines of the partner an exception takes out. Numbers are compared as they stand in the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExceptionScope {
    /// Lines with this purchase order or this sales order.
    Deal(String),
    /// Lines with this invoice number.
    Invoice(String),
    /// Lines of this end customer.
    Customer(String),
    /// Lines of the category with this index.
    Category(u16),
    /// Every line of the partner.
    Partner,
}

impl ExceptionScope {
    /// The code in tables and the reference file.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Deal(_) => "deal",
            Self::Invoice(_) => "invoice",
            Self::Customer(_) => "customer",
            Self::Category(_) => "category",
            Self::Partner => "partner",
        }
    }

    /// Reads the two fields of a reference row; a problem comes with a hint.
    fn parse(categories: &[Category], scope: &str, value: &str) -> std::result::Result<Self, (String, &'static str)> {
        let needed = |what: &str| match value {
            "" => Err((format!("scope `{scope}` without a value"), "an exception of a whole partner has the scope `partner`")),
            value if value.chars().any(char::is_control) => {
                Err((format!("{what} `{}` holds a control character", value.escape_debug()), "write it as it stands in the feed"))
            }
            value => Ok(value.to_owned()),
        };
        match scope {
            "deal" => needed("deal").map(Self::Deal),
            "invoice" => needed("invoice").map(Self::Invoice),
            "customer" => needed("customer").map(Self::Customer),
            "category" => {
                let code = needed("category")?;
                category_index(categories, &code)
                    .map(Self::Category)
                    .map_err(|message| (message, "`value` is a `category_code` of the product tree"))
            }
            "partner" if value.is_empty() => Ok(Self::Partner),
            "partner" => {
                Err((format!("scope `partner` with the value `{value}`"), "leave `value` empty, or say with `scope` what it is"))
            }
            other => Err((
                format!("scope `{other}` is none of `deal`, `invoice`, `customer`, `category`, `partner`"),
                "`deal` is a purchase order or sales order",
            )),
        }
    }
}

/// Reads the exceptions, sorted by id.
pub(super) fn exceptions(
    source: &mut Source,
    path: &ReferencePath,
    partners: &[Partner],
    categories: &[Category],
) -> Result<Vec<Exception>> {
    let columns = ["exception_id", "scope", "partner_id", "value", "reason", "approver", "valid_from", "valid_to"];
    let table = Table::read(source, path, columns)?;
    if table.rows.len() > usize::from(u16::MAX) {
        source.problems.push(table.problem(1, format!("{} exceptions, more than {}", table.rows.len(), u16::MAX)));
    }
    let mut ids = FxHashSet::default();
    let mut exceptions = Vec::with_capacity(table.rows.len());
    for (line, [id, scope, partner_id, value, reason, approver, valid_from, valid_to]) in &table.rows {
        let mut problem = |message: String, hint: &str| source.problems.push(table.problem(*line, message).with_hint(hint));
        for (column, text, hint) in [
            ("exception_id", id, "an id by which pages and tables name the exception"),
            ("reason", reason, "the reason is shown to the partner"),
            ("approver", approver, "an exception counts only when somebody answers for it; take the row out until then"),
        ] {
            if text.is_empty() {
                problem(format!("`{column}` is empty"), hint);
            }
        }
        if !id.is_empty() && !ids.insert(id.as_str()) {
            problem(format!("exception `{id}` stands here twice"), "give each exception its own id");
        }
        let partner = partner_index(partners, partner_id)
            .map_err(|message| problem(message, "an exception belongs to one `partner_id` of the partner table"));
        let scope = ExceptionScope::parse(categories, scope, value).map_err(|(message, hint)| problem(message, hint));
        let mut end = |text: &str| iso_day(text).map_err(|message| problem(message, "both days are valid; an empty end is open"));
        let (valid_from, valid_to) = (end(valid_from), end(valid_to));
        let (Ok(partner), Ok(scope), Ok(valid_from), Ok(valid_to)) = (partner, scope, valid_from, valid_to) else { continue };
        if valid_from > valid_to && valid_to.is_some() {
            problem("`valid_to` is before `valid_from`".to_owned(), "`valid_to` is the last valid day");
        }
        let (id, reason, approver) = (id.clone(), reason.clone(), approver.clone());
        exceptions.push(Exception { id, partner, scope, reason, approver, valid_from, valid_to });
    }
    exceptions.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(exceptions)
}
