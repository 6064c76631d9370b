"""Query: from what a user types to the figure that is meant, or what could be asked instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from riskshare.audit.explain.cells import FiguresByCell, FoundFigure, Unanswered
from riskshare.audit.explain.figure_index import FigureIndex
from riskshare.audit.explain.references import Line, Reference
from riskshare.audit.explain.why_paid import stands_in_books, why_paid
from riskshare.contract.model import Reserve
from riskshare.figures.names import CHECKS, HEADLINE, LINES, PAYMENTS, SETTLEMENT, TERMS, paid_to_column, share_table
from riskshare.figures.payments import pair_key
from riskshare.figures.pooling import MEASURES, Division
from riskshare.formula.language import Column, Step
from riskshare.formula.to_decimal import Figure, Row, Whole
from riskshare.formula.units import TEXT
from riskshare.outputs.payments import payments_made
from riskshare.problems.findings import did_you_mean
from riskshare.xlsx.a1 import CELL

MOST_CHOICES = 6
MOST_WORDS = 20_000
_CELL = re.compile(rf"(?P<sheet>.+?)'?(?P<mark>!|\s)(?P<cell>{CELL})")
_PAYMENT = re.compile(r"(?P<payer>.+?)\s*(?:->|\spays\s)\s*(?P<payee>.+)")
_LOCALITY = re.compile(r"(?:locality )?(?:(?P<measure>budget|outturn|variance) (?:of )?)?(?P<rest>.+)", re.IGNORECASE)
Answer = Reference | FoundFigure | Unanswered | None


class Query:
    """Finds the figure that a text asks for, trying the kinds of figures in a fixed order."""

    def __init__(self, index: FigureIndex) -> None:
        """The computed model."""
        self._index, self._cells = index, FiguresByCell(index)
        self._pools = dict(self._every_pool())
        self._places = sorted(self._every_place(), key=lambda place: (-len(place[0]), place[0], place[1].code))

    def find(self, text: str) -> FoundFigure | Unanswered:
        """The figure, or why there is none."""
        query = " ".join(text.split())
        ways = (self._cell, self._payment, self._account, self._locality, self._line, self._step, self._row)
        answers = (way(query) for way in ways)
        first = next((answer for answer in answers if answer is not None), None)
        if first is None:
            return self._unknown(query)
        return first if isinstance(first, FoundFigure | Unanswered) else FoundFigure(first)

    def choices(self) -> str:
        """What can be asked of this model, with an example of each kind."""
        width = max(len(kind) for kind, _ in self._examples())
        return "\n".join(f"  {kind:<{width}}  {example}" for kind, example in self._examples())

    def _cell(self, text: str) -> Answer:
        match = _CELL.fullmatch(text)
        if match is None or (match["mark"] != "!" and self._cells.sheet(match["sheet"]) is None):
            return None
        return self._cells.find(match["sheet"].strip("'"), match["cell"])

    def _payment(self, text: str) -> Answer:
        match = _PAYMENT.fullmatch(text)
        if match is None:
            return None
        sides = [self._account_row(match[side]) for side in ("payer", "payee")]
        for side, row in zip(("payer", "payee"), sides, strict=True):
            if row is None:
                return Unanswered(
                    f"'{match[side]}' takes no part in the settlement. {self._known_accounts(match[side])}"
                )
        payer, payee = (self._index.text(Row(SETTLEMENT, row), "account") for row in sides if row is not None)
        reserve = next((entry for entry in self._reserves if entry.code in (payer, payee)), None)
        if reserve is not None:
            return Unanswered(stands_in_books(reserve))
        accounts = list(self._index.figures[PAYMENTS]["payer"])
        reference = Figure(PAYMENTS, paid_to_column(payee), accounts.index(payer))
        return FoundFigure(reference, why_paid(self._index.built, payer, payee))

    @property
    def _reserves(self) -> tuple[Reserve, ...]:
        return self._index.built.plan.reserves

    def _known_accounts(self, word: str) -> str:
        known = list(self._index.figures[SETTLEMENT]["account"])
        return did_you_mean(word, known) or f"The accounts are {', '.join(known)}."

    def _account(self, text: str) -> Answer:
        row = self._account_row(re.sub(r"^(partner|reserve|settlement of|transfer of) ", "", text, flags=re.IGNORECASE))
        return None if row is None else Figure(SETTLEMENT, "transfer", row)

    def _account_row(self, word: str) -> int | None:
        frame = self._index.figures[SETTLEMENT]
        by_code = _place(word, frame["account"])
        return _place(word, frame["account_name"]) if by_code is None else by_code

    def _locality(self, text: str) -> Answer:
        words = _LOCALITY.fullmatch(text)
        if words is None:
            return None
        for word, division, code in self._places:
            match = re.fullmatch(rf"{re.escape(word)}(?P<more>[ @].+)?", words["rest"], re.IGNORECASE)
            if match:
                return self._budget(division, code, words["measure"], match["more"] or "")
        return None

    def _every_place(self) -> Iterator[tuple[str, Division, str]]:
        """The localities by name and by code."""
        for division in self._index.built.plan.divisions:
            for code, name in zip(division.localities, division.names, strict=True):
                yield from ((word, division, code) for word in {code, name})

    def _budget(self, division: Division, code: str, measure: str | None, more: str) -> Answer:
        """A locality's budget (or outturn, or variance) in all, or from one fund."""
        words = more.strip(" @").split()
        own = next((word for word in words[:1] if word.casefold() in (*MEASURES, "variance")), measure or "budget")
        fund = " ".join(word for word in words if word != own).removeprefix("from ")
        table = division.by_fund_table(own.casefold())
        if not fund:
            return Whole(table, code)
        frame = self._index.figures[table]
        place = _place(fund, frame["fund"])
        place = _place(fund, frame["fund_name"]) if place is None else place
        if place is None:
            known = list(frame["fund"])
            meant = did_you_mean(fund, known) or f"Its funds are {', '.join(known)}."
            return Unanswered(f"{code} has no money of a fund '{fund}'. {meant}")
        return Figure(table, code, place)

    def _line(self, text: str) -> Answer:
        word = re.sub(r"^(budget )?line ", "", text, flags=re.IGNORECASE)
        place = _place(word, self._index.figures[LINES]["line"])
        return None if place is None else Line(place)

    def _step(self, text: str) -> Answer:
        """A step, by its name or label, of the pool or the group that stands before, behind or after an @."""
        for pool, step in self._splits(text):
            if pool.casefold() in self._pools:
                table, number = self._pools[pool.casefold()]
                return self._step_of(step, table, number, pool)
        every = {group.table.name for group in self._index.built.plan.stages}
        figures = [(table, column) for table in sorted(every) for column in self._matching(table, text)]
        if len(figures) > 1:
            return self._several(text, figures)
        return self._whole(*figures[0]) if figures else None

    def _splits(self, text: str) -> Iterator[tuple[str, str]]:
        if "@" in text:
            step, _, pool = text.rpartition("@")
            yield pool.strip(), step.strip()
        first, _, after = text.partition(" ")
        before, _, last = text.rpartition(" ")
        yield first, after
        yield last, before.removesuffix(" in")

    def _step_of(self, step: str, table: str, number: int | None, pool: str) -> Answer:
        columns = self._matching(table, step)
        if not columns:
            words = (word for column in self._figures_of(table) for word in (column.name, column.label))
            first = next(column.name for column in self._figures_of(table))
            meant = did_you_mean(step, words) or f"Its steps are in column D of the sheet, such as {first}."
            return Unanswered(f"{pool} has no step '{step}'. {meant}")
        if len(columns) > 1:
            return self._several(step, [(table, column) for column in columns], pool)
        return self._whole(table, columns[0]) if number is None else Figure(table, columns[0].name, number)

    def _whole(self, table: str, column: Column) -> Reference | Unanswered:
        """The total over the pools, or the figure of the only pool."""
        pools = self._index.figures[table]["pool"]
        if pools.len() == 1:
            return Figure(table, column.name, 0)
        if column.additive:
            return Whole(table, column.name)
        known = ", ".join(f"'{pool} {column.name}'" for pool in pools.head(MOST_CHOICES))
        return Unanswered(f"'{column.name}' has no total, as its figures do not add up. Name a pool: {known}.")

    def _several(self, text: str, figures: list[tuple[str, Column]], pool: str = "") -> Unanswered:
        names = [f"{pool or share_table.code(table)} {column.name}" for table, column in figures]
        known = ", ".join(f"'{name}'" for name in names[:MOST_CHOICES])
        more = f" and {len(names) - MOST_CHOICES} more" if len(names) > MOST_CHOICES else ""
        return Unanswered(f"'{text}' is the name of {len(names)} figures. Ask for one of them: {known}{more}.")

    def _matching(self, table: str, word: str) -> list[Column]:
        """The figures of a table with this name, or else with this label."""
        own = word.casefold()
        by_name = [column for column in self._figures_of(table) if column.name.casefold() == own]
        return by_name or [column for column in self._figures_of(table) if column.label.casefold() == own]

    def _figures_of(self, table: str) -> Iterator[Column]:
        return (column for column in self._index.tables[table].columns if column.unit is not TEXT)

    def _every_pool(self) -> Iterator[tuple[str, tuple[str, int | None]]]:
        for group in self._index.built.plan.stages:
            yield group.pool.code.casefold(), (group.table.name, None)
            for number, pool in enumerate(self._index.figures[group.table.name]["pool"]):
                yield str(pool).casefold(), (group.table.name, number)

    def _row(self, text: str) -> Answer:
        """A headline, a term or a check by its name, or any table's figure as column@row."""
        for table, column in ((HEADLINE, "amount"), (TERMS, "value"), (CHECKS, "difference")):
            keys = self._index.figures[table][self._index.tables[table].key] if table in self._index.tables else ()
            place = _place(text, keys)
            if place is not None:
                return Figure(table, column, place)
        word, _, key = text.rpartition("@")
        figures = (self._in_table(table, word.strip(), key.strip()) for table in self._index.tables)
        return next(chain.from_iterable(figures), None)

    def _in_table(self, table: str, word: str, key: str) -> Iterator[Reference]:
        place = _place(key, self._index.figures[table][self._index.tables[table].key]) if word else None
        if place is not None:
            yield from (Figure(table, column.name, place) for column in self._matching(table, word))

    def _unknown(self, text: str) -> Unanswered:
        meant = did_you_mean(text, self._words())
        first = f"There is no figure '{text}'.{f' {meant}' if meant else ''}"
        return Unanswered(f"{first} What you can ask for:\n{self.choices()}")

    def _words(self) -> list[str]:
        figures, plan = self._index.figures, self._index.built.plan
        words = [
            *figures[SETTLEMENT]["account"],
            *figures[SETTLEMENT]["account_name"],
            *figures[HEADLINE]["figure"],
        ]
        words += [word for division in plan.divisions for word in (*division.localities, *division.names)]
        words += [column.name for group in plan.stages for column in group.table.columns]
        words += [column.label for group in plan.stages for column in group.table.columns if isinstance(column, Step)]
        return [*words, *figures[LINES]["line"].head(MOST_WORDS)]

    def _a_payment(self) -> str:
        """A payment that is made or, where there is none, one that could be."""
        plan = self._index.built.plan
        made = next(payments_made(plan.accounts, self._index.figures), None)
        return pair_key(made.payer, made.payee) if made else pair_key(*plan.accounts.payers[:2])

    def _examples(self) -> Iterator[tuple[str, str]]:
        """An example of every kind of figure that the model has."""
        plan, accounts = self._index.built.plan, list(self._index.figures[SETTLEMENT]["account"])
        pools = [str(self._index.figures[group.table.name]["pool"][0]) for group in plan.stages]
        if pools:
            yield "a step in a pool", f"'{pools[0]} variance_all'"
            yield "a step of all pools", f"'{plan.stages[0].pool.code} variance_all'"
        yield "a partner's settlement", f"'{accounts[0]}'"
        yield "a payment", f"'{self._a_payment()}'"
        for division in plan.divisions[:1]:
            yield "a locality's budget", f"'{division.localities[0]}'"
            if division.funds:
                yield "its budget from a fund", f"'{division.localities[0]} {division.funds[0]}'"
        if plan.lines.height:
            yield "a budget line", f"'{self._index.figures[LINES]['line'][0]}'"
        yield "a cell of the workbook", f"'{'!'.join(self._index.cell(Figure(HEADLINE, 'amount', 0)))}'"


def _place(word: str, texts: Iterable[str]) -> int | None:
    """The number of the text that is the word, however it is written; as it is written if that occurs."""
    own = word.casefold()
    alike = [(text != word, number) for number, text in enumerate(texts) if text.casefold() == own]
    return min(alike)[1] if alike else None
