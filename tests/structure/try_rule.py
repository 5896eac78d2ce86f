"""Finds a TRY that stands in one list with something that may own memory.

TRY returns from inside an expression, and GCC 12 does not destroy what that expression has built so far. The elements of
a braced list are built from left to right, arguments from right to left: what stands before (after) the TRY is built
when it returns. Elements that plainly own nothing are let pass: numbers, constants, names of arguments.
"""
import re

_SILENT = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'', re.S)
_TOKEN = re.compile(r"[(){}\[\]]|\bTRY(?:_IN)?\(")
# What stands before the brace of a block of statements or of a type.
_BLOCK = re.compile(r"(\)|\b(?:else|do|try|const|noexcept|override|mutable)|;|->\s*[\w:<>,\s&*]+|"
                    r"\b(?:namespace|struct|class|enum|union)\b[^;{}()]*)\s*$")
_NOT_A_CALL = {"if", "while", "for", "switch", "return", "sizeof", "decltype"}
_CONSTANT = re.compile(r"[-+]?\d[\w.\']*|true|false|nullptr|\{\}|(\w+::)*k[A-Z]\w*|(\w+::)+\w+")
_NAME = re.compile(r"[*&]?[\w.:]+((->|\.)\w+)*(\(\))?( [-+*/] \d+)?")


def _blanked(text):
    """The text with comments and literals blanked, every position kept."""

    def blank(match):
        found = match.group(0)
        kept = '""' if found[0] in '"R' else "''" if found[0] == "'" else ""
        return kept + re.sub(r"[^\n]", " ", found[len(kept):])

    return _SILENT.sub(blank, text)


def _elements(text, opening):
    """Begin and end of each element of the list that opens there."""
    depth, begin, out = 0, opening + 1, []
    for at in range(opening + 1, len(text)):
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}":
            if depth == 0:
                return out + [(begin, at)]
            depth -= 1
        elif text[at] == "," and depth == 0:
            out.append((begin, at))
            begin = at + 1
    return out


def _kind(text, at, open_now):
    """What a bracket opens: block, braces (a list), call or other."""
    before = text[max(0, at - 300):at].rstrip()
    if text[at] == "{":
        in_block = not open_now or open_now[-1][1] == "block"
        if in_block and (not before or before[-1] in ";{}"):
            return "block"
        return "block" if _BLOCK.search(before) else "braces"
    if text[at] == "[" or not re.search(r"[\w>\])]$", before):
        return "other"
    word = re.search(r"(\w+)$", before)
    return "other" if word and word.group(1) in _NOT_A_CALL else "call"


def _harmless(element, kind):
    if kind == "braces":
        element = re.sub(r"^\.\w+\s*=\s*", "", element)
    return not element or _CONSTANT.fullmatch(element) or (kind == "call" and _NAME.fullmatch(element))


def find(text):
    """Line of each such TRY, and what it stands beside."""
    text = _blanked(text)
    open_now, out = [], []
    for token in _TOKEN.finditer(text):
        at = token.start()
        if token.group(0).startswith("TRY"):
            for opening, kind in reversed(open_now):
                if kind == "block":
                    break
                if kind not in ("call", "braces"):
                    continue
                elements = _elements(text, opening)
                mine = next(i for i, (begin, end) in enumerate(elements) if begin <= at < end)
                built = elements[:mine] if kind == "braces" else elements[mine + 1:]
                owning = [e for e in (text[begin:end].strip() for begin, end in built) if not _harmless(e, kind)]
                if owning:
                    out.append((text.count("\n", 0, at) + 1, " ".join(owning[0].split())))
                    break
            open_now.append((token.end() - 1, "other"))
        elif token.group(0) in "([{":
            open_now.append((at, _kind(text, at, open_now)))
        elif open_now:
            open_now.pop()
    return out


_GOOD = """
Result<T> f() {
  auto a = TRY(g());  // {x, TRY(y)}
  for (auto& each : TRY(list())) h(each, TRY(k()));
  if (!TRY(tree.get(id))) TRY(add(build, tree, id));
  server.bind(name, [&](const X& x) -> Result<T> { return TRY(g(x)).value; });
  T out{kSize, SignatureType::bls, TRY(g())};
  return log("a, TRY(b)"), g(TRY(a()), height - 1);
}
"""
_BAD = [
    "Result<T> f() { return T{.name = name, .size = TRY(g())}; }",
    "Result<T> f() { T out{make(), {1, TRY(g())}}; return out; }",
    "Result<T> f() { return T{TRY(g()), TRY(h())}; }",
    "Result<T> f() { return g(TRY(a()), std::string(name)); }",
    "Result<T> f() { use([&] { return T{make(), TRY(g())}; }); }",
    "auto f = [](X x) -> Result<T> {\n  list.push_back({x.name,\n    TRY_IN(\"there\", g(x))});\n};",
]


def self_test():
    assert find(_GOOD) == [], find(_GOOD)
    for sample in _BAD:
        assert len(find(sample)) == 1, (sample, find(sample))
    assert find(_BAD[-1])[0][0] == 3
