# SPDX-License-Identifier: Apache-2.0
"""What was measured, round by round, and the tables and the JSON that are made of it."""
import dataclasses
import statistics


@dataclasses.dataclass
class Metric:
    name: str
    unit: str = ""
    scale: float = 1.0  # of the figures in the tables
    digits: int = 2
    ratio: str = ""  # "more" or "less" is better: compared with the best peer; empty: not compared


@dataclasses.dataclass
class Table:
    """One part of the benchmark."""
    title: str
    metrics: list
    remarks: list = dataclasses.field(default_factory=list)
    rows: dict = dataclasses.field(default_factory=dict)  # (condition, contestant): {metric name: [a figure a round]}
    failures: dict = dataclasses.field(default_factory=dict)  # (condition, contestant): why
    ours: set = dataclasses.field(default_factory=set)  # contestants that are

    def add(self, condition, contestant, figures):
        """Figures by the metrics' names; a metric that could not be had is left out or None."""
        if contestant.is_ours:
            self.ours.add(contestant.name)
        row = self.rows.setdefault((condition, contestant.name), {})
        for name, figure in figures.items():
            if figure is not None:
                row.setdefault(name, []).append(figure)

    def fail(self, condition, contestant, why):
        self.failures[condition, contestant.name] = " ".join(str(why).split())

    def medians(self, condition, metric):
        return {name: statistics.median(row[metric.name]) for (where, name), row in self.rows.items()
                if where == condition and row.get(metric.name)}

    def best_peer(self, condition, metric):
        """None when no peer has a figure."""
        figures = [figure for name, figure in self.medians(condition, metric).items() if name not in self.ours]
        return (max if metric.ratio == "more" else min)(figures, default=None)

    def ratio(self, condition, contestant, metric):
        """How many times better than the best peer: above 1 is better, whichever way."""
        best, mine = self.best_peer(condition, metric), self.medians(condition, metric).get(contestant)
        if not best or not mine:
            return None
        return mine / best if metric.ratio == "more" else best / mine

    def conditions(self):
        seen = dict.fromkeys(condition for condition, _ in [*self.rows, *self.failures])
        return list(seen)

    # On paper.

    def _cell(self, values, metric):
        if not values:
            return "-"
        figures = [value * metric.scale for value in (statistics.median(values), min(values), max(values))]
        median, least, most = (f"{figure:,.{metric.digits}f}" for figure in figures)
        return median if least == most else f"{median} [{least}..{most}]"

    def _header(self):
        cells = ["contestant"]
        for metric in self.metrics:
            cells.append(f"{metric.name}, {metric.unit}" if metric.unit else metric.name)
            cells += ["ratio"] if metric.ratio else []
        return cells

    def _line(self, condition, contestant):
        row, cells = self.rows[condition, contestant], [contestant]
        for metric in self.metrics:
            cells.append(self._cell(row.get(metric.name), metric))
            if metric.ratio:
                ratio = self.ratio(condition, contestant, metric)
                cells.append("-" if ratio is None else f"{ratio:.2f}")
        return cells

    def text(self):
        lines = [f"== {self.title}", *self.remarks]
        for condition in self.conditions():
            table = [self._header()]
            table += [self._line(*key) for key in self.rows if key[0] == condition]
            widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
            lines += ["", f"-- {condition}" if condition else ""]
            lines += ["  ".join(cell.rjust(width) if i else cell.ljust(width)
                                for i, (cell, width) in enumerate(zip(row, widths))) for row in table]
            lines += [f"{name}: {why}" for (where, name), why in self.failures.items() if where == condition]
        return "\n".join(lines) + "\n"

    def json(self):
        rows = []
        for (condition, contestant), figures in self.rows.items():
            row = {"condition": condition, "contestant": contestant, "ours": contestant in self.ours}
            for metric in self.metrics:
                values = figures.get(metric.name, [])
                if values:
                    row[metric.name] = {"median": statistics.median(values), "min": min(values), "max": max(values),
                                        "rounds": values, "unit": metric.unit}
                    if metric.ratio:
                        row[metric.name]["times_best_peer"] = self.ratio(condition, contestant, metric)
            rows.append(row)
        failures = [{"condition": c, "contestant": n, "why": why} for (c, n), why in self.failures.items()]
        return {"title": self.title, "remarks": self.remarks, "rows": rows, "not_measured": failures}
