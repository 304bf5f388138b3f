# SPDX-License-Identifier: Apache-2.0
"""What the parts of bench/compare share: the contestants, the beds, and the rounds in which everybody has his turn."""
import sys

from comparison import contestants
from comparison.bed import OTHER, SAME, Bed, Cores


class Bench:
    def __init__(self, rounds, short, outside):
        self.rounds, self.short = rounds, short
        self.cores = Cores()
        self.ours, self.peers = contestants.all_of_ours(), contestants.peers()
        self._outside, self._beds = outside, {}

    def contestants(self, slow=False):
        return [c for c in self.ours + self.peers if slow or not c.slow]

    def bed(self, place=SAME, queues=1):
        if (place, queues) not in self._beds:
            self._beds[place, queues] = Bed(self._outside, place, queues)
        return self._beds[place, queues]

    def places(self):
        return (SAME, OTHER) if len(self.cores.all) > 1 else (SAME,)

    def in_turn(self, table, contests):
        """contests: [(condition, contestant, what gives a turn's figures)]; one turn of each in every round."""
        for turn in range(self.rounds):
            for condition, contestant, measure in contests:
                if contestant.absent:
                    table.fail(condition, contestant, contestant.absent)
                if (condition, contestant.name) in table.failures:
                    continue
                try:
                    table.add(condition, contestant, measure())
                except (RuntimeError, OSError) as why:
                    table.fail(condition, contestant, why)
            print(f"{table.title.split(':')[0]}: round {turn + 1} of {self.rounds} done", file=sys.stderr)
