//! The policies of the pipeline file as they are written: attachment, benchmark, readings, verdict, actions.

use schemars::JsonSchema;
use serde::Deserialize;

/// A rung of the attachment ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RungName {
    /// The pack's covered serial is the hardware's serial.
    Serial,
    /// Same partner, invoice number and category.
    Invoice,
    /// Same partner, customer's purchase order and category; then partner, sales order and category.
    Order,
    /// Same partner, end customer and category.
    Customer,
    /// Same partner and category.
    Pool,
}

/// Rules of attachment.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AttachSection {
    /// Days after the hardware's date in which a service counts as attached.
    #[schemars(range(min = 0, max = 3660))]
    pub window_days: u32,
    /// Days before the hardware's date in which a service counts as attached.
    #[schemars(range(min = 0, max = 3660))]
    pub lead_days: u32,
    /// Rungs in use, in the order of the ladder: serial, invoice, order, customer, pool.
    pub rungs: Vec<RungName>,
    /// Who is credited where one partner sold the hardware and another the service, which only the serial rung can join.
    pub credit: Credit,
}

/// Who is credited with an attached service. The cell is always the hardware's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Credit {
    /// The partner that sold the hardware.
    #[default]
    HardwareSeller,
    /// The partner that sold the service.
    ServiceSeller,
}

impl Credit {
    /// The name in the pipeline file.
    pub fn code(self) -> &'static str {
        match self {
            Self::HardwareSeller => "hardware_seller",
            Self::ServiceSeller => "service_seller",
        }
    }

    /// The credited one of the sellers of hardware and service.
    pub fn of(self, hardware_seller: u32, service_seller: u32) -> u32 {
        match self {
            Self::HardwareSeller => hardware_seller,
            Self::ServiceSeller => service_seller,
        }
    }
}

impl Default for AttachSection {
    fn default() -> Self {
        Self {
            window_days: 90,
            lead_days: 30,
            rungs: vec![RungName::Serial, RungName::Invoice, RungName::Order, RungName::Customer],
            credit: Credit::HardwareSeller,
        }
    }
}

/// Who is assessed. The assessed one takes the partner's place in every rule and table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Assess {
    /// Each partner of the partner table.
    #[default]
    Partner,
    /// Each headquarters: its partners count as one.
    Hq,
    /// Each location of a partner: what it sold counts for it, while packs are still joined to all hardware of the partner.
    Location,
}

impl Assess {
    /// The name in the pipeline file.
    pub fn code(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Hq => "hq",
            Self::Location => "location",
        }
    }
}

/// Who forms the benchmark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Population {
    /// Partners of the program; others are listed and not assessed.
    #[default]
    Program,
    /// Every partner.
    All,
}

impl Population {
    /// The name in the pipeline file.
    pub fn code(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::All => "all",
        }
    }
}

/// Which services count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServicesScope {
    /// Services attached to hardware of the period.
    #[default]
    Attached,
    /// Attached services, and by their own date those that are attached to nothing; post-warranty packs never.
    All,
}

impl ServicesScope {
    /// The name in the pipeline file.
    pub fn code(self) -> &'static str {
        match self {
            Self::Attached => "attached",
            Self::All => "all",
        }
    }
}

/// Whose windows count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WindowScope {
    /// All hardware of the period.
    #[default]
    All,
    /// Only hardware whose window had ended on the as-of date.
    Closed,
}

impl WindowScope {
    /// The name in the pipeline file.
    pub fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Closed => "closed",
        }
    }
}

/// A dimension of the benchmark's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CellDimension {
    /// The product category. Every cell has it.
    Category,
    /// The partner's country.
    Country,
    /// The partner's region.
    Region,
    /// The partner's segment.
    Segment,
    /// The band of the hardware line's unit price.
    PriceBand,
    /// Whether the hardware's window had ended on the as-of date.
    Maturity,
}

impl CellDimension {
    /// The name in the pipeline file.
    pub fn code(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Country => "country",
            Self::Region => "region",
            Self::Segment => "segment",
            Self::PriceBand => "price_band",
            Self::Maturity => "maturity",
        }
    }
}

/// Rules of the benchmark.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BenchmarkSection {
    /// Who is assessed: each partner, all partners of one headquarters together, or each location.
    pub assess: Assess,
    /// Who forms it.
    pub population: Population,
    /// A cell with fewer contributors takes the rate of the next level up.
    #[schemars(range(min = 1))]
    pub min_partners: u32,
    /// Which services count.
    pub services: ServicesScope,
    /// Whose windows count.
    pub windows: WindowScope,
    /// Dimensions of the cells, in this order: category, country, region, segment, price_band, maturity.
    pub cells: Vec<CellDimension>,
    /// Lower bounds of the price bands above the first, whole units of the reporting currency for one hardware unit, rising.
    pub price_bands: Vec<i64>,
}

impl Default for BenchmarkSection {
    fn default() -> Self {
        Self {
            assess: Assess::Partner,
            population: Population::Program,
            min_partners: 5,
            services: ServicesScope::Attached,
            windows: WindowScope::All,
            cells: vec![CellDimension::Category, CellDimension::Country, CellDimension::Maturity],
            price_bands: Vec::new(),
        }
    }
}

/// Other rules under which every verdict is worked out again, beside those that are always: the other measure, the other services,
/// leave-one-out rates, closed windows, without exceptions, only the rungs serial and invoice.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReadingsSection {
    /// Other windows, days after the hardware's date. Each is matched afresh, which takes time.
    #[schemars(inner(range(min = 0, max = 3660)), length(max = 8))]
    pub windows_days: Vec<u32>,
}

/// The measure that decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeasureName {
    /// Services revenue over hardware revenue.
    #[default]
    Revenue,
    /// Attached units over hardware units.
    Units,
}

/// Lines and floors of the verdict. Thresholds are decimal texts with at most four decimals, compared exactly.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VerdictSection {
    /// The measure that decides; both are always computed.
    pub measure: MeasureName,
    /// PRI at or above this is `at`.
    #[schemars(regex(pattern = r"^[0-9]{1,3}(\.[0-9]{1,4})?$"))]
    pub at: String,
    /// PRI at or above this is `near`; below it, `below`.
    #[schemars(regex(pattern = r"^[0-9]{1,3}(\.[0-9]{1,4})?$"))]
    pub near: String,
    /// A partner with fewer net hardware units in the period is `not_assessed`.
    pub min_hardware_units: i64,
    /// A partner with less net hardware revenue in the period is `not_assessed`; whole units of the reporting currency.
    pub min_hardware_amount: i64,
    /// Confidence of every interval.
    #[schemars(range(min = 0.5, max = 0.9999))]
    pub confidence: f64,
    /// A partner of whose money more is quarantined or unmapped, in percent, is on `data_hold`.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub max_open_percent: f64,
    /// Named levels of the index above or below the lines; a partner has the highest that it reaches.
    pub tiers: Vec<TierSection>,
    /// Floors of hardware and services above which a partner is in the safe harbour.
    pub safe_harbor: Option<SafeHarborSection>,
}

/// A named level of the index.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TierSection {
    /// Its code in tables.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9_]*$"))]
    pub id: String,
    /// PRI from which it is reached.
    #[schemars(regex(pattern = r"^[0-9]{1,3}(\.[0-9]{1,4})?$"))]
    pub from: String,
}

/// A partner that sold at least so much hardware and so many services is in the safe harbour, whatever its index. Whole units of the
/// reporting currency.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SafeHarborSection {
    /// Net hardware revenue of the period.
    #[schemars(range(min = 0))]
    pub min_hardware_amount: i64,
    /// Services revenue that counts.
    #[schemars(range(min = 0))]
    pub min_services_amount: i64,
}

/// A verdict, as a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictName {
    /// At or above the market.
    At,
    /// At or above the near line.
    Near,
    /// Below the near line.
    Below,
    /// Not assessed.
    NotAssessed,
}

impl VerdictName {
    /// As it is written.
    pub fn code(self) -> &'static str {
        match self {
            Self::At => "at",
            Self::Near => "near",
            Self::Below => "below",
            Self::NotAssessed => "not_assessed",
        }
    }
}

/// How sure a verdict is, as a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceName {
    /// Both intervals lie on one side of the near line.
    Conclusive,
    /// They do not.
    Inconclusive,
}

/// Conditions of an action. All that are given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WhenSection {
    /// The verdict is one of these.
    pub verdict: Option<Vec<VerdictName>>,
    /// The evidence is this.
    pub evidence: Option<EvidenceName>,
    /// Whether the verdict holds under every reading.
    pub is_robust: Option<bool>,
    /// Whether the partner is in the safe harbour.
    pub is_safe_harbor: Option<bool>,
    /// Whether an exception took lines of the partner out.
    pub has_exception: Option<bool>,
    /// Whether open records could move the verdict.
    pub has_data_hold: Option<bool>,
}

/// A rule of what to do.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionSection {
    /// Its code in tables.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]*$"))]
    pub id: String,
    /// What to do, in plain words.
    #[schemars(length(min = 1))]
    pub text: String,
    /// When it fits; without conditions, always.
    #[serde(default)]
    pub when: WhenSection,
    /// Days after the as-of date by which the partner is to have recovered.
    #[schemars(range(min = 1, max = 3660))]
    pub recovery_days: Option<u32>,
}

impl Default for VerdictSection {
    fn default() -> Self {
        Self {
            measure: MeasureName::Revenue,
            at: "1.00".into(),
            near: "0.75".into(),
            min_hardware_units: 1,
            min_hardware_amount: 0,
            confidence: 0.95,
            max_open_percent: 5.0,
            tiers: Vec::new(),
            safe_harbor: None,
        }
    }
}
