#include <algorithm>
#include <filesystem>
#include <set>

#include "collectors/end_of_life.h"
#include "collectors/selector.h"
#include "daemon/config_decode.h"
#include "rules/names.h"

// What services run in, and for how long that is supported.
namespace revisitd::daemon {
namespace {

using rules::YamlMap;
using rules::YamlValue;

rules::SignalSpec info(const char* series) {
  rules::SignalSpec spec;
  spec.reduction = rules::Reduction::info;
  spec.series = series;
  spec.label = "version";
  return spec;
}

bool check_language(const YamlValue& value, std::string_view language) {
  if (rules::is_language_name(language)) return true;
  value.findings().error(value.given() ? value.place() : Place{},
                         in_quotes(language) + " is not " + std::string(rules::kLanguageRule));
  return false;
}

}  // namespace

RunningConfig default_running() {
  RunningConfig running;
  running.languages["go"] = info("go_info");
  running.languages["python"] = info("python_info");
  return running;
}

RunningConfig decode_running(const YamlValue& value, const std::vector<std::string>& servers) {
  RunningConfig running = default_running();
  for (const YamlValue& entry : value.entries()) {
    if (!check_language(entry, entry.name())) continue;
    const auto spec = rules::decode_signal(entry.name(), entry);
    if (!spec) continue;
    if (spec->reduction == rules::Reduction::query) {
      if (std::find(servers.begin(), servers.end(), spec->from) == servers.end())
        entry.error("`from` names no server under `prometheus`: `" + spec->from + "`");
    } else if (spec->reduction != rules::Reduction::info) {
      entry.error(
          "expected `info` with a series and `label`, or a `query` that is above zero where "
          "the language runs");
    } else if (const auto selector = collectors::Selector::parse(spec->series); !selector) {
      entry.error("`info`: " + selector.error().message);
    }
    running.languages[entry.name()] = *spec;
  }
  return running;
}

EndOfLifeConfig decode_end_of_life(const YamlValue& value, const std::string& directory) {
  EndOfLifeConfig config;
  YamlMap map(value);
  if (!map.given()) return config;
  std::set<std::string> languages;
  for (const YamlValue& item : map.required("files").items()) {
    EndOfLifeFile file;
    if (item.is_scalar()) {
      file.path = item.text(4096).value_or("");
    } else {
      YamlMap entry(item);
      file.path = entry.required("file").text(4096).value_or("");
      file.language = entry.required("language").text(32).value_or("");
      entry.finish();
    }
    if (file.path.empty()) continue;
    if (file.language.empty()) {
      file.language =
          collectors::language_of_product(std::filesystem::path(file.path).stem().string());
    }
    if (!check_language(item, file.language)) continue;
    if (!languages.insert(file.language).second)
      item.error("a file before it is about `" + file.language + "`, too");
    file.path = resolve_path(directory, file.path);
    config.files.push_back(std::move(file));
  }
  config.predict = map.optional("predict").boolean().value_or(false);
  map.finish();
  return config;
}

}  // namespace revisitd::daemon
