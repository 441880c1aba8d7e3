#include <algorithm>

#include "rules/criteria.h"

// Criteria that rest on what people say and know: the workload, the team, the fleet; and the gate.
namespace revisitd::rules {
namespace {

using Counts = std::map<std::string, int, std::less<>>;

constexpr int kCold = 2;  // people who know a language cold make it one the team can rely on
// What fluency is made of.
constexpr double kColdPart = 0.5, kShippedPart = 0.3, kMembersPart = 0.2;

int count(const Counts& counts, std::string_view language) {
  const auto found = counts.find(language);
  return found == counts.end() ? 0 : found->second;
}

int total(const Counts& counts) {
  int sum = 0;
  for (const auto& [language, n] : counts) sum += n;
  return sum;
}

// "nobody", "1 person", "3 people".
std::string people(int n) {
  if (n == 0) return "nobody";
  return std::to_string(n) + (n == 1 ? " person" : " people");
}

// "first", "second", … in words as far as people speak of runtimes.
std::string ordinal(std::size_t n) {
  static const std::vector<std::string> words{"first", "second",  "third",  "fourth", "fifth",
                                              "sixth", "seventh", "eighth", "ninth",  "tenth"};
  return n >= 1 && n <= words.size() ? words[n - 1] : std::to_string(n) + "th";
}

InputValue number(std::string name, int n, const PeopleInputs& from) {
  return {.name = std::move(name),
          .value = Quantity{static_cast<double>(n), Unit::number},
          .text = "",
          .source = from.source,
          .at = from.at};
}

std::vector<InputValue> fluency_inputs(const std::string& language,
                                       const std::optional<PeopleInputs>& people) {
  const std::string in = "(" + language + ")";
  if (!people) return {{"fluent" + in, {}, "", "", {}}, {"shipped" + in, {}, "", "", {}}};
  return {number("fluent" + in, count(people->fluent, language), *people),
          number("staying" + in, count(people->staying, language), *people),
          people->shipped ? number("shipped" + in, count(*people->shipped, language), *people)
                          : InputValue{"shipped" + in, {}, "", "", {}},
          number("members", people->members, *people)};
}

std::string shipped_words(const PeopleInputs& now, const std::string& language) {
  if (!now.shipped) return "who has shipped it is not known";
  const int shipped = count(*now.shipped, language);
  return people(shipped) + (shipped <= 1 ? " has" : " have") + " shipped it";
}

InputValue services(std::string name, int n, TimePoint at) {
  return {.name = std::move(name),
          .value = Quantity{static_cast<double>(n), Unit::number},
          .text = "",
          .source = "records",
          .at = at};
}

std::vector<InputValue> fleet_inputs(const std::string& language, const DecisionInputs* inputs) {
  const std::string in = "(" + language + ")";
  if (inputs == nullptr || !inputs->fleet) {
    return {{"team_services" + in, {}, "", "", {}}, {"fleet_services" + in, {}, "", "", {}}};
  }
  return {services("team_services" + in, count(inputs->fleet->team, language), inputs->at),
          services("team_languages", static_cast<int>(inputs->fleet->team.size()), inputs->at),
          services("fleet_services" + in, count(inputs->fleet->fleet, language), inputs->at),
          services("fleet_services", total(inputs->fleet->fleet), inputs->at)};
}

}  // namespace

void CriterionResult::leave_out(const std::string& input) {
  missing.push_back(input);
  Criterion c;
  c.why = "left out: not known is " + input;
  scores.push_back(std::move(c));
}

std::vector<std::string> languages_of(const Candidate& candidate) {
  std::vector<std::string> all;
  if (!candidate.chosen.empty()) all.push_back(candidate.chosen);
  for (const std::string& language : candidate.alternatives) {
    if (std::find(all.begin(), all.end(), language) == all.end()) all.push_back(language);
  }
  return all;
}

CriterionResult judge_workload(const CriterionContext& context) {
  CriterionResult result;
  result.name = "workload";
  result.weight = context.catalogue.weights.workload;
  const std::string& workload = context.candidate.workload;
  if (workload.empty()) {
    result.missing.emplace_back("workload");
    return result;
  }
  for (const std::string& language : languages_of(context.candidate)) {
    const Language* known = context.catalogue.find(language);
    const bool suited = known != nullptr && known->suits.contains(workload);
    if (!suited) {
      result.leave_out("suits(" + language + ", " + workload + ")");
      continue;
    }
    Criterion c;
    c.score = known->suits.find(workload)->second;
    const char* how = *c.score >= 0.75  ? " suits it well"
                      : *c.score >= 0.5 ? " can carry it"
                                        : " does not suit it";
    c.why = "the work is " + workload + ": " + language + how;
    c.now = c.then = {{"workload", {}, workload, "record", {}}};
    c.now.push_back(
        {"suits(" + language + ")", Quantity{*c.score, Unit::number}, "", "catalogue", {}});
    result.scores.push_back(std::move(c));
  }
  const auto unknown = [](const Criterion& c) { return !c.score; };
  // What was chosen cannot be compared, or nobody can.
  if (!result.scores.empty() &&
      ((!context.candidate.chosen.empty() && unknown(result.scores.front())) ||
       std::all_of(result.scores.begin(), result.scores.end(), unknown))) {
    result.scores.clear();
  }
  return result;
}

CriterionResult judge_fluency(const CriterionContext& context) {
  CriterionResult result;
  result.name = "fluency";
  result.weight = context.catalogue.weights.fluency;
  const auto& now = context.now.people;
  if (!now || now->members == 0) {
    result.missing.emplace_back(now ? "members" : "roster");
    return result;
  }
  const std::vector<std::string> languages = languages_of(context.candidate);
  if (!now->shipped) {
    result.quality = 1 - kShippedPart;
    for (const std::string& language : languages) {
      result.missing.push_back("shipped(" + language + ")");
    }
  }
  for (const std::string& language : languages) {
    const int fluent = count(now->fluent, language);
    const int staying = std::min(count(now->staying, language), fluent);
    // Whoever is known to leave within 90 days counts half.
    const double cold = (fluent + staying) / 2.0;
    double points = kColdPart * std::min(cold / kCold, 1.0);
    if (now->shipped) {
      points += kShippedPart * std::min(count(*now->shipped, language) / double(kCold), 1.0);
    }
    points += kMembersPart * cold / (cold + std::max(now->members - fluent, 0));
    Criterion c;
    c.score = points / result.quality;
    c.why = people(fluent) + " of " + std::to_string(now->members) + " on the team " +
            (fluent <= 1 ? "knows " : "know ") + language + " cold, " +
            shipped_words(*now, language);
    if (staying < fluent) {
      c.why += "; " + people(fluent - staying) + " of them " +
               (fluent - staying == 1 ? "leaves" : "leave") + " within 90 days";
    }
    c.now = fluency_inputs(language, now);
    c.then = fluency_inputs(language, context.then ? context.then->people : std::nullopt);
    result.scores.push_back(std::move(c));
  }
  return result;
}

CriterionResult judge_consolidation(const CriterionContext& context) {
  CriterionResult result;
  result.name = "consolidation";
  result.weight = context.catalogue.weights.consolidation;
  const auto& fleet = context.now.fleet;
  if (!fleet || total(fleet->fleet) == 0) {
    result.missing.emplace_back("other services");
    return result;
  }
  const std::size_t runtimes = fleet->team.size();
  for (const std::string& language : languages_of(context.candidate)) {
    const int own = count(fleet->team, language);
    const int all = count(fleet->fleet, language);
    const double share = static_cast<double>(all) / total(fleet->fleet);
    Criterion c;
    if (own > 0) {
      c.score = 1;
      c.why = "the team runs " + std::to_string(own) + " other " +
              (own == 1 ? "service" : "services") + " in " + language;
    } else {
      c.score = 0.5 * share + 0.5 / static_cast<double>(runtimes + 1);
      const bool runs = language == context.candidate.chosen || language == context.now.language;
      c.why = (runs ? "no other service of the team runs in " + language
                    : language + " would be the team's " + ordinal(runtimes + 1) + " runtime") +
              "; " + std::to_string(all) + " of " + std::to_string(total(fleet->fleet)) +
              " other services of the fleet run in it";
    }
    c.now = fleet_inputs(language, &context.now);
    c.then = fleet_inputs(language, context.then);
    result.scores.push_back(std::move(c));
  }
  return result;
}

CriterionResult judge_hiring(const CriterionContext& context) {
  CriterionResult result;
  result.name = "hiring";
  result.weight = context.catalogue.weights.hiring;
  const auto& now = context.now.people;
  if (!now) {
    result.missing.emplace_back("roster");
    return result;
  }
  const Counts none;
  const Counts& documented = context.now.fleet ? context.now.fleet->fleet : none;
  for (const std::string& language : languages_of(context.candidate)) {
    const int around = count(now->around, language);
    const int written = count(documented, language);
    // Half of what there is to gain comes with the first four.
    const double weighed = around + written;
    Criterion c;
    c.score = weighed / (weighed + 4);
    c.why = people(around) + " across all teams can help a new hire with " + language + ", and " +
            std::to_string(written) + " other documented " +
            (written == 1 ? "decision shows" : "decisions show") + " how it is used here";
    c.now = {number("around(" + language + ")", around, *now),
             services("fleet_services(" + language + ")", written, context.now.at)};
    if (context.then != nullptr && context.then->people) {
      c.then = {number("around(" + language + ")", count(context.then->people->around, language),
                       *context.then->people)};
    }
    if (context.then != nullptr && context.then->fleet) {
      c.then.push_back(services("fleet_services(" + language + ")",
                                count(context.then->fleet->fleet, language), context.then->at));
    }
    result.scores.push_back(std::move(c));
  }
  return result;
}

std::vector<GateEntry> judge_gate(const CriterionContext& context) {
  std::vector<GateEntry> gate;
  const auto& team = context.now.people;
  // Whom nobody knows to have shipped is not known not to have.
  if (!team || !team->shipped) return gate;
  const std::vector<std::string> languages = languages_of(context.candidate);
  const auto cold = std::find_if(languages.begin(), languages.end(), [&](const std::string& l) {
    return count(team->fluent, l) >= kCold;
  });
  if (cold == languages.end()) return gate;
  for (const std::string& language : languages) {
    const int knows = count(team->knows, language);
    if (language == *cold || knows >= kCold || count(*team->shipped, language) > 0) continue;
    gate.push_back({language, *cold,
                    people(knows) + " on the team knows " + language +
                        " and nobody has shipped it, while " + people(count(team->fluent, *cold)) +
                        " know " + *cold + " cold"});
  }
  return gate;
}

}  // namespace revisitd::rules
