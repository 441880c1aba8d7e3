#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "rules/yaml_decode.h"

// What is believed of languages before anything is measured, and how much each criterion of an
// assessment counts. Data, not code: the configuration may override every number and add languages.
namespace revisitd::rules {

// How a language compares with another that does the same work. Only ratios of two languages mean
// anything, so the built-in ones take Python as 1.
struct Footprint {
  double latency = 1;     // tail latency under load
  double memory = 1;      // resident memory of one instance
  double cpu = 1;         // processor time per request
  double cold_start = 1;  // from start to the first answer

  friend bool operator==(const Footprint&, const Footprint&) = default;
};

struct Language {
  std::string name;                                  // lower case
  std::map<std::string, double, std::less<>> suits;  // workload -> fit in [0, 1]
  std::optional<Footprint> footprint;                // nothing: not known

  friend bool operator==(const Language&, const Language&) = default;
};

// Shares of the whole; they need not add up to 1.
struct Weights {
  double workload = 0.25;
  double envelope = 0.25;  // all budgets together
  double footprint = 0.10;
  double fluency = 0.25;
  double consolidation = 0.10;
  double hiring = 0.05;

  friend bool operator==(const Weights&, const Weights&) = default;
};

struct Catalogue {
  std::map<std::string, Language, std::less<>> languages;
  Weights weights;
  double close = 0.05;  // a margin under this is too close to call

  [[nodiscard]] const Language* find(std::string_view language) const;
  friend bool operator==(const Catalogue&, const Catalogue&) = default;
};

// Python and Go, with the leanings of workloads that the project starts from: numerical work, ML,
// data pipelines, scripting and glue lean Python; network services, command lines and daemons lean
// Go.
Catalogue built_in_catalogue();

// The `assessment:` section of the configuration, over the built-in catalogue:
//
//   assessment:
//     close: 5%
//     weights: {workload: 0.25, envelope: 0.25, footprint: 0.1, fluency: 0.25, consolidation: 0.1,
//               hiring: 0.05}
//     languages:
//       rust:
//         suits: {network-service: 0.9, cli: 0.9, daemon: 0.95}
//         footprint: {latency: 0.25, memory: 0.2, cpu: 0.15, cold_start: 0.05}
//
// A language that is built in keeps what is not given; for a new one a workload or a footprint that
// is not given is unknown, and of a footprint what is not given is 1. Errors go to the value's
// findings.
Catalogue decode_catalogue(const YamlValue& value);

// The workloads that a record may name.
const std::vector<std::string_view>& workloads();

}  // namespace revisitd::rules
