#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/signal.h"
#include "rules/yaml_decode.h"

// Ready-made signals for sources that many share, so that a configuration needs no line of PromQL:
//
//   presets: [go-client, {name: kube-state-metrics, from: main}]
//
// A preset is the text of a `signals:` map; whoever wants one of its signals otherwise declares it
// under `signals:`, which wins.
namespace revisitd::rules {

// What a preset's signals are reduced from.
enum class PresetSource {
  pages,   // what `scrape_configs` brings
  server,  // an entry of `prometheus`
  cgroup,  // what `cgroup_configs` brings
};

struct Preset {
  std::string_view name;
  std::string_view about;    // one line for people: which pages or servers it reads
  std::string_view signals;  // YAML; `$from` stands for the server where one is asked
  PresetSource source = PresetSource::pages;
};

// All that are known, by name.
const std::vector<Preset>& presets();
const Preset* find_preset(std::string_view name);

// The signals of a preset. `from` names the server; ignored by presets that ask none.
SignalTable preset_signals(const Preset& preset, const std::string& from);

// What the configuration declares for presets to read.
struct PresetSources {
  bool pages = false;
  bool cgroups = false;
  std::vector<std::string_view> servers;  // by name
};

struct PresetSignals {
  SignalTable table;
  // Each preset of the list with the signals that are its own, in the order of the list.
  std::vector<std::pair<std::string, std::vector<std::string>>> uses;
};

// The `presets:` list of the configuration. Where there is one server, `from` may be left out. Of
// two presets with the same signal the first one counts. Errors go to the value's findings; a
// preset whose source the configuration does not have is one.
PresetSignals decode_presets(const YamlValue& value, const PresetSources& sources);

}  // namespace revisitd::rules
