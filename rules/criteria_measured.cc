#include <algorithm>
#include <cmath>
#include <string>

#include "rules/criteria.h"

// Criteria that rest on measurements: the envelope and the footprint.
namespace revisitd::rules {
namespace {

// A measurement at twice its budget is as bad as it gets: past it nothing is learnt about
// alternatives either.
constexpr double kWorstRatio = 2;
// What grew or shrank sixteen times is as much as is told apart; to or from nothing is that much.
constexpr double kMostGrowth = 4;
// Without the inputs of the decision's time a footprint says how much, not how it grew.
constexpr double kWithoutThen = 0.6;

const Measurement* find(const DecisionInputs* inputs, std::string_view signal) {
  if (inputs == nullptr) return nullptr;
  const auto found = inputs->signals.find(signal);
  return found == inputs->signals.end() ? nullptr : &found->second;
}

InputValue shown(std::string_view name, const Measurement* measured) {
  InputValue value{.name = std::string(name), .value = {}, .text = "", .source = "", .at = {}};
  if (measured == nullptr) return value;
  value.value = measured->quantity;
  value.source = measured->source;
  value.at = measured->at;
  return value;
}

std::string text_of(const Quantity& quantity) {
  return format_quantity(quantity.value, quantity.unit);
}

// The part of a footprint that stands for the signal; null where a language makes no difference.
using Part = double Footprint::*;

Part part_of(std::string_view signal, Unit unit) {
  if (signal.starts_with("cold_start")) return &Footprint::cold_start;
  if (signal.starts_with("containers_per_") || signal.starts_with("cost"))
    return &Footprint::memory;
  if (signal.starts_with("cpu")) return &Footprint::cpu;
  switch (unit) {
    case Unit::seconds:
      return &Footprint::latency;
    case Unit::bytes:
      return &Footprint::memory;
    case Unit::number:
      return signal == "rps" ? &Footprint::cpu : nullptr;
    case Unit::ratio:
      return nullptr;
  }
  return nullptr;
}

std::string footprint_input(const std::string& language) { return "footprint(" + language + ")"; }

// What each of the languages is taken to need against `reference`, in their order; nothing for one
// whose footprint is not known. Nothing at all where the reference's is not, or the chosen
// language's; the result then names them.
using Factors = std::vector<std::optional<double>>;
std::optional<Factors> factors_of(const CriterionContext& context, Part part,
                                  const std::vector<std::string>& languages,
                                  const std::string& reference, CriterionResult& result) {
  const auto need_of = [&](const std::string& language) -> std::optional<double> {
    const Language* known = context.catalogue.find(language);
    if (known == nullptr || !known->footprint) return std::nullopt;
    return (*known->footprint).*part;
  };
  Factors factors(languages.size(), 1.0);
  const auto other = [&](const std::string& language) { return language != reference; };
  if (part == nullptr || std::none_of(languages.begin(), languages.end(), other)) return factors;
  const std::optional<double> own = need_of(reference);
  std::vector<std::string> needed;
  if (!own) needed.push_back(footprint_input(reference));
  for (std::size_t i = 0; i < languages.size(); ++i) {
    if (languages[i] == reference) continue;
    factors[i] = need_of(languages[i]);
    if (factors[i] && own) factors[i] = *factors[i] / *own;
    if (!factors[i] && languages[i] == context.candidate.chosen) {
      needed.push_back(footprint_input(languages[i]));
    }
  }
  if (needed.empty()) return factors;
  result.missing.insert(result.missing.end(), needed.begin(), needed.end());
  return std::nullopt;
}

// How many times its budget a measurement is; under 1 it fits.
double budget_ratio(std::string_view signal, double measured, double budget) {
  const bool more = more_is_better(signal);
  const double top = more ? budget : measured;
  const double bottom = more ? measured : budget;
  if (bottom <= 0) return top <= 0 ? 1 : kWorstRatio;
  return std::max(0.0, top / bottom);
}

// log2(now / then), held within ±kMostGrowth; up is worse.
double growth_of(std::string_view signal, double then, double now) {
  then = std::max(then, 0.0);
  now = std::max(now, 0.0);
  if (then == now) return 0;
  const double up = then == 0  ? kMostGrowth
                    : now == 0 ? -kMostGrowth
                               : std::clamp(std::log2(now / then), -kMostGrowth, kMostGrowth);
  return more_is_better(signal) ? -up : up;
}

// The language that the signals were measured in: what the others are compared with.
std::string reference_of(const CriterionContext& context) {
  if (context.candidate.chosen.empty()) {
    const std::vector<std::string> all = languages_of(context.candidate);
    const auto known = std::find_if(all.begin(), all.end(), [&](const std::string& language) {
      const Language* described = context.catalogue.find(language);
      return described != nullptr && described->footprint;
    });
    return known == all.end() ? all.front() : *known;
  }
  return context.now.language.empty() ? context.candidate.chosen : context.now.language;
}

// What runs is said where it is not what was chosen.
void add_running(const CriterionContext& context, const std::string& reference,
                 std::vector<InputValue>& now) {
  if (context.candidate.chosen.empty() || reference == context.candidate.chosen) return;
  now.push_back({"running", {}, reference, "", context.now.at});
}

// The catalogue's numbers behind an estimate.
void add_footprints(const Catalogue& catalogue, Part part, const std::string& language,
                    const std::string& reference, std::vector<InputValue>& now) {
  if (part == nullptr || language == reference) return;
  const std::string name = part == &Footprint::latency  ? "footprint_latency"
                           : part == &Footprint::memory ? "footprint_memory"
                           : part == &Footprint::cpu    ? "footprint_cpu"
                                                        : "footprint_cold_start";
  for (const std::string& one : {language, reference}) {
    const Language* known = catalogue.find(one);
    if (known == nullptr || !known->footprint) continue;
    now.push_back({name + "(" + one + ")",
                   Quantity{(*known->footprint).*part, Unit::number},
                   "",
                   "catalogue",
                   {}});
  }
}

std::string headroom_words(const std::string& language, const Quantity& measured,
                           const Quantity& budget, bool fits) {
  return language + " measures " + text_of(measured) + " against a budget of " + text_of(budget) +
         (fits ? ", which fits" : ", which does not fit");
}

std::string estimate_words(const std::string& language, const std::string& reference,
                           const std::string& chosen, double factor, bool fits) {
  if (factor == 1) return language + " would make no difference to it";
  return language + " is taken to need " + format_quantity(factor, Unit::ratio) + " of what " +
         reference + (reference == chosen ? "" : ", which is what runs,") + " does, which would " +
         (fits ? "fit" : "not fit");
}

// Nothing is measured of a language that does not run, so a service that is still to be built is
// judged by how the candidates compare with the leanest of them.
Criterion unmeasured(const std::string& language, double factor, double leanest) {
  Criterion c;
  c.score = headroom_score(factor / leanest / 2);
  c.why = factor == leanest
              ? language + " is the leanest candidate for it"
              : language + " is taken to need " + format_quantity(factor / leanest, Unit::number) +
                    " times what the leanest candidate does";
  return c;
}

}  // namespace

double headroom_score(double ratio) {
  if (ratio <= 0) return 1;
  return std::clamp(0.5 - 0.5 * std::log2(ratio), 0.0, 1.0);
}

bool more_is_better(std::string_view signal) { return signal.starts_with("containers_per_"); }

std::vector<CriterionResult> judge_envelope(const CriterionContext& context) {
  std::vector<CriterionResult> results;
  const Candidate& candidate = context.candidate;
  const std::vector<std::string> languages = languages_of(candidate);
  for (const auto& [signal, budget] : candidate.envelope) {
    CriterionResult& result = results.emplace_back();
    result.name = "envelope/" + signal;
    result.weight =
        context.catalogue.weights.envelope / static_cast<double>(candidate.envelope.size());
    const Measurement* now = find(&context.now, signal);
    const Measurement* then = find(context.then, signal);
    if (now == nullptr && !candidate.chosen.empty()) {
      result.missing.push_back(signal);
      continue;
    }
    const std::string reference = reference_of(context);
    const auto factors =
        factors_of(context, part_of(signal, budget.unit), languages, reference, result);
    if (!factors) continue;
    double leanest = 1;
    for (const auto& factor : *factors) leanest = std::min(leanest, factor.value_or(1));
    for (std::size_t i = 0; i < languages.size(); ++i) {
      const std::string& language = languages[i];
      if (!(*factors)[i]) {
        result.leave_out(footprint_input(language));
        continue;
      }
      const double factor = *(*factors)[i];
      Criterion c;
      if (now == nullptr) {
        c = unmeasured(language, factor, leanest);
      } else {
        const double ratio = budget_ratio(signal, now->quantity.value, budget.value);
        const bool runs = language == reference;
        const double own = runs ? ratio : std::min(ratio, kWorstRatio) * factor;
        c.score = headroom_score(own);
        c.why = runs ? headroom_words(language, now->quantity, budget, own <= 1)
                     : estimate_words(language, reference, candidate.chosen, factor, own <= 1);
      }
      c.now = {shown(signal, now), {"budget", budget, "", "record", {}}};
      add_running(context, reference, c.now);
      add_footprints(context.catalogue, part_of(signal, budget.unit), language, reference, c.now);
      c.then = {shown(signal, then), {"budget", budget, "", "record", {}}};
      result.scores.push_back(std::move(c));
    }
  }
  return results;
}

CriterionResult judge_footprint(const CriterionContext& context) {
  CriterionResult result;
  result.name = "footprint";
  result.weight = context.catalogue.weights.footprint;
  const bool exists = !context.candidate.chosen.empty();
  std::vector<InputValue> now, then;
  double growth = 0;  // sum of logarithms, up is worse
  int grown = 0, measured = 0;
  for (const std::string_view signal : kFootprintSignals) {
    const Measurement* today = find(&context.now, signal);
    const Measurement* before = find(context.then, signal);
    if (today == nullptr && before == nullptr) continue;
    now.push_back(shown(signal, today));
    then.push_back(shown(signal, before));
    if (today == nullptr) {
      result.missing.push_back(std::string(signal) + " now");
      continue;
    }
    ++measured;
    if (before == nullptr) {
      result.missing.push_back(std::string(signal) + " at the decision");
      continue;
    }
    growth += growth_of(signal, before->quantity.value, today->quantity.value);
    ++grown;
  }
  if (measured == 0 && exists) {
    if (now.empty()) result.missing = {"memory", "containers_per_node", "cost"};
    return result;
  }
  const std::vector<std::string> languages = languages_of(context.candidate);
  const std::string reference = reference_of(context);
  add_running(context, reference, now);
  CriterionResult unknown;
  const auto factors = factors_of(context, &Footprint::memory, languages, reference, unknown);
  if (!factors) {
    result.missing = std::move(unknown.missing);
    return result;
  }
  if (exists) {
    const auto known = static_cast<double>(then.size());
    result.quality = kWithoutThen + (1 - kWithoutThen) * grown / known;
  }
  const double worse = grown == 0 ? 0 : growth / grown;
  for (std::size_t i = 0; i < languages.size(); ++i) {
    const std::string& language = languages[i];
    if (!(*factors)[i]) {
      result.leave_out(footprint_input(language));
      continue;
    }
    const double factor = *(*factors)[i];
    const bool runs = language == reference;
    // A language that does not run is compared with the one that does, at most doubled.
    const double base = runs ? worse : std::min(worse, 1.0);
    Criterion c;
    c.score = std::clamp(0.5 - 0.25 * (base + std::log2(factor)), 0.0, 1.0);
    if (!runs) {
      c.why = language + " is taken to need " + format_quantity(factor, Unit::ratio) +
              " of the memory that " + reference +
              (reference == context.candidate.chosen || !exists ? "" : ", which is what runs,") +
              " does";
    } else if (!exists) {
      c.why = "the memory that " + language + " needs is what the others are compared with";
    } else if (grown == 0) {
      c.why = "how much " + language + " has grown since the decision is not known";
    } else {
      c.why = language + " needs " + format_quantity(std::exp2(worse), Unit::ratio) +
              " of what it did at the decision";
    }
    c.now = now;
    add_footprints(context.catalogue, &Footprint::memory, language, reference, c.now);
    c.then = then;
    result.scores.push_back(std::move(c));
  }
  return result;
}

}  // namespace revisitd::rules
