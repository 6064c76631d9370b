"""Worked figures from real schemes (v01 to v26): published answers, or arithmetic on published rules, to the penny.

Each vector is a small contract as an alliance would write it. Where a source states one party's share, its counterpart
takes the rest. What the party is given or bears is what its pots hold in the end: gains positive, losses negative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from cases import HEAD, LINES_INPUT, POOL, Answer, answer, write_model
from recalculation import ironcalc, prove
from riskshare.build import build


@dataclass(frozen=True)
class Case:
    """Lines, and what the accounts then hold."""

    lines: str
    pots: Mapping[str, str]


@dataclass(frozen=True)
class Vector:
    """A contract with its parties (first the holder of the budget), and the cases that it must settle."""

    parties: tuple[str, ...]
    rules: str
    cases: tuple[Case, ...]
    more: str = ""
    tables: Mapping[str, str] = field(default_factory=dict)


VECTORS: dict[str, Vector] = {}


def vector(write: Callable[[], Vector]) -> Callable[[], Vector]:
    """Adds a vector to those that are tested, under the function's name."""
    VECTORS[write.__name__] = write()
    return write


def pool(target: int, outturn: int) -> str:
    """Lines of a pool that is one line."""
    return f"line,budget,outturn\nall,{target},{outturn}"


def score(percent: int) -> dict[str, str]:
    """An outcome measure that reaches so many percent of its way."""
    head = "measure,name,pool,weight,method,better,baseline,target,result"
    return {"outcomes": f"{head}\nquality,Quality score,,1,linear,higher,0,100,{percent}"}


@vector
def v01() -> Vector:
    """NEC target cost, share ranges, published. Target 500,000, outturn 200,000: a gain of 300,000.

    To 20% of the target (100,000): contractor 25% = 25,000, client 75,000. Beyond: 200,000 to the client.
    """
    rules = """
        [[pools.rules]]
        rule = "share_ranges"
        clause = "NEC option C, clause 54"
        side = "gain"
        bands = [{ up_to = 20, shares = { CONTRACTOR = 25, CLIENT = 75 } }, { shares = { CLIENT = 100 } }]

        [[pools.rules]]
        rule = "share_ranges"
        clause = "NEC option C, clause 54"
        side = "loss"
        bands = [{ shares = { CONTRACTOR = 100 } }]
    """
    gain = Case(pool(500_000, 200_000), {"CONTRACTOR": "25000.00", "CLIENT": "275000.00"})
    return Vector(("CLIENT commissioner", "CONTRACTOR provider"), rules, (gain,))


NEC_BOTH_WAYS = """
    [[pools.rules]]
    rule = "share_ranges"
    clause = "NEC option C, clause 54"
    side = "loss"
    bands = [{ up_to = 2.5, shares = { CONTRACTOR = 50, CLIENT = 50 } }, { shares = { CONTRACTOR = 100 } }]

    [[pools.rules]]
    rule = "share_ranges"
    clause = "NEC option C, clause 54"
    side = "gain"
    bands = [{ up_to = 2.5, shares = { CONTRACTOR = 50, CLIENT = 50 } }, { shares = { CLIENT = 100 } }]
"""


@vector
def v02() -> Vector:
    """NEC share ranges. Target 1M, outturn 1.1M: a loss of 100,000.

    To 2.5% (25,000): 12,500 each. Beyond, 75,000: all the contractor's. Contractor 87,500, client 12,500.
    """
    loss = Case(pool(1_000_000, 1_100_000), {"CONTRACTOR": "-87500.00", "CLIENT": "-12500.00"})
    return Vector(("CLIENT commissioner", "CONTRACTOR provider"), NEC_BOTH_WAYS, (loss,))


@vector
def v03() -> Vector:
    """The same contract, outturn 0.9M: a gain of 100,000, of which 25,000 is split and 75,000 is the client's."""
    gain = Case(pool(1_000_000, 900_000), {"CONTRACTOR": "12500.00", "CLIENT": "87500.00"})
    return Vector(("CLIENT commissioner", "CONTRACTOR provider"), NEC_BOTH_WAYS, (gain,))


@vector
def v04() -> Vector:
    """ACA risk corridor, both ways alike: to 3% the payer bears nothing, to 8% half, beyond 80%. Target 100M.

    2M over: 0. 6M over: half of 3M = 1.5M. 12M over: half of 5M + 80% of 4M = 5.7M.
    10M under: half of 5M + 80% of 2M = 4.1M.
    """
    rules = """
        [[pools.rules]]
        rule = "share_ranges"
        clause = "45 CFR 153.510"
        side = "both"
        bands = [
          { up_to = 3, shares = { ISSUER = 100 } },
          { up_to = 8, shares = { PAYER = 50, ISSUER = 50 } },
          { shares = { PAYER = 80, ISSUER = 20 } },
        ]
    """
    cases = (
        Case(pool(100_000_000, 102_000_000), {"ISSUER": "-2000000.00"}),
        Case(pool(100_000_000, 106_000_000), {"PAYER": "-1500000.00", "ISSUER": "-4500000.00"}),
        Case(pool(100_000_000, 112_000_000), {"PAYER": "-5700000.00", "ISSUER": "-6300000.00"}),
        Case(pool(100_000_000, 90_000_000), {"PAYER": "4100000.00", "ISSUER": "5900000.00"}),
    )
    return Vector(("ISSUER provider", "PAYER commissioner"), rules, cases)


@vector
def v05() -> Vector:
    """ACO REACH Professional. Target 100M; the provider's part: to 5% half, to 10% 35%, to 15% 15%, beyond 5%.

    4M: 2M. 12M: 2.5M + 1.75M + 0.3M = 4.55M. 20M: 2.5M + 1.75M + 0.75M + 0.25M = 5.25M.
    """
    rules = """
        [[pools.rules]]
        rule = "share_ranges"
        clause = "Participation agreement, appendix B"
        bands = [
          { up_to = 5, shares = { PROVIDER = 50, PAYER = 50 } },
          { up_to = 10, shares = { PROVIDER = 35, PAYER = 65 } },
          { up_to = 15, shares = { PROVIDER = 15, PAYER = 85 } },
          { shares = { PROVIDER = 5, PAYER = 95 } },
        ]
    """
    cases = (
        Case(pool(100_000_000, 96_000_000), {"PROVIDER": "2000000.00", "PAYER": "2000000.00"}),
        Case(pool(100_000_000, 88_000_000), {"PROVIDER": "4550000.00", "PAYER": "7450000.00"}),
        Case(pool(100_000_000, 80_000_000), {"PROVIDER": "5250000.00", "PAYER": "14750000.00"}),
    )
    return Vector(("PAYER commissioner", "PROVIDER provider"), rules, cases)


SHARE_80 = """
    [[pools.rules]]
    rule = "share_ranges"
    clause = "Shared savings rate"
    bands = [{ shares = { PROVIDER = 80, PAYER = 20 } }]
"""


@vector
def v06() -> Vector:
    """Cap before share. Target 100M, gain 12M: capped at 5% = 5M, of which 80% = 4M."""
    rules = """
        [[pools.rules]]
        rule = "cap"
        clause = "Cap on the gross gain"
        side = "gain"
        from = "pool"
        limit = { percent = 5, of = "target" }
        excess_to = "PAYER"
    """
    case = Case(pool(100_000_000, 88_000_000), {"PROVIDER": "4000000.00", "PAYER": "8000000.00"})
    return Vector(("PAYER commissioner", "PROVIDER provider"), rules + SHARE_80, (case,))


@vector
def v07() -> Vector:
    """Share before cap. Target 100M, gain 12M: 80% = 9.6M, capped at 5% = 5M."""
    rules = """
        [[pools.rules]]
        rule = "cap"
        clause = "Cap on the provider's gain"
        side = "gain"
        from = "PROVIDER"
        limit = { percent = 5, of = "target" }
        excess_to = "PAYER"
    """
    case = Case(pool(100_000_000, 88_000_000), {"PROVIDER": "5000000.00", "PAYER": "7000000.00"})
    return Vector(("PAYER commissioner", "PROVIDER provider"), SHARE_80 + rules, (case,))


def enhanced(case: Case, reached: int) -> Vector:
    """MSSP ENHANCED: 75% x score of a gain, 1 - 75% x score of a loss, held in 40% to 75%; caps of 20% and 15%."""
    rules = """
        [[pools.rules]]
        rule = "threshold"
        clause = "42 CFR 425.610, minimum savings rate"
        percent = 2

        [[pools.rules]]
        rule = "share_ranges"
        clause = "42 CFR 425.610, final sharing rate"
        side = "gain"
        bands = [{ shares = { PROVIDER = 75, PAYER = 25 } }]

        [[pools.rules]]
        rule = "share_ranges"
        clause = "42 CFR 425.610, shared losses"
        side = "loss"
        bands = [{ shares = { PROVIDER = 100 } }]

        [[pools.rules]]
        rule = "outcomes"
        clause = "42 CFR 425.512, quality score"
        side = "gain"
        from = "PROVIDER"
        measures = "inputs/outcomes.csv"
        forfeited_to = "PAYER"

        [[pools.rules]]
        rule = "outcomes"
        clause = "42 CFR 425.610, shared loss rate"
        side = "loss"
        from = "PROVIDER"
        measures = "inputs/outcomes.csv"
        rate = 75
        floor = 40
        ceiling = 75
        forfeited_to = "PAYER"

        [[pools.rules]]
        rule = "cap"
        clause = "42 CFR 425.610, performance payment limit"
        side = "gain"
        from = "PROVIDER"
        limit = { percent = 20, of = "target" }
        excess_to = "PAYER"

        [[pools.rules]]
        rule = "cap"
        clause = "42 CFR 425.610, loss sharing limit"
        side = "loss"
        from = "PROVIDER"
        limit = { percent = 15, of = "target" }
        excess_to = "PAYER"
    """
    return Vector(("PAYER commissioner", "PROVIDER provider"), rules, (case,), tables=score(reached))


@vector
def v08() -> Vector:
    """MSSP ENHANCED, published. Target 10M, outturn 9.5M, score 0.9: 500,000 x 75% x 0.9 = 337,500."""
    return enhanced(Case(pool(10_000_000, 9_500_000), {"PROVIDER": "337500.00", "PAYER": "162500.00"}), 90)


@vector
def v09() -> Vector:
    """Outturn 9.8M is at the threshold of 2%, which counts as past it: 200,000 x 75% x 0.9 = 135,000."""
    return enhanced(Case(pool(10_000_000, 9_800_000), {"PROVIDER": "135000.00", "PAYER": "65000.00"}), 90)


@vector
def v10() -> Vector:
    """Outturn 9.801M is short of the threshold: nothing is shared, the payer keeps its 199,000."""
    return enhanced(Case(pool(10_000_000, 9_801_000), {"PAYER": "199000.00"}), 90)


@vector
def v11() -> Vector:
    """Outturn 10.5M, score 0.9: 1 - 67.5% = 32.5% is held at 40%; 500,000 x 40% = 200,000."""
    return enhanced(Case(pool(10_000_000, 10_500_000), {"PROVIDER": "-200000.00", "PAYER": "-300000.00"}), 90)


@vector
def v12() -> Vector:
    """Outturn 7.0M, score 1: 3M x 75% = 2.25M, capped at 20% of the target = 2M."""
    return enhanced(Case(pool(10_000_000, 7_000_000), {"PROVIDER": "2000000.00", "PAYER": "1000000.00"}), 100)


@vector
def v13() -> Vector:
    """Outturn 16.0M, score 0.3: 1 - 22.5% = 77.5% is held at 75%; 6M x 75% = 4.5M, capped at 15% = 1.5M."""
    return enhanced(Case(pool(10_000_000, 16_000_000), {"PROVIDER": "-1500000.00", "PAYER": "-4500000.00"}), 30)


@vector
def v14() -> Vector:
    """MSSP BASIC E. Target 100M, outturn 110M, income 30M: 10M x 30% = 3M.

    Capped at the lowest of 8% of income (2.4M) and 4% of the target (4M): 2.4M.
    """
    rules = """
        [[pools.rules]]
        rule = "share_ranges"
        clause = "42 CFR 425.605, shared loss rate"
        bands = [{ shares = { PROVIDER = 30, PAYER = 70 } }]

        [[pools.rules]]
        rule = "cap"
        clause = "42 CFR 425.605, loss sharing limit"
        side = "loss"
        from = "PROVIDER"
        limit = { lowest_of = [{ percent = 8, of = "income" }, { percent = 4, of = "target" }] }
        excess_to = "PAYER"
    """
    case = Case(pool(100_000_000, 110_000_000), {"PROVIDER": "-2400000.00", "PAYER": "-7600000.00"})
    return Vector(("PAYER commissioner", "PROVIDER provider 30_000_000"), rules, (case,))


@vector
def v15() -> Vector:
    """Oxfordshire older people's pool: contributions 99M (council) and 96M (CCG), an overspend of 2M.

    2M x 99 / 195 = 1,015,384.615..., 2M x 96 / 195 = 984,615.384... A key rounded to 51% and 49% would move 4,615.38.
    """
    rules = """
        [[pools.rules]]
        rule = "allocate"
        clause = "Section 75 agreement, risk share"
        from = "pool"
        key = "contribution"
    """
    lines = "line,holder,budget,outturn\ncare,COUNCIL,99000000,101500000\nhealth,CCG,96000000,95500000"
    case = Case(lines, {"COUNCIL": "-1015384.62", "CCG": "-984615.38"})
    return Vector(("COUNCIL commissioner", "CCG commissioner"), rules, (case,))


def capped(limits: str, pots: Mapping[str, str]) -> Vector:
    """A loss of 1M shared 50/30/20 between A, B and C, whose excess over limits goes to the others."""
    rules = f"""
        [[pools.rules]]
        rule = "share_ranges"
        clause = "Risk share"
        bands = [{{ shares = {{ A = 50, B = 30, C = 20 }} }}]

        [[pools.rules]]
        rule = "cap"
        clause = "Partner caps"
        side = "loss"
        limits = {{ {limits} }}
        excess_to = "others"
    """
    parties = ("A commissioner", "B provider", "C provider")
    return Vector(parties, rules, (Case(pool(10_000_000, 11_000_000), pots),))


@vector
def v16() -> Vector:
    """B is 100,000 over; A and C take it 500 : 200, so A bears 571,428.57 and C 228,571.43, below its limit."""
    pots = {"A": "-571428.57", "B": "-200000.00", "C": "-228571.43"}
    return capped("B = { amount = 200_000 }, C = { amount = 250_000 }", pots)


@vector
def v17() -> Vector:
    """With C at 210,000 a second pass takes C's 18,571.43 to A: 590,000."""
    pots = {"A": "-590000.00", "B": "-200000.00", "C": "-210000.00"}
    return capped("B = { amount = 200_000 }, C = { amount = 210_000 }", pots)


@vector
def v18() -> Vector:
    """With A at 300,000 the three bear 710,000; nobody can bear the other 290,000."""
    pots = {"A": "-300000.00", "B": "-200000.00", "C": "-210000.00", "unallocated": "-290000.00"}
    return capped("A = { amount = 300_000 }, B = { amount = 200_000 }, C = { amount = 210_000 }", pots)


@vector
def v19() -> Vector:
    """Rotherham waterfall: two pools, -800,000 and +150,000, whose sum of -650,000 falls on one after another.

    Netting leaves -650,000; the risk reserve bears 500,000, uncommitted schemes 50,000, the partners 100,000 in halves.
    """
    more = """
        [[reserves]]
        code = "risk_reserve"
        name = "Risk reserve"
        holder = "CCG"
        opening = 500_000

        [[reserves]]
        code = "schemes"
        name = "Uncommitted schemes"
        holder = "CCG"
        opening = 50_000

        [[geographies]]
        code = "pools"
        file = "inputs/pools.csv"
    """
    rules = """
        for_each = "pools"

        [[pools.rules]]
        rule = "net"
        clause = "BCF section 75 agreement, schedule 3"
        across = "place"

        [[pools.rules]]
        rule = "reserve"
        clause = "BCF section 75 agreement, schedule 3"
        side = "loss"
        reserve = "risk_reserve"

        [[pools.rules]]
        rule = "reserve"
        clause = "BCF section 75 agreement, schedule 3"
        side = "loss"
        reserve = "schemes"

        [[pools.rules]]
        rule = "share_ranges"
        clause = "BCF section 75 agreement, schedule 3"
        bands = [{ shares = { CCG = 50, COUNCIL = 50 } }]
    """
    lines = """
        line,level,locality,budget,outturn
        first,locality,FIRST,9000000,9800000
        second,locality,SECOND,2000000,1850000
    """
    pots = {"risk_reserve": "-500000.00", "schemes": "-50000.00", "CCG": "-50000.00", "COUNCIL": "-50000.00"}
    tables = {"pools": "locality,name\nFIRST,First pool\nSECOND,Second pool"}
    return Vector(("CCG commissioner", "COUNCIL commissioner"), rules, (Case(lines, pots),), more, tables)


@vector
def v20() -> Vector:
    """Ring-fence first: the public health line underspends 150,000 of 400,000; the pool shares 250,000, half each."""
    funds = """
        [[reserves]]
        code = "public_health_reserve"
        name = "Public health reserve"
        holder = "COUNCIL"

        [[funds]]
        code = "public_health"
        name = "Public health grant"
        family = "public_health"
        holder = "COUNCIL"
        arrangement = "aligned"
        clause = "Public health ring-fenced grant circular"
        ring_fence = { purpose = "public health functions", underspend_to = "public_health_reserve" }
    """
    rules = """
        [[pools.rules]]
        rule = "share_ranges"
        clause = "Alliance agreement, schedule 9"
        bands = [{ shares = { CCG = 50, COUNCIL = 50 } }]
    """
    lines = """
        line,fund,budget,outturn
        health checks,public_health,1200000,1050000
        community beds,core,8000000,7800000
        district nursing,core,3000000,2950000
    """
    case = Case(lines, {"public_health_reserve": "150000.00", "CCG": "125000.00", "COUNCIL": "125000.00"})
    return Vector(("CCG commissioner", "COUNCIL commissioner"), rules, (case,), funds)


@vector
def v21() -> Vector:
    """Blended emergency payment 2019/20: plan 50M; the commissioner bears 20% of what the activity is worth beyond it.

    Worth 53M: 20% of 3M = 600,000, so that the trust is paid 50.6M. Worth 47M: it gives back 600,000, paid 49.4M.
    """
    rules = """
        [[pools.rules]]
        rule = "share_ranges"
        clause = "National tariff 2019/20, blended payment"
        bands = [{ shares = { CCG = 20, TRUST = 80 } }]
    """
    cases = (
        Case(pool(50_000_000, 53_000_000), {"CCG": "-600000.00", "TRUST": "-2400000.00"}),
        Case(pool(50_000_000, 47_000_000), {"CCG": "600000.00", "TRUST": "2400000.00"}),
    )
    return Vector(("TRUST provider", "CCG commissioner"), rules, cases)


@vector
def v22() -> Vector:
    """Gap to goal, published: 0 up to half the target, then straight to 1 at it; at 75% of it the score is 0.5."""
    rules = """
        [[pools.rules]]
        rule = "share_ranges"
        clause = "Incentive pool"
        bands = [{ shares = { PROVIDER = 100 } }]

        [[pools.rules]]
        rule = "outcomes"
        clause = "Gap to goal"
        from = "PROVIDER"
        measures = "inputs/outcomes.csv"
        forfeited_to = "PAYER"
    """
    head = "measure,name,pool,weight,method,better,baseline,target,result"
    measures = f"{head}\nscreening,Patients screened,,1,gap_to_goal,higher,0,80,60"
    case = Case(pool(10_000_000, 9_000_000), {"PROVIDER": "500000.00", "PAYER": "500000.00"})
    return Vector(("PAYER commissioner", "PROVIDER provider"), rules, (case,), tables={"outcomes": measures})


def past_threshold(basis: str, pots: Mapping[str, str]) -> Vector:
    """Target 10M, outturn 9.7M, a threshold of 2% (200,000), 67.5% of what is past it to the provider."""
    rules = f"""
        [[pools.rules]]
        rule = "threshold"
        clause = "Minimum savings"
        percent = 2.0
        basis = "{basis}"

        [[pools.rules]]
        rule = "share_ranges"
        clause = "Sharing rate"
        bands = [{{ shares = {{ PROVIDER = 67.5, PAYER = 32.5 }} }}]
    """
    return Vector(("PAYER commissioner", "PROVIDER provider"), rules, (Case(pool(10_000_000, 9_700_000), pots),))


@vector
def v23_first_pound() -> Vector:
    """300,000 x 67.5% = 202,500."""
    return past_threshold("first_pound", {"PROVIDER": "202500.00", "PAYER": "97500.00"})


@vector
def v23_excess_only() -> Vector:
    """100,000 x 67.5% = 67,500; the payer keeps the first 200,000 and 32,500."""
    return past_threshold("excess_only", {"PROVIDER": "67500.00", "PAYER": "232500.00"})


@vector
def v24() -> Vector:
    """£100.00 in three equal parts by running-total rounding: 33.33, 66.67 - 33.33 = 33.34, 100.00 - 66.67 = 33.33."""
    rules = """
        [[pools.rules]]
        rule = "allocate"
        clause = "Equal parts"
        from = "pool"
        key = "equal"
    """
    case = Case(pool(1_000, 900), {"A": "33.33", "B": "33.34", "C": "33.33"})
    return Vector(("A commissioner", "B provider", "C provider"), rules, (case,))


@vector
def v25() -> Vector:
    """Dowry: a placement of 3,900 a week against a hospital baseline of 3,500 over 52 weeks: 20,800, half each."""
    rules = """
        [[pools.rules]]
        rule = "share_ranges"
        clause = "Transforming Care, dowry"
        side = "both"
        bands = [{ shares = { CCG = 50, COUNCIL = 50 } }]
    """
    case = Case(pool(52 * 3_500, 52 * 3_900), {"CCG": "-10400.00", "COUNCIL": "-10400.00"})
    return Vector(("COUNCIL commissioner", "CCG commissioner"), rules, (case,))


@vector
def v26() -> Vector:
    """Insurance layer: deductible 70,000, limit 1M, share 10%.

    A loss of 500,000: 10% of 430,000 = 43,000. A loss of 1.2M: 10% of 1M = 100,000, as 1.13M is beyond the limit.
    """
    rules = """
        [[pools.rules]]
        rule = "threshold"
        clause = "Deductible"
        amount = 70_000
        basis = "excess_only"

        [[pools.rules]]
        rule = "share_ranges"
        clause = "Layer"
        of = "pounds"
        bands = [{ up_to = 1_000_000, shares = { INSURER = 10, HOLDER = 90 } }, { shares = { HOLDER = 100 } }]
    """
    cases = (
        Case(pool(9_000_000, 9_500_000), {"INSURER": "-43000.00", "HOLDER": "-457000.00"}),
        Case(pool(9_000_000, 10_200_000), {"INSURER": "-100000.00", "HOLDER": "-1100000.00"}),
    )
    return Vector(("HOLDER commissioner", "INSURER provider"), rules, cases)


EVERY_CASE = [
    pytest.param(scheme, case, id=f"{name}-{number}" if len(scheme.cases) > 1 else name)
    for name, scheme in VECTORS.items()
    for number, case in enumerate(scheme.cases, start=1)
]


@pytest.mark.parametrize(("scheme", "case"), EVERY_CASE)
def test_a_vector_comes_to_its_answer(scheme: Vector, case: Case, tmp_path: Path) -> None:
    found = answer(written(scheme, case, tmp_path))
    assert found.settlement("entitlement") == {account: Decimal(amount) for account, amount in case.pots.items()}
    assert found.failing_checks() == []


@pytest.mark.parametrize(("scheme", "case"), EVERY_CASE)
def test_a_vector_recalculates(scheme: Vector, case: Case, tmp_path: Path) -> None:
    workbook = tmp_path / "vector.xlsx"
    built, _ = build(written(scheme, case, tmp_path), workbook)
    assert built is not None
    assert prove(workbook, ironcalc) == []


def test_the_score_of_gap_to_goal(tmp_path: Path) -> None:
    """v22 as its source states it: not money, a score of 0.50."""
    found = vector_answer("v22", tmp_path)
    assert found.step("place", "outcomes.score") == Decimal("0.50")


@pytest.mark.parametrize(("case", "paid"), [(0, "50600000.00"), (1, "49400000.00")])
def test_what_the_trust_is_paid(case: int, paid: str, tmp_path: Path) -> None:
    """v21 as its source states it: the plan of 50M and what the commissioner adds or takes back."""
    found = vector_answer("v21", tmp_path, case)
    assert 50_000_000 + found.settlement()["TRUST"] == Decimal(paid)


def vector_answer(name: str, folder: Path, case: int = 0) -> Answer:
    """The figures of one case of a vector."""
    return answer(written(VECTORS[name], VECTORS[name].cases[case], folder))


def written(scheme: Vector, case: Case, folder: Path) -> Path:
    """The vector as a model folder."""
    holder = scheme.parties[0].split()[0]
    partners = "".join(partner(*party.split()) for party in scheme.parties)
    toml = HEAD.format(name="vector") + partners + CORE.format(holder=holder) + scheme.more
    columns = case.lines.strip().splitlines()[0].split(",")
    inputs = "\n".join(line for line in LINES_INPUT.splitlines() if line.split(" = ")[0] not in columns)
    return write_model(folder / "vector", toml + inputs + POOL + scheme.rules, lines=case.lines, **scheme.tables)


CORE = """
[[funds]]
code = "core"
name = "Core budget"
family = "other"
holder = "{holder}"
arrangement = "aligned"
clause = "The scheme"
"""


def partner(code: str, role: str, income: str = "") -> str:
    """A party of the scheme."""
    text = f'\n[[partners]]\ncode = "{code}"\nname = "{code.capitalize()}"\nrole = "{role}"\n'
    return text + (f"income = {income}\n" if income else "")
