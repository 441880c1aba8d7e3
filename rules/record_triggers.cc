#include <algorithm>

#include "rules/condition_table.h"
#include "rules/findings.h"
#include "rules/record_block.h"
#include "rules/verdict.h"

namespace revisitd::rules {
namespace {

constexpr std::size_t kMostTriggers = 64;
constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestCondition = 4 * 1024;
constexpr std::size_t kLongestWhy = 4 * 1024;
constexpr int kMostSlots = 16'000;  // a ledger of two bits a slot stays within 4 KiB
constexpr Duration kLongestWindow = std::chrono::days(3'650);

bool is_trigger_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto fits = [&](char c) { return letter(c) || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= kLongestName && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), fits);
}

// In `{when: avg(rps, 7d) > 5, window: 14d}` the comma ends the value, and `7d) > 5` is a key with
// nothing behind it. The condition as it was meant; nothing where this did not happen. What was
// taken for keys is marked as known.
std::optional<std::string> cut_condition(YamlMap& map, const char* key) {
  const YamlNode* node = map.value().node();
  if (node == nullptr) return std::nullopt;
  auto entry = std::find_if(node->entries.begin(), node->entries.end(),
                            [&](const YamlEntry& e) { return e.key == key; });
  if (entry == node->entries.end() || entry->value.quoted) return std::nullopt;
  std::string text = entry->value.text;
  if (std::count(text.begin(), text.end(), '(') <= std::count(text.begin(), text.end(), ')'))
    return std::nullopt;
  std::vector<std::string> rest;
  while (++entry != node->entries.end() && entry->value.kind == YamlNode::Kind::null)
    rest.push_back(entry->key);
  if (rest.empty()) return std::nullopt;
  for (const std::string& piece : rest) {
    text += ", " + piece;
    static_cast<void>(map.optional(piece));
  }
  return text;
}

std::optional<Condition> decode_condition(YamlMap& map, const char* key, const YamlValue& value,
                                          const SignalTable& signals, ConditionTable* conditions) {
  if (const auto meant = cut_condition(map, key)) {
    const char quote = meant->find('"') == std::string::npos ? '"' : '\'';
    value.error_at(value.node()->text.size(),
                   "inside { } a comma ends the value, put the condition in quotes: " +
                       (quote + printable(*meant) + quote));
    return std::nullopt;
  }
  const std::optional<std::string> text = value.text(kLongestCondition);
  if (!text) return std::nullopt;
  auto condition =
      conditions ? conditions->parse(*text, signals) : Condition::parse(*text, signals);
  if (condition) return *std::move(condition);
  value.error_at(condition.error().offset, condition.error().message);
  return std::nullopt;
}

Duration decode_window(const YamlValue& value, const RecordOptions& options) {
  const Duration most = std::min(kLongestWindow, options.longest_slot * kMostSlots);
  return value.duration(options.shortest_slot, most).value_or(Duration{0});
}

Shares decode_shares(YamlMap& map) {
  const YamlValue trip = map.optional("trip");
  const YamlValue clear = map.optional("clear");
  const YamlValue coverage = map.optional("coverage");
  Shares shares;
  shares.trip = trip.share().value_or(Share{1, 1});
  shares.clear = clear.share().value_or(Share{shares.trip.num, shares.trip.den * 2});
  shares.coverage = coverage.share().value_or(Share{4, 5});
  if (shares.trip.num == 0) {
    trip.error("expected a share above 0%: at 0% the trigger trips without a breach");
  } else if (!less(shares.clear, shares.trip)) {
    clear.error("expected a share below `trip` (" + format_share(shares.trip) + "), found " +
                format_share(shares.clear));
  }
  if (shares.coverage.num == 0) {
    coverage.error("expected a share above 0%: with nothing covered nothing is known");
  }
  return shares;
}

std::string decode_favours(const YamlValue& value, const Decision& decision, bool languages_known) {
  const std::optional<std::string> word = value.text();
  if (!word || !languages_known || *word == decision.language) return word.value_or("");
  const std::vector<std::string_view> known(decision.alternatives.begin(),
                                            decision.alternatives.end());
  if (std::find(known.begin(), known.end(), *word) != known.end()) return *word;
  const std::string_view meant = nearest(*word, known);
  value.error(
      in_quotes(*word) + " is not among `alternatives`, " +
      (meant.empty() ? "expected it there, too" : "did you mean `" + std::string(meant) + "`?"));
  return "";
}

std::optional<Trigger> decode_trigger(const YamlValue& value, const Decision& decision,
                                      const RecordOptions& options, bool languages_known) {
  YamlMap map(value);
  if (!map.given()) return std::nullopt;
  std::optional<Condition> when =
      decode_condition(map, "when", map.required("when"), decision.signals, options.conditions);
  std::optional<Condition> provided = decode_condition(map, "provided", map.optional("provided"),
                                                       decision.signals, options.conditions);
  const Duration window = decode_window(map.required("window"), options);
  const Shares shares = decode_shares(map);
  const bool hard = map.optional("hard").boolean().value_or(false);
  std::string favours = decode_favours(map.optional("favours"), decision, languages_known);
  std::string why = map.optional("why").text(kLongestWhy).value_or("");
  map.finish();
  if (!when) return std::nullopt;
  return Trigger{.name = value.name(),
                 .when = *std::move(when),
                 .provided = std::move(provided),
                 .window = window,
                 .trip = shares.trip,
                 .clear = shares.clear,
                 .coverage = shares.coverage,
                 .hard = hard,
                 .favours = std::move(favours),
                 .why = std::move(why),
                 .place = value.key_place()};
}

}  // namespace

std::vector<Trigger> decode_triggers(const YamlValue& triggers, const Decision& decision,
                                     const RecordOptions& options, bool languages_known) {
  std::vector<Trigger> result;
  const std::vector<YamlValue> entries = triggers.entries();
  if (entries.size() > kMostTriggers) {
    triggers.error("expected at most " + std::to_string(kMostTriggers) + " triggers");
    return result;
  }
  for (const YamlValue& entry : entries) {
    if (!is_trigger_name(entry.name())) {
      entry.findings().error(entry.key_place(),
                             in_quotes(entry.name()) +
                                 " is no name for a trigger, expected at most 128 lower-case "
                                 "letters, digits, `_` and `-` that begin with a letter or digit");
    }
    if (auto trigger = decode_trigger(entry, decision, options, languages_known)) {
      result.push_back(*std::move(trigger));
    }
  }
  return result;
}

}  // namespace revisitd::rules
