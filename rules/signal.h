#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/quantity.h"

// Signals as they are declared: which named quantity of a service comes from where.
namespace revisitd::rules {

// How samples of a scraped series become one value per slot.
enum class Reduction {
  quantile,  // of a histogram or summary over the slot's increase, all instances together
  rate,      // per-second increase of counters, summed over instances
  mean,  // mean of gauges over samples and instances; of a histogram: sum increase / count increase
  max,   // largest sample of any instance
  min,   // smallest
  last,  // newest sample of each instance, summed over instances
  sum,   // as last: the instances' newest samples added
  count,  // number of distinct series seen in the slot
  info,   // number of different values of a label; of `version`, the values are kept, too
  query,  // PromQL on a server, one query for all services
};

// One `signals:` entry. Either a reduction over a series selector of what revisitd scrapes itself,
// or a query.
struct SignalSpec {
  std::string name;
  Reduction reduction = Reduction::last;
  double quantile = 0;  // (0, 1) when reduction is quantile
  std::string series;   // PromQL series selector: name{label op "value", …}
  std::string label;    // info: the label that is read
  std::string per;      // optional second selector: the slot's value is rate(series) / rate(per)
  std::string from;     // query: the name of the entry under `prometheus:`
  std::string query;    // query: PromQL, `$slot` stands for the slot length
  Unit unit = Unit::number;
  bool allow_partial = false;  // query: take answers that carry warnings

  friend bool operator==(const SignalSpec&, const SignalSpec&) = default;
};

// The signals conditions may name, by name. A record's own overrides are merged over the
// configuration's.
using SignalTable = std::map<std::string, SignalSpec, std::less<>>;

// "quantile", "rate", …, "query": the key that chooses the reduction.
std::string_view reduction_name(Reduction reduction);

class YamlValue;
// Reads one entry under `signals:`, the same in the configuration and in a record. Exactly one of
// `rate`, `mean`, `max`, `min`, `last`, `sum`, `count`, `info` (its value the series selector),
// `quantile` (with `series`) and `query` (with `from`); besides `unit`, `label` (with `info` only,
// `version` where it is not given), `per` (with `rate` only) and
// `allow_partial` (with `query` only). The unit is `ratio` where `per` is given and no unit is,
// else `number`. std::nullopt once the value's findings got an error.
std::optional<SignalSpec> decode_signal(const std::string& name, const YamlValue& value);
// Reads a whole `signals:` map; entries with errors are left out.
SignalTable decode_signals(const YamlValue& value);

}  // namespace revisitd::rules
