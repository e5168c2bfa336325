"""Small inputs from bug reports with the right value; each file says what its columns mean."""

from pathlib import Path


def rows(name: str) -> list[tuple[str, ...]]:
    """The rows of a tab-separated file, Python escapes resolved; lines that begin with # are comments."""
    text = (Path(__file__).parent / f"{name}.tsv").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(unescaped(cell) for cell in line.split("\t")) for line in lines]


def unescaped(cell: str) -> str:
    """The cell with its Python escapes resolved."""
    return cell.encode("latin-1", "backslashreplace").decode("unicode_escape")
