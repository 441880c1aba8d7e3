#include "rules/record_block.h"

#include <algorithm>

#include "rules/catalogue.h"
#include "rules/lexer.h"
#include "rules/names.h"
#include "rules/signal_inference.h"

namespace revisitd::rules {
namespace {

constexpr std::size_t kMostAlternatives = 16;
constexpr std::size_t kMostBudgets = 64;
constexpr Duration kLongest = std::chrono::days(36'500);

std::string decode_language(const YamlValue& value) {
  const std::optional<std::string> word = value.text();
  if (!word) return "";
  if (is_language_name(*word)) return *word;
  value.error("expected " + std::string(kLanguageRule) + ", found " + in_quotes(*word));
  return "";
}

std::vector<std::string> decode_alternatives(const YamlValue& value, const std::string& language) {
  std::vector<std::string> result;
  const std::vector<YamlValue> items = value.items();
  if (items.size() > kMostAlternatives) {
    value.error("expected at most " + std::to_string(kMostAlternatives) + " languages");
    return result;
  }
  for (const YamlValue& item : items) {
    std::string word = decode_language(item);
    if (word.empty()) continue;
    if (word == language) {
      item.error(in_quotes(word) + " is the chosen language, expected another one");
    } else if (std::find(result.begin(), result.end(), word) != result.end()) {
      item.error(in_quotes(word) + " is named twice");
    } else {
      result.push_back(std::move(word));
    }
  }
  return result;
}

std::string unit_example(Unit unit) {
  switch (unit) {
    case Unit::number:
      return "a plain number such as 2000";
    case Unit::seconds:
      return "a duration such as 100ms";
    case Unit::bytes:
      return "a size such as 256MiB";
    case Unit::ratio:
      return "a share such as 80%";
  }
  return "";
}

// Quantities by signal, each in its signal's unit; a ratio may be written as a plain number, too.
// `inferred`: a signal that nobody declares is known by its quantity alone.
std::map<std::string, Quantity> decode_quantities(const YamlValue& value,
                                                  const SignalTable& signals, bool inferred) {
  std::map<std::string, Quantity> result;
  const std::vector<YamlValue> entries = value.entries();
  if (entries.size() > kMostBudgets) {
    value.error("expected at most " + std::to_string(kMostBudgets) + " signals");
    return result;
  }
  std::vector<std::string_view> known;
  for (const auto& [name, spec] : signals) known.push_back(name);
  for (const YamlValue& entry : entries) {
    const auto spec = signals.find(entry.name());
    if (spec == signals.end() && inferred && !entry.quantity()) continue;
    if (spec == signals.end()) {
      const std::string hint =
          known.empty() ? "no signals are declared" : suggestion(entry.name(), known);
      entry.findings().error(
          entry.key_place(),
          "unknown signal `" + printable(entry.name().substr(0, 60)) + "`, " + hint);
      continue;
    }
    std::optional<Quantity> quantity = entry.quantity();
    if (!quantity) continue;
    const Unit unit = spec->second.unit;
    const bool plain_ratio = unit == Unit::ratio && quantity->unit == Unit::number;
    if (quantity->unit != unit && !plain_ratio) {
      entry.error("expected " + unit_example(unit) + " as the signal is in " +
                  std::string(unit_name(unit)) + ", found " + in_quotes(entry.node()->text));
      continue;
    }
    if (quantity->value < 0) {
      entry.error("expected no negative quantity, found " + in_quotes(entry.node()->text));
      continue;
    }
    result[entry.name()] = {quantity->value, unit};
  }
  return result;
}

// Budgets speak first: they name one signal and its unit.
void infer_from_block(YamlMap& block, SignalTable& signals) {
  for (const char* quantities : {"envelope", "inputs"}) {
    const YamlNode* map = block.optional(quantities).node();
    for (const YamlEntry& entry : map ? map->entries : std::vector<YamlEntry>{}) {
      const auto quantity = parse_quantity(entry.value.text);
      if (!quantity || signals.contains(entry.key) || !is_signal_name(entry.key)) continue;
      signals[entry.key].name = entry.key;
      signals[entry.key].unit = quantity->unit;
    }
  }
  const YamlNode* triggers = block.optional("triggers").node();
  for (const YamlEntry& trigger : triggers ? triggers->entries : std::vector<YamlEntry>{}) {
    for (const char* key : {"when", "provided"}) {
      const YamlNode* condition = trigger.value.find(key);
      if (condition) infer_signals(condition->text, signals);
    }
  }
}

void decode_review(YamlMap& block, Decision& decision) {
  const YamlValue every = block.optional("review_every");
  const YamlValue by = block.optional("review_by");
  decision.review_every = every.duration(Duration{1}, kLongest);
  decision.review_by = by.time();
  if (every.given() && by.given()) {
    by.findings().error(by.key_place(),
                        "`review_by` and `review_every` exclude each other, expected one of them");
  }
}

// The header's keys have their place at the top of a Markdown record.
void refuse_header_keys(YamlMap& block) {
  for (const std::string_view key : {"title", "status", "date"}) {
    if (!block.has(key)) continue;
    const YamlValue value = block.optional(key);
    value.findings().error(value.key_place(),
                           "`" + std::string(key) +
                               "` is read from the record's own header, expected "
                               "it there and not in this block");
  }
}

}  // namespace

std::optional<Decision> decode_block(YamlMap& block, const BlockContext& context) {
  if (!block.given()) return std::nullopt;
  const std::size_t before = block.value().findings().errors();
  Decision decision;
  decision.service = block.required("service").name_text().value_or("");
  const YamlValue team = block.optional("team");
  decision.team = team.name_text().value_or("");
  decision.place = block.value().place();
  decision.team_place = team.given() ? team.key_place() : decision.place;
  decision.language = decode_language(block.required("language"));
  const YamlValue alternatives = block.optional("alternatives");
  decision.alternatives = decode_alternatives(alternatives, decision.language);
  decision.workload = block.optional("workload").one_of(workloads()).value_or("");
  decision.runtime = block.optional("runtime").text(64).value_or("");
  SignalTable signals = decode_signals(block.optional("signals"));
  signals.insert(context.signals.begin(), context.signals.end());
  if (context.options.infer_signals) infer_from_block(block, signals);
  decision.signals = std::move(signals);
  decision.envelope = decode_quantities(block.optional("envelope"), decision.signals,
                                        context.options.infer_signals);
  decision.inputs =
      decode_quantities(block.optional("inputs"), decision.signals, context.options.infer_signals);
  decode_review(block, decision);
  decision.tenure = block.optional("tenure").duration(Duration{0}, kLongest).value_or(Duration{0});
  decision.triggers = decode_triggers(block.optional("triggers"), decision, context.options,
                                      !alternatives.given() || alternatives.is_list());
  if (!context.header_keys) refuse_header_keys(block);
  block.finish();
  if (block.value().findings().errors() != before) return std::nullopt;
  if (decision.team.empty()) {
    block.value().warning(
        "no `team` is named: nobody is told by team, and what triggers ask about "
        "the team stays unanswered");
  }
  return decision;
}

}  // namespace revisitd::rules
