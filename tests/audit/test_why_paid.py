"""`explain 'A pays B'` says in words why: for which pools and clauses, and what of all that is owed there A owes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases import FUNDS, HEAD, LINES_INPUT, PARTNERS, answer, write_model
from contracts import LOCAL, PLACE, RESERVES, TO_TRUST, by_locality, pools_contract, shared, toml
from riskshare.audit.explain.answer import Explanation, explain
from riskshare.audit.explain.why_paid import why_paid

LINES = "line,holder,budget,outturn\nc,CCG,1000,940\nl,COUNCIL,1000,960"
OF_ONE_POOL = {
    "pro_rata": """
        CCG pays TRUST £18.00:
        - £18.00 for place (Schedule 9): CCG owes £60.00 of the £100.00 that is owed there, 60.0%, and TRUST is owed
        £30.00
    """,
    "fewest": """
        CCG pays TRUST £30.00: CCG is to pay £60.00 in all and TRUST to receive £30.00; totals are matched in the order
        declared, whatever pools they come from. CCG pays CHARITY too.
    """,
    "through_host": """
        CCG pays TRUST £60.00: all pay, or are paid by, TRUST, which keeps the pooled fund.
        - place £60.00 (Schedule 9)
    """,
}


def folded(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("method", OF_ONE_POOL)
def test_in_one_pool(method: str, tmp_path: Path) -> None:
    """The CCG owes 60 and the council 40, of which the trust is owed 30 and the charity 70."""
    text = HEAD.format(name="why") + PARTNERS + RESERVES + FUNDS + LINES_INPUT + '\n[[pools]]\ncode = "place"\n'
    text += toml((shared("TRUST = 30, CHARITY = 70"),)) + f'\n[settlement]\nmethod = "{method}"\n'
    text += 'host = "TRUST"\n' if method == "through_host" else ""
    found = answer(write_model(tmp_path / "why", text, lines=LINES))
    assert folded(why_paid(found.built, "CCG", "TRUST")) == folded(OF_ONE_POOL[method])
    assert why_paid(found.built, "COUNCIL", "CCG") == "COUNCIL pays CCG nothing."


def test_what_is_netted_is_said(tmp_path: Path) -> None:
    """The trust is owed 100 of the localities' gain and owes 40 of the place's loss."""
    pools = {"local": (LOCAL, (TO_TRUST,)), "place": (PLACE, (TO_TRUST,))}
    found = pools_contract(tmp_path, pools, by_locality(grays=100, place=-40))
    said = explain(found.built, (), "CCG pays TRUST")
    assert isinstance(said, Explanation)
    assert said.text(1, 100).splitlines()[1:5] == [
        "CCG pays TRUST £60.00:",
        "- £100.00 for local (Schedule 9): CCG owes £100.00, and TRUST is owed £100.00",
        "- less £40.00 for place (Schedule 9): TRUST owes £40.00, and CCG is owed £40.00",
        "",
    ]
    assert why_paid(found.built, "TRUST", "CCG") == "TRUST pays CCG nothing: after netting, CCG pays TRUST £60.00."


def test_nobody_pays_a_reserve(tmp_path: Path) -> None:
    found = pools_contract(tmp_path, {"place": (PLACE, (TO_TRUST,))}, by_locality(place=-40))
    said = explain(found.built, (), "TRUST pays risk_reserve")
    assert getattr(said, "sentence", "") == (
        "'risk_reserve' is a reserve in the books of CCG: its holder sets money aside in it or draws on it, and nobody "
        "pays it. Ask for 'risk_reserve', or for what CCG pays."
    )
