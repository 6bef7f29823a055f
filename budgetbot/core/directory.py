"""Who is who: names of projects, keys and users, and the labels that a policy gives them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from budgetbot.core.match import LabelRule, label
from budgetbot.core.model import DIMENSIONS, NAMED, Dimension, Entity, Part, Series


class Directory:
    """Names and labels of series; deleted entities keep their last name."""

    def __init__(self, entities: Iterable[Entity] = (), labels: Sequence[LabelRule] = ()) -> None:
        self._entities = {(e.source, e.kind, e.id): e for e in entities}
        self._labels = tuple(labels)
        self._subjects: dict[Series, dict[str, tuple[str, ...]]] = {}

    @property
    def entities(self) -> Iterable[Entity]:
        """Everything that has a name."""
        return self._entities.values()

    @property
    def label_names(self) -> frozenset[str]:
        """The labels that the policy sets."""
        return frozenset(name for rule in self._labels for name, _ in rule.labels)

    def name(self, source: str, kind: Dimension, id: str | None) -> str | None:
        """The name today, None where there is none."""
        entity = self._entities.get((source, kind, id)) if id is not None else None
        return entity.name if entity else None

    def owner(self, source: str, kind: Dimension, id: str | None) -> str | None:
        """Who owns a project or key, where the provider says."""
        entity = self._entities.get((source, kind, id)) if id is not None else None
        return entity.owner if entity else None

    def subject(self, series: Series) -> dict[str, tuple[str, ...]]:
        """What patterns meet: each dimension's id and name, and the labels."""
        known = self._subjects.get(series)
        if known is None:
            known = self._subjects[series] = label(self._dimensions(series), self._labels)
        return known

    def _dimensions(self, series: Series) -> dict[str, tuple[str, ...]]:
        values: dict[str, tuple[str, ...]] = {}
        for dimension, id in zip(DIMENSIONS, series, strict=True):
            if id is None:
                continue
            name = self.name(series.source, dimension, id) if dimension in NAMED else None
            values[dimension] = (id, name) if name is not None and name != id else (id,)
        return values

    def part(self, series: Series, dimension: str) -> Part:
        """The series' value of a dimension or label, as a part of a scope."""
        if dimension not in DIMENSIONS:
            values = self.subject(series).get(dimension, ())
            return Part(dimension, values[0] if values else None)
        id = getattr(series, dimension)
        if dimension not in NAMED:
            return Part(dimension, id)
        return Part(dimension, id, series.source, self.name(series.source, dimension, id))
