#include "collectors/end_of_life.h"

#include <algorithm>
#include <array>

#include "collectors/safe_file.h"
#include "rules/findings.h"
#include "rules/yaml.h"

namespace revisitd::collectors {
namespace {

using rules::Findings;
using rules::RuntimeCycle;
using rules::YamlNode;

constexpr std::size_t kMostBytes = 4u << 20;

class CycleReader {
 public:
  explicit CycleReader(Findings& findings) : findings_(findings) {}

  std::vector<RuntimeCycle> read(const YamlNode& document) {
    const YamlNode* list = &document;
    if (document.kind == YamlNode::Kind::map) {
      const YamlNode* result = document.find("result");
      list = result != nullptr ? result->find("releases") : nullptr;
      newer_ = true;
    }
    std::vector<RuntimeCycle> cycles;
    if (list == nullptr || list->kind != YamlNode::Kind::list) {
      findings_.error(document.place,
                      "expected a list of cycles, or an object with `result.releases`, as "
                      "endoflife.date answers");
      return cycles;
    }
    for (const YamlNode& item : list->items) {
      if (auto cycle = read_cycle(item)) cycles.push_back(*std::move(cycle));
    }
    if (list->items.empty()) findings_.error(list->place, "expected at least one cycle");
    return cycles;
  }

 private:
  std::optional<RuntimeCycle> read_cycle(const YamlNode& item) {
    if (item.kind != YamlNode::Kind::map) {
      findings_.error(item.place, "expected a cycle as an object");
      return std::nullopt;
    }
    RuntimeCycle cycle;
    const char* key = newer_ ? "name" : "cycle";
    const YamlNode* name = item.find(key);
    if (name == nullptr || name->kind != YamlNode::Kind::scalar || name->text.empty()) {
      findings_.error(name != nullptr ? name->place : item.place,
                      std::string("`") + key + "`: expected a cycle's name such as \"3.11\"");
      return std::nullopt;
    }
    cycle.name = name->text;
    cycle.released = day(item, "releaseDate");
    if (newer_) {
      cycle.ends = day(item, "eolFrom");
      cycle.over = word(item.find("isEol")) == "true";
      const YamlNode* latest = item.find("latest");
      if (latest != nullptr) cycle.latest = word(latest->find("name"));
    } else {
      read_eol(item, cycle);
      cycle.latest = word(item.find("latest"));
    }
    return cycle;
  }

  // A day, or whether it is over.
  void read_eol(const YamlNode& item, RuntimeCycle& cycle) {
    const YamlNode* eol = item.find("eol");
    const std::string said = word(eol);
    if (said == "true" || said == "false" || said.empty()) {
      cycle.over = said == "true";
    } else {
      cycle.ends = day(item, "eol");
    }
  }

  std::optional<TimePoint> day(const YamlNode& item, const char* key) {
    const YamlNode* node = item.find(key);
    const std::string text = word(node);
    if (text.empty() || text == "null") return std::nullopt;
    const auto time = parse_time(text);
    if (time) return *time;
    findings_.error(
        node->place,
        std::string("`") + key + "`: expected a day such as 2026-05-04, found " + in_quotes(text));
    return std::nullopt;
  }

  static std::string word(const YamlNode* node) {
    return node != nullptr && node->kind == YamlNode::Kind::scalar ? node->text : "";
  }

  Findings& findings_;
  bool newer_ = false;
};

}  // namespace

EndOfLifeReading decode_end_of_life(std::string_view text, const std::string& file) {
  Findings findings(file, text);
  rules::YamlOptions options;
  options.max_bytes = kMostBytes;
  options.json = true;
  const auto documents = rules::parse_yaml(text, options, findings);
  rules::RuntimeCycles cycles;
  cycles.source = file;
  if (!documents.empty()) cycles.cycles = CycleReader(findings).read(documents.front());
  EndOfLifeReading reading;
  reading.diagnostics = findings.list();
  if (findings.ok()) reading.cycles = std::move(cycles);
  return reading;
}

std::string language_of_product(std::string_view stem) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kProducts = {{
      {"nodejs", "javascript"},
      {"dotnet", "c#"},
      {"dotnetfx", "c#"},
      {"eclipse-temurin", "java"},
      {"openjdk-builds-from-oracle", "java"},
      {"oracle-jdk", "java"},
      {"amazon-corretto", "java"},
      {"azul-zulu", "java"},
      {"redhat-build-of-openjdk", "java"},
      {"microsoft-build-of-openjdk", "java"},
  }};
  for (const auto& [product, language] : kProducts) {
    if (product == stem) return std::string(language);
  }
  return std::string(stem);
}

bool EndOfLifeFiles::look(std::vector<Diagnostic>& diagnostics) {
  bool changed = false;
  for (const File& file : files_) {
    State& state = states_[file.path];
    const auto content = read_file(file.path, kMostBytes);
    if (!content) {
      if (content.error().problem == FileProblem::changing) continue;
      if (state.problem != content.error().message)
        diagnostics.push_back({"", {}, content.error().message, "", Severity::error});
      state.problem = content.error().message;
      state.hash.reset();
      continue;
    }
    if (content->hash == state.hash) continue;
    state.hash = content->hash;
    EndOfLifeReading reading = decode_end_of_life(content->text, file.path);
    state.problem.clear();
    if (!reading.cycles) {
      state.problem = format_location(reading.diagnostics.front());
      diagnostics.insert(diagnostics.end(), reading.diagnostics.begin(), reading.diagnostics.end());
      continue;
    }
    reading.cycles->as_of = content->modified;
    state.cycles = std::move(reading.cycles);
    changed = true;
  }
  return changed;
}

const rules::RuntimeCycles* EndOfLifeFiles::find(std::string_view language) const {
  for (const File& file : files_) {
    if (file.language != language) continue;
    const auto state = states_.find(file.path);
    if (state != states_.end() && state->second.cycles) return &*state->second.cycles;
  }
  return nullptr;
}

std::vector<std::string> EndOfLifeFiles::problems() const {
  std::vector<std::string> all;
  for (const auto& [path, state] : states_) {
    if (!state.problem.empty()) all.push_back(state.problem);
  }
  return all;
}

}  // namespace revisitd::collectors
