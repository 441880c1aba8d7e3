#include "rules/draft_parts.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace revisitd::rules {
namespace {

std::string value_words(const InputValue& input) {
  if (input.value) return format_quantity(input.value->value, input.value->unit);
  return input.text.empty() ? "not known" : prose(input.text);
}

std::string source_words(const InputValue& input) {
  std::string words = prose(input.source);
  if (input.at != TimePoint{}) words += (words.empty() ? "" : ", ") + format_date(input.at);
  return words;
}

// The inputs of all criteria and languages, each once, in the order they are met.
struct Pair {
  const InputValue* then = nullptr;
  const InputValue* now = nullptr;
};

std::vector<std::pair<std::string, Pair>> inputs_of(const Assessment& assessment) {
  std::vector<std::pair<std::string, Pair>> all;
  const auto slot = [&](const std::string& name) -> Pair& {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.first == name; });
    if (found != all.end()) return found->second;
    return all.emplace_back(name, Pair{}).second;
  };
  for (const LanguageScore& language : assessment.languages) {
    for (const Criterion& c : language.criteria) {
      // Each budget has the same name in its own criterion.
      const auto name_of = [&](const InputValue& v) {
        return v.name == "budget" ? "budget of " + c.name.substr(c.name.find('/') + 1) : v.name;
      };
      for (const InputValue& v : c.now) slot(name_of(v)).now = &v;
      for (const InputValue& v : c.then) slot(name_of(v)).then = &v;
    }
  }
  return all;
}

}  // namespace

std::string to_decide(std::string_view what) { return "**TO DECIDE:** " + std::string(what); }

std::string evidence_table(const DraftInput& input) {
  if (input.triggers.empty()) return "";
  std::string table = table_row({"trigger", "condition", "reading", "verdict", "in breach",
                                 "covered", "window", "since"}) +
                      table_row({"---", "---", "---", "---", "---:", "---:", "---", "---"});
  for (const TriggerEvidence& e : input.triggers) {
    const auto share = e.counts.share();
    table +=
        table_row({prose(e.name), code(e.condition), prose(e.reading),
                   std::string(verdict_name(e.verdict)), share ? format_share(*share) : "–",
                   e.counts.total() > 0 ? format_share(e.counts.coverage()) : "–",
                   format_duration(e.window), e.since == TimePoint{} ? "–" : format_date(e.since)});
  }
  return table;
}

std::string inputs_table(const DraftInput& input) {
  const auto inputs = inputs_of(input.assessment);
  if (inputs.empty()) return "";
  std::set<std::string> moved;
  for (const MovedInput& m : input.assessment.moved) moved.insert(m.input);
  std::string table =
      table_row({"input", "then", "now", "source"}) + table_row({"---", "---:", "---:", "---"});
  for (const auto& [name, pair] : inputs) {
    const std::string now = pair.now != nullptr ? value_words(*pair.now) : "not known";
    // What the catalogue believes was not measured at the decision, so it is not missing there.
    const bool believed = pair.now != nullptr && pair.now->believed();
    const std::string then = pair.then != nullptr ? value_words(*pair.then)
                             : believed           ? "–"
                                                  : "not known";
    table += table_row({code(name), then, moved.contains(name) ? "**" + now + "**" : now,
                        pair.now != nullptr ? source_words(*pair.now) : ""});
  }
  return table;
}

std::string assessment_table(const DraftInput& input) {
  const Assessment& a = input.assessment;
  if (a.languages.empty()) return "";
  std::vector<std::string> head{"criterion", "weight"}, rule{"---", "---:"}, sum{"**all**", ""};
  for (const LanguageScore& language : a.languages) {
    head.push_back(title_of(language.language));
    rule.emplace_back("---:");
    sum.push_back("**" + format_quantity(language.score, Unit::number) + "**");
  }
  std::string table = table_row(head) + table_row(rule);
  for (std::size_t i = 0; i < a.languages.front().criteria.size(); ++i) {
    const Criterion& first = a.languages.front().criteria[i];
    std::vector<std::string> row{prose(first.name), format_quantity(first.weight, Unit::ratio)};
    for (const LanguageScore& language : a.languages) {
      const auto& score = language.criteria[i].score;
      row.push_back(score ? format_quantity(*score, Unit::number) : "left out");
    }
    table += table_row(row);
  }
  return table + table_row(sum);
}

std::string gate_lines(const DraftInput& input) {
  std::string text;
  for (const GateEntry& entry : input.assessment.gate) {
    text += "\n" + title_of(entry.language) + " is behind the fluency gate: " + prose(entry.why) +
            ".\n";
  }
  return text;
}

std::string option_points(const LanguageScore& language, std::string_view bullet) {
  std::string text;
  for (const Criterion& c : language.criteria) {
    if (!c.score) continue;
    const char* word = *c.score > 0.55   ? "Good, because "
                       : *c.score < 0.45 ? "Bad, because "
                                         : "Neutral, because ";
    text += std::string(bullet) + word + prose(c.why) + " (" + code(c.name) + ", " +
            format_quantity(*c.score, Unit::number) + ")\n";
  }
  return text;
}

}  // namespace revisitd::rules
