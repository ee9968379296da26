#!/usr/bin/env python3
"""Whether our figures are those of the tools that people trust, on real code.

usage: references.py [--dump PROGRAM] [--node FOLDER] [--files-max N] [--misses N] [--write FILE] [FOLDER...]

Compares what build/release/bench/metrics/dump_metrics prints with mccabe, radon, cognitive_complexity, pydocstyle, tokenize
and ast for Python, ESLint and eslint-plugin-sonarjs (in FOLDER/node_modules) for JavaScript and TypeScript, pmccabe for
C and C++, checkstyle for Java and cloc for all. A tool that is not there is skipped with a message. Each row of the
table is a figure under the tool's own definition: `same` of `all`; what a tool counts differently is taken from the
parts of our figure, and the rest is listed by reason. --misses prints up to N examples of each reason.
"""
import argparse
import ast
import bisect
import collections
import csv
import io
import json
import keyword
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import tokenize
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = {"class", "struct", "union", "interface", "trait", "enum", "record", "annotation", "implementation"}
SUFFIXES = {".py": "python", ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".ts": "typescript", ".tsx": "tsx", ".c": "c", ".cc": "cpp",
            ".cpp": "cpp", ".h": "c", ".go": "go", ".rs": "rust", ".java": "java"}


NOT_EXPLAINED = "not explained"


class Table:
    """What was compared: by figure, how many are the same, and why the others are not."""

    def __init__(self, misses: int):
        self.rows: dict[tuple[str, str, str], list] = {}
        self.misses = misses
        self.notes: list[str] = []

    def compare(self, language: str, figure: str, tool: str, ours, theirs, where: str, reason: str | None = None) -> None:
        row = self.rows.setdefault((language, figure, tool), [0, 0, collections.Counter(), {}])
        row[1] += 1
        if ours == theirs:
            row[0] += 1
        else:
            reason = reason or NOT_EXPLAINED
            row[2][reason] += 1
            row[3].setdefault(reason, []).append(f"{where}: {ours}, {tool} {theirs}")

    def skip(self, message: str) -> None:
        self.notes.append(message)
        print(f"SKIPPED {message}", file=sys.stderr)

    def markdown(self) -> str:
        lines = ["| language | figure | tool | same | of all | | the others |", "|---|---|---|---|---|---|---|"]
        for (language, figure, tool), (same, total, reasons, _) in sorted(self.rows.items()):
            why = "; ".join(f"{count} {reason}" for reason, count in reasons.most_common())
            lines.append(f"| {language} | {figure} | {tool} | {same} | {total} | {same / total:.4f} | {why} |")
        return "\n".join(lines)

    def accounted_for(self) -> float:
        total = sum(row[1] for row in self.rows.values())
        return 1 - sum(row[2][NOT_EXPLAINED] for row in self.rows.values()) / max(total, 1)

    def show_misses(self) -> None:
        for (language, figure, tool), row in sorted(self.rows.items()):
            for reason, misses in row[3].items():
                for miss in misses[:self.misses]:
                    print(f"{language} {figure} {tool}, {reason}: {miss}", file=sys.stderr)


class Element:
    def __init__(self, row: dict[str, str]):
        self.row = row
        self.path, self.kind, self.name = row["path"], row["kind"], row["name"]

    def __getattr__(self, name: str) -> int:
        return int(self.row[name] or 0)

    @property
    def is_function(self) -> bool:
        return self.kind not in TYPES and self.kind != "file"

    def where(self) -> str:
        return f"{self.path}:{self.name_line} {self.name}"


def nested_in(function: Element, functions: list[Element]) -> list[Element]:
    return [f for f in functions if f is not function and function.start_byte <= f.start_byte and f.end_byte <= function.end_byte]


def dump(program: str, files: list[str]) -> dict[str, list[Element]]:
    text = subprocess.run([program], input="\n".join(files), capture_output=True, text=True, check=True, errors="replace").stdout
    found: dict[str, list[Element]] = {}
    for row in csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE):
        found.setdefault(row["path"], []).append(Element(row))
    return found


# --- Python ---

class Source:
    def __init__(self, path: str):
        self.text = pathlib.Path(path).read_bytes().decode("utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.tree = ast.parse(self.text)
        self.functions = {}
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.functions.setdefault(node.lineno, []).append(node)

    def function(self, element: Element):
        name = element.name.rsplit(".", 1)[-1]
        found = [n for n in self.functions.get(element.name_line, []) if n.name == name]
        return found[0] if len(found) == 1 else None


def has(node: ast.AST, *kinds) -> bool:
    return any(isinstance(n, kinds) for n in ast.walk(node) if n is not node)


def python_tokens(text: str) -> dict[str, int] | None:
    """Halstead's counts by the tokens of Python itself; None with f-strings, which it did not split before 3.12."""
    operators: list[str] = []
    operands: list[str] = []
    strings = {(n.lineno, n.col_offset) for n in docstrings(ast.parse(text))}
    previous = ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.OP and token.string not in ")]}":
            operators.append(token.string)
        elif token.type == tokenize.NAME and keyword.iskeyword(token.string) and token.string not in ("True", "False", "None"):
            if (previous, token.string) in (("not", "in"), ("is", "not")):  # one operator each
                operators[-1] += " " + token.string
            else:
                operators.append(token.string)
        elif token.type in (tokenize.NAME, tokenize.NUMBER, tokenize.STRING):
            if token.type == tokenize.STRING and re.match("(?i)(f|rf|fr)['\"]", token.string):
                return None
            if (token.start[0], len(token.line[:token.start[1]].encode())) not in strings or token.type != tokenize.STRING:
                operands.append(token.string)
        previous = token.string
    return {"n1": len(set(operators)), "n2": len(set(operands)), "N1": len(operators), "N2": len(operands)}


def python_lines(text: str) -> tuple[int, int]:
    """Lines of code and of comment by the tokens of Python itself."""
    lines = text.splitlines()
    strings = {n.lineno for n in docstrings(ast.parse(text))}
    code = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        is_docstring = token.type == tokenize.STRING and token.start[0] in strings and not token.line[:token.start[1]].strip()
        if token.string.strip() and token.type != tokenize.COMMENT and not is_docstring:
            code.update(range(token.start[0], token.end[0] + 1))
    visible = {number for number, line in enumerate(lines, 1) if line.strip()}
    return len(code & visible), len(visible - code)


def docstrings(tree: ast.AST):
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(node, clean=False) is not None:
            yield node.body[0]


def count_statements(tree: ast.AST) -> int:
    return sum(isinstance(n, ast.stmt) for n in ast.walk(tree)) - len(list(docstrings(tree)))


def annotations(function) -> tuple[int, int]:
    arguments = function.args
    every = arguments.posonlyargs + arguments.args + arguments.kwonlyargs + [a for a in (arguments.vararg, arguments.kwarg) if a]
    return len(every), sum(a.annotation is not None for a in every)


def own_nodes(function):
    """The nodes of a function without those of the functions and classes in it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(node))


def compare_mccabe(table: Table, functions: list[Element], source: Source) -> None:
    import mccabe
    visitor = mccabe.PathGraphingAstVisitor()
    visitor.preorder(source.tree, visitor)
    theirs = {}
    for graph in visitor.graphs.values():
        theirs[graph.lineno] = graph.complexity()
    for f in functions:
        node = source.function(f)
        if node is None or f.name_line not in theirs:
            continue
        inner = nested_in(f, functions)
        # Conditions, boolean operators and comprehensions are no nodes of its graph; a closure is a branch, so is a try
        # besides its handlers.
        tries = [n for n in ast.walk(node) if isinstance(n, ast.Try)]
        ours = 1 + sum(e.branch + e.loop + e.handler for e in [f, *inner]) + len(inner) + len(tries)
        reason = None
        if has(node, ast.Match):
            reason = "with match, of which it knows nothing"
        elif has(node, ast.ClassDef):
            reason = "with a class in the function: it takes what follows for the class's"
        elif any(has(ast.Module(t.finalbody, []), ast.If, ast.For, ast.While, ast.Try, ast.FunctionDef) for t in tries):
            reason = "with branches in a finally, where it does not look"
        elif has(node, ast.Lambda):
            reason = "with a lambda of its own name"
        table.compare("python", "cyclomatic: if, loops, try, handlers, closures", "mccabe", ours, theirs[f.name_line], f.where(), reason)


def compare_radon(table: Table, functions: list[Element], source: Source) -> None:
    from radon.complexity import ComplexityVisitor

    def blocks(items):
        for block in items:
            yield block
            yield from blocks(getattr(block, "closures", []))
            yield from blocks(getattr(block, "methods", []))
            yield from blocks(getattr(block, "inner_classes", []))

    visitor = ComplexityVisitor.from_ast(source.tree)
    theirs = {b.lineno: b.real_complexity if hasattr(b, "real_complexity") else b.complexity for b in blocks(visitor.blocks) if hasattr(b, "closures")}
    lambdas = "lambdas count for the function around them"
    for f in functions:
        node = source.function(f)
        if node is None or f.name_line not in theirs:
            continue
        own = list(own_nodes(node))
        decorators = {id(n) for d in node.decorator_list for n in ast.walk(d)}
        # It counts the else of loops and try, and assert.
        extra = sum(bool(getattr(n, "orelse", None)) for n in own if isinstance(n, (ast.For, ast.AsyncFor, ast.While, ast.Try))) + sum(isinstance(n, ast.Assert) for n in own)
        reason = lambdas if any(isinstance(n, ast.Lambda) for n in own) else "a decorator decides" if decorators & {id(n) for n in own if isinstance(n, (ast.BoolOp, ast.IfExp))} else None
        if any(isinstance(n, ast.Assert) and has(n, ast.BoolOp, ast.IfExp, ast.comprehension) for n in own):
            reason = "with an operator in assert, where it does not look"
        if any(isinstance(n, ast.Match) for n in own):
            reason = "with match, of which it knows nothing"
        if any(isinstance(n, ast.ClassDef) for n in own):
            reason = "a class in the function counts for it"
        table.compare("python", "cyclomatic, with else of loops and try, assert", "radon", f.cyclomatic + extra, theirs[f.name_line], f.where(), reason)


def compare_cognitive(table: Table, functions: list[Element], source: Source) -> None:
    from cognitive_complexity.api import get_cognitive_complexity
    for f in functions:
        node = source.function(f)
        if node is None:
            continue
        theirs = get_cognitive_complexity(node)
        ours = f.cognitive
        reason = None
        if has(node, ast.Try):
            reason = "with try: it counts finally and else, and nests by the order of children"
        elif has(node, ast.BoolOp) and any(isinstance(n, ast.BoolOp) for b in ast.walk(node) if isinstance(b, ast.BoolOp) for n in ast.walk(b) if n is not b):
            reason = "with operators in operators: it counts each, whatever is between, and does not look below"
        elif has(node, ast.BoolOp):
            reason = "with a condition or function below a boolean operator, where it does not look"
        elif any(isinstance(n, (ast.For, ast.While)) and n.orelse for n in ast.walk(node)):
            reason = "with the else of a loop, which it counts"
        elif has(node, ast.AsyncFor, ast.Match):
            reason = "with async for or match, of which it knows nothing"
        elif any(isinstance(n, ast.If) and n.orelse for n in ast.walk(node)):
            reason = "with else: it nests one deeper in an elif that has an else"
        elif has(node, ast.If, ast.IfExp, ast.For, ast.While) or has(node, ast.FunctionDef, ast.Lambda):
            reason = "nested: it gives a first level no increment of its own"
        if f.recursive:
            reason = "recursive by self, which it does not know"
        elif f.kind != "function" and any(isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == node.name for n in ast.walk(node)):
            reason = "a method that calls a function of its name, which it takes for recursion"
        table.compare("python", "cognitive", "cognitive_complexity", ours, theirs, f.where(), reason)


def compare_python_file(table: Table, path: str, elements: list[Element]) -> None:
    try:
        source = Source(path)
    except (SyntaxError, UnicodeDecodeError, ValueError):
        return
    whole = elements[0]
    functions = [e for e in elements if e.is_function]
    if whole.row["status"] != "ok":
        return
    table.compare("python", "logical lines", "ast", whole.logical_lines, count_statements(source.tree), path)
    if not re.search(r"\f|\x0b|\x1c|\x85|\u2028", source.text):  # more than the file's own lines
        table.compare("python", "code and comment lines", "tokenize", (whole.code_lines, whole.comment_lines), python_lines(source.text), path,
                      "with a backslash alone on its line" if re.search(r"^\s*\\$", source.text, re.M) else None)
    theirs = python_tokens(source.text)
    if theirs:
        for figure, value in theirs.items():
            table.compare("python", f"Halstead {figure}", "tokenize", getattr(whole, figure), value, path)
    for f in functions:
        node = source.function(f)
        if node is None:
            continue
        every, typed = annotations(node)
        implicit = every - (f.annotatable - (f.kind != "constructor"))
        table.compare("python", "annotated", "ast", f.annotated, typed + (node.returns is not None and f.kind != "constructor"), f.where())
        table.compare("python", "annotatable, without self and cls", "ast", implicit in (0, 1), True, f.where())
        table.compare("python", "logical lines of functions", "ast", f.logical_lines, count_statements(node), f.where())
    for name, compare in (("mccabe", compare_mccabe), ("radon", compare_radon), ("cognitive_complexity", compare_cognitive)):
        if name in compare_python_file.available:
            compare(table, functions, source)


def compare_python(table: Table, figures: dict[str, list[Element]]) -> None:
    available = set()
    for module, package in (("mccabe", "python3-mccabe"), ("radon", "radon"), ("cognitive_complexity", "python3-cognitive-complexity")):
        try:
            __import__(module)
            available.add(module)
        except ImportError:
            table.skip(f"{module}: not installed ({package})")
    compare_python_file.available = available
    python = {p: e for p, e in figures.items() if e[0].row["language"] == "python"}
    sys.setrecursionlimit(20000)
    for path, elements in python.items():
        compare_python_file(table, path, elements)
    compare_pydocstyle(table, {p: e for p, e in python.items() if "/test" not in p})


def compare_pydocstyle(table: Table, python: dict[str, list[Element]]) -> None:
    try:
        from pydocstyle.checker import ConventionChecker
    except ImportError:
        return table.skip("pydocstyle: not installed (pydocstyle)")
    import logging
    logging.disable(logging.CRITICAL)
    missing = {"D100", "D101", "D102", "D103", "D104", "D105", "D106", "D107"}
    for path, elements in python.items():
        try:
            text = pathlib.Path(path).read_text()
            ast.parse(text)
            errors = [e for e in ConventionChecker().check_source(text, path) if getattr(e, "code", "") in missing]
        except Exception:
            continue
        reason = None
        if pathlib.Path(path).name.startswith("_") and not path.endswith("__init__.py"):
            reason = "a module with a private name need not have documentation"
        elif "__all__" in text:
            reason = "with an __all__ that is computed or extended, which neither reads whole"
        elif re.search(r"^(if|try|for|while|with)\b", text, re.M):
            reason = "with definitions below an if or try of the module"
        elif re.search(r"\bdef (get|set)?\w*.*:\s*\n?.*\n(\s*)@\w+\.(setter|deleter)", text) or re.search("#.*noqa|overload|property", text):
            reason = "with accessors, overloads or noqa"
        whole = elements[0]
        table.compare("python", "without documentation", "pydocstyle", whole.documentable - whole.documented, len(errors), path, reason)


# --- JavaScript and TypeScript ---

def compare_javascript(table: Table, figures: dict[str, list[Element]], node: str | None) -> None:
    files = [p for p, e in figures.items() if e[0].row["language"] in ("javascript", "typescript", "tsx") and e[0].row["status"] == "ok"]
    if not files:
        return
    if not node or not (pathlib.Path(node) / "node_modules/eslint-plugin-sonarjs").is_dir():
        return table.skip("ESLint: name a folder with eslint, eslint-plugin-sonarjs and @typescript-eslint/parser in its node_modules by --node")
    script = pathlib.Path(__file__).parent / "eslint_metrics.cjs"
    answer = subprocess.run(["node", script, node], input="\n".join(files), capture_output=True, text=True, check=True)
    for line in answer.stdout.splitlines():
        seen = json.loads(line)
        if "error" not in seen:
            compare_javascript_file(table, seen["file"], figures[seen["file"]], seen)


def compare_javascript_file(table: Table, path: str, elements: list[Element], seen: dict) -> None:
    whole = elements[0]
    language = whole.row["language"]
    if language == "javascript":
        table.compare(language, "logical lines", "espree", whole.logical_lines, seen["statements"], path)
    if seen["tokens"]:
        for figure in ("n1", "n2", "N1", "N2"):
            table.compare(language, f"Halstead {figure}", "espree", getattr(whole, figure), seen["tokens"][figure], path,
                          "with words that are keywords in places (async, of, get, static)" if seen["tokens"]["isAmbiguous"] else None)
    theirs = sorted(seen["functions"], key=lambda f: (f["start"], -f["end"]))
    starts = [f["start"] for f in theirs]
    text = pathlib.Path(path).read_bytes()
    for f in (e for e in elements if e.is_function):
        at = bisect.bisect_left(starts, f.start_byte)
        match = next((t for t in theirs[at:at + 20] if t["end"] <= f.end_byte and t["end"] > f.name_byte), None)
        if match is None:
            continue
        body = text[f.start_byte:f.end_byte]
        table.compare(language, "cyclomatic", "ESLint complexity", f.cyclomatic, match["cyclomatic"], f.where())
        table.compare(language, "nesting", "ESLint max-depth", f.nesting, match["nesting"], f.where())
        table.compare(language, "parameters", "espree" if language == "javascript" else "@typescript-eslint/parser", f.parameters, match["parameters"], f.where(),
                      "with `this` as a parameter" if b"this:" in body else None)
        # SonarJS leaves out sequences that begin with || or ??, recursion, and each function's nested ones.
        ours = f.cognitive_of_own - f.sequences_with_or - f.recursive
        reason = "with x! behind an operator, which the grammar takes for (a && x)!" if re.search(rb"\w! *[^=\s]", body) else None
        if re.search(rb"[?:]\s*(\w+|\([^()]*\))\s*=>", body):
            reason = "with a function as a branch of ?:, after which it nests one deeper"
        if b"&&" in body and language in ("tsx", "javascript") and re.search(rb"<\w", body):
            reason = reason or "with && before JSX, which is no operator there"
        table.compare(language, "cognitive, without nested functions, sequences of or, recursion", "SonarJS", ours, match["cognitive"], f.where(), reason)


# --- C and C++ ---

def compare_c(table: Table, figures: dict[str, list[Element]]) -> None:
    files = [p for p, e in figures.items() if e[0].row["language"] in ("c", "cpp")]
    if not files:
        return
    if not shutil.which("pmccabe"):
        return table.skip("pmccabe: not installed")
    for path in files:
        answer = subprocess.run(["pmccabe", path], capture_output=True, text=True, errors="replace")
        functions = collections.defaultdict(list)
        for e in figures[path]:
            if e.is_function:
                functions[e.name.rsplit(".", 1)[-1]].append(e)
        text = pathlib.Path(path).read_bytes()
        for line in answer.stdout.splitlines():
            compare_pmccabe_line(table, path, functions, line, text)


def compare_pmccabe_line(table: Table, path: str, functions, line: str, text: bytes) -> None:
    match = re.fullmatch(r"(\d+)\t(\d+)\t(\d+)\t(\d+)\t(\d+)\t.*\((\d+)\): (.*)", line)
    if not match:
        return
    first, name = int(match[4]), match[7].rsplit("::", 1)[-1]
    found = [f for f in functions.get(name, []) if abs(f.name_line - int(match[6])) <= 1 or f.start_line <= first <= f.end_line]
    if len(found) != 1:
        return
    f = found[0]
    body = text[f.start_byte:f.end_byte]
    reason = None
    if re.search(rb"^\s*#\s*(if|else|elif)", body, re.M):
        reason = "with #if in the function: it takes one side, we all"
    elif f.row["status"] != "ok":
        reason = "in a file that does not parse whole (macros)"
    elif b"catch" in body:
        reason = "with catch, which it does not count"
    elif re.search(rb"\)\s*:\s*\w+[({][^;{}]*\?", body):
        reason = "with conditions in the list of initializers, which it does not see"
    elif b"[" in body and re.search(rb"\]\s*\([^)]*\)\s*(mutable|->\s*\w+)?\s*\{", body):
        reason = "with lambdas, which count for the function around"
    elif b"R\"" in body or b"&&" in body and f.row["language"] == "cpp":
        reason = "with && of a reference type"
    table.compare(f.row["language"], "cyclomatic", "pmccabe", f.cyclomatic, int(match[2]), f.where(), reason)


# --- Java ---

def compare_java(table: Table, figures: dict[str, list[Element]]) -> None:
    files = [p for p, e in figures.items() if e[0].row["language"] == "java"]
    if not files:
        return
    if not shutil.which("checkstyle"):
        return table.skip("checkstyle: not installed")
    config = ("<?xml version='1.0'?><!DOCTYPE module PUBLIC '-//Checkstyle//DTD Checkstyle Configuration 1.3//EN' 'https://checkstyle.org/dtds/configuration_1_3.dtd'>"
              "<module name='Checker'><module name='TreeWalker'><module name='CyclomaticComplexity'><property name='max' value='0'/></module></module></module>")
    theirs = collections.defaultdict(dict)
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(config)
        file.flush()
        answer = run_checkstyle(file.name, files)
        for line in answer.splitlines():
            match = re.search(r"(/\S+\.java):(\d+):(\d+): Cyclomatic Complexity is ([\d,]+)", line)
            if match:
                theirs[match[1]][int(match[2])] = int(match[4].replace(",", ""))
    for path in files:
        functions = [e for e in figures[path] if e.is_function]
        text = pathlib.Path(path).read_bytes()
        for f in functions:
            lines = [n for n in range(f.start_line, f.name_line + 1) if n in theirs[path]]
            if len(lines) != 1 or sum(e.start_line <= lines[0] <= e.name_line for e in functions) != 1:
                continue
            body = text[f.start_byte:f.end_byte]
            reason = "with lambdas, which count for the function around" if b"->" in body else None
            table.compare("java", "cyclomatic", "checkstyle", f.cyclomatic, theirs[path][lines[0]], f.where(), reason)


def run_checkstyle(config: str, files: list[str]) -> str:
    """A file that it cannot read ends its run: then each half is tried by itself."""
    answer = subprocess.run(["checkstyle", "-c", config, *files], capture_output=True, text=True)
    if len(files) == 1 or "Exception" not in answer.stdout + answer.stderr:
        return answer.stdout
    middle = len(files) // 2
    return run_checkstyle(config, files[:middle]) + run_checkstyle(config, files[middle:])


# --- lines ---

def compare_cloc(table: Table, figures: dict[str, list[Element]]) -> None:
    if not shutil.which("cloc"):
        return table.skip("cloc: not installed")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(figures))
        file.flush()
        answer = subprocess.run(["cloc", "--by-file", "--csv", "--quiet", "--skip-uniqueness", "--docstring-as-code", f"--list-file={file.name}"], capture_output=True, text=True)
        python = subprocess.run(["cloc", "--by-file", "--csv", "--quiet", "--skip-uniqueness", f"--list-file={file.name}"], capture_output=True, text=True)
    for text, wanted in ((answer.stdout, False), (python.stdout, True)):
        for row in csv.reader(io.StringIO(text)):
            if len(row) == 5 and row[1] in figures and (figures[row[1]][0].row["language"] == "python") == wanted:
                compare_cloc_file(table, figures[row[1]][0], [int(n) for n in row[2:]])


def compare_cloc_file(table: Table, whole: Element, theirs: list[int]) -> None:
    language = whole.row["language"]
    blank = whole.lines - whole.code_lines - whole.comment_lines
    text = pathlib.Path(whole.path).read_bytes()
    reason = None
    if language == "python" and re.search(rb"'''|\"\"\"", text):
        reason = "with triple quotes, which it tells from docstrings by patterns"
    elif language == "rust" and b"/*" in text:
        reason = "with /* in strings or line comments, where it begins a comment"
    elif language in ("c", "cpp") and re.search(rb"^\s*#\s*define.*\\\r?$", text, re.M):
        reason = "with comments or blank lines in a macro of several lines, which is text to the grammar"
    elif re.search(rb"['\"`].*(//|/\*|#).*['\"`]", text) or b"`" in text:
        reason = "with comment signs in strings"
    table.compare(language, "code lines", "cloc", whole.code_lines, theirs[2], whole.path, reason)
    table.compare(language, "comment and blank lines together", "cloc", whole.comment_lines + blank, theirs[0] + theirs[1], whole.path, reason)


# --- all ---

def find_files(folders: list[str], files_max: int, languages: list[str] | None) -> list[str]:
    by_language = collections.defaultdict(list)
    for folder in folders:
        for base, names, files in os.walk(folder):
            names[:] = [n for n in names if n not in (".git", "prebuilds")]
            for name in files:
                path = os.path.join(base, name)
                language = SUFFIXES.get(pathlib.Path(name).suffix)
                if language and language in (languages or SUFFIXES.values()) and not name.endswith((".min.js", ".d.ts")) and os.path.isfile(path) and 0 < os.path.getsize(path) <= 500_000:
                    by_language[language].append(path)
    chosen = []
    for language in sorted(by_language):
        files = sorted(by_language[language])
        random.Random(1).shuffle(files)
        chosen += files[:files_max]
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dump", default=str(ROOT / "build/release/bench/metrics/dump_metrics"))
    parser.add_argument("--node")
    parser.add_argument("--files-max", type=int, default=400, help="of each language")
    parser.add_argument("--language", action="append", help="only these")
    parser.add_argument("--misses", type=int, default=0)
    parser.add_argument("--write")
    parser.add_argument("folders", nargs="*", default=["/usr/lib/python3.11", str(ROOT / "node_modules")])
    options = parser.parse_args()
    table = Table(options.misses)
    figures = dump(options.dump, find_files(options.folders, options.files_max, options.language))
    compare_python(table, figures)
    compare_javascript(table, figures, options.node)
    compare_c(table, figures)
    compare_java(table, figures)
    compare_cloc(table, figures)
    print(table.markdown())
    table.show_misses()
    share = table.accounted_for()
    print(f"RATIO metrics_same_or_explained {share:.4f} {share:.4f} {share:.4f} goal>=0.999")
    if options.write:
        pathlib.Path(options.write).write_text(table.markdown() + "\n")


if __name__ == "__main__":
    main()
