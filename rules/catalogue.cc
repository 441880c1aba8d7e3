#include "rules/catalogue.h"

#include <algorithm>

#include "rules/names.h"

namespace revisitd::rules {
namespace {

Language python() {
  return {.name = "python",
          .suits = {{"numerical", 0.95},
                    {"ml", 0.98},
                    {"data-pipeline", 0.85},
                    {"scripting", 0.95},
                    {"glue", 0.90},
                    {"web-backend", 0.65},
                    {"network-service", 0.40},
                    {"cli", 0.50},
                    {"daemon", 0.40}},
          .footprint = Footprint{}};
}

Language go() {
  return {.name = "go",
          .suits = {{"numerical", 0.30},
                    {"ml", 0.20},
                    {"data-pipeline", 0.50},
                    {"scripting", 0.25},
                    {"glue", 0.45},
                    {"web-backend", 0.75},
                    {"network-service", 0.95},
                    {"cli", 0.95},
                    {"daemon", 0.95}},
          .footprint = Footprint{.latency = 0.30, .memory = 0.35, .cpu = 0.20, .cold_start = 0.10}};
}

void decode_factor(YamlMap& map, const char* key, double& factor) {
  factor = map.optional(key).number(0.001, 1000).value_or(factor);
}

void decode_weight(YamlMap& map, const char* key, double& weight) {
  weight = map.optional(key).number(0, 1000).value_or(weight);
}

void decode_language(const YamlValue& entry, Catalogue& catalogue) {
  if (!is_language_name(entry.name())) {
    entry.findings().error(entry.key_place(), "expected " + std::string(kLanguageRule));
    return;
  }
  Language& language = catalogue.languages[entry.name()];
  language.name = entry.name();
  YamlMap map(entry);
  for (const YamlValue& fit : map.optional("suits").entries()) {
    const auto known = std::find(workloads().begin(), workloads().end(), fit.name());
    if (known == workloads().end()) {
      fit.findings().error(fit.key_place(), "unknown workload `" + fit.name() + "`, " +
                                                suggestion(fit.name(), workloads()));
      continue;
    }
    if (const auto share = fit.number(0, 1)) language.suits[fit.name()] = *share;
  }
  YamlMap given(map.optional("footprint"));
  if (given.given()) {
    Footprint footprint = language.footprint.value_or(Footprint{});
    decode_factor(given, "latency", footprint.latency);
    decode_factor(given, "memory", footprint.memory);
    decode_factor(given, "cpu", footprint.cpu);
    decode_factor(given, "cold_start", footprint.cold_start);
    language.footprint = footprint;
  }
  given.finish();
  map.finish();
}

}  // namespace

const std::vector<std::string_view>& workloads() {
  static const std::vector<std::string_view> words{"numerical",       "ml",   "data-pipeline",
                                                   "scripting",       "glue", "web-backend",
                                                   "network-service", "cli",  "daemon"};
  return words;
}

const Language* Catalogue::find(std::string_view language) const {
  const auto found = languages.find(language);
  return found == languages.end() ? nullptr : &found->second;
}

Catalogue built_in_catalogue() {
  Catalogue catalogue;
  catalogue.languages.emplace("python", python());
  catalogue.languages.emplace("go", go());
  return catalogue;
}

Catalogue decode_catalogue(const YamlValue& value) {
  Catalogue catalogue = built_in_catalogue();
  YamlMap map(value);
  if (const auto close = map.optional("close").share()) catalogue.close = to_double(*close);
  const YamlValue given = map.optional("weights");
  YamlMap weights(given);
  Weights& w = catalogue.weights;
  decode_weight(weights, "workload", w.workload);
  decode_weight(weights, "envelope", w.envelope);
  decode_weight(weights, "footprint", w.footprint);
  decode_weight(weights, "fluency", w.fluency);
  decode_weight(weights, "consolidation", w.consolidation);
  decode_weight(weights, "hiring", w.hiring);
  weights.finish();
  if (w.workload + w.envelope + w.footprint + w.fluency + w.consolidation + w.hiring <= 0) {
    given.error("expected at least one weight above 0");
  }
  for (const YamlValue& entry : map.optional("languages").entries()) {
    decode_language(entry, catalogue);
  }
  map.finish();
  return catalogue;
}

}  // namespace revisitd::rules
