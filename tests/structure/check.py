#!/usr/bin/env python3
"""Holds the sources to rules that the compiler does not: the include graph against cmake/rooms.cmake (no arrow upwards,
none undeclared, no cycle of files), no long file, and no TRY where GCC 12 would leak (try_rule.py).

    check.py [--self-test] ROOT
"""
import os
import re
import sys

import try_rule

MAX_LINES = 600
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def rooms_of(root):
    """The rooms in their order, bottom first."""
    text = open(os.path.join(root, "cmake/rooms.cmake")).read()
    body = re.search(r"set\(NELUMBO_ROOMS([^)]*)\)", text).group(1)
    return body.split()


def declared_uses(root, room):
    """What the room's CMakeLists.txt says it uses."""
    path = os.path.join(root, "src", room, "CMakeLists.txt")
    if not os.path.exists(path):
        return set()
    body = re.search(r"nelumbo_room\(([^)]*)\)", open(path).read()).group(1).split()
    uses, taking = set(), False
    for word in body[1:]:
        if word in ("USES", "LINKS", "TEST_LINKS"):
            taking = word == "USES"
        elif taking:
            uses.add(word)
    return uses


def sources(root):
    for folder in ("src", "apps", "tests", "bench", "fuzz"):
        for at, _, names in os.walk(os.path.join(root, folder)):
            for name in names:
                if name.endswith((".cpp", ".hpp", ".h")):
                    yield os.path.join(at, name)


def check(root):
    problems = []
    rooms = rooms_of(root)
    order = {room: i for i, room in enumerate(rooms)}
    uses = {room: declared_uses(root, room) for room in rooms}
    reach = {}
    for room in rooms:
        reach[room] = {room}
        for used in uses[room]:
            if used not in order or order[used] >= order[room]:
                problems.append(f"src/{room}/CMakeLists.txt: uses {used}, which does not stand below {room}")
            else:
                reach[room] |= reach[used]

    graph = {}
    for path in sources(root):
        relative = os.path.relpath(path, root)
        text = open(path, encoding="utf-8").read()
        lines = text.count("\n")
        if lines > MAX_LINES:
            problems.append(f"{relative}: {lines} lines, more than the {MAX_LINES} that one sitting allows")
        for line, beside in try_rule.find(text):
            problems.append(f"{relative}:{line}: TRY beside {beside!r} in one list: put its value into a variable first")
        parts = relative.split(os.sep)
        room = parts[1] if parts[0] == "src" else None
        graph[relative] = []
        for target in INCLUDE.findall(text):
            top = target.split("/")[0]
            if top in order and "/" in target:
                graph[relative].append(os.path.join("src", top, "include", target))
                if room and top not in reach.get(room, {room}):
                    word = "above it" if order[top] > order.get(room, -1) else "not among its uses"
                    problems.append(f"{relative}: includes {target}; {top} is {word}")
            elif room:
                graph[relative].append(os.path.normpath(os.path.join("src", room, target)))
    problems += cycles(graph)
    return problems


def cycles(graph):
    problems, state = [], {}

    def visit(node, trail):
        state[node] = "open"
        for following in graph.get(node, []):
            if state.get(following) == "open":
                problems.append("files include each other: " + " -> ".join(trail[trail.index(following):] + [following]))
            elif following in graph and following not in state:
                visit(following, trail + [following])
        state[node] = "done"

    for node in sorted(graph):
        if node not in state:
            visit(node, [node])
    return problems


def self_test():
    """A check that cannot fail is none: a small tree with each fault must be found out."""
    import tempfile

    with tempfile.TemporaryDirectory() as root:
        def put(path, text):
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            open(os.path.join(root, path), "w").write(text)

        put("cmake/rooms.cmake", "set(NELUMBO_ROOMS low high)")
        put("src/low/CMakeLists.txt", "nelumbo_room(low)")
        put("src/high/CMakeLists.txt", "nelumbo_room(high USES low)")
        put("src/high/include/high/a.hpp", '#include "low/b.hpp"\n')
        put("src/low/include/low/b.hpp", "\n")
        assert check(root) == [], check(root)
        put("src/low/include/low/b.hpp", '#include "high/a.hpp"\n')
        found = check(root)
        assert any("above it" in p for p in found), found
        assert any("include each other" in p for p in found), found
        put("src/low/include/low/b.hpp", "\n" * (MAX_LINES + 1))
        assert any("lines" in p for p in check(root))


def main():
    arguments = sys.argv[1:]
    if arguments and arguments[0] == "--self-test":
        self_test()
        try_rule.self_test()
        arguments = arguments[1:]
    problems = check(arguments[0])
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems in the structure")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
