"""Refuses local names that tell a reader nothing: a name says what the thing is, not that somebody has it.

    python .ci/local_names.py [FOLDER ...]

Prints each place, and exits with 1 if there is one. Where such a word is the thing itself, the place stands
in ALLOWED; one that is no longer needed is a fault, too.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

WORDS = frozenset({"found", "held", "own", "said", "told"})
FOLDERS = ("behavior_pipeline", "behavior_pipeline_tests", "benchmarks", "docs", ".ci")
ALLOWED = {"benchmarks/privacy.py": frozenset({"found"})}  # whether redaction found a value


def bindings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and name of what a module binds: variables, parameters, loop targets, imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.lineno, node.name
        elif isinstance(node, ast.alias) and node.asname:
            yield node.lineno, node.asname


def faults_of(path: Path) -> Iterator[str]:
    """Yield what is wrong in a file, a line a place."""
    allowed = ALLOWED.get(path.as_posix(), frozenset())
    muddy = [(line, name) for line, name in bindings(ast.parse(path.read_bytes())) if name in WORDS]
    for line, name in muddy:
        if name not in allowed:
            yield f"{path}:{line}: {name}: name the thing"
    for name in sorted(allowed - {name for _, name in muddy}):
        yield f"{path}: ALLOWED names {name}, which is not used there"


def main(folders: list[str]) -> int:
    """Print the faults of all files; return the exit status."""
    paths = [path for folder in folders for path in sorted(Path(folder).rglob("*.py"))]
    faults = [fault for path in paths for fault in faults_of(path)]
    faults += [
        f"{name}: ALLOWED names a file that is not there" for name in ALLOWED if not Path(name).is_file()
    ]
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(FOLDERS)))
