#include "collectors/source_languages.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

namespace revisitd::collectors {
namespace {

constexpr std::array<std::string_view, 31> kLanguages = {
    "c",    "c++",   "c#",     "clojure", "cobol", "dart",       "elixir", "erlang",
    "f#",   "go",    "groovy", "haskell", "java",  "javascript", "julia",  "kotlin",
    "lua",  "nim",   "ocaml",  "perl",    "php",   "python",     "r",      "ruby",
    "rust", "scala", "shell",  "sql",     "swift", "typescript", "zig",
};

struct Extension {
  std::string_view name;  // after the last dot, lower case
  std::string_view language;
};

// As GitHub's Linguist has them, programming languages that services are written in. Headers (.h)
// are C, as most of them are read by both.
constexpr std::array<Extension, 63> kExtensions = {{
    {"c", "c"},
    {"h", "c"},
    {"cc", "c++"},
    {"cpp", "c++"},
    {"cxx", "c++"},
    {"hh", "c++"},
    {"hpp", "c++"},
    {"hxx", "c++"},
    {"ipp", "c++"},
    {"cs", "c#"},
    {"csx", "c#"},
    {"clj", "clojure"},
    {"cljc", "clojure"},
    {"cob", "cobol"},
    {"cbl", "cobol"},
    {"dart", "dart"},
    {"ex", "elixir"},
    {"exs", "elixir"},
    {"erl", "erlang"},
    {"hrl", "erlang"},
    {"fs", "f#"},
    {"fsx", "f#"},
    {"go", "go"},
    {"groovy", "groovy"},
    {"hs", "haskell"},
    {"java", "java"},
    {"js", "javascript"},
    {"cjs", "javascript"},
    {"mjs", "javascript"},
    {"jsx", "javascript"},
    {"jl", "julia"},
    {"kt", "kotlin"},
    {"kts", "kotlin"},
    {"lua", "lua"},
    {"nim", "nim"},
    {"ml", "ocaml"},
    {"mli", "ocaml"},
    {"pl", "perl"},
    {"pm", "perl"},
    {"php", "php"},
    {"py", "python"},
    {"pyi", "python"},
    {"pyx", "python"},
    {"ipynb", "python"},
    {"r", "r"},
    {"rb", "ruby"},
    {"rake", "ruby"},
    {"rs", "rust"},
    {"scala", "scala"},
    {"sc", "scala"},
    {"sh", "shell"},
    {"bash", "shell"},
    {"zsh", "shell"},
    {"sql", "sql"},
    {"swift", "swift"},
    {"ts", "typescript"},
    {"tsx", "typescript"},
    {"mts", "typescript"},
    {"cts", "typescript"},
    {"vue", "javascript"},
    {"svelte", "javascript"},
    {"zig", "zig"},
    {"cu", "c++"},
}};

// Written by programs, whatever they end in.
constexpr std::array<std::string_view, 6> kGenerated = {".pb.go",  "_pb2.py", "_pb2_grpc.py",
                                                        ".min.js", "_gen.go", ".generated.cs"};

constexpr std::array<std::string_view, 8> kForeign = {
    "vendor",      "node_modules",     "third_party",   "thirdparty",
    "third-party", "bower_components", "site-packages", "Godeps"};

std::unordered_map<std::string_view, LanguageSet> make_table() {
  std::unordered_map<std::string_view, LanguageSet> table;
  for (const Extension& extension : kExtensions) {
    const auto* language = std::find(kLanguages.begin(), kLanguages.end(), extension.language);
    if (language == kLanguages.end()) continue;
    table.emplace(extension.name, LanguageSet{1} << (language - kLanguages.begin()));
  }
  return table;
}

}  // namespace

std::size_t language_count() { return kLanguages.size(); }
std::string_view language_at(std::size_t bit) { return kLanguages[bit]; }

LanguageSet language_of_file(std::string_view name) {
  // Never destroyed: a reader's thread may outlive main().
  static const auto& table = *new auto(make_table());
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name.size() - dot > 8) return 0;
  char lower[8];
  std::size_t length = 0;
  for (const char c : name.substr(dot + 1))
    lower[length++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto found = table.find(std::string_view(lower, length));
  if (found == table.end()) return 0;
  for (const std::string_view ending : kGenerated) {
    if (name.ends_with(ending)) return 0;
  }
  return found->second;
}

bool is_foreign_directory(std::string_view name) {
  return std::find(kForeign.begin(), kForeign.end(), name) != kForeign.end();
}

}  // namespace revisitd::collectors
