#include "rules/signal.h"

#include <array>

#include "rules/lexer.h"
#include "rules/yaml_decode.h"

namespace revisitd::rules {
namespace {

constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestSeries = 4 * 1024;
constexpr std::size_t kLongestQuery = 16 * 1024;
constexpr std::size_t kMostSignals = 256;

struct ReductionWord {
  std::string_view key;
  Reduction reduction;
};

constexpr std::array kReductions{
    ReductionWord{"info", Reduction::info},   ReductionWord{"quantile", Reduction::quantile},
    ReductionWord{"rate", Reduction::rate},   ReductionWord{"mean", Reduction::mean},
    ReductionWord{"max", Reduction::max},     ReductionWord{"min", Reduction::min},
    ReductionWord{"last", Reduction::last},   ReductionWord{"sum", Reduction::sum},
    ReductionWord{"count", Reduction::count}, ReductionWord{"query", Reduction::query}};

// Reads the key that chooses the reduction; the value of every other such key is an error.
bool decode_reduction(YamlMap& map, SignalSpec& spec) {
  const ReductionWord* chosen = nullptr;
  for (const ReductionWord& word : kReductions) {
    const YamlValue value = map.optional(word.key);
    if (!value.given()) continue;
    if (chosen) {
      value.findings().error(value.key_place(), "a signal has one reduction, found `" +
                                                    std::string(chosen->key) + "` and `" +
                                                    std::string(word.key) + "`");
      return false;
    }
    chosen = &word;
  }
  if (!chosen) {
    map.value().error(
        "expected one of `quantile`, `rate`, `mean`, `max`, `min`, `last`, `sum`, `count`, `info` "
        "and `query`");
    return false;
  }
  spec.reduction = chosen->reduction;
  return true;
}

void decode_quantile(YamlMap& map, SignalSpec& spec) {
  const YamlValue quantile = map.required("quantile");
  const std::optional<double> number = quantile.number();
  if (number && (*number <= 0 || *number >= 1)) {
    quantile.error("expected a number between 0 and 1, such as 0.99");
  }
  spec.quantile = number.value_or(0);
  spec.series = map.required("series").text(kLongestSeries).value_or("");
}

void decode_query(YamlMap& map, SignalSpec& spec) {
  spec.query = map.required("query").text(kLongestQuery).value_or("");
  spec.from = map.required("from").name_text().value_or("");
  spec.allow_partial = map.optional("allow_partial").boolean().value_or(false);
}

void decode_source(YamlMap& map, SignalSpec& spec) {
  switch (spec.reduction) {
    case Reduction::quantile:
      return decode_quantile(map, spec);
    case Reduction::query:
      return decode_query(map, spec);
    case Reduction::info:
      spec.label = map.optional("label").text(kLongestName).value_or("version");
      spec.series = map.required("info").text(kLongestSeries).value_or("");
      return;
    case Reduction::rate:
      spec.per = map.optional("per").text(kLongestSeries).value_or("");
      if (!spec.per.empty()) spec.unit = Unit::ratio;
      [[fallthrough]];
    case Reduction::mean:
    case Reduction::max:
    case Reduction::min:
    case Reduction::last:
    case Reduction::sum:
    case Reduction::count:
      const std::string_view key = reduction_name(spec.reduction);
      spec.series = map.required(key).text(kLongestSeries).value_or("");
  }
}

void decode_unit(const YamlValue& value, SignalSpec& spec) {
  const std::optional<Unit> unit = value.one_of<Unit>({{"number", Unit::number},
                                                       {"seconds", Unit::seconds},
                                                       {"bytes", Unit::bytes},
                                                       {"ratio", Unit::ratio}});
  spec.unit = unit.value_or(spec.unit);
}

}  // namespace

std::string_view reduction_name(Reduction reduction) {
  for (const ReductionWord& word : kReductions) {
    if (word.reduction == reduction) return word.key;
  }
  return "";
}

std::optional<SignalSpec> decode_signal(const std::string& name, const YamlValue& value) {
  Findings& findings = value.findings();
  const std::size_t before = findings.errors();
  if (!is_signal_name(name) || name.size() > kLongestName) {
    findings.error(value.key_place().line > 0 ? value.key_place() : value.place(),
                   in_quotes(name) +
                       " is no name for a signal, expected at most 128 letters, digits and `_` "
                       "that begin with a letter, no keyword, and no word such as `nan` or `true`");
  }
  YamlMap map(value);
  if (!map.given()) return std::nullopt;
  SignalSpec spec;
  spec.name = name;
  if (decode_reduction(map, spec)) {
    decode_source(map, spec);
    decode_unit(map.optional("unit"), spec);
    map.finish();
  }
  if (findings.errors() != before) return std::nullopt;
  return spec;
}

SignalTable decode_signals(const YamlValue& value) {
  SignalTable table;
  const std::vector<YamlValue> entries = value.entries();
  if (entries.size() > kMostSignals) {
    value.error("expected at most " + std::to_string(kMostSignals) + " signals");
    return table;
  }
  for (const YamlValue& entry : entries) {
    if (auto spec = decode_signal(entry.name(), entry)) table.emplace(spec->name, std::move(*spec));
  }
  return table;
}

}  // namespace revisitd::rules
