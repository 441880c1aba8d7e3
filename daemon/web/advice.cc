#include "daemon/web/advice.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "rules/assessor.h"
#include "rules/catalogue.h"
#include "rules/diagnostic.h"
#include "rules/findings.h"
#include "rules/precedents_json.h"

namespace revisitd::daemon::web {
namespace {

using boost::asio::awaitable;

constexpr std::size_t kMostPrecedents = 10;
// What may be asked about before anybody has declared it.
constexpr std::array<std::string_view, 7> kUsualBudgets = {
    "cold_start", "containers_per_gib", "containers_per_node", "cost", "latency_p99", "memory",
    "rps"};
constexpr std::size_t kMostTrailRows = 100'000;

Error wrong(const std::string& name, const std::string& message) {
  return {"`" + printable(name) + "`: " + message};
}

std::vector<std::string> names_of(const rules::Catalogue& catalogue) {
  std::vector<std::string> names;
  for (const auto& [name, language] : catalogue.languages) names.push_back(name);
  return names;
}

Result<std::vector<std::string>> read_languages(const std::string& text,
                                                const rules::Catalogue& catalogue) {
  std::vector<std::string> languages;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string name = text.substr(begin, end - begin);
    begin = end + 1;
    if (name.empty()) continue;
    if (catalogue.find(name) == nullptr) {
      const std::vector<std::string> known = names_of(catalogue);
      return wrong("languages", "`" + printable(name) + "` is not in the catalogue; " +
                                    rules::suggestion(name, {known.begin(), known.end()}));
    }
    languages.push_back(name);
  }
  if (languages.empty()) return wrong("languages", "expected at least one language");
  return languages;
}

// A team that nobody has heard of is a mistake, not one of which nothing is known.
std::optional<Error> check_team(const std::string& team, const rules::Engine& engine) {
  std::set<std::string, std::less<>> known;
  for (const auto& [name, languages] : engine.fleet().languages_by_team) known.insert(name);
  if (const auto roster = engine.rosters().newest()) {
    for (const auto& [name, members] : roster->teams) known.insert(name);
  }
  if (team.empty() || known.contains(team)) return std::nullopt;
  return wrong("team", "neither the roster nor a decision names it; " +
                           rules::suggestion(team, {known.begin(), known.end()}));
}

// A budget of something that no service measures would weigh as much as the others.
std::optional<Error> check_signal(const std::string& name, const rules::Engine& engine,
                                  const rules::SignalTable& declared) {
  std::set<std::string_view> known(kUsualBudgets.begin(), kUsualBudgets.end());
  for (const auto& [signal, spec] : declared) known.insert(signal);
  for (const auto& [service, state] : engine.decisions()) {
    if (!state.decision) continue;
    for (const auto& [signal, spec] : state.decision->signals) known.insert(signal);
  }
  if (known.contains(name)) return std::nullopt;
  return wrong(name, "no such signal or parameter; " +
                         rules::suggestion(name, {known.begin(), known.end()}));
}

std::string number(double value) { return format_quantity(value, Unit::number); }

std::string precedent_line(const rules::Precedent& p, TimePoint at) {
  const std::string budgets = budget_words(p.envelope);
  return p.service + (p.team.empty() ? "" : " (" + p.team + ")") + ": " + p.language +
         (budgets.empty() ? "" : ", " + budgets) + "; decided " + format_date(p.decided) + ", " +
         precedent_course(p, at);
}

awaitable<std::vector<rules::TrailNote>> read_notes(AppView& app) {
  std::vector<storage::TrailRow> all;
  for (const char* family : {"decision.*", "revisit.*"}) {
    storage::TrailQuery query;
    query.type = family;
    query.limit = kMostTrailRows;
    const std::vector<storage::TrailRow> rows = co_await app.trail(std::move(query));
    all.insert(all.end(), rows.begin(), rows.end());
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
  std::vector<rules::TrailNote> notes;
  notes.reserve(all.size());
  for (const storage::TrailRow& row : all) {
    const auto json = nlohmann::ordered_json::parse(row.body, nullptr, false);
    notes.push_back(rules::trail_note_from_json(json));
  }
  co_return notes;
}

}  // namespace

Result<AdviceQuestion> read_question(const HttpRequest& request, const rules::Engine& engine,
                                     const rules::SignalTable& declared) {
  const rules::Catalogue& catalogue = engine.options().catalogue;
  AdviceQuestion question;
  question.candidate.alternatives = names_of(catalogue);
  for (const auto& [name, value] : request.query) {
    if (name == "workload") {
      const auto& known = rules::workloads();
      if (!value.empty() && std::find(known.begin(), known.end(), value) == known.end()) {
        return wrong(name, "no such workload; " + rules::suggestion(value, known));
      }
      question.candidate.workload = value;
    } else if (name == "team") {
      if (auto mistake = check_team(value, engine)) return *mistake;
      question.team = value;
    } else if (name == "service") {
      question.candidate.service = value;
    } else if (name == "languages") {
      auto languages = read_languages(value, catalogue);
      if (!languages) return languages.error();
      question.candidate.alternatives = *std::move(languages);
    } else {
      const auto budget = parse_quantity(value);
      if (!budget) return wrong(name, budget.error().message);
      if (budget->value <= 0) return wrong(name, "expected a budget above 0");
      const auto signal = declared.find(name);
      if (auto mistake = check_signal(name, engine, declared)) return *mistake;
      if (signal != declared.end() && signal->second.unit != budget->unit) {
        return wrong(name, "the signal is in " + std::string(unit_name(signal->second.unit)) +
                               ", the budget in " + std::string(unit_name(budget->unit)));
      }
      question.candidate.envelope[name] = *budget;
    }
  }
  return question;
}

awaitable<Advice> advise(AppView& app, AdviceQuestion question) {
  const std::vector<rules::TrailNote> notes = co_await read_notes(app);
  Advice advice;
  advice.at = app.now();
  const rules::Assessor assessor(app.engine(), advice.at);
  advice.assessment =
      rules::assess(question.candidate, std::nullopt, assessor.of_team(question.team),
                    app.engine().options().catalogue);
  advice.precedents = rules::precedents(notes, question.candidate, kMostPrecedents);
  advice.question = std::move(question);
  co_return advice;
}

std::string budget_words(const std::map<std::string, Quantity>& envelope) {
  std::string words;
  for (const auto& [signal, budget] : envelope) {
    words +=
        (words.empty() ? "" : ", ") + signal + " " + format_quantity(budget.value, budget.unit);
  }
  return words;
}

std::string precedent_course(const rules::Precedent& p, TimePoint at) {
  const std::string held = format_duration(std::chrono::floor<std::chrono::days>(p.held(at)));
  std::string text = p.ended ? "held " + held + ", then " + p.ending : "in force for " + held;
  if (!p.flipped_by.empty()) {
    text += " after ";
    for (std::size_t i = 0; i < p.flipped_by.size(); ++i) {
      text += (i == 0 ? "" : " and ") + p.flipped_by[i];
    }
    text += " tripped";
  }
  if (p.reaffirmed > 0) {
    text += "; reaffirmed " +
            (p.reaffirmed == 1 ? std::string("once") : std::to_string(p.reaffirmed) + " times");
  }
  return text;
}

std::string advice_text(const Advice& advice) {
  const rules::Assessment& a = advice.assessment;
  std::string text =
      summary(a) + " (confidence " + format_quantity(a.confidence, Unit::ratio) + ")\n";
  for (const rules::GateEntry& entry : a.gate) {
    text += "behind the fluency gate: " + entry.language + ": " + entry.why + "\n";
  }
  for (const rules::LanguageScore& language : a.languages) {
    text += "\n" + language.language + "  " + number(language.score) + "\n";
    for (const rules::Criterion& c : language.criteria) {
      text += "  " + c.name + "  " + (c.score ? number(*c.score) : std::string("–")) + " × " +
              format_quantity(c.weight, Unit::ratio) + "  " + c.why + "\n";
    }
  }
  if (!a.missing.empty()) {
    text += "\nnot known, and counted for nobody:";
    for (std::size_t i = 0; i < a.missing.size(); ++i) text += (i == 0 ? " " : ", ") + a.missing[i];
    text += "\n";
  }
  text += advice.precedents.empty() ? "\nno precedent: nobody here has decided for work like this"
                                    : "\nprecedents, the nearest first:";
  for (const rules::Precedent& p : advice.precedents) text += "\n  " + precedent_line(p, advice.at);
  return text;
}

}  // namespace revisitd::daemon::web
