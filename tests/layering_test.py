"""Holds the source tree and the built archives of rules/ against the layering of the design.

  layering_test.py --source DIR [--nm NM] [--libraries LIST] [--archives LIST]

Lists are separated by semicolons; CMake fills them with what the targets of rules/ link, directly and through
others, and with the archives they make.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import unittest

import layering

options = argparse.Namespace()

# Libraries that only compute; `Threads::Threads` is the flag every target has.
COMPUTING_LIBRARIES = {"revisitd_flags", "Threads::Threads", "date::date", "Boost::headers", "Boost::json", "yaml-cpp",
                       "PkgConfig::YAML", "cmark::cmark", "nlohmann_json::nlohmann_json"}

# What a pure archive does not ask of the world: files, sockets, clocks, time zones, environment, threads, terminals.
WORLDLY_SYMBOL = re.compile(
    r"^(open(at)?(64)?|creat|fopen(64)?|freopen|fdopen|p?(read|write)(v|64)?|close|stat(64|x)?|lstat|fstat(at)?|unlink|"
    r"rename|opendir|readdir|mkdir|socket|connect|bind|listen|accept4?|send(to|msg)?|recv(from|msg)?|getaddrinfo|"
    r"poll|ppoll|select|epoll_\w+|inotify_\w+|clock_gettime|gettimeofday|time|localtime(_r)?|mktime|tzset|getenv|"
    r"setenv|setlocale|sleep|usleep|nanosleep|pthread_create|rand|random|getrandom|system|popen|fork|execve|mmap|"
    r"printf|puts|putchar|fprintf|vfprintf|fputs|fwrite|syslog|ioctl|dlopen|"
    r"_ZNSt6chrono3_V2.*3nowEv|_ZNSt10filesystem.*|_ZNSt1[34]basic_(filebuf|[io]?fstream).*|_ZSt4c(out|err|log|in)|"
    r"_ZNSt6thread.*|_ZNSt13random_device.*)$")


def source_tree(root):
    files = (path for folder in layering.FOLDERS for path in (root / folder).rglob("*") if path.suffix in (".h", ".cc"))
    return {path.relative_to(root).as_posix(): path.read_text() for path in files}


class TheTree(unittest.TestCase):
    def test_follows_the_arrows(self):
        tree = source_tree(options.source)
        self.assertGreater(len(tree), 300, "the tree was not found")
        self.assertEqual([], layering.violations(tree))


class RulesArchives(unittest.TestCase):
    def test_link_libraries_that_only_compute(self):
        others = {name for name in options.libraries if not name.startswith("rules_")}
        self.assertIn("yaml-cpp", others, "CMake gave no libraries")
        self.assertEqual(set(), others - COMPUTING_LIBRARIES)

    def test_ask_nothing_of_the_world(self):
        self.assertTrue(options.archives, "CMake gave no archives")
        for archive in options.archives:
            with self.subTest(archive=pathlib.Path(archive).name):
                listing = subprocess.run([options.nm, "-u", archive], capture_output=True, text=True, check=True)
                lines = [line for line in listing.stdout.splitlines() if " U " in f" {line}"]
                symbols = {line.split()[-1].split("@")[0] for line in lines}
                self.assertEqual([], sorted(filter(WORLDLY_SYMBOL.match, symbols)))


# The checker itself: a tree is a few lines.
class TheChecker(unittest.TestCase):
    def finds(self, expected, **tree):
        files = {"rules/a.h": "", "collectors/a.h": "", "storage/store.h": "", "storage/a.h": "", "daemon/app.h": "",
                 "daemon/cli/a.h": "", "daemon/web/a.h": ""}
        files.update({name.replace("__", "/").replace("_dot_", "."): text for name, text in tree.items()})
        found = layering.violations(files)
        if expected is None:
            self.assertEqual([], found)
        else:
            self.assertEqual(1, len(found), found)
            self.assertIn(expected, found[0])

    def test_allows_arrows_that_point_down(self):
        self.finds(None, collectors__b_dot_cc='#include "rules/a.h"\n#include <sys/socket.h>\n')
        self.finds(None, daemon__b_dot_cc='#include "storage/store.h"\n#include "collectors/a.h"\n')

    def test_finds_rules_that_know_somebody(self):
        self.finds("breaks the arrows", rules__b_dot_cc='#include "collectors/a.h"\n')

    def test_finds_collectors_and_storage_that_know_each_other(self):
        self.finds("breaks the arrows", collectors__b_dot_cc='#include "storage/store.h"\n')
        self.finds("breaks the arrows", storage__b_dot_cc='  #  include "collectors/a.h"\n')

    def test_finds_storage_that_knows_the_daemon(self):
        self.finds("breaks the arrows", storage__b_dot_cc='#include "daemon/app.h"\n')

    def test_finds_io_in_rules(self):
        for header in ("fstream", "boost/asio/io_context.hpp", "unistd.h", "sqlite3.h"):
            self.finds("rules/b.cc: <" + header, rules__b_dot_cc=f"#include <{header}>\n")

    def test_finds_a_notifier_that_knows_the_web(self):
        self.finds("breaks the arrows", daemon__notify__b_dot_cc='#include "daemon/web/a.h"\n')

    def test_finds_a_page_that_opens_sockets(self):
        self.finds("opens sockets", daemon__web__b_dot_cc="#include <boost/asio/ip/tcp.hpp>\n")

    def test_finds_a_planner_that_sends(self):
        self.finds("is pure", daemon__notify__planner_dot_cc="#include <boost/asio/steady_timer.hpp>\n")

    def test_finds_an_application_that_knows_the_command_line(self):
        self.finds("is private", daemon__b_dot_cc='#include "daemon/cli/a.h"\n')

    def test_finds_sqlite_outside_storage(self):
        self.finds("belongs to storage/", daemon__b_dot_cc="#include <SQLiteCpp/Database.h>\n")

    def test_finds_a_header_that_is_not_there(self):
        self.finds("does not exist", rules__b_dot_cc='#include "rules/gone.h"\n')

    def test_finds_a_cycle(self):
        self.finds("cycle: rules/b.h -> rules/c.h -> rules/b.h",
                   rules__b_dot_h='#include "rules/c.h"\n', rules__c_dot_h='#include "rules/b.h"\n')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--nm", default="nm")
    parser.add_argument("--libraries", default="", type=lambda text: text.split(";"))
    parser.add_argument("--archives", default="", type=lambda text: text.split(";"))
    parser.parse_args(namespace=options)
    unittest.main(argv=sys.argv[:1], verbosity=2)


if __name__ == "__main__":
    main()
