#pragma once

#include <string>
#include <string_view>
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

struct Preset {
  std::string_view name;
  std::string_view about;    // one line for people: which pages or servers it reads
  std::string_view signals;  // YAML; `$from` stands for the server where one is asked
  bool asks_server = false;  // queries a Prometheus-compatible server rather than scraped pages
};

// All that are known, by name.
const std::vector<Preset>& presets();
const Preset* find_preset(std::string_view name);

// The signals of a preset. `from` names the server; ignored by presets that ask none.
SignalTable preset_signals(const Preset& preset, const std::string& from);

// The `presets:` list of the configuration. `servers` are those it declares: where there is one,
// `from` may be left out. Of two presets with the same signal the first one counts. Errors go to
// the value's findings.
SignalTable decode_presets(const YamlValue& value, const std::vector<std::string_view>& servers);

}  // namespace revisitd::rules
