"""The index (part 5): cells, expected, verdicts and gaps."""

from collections import defaultdict
from datetime import timedelta
from fractions import Fraction
from functools import partial

MILLION = 1_000_000
# Per measure: the hardware figure, the services figure, and what one published unit of expected is worth.
MEASURES = {"revenue": ("hardware_amount", "services_amount", 1), "units": ("hardware_units", "attached_units", MILLION)}


def cells_of(lines, attachments, plan, partners):
    """(partner, category, country, maturity) → figures of the period's hardware; services follow their hardware (rule 11)."""
    cells = defaultdict(lambda: defaultdict(int))

    def cell(partner, hardware):
        is_closed = hardware.date + timedelta(days=plan.window_days) <= plan.as_of
        country = partners[hardware.partner]["country_code"]
        return cells[partner, hardware.category, country, "closed" if is_closed else "open"]

    def is_in_period(hardware):
        return plan.period_from <= hardware.date <= plan.period_to

    for line in lines:
        if line.kind == "hardware" and is_in_period(line):
            cell(line.partner, line)["hardware_amount"] += line.net_amount
            cell(line.partner, line)["hardware_units"] += line.net_units
    for attachment in attachments:
        if is_in_period(attachment.hardware):
            credited = attachment.hardware if plan.credit == "hardware_seller" else attachment.service
            found = cell(credited.partner, attachment.hardware)
            found["services_amount"] += attachment.amount
            found["attached_units"] += attachment.units()
            found["packs"] += attachment.packs
    return cells


def in_population(partner, plan, partners):
    """Who forms the benchmark: partners of the program by default."""
    return plan.population == "all" or partners[partner]["is_program"] == "true"


def region_of(country, partners):
    """The region of a country; the recomputation does not know a country that lies in two."""
    regions = {row["region_code"] for row in partners.values() if row["country_code"] == country}
    if len(regions) != 1:
        raise SystemExit(f"country {country} lies in {len(regions)} regions, which this recomputation does not know")
    return regions.pop()


def levels_of(category, country, region, maturity, family):
    """The groups whose rate a cell takes, nearest first."""
    return [
        ("cell", category, country, maturity),
        ("category_country", category, country),
        ("category_region", category, region),
        ("category", category),
        ("family", family[category]),
        ("all",),
    ]


def expect(cells, plan, partners, family):
    """Adds `revenue` and `units` expected to every cell of the population (cents; millionths of a unit).
    Returns the level used per (category, country, maturity) and measure."""
    used = {}
    members, sums = defaultdict(list), defaultdict(lambda: defaultdict(lambda: [0, 0]))
    regions = {country: region_of(country, partners) for _, _, country, _ in cells}
    for key in sorted(cells):
        partner, category, country, maturity = key
        if not in_population(partner, plan, partners):
            continue
        levels = levels_of(category, country, regions[country], maturity, family)
        members[levels[0]].append((key, levels))
        for measure, (hardware, services, _) in MEASURES.items():
            for level in levels:
                sums[measure, level][partner][0] += cells[key][hardware]
                sums[measure, level][partner][1] += cells[key][services]
    for cell, found in members.items():
        for measure, (hardware, _, scale) in MEASURES.items():
            level, rate = usable_rate([(level, sums[measure, level]) for level in found[0][1]], plan.min_partners)
            used[cell[1:], measure] = level
            shares = largest_remainder([(cells[key][hardware], key[0]) for key, _ in found], rate, scale)
            for (key, _), share in zip(found, shares):
                cells[key][measure] = share
    return used


def usable_rate(levels, min_partners):
    """Back-off: the first level with enough contributors, hardware above 0 and services not below; as (level, (S, H))."""
    for level, by_partner in levels:
        contributors = sum(1 for hardware, _ in by_partner.values() if hardware > 0)
        hardware = sum(hardware for hardware, _ in by_partner.values())
        services = sum(services for _, services in by_partner.values())
        if contributors >= min_partners and hardware > 0 and services >= 0:
            return level[0], (services, hardware)
    return None, (0, 1)


def largest_remainder(hardware, rate, scale):
    """The cell's expected, rounded half to even once, over (hardware, partner): floors, also below 0, then the missing ones to
    the largest remainders, ties by partner id. At the cell's own rate the total is exactly its services."""
    services, of_hardware = rate[0] * scale, rate[1]
    total = round(Fraction(sum(h for h, _ in hardware) * services, of_hardware))
    shares = [h * services // of_hardware for h, _ in hardware]
    ranked = sorted(range(len(hardware)), key=lambda i: (-(hardware[i][0] * services % of_hardware), hardware[i][1]))
    for i in ranked[: total - sum(shares)]:
        shares[i] += 1
    return shares


def mean_prices(cells, plan, partners, family):
    """(money, packs) attached by the population, per level without maturity."""
    prices = defaultdict(lambda: [0, 0])
    regions = {country: region_of(country, partners) for _, _, country, _ in cells}
    for (partner, category, country, maturity), figures in cells.items():
        if in_population(partner, plan, partners):
            for level in levels_of(category, country, regions[country], maturity, family)[1:]:
                prices[level][0] += figures["services_amount"]
                prices[level][1] += figures["packs"]
    return prices


def mean_price(category, prices, row, family):
    """The mean pack price of a category for a partner: of the nearest level with packs and money; None if there is none."""
    for level in levels_of(category, row["country_code"], row["region_code"], None, family)[1:]:
        money, packs = prices[level]
        if packs > 0 and money > 0:
            return Fraction(money, packs)
    return None


def gap(threshold, expected, actual, shortfalls, price_of):
    """max(0, t·E − S) in cents, rounded up; these cents in packs: shared by positive shortfall, rounded up in each category."""
    missing = -(-(threshold * expected - actual) // 1)
    positive = {category: short for category, short in shortfalls.items() if short > 0}
    if missing <= 0:
        return 0, 0
    packs = 0
    for category, short in positive.items():
        price = price_of(category)
        if price is not None:
            packs += -(-missing * short // (sum(positive.values()) * price))
    return missing, packs


def index_of(cells, plan, reference):
    """partner → every figure of its index, for every partner of the partner table."""
    partners, family = reference.partners, reference.family
    prices = mean_prices(cells, plan, partners, family)
    index = {}
    for partner in sorted(partners):
        own = {key: figures for key, figures in cells.items() if key[0] == partner}
        names = ("hardware_amount", "services_amount", "hardware_units", "attached_units", "revenue", "units")
        total = {name: sum(figures[name] for figures in own.values()) for name in names}
        shortfalls = defaultdict(int)
        for (_, category, _, _), figures in own.items():
            shortfalls[category] += figures["revenue"] - figures["services_amount"]
        price_of = partial(mean_price, prices=prices, row=partners[partner], family=family)
        total["reason"] = not_assessed(total, in_population(partner, plan, partners), plan)
        for name, threshold in (("near", plan.near), ("at", plan.at)):
            # A partner without a verdict has no gap.
            figures = (0, 0) if total["reason"] else gap(threshold, total["revenue"], total["services_amount"], shortfalls, price_of)
            total[f"gap_{name}_amount"], total[f"gap_{name}_packs"] = figures
        total["verdict"] = "not_assessed" if total["reason"] else verdict(total, plan)
        index[partner] = total
    return index


def not_assessed(total, is_in_population, plan):
    """Why a partner is not assessed, the first that holds; None if it is."""
    if not is_in_population:
        return "NOT_IN_PROGRAM"
    if total["hardware_amount"] <= 0 and total["hardware_units"] <= 0:
        return "NO_HARDWARE"
    if total["hardware_units"] < plan.min_hardware_units or total["hardware_amount"] < plan.min_hardware_cents:
        return "BELOW_FLOOR"
    return "NOTHING_EXPECTED" if total[plan.measure] <= 0 else None


def verdict(total, plan):
    """`at`, `near` or `below`, by cross-multiplication of published integers."""
    _, services, scale = MEASURES[plan.measure]
    actual, expected = total[services] * scale, total[plan.measure]
    if actual >= plan.at * expected:
        return "at"
    return "near" if actual >= plan.near * expected else "below"
