"""Reads metrics as Prometheus does."""

from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families


def parse(text: str) -> dict[tuple[str, ...], float]:
    """Each sample's value, by its name and the values of its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class Increase:
    """How much a count of this process has grown: the tests share them."""

    def __init__(self) -> None:
        self.before = self._read()

    def __call__(self) -> dict[tuple[str, ...], float]:
        """The counts that are different now, by name and label values."""
        return {
            key: value - self.before.get(key, 0.0)
            for key, value in self._read().items()
            if self._grew(key, value)
        }

    def _grew(self, key: tuple[str, ...], value: float) -> bool:
        return value != self.before.get(key, 0.0)

    def _read(self) -> dict[tuple[str, ...], float]:
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in REGISTRY.collect()
            if family.name.startswith("desk_")
            for sample in family.samples
            if sample.name.endswith(("_count", "_total"))
        }
