"""Who may include whom: the arrows of the design as data, and a reader of includes that finds what breaks them.

Pure: a tree is a dict from a file's path to its text. layering_test.py holds the real tree against it.
"""

import re

FOLDERS = ("rules", "collectors", "storage", "daemon")

# Folder -> what its files may include of ours. The longest prefix that fits a file decides.
MAY_INCLUDE = {
    "rules/": ("rules/",),
    "collectors/": ("rules/", "collectors/"),
    "storage/": ("rules/", "storage/"),
    "daemon/": ("rules/", "collectors/", "storage/", "daemon/"),
    # As daemon/notify/README.md and daemon/web/README.md say.
    "daemon/notify/": (
        "rules/", "daemon/notify/", "daemon/secret.h", "storage/store.h", "collectors/http_client.h",
        "collectors/retry_after.h",
    ),
    "daemon/web/": ("rules/", "daemon/web/", "daemon/app_view.h", "daemon/http_server.h", "storage/store.h"),
}

# What only its own folder and the program's entry may name.
PRIVATE = {"daemon/cli/": ("daemon/cli/", "daemon/main.cc")}

# Headers of the standard library that reach outside the process, or keep threads; rules/ has none of them.
WORLDLY = {
    "cstdio", "ctime", "csignal", "filesystem", "fstream", "iostream", "syncstream", "thread", "mutex",
    "shared_mutex", "condition_variable", "future", "semaphore", "random",
}
# Libraries that only compute.
COMPUTING = ("date/", "yaml-cpp/", "nlohmann/json", "protozero/", "re2/", "cmark.h", "yaml.h", "boost/")
# Boost's libraries that do not.
WORLDLY_BOOST = ("boost/asio", "boost/beast", "boost/filesystem", "boost/interprocess", "boost/process", "boost/thread")

# Third-party headers that belong to one folder.
AT_HOME = {"SQLiteCpp/": "storage/", "sqlite3.h": "storage/", "CLI/": "daemon/cli/",
           "prometheus/": "daemon/", "zlib.h": ("storage/", "collectors/", "daemon/")}

# notify/ up to its queue is pure: time is an argument, nothing is sent.
PURE_NOTIFY = ("receiver", "wording", "slack", "webhook", "alert", "message", "planner", "digest", "attempt", "queue",
               "text", "links")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def includes(text):
    """(ours, others): the names in quotes and those in angle brackets."""
    ours, others = [], []
    for bracket, name in INCLUDE.findall(text):
        (ours if bracket == '"' else others).append(name)
    return ours, others


def allowed_of(path):
    prefix = max((p for p in MAY_INCLUDE if path.startswith(p)), key=len)
    return MAY_INCLUDE[prefix]


def pure_notify(path):
    if not path.startswith("daemon/notify/"):
        return False
    return path.removeprefix("daemon/notify/").rsplit(".", 1)[0] in PURE_NOTIFY


def wrong_arrow(path, name):
    """Why `path` may not include our header `name`, or None."""
    if not name.startswith(allowed_of(path)):
        return "breaks the arrows of the design"
    for prefix, users in PRIVATE.items():
        if name.startswith(prefix) and not path.startswith(users):
            return "is private to " + prefix
    return None


def wrong_guest(path, name):
    """Why `path` may not include the foreign header `name`, or None."""
    if path.startswith("rules/"):
        if name in WORLDLY or name.startswith(WORLDLY_BOOST):
            return "does I/O, and rules/ does none"
        standard = "/" not in name and "." not in name
        if not standard and not name.startswith(COMPUTING):
            return "is not among the libraries that only compute"
    if path.startswith("daemon/web/") and name.startswith(WORLDLY_BOOST) and name != "boost/asio/awaitable.hpp":
        return "opens sockets, and daemon/web/ opens none"
    if pure_notify(path) and name.startswith(WORLDLY_BOOST):
        return "sends, and notify/ up to its queue is pure"
    if path.startswith(("daemon/notify/", "daemon/web/")) and path.endswith(".h") and name == "nlohmann/json.hpp":
        return "is for sources only; headers take json_fwd.hpp"
    for prefix, homes in AT_HOME.items():
        if name.startswith(prefix) and not path.startswith(homes):
            return "belongs to " + (homes if isinstance(homes, str) else " and ".join(homes))
    return None


def cycle(graph):
    """One cycle of `graph` as the list of its nodes, the first again at the end; [] if there is none."""
    done = set()

    def walk(node, trail):
        if node in trail:
            return trail[trail.index(node):] + [node]
        if node in done:
            return []
        for target in graph.get(node, ()):
            found = walk(target, trail + [node])
            if found:
                return found
        done.add(node)
        return []

    for start in sorted(graph):
        found = walk(start, [])
        if found:
            return found
    return []


def violations(tree):
    """One line per broken rule, in the order of the files."""
    lines, graph = [], {}
    for path, text in sorted(tree.items()):
        ours, others = includes(text)
        graph[path] = [name for name in ours if name != path]
        for name in ours:
            reason = "does not exist" if name not in tree else wrong_arrow(path, name)
            if reason:
                lines.append(f'{path}: "{name}" {reason}')
        for name in others:
            reason = wrong_guest(path, name)
            if reason:
                lines.append(f"{path}: <{name}> {reason}")
    round_trip = cycle(graph)
    if round_trip:
        lines.append("cycle: " + " -> ".join(round_trip))
    return lines
