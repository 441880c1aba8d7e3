#include "rules/assessment.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "rules/criteria.h"

namespace revisitd::rules {
namespace {

constexpr double kMoved = 0.1;  // measurements that differ by less are noise

std::vector<CriterionResult> judge_all(const CriterionContext& context) {
  std::vector<CriterionResult> all{judge_workload(context)};
  for (CriterionResult& budget : judge_envelope(context)) all.push_back(std::move(budget));
  all.push_back(judge_footprint(context));
  all.push_back(judge_fluency(context));
  all.push_back(judge_consolidation(context));
  all.push_back(judge_hiring(context));
  return all;
}

// An envelope without budgets leaves its weight to the other criteria.
double whole_weight(const std::vector<CriterionResult>& all) {
  double whole = 0;
  for (const CriterionResult& c : all) whole += c.weight;
  return whole;
}

void add_count(std::size_t then, std::size_t now, const char* name,
               std::vector<MovedInput>& moved) {
  if (then == now) return;
  moved.push_back(
      {name, {static_cast<double>(then), Unit::number}, {static_cast<double>(now), Unit::number}});
}

void add_counts(const std::map<std::string, int, std::less<>>& then,
                const std::map<std::string, int, std::less<>>& now, const std::string& name,
                const std::vector<std::string>& languages, std::vector<MovedInput>& moved) {
  const auto of = [](const auto& counts, const std::string& language) {
    const auto found = counts.find(language);
    return static_cast<double>(found == counts.end() ? 0 : found->second);
  };
  for (const std::string& language : languages) {
    const double before = of(then, language), after = of(now, language);
    if (before == after) continue;
    moved.push_back({name + "(" + language + ")", {before, Unit::number}, {after, Unit::number}});
  }
}

std::vector<MovedInput> moved_inputs(const DecisionInputs& then, const DecisionInputs& now,
                                     const std::vector<std::string>& languages) {
  std::vector<MovedInput> moved;
  for (const auto& [signal, before] : then.signals) {
    const auto after = now.signals.find(signal);
    if (after == now.signals.end()) continue;
    const double b = before.quantity.value, a = after->second.quantity.value;
    if (std::abs(a - b) < kMoved * std::abs(b) || a == b) continue;
    moved.push_back({signal, before.quantity, after->second.quantity});
  }
  if (then.people && now.people) {
    const PeopleInputs &before = *then.people, &after = *now.people;
    add_count(static_cast<std::size_t>(before.members), static_cast<std::size_t>(after.members),
              "members", moved);
    add_counts(before.fluent, after.fluent, "fluent", languages, moved);
    add_counts(before.staying, after.staying, "staying", languages, moved);
    if (before.shipped && after.shipped) {
      add_counts(*before.shipped, *after.shipped, "shipped", languages, moved);
    }
    add_counts(before.around, after.around, "around", languages, moved);
  }
  if (then.fleet && now.fleet) {
    add_counts(then.fleet->team, now.fleet->team, "team_services", languages, moved);
    add_count(then.fleet->team.size(), now.fleet->team.size(), "team_languages", moved);
    add_counts(then.fleet->fleet, now.fleet->fleet, "fleet_services", languages, moved);
  }
  return moved;
}

// To twelve decimals: what is finer is the arithmetic's, and a score of 1.11e-15 explains nothing.
double rounded(double score) {
  constexpr double kParts = 1e12;
  return std::round(score * kParts) / kParts;
}

std::vector<LanguageScore> score(const std::vector<std::string>& languages,
                                 const std::vector<CriterionResult>& all) {
  const double whole = whole_weight(all);
  std::vector<LanguageScore> result;
  for (std::size_t i = 0; i < languages.size(); ++i) {
    LanguageScore language{.language = languages[i], .score = 0, .compared = true, .criteria = {}};
    double known = 0;
    for (const CriterionResult& c : all) {
      if (!c.scores.empty() && c.scores[i].score) known += c.weight;
    }
    for (const CriterionResult& c : all) {
      Criterion one = c.scores.empty() ? Criterion{} : c.scores[i];
      one.name = c.name;
      if (c.scores.empty()) one.why = "left out: not known is " + c.missing.front();
      if (one.score) {
        one.score = rounded(*one.score);
        language.score += *one.score * c.weight / known;
      } else if (!c.scores.empty()) {
        language.compared = false;
      }
      one.weight = whole > 0 ? c.weight / whole : 0;
      language.criteria.push_back(std::move(one));
    }
    language.score = rounded(language.score);
    result.push_back(std::move(language));
  }
  return result;
}

double confidence_of(const std::vector<CriterionResult>& all) {
  double sure = 0;
  for (const CriterionResult& c : all) {
    if (c.scores.empty()) continue;
    const auto known = std::count_if(c.scores.begin(), c.scores.end(),
                                     [](const Criterion& one) { return one.score.has_value(); });
    sure +=
        c.weight * c.quality * static_cast<double>(known) / static_cast<double>(c.scores.size());
  }
  const double whole = whole_weight(all);
  return whole > 0 ? sure / whole : 0;
}

bool is_barred(const Assessment& a, const std::string& language) {
  return std::any_of(a.gate.begin(), a.gate.end(),
                     [&](const GateEntry& entry) { return entry.language == language; });
}

double score_of(const Assessment& a, const std::string& language) {
  for (const LanguageScore& l : a.languages) {
    if (l.language == language) return l.score;
  }
  return 0;
}

// What is behind the gate takes no part, whatever it scores; a chosen language behind it has lost.
void decide(Assessment& a, double close) {
  const LanguageScore* best = nullptr;
  const LanguageScore* next = nullptr;
  // A gate that leaves only what nobody described leans to that: what is behind it has lost.
  const bool any = std::any_of(a.languages.begin(), a.languages.end(), [&](const auto& language) {
    return language.compared && !is_barred(a, language.language);
  });
  for (const LanguageScore& language : a.languages) {
    if (is_barred(a, language.language) || (any && !language.compared)) continue;
    if (best == nullptr || language.score > best->score) {
      next = std::exchange(best, &language);
    } else if (next == nullptr || language.score > next->score) {
      next = &language;
    }
  }
  if (best == nullptr) return;
  const bool near = next != nullptr && best->score - next->score < close;
  if (next != nullptr) a.margin = rounded(best->score - next->score);
  // Of a service that does not exist yet none is chosen: any two may be too close to call.
  const bool chosen_near =
      a.chosen.empty() || (!is_barred(a, a.chosen) && best->score - score_of(a, a.chosen) < close);
  if (near && chosen_near) {
    a.result = AssessmentResult::close;
  } else if (best->language == a.chosen) {
    a.result = AssessmentResult::stands;
  } else {
    a.result = AssessmentResult::leans;
    a.leans = best->language;
    if (near) a.near = next->language;
  }
}

// "go is", "go and rust are".
std::string all_are(const std::vector<std::string>& languages) {
  std::string words;
  for (std::size_t i = 0; i < languages.size(); ++i) {
    words += (i == 0 ? "" : i + 1 == languages.size() ? " and " : ", ") + languages[i];
  }
  return words + (languages.size() == 1 ? " is" : " are");
}

// Who took no part, and why; "" when all did.
std::string absent_words(const Assessment& a) {
  std::vector<std::string> barred, unknown;
  for (const LanguageScore& l : a.languages) {
    if (is_barred(a, l.language)) {
      barred.push_back(l.language);
    } else if (!l.compared) {
      unknown.push_back(l.language);
    }
  }
  std::string words = barred.empty() ? "" : all_are(barred) + " behind the fluency gate";
  if (unknown.empty()) return words;
  return words + (words.empty() ? "" : "; ") + all_are(unknown) + " not in the catalogue";
}

}  // namespace

std::string_view assessment_result_name(AssessmentResult result) {
  switch (result) {
    case AssessmentResult::stands:
      return "stands";
    case AssessmentResult::leans:
      return "leans";
    case AssessmentResult::close:
      return "close";
  }
  return "";
}

Candidate candidate_of(const Decision& decision) {
  return {.service = decision.service,
          .decision = decision.id,
          .chosen = decision.language,
          .alternatives = decision.alternatives,
          .workload = decision.workload,
          .envelope = decision.envelope};
}

Assessment assess(const Candidate& candidate, const std::optional<DecisionInputs>& then,
                  const DecisionInputs& now, const Catalogue& catalogue) {
  const CriterionContext context{candidate, then ? &*then : nullptr, now, catalogue};
  const std::vector<std::string> languages = languages_of(candidate);
  Assessment a;
  a.service = candidate.service;
  a.decision = candidate.decision;
  a.chosen = candidate.chosen;
  a.at = now.at;
  if (languages.empty()) return a;
  const std::vector<CriterionResult> all = judge_all(context);
  for (const CriterionResult& c : all) {
    for (const std::string& input : c.missing) {
      if (std::find(a.missing.begin(), a.missing.end(), input) == a.missing.end()) {
        a.missing.push_back(input);
      }
    }
  }
  a.gate = judge_gate(context);
  a.languages = score(languages, all);
  a.confidence = confidence_of(all);
  if (then) a.moved = moved_inputs(*then, now, languages);
  decide(a, catalogue.close);
  return a;
}

std::string summary(const Assessment& a) {
  const auto number = [](double value) { return format_quantity(value, Unit::number); };
  const std::string absent = absent_words(a);
  switch (a.result) {
    case AssessmentResult::stands:
      if (a.margin) return a.chosen + " stands by " + number(*a.margin);
      return a.chosen + " stands: " + (absent.empty() ? "no alternative is named" : absent);
    case AssessmentResult::leans: {
      const std::string leans = "leans " + a.leans;
      if (!a.margin) return absent.empty() ? leans : leans + ": " + absent;
      if (a.near.empty()) return leans + " by " + number(*a.margin);
      const std::string also = a.near + " is within " + number(*a.margin) + " of it";
      if (is_barred(a, a.chosen)) return leans + ": " + absent + "; " + also;
      return leans + " by " + number(score_of(a, a.leans) - score_of(a, a.chosen)) + " over " +
             a.chosen + "; " + also;
    }
    case AssessmentResult::close:
      return "too close to call: " + number(*a.margin) + " between the first two";
  }
  return "";
}

}  // namespace revisitd::rules
