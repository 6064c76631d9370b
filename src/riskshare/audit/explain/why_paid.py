"""Why one account pays another, in words: for which pools and clauses, what is owed there and in what proportion."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from riskshare.contract.model import Reserve
from riskshare.figures.accounts import Family
from riskshare.figures.computed import ComputedModel
from riskshare.figures.names import PAYMENTS, SETTLEMENT, family_payments_table, paid_to_column
from riskshare.figures.payments import pair_key
from riskshare.figures.settlement import clauses_of
from riskshare.formula.display import in_sentence
from riskshare.outputs.payments import Payment, Reason, payments_made


def stands_in_books(reserve: Reserve) -> str:
    """Why nobody pays a reserve, and what to ask instead."""
    return (
        f"'{reserve.code}' is a reserve in the books of {reserve.holder}: its holder sets money aside in it or "
        f"draws on it, and nobody pays it. Ask for '{reserve.code}', or for what {reserve.holder} pays."
    )


def why_paid(built: ComputedModel, payer: str, payee: str) -> str:
    """Why a payment is what it is, pounds to the penny: one sentence for each family of pool groups, below the sum."""
    made = {(entry.payer, entry.payee): entry for entry in payments_made(built.plan.accounts, built.figures)}
    payment = made.get((payer, payee))
    if payment is None:
        return _nothing(made, payer, payee)
    said = f"{pair_key(payer, payee)} {in_sentence(payment.amount)}"
    match built.plan.model.settlement.method:
        case "pro_rata":
            reasons = (_in_family(built, payment, reason) for reason in payment.reasons)
            return "\n".join([f"{said}:", *(f"- {reason}" for reason in reasons)])
        case "fewest":
            return f"{said}: {_matched(built, payment)}"
    host = built.plan.model.settlement.host
    reasons = (f"- {reason}" for reason in payment.reasons)
    return "\n".join([f"{said}: all pay, or are paid by, {host}, which keeps the pooled fund.", *reasons])


def _nothing(made: dict[tuple[str, str], Payment], payer: str, payee: str) -> str:
    other = made.get((payee, payer))
    if other is None:
        return f"{payer} pays {payee} nothing."
    return f"{payer} pays {payee} nothing: after netting, {pair_key(payee, payer)} {in_sentence(other.amount)}."


def _in_family(built: ComputedModel, payment: Payment, reason: Reason) -> str:
    """What the family makes the pair pay; below zero it makes the payee pay the payer, which is netted."""
    family, pair = reason.family, (payment.payer, payment.payee)
    payer, payee = pair if reason.amount > 0 else pair[::-1]
    owes, owed, all_owed = _owed(built, family, payer, payee)
    words = "" if reason.amount > 0 else "less "
    words += f"{in_sentence(abs(reason.amount))} for {family.title} ({clauses_of(family.clauses)}): "
    words += f"{payer} owes {in_sentence(owes)}"
    if owes != all_owed:
        words += f" of the {in_sentence(all_owed)} that is owed there, {_share(owes, all_owed)}"
    return f"{words}, and {payee} is owed {in_sentence(owed)}"


def _owed(built: ComputedModel, family: Family, payer: str, payee: str) -> tuple[Decimal, Decimal, Decimal]:
    """What the payer owes in the family, what the payee is owed, and what all owe."""
    frame = built.figures[family_payments_table(family.code)]
    owes = dict(frame.select("payer", "owes").rows())
    owed = dict(frame.select("payer", "owed").rows())
    return owes[payer], owed[payee], sum(owes.values(), Decimal(0))


def _share(part: Decimal, whole: Decimal) -> str:
    return f"{part / whole * 100:.1f}%"


def _matched(built: ComputedModel, payment: Payment) -> str:
    """Both totals, and all whom the payer pays and the payee is paid by, in the order declared."""
    totals = built.figures[SETTLEMENT].select("account", "pays", "receives")
    pays = totals.filter(pl.col("account") == payment.payer)["pays"].item()
    receives = totals.filter(pl.col("account") == payment.payee)["receives"].item()
    others = ", ".join(_others(built, payment))
    beside = f" {payment.payer} pays {others} too." if others else ""
    return (
        f"{payment.payer} is to pay {in_sentence(pays)} in all and {payment.payee} to receive {in_sentence(receives)}; "
        f"totals are matched in the order declared, whatever pools they come from.{beside}"
    )


def _others(built: ComputedModel, payment: Payment) -> Iterator[str]:
    frame = built.figures[PAYMENTS].filter(pl.col("payer") == payment.payer)
    for payee in built.plan.accounts.payers:
        if payee != payment.payee and frame[paid_to_column(payee)].item():
            yield payee
