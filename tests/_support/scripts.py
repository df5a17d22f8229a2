"""The gallery's scripts: which there are, and what TypeScript says of them.

`python -m tests._support.scripts` checks their types and prints what is wrong, or why nothing was checked.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from apps._gallery.scripts import read_kit_script

ROOT = Path(__file__).parents[2]
KIT = ROOT / "apps" / "_gallery" / "kit"
TYPESCRIPT = "5.9.3"
HOME = ROOT / ".venv" / "typescript"
PASSED = HOME / "passed"
"""The digest of what was checked last without an objection, so that lint and the test check it once."""
OPTIONS = {
    "noEmit": True,
    "allowJs": True,
    "skipLibCheck": True,
    "target": "ES2023",
    "lib": ["ES2023", "DOM", "DOM.Iterable"],
    "types": [],
}


def list_scripts() -> list[Path]:
    """Every script of the gallery, the kit's files among them."""
    return sorted((ROOT / "apps").rglob("*.js"))


def find_compiler() -> Path | str:
    """TypeScript's `tsc`, installed below .venv at its first use; or a sentence that says why there is none."""
    compiler = HOME / "node_modules" / "typescript" / "bin" / "tsc"
    if not shutil.which("node"):
        return "Types of scripts not checked: there is no node."
    if compiler.is_file():
        return compiler
    if not shutil.which("npm"):
        return "Types of scripts not checked: there is no npm to install TypeScript with."
    HOME.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(HOME), f"typescript@{TYPESCRIPT}"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return f"Types of scripts not checked: npm could not install typescript@{TYPESCRIPT}."
    return compiler


def find_type_errors(compiler: Path) -> list[str]:
    """What TypeScript objects to, a line each: strictly in the kit, less so in every script that opens `// @ts-check`.

    A widget's script is the body of a function: it is checked as a module, in a copy, so that names of two never meet.
    """
    declared = KIT / "globals.d.ts"
    texts = [file.read_text("utf-8") for file in (Path(__file__), declared, *list_scripts())]
    digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    if PASSED.is_file() and PASSED.read_text() == digest:
        return []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        projects: dict[str, Any] = {
            "kit": {"strict": True, "files": [*sorted(KIT.glob("*.js")), declared]},
            "widgets": {"strict": False, "files": [declared, folder / "kit.js"]},
        }
        (folder / "kit.js").write_text(read_kit_script(), "utf-8")
        for script in list_scripts():
            if script.parent != KIT:
                copy = folder / script.relative_to(ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_text(script.read_text("utf-8") + "\nexport {};\n", "utf-8")
                projects["widgets"]["files"].append(copy)
        found = [
            line for name, settings in projects.items() for line in run_compiler(compiler, folder, name, **settings)
        ]
    if not found:
        PASSED.write_text(digest)
    return found


def run_compiler(compiler: Path, folder: Path, name: str, strict: bool, files: list[Path]) -> list[str]:
    """What the compiler prints about a project of these files, which it describes in folder/NAME.json."""
    project = folder / f"{name}.json"
    settings = {"compilerOptions": OPTIONS | {"strict": strict}, "files": [str(file) for file in files]}
    project.write_text(json.dumps(settings), "utf-8")
    command = ["node", str(compiler), "--pretty", "false", "--project", str(project)]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    if found.returncode and not found.stdout:
        raise RuntimeError(found.stderr)
    return found.stdout.splitlines()


def main() -> None:
    """Print what is wrong and exit with 1; or why nothing was checked, which is no error."""
    compiler = find_compiler()
    problems = [] if isinstance(compiler, str) else find_type_errors(compiler)
    print(*([compiler] if isinstance(compiler, str) else problems), sep="\n", end="")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
